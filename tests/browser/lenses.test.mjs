// The lenses that are not a map: requests as they travel, owners and Services, and the table in which
// everything can also be done. What is said of a loss, of a Pod without a place, of a field.
import assert from 'node:assert/strict'
import { findings } from './axe.mjs'
import { SIZES, editable, person, picture, stage } from './lib.mjs'
import { Playground } from './playground.mjs'

stage()

const AT = '?lesson=17-rolling-update'

/** Starts a client on the Traffic lens. */
async function send(play, rate = 1000) {
  await play.lens('traffic')
  const start = play.pane('world').locator('.tf-start')
  await start.getByRole('button', { name: play.say('traffic-rate', { count: rate.toLocaleString('en') }) }).or(start.locator('.tf-rates button').last()).first().click()
  await start.locator('.btn.wish').click()
  await play.pane('world').locator('canvas.dots').waitFor()
}

/** How many pixels of the canvas have ink on them. */
const inked = (page) =>
  page.evaluate(() => {
    const canvas = document.querySelector('canvas.dots')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 3; i < data.length; i += 4) if (data[i] > 128) count += 1
    return count
  })

// The test alone reads the canvas back, and Chromium has a word to say about that.
const READS = { expect: [/willReadFrequently/] }

person('sends requests, sees them travel, and is told why some are lost', { at: AT, ...READS }, async (page) => {
  const play = new Playground(page)
  await editable(page)
  await send(play)
  await play.until(async () => (await inked(page)) > 200, 'dots on their lanes')
  const pods = play.pane('world').getByRole('option', { name: /answered/ })
  await play.until(async () => (await pods.count()) === 4, 'four Pods behind the Service')
  assert.match(await play.pane('world').locator('.tf-losses').innerText(), /None so far/)
  // A picture alone is no answer: the same stands in a table.
  await play.pane('world').locator('.tf-chart summary').click()
  await play.until(async () => (await page.locator('.tf-chart tbody tr').count()) > 1, 'rows of seconds')
  await play.retype('nginx:1.27', 1, '8')
  const losses = play.pane('world').locator('.losses > li')
  await play.until(async () => (await losses.count()) > 0, 'a loss with its reason')
  await picture(page, 'traffic-rollout')
  assert.match(await losses.first().innerText(), /kube-proxy|probe|listens/)
  // Its place leads to the object.
  await losses.first().locator('.places button').first().click()
  await page.getByRole('complementary', { name: play.say('inspector') }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: play.say('close') }).first().click().catch(() => {})
  await play.button('mend-traffic').first().click()
  await play.pane('world').locator('.tf-none').waitFor()
})

person('who wants less motion gets dots that stand', { at: AT, motion: 'reduce', ...READS }, async (page) => {
  const play = new Playground(page)
  await send(play)
  await play.until(async () => (await inked(page)) > 100, 'dots')
  // Rates still change while the first second is counted.
  await page.waitForTimeout(2500)
  const look = () => page.evaluate(() => document.querySelector('canvas.dots').toDataURL())
  const before = await look()
  await page.waitForTimeout(800)
  assert.equal(await look(), before)
})

person('the tree shows what is missing as a wish, and selects what the list selects', { at: AT }, async (page) => {
  const play = new Playground(page)
  await play.lens('tree')
  const world = play.pane('world')
  const of = (name) => world.getByRole('option', { name })
  await of(/^Deployment web/).waitFor()
  await of(/^ReplicaSet web-/).first().waitFor()
  await of(/^EndpointSlice web-/).waitFor()
  await play.until(async () => (await of(/^Pod web-/).count()) === 4, 'its Pods')
  await of(/^Service web/).click()
  const inspector = page.getByRole('complementary', { name: play.say('inspector') })
  await inspector.waitFor()
  await play.lens('list')
  assert.equal(await world.getByRole('button', { name: 'web', exact: true, pressed: true }).count(), 1)
  await inspector.getByRole('button', { name: play.say('close') }).click()
  await play.lens('tree')
  await play.pause()
  await play.retype('replicas: 4', 1, '7')
  await play.until(async () => (await world.locator('.stage .plate.wished').count()) === 3, 'three wishes')
})

person('the table is filtered, walked with arrows and acted in', { at: AT }, async (page) => {
  const play = new Playground(page)
  await play.lens('list')
  const world = play.pane('world')
  const rows = world.locator('table').first().locator('tbody tr')
  await play.until(async () => (await rows.count()) > 8, 'rows')
  await world.getByRole('searchbox').fill('pod web')
  await play.until(async () => (await rows.count()) === 4, 'the four Pods')
  const names = rows.locator('th button')
  const first = await names.first().innerText()
  await names.first().focus()
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), await names.nth(1).innerText())
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Delete')
  await play.until(async () => !(await names.allInnerTexts()).includes(first), 'the Pod gone')
  await world.getByRole('searchbox').fill('')
  await world.getByRole('checkbox', { name: play.say('list-system') }).check()
  await play.until(async () => (await rows.count()) > 30, 'the parts of the cluster')
})

person('a Pod without a place gets a line that lets it in', { at: '?lesson=10-desired-state' }, async (page) => {
  const play = new Playground(page)
  await editable(page)
  await play.retype('cpu: ', 4, '6')
  await play.lens('list')
  const world = play.pane('world')
  await world.getByRole('searchbox').fill('pod web')
  const pending = world.locator('tr', { hasText: 'Pending' }).locator('th button')
  await play.until(async () => (await pending.count()) > 0, 'a Pod that waits', 30_000)
  await pending.first().click()
  const cure = page.locator('.insp .cure')
  await cure.waitFor()
  await picture(page, 'cure')
  await cure.getByRole('button').click()
  await play.until(async () => (await world.locator('tr', { hasText: 'Pending' }).count()) === 0, 'a place for every Pod', 40_000)
})

person('a field is explained where the pointer rests', { at: AT }, async (page) => {
  const play = new Playground(page)
  await editable(page)
  await play.line('replicas:').getByText('replicas').hover()
  const said = page.locator('.cm-tooltip .explains')
  await said.waitFor()
  assert.match(await said.innerText(), /replicas[\s\S]*integer[\s\S]*desired pods/)
})

for (const theme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const lens of ['traffic', 'tree', 'list']) {
      person(`axe finds nothing on ${lens}, ${size}, ${theme}`, { at: `${AT}&lens=${lens}`, size: viewport, theme }, async (page) => {
        const play = new Playground(page)
        if (size === 'phone') await page.getByRole('tab', { name: play.say('pane-world') }).click()
        if (lens === 'traffic') {
          await send(play)
          await play.until(async () => (await page.locator('.tf-svg').count()) > 0, 'the chart')
        }
        await page.waitForTimeout(600)
        await picture(page, `lens-${lens}-${size}-${theme}`)
        assert.deepEqual(await findings(page), [])
      })
    }
  }
}
