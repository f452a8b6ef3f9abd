// What "why", the question, "tell us" and the felt survey are made of: elements, not markup, in a
// shadow of their own with a constructed sheet, so that no content policy and no style of the page
// is in the way. A brand dresses them by their parts: [data-aizuchi-ui="question"]::part(card).
import type { Aizuchi, Cleanup, Slot } from '../aizuchi'
import { selector } from './base'

export interface UiOptions {
  readonly url: string
  readonly key: string
  readonly locale?: string | undefined
}

type Child = Node | string

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, set: Omit<Partial<HTMLElementTagNameMap[Tag]>, 'part'> & { readonly part?: string },
  ...children: readonly Child[]): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), set)
  element.append(...children)
  return element as HTMLElementTagNameMap[Tag]
}

export const button = (says: string, onclick: () => unknown, part = ''): HTMLButtonElement =>
  make('button', { part, type: 'button', onclick }, says)

export const form = (send: (data: FormData) => unknown, ...children: readonly Child[]):
  HTMLFormElement => {
  const made = make('form', { onsubmit(event) {
    event.preventDefault()
    send(new FormData(made))
  } }, ...children)
  return made
}

// Read out when it comes, and where the keyboard goes on.
export const status = (text = ''): HTMLElement =>
  make('p', { part: 'note', role: 'status', tabIndex: -1 }, text)

const style = `
*{box-sizing:border-box;font:inherit;line-height:1.65}
[part=card],dialog{border:1px solid #8887;border-radius:.8em;padding:1.2em 1.4em;margin:1em 0;
max-width:40em}
dialog{margin:auto;max-width:min(26em,92%)}
ul,fieldset{list-style:none;border:0;margin:0;padding:0;min-width:0}
li{padding:.6em 0;border-top:1px solid #8887}
p,h2,summary,legend,[part=options]{padding:0;margin:.4em 0;white-space:pre-line}
legend,[part=asks]{font-size:1.15em;font-weight:600}
[part=small],summary,[part=why]{font-size:.875em}
[part=options]{display:grid;gap:.5em}
[part=scale]{display:flex;gap:.5em;flex-wrap:wrap}
label,button,[part=field]{color:inherit;background:none;border:1px solid #8887;
border-radius:.6em;padding:.5em .8em}
button,[part=field]{min-height:2.75em;margin:.2em .5em .2em 0}
label{display:flex;gap:.5em}input{accent-color:currentColor}
label,button,summary{cursor:pointer}label:hover,button:hover{background:#8882}
label:has(:checked),[part=main],[aria-pressed=true]{border-color:currentColor;background:#8883}
[part=why]{border:0;padding:0;text-decoration:underline}
:focus-visible{outline:2px solid;outline-offset:2px}`

export const marked = (): HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>(selector)]

// A page has one of all this, begun by startParts: who is asked and told, and in which language.
export let client: Aizuchi
export let language: string
let door: UiOptions
// Another number once somebody else sits here.
export let round = 0

export const say = (ja: string, en: string): string => language.startsWith('ja') ? ja : en
export const thanks = (): string => say('ありがとうございます。', 'Thank you.')
export const failed = (): string =>
  say('いまは受け付けられませんでした。少しあとでお試しください。',
    'This could not be done now. Please try again in a moment.')

// Undefined: it could not be done, or they are nobody.
export async function call(method: string, path: string, body?: object): Promise<any> {
  const { deviceToken, token } = await client.proof()
  if (!deviceToken && !token) return
  try {
    const answer = await fetch(door.url + path, { method, credentials: 'omit',
      headers: { 'x-api-key': door.key, ...(deviceToken && { 'aizuchi-device': deviceToken }),
        ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }) })
    if (answer.ok) return await answer.json()
  } catch { /* nobody answered */ }
}

export const slotOf = ({ dataset }: HTMLElement): Slot | undefined =>
  client.slot(dataset.aizuchiSlot!)

// Decides the slots anew, in place; how many of them say something else now, in words.
export async function renew(): Promise<string> {
  const texts = (): (string | null)[] => marked().map(({ textContent }) => textContent)
  const before = texts()
  await client.refresh()
  const count = texts().filter((text, i) => text !== before[i]).length
  return count ? say(`表示を ${count} か所変えました。`,
    ` ${count} ${count === 1 ? 'place' : 'places'} on this page changed.`) : ''
}

interface Standing {
  readonly place: Element
  readonly name: string
  readonly root: ShadowRoot
}
let standing: Standing[] = []

// What stands for this place under this name, if anything does.
export const rootOf = (place: Element, name: string): ShadowRoot | undefined =>
  standing.find((each) => each.place === place && each.name === name)?.root

// The same, made where it is missing: in the place, or in or after another.
export function rootIn(place: Element, name: string, how: 'append' | 'after' = 'append',
  at = place): ShadowRoot {
  const known = rootOf(place, name)
  if (known) return known
  const element = make('div', {})
  element.dataset.aizuchiUi = name
  at[how](element)
  const root = element.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(style)
  root.adoptedStyleSheets = [sheet]
  standing.push({ place, name, root })
  return root
}

// Looks whenever slots were decided or the page changed. What stood open goes when somebody signs
// out: it was not the next one's.
export function startParts(looks: readonly ((slots: readonly HTMLElement[]) => void)[],
  ofPage: Aizuchi, options: UiOptions): Cleanup {
  client = ofPage
  door = options
  language = door.locale ?? (document.documentElement.lang || navigator.language)
  const keep = (may: (each: Standing) => boolean): void => {
    standing = standing.filter((each) => may(each) || each.root.host.remove())
  }
  const reset = (): void => {
    round++
    keep(() => false)
  }
  const again = (): void => {
    const slots = marked().filter((each) => each.dataset.aizuchiIs)
    keep(({ place, root }) => place.isConnected && root.host.isConnected)
    if (document.querySelector('[data-aizuchi-is=default]')) reset()
    else if (slots[0]) looks.forEach((look) => look(slots))
  }
  const observer = new MutationObserver(again)
  observer.observe(document,
    { subtree: true, childList: true, attributeFilter: ['data-aizuchi-is'] })
  again()
  return () => {
    observer.disconnect()
    reset()
  }
}
