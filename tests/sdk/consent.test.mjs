// What is written to a device and when, what a server may hand over, and what content cannot do.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { here, lookAtPaper, picture, Shop, title } from './shop.mjs'

const paper = 'Paper is quicker chosen by touch.'
let shop

before(async () => { if (!here.skip) shop = await Shop.open() })
after(async () => { await shop?.close() })

const written = (page) => page.evaluate(() => JSON.stringify(
  { ...localStorage, ...sessionStorage, cookie: document.cookie || undefined }))

for (const keep of ['memory', 'session', 'local', 'cookie'])
  test(`${keep}: nothing is written before consent, and what was is erased when it ends`, here,
    () => shop.as({ attributes: `data-keep="${keep}"` }, async () => {
      const device = await shop.person()
      const page = await shop.visit(device)
      await shop.settled(page)
      await lookAtPaper(page)
      assert.equal(await written(page), '{}')
      const { deviceToken } = await page.evaluate(() => aizuchi.proof())
      await page.evaluate(() => aizuchi.consent(true))
      const kept = await written(page)
      assert.equal(kept.includes(deviceToken), keep !== 'memory', kept)
      if (keep === 'cookie')
        assert.match((await device.cookies())[0].name, /^aizuchi\.device$/)
      await lookAtPaper(page)
      await page.reload()
      await shop.settled(page)
      await page.evaluate(() => aizuchi.consent(true))
      await shop.settled(page)
      const again = await page.evaluate(() => aizuchi.proof())
      assert.equal(again.deviceToken === deviceToken, keep !== 'memory')
      if (keep !== 'memory')
        await shop.until('and is known again', async () => (await title(page)) === paper)
      await page.evaluate(() => aizuchi.consent(false))
      assert.equal(await written(page), '{}')
      await shop.leave(page)
      await device.close()
    }))

test('none (cookieless): no id is made, no event leaves, and the page still says something', here,
  () => shop.as({ attributes: 'data-keep="none" data-consent="granted"' }, async () => {
    const before = shop.requests.length
    const device = await shop.person()
    const page = await shop.visit(device)
    await shop.settled(page)
    await page.evaluate(() => aizuchi.track('Product Viewed', { category: 'paper' }))
    await page.evaluate(() => aizuchi.flush())
    await page.close()
    const asked = shop.requests.slice(before)
    assert.deepEqual(asked.map((r) => r.path), ['/v1/decide'])
    assert.deepEqual(JSON.parse(asked[0].body).person, {})
    await device.close()
  }))

test('A purpose that is agreed to holds for the next decision, and one taken back, too', here,
  async () => {
    const device = await shop.person()
    const page = await shop.visit(device)
    await shop.settled(page)
    await lookAtPaper(page)
    const tip = () => page.textContent('#tip')
    assert.equal(await tip(), 'This month’s letter.')
    await page.evaluate(() => aizuchi.consent(true, { recommend: true }))
    await page.evaluate(() => aizuchi.flush())
    await lookAtPaper(page)
    await page.evaluate(() => aizuchi.refresh())
    assert.equal(await tip(), 'Inks that suit the paper you looked at.')
    await page.waitForTimeout(5)
    await page.evaluate(() => aizuchi.consent(true, { recommend: false }))
    assert.equal(await tip(), 'This month’s letter.')
    await shop.leave(page)
    await device.close()
  })

const bootstrap = (json) => `<script type="application/json" data-aizuchi-bootstrap>
  ${JSON.stringify(json).replaceAll('<', '\\u003c')}</script>`
const hero = (content) => ({ decisionId: '0'.repeat(32), slots: { 'home.hero': {
  items: [{ id: 'i', content, layer: 'surface' }], reason: 'chosen' } } })
const one = `<section data-aizuchi-slot="home.hero" id="hero"><h1 data-aizuchi-text="title">own</h1>
  <a data-aizuchi-text="cta" data-aizuchi-attr="href:href;onclick:href;style:href" href="/own"
    >own</a>
  <p data-aizuchi-text="lead">own <b>markup</b></p></section>`

test('What a server has decided already is handed over: nothing is asked', here, async () => {
  const device = await shop.engine.post('/v1/devices', {})
  const made = await shop.engine.post('/v1/decide',
    { person: { deviceToken: device.deviceToken }, slots: ['home.hero'] })
  const body = bootstrap({ deviceToken: device.deviceToken, decisionId: made.decisionId,
    slots: made.slots }) + one
  const tag = `<script defer src="${shop.engineUrl}/sdk/aizuchi.js" nonce="NONCE"
    data-key="${shop.engine.publicKey}"></script>`
  await shop.as({ body, tag }, async () => {
    const before = shop.requests.length
    const person = await shop.person()
    const page = await shop.visit(person)
    await shop.settled(page)
    assert.equal(await title(page), '書きたくなる日のために。')
    await page.waitForTimeout(1300)
    await page.evaluate(() => aizuchi.flush())
    assert.deepEqual([...new Set(shop.requests.slice(before).map((r) => r.path))], ['/v1/batch'])
    const [seen] = shop.events('Slot Exposed').slice(-1)
    assert.equal(seen.properties.decisionId, made.slots['home.hero'].decisionId)
    await shop.leave(page)
    await person.close()
  })
})

test('Content cannot bring markup, scripts, styles or events into a page', here, async () => {
  const evil = hero({ title: '<img src=x onerror="boom()">', cta: 'go', href: 'javascript:boom()',
    lead: 'gone' })
  const tag = `<script defer src="${shop.engineUrl}/sdk/aizuchi.js" nonce="NONCE"
    data-key="${shop.engine.publicKey}"></script>`
  await shop.as({ body: bootstrap(evil) + one, tag }, async () => {
    const person = await shop.person()
    const page = await shop.visit(person)
    await shop.settled(page)
    assert.equal(await title(page), '<img src=x onerror="boom()">')
    assert.equal(await page.getAttribute('#hero a', 'href'), '/own')
    assert.equal(await page.getAttribute('#hero a', 'onclick'), null)
    assert.equal(await page.getAttribute('#hero a', 'style'), null)
    assert.equal(await page.innerHTML('#hero p'), 'own <b>markup</b>')
    const said = page.said.filter((line) => line.startsWith('[aizuchi]'))
    for (const what of ['may not set href of A', 'may not set onclick of A',
      'may not set style of A', 'may not set the markup of P'])
      assert.ok(said.some((line) => line.includes(what)), said.join('\n'))
    await shop.leave(page)
    await person.close()
  })
})

test('A slot that stays silent says why in the console, once', here, async () => {
  const body = `<p data-aizuchi-slot="home.hro" id="hero"><b data-aizuchi-text="title">own</b></p>
    <p data-aizuchi-slot="home.note" id="note" data-aizuchi-text="headline">own</p>
    <p data-aizuchi-slot="home.tip" id="tip">own</p>`
  await shop.as({ body }, async () => {
    const person = await shop.person()
    const page = await shop.visit(person)
    await shop.settled(page, '#tip')
    await page.evaluate(() => aizuchi.refresh())
    const said = page.said.filter((line) => line.startsWith('[aizuchi]'))
    for (const what of ['home.hro is silent: unknown_slot',
      'home.note note-default says no headline but text',
      'home.tip has nothing marked'])
      assert.equal(said.filter((line) => line.includes(what)).length, 1, said.join('\n'))
    assert.equal(await page.textContent('#note'), 'own')
    await person.close()
  })
  const tag = `<script src="${shop.engineUrl}/sdk/aizuchi.js" nonce="NONCE" data-key="pk_wrong_key"
    ></script>`
  await shop.as({ tag }, async () => {
    const person = await shop.person()
    const page = await shop.visit(person)
    await shop.settled(page)
    assert.ok(page.said.some((line) => line.includes('/v1/decide 401')), page.said.join('\n'))
    assert.equal(await title(page), 'The shop’s own words')
    await person.close()
  })
})

test('As a module: a start returns its cleanup, and afterwards nothing runs', here, async () => {
  const tag = `<script type="module" nonce="NONCE">
    import { aizuchi } from '${shop.engineUrl}/sdk/aizuchi.mjs'
    globalThis.client = aizuchi({ key: '${shop.engine.publicKey}', url: '${shop.engineUrl}' })
    globalThis.stop = client.startPage()
  </script>`
  await shop.as({ tag }, async () => {
    const person = await shop.person()
    const page = await shop.visit(person)
    await shop.settled(page)
    const { slots } = await page.evaluate(() => client.decide(['home.note']))
    assert.equal(slots['home.note'].items[0].id, 'note-default')
    await page.evaluate(() => client.flush())
    await page.evaluate(() => stop())
    assert.equal(await page.evaluate(() => document.adoptedStyleSheets.length), 0)
    const before = shop.requests.length
    await page.evaluate(() => {
      history.pushState({}, '', '/elsewhere')
      document.querySelector('main').append(document.querySelector('#hero').cloneNode(true))
    })
    await page.evaluate(() => {
      document.addEventListener('click', (event) => event.preventDefault())
      document.querySelector('#hero a').click()
    })
    await page.waitForTimeout(1300)
    assert.equal(shop.requests.length, before)
    await shop.leave(page)
    await person.close()
  })
})

test('It looks like the shop on a phone, filled and as it was', here, async () => {
  const person = await shop.person()
  const page = await shop.visit(person)
  await shop.settled(page)
  await page.setViewportSize({ width: 390, height: 700 })
  await picture(page, 'phone')
  await lookAtPaper(page)
  await page.evaluate(() => aizuchi.refresh())
  assert.equal(await title(page), paper)
  await shop.leave(page)
  await person.close()
})

test('The page of docs/web-sdk.md works as it stands', here, async () => {
  const docs = fs.readFileSync(path.join(process.env.TEST_ROOT, 'docs/web-sdk.md'), 'utf8')
  const [, page] = /^```html title="page.html"\n([^]*?)^```$/m.exec(docs)
  const tag = page.replace('https://a.example', shop.engineUrl)
    .replace('pk_…', shop.engine.publicKey).replace('<script', '<script nonce="NONCE"')
  const id = tag.replace('data-aizuchi-slot', 'id="hero" data-aizuchi-slot')
  await shop.as({ tag: id, body: '' }, async () => {
    const person = await shop.person()
    const tab = await shop.visit(person)
    await shop.settled(tab)
    await lookAtPaper(tab)
    await tab.evaluate(() => aizuchi.refresh())
    assert.equal(await title(tab), paper)
    assert.equal(await tab.getAttribute('#hero a', 'href'), '/paper/samples')
    await shop.leave(tab)
    await person.close()
  })
})
