// Reads the script's own tag, and begins.
//   <script src="https://a.example/sdk/aizuchi.js" data-key="pk_…" data-keep="local"></script>
import type { Keep } from '../aizuchi'
import { tell } from './base'
import { aizuchi } from './client'

export function begin(explain: boolean):
  { readonly url: string; readonly key: string } | undefined {
  const { src, dataset } = document.currentScript as HTMLScriptElement
  const { key, keep, consent, wait, locale } = dataset
  if (!key) return void tell('the script tag has no data-key')
  const bootstrap = document.querySelector('script[data-aizuchi-bootstrap]')?.textContent
  const url = new URL(src).origin
  window.aizuchi = aizuchi({
    key, url, locale,
    consent: consent === 'granted',
    keep: keep as Keep,
    waitMs: wait ? +wait : undefined,
    explain: explain || dataset.explain !== undefined,
    bootstrap: bootstrap ? JSON.parse(bootstrap) : undefined,
  })
  window.aizuchi.startPage()
  return { url, key }
}
