title [P4] [P6] Without consent to it the deep layer is silent, even when the value is known
brand demo/tsumugi
clock 2026-05-21T08:00:00+09:00
who device quiet-2
event dialogue {"type":"identify","traits":{"holds_dear":"quiet"}}
ask home.hero in ja
chooses home.hero hero-default
holds-back home.hero facts.holds_dear no_consent
