// OpenFeature's own providers, unmodified, in Node and in Chromium, against aizuchi serve; and the
// streams that tell them to ask again.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature } from '@openfeature/server-sdk'
import { findChromium, inBrowser } from './browser.mjs'
import { Server } from './server.mjs'

const here = { skip: findChromium() || process.env.CI ? false : 'no Chromium' }
const brand = path.join(process.env.TEST_ROOT, 'tests/brands/page')
const ja = { title: '書きたくなる日のために。', cta: '店内を見る', href: '/all' }
let server

before(async () => { server = await Server.start(brand) })
after(async () => {
  await OpenFeature.close()
  await server?.stop()
})

const viewed = (anonymousId) => ({ type: 'track', event: 'Product Viewed', anonymousId,
  messageId: `view-${anonymousId}`, properties: { category: 'paper' } })

async function evaluate(context, headers = {}) {
  const answer = await fetch(`${server.url}/ofrep/v1/evaluate/flags`, { method: 'POST',
    headers: { authorization: `Bearer ${server.publicKey}`, ...headers },
    body: JSON.stringify({ context }) })
  return { status: answer.status, etag: answer.headers.get('etag'),
    ...(answer.status === 200 && await answer.json()) }
}

test('The server provider: typed values, reasons, codes, the person’s own history', async () => {
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: server.url,
    headers: [['Authorization', `Bearer ${server.secretKey}`]] }))
  const client = OpenFeature.getClient()
  const context = { targetingKey: 'of-1', page: '/' }
  assert.equal(await client.getNumberValue('shop.columns', 0, context), 3)
  assert.equal(await client.getStringValue('shop.label', '', context), '詳しく見る')
  assert.equal(await client.getBooleanValue('shop.compact', false,
    { ...context, device: 'phone' }), true)
  const usual = await client.getObjectDetails('home.hero', {}, context)
  assert.deepEqual([usual.value, usual.reason, usual.variant], [ja, 'DEFAULT', 'hero-default'])
  await server.post('/v1/track', { ...viewed('of-1-device'), userId: 'of-1' }, server.secretKey)
  const fits = await client.getObjectDetails('home.hero', {}, context)
  assert.deepEqual([fits.reason, fits.variant], ['TARGETING_MATCH', 'hero-paper'])
  assert.equal(typeof fits.flagMetadata.decisionId, 'string')
  const codes = [await client.getStringDetails('home.hero', 'mine', context),
    await client.getStringDetails('home.nope', 'mine', context),
    await client.getStringDetails('shop.label', 'mine', {})]
  assert.deepEqual(codes.map((d) => d.errorCode),
    ['TYPE_MISMATCH', 'FLAG_NOT_FOUND', 'TARGETING_KEY_MISSING'])
  assert.deepEqual(codes.map((d) => d.value), ['mine', 'mine', 'mine'])
})

const page = `
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk'
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider'
const { url, key } = globalThis.given
;(async () => {
  const changes = []
  await OpenFeature.setContext({ targetingKey: 'of-web', locale: 'en' })
  await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: url,
    headers: [['Authorization', 'Bearer ' + key]] }))
  const client = OpenFeature.getClient()
  const hero = () => client.getObjectDetails('home.hero', {}).variant
  const label = () => client.getStringValue('shop.label', '')
  client.addHandler(ProviderEvents.ConfigurationChanged, (e) => changes.push(e.flagsChanged))
  globalThis.said = [[hero(), label()]]
  const until = async (holds) => { while (!holds()) await new Promise((r) => setTimeout(r, 20)) }
  globalThis.ready = true
  await until(() => hero() === 'hero-paper')
  said.push([hero(), label()])
  await until(() => label() === 'Look closer')
  said.push([hero(), label()])
  globalThis.result = { said, changes }
})().catch((error) => { globalThis.result = { error: String(error) } })`

test('Chromium: an open page is told of the person’s own change, and of a publish', here,
  async () => {
    const other = path.join(server.folder, 'brand')
    fs.cpSync(brand, other, { recursive: true })
    const file = path.join(other, 'items/flags.yaml')
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('en: {value: See more}',
      'en: {value: Look closer}'))
    const times = {}
    const { result, errors, answers } = await inBrowser(page,
      { url: server.url, key: server.publicKey }, async (tab) => {
        await tab.waitForFunction('globalThis.ready')
        await new Promise((done) => setTimeout(done, 300))
        times.event = Date.now()
        assert.equal((await server.post('/v1/track', viewed('of-web'))).status, 200)
        await tab.waitForFunction('globalThis.said.length === 2')
        times.told = Date.now()
        const key = path.join(server.folder, 'brand.key')
        fs.writeFileSync(key, server.brandKey)
        const publish = spawn(process.env.AIZUCHI,
          ['apply', other, '--server', server.admin, '--key-file', key])
        assert.equal(await new Promise((done) => publish.on('exit', done)), 0)
      })
    console.log(`# told of the person's change after ${times.told - times.event} ms`)
    assert.equal(result.error, undefined)
    assert.deepEqual(result.said.map(([hero]) => hero),
      ['hero-default', 'hero-paper', 'hero-paper'])
    assert.deepEqual(result.said.map(([, label]) => label),
      ['See more', 'See more', 'Look closer'])
    assert.deepEqual(errors, [])
    assert.ok(answers.some((a) => a.path === '/ofrep/v1/stream' && a.status === 200))
  })

test('Nothing changed is 304, also after a restart, and a stream says nothing', async () => {
  const context = { targetingKey: 'of-quiet', locale: 'en' }
  const first = await evaluate(context)
  await server.kill('SIGTERM')
  await server.again()
  const again = await evaluate(context, { 'if-none-match': first.etag })
  assert.equal(again.status, 304)
  const stop = new AbortController()
  const stream = await fetch(server.url + first.eventStreams[0].endpoint.requestUri,
    { signal: stop.signal })
  assert.equal(stream.headers.get('content-type'), 'text/event-stream')
  let heard = ''
  const reading = (async () => {
    for await (const bytes of stream.body) heard += new TextDecoder().decode(bytes)
  })().catch(() => {})
  await server.post('/v1/track', viewed('somebody-else'))
  await new Promise((done) => setTimeout(done, 1500))
  assert.doesNotMatch(heard, /refetch/)
  await server.post('/v1/track', viewed('of-quiet'))
  for (let i = 0; i < 40 && !heard.includes('refetch'); i++)
    await new Promise((done) => setTimeout(done, 50))
  assert.match(heard, /^event: message\ndata: \{"type":"refetchEvaluation"/m)
  stop.abort()
  await reading
})

test('Streams are bounded, hold up nobody, and the stopping of the server ends them', async () => {
  const { eventStreams: [{ endpoint }] } = await evaluate({ targetingKey: 'of-many' })
  const stop = new AbortController()
  const open = await Promise.all(Array.from({ length: 1100 }, () =>
    fetch(server.url + endpoint.requestUri, { signal: stop.signal }).then((r) => r.status)))
  const held = open.filter((status) => status === 200).length
  assert.ok(held <= 1024 && held > 1000, `${held} are open`)
  assert.equal(open.filter((status) => status === 429).length, 1100 - held)
  const began = performance.now()
  for (let i = 0; i < 50; i++) assert.equal((await evaluate({ targetingKey: 'x' })).status, 200)
  const each = (performance.now() - began) / 50
  console.log(`# ${each.toFixed(1)} ms an evaluation beside ${held} streams`)
  assert.ok(each < 50, `${each} ms`)
  assert.equal(await server.kill('SIGTERM'), 0)
  stop.abort()
  await server.again()
})

// Checks written by others, when they lie beside this checkout.
const shared = path.join(process.env.AIZUCHI_SHARED ?? '', 'checks/clients')
for (const kind of ['server', 'web']) {
  const name = `check-ofrep-${kind}.mjs`
  const there = fs.existsSync(path.join(shared, name))
  const skip = !there ? `${name} is not here` : import.meta.dirname ? false : 'it needs node 20.11'
  test(`${name} passes`, { skip }, async (t) => {
    const folder = path.join(process.cwd(), 'shared-ofrep')
    fs.mkdirSync(folder, { recursive: true })
    for (const file of fs.readdirSync(shared).filter((f) => /\.(mjs|json)$/.test(f)))
      fs.copyFileSync(path.join(shared, file), path.join(folder, file))
    const flags = {
      'shop.compact': { type: 'boolean', requiresTargetingKey: true, cases: [
        { when: { device: 'phone' }, value: true, variant: 'compact-on',
          reason: 'TARGETING_MATCH' },
        { when: null, value: false, variant: 'compact-off', reason: 'DEFAULT' }] },
      'shop.label': { type: 'string', cases: [
        { when: { page: '/paper' }, value: '紙の見本を見る', variant: 'label-paper' },
        { when: null, value: '詳しく見る', variant: 'label-all' }] },
      'shop.columns': { type: 'number', cases: [{ when: null, value: 3, variant: 'columns-3' }] },
      'home.hero': { type: 'object', cases: [{ when: null, value: ja, variant: 'hero-default' }] },
    }
    const cases = path.join(folder, 'our-cases.json')
    fs.writeFileSync(cases, JSON.stringify({ flags }))
    // In the page the last of three contexts is in force when the change comes.
    const env = { ...process.env, BASE_URL: server.url, OFREP_TOKEN: server.publicKey,
      OFREP_CASES: cases, CHANGE_FLAG_URL: `${server.url}/v1/track`,
      CHANGE_FLAG_BODY: JSON.stringify({ ...viewed('visitor-web-2'), messageId: `ch-${kind}` }),
      CHANGE_FLAG_AUTH: `Bearer ${server.publicKey}` }
    const check = spawn(process.execPath, [path.join(folder, name)], { env })
    let said = ''
    for (const out of [check.stdout, check.stderr]) out.on('data', (text) => { said += text })
    const code = await new Promise((done) => check.on('exit', done))
    if (code === 3) return t.skip('no Chromium')
    assert.equal(code, 0, said)
  })
}
