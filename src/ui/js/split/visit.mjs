// Opens the tour in a page without a screen and does what a visitor does first, while the program
// notes what of it runs. hook.mjs calls it:
//
//     node visit.mjs FOLDER LANG START COUNT
//
// FOLDER has the page (index.html) and the watching program (watched.mjs, watched.wasm); what ran
// is read at START of its memory, COUNT bytes, and written to the file marks-LANG beside it. The
// page is happy-dom's; sizes, frames and the editor are ours.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Window } from 'happy-dom'

const [folder, lang, start, count] = process.argv.slice(2)
const here = (file) => join(folder, file)

const FRAME_MS = 16
/** What a drawing gets on desks, tablets and phones: what is left out of a narrow one runs too. */
const SIZES = [[760, 620], [1180, 800], [640, 560], [520, 560], [430, 640], [360, 300], [240, 180]]

let frames = []
let now = 1000
let [width, height] = SIZES[0]
const watchers = new Set()

/** The page's own script, as far as the program calls it. */
function pageScript(opened) {
  const nothing = () => undefined
  const open = (file, text) => Object.assign(opened, { file, text })
  const editor = { open, setText: open, show: nothing, reveal: nothing, setLabel: nothing, destroy: nothing }
  const module = {
    create(_, __, program) {
      opened.program = program
      return editor
    },
  }
  return {
    isEmbed: () => false,
    theme: () => 'light',
    loadEditor: async () => module,
    survive: (message) => {
      throw new Error(message)
    },
  }
}

class Observer {
  constructor(hear) {
    this.hear = hear
  }
  observe(target) {
    this.target = target
    watchers.add(this)
    this.tell()
  }
  disconnect() {
    watchers.delete(this)
  }
  tell() {
    this.hear([{ target: this.target, contentRect: { width, height, x: 0, y: 0, top: 0, left: 0, right: width, bottom: height } }], this)
  }
}

function world(lang) {
  const window = new Window({ url: 'http://localhost/', width: 1440, height: 900 })
  const page = readFileSync(here('index.html'), 'utf8')
  window.document.write(page.replace(/<script[\s\S]*?<\/script>/g, ''))
  window.document.documentElement.lang = lang
  window.matchMedia = (query) => ({ matches: /min-width/.test(query), addEventListener() {}, removeEventListener() {}, addListener() {} })
  window.ResizeObserver = Observer
  const frame = (call) => frames.push(call)
  Object.assign(window, { requestAnimationFrame: frame, cancelAnimationFrame: (id) => (frames[id - 1] = undefined) })
  for (const name of Object.getOwnPropertyNames(window)) {
    if (!(name in globalThis) || ['Event', 'EventTarget', 'navigator', 'performance'].includes(name)) {
      Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: window[name] })
    }
  }
  for (const name of ['window', 'self']) Object.defineProperty(globalThis, name, { configurable: true, value: globalThis })
  Object.setPrototypeOf(globalThis, window.Window?.prototype ?? Object.getPrototypeOf(window))
  Object.assign(globalThis, { ResizeObserver: Observer, matchMedia: window.matchMedia, requestAnimationFrame: frame, cancelAnimationFrame: window.cancelAnimationFrame, document: window.document, Window: window.constructor })
  return window
}

/** Lets frames pass, and what was promised in between be kept. */
async function pass(count) {
  for (; count > 0; count--) {
    now += FRAME_MS
    const due = frames
    frames = []
    for (const call of due) call?.(now)
    await new Promise((done) => setImmediate(done))
  }
}

const opened = {}
const known = pageScript(opened)
globalThis.drydock = new Proxy(known, { get: (_, name) => known[name] ?? (() => undefined) })
world(lang)
const module = await import(pathToFileURL(here('watched.mjs')))
const program = module.initSync({ module: readFileSync(here('watched.wasm')) })
await pass(120)
if (!opened.program || !document.querySelector('main')) throw new Error('the tour did not open')

/** Writes another number of replicas key by key, then leaves the line or waits, and sees the Pods follow. */
async function wish(replicas, leaves) {
  opened.program.moved('', '', 5)
  for (const written of ['', replicas]) {
    const text = opened.text.replace(/replicas: \d+/, `replicas: ${written}`)
    opened.program.changed(opened.file, text, 5)
    // Typing asks what could be written here, and above.
    for (const line of [5, 6]) opened.program.complete(text, String(text.split('\n')[line].length), line)
    await pass(leaves ? 2 : 40)
  }
  if (leaves) opened.program.moved('', '', 4)
  // What is due soon is written where there is room for it, and both change.
  for (let rest = 24; rest > 0; rest--) {
    await pass(15)
    await resize()
  }
}

/** What the page hears while somebody clicks into the editor and types there. */
function touch() {
  const events = [
    [PointerEvent, ['pointerover', 'pointermove', 'pointerdown', 'pointerup']],
    [MouseEvent, ['mouseover', 'mousemove', 'mousedown', 'mouseup', 'click']],
    [FocusEvent, ['focusin', 'focusout', 'focus', 'blur']],
    [KeyboardEvent, ['keydown', 'keypress', 'keyup']],
    [InputEvent, ['beforeinput', 'input']],
  ]
  const place = document.querySelector('#editor .cm') ?? document.querySelector('#editor')
  for (const [Kind, names] of events) {
    for (const name of names) for (const key of ['5', 'End', 'Backspace', 'ArrowUp', 'Control']) {
      place.dispatchEvent(new Kind(name, { bubbles: true, cancelable: true, composed: true, key }))
    }
  }
}
/** The drawings in every size. */
async function resize() {
  for (const size of [...SIZES, SIZES[0]]) {
    ;[width, height] = size
    for (const watcher of watchers) watcher.tell()
    await pass(4)
  }
}

await resize()
touch()
await pass(5)
await wish('5', true)
await wish('4', false)
await wish('3', true)
writeFileSync(here(`marks-${lang}`), new Uint8Array(program.memory.buffer, Number(start), Number(count)))
process.exit(0)
