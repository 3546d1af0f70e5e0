// What people get wrong: the answer stands at the right line, the last good wish stands, and the
// page goes on answering.
import assert from 'node:assert/strict'
import { editable, person, stage } from './lib.mjs'
import { Playground } from './playground.mjs'

stage()

const TOUR = '?lesson=00-tour'

/** Each: what is written, the line (from 1) where the answer stands, and what it says. */
const MISTAKES = [
  {
    name: 'bad YAML',
    text: (good) => good.replace('replicas: 3', 'replicas: [3'),
    line: (good) => lineOf(good, 'replicas: 3'),
    within: 1,
    says: /./,
  },
  {
    name: 'a tab where spaces must be',
    text: (good) => good.replace('  replicas: 3', '\treplicas: 3'),
    line: (good) => lineOf(good, 'replicas: 3'),
    says: /tab/,
  },
  {
    name: 'an unknown field',
    text: (good) => good.replace('replicas: 3', 'replicsa: 3'),
    line: (good) => lineOf(good, 'replicas: 3'),
    says: /replicsa[^]*replicas/,
  },
  {
    name: 'a wrong type',
    text: (good) => good.replace('replicas: 3', 'replicas: three'),
    line: (good) => lineOf(good, 'replicas: 3'),
    says: /replicas.*number/,
  },
  {
    name: 'an unknown kind',
    text: (good) => good.replace('kind: Deployment', 'kind: Deploymint'),
    line: (good) => lineOf(good, 'kind: Deployment'),
    says: /Deploymint/,
  },
  {
    name: 'two objects of one name',
    text: (good) => `${good.trimEnd()}\n---\n${good}`,
    line: (good) => good.trimEnd().split('\n').length + 1 + lineOf(good, 'name: '),
    says: /web.*twice/,
  },
]

function lineOf(text, part) {
  const at = text.split('\n').findIndex((line) => line.includes(part))
  assert.ok(at >= 0, `the file holds \`${part}\``)
  return at + 1
}

for (const mistake of MISTAKES) {
  person(`${mistake.name}: the answer is at its line, the last good wish stands`, { at: TOUR }, async (page, t) => {
    const it = new Playground(page)
    await editable(page)
    const good = await it.text()
    const before = await it.podNames()
    await it.paste(mistake.text(good))
    const { line, message } = await it.problem()
    t.diagnostic(`line ${line}: ${message}`)
    assert.match(message, mistake.says)
    const off = Math.abs(line - mistake.line(good))
    assert.ok(off <= (mistake.within ?? 0), `marked at line ${line}, expected ${mistake.line(good)}: ${message}`)
    await page.waitForTimeout(2_000)
    assert.deepEqual(await it.podNames(), before)
    await it.paste(good.replace('replicas: 3', 'replicas: 4'))
    await it.settled(4)
  })
}

/** The longest time for which the page did not answer while `body` ran, in ms. */
async function longestSilence(page, body) {
  await page.evaluate(() => {
    window.silence = 0
    let last = performance.now()
    const tick = () => {
      const now = performance.now()
      window.silence = Math.max(window.silence, now - last)
      last = now
      window.silenceTimer = setTimeout(tick, 10)
    }
    tick()
  })
  await body()
  return page.evaluate(() => {
    clearTimeout(window.silenceTimer)
    return window.silence
  })
}

const nest = (levels) => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i <= levels; i += 1) lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(', ')}]`)
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bomb\n${lines.join('\n')}\n`
}

const HEAVY = [
  { name: 'a YAML bomb', text: nest(12), says: /alias|anchor/i },
  {
    name: 'a paste of 5 MB',
    text: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\ndata:\n${'  key: "0123456789 0123456789 0123456789"\n'.repeat(125_000)}`,
    says: /bytes/,
  },
  { name: 'brackets a hundred thousand deep', text: '['.repeat(100_000), says: /levels/ },
  { name: 'mappings a thousand deep', text: Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), says: /levels/ },
]

for (const heavy of HEAVY) {
  person(`${heavy.name}: a clear answer, and the page goes on`, { at: TOUR, timeout: 120_000 }, async (page) => {
    const it = new Playground(page)
    await editable(page)
    const good = await it.text()
    const before = await it.podNames()
    const silence = await longestSilence(page, async () => {
      await it.paste(heavy.text)
      await it.toProblem()
      const { message } = await it.problem()
      assert.match(message, heavy.says)
    })
    assert.ok(silence < 1_500, `the page was silent for ${Math.round(silence)} ms`)
    assert.deepEqual(await it.podNames(), before)
    await it.paste(good.replace('replicas: 3', 'replicas: 4'))
    await it.settled(4)
  })
}
