title [P9] Without consent to mail the letter stays unsent, whatever there would be to say
brand demo/tsumugi
who user sales-2
event signup {"type":"identify","traits":{"job":"sales"}}
ask news.subject news.lead in en
reason news.subject no_consent
reason news.lead no_consent
