// Whether a person feels understood: now and then, where the page has a place for it
// (data-aizuchi-felt), one or two sentences to agree with or not, after something was really seen.
// The server says whether and what; it can always be left, and leaving it counts as asked. Not
// beside a question: one thing at a time. A part of its own, as questions are (wanted.ts).
import type { Aizuchi, Cleanup } from '../aizuchi'
import { languageOf, make, startPlaces, talk, type Places, type UiOptions } from './made'

interface Asked {
  readonly ask: string
  readonly items: readonly { readonly id: string; readonly says: string }[]
  readonly scale: { readonly to: number; readonly least: string; readonly most: string }
  readonly purpose: { readonly says: string }
}

const words = {
  ja: { title: 'お気持ちを聞かせてください', send: '送る', skip: 'スキップ',
    thanks: 'ありがとうございます。',
    use: (says: string) => `お答えは「${says}」だけに使います。` },
  en: { title: 'How does this feel?', send: 'Send', skip: 'Skip', thanks: 'Thank you.',
    use: (says: string) => `Your answer is used only ${says}.` },
}
const usualSeconds = 8

export function startFelt(client: Aizuchi, door: UiOptions): Cleanup {
  const language = languageOf(door)
  const t = language.startsWith('ja') ? words.ja : words.en
  const call = talk(client, door)
  let timer = 0

  function draw(root: ShadowRoot, { ask, items, scale: { to, least, most }, purpose }: Asked):
    void {
    const end = async (told: object): Promise<void> => {
      await call('POST', '/v1/me/felt', { ask, ...told })
      const note = make('p', 'note', { role: 'status', tabIndex: -1 }, t.thanks)
      root.replaceChildren(note)
      note.focus()
    }
    const form = make('form', '', { onsubmit: (event) => {
      event.preventDefault()
      void end({ answers: Object.fromEntries([...new FormData(form)].map(([id, n]) => [id, +n])) })
    } }, ...items.map(({ id, says }) => make('fieldset', '', {}, make('legend', '', {}, says),
      make('div', 'scale', {}, ...Array.from({ length: to }, (_, i) => make('label', '', {},
        make('input', '', { type: 'radio', name: id, value: `${i + 1}`, required: true }),
        `${i + 1}${i ? i + 1 < to ? '' : ` ${most}` : ` ${least}`}`))))),
    make('p', 'small', {}, t.use(purpose.says)), make('button', 'main', {}, t.send),
    make('button', '', { type: 'button', onclick: () => void end({ skip: true }) }, t.skip))
    root.replaceChildren(
      make('section', 'card', { ariaLabel: t.title }, make('p', 'asks', {}, t.title), form))
  }

  async function look(places: Places, place: HTMLElement, round: number): Promise<void> {
    await client.flush()  // what was seen
    for (const { dataset } of document.querySelectorAll<HTMLElement>('[data-aizuchi-is]')) {
      const { decisionId } = client.slot(dataset.aizuchiSlot!) ?? {}
      if (!decisionId || document.querySelector('[data-aizuchi-ui=question]')) continue
      const { felt, reason } = await call('GET', `/v1/me/felt?${new URLSearchParams({
        decisionId, slot: dataset.aizuchiSlot!, locale: language })}`) ?? {}
      if (places.round() !== round) return  // somebody else sits here
      if (felt) draw(places.rootIn(place, 'felt'), felt)
      if (reason !== 'not_shown') return
    }
  }

  let waiting = -1
  const end = startPlaces((places, slots) => {
    const place = document.querySelector<HTMLElement>('[data-aizuchi-felt]')
    const round = places.round()
    if (!place || !slots[0] || waiting === round) return
    waiting = round
    clearTimeout(timer)
    timer = window.setTimeout(() => void look(places, place, round),
      1000 * (+place.dataset.aizuchiFelt! || usualSeconds))
  })
  return () => {
    clearTimeout(timer)
    end()
  }
}
