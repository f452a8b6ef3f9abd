// A door in front of the server that fails on purpose, as networks and busy servers do, and keeps
// what came through: how often a client tried, when, and what it sent.
//   gate.fail({ path: /\/v1\/t$/, status: 429, headers: { 'retry-after': '1' }, times: 2 })
//   gate.fail({ lose: true })    the server has it, but its answer never arrives
// The status of a try is undefined until it is answered, and 0 when nobody did.
import http from 'node:http'
import zlib from 'node:zlib'

const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' }

function parsed(raw, encoding) {
  try {
    return JSON.parse((encoding === 'gzip' ? zlib.gunzipSync(raw) : raw).toString('utf8'))
  } catch {
    return undefined
  }
}

export class Gate {
  static async before(server) {
    const gate = new Gate()
    gate.server = server
    gate.faults = []
    gate.posts = []
    gate.http = http.createServer((request, response) => gate.take(request, response))
    await new Promise((done) => gate.http.listen(0, '127.0.0.1', done))
    gate.host = `127.0.0.1:${gate.http.address().port}`
    gate.url = `http://${gate.host}`
    return gate
  }

  fail(fault) {
    this.faults.push({ times: 1, path: /^\/v1\//, ...fault })
  }

  take(request, response) {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => this.answer(request, Buffer.concat(chunks), response))
  }

  note(request, raw) {
    const body = parsed(raw, request.headers['content-encoding'])
    const events = body?.batch ?? (body ? [body] : [])
    const post = { at: Date.now(), path: request.url, wireBytes: raw.length,
      bytes: Buffer.byteLength(JSON.stringify(body ?? '')), sentAt: body?.sentAt, status: undefined,
      retry: request.headers['x-retry-count'], ids: events.map((event) => event.messageId) }
    this.posts.push(post)
    return post
  }

  answer(request, raw, response) {
    const post = request.method === 'POST' && !request.url.endsWith('/m')
      ? this.note(request, raw) : undefined
    const fault = post && this.faults.find((f) => f.times > 0 && f.path.test(request.url))
    if (fault) fault.times -= 1
    if (fault?.status) {
      post.status = fault.status
      response.writeHead(fault.status, { ...cors, ...fault.headers })
      return response.end('{"error":{"code":"busy","message":"on purpose"}}')
    }
    this.forward(request, raw, (answer) => {
      if (post) post.status = answer?.statusCode ?? 0
      if (!answer || fault?.lose) return response.destroy()
      response.writeHead(answer.statusCode, answer.headers)
      response.end(answer.body)
    })
  }

  // The server may be down: then the client sees a connection that breaks, too.
  forward(request, raw, done) {
    const to = http.request(new URL(request.url, this.server.url),
      { method: request.method, headers: request.headers, agent: false }, (answer) => {
        const chunks = []
        answer.on('data', (chunk) => chunks.push(chunk))
        answer.on('error', () => done(undefined))
        answer.on('end', () => done({ statusCode: answer.statusCode, headers: answer.headers,
          body: Buffer.concat(chunks) }))
      })
    to.on('error', () => done(undefined))
    to.end(raw)
  }

  close() {
    this.http.closeAllConnections()
    this.http.close()
  }
}
