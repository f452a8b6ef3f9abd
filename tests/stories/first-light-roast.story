title [P1] [P3] [P6] A first visit from a light-roast ad is met, and what the ad network sent is not used
brand demo/tsumugi
clock 2026-05-21T22:30:00+09:00
who device visitor-1
event ads {"type":"identify","traits":{"region":"tokyo","age_band":"30s"}}
event web {"type":"track","event":"Product Viewed","properties":{"product_id":"kochere","category":"light-roast","price":1480}}
after 1m
event web {"type":"track","event":"Product Viewed","properties":{"product_id":"light-trio","category":"light-roast","price":1200}}
ask home.hero in ja {"page":"/","device":"desktop"}
says home.hero 浅煎りがはじめてなら、この3つから。
layer home.hero surface
why home.hero ご覧になった品
never-says 東京
never-says 30代
replays
ask home.hero in en {"page":"/","device":"desktop"}
says home.hero New to light roast? Start with these three.
