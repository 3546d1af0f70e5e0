// The main job: change the wish and watch the world follow, go back in time, change the language.
import assert from 'node:assert/strict'
import { SIZES, person, picture, stage } from './lib.mjs'
import { Playground } from './playground.mjs'

stage()

const TOUR = '?lesson=00-tour'

person('five Pods become ready after `replicas` is edited', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  await it.retype('replicas: 3', 1, '5')
  await it.ready(5)
  assert.deepEqual(await it.gap(), { want: 5, have: 5 })
  assert.deepEqual(await it.replicas(), [5, 5])
})

person('the blueprint is there while time stands still, and the Pods are not', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  await it.pause()
  await it.retype('replicas: 3', 1, '5')
  await it.until(async () => (await it.gap()).want === 5, 'the wish on the sheet')
  assert.deepEqual(await it.gap(), { want: 5, have: 3 })
  await it.ready(3)
  await it.play()
  await it.ready(5)
})

person('typing 10 over 3 never passes through 1', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  const before = await it.drawnPods()
  await it.retype('replicas: 3', 1, '1', { leave: false })
  await page.waitForTimeout(700)
  await page.keyboard.type('0')
  await it.ready(10)
  const now = await it.drawnPods()
  for (const name of before) assert.ok(now.includes(name), `${name} was never asked to leave`)
})

person('a smaller wish waits until the cursor leaves the line', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  await it.retype('replicas: 3', 1, '1', { leave: false })
  await page.waitForTimeout(700)
  await it.ready(3)
  await page.keyboard.press('ArrowDown')
  await it.ready(1)
})

person('a deleted Pod is replaced, and the world can be rewound to before', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  const before = await it.drawnPods()
  await it.pods().first().click()
  await it.pane('world').getByRole('button', { name: it.say('action-delete') }).click()
  await it.until(async () => (await it.drawnPods()).some((name) => !before.includes(name)), 'a new Pod')
  await it.ready(3)
  const after = await it.drawnPods()
  assert.equal(after.filter((name) => before.includes(name)).length, 2, 'two of the three stayed')

  const position = page.getByRole('slider', { name: it.say('time-position') })
  await position.focus()
  for (let i = 0; i < 60 && (await it.drawnPods()).join() !== before.join(); i += 1) await page.keyboard.press('ArrowLeft')
  assert.deepEqual(await it.drawnPods(), before, 'before the deletion all three are there again')
  await it.play()
  await it.ready(3)
})

person('the text in the editor goes back with time', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  await it.retype('replicas: 3', 1, '5')
  await it.ready(5)
  const position = page.getByRole('slider', { name: it.say('time-position') })
  await position.focus()
  for (let i = 0; i < 60 && !(await it.text()).includes('replicas: 3'); i += 1) await page.keyboard.press('ArrowLeft')
  assert.match(await it.text(), /replicas: 3/)
  await it.until(async () => (await it.gap()).want === 3, 'the old wish on the sheet')
})

person('time stands still when paused, and goes one event at a time', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.pause()
  const at = await it.clock()
  await page.waitForTimeout(700)
  assert.equal(await it.clock(), at)
  await it.retype('replicas: 3', 1, '4')
  await it.until(async () => (await it.gap()).want === 4, 'the wish on the sheet')
  for (let i = 0; i < 12 && (await it.pods().count()) === 3; i += 1) await it.button('time-step').click()
  await it.until(async () => (await it.pods().count()) === 4, 'the Pod that a few steps made')
  await it.button('time-step-back').click()
  await it.button('time-play').waitFor()
})

person('the language changes everywhere at once, and stays', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  await it.retype('replicas: 3', 1, '5')
  await it.button('nav-language').click()
  const ko = new Playground(page, 'ko')
  for (const pane of ['read', 'write', 'world']) await ko.pane(pane).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'ko')
  assert.match(await ko.pane('read').innerText(), /[가-힣]/)
  await ko.ready(5)
  await page.goto(page.url().split('?')[0])
  await ko.pane('world').waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'ko')
})

person('the three lenses show the same Pods', { at: TOUR }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  const names = await it.drawnPods()
  await it.lens('list')
  for (const name of names) await page.getByRole('row', { name: new RegExp(name) }).waitFor()
  await it.lens('loop')
  await picture(page, 'lens-loop')
  await it.lens('map')
  // It is drawn once its size is known.
  await it.ready(3)
  assert.deepEqual(await it.drawnPods(), names)
})

for (const lang of ['en', 'ko']) {
  person(`embedded (${lang}), the World stands alone with a small bar`, { at: `${TOUR}&embed`, lang, size: { width: 720, height: 480 } }, async (page) => {
    const it = new Playground(page, lang)
    await it.pane('world').waitFor()
    await it.ready(3)
    assert.equal(await page.locator('.cm-editor').count(), 0)
    await picture(page, `embed-${lang}`)
  })
}

person('a phone shows one pane at a time, and the world answers there too', { at: TOUR, size: SIZES.phone, touch: true }, async (page) => {
  const it = new Playground(page)
  await page.getByRole('tab', { name: it.say('pane-write') }).click()
  await it.retype('replicas: 3', 1, '5')
  await page.getByRole('tab', { name: it.say('pane-world') }).click()
  await it.ready(5)
  await picture(page, 'phone-world')
})
