// Whole lessons, finished through the page: what a lesson's own solution does by itself in
// `drydock check`, a person does here with the editor, the terminal and the buttons.
//
// A lesson's mechanics are read from lesson.yaml; nothing here knows what a lesson is about.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { tabTo } from './focus.mjs'
import { SIZES, editable, person, picture, stage } from './lib.mjs'
import { Playground } from './playground.mjs'

stage()

const lessons = fileURLToPath(new URL('../../lessons/', import.meta.url))
const list = (it) => (it === undefined ? [] : Array.isArray(it) ? it : [it])
const read = (...path) => readFileSync(`${lessons}${path.join('/')}`, 'utf8')

/** How long the page may take for one step, in ms. The world runs at 1000×. */
const STEP_MS = 60_000

/** A reader of one lesson: at a desk with a mouse, with a keyboard alone, or with a phone. */
class Reader extends Playground {
  constructor(page, lang, id, { byKeyboard = false, onPhone = false } = {}) {
    super(page, lang)
    const { steps, files = [] } = parse(read(id, 'lesson.yaml'))
    Object.assign(this, { id, steps, byKeyboard, onPhone })
    this.texts = new Map(files.map((name) => [name, read(id, 'files', name)]))
  }

  /** Presses what is there, as this reader presses things. */
  async press(target, what) {
    if (!this.byKeyboard) return target.click()
    await tabTo(this.page, target, what)
    return this.page.keyboard.press('Enter')
  }

  /** A phone shows one pane at a time. */
  async turnTo(pane) {
    if (this.onPhone) await this.page.getByRole('tab', { name: this.say(`pane-${pane}`) }).click()
  }

  /** Key after key, where there is a keyboard: xterm.js takes a text that comes at once only while no key is down. */
  key(text) {
    return this.byKeyboard ? this.page.keyboard.type(text) : super.key(text)
  }

  /** Types a line on the terminal, whose drawer begins closed on a phone. */
  async command(...line) {
    await this.turnTo('write')
    const drawer = this.pane('write').getByRole('region', { name: this.say('terminal') })
    const open = drawer.getByRole('button', { name: this.say('pane-unfold') })
    if (await open.isVisible()) await this.press(open, 'the terminal')
    return this.onPhone ? this.plainCommand(...line) : super.command(...line)
  }

  /** The same where a finger keeps the plain field, which a phone's keyboard knows how to fill. */
  async plainCommand(line) {
    const field = this.page.getByRole('textbox', { name: this.say('terminal-line') })
    await field.fill(line)
    await field.press('Enter')
    let [last, since] = ['', Date.now()]
    await this.until(async () => {
      const now = (await this.terminalLines()).join('\n')
      if (now !== last) [last, since] = [now, Date.now()]
      return now.includes(line) && Date.now() - since > 600
    }, `an answer to \`${line}\``, STEP_MS)
  }

  /** Opens a file by its tab. */
  async open(name) {
    const tab = this.page.getByRole('tab', { name, exact: true })
    if ((await tab.getAttribute('aria-selected')) === 'true') return
    if (!this.byKeyboard) return tab.click()
    await tabTo(this.page, this.page.getByRole('tab', { selected: true }).and(this.page.locator('.files [role=tab]')), 'the files')
    for (let i = 0; i < this.texts.size && (await tab.getAttribute('aria-selected')) !== 'true'; i += 1) {
      await this.page.keyboard.press('ArrowRight')
      // Whoever looks sees the tab turn before pressing again.
      await this.page.waitForTimeout(100)
    }
  }

  /** Writes a file anew. */
  async write(name, text) {
    await this.turnTo('write')
    await this.open(name)
    await editable(this.page)
    if (this.byKeyboard) await tabTo(this.page, this.editor, 'the editor')
    else await this.editor.click()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.insertText(text.trimEnd())
    this.texts.set(name, text)
    // Whoever leaves the line is done with it.
    await this.page.keyboard.press('ArrowUp')
  }

  /** Does what the solution of a step does. */
  async solve(step) {
    const { edit, commands } = step.solution ?? {}
    const folder = `${this.id}/solution/${step.id}`
    // Here time passes between one deed and the next: what is to stand still is stopped before a wish is written.
    const isStop = (line) => line.startsWith('drydock stop')
    for (const line of list(commands).filter(isStop)) await this.command(line, STEP_MS)
    if (existsSync(`${lessons}${folder}`)) for (const name of readdirSync(`${lessons}${folder}`)) await this.write(name, read(folder, name))
    for (const { file, from, to } of list(edit)) {
      const text = this.texts.get(file)
      assert.ok(text.includes(from), `${file} holds \`${from}\``)
      await this.write(file, text.replace(from, to))
    }
    for (const line of list(commands).filter((line) => !isStop(line))) {
      const guess = /^drydock predict (\S+) (\S+)$/.exec(line)
      if (guess) await this.guess(step, guess[2])
      else await this.command(line, STEP_MS)
    }
  }

  /** Answers the step's question. */
  async guess(step, choice) {
    await this.turnTo('read')
    const at = step.predict.choices.indexOf(choice)
    await this.press(this.pane('read').locator('.ask button').nth(at), 'the choices')
  }

  /** Reads the lesson from its first step to its last. */
  async finish() {
    for (const [at, step] of this.steps.entries()) {
      await this.solve(step)
      await this.turnTo('read')
      const pane = this.pane('read')
      const has = (key) => async () => new RegExp(this.say(key).source.slice(1, -1)).test(await pane.innerText())
      await this.until(has('check-passed'), `step \`${step.id}\` to pass`, STEP_MS)
      await this.press(pane.locator('.foot button').last(), 'the next step')
      if (at === this.steps.length - 1) await this.until(has('lesson-finished'), 'the end of the lesson')
    }
  }

  /** Lets the world hurry: whoever waits for a cluster would do that. */
  async hurry() {
    await this.turnTo('world')
    await this.press(this.page.getByRole('button', { name: '1000×', exact: true }), 'the fastest speed')
  }
}

// 03-vpc has a test of its own, vpc.test.mjs.
const READERS = [
  { id: '10-desired-state', lang: 'en', by: 'by keyboard only', byKeyboard: true },
  { id: '04-iam', lang: 'ko', by: 'in Korean' },
  { id: '17-rolling-update', lang: 'en', by: 'on a phone', onPhone: true, size: SIZES.phone, touch: true },
  { id: '23-four-steps', lang: 'en', by: 'at a desk' },
]

for (const { id, lang, by, size, touch, ...way } of READERS) {
  person(`${id} is finished ${by}`, { at: `?lesson=${id}`, lang, size, touch, timeout: 300_000 }, async (page) => {
    const reader = new Reader(page, lang, id, way)
    if (!way.onPhone) await reader.hurry()
    await reader.finish()
    await picture(page, `finished-${id}`)
  })
}
