// Shelves, a product, a search.
import { card, crumbs, page, picture, searchForm, why, yen } from './frame.mjs'
import { byId, goods, isBean, shelfOf, shelves } from './goods.mjs'
import { html, raw } from './html.mjs'
import { grindNames } from './words.mjs'

export function shelfPage(ctx, path) {
  const { name, lead, of } = shelves[path]
  const there = goods.filter(of)
  const roasts = ['/light', '/medium', '/dark', '/decaf']
  const sisters = path === '/beans' || roasts.includes(path) ? roasts : []
  return page(ctx, { title: name[ctx.lang], body: html`<section class="shelf plain-head">
    <div class="section-head"><h1>${name[ctx.lang]}</h1><p class="lead">${lead[ctx.lang]}</p></div>
    ${sisters.length ? html`<ul class="pills">${['/beans', ...sisters].map((to) => html`<li><a
      href="${to}"
      ${to === path ? raw('aria-current="page"') : ''}>${to === '/beans' ?
  ctx.say('すべて', 'All') : shelves[to].name[ctx.lang]}</a>`)}</ul>` : ''}
    <ul class="cards">${there.map((product) => html`<li>${
      card(product, ctx, 2)}`)}</ul></section>` })
}

// Which grind stands chosen is decided by the engine; why is not said at the counter, but on tap.
const grindForm = ({ say }) => html`<div data-aizuchi-slot="order.grind" class="grind-slot"
  data-chosen="none"
    data-aizuchi-attr="data-chosen:chosen"><fieldset class="choice"><legend
      data-aizuchi-text="title">${
  say('挽き目をお選びください',
    'Choose a grind')}</legend><div class="chips">${
      Object.entries(grindNames).map(([value, name]) =>
  html`<label class="chip"><input type="radio" name="grind" value="${value}" required><span>${
    say(...name)}</span></label>`)}</div></fieldset></div>${why('order.grind')}`

function brewTable({ say }, { brew }) {
  if (!brew) return ''
  const [heat, dose, water, time] = brew
  return html`<section class="brew" id="brew"><h2>${say('淹れ方の目安', 'How we brew it')}</h2>
    <dl class="facts"><div><dt>${say('湯温', 'Water')}</dt><dd>${heat} °C</dd></div>
    <div><dt>${say('豆', 'Coffee')}</dt><dd>${dose} g</dd></div>
    <div><dt>${say('湯量', 'Amount')}</dt><dd>${water} ml</dd></div>
    <div><dt>${say('時間', 'Time')}</dt><dd>${time}</dd></div></dl>
    <p class="quiet">${say('試飲48回の記録から。', 'From the records of 48 tastings.')}</p></section>`
}

export function productPage(ctx, product) {
  const { say, lang } = ctx
  const near = goods.filter((other) => shelfOf(other) === shelfOf(product) && other !== product)
    .slice(0, 4)
  const buy = product.stock ? html`<form class="buy" method="post" action="/cart/add">
    <input type="hidden" name="product" value="${product.id}">${
      isBean(product) ? grindForm(ctx) : ''}
    <p class="buy-row"><label for="quantity">${say('数', 'Quantity')}</label><select id="quantity"
    name="quantity"><option>1<option>2<option>3<option>4</select>
    <button class="button long">${say('カートに入れる', 'Add to cart')}</button></p></form>` :
    html`<p class="notice">${say('いまはお休みしています。次の入荷は決まり次第、ここに書きます。',
      'Resting for now. The next delivery will be written here.')}</p>`
  return page(ctx, { title: product.name[lang], kind: 'product',
    given: { viewed: { product_id: product.id, category: product.category,
      price: product.price } },
    body: html`<article class="product-page">${crumbs(ctx, product)}
    <div class="product-in">${picture(product, lang, 560)}<div class="product-words">
    <h1>${product.name[lang]}</h1><p class="taste">${product.taste[lang]}</p>
    <p class="price">${yen(product.price, lang)} <small>${isBean(product) ?
  say('200g・税込', '200 g, tax included') : say('税込', 'tax included')}</small></p>
    <p>${product.about[lang]}</p>${buy}
    <div class="note" data-aizuchi-slot="product.note"><p data-aizuchi-text="title">${
  say('焙煎から7日目が、いちばん香ります。', 'Most fragrant on the seventh day.')}</p></div>${
  why('product.note')}
    <dl class="facts"><div><dt>${say('産地・つくり', 'Origin')}</dt><dd>${product.from[lang]}</dd></div>
    ${product.paid ? html`<div><dt>${say('買付価格(1kg)', 'What we paid, per kg')}</dt><dd>${
    yen(product.paid, lang)}</dd></div>` : ''}</dl>${brewTable(ctx, product)}</div></div></article>
    <section class="shelf"><h2>${say('隣に置いている品',
      'Next to it on the shelf')}</h2><ul class="cards">${
  near.map((other) => html`<li>${card(other, ctx)}`)}</ul></section>` })
}

export function searchPage(ctx) {
  const { say, lang, query } = ctx
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const text = (product) => [product.name, product.taste, product.about, product.from]
    .flatMap((each) => [each.ja, each.en]).join(' ').toLowerCase()
  const found = words.length ? goods.filter((product) =>
    words.every((word) => text(product).includes(word))) : []
  // What was typed stays here: it may be anything. That nothing was found is told.
  return page(ctx, { title: say('さがす',
    'Search'), given: query ? { searched: { hits: found.length } } : {},
    body: html`<section class="shelf plain-head"><div class="section-head"><h1>${query ?
  say(`「${query}」`, `“${query}”`) : say('豆をさがす', 'Search')}</h1>${query ? html`<p class="lead">${
  say(`${found.length} 品`, `${found.length} found`)}</p>` : ''}</div>${searchForm(ctx)}${
    !query ? html`<ul class="pills">${['/light', '/medium', '/dark', '/decaf', '/drip', '/gift',
      '/tools'].map((to) => html`<li><a href="${to}">${shelves[to].name[lang]}</a>`)}</ul>` :
    found.length ?
  html`<ul class="cards">${found.map((product) => html`<li>${card(product, ctx, 2)}`)}</ul>` :
  html`<div class="empty"><div data-aizuchi-slot="search.empty"><h2 data-aizuchi-text="title">${
    say('その言葉の豆は、まだありません。', 'No bean by that word yet.')}</h2><p data-aizuchi-text="lead">${
    say('花、柑橘、チョコレート――味の言葉でも探せます。',
      'Flowers, citrus, chocolate: tastes can be searched, too.')}</p><p><a class="button plain"
    href="/taste" data-aizuchi-text="cta" data-aizuchi-attr="href:href">${
    say('味から探す', 'Search by taste')}</a></p></div>${why('search.empty')}</div>`}</section>` })
}

export const productAt = (path) => byId.get(path.split('/').at(-1))?.url === path ?
  byId.get(path.split('/').at(-1)) : undefined
