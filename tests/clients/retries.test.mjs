// What the Node clients do when they are refused, cut off or answered by nobody, as it was seen of
// these versions; and that whatever they do, each event is stored, and stored once.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { Analytics } from '@segment/analytics-node'
import { Gate } from './gate.mjs'
import { Server } from './server.mjs'

const Rudder = createRequire(import.meta.url)('@rudderstack/rudder-sdk-node')
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
let server
let gate

before(async () => {
  server = await Server.start()
  gate = await Gate.before(server)
})
after(async () => {
  gate?.close()
  await server?.stop()
})

const delivered = (call) => new Promise((resolve, reject) =>
  call((error, context) => (error ? reject(error) : resolve(context))))

// Sends `count` events through the gate and says how each try went.
async function segment(count, options = {}) {
  gate.posts.length = 0
  const errors = []
  const analytics = new Analytics({ writeKey: server.publicKey, host: gate.url, flushAt: count,
    flushInterval: 50, maxRetries: 5, ...options })
  analytics.on('error', (error) => errors.push(String(error.reason ?? error)))
  const contexts = await Promise.all(Array.from({ length: count }, (_, i) =>
    delivered((done) =>
      analytics.track({ anonymousId: 'retry', event: 'Tick', properties: { i } }, done))))
  await analytics.closeAndFlush({ timeout: 20_000 })
  return { ids: contexts.map((c) => c.event.messageId), errors, tries: [...gate.posts] }
}

async function rudder(ids, options = {}) {
  gate.posts.length = 0
  const client = new Rudder(server.publicKey, { dataPlaneUrl: gate.url, flushAt: ids.length,
    flushInterval: 50, logLevel: 'none', gzip: true, ...options })
  const outcomes = await Promise.allSettled(ids.map((messageId) => delivered((done) =>
    client.track({ anonymousId: 'retry', event: 'Tick', messageId }, done))))
  return { outcomes: outcomes.map((o) => o.status), tries: [...gate.posts] }
}

const statuses = (tries) => tries.map((post) => post.status)

test('analytics-node: 429 is waited out as Retry-After says, and does not use up retries',
  async () => {
    gate.fail({ status: 429, headers: { 'retry-after': '1' }, times: 2 })
    const { ids, errors, tries } = await segment(5, { maxRetries: 0 })
    assert.deepEqual(errors, [])
    assert.deepEqual(statuses(tries), [429, 429, 200])
    assert.deepEqual(tries.map((post) => post.retry), [undefined, '1', '2'])
    for (let i = 1; i < tries.length; ++i) assert.ok(tries[i].at - tries[i - 1].at >= 950)
    await server.storedOnce(ids)
  })

test('analytics-node: 503 is tried again with a growing pause', async () => {
  gate.fail({ status: 503, times: 3 })
  const { ids, errors, tries } = await segment(5)
  assert.deepEqual(errors, [])
  assert.deepEqual(statuses(tries), [503, 503, 503, 200])
  assert.ok(tries[3].at - tries[2].at > tries[1].at - tries[0].at)
  await server.storedOnce(ids)
})

test('analytics-node: an answer that was lost is asked for again, and counted once', async () => {
  gate.fail({ lose: true, times: 2 })
  const { ids, errors, tries } = await segment(20)
  assert.deepEqual(errors, [])
  assert.deepEqual(statuses(tries), [200, 200, 200])
  await server.storedOnce(ids)
})

test('rudder-sdk-node: 429 and 503 are tried again, gzip and all, and stored once', async () => {
  for (const status of [429, 503]) {
    gate.fail({ status, headers: { 'retry-after': '1' }, times: 1 })
    const ids = Array.from({ length: 4 }, (_, i) => `rudder-${status}-${i}`)
    const { outcomes, tries } = await rudder(ids)
    assert.deepEqual(outcomes, ids.map(() => 'fulfilled'))
    assert.ok(statuses(tries).includes(status))
    await server.storedOnce(ids)
  }
})

test('rudder-sdk-node: an answer that was lost is asked for again, and counted once', async () => {
  gate.fail({ lose: true, times: 1 })
  const ids = Array.from({ length: 4 }, (_, i) => `rudder-lost-${i}`)
  const { outcomes, tries } = await rudder(ids)
  assert.deepEqual(outcomes, ids.map(() => 'fulfilled'))
  assert.ok(tries.length >= 2)
  await server.storedOnce(ids)
})

// Fills the server's 4,096 connections; frees them again.
async function crowd(at) {
  const { hostname, port } = new URL(at)
  const sockets = []
  for (let i = 0; i < 4096; ++i) {
    const socket = net.connect(Number(port), hostname)
    socket.on('error', () => {})
    sockets.push(socket)
    if (i % 256 === 255) await new Promise((done) => socket.once('connect', done))
  }
  await sleep(300)
  return () => sockets.forEach((socket) => socket.destroy())
}

test('a server with no room left answers 429 itself; when there is room, all is stored once',
  async () => {
    const full = await Server.start()
    try {
      const leave = await crowd(full.url)
      const answers = []
      const analytics = new Analytics({ writeKey: full.publicKey, host: full.url, maxRetries: 3,
        flushInterval: 10 })  // a refusal may be lost on its way, with the connection that it ends
      analytics.on('http_response', (answer) => {
        answers.push([answer.status, answer.headers['retry-after']])
        leave()
      })
      const context = await delivered((done) =>
        analytics.track({ anonymousId: 'crowd', event: 'Tick' }, done))
      await analytics.closeAndFlush()
      assert.deepEqual(answers[0], [429, '1'])
      assert.equal(answers.at(-1)[0], 200)
      await full.storedOnce([context.event.messageId])
    } finally {
      await full.stop()
    }
  })

test('the same batch before and after kill -9 is stored once, and its numbers are not doubled',
  async () => {
    const batch = Array.from({ length: 200 }, (_, i) => ({ type: 'track', messageId: `again-${i}`,
      anonymousId: 'restart', event: 'Product Viewed', properties: { product_id: `p-${i}` } }))
    const first = await server.post('/v1/batch', { batch })
    assert.deepEqual([first.status, first.accepted, first.duplicates], [200, 200, 0])
    const before = await server.person('restart')
    await server.kill('SIGKILL')
    await server.again()
    const second = await server.post('/v1/batch', { batch })
    assert.deepEqual([second.status, second.accepted, second.duplicates], [200, 0, 200])
    assert.deepEqual(await server.person('restart'), before)
    await server.storedOnce(batch.map((event) => event.messageId))
  })

test('a batch whose answer died with the server is stored once when it is sent again', async () => {
  const batch = (name) => Array.from({ length: 50 }, (_, i) => ({ type: 'track',
    messageId: `${name}-${i}`, anonymousId: 'died', event: 'Product Viewed', properties: {} }))
  for (let round = 0; round < 5; ++round) {
    const sent = batch(`died-${round}`)
    const answer = server.post('/v1/batch', { batch: sent }).catch(() => undefined)
    await sleep(round * 2)
    await server.kill('SIGKILL')
    const told = await answer
    await server.again()
    const again = await server.post('/v1/batch', { batch: sent })
    assert.equal(again.accepted + again.duplicates, 50)
    if (told?.accepted === 50) assert.equal(again.duplicates, 50)
    await server.storedOnce(sent.map((event) => event.messageId))
  }
})
