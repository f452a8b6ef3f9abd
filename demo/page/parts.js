// The small parts of the page: elements made from text only (nothing that came as data is ever
// parsed as HTML), drawings, dates, and the reason that every block carries.

const svgNs = 'http://www.w3.org/2000/svg';
const art = [
  'mark',
  'bag',
  'trio',
  'drip',
  'gift',
  'dripper',
  'mill',
  'bottle',
  'scale',
  'cup',
  'quiet',
  'makers',
  'brew',
  'cold',
  'night',
  'office',
  'cafe',
];

// Where a person says that an answer is not to be used.
const undoLink = '/hello/undo';

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'checked' || name === 'open') element[name] = value;
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(
    ...children
      .flat()
      .filter((child) => child !== undefined && child !== null && child !== false && child !== ''),
  );
  return element;
}

export function clear(element) {
  element.replaceChildren();
  return element;
}

// A drawing of the sprite, by name or by "/demo/art.svg#name". Unknown names draw nothing.
export function drawing(name, className) {
  const id = String(name ?? '')
    .split('#')
    .pop();
  if (!art.includes(id)) return null;
  const svg = document.createElementNS(svgNs, 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('viewBox', '0 0 240 180');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svgNs, 'use');
  use.setAttribute('href', `/demo/art.svg#${id}`);
  svg.append(use);
  return svg;
}

export const first = (slot) => slot?.items?.[0];
export const cssWord = (text) => String(text ?? '').replace(/[^a-z0-9-]/g, '');

export function stateView(text, hint, action) {
  return h(
    'div',
    { class: 'state' },
    h('p', { class: 'state-text' }, text),
    hint && h('p', {}, hint),
    action,
  );
}

export function date(at, { locale }, style = { month: 'long', day: 'numeric' }) {
  const time = new Date(at);
  return Number.isNaN(time.getTime())
    ? ''
    : new Intl.DateTimeFormat(locale, { ...style, timeZone: 'Asia/Tokyo' }).format(time);
}

function layerBadge(layer, { w }) {
  const name = w.layers[layer] ? layer : 'none';
  return h(
    'span',
    { class: `layer layer-${name}` },
    w.layers[name],
    w.layerNotes[name] && h('span', { class: 'layer-note' }, w.layerNotes[name]),
  );
}

// The reason, folded away: asked for, not recited. What rests on an answer can be refused here.
export function whyView(slot, options) {
  const { w, changed, taps } = options;
  const undo = slot.layer === 'resonance' && taps.find((tap) => tap.on === undoLink);
  const layer = slot.layer ?? first(slot)?.layer ?? 'none';
  const reasons = slot.why?.length > 0 ? slot.why : (first(slot)?.why ?? []);
  const list = reasons.map((why) =>
    h(
      'li',
      {},
      h('span', { class: 'why-text' }, why.text),
      (why.source || why.at) &&
        h(
          'span',
          { class: 'why-source' },
          [why.source, why.at && date(why.at, options)].filter(Boolean).join(' · '),
        ),
    ),
  );
  return h(
    'details',
    { class: 'why' },
    h(
      'summary',
      {},
      layerBadge(layer, options),
      h('span', { class: 'why-word' }, w.why),
      changed.has(slot.name) && h('span', { class: 'changed' }, w.changed),
    ),
    list.length > 0 ? h('ul', {}, list) : h('p', { class: 'why-text' }, w.whyDefault),
    undo &&
      h(
        'p',
        { class: 'why-stop' },
        h('button', { type: 'button', class: 'link', onclick: () => options.ontap(undo) }, w.stop),
      ),
  );
}

// A link of the shop. What hangs on it in this scene is sent to the engine; several are a choice.
export function button(content, options, className = 'button') {
  if (!content?.cta) return null;
  const taps = options.taps.filter((tap) => tap.on === content.href);
  if (taps.length > 1) {
    const choice = h(
      'div',
      { class: 'choice', role: 'group', 'aria-label': content.cta },
      taps.map((tap) =>
        h(
          'button',
          { type: 'button', class: 'button button-quiet', onclick: () => options.ontap(tap) },
          tap.label || tap.title,
        ),
      ),
    );
    // Right after someone took an answer back, nobody is asked again at once.
    const folded = options.tapped.length > 0;
    return folded
      ? h('details', { class: 'choice-fold' }, h('summary', {}, content.cta), choice)
      : choice;
  }
  const act = () =>
    taps.length > 0 ? options.ontap(taps[0]) : options.onlink(content.href ?? '/');
  return h('button', { type: 'button', class: className, onclick: act }, content.cta);
}
