// The client: what the parts are tied together to. Nothing runs before a start…() or a question.
import type { Aizuchi, Decided, Item, Options, Slot } from '../aizuchi'
import { all, listen } from './base'
import { openDoor } from './door'
import { openOutbox } from './outbox'
import { startSeen } from './seen'
import { openSlots } from './slots'
import { openWho } from './who'

const waitMsMax = 800

export function aizuchi(options: Options): Aizuchi {
  const { key, keep = 'memory', consent = false, explain, url = location.origin } = options
  const door = openDoor(url, key)
  let { bootstrap } = options
  const who = openWho(door, keep, consent, options.token)
  const outbox = openOutbox(door, who)
  if (bootstrap?.deviceToken) who.adopt(bootstrap.deviceToken)

  async function decide(names: readonly string[]): Promise<Decided> {
    const given = bootstrap
    if (given && names.every((name) => given.slots[name])) return given
    const ask = async () => {
      const person = await who.proof()
      return door.post('/v1/decide', {
        person, slots: names, ...(explain && { explain: 'person' }),
        events: person.deviceToken ? outbox.waiting() : [],
        context: {
          page: location.pathname,
          locale: options.locale ?? (document.documentElement.lang || navigator.language),
          device: matchMedia('(max-width: 640px)').matches ? 'phone' : 'desktop',
          referrer: document.referrer.split('/')[2],
        },
      })
    }
    let { status, body } = await ask()
    if (status === 401) {
      who.renew()
      ;({ status, body } = await ask())
    }
    const reason = status ? 'refused' : 'unreachable'
    return status === 200 ? body :
      { slots: Object.fromEntries(names.map((name) => [name, { items: [], reason }])) }
  }

  function add(event: object): void {
    if (keep !== 'none') outbox.add(event)
  }

  const track = (event: string, properties: object, more?: object): void =>
    add({ type: 'track', event, properties, ...more })

  // Once for each item and decision, as the server counts it, too.
  function notice(slot: string, { decisionId }: Slot, event: string, { id: item }: Item): void {
    track(event, { decisionId, slot, item }, { messageId:
      `${event === 'Item Clicked' ? 'click' : 'exposure'}-${decisionId}-${slot}-${item}` })
  }

  function page(): void {
    const utm = [...new URLSearchParams(location.search)]
      .filter(([name]) => name.startsWith('utm_'))
    add({ type: 'page', properties: { path: location.pathname, ...Object.fromEntries(utm) } })
  }

  const slots = openSlots({ waitMs: Math.min(options.waitMs ?? waitMsMax, waitMsMax), decide,
    notice, moved() {
      bootstrap = undefined
      page()
    } })

  function refresh(): Promise<void> {
    bootstrap = undefined
    return slots.refresh()
  }

  // Somebody else may sit here: nothing of the one before stays on the page.
  function again(): Promise<void> {
    slots.clear()
    return refresh()
  }

  return {
    decide, refresh,
    flush: outbox.flush,
    proof: who.proof,
    slot: slots.shownAs,
    startSeen: (element, name, slot) => all(slot.items.map((item) =>
      startSeen(element, item, (event, of) => notice(name, slot, event, of)))),
    track(event, properties, slot) {
      const shown = slot && slots.shownAs(slot)
      track(event, { ...properties, ...(shown && {
        decisionId: shown.decisionId, slot, item: shown.items[0]?.id }) })
    },
    login(token) {
      outbox.seal()
      who.login(token)
      return again()
    },
    logout() {
      outbox.seal()
      who.logout()
      void outbox.flush()
      return again()
    },
    async consent(allowed, purposes) {
      const before = who.known().deviceToken
      who.consent(allowed)
      outbox.adopt()
      if (purposes) track('Consent Updated', { purposes })
      if (purposes || who.known().deviceToken !== before) await refresh()
    },
    startPage() {
      outbox.adopt()
      page()
      return all([
        slots.startSlots(), outbox.startSending(), who.startTabs(again),
        // A page that comes back out of the browser's memory may belong to somebody before.
        listen(window, 'pageshow', (event) => {
          if ((event as PageTransitionEvent).persisted) void again()
        }),
      ])
    },
  }
}
