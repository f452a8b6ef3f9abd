// The marked slots of the page. Each waits for its words at most `waitMs`, unseen but in its place,
// and then shows what the HTML says; the waiting ends by CSS alone, should this script fail. An
// answer that comes later is not used: what a reader sees does not change under their eyes.
//
// A page that changes its address without loading is another page: its slots are decided anew.
import type { Cleanup, Decided, Item, Slot } from '../aizuchi'
import { all, listen, selector, tell } from './base'
import { fill, restore } from './fill'
import { startSeen } from './seen'

const gatherMs = 100  // while the page is still being read

export interface SlotsOptions {
  readonly waitMs: number
  readonly decide: (names: readonly string[]) => Promise<Decided>
  readonly notice: (name: string, slot: Slot, event: string, item: Item) => void
  readonly moved: () => void
}

export interface Slots {
  startSlots(): Cleanup
  refresh(): Promise<void>
  // The HTML's own words, at once.
  clear(): void
  shownAs(name: string): Slot | undefined
}

// A sheet that is made by script, which no content policy forbids. A browser without such sheets
// shows the default until the answer is there.
function startWaiting(waitMs: number): Cleanup {
  const sheets = document.adoptedStyleSheets
  if (!sheets) return () => {}
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('@keyframes aizuchi-wait{0%,to{visibility:hidden}}' +
    `${selector}:not([data-aizuchi-is]){animation:aizuchi-wait ${waitMs}ms step-end}`)
  document.adoptedStyleSheets = [...sheets, sheet]
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet)
  }
}

export function openSlots({ waitMs, decide, notice, moved }: SlotsOptions): Slots {
  const shown = new Map<HTMLElement, Cleanup>()
  const latest = new Map<string, Slot>()
  const asked = new Set<HTMLElement>()
  let round = 0

  const here = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)]
  const nameOf = (element: HTMLElement): string => element.dataset.aizuchiSlot!

  function drop(element: HTMLElement): void {
    shown.get(element)?.()
    shown.delete(element)
    asked.delete(element)
  }

  function show(element: HTMLElement, slot: Slot): void {
    const name = nameOf(element)
    const { reason, decisionId } = slot
    drop(element)
    const places = fill(element, name, slot)
    latest.set(name, slot)
    element.dataset.aizuchiIs = reason
    if (reason !== 'chosen' && reason !== 'given_order') tell(name, 'is silent:', reason)
    shown.set(element, all(decisionId ? places.map(([place, item]) =>
      startSeen(place, item, (event, of) => notice(name, slot, event, of))) : []))
  }

  async function ask(elements: readonly HTMLElement[], patienceMs: number): Promise<void> {
    if (!elements[0]) return
    const mine = round
    const lost = new Set<HTMLElement>()
    // Only what is not to be seen yet is in a hurry.
    const timer = setTimeout(() => elements.forEach((each) => {
      if (each.dataset.aizuchiIs || mine !== round) return
      lost.add(each)
      show(each, { items: [], reason: 'late' })
    }), patienceMs)
    const { slots } = await decide([...new Set(elements.map(nameOf))])
    clearTimeout(timer)
    if (mine === round)
      for (const each of elements)
        if (each.isConnected && !lost.has(each))
          show(each, slots[nameOf(each)] ?? { items: [], reason: 'failed' })
  }

  function gather(): void {
    const found = here().filter((each) => !shown.has(each) && !asked.has(each))
    if (!found[0]) return
    found.forEach((each) => asked.add(each))
    const go = (): void => {
      end()
      clearTimeout(timer)
      void ask(found.filter((each) => asked.has(each)), waitMs - gatherMs)
    }
    const reading = document.readyState === 'loading'
    const timer = setTimeout(go, reading ? gatherMs : 0)
    const end = listen(document, 'DOMContentLoaded', go)
  }

  function refresh(): Promise<void> {
    round++
    const elements = here()
    elements.forEach((each) => asked.add(each))
    return ask(elements, waitMs)
  }

  return {
    refresh,
    shownAs: (name) => latest.get(name),
    clear() {
      round++
      latest.clear()
      for (const element of here()) {
        drop(element)
        restore(element)
        element.dataset.aizuchiIs = 'default'
      }
    },
    startSlots() {
      let path = location.pathname
      gather()
      const look = (): void => {
        for (const element of shown.keys()) if (!element.isConnected) drop(element)
        if (location.pathname !== path) {
          path = location.pathname
          moved()
          void refresh()
        }
        gather()
      }
      const observer = new MutationObserver(look)
      observer.observe(document, { subtree: true, childList: true })
      return all([startWaiting(waitMs), listen(window, 'popstate', look), () => {
        round++
        observer.disconnect()
        for (const element of shown.keys()) drop(element)
        asked.clear()
      }])
    },
  }
}
