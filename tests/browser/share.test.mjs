// A link holds the whole story. It is made with the bar's button and opened in another browser; one
// that is broken, too large or hostile says so and does nothing.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { person, picture, stage } from './lib.mjs'
import { Playground, said } from './playground.mjs'

stage()

const code = (text) => `1.${deflateRawSync(text).toString('base64url')}`

person('a link made by keyboard opens the same moment elsewhere', { timeout: 180_000 }, async (page) => {
  const it = new Playground(page)
  await it.ready(3)
  await it.retype('replicas: 3', 1, '5')
  await it.ready(5)
  await it.pause()
  await it.button('nav-share').focus()
  await page.keyboard.press('Enter')
  const field = page.getByRole('textbox', { name: it.say('share-title') })
  await page.waitForFunction(() => document.activeElement?.value?.includes('#story='))
  const link = await field.inputValue()
  assert.match(link, /#story=1\.[\w-]+$/)
  assert.ok(link.length < 8000, `${link.length} characters`)
  await picture(page, 'share')
  const told = { pods: await it.drawnPods(), clock: await it.clock(), text: await it.text() }
  await page.keyboard.press('Escape')
  await field.waitFor({ state: 'detached' })

  const other = await (await page.context().browser().newContext({ locale: 'ko-KR', serviceWorkers: 'block' })).newPage()
  await other.goto(link)
  const there = new Playground(other, 'ko')
  await there.ready(5)
  await there.until(async () => (await there.clock()).replace(/\D+$/, '') === told.clock.replace(/\D+$/, ''), `the moment ${told.clock}`)
  assert.deepEqual(await there.drawnPods(), told.pods)
  await there.until(async () => (await there.text()) === told.text, 'the same text')
  // It goes on from there: the story is alive.
  await there.play()
  await there.retype('replicas: 5', 1, '4')
  await there.ready(4)
  await other.context().close()
})

person('the bar copies the link to the clipboard', async (page) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const it = new Playground(page)
  await it.button('nav-share').click()
  await page.getByText(it.say('share-copied')).waitFor()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  assert.equal(link, await page.getByRole('textbox', { name: it.say('share-title') }).inputValue())
})

const HOSTILE = {
  'that is cut off': ['story-broken', code('{"form":1,"lesson":"00-tour"}').slice(0, 30)],
  'that is no story': ['story-broken', code('hello')],
  'that is empty': ['story-broken', ''],
  'with other characters': ['story-broken', '1.<img src=x onerror=alert(1)>'],
  'of a newer form': ['story-newer', '9.AAAA'],
  'whose story is of a newer form': ['story-newer', code('{"form":2}')],
  'that unpacks to a hundred times what it may': ['story-too-large', code('x'.repeat(100 * 1024 * 1024))],
  'about a lesson that is not there': [
    'story-no-lesson',
    code('{"form":1,"lesson":"../../../etc","seed":1,"lens":"map","steps":[0,0],"auto":true,"active":"","files":[],"inputs":[],"at":0,"until":0}'),
  ],
  'whose inputs would run something': [
    'story-broken',
    code('{"form":1,"lesson":"00-tour","seed":1,"lens":"map","steps":[0,0],"auto":true,"active":"","files":[],"inputs":[[0,0,{"do":"script","text":"alert(1)"}]],"at":0,"until":0}'),
  ],
}

for (const [what, [key, hash]] of Object.entries(HOSTILE)) {
  person(`a link ${what} is named, and nothing is done`, { at: `#story=${hash}` }, async (page) => {
    const it = new Playground(page)
    await page.getByRole('alert').getByText(it.say(key)).waitFor()
    await it.ready(3)
    assert.match(await it.text(), /replicas: 3/)
    await it.button('story-go-on').click()
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })
}

test('what a link holds comes back as it was, and any spoiled one is refused or comes back whole', async () => {
  // The browser's side alone: Node.js has the same streams.
  const source = (await readFile(new URL('../../src/ui/js/doors.js', import.meta.url), 'utf8')).replace(/^import .*$/m, 'const encode = () => {}')
  const doors = await import(`data:text/javascript,${encodeURIComponent(source)}`)
  let state = 7
  const dice = (below) => ((state = (state * 1103515245 + 12345) & 0x7fffffff) >> 8) % below
  for (const length of [0, 1, 100, 20_000]) {
    const text = Array.from({ length }, () => String.fromCodePoint(...[dice(95) + 32, 0xac00 + dice(11_000), 0x1f600 + dice(50)].slice(0, 1 + dice(3)))).join('')
    assert.equal(await doors.unpack(await doors.pack(text)), text)
  }
  const good = await doors.pack('{"form":1}'.repeat(200))
  for (let round = 0; round < 300; round++) {
    const bytes = [...good]
    const at = dice(bytes.length)
    if (dice(2)) bytes[at] = String.fromCharCode(33 + dice(90))
    else bytes.splice(at, 1 + dice(5))
    const answer = await doors.unpack(bytes.join('')).then(
      (text) => typeof text,
      (fault) => fault,
    )
    assert.ok(['string', 'story-broken', 'story-newer', 'story-too-large'].includes(answer), String(answer))
  }
})
