// "Why this?" as a person meets it: in Chromium, behind a strict policy, against a real server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, here, lookAtPaper, picture, Shop, title, tokenOf } from './shop.mjs'

let shop

before(async () => {
  if (here.skip) return
  shop = await Shop.open()
  shop.script = 'aizuchi-ui.js'
})
after(async () => { await shop?.close() })

const usual = 'For the days that want writing.'
const why = (page, name) => page.locator(`[data-aizuchi-ui="${name}"] [part=why]`)
const dialog = (page) => page.locator('dialog[open]')

async function signedIn(person, how = '') {
  const context = await shop.browser.newContext({ viewport: { width: 1024, height: 700 },
    bypassCSP: how === 'axe' })
  const page = await shop.visit(context)
  await shop.settled(page)
  await shop.engine.post('/v1/identify',
    { userId: person, traits: { writes_with: 'fountain-pen' } }, shop.engine.secretKey)
  await page.evaluate((token) => aizuchi.login(token), tokenOf(person))
  return page
}

test('[P3] What everybody sees has no button; what something personal chose says what it was', here,
  async () => {
    const page = await signedIn('why-1')
    assert.equal(await why(page, 'home.note').isVisible(), true)
    assert.equal(await why(page, 'home.hero').count(), 0)
    await why(page, 'home.note').click()
    const said = await dialog(page).innerText()
    assert.match(said, /what you write with – a fountain pen/)
    await dialog(page).locator('summary').click()
    assert.match(await dialog(page).locator('details').innerText(), /on this site – .*20\d\d/)
    await picture(page, 'why')
    await page.keyboard.press('Escape')
    assert.equal(await dialog(page).count(), 0)
    await shop.leave(page)
  })

test('Wrong: the right value is chosen, and the next words know it, without reloading', here,
  async () => {
    const page = await signedIn('why-2')
    await why(page, 'home.note').click()
    await dialog(page).getByText('That is wrong').click()
    await dialog(page).locator('select').selectOption({ label: 'a pencil' })
    await dialog(page).getByText('Put right').click()
    await shop.until('it is thanked for', async () =>
      /It is put right\. 1 place on this page changed/.test(await dialog(page).innerText()))
    assert.equal(await page.textContent('#note'), 'Pens, pencils, brushes.')
    await picture(page, 'put-right')
    await dialog(page).getByText('Close').click()
    assert.equal(await why(page, 'home.note').isVisible(), false)
    await shop.leave(page)
  })

test('Don’t use this: that one thing is not used any more; the purpose stays', here, async () => {
  const page = await signedIn('why-3')
  await lookAtPaper(page)
  await page.evaluate(() => aizuchi.refresh())
  await why(page, 'home.hero').click()
  await dialog(page).getByText('Don’t use this').first().click()
  await shop.until('it is thanked for', async () =>
    /It is not used any more\. \d places? on this page changed/
      .test(await dialog(page).innerText()))
  assert.equal(await title(page), usual)
  assert.equal(await page.textContent('#note'), 'Five papers a fountain pen does not bleed on.')
  const { token } = await page.evaluate(() => aizuchi.proof())
  const ask = async (path) => (await fetch(shop.engine.url + path, { headers: {
    'x-api-key': shop.engine.publicKey, authorization: `Bearer ${token}` } })).json()
  const { objections } = await ask('/v1/me')
  assert.match(objections[0].fact, /Product Viewed/)
  assert.equal(objections[0].purpose, undefined)
  const { purposes } = await ask('/v1/me/purposes')
  assert.deepEqual(purposes.filter(({ standing }) => standing === 'withdrawn'), [])
  await shop.leave(page)
})

test('Forget it: a device forgets what it did, and nothing about it is left', here, async () => {
  const context = await shop.person()
  const page = await shop.visit(context)
  await shop.settled(page)
  await lookAtPaper(page)
  await page.evaluate(() => aizuchi.refresh())
  assert.notEqual(await title(page), usual)
  await why(page, 'home.hero').click()
  await dialog(page).getByText('Forget it').first().click()
  await shop.until('it is thanked for', async () =>
    /It is forgotten\./.test(await dialog(page).innerText()))
  assert.equal(await title(page), usual)
  const { deviceToken } = await page.evaluate(() => aizuchi.proof())
  const me = await (await fetch(`${shop.engine.url}/v1/me`, { headers: {
    authorization: `Bearer ${shop.engine.publicKey}`, 'aizuchi-device': deviceToken } })).json()
  assert.doesNotMatch(JSON.stringify(me.counted ?? []), /"count":[1-9]/)
  await shop.leave(page)
  await context.close()
})

test('[P1] This feels odd: one tap, and it is not used at this spot; elsewhere it still is', here,
  async () => {
    const page = await signedIn('why-odd')
    await why(page, 'home.note').click()
    await picture(page, 'why-odd')
    const asked = shop.requests.length
    await dialog(page).getByText('This feels odd here').click()
    await shop.until('it is thanked for', async () =>
      /It is not used here any more\. 1 place/.test(await dialog(page).innerText()))
    const [told] = shop.requests.slice(asked)
      .filter(({ method, path }) => method === 'POST' && path.endsWith('/odd'))
    assert.deepEqual(JSON.parse(told.body), { slot: 'home.note', fact: 'writes_with' })
    assert.equal(await page.textContent('#note'), 'Pens, pencils, brushes.')
    assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.tagName),
      'P')
    await dialog(page).getByText('Close').click()
    assert.equal(await why(page, 'home.note').isVisible(), false)
    // It is still known, and said so where it is asked.
    const { token } = await page.evaluate(() => aizuchi.proof())
    const me = await (await fetch(`${shop.engine.url}/v1/me`, { headers: {
      'x-api-key': shop.engine.publicKey, authorization: `Bearer ${token}` } })).json()
    assert.equal(me.facts.find(({ fact }) => fact === 'writes_with').used, true)
    assert.deepEqual(me.odd.map(({ fact, item }) => [fact, item]), [['writes_with', 'note-pen']])
    await shop.leave(page)
  })

test('All of it feels odd: whatever was used there is not used there', here, async () => {
  const context = await shop.person()
  const page = await shop.visit(context)
  await shop.settled(page)
  await lookAtPaper(page)
  await page.evaluate(() => aizuchi.refresh())
  assert.notEqual(await title(page), usual)
  await why(page, 'home.hero').focus()
  await page.keyboard.press('Enter')
  await dialog(page).getByText('All of it feels odd').focus()
  await page.keyboard.press('Enter')
  await shop.until('it is thanked for', async () =>
    /It is not used here any more\./.test(await dialog(page).innerText()))
  assert.equal(await title(page), usual)
  await shop.leave(page)
  await context.close()
})

test('When it cannot be done it is said, and nothing is pretended; a sign-out closes it', here,
  async () => {
    const page = await signedIn('why-4')
    await why(page, 'home.note').click()
    shop.down = true
    await dialog(page).getByText('Forget it').click()
    await shop.until('it is said', async () =>
      /could not be done/.test(await dialog(page).innerText()))
    shop.down = false
    await page.evaluate(() => aizuchi.logout())
    assert.equal(await dialog(page).count(), 0)
    assert.equal(await why(page, 'home.note').count(), 0)
    await shop.leave(page)
  })

test('It keeps the rules of access, in the dark and in Japanese, on a phone', here, () =>
  shop.as({ lang: 'ja' }, async () => {
    const page = await signedIn('why-5', 'axe')
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 700 })
    await why(page, 'home.note').focus()
    await page.keyboard.press('Enter')
    await accessible(page)
    assert.match(await dialog(page).innerText(), /と教えてくださったことを覚えていて[^]*使わないでほしい/)
    await picture(page, 'why-dark-phone')
    await page.close()
  }))

test('As a module: startUi returns its cleanup, and afterwards nothing of it stands', here, () =>
  shop.as({ body: `<main><p data-aizuchi-slot="home.hero" data-aizuchi-text="title" id="hero">Own
    </p><aside data-aizuchi-tell></aside></main>`, tag: `<script type="module" nonce="NONCE">
    import { aizuchi, startUi } from '${shop.engineUrl}/sdk/aizuchi-ui.mjs'
    const door = { key: '${shop.engine.publicKey}', url: '${shop.engineUrl}' }
    globalThis.aizuchi = aizuchi({ ...door, explain: true })
    globalThis.stops = [globalThis.aizuchi.startPage(), startUi(globalThis.aizuchi, door)]
  </script>` }, async () => {
    const page = await shop.visit(await shop.person())
    await shop.settled(page)
    await lookAtPaper(page)
    await page.evaluate(() => aizuchi.refresh())
    assert.equal(await why(page, 'home.hero').isVisible(), true)
    const standing = () => page.locator('[data-aizuchi-ui]').count()
    assert.equal(await standing(), 2)
    await page.evaluate(() => stops.forEach((stop) => stop()))
    assert.equal(await standing(), 0)
    await page.evaluate(() => aizuchi.refresh())
    assert.equal(await standing(), 0)
    const files = await page.evaluate(() => performance.getEntriesByType('resource')
      .map(({ name }) => new URL(name).pathname).filter((name) => name.startsWith('/sdk/')))
    assert.deepEqual(files, ['/sdk/aizuchi-ui.mjs'])
    await shop.leave(page)
  }))
