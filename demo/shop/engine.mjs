// The way from the shop's own server to Aizuchi. It holds public keys, one for each place where
// something is told, and for whoever it speaks it brings their proof: the token that it signs for
// who is signed in, and the token of the device. Only the support desk has a secret key, since it
// writes what staff say. A shop does not wait for its engine: what fails is left out.
import { createPrivateKey, randomUUID, sign } from 'node:crypto'

const waitMs = 1500
const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url')

export class Engine {
  constructor({ url, brand, keys, signingKey, kid }) {
    Object.assign(this, { url, brand, keys, kid, signingKey: createPrivateKey(signingKey) })
  }

  // docs/identity.md, "Person tokens"
  tokenFor(userId) {
    const now = Math.floor(Date.now() / 1000)
    const text = `${part({ alg: 'EdDSA', typ: 'JWT', kid: this.kid })}.${part({ sub: userId,
      aud: this.brand, iat: now, exp: now + 15 * 60, jti: randomUUID() })}`
    return `${text}.${sign(null, Buffer.from(text), this.signingKey).toString('base64url')}`
  }

  // `at`: when it happened, if that was not now.
  async tell(source, proof, events, at = new Date()) {
    if (!proof.token && !proof.deviceToken && !proof.userId) return
    const { userId, ...words } = proof
    await this.#send('POST', '/v1/batch', {}, { writeKey: this.keys[source], ...words,
      batch: events.map((event) => ({ type: 'track', messageId: randomUUID(),
        timestamp: at.toISOString(), ...(userId && { userId }), ...event })) })
  }

  // The person's side of the API: undefined when there is nobody, or no answer.
  async me(proof, method, path, body) {
    if (!proof.token && !proof.deviceToken) return undefined
    return this.#send(method, path, { 'x-api-key': this.keys.web,
      ...(proof.deviceToken && { 'aizuchi-device': proof.deviceToken }),
      ...(proof.token && { authorization: `Bearer ${proof.token}` }) }, body)
  }

  async #send(method, path, headers, body) {
    try {
      const answer = await fetch(this.url + path, { method, headers,
        ...(body && { body: JSON.stringify(body) }), signal: AbortSignal.timeout(waitMs) })
      const got = await answer.json().catch(() => undefined)
      if (answer.ok) return got
      console.error(`shop: ${method} ${path.split('?')[0]}: ${answer.status} ${
        got?.error?.message ?? ''}`)
    } catch (error) {
      console.error(`shop: ${method} ${path.split('?')[0]}: ${error.name}`)
    }
    return undefined
  }
}
