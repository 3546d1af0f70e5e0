// axe on what opens over the work or in its place: nothing may be found, on paper and on blueprint.
import assert from 'node:assert/strict'
import { findings } from './axe.mjs'
import { SIZES, person, picture, stage } from './lib.mjs'
import { Playground, words } from './playground.mjs'

stage()

/** On a small screen the World is a tab of its own. */
async function toWorld(page, play) {
  const tab = page.locator('.btabs').getByRole('tab', { name: new RegExp(words(play.lang).get('pane-world')) })
  if (await tab.count()) await tab.click()
}

/** Does what the palette names, by the key alone. */
async function summon(page, what) {
  await page.keyboard.press('ControlOrMeta+k')
  await page.getByRole('dialog').getByRole('combobox').waitFor()
  await page.keyboard.insertText(what)
  await page.keyboard.press('Enter')
}

/** Opens a pane beside the Map. */
async function beside(page, play, name) {
  await toWorld(page, play)
  await play.pane('world').locator('.map-acts').getByRole('button', { name }).click()
  await page.locator('.insp').waitFor()
}

const CLOUD = '?lesson=23-four-steps'
const SCREENS = [
  { name: 'the access lens', at: '?lesson=04-iam&lens=access', open: toWorld },
  { name: 'the map of the course', at: '?map', open: (page) => page.locator('details.teacher summary').click() },
  { name: 'the presenter', at: '?lesson=12-control-plane&present', open: (page) => page.locator('.present-read h1').waitFor() },
  {
    name: 'the palette', at: '?lesson=12-control-plane', open: async (page) => {
      await page.keyboard.press('ControlOrMeta+k')
      await page.getByRole('dialog').getByRole('option').first().waitFor()
    },
  },
  { name: 'the form that creates a cluster', at: CLOUD, open: (page, play) => beside(page, play, play.say('create-open')) },
  { name: 'the bill', at: '?lesson=22-two-ways', open: (page, play) => beside(page, play, play.say('bill-open')) },
  {
    name: 'the tracer, asked and unfolded', at: '?lesson=23-four-steps', open: async (page, play) => {
      await beside(page, play, play.say('trace'))
      await play.button('trace-ask').click()
      await page.locator('.tracer .hops, .tracer .silent').first().waitFor()
      await page.locator('.tracer summary').click()
    },
  },
  {
    name: 'the link to this moment', at: '?lesson=00-tour', open: async (page, play) => {
      await summon(page, words(play.lang).get('palette-share'))
      await page.getByRole('dialog', { name: play.say('nav-share') }).waitFor()
    },
  },
]

for (const size of ['desk', 'phone']) {
  for (const theme of ['light', 'dark']) {
    for (const { name, at, open } of SCREENS) {
      person(`axe finds nothing: ${name}, ${size}, ${theme}`, { at, size: SIZES[size], theme }, async (page) => {
        const play = new Playground(page)
        await open(page, play)
        await page.waitForTimeout(500)
        await picture(page, `axe-${name.replaceAll(/\W+/g, '-')}-${size}-${theme}`)
        assert.deepEqual(await findings(page), [])
      })
    }
  }
}
