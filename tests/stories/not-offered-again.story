title [P10] What was just bought is not offered again
brand demo/tsumugi
clock 2026-05-20T12:00:00+09:00
who user buyer-1
grant recommend
event web {"type":"track","event":"Product Viewed","properties":{"product_id":"kochere","category":"light-roast"}}
event shop {"type":"track","event":"Order Completed","properties":{"order_id":"o1","products":[{"product_id":"kochere","price":1480,"quantity":1}]}}
ask home.picks in ja
never-says kochere
replays
