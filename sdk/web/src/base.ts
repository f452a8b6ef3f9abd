// What every part uses: ids, diagnosis, one way to end things.
import type { Cleanup } from '../aizuchi'

export const selector = '[data-aizuchi-slot]'

export const newId = (): string =>
  crypto.getRandomValues(new Uint32Array(4)).join('-')

const said = new Set<string>()

// In the console, once each: why something is not as its author may expect. docs/web-sdk.md has
// what to do about each, below "Why is it silent?".
export function tell(...words: readonly unknown[]): void {
  const text = words.join(' ')
  if (!said.has(text)) console.info('[aizuchi]', text)
  said.add(text)
}

export function listen(target: EventTarget, names: string, heard: (event: Event) => void): Cleanup {
  const each = (act: 'addEventListener' | 'removeEventListener'): void =>
    names.split(' ').forEach((name) => target[act](name, heard, true))
  each('addEventListener')
  return () => each('removeEventListener')
}

export const all = (ends: readonly Cleanup[]): Cleanup => () => ends.forEach((end) => end())
