// The shop as somebody walks through it: what they do changes what they are shown, each with its
// why; and what they did not allow, or took back, changes nothing.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { allow, dialog, headline, here, House, look, picture, settled, shelf, until, why }
  from './visitor.mjs'

let house
before(async () => { if (!here.skip) house = await House.open() })
after(async () => { await house?.close() })

const usual = '豆は、焼いた日から数えます。'
const decaf = ['/beans/decaf-colombia', '/beans/decaf-ethiopia', '/beans/decaf-dark']

test('[P9] Who arrives is met as everybody is; an ad’s page speaks of the ad, and of nobody', here,
  async () => {
    const page = await house.device()
    await page.go('/')
    assert.equal(await headline(page), usual)
    await page.go('/first-light?utm_source=ad')
    assert.equal(await headline(page), '浅煎りがはじめてなら、この3つから。')
    await picture(page, 'from-an-ad')
    // Nothing about them chose it, so there is nothing to ask about.
    assert.equal(await why(page, 'home.hero').count(), 0)
    await page.leave()
  })

test('[P4] Before it may, the shop remembers nothing: no store, no cookie but the visit’s', here,
  async () => {
    const page = await house.device()
    await look(page, ...decaf)
    await page.go('/')
    assert.equal(await headline(page), usual)
    assert.deepEqual((await page.context().cookies()).map(({ name }) => name), ['sid'])
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0)
    await page.click('#remember [value=no]')
    await page.go('/')
    assert.equal(await page.locator('#remember').count(), 0)
    await page.leave()
  })

test('[P1] Looking at decaf turns to the evening; “don’t use this” turns it back on the spot', here,
  async () => {
    const page = await house.device()
    await page.go('/')
    await allow(page, { recommend: true })
    await look(page, ...decaf, '/gift/gift-newborn')
    await page.go('/')
    assert.equal(await headline(page), '夜の一杯にも。')
    assert.equal(await page.textContent('.shelf h2'), '時間を選ばない豆を手前に')
    assert.doesNotMatch(await page.innerText('main'), /妊|授乳|ママ|赤ちゃん/)
    await picture(page, 'evening')
    await why(page, 'home.hero').click()
    assert.match(await dialog(page).innerText(), /ご覧になった/)
    await dialog(page).getByText('使わないでほしい').first().click()
    await until('it is thanked for', async () => /承知しました/.test(await dialog(page).innerText()))
    assert.equal(await headline(page), usual)
    await picture(page, 'not-used')
    await page.leave()
  })

// Answers the question that stands: what is dearest, and what is not, if they are offered.
const card = (page) => page.locator('[data-aizuchi-ui="question"] [part=card]')
async function answer(page, best, worst) {
  const box = (group, text) =>
    card(page).locator(`fieldset[name=${group}] label`, { hasText: text }).locator('input')
  await card(page).locator('form').waitFor()
  await box('best', best).first().check()
  if (await box('worst', worst).count()) await box('worst', worst).check()
  await card(page).getByText('答える', { exact: true }).click()
  await card(page).locator('[part=note]').waitFor()
}

test('[P5] What is told is given back at once, said once, and then kept in silence', here,
  async () => {
    const page = await house.device()
    await page.go('/')
    const before = await shelf(page)
    await page.click('#ask')
    await card(page).locator('form').waitFor()
    assert.match(await card(page).innerText(), /ためだけに使います[^]*お返し:「お答えから、並びを替えました」/)
    await picture(page, 'question')
    await answer(page, '静かな時間', 'つくり手')
    assert.notDeepEqual(await shelf(page), before)
    assert.match(await card(page).innerText(), /^ありがとうございます。\nお答えから、並びを替えました\n表示を/)
    await card(page).scrollIntoViewIfNeeded()
    await page.waitForTimeout(600)  // scrolling is smooth
    await picture(page, 'given-back')
    await why(page, 'home.picks').click()
    assert.match(await dialog(page).innerText(), /静かな時間/)
    await page.keyboard.press('Escape')
    for (let i = 0; i < 2; ++i) {
      if (!await card(page).getByText('もうひとつ答える').count()) break
      await card(page).getByText('もうひとつ答える').click()
      await answer(page, '静かな時間', 'つくり手')
    }
    await page.go('/')
    assert.equal(await page.getByText('お答えから、並びを替えました').count(), 0)
    assert.notDeepEqual(await shelf(page), before)
    assert.equal(await headline(page), '一人の朝に、静かな一杯を。')
    await picture(page, 'quiet')
    await page.leave()
  })

test('[P4] An answer teaches the shop only where a box says so, and that is no box ticked before',
  here, async () => {
    for (const ticked of [false, true]) {
      const page = await house.device()
      await page.go('/')
      assert.equal(await page.locator('#improve').isChecked(), false)
      if (ticked) await page.check('#improve')
      await page.click('#ask')
      await card(page).locator('form').waitFor()
      await page.go('/account')
      const line = page.locator('.known', { hasText: '店とページを良くするために数えること' })
      assert.match(await line.innerText(), ticked ? /\n使っています/ : /使っていません/)
      await page.leave()
    }
  })

test('A question may be passed over; then it is not asked for a while', here, async () => {
  const page = await house.device()
  await page.go('/')
  await page.click('#ask')
  await card(page).getByText('今は答えない').click()
  await card(page).getByText('しばらくおたずねしません').waitFor()
  await page.go('/')
  await page.click('#ask')
  await page.getByText('いま伺うことはありません').waitFor()
  assert.equal(await card(page).count(), 0)
  await page.leave()
})

test('[P8] A cart left last night is asked after once: help, no coupon, and a no is a no', here,
  async () => {
    const page = await house.device()
    await page.go('/')
    await allow(page)
    await page.go('/tour')
    await page.getByText('昨夜に行く').click()
    await page.go('/beans/light-trio')
    await page.getByText('豆のまま').click()
    await page.getByText('カートに入れる').click()
    await settled(page)
    await page.getByText('朝に戻る').click()
    await settled(page)
    const note = page.locator('[data-aizuchi-slot="cart.note"]')
    assert.match(await note.innerText(), /お困りのことは|そのままにしてあります/)
    assert.equal(await why(page, 'cart.note').isVisible(), true)
    const words = await page.innerText('main')
    assert.match(words, /送料[^]*3,500円から\s+無料/)
    assert.doesNotMatch(words, /お忘れ|OFF|クーポン|あと.*円で|今だけ|残りわずか/)
    await picture(page, 'cart-in-the-morning', { fullPage: true })
    await page.go('/')
    assert.equal(await page.textContent('.promise b'), 'お選びの品は、7日間このまま取り置きます')
    await page.go('/cart')
    await page.getByText('7日間、取り置く').click()
    await page.getByText('まで、このまま取り置きます').waitFor()
    await page.getByText('今回は見送る').click()
    await page.getByText('今回は見送りますね').waitFor()
    await page.go('/')
    assert.doesNotMatch(await page.textContent('.promise'), /取り置き/)
    await page.leave()
  })

test('An order goes through without a name, and the next one begins with its grind', here,
  async () => {
    const page = await house.device()
    await page.go('/')
    await allow(page)
    await page.go('/beans/huehue')
    await page.getByText('粗挽き').click()
    await page.getByText('カートに入れる').click()
    await page.getByText('注文手続きへ').click()
    await picture(page, 'checkout', { fullPage: true })
    await page.getByText('注文する(見本)').click()
    await page.getByText('ご注文、ありがとうございます').waitFor()
    await page.go('/beans/huehue')
    assert.equal(await page.inputValue('[name=grind]:checked'), 'coarse')
    await page.leave()
  })

test('A search that finds nothing helps on, and what was typed is not told', here, async () => {
  const page = await house.device()
  const told = []
  page.on('request', (request) => told.push(request.postData() ?? ''))
  await page.go('/search?q=もんぶらん')
  assert.match(await page.innerText('.empty'), /味の言葉でも探せます/)
  await page.evaluate(() => aizuchi.flush())
  assert.doesNotMatch(told.join(''), /もんぶらん/)
  await page.leave()
})
