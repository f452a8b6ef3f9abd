title [P1] Taking back one's word acts on the next decision
brand demo/tsumugi
who user office-2
event signup {"type":"identify","traits":{"job":"general-affairs"}}
ask home.cta in en
says home.cta Try it at work
withdraw layout
ask home.cta in en
chooses home.cta cta-default
holds-back home.cta facts.job withdrawn
