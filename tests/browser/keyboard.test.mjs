// With the keyboard alone, and for those who do not see the screen.
import assert from 'node:assert/strict'
import { findings } from './axe.mjs'
import { tabTo } from './focus.mjs'
import { SIZES, person, picture, stage } from './lib.mjs'
import { Playground } from './playground.mjs'

stage()

const TOUR = '?lesson=00-tour'

for (const lang of ['en', 'ko']) {
  person(`the tour is finished by keyboard only (${lang})`, { at: TOUR, lang }, async (page) => {
    const it = new Playground(page, lang)
    await it.ready(3)

    // A wish: line 6, one digit.
    await tabTo(page, it.editor, 'the editor')
    await page.keyboard.press('ControlOrMeta+Home')
    for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('5')
    await it.ready(5)
    await next(page, it, 0)

    // A Pod is deleted on the sheet.
    await tabTo(page, it.pane('world').getByRole('option'), 'the sheet')
    await page.keyboard.press('Home')
    const before = await it.drawnPods()
    for (let i = 0; i < 12 && !/^Pod /.test(await label(page)); i += 1) await page.keyboard.press(i % 2 ? 'ArrowRight' : 'ArrowDown')
    assert.match(await label(page), /^Pod /)
    await page.keyboard.press('Delete')
    await it.until(async () => (await it.drawnPods()).join() !== before.join(), 'another Pod')
    await it.ready(5)
    await next(page, it, 1)

    // Time goes back, and on again.
    await tabTo(page, page.getByRole('slider', { name: it.say('time-position') }), 'the timeline')
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Space')
    await it.button('time-pause').waitFor()
    await next(page, it, 2)
    await it.until(async () => words(it, 'lesson-finished').test(await it.pane('read').innerText()), 'the end of the lesson')
    await picture(page, `tour-finished-${lang}`)
  })
}

const label = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? '')

/** A message's words anywhere in a text. */
const words = (it, key) => new RegExp(it.say(key).source.slice(1, -1))

/** Waits until the step's check passes, and goes on. */
async function next(page, it, step) {
  const read = it.pane('read')
  const forward = read.locator('.foot button').last()
  await it.until(async () => words(it, 'check-passed').test(await read.innerText()), `step ${step + 1} to pass`, 30_000)
  await tabTo(page, forward, 'the next step')
  await page.keyboard.press('Enter')
}

const SCREENS = [
  { name: 'the tour', at: TOUR },
  { name: 'the loop', at: `${TOUR}&lens=loop` },
  { name: 'the list', at: `${TOUR}&lens=list` },
  { name: 'an embedded world', at: `${TOUR}&embed` },
]

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const theme of ['light', 'dark']) {
    for (const screen of SCREENS) {
      person(`axe finds nothing: ${screen.name}, ${size}, ${theme}`, { size: viewport, theme, at: screen.at }, async (page) => {
        await page.waitForTimeout(400)
        assert.deepEqual(await findings(page), [])
      })
    }
  }
}
