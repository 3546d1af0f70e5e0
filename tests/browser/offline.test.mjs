// After the first visit the page works without a network, and a new version is seen at once.
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { browser, dist, drawn, host } from './lib.mjs'
import { Playground } from './playground.mjs'

const kept = (page) => page.evaluate(() => caches.keys())

/** Waits until the page says so; it is asked again and again, and may ask its caches before it answers. */
async function until(page, holds, what) {
  const end = Date.now() + 60_000
  while (!(await page.evaluate(holds))) {
    if (Date.now() > end) throw new Error(`waited for ${what}`)
    await page.waitForTimeout(200)
  }
}

/** Waits until the worker has kept a whole version and answers for the page. */
const whole = (page) =>
  until(
    page,
    async () => {
      const registration = await navigator.serviceWorker.getRegistration()
      return registration?.active?.state === 'activated' && Boolean(navigator.serviceWorker.controller)
    },
    'the worker',
  )

test('it opens without a network after the first visit, lessons and terminal too, and updates cleanly', { timeout: 240_000 }, async () => {
  const root = await mkdtemp(join(tmpdir(), 'drydock-dist-'))
  await cp(dist, root, { recursive: true, dereference: true })
  let site = await host(root)
  const chromium = await browser()
  const context = await chromium.newContext({ locale: 'en-US' })
  const page = await context.newPage()
  try {
    const { address } = site
    await page.goto(address)
    await drawn(page)
    await whole(page)
    const first = await kept(page)
    assert.equal(first.length, 1)
    const missing = await page.evaluate(async () => {
      const worker = await (await fetch('sw.js')).text()
      const files = JSON.parse(/const FILES = (\[.*\])/.exec(worker)[1])
      const found = await Promise.all(files.map(async (file) => [file, Boolean(await caches.match(new URL(file, location.href)))]))
      return found.filter(([, is]) => !is).map(([file]) => file)
    })
    assert.deepEqual(missing, [], 'every file is kept')

    // The network goes.
    await site.close()
    await page.goto(`${address}?lesson=10-desired-state&lang=ko`)
    await drawn(page)
    const it = new Playground(page, 'ko')
    await it.ready(3)
    assert.match(await page.title(), /원하는 상태/)
    await it.button('pane-unfold').last().click().catch(() => {})
    await it.retype('replicas: 3', 1, '4')
    await it.ready(4)

    // It comes back with a new version: other words in the page, another list of files.
    const port = Number(new URL(address).port)
    const next = await readFile(join(root, 'index.html'), 'utf8')
    await writeFile(join(root, 'index.html'), next.replace('<head>', '<head><meta name="version" content="two">'))
    const worker = await readFile(join(root, 'sw.js'), 'utf8')
    await writeFile(join(root, 'sw.js'), worker.replace(/const VERSION = "[^"]+"/, 'const VERSION = "two"'))
    site = await host(root, {}, port)
    await page.goto(address)
    await drawn(page)
    assert.equal(await page.locator('meta[name=version]').getAttribute('content'), 'two', 'the new page is seen at once')
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update())
    const isNew = async () => {
      const { installing, waiting, active } = await navigator.serviceWorker.getRegistration()
      return !installing && !waiting && active.state === 'activated' && (await caches.keys()).includes('drydock-two')
    }
    await until(page, isNew, 'the new version')
    await site.close()
    await page.goto(address)
    await drawn(page)
    assert.equal(await page.locator('meta[name=version]').getAttribute('content'), 'two', 'without a network too')
    assert.ok((await kept(page)).length <= 2, 'no more than the version before is kept')
  } finally {
    await chromium.close()
    await site.close().catch(() => {})
    await rm(root, { recursive: true })
  }
})
