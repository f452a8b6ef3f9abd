// What the shop's pages do with the SDK beyond their marked slots: they say what is looked at,
// bring the token of who is signed in, lead to the question, let go of everything at a sign-out.
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

// The shop asks for its leave in its own words and for just this; then the SDK asks the question,
// gives back, and offers the next one.
function startQuestion() {
  const place = find('#question-in')
  find('#ask')?.addEventListener('click', async () => {
    // Counting for everybody is a leave of its own, and not given where it is not said.
    const improve = find('#improve').checked
    const purposes = { values: true, recommend: true, ...(improve ? { improve } : {}) }
    if (given.user) client.track('Consent Updated', { purposes })
    else {
      setCookie('remember', 'yes')
      find('#remember')?.remove()
      void client.consent(true, purposes)
    }
    find('#question').focus()
    await client.flush()
    place.dataset.aizuchiQuestion = ''
    // To be seen only where no question comes.
    place.replaceChildren(make('p', { className: 'nothing-to-ask' },
      say('いま伺うことはありません。', 'There is nothing to ask just now.')))
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
