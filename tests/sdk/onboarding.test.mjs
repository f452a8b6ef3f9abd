// What people say when they sign up – their work, what is difficult, what interests them – leads
// to their first path in the service and the first page of its shop, each with its why; who leaves
// something out is asked later, one thing at a time.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { accessible, here, picture, Shop } from './shop.mjs'

let shop

const styles = `<style nonce="NONCE">
  :root { color-scheme: light dark; font-family: sans-serif }
  body { margin: 0; padding: 1.5em; background: Canvas; color: CanvasText }
  main { max-width: 44em; margin: auto } ol { padding-left: 1.4em; line-height: 1.9 }
  label { display: block; margin: .8em 0 }
</style>`
const choice = (name, says, ...options) => `<label>${says} <select name="${name}">
  <option value="">Not now</option>${options.map((o) => `<option>${o}</option>`).join('')}
  </select></label>`
// As docs/web-sdk.md has it.
const docs = fs.readFileSync(path.join(process.env.TEST_ROOT, 'docs/web-sdk.md'), 'utf8')
const [, example] = /title="sign-up.js"\n([^]*?)^```$/m.exec(docs)
// The form says why it asks; its answers are one event, and the page is decided anew in place.
const app = `${styles}<main>
  <h1 data-aizuchi-slot="app.first" data-aizuchi-text="title" id="hero">Welcome</h1>
  <ol data-aizuchi-slot="app.path" id="path">
    <li data-aizuchi-item="step-page">Write a page</li>
    <li data-aizuchi-item="step-share">Share it</li>
    <li data-aizuchi-item="step-templates">Choose a template</li>
    <li data-aizuchi-item="step-import">Import</li>
  </ol>
  <form id="sign-up"><h2>Sign up</h2><p>Your answers put the first steps in order.</p>
    ${choice('job', 'Your work', 'design', 'sales', 'office')}
    ${choice('issue', 'What is difficult', 'scattered', 'sharing', 'start')}
    ${choice('interest', 'What interests you', 'paper', 'pens', 'desk')}
    <button>Sign up</button></form>
  <aside data-aizuchi-question="app.path" aria-label="question"></aside></main>
  <script nonce="NONCE">${example.replace('refresh()', 'refresh()\n  form.hidden = true')}
  </script>`
const first = `${styles}<main>
  <h1 data-aizuchi-slot="shop.first" data-aizuchi-text="title" id="hero">The shop</h1></main>`

before(async () => {
  if (here.skip) return
  shop = await Shop.open('dialogue')
})
after(async () => { await shop?.close() })

const like = (body, work) => shop.as({ script: 'aizuchi-ui.js', body }, work)
const steps = (page) => page.locator('#path li').allTextContents()

async function signUp(context, answers) {
  const page = await shop.visit(context)
  await shop.settled(page)
  for (const [name, value] of Object.entries(answers))
    await page.selectOption(`select[name=${name}]`, value)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.locator('#sign-up').waitFor({ state: 'hidden' })
  return page
}

async function why(page, slot) {
  await page.locator(`[data-aizuchi-ui="${slot}"] [part=why]`).click()
  const said = await page.locator('dialog[open]').innerText()
  await page.keyboard.press('Escape')
  return said
}

const people = [
  { answers: { job: 'sales', issue: 'sharing', interest: 'pens' },
    welcome: 'Share the first notebook with one person.', step: 'Share it',
    shop: 'Pens by the width of their line.', because: /what is difficult – sharing is hard/ },
  { answers: { job: 'office', issue: 'scattered', interest: 'paper' },
    welcome: 'Bring the scattered notes together here.', step: 'Import',
    shop: 'Paper that ink does not show through.',
    because: /what is difficult – notes all over the place/ },
]

test('[P3] Two sign-ups lead to two first paths and two first pages, each with its why', here,
  async () => {
    for (const person of people) {
      const context = await shop.person()
      await like(app, async () => {
        const page = await signUp(context, person.answers)
        assert.equal(await page.textContent('#hero'), person.welcome)
        assert.equal((await steps(page))[0], person.step)
        assert.match(await why(page, 'app.first'), person.because)
        assert.match(await why(page, 'app.path'), /your work/)
        await picture(page, `signed-up-${person.answers.job}`)
        await shop.leave(page)
      })
      await like(first, async () => {
        const page = await shop.visit(context)
        await shop.settled(page)
        assert.equal(await page.textContent('#hero'), person.shop)
        assert.match(await why(page, 'shop.first'), /what interests you/)
        await shop.leave(page)
      })
      await context.close()
    }
  })

test('[P4] [P9] Who says nothing starts where everybody does, and is asked one thing later', here,
  () => like(app, async () => {
    const context = await shop.person()
    const page = await signUp(context, {})
    assert.equal(await page.textContent('#hero'), 'Write a first page.')
    assert.equal((await steps(page))[0], 'Write a page')
    const card = page.locator('[data-aizuchi-ui="question"] [part=card]')
    await card.getByText('What work do you use it for?').waitFor()
    await card.getByText('office work').click()
    await card.getByRole('button', { name: 'Answer' }).click()
    await card.getByText('Thank you').waitFor()
    assert.equal((await steps(page))[0], 'Import')
    assert.match(await why(page, 'app.path'), /your work – office work/)
    await shop.leave(page)
    await context.close()
  }))

test('What was said at the sign-up is not asked again', here, () => like(app, async () => {
  const context = await shop.browser.newContext({ viewport: { width: 390, height: 800 },
    bypassCSP: true })
  const page = await signUp(context, { job: 'design' })
  await page.reload()
  await shop.settled(page, '#path')
  assert.equal((await steps(page))[0], 'Choose a template')
  await page.waitForTimeout(400)
  assert.equal(await page.locator('[data-aizuchi-ui="question"]').count(), 0)
  await accessible(page)
  await picture(page, 'signed-up-phone')
  await page.close()
  await context.close()
}))
