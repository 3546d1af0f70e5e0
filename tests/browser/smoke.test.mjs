// The playground opens anywhere: every size, both languages, both colour schemes.
import assert from 'node:assert/strict'
import { SIZES, person, picture, stage } from './lib.mjs'

stage()

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const lang of ['en', 'ko']) {
    for (const theme of ['light', 'dark']) {
      person(`opens on a ${size} in ${lang}, ${theme}`, { size: viewport, lang, theme }, async (page) => {
        assert.match(await page.title(), /Drydock/)
        assert.equal(await page.locator('html').getAttribute('lang'), lang)
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        assert.ok(sideways <= 0, `the page scrolls sideways by ${sideways} px`)
        await picture(page, `opens-${size}-${lang}-${theme}`)
      })
    }
  }
}
