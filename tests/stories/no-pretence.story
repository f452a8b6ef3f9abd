title [P9] With nothing fitting to say, the page shows the brand's default and says that everyone sees it
brand demo/tsumugi
clock 2026-05-20T12:00:00+09:00
who device nobody-knows
ask home.hero home.order in en
chooses home.hero hero-default
reason home.hero nothing_fits
layer home.hero none
why home.hero Everyone sees this
reason home.order given_order
