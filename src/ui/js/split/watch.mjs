// A program that notes what runs: parts are counted through all functions in their order, first the
// function itself, then its units, and byte N behind its first memory is 1 when part N did.
import binaryen from 'binaryen'
import { Reader, read } from './module.mjs'
import { anew } from './split.mjs'
import { every, isKnown, unitsOf } from './tree.mjs'

/** Room for four million parts. */
const PAGES = 64
const PAGE = 65536

/** The functions with bodies, with their units and numbers. The same module gives the same numbers. */
export function* parts(module) {
  let next = 0
  for (let at = 0; at < module.getNumFunctions(); at++) {
    const it = module.getFunctionByIndex(at)
    const { name, base } = binaryen.getFunctionInfo(it)
    const body = base ? 0 : binaryen.Function.getBody(it)
    if (!body) continue
    const id = next++
    const found = isKnown(body) ? unitsOf(body, next) : { units: [], next }
    next = found.next
    yield { function: it, name, id, body, units: found.units }
  }
}

/** The watching program, and where in its memory it notes. */
export function watched(bytes) {
  const parsed = read(bytes)
  const start = new Reader(parsed.memories[0], 1).number() * PAGE
  const module = binaryen.readBinary(anew(parsed, PAGES))
  const note = (id) => module.i32.store8(start + id, 1, module.i32.const(0), module.i32.const(1))
  let last = 0
  for (const it of [...parts(module)]) {
    last = it.id
    for (const unit of [...every(it.units)].reverse()) {
      last = Math.max(last, unit.id)
      if (unit.kind === 'segment') binaryen._BinaryenBlockInsertChildAt(unit.block, unit.from, note(unit.id))
      else {
        const arm = binaryen.If[`get${unit.name}`](unit.owner)
        const type = binaryen.getExpressionType(arm)
        binaryen.If[`set${unit.name}`](unit.owner, module.block(null, [note(unit.id), arm], type))
      }
    }
    const body = binaryen.Function.getBody(it.function)
    binaryen.Function.setBody(it.function, module.block(null, [note(it.id), body], binaryen.getExpressionType(body)))
  }
  if (last >= PAGES * PAGE) throw new Error('too many parts to watch')
  const program = module.emitBinary()
  module.dispose()
  return { program, start, count: last + 1 }
}
