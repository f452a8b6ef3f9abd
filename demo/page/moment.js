// The clock one can move, and what was tapped: which moment of the scene is asked for. The engine
// decides again at that moment; nothing here guesses what it will say.

import { clear, date, h } from './parts.js';

export const stops = [
  '0s',
  '1h',
  '6h',
  '12h',
  '1d',
  '2d',
  '3d',
  '7d',
  '14d',
  '30d',
  '60d',
  '90d',
  '180d',
  '365d',
];
const unitMs = { s: 1e3, h: 36e5, d: 864e5 };
const lengthMs = (stop) => Number.parseInt(stop, 10) * unitMs[stop.at(-1)];

// A stop of the clock, by its name in an address; the first one for anything else.
export const stopOf = (name) => Math.max(0, stops.indexOf(name));

// `move(stop)` is called when the clock is moved, `reset()` when the scene is to begin again,
// `tap(tap)` for what one can do besides the links of the page.
export function momentView({ w, move, reset, tap }) {
  const time = h('output', { class: 'moment-time', for: 'clock' });
  const range = h('input', {
    type: 'range',
    id: 'clock',
    min: '0',
    max: String(stops.length - 1),
    step: '1',
    'aria-describedby': 'clock-note',
  });
  const done = h('ol', { class: 'moment-taps' });
  const acts = h('div', { class: 'moment-acts' });
  let settle;
  const label = (options) => {
    const [clock, stop] = [options.clock, Number(range.value)];
    const then = new Date(new Date(clock).getTime() + lengthMs(stops[stop]));
    const words = `${date(then, options, {
      month: 'short',
      day: 'numeric',
      weekday: 'short',
      hour: 'numeric',
      minute: '2-digit',
    })} – ${w.stops[stop]}`;
    time.textContent = words;
    range.setAttribute('aria-valuetext', words);
  };
  let told = {};
  range.addEventListener('input', () => {
    label(told);
    clearTimeout(settle);
    settle = setTimeout(() => move(Number(range.value)), 120);
  });
  const show = (options) => {
    told = options;
    const { stop, tapped, taps } = options;
    range.value = String(stop);
    label(options);
    clear(done).append(
      ...(tapped.length === 0 ? [h('li', { class: 'moment-hint' }, w.tapHint)] : []),
      ...tapped.map((one) =>
        h('li', {}, h('b', {}, one.title), one.note && h('span', {}, ` ${one.note}`)),
      ),
    );
    clear(acts).append(
      ...[
        ...taps
          .filter((one) => !one.on)
          .map((one) =>
            h('button', { type: 'button', class: 'act', onclick: () => tap(one) }, one.title),
          ),
        (stop > 0 || tapped.length > 0) &&
          h('button', { type: 'button', class: 'act', onclick: reset }, w.again),
      ].filter(Boolean),
    );
  };
  const element = h(
    'div',
    { class: 'moment' },
    h(
      'div',
      { class: 'moment-clock' },
      h('label', { for: 'clock' }, w.moveClock),
      time,
      range,
      h('p', { id: 'clock-note', class: 'moment-note' }, w.moveNote),
    ),
    h('div', { class: 'moment-done' }, done, acts),
  );
  return { element, show };
}
