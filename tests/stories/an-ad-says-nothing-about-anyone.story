title [P3] Who arrives at an ad's page for the first time is told that the page chose, and nothing about them
brand demo/tsumugi
clock 2026-05-20T22:40:00+09:00
who device just-arrived
event web {"type":"page","properties":{"path":"/first-light"}}
ask home.hero in en {"page":"/first-light"}
chooses home.hero hero-first-light-roast
why home.hero Chosen for where you are now, and nothing about you
never-says relation
replays
