// When things happened: history that is imported, events that come late, in the wrong order, from
// clocks that are wrong, and in batches as large as clients make them.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import zlib from 'node:zlib'
import { Analytics } from '@segment/analytics-node'
import { Server } from './server.mjs'

const Rudder = createRequire(import.meta.url)('@rudderstack/rudder-sdk-node')
const hour = 3_600_000
const day = 24 * hour
const iso = (ms) => new Date(ms).toISOString()
let server

before(async () => { server = await Server.start(`${process.env.TEST_ROOT}/tests/brands/small`) })
after(async () => { await server?.stop() })

const near = (a, b, ms = 2_000) => assert.ok(Math.abs(a - b) <= ms, `${iso(a)} is not ${iso(b)}`)

// Text as people write it: not the same twice, so that gzip does not make a bomb of it.
const words = (bytes, seed) => Array.from({ length: bytes / 6 }, (_, i) =>
  ((seed + 1) * 7919 * (i + 11) % 1_679_616).toString(36).padStart(5, 'a')).join(' ')

let serial = 0
const view = (anonymousId, at, properties = { category: 'light-roast' }) => ({ type: 'track',
  event: 'Product Viewed', messageId: `time-${++serial}`, anonymousId, timestamp: iso(at),
  properties })

async function send(path, batch, more = {}) {
  const answer = await server.post(path, { batch, ...more })
  assert.deepEqual([answer.status, answer.refused], [200, []])
  return answer
}

async function hero(anonymousId) {
  const answer = await server.post('/v1/decide', { person: { anonymousId }, slots: ['home.hero'],
    context: { locale: 'en' } })
  return answer.slots['home.hero'].items[0].id
}

async function countOf(anonymousId) {
  const { aggregates } = await server.person(anonymousId)
  return Math.max(0, ...aggregates.map((a) => a.count))
}

test('analytics-node: history sent to /v1/import keeps the day it happened', async () => {
  const analytics = new Analytics({ writeKey: server.secretKey, host: server.url,
    path: '/v1/import', flushAt: 50, flushInterval: 50 })
  const then = Date.now() - 400 * day
  const contexts = await Promise.all(Array.from({ length: 120 }, (_, i) =>
    new Promise((resolve, reject) => analytics.track({ userId: 'old-customer',
      event: 'Product Viewed', timestamp: new Date(then + i * day),
      properties: { category: 'light-roast' } }, (e, c) => (e ? reject(e) : resolve(c))))))
  await analytics.closeAndFlush()
  const ids = contexts.map((context) => context.event.messageId)
  await server.storedOnce(ids)
  const kept = await server.times(ids)
  ids.forEach((id, i) => near(kept.get(id).at, then + i * day))
})

test('history does not look like today: no rule about this week hears of it', async () => {
  const old = Array.from({ length: 5 }, (_, i) => view('history', Date.now() - (30 + i) * day))
  await send('/v1/import', old, { sentAt: iso(Date.now()) })
  assert.equal(await countOf('history'), 5)
  assert.equal(await hero('history'), 'hero-default')
  await send('/v1/import', [view('history', Date.now() - hour), view('history', Date.now())])
  assert.equal(await hero('history'), 'hero-light')
})

test('an archive that carries when it was received before keeps its times on import', async () => {
  const then = Date.now() - 200 * day
  const archived = { ...view('archive', then), originalTimestamp: iso(then + 7 * hour),
    sentAt: iso(then + 7 * hour + 500), receivedAt: iso(then + 500) }
  await send('/v1/import', [archived])
  near((await server.times([archived.messageId])).get(archived.messageId).at, then)
  const lies = { ...view('archive', then), receivedAt: iso(Date.now() + day), sentAt: iso(then) }
  await send('/v1/import', [lies])
  near((await server.times([lies.messageId])).get(lies.messageId).at, Date.now())
})

test('the same file imported twice is counted once', async () => {
  const file = Array.from({ length: 40 }, (_, i) => view('twice', Date.now() - (3 + i) * hour))
  await send('/v1/import', file)
  const again = await send('/v1/import', file)
  assert.deepEqual([again.accepted, again.duplicates], [0, 40])
  assert.equal(await countOf('twice'), 40)
})

for (const hours of [-26, 0, 49])
  test(`a clock ${hours} hours off is corrected by sentAt, the batch's or its own`, async () => {
    const real = Date.now() - 2 * hour, wrong = hours * hour
    const inBatch = { ...view('skew', 0), timestamp: iso(real + wrong) }
    const own = { ...view('skew', 0), timestamp: undefined,
      originalTimestamp: iso(real + wrong), sentAt: iso(Date.now() + wrong) }
    await send('/v1/batch', [inBatch], { sentAt: iso(Date.now() + wrong) })
    await send('/v1/batch', [own], { sentAt: iso(0) })
    const kept = await server.times([inBatch.messageId, own.messageId])
    for (const { at } of kept.values()) near(at, real)
  })

test('without sentAt a clock ahead of ours does not reach the future', async () => {
  const event = view('ahead', Date.now() + 30 * day)
  await send('/v1/batch', [event])
  const { at, receivedAt } = (await server.times([event.messageId])).get(event.messageId)
  assert.equal(at, receivedAt)
})

test('out of order: the same events in any order make the same person', async () => {
  const now = Date.now()
  const events = (who) => [
    { type: 'identify', messageId: `${who}-i1`, traits: { job: 'other' }, at: now - 9 * day },
    { type: 'identify', messageId: `${who}-i2`, traits: { job: 'sales' }, at: now - 3 * day },
    ...[8, 6, 3, 2, 1].map((days) => ({ type: 'track', event: 'Product Viewed',
      messageId: `${who}-v${days}`, properties: { category: 'light-roast' },
      at: now - days * day })),
    { type: 'track', event: 'Product Added', messageId: `${who}-a1`,
      properties: { product_id: 'p-1', price: 5 }, at: now - 2 * day },
    { type: 'track', event: 'Order Completed', messageId: `${who}-o`,
      properties: { products: [{ product_id: 'p-1' }] }, at: now - day },
    { type: 'track', event: 'Product Added', messageId: `${who}-a2`,
      properties: { product_id: 'p-2', price: 7 }, at: now - hour },
  ].map(({ at, ...event }) => ({ ...event, anonymousId: who, timestamp: iso(at) }))
  const seen = []
  for (let turn = 0; turn < 6; ++turn) {
    const who = `order-${turn}`
    const list = events(who)
    if (turn === 1) list.reverse()
    // Another order each time, the same in each run.
    if (turn > 1) for (let i = list.length - 1; i > 0; --i) {
      const j = (i * turn * 31 + 7) % (i + 1);
      [list[i], list[j]] = [list[j], list[i]]
    }
    for (const event of list) await send('/v1/batch', [event])
    const person = await server.person(who)
    const facts = person.facts.map((f) => [f.fact, f.value])
    const counts = person.aggregates.map((a) => [a.aggregate, a.count, a.sum])
    seen.push({ facts, counts, cart: person.cart, hero: await hero(who) })
  }
  assert.deepEqual(seen[0].cart.map((line) => line.product), ['p-2'])
  assert.equal(seen[0].hero, 'hero-light')
  for (const other of seen) assert.deepEqual(other, seen[0])
})

test('late: a view of two days ago is heard; one of nine days ago is too old', async () => {
  await send('/v1/batch', [view('late', Date.now()), view('late', Date.now() - 9 * day)])
  assert.equal(await hero('late'), 'hero-default')
  await send('/v1/batch', [view('late', Date.now() - 2 * day)])
  assert.equal(await hero('late'), 'hero-light')
})

test('late: a consent given before a withdrawal does not undo it', async () => {
  const consent = (granted, at, n) => ({ type: 'track', event: 'Consent Updated',
    messageId: `consent-late-${n}`, anonymousId: 'late-consent', timestamp: iso(at),
    properties: { purposes: { recommend: granted } } })
  await send('/v1/batch', [consent(false, Date.now() - hour, 1)])
  await send('/v1/batch', [consent(true, Date.now() - 2 * hour, 2)])
  const { consents } = await server.person('late-consent')
  assert.deepEqual(consents.map((c) => [c.purpose, c.granted]), [['recommend', false]])
})

test('a batch of 500 KB is taken whole, plain and gzip; 1 MiB is the most', async () => {
  const room = 500 * 1024
  for (const gzip of [false, true]) {
    const batch = []
    for (let i = 0; JSON.stringify({ batch }).length < room - 1_200; ++i)
      batch.push(view(`large-${gzip}`, Date.now(), { i, note: words(900, i) }))
    const body = JSON.stringify({ batch }).padEnd(room)
    assert.equal(Buffer.byteLength(body), room)
    const answer = await fetch(`${server.url}/v1/batch`, { method: 'POST',
      headers: { authorization: `Bearer ${server.publicKey}`,
        ...(gzip ? { 'content-encoding': 'gzip' } : {}) },
      body: gzip ? zlib.gzipSync(body) : body })
    assert.equal(answer.status, 200)
    assert.equal((await answer.json()).accepted, batch.length)
    await server.storedOnce(batch.map((event) => event.messageId))
  }
  const answer = await fetch(`${server.url}/v1/batch`, { method: 'POST',
    headers: { authorization: `Bearer ${server.publicKey}` }, body: ' '.repeat(1024 * 1024 + 1) })
  assert.equal(answer.status, 413)
  assert.match(await answer.text(), /1 MiB|1048576|1,048,576/)
})

test('analytics-node and rudder-sdk-node: batches as large as they make them are stored once',
  async () => {
    const sizes = []
    const analytics = new Analytics({ writeKey: server.publicKey, host: server.url,
      flushAt: 95, flushInterval: 1_000 })
    analytics.on('http_request', ({ body }) => sizes.push(body.length))
    const contexts = await Promise.all(Array.from({ length: 200 }, (_, i) =>
      new Promise((resolve, reject) => analytics.track({ anonymousId: 'large-node', event: 'Note',
        properties: { i, note: words(5_000, i) } }, (e, c) => (e ? reject(e) : resolve(c))))))
    await analytics.closeAndFlush()
    assert.ok(Math.max(...sizes) > 450 * 1024, `${sizes}`)
    const rudder = new Rudder(server.publicKey, { dataPlaneUrl: server.url, flushAt: 90,
      flushInterval: 500, logLevel: 'none' })
    const ids = Array.from({ length: 91 }, (_, i) => `large-rudder-${i}`)
    await Promise.all(ids.map((messageId, i) => new Promise((resolve, reject) =>
      rudder.track({ anonymousId: 'large-rudder', event: 'Note', messageId,
        properties: { i, note: words(5_000, i) } }, (e) => (e ? reject(e) : resolve())))))
    await server.storedOnce([...ids, ...contexts.map((context) => context.event.messageId)])
  })
