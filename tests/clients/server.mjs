// A server of its own for a test: a fresh data directory with a published brand and its keys.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const aizuchi = process.env.AIZUCHI
const brand = process.env.AIZUCHI_BRAND

function run(...args) {
  const done = spawnSync(aizuchi, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`aizuchi ${args.join(' ')}: ${done.stderr}`)
  return done.stdout.trim()
}

export class Server {
  static async start() {
    const server = new Server()
    server.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aizuchi-clients-'))
    server.data = path.join(server.folder, 'data')
    run('apply', brand, '--data', server.data)
    const key = (...kind) =>
      run('keys', 'create', '--source', 'web', ...kind, '--data', server.data)
    server.publicKey = key('--public')
    server.secretKey = key('--secret', '--scopes', 'ingest,decide')
    server.readKey = key('--secret', '--scopes', 'people')
    await server.begin('127.0.0.1:0')
    return server
  }

  async begin(listen) {
    this.process = spawn(aizuchi, ['serve', '--data', this.data, '--listen', listen, '--json'],
      { stdio: ['ignore', 'pipe', 'pipe'] })
    this.process.stderr.resume()
    this.ended = new Promise((resolve) => this.process.on('exit', resolve))
    const line = new Promise((resolve) => this.process.stdout.once('data', resolve))
    const first = await Promise.race([line, this.ended])
    if (typeof first === 'number') throw new Error(`aizuchi serve ended with ${first}`)
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
    const { readBack } = await import('./readback.mjs')
    return readBack({ baseUrl: this.url, messageIds, key: this.readKey })
  }
}
