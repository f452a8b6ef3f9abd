title [P4] Whoever passes over a question is left alone with it for a month
brand demo/tsumugi
clock 2026-05-21T08:00:00+09:00
who device asked-2
grant values
is-asked taste
answers nothing
is-not-asked passed_over
after 29d
is-not-asked passed_over
after 2d
is-asked taste
