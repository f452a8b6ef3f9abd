// What somebody sees who edits a brand folder: `aizuchi schema` writes the schemas, a real language
// server reads them by the settings it wrote.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { LanguageServer } from './language_server.mjs'

const brand = process.env.TEST_BRAND
const root = process.env.TEST_ROOT
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'aizuchi-editor-'))
const folder = path.join(work, 'brand')
let editor

// The folder as an editor opens it.
async function edit(source, into) {
  fs.cpSync(source, into, { recursive: true })
  execFileSync(process.env.AIZUCHI, ['schema', into], { stdio: ['ignore', 'ignore', 'pipe'] })
  const settings = JSON.parse(fs.readFileSync(path.join(into, '.vscode/settings.json'), 'utf8'))
  return LanguageServer.start(into, {
    yaml: { schemas: settings['yaml.schemas'], validate: true, hover: true, completion: true,
      schemaStore: { enable: false } },
    http: {}, '[yaml]': {}, editor: {}, files: {},
  })
}

const yamlFiles = (of) => fs.readdirSync(of, { recursive: true })
  .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))

// The text with `|` where the cursor is, as the file that it would be.
async function typed(name, text, method) {
  const file = path.join(folder, name)
  const lines = text.slice(0, text.indexOf('|')).split('\n')
  await editor.open(file, text.replace('|', ''))
  const answer = await editor.at(method, file, lines.length - 1, lines.at(-1).length)
  editor.close(file)
  return answer
}
const labels = async (name, text) =>
  (await typed(name, text, 'completion')).items.map((item) => item.label)

before(async () => { editor = await edit(brand, folder) })
after(async () => {
  await editor?.stop()
  fs.rmSync(work, { recursive: true, force: true })
})

for (const [name, source] of [['the sample brand', () => brand],
  ['the first brand', () => path.join(root, 'examples/first-brand')],
  ['the grocery chain', () => path.join(root, 'examples/grocery/brand')]]) {
  test(`every file of ${name} is without a mistake in the editor`, async () => {
    const into = path.join(work, name.replaceAll(' ', '-'))
    const here = await edit(source(), into)
    try {
      const files = yamlFiles(into)
      assert.ok(files.length > 8)
      for (const file of files)
        assert.deepEqual(await here.open(path.join(into, file)), [], file)
    } finally {
      await here.stop()
    }
  })
}

test('keys, the words of a choice and the brand’s own names are proposed', async () => {
  const begun = 'slots:\n  home.new:\n    context: shop-page\n    |\n'
  const keys = await labels('slots/new.yaml', begun)
  for (const key of ['purpose', 'fallback', 'shape', 'rankers']) assert.ok(keys.includes(key), key)
  assert.ok(!keys.includes('context'), 'a key that is there already')
  const shapes = await labels('slots/new.yaml', 'slots:\n  home.new:\n    shape: |\n')
  assert.deepEqual(shapes.sort(), ['list', 'one', 'order'])
  const purposes = await labels('slots/new.yaml', 'slots:\n  home.new:\n    purpose: |\n')
  assert.ok(purposes.includes('recommend'), purposes.join())
  const slots = await labels('items/new.yaml', '- id: x\n  slot: |\n')
  assert.ok(slots.includes('home.hero'), slots.join())
})

test('a key says what it is for in English and Japanese', async () => {
  const hover = await typed('facts.yaml', 'facts:\n  job:\n    say_|for: 365d\n', 'hover')
  const text = JSON.stringify(hover.contents)
  assert.match(text, /How long it may be mentioned/)
  assert.match(text, /口にしてよい期間/)
})

test('a key that no parser reads, a word that is none of the choices, a missing key: all are shown',
  async () => {
    const file = path.join(folder, 'slots/wrong.yaml')
    const said = await editor.open(file,
      'slots:\n  a:\n    context: shop-page\n    purpose: layout\n    shape: row\n    fallbak: x\n')
    editor.close(file)
    const messages = said.map((one) => `${one.range.start.line}: ${one.message}`)
    const all = messages.join('\n')
    assert.ok(messages.some((m) => m.startsWith('4: ') && m.includes('order')), all)
    assert.ok(messages.some((m) => m.startsWith('5: ') && m.includes('fallbak')), all)
    assert.ok(messages.some((m) => m.includes('"fallback"')), all)
  })
