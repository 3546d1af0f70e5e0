// The terminal: xterm.js with a line to type on, and no more.
//
// The program owns what was said (it writes pieces) and what a command wants: a line, a key, or
// nothing. Here is the typing: the line under the cursor, the lines before it, Tab, Ctrl+R.
//
// Invariant: what is typed is shown by the program, not here: on Enter the line under the cursor
// goes away and comes back as what was said.
// Invariant: Tab on an empty line, or after Escape, leaves the terminal, so that nobody is caught.
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import sheet from '@xterm/xterm/css/xterm.css'

/** The inks of the page's theme. */
function theme() {
  const css = getComputedStyle(document.documentElement)
  const ink = (name) => css.getPropertyValue(`--${name}`).trim()
  return {
    background: ink('paper'),
    foreground: ink('ink'),
    cursor: ink('blue'),
    cursorAccent: ink('paper'),
    selectionBackground: ink('blue-tint'),
    blue: ink('blue'),
    red: ink('red'),
    brightBlack: ink('ink-2'),
    white: ink('pencil'),
  }
}

const INKS = { typed: '', output: '', complaint: '\x1b[90m', advice: '\x1b[3;34m' }

/** How many cells a character fills: two for Hangul, Han, Kana and pictures. */
function cells(character) {
  const code = character.codePointAt(0)
  if (code < 0x300) return 1
  if (code <= 0x36f || code === 0x200b || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) return 0
  const wide =
    (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3fffd)
  return wide ? 2 : 1
}

/** Where the cursor stands after a text of this many columns: `[row, column]`. */
function after(text, columns) {
  let [row, column] = [0, 0]
  for (const character of text) {
    if (character === '\n') {
      row += 1
      column = 0
      continue
    }
    const width = cells(character)
    if (column + width > columns) {
      row += 1
      column = 0
    }
    column += width
  }
  return column === columns ? [row + 1, 0] : [row, column]
}

/** A text in lines that break between words. */
function wrapped(text, columns) {
  let [out, width] = ['', 0]
  for (const word of text.split(/(?<= )/)) {
    const room = [...word.trimEnd()].reduce((sum, character) => sum + cells(character), 0)
    if (width > 0 && width + room > columns) {
      out = `${out.trimEnd()}\r\n`
      width = 0
    }
    out += word
    width += room + (word.length - word.trimEnd().length)
  }
  return out
}

const commonStart = (words) => words.reduce((start, word) => {
  let length = 0
  while (length < start.length && start[length] === word[length]) length += 1
  return start.slice(0, length)
})

/**
 * Puts a terminal into `parent`. `program` is what it calls: `enter(line)`, `key(text)`, `end()`,
 * `interrupt()`, `complete(line, cursor)` → `{from, offers}`, `isComplete(line)`, `history()`,
 * `screen(columns, rows)`, `follow(uri)`.
 */
export function create(parent, label, program) {
  if (!document.getElementById('xterm-sheet')) {
    const style = document.createElement('style')
    style.id = 'xterm-sheet'
    style.textContent = sheet
    document.head.append(style)
  }
  const css = getComputedStyle(parent)
  const term = new Terminal({
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono').trim(),
    fontSize: parseFloat(css.fontSize) || 13,
    lineHeight: 1.25,
    theme: theme(),
    screenReaderMode: true,
    scrollback: 5000,
    cursorBlink: false,
    macOptionIsMeta: true,
    allowProposedApi: false,
    linkHandler: { activate: (_, uri) => program.follow(uri), allowNonHttpProtocols: true },
  })
  const fit = new FitAddon()
  term.loadAddon(fit)
  term.open(parent)
  term.textarea.setAttribute('aria-label', label)
  term.textarea.setAttribute('enterkeyhint', 'go')
  for (const [name, value] of [['autocapitalize', 'off'], ['autocomplete', 'off'], ['autocorrect', 'off'], ['spellcheck', 'false']]) {
    term.textarea.setAttribute(name, value)
  }
  // A pasted text comes in one piece, and waits for Enter.
  term.write('\x1b[?2004h')

  /** `line`: the shell's own prompt. `ask`: a line for the command. `key`: one key. `busy`: neither. */
  let mode = 'busy'
  let prompt = '$ '
  let text = ''
  let cursor = 0
  /** The row of the cursor below the prompt's, as it is drawn; none when nothing is drawn. */
  let drawn = null
  let past = []
  let at = 0
  let kept = ''
  let search = null
  let leaves = false

  const head = () => (search ? `(reverse-i-search)\`${search.query}': ` : prompt)
  const shown = (line) => line.replaceAll('\n', '\n> ')

  const erased = () => (drawn === null ? '' : `\r${drawn > 0 ? `\x1b[${drawn}A` : ''}\x1b[J`)

  function draw() {
    if (mode !== 'line' && mode !== 'ask') return
    const columns = term.cols
    const whole = head() + shown(text)
    const [endRow, endColumn] = after(whole, columns)
    const [row, column] = after(head() + shown(text.slice(0, cursor)), columns)
    let out = erased() + `\x1b[34m${head()}\x1b[0m${shown(text).replaceAll('\n', '\r\n')}`
    if (endColumn === 0 && endRow > 0 && !whole.endsWith('\n')) out += '\r\n'
    if (endRow > row) out += `\x1b[${endRow - row}A`
    out += `\r${column > 0 ? `\x1b[${column}C` : ''}`
    drawn = row
    term.write(out)
  }

  function put(line, place = line.length) {
    text = line
    cursor = place
    draw()
  }

  function insert(piece) {
    put(text.slice(0, cursor) + piece + text.slice(cursor), cursor + piece.length)
  }

  function leaveLine() {
    term.write(erased())
    drawn = null
    text = ''
    cursor = 0
    search = null
  }

  function enter() {
    if (mode === 'line' && !program.isComplete(text)) return insert('\n')
    const line = text
    leaveLine()
    if (mode === 'line' && line.trim() === '') {
      term.write(`\x1b[34m${prompt}\x1b[0m\r\n`)
      return draw()
    }
    mode = 'busy'
    program.enter(line)
  }

  function complete() {
    const { from, offers } = program.complete(text, cursor)
    if (offers.length === 0) return
    const word = text.slice(from, cursor)
    const start = commonStart(offers)
    if (offers.length === 1) {
      const goesOn = /[/=,]$/.test(start)
      return put(text.slice(0, from) + start + (goesOn ? '' : ' ') + text.slice(cursor), from + start.length + (goesOn ? 0 : 1))
    }
    if (start.length > word.length) return put(text.slice(0, from) + start + text.slice(cursor), from + start.length)
    const width = Math.max(...offers.map((offer) => offer.length)) + 2
    const columns = Math.max(1, Math.floor(term.cols / width))
    const rows = []
    for (let index = 0; index < offers.length; index += columns) {
      rows.push(offers.slice(index, index + columns).map((offer) => offer.padEnd(width)).join('').trimEnd())
    }
    term.write(`${erased()}\x1b[34m${prompt}\x1b[0m${shown(text).replaceAll('\n', '\r\n')}\r\n${rows.join('\r\n')}\r\n`)
    drawn = null
    draw()
  }

  function walk(step) {
    if (at === past.length) kept = text
    at = Math.min(Math.max(at + step, 0), past.length)
    put(at === past.length ? kept : past[at])
  }

  function look(from) {
    const found = past.findLastIndex((line, index) => index <= from && line.includes(search.query))
    if (found >= 0) {
      search.at = found
      text = past[found]
      cursor = text.indexOf(search.query)
    }
    draw()
  }

  const isWord = (character) => character !== undefined && /[\p{L}\p{N}_]/u.test(character)
  function wordBack() {
    let place = cursor
    while (place > 0 && text[place - 1] === ' ') place -= 1
    while (place > 0 && text[place - 1] !== ' ') place -= 1
    return place
  }
  function wordOn(step) {
    let place = cursor
    const next = () => text[step > 0 ? place : place - 1]
    while (next() !== undefined && !isWord(next())) place += step
    while (next() !== undefined && isWord(next())) place += step
    return place
  }
  /** One character back or on: a pair of surrogates is one. */
  const before = () => cursor - ([...text.slice(0, cursor)].pop()?.length ?? 0)
  const beyond = () => cursor + ([...text.slice(cursor)][0]?.length ?? 0)

  const KEYS = {
    '\r': enter,
    '\n': enter,
    '\t': complete,
    '\x7f': () => cursor > 0 && put(text.slice(0, before()) + text.slice(cursor), before()),
    '\b': () => cursor > 0 && put(text.slice(0, before()) + text.slice(cursor), before()),
    '\x1b[3~': () => put(text.slice(0, cursor) + text.slice(beyond()), cursor),
    '\x1b[D': () => put(text, before()),
    '\x1b[C': () => put(text, beyond()),
    '\x1b[A': () => walk(-1),
    '\x1b[B': () => walk(1),
    '\x10': () => walk(-1),
    '\x0e': () => walk(1),
    '\x1b[H': () => put(text, 0),
    '\x1b[F': () => put(text),
    '\x01': () => put(text, 0),
    '\x05': () => put(text),
    '\x02': () => put(text, before()),
    '\x06': () => put(text, beyond()),
    '\x0b': () => put(text.slice(0, cursor), cursor),
    '\x15': () => put(text.slice(cursor), 0),
    '\x17': () => put(text.slice(0, wordBack()) + text.slice(cursor), wordBack()),
    '\x1bb': () => put(text, wordOn(-1)),
    '\x1bf': () => put(text, wordOn(1)),
    '\x1b[1;5D': () => put(text, wordOn(-1)),
    '\x1b[1;5C': () => put(text, wordOn(1)),
    '\x1b[1;3D': () => put(text, wordOn(-1)),
    '\x1b[1;3C': () => put(text, wordOn(1)),
    '\x0c': () => {
      leaveLineKeeping(() => term.clear())
    },
    '\x04': () => text === '' && mode === 'ask' && (leaveLine(), program.end('')),
    '\x03': () => {
      const line = text
      leaveLine()
      term.write(`\x1b[34m${prompt}\x1b[0m${shown(line).replaceAll('\n', '\r\n')}^C\r\n`)
      at = past.length
      if (mode === 'ask') program.interrupt('')
      else draw()
    },
    '\x12': () => {
      search = { query: '', at: past.length - 1 }
      draw()
    },
  }

  function leaveLineKeeping(act) {
    const [line, place] = [text, cursor]
    term.write(erased(), () => {
      act()
      drawn = null
      put(line, place)
    })
  }

  function searching(data) {
    if (data === '\x12') return look(search.at - 1)
    if (data === '\x7f' || data === '\b') {
      search.query = search.query.slice(0, -1)
      return look(past.length - 1)
    }
    if (data >= ' ' && !data.startsWith('\x7f')) {
      search.query += data
      return look(search.at)
    }
    const isCancel = data === '\x07' || data === '\x03'
    search = null
    if (isCancel) return put('')
    draw()
    if (data !== '\x1b') typed(data)
  }

  function typed(data) {
    if (data.startsWith('\x1b[200~')) {
      const pasted = data.slice(6).replace(/\x1b\[201~$/, '').replace(/\r\n?/g, '\n').replace(/\n$/, '')
      if (mode === 'line' || mode === 'ask') insert(mode === 'ask' ? pasted.replaceAll('\n', ' ') : pasted)
      return
    }
    if (mode === 'busy' || mode === 'key') {
      if (data === '\x03') program.interrupt('')
      else if (mode === 'key') program.key(data)
      return
    }
    if (search) return searching(data)
    const key = KEYS[data]
    if (key) return key()
    // What a phone's keyboard or a composition brings may hold several characters, Enter among them.
    for (const piece of data.split(/([\r\n\x7f])/)) {
      if (piece === '') continue
      if (KEYS[piece]) KEYS[piece]()
      else if (piece >= ' ' && !piece.startsWith('\x1b')) insert(piece)
    }
  }
  term.onData(typed)

  term.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown') return true
    const isControl = event.ctrlKey || event.metaKey
    // The browser copies what is selected, and pastes.
    if (isControl && event.key === 'c' && term.hasSelection()) return false
    if (isControl && (event.key === 'v' || (event.shiftKey && event.key.toLowerCase() === 'c'))) return false
    if (event.key === 'Tab' && (event.shiftKey || leaves || (text === '' && mode !== 'key'))) return false
    leaves = event.key === 'Escape'
    return true
  })

  // With its screen reader's mode on, xterm.js hears keys and compositions, but not a text that comes
  // without a key: from a picker, from dictation.
  let pressed = false
  term.textarea.addEventListener('keydown', () => (pressed = true))
  term.textarea.addEventListener('keyup', () => (pressed = false))
  term.textarea.addEventListener('input', (event) => {
    if (!pressed && event.inputType === 'insertText' && !event.isComposing && event.data) typed(event.data)
  })

  const refit = () => {
    if (parent.clientHeight < 20) return
    leaveFor(() => fit.fit())
    program.screen('', term.cols, term.rows)
  }
  /** A line that is drawn is drawn again behind what happens to the screen. */
  function leaveFor(act) {
    const isDrawn = drawn !== null
    if (isDrawn) term.write(erased())
    drawn = null
    act()
    if (isDrawn) draw()
  }
  const sizes = new ResizeObserver(refit)
  sizes.observe(parent)
  const themes = new MutationObserver(() => (term.options.theme = theme()))
  themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })

  return {
    /** A piece of what was said. */
    write(kind, piece, begins, ends, about) {
      if (drawn !== null) {
        term.write(erased())
        drawn = null
      }
      const ink = INKS[kind] ?? ''
      const start = begins && kind === 'typed' ? '\x1b[34m$ \x1b[0m' : ''
      // What leads to the glossary is a link, which the terminal underlines under the pointer.
      const [link, unlink] = about ? [`\x1b]8;;term:${about}\x07`, '\x1b]8;;\x07'] : ['', '']
      const shownPiece = kind === 'advice' ? wrapped(piece, term.cols) : piece
      term.write(`${start}${link}${ink}${shownPiece}${ink ? '\x1b[0m' : ''}${unlink}${ends ? '\r\n' : ''}`)
    },
    /** Everything that was said is gone. */
    reset() {
      drawn = null
      term.reset()
      term.write('\x1b[?2004h')
    },
    /** What is wanted from the keyboard. */
    want(next, ask) {
      if (next === mode && (next !== 'ask' || ask === prompt)) {
        if (drawn === null) draw()
        return
      }
      mode = next
      prompt = next === 'ask' ? ask : '$ '
      if (mode === 'line') {
        past = program.history('')
        at = past.length
      }
      draw()
    },
    /** Begins a line with what was typed elsewhere. */
    begin: (line) => put(line),
    setLabel: (name) => term.textarea.setAttribute('aria-label', name),
    focus: () => term.focus(),
    text: () => {
      const lines = []
      for (let row = 0; row < term.buffer.active.length; row += 1) lines.push(term.buffer.active.getLine(row).translateToString(true))
      return lines.join('\n')
    },
    destroy() {
      sizes.disconnect()
      themes.disconnect()
      term.dispose()
    },
  }
}
