// The playground inside pages of another origin: by the element of embed.js, and by a plain iframe.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { browser, dist, host, listen, picture } from './lib.mjs'
import { said } from './playground.mjs'

let site, chromium, other, pages

/** Serves pages that are given as text, from an origin of its own. */
async function elsewhere() {
  pages = new Map()
  const server = createServer((request, response) => {
    const page = pages.get(new URL(request.url, 'http://elsewhere').pathname)
    response.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(page)
  })
  // Another name for this machine: another site, not only another port.
  await new Promise((ready) => server.listen(0, 'localhost', ready))
  return { address: `http://localhost:${server.address().port}`, close: () => server.close().closeAllConnections() }
}

before(async () => {
  ;[site, chromium, other] = await Promise.all([host(), browser(), elsewhere()])
  const example = await readFile(join(dist, 'example.html'), 'utf8')
  pages.set('/example', example.replaceAll('"./', `"${site.address}`))
})
after(async () => {
  await chromium?.close()
  await site?.close()
  other?.close()
})

/** A page of the other origin. `refuse` makes the frames' storage and cookies throw, as a strict browser does. */
async function reader({ path = '/example', scheme = 'light', refuse = false, width = 1000 } = {}) {
  const context = await chromium.newContext({ viewport: { width, height: 800 }, colorScheme: scheme, locale: 'en-US' })
  if (refuse) {
    await context.addInitScript(() => {
      if (window === top) return
      const no = () => {
        throw new DOMException('storage is off', 'SecurityError')
      }
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) Object.defineProperty(window, name, { get: no })
      Object.defineProperty(Document.prototype, 'cookie', { get: no, set: no })
    })
  }
  const page = await context.newPage()
  const complaints = listen(page)
  await page.addInitScript(() => {
    globalThis.heard = []
    for (const kind of ['ready', 'progress']) addEventListener(`drydock-${kind}`, (event) => heard.push({ kind, ...event.detail, from: event.target.getAttribute?.('lesson') }))
  })
  await page.goto(other.address + path)
  return { page, complaints, close: () => context.close() }
}

const frames = (page) => page.frames().filter((frame) => frame !== page.mainFrame())
const ready = (page, count) => page.waitForFunction((count) => heard.filter((it) => it.kind === 'ready').length >= count, count, { timeout: 60_000 })
const dock = (page, at) => page.locator('dry-dock').nth(at)
const inside = (page, at) => dock(page, at).locator('iframe').contentFrame()
async function bring(page, at) {
  await dock(page, at).evaluate((it) => it.scrollIntoView({ block: 'center' }))
  await inside(page, at).getByRole('main').waitFor({ timeout: 60_000 })
}

test('nothing is fetched before the element is near the viewport, and then each is its own', { timeout: 180_000 }, async () => {
  const { page, complaints, close } = await reader({ refuse: true })
  await dock(page, 0).locator('iframe').waitFor({ timeout: 30_000 })
  const loaded = () => page.locator('dry-dock').evaluateAll((all) => all.map((it) => Boolean(it.shadowRoot.querySelector('iframe'))))
  assert.equal((await loaded()).at(-1), false, 'the one far below has not begun')
  const before = await page.evaluate(() => document.documentElement.scrollHeight)
  for (const at of [0, 1, 2]) await bring(page, at)
  await ready(page, 3)
  assert.deepEqual(await loaded(), [true, true, true])
  const lessons = await page.evaluate(() => heard.map((it) => it.lesson).sort())
  assert.deepEqual(lessons, ['00-tour', '10-desired-state', '16-self-healing'])
  assert.ok(await inside(page, 0).getByRole('listbox').first().isVisible())
  assert.ok(await inside(page, 2).getByRole('table').first().isVisible())
  assert.equal(await inside(page, 2).locator('html').getAttribute('lang'), 'ko', 'the language of the section around it')
  assert.equal(await inside(page, 0).locator('html').getAttribute('lang'), 'en')
  const grown = (await page.evaluate(() => document.documentElement.scrollHeight)) - before
  assert.ok(grown >= 0 && grown < 500, `the page grew by ${grown} px`)
  await dock(page, 0).evaluate((it) => it.scrollIntoView({ block: 'center' }))
  await picture(page, 'embed-light')
  assert.deepEqual(complaints, [], 'no storage is needed')
  await close()
})

test('it is as high as it needs, or as high as it is told', { timeout: 120_000 }, async () => {
  const { page, close } = await reader()
  await bring(page, 0)
  await ready(page, 1)
  const height = (at) => dock(page, at).evaluate((it) => it.getBoundingClientRect().height)
  const scrolls = () => inside(page, 0).locator('body').evaluate(() => [...document.querySelectorAll('.world-body > *')].some((it) => it.scrollHeight > it.clientHeight + 1))
  const [wide] = [await height(0)]
  assert.ok(wide >= 380 && wide <= 948, `${wide}`)
  assert.equal(await scrolls(), false, 'nothing inside must be scrolled')
  await page.setViewportSize({ width: 420, height: 800 })
  await page.waitForFunction((wide) => document.querySelector('dry-dock').getBoundingClientRect().height !== wide, wide)
  assert.equal(await height(1), 520)
  await dock(page, 1).evaluate((it) => it.setAttribute('height', '400'))
  assert.equal(await height(1), 400)
  await close()
})

test('it is dark where the page is dark, and changes with it', { timeout: 120_000 }, async () => {
  const { page, close } = await reader({ scheme: 'dark' })
  await bring(page, 0)
  await ready(page, 1)
  const theme = (is) => inside(page, 0).locator(`html[data-theme=${is}]`).waitFor({ state: 'attached', timeout: 10_000 })
  await theme('dark')
  await picture(page, 'embed-dark')
  await page.getByRole('button', { name: 'Dark or light' }).click()
  await theme('light')
  await dock(page, 0).evaluate((it) => it.setAttribute('theme', 'dark'))
  await theme('dark')
  await dock(page, 0).evaluate((it) => it.removeAttribute('theme'))
  await theme('light')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.evaluate(() => delete document.documentElement.dataset.theme)
  await theme('light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await theme('dark')
  await close()
})

test('Tab goes in and comes out again, both ways', { timeout: 120_000 }, async () => {
  const { page, close } = await reader()
  for (const at of [0, 1, 2]) await bring(page, at)
  await ready(page, 3)
  const focus = () => page.evaluate(() => document.activeElement.tagName)
  await page.getByRole('button', { name: 'Dark or light' }).focus()
  const seen = new Set()
  const until = async (key, id) => {
    for (let presses = 0; presses < 200; presses++) {
      await page.keyboard.press(key)
      seen.add(await focus())
      if (await page.evaluate((id) => document.activeElement.id === id, id)) return presses
    }
    assert.fail(`${key} never came to #${id}`)
  }
  await until('Tab', 'after')
  assert.ok(seen.has('DRY-DOCK'), 'it was inside on the way')
  await until('Shift+Tab', 'theme')
  await close()
})

test('it takes neither scroll nor focus', { timeout: 120_000 }, async () => {
  const { page, close } = await reader()
  await page.getByRole('button', { name: 'Dark or light' }).focus()
  const top = () => page.evaluate(() => scrollY)
  await dock(page, 0).locator('iframe').waitFor()
  await ready(page, 1)
  assert.equal(await top(), 0, 'loading does not scroll')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'theme', 'loading does not take the focus')
  await bring(page, 0)
  const box = await dock(page, 0).boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + 100)
  const before = await top()
  await page.mouse.wheel(0, 300)
  await page.waitForFunction((before) => scrollY >= before + 200, before, { timeout: 5_000 })
  await close()
})

test('a reader can play in it, and the page hears how far they are', { timeout: 180_000 }, async () => {
  pages.set('/tour', `<!doctype html><title>A page</title><link rel="icon" href="data:,"><script async src="${site.address}embed.js"></script><dry-dock lesson="00-tour" lens="map" steps></dry-dock>`)
  const { page, complaints, close } = await reader({ path: '/tour', refuse: true, width: 1200 })
  await ready(page, 1)
  const world = inside(page, 0)
  const step = world.getByRole('button', { name: said('en', 'time-step') })
  await world.getByRole('option', { name: /^Pod [^,]+, ready/ }).first().click()
  await picture(page, 'embed-selected')
  await world.getByRole('button', { name: said('en', 'time-pause') }).click()
  await step.click()
  assert.equal((await page.evaluate(() => heard)).length, 1)
  await world.getByRole('button', { name: said('en', 'time-play') }).click()
  for (let step = 1; step <= 2; step++) {
    await world.getByRole('button', { name: said('en', 'hint-apply') }).click()
    await page.waitForFunction((step) => heard.some((it) => it.kind === 'progress' && it.step === step), step, { timeout: 60_000 })
    await world.getByRole('button', { name: said('en', 'lesson-next') }).click()
  }
  const news = await page.evaluate(() => heard.filter((it) => it.kind === 'progress'))
  const expected = [1, 2].map((step) => ({ kind: 'progress', lesson: '00-tour', step, steps: 3, finished: false, from: '00-tour' }))
  assert.deepEqual(news, expected)
  await picture(page, 'embed-steps')
  assert.deepEqual(complaints, [])
  await close()
})

test('a plain iframe does the same, even one that may keep nothing', { timeout: 120_000 }, async () => {
  const frame = (more) => `<iframe ${more} title="plain" width="700" height="480" src="${site.address}?lesson=00-tour&lens=loop&lang=ko&embed"></iframe>`
  pages.set('/plain', `<!doctype html><title>A page</title><link rel="icon" href="data:,">${frame('')}`)
  const { page, complaints, close } = await reader({ path: '/plain', scheme: 'dark', refuse: true })
  const world = page.frameLocator('iframe')
  await world.getByRole('main').waitFor({ timeout: 60_000 })
  assert.equal(await world.locator('html').getAttribute('lang'), 'ko')
  assert.equal(await world.locator('html').getAttribute('data-theme'), 'dark')
  const open = world.getByRole('link', { name: said('ko', 'embed-open') })
  assert.match(await open.getAttribute('href'), /^\.\/\?lesson=00-tour&lens=loop&lang=ko$/)
  const kept = await frames(page)[0].evaluate(() => document.documentElement.outerHTML.length > 0)
  assert.ok(kept)
  assert.deepEqual(complaints, [])
  await close()
})

test('a module does it too, where the host lets other pages read its files', { timeout: 120_000 }, async () => {
  const open = await host(dist, { 'access-control-allow-origin': '*' })
  pages.set('/module', `<!doctype html><title>A page</title><link rel="icon" href="data:,"><script type="module" src="${open.address}embed.js"></script><dry-dock></dry-dock>`)
  const { page, complaints, close } = await reader({ path: '/module' })
  await ready(page, 1)
  assert.deepEqual(complaints, [])
  await close()
  await open.close()
})

test('each lesson has an oEmbed document whose markup shows it', { timeout: 120_000 }, async () => {
  const answer = await fetch(`${site.address}oembed/10-desired-state.json`)
  const about = await answer.json()
  assert.equal(about.version, '1.0')
  assert.equal(about.type, 'rich')
  assert.ok(about.width > 0 && about.height > 0 && about.title && about.provider_name)
  const src = /src="([^"]+)"/.exec(about.html)[1].replaceAll('&amp;', '&')
  assert.equal(new URL(src, site.address).searchParams.get('lesson'), '10-desired-state')
  assert.ok(new URL(src, site.address).searchParams.has('embed'))
  const page = await (await fetch(site.address)).text()
  assert.match(page, /application\/json\+oembed/)
})
