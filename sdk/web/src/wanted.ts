// Questions and "tell us" are fetched once the page marks a place for them, or a slot has something
// to give back; other pages do not pay for them.
import type { Aizuchi, Cleanup } from '../aizuchi'
import { all, tell } from './base'

export function startDialogue(client: Aizuchi,
  door: { readonly url: string; readonly key: string }): Cleanup {
  const ends: Cleanup[] = [() => observer.disconnect()]
  const gives = ({ dataset }: HTMLElement): boolean =>
    !!client.slot(dataset.aizuchiSlot!)?.giveBack
  const observer = new MutationObserver(() => {
    if (!document.querySelector('[data-aizuchi-question],[data-aizuchi-tell]') &&
        ![...document.querySelectorAll<HTMLElement>('[data-aizuchi-slot]')].some(gives)) return
    observer.disconnect()
    import(`${door.url}/sdk/aizuchi-dialogue.mjs`).then(({ startQuestion, startTell }) => {
      if (ends[0]) ends.push(startQuestion(client, door), startTell(client, door))
    }, () => tell('questions could not be loaded'))
  })
  observer.observe(document,
    { subtree: true, childList: true, attributeFilter: ['data-aizuchi-is'] })
  return () => all(ends.splice(0))()
}
