// Five minutes through the shop: what to press, what to see, why. docs/tour.md says the same.
import { page } from './frame.mjs'
import { html } from './html.mjs'

const steps = ({ say }) => [
  [say('はじめまして', 'Nice to meet you'), say('1分', '1 minute'), [
    html`${say('広告から来た方として、', 'Arrive from an ad: ')}<a href="/first-light?utm_source=ad">${
      say('「浅煎り、はじめての一杯」から入る', '“Light roast, a first cup”')}</a>`,
    say('見出しが、はじめての浅煎りの話になります。選んだのは頁の番地と、まだ知り合っていないことだけ。広告の配信元が推し量った年代や地域は、はじめから集めていません。',
      'The headline speaks of a first light roast. The page’s address chose it, and that we ' +
        'have not met. What an ad network guesses of age and region is not even collected.'),
    html`${say('そのあと', 'Then ')}<a href="/">${say('ふつうの入口', 'the usual door')}</a>${
      say('から入ると、みなさんと同じ言葉です。', ': everybody’s words.')}`]],
  [say('夜の一杯', 'The evening cup'), say('1分', '1 minute'), [
    html`${say('下の帯で「覚えてよい」を押してから、',
      'Press “Yes, remember” in the strip below, then look at three in ')}<a href="/decaf">${
      say('カフェインレスの棚', 'the decaf shelf')}</a>${say('で三つの品を開く。', '.')}`,
    say('店の入口が「夜の一杯にも。」に変わります。なぜカフェインレスを見るのかは、聞かず、推し量りません。',
      'The first page says “For the evening cup, too.” Why somebody looks at decaf is neither ' +
        'asked nor guessed.'),
    say('「この表示の理由」→「使わないでほしい」:その場で、みなさんと同じ言葉に戻ります。',
      '“Why this?”, then “Don’t use this”: on the spot, everybody’s words are back.')]],
  [say('預けて、返る', 'Entrusted, and given back'), say('1分', '1 minute'), [
    html`<a href="/#question">${say('入口の質問', 'The question on the first page')}</a>${
      say('に答える。', ': answer it.')}`,
    say('「お答えから、並びを替えました」は一度だけ。棚の並びはそのまま続きます。もう二つ答えると、入口の言葉も変わります。',
      '“We re-ordered this shelf from your answer” is said once; the order stays. After two ' +
        'more answers the headline follows.')]],
  [say('最後の気がかり', 'The last worry'), say('1分', '1 minute'), [
    html`<a href="/sign-in">${say('サインイン', 'Sign in')}</a>${say('の下から「先日、苦みを相談した方」として入る。',
      ' as the person who asked about bitterness, at the foot of the page.')}`,
    html`<a href="/beans/mandheling">${say('マンデリン', 'Mandheling')}</a>${
      say('では中挽きが選ばれています。入口は、そのことを口にしません。',
        ': a medium grind stands chosen. The first page does not say a word of it.')}`,
    html`<a href="/support">${say('お問い合わせ', 'Support')}</a>${
      say('だけが「先日の苦味、その後いかがですか。」と尋ねます。「解決した」を押すと、もう尋ねません。挽き目はそのままです。',
        ' alone asks “How has the bitterness been since?” Tap “It is fine now”: never again, ' +
          'and the grind stays.')}`]],
  [say('別の端末、別の人', 'Another device, another person'), say('1分', '1 minute'), [
    say('別のブラウザーで同じ方としてサインインすると、覚えがついてきます。サインアウトすると、この端末には何も残りません。',
      'Sign in as the same person in another browser: the memory follows. Sign out, and ' +
        'nothing is left on this device.'),
    html`<a href="/account">${say('お預かりしている情報', 'What we know')}</a>${
      say('で、何を・どこから・何のためにを見て、忘れてもらえます。',
        ' shows what, from where, what for; there it can be forgotten.')}`]],
]

export const tourPage = (ctx) => page(ctx, { title: ctx.say('見本を歩く', 'The tour'),
  body: html`<article class="narrow article tour"><p class="kicker">${ctx.say('見本',
    'Sample')}</p><h1>${
    ctx.say('五分で歩く、つむぎ珈琲', 'Tsumugi Coffee in five minutes')}</h1><p class="lead">${
    ctx.say('この店の言葉と並びは、Aizuchi が選んでいます。押すところ、見るところ、その理由を順に。シークレットウィンドウで始めると、はじめての人になれます。',
      'Aizuchi chooses this shop’s words and order. Here is what to press, what to see, and ' +
        'why. A private window makes you somebody new.')}</p>
  <ol class="tour-steps">${steps(ctx).map(([title, time, lines]) => html`<li><h2>${title} <small>${
    time}</small></h2><ul>${lines.map((text) => html`<li>${text}`)}</ul>`)}</ol>
  <h2>${ctx.say('カートを離れて、戻る', 'Leaving a cart, and coming back')}</h2><p>${
    ctx.say('時間は待たずに済みます。昨夜のこととして品を入れ、朝に戻ると、カートは困りごとを一度だけ尋ねます。値引きも、急かす言葉もありません。',
      'No need to wait: fill the cart as of last night, come back in the morning, and the cart ' +
        'asks once whether something got in the way. No coupon, no hurry.')}</p>
  <form class="stage-tools" method="post" action="/tour/night"><p>${ctx.say('見本の道具',
    'Sample tools')}</p>
  <button class="button plain">${ctx.say('昨夜に行く', 'Go to last night')}</button></form></article>` })
