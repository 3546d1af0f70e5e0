// The same seed and the same inputs give the same history here as natively, to the last digit.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { person, stage } from './lib.mjs'

stage()

const top = fileURLToPath(new URL('../..', import.meta.url))
const scripts = fileURLToPath(new URL('../replay/', import.meta.url))

for (const script of readdirSync(scripts)) {
  person(`${script} ends with the hashes of the native program`, async (page) => {
    const native = execFileSync('cargo', ['run', '--quiet', '--bin', 'drydock', '--', 'replay', scripts + script], {
      cwd: top, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
    })
    const told = await page.evaluate((text) => window.wasmBindings.replayHash(text), readFileSync(scripts + script, 'utf8'))
    assert.equal(told, native)
    assert.ok(told.split('\n').length > 5, 'a story was told')
  })
}
