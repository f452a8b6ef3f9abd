// Words into what the page's author marked: texts, attributes, order. Never markup, never a script,
// a style or an event: whoever writes a brand's content cannot run anything in its pages.
//
//   <section data-aizuchi-slot="home.hero">
//     <h1 data-aizuchi-text="title">the default</h1>
//     <a data-aizuchi-text="cta" data-aizuchi-attr="href:href" href="/all">the default</a>
//   </section>
//   <ul data-aizuchi-slot="home.shelf">      by place: the first item, the second …
//     <li data-aizuchi-item><a data-aizuchi-text="name">…</a></li>
//   </ul>
//   <main data-aizuchi-slot="home.blocks">   by id: the blocks are brought into order
//     <section data-aizuchi-item="block-new">…</section>
//   </main>
import type { Item, Slot } from '../aizuchi'
import { selector as slots, tell } from './base'

const marked = '[data-aizuchi-text],[data-aizuchi-attr]'
const plain = /^(alt|title|label|datetime|aria-[a-z]+|data-(?!aizuchi)[a-z-]+)$/
const linked: Readonly<Record<string, string>> =
  { href: 'A AREA', src: 'IMG', srcset: 'IMG SOURCE' }

type Undo = () => void
// What stood there before, so that it can stand there again.
const undos = new WeakMap<Element, Undo[]>()

const own = (root: Element, selector: string): HTMLElement[] =>
  [...root.querySelectorAll<HTMLElement>(selector)].filter((each) =>
    each.parentElement!.closest(slots) === root.closest(slots) && !each.matches(slots))

function mayStand(element: Element, name: string, text: string): boolean {
  return plain.test(name) || !!linked[name]?.split(' ').includes(element.tagName) &&
    /^(https?|mailto|tel):$/
      .test(Object.assign(document.createElement('a'), { href: text }).protocol)
}

function fillOne(undo: Undo[], root: HTMLElement, { id, content }: Item, name: string): void {
  const marks = own(root, marked)
  if (root.matches(marked)) marks.push(root)
  if (!marks[0]) tell(name, 'has nothing marked')
  for (const element of marks) {
    const { aizuchiText = '', aizuchiAttr = '' } = element.dataset
    for (const pair of `:${aizuchiText};${aizuchiAttr}`.split(';')) {
      const [attribute = '', field = ''] = pair.split(':').map((part) => part.trim())
      const text = content[field]
      const before = attribute ? element.getAttribute(attribute) : element.textContent
      const put = (next: string | null): void => {
        if (!attribute) element.textContent = next
        else if (next === null) element.removeAttribute(attribute)
        else element.setAttribute(attribute, next)
      }
      if (!field || before === text) continue
      if (text === undefined) tell(name, id, 'says no', field, 'but', Object.keys(content))
      else if (attribute ? !mayStand(element, attribute, text) : element.firstElementChild)
        tell(name, 'may not set', attribute || 'the markup', 'of', element.tagName, 'to', field)
      else {
        undo.push(() => put(before))
        put(text)
      }
    }
  }
}

// Brings the holders into order, each into one of the places that they have now.
function arrange(undo: Undo[], holders: readonly HTMLElement[], order: readonly HTMLElement[]):
  void {
  if (holders.every((each, i) => each === order[i])) return
  const focused = document.activeElement as HTMLElement | null
  const places = holders.map((each) => {
    const place = new Comment()
    each.before(place)
    return place
  })
  const put = (each: readonly HTMLElement[]): void =>
    each.forEach((element, i) => places[i]!.after(element))
  put(order)
  // What is moved loses the keyboard's place.
  focused?.focus()
  undo.push(() => {
    put(holders)
    places.forEach((place) => place.remove())
  })
}

export function restore(slot: Element): void {
  undos.get(slot)?.reverse().forEach((undo) => undo())
  undos.delete(slot)
}

// Where each item of the answer stands now.
export function fill(element: HTMLElement, name: string, { items }: Slot):
  readonly (readonly [HTMLElement, Item])[] {
  restore(element)
  const undo: Undo[] = []
  undos.set(element, undo)
  const holders = own(element, '[data-aizuchi-item]')
  if (!items[0]) return []
  if (holders.some((each) => each.dataset.aizuchiItem)) {
    const shown = items.flatMap((item): [HTMLElement, Item][] => {
      const holder = holders.find((each) => each.dataset.aizuchiItem === item.id)
      return holder ? [[holder, item]] : []
    })
    const front = shown.map(([holder]) => holder)
    arrange(undo, holders, [...front, ...holders.filter((each) => !front.includes(each))])
    if (!front[0]) tell(name, 'has no item of', items.map(({ id }) => id))
    return shown
  }
  const places = holders[0] ? holders : [element]
  // A list that has less to say is shorter.
  for (const surplus of places.slice(items.length))
    if (!surplus.hidden) {
      undo.push(() => { surplus.hidden = false })
      surplus.hidden = true
    }
  return items.slice(0, places.length).map((item, i) => {
    fillOne(undo, places[i]!, item, name)
    return [places[i]!, item]
  })
}
