// "Tell us" as a person meets it: in Chromium, behind a strict policy, against a real server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, here, picture, Shop } from './shop.mjs'

let shop

const body = `<style nonce="NONCE">
  :root { color-scheme: light dark; font-family: sans-serif }
  body { margin: 0; padding: 1.5em; background: Canvas; color: CanvasText }
  main { max-width: 44em; margin: auto }
</style><main><h1 data-aizuchi-slot="shop.first" data-aizuchi-text="title" id="hero">All</h1>
<p data-aizuchi-slot="shop.note" data-aizuchi-text="text" id="note">Hello</p>
<aside data-aizuchi-question="app.first" aria-label="question"></aside>
<aside data-aizuchi-tell aria-label="tell us"></aside></main>`

before(async () => {
  if (here.skip) return
  shop = await Shop.open('dialogue')
})
after(async () => { await shop?.close() })

const like = (page, work) => shop.as({ script: 'aizuchi-ui.js', body, ...page }, work)
const card = (page) => page.locator('[data-aizuchi-ui="tell"] [part=card]')
const chip = (page, name) => card(page).getByRole('button', { name })

// Opened, with what holds.
async function opened(page) {
  await card(page).locator('summary').click()
  await chip(page, 'Only this time').waitFor()
  await shop.until('it is known what holds', async () =>
    await chip(page, 'Only this time').getAttribute('aria-pressed') !== null)
}

async function look(page, times) {
  for (let i = 0; i < times; i++)
    await page.evaluate(async () => {
      aizuchi.track('Product Viewed', { product_id: 'mill-paper', category: 'paper' })
      await aizuchi.flush()
    })
  await page.evaluate(() => aizuchi.refresh())
}

async function visit() {
  const page = await shop.visit(await shop.person())
  await shop.settled(page)
  return page
}

test('[P1] Only this time: what was looked at teaches nothing, at once and after; or taken back',
  here, () => like({}, async () => {
    const page = await visit()
    await look(page, 2)
    assert.equal(await page.textContent('#note'), 'You looked at paper.')
    await opened(page)
    await chip(page, 'Only this time').click()
    await card(page).getByText('not remembered as your taste').waitFor()
    assert.equal(await page.textContent('#note'), 'Have a look around.')
    assert.equal(await chip(page, 'Only this time').getAttribute('aria-pressed'), 'true')
    await look(page, 2)
    assert.equal(await page.textContent('#note'), 'Have a look around.')
    await picture(page, 'only-this-time')
    // After a reload it is still so, and seen; pressed again it is taken back.
    await page.reload()
    await shop.settled(page)
    await opened(page)
    await shop.until('it is pressed', async () =>
      await chip(page, 'Only this time').getAttribute('aria-pressed') === 'true')
    await chip(page, 'Only this time').click()
    await card(page).getByText('It is as it was').waitFor()
    assert.equal(await page.textContent('#note'), 'You looked at paper.')
    await shop.leave(page)
  }))

test('A gift: the page is for somebody else now', here, () => like({}, async () => {
  const page = await visit()
  await opened(page)
  await chip(page, 'This is a gift').click()
  await card(page).getByText('kept apart from your own taste').waitFor()
  assert.equal(await page.textContent('#hero'), 'For somebody who writes.')
  await shop.leave(page)
}))

test('A break: nothing is fitted or asked until it is over, or taken back', here, () =>
  like({}, async () => {
    const page = await visit()
    await page.evaluate(async () => {
      aizuchi.track('Signed Up', { interest: 'pens' })
      await aizuchi.flush()
      await aizuchi.refresh()
    })
    assert.equal(await page.textContent('#hero'), 'Pens by the width of their line.')
    await opened(page)
    await chip(page, 'A break').click()
    await card(page).getByText('Until then nothing is fitted to you').waitFor()
    assert.equal(await page.textContent('#hero'), 'Everything to write with.')
    const { deviceToken } = await page.evaluate(() => aizuchi.proof())
    const headers = { 'x-api-key': shop.engine.publicKey, 'aizuchi-device': deviceToken }
    const ask = async (path) => (await fetch(shop.engine.url + path, { headers })).json()
    assert.equal((await ask('/v1/me/question')).reason, 'paused')
    const [told] = (await ask('/v1/me')).told
    assert.equal(told.what, 'break')
    const days = (Date.parse(told.until) - Date.now()) / 86_400_000
    assert.ok(days > 28 && days <= 30, told.until)
    await chip(page, 'A break').click()
    await card(page).getByText('It is as it was').waitFor()
    assert.equal(await page.textContent('#hero'), 'Pens by the width of their line.')
    // Without a day: for as long as is usual.
    await card(page).locator('input[type=date]').fill('')
    await chip(page, 'A break').click()
    await card(page).getByText('Until then nothing is fitted to you').waitFor()
    await shop.leave(page)
  }))

test('[P7] In one’s own words: what was understood is said, or that a person reads it', here, () =>
  like({}, async () => {
    const page = await visit()
    await opened(page)
    const write = async (text) => {
      await card(page).getByRole('textbox', { name: 'In your own words' }).fill(text)
      await card(page).getByRole('button', { name: 'Send' }).click()
    }
    await write('Where is my parcel? It has not arrived.')
    await card(page).getByText('We understand it is about “when it arrives”').waitFor()
    await picture(page, 'in-own-words')
    await write('this one is a gift')
    await card(page).getByText('If you mean “This is a gift”, press that button').waitFor()
    assert.equal(await chip(page, 'This is a gift').getAttribute('aria-pressed'), 'false')
    await write('zzz')
    await shop.until('a person reads it', async () =>
      /^A person will read it\.$/m.test(await card(page).locator('[role=status]').innerText()))
    shop.down = true
    await write('hello')
    await card(page).getByText('could not be done').waitFor()
    shop.down = false
    await shop.leave(page)
  }))

test('It keeps the rules of access, in Japanese, in the dark, on a phone', here, () =>
  like({ lang: 'ja' }, async () => {
    const context = await shop.browser.newContext({ viewport: { width: 390, height: 800 },
      colorScheme: 'dark', bypassCSP: true })
    const page = await shop.visit(context)
    await shop.settled(page)
    await card(page).locator('summary').focus()
    await page.keyboard.press('Enter')
    await chip(page, '贈りものです').waitFor()
    await accessible(page)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await card(page).getByText('好みとして覚えません').waitFor()
    await accessible(page)
    await picture(page, 'tell-ja-dark')
    await page.close()
    await context.close()
  }))
