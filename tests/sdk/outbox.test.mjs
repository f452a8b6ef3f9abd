// The parts of the SDK that need no page: how events wait, whose they are, and what ends them.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { spawnSync } from 'node:child_process'
import { beforeEach, test } from 'node:test'
import { build, transform } from 'esbuild'

const sdk = path.join(process.env.TEST_ROOT, 'sdk/web')
async function part(name) {
  const { outputFiles } = await build({ entryPoints: [path.join(sdk, 'src', `${name}.ts`)],
    bundle: true, write: false, format: 'esm' })
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
}
const { openOutbox } = await part('outbox')
const { openWho } = await part('who')
const { keptIn } = await part('keep')

// As much of a browser as the parts use.
function storage() {
  const all = {}
  return Object.defineProperties(all, Object.fromEntries(Object.entries({
    getItem: (key) => all[key] ?? null,
    setItem(key, text) {
      if (Object.values(all).join().length + text.length > 5000) throw new Error('full')
      all[key] = text
    },
    removeItem: (key) => { delete all[key] },
  }).map(([name, value]) => [name, { value }])))
}

let answers, asked, device
const door = { url: 'https://a.example', letter: JSON.stringify,
  async post(where, body) {
    asked.push({ where, body })
    if (where === '/v1/devices')
      return { status: 201, waitMs: 0, body: { deviceToken: `dt_${++device}` } }
    return { waitMs: 0, body: {}, ...(answers.shift() ?? { status: 200 }) }
  } }

beforeEach(() => {
  answers = []
  asked = []
  device = 0
  globalThis.window = { localStorage: storage(), sessionStorage: storage() }
  globalThis.document = { cookie: '' }
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true })
  globalThis.location = { protocol: 'https:' }
})

const sent = () => asked.filter(({ where }) => where === '/v1/batch').map(({ body }) => body)
const jwt = (sub) => `h.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.s`

test('Events leave with the proof of whoever they belong to, after a sign-out, too', async () => {
  const who = openWho(door, 'local', true, undefined)
  const outbox = openOutbox(door, who)
  who.login(jwt('one'))
  outbox.add({ event: 'of one' })
  await who.proof()
  outbox.seal()
  who.logout()
  outbox.add({ event: 'of nobody yet' })
  assert.doesNotMatch(JSON.stringify(window.localStorage), /of one/)
  assert.equal(await outbox.flush(), true)
  assert.deepEqual(sent().map(({ deviceToken, token, batch }) =>
    [deviceToken, token, batch[0].event]),
    [['dt_1', jwt('one'), 'of one'], ['dt_2', undefined, 'of nobody yet']])
})

test('What cannot be sent is kept, and let go of when it is durable or refused', async () => {
  const outbox = openOutbox(door, openWho(door, 'local', true, undefined))
  outbox.add({ event: 'kept' })
  for (const answer of [{ status: 0 }, { status: 429, waitMs: 3 }, { status: 503 }]) {
    answers = [answer]
    assert.equal(await outbox.flush(), false)
    assert.match(JSON.stringify(window.localStorage), /kept/)
  }
  assert.equal(await outbox.flush(), true)
  assert.doesNotMatch(JSON.stringify(window.localStorage), /kept/)
  assert.equal(new Set(sent().map(({ batch }) => batch[0].messageId)).size, 1)
  answers = [{ status: 400 }]
  outbox.add({ event: 'wrong' })
  assert.equal(await outbox.flush(), true)
  assert.equal(await outbox.flush(), true)
  assert.equal(sent().length, 5)
})

test('A flush that says it is done has sent what came while it was sending, too', async () => {
  const outbox = openOutbox({ ...door, post(where, body) {
    if (where === '/v1/batch' && !sent().length) outbox.add({ event: 'meanwhile' })
    return door.post(where, body)
  } }, openWho(door, 'local', true, undefined))
  outbox.add({ event: 'first' })
  assert.equal(await outbox.flush(), true)
  assert.deepEqual(sent().map(({ batch }) => batch[0].event), ['first', 'meanwhile'])
  assert.doesNotMatch(JSON.stringify(window.localStorage), /meanwhile/)
})

test('An expired token is renewed once; a token that stays wrong ends nothing but its batch',
  async () => {
    const tokens = [jwt('a'), jwt('a') + '2', jwt('a') + '3']
    const who = openWho(door, 'memory', false, () => Promise.resolve(tokens.shift()))
    const outbox = openOutbox(door, who)
    outbox.add({ event: 'first' })
    answers = [{ status: 401 }]
    assert.equal(await outbox.flush(), true)
    assert.deepEqual(sent().map(({ token }) => token), [jwt('a'), jwt('a') + '2'])
    answers = [{ status: 401 }, { status: 401 }]
    outbox.add({ event: 'second' })
    assert.equal(await outbox.flush(), true)
    assert.equal(sent().length, 4)
  })

test('A device token that the server does not know any more is replaced', async () => {
  const who = openWho(door, 'local', true, undefined)
  const outbox = openOutbox(door, who)
  outbox.add({ event: 'first' })
  answers = [{ status: 401 }]
  assert.equal(await outbox.flush(), true)
  assert.deepEqual(sent().map(({ deviceToken }) => deviceToken), ['dt_1', 'dt_2'])
  assert.equal(keptIn('local').read('device'), 'dt_2')
})

test('Whoever signs out while their token is being fetched is not brought back', async () => {
  let give
  const who = openWho(door, 'memory', false, () => new Promise((done) => { give = done }))
  const asking = who.proof()
  who.logout()
  give(jwt('gone'))
  assert.equal((await asking).token, undefined)
  assert.equal((await who.proof()).token, undefined)
})

test('A full store loses nothing that is in memory, and the oldest of a hundred waits go first',
  async () => {
    const outbox = openOutbox(door, openWho(door, 'local', true, undefined))
    for (let i = 0; i < 130; i++) outbox.add({ event: `e${i}`, note: 'x'.repeat(100) })
    answers = []
    assert.equal(await outbox.flush(), true)
    const names = sent().flatMap(({ batch }) => batch.map(({ event }) => event))
    assert.deepEqual([names.length, names[0], names.at(-1)], [100, 'e30', 'e129'])
  })

test('What another tab could not send is taken over', async () => {
  window.localStorage.setItem('aizuchi.device', 'dt_9')
  window.localStorage.setItem('aizuchi.events.other',
    JSON.stringify({ proof: { deviceToken: 'dt_9' }, events: [{ messageId: 'm', event: 'left' }] }))
  const outbox = openOutbox(door, openWho(door, 'local', true, undefined))
  outbox.adopt()
  assert.equal(await outbox.flush(), true)
  assert.deepEqual(sent().map(({ deviceToken, batch }) => [deviceToken, batch[0].event]),
    [['dt_9', 'left']])
  assert.deepEqual(keptIn('local').names().filter((name) => name !== 'device'), [])
})

test('What a page loads is 5 KB, 10 KB with all that a person sees, or the build fails', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aizuchi-budget-'))
  for (const name of ['src', 'node_modules', 'aizuchi.d.ts'])
    fs.symlinkSync(path.join(sdk, name), path.join(folder, name))
  const text = fs.readFileSync(path.join(sdk, 'build.mjs'), 'utf8')
  const built = (change) => {
    fs.writeFileSync(path.join(folder, 'build.mjs'), change(text))
    return spawnSync(process.execPath, [path.join(folder, 'build.mjs'), '--sizes'],
      { encoding: 'utf8' })
  }
  try {
    const { status, stdout } = built((same) => same)
    const sizes = JSON.parse(stdout)
    assert.equal(status, 0)
    assert.ok(sizes['aizuchi.js'] <= 5120 && sizes['aizuchi-ui.js'] <= 10_240, stdout)
    const over = built((same) => same.replace('whole = 10 * 1024', 'whole = 9 * 1024'))
    assert.equal(over.status, 1)
    assert.match(over.stderr, /aizuchi-ui\.js is \d+ bytes gzipped; its budget is 9216/)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

test('The types are those of the code', () => {
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', sdk],
    { encoding: 'utf8' })
  assert.equal(tsc.status, 0, tsc.stdout)
})

test('The examples of docs/web-sdk.md are sound', async () => {
  const page = fs.readFileSync(path.join(process.env.TEST_ROOT, 'docs/web-sdk.md'), 'utf8')
  const blocks = [...page.matchAll(/^```(jsx?) title="[^"]+"\n([^]*?)^```$/gm)]
  assert.ok(blocks.length >= 5)
  for (const [, loader, text] of blocks) await transform(text, { loader, jsx: 'automatic' })
})
