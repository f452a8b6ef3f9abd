// What a page may say to Aizuchi and hear from it. Documentation: docs/web-sdk.md.

/** Where the device's id and unsent events are kept, once the person allows it. */
export type Keep = 'none' | 'memory' | 'session' | 'local' | 'cookie'

export interface Options {
  /** The server's origin; by default the page's own. */
  readonly url?: string | undefined
  /** A public key, pk_…: everyone may read it. */
  readonly key: string
  /** `memory` by default. `none` (cookieless): no id, no events, decisions about nobody. */
  readonly keep?: Keep | undefined
  /** Until it is true, nothing is written to the device: `keep` acts as `memory`. */
  readonly consent?: boolean | undefined
  /** The person token of who is signed in, or how to get a fresh one. */
  readonly token?: Token | undefined
  /** How long a marked slot may wait for its content, 800 at most. */
  readonly waitMs?: number | undefined
  /** Of the texts; by default the page's `lang`. */
  readonly locale?: string | undefined
  /** An answer of /v1/decide that your server asked for: the first view asks nothing. */
  readonly bootstrap?: Bootstrap | undefined
  /** Ask for the reasons, too: what the "why" of a slot shows. */
  readonly explain?: boolean | undefined
}

export type Token = string | (() => string | undefined | Promise<string | undefined>)

export interface Sentence {
  readonly text: string
  readonly source?: string
  readonly at?: string
  /** What it is called at /v1/me, where it can be put right or forgotten. */
  readonly name?: string
  /** What to call it in "this feels odd", where it has no name at /v1/me. */
  readonly use?: string
  readonly correctable?: boolean
  readonly choices?: readonly { readonly value: string; readonly says: string }[]
}

export interface Item {
  readonly id: string
  readonly variant?: string
  readonly content: Readonly<Record<string, string>>
  readonly layer: string
  readonly why?: readonly Sentence[]
}

export interface Slot {
  readonly items: readonly Item[]
  /**
   * chosen, nothing_fits, given_order, silence, stopped, failed;
   * or, of this side: late, unreachable, refused.
   */
  readonly reason: string
  readonly layer?: string
  readonly decisionId?: string
  readonly purpose?: { readonly id: string; readonly says: string }
  /** Once: what an answer of theirs changed here, to be said in these words. */
  readonly giveBack?: { readonly question: string; readonly says: string }
}

export interface Decided {
  readonly decisionId?: string
  readonly slots: Readonly<Record<string, Slot>>
}

export interface Bootstrap extends Decided {
  readonly anonymousId?: string
  readonly deviceToken?: string
}

/** What proves to the server who asks: for calls of your own to /v1/me. */
export interface Proof {
  readonly deviceToken?: string | undefined
  readonly token?: string | undefined
}

export type Cleanup = () => void

export interface Aizuchi {
  /** Fills the marked slots, says what was seen and clicked, follows routes. */
  startPage(): Cleanup
  /** For those who render by themselves. Never rejects: without an answer, `items` is empty. */
  decide(slots: readonly string[]): Promise<Decided>
  /** Says that the slot was seen, once it really is, and what was clicked in it. */
  startSeen(element: Element, name: string, slot: Slot): Cleanup
  /** An event. With a slot's name it carries the decision that the slot shows. */
  track(event: string, properties?: Readonly<Record<string, unknown>>, slot?: string): void
  /** The person signed in. The slots are decided anew. */
  login(token: Token): Promise<void>
  /** The person signed out: the defaults stand, what was written goes, the device begins anew. */
  logout(): Promise<void>
  /**
   * May something be written to this device? `false` erases what was. `purposes` says what the
   * person agreed to or took back, by the brand folder's names, from the next decision on.
   */
  consent(allowed: boolean, purposes?: Readonly<Record<string, boolean>>): Promise<void>
  /** The decision that a marked slot shows now. */
  slot(name: string): Slot | undefined
  proof(): Promise<Proof>
  /** Decides the marked slots anew, in place. */
  refresh(): Promise<void>
  /** Sends what waits; true when nothing is left. */
  flush(): Promise<boolean>
}

export function aizuchi(options: Options): Aizuchi

/**
 * Of aizuchi-ui.mjs, what a person sees of it: "why this?" beside every slot that something
 * personal chose; where the page marks a place, a question (`data-aizuchi-question`) with what its
 * answer changed, "tell us" (`data-aizuchi-tell`), and whether they feel understood
 * (`data-aizuchi-felt`, its value: seconds to wait, 8 by default). A page has one of it.
 */
export function startUi(client: Aizuchi,
  options: { readonly url: string; readonly key: string; readonly locale?: string | undefined }):
  Cleanup

declare global {
  interface Window {
    aizuchi?: Aizuchi
  }
}
