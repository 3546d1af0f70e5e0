// The editor: CodeMirror 6 with what this page needs and no more.
//
// The program owns the files and says what is wrong with them; here is typing, and showing it.
// A problem opens under its line (one red rule, at most one fix), an aside stands at the line's
// end, ghosts are lines that nobody wrote. Lines and columns from the program count characters
// from 0; CodeMirror counts UTF-16.
//
// Invariant: while a composition runs (Korean input), no text and no decoration is changed.
import { autocompletion, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { LanguageSupport, indentService, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, Prec, StateEffect, StateField, Text } from '@codemirror/state'
import {
  Decoration, EditorView, GutterMarker, ViewPlugin, WidgetType, drawSelection, gutter, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers,
} from '@codemirror/view'
import { tagHighlighter, tags } from '@lezer/highlight'

const inks = tagHighlighter([
  { tag: tags.definition(tags.propertyName), class: 'k' },
  { tag: [tags.content, tags.string, tags.special(tags.string), tags.attributeValue], class: 'v' },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace, tags.meta, tags.keyword], class: 'p' },
  { tag: tags.comment, class: 'remark' },
])

/** After `key:` one step in; after `- key:` beside the key, and one step in; else as the line before. */
const indentation = indentService.of((context, place) => {
  const { text } = context.lineAt(place, -1)
  const before = text.replace(/(^|\s)#.*$/, '')
  const [lead] = /^\s*(?:- +)*/.exec(before)
  const opens = /(?::|[|>][+-]?\d?)\s*$/.test(before)
  const isBareItem = /^\s*-\s*$/.test(before)
  return isBareItem ? before.indexOf('-') + 2 : lead.length + (opens ? context.unit : 0)
})

/** The place of a line and a column (characters, from 0) in CodeMirror's own count. */
function placeOf(doc, line, column) {
  const at = doc.line(Math.min(Math.max(line + 1, 1), doc.lines))
  let units = 0
  for (const character of at.text) {
    if (column-- <= 0) break
    units += character.length
  }
  return at.from + units
}

class Mark extends GutterMarker {
  constructor(kind, label) {
    super()
    Object.assign(this, { kind, label })
  }
  eq(other) {
    return other.kind === this.kind && other.label === this.label
  }
  toDOM() {
    const mark = document.createElement('span')
    mark.className = `mark-${this.kind}`
    mark.title = this.label
    return mark
  }
}

class ProblemBelow extends WidgetType {
  constructor(problem) {
    super()
    this.problem = problem
  }
  eq(other) {
    return JSON.stringify(other.problem) === JSON.stringify(this.problem)
  }
  toDOM(view) {
    const { message, severity, fix } = this.problem
    const note = document.createElement('div')
    note.className = `cm-problem ${severity}`
    note.setAttribute('role', 'note')
    const said = note.appendChild(document.createElement('div'))
    // Code stands in backticks, as in every catalogue.
    message.split('`').forEach((part, index) => {
      if (part) said.append(index % 2 ? Object.assign(document.createElement('code'), { textContent: part }) : part)
    })
    if (fix) {
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'lk strong', textContent: fix.label })
      button.onmousedown = (event) => event.preventDefault()
      button.onclick = () => mend(view, fix)
      said.append(' ', button)
    }
    return note
  }
  ignoreEvent() {
    return true
  }
}

class Aside extends WidgetType {
  constructor(text) {
    super()
    this.text = text
  }
  eq(other) {
    return other.text === this.text
  }
  toDOM() {
    return Object.assign(document.createElement('span'), { className: 'cm-aside', textContent: this.text })
  }
}

class Ghost extends WidgetType {
  constructor(ink, text) {
    super()
    Object.assign(this, { ink, text })
  }
  eq(other) {
    return other.text === this.text && other.ink === this.ink
  }
  toDOM() {
    return Object.assign(document.createElement('div'), { className: `cm-ghost ${this.ink}`, textContent: this.text })
  }
}

function mend(view, fix) {
  const { doc } = view.state
  const changes = { from: placeOf(doc, fix.from[0], fix.from[1]), to: placeOf(doc, fix.to[0], fix.to[1]), insert: fix.text }
  view.dispatch({ changes, userEvent: 'input' })
  view.focus()
}

/** Brackets nested deeper are shown without colours: the highlighter walks its tree by recursion. */
const NESTING_MAX = 200

/** Longer texts, in UTF-16 units, are shown without colours too. */
const COLOURED_MAX = 1_000_000

const language = new Compartment()

/** Whether the text has a shape that the highlighter can walk. The program reads it all the same. */
function isColoured(doc) {
  if (doc.length > COLOURED_MAX) return false
  let depth = 0
  for (const piece of doc.iter()) {
    for (const [bracket] of piece.matchAll(/[[\]{}]/g)) {
      depth = '[{'.includes(bracket) ? depth + 1 : Math.max(depth - 1, 0)
      if (depth > NESTING_MAX) return false
    }
  }
  return true
}

const colours = (doc) => (isColoured(doc) ? yaml() : [])

/** Takes the colours off in the very change that brings such a text, and gives them back with the next. */
const colouring = EditorState.transactionExtender.of((transaction) => {
  if (!transaction.docChanged) return null
  const wanted = isColoured(transaction.newDoc)
  const has = language.get(transaction.startState) instanceof LanguageSupport
  return wanted === has ? null : { effects: language.reconfigure(wanted ? yaml() : []) }
})

/** How far in a line may go on, in letters. */
const HANG_MAX = 24

/** A line counts as being typed for this long after a key. */
const TYPING_MS = 700

/** A line that does not fit goes on below its own first letter, one step further in. */
const hanging = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.update({ view, docChanged: true })
    }
    update({ view, docChanged, viewportChanged }) {
      if (!docChanged && !viewportChanged) return
      const ranges = []
      for (const { from, to } of view.visibleRanges) {
        for (let at = from; at <= to; ) {
          const line = view.state.doc.lineAt(at)
          const lead = Math.min(line.text.search(/[^ -]|$/) + 2, HANG_MAX)
          const style = `padding-left: calc(16px + ${lead}ch); text-indent: -${lead}ch`
          ranges.push(Decoration.line({ attributes: { style } }).range(line.from))
          at = line.to + 1
        }
      }
      this.decorations = Decoration.set(ranges)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)

const show = StateEffect.define()

/** Marks a change that the program made: it is not told about it again. */
const quiet = StateEffect.define()

/** What the program says about this text: `{problems, asides, ghosts}`. */
const said = StateField.define({
  create: () => ({ source: { problems: [], asides: [], ghosts: [] }, drawn: Decoration.none, marks: [] }),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return drawing(transaction.newDoc, effect.value)
    if (!transaction.docChanged) return value
    const marks = value.marks.map(({ at, mark }) => ({ at: transaction.changes.mapPos(at), mark }))
    return { ...value, drawn: value.drawn.map(transaction.changes), marks }
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.drawn),
})

function drawing(doc, source) {
  const ranges = []
  const marks = []
  for (const problem of source.problems) {
    const from = placeOf(doc, problem.from[0], problem.from[1])
    const line = doc.lineAt(from)
    const to = Math.min(Math.max(placeOf(doc, problem.to[0], problem.to[1]), from), line.to)
    if (to > from) ranges.push(Decoration.mark({ class: `cm-wrong ${problem.severity}` }).range(from, to))
    ranges.push(Decoration.widget({ widget: new ProblemBelow(problem), block: true, side: 2 }).range(line.to))
    marks.push({ at: line.from, mark: new Mark(problem.severity, problem.message.replaceAll('`', '')) })
  }
  for (const { line, text, label } of source.asides) {
    const at = doc.line(Math.min(line + 1, doc.lines))
    ranges.push(Decoration.widget({ widget: new Aside(text), side: 1 }).range(at.to))
    if (!marks.some((it) => it.at === at.from)) marks.push({ at: at.from, mark: new Mark('wish', label) })
  }
  for (const { line, ink, text } of source.ghosts) {
    const at = doc.line(Math.min(line + 1, doc.lines))
    ranges.push(Decoration.widget({ widget: new Ghost(ink, text), block: true, side: 3 }).range(at.to))
  }
  return { source, drawn: Decoration.set(ranges, true), marks }
}

const markGutter = gutter({
  class: 'cm-marks',
  lineMarker: (view, line) => view.state.field(said).marks.find(({ at }) => at === line.from)?.mark ?? null,
  lineMarkerChange: (update) => update.startState.field(said).marks !== update.state.field(said).marks,
  initialSpacer: () => new Mark('none', ''),
})

/** Goes to the next problem, around the end. */
function nextProblem(view) {
  const { marks } = view.state.field(said)
  const places = marks.filter(({ mark }) => mark.kind !== 'wish').map(({ at }) => at).sort((a, b) => a - b)
  if (places.length === 0) return false
  const here = view.state.doc.lineAt(view.state.selection.main.head).from
  view.dispatch({ selection: { anchor: places.find((at) => at > here) ?? places[0] }, scrollIntoView: true })
  return true
}

/**
 * Puts an editor into `parent`. `program` has five functions of two texts and a number, all of the
 * same shape to keep the program small: `changed(file, text, line)`, `moved(file, '', line)`,
 * `apply(file, '', line)`, `complete(text, column, line)`, which answers
 * `[{label, detail, apply, from}]`, and `explain(text, column, line)`, which promises what a field is:
 * `{name, about, text, line, column}`, or null.
 */
export function create(parent, label, program) {
  const states = new Map()
  let file = ''
  let line = 0
  let typed = -TYPING_MS
  let later
  let waiting = new Map()
  const isComposing = () => view.composing || view.compositionStarted

  const hear = EditorView.updateListener.of((update) => {
    const { doc, selection } = update.state
    const now = doc.lineAt(selection.main.head).number - 1
    const own = update.transactions.some((it) => it.docChanged && !it.effects.some((e) => e.is(quiet)))
    if (own) {
      typed = performance.now()
      program.changed(file, doc.toString(), now)
    }
    else if (now !== line) program.moved(file, '', now)
    if (now !== line) typed = own ? typed : -TYPING_MS
    line = now
  })

  const complete = (context) => {
    const word = context.matchBefore(/[\w./:*-]+/)
    if (!context.explicit && !word) return null
    const at = context.state.doc.lineAt(context.pos)
    const column = [...context.state.sliceDoc(at.from, context.pos)].length
    const options = program.complete(context.state.doc.toString(), String(column), at.number - 1)
    if (options.length === 0) return null
    return { from: placeOf(context.state.doc, at.number - 1, options[0].from), options, validFor: /^[\w./-]*$/ }
  }

  /** What a field is, where the pointer rests. Its words come when they are first asked for. */
  const explanation = hoverTooltip(async ({ state: { doc } }, place) => {
    const at = doc.lineAt(place)
    const column = [...doc.sliceString(at.from, place)].length
    const found = await program.explain(doc.toString(), String(column), at.number - 1)
    if (!found || view.state.doc !== doc) return null
    const from = placeOf(doc, found.line, found.column)
    return {
      pos: from,
      end: from + found.name.length,
      above: true,
      create() {
        const dom = document.createElement('div')
        dom.className = 'explains'
        for (const [tag, text] of [['b', found.name], ['span', found.about], ['p', found.text]]) {
          if (!text) continue
          const part = document.createElement(tag)
          part.textContent = text
          dom.append(part)
        }
        return { dom }
      },
    }
  }, { hoverTime: 400 })

  const extensions = [
    said,
    explanation,
    markGutter,
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    EditorState.tabSize.of(2),
    indentUnit.of('  '),
    indentation,
    colouring,
    syntaxHighlighting(inks),
    autocompletion({ override: [complete], icons: false, activateOnTypingDelay: 60 }),
    EditorView.lineWrapping,
    hanging,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off', translate: 'no' }),
    Prec.high(keymap.of([
      { key: 'Mod-Enter', run: () => (program.apply(file, '', line), true) },
      { key: 'F8', run: nextProblem },
      // Tab indents; Escape, then Tab, leaves the editor (CodeMirror's own rule).
      { key: 'Tab', run: indentMore, shift: indentLess },
    ])),
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
    hear,
    EditorView.domEventHandlers({ compositionend: () => void setTimeout(settle) }),
  ]

  const stateOf = (text) => {
    const doc = Text.of(text.split(/\r\n?|\n/))
    return EditorState.create({ doc, extensions: [extensions, language.of(colours(doc))] })
  }
  const view = new EditorView({ parent, state: stateOf('') })

  /** Does what had to wait for the end of a composition; of each kind only the last counts. */
  function settle() {
    if (isComposing()) return
    const tasks = waiting
    waiting = new Map()
    for (const task of tasks.values()) task()
  }
  function whenSettled(kind, task) {
    waiting.set(kind, task)
    settle()
  }

  /** Nobody is told of a problem on the very line that they are typing. */
  function showSoon(name, source) {
    clearTimeout(later)
    if (name !== file) return
    const rest = typed + TYPING_MS - performance.now()
    const isHere = (problem) => problem.from[0] === line
    const held = rest > 0 && source.problems.some(isHere)
    const problems = held ? source.problems.filter((problem) => !isHere(problem)) : source.problems
    view.dispatch({ effects: show.of({ ...source, problems }) })
    if (held) later = setTimeout(() => whenSettled('show', () => showSoon(name, source)), rest)
  }

  const replace = (state, text) =>
    state.doc.toString() === text
      ? {}
      : { changes: { from: 0, to: state.doc.length, insert: text }, effects: quiet.of(null), selection: { anchor: Math.min(state.selection.main.head, text.length) } }

  return {
    /** Shows a file; its own history and cursor come with it. */
    open(name, text) {
      whenSettled('open', () => {
        if (name !== file) {
          if (file) states.set(file, view.state)
          file = name
          const known = states.get(name)
          view.setState(known ?? stateOf(text))
          line = view.state.doc.lineAt(view.state.selection.main.head).number - 1
        }
        view.dispatch(replace(view.state, text))
      })
    },
    /** The program changed a file's text. */
    setText(name, text) {
      whenSettled(`text ${name}`, () => {
        if (name === file) view.dispatch(replace(view.state, text))
        else states.delete(name)
      })
    },
    /** What is to be seen beside the text: `{problems, asides, ghosts}`. */
    show: (name, source) => whenSettled('show', () => showSoon(name, source)),
    /** Puts the cursor on a line, without taking the focus from where it is. */
    reveal(name, target) {
      whenSettled('reveal', () => {
        if (name !== file) return
        const { to } = view.state.doc.line(Math.min(target + 1, view.state.doc.lines))
        view.dispatch({ selection: { anchor: to }, effects: EditorView.scrollIntoView(to, { y: 'center' }) })
      })
    },
    setLabel: (text) => view.contentDOM.setAttribute('aria-label', text),
    focus: () => view.focus(),
    destroy() {
      clearTimeout(later)
      view.destroy()
    },
  }
}
