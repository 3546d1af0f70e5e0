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

  /** All of the file at once, as a paste does. */
  async paste(text) {
    await this.editor.click()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.insertText(text)
  }

  /** What the editor holds, as far as it is drawn. */
  text() {
    return this.page.evaluate(() => [...document.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n'))
  }

  /** Opens a lens by its tab. */
  async lens(name) {
    await this.page.getByRole('tab', { name: this.say(`lens-${name}`) }).click()
  }
}
