// Whether a person feels understood: now and then, where the page has a place for it
// (data-aizuchi-felt), one or two sentences to agree with or not, after something was really seen.
// The server says whether and what; it can always be left, and leaving it counts as asked. Not
// beside a question: one thing at a time.
import { button, call, client, form, language, make, marked, rootIn, round, say, slotOf, status,
  thanks } from './made'

interface Asked {
  readonly ask: string
  readonly items: readonly { readonly id: string; readonly says: string }[]
  readonly scale: { readonly to: number; readonly least: string; readonly most: string }
  readonly purpose: { readonly says: string }
}

const usualSeconds = 8

let waiting: number | undefined  // the round in which it is their turn

function draw(root: ShadowRoot, { ask, items, scale: { to, least, most }, purpose }: Asked):
  void {
  const end = async (told: object): Promise<void> => {
    await call('POST', '/v1/me/felt', { ask, ...told })
    const note = status(thanks())
    root.replaceChildren(note)
    note.focus()
  }
  const title = say('お気持ちを聞かせてください', 'How does this feel?')
  root.replaceChildren(make('section', { part: 'card', ariaLabel: title },
    make('p', { part: 'asks' }, title),
    form((data) => end({ answers: Object.fromEntries([...data].map(([id, n]) => [id, +n])) }),
      ...items.map(({ id, says }) => make('fieldset', {}, make('legend', {}, says),
        make('div', { part: 'scale' }, ...Array.from({ length: to }, (_, i) =>
          make('label', {},
            make('input', { type: 'radio', name: id, value: `${i + 1}`, required: true }),
            [i + 1, i ? '' : least, i + 1 < to ? '' : most].join(' ')))))),
      make('p', { part: 'small' }, say(`お答えは「${purpose.says}」だけに使います。`,
        `Your answer is used only ${purpose.says}.`)),
      make('button', { part: 'main' }, say('答える', 'Answer')),
      button(say('今は答えない', 'Not now'), () => end({ skip: true })))))
}

async function look(place: Element, mine: number): Promise<void> {
  await client.flush()  // what was seen
  for (const element of marked()) {
    const { decisionId } = slotOf(element) ?? {}
    if (!decisionId || document.querySelector('[data-aizuchi-ui=question]')) continue
    const { felt: asked, reason } = await call('GET', `/v1/me/felt?decisionId=${decisionId}` +
      `&slot=${element.dataset.aizuchiSlot}&locale=${language}`) ?? {}
    if (round !== mine) return  // somebody else sits here
    if (asked) draw(rootIn(place, 'felt'), asked)
    if (reason !== 'not_shown') return
  }
}

export function felt(): void {
  const place = document.querySelector<HTMLElement>('[data-aizuchi-felt]')
  const mine = round
  if (!place || waiting === mine) return
  waiting = mine
  setTimeout(() => round === mine && look(place, mine),
    1000 * (+place.dataset.aizuchiFelt! || usualSeconds))
}
