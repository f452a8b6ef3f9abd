// What the shop's pages do with the SDK beyond their marked slots: they say what is looked at,
// bring the token of who is signed in, ask the one question, let go of everything at a sign-out.
// Elements are made as elements: no markup from anywhere, under Trusted Types.
'use strict'
const given = JSON.parse(document.getElementById('given').textContent)
const client = window.aizuchi  // missing when the engine is not there: the shop's own words stand
const yearSeconds = 31_536_000

const ja = document.documentElement.lang === 'ja'
const say = (inJapanese, inEnglish) => ja ? inJapanese : inEnglish
const find = (selector) => document.querySelector(selector)

function make(tag, set = {}, ...children) {
  const element = Object.assign(document.createElement(tag), set)
  element.append(...children)
  return element
}

// In the head, before the first decision: it is made for the right person, and knows this page.
if (client && given.user) {
  let first = given.token
  void client.login(async () => {
    const token = first
    first = undefined
    return token ?? (await fetch('/person-token')).text()
  })
}
if (client) document.documentElement.classList.add('asks')
if (client && given.viewed) client.track('Product Viewed', given.viewed)
if (client && given.searched) client.track('Products Searched', given.searched)

function setCookie(name, value) {
  document.cookie = `${name}=${value};path=/;samesite=lax;max-age=${yearSeconds}`
}

function startRemember() {
  const form = find('#remember')
  if (!form || !client) return
  form.hidden = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const yes = event.submitter.value === 'yes'
    setCookie('remember', yes ? 'yes' : 'no')
    form.hidden = true
    find('#main').focus()
    if (yes) {
      const recommend = form.elements.recommend.checked
      void client.consent(true, recommend ? { recommend } : undefined)
    }
  })
}

async function ask(method, path, body) {
  const { deviceToken, token } = await client.proof()
  try {
    const answer = await fetch(given.url + path, { method, credentials: 'omit',
      headers: { 'x-api-key': given.key, ...(deviceToken && { 'aizuchi-device': deviceToken }),
        ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }) })
    return answer.ok ? await answer.json() : undefined
  } catch {
    return undefined
  }
}

// One question at a time: with its use, what one gets for it, and a way past it.
function questionView({ asks, why, options, ask: sealed }, done) {
  const form = make('form')
  let best
  const step = (text, each) => form.replaceChildren(
    make('h3', { tabIndex: -1 }, text), make('p', { className: 'quiet' }, why),
    make('div', { className: 'chips' }, ...each),
    make('p', { className: 'question-acts' }, make('button', { type: 'button', className: 'link',
      onclick: () => done({ ask: sealed, pass: true }) }, say('いまは答えない', 'Not now'))))
  const button = (text, onclick) =>
    make('button', { type: 'button', className: 'chip-button', onclick }, text)
  step(asks, options.map(({ id, says }) => button(says, () => {
    best = id
    step(say('では、いちばん遠いのは。(なければ「特にない」を)', 'And which matters least? (“None” is fine, too)'), [
      ...options.filter((each) => each.id !== best).map((each) =>
        button(each.says, () => done({ ask: sealed, best, worst: each.id }))),
      button(say('特にない', 'None'), () => done({ ask: sealed, best }))])
    form.querySelector('h3').focus()
  })))
  form.addEventListener('submit', (event) => event.preventDefault())
  return form
}

function startQuestion() {
  const place = find('#question-in')
  if (!place || !client) return
  const put = (...children) => {
    place.replaceChildren(...children)
    place.querySelector('h3')?.focus()
  }
  const thanks = (title, more) => put(make('h3', { tabIndex: -1 }, title),
    make('p', { className: 'quiet' }, say('なぜこの並びかは、棚の下の「この表示の理由」から。取り消すこともできます。',
      'Why it is in this order stands below the shelf, under “Why this?”; there it can be ' +
        'taken back, too.')),
    ...(more ? [make('p', { className: 'question-acts' }, make('button', { type: 'button',
      className: 'button plain', onclick: () => next(more) }, say('もうひとつ答える', 'One more')))] : []))
  const next = (question) => put(questionView(question, answered))
  async function answered(answer) {
    const got = await ask('POST', '/v1/me/answers', answer)
    if (!got) return thanks(say('いまは受け付けられませんでした。', 'This could not be taken now.'))
    if (answer.pass) return thanks(say('承知しました。しばらく伺いません。',
      'Understood. We shall not ask for a while.'))
    await client.refresh()
    // Said once, here, where it changed something.
    const gift = client.slot('home.picks')?.giveBack
    find('#give-back').textContent = gift?.says ?? ''
    thanks(say('ありがとうございます。', 'Thank you.'), got.next?.question)
  }
  find('#ask')?.addEventListener('click', async () => {
    const purposes = { values: true, recommend: true }
    if (given.user) client.track('Consent Updated', { purposes })
    else {
      setCookie('remember', 'yes')
      find('#remember')?.remove()
      void client.consent(true, purposes)
    }
    await client.flush()  // what is under way, and then what came after it
    await client.flush()
    const got = await ask('GET', `/v1/me/question?locale=${document.documentElement.lang}`)
    if (got?.question) next(got.question)
    else thanks(say('いま伺うことはありません。', 'There is nothing to ask just now.'))
  })
}

// The grind that stands chosen; whoever has chosen already is not overruled.
function startGrind() {
  const place = find('.grind-slot')
  if (!place) return
  const choose = () => {
    const radios = [...place.querySelectorAll('[name=grind]')]
    if (place.dataset.touched) return
    for (const radio of radios) radio.checked = radio.value === place.dataset.chosen
  }
  place.addEventListener('change', () => { place.dataset.touched = 'yes' })
  new MutationObserver(choose).observe(place, { attributeFilter: ['data-chosen'] })
  choose()
}

function startSignOut() {
  for (const form of document.querySelectorAll('[data-sign-out]'))
    form.addEventListener('submit', async (event) => {
      if (!client || form.dataset.ready) return
      event.preventDefault()
      form.dataset.ready = 'yes'
      await client.logout()
      form.submit()
    })
}

document.addEventListener('DOMContentLoaded', () => {
  startRemember()
  startQuestion()
  startGrind()
  startSignOut()
})
// Nobody sees the page of somebody before by going back.
window.addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
