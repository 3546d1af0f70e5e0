// Going through a page with Tab.
import assert from 'node:assert/strict'

/** Presses Tab until the locator's element has the focus. Escape first, because the editor keeps Tab for itself. */
export async function tabTo(page, target, what) {
  const seen = []
  for (let i = 0; i < 80; i += 1) {
    if (await target.evaluateAll((all) => all.includes(document.activeElement))) return
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    seen.push(await focused(page))
  }
  assert.fail(`Tab never reaches ${what}; it reaches\n${[...new Set(seen)].join('\n')}`)
}

/** What has the focus; whoever uses the keyboard must see it. */
export function focused(page) {
  return page.evaluate(() => {
    const it = document.activeElement
    const { width, height, right, bottom } = it.getBoundingClientRect()
    const name = `${it.tagName.toLowerCase()}.${it.getAttribute('class') ?? ''} ${it.getAttribute('aria-label') ?? it.textContent.slice(0, 40)}`
    if (it !== document.body && !(width > 0 && height > 0 && right > 0 && bottom > 0)) throw new Error(`${name} has the focus and is not on the screen`)
    return name
  })
}
