// What is written to the device, and only by these functions: names begin with "aizuchi.".
// Before consent, and in the modes `none` and `memory`, nothing is.
import type { Keep } from '../aizuchi'

const prefix = 'aizuchi.'
const days180 = 180 * 86_400

export interface Kept {
  readonly read: (name: string) => string | undefined
  readonly write: (name: string, text?: string) => void
  readonly names: () => readonly string[]
}

const nothing: Kept = { read: () => undefined, write: () => {}, names: () => [] }

function area(name: string): Kept {
  try {
    // A browser may refuse even to name its storage.
    const storage: Storage = window[name as 'localStorage']
    return {
      read: (key) => storage.getItem(prefix + key) ?? undefined,
      write(key, text) {
        try {
          if (text) storage.setItem(prefix + key, text)
          else storage.removeItem(prefix + key)
        } catch { /* it is full: what waits stays in memory */ }
      },
      names: () => Object.keys(storage)
        .flatMap((key) => key.startsWith(prefix) ? key.slice(prefix.length) : []),
    }
  } catch {
    return nothing
  }
}

// Only what the brand's own server should read: the device. What waits to be sent is not in it.
const cookie: Kept = {
  read: () => document.cookie.match(/aizuchi\.device=([^;]+)/)?.[1],
  write(key, text) {
    if (key === 'device')
      document.cookie = `${prefix}device=${text};path=/;samesite=lax;max-age=${
        text ? days180 : 0}${location.protocol === 'https:' ? ';secure' : ''}`
  },
  names: () => ['device'],
}

export const keptIn = (keep: Keep | undefined): Kept =>
  keep === 'cookie' ? cookie : keep === 'local' || keep === 'session' ? area(`${keep}Storage`) :
    nothing

// Everything of ours, wherever it was written: also by an earlier setting.
export function eraseKept(): void {
  for (const keep of ['local', 'session', 'cookie'] as const) {
    const kept = keptIn(keep)
    kept.names().forEach((name) => kept.write(name))
  }
}
