// How the shop looks: every main page on a phone and a desktop, light and dark, in both languages;
// it fits, keeps the rules of access, does not jump, does not flicker. Pictures in `screenshots`.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { allow, headline, here, House, look, picture, serious, settled } from './visitor.mjs'

let house
before(async () => { if (!here.skip) house = await House.open() })
after(async () => { await house?.close() })

const pages = ['/', '/beans', '/beans/kochere', '/cart', '/sign-up', '/support', '/office',
  '/account', '/tour']
const slotMsMax = 800
const jumpsMax = 0.02

for (const lang of ['ja', 'en'])
  for (const colorScheme of ['light', 'dark'])
    test(`Every page fits its screen and keeps the rules of access, ${colorScheme}, ${lang}`, here,
      async () => {
        const page = await house.device({ width: 390, colorScheme, lang, bypassCSP: true,
          reducedMotion: 'reduce' })
        await page.go('/beans/light-trio')
        await page.evaluate(() => document.querySelector('[name=grind]')?.click())
        await page.locator('.buy .button').click()
        for (const to of pages) {
          await page.go(to)
          assert.equal(await page.getAttribute('html', 'lang'), lang)
          await page.evaluate(() => document.querySelector('#remember')?.remove())
          for (const [size, width, height] of [['phone', 390, 844], ['desktop', 1280, 900]]) {
            await page.setViewportSize({ width, height })
            const over = await page.evaluate(() =>
              document.documentElement.scrollWidth - document.documentElement.clientWidth)
            assert.equal(over, 0, `${to} is ${over} px too wide`)
            assert.deepEqual(await serious(page), [], `${to} at ${width}`)
            const name = to.slice(1).replaceAll('/', '-') || 'home'
            await picture(page, `${name}-${size}-${colorScheme}-${lang}`, { fullPage: true })
          }
        }
        await page.leave()
      })

test('The other pages keep the rules of access, too, and a question in the middle of it', here,
  async () => {
    const page = await house.device({ width: 390, colorScheme: 'dark', bypassCSP: true })
    for (const to of ['/sign-in', '/office/papers', '/office/papers/paper-socket', '/journal',
      '/journal/quiet', '/brew', '/cafes', '/about', '/search?q=xyz', '/office/checklist',
      '/care/solved', '/cart/leave', '/gift', '/nowhere']) {
      await page.goto(house.url + to)
      await settled(page)
      const over = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.equal(over, 0, `${to} is ${over} px too wide`)
      assert.deepEqual(await serious(page), [], to)
    }
    page.troubles.length = 0  // a page that is not there says so in the console
    await page.go('/')
    await page.click('#ask')
    await page.locator('[data-aizuchi-ui="question"] form').waitFor()
    assert.deepEqual(await serious(page), [])
    await page.locator('#question').scrollIntoViewIfNeeded()
    await picture(page, 'question-phone-dark')
    await page.leave()
  })

test('The words stand at once: within the budget, without a flicker, without a jump', here,
  async () => {
    for (const width of [390, 1280]) {
      const page = await house.device({ width })
      await page.go('/')
      await allow(page, { recommend: true })
      await look(page, '/beans/decaf-colombia', '/beans/decaf-ethiopia', '/beans/decaf-dark')
      for (const to of ['/', '/beans/decaf-dark', '/']) {
        await page.go(to)
        await page.waitForTimeout(400)
        const { jumps, settledAt, seen, painted } = await page.evaluate(() => ({ ...watched,
          painted: performance.getEntriesByType('paint')[0]?.startTime ?? 0 }))
        const took = Math.max(0, settledAt - painted)
        assert.ok(took <= slotMsMax, `${to} at ${width}: settled ${took} ms after the first paint`)
        assert.ok(jumps <= jumpsMax, `${to} at ${width}: jumped by ${jumps}`)
        if (to === '/') assert.deepEqual(seen, ['夜の一杯にも。'])
        console.log(`# ${to} at ${width} px: settled ${took.toFixed(0)} ms after the first ` +
          `paint, layout shift ${jumps.toFixed(4)}`)
      }
      await page.leave()
    }
  })

test('Whatever the brand folder links to is a page of the shop', here, async () => {
  const folder = path.join(process.env.TEST_ROOT, 'demo/tsumugi/items')
  const links = new Set(fs.readdirSync(folder).flatMap((name) =>
    [...fs.readFileSync(path.join(folder, name), 'utf8').matchAll(/href: ([^\s,}#]+)/g)]
      .map(([, to]) => to)))
  assert.ok(links.size > 25)
  for (const to of links) {
    const { status } = await fetch(house.url + to)
    assert.equal(status, 200, to)
  }
  assert.equal((await fetch(`${house.url}/nowhere`)).status, 404)
})

test('A form from elsewhere is refused, and what is typed is never markup', here, async () => {
  const foreign = await fetch(`${house.url}/cart/leave`, { method: 'POST',
    headers: { origin: 'https://elsewhere.example' } })
  assert.equal(foreign.status, 403)
  const text = await (await fetch(`${house.url}/search?q=%3Cscript%3Ealert(1)%3C/script%3E`)).text()
  assert.doesNotMatch(text, /<script>alert/)
})

test('Without the engine the shop stands as it was written', here, async () => {
  const page = await house.device()
  await page.route(`${house.opened.engineUrl}/**`, (route) => route.abort())
  await page.goto(house.url)
  assert.equal(await headline(page), '豆は、焼いた日から数えます。')
  assert.equal(await page.locator('#question').isVisible(), false)
  assert.equal(await page.locator('#remember').isVisible(), false)
  await page.goto(`${house.url}/beans/huehue`)
  await page.getByText('中挽き').click()
  await page.getByText('カートに入れる').click()
  await page.getByText('注文手続きへ').waitFor()
  await page.context().close()
})
