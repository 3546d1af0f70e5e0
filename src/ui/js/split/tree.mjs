// The program's functions as Binaryen's expression trees: their parts, and where a part can be left out.
import binaryen from 'binaryen'

const b = binaryen

/** An expression's children by kind: names of properties; `[name]` is a list. */
const CHILDREN = new Map([
  [b.NopId, []],
  [b.BlockId, [['Block', 'Child', true]]],
  [b.IfId, [['If', 'Condition'], ['If', 'IfTrue'], ['If', 'IfFalse']]],
  [b.LoopId, [['Loop', 'Body']]],
  [b.BreakId, [['Break', 'Value'], ['Break', 'Condition']]],
  [b.SwitchId, [['Switch', 'Value'], ['Switch', 'Condition']]],
  [b.CallId, [['Call', 'Operand', true]]],
  [b.CallIndirectId, [['CallIndirect', 'Operand', true], ['CallIndirect', 'Target']]],
  [b.LocalGetId, []],
  [b.LocalSetId, [['LocalSet', 'Value']]],
  [b.GlobalGetId, []],
  [b.GlobalSetId, [['GlobalSet', 'Value']]],
  [b.LoadId, [['Load', 'Ptr']]],
  [b.StoreId, [['Store', 'Ptr'], ['Store', 'Value']]],
  [b.ConstId, []],
  [b.UnaryId, [['Unary', 'Value']]],
  [b.BinaryId, [['Binary', 'Left'], ['Binary', 'Right']]],
  [b.SelectId, [['Select', 'IfTrue'], ['Select', 'IfFalse'], ['Select', 'Condition']]],
  [b.DropId, [['Drop', 'Value']]],
  [b.ReturnId, [['Return', 'Value']]],
  [b.MemorySizeId, []],
  [b.MemoryGrowId, [['MemoryGrow', 'Delta']]],
  [b.MemoryCopyId, [['MemoryCopy', 'Dest'], ['MemoryCopy', 'Source'], ['MemoryCopy', 'Size']]],
  [b.MemoryFillId, [['MemoryFill', 'Dest'], ['MemoryFill', 'Value'], ['MemoryFill', 'Size']]],
  [b.UnreachableId, []],
])

/** `[expression, put in another]` of each child, in the order in which they are evaluated. */
export function children(expression) {
  const found = []
  for (const [type, name, isList] of CHILDREN.get(b.getExpressionId(expression)) ?? []) {
    const of = b[type]
    if (isList) {
      const count = of[name === 'Child' ? 'getNumChildren' : 'getNumOperands'](expression)
      for (let at = 0; at < count; at++) found.push([of[`get${name}At`](expression, at), (it) => of[`set${name}At`](expression, at, it)])
    } else {
      const child = of[`get${name}`](expression)
      if (child) found.push([child, (it) => of[`set${name}`](expression, it)])
    }
  }
  return found
}

/** Whether every part of an expression is of a kind that is known here. */
export const isKnown = (expression) => CHILDREN.has(b.getExpressionId(expression)) && children(expression).every(([child]) => isKnown(child))

/** Whether running it may lead elsewhere than to what stands behind it. */
const JUMPS = new Set([b.BreakId, b.SwitchId, b.ReturnId])

/**
 * The units of a function's body: parts that may not run although what is around them does. An `arm` is a branch of an
 * `if`, a `segment` the statements of a block from one place where the way may part to the next. Each holds the units
 * inside of it. Numbers are given in the order of the walk, from `next` on.
 */
export function unitsOf(body, next) {
  const root = { inside: [] }
  const visit = (expression, owner) => {
    const id = b.getExpressionId(expression)
    let jumps = JUMPS.has(id)
    if (id === b.IfId) {
      jumps = visit(b.If.getCondition(expression), owner) || jumps
      for (const name of ['IfTrue', 'IfFalse']) {
        const arm = b.If[`get${name}`](expression)
        if (!arm) continue
        const unit = { kind: 'arm', id: next++, owner: expression, name, inside: [] }
        owner.inside.push(unit)
        jumps = visit(arm, unit) || jumps
      }
    } else if (id === b.BlockId) {
      let unit = owner
      let parts = false
      const count = b.Block.getNumChildren(expression)
      for (let at = 0; at < count; at++) {
        if (parts) {
          if (unit !== owner) unit.to = at
          unit = { kind: 'segment', id: next++, block: expression, from: at, to: count, inside: [] }
          owner.inside.push(unit)
        }
        parts = visit(b.Block.getChildAt(expression, at), unit)
        jumps = parts || jumps
      }
    } else for (const [child] of children(expression)) jumps = visit(child, owner) || jumps
    return jumps
  }
  visit(body, root)
  return { units: root.inside, next }
}

/** Every unit, those inside others too. */
export function* every(units) {
  for (const unit of units) {
    yield unit
    yield* every(unit.inside)
  }
}
