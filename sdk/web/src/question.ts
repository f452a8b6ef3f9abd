// A question, one at a time, where the page has a place for it (data-aizuchi-question) and once
// what the answer would change is in view: what it is for and what one gets stand beside it, and it
// can be left. After the answer the slots are decided anew, in place. What an answer changed, here
// or on another device, is said once, in words (the give-back), and then silently kept.
import { button, call, client, failed, form, language, make, marked, renew, rootIn, rootOf, round,
  say, slotOf, status, thanks } from './made'

interface Question {
  readonly ask: string
  readonly kind: string
  readonly asks: string
  readonly why: string
  readonly options: readonly { readonly id: string; readonly says: string }[]
  readonly worst: boolean
  readonly gives: { readonly slot: string; readonly says: string }
  readonly answered: number
  readonly atMost: number
}

const looked = new Map<Element, number>()  // places, and in which round it was their turn
const said = new Set<string>()             // decisions whose give-back was said
let answering: string | undefined          // the slot whose give-back the card says itself

const title = (): string => say('おたずね', 'A question')
const passed = (): string =>
  say('承知しました。しばらくおたずねしません。', 'Understood. We will not ask for a while.')

function card(place: Element, ...children: readonly (Node | string)[]): HTMLElement {
  const made = make('section', { part: 'card', ariaLabel: title() }, ...children)
  rootIn(place, 'question').replaceChildren(made)
  return made
}

// In place of what stood there, and read out.
function note(place: Element, ...words: readonly string[]): HTMLElement {
  const made = status(words.join('\n').trim())
  const around = card(place, made)
  made.focus()
  return around
}

const act = async (place: Element, method: string, path: string, body: object): Promise<any> => {
  const answer = await call(method, path, body)
  if (!answer) rootIn(place, 'question').firstChild!.appendChild(
    make('p', { role: 'alert' }, failed()))
  return answer
}

function show(place: HTMLElement, question: Question): void {
  const { ask, kind, asks, why, options, worst, gives, answered, atMost } = question
  const choose = (name: string, legend: string, of: Question['options'], ...use: Node[]) =>
    make('fieldset', { name }, make('legend', {}, legend), ...use,
      make('div', { part: 'options' }, ...of.map(({ id, says }) => make('label', {},
        make('input', { type: 'radio', name, value: id, required: true, checked: !id }),
        says))))
  const send = async (told: object): Promise<void> => {
    const answer = await act(place, 'POST', '/v1/me/answers', { ask, ...told })
    if (!answer) return
    if ('pass' in told) return void note(place, passed())
    answering = gives.slot
    const changed = await renew()
    const { giveBack, decisionId } = client.slot(answering) ?? {}
    answering = undefined
    if (giveBack) said.add(decisionId!)
    const made = note(place, thanks(), ...giveBack ?
      [giveBack.says, changed] :
      [say('お答えで表示が変わったら、一度だけお知らせします。',
        'When it changes something here, we tell you, once.')])
    const { question: next } = answer.next
    if (giveBack && next) made.append(
      button(say('もうひとつ答える', 'Answer one more'), () => show(place, next)))
  }
  const best = choose('best', asks, options, make('p', { part: 'small', id: 'use' }, why + '\n' +
    say(`お返し:「${gives.says}」`, `What you get: “${gives.says}”`)))
  best.setAttribute('aria-describedby', 'use')
  const least = worst ? choose('worst', say('いちばん大切でないものは(よろしければ)',
    'Which matters least? (if you like)'),
  [{ id: '', says: say('とくにない', 'None') }, ...options]) : ''
  if (least) least.hidden = true
  const asking = form((data) => {
    const told = data.get('best'), other = data.get('worst')
    return send({ [kind === 'single' ? 'value' : 'best']: told,
      ...(other && other !== told && { worst: other }) })
  }, best, least, make('button', { part: 'main' }, say('答える', 'Answer')),
  button(say('今は答えない', 'Not now'), () => send({ pass: true })))
  asking.onchange = () => {
    if (least) least.hidden = false
  }
  const byHand = !!rootOf(place, 'question')
  card(place, make('p', { part: 'small' },
    title() + (atMost > 1 ? ` ${answered + 1} / ${atMost}` : '')), asking)
  if (byHand) asking.querySelector('input')!.focus()
}

// Nothing is asked before it may be: that is asked first, and a no is kept.
async function begin(place: HTMLElement): Promise<void> {
  const mine = round
  await client.flush()
  const { question: next, reason, purpose } = await call('GET', '/v1/me/question?locale=' +
    language + '&slots=' + (place.dataset.aizuchiQuestion ||
      marked().map((each) => each.dataset.aizuchiSlot))) ?? {}
  if (mine !== round) return
  if (next) show(place, next)
  else if (reason === 'no_consent') {
    const answer = async (granted: boolean): Promise<void> => {
      if (await act(place, 'PUT', `/v1/me/purposes/${purpose.id}`,
        { granted, ...(granted && { textVersion: purpose.textVersion }) }))
        await (granted ? begin(place) : note(place, passed()))
    }
    card(place, make('p', { part: 'asks' }, say(`「${purpose.says}」のために、おたずねしてもよいですか。`,
      `May we ask you something, ${purpose.says}?`)),
    button(say('かまいません', 'You may'), () => answer(true), 'main'),
    button(say('やめておく', 'No, thank you'), () => answer(false)))
  } else if (rootOf(place, 'question')) note(place, thanks())
}

export function question(slots: readonly HTMLElement[]): void {
  for (const each of slots) {
    const { giveBack, decisionId } = slotOf(each) ?? {}
    if (!giveBack || each.dataset.aizuchiSlot === answering || said.has(decisionId!)) continue
    said.add(decisionId!)
    rootIn(each, 'give-back', 'after').replaceChildren(status(giveBack.says))
  }
  document.querySelectorAll<HTMLElement>('[data-aizuchi-question]').forEach((place) => {
    const mine = round
    if (looked.get(place) === mine) return
    looked.set(place, mine)
    const eye = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      eye.disconnect()
      if (mine === round) void begin(place)
    })
    eye.observe(slots.find((each) =>
      each.dataset.aizuchiSlot === place.dataset.aizuchiQuestion) ?? place)
  })
}
