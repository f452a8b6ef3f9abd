title [P7] [P1] A worry told to support is taken up in the chat, and silent on the shop's page; once resolved it is not raised again
brand demo/tsumugi
clock 2026-05-20T12:00:00+09:00
who user worried-1
event support {"type":"identify","traits":{"inquiry":{"topic":"bitterness","state":"open"},"grind":"medium"}}
ask chat.opening in ja
says chat.opening 先日の苦味、その後いかがですか。
ask support.reply in en
says support.reply How has the bitterness been since?
ask home.hero home.order home.story in ja
never-says 苦味
after 1d
event support {"type":"track","event":"Inquiry Resolved","properties":{"state":"resolved"}}
ask chat.opening in ja
reason chat.opening silence
ask support.reply in ja
chooses support.reply reply-default
ask order.grind in en
says order.grind edium
