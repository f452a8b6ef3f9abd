// @segment/analytics-next in a real Chromium, on a page of another origin than the server: what the
// page was told is delivered is stored, and stored once – also when the way there fails.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findChromium, inBrowser } from './browser.mjs'
import { Gate } from './gate.mjs'
import { Server } from './server.mjs'

// Continuous integration has one; elsewhere it may be missing.
const here = { skip: findChromium() || process.env.CI ? false : 'no Chromium' }
let server

before(async () => { if (!here.skip) server = await Server.start() })
after(async () => { await server?.stop() })

// A page that loads the client for each delivery and runs `steps`, which keep the ids they sent.
const page = (steps) => `
import { AnalyticsBrowser } from '@segment/analytics-next'
const { url, writeKey, deliveries } = globalThis.given
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
;(async () => {
  const ids = [], events = [], errors = []
  try {
    for (const { name, size, timeout } of deliveries) {
      localStorage.clear()
      const how = name === 'batching'
        ? { deliveryStrategy: { strategy: name, config: { size, timeout } } } : {}
      const segment = { apiHost: new URL(url).host + '/v1', protocol: 'http', ...how }
      const analytics = AnalyticsBrowser.load({ writeKey, cdnURL: url },
        { globalAnalyticsKey: name, integrations: { 'Segment.io': segment } })
      analytics.on('error', (e) => errors.push(String(e?.reason ?? e)))
      const keep = async (call) => {
        const context = await call
        ids.push(context.event.messageId)
        events.push(context.event)
      }
      ${steps}
    }
    globalThis.result = { ids, events, errors }
  } catch (error) { globalThis.result = { ids, errors: [String(error)] } }
})()`

const standard = { name: 'standard' }
const batching = { name: 'batching', size: 3, timeout: 200 }

const run = (steps, { url, deliveries = [standard, batching], meanwhile }) =>
  inBrowser(page(steps), { url, writeKey: server.publicKey, deliveries }, meanwhile)

async function gated(test) {
  const gate = await Gate.before(server)
  try {
    await test(gate)
  } finally {
    gate.close()
  }
}

// Waits until each of them came through to the server with a 2xx.
async function arrived(gate, count) {
  for (let i = 0; i < 300; ++i) {
    const there = new Set(gate.posts.filter((p) => p.status === 200).flatMap((p) => p.ids))
    if (there.size >= count) return
    await new Promise((done) => setTimeout(done, 100))
  }
  assert.fail(`only ${JSON.stringify(gate.posts)} came through`)
}

const posts = (gate, path) => gate.posts.filter((post) => post.path === path)

const everyCall = `
      await keep(analytics.page('Home'))
      await keep(analytics.identify('web-1', { job: 'sales' }))
      await keep(analytics.track('Product Viewed', { product_id: 'p-9' }))
      await keep(analytics.group('acme', {}))
      await keep(analytics.alias('web-2', 'web-1'))
      await keep(analytics.screen('Screen'))
      await sleep(800)`

for (const delivery of [standard, batching])
  test(`Chromium, ${delivery.name} delivery: every call from another origin is stored once`, here,
    async () => {
      const { result, answers, errors } =
        await run(everyCall, { url: server.url, deliveries: [delivery] })
      assert.deepEqual([...errors, ...result.errors], [])
      assert.deepEqual(answers.filter((a) => a.status >= 400), [])
      const settings = answers.filter((a) => /^\/v1\/projects\/pk_\w+\/settings$/.test(a.path))
      assert.deepEqual(settings.map((a) => a.status), [200])
      const wanted = delivery === batching
        ? ['/v1/b'] : ['p', 'i', 't', 'g', 'a', 's'].map((p) => `/v1/${p}`)
      for (const path of wanted)
        assert.ok(answers.some((a) => a.path === path && a.status === 200), path)
      assert.equal(result.ids.length, 6)
      await server.storedOnce(result.ids)
    })

test('Chromium: 429 with Retry-After is waited for, and the events are stored once', here, () =>
  gated(async (gate) => {
    gate.fail({ path: /^\/v1\/t$/, status: 429, headers: { 'retry-after': '1' } })
    gate.fail({ path: /^\/v1\/b$/, status: 429, headers: { 'retry-after': '1' }, times: 2 })
    const steps = `
      for (let i = 0; i < 3; i++) await keep(analytics.track('Product Viewed', { i }))
      await sleep(name === 'batching' ? 3500 : 2500)`
    const { result } = await run(steps, { url: gate.url, meanwhile: () => arrived(gate, 6) })
    assert.deepEqual(result.errors, [])
    const tries = posts(gate, '/v1/b')
    assert.deepEqual(tries.map((p) => p.status), [429, 429, 200])
    assert.deepEqual(tries.map((p) => p.retry), [undefined, '1', '2'])
    assert.equal(new Set(tries.map((p) => p.sentAt)).size, 3)
    // A flush this client had planned before the first 429 still comes at its time.
    assert.ok(tries[2].at - tries[1].at >= 950, 'Retry-After was waited for')
    const refused = posts(gate, '/v1/t').find((p) => p.status === 429)
    const again = posts(gate, '/v1/t').find((p) => p.status === 200 && p.ids[0] === refused.ids[0])
    assert.ok(again.at - refused.at >= 950, 'Retry-After was waited for')
    await server.storedOnce(result.ids)
  }))

test('Chromium: 503 and connections that break are tried again, and stored once', here, () =>
  gated(async (gate) => {
    gate.fail({ path: /^\/v1\/(t|b)$/, status: 503, times: 2 })
    gate.fail({ path: /^\/v1\/(t|b)$/, lose: true, times: 3 })
    const steps = `
      for (let i = 0; i < 3; i++) await keep(analytics.track('Product Viewed', { i }))
      await sleep(4000)`
    const { result } = await run(steps, { url: gate.url, meanwhile: () => arrived(gate, 6) })
    const lost = gate.posts.filter((p) => p.status === 503).length
    assert.equal(lost, 2)
    assert.equal(gate.faults.every((fault) => fault.times === 0), true)
    assert.equal(result.ids.length, 6)
    await server.storedOnce(result.ids)
  }))

test('Chromium: a batch of almost 500 KB arrives whole', here, () => gated(async (gate) => {
  const steps = `
      const note = 'x'.repeat(9000)
      for (let i = 0; i < 70; i++) keep(analytics.track('Product Viewed', { i, note }))
      await sleep(2500)`
  const deliveries = [{ name: 'batching', size: 1000, timeout: 1000 }]
  const { result, errors } = await run(steps, { url: gate.url, deliveries })
  assert.deepEqual([...errors, ...result.errors], [])
  const largest = Math.max(...posts(gate, '/v1/b').map((p) => p.wireBytes))
  assert.ok(largest > 420 * 1024 && largest <= 500 * 1024, `${largest} bytes`)
  assert.equal(result.ids.length, 70)
  await server.storedOnce(result.ids)
}))

test('Chromium: a page open while the server is killed and comes back loses nothing', here, () =>
  gated(async (gate) => {
    const steps = `
      for (let i = 0; i < 40; i++) {
        await keep(analytics.track('Product Viewed', { i }))
        await sleep(50)
      }
      await sleep(6000)`
    const meanwhile = async () => {
      const pause = (ms) => new Promise((done) => setTimeout(done, ms))
      const until = async (holds) => { while (!holds()) await pause(10) }
      await until(() => gate.posts.length >= 3)
      await server.kill('SIGKILL')
      await until(() => gate.posts.some((post) => post.status === 0))
      await server.again()
      await arrived(gate, 40)
    }
    const deliveries = [{ ...batching, size: 4, timeout: 100 }]
    const { result } = await run(steps, { url: gate.url, deliveries, meanwhile })
    assert.equal(result.ids.length, 40)
    await server.storedOnce(result.ids)
  }))

test('Chromium: a clock that is wrong by days is corrected by when it was sent', here, () =>
  gated(async (gate) => {
    const steps = `
      const real = Date, days = (name === 'batching' ? -3 : 5) * 86400000
      globalThis.Date = class extends real {
        constructor(...a) { if (a.length) super(...a); else super(real.now() + days) }
        static now() { return real.now() + days }
      }
      await keep(analytics.track('Product Viewed', { skewed: name }))
      await sleep(700)
      globalThis.Date = real`
    const { result } = await run(steps, { url: gate.url, meanwhile: () => arrived(gate, 2) })
    assert.deepEqual(result.errors, [])
    const kept = await server.times(result.ids)
    assert.equal(kept.size, 2)
    for (const event of result.events) {
      const said = Date.parse(event.timestamp), { at, receivedAt } = kept.get(event.messageId)
      assert.ok(Math.abs(said - receivedAt) > 2 * 86_400_000, 'the page was days off')
      assert.ok(at <= receivedAt && receivedAt - at < 5_000, `${at} is not near ${receivedAt}`)
    }
  }))
