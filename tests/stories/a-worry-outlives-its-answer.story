title [P7] [P1] What was written to us is heard, answered and resolved: it chooses in the shop, unspoken, and outlives its answer
brand demo/tsumugi
clock 2026-05-20T12:00:00+09:00
who user worried-2
event support {"type":"track","event":"Inquiry Sent","properties":{"ticket":"t-1","message":"苦くて飲みきれません"}}
ask home.order home.hero in ja
never-says 苦味
never-says お問い合わせ
holds-back home.hero threads.topics by_norm
after 1d
event support {"type":"track","event":"Inquiry Resolved","properties":{"ticket":"t-1","state":"resolved"}}
ask home.hero home.order chat.opening in ja
never-says 苦味
reason chat.opening silence
holds-back home.hero threads.topics by_norm
replays
