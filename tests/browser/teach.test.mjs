// The map of the course, progress as a file, a teacher's link, and a lesson before a room of people.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { SIZES, person, picture, stage } from './lib.mjs'
import { Playground } from './playground.mjs'

stage()

const PROGRESS = { last: '', passed: { '10-desired-state': [''], '04-iam': [''] }, drydock: 'progress' }
const file = (text) => ({ name: 'progress.json', mimeType: 'application/json', buffer: Buffer.from(text) })

async function bring(page, it, text) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), it.button('course-import').click()])
  await chooser.setFiles(file(text))
}

person('the map shows every lesson, what is done, and leads anywhere', { at: '?map' }, async (page) => {
  const it = new Playground(page)
  const parts = page.getByRole('navigation', { name: it.say('course-all') })
  assert.ok((await parts.getByRole('listitem').count()) >= 29)
  await bring(page, it, JSON.stringify(PROGRESS))
  await page.getByText(it.say('course-imported')).waitFor()
  await page.getByRole('img', { name: /^2 lessons of/ }).first().waitFor()
  const steps = parts.getByRole('button', { name: /^23/ })
  await steps.focus()
  await page.getByRole('status').getByText(/22 /).waitFor()
  // The file that goes out says what came in.
  const [download] = await Promise.all([page.waitForEvent('download'), it.button('course-export').click()])
  const out = JSON.parse(await readFile(await download.path(), 'utf8'))
  assert.deepEqual(Object.keys(out.passed).sort(), ['04-iam', '10-desired-state'])
  // What is no such file adds nothing.
  await bring(page, it, '{"passed":{"14-pods":[""]}}')
  await page.getByText(it.say('course-imported-nothing')).waitFor()
  await parts.getByRole('button', { name: /^10/ }).click()
  await it.pane('read').getByRole('heading', { level: 1, name: /Desired state/ }).waitFor()
  await page.goto(page.url().split('?')[0])
  await it.ready(3)
  await page.getByRole('navigation', { name: it.say('nav-where') }).getByRole('button').click()
  await it.button('course-map').click()
  await page.getByRole('img', { name: /^2 lessons of/ }).first().waitFor()
})

person("a teacher's link shows the lessons in the teacher's order", { at: '?map', size: SIZES.desk }, async (page) => {
  const it = new Playground(page)
  await page.getByText(it.say('teach-title')).click()
  const form = page.locator('details.teacher')
  await form.getByRole('checkbox', { name: /^16/ }).check()
  await form.getByRole('checkbox', { name: /^10/ }).check()
  await form.getByRole('combobox', { name: it.say('teach-language') }).selectOption('ko')
  await form.getByRole('combobox', { name: it.say('editor-auto') }).selectOption('off')
  await form.getByRole('checkbox', { name: it.say('teach-break') }).uncheck()
  const field = form.getByRole('textbox', { name: it.say('teach-link') })
  await it.until(async () => (await field.inputValue()).includes('break=off'), 'the link')
  await page.goto(await field.inputValue())
  const there = new Playground(page, 'ko')
  await there.pane('read').getByRole('heading', { level: 1, name: /스스로 낫기/ }).waitFor()
  assert.equal(await page.getByRole('switch', { name: there.say('editor-auto') }).getAttribute('aria-checked'), 'false')
  await page.getByRole('navigation', { name: there.say('nav-where') }).getByRole('button').click()
  const menu = page.getByRole('dialog', { name: there.say('nav-course') })
  const numbers = await menu.locator('li .n').allInnerTexts()
  assert.deepEqual(numbers, ['16', '10'])
  // Nothing can be broken by hand.
  await menu.locator('li').nth(1).getByRole('button').click()
  await there.ready(3)
  await there.pods('state-ready').first().click()
  assert.equal(await page.locator('.world use[href="#i-break"]').count(), 0)
})

person('a lesson is shown with one key forward and one back', { at: '?lesson=00-tour&present', size: { width: 1920, height: 1080 }, timeout: 150_000 }, async (page) => {
  const it = new Playground(page)
  const title = () => page.locator('.present-read h1').innerText()
  const first = await title()
  await page.keyboard.press('PageDown') // does what the step asks for
  await page.locator('.goal.met').waitFor({ timeout: 60_000 })
  await picture(page, 'present')
  await page.keyboard.press('ArrowRight')
  await it.until(async () => (await title()) !== first, 'the next step')
  await page.keyboard.press('ArrowLeft')
  await it.until(async () => (await title()) === first, 'the step before')
  const clock = () => page.locator('.present .clock').innerText()
  // Frozen, the picture stands still while the world goes on, and then catches up.
  await page.keyboard.press('f')
  await page.getByText(it.say('present-frozen')).waitFor()
  const still = await clock()
  await page.waitForTimeout(1500)
  assert.equal(await clock(), still)
  await page.keyboard.press('f')
  await it.until(async () => (await clock()) !== still, 'the picture to catch up')
  await page.keyboard.press('s')
  await page.locator('.spot').waitFor()
  await picture(page, 'present-spot')
  await page.keyboard.press('s')
  await page.keyboard.press('b')
  const cover = it.button('present-uncover')
  await cover.waitFor()
  await page.keyboard.press('ArrowRight')
  await cover.waitFor({ state: 'detached' })
  assert.equal(await title(), first, 'what uncovers does nothing else')
  await page.keyboard.press('Escape')
  await it.pane('read').waitFor()
})

person('a lesson can be printed as a handout', { at: '?lesson=10-desired-state' }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  await page.evaluate(() => {
    globalThis.print = () => (globalThis.printed = document.querySelector('.handout')?.innerText)
  })
  await it.button('nav-share').click()
  await it.button('share-print').click()
  await page.waitForFunction(() => globalThis.printed)
  const text = await page.evaluate(() => globalThis.printed)
  await page.emulateMedia({ media: 'print' })
  const shown = await page.locator('.handout section').count()
  assert.ok(shown >= 4, `${shown} steps`)
  assert.ok(await page.locator('.handout').isVisible())
  assert.equal(await page.locator('.app').first().isVisible(), false)
  await picture(page, 'handout')
  await page.evaluate(() => dispatchEvent(new Event('afterprint')))
  await page.locator('.handout').waitFor({ state: 'detached' })
  assert.match(text, /1\. .*2\. /s)
})
