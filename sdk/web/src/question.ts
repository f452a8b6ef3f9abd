// A question, one at a time, where the page has a place for it (data-aizuchi-question) and once
// what the answer would change is in view: what it is for and what one gets stand beside it, and it
// can be left. After the answer the slots are decided anew, in place. What an answer changed, here
// or on another device, is said once, in words (the give-back), and then silently kept.
import type { Aizuchi, Cleanup } from '../aizuchi'
import { decideAnew, languageOf, make, marked, type Places, startPlaces, talk, type UiOptions }
  from './made'

interface Question {
  readonly ask: string
  readonly kind: string
  readonly asks: string
  readonly why: string
  readonly options: readonly { readonly id: string; readonly says: string }[]
  readonly worst: boolean
  readonly gives: { readonly slot: string; readonly says: string }
  readonly answered: number
  readonly atMost: number
}

const words = {
  ja: {
    title: 'おたずね', answer: '答える', skip: '今は答えない',
    gives: (says: string) => `お返し:「${says}」`,
    least: 'いちばん大切でないものは(よろしければ)', none: 'とくにない', more: 'もうひとつ答える',
    thanks: 'ありがとうございます。', later: 'お答えで表示が変わったら、一度だけお知らせします。',
    passed: '承知しました。しばらくおたずねしません。', yes: 'かまいません', no: 'やめておく',
    may: (says: string) => `「${says}」のために、おたずねしてもよいですか。`,
    changed: (count: number) => count ? `表示を ${count} か所変えました。` : '',
    failed: 'いまは受け付けられませんでした。少しあとで、もう一度お試しください。',
  },
  en: {
    title: 'A question', answer: 'Answer', skip: 'Not now',
    gives: (says: string) => `What you get: “${says}”`,
    least: 'And which matters least? (if you like)', none: 'None', more: 'Answer one more',
    thanks: 'Thank you.', later: 'When it changes something here, we tell you, once.',
    passed: 'Understood. We will not ask for a while.', yes: 'You may', no: 'No, thank you',
    may: (says: string) => `May we ask you something, ${says}?`,
    changed: (count: number) =>
      count ? ` ${count} ${count === 1 ? 'place' : 'places'} on this page changed.` : '',
    failed: 'This could not be done now. Please try again in a moment.',
  },
}

export function startQuestion(client: Aizuchi, door: UiOptions): Cleanup {
  const language = languageOf(door)
  const t = language.startsWith('ja') ? words.ja : words.en
  const call = talk(client, door)
  const looked = new Map<Element, number>()  // places, and in which round it was their turn
  const said = new Set<string>()             // decisions whose give-back was said
  let answering: string | undefined          // the slot whose give-back the card says itself
  let places: Places
  const rootIn = (place: Element): ShadowRoot => places.rootIn(place, 'question')

  const card = (place: Element, ...children: readonly (Node | string)[]): void =>
    rootIn(place).replaceChildren(make('section', 'card', { ariaLabel: t.title }, ...children))

  // In place of what stood there, and read out.
  function say(place: Element, ...words: readonly (string | undefined)[]): void {
    const note = make('p', 'note', { role: 'status', tabIndex: -1 },
      words.filter(Boolean).join('\n'))
    card(place, note)
    note.focus()
  }

  const button = (part: string, says: string, onclick: () => void): HTMLElement =>
    make('button', part, { type: 'button', onclick }, says)

  const act = async (place: Element, method: string, path: string, body: object): Promise<any> => {
    const answer = await call(method, path, body)
    if (!answer) rootIn(place).firstChild!.appendChild(make('p', '', { role: 'alert' }, t.failed))
    return answer
  }

  function show(place: HTMLElement, question: Question): void {
    const { ask, kind, asks, why, options, worst, gives, answered, atMost } = question
    const choose = (name: string, legend: string, of: Question['options'], ...use: Node[]) =>
      make('fieldset', '', { name }, make('legend', '', {}, legend), ...use,
        make('div', 'options', {}, ...of.map(({ id, says }) => make('label', '', {},
          make('input', '', { type: 'radio', name, value: id, required: true, checked: !id }),
          says))))
    const send = async (told: object): Promise<void> => {
      const answer = await act(place, 'POST', '/v1/me/answers', { ask, ...told })
      if (!answer) return
      if ('pass' in told) return say(place, t.passed)
      answering = gives.slot
      const count = await decideAnew(client)
      const { giveBack, decisionId } = client.slot(answering) ?? {}
      answering = undefined
      if (!giveBack) return say(place, t.thanks, t.later)
      said.add(decisionId!)
      say(place, t.thanks, giveBack.says, t.changed(count))
      const { question: next } = answer.next
      if (next) rootIn(place).firstChild!.appendChild(
        button('', t.more, () => show(place, next)))
    }
    const best = choose('best', asks, options, make('p', 'small', { id: 'use' },
      `${why}\n${t.gives(gives.says)}`))
    best.setAttribute('aria-describedby', 'use')
    const least = worst ? choose('worst', t.least, [{ id: '', says: t.none }, ...options]) : ''
    if (least) least.hidden = true
    const form = make('form', '', {
      onchange: () => {
        if (least) least.hidden = false
      },
      onsubmit: (event) => {
        event.preventDefault()
        const data = new FormData(form)
        const told = data.get('best'), other = data.get('worst')
        void send({ [kind === 'single' ? 'value' : 'best']: told,
          ...(other && other !== told && { worst: other }) })
      },
    }, best, least, make('button', 'main', {}, t.answer),
    button('', t.skip, () => void send({ pass: true })))
    const byHand = places.has(place)
    card(place, make('p', 'small', {},
      t.title + (atMost > 1 ? ` ${answered + 1} / ${atMost}` : '')), form)
    if (byHand) form.querySelector('input')!.focus()
  }

  // Nothing is asked before it may be: that is asked first, and a no is kept.
  async function begin(place: HTMLElement): Promise<void> {
    const mine = places.round()
    await client.flush()
    const { question, reason, purpose } = await call('GET', `/v1/me/question?locale=${language}` +
      `&slots=${place.dataset.aizuchiQuestion ||
        marked().map((each) => each.dataset.aizuchiSlot)}`) ?? {}
    if (mine !== places.round()) return
    if (question) show(place, question)
    else if (reason === 'no_consent') {
      const answer = async (granted: boolean): Promise<void> => {
        if (await act(place, 'PUT', `/v1/me/purposes/${purpose.id}`,
          { granted, ...(granted && { textVersion: purpose.textVersion }) }))
          await (granted ? begin(place) : say(place, t.passed))
      }
      card(place, make('p', 'asks', {}, t.may(purpose.says)),
        button('main', t.yes, () => void answer(true)),
        button('', t.no, () => void answer(false)))
    } else if (places.has(place)) say(place, t.thanks)
  }

  return startPlaces((these, slots) => {
    places = these
    for (const each of slots) {
      const name = each.dataset.aizuchiSlot!
      const { giveBack, decisionId } = client.slot(name) ?? {}
      if (!giveBack || name === answering || said.has(decisionId!)) continue
      said.add(decisionId!)
      places.rootIn(each, 'give-back', 'after').replaceChildren(
        make('p', 'note', { role: 'status' }, giveBack.says))
    }
    if (slots[0]) document.querySelectorAll<HTMLElement>('[data-aizuchi-question]')
      .forEach((place) => {
        const mine = places.round()
        if (looked.get(place) === mine) return
        looked.set(place, mine)
        const eye = new IntersectionObserver((entries) => {
          if (!entries.some(({ isIntersecting }) => isIntersecting)) return
          eye.disconnect()
          if (mine === places.round()) void begin(place)
        })
        eye.observe(slots.find((each) =>
          each.dataset.aizuchiSlot === place.dataset.aizuchiQuestion) ?? place)
      })
  })
}
