// After the program is built: the descriptions of Kubernetes' fields, which its build script has
// written, beside the page, for `kubectl explain` to fetch when somebody first asks.
import { copyFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../../target', import.meta.url))
const builds = join(target, 'wasm32-unknown-unknown', process.env.TRUNK_PROFILE === 'release' ? 'web' : 'debug', 'build')
const found = []
for (const folder of await readdir(builds)) {
  const file = join(builds, folder, 'out', 'descriptions.txt')
  const about = await stat(file).catch(() => null)
  if (folder.startsWith('drydock-') && about) found.push([about.mtimeMs, file])
}
found.sort(([one], [other]) => other - one)
if (found.length === 0) throw new Error(`no descriptions.txt below ${builds}`)
await copyFile(found[0][1], join(process.env.TRUNK_STAGING_DIR, 'descriptions.txt'))
