// The lesson on VPCs, as a newcomer takes it: line after line of the script, the trace beside the map.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { editable, person, picture, stage } from './lib.mjs'
import { Playground, words } from './playground.mjs'

stage()

const LESSON = new URL('../../lessons/03-vpc/', import.meta.url)

/** The steps' titles, in order, as the text of a language has them. */
function titles(lang) {
  const text = readFileSync(new URL(`${lang}.md`, LESSON), 'utf8')
  return [...text.matchAll(/^## (.+) \{#/gm)].map((found) => found[1])
}

/** How many commands of the script each step has: a heading begins the next step's. */
function commands() {
  const script = readFileSync(new URL('files/steps.sh', LESSON), 'utf8')
  return script.split(/^# \d.*$/m).slice(1).map((part) => part.split('\n').filter((line) => line.trim()).length)
}

/** The line that the editor's cursor stands on, as its gutter says. */
const at = (page) => page.locator('.cm-lineNumbers .cm-activeLineGutter').innerText()

/** Runs the command under the cursor. While another is on its way nothing happens, so it is pressed again. */
async function runLine(page, it) {
  const before = await at(page)
  await it.until(async () => {
    await it.editor.press('ControlOrMeta+Enter')
    await page.waitForTimeout(150)
    return (await at(page)) !== before
  }, `the line ${before} to run`, 60_000)
}

/** Runs the last command, from which the cursor has nowhere to go, until its step may be left. */
async function runLast(page, it, onward) {
  await it.until(async () => {
    await it.editor.press('ControlOrMeta+Enter')
    await page.waitForTimeout(1_000)
    return (await onward.getAttribute('aria-disabled')) === 'false'
  }, 'the last line to run', 60_000)
}

for (const lang of ['ko', 'en']) {
  person(`the lesson on VPCs is finished through the interface (${lang})`, { at: '?lesson=03-vpc', lang, timeout: 240_000 }, async (page) => {
    const it = new Playground(page, lang)
    await editable(page)
    await page.getByRole('button', { name: '100×', exact: true }).click()
    const [names, counts] = [titles(lang), commands()]
    assert.equal(names.length, counts.length)
    for (const [step, count] of counts.entries()) {
      const tracer = it.pane('world').getByRole('complementary', { name: it.say('trace-title') })
      // From the third step on a packet is followed, and what stops it is told before anything is done.
      const stopped = async () => /막혔어요|Stopped/.test(await tracer.getByRole('heading', { level: 2 }).innerText())
      if (step >= 2 && step <= 5) await it.until(stopped, `${names[step]}: the packet is stopped`)
      const onward = it.pane('read').locator('.foot').getByRole('button').last()
      const isLast = step === counts.length - 1
      for (let line = 0; line < count - (isLast ? 1 : 0); line += 1) await runLine(page, it)
      if (isLast) await runLast(page, it, onward)
      await it.until(async () => (await onward.getAttribute('aria-disabled')) === 'false', `the step “${names[step]}” to pass`, 60_000)
      if (step >= 2 && step <= 5) assert.equal(await tracer.locator('.hops .stop').count(), 0, `${names[step]}: the packet arrives`)
      if (step === 3) await picture(page, `vpc-traced-${lang}`)
      await onward.click()
    }
    await it.until(async () => (await it.pane('read').innerText()).includes(words(lang).get('lesson-finished')), 'the end of the lesson')
    await picture(page, `vpc-finished-${lang}`)
  })
}
