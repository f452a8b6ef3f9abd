title [P1] [P2] The subject of a letter answers job and recent action; others can see a subject, so the job is not said
brand demo/tsumugi
clock 2026-05-20T09:00:00+09:00
who user sales-1
grant mail layout
event signup {"type":"identify","traits":{"job":"sales","first_name":"真理"}}
event web {"type":"track","event":"Product Viewed","properties":{"product_id":"gift-box","category":"gift"}}
after 5m
event web {"type":"track","event":"Product Viewed","properties":{"product_id":"gift-box","category":"gift"}}
after 1m
event web {"type":"track","event":"Product Viewed","properties":{"product_id":"gift-small","category":"gift"}}
ask news.subject in ja
says news.subject 手みやげに、日持ち三か月の小箱
never-says 営業
never-says 真理
replays
