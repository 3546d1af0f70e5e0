// What the axe engine finds on a page: the rules of WCAG 2.2, A and AA.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Rules that do not fit, each with its reason. */
const EXCEPT = {
  // What is written on a drawing's plates is short for their names; the names are whole.
  'label-content-name-mismatch': { enabled: false },
}

/** The findings, a line each: the rule, where, and what to do. */
export async function findings(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(([values, rules]) => window.axe.run(document, { runOnly: { type: 'tag', values }, rules }), [TAGS, EXCEPT])
  return violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.split('\n')[1]?.trim()}`),
  )
}
