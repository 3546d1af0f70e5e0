// From a keystroke to the blueprint, with fifty Pods on the sheet: the 150 ms of pause, then, if all
// is well, one frame. Measured in the built playground, as ratios to the frame of the same run.
//
// node tests/browser/bench.mjs [keystrokes, default 40]
import { SIZES, browser, drawn, editable, host } from './lib.mjs'
import { Playground } from './playground.mjs'

const KEYSTROKES = Number(process.argv[2] ?? 40)
const PODS = 50
/** The editor waits this long for the next keystroke before it reads. */
const PAUSE_MS = 150

const site = await host()
const chromium = await browser()
const page = await chromium.newPage({ viewport: SIZES.desk, locale: 'en-US' })
/** How long each callback of a frame takes, and when it began. */
await page.addInitScript(() => {
  window.worked = []
  const ask = window.requestAnimationFrame.bind(window)
  window.requestAnimationFrame = (then) => ask((now) => {
    const began = performance.now()
    then(now)
    window.worked.push([began, performance.now() - began])
  })
})
const it = new Playground(page)
await page.goto(`${site.address}?lesson=00-tour`)
await drawn(page)
await editable(page)
await it.ready(3)

// Fifty small Pods, all ready; then time stands still, so that only the keystroke moves anything.
const small = (await it.text()).replace('cpu: 250m, memory: 64Mi', 'cpu: 10m, memory: 8Mi').replace('replicas: 3', `replicas: ${PODS}`)
await it.paste(small)
await page.keyboard.press('ControlOrMeta+Enter')
await page.getByRole('button', { name: '100×' }).first().click()
await it.until(async () => (await it.pods('state-ready').count()) === PODS, `${PODS} ready Pods`, 120_000)
await it.pause()

/** How long a frame takes while nothing happens: what everything below is compared with. */
const frame = await page.evaluate(async () => {
  const gaps = []
  let last
  for (let i = 0; i < 90; i += 1) {
    const now = await new Promise(requestAnimationFrame)
    if (last !== undefined) gaps.push(now - last)
    last = now
  }
  return gaps.sort((a, b) => a - b)[gaps.length >> 1]
})

// The clock starts with the key and ends after the paint of the frame in which the wish's row says
// the new number: a message posted in that frame arrives once it is painted.
await page.evaluate(() => {
  const row = () => document.querySelector('.world [role=option][aria-label^="Deployment web,"]')?.getAttribute('aria-label')
  let began
  let before
  window.taken = []
  document.addEventListener('keydown', (event) => {
    if (!/^\d$/.test(event.key)) return
    began = event.timeStamp
    before = row()
  }, true)
  const painted = new MessageChannel()
  painted.port1.onmessage = () => {
    if (began === undefined) return
    window.taken.push(performance.now() - began)
    began = undefined
  }
  const look = () => {
    if (began !== undefined && row() !== before) painted.port2.postMessage('')
  }
  new MutationObserver(look).observe(document.querySelector('.world'), { subtree: true, childList: true, attributes: true, characterData: true })
})

const taken = []
await it.line(`replicas: ${PODS}`).click()
await page.keyboard.press('End')
for (let i = 0; i < KEYSTROKES; i += 1) {
  // One keystroke, one new wish: the last digit is selected and typed over. Upwards only while it is applied.
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press(String(1 + (i % 9)))
  await page.waitForFunction((count) => window.taken.length > count, i, { timeout: 10_000 })
  taken.push(await page.evaluate((index) => window.taken[index], i))
}

// One keystroke's check of a long file. Each lowers a wish, which waits 1.5 s to be applied: what the frame
// that reads the text does beyond the others is the check, and the marks that follow from it.
const LINES = 200
const CHECKS = 20
const deployment = (name) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 0
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
      - name: main
        image: nginx:1.27
        resources:
          requests: {cpu: 10m, memory: 8Mi}
        readinessProbe:
          httpGet: {path: /, port: 80}
`
const documents = Array.from({ length: LINES / 20 }, (_, at) => deployment(`web-${at}`))
await it.paste([...documents.slice(0, -1), deployment('last').replace('replicas: 0', 'replicas: 99')].join('---\n'))
await page.waitForTimeout(3000)
await it.line('replicas: 99').click()
await page.keyboard.press('End')
const checks = []
for (let i = 0; i < CHECKS; i += 1) {
  await page.keyboard.press('Shift+ArrowLeft')
  const began = await page.evaluate(() => performance.now())
  await page.keyboard.press(String(8 - (i % 8)))
  await page.waitForTimeout(PAUSE_MS + 250)
  checks.push(await page.evaluate(([since, pause]) => {
    const after = window.worked.filter(([at]) => at > since + pause - 20).map(([, took]) => took)
    const sorted = after.sort((a, b) => a - b)
    return sorted.at(-1) - sorted[sorted.length >> 1]
  }, [began, PAUSE_MS]))
}
checks.sort((a, b) => a - b)
await chromium.close()
await site.close()

taken.sort((a, b) => a - b)
const quantile = (q) => taken[Math.min(taken.length - 1, Math.floor(q * taken.length))]
const ms = (value) => `${value.toFixed(1)} ms`.padStart(10)
const frames = (value) => `${((value - PAUSE_MS) / frame).toFixed(2)} frames after the pause of ${PAUSE_MS} ms`
console.log(`a frame of this run     ${ms(frame)}`)
console.log(`keystroke to blueprint, ${PODS} Pods, ${taken.length} keystrokes`)
for (const [name, q] of [['p50', 0.5], ['p95', 0.95]]) console.log(`  ${name}                   ${ms(quantile(q))}   ${frames(quantile(q))}`)
console.log(`  slowest               ${ms(taken.at(-1))}   ${frames(taken.at(-1))}`)
console.log(`one keystroke's check of ${LINES} lines, ${CHECKS} keystrokes`)
console.log(`  p50                   ${ms(checks[checks.length >> 1])}`)
console.log(`  slowest               ${ms(checks.at(-1))}`)
