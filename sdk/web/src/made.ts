// What the question and "tell us" are made of: elements, not markup, in a shadow of their own with
// a constructed sheet, so that no content policy and no style of the page is in the way. A brand
// dresses them by their parts: [data-aizuchi-ui="question"]::part(card).
import type { Aizuchi, Cleanup } from '../aizuchi'

export interface UiOptions {
  readonly url: string
  readonly key: string
  readonly locale?: string | undefined
}

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, part: string, set: Partial<HTMLElementTagNameMap[Tag]>,
  ...children: readonly (Node | string)[]): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), set)
  if (part) element.setAttribute('part', part)
  element.append(...children)
  return element
}

const style = `
:host{display:block;font:inherit}*{box-sizing:border-box}
[part=card]{border:1px solid #8887;border-radius:.8em;padding:1.2em 1.4em;margin:1em 0;
max-width:40em;line-height:1.65}
p{margin:.35em 0;white-space:pre-line}fieldset{border:0;padding:0;margin:0 0 .8em;min-width:0}
legend,[part=asks]{padding:0;font-size:1.15em;font-weight:600}
[part=small]{font-size:.875em;margin:0 0 .8em}
[part=options]{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,14em),1fr));
gap:.5em}
[part=scale]{display:flex;flex-wrap:wrap;gap:.4em}[part=scale] label{padding:.4em .7em}
label,button,[part=field]{font:inherit;color:inherit;background:none;border:1px solid #8889;
border-radius:.6em;padding:.55em 1em;cursor:pointer}
button,[part=field]{min-height:2.75em;margin:.2em .5em .2em 0}
label{display:flex;gap:.6em;align-items:center}input{margin:0;accent-color:currentColor}
label:hover,button:hover{background:#8882}summary{cursor:pointer;padding:.3em 0}
label:has(:checked),[part=main],[aria-pressed=true]{border-color:currentColor;background:#8883}
:focus-visible{outline:2px solid;outline-offset:2px}p:focus{outline:0}[hidden]{display:none}`

export interface Places {
  // What is inside an element of ours in, or after, this place.
  rootIn(place: Element, name: string, how?: 'after'): ShadowRoot
  has(place: Element): boolean
  // Another number once somebody else sits here.
  round(): number
}

// Looks whenever slots were decided or the page changed; what stood open goes when somebody signs
// out: it was not the next one's.
export function startPlaces(look: (places: Places, slots: readonly HTMLElement[]) => void):
  Cleanup {
  const roots = new Map<Element, ShadowRoot>()
  let round = 0
  function reset(): void {
    round++
    roots.forEach(({ host }) => host.remove())
    roots.clear()
  }
  const places: Places = {
    has: (place) => roots.has(place),
    round: () => round,
    rootIn(place, name, how) {
      const known = roots.get(place)
      if (known) return known
      const element = make('div', '', {})
      element.dataset.aizuchiUi = name
      place[how ?? 'append'](element)
      const root = element.attachShadow({ mode: 'open' })
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(style)
      root.adoptedStyleSheets = [sheet]
      roots.set(place, root)
      return root
    },
  }
  const again = (): void => {
    const slots = marked().filter((each) => each.dataset.aizuchiIs)
    if (slots.some((each) => each.dataset.aizuchiIs === 'default')) reset()
    else look(places, slots)
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

export const languageOf = ({ locale }: UiOptions): string =>
  locale ?? (document.documentElement.lang || navigator.language)

export type Talk = (method: string, path: string, body?: object) => Promise<any>

// Asks and tells for whoever sits here; undefined: it could not be done, or they are nobody.
export function talk(client: Aizuchi, { url, key }: UiOptions): Talk {
  return async (method, path, body) => {
    const { deviceToken, token } = await client.proof()
    if (!deviceToken && !token) return
    try {
      const answer = await fetch(url + path, { method, credentials: 'omit',
        headers: { 'x-api-key': key, ...(deviceToken && { 'aizuchi-device': deviceToken }),
          ...(token && { authorization: `Bearer ${token}` }) },
        ...(body && { body: JSON.stringify(body) }) })
      return answer.ok ? await answer.json() : undefined
    } catch {
      return
    }
  }
}

export const marked = (): HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>('[data-aizuchi-slot]')]

// Decides the slots anew, in place; how many of them say something else now.
export async function decideAnew(client: Aizuchi): Promise<number> {
  const texts = (): (string | null)[] => marked().map(({ textContent }) => textContent)
  const before = texts()
  await client.refresh()
  return texts().filter((text, i) => text !== before[i]).length
}
