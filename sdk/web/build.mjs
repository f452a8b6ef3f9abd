// Builds the SDK with esbuild into a folder: the script, the module, the types, each gzipped too
// and under a name with its hash, and the list of them. Fails when a budget is broken.
//   node build.mjs OUT          --sizes prints the gzip sizes as JSON and writes nothing
import { build } from 'esbuild'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'

const here = path.dirname(fileURLToPath(import.meta.url))
// gzip bytes; script/bench --row sdk prints them beside what others need.
// A page loads one of these files and nothing after it, so each is judged as a whole.
const core = 5 * 1024, whole = 10 * 1024
const budgets = { 'aizuchi.js': core, 'aizuchi.mjs': core, 'aizuchi-ui.js': whole,
  'aizuchi-ui.mjs': whole }
// Names that only the sources use among themselves.
const inside = new RegExp('^(startSending|startTabs|startSlots|shownAs|adopt|renew|waiting|' +
  'seal|known|kept|letter|moved|post|read|write|names|notice)$')
const entries = [
  { name: 'aizuchi.js', entry: 'script.ts', format: 'iife' },
  { name: 'aizuchi.mjs', entry: 'aizuchi.ts', format: 'esm' },
  { name: 'aizuchi-ui.js', entry: 'ui.ts', format: 'iife' },
  { name: 'aizuchi-ui.mjs', entry: 'module.ts', format: 'esm' },
]

async function bundle({ name, entry, format }) {
  const { outputFiles } = await build({
    entryPoints: [path.join(here, 'src', entry)], bundle: true, minify: true, write: false, format,
    mangleProps: inside, target: 'es2022', charset: 'utf8', legalComments: 'none',
    logLevel: 'warning',
  })
  return [name, Buffer.from(outputFiles[0].contents)]
}

const files = [...await Promise.all(entries.map(bundle)),
  ['aizuchi.d.ts', fs.readFileSync(path.join(here, 'aizuchi.d.ts'))]]
const packed = files.map(([name, bytes]) => {
  const [stem, ...endings] = name.split('.')
  const digest = crypto.createHash('sha384').update(bytes).digest()
  return { name, bytes, gzip: zlib.gzipSync(bytes, { level: 9 }),
    hashed: [stem, digest.toString('hex').slice(0, 12), ...endings].join('.'),
    integrity: `sha384-${digest.toString('base64')}` }
})
const sizes = Object.fromEntries(packed.map(({ name, gzip }) => [name, gzip.length]))
for (const [name, budget] of Object.entries(budgets))
  if (sizes[name] > budget) {
    console.error(`${name} is ${sizes[name]} bytes gzipped; its budget is ${budget}`)
    process.exitCode = 1
  }

// What the assembler puts into the binary (src/serve/http/sdk_files.S.in).
function assembler(template, folder) {
  const bytes = packed.map(({ name, hashed, integrity }, i) => [
    ...[name, hashed, integrity].map((text, j) => `.Lt${i}_${j}: .asciz "${text}"`),
    ...[name, `${name}.gz`].flatMap((file, j) => [
      `.Lb${i}_${j}: .incbin "${path.resolve(folder, file)}"`, `.Le${i}_${j}: .byte 0`]),
  ].join('\n'))
  const table = packed.map((_, i) => `    .quad .Lt${i}_0, .Lt${i}_1, .Lt${i}_2, ` +
    `.Lb${i}_0, .Le${i}_0, .Lb${i}_1, .Le${i}_1`)
  return template.replace('@AIZUCHI_SDK_BYTES@', () => bytes.join('\n'))
    .replace('@AIZUCHI_SDK_TABLE@', () => table.join('\n'))
}

const [out, template, source] = process.argv.slice(2)
if (out === '--sizes') {
  console.log(JSON.stringify(sizes))
} else if (out && !process.exitCode) {
  fs.mkdirSync(out, { recursive: true })
  for (const { name, bytes, gzip } of packed) {
    fs.writeFileSync(path.join(out, name), bytes)
    fs.writeFileSync(path.join(out, `${name}.gz`), gzip)
  }
  if (template) fs.writeFileSync(source, assembler(fs.readFileSync(template, 'utf8'), out))
}
