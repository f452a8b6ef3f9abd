// What an answer of the engine looks like. Builds elements with text only: nothing that came as
// data is ever parsed as HTML. Each part of the right column carries its layer and its reason.

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
function drawing(name, className) {
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

const first = (slot) => slot?.items?.[0];
const cssWord = (text) => String(text ?? '').replace(/[^a-z0-9-]/g, '');

export function stateView(text, hint, action) {
  return h(
    'div',
    { class: 'state' },
    h('p', { class: 'state-text' }, text),
    hint && h('p', {}, hint),
    action,
  );
}

function date(at, { locale }, style = { month: 'long', day: 'numeric' }) {
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

// The reason, folded away: asked for, not recited.
function whyView(slot, options) {
  const { w } = options;
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
    h('summary', {}, layerBadge(layer, options), h('span', { class: 'why-word' }, w.why)),
    list.length > 0 ? h('ul', {}, list) : h('p', { class: 'why-text' }, w.whyDefault),
  );
}

function button(content, { onlink }, className = 'button') {
  return (
    content?.cta &&
    h(
      'button',
      { type: 'button', class: className, onclick: () => onlink(content.href ?? '/') },
      content.cta,
    )
  );
}

export function sceneHead({ scene }, options) {
  const { w } = options;
  const granted = scene.consent?.purposes ?? [];
  const text = (value) => (typeof value === 'string' ? value : value?.[options.locale]);
  const fact = (name, value) => value && h('div', {}, h('dt', {}, name), h('dd', {}, value));
  return h(
    'section',
    { class: 'scene-head' },
    h('h2', {}, text(scene.title)),
    h('p', { class: 'about' }, text(scene.about)),
    h(
      'dl',
      { class: 'scene-facts' },
      fact(
        w.clock,
        scene.clock &&
          date(scene.clock, options, {
            month: 'short',
            day: 'numeric',
            weekday: 'short',
            hour: 'numeric',
            minute: '2-digit',
          }),
      ),
      fact(w.device, w.devices[scene.context?.device] ?? scene.context?.device),
      fact(
        w.consent,
        granted.length === 0
          ? w.consentNone
          : granted.map((p) => w.purposes[p] ?? p).join(options.locale === 'ja' ? '、' : ', '),
      ),
    ),
  );
}

export function ordinaryView({ ordinary = {} }, { w, locale }) {
  const parts = Object.entries(ordinary).map(([slot, told]) => {
    const said = told?.[locale] ?? told ?? {};
    return h(
      'div',
      { class: `usual usual-${cssWord(slot.replace('.', '-'))}` },
      h('p', { class: 'usual-slot' }, w.slots[slot] ?? slot),
      h('p', { class: 'usual-title' }, said.title ?? said.subject ?? said.text),
      (said.lead ?? said.body) && h('p', { class: 'usual-lead' }, said.lead ?? said.body),
      said.cta && h('p', { class: 'usual-cta' }, said.cta),
    );
  });
  return h(
    'section',
    { class: 'column ordinary', 'aria-labelledby': 'ordinary-name' },
    h(
      'header',
      { class: 'column-head' },
      h('h3', { id: 'ordinary-name' }, w.ordinary),
      h('p', {}, w.ordinaryNote),
    ),
    h('div', { class: 'sheet sheet-usual' }, ...parts),
  );
}

function heroView(slot, options) {
  const { content = {}, id } = first(slot);
  return h(
    'section',
    { class: `hero hero-${cssWord(content.art)}`, 'data-item': id },
    h(
      'div',
      { class: 'hero-words' },
      h('h4', {}, content.title),
      content.lead && h('p', {}, content.lead),
      button(content, options),
    ),
    h('div', { class: 'hero-art' }, drawing(content.art ?? 'cup', 'art')),
    whyView(slot, options),
  );
}

function noteView(slot, options) {
  const { content = {}, id } = first(slot);
  return h(
    'section',
    { class: 'note', 'data-item': id },
    h(
      'div',
      { class: 'note-words' },
      h('p', { class: 'note-title' }, content.title),
      content.lead && h('p', { class: 'note-lead' }, content.lead),
    ),
    button(content, options, 'button button-quiet'),
    whyView(slot, options),
  );
}

function productCard(item, { w, locale }) {
  const { name, price, category, image, tags: told } = item.content ?? {};
  const tags = Array.isArray(told)
    ? told
    : String(told ?? '')
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean);
  const yen = Number.isFinite(Number.parseFloat(price))
    ? `¥${new Intl.NumberFormat(locale).format(price)}`
    : '';
  return h(
    'li',
    {
      class: `product kind-${cssWord(category)} tint-${cssWord(tags[0])} tint-${cssWord(tags[1])}`,
      'data-item': item.id,
    },
    h('div', { class: 'product-art' }, drawing(image, 'art')),
    h('p', { class: 'product-kind' }, w.categories[category] ?? category),
    h('p', { class: 'product-name' }, typeof name === 'string' ? name : name?.[locale]),
    h(
      'p',
      { class: 'product-tags' },
      tags.map((tag) => w.tags[tag] ?? tag).join(locale === 'ja' ? '・' : ', '),
    ),
    h('p', { class: 'product-price' }, yen),
  );
}

function shelfView(heading, picks, options) {
  const { content = {} } = first(heading) ?? {};
  return h(
    'section',
    { class: 'shelf' },
    heading &&
      h(
        'div',
        { class: 'shelf-head' },
        h('h4', {}, content.title),
        content.lead && h('p', {}, content.lead),
        whyView(heading, options),
      ),
    picks &&
      h(
        'ol',
        { class: 'products' },
        (picks.items ?? []).map((item) => productCard(item, options)),
      ),
    picks && whyView(picks, options),
  );
}

function blocksView(slot, options) {
  return h(
    'section',
    { class: 'blocks' },
    h('h4', { class: 'small-head' }, options.w.blocks),
    h(
      'ol',
      {},
      (slot.items ?? []).map((item, i) =>
        h(
          'li',
          { 'data-item': item.id },
          h('span', { class: 'block-place', 'aria-hidden': 'true' }, String(i + 1)),
          drawing(item.content?.art, 'art block-art'),
          h('span', { class: 'block-title' }, item.content?.title),
          h('span', { class: 'block-lead' }, item.content?.lead),
        ),
      ),
    ),
    whyView(slot, options),
  );
}

function storyView(slot, options) {
  const { content = {}, id } = first(slot);
  return h(
    'section',
    { class: 'story', 'data-item': id },
    h('div', { class: 'story-art' }, drawing(content.art ?? 'brew', 'art')),
    h(
      'div',
      { class: 'story-words' },
      h('h4', {}, content.title),
      content.lead && h('p', {}, content.lead),
      button(content, options, 'link'),
    ),
    whyView(slot, options),
  );
}

function ctaView(slot, options) {
  const { content = {}, id } = first(slot);
  return h(
    'section',
    { class: 'cta', 'data-item': id },
    button({ cta: content.title, href: content.href }, options, 'button button-wide'),
    content.lead && h('p', { class: 'cta-lead' }, content.lead),
    whyView(slot, options),
  );
}

function mailView(subject, lead, options) {
  const { w } = options;
  const head = first(subject)?.content;
  const body = first(lead)?.content;
  return h(
    'section',
    { class: 'mail' },
    h('h4', { class: 'small-head' }, w.mail),
    head
      ? h(
          'div',
          { class: 'envelope' },
          h('p', { class: 'mail-from' }, w.from),
          h('p', { class: 'mail-subject' }, head.subject ?? head.title),
          head.preheader && h('p', { class: 'mail-pre' }, head.preheader),
          body &&
            h(
              'div',
              { class: 'mail-body' },
              h('p', { class: 'mail-title' }, body.title),
              h('p', {}, body.body),
              button(body, options, 'link'),
            ),
        )
      : h(
          'div',
          { class: 'envelope silent' },
          h('p', { class: 'mail-subject' }, w.silent),
          h('p', { class: 'mail-pre' }, w.silentNote),
        ),
    subject && whyView(subject, options),
    head && lead && whyView(lead, options),
  );
}

function chatView(slot, options) {
  const { w } = options;
  const content = first(slot)?.content;
  return h(
    'section',
    { class: 'chat' },
    h('h4', { class: 'small-head' }, w.chat),
    content
      ? h(
          'div',
          {},
          h('p', { class: 'bubble' }, content.text),
          h(
            'p',
            { class: 'chips' },
            [content.cta, content.other]
              .filter(Boolean)
              .map((chip) => h('span', { class: 'chip' }, chip)),
          ),
        )
      : h('p', { class: 'quiet-line' }, w.silentChat),
    whyView(slot, options),
  );
}

function grindView(slot, options) {
  const { w } = options;
  const chosen = first(slot)?.content?.chosen ?? 'none';
  return h(
    'section',
    { class: 'grind' },
    h('h4', { class: 'small-head' }, w.grind),
    h(
      'ul',
      {},
      ['fine', 'medium', 'coarse'].map((grind) =>
        h(
          'li',
          {
            class: grind === chosen ? 'picked' : '',
            'aria-current': grind === chosen ? 'true' : null,
          },
          w.grinds[grind],
        ),
      ),
    ),
    whyView(slot, options),
  );
}

export function aizuchiView({ slots = {} }, options) {
  const { w } = options;
  const known = (name) =>
    slots[name] && (first(slots[name]) || name === 'chat.opening' || name === 'news.subject')
      ? slots[name]
      : undefined;
  const show = (name, view) => known(name) && view(slots[name], options);
  return h(
    'section',
    { class: 'column aizuchi', 'aria-labelledby': 'aizuchi-name' },
    h(
      'header',
      { class: 'column-head' },
      h('h3', { id: 'aizuchi-name' }, w.aizuchi),
      h('p', {}, w.aizuchiNote),
    ),
    h(
      'div',
      { class: 'sheet' },
      show('home.hero', heroView),
      show('home.giveback', noteView),
      (known('home.shelf') || known('home.picks')) &&
        shelfView(known('home.shelf'), known('home.picks'), options),
      show('home.order', blocksView),
      show('home.story', storyView),
      show('home.cta', ctaView),
      show('home.promise', noteView),
    ),
    ('news.subject' in slots || 'chat.opening' in slots || 'order.grind' in slots) &&
      h(
        'div',
        { class: 'elsewhere' },
        show('order.grind', grindView),
        show('chat.opening', chatView),
        known('news.subject') && mailView(slots['news.subject'], slots['news.lead'], options),
      ),
  );
}

export function heldView({ heldBack = [] }, { w, locale }) {
  const grouped = new Map();
  for (const { what, why, slot } of heldBack) {
    const key = `${what}\n${why}`;
    if (!grouped.has(key)) grouped.set(key, { what, why, slots: new Set() });
    if (slot) grouped.get(key).slots.add(w.slots[slot] ?? slot);
  }
  const join = locale === 'ja' ? '、' : ', ';
  return h(
    'section',
    { class: 'column held', 'aria-labelledby': 'held-name' },
    h(
      'header',
      { class: 'column-head' },
      h('h3', { id: 'held-name' }, w.held),
      h('p', {}, w.heldNote),
    ),
    grouped.size === 0
      ? h('p', { class: 'quiet-line' }, w.heldNone)
      : h(
          'ul',
          { class: 'held-list' },
          [...grouped.values()].map(({ what, why, slots }) =>
            h(
              'li',
              {},
              h('p', { class: 'held-what' }, what),
              h('p', { class: 'held-why' }, why),
              slots.size > 0 && h('p', { class: 'held-slot' }, [...slots].join(join)),
            ),
          ),
        ),
  );
}

function candidateRows(candidates, { w, locale }) {
  const number = (value, digits) =>
    typeof value === 'number'
      ? new Intl.NumberFormat(locale, {
          maximumFractionDigits: digits,
          minimumFractionDigits: digits,
        }).format(value)
      : '–';
  return candidates.map((c) =>
    h(
      'tr',
      { class: c.chosen ? 'is-chosen' : c.dropped ? 'is-dropped' : '' },
      h(
        'th',
        { scope: 'row' },
        c.id,
        c.variant && c.variant !== 'default' && h('span', { class: 'variant' }, c.variant),
      ),
      h('td', {}, c.chosen ? w.chosen : (w.drops[c.dropped] ?? c.dropped ?? '–')),
      h('td', { class: 'number' }, number(c.p, 3)),
      h(
        'td',
        { class: 'number' },
        typeof c.m === 'number' ? `${number(c.m, 2)} ± ${number(c.s, 2)}` : '–',
      ),
    ),
  );
}

export function operatorView({ slots = {} }, options) {
  const { w } = options;
  const told = Object.entries(slots).filter(
    ([, slot]) => (slot.operator?.candidates ?? []).length > 0,
  );
  if (told.length === 0) return null;
  return h(
    'details',
    { class: 'operator' },
    h('summary', {}, h('h3', {}, w.operator), h('span', {}, w.operatorNote)),
    ...told.map(([name, slot]) =>
      h(
        'div',
        { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': name },
        h(
          'table',
          {},
          h(
            'caption',
            {},
            h('code', {}, name),
            slot.reason && h('span', { class: 'reason' }, w.reasons[slot.reason] ?? slot.reason),
          ),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              [w.candidate, w.outcome, w.propensity, w.score].map((head, i) =>
                h('th', { scope: 'col', class: i > 1 ? 'number' : '' }, head),
              ),
            ),
          ),
          h('tbody', {}, candidateRows(slot.operator.candidates, options)),
        ),
      ),
    ),
  );
}
