// The frame of the page: panes that are resized and folded, the editor's notes, small screens, a
// page inside another, and work that outlives a failure.
import assert from 'node:assert/strict'
import { SIZES, editable, person, stage } from './lib.mjs'

stage()

const LESSON = '?lesson=10-desired-state'
const line = (page, text) => page.locator('.cm-line', { hasText: text })
const width = (page, name) => page.getByRole('region', { name, exact: true }).evaluate((pane) => pane.clientWidth)

/** Writes `text` over the last letters of a line. */
async function retype(page, where, back, text) {
  await line(page, where).first().click()
  await page.keyboard.press('End')
  for (let count = 0; count < back; count++) await page.keyboard.press('Backspace')
  await page.keyboard.type(text)
}

person('a pane is resized and folded by keyboard, and that is remembered', { at: LESSON }, async (page) => {
  const divider = page.getByRole('separator', { name: 'Width of Read' })
  const before = await width(page, 'Read')
  await divider.focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction((last) => document.querySelector('[role=separator]').getAttribute('aria-valuenow') > last, before)
  assert.equal(await width(page, 'Read'), before + 16)
  await page.keyboard.press('Enter')
  const rail = page.getByRole('button', { name: 'Unfold: Read' })
  await rail.waitFor()
  await page.reload()
  await rail.waitFor()
  await rail.click()
  assert.equal(await width(page, 'Read'), before + 16)
})

person('a problem opens under its line, and goes when it is mended', { at: LESSON }, async (page) => {
  await editable(page)
  await retype(page, 'cpu: 250m', 4, '250mm')
  const note = page.locator('.cm-problem')
  await note.waitFor()
  const place = await note.evaluate((it) => it.previousElementSibling.textContent)
  assert.match(place, /cpu: 250mm/)
  await page.getByText('applied once 1 place is mended').first().waitFor()
  await page.keyboard.press('Backspace')
  await note.waitFor({ state: 'detached' })
  await page.locator('.state').getByText('applied', { exact: true }).waitFor()
})

person('a line says what the world has until it agrees', { at: LESSON }, async (page) => {
  await editable(page)
  await retype(page, 'replicas: 3', 1, '5')
  const aside = line(page, 'replicas: 5').getByText('world has 3')
  await aside.waitFor()
  await aside.waitFor({ state: 'detached', timeout: 20_000 })
})

person('the whole object stands around what was written', { at: LESSON }, async (page) => {
  await editable(page)
  const written = await page.locator('.cm-line').count()
  await page.getByRole('switch', { name: 'whole object' }).click()
  await page.getByText('imagePullPolicy: IfNotPresent').waitFor()
  await page.getByText('readyReplicas: 3').waitFor()
  assert.equal(await page.locator('.cm-line').count(), written, 'lines that nobody wrote are not in the text')
})

person('a key is completed from the schema, and the next line is indented', { at: LESSON }, async (page) => {
  await editable(page)
  await retype(page, 'replicas: 3', 0, '\nrevisionH')
  await page.getByRole('option', { name: /revisionHistoryLimit/ }).waitFor()
  // The list takes no key before it has stood for a moment.
  await page.waitForTimeout(200)
  await page.keyboard.press('Enter')
  await page.keyboard.type('7')
  await line(page, '  revisionHistoryLimit: 7').waitFor()
})

person('Escape and then Tab leave the editor', { at: LESSON }, async (page) => {
  const editor = await editable(page)
  await editor.focus()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.closest('.cm-editor')), null)
})

person('Korean that is being composed is not disturbed', { at: LESSON, lang: 'ko' }, async (page) => {
  await editable(page)
  await retype(page, 'replicas: 3', 0, ' # ')
  const keyboard = await page.context().newCDPSession(page)
  for (const text of ['ㅎ', '하', '한']) {
    await keyboard.send('Input.imeSetComposition', { text, selectionStart: 1, selectionEnd: 1 })
    await page.waitForTimeout(300)
  }
  await keyboard.send('Input.insertText', { text: '한' })
  await keyboard.send('Input.imeSetComposition', { text: '글', selectionStart: 1, selectionEnd: 1 })
  await page.waitForTimeout(900)
  await keyboard.send('Input.insertText', { text: '글' })
  assert.equal((await line(page, 'replicas').first().textContent()).trim(), 'replicas: 3 # 한글')
})

person('a term says what it means in place', { at: LESSON, lang: 'ko' }, async (page) => {
  const term = page.getByRole('button', { name: '제어 루프', exact: true })
  await term.click()
  await page.getByText('차이를 줄이는 일을 끝없이 되풀이해요.').waitFor()
  assert.equal(await term.getAttribute('aria-expanded'), 'true')
})

person('a phone shows one pane, and the world docked small', { at: LESSON, size: SIZES.phone, touch: true }, async (page) => {
  const world = page.getByRole('region', { name: 'World' })
  await world.getByRole('img', { name: /^web: .*3/ }).waitFor()
  await page.getByRole('tab', { name: 'Write' }).click()
  await editable(page)
  assert.equal(await page.getByRole('region', { name: 'Read', exact: true }).isVisible(), false)
  await world.getByRole('button', { name: 'Pause' }).click()
  await world.getByText('paused').waitFor()
})

person('inside another page the world stands alone and takes no focus', { at: `${LESSON}&embed&lens=loop&lang=ko&theme=dark` }, async (page) => {
  assert.equal(await page.locator('html').getAttribute('lang'), 'ko')
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
  assert.equal(await page.getByRole('region', { name: '쓰기' }).count(), 0)
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true)
  const out = await page.getByRole('link', { name: 'Drydock에서 열기' }).getAttribute('href')
  assert.equal(out, './?lesson=10-desired-state&lens=loop&lang=ko&theme=dark')
})

person('what was written outlives a failure of the program', { at: LESSON }, async (page) => {
  await editable(page)
  await retype(page, 'replicas: 3', 1, '4')
  await page.waitForFunction(() => sessionStorage.getItem('drydock.work')?.includes('replicas: 4'))
  // As the program's own hook does when it panics.
  await page.evaluate(() => globalThis.drydock.survive('a bug'))
  await page.getByRole('button', { name: 'Go on with my files' }).click()
  await line(page, 'replicas: 4').waitFor()
})
