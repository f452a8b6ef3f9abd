// Someone who comes to the sample shop with a browser: opens it, looks, and says at the end that
// nothing was forbidden by the page's own policy and nothing broke.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const root = process.env.TEST_ROOT
const { findChromium } = await import(path.join(root, 'tests/clients/browser.mjs'))
const { openShop } = await import(path.join(root, 'demo/shop/open.mjs'))
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const here = { skip: findChromium() || process.env.CI ? false : 'no Chromium' }

// Runs before everything: what was forbidden, what jumped, what was to be seen frame by frame.
const watching = () => {
  const watched = globalThis.watched = { forbidden: [], jumps: 0, settledAt: 0, seen: [] }
  document.addEventListener('securitypolicyviolation', (event) =>
    watched.forbidden.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`))
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) watched.jumps += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
  new MutationObserver(() => { watched.settledAt = performance.now() })
    .observe(document, { subtree: true, attributeFilter: ['data-aizuchi-is'] })
  const look = () => {
    const title = document.querySelector('.hero h1')
    if (title && getComputedStyle(title).visibility === 'visible' &&
      watched.seen.at(-1) !== title.textContent) watched.seen.push(title.textContent)
    requestAnimationFrame(look)
  }
  look()
}

export class House {
  static async open() {
    const house = new House()
    house.opened = await openShop(process.env.AIZUCHI)
    house.url = house.opened.url
    house.browser = await chromium.launch({ executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
    return house
  }

  async close() {
    await this.browser.close()
    await this.opened.close()
  }

  // A browser of somebody's own: cookies and stores, a language, a light, a size.
  async device({ lang = 'ja', width = 1280, ...more } = {}) {
    const context = await this.browser.newContext({ locale: lang,
      viewport: { width, height: width < 600 ? 844 : 900 }, ...more })
    await context.addInitScript(watching)
    context.setDefaultTimeout(8000)
    const page = await context.newPage()
    page.troubles = []
    page.on('pageerror', (error) => page.troubles.push(String(error)))
    page.on('console', (line) => line.type() === 'error' && page.troubles.push(line.text()))
    page.on('request', (request) =>
      [this.url, this.opened.engineUrl, 'data:'].some((each) => request.url().startsWith(each)) ||
      page.troubles.push(`asks someone else: ${request.url()}`))
    page.go = async (to) => {
      await this.fine(page)
      await page.goto(this.url + to)
      await settled(page)
    }
    page.leave = async () => {
      await this.fine(page)
      await context.close()
    }
    return page
  }

  async fine(page) {
    assert.deepEqual(page.troubles, [])
    assert.deepEqual(await page.evaluate('globalThis.watched?.forbidden ?? []'), [])
  }
}

export const settled = (page) => page.waitForFunction(() => document.readyState === 'complete' &&
  [...document.querySelectorAll('[data-aizuchi-slot]')].every((each) => each.dataset.aizuchiIs))

export const headline = (page) => page.textContent('.hero h1')
export const why = (page, slot) => page.locator(`[data-aizuchi-ui="${slot}"] [part=why]`)
export const dialog = (page) => page.locator('dialog[open]')
export const shelf = (page) => page.evaluate(() => [...document.querySelectorAll('.picks > li')]
  .slice(0, 6).map((each) => each.dataset.aizuchiItem))

// Lets the device remember, and suggest.
export async function allow(page, { recommend = false } = {}) {
  if (recommend) await page.check('#remember [name=recommend]')
  await page.click('#remember [value=yes]')
  await page.waitForFunction(() => document.cookie.includes('aizuchi.device'))
  await page.evaluate(() => aizuchi.flush())
}

export async function look(page, ...products) {
  for (const product of products) {
    await page.go(product)
    await page.evaluate(() => aizuchi.flush())
  }
}

export async function serious(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run({ resultTypes: ['violations'] }))
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

// Kept beside the test's output, for people to look at.
export async function picture(page, name, more = {}) {
  fs.mkdirSync('screenshots', { recursive: true })
  // Pictures further down wait to be looked at: a picture of the whole page looks at all of them.
  if (more.fullPage) await page.evaluate(() => Promise.all([...document.images].map((image) => {
    image.loading = 'eager'
    return image.offsetParent ? image.decode().catch(() => {}) : undefined
  })))
  await page.screenshot({ path: `screenshots/${name}.png`, ...more })
}

export async function until(what, holds, ms = 6000) {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (await holds()) return
    await new Promise((done) => setTimeout(done, 50))
  }
  assert.fail(`it never came to this: ${what}`)
}
