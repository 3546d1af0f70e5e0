// Trunk's very last step for a release: dist/sw.js, the worker that keeps this version for when
// there is no network, with the list of its files and a version that is a hash of all of them.
// A page that is served while it is worked at has none: it would show yesterday's.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const { TRUNK_PROFILE: profile, TRUNK_STAGING_DIR: folder, DRYDOCK_WORKER: asked } = process.env
/** Named by their content, as Trunk and split/hook.mjs name them. */
const NAMED_BY_CONTENT = /-[0-9a-f]{12,}(_bg)?\.(js|wasm|css)$/
/** For other people's pages and sites; nobody needs them without a network. */
const LEFT_OUT = /^(oembed\/|example\.html$|embed\.js$|sw\.js$)/

function* files(at) {
  for (const name of readdirSync(at).sort()) {
    const path = join(at, name)
    if (statSync(path).isDirectory()) yield* files(path)
    else yield relative(folder, path).split(sep).join('/')
  }
}

if (profile === 'release' || asked) {
  const hash = createHash('sha256')
  const all = [...files(folder)].filter((file) => !LEFT_OUT.test(file))
  const worker = readFileSync(fileURLToPath(new URL('worker.js', import.meta.url)), 'utf8')
  hash.update(worker)
  for (const file of all) hash.update(file).update(readFileSync(join(folder, file)))
  const names = all.map((file) => (file === 'index.html' ? './' : file))
  const head = [
    `const VERSION = ${JSON.stringify(hash.digest('hex').slice(0, 16))}`,
    `const NAMED_BY_CONTENT = ${NAMED_BY_CONTENT}`,
    `const FILES = ${JSON.stringify(names)}`,
  ]
  writeFileSync(join(folder, 'sw.js'), `${head.join('\n')}\n${worker}`)
  // The page asks for it only where it is.
  const page = join(folder, 'index.html')
  writeFileSync(page, readFileSync(page, 'utf8').replace('<html ', '<html data-worker '))
}
