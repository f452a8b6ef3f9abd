// Signing up, signing in, and what is kept of somebody: from where, when, for what, with the rights
// beside it. The account page is made on the server and works without JavaScript.
import { choice, field, page } from './frame.mjs'
import { html } from './html.mjs'
import { interests, issues, jobNames } from './words.mjs'

const options = ({ say }, table) => Object.entries(table).map(([id, name]) => [id, say(...name)])

export const signUpPage = (ctx, { trouble, given = {} } = {}) => page(ctx, {
  title: ctx.say('会員登録', 'Sign up'), body: html`<section class="narrow"><h1>${
    ctx.say('会員登録', 'Sign up')}</h1><p class="lead">${ctx.say('注文の続きと、お問い合わせの続きが、どの端末でもできるように。',
    'So that an order or a question goes on, on whichever device.')}</p>${trouble ?
    html`<p class="notice bad" role="alert">${trouble}</p>` : ''}
  <form method="post" action="/sign-up" class="form">
  ${field(ctx.say('お呼びするお名前',
    'What may we call you?'), 'name', { required: true, value: given.name, auto: 'nickname' })}
  ${field(ctx.say('メールアドレス',
    'E-mail'), 'email', { type: 'email', required: true, value: given.email, auto: 'email',
    hint: ctx.say('サインインのためだけに、この店のなかに。', 'For signing in only; it stays in this shop.') })}
  ${field(ctx.say('パスワード',
    'Password'), 'password', { type: 'password', required: true, auto: 'new-password' })}
  <h2>${ctx.say('よろしければ', 'If you like')}</h2><p class="quiet">${
  ctx.say('はじめのページの並びと言葉を選ぶために使います。どれも空のままでかまいません。',
    'To arrange your first pages. Each of these may stay empty.')}</p>
  ${choice(ctx.say('いま、いちばん困っていること',
    'What is in the way right now?'), 'issue', options(ctx, issues), { chosen: given.issue })}
  ${choice(ctx.say('いま気になるもの',
    'What are you curious about?'), 'interest', options(ctx, interests),
    { chosen: given.interest })}
  ${choice(ctx.say('お仕事', 'Your work'), 'job', options(ctx, jobNames), { chosen: given.job })}
  <p><label class="check"><input type="checkbox" name="recommend" value="yes"> ${
  ctx.say('豆や道具のおすすめを選ぶことに、ご覧になったものを使ってよい',
    'What I look at may choose which beans and tools to suggest')}</label></p>
  <p class="acts"><button class="button long">${ctx.say('登録する',
    'Sign up')}</button></p></form></section>` })

export const signInPage = (ctx, { trouble, samples }) => page(ctx, {
  title: ctx.say('サインイン', 'Sign in'), body: html`<section class="narrow"><h1>${
    ctx.say('サインイン', 'Sign in')}</h1>${trouble ?
    html`<p class="notice bad" role="alert">${trouble}</p>` : ''}
  <form method="post" action="/sign-in" class="form">
  ${field(ctx.say('メールアドレス',
    'E-mail'), 'email', { type: 'email', required: true, auto: 'username' })}
  ${field(ctx.say('パスワード',
    'Password'), 'password', { type: 'password', required: true, auto: 'current-password' })}
  <p class="acts"><button class="button long">${ctx.say('サインイン', 'Sign in')}</button></p></form>
  <p><a class="more" href="/sign-up">${ctx.say('はじめての方は、会員登録へ', 'New here? Sign up')}</a></p>
  <div class="stage-tools"><h2>${ctx.say('見本の道具', 'Sample tools')}</h2><p>${
  ctx.say('見本の方として入れます。', 'Sign in as a sample person.')}</p>${samples.map((sample) => html`<form
  method="post" action="/sign-in"><input type="hidden" name="email" value="${sample.email}"><input
  type="hidden" name="password" value="${sample.password}"><button class="button plain">${
  ctx.say(sample.about.ja, sample.about.en)}</button></form>`)}</div></section>` })

const dateOf = (text, lang) => text ? new Date(text).toLocaleDateString(lang,
  { dateStyle: 'long', timeZone: 'Asia/Tokyo' }) : ''
const act = (path, label, fields = {}) => html`<form method="post" action="${path}">${
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${
    value}">`)}
  <button class="link">${label}</button></form>`

function known({ say, lang }, me) {
  const seen = (me.counted ?? []).find(({ what }) => what === 'count("Product Viewed")')?.count
  const facts = (me.facts ?? []).map((fact) => html`<li class="known"><p><b>${fact.label}</b> ${
    fact.says ?? String(fact.value)}</p><p class="quiet">${fact.source} – ${dateOf(fact.at, lang)}${
    say('。使い道:', '. For: ')}${fact.purposes.map(({ says }) => says).join(say('、', '; '))}</p>
    ${act('/account/forget', say('忘れてほしい', 'Forget it'), { fact: fact.fact })}`)
  if (seen) facts.push(html`<li class="known"><p><b>${say('ご覧になった品', 'What you looked at')}</b> ${
    say(`${seen} 回`, `${seen} times`)}</p>${act('/account/forget', say('忘れてほしい', 'Forget it'),
    { fact: 'count("Product Viewed")' })}`)
  return facts.length ? html`<ul class="known-list">${facts}</ul>` : html`<p>${
    say('まだ何もお預かりしていません。', 'Nothing is kept yet.')}</p>`
}

const purposeLine = ({ say }) => ({ id, says, basis, standing }) => {
  const on = standing === 'granted' || (standing === 'none' && basis !== 'consent')
  return html`<li class="known"><p>${says}</p><p class="quiet">${on ? say('使っています', 'In use') :
    say('使っていません', 'Not in use')}</p>${act('/account/purpose', on ? say('止める', 'Stop it') :
    say('使ってよい', 'Allow it'), { purpose: id, granted: on ? 'no' : 'yes' })}`
}

// Aizuchi's own preference centre (docs/preference-centre.md): all of it, with every right.
const centre = ({ say, lang, engine, proof }) => html`<form method="post" action="${
  engine.url}/me/session"><input type="hidden" name="key" value="${engine.keys.web}"><input
  type="hidden" name="token" value="${proof.token}"><input type="hidden" name="locale" value="${
  lang}"><button class="button plain">${say('すべてを見て、決める', 'See and decide everything')}</button>
  <p class="quiet">${say('どこで使われたか、大切にしていること、お休み、連絡の回数も。',
    'Where it was used, what matters to you, breaks, and how often we write, too.')}</p></form>`

export function accountPage(ctx, { me, purposes, done }) {
  const { say, user } = ctx
  const nobody = html`<p>${say('この端末のことは、何も覚えていません。', 'Nothing is remembered of this device.')}</p>`
  return page(ctx, { title: say('お預かりしている情報', 'What we know'), body: html`<section class="narrow">
    <h1>${say('お預かりしている情報',
      'What we know')}</h1>${done ? html`<p class="notice" role="status">${done}</p>` : ''}
    <p class="lead">${user ? say(`${user.name} 様と、この店とのあいだのことだけです。`, `Only what is between ${
      user.name} and this shop.`) :
  say('この端末でなさったことだけです。', 'Only what was done on this device.')}</p>
    <h2>${say('何を、どこから', 'What, and from where')}</h2>${me ? known(ctx, me) : nobody}
    ${purposes?.length ? html`<h2>${say('何のために', 'What for')}</h2><ul class="known-list">${
    purposes.filter(({ basis }) => basis !== 'contract').map(purposeLine(ctx))}</ul>` : ''}
    ${me ? html`<h2>${say('まるごと', 'All of it')}</h2>${ctx.proof.token ? centre(ctx) : ''}
    <div class="soft-acts">
    <a class="button plain" href="/account/export">${say('写しを受け取る', 'Take a copy')}</a>
    <form method="post" action="/account/stop"><button class="button plain">${
    say('すべて止める', 'Stop everything')}</button></form>
    <form method="post" action="/account/erase"><button class="button plain">${
    say('すべて忘れてもらう', 'Forget me')}</button></form></div>` : ''}
    ${user ? html`<h2 id="out">${say('この端末から離れる', 'Leaving this device')}</h2><form method="post"
    action="/sign-out" data-sign-out><button class="button">${say('サインアウト', 'Sign out')}</button>
    <p class="quiet">${say('次に座る方には、何も残りません。',
      'Nothing is left for whoever sits here next.')}</p></form>` :
  html`<p><a class="more" href="/sign-in">${say('サインインして、ほかの端末の分も見る',
    'Sign in to see what other devices did, too')}</a></p>`}</section>` })
}

export const receiptPage = (ctx, receipt) => page(ctx, { title: ctx.say('忘れました', 'Forgotten'),
  body: html`<section class="narrow"><h1>${ctx.say('すべて忘れました。',
    'All of it is forgotten.')}</h1><p>${
    ctx.say('控えです。署名つきで、あとから確かめられます。', 'Your receipt. It is signed and can be checked later.')}</p>
  <pre class="receipt" tabindex="0">${JSON.stringify(receipt, null, 1)}</pre></section>` })
