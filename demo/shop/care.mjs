// The support desk. What is asked here is not said on the shop's pages; here, it is gone on with.
import { page, why } from './frame.mjs'
import { html } from './html.mjs'

// How our side begins, when there is something to ask after; else nothing stands there.
export const followUp = ({ say }) => html`<div class="follow-up"><div
  data-aizuchi-slot="chat.opening">
  <p class="follow-words" data-aizuchi-text="text"></p><p class="soft-acts"><a class="button plain"
  data-aizuchi-text="cta" data-aizuchi-attr="href:href" href="/support">${say('窓口へ',
    'To the desk')}</a>
  <a class="more" data-aizuchi-text="other" data-aizuchi-attr="href:other_href"
  href="/care/still"></a></p></div>${
  why('chat.opening')}</div>`

const desk = ({ say, user, inquiry }) => !inquiry ? '' : html`<div class="stage-tools"><h2>${
  say('見本の道具', 'Sample tools')}</h2>${user ? html`<p>${
  say('窓口の人になって、返事をします。', 'Be the support desk, and answer.')}</p><form method="post"
  action="/support/answer"><button class="button plain">${say('「中挽きで、湯は90度に」と返事をする',
  'Answer: “A medium grind, and water at 90 °C”')}</button></form>` : html`<p>${
  say('サインインしている方には、窓口の返事がどの端末にも届きます。',
    'Whoever is signed in has the desk’s answer on every device.')}</p>`}</div>`

export const supportPage = (ctx) => page(ctx, { title: ctx.say('お問い合わせ', 'Support'),
  body: html`<section class="narrow"><h1>${ctx.say('お問い合わせ', 'Support')}</h1>
  <p class="lead">${ctx.say('うかがったことは、ここで続きをします。店のページでは口にしません。',
    'What you tell us goes on here. The shop’s pages do not speak of it.')}</p>${followUp(ctx)}
  ${ctx.inquiry ? html`<div class="notice" role="status"><p><b>${ctx.inquiry.answer ?
    ctx.say('窓口からのお返事', 'From the desk') : ctx.say('お預かりしました。', 'We have it.')}</b></p><p>${
    ctx.inquiry.answer ? ctx.say('中挽きで、湯は90度にしてみてください。苦みがやわらぎます。次の一袋は、中挽きを選んでおきます。',
      'Try a medium grind, and water at 90 °C; it takes the bitterness down. The next bag ' +
        'starts with a medium grind.') :
    ctx.say('翌営業日の昼までに、お返事します。それまで、こちらからの売り込みはしません。',
      'We answer by noon of the next working day. Until then nothing is asked and nothing sold.',
    )}</p></div>` : ''}
  <form method="post" action="/support" class="form"><p class="field"><label for="message">${
    ctx.say('どうなさいましたか', 'What happened?')}</label><small id="message-hint">${
    ctx.say('注文番号やお名前は要りません。書かれたことは、お返事のためと、どの手びきを近くに置くかを選ぶために使います。',
      'No order number, no name. What you write is used to answer, and to choose which notes ' +
        'are near at hand.')}</small>
  <textarea id="message" name="message" rows="5" required maxlength="2000"
    aria-describedby="message-hint"></textarea></p>
  <p class="acts"><button class="button long">${ctx.say('送る',
    'Send')}</button></p></form>${desk(ctx)}</section>` })

const words = {
  solved: ['解決しましたか。', 'Is it fine now?', 'よかったです。この話は、もう持ち出しません。挽き目はそのままにしておきます。',
    'Good. We shall not bring it up again; the grind stays as it is.', '解決した', 'It is fine now'],
  still: ['まだ続いていますか。', 'Is it still there?', 'では、粗挽きで、湯は88度まで。次の一袋は粗挽きを選んでおきます。',
    'Then a coarse grind, and water at 88 °C. The next bag starts with a coarse grind.',
    'まだ続いている', 'Still there'],
}

// Links come here; opening one does nothing.
export const carePage = (ctx, what, done) => {
  const [ja, en, thanksJa, thanksEn, actJa, actEn] = words[what]
  return page(ctx, { title: ctx.say(ja, en), body: html`<section class="narrow"><h1>${done ?
    ctx.say('ありがとうございます。', 'Thank you.') : ctx.say(ja, en)}</h1>${done ?
    html`<p role="status">${ctx.say(thanksJa, thanksEn)}</p><p><a class="button plain" href="/">${
      ctx.say('店に戻る', 'Back to the shop')}</a></p>` :
    html`<form method="post" action="/care/${what}"><button class="button">${
      ctx.say(actJa, actEn)}</button>
      <a class="more" href="/support">${ctx.say('やめておく', 'Not now')}</a></form>`}</section>` })
}
