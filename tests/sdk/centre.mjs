// The sample brand with a sign-in of its own, on another origin than the engine: its page posts the
// person's token to the preference centre. And what a test wants to know of that.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { spawnSync } from 'node:child_process'
import { chromium } from 'playwright-core'

const root = process.env.TEST_ROOT
const { Server } = await import(path.join(root, 'tests/clients/server.mjs'))
const { findChromium } = await import(path.join(root, 'tests/clients/browser.mjs'))
const secret = 'a secret of the brand and of the engine, 32+'
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const here = { skip: findChromium() || process.env.CI ? false : 'no Chromium' }

function tokenOf(person) {
  const now = Math.floor(Date.now() / 1000)
  const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url')
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid: 'brand' })}.${part({ sub: person,
    aud: 'tsumugi', iat: now, exp: now + 900, jti: crypto.randomUUID() })}`
  return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`
}

export class Brand {
  static async open() {
    const brand = new Brand()
    brand.engine = await Server.start(path.join(root, 'demo/tsumugi'))
    await brand.engine.kill('SIGTERM')
    const run = (...args) => {
      const done = spawnSync(process.env.AIZUCHI, [...args, '--data', brand.engine.data],
        { encoding: 'utf8' })
      assert.equal(done.status, 0, done.stderr)
      return done.stdout.trim()
    }
    const file = path.join(brand.engine.folder, 'brand.secret')
    fs.writeFileSync(file, secret)
    run('keys', 'trust', file, '--algorithm', 'HS256', '--kid', 'brand')
    brand.keys = {}
    for (const source of ['signup', 'shop', 'support', 'crm'])
      brand.keys[source] = run('keys', 'create', '--source', source, '--secret', '--scopes',
        'ingest,decide,people,privacy')
    await brand.engine.again()
    brand.pages = http.createServer((request, response) => brand.serve(request, response))
    await new Promise((done) => brand.pages.listen(0, '127.0.0.1', done))
    brand.port = brand.pages.address().port
    brand.url = `http://127.0.0.1:${brand.port}`
    brand.browser = await chromium.launch({ executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    return brand
  }

  async close() {
    await this.browser.close()
    this.pages.close()
    this.pages.closeAllConnections?.()
    await this.engine.stop()
  }

  // /account?person=… is the page of who is signed in; &framed shows the centre within it.
  serve(request, response) {
    const asked = new URL(request.url, this.url).searchParams
    const framed = asked.has('framed')
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(`<!doctype html><html lang="ja"><title>つむぎ珈琲</title>
      <link rel="icon" href="data:,"><h1>マイページ</h1>
      <form method="post" action="${this.engine.url}/me/session"${framed ? ' target="centre"' : ''}>
      <input type="hidden" name="key" value="${this.engine.publicKey}">
      <input type="hidden" name="token" value="${tokenOf(asked.get('person'))}">
      <input type="hidden" name="locale" value="${asked.get('locale') ?? 'ja'}">
      <button>お預かりしている情報</button></form>
      ${framed ? '<iframe name="centre" title="centre" width="900" height="600"></iframe>' : ''}`)
  }

  // Somebody with a past: told at sign-up, to our staff, seen on our pages, brought over.
  async meet(person) {
    const post = async (where, source, body) => {
      const answer = await this.engine.post(where, { userId: person, ...body }, this.keys[source])
      assert.equal(answer.status, 200, JSON.stringify(answer))
    }
    const agree = { type: 'track', event: 'Consent Updated', properties:
      { purposes: { recommend: true, mail: true, care: true, values: true, improve: true } } }
    await post('/v1/track', 'signup', agree)
    await post('/v1/identify', 'signup', { traits: { job: 'sales', first_name: '花<b>子' } })
    await post('/v1/identify', 'crm', { traits: { region: 'tokyo' } })
    await post('/v1/identify', 'support',
      { traits: { inquiry: { topic: 'bitterness', state: 'open' } } })
    for (const id of ['m-1', 'm-2', 'm-3'])
      await post('/v1/track', 'shop', { event: 'Product Viewed', messageId: `${person}-${id}`,
        properties: { product_id: 'yirgacheffe', category: 'light-roast' } })
    const { status } = await this.engine.post('/v1/decide', { person: { userId: person },
      slots: ['home.hero', 'home.order', 'home.picks'] }, this.keys.shop)
    assert.equal(status, 200)
  }

  async me(person) {
    const answer = await fetch(`${this.engine.url}/v1/me?userId=${person}`,
      { headers: { authorization: `Bearer ${this.keys.shop}` } })
    return answer.json()
  }

  // Answers the first question as somebody who holds something dear.
  async answer(person) {
    const ask = async (method, path, body) => (await fetch(this.engine.url + path, { method, body,
      headers: { authorization: `Bearer ${this.keys.shop}` } })).json()
    const { question } = await ask('GET', `/v1/me/question?userId=${person}&locale=en`)
    assert.ok(question, 'something is asked')
    await ask('POST', '/v1/me/answers', JSON.stringify({ userId: person, ask: question.ask,
      best: question.options[0].id }))
    return question.options[0].says
  }

  // What the brand's server does when somebody asks for a link to their mailbox.
  async linkFor(person) {
    const { status, path: where } = await this.engine.post('/v1/mailbox-links',
      { userId: person, preferences: true }, this.keys.shop)
    assert.equal(status, 201)
    return this.engine.url + where
  }

  // A browser of somebody's. Whatever a policy forbids is a trouble, and no trouble is forgotten.
  async browserOf(how = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1200, height: 850 },
      javaScriptEnabled: false, locale: 'en-GB', ...how })
    context.troubles = []
    context.on('page', (page) => {
      page.on('console', (line) => {
        if (line.type() === 'error' && !/status of 40[134]/.test(line.text()))
          context.troubles.push(line.text())
      })
      page.on('pageerror', (error) => context.troubles.push(String(error)))
      page.on('request', (request) => {
        if (/eyJ|token=/.test(request.url())) context.troubles.push(`in a URL: ${request.url()}`)
      })
    })
    return context
  }

  // Signs in at the brand and opens the centre, as people do.
  async comeIn(context, person, locale = 'en') {
    const page = await context.newPage()
    await page.goto(`${this.url}/account?person=${person}&locale=${locale}`)
    await page.click('button')
    await page.waitForURL(`${this.engine.url}/me`)
    return page
  }

  async leave(context) {
    assert.deepEqual(context.troubles, [])
    await context.close()
  }
}

// What stands against the rules of access; the page's policy is set aside to be able to look.
export async function accessTroubles(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run({
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
}

export async function picture(page, name, whole = true) {
  fs.mkdirSync('screenshots', { recursive: true })
  await page.screenshot({ path: `screenshots/${name}.png`, fullPage: whole })
}
