// Around the shop: the scene, the ordinary side, what was held back, and the operator’s view.

import { cssWord, date, h } from './parts.js';

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
