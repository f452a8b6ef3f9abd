title [P1] The button is worded for the work someone told us at sign-up, with its source on request
brand demo/tsumugi
who user office-1
event signup {"type":"identify","traits":{"job":"general-affairs"}}
ask home.cta in en
says home.cta Try it at work
never-says general affairs
why home.cta you told us
replays
