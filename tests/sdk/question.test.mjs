// A question as a person meets it, and what its answer changes: in Chromium, behind a strict
// policy, against a real server.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { accessible, here, picture, Shop, tokenOf } from './shop.mjs'

let shop

const styles = `<style nonce="NONCE">
  :root { color-scheme: light dark; --line: #8886; font-family: sans-serif }
  body { margin: 0; padding: 1.5em; background: Canvas; color: CanvasText }
  main { max-width: 44em; margin: auto } ol { padding-left: 1.4em; line-height: 1.9 }
</style>`
const app = (question = '') => `${styles}<main>
  <h1 data-aizuchi-slot="app.first" data-aizuchi-text="title" id="hero">Welcome</h1>
  <ol data-aizuchi-slot="app.path" id="path">
    <li data-aizuchi-item="step-page">Write a page</li>
    <li data-aizuchi-item="step-share">Share it</li>
    <li data-aizuchi-item="step-templates">Choose a template</li>
    <li data-aizuchi-item="step-import">Import</li>
  </ol>
  <aside data-aizuchi-question="${question}" aria-label="question"></aside></main>`
const shelf = `${styles}<main><h1>The shop</h1>
  <ul data-aizuchi-slot="shop.shelf" id="hero">
    <li data-aizuchi-item data-aizuchi-text="name">One</li>
    <li data-aizuchi-item data-aizuchi-text="name">Two</li>
    <li data-aizuchi-item data-aizuchi-text="name">Three</li>
    <li data-aizuchi-item data-aizuchi-text="name">Four</li>
  </ul>
  <aside data-aizuchi-question="shop.shelf" aria-label="question"></aside></main>`

before(async () => {
  if (here.skip) return
  shop = await Shop.open('dialogue')
})
after(async () => { await shop?.close() })

const like = (page, work) => shop.as({ script: 'aizuchi-ui.js', ...page }, work)
const card = (page) => page.locator('[data-aizuchi-ui="question"] [part=card]')
const steps = (page) => page.locator('#path li').allTextContents()

test('[P4] A question says what it is for and what one gets; the answer changes the page at once',
  here, () => like({ body: app() }, async () => {
    const page = await shop.visit(await shop.person())
    await card(page).getByText('What work do you use it for?').waitFor()
    const said = await card(page).innerText()
    assert.match(said, /We use it to put the first steps in order; for nothing else/)
    assert.match(said, /What you get: “We put the first steps into another order for your work”/)
    assert.equal((await steps(page))[0], 'Write a page')
    await picture(page, 'question')
    await card(page).getByText('design', { exact: true }).click()
    await card(page).getByRole('button', { name: 'Answer' }).click()
    await card(page).getByText('Thank you').waitFor()
    assert.equal((await steps(page))[0], 'Choose a template')
    assert.match(await card(page).innerText(), new RegExp('We put the first steps into another ' +
      'order for your work\\n+ ?(1 place|[2-9] places) on this page changed'))
    // Read out where the keyboard is.
    assert.equal(await page.evaluate(() =>
      document.activeElement.shadowRoot.activeElement.getAttribute('role')), 'status')
    await picture(page, 'answered')
    // Said once; silently kept.
    await page.reload()
    await shop.settled(page, '#path')
    assert.equal((await steps(page))[0], 'Choose a template')
    await page.waitForTimeout(400)
    assert.doesNotMatch(await page.locator('body').innerText(), /another order for your work/)
    await shop.leave(page)
  }))

test('By keyboard alone, by name and role, and left at any time', here, () =>
  like({ body: app('app.path') }, async () => {
    const page = await shop.visit(await shop.person())
    const question = page.getByRole('group', { name: 'What work do you use it for?' })
    await question.waitFor()
    assert.equal(await page.getByRole('region', { name: 'A question' }).count(), 1)
    await question.getByRole('radio').first().focus()
    await page.keyboard.press('ArrowDown')
    assert.equal(await question.getByRole('radio', { name: 'sales' }).isChecked(), true)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await card(page).getByText('We will not ask for a while').waitFor()
    assert.equal((await steps(page))[0], 'Write a page')
    await page.reload()
    await shop.settled(page, '#path')
    await page.waitForTimeout(400)
    assert.equal(await card(page).count(), 0)
    await shop.leave(page)
  }))

test('[P4] Of values nothing is asked before it may be; then the dearest, and maybe the least',
  here, () => like({ body: shelf }, async () => {
    const page = await shop.visit(await shop.person())
    await card(page).getByText('May we ask you something, to order the shelf').waitFor()
    assert.equal(await card(page).locator('input').count(), 0)
    await picture(page, 'may-we-ask')
    await card(page).getByRole('button', { name: 'You may' }).click()
    await card(page).getByText('What matters most to you').waitFor()
    assert.equal(await card(page).getByText('which matters least').isVisible(), false)
    const first = page.locator('#hero li').first()
    const chosen = (await first.textContent()) === 'Mitsumata paper' ?
      ['a tidy desk', 'Desk tray'] : ['the people who make the paper', 'Mitsumata paper']
    await card(page).getByText(chosen[0]).first().click()
    await card(page).getByText('which matters least').waitFor()
    await card(page).locator('fieldset[name=worst]').getByText('playfulness').click()
    await picture(page, 'least')
    await card(page).getByRole('button', { name: 'Answer' }).click()
    await card(page).getByText('Thank you').waitFor()
    assert.match(await card(page).innerText(), /We re-ordered this shelf from your answer/)
    assert.equal(await first.textContent(), chosen[1])
    const [answer] = shop.asked('/v1/me/answers').slice(-1)
    assert.ok(JSON.parse(answer.body).worst === 'play', answer.body)
    // One more, only now that the last one was given back.
    await card(page).getByRole('button', { name: 'Answer one more' }).click()
    await card(page).getByText('2 / 3').waitFor()
    await shop.leave(page)
  }))

test('[P4] A no to being asked is kept; a question waits until what it changes is in view', here,
  () => like({ body: shelf.replace('<h1>', '<div id="far"></div><h1>') +
    '<style nonce="NONCE">#far{height:3000px}</style>' }, async () => {
    const context = await shop.person()
    const page = await shop.visit(context)
    await shop.settled(page)
    await page.waitForTimeout(400)
    assert.equal(await card(page).count(), 0)
    await page.evaluate(() => scrollTo(0, 1e6))
    await card(page).getByRole('button', { name: 'No, thank you' }).click()
    await card(page).getByText('We will not ask').waitFor()
    await page.reload()
    await shop.settled(page)
    await page.evaluate(() => scrollTo(0, 1e6))
    await page.waitForTimeout(400)
    assert.equal(await card(page).count(), 0)
    await shop.leave(page)
    await context.close()
  }))

test('[P10] Nothing is asked while something is wrong; when it cannot be sent that is said', here,
  () => like({ body: app() }, async () => {
    const page = await shop.visit(await shop.person())
    await card(page).getByText('What work').waitFor()
    await card(page).getByText('sales', { exact: true }).click()
    shop.down = true
    await card(page).getByRole('button', { name: 'Answer' }).click()
    await card(page).getByText('could not be done').waitFor()
    shop.down = false
    await page.evaluate(async () => {
      aizuchi.track('Inquiry Sent', { message: 'where is my parcel, it has not arrived' })
      await aizuchi.flush()
    })
    await page.reload()
    await shop.settled(page, '#path')
    await page.waitForTimeout(400)
    assert.equal(await card(page).count(), 0)
    await page.evaluate(async () => {
      aizuchi.track('Inquiry Resolved', {})
      await aizuchi.flush()
    })
    await page.reload()
    await card(page).getByText('What work').waitFor()
    await shop.leave(page)
  }))

test('[P5] What an answer from elsewhere changed is said once, beside its slot, until sign-out',
  here, () => like({ body: shelf }, async () => {
    const headers = { 'x-api-key': shop.engine.publicKey,
      authorization: `Bearer ${tokenOf('elsewhere')}` }
    const ask = async (path, init) =>
      (await fetch(shop.engine.url + path, { ...init, headers })).json()
    await ask('/v1/me/purposes/values', { method: 'PUT', body: '{"granted":true}' })
    const { question, error } = await ask('/v1/me/question?question=taste')
    assert.ok(question, JSON.stringify(error))
    await ask('/v1/me/answers', { method: 'POST',
      body: JSON.stringify({ ask: question.ask, best: 'play' }) })
    const page = await shop.visit(await shop.person())
    await shop.settled(page)
    await page.evaluate((token) => aizuchi.login(token), tokenOf('elsewhere'))
    const given = page.locator('[data-aizuchi-ui="give-back"] p')
    await shop.until('it is said', async () => await given.count() === 1)
    assert.match(await given.innerText(), /We re-ordered this shelf from your answer/)
    await page.evaluate(() => aizuchi.logout())
    assert.equal(await given.count(), 0)
    await shop.leave(page)
  }))

test('The examples of docs/web-sdk.md work as they stand, and a brand dresses them', here, () => {
  const docs = fs.readFileSync(path.join(process.env.TEST_ROOT, 'docs/web-sdk.md'), 'utf8')
  const example = (name) => new RegExp(`title="${name}"\n([^]*?)^\`\`\`$`, 'm').exec(docs)[1]
  const marks = example('question.html').replace('<ul', '<ul id="hero"') + example('tell.html')
  const body = `${styles}<main><h1>Shop</h1>${marks}</main>
    <style nonce="NONCE">${example('question.css')}</style>`
  return like({ body }, async () => {
    const page = await shop.visit(await shop.person())
    await shop.settled(page)
    await card(page).getByRole('button', { name: 'You may' }).waitFor()
    assert.equal(await card(page).evaluate((each) => getComputedStyle(each).borderTopColor),
      'rgb(187, 119, 153)')
    await page.getByText('Tell us').waitFor()
    await shop.leave(page)
  })
})

for (const [lang, scheme, width] of [['ja', 'dark', 390], ['en', 'light', 1024]])
  test(`It keeps the rules of access: ${lang}, ${scheme}, ${width} wide`, here, () =>
    like({ body: shelf, lang }, async () => {
      const context = await shop.browser.newContext({ viewport: { width, height: 800 },
        colorScheme: scheme, bypassCSP: true })
      const page = await shop.visit(context)
      await card(page).locator('button').first().waitFor()
      await accessible(page)
      await card(page).locator('button').first().click()
      await card(page).locator('input').first().waitFor()
      await card(page).locator('label').first().click()
      await accessible(page)
      await picture(page, `question-${lang}-${scheme}`)
      if (lang === 'ja') assert.match(await card(page).innerText(), /おたずね[^]*お返し[^]*今は答えない/)
      await page.close()
      await context.close()
    }))
