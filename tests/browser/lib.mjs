// What every browser test needs: the built playground on a static host under a sub-path, one
// Chromium, and pages whose console must stay clean.
//
// Invariant: nothing here knows the playground's inside. Tests find things as a person does: by
// role and name, by text, by what is on the screen.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { mkdir, readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const here = fileURLToPath(new URL('.', import.meta.url))
export const dist = join(here, '..', '..', 'dist')
export const out = join(here, 'out')

/** Any static host may serve `dist/` from any path, so the tests use one that nobody would guess. */
export const SUB_PATH = '/some/sub/path/'

export const SIZES = {
  desk: { width: 1440, height: 900 },
  tablet: { width: 1024, height: 768 },
  phone: { width: 390, height: 844 },
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}

/** A static host: files of `dist/`, nothing else. `fetched` lists what was asked for, in order. */
export async function host(root = dist, headers = {}, port = 0) {
  const fetched = []
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://host').pathname)
    const inside = path.startsWith(SUB_PATH) ? normalize(path.slice(SUB_PATH.length)) : '..'
    const file = inside === '' || inside === '.' ? 'index.html' : inside
    try {
      if (file.startsWith('..')) throw new Error('outside')
      const body = await readFile(join(root, file))
      fetched.push(file)
      response.writeHead(200, { ...headers, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready))
  const address = `http://127.0.0.1:${server.address().port}${SUB_PATH}`
  return { address, fetched, close: () => new Promise((done) => server.close(done).closeAllConnections()) }
}

export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  })
}

let shared

/** Call once at the top of a test file: one host and one Chromium for all its tests. */
export function stage() {
  before(async () => {
    shared = { host: await host(), browser: await browser() }
  })
  after(async () => {
    await shared?.browser.close()
    await shared?.host.close()
  })
}

/**
 * A test in a fresh profile. `where` chooses size, language, colours and the address's tail; the
 * page it gets is open and the world is drawn. Anything on the console that is an error or a
 * warning fails the test, as does a request that was not answered; `expect` lists what may occur.
 */
export function person(name, where, body) {
  if (typeof where === 'function') [where, body] = [{}, where]
  test(name, { timeout: where.timeout ?? 90_000 }, async (t) => {
    const { size = SIZES.desk, lang = 'en', theme = 'light', at = '', touch = false, motion = 'no-preference' } = where
    const context = await shared.browser.newContext({
      viewport: size, locale: lang === 'ko' ? 'ko-KR' : 'en-US', colorScheme: theme, hasTouch: touch, reducedMotion: motion,
      // What it keeps for later is one test's concern (offline.test.mjs).
      serviceWorkers: 'block',
    })
    const page = await context.newPage()
    const complaints = listen(page)
    try {
      await page.goto(shared.host.address + at)
      await drawn(page)
      await body(page, t)
      assert.deepEqual(complaints.filter((line) => !(where.expect ?? []).some((may) => may.test(line))), [])
    } catch (error) {
      await picture(page, `failed-${name.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60)}`).catch(() => {})
      if (complaints.length > 0) error.message += `\nthe page complained:\n${complaints.join('\n')}`
      throw error
    } finally {
      await context.close()
    }
  })
}

/** Collects what a page complains about, as lines. */
export function listen(page) {
  const lines = []
  page.on('console', (message) => {
    // What a test forbids the page, Playwright says in the page's name.
    if (message.text() === 'Service Worker registration blocked by Playwright') return
    if (['error', 'warning'].includes(message.type())) lines.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => lines.push(`uncaught: ${error.stack ?? error.message}`))
  page.on('requestfailed', (request) => lines.push(`no answer: ${request.url()} ${request.failure()?.errorText}`))
  page.on('response', (response) => {
    if (response.status() >= 400) lines.push(`${response.status()}: ${response.url()}`)
  })
  return lines
}

/** Waits until the program has drawn its page (the HTML alone has no `main`). */
export function drawn(page) {
  return page.getByRole('main').first().waitFor({ timeout: 30_000 })
}

/** Waits until the editor is there, holds text and takes keys. */
export async function editable(page) {
  const editor = page.locator('.cm-content[contenteditable=true]').first()
  await editor.waitFor({ timeout: 30_000 })
  await page.waitForFunction(() => document.querySelector('.cm-content').textContent.trim().length > 0)
  return editor
}

/** A screenshot in tests/browser/out/, for people to look at. */
export async function picture(page, name) {
  await mkdir(out, { recursive: true })
  await page.screenshot({ path: join(out, `${name}.png`) })
}
