// Which bytes of the program's constants only the rest reads.
//
// The linker was asked to leave its notes (`--emit-relocs`, see build.rs): which function, and
// which constant, holds the address of which other constant. What cannot be reached from what is
// left of the first half's functions nobody can read before the rest is there.
//
// Tool conventions "Linking" (linking.md), version 2: the symbol table and the relocation sections.
import { Reader, SECTION, numbers, read } from './module.mjs'

const SYMBOLS = 8
const [FUNCTION, DATA, SECTION_SYMBOL] = [0, 1, 3]
const [UNDEFINED, NAMED] = [0x10, 0x40]
/** Relocations that hold an address in memory, and those that only have an addend in common with them. */
const ADDRESS = new Set([3, 4, 5, 11, 14, 15, 16, 17, 19, 21])
const WITH_ADDEND = new Set([...ADDRESS, 8, 9, 18, 22])

/** The linked program's sections: `{start, body}` by number, and its custom ones by name. */
function sections(bytes) {
  const reader = new Reader(bytes, 8)
  const found = []
  while (reader.at < bytes.length) {
    const id = reader.byte()
    const size = reader.number()
    const start = reader.at
    found.push({ id, start, size, name: id === 0 ? reader.name() : undefined, body: reader.at })
    reader.at = start + size
  }
  return found
}

function symbols(bytes, { start, size, body }) {
  const reader = new Reader(bytes, body)
  if (reader.number() !== 2) throw new Error('the linker notes of another version')
  while (reader.at < start + size) {
    const kind = reader.byte()
    const length = reader.number()
    const next = reader.at + length
    if (kind === SYMBOLS) return reader.list(() => symbol(reader))
    reader.at = next
  }
  return []
}

function symbol(reader) {
  const kind = reader.byte()
  const flags = reader.number()
  if (kind === DATA) {
    const name = reader.name()
    return flags & UNDEFINED ? { kind, name } : { kind, name, segment: reader.number(), offset: reader.number(), size: reader.number() }
  }
  const index = reader.number()
  if (kind === SECTION_SYMBOL) return { kind, index }
  return { kind, index, name: !(flags & UNDEFINED) || flags & NAMED ? reader.name() : '' }
}

function relocations(bytes, section) {
  const reader = new Reader(bytes, section.body)
  reader.number()
  return reader.list(() => {
    const it = { type: reader.byte(), at: reader.number(), symbol: reader.number() }
    return { ...it, addend: WITH_ADDEND.has(it.type) ? reader.signed() : 0 }
  })
}

/** Where each of a section's items lies, from the section's start. */
function places(bytes, section, item) {
  const reader = new Reader(bytes, section.start)
  return reader.list(() => {
    item(reader)
    const size = reader.number()
    const from = reader.at - section.start
    reader.at += size
    return { from, to: from + size }
  })
}

/** The numbers that code of chosen functions names, in order. */
function numbersOf(module, isChosen) {
  const found = new Set()
  module.bodies.forEach((body, at) => {
    if (isChosen(at + module.imported.function)) for (const number of numbers(body)) found.add(number)
  })
  return found
}

/** Who owns a place in the linked code: the function's name, by the place from the section's start. */
function owners(linked, code, known) {
  const names = new Map(known.filter((it) => it.kind === FUNCTION && it.name).map((it) => [it.index, it.name]))
  const bodies = places(linked, code, () => {})
  const imported = read(linked).imported.function
  return (at) => {
    let [low, high] = [0, bodies.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (bodies[middle].to <= at) low = middle + 1
      else high = middle
    }
    return names.get(low + imported)
  }
}

/** A part of a function that was moved out of it (outline.mjs) still counts as the function. */
const whole = (name) => name.replace(/#.*/, '')

/**
 * `linked` is what the linker wrote, `module` what wasm-bindgen made of it (with the same memory),
 * `isFirst` says of a function's number in `module` whether it is in the first half.
 * Returns the module's data in two: `kept` (the same segments, with zeros where the rest's bytes
 * were) and `rest` (segments of those bytes).
 */
export function partition(linked, module, isFirst) {
  const all = sections(linked)
  const custom = (name) => all.find((it) => it.name === name)
  const [notes, ofCode, ofData] = ['linking', 'reloc.CODE', 'reloc.DATA'].map(custom)
  if (!notes || !ofCode || !ofData) throw new Error('the linker left no notes: --emit-relocs is missing')
  const known = symbols(linked, notes)
  const data = all.find((it) => it.id === SECTION.data)
  const starts = []
  const segments = places(linked, data, (reader) => {
    reader.number()
    if (reader.byte() !== 0x41) throw new Error('a data segment without a constant place')
    starts.push(reader.signed())
    reader.byte()
  })
  const addressOf = ({ segment, offset }) => (starts[segment] === undefined ? undefined : starts[segment] + offset)
  // From functions of the first half to constants, and from those on.
  const reached = new Set()
  const queue = []
  const reach = (index) => {
    const it = known[index]
    if (it?.kind === DATA && it.segment !== undefined && !reached.has(index)) {
      reached.add(index)
      queue.push(index)
    }
  }
  // Optimizing may have taken an address from one function to another: who names it now counts, not who did.
  const named = numbersOf(module, isFirst)
  const everywhere = numbersOf(module, () => true)
  const ownerOf = owners(linked, all.find((it) => it.id === SECTION.code), known)
  const names = (isChosen) => new Set([...module.names].filter(([index]) => isChosen(index)).map(([, name]) => whole(name)))
  const [present, first] = [names(() => true), names(isFirst)]
  for (const { type, at, symbol, addend } of relocations(linked, ofCode)) {
    if (!ADDRESS.has(type) || known[symbol].segment === undefined) continue
    const address = addressOf(known[symbol]) + addend
    if (named.has(address)) reach(symbol)
    // What nobody names as it was linked has been added up with something. Then who named it counts.
    else if (!everywhere.has(address) && (first.has(ownerOf(at)) || !present.has(ownerOf(at)))) reach(symbol)
  }
  const pointers = relocations(linked, ofData).filter((it) => ADDRESS.has(it.type)).sort((a, b) => a.at - b.at)
  const from = (at) => {
    let [low, high] = [0, pointers.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (pointers[middle].at < at) low = middle + 1
      else high = middle
    }
    return low
  }
  while (queue.length > 0) {
    const it = known[queue.pop()]
    if (!segments[it.segment]) continue // Memory that begins as zeros is in no file.
    const start = segments[it.segment].from + it.offset
    for (let at = from(start); at < pointers.length && pointers[at].at < start + it.size; at++) reach(pointers[at].symbol)
  }

  // A byte goes to the rest when a constant has it and no constant that is kept has it.
  const marks = module.data.map(({ bytes }) => new Uint8Array(bytes.length))
  const mark = (from, to, value) =>
    module.data.forEach(({ at, bytes }, segment) => {
      if (from < at + bytes.length && to > at) marks[segment].fill(value, Math.max(0, from - at), Math.min(bytes.length, to - at))
    })
  for (const [wanted, value] of [[false, 1], [true, 0]]) {
    known.forEach((it, index) => {
      const from = it.kind === DATA && it.segment !== undefined ? addressOf(it) : undefined
      if (from !== undefined && reached.has(index) === wanted) mark(from, from + it.size, value)
    })
  }
  const rest = []
  const kept = module.data.map(({ at, bytes }, segment) => {
    const left = Uint8Array.from(bytes)
    for (let start = 0; start < bytes.length; ) {
      let end = start + 1
      while (end < bytes.length && marks[segment][end] === marks[segment][start]) end++
      if (marks[segment][start]) {
        rest.push({ at: at + start, bytes: bytes.slice(start, end) })
        left.fill(0, start, end)
      }
      start = end
    }
    return { at, bytes: left }
  })
  return { kept, rest }
}
