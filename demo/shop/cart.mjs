// Cart, checkout, thanks. A cart that is left is kept for a week; coming back it helps with the
// likely reason, and takes a no for a no.
import { choice, page, picture, why, yen } from './frame.mjs'
import { byId } from './goods.mjs'
import { html } from './html.mjs'
import { grindNames } from './words.mjs'

const freeFrom = 3500
const flat = 280

export const linesOf = (cart) => cart.map((line) => ({ ...line, of: byId.get(line.product) }))
export const sumOf = (cart) => linesOf(cart).reduce((sum, { of, quantity }) =>
  sum + of.price * quantity, 0)
export const shipping = (sum) => sum === 0 || sum >= freeFrom ? 0 : flat

const line = ({ say, lang }) => ({ of, quantity, grind }, i) => html`<li class="line">${
  picture(of, lang, 120)}
  <div class="line-words"><a href="${of.url}">${of.name[lang]}</a>${grind ?
  html`<p class="quiet">${say(...grindNames[grind])}</p>` : ''}</div>
  <p class="line-sum">${quantity} × ${yen(of.price, lang)}</p>
  <form method="post" action="/cart/remove"><input type="hidden" name="line" value="${i}">
  <button class="link" aria-label="${say(`${of.name.ja}を取り出す`, `Take out ${of.name.en}`)}">${
  say('取り出す', 'Take out')}</button></form>`

const fees = ({ say, lang }) => html`<section class="fees"><h2>${say('送料', 'Shipping')}</h2><table>
  <tbody><tr><th scope="row">${say('3,500円から', 'From ¥3,500')}</th><td>${say('無料',
    'Free')}</td></tr>
  <tr><th scope="row">${say('それ以下(ポスト投函)',
    'Below, through the letterbox')}</th><td>${yen(flat, lang)}</td></tr>
  <tr><th scope="row">${say('お届け', 'Arrives')}</th><td>${say('焙煎の翌日か翌々日',
    'One or two days after the roast')}</td></tr>
  </tbody></table></section>`

const note = ({ say }) => html`<div class="help"><div data-aizuchi-slot="cart.note"><h2
  data-aizuchi-text="title">${say('3,500円から、送料は無料です。', 'Free shipping from ¥3,500.')}</h2>
  <p data-aizuchi-text="lead">${say('それ以下は全国一律280円。ポストに届きます。',
    'Below that, ¥280 anywhere in Japan, through the letterbox.')}</p></div>${
      why('cart.note')}</div>`

export function cartPage(ctx) {
  const { say, lang, cart, held } = ctx
  const sum = sumOf(cart)
  const left = ctx.url.searchParams.has('left')
  const empty = html`<div class="empty"><h1>${left ? say('承知しました。', 'Understood.') :
    say('カートは空です。', 'The cart is empty.')}</h1><p>${left ?
    say('今回は見送りますね。お知らせもお送りしません。', 'Not this time, then. Nothing will be sent about it, either.') :
    say('どうぞごゆっくり。', 'Take your time.')}</p><p><a class="button plain" href="/beans">${
    say('豆を見る', 'See the beans')}</a></p></div>`
  const full = html`<h1>${say('カート', 'Cart')}</h1>${note(ctx)}
    <ul class="lines">${linesOf(cart).map(line(ctx))}</ul>
    <dl class="sums"><div><dt>${say('小計', 'Goods')}</dt><dd>${yen(sum, lang)}</dd></div>
    <div><dt>${say('送料', 'Shipping')}</dt><dd>${shipping(sum) ? yen(flat, lang) : say('無料',
      'Free')}</dd></div>
    <div class="sum"><dt>${say('合計',
      'Total')}</dt><dd>${yen(sum + shipping(sum), lang)}</dd></div></dl>
    <p class="acts"><a class="button long" href="/checkout">${say('注文手続きへ', 'To checkout')}</a></p>
    ${held ? html`<p class="notice" role="status">${say(`${held.ja}まで、このまま取り置きます。`,
    `Held for you until ${held.en}.`)}</p>` : ''}
    <div class="soft-acts"><form method="post" action="/cart/hold"><button class="button plain">${
  say('7日間、取り置く', 'Hold it for me, 7 days')}</button></form>
    <form method="post" action="/cart/leave"><button class="button plain">${
  say('今回は見送る', 'Not this time')}</button></form>
    <a class="more" href="/support">${say('困ったことがある',
      'Something is in the way')}</a></div>${fees(ctx)}`
  return page(ctx, { title: say('カート', 'Cart'), body: html`<section class="narrow">${
    cart.length ? full : empty}</section>` })
}

// A link of a mail or of an item comes here: opening it does nothing.
export const leavePage = (ctx) => page(ctx, { title: ctx.say('今回は見送る', 'Not this time'),
  body: html`<section class="narrow"><h1>${ctx.say('今回は見送りますか。', 'Not this time?')}</h1><p>${
    ctx.say('カートの品をお戻しします。お知らせはお送りしません。',
      'The cart is put back on the shelf. Nothing will be sent about it.')}</p>
  <form method="post" action="/cart/leave"><button class="button">${ctx.say('見送る',
    'Not this time')}</button>
  <a class="more" href="/cart">${ctx.say('そのままにする', 'Keep it')}</a></form></section>` })

export function checkoutPage(ctx) {
  const { say, lang, cart } = ctx
  const sum = sumOf(cart)
  const gift = linesOf(cart).some(({ of }) => ['gift', 'celebration'].includes(of.category))
  return page(ctx, { title: say('ご注文', 'Checkout'), body: html`<section class="narrow"><h1>${
    say('ご注文の確認', 'Your order')}</h1><p class="notice">${
    say('見本の店なので、お名前もご住所もお支払いもうかがいません。',
      'This is a sample: no name, address or payment is asked for.')}</p>
    <ul class="lines">${linesOf(cart).map(({ of, quantity, grind }) => html`<li class="line">${
    picture(of, lang, 120)}<div class="line-words"><b>${of.name[lang]}</b>${grind ?
    html`<p class="quiet">${say(...grindNames[grind])}</p>` : ''}</div><p class="line-sum">${
      quantity} × ${
    yen(of.price, lang)}</p>`)}</ul>
    <form method="post" action="/checkout">${choice(say('お届け', 'Delivery'), 'delivery', [
    ['letterbox', say('ポストに', 'Letterbox')], ['hand', say('手渡しで', 'By hand')]],
  { chosen: 'letterbox' })}${gift ? choice(say('のし', 'Noshi paper'), 'noshi', [['none', say('なし',
    'None')],
    ['thanks', say('御礼', 'Thanks')], ['celebration', say('御祝', 'Celebration')]],
  { chosen: 'none', hint: say('包むためだけに使い、どこにも残しません。',
    'For wrapping only; it is kept nowhere.') }) : ''}
    <dl class="sums"><div class="sum"><dt>${say('合計', 'Total')}</dt><dd>${
  yen(sum + shipping(sum), lang)}</dd></div></dl>
    <p class="acts"><button class="button long">${say('注文する(見本)',
      'Place the order (sample)')}</button></p>
    </form></section>` })
}

export const thanksPage = (ctx) => page(ctx, { title: ctx.say('ありがとうございます', 'Thank you'),
  body: html`<section class="narrow"><h1>${ctx.say('ご注文、ありがとうございます。',
    'Thank you for the order.')}</h1>
  <p>${ctx.say('次の焙煎で焼いて、日付を書いてお送りします(見本なので、荷物は動きません)。',
    'It goes into the next roast and leaves with its date (this is a sample, so nothing really ' +
      'leaves).')}</p>
  <p><a class="button plain" href="/">${ctx.say('店に戻る', 'Back to the shop')}</a></p></section>` })
