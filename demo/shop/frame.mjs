// What every page has around it: head, header, footer, the SDK's tag, and the small parts that
// several pages use.
import { mark } from './art.mjs'
import { shelfOf } from './goods.mjs'
import { html, json, raw } from './html.mjs'

export const yen = (sum, lang) => lang === 'ja' ? `${sum.toLocaleString('ja')}円` :
  `¥${sum.toLocaleString('en')}`

// The room for "Why this?": kept free, so that nothing jumps when it comes.
export const why = (slot) => html`<div class="why-room" data-aizuchi-why="${slot}"></div>`

export const picture = (product, lang, sizes = 400) => html`<span
  class="panel tone-${product.category}"><img src="/art/${product.id}.svg" alt="" width="${sizes}"
  height="${sizes}" loading="lazy" decoding="async"></span>`

export function card(product, { lang, say }, level = 3) {
  const title = raw(`h${level}`)
  return html`<a class="card-link" href="${product.url}">${picture(product, lang)}
    <${title} class="card-name">${product.name[lang]}</${title}>
    <p class="card-taste">${product.taste[lang]}</p>
    <p class="card-price">${yen(product.price, lang)}${product.stock ? '' :
    html` <span class="gone">${say('お休み中', 'resting')}</span>`}</p></a>`
}

const nav = [['/beans', '豆', 'Beans'], ['/decaf', 'カフェインレス', 'Decaf'],
  ['/drip', 'ドリップバッグ', 'Drip bags'], ['/gift', '贈り物', 'Gifts'], ['/tools', '道具', 'Tools'],
  ['/journal', '読みもの', 'Journal'], ['/office', 'オフィス便', 'Office']]

const icon = (inner) => raw(`<svg viewBox="0 0 24 24" aria-hidden="true" class="icon">${
  inner}</svg>`)
const icons = {
  person: icon('<circle cx="12" cy="8" r="4"/><path d="M4 21c1-5 4-7 8-7s7 2 8 7"/>'),
  cart: icon('<path d="M4 8h16l-1.500 12h-13zM8 8a4 4 0 0 1 8 0"/>'),
  search: icon('<circle cx="11" cy="11" r="6"/><path d="m20 20-4.500-4.500"/>'),
}

export const searchForm = ({ say, query }) => html`<form class="search" action="/search"
  role="search">
  <label class="sr" for="q">${say('豆をさがす', 'Search')}</label><input id="q" name="q" type="search"
  value="${query ?? ''}"><button aria-label="${say('さがす', 'Search')}">${
  icons.search}</button></form>`

function languageQuery({ url }, other) {
  const query = new URLSearchParams(url.searchParams)
  query.set('lang', other)
  return query
}

function header(ctx) {
  const { say, lang, path, user, cart } = ctx
  const other = lang === 'ja' ? 'en' : 'ja'
  const count = cart.reduce((sum, line) => sum + line.quantity, 0)
  return html`<header class="top"><div class="top-in">
    <a class="brand" href="/">${raw(mark)}<span>${say('つむぎ珈琲', 'Tsumugi Coffee')}</span></a>
    <nav aria-label="${say('棚',
      'Shelves')}"><ul>${nav.map(([to, ja, en]) => html`<li><a href="${to}"
      ${path === to || path.startsWith(`${to}/`) ? raw('aria-current="page"') : ''}>${
        say(ja, en)}</a>`)}</ul></nav>
    <div class="top-side">
      ${path === '/search' ? '' : searchForm(ctx)}
      <a class="side" href="${user ? '/account' : '/sign-in'}">${icons.person}<span>${
  user ? say(`${user.name} 様`, user.name) : say('サインイン', 'Sign in')}</span></a>
      <a class="side" href="/cart">${icons.cart}<span>${say('カート', 'Cart')}</span>${
  count ? html`<b class="count">${count}</b>` : ''}</a>
      <a class="lang" href="?${languageQuery(ctx, other)}" lang="${other}" hreflang="${other}">${
  other === 'ja' ? '日本語' : 'English'}</a>
    </div></div></header>`
}

function footer({ say, user }) {
  const list = (title, links) => html`<div><h2>${title}</h2><ul>${links.map(([to, text]) =>
    html`<li><a href="${to}">${text}</a>`)}</ul></div>`
  return html`<footer class="foot"><div class="foot-in">
    <div class="foot-house"><p class="foot-name">${say('つむぎ珈琲', 'Tsumugi Coffee')}</p>
      <p>${say('東京・神保町と、鎌倉で。豆は火曜と金曜に焼いています。',
    'Jimbocho, Tokyo, and Kamakura. We roast on Tuesdays and Fridays.')}</p>
      <div class="hours" data-aizuchi-slot="home.hours"><p data-aizuchi-text="title">${
  say('神保町 9–19時、鎌倉 10–18時', 'Jimbocho 9–19, Kamakura 10–18')}</p>
      <p class="quiet" data-aizuchi-text="lead">${say('ご注文はいつでも。焙煎は火曜と金曜です。',
    'Orders at any hour. Roasting on Tuesdays and Fridays.')}</p></div></div>
    ${list(say('お買い物', 'Shopping'), [['/about', say('送料・返品・この店のこと', 'Shipping, returns, about us')],
    ['/support', say('お問い合わせ', 'Support')], ['/cafes', say('お店', 'Cafés')],
    ['/search', say('豆をさがす', 'Search')], ['/brew', say('淹れ方', 'Brewing')]])}
    ${list(say('お預かりしているもの', 'What we keep'), [
    ['/account', say('お客様情報と、止めかた', 'What we know, and how to stop it')],
    user ? ['/account#out', say('サインアウト', 'Sign out')] :
      ['/sign-up', say('会員登録', 'Sign up')],
    ['/tour', say('この見本を歩く(5分)', 'A tour of this sample, 5 minutes')]])}
    </div><p class="foot-last">${say('見本の店です。つむぎ珈琲も、品も、人も、作りごとです。お金も荷物も動きません。',
    'A sample shop: the house, the goods and the people are invented. No money moves, nothing ' +
      'is sent.')}</p></footer>`
}

// The device may remember, if its person says so; asked where nothing is covered by it.
const remember = ({ say, remembered }) => remembered ? '' : html`<form class="remember"
  id="remember"
  aria-labelledby="remember-title" hidden><div><p id="remember-title"><b>${
  say('この端末で、ご覧になった棚を覚えてもよいですか。',
    'May this shop remember, on this device, what you look at?')}</b></p>
  <p class="quiet">${say('ページの並びと言葉を選ぶために使い、ほかの会社には渡しません。いつでも止められます。',
    'To arrange pages and choose words; nobody else gets it. You can stop it any time.')}</p>
  <label class="check"><input type="checkbox" name="recommend"> ${
  say('豆や道具のおすすめを選ぶことにも使ってよい', 'It may also choose which beans and tools to suggest')}</label></div>
  <div class="remember-acts"><button class="button" value="yes">${say('覚えてよい',
    'Yes, remember')}</button>
  <button class="button plain" value="no">${say('覚えない', 'No')}</button></div></form>`

const night = ({ say, shiftMs }) => shiftMs ? html`<form class="stage-tools night" method="post"
  action="/tour/morning"><p>${say('見本の道具:昨夜のこととして歩いています。',
    'Sample tools: you walk here as of last night.')}</p>
  <button class="button plain">${say('朝に戻る', 'Back to this morning')}</button></form>` : ''

// Where somebody can say, at any time, that a visit is for somebody else or for this once, or that
// they want a break; and where they are asked now and then how it feels (docs/web-sdk.md).
const asides = ({ say, remembered, user }) => remembered === 'yes' || user ? html`<div
  class="asides"><aside data-aizuchi-tell aria-label="${say('お伝えになりたいこと', 'Tell us')}"></aside>
  <aside data-aizuchi-felt aria-label="${say('お気持ち', 'How it feels')}"></aside></div>` : ''

export function page(ctx, { title, body, given = {}, kind = '' }) {
  const { say, lang, nonce, engine, remembered, user } = ctx
  const told = { ...given, key: engine.keys.web, url: engine.url,
    ...(user && { user: user.id, token: engine.tokenFor(user.id) }) }
  const house = say('つむぎ珈琲', 'Tsumugi Coffee')
  return html`<!doctype html><html lang="${lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>${title ? `${title} – ${house}` : house}</title>
<link rel="icon" href="/art/mark.svg"><link rel="stylesheet" href="/style.css">
<script type="application/json" id="given">${json(told)}</script>
<script src="${engine.url}/sdk/aizuchi-ui.js" nonce="${nonce}" data-key="${engine.keys.web}"
  data-keep="cookie" ${remembered === 'yes' ? raw('data-consent="granted"') : ''}></script>
<script src="/shop.js" nonce="${nonce}"></script></head>
<body class="${kind}"><a class="skip" href="#main">${say('本文へ', 'To the content')}</a>
${night(ctx)}${header(ctx)}<main id="main" tabindex="-1">${body}</main>${
  asides(ctx)}${footer(ctx)}
${remember(ctx)}</body></html>`
}

export const crumbs = (ctx, product) => html`<nav class="crumbs" aria-label="${
  ctx.say('いまいる場所', 'You are here')}"><a href="/">${ctx.say('ホーム', 'Home')}</a> / <a href="${
  shelfOf(product)}">${ctx.say('棚へ', 'Shelf')}</a></nav>`

export const field = (label, name, { type = 'text', value = '', hint, required, auto } = {}) =>
  html`<p class="field"><label for="${name}">${label}</label>${hint ?
    html`<small id="${name}-hint">${hint}</small>` : ''}<input id="${name}" name="${name}"
    type="${type}" value="${value}" ${required ? raw('required') : ''} ${auto ?
    html`autocomplete="${auto}"` : ''} ${hint ? html`aria-describedby="${name}-hint"` : ''}></p>`

export const choice = (legend, name, options, { hint, chosen } = {}) => html`<fieldset
  class="choice">
  <legend>${legend}</legend>${hint ? html`<p class="quiet">${hint}</p>` : ''}<div class="chips">${
  options.map(([value, text]) => html`<label class="chip"><input type="radio" name="${name}"
    value="${value}" ${value === chosen ? raw('checked') : ''}><span>${text}</span></label>`)}</div>
  </fieldset>`
