title [P5] [P6] What someone holds dear leads to another truth about the same bean, and is asked for openly
brand demo/tsumugi
clock 2026-05-21T08:00:00+09:00
who device quiet-1
grant values layout recommend
event dialogue {"type":"identify","traits":{"holds_dear":"quiet"}}
ask home.hero in ja
says home.hero 一人の朝に、静かな一杯を。
layer home.hero resonance
why home.hero 教えてくださった
who device makers-1
grant values layout recommend
event dialogue {"type":"identify","traits":{"holds_dear":"makers"}}
ask home.hero in ja
says home.hero アベベさん一家、三年目の豆です。
layer home.hero resonance
