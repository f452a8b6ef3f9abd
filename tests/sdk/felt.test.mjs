// Whether people feel understood, as they meet it: in Chromium, against a real server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, here, picture, Shop, tokenOf } from './shop.mjs'

const card = '[data-aizuchi-ui="felt"] [part=card]'
const note = '[data-aizuchi-ui="felt"] [part=note]'
let shop

before(async () => {
  if (here.skip) return
  shop = await Shop.open()
})
after(async () => { await shop?.close() })

const get = async (path, headers) =>
  (await fetch(`${shop.engine.url}${path}`, { headers })).json()
const asThem = (userId) => ({ 'x-api-key': shop.engine.publicKey,
  authorization: `Bearer ${tokenOf(userId)}` })

// Somebody whose visit the dice of the server chose, and what they are asked.
async function chosen(from, locale) {
  for (let i = 0; i < 1500; i++) {
    const userId = `${from}-${i}`
    const { post, secretKey } = shop.engine
    const say = (path, body) => post.call(shop.engine, path, { userId, ...body }, secretKey)
    await say('/v1/track',
      { event: 'Consent Updated', properties: { purposes: { recommend: true } } })
    const { decisionId } = await (await fetch(`${shop.engine.url}/v1/decide`, { method: 'POST',
      headers: { authorization: `Bearer ${secretKey}` },
      body: JSON.stringify({ person: { userId }, slots: ['home.tip'] }) })).json()
    await say('/v1/exposures', { decisionId, slot: 'home.tip', item: 'tip-default' })
    const told = await get(
      `/v1/me/felt?decisionId=${decisionId}&slot=home.tip&locale=${locale}`, asThem(userId))
    if (told.felt) return { userId, told }
    assert.equal(told.reason, 'not_now')
  }
  return assert.fail('nobody was asked')
}

// Their page, to which the server says what it said before: the dice fell outside of it.
async function pageOf({ userId, told }, how = {}) {
  const context = await shop.browser.newContext({ viewport: { width: 1024, height: 900 }, ...how })
  await context.route('**/v1/me/felt?*', (route) =>
    route.fulfill({ json: told, headers: { 'access-control-allow-origin': '*' } }))
  const page = await shop.visit(context)
  await shop.settled(page)
  await page.evaluate((token) => aizuchi.login(token), tokenOf(userId))
  await page.waitForSelector(card)
  return page
}

const place = { script: 'aizuchi-ui.js', body: `<main>
  <p data-aizuchi-slot="home.tip" data-aizuchi-text="text" id="hero">…</p>
  <div data-aizuchi-felt="1.5"></div></main>` }
const answered = () => shop.asked('/v1/me/felt').filter(({ method }) => method === 'POST')
  .map(({ body }) => JSON.parse(body))

test('[P12] Two sentences, agreed with by keyboard alone, and the answer is kept', here, () =>
  shop.as(place, async () => {
    const person = await chosen('felt', 'en')
    const page = await pageOf(person)
    const said = await page.locator(card).innerText()
    assert.match(said, /The Paper Shop understands what I need\./)
    assert.match(said, /used only to choose what to suggest/)
    await picture(page, 'felt')
    const [first, other] = person.told.felt.items.map(({ id }) => id)
    await page.locator(`${card} input[name="${first}"]`).first().focus()
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('Enter')
    await page.locator(note).getByText('Thank you.').waitFor()
    assert.deepEqual(answered().at(-1).answers, { [first]: 6, [other]: 1 })
    assert.equal(await page.evaluate(() =>
      document.activeElement.shadowRoot.activeElement.getAttribute('role')), 'status')
    const { events } = await get(`/v1/people/${person.userId}/events`,
      { authorization: `Bearer ${shop.engine.readKey}` })
    const kept = events.find(({ event }) => event.event === 'Felt Answered')
    assert.equal(kept.event.properties[first], 6)
    await shop.leave(page)
  }))

test('It can always be left, in Japanese, and keeps the rules of access in the dark', here, () =>
  shop.as({ ...place, lang: 'ja' }, async () => {
    const page = await pageOf(await chosen('felt-ja', 'ja'), { bypassCSP: true })
    await page.emulateMedia({ colorScheme: 'dark' })
    assert.match(await page.locator(card).innerText(), /紙の店は、いまのわたしに必要なこと/)
    await accessible(page)
    await picture(page, 'felt-ja-dark')
    await page.locator(card).getByText('今は答えない').click()
    await page.locator(note).getByText('ありがとうございます。').waitFor()
    assert.equal(answered().at(-1).skip, true)
    await page.close()
  }))

test('A sign-out takes it away; without a place, and beside a question, nobody is asked', here,
  async () => {
    await shop.as(place, async () => {
      const page = await pageOf(await chosen('felt-out', 'en'))
      await page.evaluate(() => aizuchi.logout())
      assert.equal(await page.locator(card).count(), 0)
      await shop.leave(page)
    })
    const asked = () => shop.asked('/v1/me/felt').filter(({ method }) => method === 'GET').length
    const before = asked()
    const plain = await shop.visit(await shop.person())
    await shop.settled(plain)
    const body = `${place.body}<div data-aizuchi-ui="question"></div>`
    await shop.as({ ...place, body }, async () => {
      const page = await shop.visit(await shop.person())
      await shop.settled(page)
      await page.waitForTimeout(2500)
      assert.equal(asked(), before)
      await shop.leave(page)
    })
    await shop.leave(plain)
    await shop.as(place, async () => {  // and where there is one, the server is
      const page = await shop.visit(await shop.person())
      await shop.settled(page)
      await shop.until('it is asked', async () => asked() > before)
      assert.match(shop.asked('/v1/me/felt').at(-1).path, /decisionId=[0-9a-f]{32}&slot=home\.tip/)
      assert.equal(await page.locator(card).count(), 0)
      await shop.leave(page)
    })
  })
