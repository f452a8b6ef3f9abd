// Opens the whole sample with one command: the engine with the brand folder, its keys, a signing
// key of the shop's, two sample people, and the shop in front.
//   node demo/shop/open.mjs AIZUCHI [PORT]     script/demo --shop does it
// Everything is in a folder of its own, which goes when this ends.
import { generateKeyPairSync } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Engine } from './engine.mjs'
import { listen, Shop } from './server.mjs'

const brandFolder = fileURLToPath(new URL('../tsumugi', import.meta.url))
const day = 86_400_000
const kid = 'shop'

function run(aizuchi, ...args) {
  const { status, stdout, stderr } = spawnSync(aizuchi, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`aizuchi ${args.slice(0, 2).join(' ')} failed:\n${stderr}`)
  return stdout.trim()
}

function prepare(aizuchi, folder) {
  const data = path.join(folder, 'data')
  run(aizuchi, 'apply', brandFolder, '--data', data)
  const key = (source, ...kind) =>
    run(aizuchi, 'keys', 'create', '--source', source, ...kind, '--data', data)
  const keys = Object.fromEntries(['web', 'shop', 'signup', 'support']
    .map((source) => [source, key(source, '--public')]))
  keys.desk = key('support', '--secret', '--scopes', 'ingest')
  keys.counter = key('shop', '--secret', '--scopes', 'ingest')
  keys.meeting = key('office', '--secret', '--scopes', 'ingest')
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const half = path.join(folder, 'shop.pub.pem')
  fs.writeFileSync(half, publicKey.export({ type: 'spki', format: 'pem' }))
  run(aizuchi, 'keys', 'trust', half, '--algorithm', 'EdDSA', '--kid', kid, '--data', data)
  return { data, keys, signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
}

async function startEngine(aizuchi, data) {
  const engine = spawn(aizuchi, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--admin',
    '127.0.0.1:0', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let trouble = ''
  engine.stderr.on('data', (text) => { trouble += text })
  const line = await new Promise((resolve, reject) => {
    engine.stdout.once('data', resolve)
    engine.once('exit', (code) => reject(new Error(`aizuchi serve ended with ${code}: ${trouble}`)))
  })
  return { process: engine, url: JSON.parse(String(line)).url }
}

// Two people with a past, so that a tour need not wait for weeks.
async function addSamples(shop) {
  const { engine } = shop
  const bitter = shop.addUser({ id: 'sample-yui', name: '結衣', email: 'yui@example.jp',
    password: 'tsumugi' })
  bitter.inquiry = { answer: true }
  const office = shop.addUser({ id: 'sample-ken', name: '健', email: 'ken@example.jp',
    password: 'tsumugi' })
  const ago = (days) => new Date(Date.now() - days * day)
  const bean = { product_id: 'mandheling', category: 'dark-roast', price: 1380, quantity: 1 }
  for (const [days, id] of [[54, 'T-1088'], [19, 'T-1140']])
    await engine.tell('counter', { userId: bitter.id }, [{ event: 'Order Completed',
      properties: { order_id: id, total: 1660, currency: 'JPY', grind: 'fine',
        products: [bean] } }], ago(days))
  await engine.tell('desk', { userId: bitter.id }, [{ event: 'Inquiry Answered',
    properties: { topic: 'bitterness', state: 'open', grind: 'medium' } }], ago(15))
  await engine.tell('meeting', { userId: office.id }, [{ event: 'Meeting Held',
    properties: { worry: 'power' } }], ago(3))
  shop.samples = [
    { email: bitter.email, password: 'tsumugi', about: {
      ja: '先日、苦みを相談した方(結衣 様)', en: 'The person who asked about bitterness (Yui)' } },
    { email: office.email, password: 'tsumugi', about: {
      ja: '打ち合わせで電源を気にしていた方(健 様)', en: 'The person who worried about power (Ken)' } }]
}

export async function openShop(aizuchi, port = 0) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsumugi-'))
  const { data, keys, signingKey } = prepare(aizuchi, folder)
  const served = await startEngine(aizuchi, data)
  const shop = new Shop(new Engine({ url: served.url, brand: 'tsumugi', keys, signingKey, kid }))
  await addSamples(shop)
  const server = await listen(shop, port)
  return { shop, url: `http://127.0.0.1:${server.address().port}`, engineUrl: served.url,
    async close() {
      server.close()
      server.closeAllConnections()
      const ended = new Promise((done) => served.process.once('exit', done))
      served.process.kill('SIGTERM')
      await ended
      fs.rmSync(folder, { recursive: true, force: true })
    } }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [aizuchi, port = '8090'] = process.argv.slice(2)
  if (!aizuchi) {
    console.error('usage: node demo/shop/open.mjs AIZUCHI [PORT]')
    process.exit(2)
  }
  const opened = await openShop(aizuchi, Number(port))
  console.log(`The shop        ${opened.url}\nA tour of it    ${opened.url}/tour\n` +
    `The engine      ${opened.engineUrl}\nCtrl-C ends it; nothing is kept.`)
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, async () => {
      await opened.close()
      process.exit(0)
    })
}
