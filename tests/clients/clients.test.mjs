// Real clients, unmodified, against aizuchi serve: what they were told is delivered is stored, and
// stored once.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Analytics } from '@segment/analytics-node'
import { Server } from './server.mjs'

const Rudder = createRequire(import.meta.url)('@rudderstack/rudder-sdk-node')
let server

before(async () => { server = await Server.start() })
after(async () => { await server?.stop() })

const storedOnce = (ids) => server.storedOnce(ids)

const delivered = (call) => new Promise((resolve, reject) =>
  call((error, context) => (error ? reject(error) : resolve(context))))

for (const kind of ['publicKey', 'secretKey']) {
  test(`analytics-node: all calls with a ${kind} are delivered and stored once`, async () => {
    const analytics = new Analytics({ writeKey: server[kind], host: server.url, flushInterval: 50 })
    const userId = `segment-${kind}`
    const anonymousId = `device-${kind}`
    const calls = [
      ['identify', { userId, anonymousId, traits: { job: 'sales', 氏名: '相槌 太郎' } }],
      ['track', { userId, event: 'Product Viewed', properties: { product_id: 'p-1' } }],
      ['page', { anonymousId, name: 'Home', properties: { path: '/' } }],
      ['screen', { userId, name: 'Cart' }],
      ['group', { userId, groupId: 'acme', traits: { industry: 'manufacturing' } }],
      ['alias', { userId, previousId: anonymousId }],
      ['track', { userId, event: '絵文字 👍', properties: { deep: [1, { x: null }] } }],
    ]
    const contexts = await Promise.all(calls.map(([name, message]) =>
      delivered((done) => analytics[name](message, done))))
    await analytics.closeAndFlush()
    await storedOnce(contexts.map((context) => context.event.messageId))
  })
}

for (const gzip of [true, false]) {
  const form = gzip ? 'gzip' : 'plain'
  test(`rudder-sdk-node: ${form} batches are delivered and stored once`, async () => {
    const rudder = new Rudder(server.publicKey,
      { dataPlaneUrl: server.url, gzip, flushAt: 4, flushInterval: 50, logLevel: 'none' })
    const userId = `rudder-${gzip}`
    const calls = [
      ['identify', { userId, traits: { plan: 'free' } }],
      ['track', { userId, event: 'Order Completed', properties: { order_id: 'o-1', total: 27.5 } }],
      ['page', { userId, name: 'Pricing' }],
      ['screen', { anonymousId: `a-${gzip}`, name: 'Settings' }],
      ['group', { userId, groupId: 'g-1', traits: { industry: 'saas' } }],
      ['alias', { userId, previousId: `a-${gzip}` }],
    ].map(([name, message]) => [name, { ...message, messageId: `rudder-${gzip}-${name}` }])
    await Promise.all(calls.map(([name, message]) =>
      delivered((done) => rudder[name](message, done))))
    await storedOnce(calls.map(([, message]) => message.messageId))
  })
}

test('a wrong key is told once, and the client does not try again', async () => {
  const answers = []
  const analytics = new Analytics({ writeKey: 'pk_nobody', host: server.url, maxRetries: 3 })
  analytics.on('http_response', (answer) => answers.push(answer.status))
  analytics.on('error', () => {})
  analytics.track({ userId: 'u', event: 'Lost' })
  await analytics.closeAndFlush()
  assert.deepEqual(answers, [401])
})

test('events sent while the server is killed and started again are stored, each once', async () => {
  const analytics = new Analytics({ writeKey: server.publicKey, host: server.url, flushAt: 10,
    flushInterval: 20, maxRetries: 10 })
  const errors = []
  analytics.on('error', (error) => errors.push(error))
  const sent = []
  for (let i = 0; i < 300; i++) {
    const event = { anonymousId: 'kill', event: 'Tick', properties: { i } }
    sent.push(delivered((done) => analytics.track(event, done)))
    if (i === 150) {
      await server.kill('SIGKILL')
      setTimeout(() => server.again(), 300)
    }
    if (i % 10 === 0) await new Promise((done) => setTimeout(done, 2))
  }
  const contexts = await Promise.all(sent)
  await analytics.closeAndFlush()
  assert.deepEqual(errors, [])
  await storedOnce(contexts.map((context) => context.event.messageId))
})

// Checks written by others, when they lie beside this checkout.
const shared = path.join(process.env.AIZUCHI_SHARED ?? '', 'checks/clients')
for (const client of ['segment-node', 'rudder-node', 'analytics-next']) {
  const name = `check-${client}.mjs`
  const there = fs.existsSync(path.join(shared, name))
  // The check of the browser's client finds its modules by import.meta.dirname.
  const old = client === 'analytics-next' && !import.meta.dirname
  const skip = !there ? `${name} is not here` : old ? 'it needs node 20.11' : false
  test(`${name} passes`, { skip }, (t) => {
    const folder = path.join(process.cwd(), 'shared-checks')
    fs.mkdirSync(folder, { recursive: true })
    for (const file of fs.readdirSync(shared).filter((f) => /\.(mjs|json)$/.test(f)))
      fs.copyFileSync(path.join(shared, file), path.join(folder, file))
    const env = { ...process.env, BASE_URL: server.url, WRITE_KEY: server.publicKey,
      READBACK: path.join(process.cwd(), 'readback.mjs'), AIZUCHI_READ_KEY: server.readKey }
    const done = spawnSync(process.execPath, [path.join(folder, name)], { env, encoding: 'utf8' })
    if (done.status === 3) return t.skip('no Chromium')
    assert.equal(done.status, 0, done.stdout + done.stderr)
  })
}

test('the server stops when asked, and says so with exit code 0', async () => {
  assert.equal(await server.kill('SIGTERM'), 0)
  await server.again()
})
