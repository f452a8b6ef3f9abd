// "Why am I seeing this": a button beside every slot that something personal chose, and a dialog
// of its own with the person's sentences, where each came from and when (on tap), and what may be
// done: put it right, have it not used, have it forgotten, or say in one tap that it feels odd.
// It holds at the next decision, which is made at once, in place; the thanks say what changed.
import type { Sentence, Slot } from '../aizuchi'
import { button, call, failed, form, language, make, renew, rootIn, rootOf, say, slotOf, status }
  from './made'

const personal = (slot: Slot | undefined): Sentence[] => {
  const told = new Map((slot?.items ?? []).flatMap(({ why = [] }) => why)
    .filter(({ at }) => at).map((sentence) => [sentence.text, sentence]))
  return [...told.values()]
}

type Act = (thanks: string, method: string, path: string, body?: object) => void

const title = (): string => say('この表示の理由', 'Why this?')

function lineOf({ text, source = '', at, name, use = name, correctable, choices }: Sentence,
  { purpose }: Slot, odd: (fact: string) => void, act: Act): HTMLElement {
  const fact = `/v1/me/facts/${encodeURIComponent(use!)}`
  const line = make('li', {}, make('p', {}, text),
    make('details', {}, make('summary', {}, say('いつ、どこで', 'When and where')),
      `${source} – ${new Date(at!).toLocaleDateString(language, { dateStyle: 'long' })}`))
  const may = (can: unknown, says: string, onclick: () => void): void => {
    if (can) line.append(button(says, onclick))
  }
  may(correctable, say('ちがいます', 'That is wrong'), () => {
    const ariaLabel = say('正しくは', 'It is')
    const field = choices ? make('select', { part: 'field', ariaLabel },
      ...choices.map(({ value, says }) => make('option', { value }, says))) :
      make('input', { part: 'field', ariaLabel })
    line.append(form(() => act(say('ありがとうございます。直しました。', 'Thank you. It is put right.'),
      'PATCH', fact, { value: field.value }), field, make('button', {}, say('直す', 'Put right'))))
    field.focus()
  })
  // One thing is not used any more; what has no name of its own, not for this purpose.
  may(use ?? purpose, say('使わないでほしい', 'Don’t use this'), () =>
    act(say('承知しました。もう使いません。', 'Understood. It is not used any more.'), 'PUT',
      use ? `${fact}/use` : `/v1/me/purposes/${purpose!.id}`,
      { [use ? 'allowed' : 'granted']: false }))
  may(name, say('忘れてほしい', 'Forget it'), () =>
    act(say('承知しました。忘れました。', 'Understood. It is forgotten.'), 'DELETE', fact))
  may(use, say('ここでは違和感がある', 'This feels odd here'), () => odd(use!))
  return line
}

function open(root: ShadowRoot, name: string, slot: Slot): void {
  const note = status()
  const heading = make('h2', { part: 'asks' }, title())
  const act: Act = async (thanks, method, path, body) => {
    if (!await call(method, path, body)) return void (note.textContent = failed())
    const changed = await renew()
    list.remove()
    note.textContent = thanks + changed
    note.focus()
  }
  const odd = (fact?: string): void =>
    act(say('ありがとうございます。ここでは使いません。',
      'Thank you. It is not used here any more.'),
    'POST', `/v1/decisions/${slot.decisionId}/odd`, { slot: name, fact })
  const list = make('ul', {}, ...personal(slot).map((each) => lineOf(each, slot, odd, act)),
    make('li', {}, button(say('全体に違和感がある', 'All of it feels odd'), () => odd())))
  const dialog: HTMLDialogElement = make('dialog', { part: 'dialog', ariaLabel: title(),
    onclose: () => dialog.remove() },
  heading, list, note, button(say('閉じる', 'Close'), () => dialog.close()))
  root.append(dialog)
  dialog.showModal()
  addEventListener('pagehide', () => dialog.close(), { once: true })
}

export function why(slots: readonly HTMLElement[]): void {
  for (const element of slots) {
    const name = element.dataset.aizuchiSlot!
    const [told] = personal(slotOf(element))
    if (!told && !rootOf(element, name)) continue
    const at = document.querySelector(`[data-aizuchi-why="${name}"]`)
    const root = rootIn(element, name, at ? 'append' : 'after', at ?? element)
    const opener = root.querySelector('button') ??
      button(title(), () => open(root, name, slotOf(element)!), 'why')
    opener.ariaHasPopup = 'dialog'
    opener.hidden = !told
    root.prepend(opener)
  }
}
