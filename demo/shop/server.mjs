// つむぎ珈琲 as a small real shop: pages made on the server, with the web SDK in them. Node's own
// http and crypto, nothing else. Carts and accounts live as long as the process.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import { act, redirect } from './acts.mjs'
import { mark, productArt, sceneArt, sceneNames } from './art.mjs'
import * as cart from './cart.mjs'
import { carePage, supportPage } from './care.mjs'
import { page } from './frame.mjs'
import { aliases, byId, shelves } from './goods.mjs'
import { home } from './home.mjs'
import { html } from './html.mjs'
import { aboutPage, articlePage, brewPage, cafesPage, journalPage } from './journal.mjs'
import * as office from './office.mjs'
import * as people from './people.mjs'
import { productAt, productPage, searchPage, shelfPage } from './shelves.mjs'
import { tourPage } from './tour.mjs'

const here = (name) => fs.readFileSync(new URL(name, import.meta.url), 'utf8')
const bodyBytesMax = 20_000
const hours12 = 12 * 3_600_000
const sessionsMax = 10_000

const hashOf = (password, salt) => scryptSync(password, salt, 32, { N: 4096 })

export class Shop {
  constructor(engine) {
    this.engine = engine
    this.sessions = new Map()
    this.users = new Map()  // by e-mail
    this.samples = []
  }

  addUser({ id, name, email, password }) {
    const salt = randomBytes(16)
    const user = { id: id ?? `shop-${randomBytes(8).toString('hex')}`, name, email, salt,
      hash: hashOf(password, salt), cart: [], inquiry: undefined }
    this.users.set(email.toLowerCase(), user)
    return user
  }

  userOf(email, password) {
    const user = this.users.get(email.toLowerCase())
    return user && timingSafeEqual(user.hash, hashOf(password, user.salt)) ? user : undefined
  }

  // A session of its own for whoever comes; what it holds goes with it.
  begin(response) {
    const id = randomBytes(16).toString('hex')
    if (this.sessions.size >= sessionsMax) this.sessions.delete(this.sessions.keys().next().value)
    this.sessions.set(id, { id, cart: [], at: Date.now() })
    response.cookies.push(`sid=${id}; Path=/; HttpOnly; SameSite=Lax`)
    return this.sessions.get(id)
  }
}

const cookiesOf = ({ headers }) => Object.fromEntries((headers.cookie ?? '').split(/;\s*/)
  .map((each) => [each.split('=')[0], each.slice(each.indexOf('=') + 1)]))

const language = (request, url, cookies) => {
  const asked = url.searchParams.get('lang') ?? cookies.lang
  if (asked === 'ja' || asked === 'en') return asked
  return /^en\b/.test(request.headers['accept-language'] ?? '') ? 'en' : 'ja'
}

// Everything a page may want to know of the one who asks.
function contextOf(shop, request, response) {
  const url = new URL(request.url, 'http://shop')
  const cookies = cookiesOf(request)
  let session = shop.sessions.get(cookies.sid)
  if (!session || Date.now() - session.at > hours12) session = shop.begin(response)
  session.at = Date.now()
  const { user } = session
  const lang = language(request, url, cookies)
  const proof = { ...(user && { token: shop.engine.tokenFor(user.id) }),
    ...(cookies['aizuchi.device'] && { deviceToken: cookies['aizuchi.device'] }) }
  const holder = user ?? session
  return { shop, request, response, url, lang, session, user, holder, proof,
    say: (ja, en) => lang === 'ja' ? ja : en, path: url.pathname, engine: shop.engine,
    nonce: randomBytes(12).toString('base64'), remembered: cookies.remember, cart: holder.cart,
    inquiry: holder.inquiry, held: holder.held, shiftMs: session.shiftMs ?? 0,
    troubled: Boolean(holder.inquiry && !holder.inquiry.answer),
    query: url.searchParams.get('q')?.slice(0, 80) }
}

async function accountOf(ctx, done) {
  const lang = `locale=${ctx.lang}`
  const me = await ctx.engine.me(ctx.proof, 'GET', `/v1/me?${lang}`)
  const purposes = await ctx.engine.me(ctx.proof, 'GET', `/v1/me/purposes?${lang}`)
  return people.accountPage(ctx, { me: me?.known ? me : undefined, done,
    purposes: purposes?.purposes })
}

const fixed = {
  '/': home, '/first-light': home, '/cart': cart.cartPage, '/cart/leave': cart.leavePage,
  '/checkout': cart.checkoutPage, '/thanks': cart.thanksPage, '/support': supportPage,
  '/care/solved': (ctx) => carePage(ctx, 'solved', ctx.url.searchParams.has('done')),
  '/care/still': (ctx) => carePage(ctx, 'still', ctx.url.searchParams.has('done')),
  '/sign-up': people.signUpPage, '/account': (ctx) => accountOf(ctx, saidAfter(ctx)),
  '/sign-in': (ctx) => people.signInPage(ctx, { samples: ctx.shop.samples }),
  '/office': office.officePage, '/office/checklist': office.checklistPage,
  '/office/papers': (ctx) => office.papersPage(ctx, ctx.url.searchParams.has('taken')),
  '/journal': journalPage, '/brew': brewPage, '/brew/data': brewPage, '/cafes': cafesPage,
  '/about': aboutPage, '/tour': tourPage,
  '/search': (ctx) => searchPage({ ...ctx, query: ctx.query ?? '' }),
}

const saidAfter = (ctx) => ({
  forgot: ctx.say('承知しました。忘れました。', 'Understood. It is forgotten.'),
  stopped: ctx.say('承知しました。次の表示から使いません。', 'Understood. It is not used from the next page on.'),
  allowed: ctx.say('ありがとうございます。次の表示から使います。', 'Thank you. It is used from the next page on.'),
  failed: ctx.say('いまは受け付けられませんでした。少しあとで、もう一度お試しください。',
    'This could not be done now. Please try again in a moment.'),
})[ctx.url.searchParams.get('done')]

function pageFor(ctx) {
  const { path } = ctx
  if (fixed[path]) return fixed[path](ctx)
  if (shelves[path]) return shelfPage(ctx, path)
  const product = productAt(path)
  if (product) return productPage(ctx, product)
  if (path.startsWith('/journal/')) return articlePage(ctx, path.slice(9))
  if (path.startsWith('/office/papers/') && office.papers[path.slice(15)])
    return office.paperPage(ctx, path.slice(15))
  return office.officePlain(ctx, path)
}

const missing = (ctx) => page(ctx, { title: ctx.say('見つかりません', 'Not found'),
  body: html`<section class="narrow empty"><h1>${ctx.say('その頁は、ありません。',
    'There is no such page.')}</h1><p><a
    class="button plain" href="/">${ctx.say('店に戻る', 'Back to the shop')}</a></p></section>` })

// From the account page a form leads to the engine, which looks at where it comes from.
const leads = (path) => path === '/account'
const headersOf = ({ nonce, engine, lang, path }) => ({ 'content-type': 'text/html; charset=utf-8',
  'cache-control': 'private, no-store', 'content-language': lang,
  'referrer-policy': leads(path) ? 'strict-origin' : 'same-origin',
  'x-content-type-options': 'nosniff',
  'content-security-policy': [`default-src 'none'`, `script-src 'nonce-${nonce}'`,
    `style-src 'self'`, `img-src 'self'`, `connect-src 'self' ${engine.url}`,
    `form-action 'self'${leads(path) ? ` ${engine.url}` : ''}`,
    `base-uri 'none'`, `frame-ancestors 'none'`, `require-trusted-types-for 'script'`,
    `trusted-types 'none'`].join('; ') })

function file(response, type, text) {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'public, max-age=3600',
    'x-content-type-options': 'nosniff',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'` })
  response.end(text)
}

const svg = 'image/svg+xml'
const pictures = new Map([['mark', () => mark
  .replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')
  .replaceAll('currentColor', '#8c3b28').replaceAll('var(--paper)', '#fbf7f0')
  .replaceAll('var(--thread)', '#c99b4a')],
...[...byId].map(([id, product]) => [id, () => productArt(product)]),
...sceneNames.map((name) => [`scene-${name}`, () => sceneArt(name)])])

function asset(path, response) {
  if (path === '/style.css') return file(response, 'text/css; charset=utf-8', here('style.css'))
  if (path === '/shop.js') return file(response, 'text/javascript; charset=utf-8', here('shop.js'))
  const drawn = path.startsWith('/art/') && pictures.get(path.slice(5).replace(/\.svg$/, ''))
  return drawn ? file(response, svg, drawn()) : false
}

async function formOf(request) {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > bodyBytesMax) return undefined
  }
  return Object.fromEntries(new URLSearchParams(text))
}

function show(ctx, status, made) {
  const { response } = ctx
  response.writeHead(status, { ...headersOf(ctx), 'set-cookie': response.cookies })
  response.end(ctx.request.method === 'HEAD' ? undefined : String(made))
}

async function answer(shop, request, response) {
  response.cookies = []
  const path = request.url.split('?')[0]
  if (request.method === 'GET' && asset(path, response) !== false) return
  const ctx = contextOf(shop, request, response)
  if (ctx.url.searchParams.has('lang')) {
    response.cookies.push(`lang=${ctx.lang}; Path=/; SameSite=Lax; Max-Age=31536000`)
    ctx.url.searchParams.delete('lang')
    return redirect(ctx, path + ctx.url.search)
  }
  if (request.method === 'POST') {
    const { origin } = request.headers
    if (origin && !origin.endsWith(`//${request.headers.host}`))
      return show(ctx, 403, missing(ctx))
    const form = await formOf(request)
    const made = form && await act(ctx, form)
    if (response.headersSent) return
    return show(ctx, made ? ctx.status ?? 422 : 404, made ?? missing(ctx))
  }
  if (path === '/person-token') {
    response.writeHead(ctx.user ? 200 : 204, { 'content-type': 'text/plain',
      'cache-control': 'no-store' })
    return response.end(ctx.proof.token ?? '')
  }
  if (path === '/account/export') {
    const copy = await ctx.engine.me(ctx.proof, 'GET', `/v1/me/export?locale=${ctx.lang}`)
    response.writeHead(copy ? 200 : 503, { 'content-type': 'application/json',
      'content-disposition': 'attachment; filename="tsumugi.json"', 'cache-control': 'no-store' })
    return response.end(JSON.stringify(copy ?? {}, null, 1))
  }
  if (aliases[path]) return redirect(ctx, aliases[path])
  if (path === '/checkout' && !ctx.cart.length) return redirect(ctx, '/cart')
  const made = await pageFor(ctx)
  show(ctx, made ? 200 : 404, made ?? missing(ctx))
}

export const listen = (shop, port) => new Promise((done) => {
  const server = http.createServer((request, response) => {
    answer(shop, request, response).catch((error) => {
      console.error('shop:', error)
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end('This page could not be made; the shop’s log says why.')
    })
  })
  server.once('error', () => server.listen(0, '127.0.0.1'))  // the port is taken
  server.listen(port, '127.0.0.1', () => done(server))
})
