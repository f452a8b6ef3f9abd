// What forms do. Each act changes the shop, tells the engine for whom it happened, and leads on to
// a page; one that cannot be done gives back its form, with the reason.
import { linesOf, shipping, sumOf } from './cart.mjs'
import { byId } from './goods.mjs'
import { receiptPage, signInPage, signUpPage } from './people.mjs'
import { grindNames, industries, interests, issues, jobNames, worries } from './words.mjs'

export const redirect = ({ response }, to) => {
  response.writeHead(303, { location: to, 'set-cookie': response.cookies,
    'cache-control': 'no-store' })
  response.end()
}

const lineMax = 20
const day = 86_400_000

const tell = (ctx, source, events) => ctx.engine.tell(source, ctx.proof, events,
  new Date(Date.now() - ctx.shiftMs))

const worded = ({ of, quantity }) => ({ product_id: of.id, category: of.category, price: of.price,
  quantity })

async function add(ctx, { product, quantity, grind }) {
  const of = byId.get(product)
  const count = Math.min(9, Math.max(1, Number.parseInt(quantity, 10) || 1))
  if (of?.stock && ctx.cart.length < lineMax) {
    ctx.cart.push({ product, quantity: count, grind: oneOf(grindNames, grind) })
    await tell(ctx, 'shop', [{ event: 'Product Added',
      properties: worded({ of, quantity: count }) }])
  }
  redirect(ctx, '/cart')
}

async function takeOut(ctx, lines) {
  await tell(ctx, 'shop', linesOf(lines).map((line) =>
    ({ event: 'Product Removed', properties: worded(line) })))
}

async function remove(ctx, { line }) {
  await takeOut(ctx, ctx.cart.splice(Number.parseInt(line, 10) || 0, 1))
  redirect(ctx, '/cart')
}

async function leave(ctx) {
  await takeOut(ctx, ctx.cart.splice(0))
  ctx.holder.held = undefined
  redirect(ctx, '/cart?left')
}

function hold(ctx) {
  const until = new Date(Date.now() + 7 * day)
  const on = (lang) => until.toLocaleDateString(lang,
    { month: 'long', day: 'numeric', timeZone: 'Asia/Tokyo' })
  ctx.holder.held = { ja: on('ja'), en: on('en') }
  redirect(ctx, '/cart')
}

async function order(ctx) {
  const lines = linesOf(ctx.cart)
  const sum = sumOf(ctx.cart)
  const grind = lines.find((line) => line.grind)?.grind
  if (!lines.length) return redirect(ctx, '/cart')
  await tell(ctx, 'shop', [{ event: 'Order Completed', properties: {
    order_id: `T-${Date.now()}`, total: sum + shipping(sum), currency: 'JPY',
    ...(grind && { grind }), products: lines.map(worded) } }])
  ctx.cart.length = 0
  redirect(ctx, '/thanks')
}

function become(ctx, user) {
  // The cart goes with its owner; the old session's name is not used again.
  user.cart.push(...ctx.session.cart)
  if (ctx.session.inquiry) user.inquiry ??= ctx.session.inquiry
  ctx.shop.sessions.delete(ctx.session.id)
  const session = ctx.shop.begin(ctx.response)
  session.user = user
  session.shiftMs = ctx.session.shiftMs
  ctx.proof = { ...ctx.proof, token: ctx.engine.tokenFor(user.id) }
}

const oneOf = (table, value) => Object.hasOwn(table, value) ? value : undefined
const filled = (object) => Object.fromEntries(Object.entries(object)
  .filter(([, value]) => value !== undefined))

async function signUp(ctx, form) {
  const { name = '', email = '', password = '' } = form
  const trouble = !name.trim() || !/^\S+@\S+\.\S+$/.test(email) || password.length < 6 ?
    ctx.say('お名前とメールアドレス、6文字以上のパスワードをお願いします。',
      'Please give a name, an e-mail address, and a password of six characters or more.') :
    ctx.shop.users.has(email.toLowerCase()) ?
      ctx.say('そのメールアドレスでは登録できませんでした。サインインをお試しください。',
        'This address cannot be used. Try to sign in.') : undefined
  if (trouble) return signUpPage(ctx, { trouble, given: form })
  become(ctx, ctx.shop.addUser({ name: name.trim().slice(0, 40), email, password }))
  const said = filled({ job: oneOf(jobNames, form.job), issue: oneOf(issues, form.issue),
    interest: oneOf(interests, form.interest) })
  await tell(ctx, 'signup', [{ event: 'Signed Up', properties: said },
    ...(form.recommend === 'yes' ? [{ event: 'Consent Updated',
      properties: { purposes: { recommend: true } } }] : [])])
  redirect(ctx, '/')
}

function signIn(ctx, { email = '', password = '' }) {
  const user = ctx.shop.userOf(email, password)
  if (!user) return signInPage(ctx, { samples: ctx.shop.samples,
    trouble: ctx.say('メールアドレスかパスワードが違うようです。', 'The address or the password is not right.') })
  become(ctx, user)
  redirect(ctx, '/')
}

// Whoever sits here next begins anew: session, device, and the leave to remember are gone.
function signOut(ctx) {
  ctx.shop.sessions.delete(ctx.session.id)
  ctx.shop.begin(ctx.response)
  for (const name of ['aizuchi.device', 'remember'])
    ctx.response.cookies.push(`${name}=; Path=/; SameSite=Lax; Max-Age=0`)
  redirect(ctx, '/')
}

async function inquire(ctx, { message = '' }) {
  if (!message.trim()) return redirect(ctx, '/support')
  ctx.holder.inquiry = {}
  await tell(ctx, 'support', [{ event: 'Inquiry Sent',
    properties: { message: message.slice(0, 2000) } }])
  redirect(ctx, '/support')
}

// What staff do, with the desk's own key.
const desk = (ctx, event, properties) => ctx.engine.tell('desk', { userId: ctx.user.id },
  [{ event, properties }])

async function replyToInquiry(ctx) {
  if (ctx.user?.inquiry) {
    ctx.user.inquiry.answer = true
    await desk(ctx, 'Inquiry Answered', { topic: 'bitterness', state: 'open', grind: 'medium' })
  }
  redirect(ctx, '/support')
}

const care = (event, properties, to) => async (ctx) => {
  if (ctx.user) await desk(ctx, event, properties)
  if (ctx.user && event === 'Inquiry Resolved') ctx.user.inquiry = undefined
  redirect(ctx, to)
}

async function papers(ctx, form) {
  await tell(ctx, 'signup', [{ event: 'White Paper Requested', properties: filled({
    job: oneOf(jobNames, form.job), industry: oneOf(industries, form.industry),
    worry: oneOf(worries, form.worry) }) }])
  redirect(ctx, '/office/papers?taken')
}

const mine = (method, path, body, done) => async (ctx, form) => {
  const got = await ctx.engine.me(ctx.proof, method, path(form), body?.(form))
  redirect(ctx, `/account?done=${got ? done(form) : 'failed'}`)
}

async function erase(ctx) {
  const got = await ctx.engine.me(ctx.proof, 'DELETE', '/v1/me')
  if (!got) return redirect(ctx, '/account?done=failed')
  ctx.status = 200
  return receiptPage(ctx, got.receipt)
}

const shift = (ms) => (ctx) => {
  ctx.session.shiftMs = ms
  redirect(ctx, ms ? '/gift' : '/cart')
}

const acts = {
  '/cart/add': add, '/cart/remove': remove, '/cart/leave': leave, '/cart/hold': hold,
  '/checkout': order, '/sign-up': signUp, '/sign-in': signIn, '/sign-out': signOut,
  '/support': inquire, '/support/answer': replyToInquiry, '/office/papers': papers,
  '/care/solved': care('Inquiry Resolved', { state: 'resolved' }, '/care/solved?done'),
  '/care/still': care('Inquiry Answered',
    { topic: 'bitterness', state: 'trying', grind: 'coarse' }, '/care/still?done'),
  '/account/forget': mine('DELETE', ({ fact }) => `/v1/me/facts/${encodeURIComponent(fact)}`,
    undefined, () => 'forgot'),
  '/account/purpose': mine('PUT', ({ purpose }) => `/v1/me/purposes/${encodeURIComponent(purpose)}`,
    ({ granted }) => ({ granted: granted === 'yes' }),
    ({ granted }) => granted === 'yes' ? 'allowed' : 'stopped'),
  '/account/stop': mine('POST', () => '/v1/me/stop', () => ({}), () => 'stopped'),
  '/account/erase': erase,
  '/tour/night': shift(10 * 3_600_000), '/tour/morning': shift(0),
}

// A page when the act gave one back; it has led on else. Undefined: there is no such act.
export const act = (ctx, form) => acts[ctx.path]?.(ctx, form)
