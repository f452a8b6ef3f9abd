title [P7] [P10] While a breakage is not answered, or a quote we promised is late, nothing is sold; the rest remains
brand demo/tsumugi
clock 2026-05-20T12:00:00+09:00
who user broken-1
grant recommend
event web {"type":"track","event":"Product Viewed","properties":{"product_id":"kochere","category":"light-roast"}}
ask home.picks in ja
reason home.picks chosen
event support {"type":"track","event":"Breakage Reported","properties":{"ticket":"b-1"}}
ask home.picks home.hero in ja
reason home.picks nothing_fits
never-says mandheling
chooses home.hero hero-default
replays
after 2h
event support {"type":"track","event":"Replacement Shipped","properties":{"ticket":"b-1"}}
ask home.picks in ja
reason home.picks chosen
event office {"type":"track","event":"Quote Promised","properties":{"quote":"q-1"}}
after 2d
ask home.picks in ja
reason home.picks chosen
after 2d
ask home.picks in ja
reason home.picks nothing_fits
replays
event office {"type":"track","event":"Quote Sent","properties":{"quote":"q-1"}}
ask home.picks in ja
reason home.picks chosen
