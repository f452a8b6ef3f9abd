// The right side: what the engine answered, block by block. Each carries its layer and its reason.

import { button, cssWord, drawing, first, h, whyView } from './parts.js';

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

function stepsView(slot, options) {
  return [
    h(
      'ol',
      { class: 'steps' },
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
  ];
}

function blocksView(slot, options) {
  return h(
    'section',
    { class: 'blocks' },
    h('h4', { class: 'small-head' }, options.w.blocks),
    stepsView(slot, options),
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

// A page or a letter that is not the top page: its words, on a card of its own.
function cardView(slot, options) {
  const { content = {}, id } = first(slot);
  return h(
    'section',
    { class: 'card', 'data-item': id },
    h('h4', { class: 'small-head' }, options.w.places[slot.name] ?? slot.name),
    content.subject && h('p', { class: 'mail-pre' }, content.subject),
    h('p', { class: 'card-title' }, content.title),
    (content.lead ?? content.body) && h('p', { class: 'card-lead' }, content.lead ?? content.body),
    button(content, options, 'link'),
    whyView(slot, options),
  );
}

// The page of a company, which several people look at together.
function officeView(slots, options) {
  const { content = {} } = first(slots['office.lead']) ?? {};
  const next = first(slots['office.next'])?.content;
  return h(
    'section',
    { class: 'office' },
    h('h4', { class: 'small-head' }, options.w.places['office.lead']),
    h('p', { class: 'office-title' }, content.title),
    content.lead && h('p', { class: 'card-lead' }, content.lead),
    button(content, options, 'link'),
    whyView(slots['office.lead'], options),
    slots['office.checks'] && stepsView(slots['office.checks'], options),
    next &&
      h(
        'div',
        { class: 'office-next' },
        button({ cta: next.title, href: next.href }, options, 'button'),
        h('p', { class: 'card-lead' }, next.lead),
        whyView(slots['office.next'], options),
      ),
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
            [
              { cta: content.cta, href: content.href },
              { cta: content.other, href: content.other_href },
            ].map((reply) => button(reply, options, 'chip')),
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
      ['fine', 'medium', 'coarse', 'beans'].map((grind) =>
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

// The slots that are not of the top page.
const elsewhere = [
  'order.grind',
  'chat.opening',
  'cart.note',
  'product.note',
  'search.empty',
  'order.thanks',
  'support.reply',
  'office.lead',
  'news.subject',
];

// Pages on which those come before the top page.
const besidePages = ['/order', '/cart', '/account'];

export function aizuchiView({ scene, slots = {} }, options) {
  const { w } = options;
  for (const [name, slot] of Object.entries(slots)) slot.name = name;
  const known = (name) =>
    slots[name] && (first(slots[name]) || name === 'chat.opening' || name === 'news.subject')
      ? slots[name]
      : undefined;
  const placed = (name, element) => {
    element.dataset.slot = name;
    element.tabIndex = -1;
    return element;
  };
  const show = (name, view) => known(name) && placed(name, view(slots[name], options));
  const sheet = h(
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
    show('home.hours', noteView),
  );
  const beside =
    elsewhere.some((name) => name in slots) &&
    h(
      'div',
      { class: 'elsewhere' },
      show('order.grind', grindView),
      show('chat.opening', chatView),
      elsewhere.slice(2, 7).map((name) => show(name, cardView)),
      known('office.lead') && officeView(slots, options),
      known('news.subject') && mailView(slots['news.subject'], slots['news.lead'], options),
    );
  return h(
    'section',
    { class: 'column aizuchi', 'aria-labelledby': 'aizuchi-name' },
    h(
      'header',
      { class: 'column-head' },
      h('h3', { id: 'aizuchi-name' }, w.aizuchi),
      h('p', {}, w.aizuchiNote),
      h('a', { class: 'to-held', href: '#held-name' }, w.held),
    ),
    ...(besidePages.includes(scene.context?.page) ? [beside, sheet] : [sheet, beside]),
  );
}
