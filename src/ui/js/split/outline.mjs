// Moves what a visit did not run out of the functions that it did run, each piece into a function of its own.
//
// A piece takes the locals that it reads and gives back those that it changes and that are read
// afterwards; where it would jump out of itself it gives back a number, and the place that it was
// taken from jumps. The program does the same as before, whether a piece runs or not.
import binaryen from 'binaryen'
import { children, isKnown } from './tree.mjs'
import { parts } from './watch.mjs'

const b = binaryen
const [NONE, UNREACHABLE, I32] = [b.none, b.unreachable, b.i32]

/** A piece must save this many bytes at least, by estimate. */
const WORTH = 24
/** More results than this are not worth their handing over. */
const RESULTS_MAX = 8

const typeOf = b.getExpressionType
const idOf = b.getExpressionId

/** Visits an expression and all below it, what is inside first; `put` replaces it in its parent. */
function walk(expression, visit, put) {
  for (const [child, putChild] of children(expression)) walk(child, visit, putChild)
  visit(expression, put)
}

/** About how many bytes it takes. */
function sizeOf(expression) {
  let size = 0
  walk(expression, (it) => {
    const id = idOf(it)
    if (id === b.ConstId) size += typeOf(it) === I32 ? 1 + Math.max(1, Math.ceil(Math.log2(Math.abs(b.Const.getValueI32(it)) + 1) / 7)) : 3
    else if ([b.CallId, b.CallIndirectId, b.LoadId, b.StoreId, b.IfId].includes(id)) size += 3
    else if ([b.BlockId, b.NopId].includes(id)) size += id === b.BlockId && b.Block.getName(it) ? 3 : 0
    else size += [b.UnaryId, b.BinaryId, b.SelectId, b.DropId, b.ReturnId, b.UnreachableId].includes(id) ? 1 : 2
  })
  return size
}

/** How often each local is read. */
function reads(expression) {
  const count = new Map()
  walk(expression, (it) => {
    if (idOf(it) === b.LocalGetId) count.set(b.LocalGet.getIndex(it), (count.get(b.LocalGet.getIndex(it)) ?? 0) + 1)
  })
  return count
}

/**
 * Which locals an expression may read before it has written them, and which it has surely written when what follows
 * it begins (null when nothing follows).
 */
function flow(expression) {
  const exposed = new Set()
  const at = new Map() // What is written at each jump to a name, as far as all agree.
  const both = (a, c) => (a === null ? c : c === null ? a : new Set([...a].filter((it) => c.has(it))))
  const jump = (name, written) => at.set(name, at.has(name) ? both(at.get(name), written) : written)
  const go = (it, written) => {
    const id = idOf(it)
    if (id === b.IfId) {
      written = go(b.If.getCondition(it), written)
      const [yes, no] = [b.If.getIfTrue(it), b.If.getIfFalse(it)]
      return both(go(yes, written && new Set(written)), no ? go(no, written && new Set(written)) : written)
    }
    for (const [child] of children(it)) written = go(child, written)
    if (id === b.LocalGetId) {
      if (written && !written.has(b.LocalGet.getIndex(it))) exposed.add(b.LocalGet.getIndex(it))
    } else if (id === b.LocalSetId) {
      if (written) written = new Set(written).add(b.LocalSet.getIndex(it))
    } else if (id === b.BreakId) {
      jump(b.Break.getName(it), written)
      if (!b.Break.getCondition(it)) return null
    } else if (id === b.SwitchId) {
      for (const name of namesOf(it)) jump(name, written)
      return null
    } else if (id === b.BlockId && b.Block.getName(it) && at.has(b.Block.getName(it))) {
      written = both(written, at.get(b.Block.getName(it)))
      at.delete(b.Block.getName(it))
    } else if (id === b.ReturnId || id === b.UnreachableId) return null
    return written
  }
  return { exposed, written: go(expression, new Set()) }
}

function namesOf(it) {
  const names = [b.Switch.getDefaultName(it)]
  for (let at = 0; at < b.Switch.getNumNames(it); at++) names.push(b.Switch.getNameAt(it, at))
  return names
}

/** What a piece does with what is around it; undefined when it cannot be moved. */
function study(piece) {
  const own = new Set()
  const exits = new Set()
  const written = new Set()
  const locals = new Map()
  let returns = false
  let fine = true
  walk(piece, (it) => {
    const id = idOf(it)
    if (id === b.BlockId && b.Block.getName(it)) own.add(b.Block.getName(it))
    else if (id === b.LoopId && b.Loop.getName(it)) own.add(b.Loop.getName(it))
  })
  walk(piece, (it) => {
    const id = idOf(it)
    if (id === b.BreakId && !own.has(b.Break.getName(it))) {
      exits.add(b.Break.getName(it))
      if (b.Break.getValue(it)) fine = false
    } else if (id === b.SwitchId) {
      for (const name of namesOf(it)) {
        if (own.has(name)) continue
        exits.add(name)
        if (b.Switch.getValue(it)) fine = false
      }
    } else if (id === b.ReturnId) returns = true
    else if (id === b.LocalSetId) {
      written.add(b.LocalSet.getIndex(it))
      locals.set(b.LocalSet.getIndex(it), true)
    } else if (id === b.LocalGetId) locals.set(b.LocalGet.getIndex(it), true)
  })
  return fine ? { exits: [...exits], written, locals: [...locals.keys()], returns } : undefined
}

/** Moves the pieces out of one function. */
class Surgery {
  constructor(module, part, ran) {
    this.module = module
    this.part = part
    this.ran = ran
    this.reads = reads(part.body)
    this.loops = false
    walk(part.body, (it) => (this.loops ||= idOf(it) === b.LoopId))
    const { params, results, vars } = b.getFunctionInfo(part.function)
    this.types = [...b.expandType(params), ...vars]
    this.results = results
    this.moved = []
  }

  /** A new local of a type; those asked for under the same name are the same. */
  local(type, title) {
    this.fresh ??= new Map()
    if (title && this.fresh.has(title)) return this.fresh.get(title)
    b._BinaryenFunctionAddVar(this.part.function, type)
    this.types.push(type)
    const index = this.types.length - 1
    if (title) this.fresh.set(title, index)
    return index
  }

  operate() {
    this.visit(this.part.units)
    return this.moved
  }

  visit(units) {
    // From the back, so that statements keep their places in a block until it is their turn.
    for (let at = units.length - 1; at >= 0; at--) {
      const unit = units[at]
      if (this.ran(unit.id)) {
        this.visit(unit.inside)
      } else if (unit.kind === 'arm') {
        const arm = b.If[`get${unit.name}`](unit.owner)
        const instead = this.move(arm)
        if (instead) b.If[`set${unit.name}`](unit.owner, instead)
        else this.visit(unit.inside)
      } else {
        // Neighbours that did not run either go along. Units of other blocks may stand between: not siblings.
        let first = at
        while (first > 0 && units[first - 1].kind === 'segment' && units[first - 1].block === unit.block && units[first - 1].to === units[first].from && !this.ran(units[first - 1].id)) first--
        if (!this.moveStatements(unit.block, units[first].from, unit.to)) for (let it = at; it >= first; it--) this.visit(units[it].inside)
        at = first
      }
    }
  }

  moveStatements(block, from, to) {
    const statements = []
    for (let at = from; at < to; at++) statements.push(b.Block.getChildAt(block, at))
    const piece = statements.length === 1 ? statements[0] : this.module.block(null, statements, statements.some((it) => typeOf(it) === UNREACHABLE) ? UNREACHABLE : typeOf(statements.at(-1)))
    const instead = this.move(piece)
    if (!instead) return false
    for (let at = to - 1; at > from; at--) b._BinaryenBlockRemoveChildAt(block, at)
    b.Block.setChildAt(block, from, instead)
    return true
  }

  /** Moves a piece into a function of its own; returns what stands in its place, or nothing. */
  move(piece) {
    const size = sizeOf(piece)
    if (size < WORTH) return undefined
    const known = study(piece)
    if (!known) return undefined
    const { module } = this
    const type = typeOf(piece)
    const goesOn = type !== UNREACHABLE
    const { exposed, written } = flow(piece)
    const inside = reads(piece)
    const given = [...known.written].filter((it) => (this.reads.get(it) ?? 0) > (inside.get(it) ?? 0) || (this.loops && exposed.has(it)))
    const ways = known.exits.length + (known.returns ? 1 : 0)
    const surely = ways === 0 && written ? written : new Set()
    const taken = [...new Set([...exposed, ...given.filter((it) => !surely.has(it))])]
    const hasValue = goesOn && type !== NONE
    const returnsValue = known.returns && this.results !== NONE
    const asks = ways + (goesOn ? 1 : 0) > 1
    const results = [...given.map((it) => this.types[it]), ...(hasValue ? [type] : []), ...(returnsValue ? [this.results] : []), ...(asks ? [I32] : [])]
    const cost = 14 + 2 * taken.length + 4 * results.length + 7 * ways
    if (size < cost + WORTH || results.length > RESULTS_MAX || b.expandType(this.results).length > 1) return undefined

    const name = `${this.part.name}#${this.moved.length}`
    this.moved.push(name)
    const resultType = results.length === 0 ? NONE : results.length === 1 ? results[0] : b.createType(results)
    this.addFunction(name, piece, { ...known, taken, given, hasValue, returnsValue, asks, type, goesOn, results, resultType })
    return this.callSite(name, { ...known, taken, given, hasValue, returnsValue, asks, ways, type, goesOn, results, resultType })
  }

  addFunction(name, piece, it) {
    const { module } = this
    const place = new Map(it.taken.map((local, at) => [local, at]))
    const types = it.taken.map((local) => this.types[local])
    const vars = []
    const fresh = (type) => {
      vars.push(type)
      return types.length + vars.length - 1
    }
    for (const local of it.locals) if (!place.has(local)) place.set(local, fresh(this.types[local]))
    for (const local of it.given) if (!place.has(local)) place.set(local, fresh(this.types[local]))
    const value = it.hasValue && fresh(it.type)
    const answer = it.returnsValue && fresh(this.results)
    const way = it.asks && fresh(I32)
    const [OUT, BACK] = ['outlined-end', 'outlined-return']
    const holder = module.block(null, [piece], it.type)
    walk(holder, (expression, put) => {
      const id = idOf(expression)
      if (id === b.LocalGetId) b.LocalGet.setIndex(expression, place.get(b.LocalGet.getIndex(expression)))
      else if (id === b.LocalSetId) b.LocalSet.setIndex(expression, place.get(b.LocalSet.getIndex(expression)))
      else if (id === b.ReturnId) {
        const result = b.Return.getValue(expression)
        const leave = module.br(BACK)
        put(result ? module.block(null, [module.local.set(answer, result), leave], UNREACHABLE) : leave)
      }
    })
    let code = it.hasValue ? module.local.set(value, holder) : holder
    const labels = [...it.exits, ...(it.returns ? [BACK] : [])]
    labels.forEach((label, at) => {
      const after = it.asks ? [module.local.set(way, module.i32.const(at + 1))] : []
      const inner = module.block(label, [code, ...(it.goesOn || at > 0 ? [module.br(OUT)] : [])], NONE)
      code = module.block(null, [inner, ...after, module.br(OUT)], UNREACHABLE)
    })
    const values = [...it.given.map((local) => module.local.get(place.get(local), this.types[local]))]
    if (it.hasValue) values.push(module.local.get(value, it.type))
    if (it.returnsValue) values.push(module.local.get(answer, this.results))
    if (it.asks) values.push(module.local.get(way, I32))
    const isEnd = labels.length === 0 && !it.goesOn
    const all = labels.length > 0 ? [module.block(OUT, [code], NONE)] : [code]
    if (values.length === 1) all.push(values[0])
    else if (values.length > 1) all.push(module.tuple.make(values))
    if (isEnd && values.length === 0) all.push(module.unreachable())
    module.addFunction(name, b.createType(types), it.resultType, vars, module.block(null, all, isEnd && values.length === 0 ? UNREACHABLE : it.resultType))
  }

  callSite(name, it) {
    const { module } = this
    const call = module.call(name, it.taken.map((local) => module.local.get(local, this.types[local])), it.resultType)
    const value = it.hasValue ? this.local(it.type) : 0
    const answer = it.returnsValue ? this.local(this.results, 'answer') : 0
    const way = it.asks ? this.local(I32, 'way') : 0
    const into = [...it.given, ...(it.hasValue ? [value] : []), ...(it.returnsValue ? [answer] : []), ...(it.asks ? [way] : [])]
    const statements = []
    if (into.length === 0) statements.push(call)
    else if (into.length === 1) statements.push(module.local.set(into[0], call))
    else {
      const all = this.local(it.resultType, `all ${it.resultType}`)
      statements.push(module.local.set(all, call))
      into.forEach((local, at) => statements.push(module.local.set(local, module.tuple.extract(module.local.get(all, it.resultType), at))))
    }
    const back = () => (it.returnsValue ? module.return(module.local.get(answer, this.results)) : module.return())
    const leaves = [...it.exits.map((label) => () => module.br(label)), ...(it.returns ? [back] : [])]
    leaves.forEach((leave, at) => {
      const isLast = !it.goesOn && at === leaves.length - 1
      const isIt = module.i32.eq(module.local.get(way, I32), module.i32.const(at + 1))
      statements.push(isLast ? leave() : module.if(isIt, leave()))
    })
    if (!it.goesOn && leaves.length === 0) statements.push(module.unreachable())
    if (it.hasValue) statements.push(module.local.get(value, it.type))
    return module.block(null, statements, it.goesOn ? it.type : UNREACHABLE)
  }
}

/**
 * Outlines what did not run. `marks` has a byte for each part as `watch.mjs` counts them. Returns the new module's bytes
 * and the names of the functions that ran.
 */
export function outlined(bytes, marks) {
  const module = b.readBinary(bytes)
  module.setFeatures(module.getFeatures() | b.Features.Multivalue)
  const needed = new Set()
  let pieces = 0
  for (const part of [...parts(module)]) {
    if (!marks[part.id]) continue
    needed.add(part.name)
    if (isKnown(part.body)) pieces += new Surgery(module, part, (id) => marks[id] === 1).operate().length
  }
  if (!module.validate()) throw new Error('a piece was moved wrongly')
  b.setDebugInfo(true)
  const done = module.emitBinary()
  module.dispose()
  return { program: done, needed, pieces }
}
