// What ctest runs: brings the client libraries to WORK (npm ci, or those that script/setup
// installed), then runs the tests there. Exit 77 means skipped: no modules, no way to get them.
//   node run.mjs AIZUCHI BRAND WORK [FOLDER]
// FOLDER holds package.json and the tests; this one when left out.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const beside = path.dirname(fileURLToPath(import.meta.url))
const [aizuchi, brand, work, here = beside] = process.argv.slice(2).map((p) => path.resolve(p))
const skip = (why) => {
  console.log(`skipped: ${why}`)
  process.exit(77)
}

function bringModules() {
  const there = path.join(work, 'node_modules')
  if (fs.existsSync(path.join(here, 'node_modules/.package-lock.json'))) {
    fs.rmSync(there, { recursive: true, force: true })
    fs.symlinkSync(path.join(here, 'node_modules'), there)
    return
  }
  const lock = fs.readFileSync(path.join(here, 'package-lock.json'), 'utf8')
  const kept = path.join(work, 'package-lock.json')
  if (fs.existsSync(path.join(there, '.package-lock.json')) &&
      fs.readFileSync(kept, 'utf8') === lock) return
  for (const name of ['package.json', 'package-lock.json'])
    fs.copyFileSync(path.join(here, name), path.join(work, name))
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    { cwd: work, encoding: 'utf8' })
  if (npm.error) skip('npm is not installed; script/setup installs it')
  if (npm.status !== 0) skip(`npm ci failed:\n${npm.stderr}`)
}

if (!aizuchi || !fs.existsSync(aizuchi)) skip('aizuchi is not built: ninja aizuchi')
fs.mkdirSync(work, { recursive: true })
bringModules()
// The tests run where the modules are found.
for (const name of fs.readdirSync(here).filter((n) => n.endsWith('.mjs')))
  fs.copyFileSync(path.join(here, name), path.join(work, name))
const shared = process.env.AIZUCHI_SHARED ?? path.join(here, '../../../shared')
// Not AIZUCHI_BRAND: that would be the server's own setting.
const env = { ...process.env, AIZUCHI: aizuchi, TEST_BRAND: brand, AIZUCHI_SHARED: shared,
  TEST_ROOT: path.join(beside, '../..') }
const tests = fs.readdirSync(here).filter((n) => n.endsWith('.test.mjs'))
const done = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...tests],
  { cwd: work, env, stdio: 'inherit' })
process.exit(done.status ?? 1)
