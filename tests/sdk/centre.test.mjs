// The preference centre as a person meets it: in Chromium, and with scripts switched off.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { accessTroubles, Brand, here, picture } from './centre.mjs'

let brand

before(async () => { if (!here.skip) brand = await Brand.open() })
after(async () => { await brand?.close() })

const card = (page, label) => page.locator('.fact', { has: page.locator('h4', { hasText: label }) })
const status = (page) => page.locator('[role="status"]').innerText()
const purpose = (page, says) => page.getByRole('switch', { name: says })

test('[P3] What is known stands there by how we know it, with its source, use and place', here,
  async () => {
    await brand.meet('sato')
    const context = await brand.browserOf()
    const page = await brand.comeIn(context, 'sato')
    const job = page.locator('.group', { hasText: 'What you told us' }).locator('.fact').first()
    const told = await page.locator('.group', { hasText: 'What you told us' }).innerText()
    assert.match(told, /your role\s+sales/)
    assert.match(told, /when you signed up/)
    assert.match(told, /花<b>子/)
    assert.ok(await job.count())
    assert.match(await page.locator('.group', { hasText: 'What you told our staff' }).innerText(),
      /what you asked our support\s+bitterness/)
    assert.match(await page.locator('.group', { hasText: 'our other records' }).innerText(),
      /where you live\s+Tokyo/)
    assert.match(await page.locator('.group', { hasText: 'What we counted' }).innerText(),
      /3 times/)
    assert.equal(await page.locator('b').count(), 0)
    await brand.leave(context)
  })

test('Without a script: put right, take out of use and back, forget', here, async () => {
  await brand.meet('mori')
  const context = await brand.browserOf()
  const page = await brand.comeIn(context, 'mori')
  const role = card(page, 'your role')
  await role.locator('summary').click()
  await role.locator('select[name="value"]').selectOption({ label: 'engineering' })
  await role.getByRole('button', { name: 'Put right' }).click()
  assert.match(await status(page), /put right/)
  assert.match(await role.innerText(), /engineering/)
  assert.equal((await brand.me('mori')).facts.find((f) => f.fact === 'job').value, 'engineering')

  await role.locator('summary').click()
  await role.getByRole('button', { name: 'Don’t use' }).click()
  assert.match(await status(page), /not used any more/)
  assert.match(await role.innerText(), /Not used — you asked us not to/)
  await page.waitForTimeout(5)
  await page.locator('#history').getByRole('button', { name: 'Use it again' }).click()
  assert.doesNotMatch(await role.innerText(), /Not used/)

  const topic = card(page, 'what you asked our support')
  await topic.locator('summary').click()
  await topic.getByRole('button', { name: 'Forget' }).click()
  assert.match(await status(page), /forgotten/)
  assert.equal(await topic.count(), 0)
  const left = await brand.me('mori')
  assert.ok(!left.facts.some((f) => f.fact === 'inquiry.topic'))
  await brand.leave(context)
})

test('Without a script: purposes one by one, and all at once', here, async () => {
  await brand.meet('abe')
  const context = await brand.browserOf()
  const page = await brand.comeIn(context, 'abe')
  const letter = purpose(page, 'to send the roast letter')
  assert.equal(await letter.getAttribute('aria-checked'), 'true')
  await letter.click()
  assert.equal(await letter.getAttribute('aria-checked'), 'false')
  await page.waitForTimeout(5)
  await letter.focus()
  await page.keyboard.press('Space')
  await page.waitForSelector('[role="status"]:has-text("switched on")')
  assert.equal(await letter.getAttribute('aria-checked'), 'true')
  await page.getByRole('button', { name: 'Stop everything now' }).click()
  assert.equal(await page.locator('[aria-checked="true"]').count(), 0)
  const answer = await brand.engine.post('/v1/decide', { person: { userId: 'abe' },
    slots: ['home.hero', 'home.picks'] }, brand.keys.shop)
  assert.equal(answer.slots['home.picks'].reason, 'no_consent')
  await brand.leave(context)
})

test('Without a script: a copy to keep, and everything erased with a signed receipt', here,
  async () => {
    await brand.meet('kudo')
    const context = await brand.browserOf()
    const page = await brand.comeIn(context, 'kudo')
    const keep = async (name) => {
      const [file] = await Promise.all([page.waitForEvent('download'),
        page.getByRole('link', { name }).first().click()])
      return fs.readFileSync(await file.path(), 'utf8')
    }
    assert.equal(JSON.parse(await keep('As JSON')).facts.find((f) => f.fact === 'job').value,
      'sales')
    assert.match(await keep('As a page to read'), /花&lt;b&gt;子/)
    await page.getByRole('link', { name: 'Erase everything' }).click()
    await page.getByRole('button', { name: 'Erase now' }).click()
    assert.match(page.url(), /\/me\/erase$/)  // the browser asks for the tick first
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Erase now' }).click()
    await page.waitForURL(/\/me\/receipt$/)
    const receipt = JSON.parse(await keep('Keep the receipt'))
    assert.equal(receipt.receipt.people, 1)
    assert.match(receipt.jws, /\..*\./)
    await picture(page, 'centre-receipt')
    assert.equal((await brand.me('kudo')).known, false)
    await brand.leave(context)
  })

test('[P11] One browser, two people: the second sees nothing of the first', here,
  async () => {
    await brand.meet('first')
    const context = await brand.browserOf()
    const page = await brand.comeIn(context, 'first')
    assert.match(await page.innerText('main'), /sales/)
    const other = await brand.comeIn(context, 'second')
    assert.match(await other.innerText('main'), /We know nothing about you/)
    await page.reload()
    assert.doesNotMatch(await page.innerText('main'), /sales/)
    // The first one's page is still open in another tab: its forms are not of this session.
    await other.getByRole('button', { name: 'Sign out' }).click()
    assert.match(await other.innerText('main'), /signed out of this page/)
    await other.goto(`${brand.engine.url}/me`)
    assert.match(await other.innerText('main'), /Please come in from/)
    await other.goBack()
    assert.doesNotMatch(await other.innerText('body'), /sales/)
    await brand.leave(context)
  })

test('Another site’s form does nothing in somebody’s name', here, async () => {
  await brand.meet('ito')
  const context = await brand.browserOf()
  const page = await brand.comeIn(context, 'ito')
  await page.goto(`http://localhost:${brand.port}/account?person=ito`)
  await page.setContent(`<form method="post" action="${brand.engine.url}/me/stop">
    <button>Win a prize</button></form>`)
  await page.click('button')
  assert.doesNotMatch(await page.innerText('body'), /Everything is switched off/)
  const standing = (await brand.me('ito')).consents.map((c) => c.event[0].event_state)
  assert.ok(standing.length > 0 && standing.every((state) => state === 'given'))
  await context.close()
})

test('Without a script: a break between two days, and its end at once', here, async () => {
  await brand.meet('oka')
  const context = await brand.browserOf()
  const page = await brand.comeIn(context, 'oka')
  const reason = async () => (await brand.engine.post('/v1/decide', { person: { userId: 'oka' },
    slots: ['home.hero'] }, brand.keys.shop)).slots['home.hero'].reason
  const before = await reason()
  const day = (days) => new Date(Date.now() + 32_400_000 + days * 86_400_000).toISOString()
    .slice(0, 10)
  await page.locator('#pause [name="until"]').fill(day(9))
  await page.getByRole('button', { name: 'Take a break' }).click()
  assert.match(await page.innerText('.sheet'), /You are taking a break until/)
  assert.equal(await reason(), 'paused')
  await page.waitForTimeout(5)
  await page.getByRole('button', { name: 'End the break now' }).click()
  assert.match(await status(page), /The break is over/)
  assert.equal(await reason(), before)
  await brand.leave(context)
})

test('Without a script: how often letters come', here, async () => {
  await brand.meet('kato')
  const context = await brand.browserOf()
  const page = await brand.comeIn(context, 'kato')
  await page.locator('#often-email').selectOption({ label: 'Once a month at most' })
  await page.locator('#frequency').getByRole('button').first().click()
  assert.match(await status(page), /keep to that/)
  assert.equal(await page.locator('#often-email').inputValue(), '1/30d')
  assert.deepEqual((await brand.me('kato')).frequency,
    [{ channel: 'email', times: 1, per: '30d' }])
  await brand.leave(context)
})

test('Without a script: values in plain words, in their own order, and forgotten', here,
  async () => {
    await brand.meet('nagai')
    const dear = await brand.answer('nagai')
    const context = await brand.browserOf()
    const page = await brand.comeIn(context, 'nagai')
    const values = page.locator('#values')
    assert.match(await values.innerText(), new RegExp(dear))
    assert.match(await page.locator('#questions').innerText(),
      /What matters most to you in a cup of coffee\?[^]*We re-ordered this shelf[^]*To be seen by/)
    await values.locator('[name="rank1"]').selectOption('season')
    await values.locator('[name="rank2"]').selectOption('craft')
    await values.locator('[name="rank3"]').selectOption('')
    await values.getByRole('button', { name: 'That is my order' }).click()
    assert.match(await status(page), /your order now/)
    assert.equal(await values.locator('[name="rank1"]').inputValue(), 'season')
    assert.equal(await values.locator('[name="rank2"]').inputValue(), 'craft')
    await picture(page, 'centre-values')
    await page.getByRole('button', { name: 'Forget my answers' }).click()
    assert.match(await status(page), /forgotten/)
    assert.equal(await values.count(), 0)
    await brand.leave(context)
  })

test('[P1] What is known and withheld is said here, with why and where', here, async () => {
  await brand.meet('ono')
  const context = await brand.browserOf()
  const page = await brand.comeIn(context, 'ono')
  const withheld = await page.locator('#withheld').innerText()
  assert.match(withheld, /what you asked our support/)
  assert.match(withheld, /our pages/)
  assert.doesNotMatch(withheld, /home\./) // the name of a slot says nothing to a person
  await brand.leave(context)
})

test('By a link of a mail one decides, once, and sees nothing that is known', here, async () => {
  await brand.meet('sano')
  const link = await brand.linkFor('sano')
  const context = await brand.browserOf()
  const page = await context.newPage()
  await page.goto(link)
  await page.getByRole('button', { name: 'Open the page' }).click()
  await page.waitForURL(`${brand.engine.url}/me`)
  const shown = await page.innerText('body')
  assert.match(shown, /You came by a link in a mail/)
  assert.doesNotMatch(shown, /sales|bitterness|sano|Tokyo|Erase/)
  await purpose(page, 'to send the roast letter').click()
  assert.match(await status(page), /switched off/)
  assert.equal(await purpose(page, 'to send the roast letter').count(), 0)
  await picture(page, 'centre-by-mail')
  const other = await brand.browserOf()
  const again = await other.newPage()
  await again.goto(link)
  assert.match(await again.innerText('body'), /does not work any more/)
  await other.close()
  await brand.leave(context)
})

test('The button of a mail’s own stop link works in a browser, too', here, async () => {
  await brand.meet('endo')
  const { path } = await brand.engine.post('/v1/mailbox-links',
    { userId: 'endo', purpose: 'mail' }, brand.keys.shop)
  const context = await brand.browserOf()
  const page = await context.newPage()
  await page.goto(brand.engine.url + path)
  await page.click('button')
  await page.waitForSelector('text=It is stopped')
  const letter = (await brand.me('endo')).consents.find((c) => c.purpose_id === 'mail')
  assert.equal(letter.event[0].event_state, 'withdrawn')
  await brand.leave(context)
})

test('In a frame of the brand’s page it works, and only there it has that session', here,
  async () => {
    await brand.meet('hara')
    const context = await brand.browserOf()
    const page = await context.newPage()
    // Another site than the engine's, to the browser.
    await page.goto(`http://localhost:${brand.port}/account?person=hara&framed&locale=en`)
    await page.click('button')
    const frame = page.frameLocator('iframe')
    await frame.getByText('Yours, in your hands').waitFor()
    assert.match(await frame.locator('main').innerText(), /sales/)
    await frame.getByRole('switch', { name: 'to send the roast letter' }).click()
    await frame.getByText('It is switched off').waitFor()
    const outside = await context.newPage()
    await outside.goto(`${brand.engine.url}/me`)
    assert.match(await outside.innerText('main'), /Please come in from/)
    await brand.leave(context)
  })

test('It keeps the rules of access: wide and narrow, light and dark, in both languages', here,
  async () => {
    await brand.meet('ueda')
    for (const [colorScheme, locale] of [['light', 'ja'], ['dark', 'ja'], ['light', 'en'],
      ['dark', 'en']]) {
      const context = await brand.browserOf({ javaScriptEnabled: true, bypassCSP: true,
        colorScheme, viewport: { width: 1200, height: 850 } })
      // Eight pictures of each: both lights, both languages, both sizes.
      const looks = async (page, what) => {
        for (const width of [1200, 390]) {
          await page.setViewportSize({ width, height: 850 })
          assert.deepEqual(await accessTroubles(page), [])
          await picture(page, `centre-${width}-${colorScheme}-${locale}${what}`)
          assert.ok(await page.evaluate(() =>
            document.documentElement.scrollWidth <= innerWidth), 'it fits the width')
        }
      }
      const page = await brand.comeIn(context, 'ueda', locale)
      await page.locator('summary').first().click()
      await looks(page, '')
      await page.goto(`${brand.engine.url}/me/erase`)
      await looks(page, '-erase')
      await looks(await brand.comeIn(context, 'nobody-yet', locale), '-nothing')
      await brand.leave(context)
    }
  })
