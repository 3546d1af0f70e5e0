// What leads out of the tab: a story in a link, files, a code that a telephone reads, and what lets
// the page work without a network. It comes when one of these is first used.
// uqr draws the code for a telephone's camera, in a few KB and without dependencies of its own.
import { encode } from 'uqr'

/** The form of a link; what follows the point is compressed JSON (see src/session/share). */
const FORM = '1'
/** No link is longer, in characters, and no story, in bytes: a hostile one must not fill the memory. */
const LINK_MAX = 400_000
const STORY_MAX = 1024 * 1024

const bytesOf = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer())

function toText(bytes) {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromText(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0))
}

/** A story as what stands in a link. */
export async function pack(story) {
  const squeezed = new Blob([story]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const code = `${FORM}.${toText(await bytesOf(squeezed))}`
  if (code.length > LINK_MAX) throw 'story-too-large'
  return code
}

/** The story of a link. Throws the catalogue's key of what is wrong with it. */
export async function unpack(code) {
  if (code.length > LINK_MAX) throw 'story-too-large'
  const [, form, packed] = /^(\d{1,6})\.([\w-]+)$/.exec(code) ?? []
  if (!form) throw 'story-broken'
  if (Number(form) > Number(FORM)) throw 'story-newer'
  const parts = []
  let length = 0
  try {
    const reader = new Blob([fromText(packed)]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
    for (let next; !(next = await reader.read()).done; ) {
      length += next.value.length
      if (length > STORY_MAX) {
        reader.cancel().catch(() => {})
        throw 'story-too-large'
      }
      parts.push(next.value)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await new Blob(parts).arrayBuffer())
  } catch (error) {
    throw error === 'story-too-large' ? error : 'story-broken'
  }
}

/** This page's address with other parameters and another fragment. */
export function address(search, fragment) {
  const address = new URL(location.href)
  address.search = search
  address.hash = fragment
  return address.href
}

/** Puts a text on the clipboard. Returns whether the browser let it. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** Offers a text as a file. */
export function download(name, text) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Lets the person choose a file and reads it; nothing where they choose none, or one that is no text of this size. */
export function pick() {
  return new Promise((done) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', accept: '.json,application/json' })
    input.onchange = async () => done(input.files[0]?.size <= STORY_MAX ? await input.files[0].text().catch(() => '') : '')
    input.oncancel = () => done('')
    input.click()
  })
}

/** A code for a telephone's camera: a path of squares one unit wide, and how many stand in a row. Nothing for what is too long to be read from a wall. */
export function code(text) {
  if (text.length > 900) return ''
  const { data, size } = encode(text, { ecc: 'L', border: 3 })
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return `${size}|${squares.join('')}`
}

/** Keeps the page for when there is no network. A build without a worker has nothing to keep. */
export function stay() {
  return navigator.serviceWorker?.register('sw.js').catch(() => {})
}
