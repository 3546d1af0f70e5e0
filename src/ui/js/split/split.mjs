// Parts one WebAssembly module into two that share memory, table and globals: what a visitor needs
// at once, and the rest.
//
// Every function keeps its number in both halves. Where the other half has its body, a stand-in
// takes the arguments and calls through a slot of the shared table. The first half's stand-ins ask
// for the rest before they do: it is usually there already, because it is fetched as soon as the
// page stands still; if it is not, the call waits for it. What nobody refers to then is removed by
// wasm-opt, which runs over each half afterwards.
//
// Invariant: which half a function is in changes when its bytes come, never what the program does.
import { Reader, SECTION, calls, leb, list, name, signed, write } from './module.mjs'

const FUNCTION = 0
const TABLE = 1
const MEMORY = 2
const GLOBAL = 3

/** Where the rest finds what the first half shares. */
const SHARED = 'first'

/** The type of a function, by the function's number. */
const typeOf = (module, index) => {
  const imported = module.imported.function
  if (index >= imported) return module.functions[index - imported]
  return module.imports.filter((it) => it.kind === 'function')[index].type
}

/** Who needs whom across the border: stand-ins of each half. */
function borders(module, isFirst) {
  const imported = module.imported.function
  const [first, rest] = [new Set(), new Set()]
  const need = (isFromFirst, callee) => {
    if (callee >= imported && isFirst(callee) !== isFromFirst) (isFromFirst ? first : rest).add(callee)
  }
  module.bodies.forEach((body, at) => {
    for (const callee of calls(body)) need(isFirst(at + imported), callee)
  })
  for (const { functions = [] } of module.elements) for (const callee of functions) need(true, callee)
  for (const it of module.exports) if (it.kind === 'function') need(true, it.index)
  if (module.start !== undefined) need(true, module.start)
  return { first, rest }
}

/** A function and all that it calls. */
function reachable(module, from) {
  const found = new Set()
  const queue = [from]
  while (queue.length > 0) {
    const index = queue.pop()
    if (found.has(index)) continue
    found.add(index)
    if (index >= module.imported.function) queue.push(...calls(module.bodies[index - module.imported.function]))
  }
  return found
}

/** A slot of the table for every function that the other half calls. */
function slots(module, crossing) {
  const slot = new Map()
  for (const { at, functions = [] } of module.elements) functions.forEach((index, place) => slot.set(index, at + place))
  const start = new Reader(module.tables[0].limits, 1).number()
  let next = start
  for (const index of crossing) if (!slot.has(index)) slot.set(index, next++)
  return { slot, start, size: next }
}

/** A body that hands its arguments on through a slot. `before` is a function to call first. */
function standIn(module, index, slot, before) {
  const type = typeOf(module, index)
  const arguments_ = module.types[type].takes.flatMap((_, at) => [0x20, ...leb(at)])
  const asks = before === undefined ? [] : [0x10, ...leb(before)]
  return [0, ...asks, ...arguments_, 0x41, ...signed(slot), 0x11, ...leb(type), 0, 0x0b]
}

const UNREACHABLE = [0, 0x00, 0x0b]

function code(module, bodyOf) {
  const imported = module.imported.function
  const bodies = module.bodies.map((body, at) => bodyOf(at + imported) ?? body)
  const parts = [Buffer.from(leb(bodies.length))]
  for (const body of bodies) parts.push(Buffer.from(leb(body.length)), Buffer.from(body))
  return Buffer.concat(parts)
}

const types = (module) => list(module.types.map(({ takes, gives }) => [0x60, ...leb(takes.length), ...takes, ...leb(gives.length), ...gives]))

const imports = (module) =>
  module.imports.map((it) => {
    const what = { function: () => [FUNCTION, ...leb(it.type)], global: () => [GLOBAL, ...it.global] }[it.kind]
    if (!what) throw new Error(`an imported ${it.kind}`)
    return [...name(it.module), ...name(it.name), ...what()]
  })

/** The first table's limits with room for the new slots. */
const roomier = (limits, size) => (limits[0] & 1 ? [1, ...leb(size), ...leb(size)] : [0, ...leb(size)])

const element = (at, functions) => [0, 0x41, ...signed(at), 0x0b, ...list(functions.map((index) => leb(index)))]

/** Neighbouring slots in one segment. */
function elements(slotted) {
  const sorted = [...slotted].sort(([, a], [, b]) => a - b)
  const runs = []
  for (const [index, at] of sorted) {
    const last = runs.at(-1)
    if (last && last.at + last.functions.length === at) last.functions.push(index)
    else runs.push({ at, functions: [index] })
  }
  return runs.map(({ at, functions }) => element(at, functions))
}

const data = (segments) =>
  Buffer.concat([
    Buffer.from(leb(segments.length)),
    ...segments.flatMap(({ at, bytes }) => [Buffer.from([0, 0x41, ...signed(at), 0x0b, ...leb(bytes.length)]), bytes]),
  ])

const names = (module) => {
  const known = [...module.names].flatMap(([index, it]) => [...leb(index), ...name(it)])
  const body = [...leb(module.names.size), ...known]
  return Buffer.from([...name('name'), 1, ...leb(body.length), ...body])
}

/** The list of WebAssembly features in use, which wasm-opt goes by. */
const features = (module) => [...module.custom].filter(([title]) => title === 'target_features').map(([title, body]) => [0, Buffer.from([...name(title), ...body])])

/**
 * Parts `module`. `isNeeded` says of a function's number whether it is needed at once; `asks` is the
 * export that brings the rest; `memory` is the data of each half.
 */
export function split(module, isNeeded, asks, memory = { kept: module.data, rest: [] }) {
  const asking = module.exports.find((it) => it.name === asks)?.index
  if (asking === undefined) throw new Error(`no export ${asks}`)
  const asked = reachable(module, asking)
  const isFirst = (index) => isNeeded(index) || asked.has(index)
  const border = borders(module, isFirst)
  const { slot, start, size } = slots(module, [...border.first, ...border.rest])
  const globals = module.globals.map(({ type }, at) => ({ type, index: at + module.imported.global }))
  const custom = features(module)

  const shared = [
    ...module.tables.map((_, at) => [...name(`t${at}`), TABLE, ...leb(at)]),
    [...name('m'), MEMORY, 0],
    ...globals.map(({ index }) => [...name(`g${index}`), GLOBAL, ...leb(index)]),
  ]
  const KIND = { function: FUNCTION, table: TABLE, memory: MEMORY, global: GLOBAL }
  const first = write([
    [SECTION.type, Buffer.from(types(module))],
    [SECTION.import, Buffer.from(list(imports(module)))],
    [SECTION.function, Buffer.from(list(module.functions.map(leb)))],
    [SECTION.table, Buffer.from(list(module.tables.map((it, at) => [it.type, ...(at === 0 ? roomier(it.limits, size) : it.limits)])))],
    [SECTION.memory, Buffer.from(list(module.memories.map((it) => [...it])))],
    [SECTION.global, Buffer.from(list(module.globals.map((it) => [...it.type, ...it.first])))],
    [SECTION.export, Buffer.from(list([...module.exports.map((it) => [...name(it.name), KIND[it.kind], ...leb(it.index)]), ...shared]))],
    ...(module.start === undefined ? [] : [[SECTION.start, Buffer.from(leb(module.start))]]),
    [SECTION.element, Buffer.from(list([
      ...module.elements.map((it) => (it.raw ? [...it.raw] : element(it.at, it.functions))),
      ...elements([...border.rest].map((index) => [index, slot.get(index)]).filter(([, at]) => at >= start)),
    ]))],
    [SECTION.code, code(module, (index) => isFirst(index) ? undefined : border.first.has(index) ? standIn(module, index, slot.get(index), asking) : UNREACHABLE)],
    [SECTION.data, data(memory.kept)],
    [0, names(module)],
    ...custom,
  ])

  const borrowed = [
    ...module.tables.map((it, at) => [...name(SHARED), ...name(`t${at}`), TABLE, it.type, 0, 0]),
    [...name(SHARED), ...name('m'), MEMORY, 0, 0],
    ...globals.map(({ type, index }) => [...name(SHARED), ...name(`g${index}`), GLOBAL, ...type]),
  ]
  const rest = write([
    [SECTION.type, Buffer.from(types(module))],
    [SECTION.import, Buffer.from(list([...imports(module), ...borrowed]))],
    [SECTION.function, Buffer.from(list(module.functions.map(leb)))],
    [SECTION.element, Buffer.from(list(elements([...border.first].map((index) => [index, slot.get(index)]))))],
    [SECTION.code, code(module, (index) => !isFirst(index) ? undefined : border.rest.has(index) ? standIn(module, index, slot.get(index)) : UNREACHABLE)],
    [SECTION.data, data(memory.rest)],
    [0, names(module)],
    ...custom,
  ])
  return { first, rest }
}

/** The module anew, without the linker's notes, and with so many more pages of memory from the start. */
export function anew(module, pages = 0) {
  const KIND = { function: FUNCTION, table: TABLE, memory: MEMORY, global: GLOBAL }
  const memory = ({ 0: flags, ...limits }) => {
    if (flags & 1) throw new Error('a memory with an end')
    return [flags, ...leb(new Reader(Uint8Array.from(Object.values(limits))).number() + pages)]
  }
  return write([
    [SECTION.type, Buffer.from(types(module))],
    [SECTION.import, Buffer.from(list(imports(module)))],
    [SECTION.function, Buffer.from(list(module.functions.map(leb)))],
    [SECTION.table, Buffer.from(list(module.tables.map((it) => [it.type, ...it.limits])))],
    [SECTION.memory, Buffer.from(list(module.memories.map(memory)))],
    [SECTION.global, Buffer.from(list(module.globals.map((it) => [...it.type, ...it.first])))],
    [SECTION.export, Buffer.from(list(module.exports.map((it) => [...name(it.name), KIND[it.kind], ...leb(it.index)])))],
    ...(module.start === undefined ? [] : [[SECTION.start, Buffer.from(leb(module.start))]]),
    [SECTION.element, Buffer.from(list(module.elements.map((it) => (it.raw ? [...it.raw] : element(it.at, it.functions)))))],
    [SECTION.code, code(module, () => undefined)],
    [SECTION.data, data(module.data)],
    [0, names(module)],
    ...features(module),
  ])
}
