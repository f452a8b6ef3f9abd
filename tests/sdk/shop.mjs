// A small shop with pages of its own, on another origin than the engine, behind a content policy
// that forbids all that is not needed; and what a test wants to know of a page.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { createRequire } from 'node:module'
import { spawnSync } from 'node:child_process'
import { chromium } from 'playwright-core'

const root = process.env.TEST_ROOT
const { Server } = await import(path.join(root, 'tests/clients/server.mjs'))
const { findChromium } = await import(path.join(root, 'tests/clients/browser.mjs'))
const secret = 'a secret of the shop and of the engine, 32+'

// Continuous integration has one; elsewhere it may be missing.
export const here = { skip: findChromium() || process.env.CI ? false : 'no Chromium' }

// What the shop's backend signs for who is signed in.
export function tokenOf(person, seconds = 900) {
  const now = Math.floor(Date.now() / 1000)
  const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url')
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid: 'shop' })}.${part({ sub: person,
    aud: ['page', 'dialogue'], iat: now, exp: now + seconds, jti: crypto.randomUUID() })}`
  return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`
}

const policy = (engine, nonce) => [`default-src 'none'`, `img-src data:`,
  `script-src 'nonce-${nonce}'`, `connect-src ${engine}`, `style-src 'nonce-${nonce}'`,
  `base-uri 'none'`, `require-trusted-types-for 'script'`, `trusted-types 'none'`].join('; ')

const words = `
<main>
  <section data-aizuchi-slot="home.hero" id="hero">
    <h1 data-aizuchi-text="title">The shop’s own words</h1>
    <a data-aizuchi-text="cta" data-aizuchi-attr="href: href" href="/all">All we have</a>
  </section>
  <p data-aizuchi-slot="home.note" data-aizuchi-text="text" id="note">The shop’s own note</p>
  <p data-aizuchi-slot="home.tip" data-aizuchi-text="text" id="tip">The shop’s own tip</p>
  <div data-aizuchi-slot="home.blocks" id="blocks">
    <section data-aizuchi-item="block-new">New</section>
    <section data-aizuchi-item="block-ink">Ink</section>
    <section data-aizuchi-item="block-paper">Paper</section>
  </div>
</main>`

// Runs before everything: keeps what each frame showed, and what the policy forbade.
const watching = `
  globalThis.watched = { frames: [], violations: [] }
  document.addEventListener('securitypolicyviolation', (e) =>
    watched.violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))
  ;(function look() {
    const hero = document.querySelector('#hero h1')
    if (hero) watched.frames.push([Math.round(performance.now()), hero.textContent,
      getComputedStyle(hero).visibility])
    requestAnimationFrame(look)
  })()`

const usual = { attributes: 'data-keep="local" data-consent="granted"', body: words,
  tag: undefined, lang: 'en' }

export class Shop {
  static async open(brand = 'page') {
    const shop = new Shop()
    Object.assign(shop,
      { delayMs: 0, down: false, requests: [], script: 'aizuchi.js' }, usual)
    shop.engine = await Server.start(path.join(root, 'tests/brands', brand))
    await shop.engine.kill('SIGTERM')
    const file = path.join(shop.engine.folder, 'shop.secret')
    fs.writeFileSync(file, secret)
    const trusted = spawnSync(process.env.AIZUCHI, ['keys', 'trust', file, '--algorithm', 'HS256',
      '--kid', 'shop', '--data', shop.engine.data], { encoding: 'utf8' })
    assert.equal(trusted.status, 0, trusted.stderr)
    await shop.engine.again()
    // The engine behind a door that can be slow or shut.
    shop.door = http.createServer((request, response) => shop.pass(request, response))
    shop.pages = http.createServer((request, response) => shop.serve(request, response))
    for (const server of [shop.door, shop.pages])
      await new Promise((done) => server.listen(0, '127.0.0.1', done))
    shop.engineUrl = `http://127.0.0.1:${shop.door.address().port}`
    shop.url = `http://127.0.0.1:${shop.pages.address().port}`
    shop.browser = await chromium.launch({ executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    return shop
  }

  async close() {
    await this.browser.close()
    this.door.close()
    this.pages.close()
    this.door.closeAllConnections?.()
    this.pages.closeAllConnections?.()
    await this.engine.stop()
  }

  pass(request, response) {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks)
      if (request.url.startsWith('/v1/'))
        this.requests.push({ method: request.method, path: request.url, at: Date.now(),
          type: request.headers['content-type'], body: body.toString() })
      if (this.delayMs && request.url === '/v1/decide')
        await new Promise((done) => setTimeout(done, this.delayMs))
      if (this.down && request.url.startsWith('/v1/')) return request.socket.destroy()
      const to = http.request(this.engine.url + request.url,
        { method: request.method, headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode, answer.headers)
          answer.pipe(response)
        })
      to.on('error', () => request.socket.destroy())
      to.end(body)
    })
  }

  serve(request, response) {
    const nonce = crypto.randomBytes(12).toString('base64')
    const tag = this.tag ?? `<script src="${this.engineUrl}/sdk/${this.script}" nonce="${nonce}"
      data-key="${this.engine.publicKey}" ${this.attributes}></script>`
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(this.engineUrl, nonce) })
    response.end(`<!doctype html><html lang="${this.lang}"><title>Shop</title>
      <link rel="icon" href="data:,"><script nonce="${nonce}">${watching}</script>
      ${(tag + this.body).replaceAll('NONCE', nonce)}</html>`)
  }

  // Another page than the usual one, for the time of `work`.
  async as(page, work) {
    Object.assign(this, page)
    try {
      await work()
    } finally {
      Object.assign(this, usual)
    }
  }

  // A person's browser: cookies and stores of its own.
  async person() {
    return this.browser.newContext({ viewport: { width: 1024, height: 700 } })
  }

  async visit(context, where = '/') {
    const page = await context.newPage()
    page.troubles = []
    page.said = []
    page.on('pageerror', (error) => page.troubles.push(String(error)))
    page.on('console', (line) => page.said.push(line.text()))
    await page.goto(this.url + where)
    return page
  }

  async settled(page, slot = '#hero') {
    await page.waitForSelector(`${slot}[data-aizuchi-is]`)
  }

  // Nothing was forbidden and nothing broke.
  async leave(page) {
    assert.deepEqual(await page.evaluate('watched.violations'), [])
    assert.deepEqual(page.troubles, [])
    await page.close()
  }

  asked(where) {
    return this.requests.filter((request) => request.path.split('?')[0] === where)
  }

  events(name) {
    return this.asked('/v1/batch').flatMap(({ body }) => JSON.parse(body).batch)
      .filter((event) => !name || event.event === name)
  }

  async until(what, holds, ms = 8000) {
    for (const end = Date.now() + ms; Date.now() < end;) {
      if (await holds()) return
      await new Promise((done) => setTimeout(done, 50))
    }
    assert.fail(`it never came to this: ${what}`)
  }
}

export const title = (page) => page.textContent('#hero h1')

// Looks at paper, and waits until the engine has it.
export async function lookAtPaper(page) {
  await page.evaluate(async () => {
    aizuchi.track('Product Viewed', { category: 'paper', product_id: 'note-a5' })
    await aizuchi.flush()
  })
}

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// Nothing keeps anybody out: of a page whose context has no content policy in the way of axe.
export async function accessible(page) {
  await page.evaluate(axe)
  const { violations } =
    await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }))
  const serious = violations.filter((v) => ['serious', 'critical'].includes(v.impact))
  assert.deepEqual(serious.map((v) => `${v.id} ${v.nodes.map((n) => n.target)}`), [])
}

// Screenshots are kept beside the test's output, for people to look at.
export async function picture(page, name) {
  fs.mkdirSync('screenshots', { recursive: true })
  await page.screenshot({ path: `screenshots/${name}.png` })
}
