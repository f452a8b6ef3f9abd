// Reads the script's own tag, and begins.
//   <script src="https://a.example/sdk/aizuchi.js" data-key="pk_…" data-keep="local"></script>
import type { Aizuchi, Cleanup, Keep, Options } from '../aizuchi'
import { tell } from './base'
import { aizuchi } from './client'

export function begin(
  startUi?: (client: Aizuchi, door: Options & { readonly url: string }) => Cleanup): void {
  const { src, dataset } = document.currentScript as HTMLScriptElement
  const { key, keep, consent, wait, locale, explain } = dataset
  if (!key) return tell('data-key is missing')
  const bootstrap = document.querySelector('script[data-aizuchi-bootstrap]')?.textContent
  const options = {
    key, locale,
    url: new URL(src).origin,
    consent: consent === 'granted',
    keep: keep as Keep,
    waitMs: +wait! || undefined,
    explain: !!startUi || explain !== undefined,
    bootstrap: bootstrap && JSON.parse(bootstrap),
  }
  const client = window.aizuchi = aizuchi(options)
  client.startPage()
  startUi?.(client, options)
}
