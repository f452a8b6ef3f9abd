// The classic script: reads its own tag, and begins.
//   <script src="https://a.example/sdk/aizuchi.js" data-key="pk_…" data-keep="local"></script>
import type { Keep } from '../aizuchi'
import { tell } from './base'
import { aizuchi } from './client'

const { src, dataset } = document.currentScript as HTMLScriptElement
const { key, keep, consent, wait, locale, explain } = dataset
const bootstrap = document.querySelector('script[data-aizuchi-bootstrap]')?.textContent
if (key) {
  window.aizuchi = aizuchi({
    key,
    url: new URL(src).origin,
    consent: consent === 'granted',
    keep: keep as Keep,
    waitMs: wait ? +wait : undefined,
    locale,
    explain: explain !== undefined,
    bootstrap: bootstrap ? JSON.parse(bootstrap) : undefined,
  })
  window.aizuchi.startPage()
} else {
  tell('the script tag has no data-key')
}
