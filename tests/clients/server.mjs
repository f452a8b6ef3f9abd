// A server of its own for a test: a fresh data directory with a published brand and its keys.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { keptOf, readBack } from './readback.mjs'

const aizuchi = process.env.AIZUCHI
const brand = process.env.TEST_BRAND

function run(...args) {
  const done = spawnSync(aizuchi, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`aizuchi ${args.join(' ')}: ${done.stderr}`)
  return done.stdout.trim()
}

export class Server {
  static async start(folder = brand) {
    const server = new Server()
    server.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aizuchi-clients-'))
    server.data = path.join(server.folder, 'data')
    run('apply', folder, '--data', server.data)
    const key = (...kind) =>
      run('keys', 'create', '--source', 'web', ...kind, '--data', server.data)
    server.publicKey = key('--public')
    server.secretKey = key('--secret', '--scopes', 'ingest,decide')
    server.readKey = key('--secret', '--scopes', 'people')
    server.brandKey = key('--secret', '--scopes', 'brand')
    await server.begin('127.0.0.1:0')
    return server
  }

  async begin(listen) {
    this.process = spawn(aizuchi, ['serve', '--data', this.data, '--listen', listen, '--admin',
      '127.0.0.1:0', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    this.process.stderr.on('data', (text) => { said += text })
    this.ended = new Promise((resolve) => this.process.on('exit', resolve))
    const line = new Promise((resolve) => this.process.stdout.once('data', resolve))
    const first = await Promise.race([line, this.ended])
    if (typeof first === 'number') throw new Error(`aizuchi serve ended with ${first}: ${said}`)
    Object.assign(this, JSON.parse(String(first)))
  }

  async kill(signal) {
    this.process.kill(signal)
    return this.ended
  }

  async again() {
    await this.begin(new URL(this.url).host)
  }

  async stop() {
    const code = await this.kill('SIGTERM')
    fs.rmSync(this.folder, { recursive: true, force: true })
    return code
  }

  async find(messageIds) {
    return readBack({ baseUrl: this.url, messageIds, key: this.readKey })
  }

  // The same with the times the server gave them: {at, receivedAt, event}, by messageId.
  async times(messageIds) {
    const kept = await keptOf({ baseUrl: this.url, messageIds, key: this.readKey })
    return new Map(kept.map((k) => [k.event.messageId,
      { at: Date.parse(k.at), receivedAt: Date.parse(k.receivedAt) }]))
  }

  async storedOnce(messageIds) {
    const stored = (await this.find(messageIds)).map((event) => event.messageId).sort()
    assert.deepEqual(stored, [...messageIds].sort())
  }

  async post(path, body, key = this.publicKey) {
    const answer = await fetch(this.url + path, { method: 'POST',
      headers: { authorization: `Bearer ${key}` }, body: JSON.stringify(body) })
    return { status: answer.status, ...(await answer.json()) }
  }

  // What the operator sees of a person.
  async person(anonymousId) {
    const answer = await fetch(`${this.url}/v1/people/${anonymousId}?kind=anonymousId`,
      { headers: { authorization: `Bearer ${this.readKey}` } })
    return answer.json()
  }
}
