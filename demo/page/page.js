// The demo page: asks the engine for its people and scenes and shows what it answers. State is the
// address (?scene=…&locale=…&later=…&tapped=…), so that any moment can be linked to.

import { editorView } from './editor.js';
import { momentView, stopOf, stops } from './moment.js';
import { clear, h, stateView } from './parts.js';
import { aizuchiView } from './shop.js';
import { heldView, operatorView, ordinaryView, sceneHead } from './view.js';
import { words } from './words.js';

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const state = {
  locale: words[query.get('locale')]
    ? query.get('locale')
    : navigator.language.startsWith('ja')
      ? 'ja'
      : 'en',
  scene: query.get('scene'),
  stop: stopOf(query.get('later')), // of the clock
  tapped: (query.get('tapped') ?? '').split(',').filter(Boolean),
  scenes: [],
  asked: 0,
  base: null, // the scene's own moment: what changed is held against it
};

// The scene in which an editor types what must not be said.
const editorScene = '3-decaf';

async function ask(url, body) {
  const answer = await fetch(url, {
    method: body ? 'POST' : 'GET',
    body: body && JSON.stringify(body),
    headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
    cache: 'no-store',
  });
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer.json();
}

function remember() {
  const next = new URLSearchParams({ locale: state.locale });
  if (state.scene) next.set('scene', state.scene);
  if (state.stop > 0) next.set('later', stops[state.stop]);
  if (state.tapped.length > 0) next.set('tapped', state.tapped.join(','));
  history.replaceState(null, '', `?${next}`);
}

function say(text) {
  const toast = at('toast');
  toast.textContent = text;
  toast.classList.add('shown');
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove('shown'), 4000);
}

function showFrame() {
  const w = words[state.locale];
  document.documentElement.lang = state.locale;
  at('brand-name').textContent = w.from;
  at('headline').textContent = w.headline;
  at('subline').textContent = w.subline;
  at('sample').textContent = w.sample;
  at('skip').textContent = w.skip;
  at('foot').textContent = w.foot;
  clear(at('locales')).append(
    ...Object.entries(words).map(([locale, { lang }]) =>
      h(
        'button',
        {
          type: 'button',
          lang: locale,
          class: 'locale',
          'aria-pressed': String(locale === state.locale),
          onclick: () => {
            state.locale = locale;
            start();
          },
        },
        lang,
      ),
    ),
  );
}

// "2a-quiet" is the second scene; people beside the scenes have no number.
const placeOf = (id) => /^\d+/.exec(id)?.[0] ?? '·';

function showPeople() {
  const w = words[state.locale];
  const form = clear(at('people'));
  form.setAttribute('aria-busy', 'false');
  if (state.scenes.length === 0) {
    form.append(stateView(w.emptyPeople));
    return;
  }
  const choose = (id) => {
    Object.assign(state, { scene: id, stop: 0, tapped: [] });
    showScene();
  };
  form.append(
    h(
      'fieldset',
      {},
      h('legend', {}, w.people),
      h(
        'div',
        { class: 'people-row' },
        ...state.scenes.map((scene) =>
          h(
            'label',
            { class: 'person' },
            h('input', {
              type: 'radio',
              name: 'scene',
              value: scene.id,
              checked: scene.id === state.scene,
              onchange: () => choose(scene.id),
            }),
            h(
              'span',
              { class: 'person-title' },
              h('span', { class: 'person-place', 'aria-hidden': 'true' }, placeOf(scene.id)),
              h('span', {}, scene.title),
            ),
          ),
        ),
      ),
    ),
  );
  form
    .querySelector('input:checked')
    ?.parentElement.scrollIntoView({ block: 'nearest', inline: 'center' });
}

const sceneUrl = (id, moment = {}) =>
  `/demo/scene/${encodeURIComponent(id)}?` +
  new URLSearchParams({ locale: state.locale, ...moment });

function askMoment() {
  const moment = {};
  if (state.stop > 0) moment.later = stops[state.stop];
  if (state.tapped.length > 0) moment.tapped = state.tapped.join(',');
  return ask(sceneUrl(state.scene, moment));
}

const shown = (slot) =>
  JSON.stringify((slot?.items ?? []).map(({ id, variant, content }) => [id, variant, content]));

// The slots that say something else than at the scene's own moment.
function changedSince(base, answer) {
  return new Set(
    Object.keys(answer.slots ?? {}).filter(
      (name) => base && shown(base.slots[name]) !== shown(answer.slots[name]),
    ),
  );
}

// What is told anew when the clock or a tap moves the scene; the clock itself stays where it is.
function showTold(parts, answer) {
  const w = words[state.locale];
  const options = {
    w,
    locale: state.locale,
    taps: answer.scene.taps ?? [],
    tapped: answer.scene.tapped ?? [],
    changed: changedSince(state.base, answer),
    onlink: (href) => say(`${w.noLink} ${href}`),
    ontap: (tap) => {
      state.tapped.push(`${tap.id}@${stops[state.stop]}`);
      moveScene(parts);
    },
  };
  const focused = document.activeElement?.closest?.('[data-slot]')?.dataset.slot;
  const operatorOpen = parts.operator.querySelector('details')?.open;
  parts.moment.show({
    ...options,
    clock: answer.scene.clock,
    stop: state.stop,
  });
  clear(parts.head).append(sceneHead(answer, options));
  clear(parts.ordinary).append(ordinaryView(answer, options));
  clear(parts.aizuchi).append(aizuchiView(answer, options));
  clear(parts.held).append(heldView(answer, options));
  clear(parts.operator).append(...[operatorView(answer, options)].filter(Boolean));
  if (operatorOpen) parts.operator.querySelector('details').open = true;
  // Who tapped with a keyboard stays where they were.
  if (focused)
    parts.aizuchi.querySelector(`[data-slot="${focused}"]`)?.focus({ preventScroll: true });
  return options;
}

async function moveScene(parts) {
  const asked = ++state.asked;
  remember();
  try {
    const answer = await askMoment();
    if (asked !== state.asked) return;
    const { w, changed } = showTold(parts, answer);
    const names = [...changed].map((name) => w.slots[name] ?? name);
    const note = answer.scene.tapped.at(-1)?.note;
    say(
      [note, names.length > 0 ? w.changedNow(names) : w.changedNothing].filter(Boolean).join(' '),
    );
  } catch (error) {
    console.warn(error);
    say(words[state.locale].error);
  }
}

function stageParts(w) {
  const parts = {};
  for (const name of ['head', 'ordinary', 'aizuchi', 'held', 'operator'])
    parts[name] = h('div', { class: `place-${name}` });
  parts.moment = momentView({
    w,
    move: (stop) => {
      state.stop = stop;
      moveScene(parts);
    },
    reset: () => {
      Object.assign(state, { stop: 0, tapped: [] });
      moveScene(parts);
      document.getElementById('clock').focus();
    },
    tap: (tap) => {
      state.tapped.push(`${tap.id}@${stops[state.stop]}`);
      moveScene(parts);
    },
  });
  return parts;
}

async function showScene() {
  const w = words[state.locale];
  const asked = ++state.asked;
  const stage = at('stage');
  remember();
  stage.setAttribute('aria-busy', 'true');
  if (!stage.hasChildNodes()) stage.append(stateView(w.loading));
  try {
    const moved = state.stop > 0 || state.tapped.length > 0;
    const base = await ask(sceneUrl(state.scene));
    const answer = moved ? await askMoment() : base;
    if (asked !== state.asked) return;
    state.base = base;
    document.title = `${answer.scene?.title ?? ''} – ${w.from} / Aizuchi`;
    if (Object.keys(answer.slots ?? {}).length === 0) {
      clear(stage).append(stateView(w.empty));
      return;
    }
    const parts = stageParts(w);
    const publish = (body) =>
      ask(
        `/demo/publish?${new URLSearchParams({ scene: state.scene, locale: state.locale })}`,
        body,
      );
    const onpublished = (told) => {
      Object.assign(state, { stop: 0, tapped: [] });
      remember();
      showTold(parts, told);
      say(w.editorPublished);
    };
    clear(stage).append(
      ...[
        parts.head,
        parts.moment.element,
        h(
          'div',
          { class: 'columns' },
          parts.ordinary,
          state.scene === editorScene && editorView({ w, publish, onpublished }),
          parts.aizuchi,
          parts.held,
        ),
        parts.operator,
      ],
    );
    showTold(parts, answer);
  } catch (error) {
    if (asked !== state.asked) return;
    console.warn(error);
    clear(stage).append(
      stateView(
        w.error,
        w.errorHint,
        h('button', { type: 'button', class: 'action', onclick: start }, w.retry),
      ),
    );
  } finally {
    if (asked === state.asked) stage.setAttribute('aria-busy', 'false');
  }
}

async function start() {
  const w = words[state.locale];
  showFrame();
  try {
    const { scenes } = await ask(`/demo/scenes?locale=${state.locale}`);
    // Titles come in the asked locale, or in all of them.
    state.scenes = scenes.map((s) => ({
      ...s,
      title: typeof s.title === 'string' ? s.title : s.title[state.locale],
    }));
    if (!state.scenes.some((s) => s.id === state.scene)) state.scene = state.scenes[0]?.id ?? null;
    showPeople();
    if (state.scene) await showScene();
    else clear(at('stage'));
  } catch (error) {
    console.warn(error);
    clear(at('people'));
    clear(at('stage')).append(
      stateView(
        w.error,
        w.errorHint,
        h('button', { type: 'button', class: 'action', onclick: start }, w.retry),
      ),
    );
  }
}

start();
