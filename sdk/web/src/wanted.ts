// Questions, "tell us" and the felt survey are parts of their own, fetched once the page marks a
// place for them, or a slot has something to give back; other pages do not pay for them. A part
// exports nothing but its start…() functions.
import type { Aizuchi, Cleanup } from '../aizuchi'
import { all, tell } from './base'

const wants = { dialogue: '[data-aizuchi-question],[data-aizuchi-tell]',
  felt: '[data-aizuchi-felt]' }
type Start = (client: Aizuchi, door: { readonly url: string; readonly key: string }) => Cleanup

export function startDialogue(client: Aizuchi,
  door: { readonly url: string; readonly key: string }): Cleanup {
  const missing = new Map(Object.entries(wants))
  const ends: Cleanup[] = [() => observer.disconnect()]
  const gives = ({ dataset }: HTMLElement): boolean =>
    !!client.slot(dataset.aizuchiSlot!)?.giveBack
  const observer = new MutationObserver(() => missing.forEach((marks, part) => {
    if (!document.querySelector(marks) && (part === 'felt' ||
        ![...document.querySelectorAll<HTMLElement>('[data-aizuchi-slot]')].some(gives))) return
    missing.delete(part)
    import(`${door.url}/sdk/aizuchi-${part}.mjs`).then((module: Record<string, Start>) => {
      if (ends[0]) ends.push(...Object.values(module).map((start) => start(client, door)))
    }, () => tell(`${part} could not be loaded`))
  }))
  observer.observe(document,
    { subtree: true, childList: true, attributeFilter: ['data-aizuchi-is'] })
  return () => all(ends.splice(0))()
}
