// The sample's page as people meet it: in Chromium, on a phone and a desktop, light and dark, with
// a keyboard, and held to the accessibility rules of axe-core (contrast 4.5:1 among them).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let demo, browser, base, scenes

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  for (const folder of (process.env.PATH ?? '').split(path.delimiter))
    for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
      if (fs.existsSync(path.join(folder, name))) return path.join(folder, name)
  return undefined
}

before(async () => {
  demo = spawn(process.env.AIZUCHI, ['demo', '--listen', '127.0.0.1:18700', '--locale', 'en'],
    { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  base = await new Promise((resolve, reject) => {
    demo.on('exit', (code) => reject(new Error(`aizuchi demo ended with ${code}`)))
    demo.stdout.on('data', (text) => {
      said += text
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (url) resolve(url[0])
    })
  })
  scenes = (await (await fetch(`${base}/demo/scenes`)).json()).scenes.map((scene) => scene.id)
  browser = await chromium.launch({ executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
})

after(async () => {
  await browser?.close()
  demo?.kill('SIGTERM')
})

const settled = '#stage[aria-busy="false"]'

async function visit(query, { width = 1280, scheme = 'light', ...more } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 900 },
    colorScheme: scheme, ...more })
  const page = await context.newPage()
  page.troubles = []
  page.on('pageerror', (error) => page.troubles.push(String(error)))
  page.on('console', (line) => line.type() === 'error' && page.troubles.push(line.text()))
  page.on('request', (request) =>
    request.url().startsWith(base) || request.url().startsWith('data:') ||
    page.troubles.push(`asks someone else: ${request.url()}`))
  await page.goto(`${base}/?${query}`)
  await page.waitForSelector(settled)
  return page
}

async function leave(page) {
  assert.deepEqual(page.troubles, [])
  await page.context().close()
}

const openAll = (page) =>
  page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true }))

async function violations(page) {
  await page.evaluate(axe)
  const found = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }))
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`))
}

for (const [width, scheme, locale] of [[360, 'dark', 'en'], [1440, 'light', 'ja']])
  test(`Every scene fits ${width} px and keeps the rules of access, ${scheme}, ${locale}`,
    async () => {
      const page = await visit(`locale=${locale}`,
        { width, scheme, bypassCSP: true, reducedMotion: 'reduce' })
      for (const scene of scenes) {
        await page.goto(`${base}/?locale=${locale}&scene=${scene}&later=1d`)
        await page.waitForSelector(settled)
        await openAll(page)
        const over = await page.evaluate(() =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.equal(over, 0, `${scene} is ${over} px too wide`)
        assert.deepEqual(await violations(page), [], scene)
        assert.equal(await page.getAttribute('html', 'lang'), locale)
      }
      await leave(page)
    })

test('The other light keeps the contrast, too', async () => {
  for (const [width, scheme] of [[360, 'light'], [1440, 'dark']]) {
    const page = await visit('locale=ja&scene=3-decaf', { width, scheme, bypassCSP: true })
    await openAll(page)
    assert.deepEqual(await violations(page), [])
    await leave(page)
  }
})

const heading = (page) => page.textContent('.hero h4')
const slot = (name) => `[data-slot="${name}"]`

test('[P3] One tap takes an answer back, and a keyboard stays where it was', async () => {
  const page = await visit('locale=ja&scene=8-dont-use-this')
  assert.equal(await heading(page), '湯を三度下げると、甘みが前に出ます。')
  await page.focus(`${slot('home.giveback')} .button`)
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('.note-title').textContent ===
    '承知しました。並びを元に戻しました。')
  assert.equal(await heading(page), '豆は、焼いた日から数えます。')
  assert.match(await page.textContent('#toast'), /はじめの言葉/)
  assert.equal(await page.evaluate(() => document.activeElement.dataset.slot), 'home.giveback')
  assert.match(page.url(), /tapped=undo/)
  await page.reload()
  await page.waitForSelector(settled)
  assert.equal(await heading(page), '豆は、焼いた日から数えます。')
  await page.click('.moment-acts .act:last-child')
  await page.waitForFunction(() => document.querySelector('.hero h4').textContent !==
    '豆は、焼いた日から数えます。')
  await leave(page)
})

test('[P7] The chat asks once; solved, it waits, and the grind stays', async () => {
  const page = await visit('locale=en&scene=4-last-worry', { width: 390 })
  assert.equal(await page.textContent('.bubble'), 'How has the bitterness been since?')
  await page.click('.chip:first-child')
  await page.waitForSelector(`${slot('chat.opening')} .quiet-line`)
  assert.equal((await page.textContent('.grind .picked')).trim(), 'Medium')
  await leave(page)
})

test('The clock is moved on by keyboard, says where it is, and the engine decides', async () => {
  const page = await visit('locale=en&scene=3-decaf')
  assert.equal(await heading(page), 'For the evening cup, too.')
  await page.focus('#clock')
  for (let i = 0; i < 10; ++i) await page.keyboard.press('ArrowRight')
  await page.waitForFunction(() => document.querySelector('.hero h4').textContent !==
    'For the evening cup, too.')
  assert.match(await page.getAttribute('#clock', 'aria-valuetext'), /2 months later$/)
  assert.equal(await page.evaluate(() => document.activeElement.id), 'clock')
  await leave(page)
})

test('[P1] What names a body is refused as it is published; what does not is shown', async () => {
  const page = await visit('locale=ja&scene=3-decaf')
  await page.waitForSelector('.verdict.is-error')
  await page.fill('.editor-form [name=ja]', '夜ふけの本に、もう一杯。')
  await page.fill('.editor-form [name=en]', 'One more cup for the last chapter.')
  await page.click('.editor-form .button')
  await page.waitForFunction(() => document.querySelector('.hero h4').textContent ===
    '夜ふけの本に、もう一杯。')
  await page.fill('.editor-form [name=en]', 'For pregnant women.')
  await page.click('.editor-form .button')
  await page.waitForSelector('.verdict.is-error')
  assert.equal(await heading(page), '夜ふけの本に、もう一杯。')
  await leave(page)
})

test('The other language is one press away; who wants no motion gets none', async () => {
  const page = await visit('locale=ja&scene=1-nice-to-meet-you', { reducedMotion: 'reduce' })
  assert.equal(await page.textContent('#sample'), '見本データ')
  await page.click('.locale[lang=en]')
  await page.waitForFunction(() => document.querySelector('.hero h4')?.textContent ===
    'New to light roast? Start with these three.')
  assert.equal(await page.textContent('#sample'), 'Sample data')
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((e) =>
    getComputedStyle(e).transitionDuration.split(',')
      .some((d) => Number.parseFloat(d) > 0)).length)
  assert.equal(moving, 0)
  await leave(page)
})
