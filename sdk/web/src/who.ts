// Who sits here: a device that the server knows by a token, and, signed in, a person known by the
// token that the brand's backend signed. The person's token is never written anywhere.
import type { Cleanup, Keep, Proof, Token } from '../aizuchi'
import { all, listen, tell } from './base'
import type { Door } from './door'
import { eraseKept, keptIn, type Kept } from './keep'

export interface Who {
  // What proves the asking side now. Asks for a device's id when there is none.
  proof(): Promise<Proof>
  // The same without waiting, for the moment a page is left.
  known(): Proof
  kept(): Kept
  login(token: Token): void
  logout(): void
  consent(allowed: boolean): void
  // After a 401: the next proof is a fresh one.
  renew(): void
  adopt(device: string): void
  // Tabs of one browser are signed out together.
  startTabs(changed: () => void): Cleanup
}

// The `sub` of a token: only to see that it is another person's.
function subject(token: string | undefined): string | undefined {
  try {
    return JSON.parse(atob(token!.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'))).sub
  } catch {
    return undefined
  }
}

export function openWho(door: Door, keep: Keep, allowed: boolean, from: Token | undefined): Who {
  let device: string | undefined
  let asking: Promise<void> | undefined
  let token: string | undefined
  let person: string | undefined
  let tabs: BroadcastChannel | undefined
  const kept = (): Kept => keptIn(allowed ? keep : undefined)
  const known = (): Proof => ({
    ...(device && { deviceToken: device }), ...(token && { token }) })
  const write = (): void => kept().write('device', device)

  async function askDevice(): Promise<void> {
    device = kept().read('device')
    if (device) return
    device = (await door.post('/v1/devices', {})).body.deviceToken
    write()
  }

  function forget(): void {
    device = asking = token = person = undefined
  }

  function begin(): void {
    eraseKept()
    forget()
    tabs?.postMessage('')
  }

  async function readToken(): Promise<void> {
    const asked = from
    if (token || !asked) return
    let got: string | undefined
    try {
      got = typeof asked === 'string' ? asked : await asked()
    } catch {
      tell('the token function failed')
    }
    // Whoever signed out meanwhile is not brought back.
    if (from !== asked) return
    const next = subject(got)
    if (next && next !== person) {
      if (person) begin()
      tabs?.postMessage(person = next)
    }
    token = got
  }

  return {
    known, kept,
    async proof() {
      if (keep === 'none') return {}
      await readToken()
      // One tab at a time, so that two opened at once do not become two devices.
      if (!device)
        await (asking ??= (navigator.locks ? navigator.locks.request('aizuchi', askDevice) :
          askDevice()).then(() => { asking = undefined }))
      return known()
    },
    login(next) {
      from = next
      token = undefined
    },
    logout() {
      from = undefined
      begin()
    },
    consent(next) {
      allowed = next
      if (!next) return eraseKept()
      // Whoever was here before, when the page asks for consent only after it began.
      device = kept().read('device') ?? device
      write()
    },
    renew() {
      if (token) token = undefined
      else device = undefined
      write()
    },
    adopt(next) {
      device = next
      write()
    },
    startTabs(changed) {
      const channel = tabs = new BroadcastChannel(`aizuchi ${door.url}`)
      channel.onmessage = ({ data }) => {
        if (data && data === person) return
        if (!data) {
          from = undefined
          forget()
        }
        token = undefined
        person = data
        changed()
      }
      return all([
        // Two that began at once: the one written last is the device's.
        listen(window, 'storage', () => { device = kept().read('device') ?? device }),
        () => {
          channel.close()
          tabs = undefined
        },
      ])
    },
  }
}
