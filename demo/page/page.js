// The demo page: asks the engine for its people and scenes and shows what it answers. State is the
// address (?scene=…&locale=…), so that a scene can be linked to and the back button works.

import { words } from './words.js';
import { editorView } from './editor.js';
import {
  h,
  clear,
  ordinaryView,
  aizuchiView,
  heldView,
  operatorView,
  sceneHead,
  stateView,
} from './view.js';

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const state = {
  locale: words[query.get('locale')]
    ? query.get('locale')
    : navigator.language.startsWith('ja')
      ? 'ja'
      : 'en',
  scene: query.get('scene'),
  scenes: [],
  asked: 0,
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
          lang,
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

function showPeople() {
  const w = words[state.locale];
  const form = clear(at('people'));
  form.setAttribute('aria-busy', 'false');
  if (state.scenes.length === 0) {
    form.append(stateView(w.emptyPeople));
    return;
  }
  const choose = (id) => {
    state.scene = id;
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
            h('span', { class: 'person-title' }, scene.title),
          ),
        ),
      ),
    ),
  );
  form
    .querySelector('input:checked')
    ?.parentElement.scrollIntoView({ block: 'nearest', inline: 'center' });
}

async function showScene() {
  const w = words[state.locale];
  const asked = ++state.asked;
  const stage = at('stage');
  remember();
  stage.setAttribute('aria-busy', 'true');
  if (!stage.hasChildNodes()) stage.append(stateView(w.loading));
  try {
    const answer = await ask(
      `/demo/scene/${encodeURIComponent(state.scene)}?locale=${state.locale}`,
    );
    if (asked !== state.asked) return;
    document.title = `${answer.scene?.title ?? ''} – ${w.from} / Aizuchi`;
    const onlink = (href) => say(`${w.noLink} ${href}`);
    const options = { w, locale: state.locale, onlink };
    clear(stage).append(
      ...(Object.keys(answer.slots ?? {}).length === 0
        ? [stateView(w.empty)]
        : [
            sceneHead(answer, options),
            h(
              'div',
              { class: 'columns' },
              ordinaryView(answer, options),
              aizuchiView(answer, options),
              heldView(answer, options),
            ),
            state.scene === editorScene && editorView({ w, ask }),
            operatorView(answer, options),
          ]
      ).filter(Boolean),
    );
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
