// Trunk's last step for a release: parts the program into what the first sight needs and the rest,
// makes both small, and names each file by its content.
//
// What is needed first is not written down anywhere: the build opens the tour in a page without a
// screen (visit.mjs), edits it, and sees what ran. So code that is added later goes to the half that
// it belongs to by itself, down to the branch of a function.
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { partition } from './memory.mjs'
import { read } from './module.mjs'
import { outlined } from './outline.mjs'
import { anew, split } from './split.mjs'
import { watched } from './watch.mjs'

const { TRUNK_PROFILE: profile, TRUNK_STAGING_DIR: folder, TRUNK_SOURCE_DIR } = process.env

/** Added to the program's script: brings the rest, soon after the page stands or when it is called for. */
const glue = (file) => `
let rest
function fit(module) {
  rest ??= new WebAssembly.Instance(module, { ...__wbg_get_imports(), first: wasm })
}
const restUrl = new URL('${file}', import.meta.url)
// A worker keeps the rest beside the page, but it is not asked when a page waits: without a network
// nothing could be called for, so it must be there first.
let ready
if (navigator.serviceWorker?.controller) {
  const answer = await fetch(restUrl).catch(() => undefined)
  if (answer?.ok) ready = await WebAssembly.compile(await answer.arrayBuffer())
}
async function fetchRest() {
  if (rest) return
  const answer = await fetch(restUrl)
  if (!rest && answer.ok) fit(await WebAssembly.compile(await answer.arrayBuffer()))
}
// Nothing can be awaited in the middle of a call: the page waits. Rare, and only in the first seconds.
drydock.needRest = () => {
  if (rest) return
  if (ready) return void fit(ready)
  const request = new XMLHttpRequest()
  request.open('GET', restUrl, false)
  request.overrideMimeType('text/plain; charset=x-user-defined')
  request.send()
  fit(new WebAssembly.Module(Uint8Array.from(request.responseText, (one) => one.charCodeAt(0))))
}
const stands = drydock.isEmbed() ? Promise.resolve() : drydock.loadEditor()
stands.catch(() => {}).finally(() => setTimeout(() => fetchRest().catch(() => {}), ${REST_AFTER_MS}))
`

/** How long after the editor has come the rest is fetched: the first touch must not wait for it. */
const REST_AFTER_MS = 3000

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

/** What the linker wrote, before wasm-bindgen took it. */
const linked = () => join(process.env.CARGO_TARGET_DIR ?? join(TRUNK_SOURCE_DIR, 'target'), 'wasm32-unknown-unknown/web/playground.wasm')

const run = promisify(execFile)
const wasmOpt = fileURLToPath(new URL('../node_modules/binaryen/bin/wasm-opt', import.meta.url))

/** wasm-opt over a file's bytes. */
async function optimized(bytes, file, ...options) {
  const [from, to] = [`${file}.before`, `${file}.after`]
  writeFileSync(from, bytes)
  await run(process.execPath, [wasmOpt, ...options, '-Oz', from, '-o', to])
  return readFileSync(to)
}

/** What runs in a hash table hangs on its seed, so one visit says nothing of the next. */
const BY_CHANCE = /hashbrown/

/** Which parts of the program the tour needs, in either language. */
async function visited(base, script, workshop) {
  const { program, start, count } = watched(base)
  writeFileSync(join(workshop, 'watched.wasm'), program)
  copyFileSync(script, join(workshop, 'watched.mjs'))
  copyFileSync(join(folder, 'index.html'), join(workshop, 'index.html'))
  const visit = fileURLToPath(new URL('visit.mjs', import.meta.url))
  const marks = await Promise.all(
    ['en', 'ko'].map(async (lang) => {
      await run(process.execPath, [visit, workshop, lang, start, count])
      return readFileSync(join(workshop, `marks-${lang}`))
    }),
  )
  return marks[0].map((mark, at) => mark | marks[1][at])
}

/** The two halves of a program. */
async function parted(whole, script, workshop) {
  // Nothing is inlined yet: what a function holds is still its own.
  const base = await optimized(whole, join(workshop, 'base'), '-g', '--no-inline=*')
  const { program, needed } = outlined(base, await visited(base, script, workshop))
  const module = read(program)
  // What has no name was made by wasm-bindgen for the start.
  const isNeeded = (index) => {
    const name = module.names.get(index)
    return name === undefined || needed.has(name) || BY_CHANCE.test(name)
  }
  const halves = split(module, isNeeded, 'needRest', partition(readFileSync(linked()), module, isNeeded))
  return Promise.all(['first', 'rest'].map((half) => optimized(halves[half], join(workshop, half))))
}

async function main(workshop) {
  const find = (pattern) => readdirSync(folder).find((file) => pattern.test(file))
  const [wasm, script] = [find(/^playground-.*_bg\.wasm$/), find(/^playground-[^_]*\.js$/)]
  if (!wasm || !script) throw new Error(`no program in ${folder}`)
  const whole = anew(read(readFileSync(join(folder, wasm))))
  const halves = parted(whole, join(folder, script), workshop)
  const [first, rest] = await halves.catch(async (error) => {
    // A heavy page is better than none; tests/budget.mjs fails on it.
    console.error(`the program could not be parted and comes as a whole: ${error.stack ?? error}`)
    return [await optimized(whole, join(workshop, 'whole'))]
  })

  const files = { wasm: `playground-${digest(first)}_bg.wasm`, rest: rest && `rest-${digest(rest)}.wasm` }
  const text = readFileSync(join(folder, script), 'utf8').replaceAll(wasm, files.wasm) + (rest ? glue(files.rest) : '')
  files.script = `playground-${digest(text)}.js`
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  rmSync(join(folder, wasm))
  rmSync(join(folder, script))
  writeFileSync(join(folder, files.wasm), first)
  if (rest) writeFileSync(join(folder, files.rest), rest)
  writeFileSync(join(folder, files.script), text)
  writeFileSync(join(folder, 'index.html'), page.replaceAll(wasm, files.wasm).replaceAll(script, files.script))
}

if (profile === 'release') {
  const workshop = mkdtempSync(join(tmpdir(), 'drydock-split-'))
  try {
    await main(workshop)
  } finally {
    rmSync(workshop, { recursive: true })
  }
}
