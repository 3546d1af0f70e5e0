// The playground as a person meets it: panes, editor, sheet, timeline, by role and name.
//
// Names are looked up in the catalogues that the program itself speaks from, so a test runs in
// either language, and a better word does not break it.
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const catalogues = fileURLToPath(new URL('../../src/words/', import.meta.url))
const spoken = {}

/** The plain messages of a language: key to text. Messages with choices are left out. */
export function words(lang) {
  spoken[lang] ??= new Map(
    readdirSync(`${catalogues}${lang}`)
      .filter((file) => file.endsWith('.ftl'))
      .flatMap((file) => readFileSync(`${catalogues}${lang}/${file}`, 'utf8').split('\n'))
      .map((line) => /^([a-z][a-z0-9-]*) = (.*)$/.exec(line))
      .filter((found) => found && !found[2].endsWith('->'))
      .map(([, key, text]) => [key, text]),
  )
  return spoken[lang]
}

/** What the program says for `key`, with `arguments_` put in; a pattern, because numbers are formatted. */
export function said(lang, key, arguments_ = {}) {
  const text = words(lang).get(key)
  if (text === undefined) throw new Error(`no plain message \`${key}\` in ${lang}`)
  const escape = (plain) => plain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  // Fluent puts invisible isolation marks around what it fills in.
  const filled = text.split(/(\{[^}]*\})/).map((part) => {
    const name = /\$([a-z]+)/.exec(part)?.[1]
    if (!part.startsWith('{')) return escape(part)
    return name in arguments_ ? `[\\u2066-\\u2069]*${escape(String(arguments_[name]))}[\\u2066-\\u2069]*` : '.*'
  })
  return new RegExp(`^${filled.join('')}$`)
}

export class Playground {
  constructor(page, lang = 'en') {
    this.page = page
    this.lang = lang
  }

  say(key, arguments_) {
    return said(this.lang, key, arguments_)
  }

  pane(name) {
    return this.page.getByRole('region', { name: this.say(`pane-${name}`) })
  }

  button(key, arguments_) {
    return this.page.getByRole('button', { name: this.say(key, arguments_) })
  }

  /** The editor's text field. */
  get editor() {
    return this.page.locator('.cm-content').first()
  }

  /** The editor's line that holds `text`. */
  line(text) {
    return this.page.locator('.cm-line', { hasText: text }).first()
  }

  /** Clicks into the line, takes `gone` characters from its end, and types. Gives the cursor back by leaving the line. */
  async retype(line, gone, typed, { leave = true } = {}) {
    await this.line(line).click()
    await this.page.keyboard.press('End')
    for (let i = 0; i < gone; i += 1) await this.page.keyboard.press('Backspace')
    await this.page.keyboard.type(typed, { delay: 20 })
    if (leave) await this.page.keyboard.press('ArrowUp')
  }

  /** Pastes over all of the file. */
  async paste(text) {
    await this.editor.click()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.editor.evaluate((element, pasted) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', pasted)
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, text)
  }

  /** Goes to the next problem with the keyboard. */
  async toProblem() {
    await this.until(async () => (await this.editor.getByRole('note').count()) > 0 || (await this.isRefused()), 'a problem')
    await this.editor.press('F8')
  }

  /** Whether the Write pane says that what is written could not be applied. */
  async isRefused() {
    return /mended|고치/.test(await this.pane('write').innerText())
  }

  /** What the editor holds, as far as it is drawn. */
  text() {
    return this.page.evaluate(() => [...document.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n'))
  }

  /** The Pods drawn on the sheet, in a state (a key such as `state-ready`) or in any. */
  pods(state) {
    const named = (text) => text.source.slice(1, -1)
    const name = state ? new RegExp(`^Pod [^,]+, ${named(this.say(state))}(,|$)`) : /^Pod /
    return this.pane('world').getByRole('option', { name })
  }

  /** The names of the Pods drawn on the sheet that are not on their way out. */
  async drawnPods() {
    const found = await this.pods().evaluateAll((all) => all.map((it) => it.getAttribute('aria-label')))
    // Between being found and being read, an element may have become another thing's.
    const labels = found.filter((label) => label?.startsWith('Pod '))
    const leaving = words(this.lang).get('state-leaving')
    return labels.filter((label) => !label.includes(leaving)).map((label) => /^Pod ([^,]+)/.exec(label)[1]).sort()
  }

  /** Waits until exactly so many Pods are drawn, and all of them ready. */
  ready(count) {
    const is = async () => (await this.pods('state-ready').count()) === count && (await this.pods().count()) === count
    return this.until(is, `${count} ready Pods on the sheet`)
  }

  /** What the sheet says of a wish: `{want, have}`. */
  async gap(name = 'web') {
    const row = this.pane('world').getByRole('option', { name: new RegExp(`^\\w+ ${name}, `) })
    const [want, have] = (await row.getAttribute('aria-label')).match(/\d+/g).map(Number)
    return { want, have }
  }

  /** The clock of the world, as drawn. */
  clock() {
    return this.pane('world').locator('.clock').innerText()
  }

  async pause() {
    await this.button('time-pause').click()
    await this.button('time-play').waitFor()
  }

  async play() {
    await this.button('time-play').click()
    await this.button('time-pause').waitFor()
  }

  /** The lines on the terminal: of the plain log, or what xterm.js tells a screen reader. */
  async terminalLines() {
    const tree = this.page.locator('.xt:not([hidden]) .xterm-accessibility-tree > div')
    if ((await tree.count()) === 0) return this.page.getByRole('log', { name: this.say('terminal') }).locator('> div').allInnerTexts()
    return (await tree.allInnerTexts()).map((line) => line.replaceAll('\u00a0', ' ').trimEnd())
  }

  /** Brings a text to what has the focus: at once, as a phone's keyboard does. */
  key(text) {
    return this.page.keyboard.insertText(text)
  }

  /** Types a line on the terminal and returns what it printed once that stands still. */
  async command(line, within_ms) {
    await this.page.getByRole('textbox', { name: this.say('terminal-line') }).focus()
    await this.page.locator('.xt:not([hidden]) .xterm-accessibility-tree').waitFor({ state: 'attached' })
    await this.key('clear')
    await this.page.keyboard.press('Enter')
    await this.until(async () => (await this.terminalLines()).filter(Boolean).length === 1, 'an empty terminal')
    await this.key(line)
    await this.page.keyboard.press('Enter')
    let last
    await this.until(async () => {
      const lines = (await this.terminalLines()).filter(Boolean)
      // What was typed, what was said, and the prompt again.
      const still = lines.length > 1 && lines.at(-1) === '$' && lines.join() === last?.join()
      last = lines
      return still
    }, `an answer to \`${line}\``, within_ms)
    // A long line stands on several rows.
    const bare = (text) => text.replace(/\s+/g, '')
    let rows = 1
    while (rows < last.length - 1 && bare(last.slice(0, rows).join('')).length < bare(`$${line}`).length) rows++
    return last.slice(rows, -1)
  }

  /** The names of the Pods that are not on their way out, as `kubectl get pods` prints them. */
  async podNames() {
    const lines = (await this.command('kubectl get pods --no-headers')).filter((line) => !/Terminating/.test(line))
    return lines.filter((line) => /^\S+\s+\d+\/\d+/.test(line)).map((line) => line.split(/\s+/)[0]).sort()
  }

  /** What a Deployment's `spec.replicas` and `status.readyReplicas` are, as the cluster says. */
  async replicas(name = 'web') {
    const [line = ''] = await this.command(`kubectl get deployment ${name} -o jsonpath='{.spec.replicas} {.status.readyReplicas}'`)
    return line.trim().split(' ').map(Number)
  }

  /** Waits until the cluster wants `count` and that many are ready. */
  async settled(count) {
    await this.until(async () => {
      const [want, ready] = await this.replicas()
      return want === count && ready === count
    }, `${count} wanted, ${count} ready`)
  }

  /** The first problem that stands in the editor: the line it stands under (from 1), and its words. */
  async problem() {
    const note = this.editor.getByRole('note').first()
    await note.waitFor({ timeout: 15_000 })
    const line = await note.evaluate((element) => {
      const lines = [...element.closest('.cm-content').querySelectorAll('.cm-line')]
      return lines.filter((it) => it.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING).length
    })
    return { line, message: await note.innerText() }
  }

  /** Opens a lens by its tab. */
  async lens(name) {
    await this.page.getByRole('tab', { name: this.say(`lens-${name}`) }).click()
  }

  /** Waits until `holds` answers true. */
  async until(holds, what = 'it', within_ms = 20_000) {
    const end = Date.now() + within_ms
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`waited ${within_ms} ms for ${what}`)
      await this.page.waitForTimeout(60)
    }
  }
}
