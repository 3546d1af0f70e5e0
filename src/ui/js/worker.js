// The page without a network. It is written into dist/sw.js by worker.mjs, which puts the list of
// this version's files before it.
//
// A version is kept whole or not at all. The page itself and the lessons are asked for anew while
// there is a network, so a new version is seen at once; files that are named by their content never
// change. The version before stays until the next one, for pages that were opened in it.

const PREFIX = 'drydock-'
const NAME = PREFIX + VERSION
const home = new URL('./', self.location)
const inside = (url) => (url.origin === home.origin && url.pathname.startsWith(home.pathname) ? url.pathname.slice(home.pathname.length) : undefined)

self.addEventListener('install', (event) => {
  const keep = async () => {
    const cache = await caches.open(NAME)
    // Not from the browser's own cache: that may hold another version's.
    await cache.addAll(FILES.map((file) => new Request(new URL(file, home), { cache: 'reload' })))
    await self.skipWaiting()
  }
  event.waitUntil(keep())
})

self.addEventListener('activate', (event) => {
  const tidy = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME)
    await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)))
    await self.clients.claim()
  }
  event.waitUntil(tidy())
})

/** This version's file, else that of the version before. */
const kept = async (file) => (await (await caches.open(NAME)).match(new URL(file, home))) ?? caches.match(new URL(file, home))

async function answer(request, file) {
  if (NAMED_BY_CONTENT.test(file)) return (await kept(file)) ?? fetch(request)
  try {
    return await fetch(request)
  } catch (error) {
    const found = await kept(file)
    if (found) return found
    throw error
  }
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  const path = event.request.method === 'GET' ? inside(url) : undefined
  if (path === undefined) return
  const file = path === '' || path === 'index.html' ? './' : path
  if (FILES.includes(file)) event.respondWith(answer(event.request, file))
})
