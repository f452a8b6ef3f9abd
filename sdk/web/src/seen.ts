// Seen is what a person really had before their eyes: half of it, or half a screen of it, for a
// second, in a tab that shows. A click in it is a click on that item, and says that it was seen.
import type { Cleanup, Item } from '../aizuchi'
import { all, listen } from './base'

const seenMs = 1000

export type Noticed = (event: 'Slot Exposed' | 'Item Clicked', item: Item) => void

export function startSeen(element: Element, item: Item, notice: Noticed): Cleanup {
  let timer: ReturnType<typeof setTimeout> | undefined
  let showing = false
  const expose = (): void => {
    stop()
    notice('Slot Exposed', item)
  }
  const judge = (): void => {
    clearTimeout(timer)
    if (showing && !document.hidden) timer = setTimeout(expose, seenMs)
  }
  const observer = new IntersectionObserver((entries) => {
    const { intersectionRatio, intersectionRect } = entries.at(-1)!
    const now = intersectionRatio >= 0.5 || intersectionRect.height >= innerHeight / 2
    if (now === showing) return
    showing = now
    judge()
  }, { threshold: [0, 0.25, 0.5, 0.75, 1] })
  observer.observe(element)
  const stop = all([listen(document, 'visibilitychange', judge), () => observer.disconnect(),
    () => clearTimeout(timer)])
  return all([stop, listen(element, 'click auxclick', ({ target }) => {
    if (!(target as Element).closest('a,button,[data-aizuchi-click]')) return
    expose()
    notice('Item Clicked', item)
  })])
}
