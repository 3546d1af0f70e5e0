// Reads a WebAssembly module as far as splitting needs it, and writes the parts anew.
//
// Functions keep their numbers everywhere, so bodies are copied as they are; only calls, which say
// who needs whom, are looked for in them.

const text = new TextDecoder()

/** A cursor over bytes that knows LEB128. */
export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }
  byte() {
    return this.bytes[this.at++]
  }
  /** An unsigned number; its upper bits beyond 53 do not matter here. */
  number() {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  /** Skips any LEB128, signed or not. */
  skip() {
    while (this.byte() > 127);
  }
  /** A signed number of 32 bits. */
  signed() {
    let value = 0
    let shift = 0
    let byte
    do {
      byte = this.byte()
      value |= (byte & 127) << shift
      shift += 7
    } while (byte > 127)
    return byte & 64 && shift < 32 ? value | (-1 << shift) : value
  }
  /** A number of 64 bits. */
  long() {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
  }
  name() {
    const length = this.number()
    this.at += length
    return text.decode(this.bytes.subarray(this.at - length, this.at))
  }
  take(length) {
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
  list(one) {
    return Array.from({ length: this.number() }, () => one())
  }
}

/** An unsigned LEB128. */
export function leb(value) {
  const bytes = []
  do {
    const rest = Math.floor(value / 128)
    bytes.push((value % 128) | (rest > 0 ? 128 : 0))
    value = rest
  } while (value > 0)
  return bytes
}

/** A signed LEB128 of up to 32 bits. */
export function signed(value) {
  const bytes = []
  for (;;) {
    const low = value & 127
    value >>= 7
    if ((value === 0 && !(low & 64)) || (value === -1 && low & 64)) return [...bytes, low]
    bytes.push(low | 128)
  }
}

export const name = (value) => {
  const bytes = new TextEncoder().encode(value)
  return [...leb(bytes.length), ...bytes]
}

/** A list: its length, then its items' bytes. */
export const list = (items) => [...leb(items.length), ...items.flat()]

const KINDS = ['function', 'table', 'memory', 'global']
export const SECTION = { type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6, export: 7, start: 8, element: 9, code: 10, data: 11, count: 12 }

/** The module's parts; what splitting does not look into stays bytes. */
export function read(bytes) {
  if (text.decode(bytes.subarray(0, 4)) !== '\0asm') throw new Error('not a WebAssembly module')
  const module = { types: [], imports: [], functions: [], tables: [], memories: [], globals: [], exports: [], elements: [], bodies: [], data: [], names: new Map(), custom: new Map() }
  const reader = new Reader(bytes, 8)
  while (reader.at < bytes.length) {
    const id = reader.byte()
    const size = reader.number()
    const end = reader.at + size
    readSection(module, id, reader, end)
    reader.at = end
  }
  module.imported = Object.fromEntries(KINDS.map((kind) => [kind, module.imports.filter((it) => it.kind === kind).length]))
  return module
}

function readSection(module, id, reader, end) {
  const limits = () => {
    const from = reader.at
    const flags = reader.byte()
    reader.skip()
    if (flags & 1) reader.skip()
    return reader.bytes.slice(from, reader.at)
  }
  const table = () => ({ type: reader.byte(), limits: limits() })
  const constant = () => {
    const from = reader.at
    reader.at = skipCode(reader, () => {})
    return reader.bytes.subarray(from, reader.at)
  }
  switch (id) {
    case 0: {
      const title = reader.name()
      module.custom.set(title, reader.bytes.subarray(reader.at, end))
      if (title === 'name') readNames(module, reader, end)
      break
    }
    case SECTION.type:
      module.types = reader.list(() => {
        if (reader.byte() !== 0x60) throw new Error('a type that is no function')
        return { takes: [...reader.take(reader.number())], gives: [...reader.take(reader.number())] }
      })
      break
    case SECTION.import:
      module.imports = reader.list(() => {
        const it = { module: reader.name(), name: reader.name(), kind: KINDS[reader.byte()] }
        if (it.kind === 'function') it.type = reader.number()
        else if (it.kind === 'table') it.table = table()
        else if (it.kind === 'memory') it.limits = limits()
        else it.global = [...reader.take(2)]
        return it
      })
      break
    case SECTION.function:
      module.functions = reader.list(() => reader.number())
      break
    case SECTION.table:
      module.tables = reader.list(table)
      break
    case SECTION.memory:
      module.memories = reader.list(limits)
      break
    case SECTION.global:
      module.globals = reader.list(() => ({ type: [...reader.take(2)], first: constant() }))
      break
    case SECTION.export:
      module.exports = reader.list(() => ({ name: reader.name(), kind: KINDS[reader.byte()], index: reader.number() }))
      break
    case SECTION.start:
      module.start = reader.number()
      break
    case SECTION.element:
      module.elements = reader.list(() => readElement(reader, constant))
      break
    case SECTION.code:
      module.bodies = reader.list(() => {
        const size = reader.number()
        return reader.take(size)
      })
      break
    case SECTION.data:
      module.data = reader.list(() => {
        if (reader.number() !== 0) throw new Error('a data segment that is not active')
        const at = constantOf(constant())
        return { at, bytes: reader.take(reader.number()) }
      })
      break
    case SECTION.count:
      break
    default:
      throw new Error(`section ${id} is not known here`)
  }
}

/** The number in `i32.const number, end`. */
function constantOf(bytes) {
  if (bytes[0] !== 0x41) throw new Error('a place that is not constant')
  return new Reader(bytes, 1).signed()
}

function readElement(reader, constant) {
  const flags = reader.number()
  if (flags !== 0) {
    const from = reader.at - 1
    // Declarations (3) and segments of other tables have nothing to split; kept as they are.
    if (flags === 3) {
      reader.byte()
      reader.list(() => reader.number())
    } else if (flags === 2 || flags === 6) {
      reader.number()
      constant()
      reader.byte()
      if (flags === 2) reader.list(() => reader.number())
      else reader.list(constant)
    } else throw new Error(`an element segment of kind ${flags}`)
    return { raw: reader.bytes.subarray(from, reader.at) }
  }
  const at = constantOf(constant())
  return { at, functions: reader.list(() => reader.number()) }
}

function readNames(module, reader, end) {
  while (reader.at < end) {
    const kind = reader.byte()
    const size = reader.number()
    const next = reader.at + size
    if (kind === 1) {
      for (let left = reader.number(); left > 0; left--) {
        const index = reader.number()
        module.names.set(index, reader.name())
      }
    }
    reader.at = next
  }
}

/** Goes through instructions to the `end` that closes them; says each function that is named, and each number that may be an address. */
function skipCode(reader, named, number = () => {}) {
  const skips = (count) => {
    while (count-- > 0) reader.skip()
  }
  for (let depth = 0; ; ) {
    const code = reader.byte()
    if (code === 0x0b) {
      if (depth-- === 0) return reader.at
    } else if (code >= 0x02 && code <= 0x04) {
      depth++
      reader.skip()
    } else if (code === 0x10 || code === 0x12 || code === 0xd2) named(reader.number(), code)
    else if (code === 0x0e) skips(reader.number() + 1)
    else if (code === 0x11 || code === 0x13) skips(2)
    else if (code === 0x1c) skips(reader.number())
    else if (code >= 0x28 && code <= 0x3e) {
      if (reader.number() & 64) reader.skip()
      number(reader.number())
    } else if (code === 0x41) number(reader.signed())
    else if (code === 0x42) {
      // Two addresses, or an address and a length, may lie in one number.
      const both = reader.long()
      number(Number(both & 0xffffffffn))
      number(Number(both >> 32n))
    } else if (code === 0x43) reader.at += 4
    else if (code === 0x44) reader.at += 8
    else if ([0x0c, 0x0d, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0xd0].includes(code)) reader.skip()
    else if (code === 0xfc) skips([0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1][reader.number()])
    else if (!(code <= 0x05 || code === 0x0f || code === 0x1a || code === 0x1b || (code >= 0x45 && code <= 0xc4) || code === 0xd1)) {
      throw new Error(`instruction 0x${code.toString(16)} is not known here`)
    }
  }
}

/** A body's instructions, behind its locals. */
function instructions(body) {
  const reader = new Reader(body)
  for (let left = reader.number(); left > 0; left--) {
    reader.skip()
    reader.byte()
  }
  return reader
}

/** The functions that a body calls or takes a reference of. */
export function calls(body) {
  const found = new Set()
  skipCode(instructions(body), (index) => found.add(index))
  return found
}

/** The numbers in a body that may be addresses or the beginnings of some. */
export function numbers(body) {
  const found = new Set()
  skipCode(instructions(body), () => {}, (number) => found.add(number))
  return found
}

/** A whole module of sections, each `[id, bytes]`. */
export function write(sections) {
  const parts = [Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)]
  for (const [id, bytes] of sections) parts.push(Uint8Array.from([id, ...leb(bytes.length)]), bytes)
  return Buffer.concat(parts)
}
