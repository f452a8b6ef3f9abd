// A page script in a real Chromium, from an origin of its own, so that CORS is in the way.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  for (const folder of (process.env.PATH ?? '').split(path.delimiter))
    for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
      if (fs.existsSync(path.join(folder, name))) return path.join(folder, name)
  return undefined
}

// `meanwhile` runs beside the page, which ends when it sets globalThis.result.
export async function inBrowser(script, globals, meanwhile = async () => {}) {
  const { build } = await import('esbuild')
  const { chromium } = await import('playwright-core')
  const resolveDir = path.dirname(fileURLToPath(import.meta.url))
  const built = await build({
    stdin: { contents: script, resolveDir, loader: 'js' },
    bundle: true, write: false, format: 'iife', platform: 'browser', logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const page = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">' +
    `<script>globalThis.given=${JSON.stringify(globals)}</script><script src="/app.js"></script>`
  const origin = http.createServer((request, response) => {
    const js = request.url === '/app.js'
    response.writeHead(200, { 'content-type': js ? 'text/javascript' : 'text/html' })
    response.end(js ? built.outputFiles[0].text : page)
  })
  await new Promise((done) => origin.listen(0, '127.0.0.1', done))
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
  try {
    const tab = await browser.newPage()
    const answers = []
    const errors = []
    tab.on('response', (r) => answers.push({ path: new URL(r.url()).pathname, status: r.status() }))
    tab.on('requestfailed', (r) => errors.push(`${r.url()} ${r.failure()?.errorText}`))
    tab.on('pageerror', (e) => errors.push(String(e)))
    await tab.goto(`http://127.0.0.1:${origin.address().port}/shop`)
    await Promise.all([meanwhile(tab),
      tab.waitForFunction('globalThis.result !== undefined', undefined, { timeout: 40_000 })])
    return { result: await tab.evaluate('globalThis.result'), answers, errors }
  } finally {
    await browser.close()
    origin.close()
  }
}
