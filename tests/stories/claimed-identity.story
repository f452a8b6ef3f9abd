title [P11] [P1] Knowing someone's id does not open that person's memory
brand demo/tsumugi
who user regular-1
event signup {"type":"identify","traits":{"job":"engineering"}}
ask home.cta in en
says home.cta See the brew numbers
who device stranger-device
ask home.cta in en
chooses home.cta cta-default
