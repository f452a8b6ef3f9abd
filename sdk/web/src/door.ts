// The way to the server. Bodies are text/plain with the key inside, so that no preflight is needed;
// nothing here throws: status 0 is "nobody answered".
import { tell } from './base'

export interface Got {
  readonly status: number
  readonly body: any
  readonly waitMs: number  // what Retry-After asks for
}

export interface Door {
  readonly url: string
  readonly letter: (body: object) => string
  readonly post: (path: string, body: object, timeoutMs?: number) => Promise<Got>
}

const keepaliveBytesMax = 60_000  // a browser's limit is 64 KiB over all

export function openDoor(url: string, key: string): Door {
  const letter = (body: object): string => JSON.stringify({ writeKey: key, ...body })
  return {
    url, letter,
    async post(path, content, timeoutMs = 5000) {
      try {
        const body = letter(content)
        const answer = await fetch(url + path, { method: 'POST', body, credentials: 'omit',
          keepalive: body.length < keepaliveBytesMax, signal: AbortSignal.timeout(timeoutMs) })
        const got = await answer.json().catch(() => ({}))
        if (got.error) tell(path, answer.status, got.error.message, got.error.hint)
        return { status: answer.status, body: got,
          waitMs: 1000 * +answer.headers.get('retry-after')! || 0 }
      } catch {
        return { status: 0, body: {}, waitMs: 0 }
      }
    },
  }
}
