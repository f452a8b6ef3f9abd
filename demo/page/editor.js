// Scene 3, live: an editor types a sentence for the shelf someone looks at, and publishing answers.
// Every attempt is the engine's own check of the whole brand folder. What may be said is published
// into a shop of this page's own, and the page is decided again with it.

import { clear, h } from './parts.js';

function finding(found, w) {
  return h(
    'li',
    { class: found.severity === 'error' ? 'is-error' : 'is-warning' },
    h('p', { class: 'editor-text' }, found.text),
    h('p', {}, w.rules[found.rule] ?? found.expected),
    h('p', { class: 'editor-place' }, `${found.rule} · ${found.file}:${found.line}`),
  );
}

// `publish(body)` answers {says, refused, findings, told}; with no body, what the scene's editor
// typed. `onpublished(told)` shows the scene with what was published.
export function editorView({ w, publish, onpublished }) {
  const outcome = h('div', { class: 'editor-outcome', role: 'status' });
  const field = (locale, lang) =>
    h('input', {
      type: 'text',
      name: locale,
      lang: locale,
      maxlength: '120',
      autocomplete: 'off',
      'aria-label': `${w.editorSentence} (${lang})`,
    });
  const fields = { ja: field('ja', '日本語'), en: field('en', 'English') };
  const show = ({ refused, findings }) =>
    clear(outcome).append(
      h(
        'p',
        { class: refused ? 'verdict is-error' : 'verdict' },
        refused ? w.editorRefused : w.editorAllowed,
      ),
      h(
        'ul',
        {},
        findings
          .filter(
            (found, i) =>
              i === findings.findIndex((f) => f.rule === found.rule && f.text === found.text),
          )
          .map((found) => finding(found, w)),
      ),
    );
  const attempt = async (body) => {
    try {
      const answer = await publish(body);
      for (const [locale, sentence] of Object.entries(answer.says))
        if (!body && fields[locale]) fields[locale].value = sentence;
      show(answer);
      if (body && answer.told) onpublished(answer.told);
    } catch (error) {
      console.warn(error);
      clear(outcome).append(h('p', { class: 'verdict' }, w.error));
    }
  };
  const form = h(
    'form',
    {
      class: 'editor-form',
      onsubmit: (event) => {
        event.preventDefault();
        attempt({ ja: fields.ja.value, en: fields.en.value });
      },
    },
    fields.ja,
    fields.en,
    h('button', { type: 'submit', class: 'button' }, w.editorPublish),
  );
  attempt();
  return h(
    'section',
    { class: 'editor', 'aria-labelledby': 'editor-name' },
    h(
      'header',
      { class: 'column-head' },
      h('h3', { id: 'editor-name' }, w.editor),
      h('p', {}, w.editorNote),
    ),
    h('div', { class: 'editor-desk' }, form, outcome),
  );
}
