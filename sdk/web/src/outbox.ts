// Events on their way. They wait in memory and, where something may be written, in the store, until
// the server has answered that they are durable; sent twice they count once (messageId).
//
// Events are sealed in parcels with the proof of whoever they belong to, so that those of one
// person never leave under the next one's name. A parcel of somebody who signed out is not written.
import type { Cleanup, Proof } from '../aizuchi'
import { all, listen, newId, tell } from './base'
import type { Door } from './door'
import type { Who } from './who'

const eventsMax = 100
const parcelMax = 20
const waitMs = 1000
const waitMsMax = 60_000

type WireEvent = object

interface Parcel {
  readonly proof: Proof
  readonly events: readonly WireEvent[]
  readonly again?: boolean
}

export interface Outbox {
  add(event: object): void
  // What a decision should already know of.
  waiting(): readonly WireEvent[]
  // Seals what waits under the present proof, before it changes.
  seal(): void
  // Takes over what an earlier page or another tab could not send.
  adopt(): void
  flush(): Promise<boolean>
  startSending(): Cleanup
}

export function openOutbox(door: Door, who: Who): Outbox {
  const prefix = 'events.'
  const name = prefix + newId()
  let open: WireEvent[] = []
  let parcels: Parcel[] = []
  let sending: Promise<boolean> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0

  const mine = (): WireEvent[] => [...parcels
    .filter(({ proof }) => proof.deviceToken === who.known().deviceToken)
    .flatMap(({ events }) => events), ...open]

  function save(): void {
    const { deviceToken } = who.known()
    const events = mine()
    who.kept().write(name,
      deviceToken && events[0] ? JSON.stringify({ proof: { deviceToken }, events }) : '')
  }

  function seal(): void {
    const proof = who.known()
    // Without one nobody could say whose they are: then they are let go.
    while (open[0]) {
      const events = open.splice(0, parcelMax)
      if (proof.deviceToken) parcels.push({ proof, events })
    }
    save()
  }

  function done(parcel: Parcel): void {
    parcels = parcels.filter((each) => each !== parcel)
    save()
  }

  function later(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(flush, ms)
  }

  function fail(askedMs: number): false {
    later(Math.max(askedMs, Math.min(waitMsMax, waitMs * 2 ** ++failures)))
    return false
  }

  const letter = ({ proof, events }: Parcel): object =>
    ({ ...proof, batch: events, sentAt: new Date().toISOString() })

  async function sendAll(): Promise<boolean> {
    for (;;) {
      if (open[0] && !(await who.proof()).deviceToken) return fail(0)
      seal()  // what was added meanwhile, too
      const parcel = parcels[0]
      if (!parcel) return true
      const { status, waitMs: asked } = await door.post('/v1/batch', letter(parcel), 10_000)
      const { proof, events, again } = parcel
      if (status === 401 && !again) {
        // Expired on the way: once more with a fresh proof, or as what the device did.
        const current = proof.token === who.known().token
        if (current) who.renew()
        const fresh = current ? await who.proof() : { deviceToken: proof.deviceToken }
        done(parcel)
        parcels.unshift({ proof: fresh, events, again: true })
      } else if (!status || status === 429 || status >= 500) {
        return fail(asked)
      } else {
        if (status >= 400) tell(events.length, 'events were refused and dropped')
        failures = 0
        done(parcel)
      }
    }
  }

  const flush = (): Promise<boolean> =>
    sending ??= sendAll().finally(() => { sending = undefined })

  // The page may not come back: nobody waits for an answer any more.
  function leave(): void {
    seal()
    if (navigator.onLine)
      for (const parcel of parcels)
        if (navigator.sendBeacon(`${door.url}/v1/batch`, door.letter(letter(parcel)))) done(parcel)
  }

  return {
    seal, flush,
    waiting: () => mine().slice(-parcelMax),
    add(event) {
      open.push({ messageId: newId(), timestamp: new Date().toISOString(), ...event })
      open = open.slice(-eventsMax)
      save()
      if (!failures) later(open.length < parcelMax ? waitMs : 0)
    },
    adopt() {
      const kept = who.kept()
      for (const other of kept.names())
        if (other.startsWith(prefix) && other !== name) {
          parcels.push(JSON.parse(kept.read(other)!))
          kept.write(other)
          later(0)
        }
      save()
    },
    startSending: () => all([
      listen(document, 'visibilitychange', () => document.hidden && leave()),
      listen(window, 'pagehide', leave),
      listen(window, 'online', flush),
      () => {
        clearTimeout(timer)
        leave()
      },
    ]),
  }
}
