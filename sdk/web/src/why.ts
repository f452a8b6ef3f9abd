// "Why am I seeing this": a button beside every slot that something personal chose, and a dialog
// of its own with the person's sentences, where each came from and when (on tap), and what may be
// done: put it right, have it not used, have it forgotten, or say in one tap that it feels odd.
// It holds at the next decision, which is made at once, in place; the thanks say what changed.
//
// It is made of elements, not of markup, in a shadow of its own with a constructed sheet: no
// content policy and no style of the page is in its way.
import type { Aizuchi, Cleanup, Sentence, Slot } from '../aizuchi'
import { all, listen } from './base'

export interface WhyOptions {
  readonly url: string
  readonly key: string
  readonly locale?: string | undefined
}

const words = {
  ja: {
    why: 'この表示の理由', close: '閉じる', when: 'いつ、どこで', wrong: 'ちがいます',
    right: '正しくは', save: '直す', stop: '使わないでほしい', forget: '忘れてほしい',
    odd: 'ここでは違和感がある', odder: '全体に違和感がある',
    oddly: '教えてくださってありがとうございます。ここでは使いません。',
    saved: 'ありがとうございます。直しました。', forgotten: '承知しました。忘れました。',
    stopped: (says: string) => `承知しました。「${says}」には使いません。`,
    changed: (count: number) => count ? `表示を ${count} か所変えました。` : '',
    failed: 'いまは受け付けられませんでした。少しあとで、もう一度お試しください。',
  },
  en: {
    why: 'Why this?', close: 'Close', when: 'When and where', wrong: 'That is wrong',
    right: 'It is', save: 'Put right', stop: 'Don’t use this', forget: 'Forget it',
    odd: 'This feels odd here', odder: 'All of it feels odd',
    oddly: 'Thank you for saying so. It is not used here any more.',
    saved: 'Thank you. It is put right.', forgotten: 'Understood. It is forgotten.',
    stopped: (says: string) => `Understood. It is not used any more ${says}.`,
    changed: (count: number) =>
      count ? ` ${count} ${count === 1 ? 'place' : 'places'} on this page changed.` : '',
    failed: 'This could not be done now. Please try again in a moment.',
  },
}

const style = `
:host{display:block;font:inherit}
button,select,input{font:inherit;color:inherit;background:none;border:1px solid currentColor;
border-radius:.4em;padding:.3em .7em;min-height:2.2em;margin:.2em .4em .2em 0;cursor:pointer}
.why{border:0;padding:.2em 0;font-size:.8125em;text-decoration:underline}
dialog{font:inherit;max-width:26em;width:calc(100% - 3em);border:0;border-radius:.8em;
padding:1.2em 1.4em;color-scheme:light dark;background:Canvas;color:CanvasText;
box-shadow:0 .5em 2em #0005;line-height:1.6}
dialog::backdrop{background:#0006}
h2{font-size:1.1em;margin:0 0 .6em}
ul{list-style:none;margin:0;padding:0}li{padding:.5em 0;border-top:1px solid #8886}
p{margin:.3em 0}summary{cursor:pointer;font-size:.875em}
:focus-visible{outline:2px solid;outline-offset:2px}h2:focus-visible{outline:0}`

type Child = Node | string

function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, set: Partial<HTMLElementTagNameMap[Tag]>, ...children: readonly Child[]):
  HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), set)
  element.append(...children)
  return element
}

const personal = (slot: Slot | undefined): Sentence[] => {
  const told = new Map((slot?.items ?? []).flatMap(({ why = [] }) => why)
    .filter(({ at }) => at).map((sentence) => [sentence.text, sentence]))
  return [...told.values()]
}

export function startWhy(client: Aizuchi, { url, key, locale }: WhyOptions): Cleanup {
  const language = locale ?? (document.documentElement.lang || navigator.language)
  const t = language.startsWith('ja') ? words.ja : words.en
  const hosts = new Map<HTMLElement, HTMLElement>()

  async function ask(method: string, path: string, body?: object): Promise<boolean> {
    const { deviceToken, token } = await client.proof()
    try {
      const { ok } = await fetch(url + path, { method, credentials: 'omit',
        headers: { 'x-api-key': key, ...(deviceToken && { 'aizuchi-device': deviceToken }),
          ...(token && { authorization: `Bearer ${token}` }) },
        ...(body && { body: JSON.stringify(body) }) })
      return ok
    } catch {
      return false
    }
  }

  const texts = (): (string | null)[] => [...document.querySelectorAll('[data-aizuchi-slot]')]
    .map(({ textContent }) => textContent)

  function lineOf({ text, source, at, name, use = name, correctable, choices }: Sentence,
    slot: Slot, odd: (fact: string) => void,
    act: (thanks: string, method: string, path: string, body?: object) => void): HTMLElement {
    const when = new Date(at!).toLocaleDateString(language, { dateStyle: 'long' })
    const line = make('li', {}, make('p', {}, text),
      make('details', {}, make('summary', {}, t.when), `${source ?? ''} – ${when}`))
    const button = (label: string, onclick: () => void): void =>
      line.append(make('button', { type: 'button', onclick }, label))
    const path = `/v1/me/facts/${encodeURIComponent(name ?? '')}`
    if (name && correctable) button(t.wrong, () => {
      const field = choices ? make('select', { ariaLabel: t.right }, ...choices.map((choice) =>
        make('option', { value: choice.value }, choice.says))) :
        make('input', { ariaLabel: t.right })
      const form = make('form', { onsubmit: (event) => {
        event.preventDefault()
        act(t.saved, 'PATCH', path, { value: field.value })
      } }, field, make('button', {}, t.save))
      line.append(form)
      field.focus()
    })
    const { purpose } = slot
    if (purpose) button(t.stop, () => act(t.stopped(purpose.says), 'PUT',
      `/v1/me/purposes/${encodeURIComponent(purpose.id)}`, { granted: false }))
    if (name) button(t.forget, () => act(t.forgotten, 'DELETE', path))
    if (use) button(t.odd, () => odd(use))
    return line
  }

  function open(root: ShadowRoot, name: string, slot: Slot): void {
    const list = make('ul', {})
    const note = make('p', { role: 'status' })
    const title = make('h2', { id: 'why', tabIndex: -1 }, t.why)
    const act = async (thanks: string, method: string, path: string, body?: object) => {
      const before = texts()
      if (await ask(method, path, body)) {
        await client.refresh()
        const changed = texts().filter((text, i) => text !== before[i]).length
        list.remove()
        note.textContent = thanks + t.changed(changed)
        title.focus()
      } else {
        note.textContent = t.failed
      }
    }
    const odd = (fact?: string): void =>
      void act(t.oddly, 'POST', `/v1/decisions/${slot.decisionId}/odd`, { slot: name, fact })
    list.append(
      ...personal(slot).map((each) => lineOf(each, slot, odd, (...what) => void act(...what))),
      make('li', {}, make('button', { type: 'button', onclick: () => odd() }, t.odder)))
    const dialog = make('dialog', { onclose: () => dialog.remove() }, title, list, note,
      make('button', { type: 'button', onclick: () => dialog.close() }, t.close))
    dialog.setAttribute('aria-labelledby', 'why')
    root.append(dialog)
    dialog.showModal()
  }

  function hostOf(element: HTMLElement, name: string): HTMLElement {
    const host = make('span', {})
    host.dataset.aizuchiUi = name
    const root = host.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    root.adoptedStyleSheets = [sheet]
    root.append(make('button', { type: 'button', className: 'why', ariaHasPopup: 'dialog',
      onclick: () => {
        const slot = client.slot(name)
        if (slot) open(root, name, slot)
      } }, t.why))
    const place = document.querySelector(`[data-aizuchi-why="${CSS.escape(name)}"]`)
    if (place) place.append(host)
    else element.after(host)
    return host
  }

  function update(element: HTMLElement): void {
    const name = element.dataset.aizuchiSlot!
    const slot = client.slot(name)
    const host = hosts.get(element)
    if (personal(slot)[0]) {
      if (!host?.isConnected) hosts.set(element, hostOf(element, name))
      host?.shadowRoot!.querySelector('.why')!.removeAttribute('hidden')
    } else if (!slot) {
      // Somebody signed out: what was open is theirs.
      host?.remove()
      hosts.delete(element)
    } else {
      host?.shadowRoot!.querySelector('.why')!.setAttribute('hidden', '')
    }
  }

  const marks = '[data-aizuchi-slot][data-aizuchi-is]'
  const observer = new MutationObserver((records) => {
    for (const element of new Set(records.map(({ target }) => target as HTMLElement)))
      if (element.matches(marks)) update(element)
    for (const [element, host] of hosts)
      if (!element.isConnected) {
        host.remove()
        hosts.delete(element)
      }
  })
  observer.observe(document, { subtree: true, attributeFilter: ['data-aizuchi-is'] })
  document.querySelectorAll<HTMLElement>(marks).forEach(update)
  return all([() => observer.disconnect(), () => hosts.forEach((host) => host.remove()),
    listen(window, 'pagehide', () => hosts.forEach((host) =>
      host.shadowRoot!.querySelector('dialog')?.close()))])
}
