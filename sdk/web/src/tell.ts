// "Tell us", at any time, where the page has a place for it (data-aizuchi-tell): only this time,
// this is a gift, a break – each taken back by pressing it again – or in one's own words, answered
// with what was understood. It holds at the next decision, which is made at once, in place.
import type { Aizuchi, Cleanup } from '../aizuchi'
import { decideAnew, languageOf, make, startPlaces, talk, type UiOptions } from './made'

const kinds = ['only_this_time', 'gift', 'break']
const words = {
  ja: {
    title: 'お伝えになりたいこと', chips: ['この回だけ', '贈りものです', 'お休みします'],
    until: 'いつまでお休みするか',
    told: ['この訪問のことは、好みとして覚えません。', '贈りもののことは、ご自身の好みと分けておきます。',
      'その日まで、合わせることも、おたずねもしません。'],
    back: '承知しました。元に戻しました。', own: 'ご自由に', send: '送る',
    meant: (chip: string) => `「${chip}」でしたら、そのボタンを押してください。`,
    failed: 'いまは受け付けられませんでした。少しあとで、もう一度お試しください。',
  },
  en: {
    title: 'Tell us', chips: ['Only this time', 'This is a gift', 'A break until'],
    until: 'Until when to take a break',
    told: ['What you do in this visit is not remembered as your taste.',
      'What is for somebody else is kept apart from your own taste.',
      'Until then nothing is fitted to you, and nothing asked.'],
    back: 'Understood. It is as it was.', own: 'In your own words', send: 'Send',
    meant: (chip: string) => `If you mean “${chip}”, press that button.`,
    failed: 'This could not be done now. Please try again in a moment.',
  },
}

export function startTell(client: Aizuchi, door: UiOptions): Cleanup {
  const language = languageOf(door)
  const t = language.startsWith('ja') ? words.ja : words.en
  const call = talk(client, door)

  function draw(root: ShadowRoot): void {
    const note = make('p', 'note', { role: 'status' })
    const press = (answer: any): void => chips.forEach((chip, i) => {
      chip.ariaPressed = `${!!answer?.told?.some((each: any) =>
        each.holds && each.what === kinds[i])}`
    })
    const tell = async (body: object): Promise<any> => {
      const answer = await call('POST', `/v1/me/tell?locale=${language}`, body)
      note.textContent = answer ? '' : t.failed
      if (answer) await decideAnew(client)
      return answer
    }
    const chips = kinds.map((what, i) => make('button', 'chip', { type: 'button',
      onclick: async () => {
        const holds = chips[i]!.ariaPressed !== 'true'
        const answer = await tell({ what, holds,
          ...(what === 'break' && holds && until.value && {
            until: new Date(until.value).toISOString() }) })
        if (!answer) return
        press(answer)
        note.textContent = holds ? t.told[i]! : t.back
      } }, t.chips[i]!))
    const dayMs = 86_400_000, today = Date.now()
    const [first, usual, last] = [1, 30, 365].map((days) =>
      new Date(today + days * dayMs).toISOString().slice(0, 10))
    const until = make('input', 'field',
      { type: 'date', ariaLabel: t.until, min: first!, max: last!,
        value: usual! })
    const own = make('input', 'field', { ariaLabel: t.own, placeholder: t.own, maxLength: 999 })
    root.replaceChildren(make('details', 'card', {
      ontoggle: async () => press(await call('GET', '/v1/me')),
    }, make('summary', '', {}, t.title), ...chips, until, make('form', '', {
      onsubmit: async (event) => {
        event.preventDefault()
        const answer = own.value && await tell({ text: own.value })
        if (!answer) return
        own.value = ''
        const chip = t.chips[kinds.indexOf(answer.meant)]
        note.textContent = answer.answer + (chip ? '\n' + t.meant(chip) : '')
      },
    }, own, make('button', '', {}, t.send)), note))
  }

  return startPlaces((places, slots) => {
    if (slots[0]) document.querySelectorAll('[data-aizuchi-tell]').forEach((place) => {
      if (!places.has(place)) draw(places.rootIn(place, 'tell'))
    })
  })
}
