title [P4] [P5] [P6] A few open questions change what a person is shown, by consent only, and say why
brand demo/tsumugi
clock 2026-05-21T08:00:00+09:00
who device asked-1
grant layout recommend
# Without consent to it nothing is asked; the reason names the purpose to ask for.
is-not-asked no_consent
grant values
# The question stands beside its use and what it gives back.
is-asked 棚の並びと話題を選ぶためだけに使います
is-asked お答えから、並びを替えました
# One answer is not enough for the deep layer to speak: it may only help to choose.
answers makers
ask home.hero in ja
chooses home.hero hero-default
answers makers
# Two answers are enough here: what is known is not asked.
is-not-asked known
ask home.hero in ja
says home.hero アベベさん一家、三年目の豆です。
layer home.hero resonance
why home.hero つくり手
why home.hero 当店からの質問
replays
ask home.picks in ja
layer home.picks resonance
replays
# Where it was promised, what shares most what they chose stands first.
why home.picks つくり手
# Taken back, it is as if it had not been said; the question is not asked either.
withdraw values
ask home.hero in ja
chooses home.hero hero-default
holds-back home.hero facts.values withdrawn
is-not-asked declined
