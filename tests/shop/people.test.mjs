// Somebody who has a name here: on two devices, after another person, at the support desk, in the
// office corner, and with what is kept of them in their own hands.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { allow, dialog, headline, here, House, look, picture, settled, until, why }
  from './visitor.mjs'

let house
before(async () => { if (!here.skip) house = await House.open() })
after(async () => { await house?.close() })

const usual = '豆は、焼いた日から数えます。'

async function signUp(page, name, more = {}) {
  await page.go('/sign-up')
  await page.fill('#name', name)
  await page.fill('#email', `${name}@example.jp`)
  await page.fill('#password', 'tsumugi')
  for (const [field, value] of Object.entries(more))
    await page.locator(`[name=${field}][value=${value}]`).check({ force: true })
  await page.getByRole('button', { name: '登録する' }).click()
  await page.waitForURL(`${house.url}/`)
  await settled(page)
}

async function signIn(page, name) {
  await page.go('/sign-in')
  await page.fill('#email', `${name}@example.jp`)
  await page.fill('#password', 'tsumugi')
  await page.getByRole('button', { name: 'サインイン', exact: true }).click()
  await page.waitForURL(`${house.url}/`)
  await settled(page)
}

async function signOut(page) {
  await page.go('/account')
  await page.getByRole('button', { name: 'サインアウト' }).click()
  await page.waitForURL(`${house.url}/`)
  await settled(page)
}

const sample = async (page, who) => {
  await page.go('/sign-in')
  await page.getByText(who).click()
  await page.waitForURL(`${house.url}/`)
  await settled(page)
}

test('What is said at the sign-up decides where the first page begins, and its why names it', here,
  async () => {
    const page = await house.device()
    await signUp(page, 'mio', { issue: 'brewing', job: 'engineering' })
    assert.equal(await headline(page), '変えるのは、ひとつだけ。')
    assert.equal(await page.textContent('.band .button'), '抽出の数値を見る')
    await why(page, 'home.hero').click()
    assert.match(await dialog(page).innerText(), /いま困っていること/)
    await picture(page, 'signed-up')
    await page.keyboard.press('Escape')
    const other = await house.device()
    await signUp(other, 'aoi', { interest: 'farms' })
    assert.equal(await headline(other), '誰が育て、いくらで買ったか。')
    await page.leave()
    await other.leave()
  })

test('[P11] On another device, signed in, the memory is there; signed out, it is not', here,
  async () => {
    const first = await house.device()
    await first.go('/')
    await allow(first)
    await look(first, '/beans/mandheling', '/beans/night-walk-blend', '/beans/old-town-french')
    await first.go('/')
    assert.equal(await headline(first), '牛乳に負けない、深煎り。')
    await signUp(first, 'haru')
    assert.equal(await headline(first), '牛乳に負けない、深煎り。')
    await first.go('/beans/huehue')
    await first.getByText('豆のまま').click()
    await first.getByText('カートに入れる').click()

    const phone = await house.device({ width: 390 })
    await phone.go('/')
    assert.equal(await headline(phone), usual)
    await signIn(phone, 'haru')
    assert.equal(await headline(phone), '牛乳に負けない、深煎り。')
    assert.equal(await phone.textContent('.count'), '1')
    await picture(phone, 'another-device')
    await signOut(phone)
    assert.equal(await headline(phone), usual)
    await first.leave()
    await phone.leave()
  })

test('[P11] Two people on one device leave no trace of each other', here, async () => {
  const page = await house.device()
  await page.go('/')
  await allow(page, { recommend: true })
  await look(page, '/beans/decaf-colombia', '/beans/decaf-ethiopia', '/beans/decaf-dark')
  await signUp(page, 'renjiro', { job: 'sales' })
  assert.equal(await headline(page), '夜の一杯にも。')
  await page.go('/beans/huehue')
  await page.getByText('豆のまま').click()
  await page.getByText('カートに入れる').click()
  await signOut(page)
  assert.deepEqual((await page.context().cookies()).map(({ name }) => name), ['sid'])
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0)
  assert.equal(await headline(page), usual)
  assert.equal(await page.locator('.count').count(), 0)
  assert.doesNotMatch(await page.content(), /renjiro/)
  await page.go('/account')
  assert.match(await page.innerText('main'), /何も覚えていません/)
  await page.goBack()
  await settled(page)
  assert.doesNotMatch(await page.content(), /renjiro|夜の一杯にも/)
  await signUp(page, 'sora')
  assert.equal(await headline(page), usual)
  await page.go('/cart')
  assert.match(await page.innerText('main'), /カートは空です/)
  await signOut(page)
  await signIn(page, 'renjiro')
  assert.equal(await headline(page), '夜の一杯にも。')
  await page.leave()
})

test('[P3] From the account page to the preference centre: all that is known, and each right', here,
  async () => {
    const page = await house.device()
    await signUp(page, 'hinata', { interest: 'farms' })
    const tell = page.locator('[data-aizuchi-ui="tell"] [part=card]')
    await tell.locator('summary').click()
    await tell.getByRole('button', { name: '贈りものです' }).click()
    await tell.getByText('贈りもののことは、ご自身の好みと分けておきます。').waitFor()
    await picture(page, 'tell-us')
    await page.go('/account')
    await page.getByRole('button', { name: 'すべてを見て、決める' }).click()
    await page.waitForURL(/\/me(\?|$)/)
    const seen = await page.innerText('body')
    assert.match(seen, /気になるもの/)
    assert.match(seen, /お休み/)
    await picture(page, 'preference-centre')
    await page.leave()
  })

test('[P7] The last worry: the desk asks, the shop is silent, the grind is ready; solved is solved',
  here, async () => {
    const page = await house.device()
    await sample(page, '苦みを相談した方')
    assert.doesNotMatch(await page.innerText('main'), /苦/)
    await page.go('/beans/mandheling')
    assert.equal(await page.inputValue('[name=grind]:checked'), 'medium')
    await page.go('/support')
    assert.equal(await page.textContent('.follow-words'), '先日の苦味、その後いかがですか。')
    await picture(page, 'support')
    await page.getByRole('link', { name: '解決した' }).click()
    await page.getByRole('button', { name: '解決した' }).click()
    await page.getByText('もう持ち出しません').waitFor()
    await page.go('/support')
    assert.equal(await page.locator('.follow-words').isVisible(), false)
    await page.go('/beans/mandheling')
    assert.equal(await page.inputValue('[name=grind]:checked'), 'medium')
    await page.leave()
  })

test('[P10] While an inquiry is open nothing is asked; its answer follows on every device', here,
  async () => {
    const page = await house.device()
    await signUp(page, 'nao')
    assert.equal(await page.locator('#question').count(), 1)
    await page.go('/support')
    await page.fill('#message', '苦くて飲みきれません。後味がとても苦いです。')
    await page.getByRole('button', { name: '送る' }).click()
    await page.getByText('お預かりしました').waitFor()
    await page.go('/')
    assert.equal(await page.locator('#question').count(), 0)
    assert.doesNotMatch(await page.innerText('main'), /苦/)
    const place = await page.evaluate(() => [...document.querySelectorAll('.tile-list > li')]
      .findIndex((each) => each.dataset.aizuchiItem === 'block-recipes'))
    assert.equal(place, 0)  // the brewing notes came near, unsaid
    await page.go('/support')
    await page.getByText('と返事をする').click()
    await page.getByText('窓口からのお返事').waitFor()
    const phone = await house.device({ width: 390 })
    await signIn(phone, 'nao')
    await phone.go('/beans/huehue')
    assert.equal(await phone.inputValue('[name=grind]:checked'), 'medium')
    await page.leave()
    await phone.leave()
  })

test('[P1] The office corner: papers follow work and worry, a meeting answers unsaid', here,
  async () => {
    const page = await house.device()
    await page.go('/')
    await allow(page)
    await page.go('/office/papers')
    const first = () => page.getAttribute('.paper-list > li', 'data-aizuchi-item')
    assert.equal(await first(), 'paper-shelf')
    for (const each of ['job][value=sales', 'industry][value=it', 'worry][value=cost'])
      await page.locator(`[name=${each}]`).check({ force: true })
    await page.getByText('並べる', { exact: true }).click()
    await page.waitForURL(/taken/)
    await settled(page)
    assert.equal(await first(), 'paper-sum')
    assert.equal(await why(page, 'office.papers').isVisible(), true)
    await picture(page, 'papers', { fullPage: true })
    await page.leave()
    const ken = await house.device()
    await sample(ken, '電源を気にしていた方')
    await ken.go('/office')
    assert.equal(await headline(ken), '15アンペアのコンセント、1口で動きます。')
    assert.doesNotMatch(await ken.innerText('main'), /打ち合わせ/)
    await ken.leave()
  })

test('[P3] What is kept is shown with its source, and can be forgotten, without JavaScript', here,
  async () => {
    const page = await house.device()
    await page.go('/')
    await allow(page)
    await signUp(page, 'yu', { job: 'sales', interest: 'dark' })
    const cookies = await page.context().cookies()
    await page.leave()
    const plain = await house.browser.newContext({ locale: 'ja', javaScriptEnabled: false })
    await plain.addCookies(cookies)
    const me = await plain.newPage()
    await me.goto(`${house.url}/account`)
    const said = await me.innerText('main')
    assert.match(said, /職種\s*営業[^]*会員登録・資料請求[^]*気になるもの\s*深煎り/)
    await me.screenshot({ path: 'screenshots/account.png', fullPage: true })
    await me.locator('.known', { hasText: '職種' }).getByText('忘れてほしい').click()
    await me.getByText('忘れました').waitFor()
    assert.doesNotMatch(await me.innerText('main'), /職種/)
    const layout = me.locator('.known-list').nth(1).locator('.known').first()
    assert.match(await layout.innerText(), /ページの並び[^]*使っています/)
    await layout.getByText('止める').click()
    await me.getByText('次の表示から使いません').waitFor()
    assert.match(await layout.innerText(), /ページの並び[^]*使っていません/)
    await me.getByText('すべて忘れてもらう').click()
    await until('there is a receipt', async () => /receipt/.test(await me.innerText('main')))
    await plain.close()
  })
