// yaml-language-server as an editor talks to it: JSON-RPC over its standard streams.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const patience_ms = 30_000

function program() {
  const manifest = createRequire(import.meta.url).resolve('yaml-language-server/package.json')
  return path.join(path.dirname(manifest), 'bin/yaml-language-server')
}

export class LanguageServer {
  #child = spawn(process.execPath, [program(), '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] })
  #bytes = Buffer.alloc(0)
  #next = 1
  #waiting = new Map()
  #diagnostics = new Map()
  #listeners = new Set()
  #settings = {}

  static async start(folder, settings) {
    const server = new LanguageServer()
    server.#settings = settings
    server.#child.stdout.on('data', (bytes) => server.#receive(bytes))
    const rootUri = pathToFileURL(folder).href
    await server.ask('initialize', {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: 'brand' }],
      capabilities: {
        workspace: { configuration: true, workspaceFolders: true },
        textDocument: {
          completion: { completionItem: { snippetSupport: true } },
          hover: { contentFormat: ['plaintext'] },
          publishDiagnostics: {},
        },
      },
    })
    server.#tell('initialized', {})
    server.#tell('workspace/didChangeConfiguration', { settings })
    return server
  }

  async stop() {
    await this.ask('shutdown', null)
    this.#tell('exit', null)
    this.#child.stdin.end()
  }

  // What it says of the file once it has looked at this text.
  async open(file, text = fs.readFileSync(file, 'utf8')) {
    const uri = pathToFileURL(file).href
    const said = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no diagnostics of ${file}`)), patience_ms)
      const listener = (about) => {
        if (about !== uri) return
        clearTimeout(late)
        this.#listeners.delete(listener)
        resolve(this.#diagnostics.get(uri))
      }
      this.#listeners.add(listener)
    })
    this.#tell('textDocument/didOpen',
      { textDocument: { uri, languageId: 'yaml', version: this.#next, text } })
    return said
  }

  close(file) {
    this.#tell('textDocument/didClose', { textDocument: { uri: pathToFileURL(file).href } })
  }

  at(method, file, line, character) {
    return this.ask(`textDocument/${method}`, {
      textDocument: { uri: pathToFileURL(file).href },
      position: { line, character },
    })
  }

  ask(method, params) {
    const id = this.#next++
    this.#send({ jsonrpc: '2.0', id, method, params })
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${method}: no answer`)), patience_ms)
      this.#waiting.set(id, (message) => {
        clearTimeout(late)
        if (message.error) reject(new Error(`${method}: ${message.error.message}`))
        else resolve(message.result)
      })
    })
  }

  #tell(method, params) { this.#send({ jsonrpc: '2.0', method, params }) }

  #send(message) {
    const body = Buffer.from(JSON.stringify(message))
    this.#child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`)
    this.#child.stdin.write(body)
  }

  #receive(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    for (;;) {
      const head = this.#bytes.indexOf('\r\n\r\n')
      if (head < 0) return
      const header = this.#bytes.toString('ascii', 0, head)
      const length = Number(/Content-Length: (\d+)/i.exec(header)[1])
      if (this.#bytes.length < head + 4 + length) return
      const body = this.#bytes.toString('utf8', head + 4, head + 4 + length)
      this.#bytes = this.#bytes.subarray(head + 4 + length)
      this.#take(JSON.parse(body))
    }
  }

  #take(message) {
    if (message.method === 'workspace/configuration') {
      const result = message.params.items.map(({ section }) => this.#settings[section] ?? {})
      this.#send({ jsonrpc: '2.0', id: message.id, result })
    } else if (message.method === 'textDocument/publishDiagnostics') {
      this.#diagnostics.set(message.params.uri, message.params.diagnostics)
      for (const listener of [...this.#listeners]) listener(message.params.uri)
    } else if (message.method && message.id !== undefined) {
      this.#send({ jsonrpc: '2.0', id: message.id, result: null })
    } else if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
    }
  }
}
