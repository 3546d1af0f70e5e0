// The embedded playground's side of what embed.js does: it asks for the height it needs, and takes
// the theme of the page around it. It comes only into a page that stands inside another one.

/** As embed.js guesses before anything is here. */
const guess = (width) => Math.round(Math.min(560, Math.max(380, width * 0.62))) + 48
const HEIGHT_MAX = 900

let width = 0
let asked = 0

/** The base by width, and more where the lens would have to be scrolled; what is looked at beside it scrolls by itself. It shrinks only with another width, so that the text around it stands still. */
function measure() {
  const root = document.documentElement
  if (root.clientWidth !== width) {
    width = root.clientWidth
    asked = 0
  }
  let want = Math.max(asked, guess(width))
  for (const part of document.querySelectorAll('.world-body:not(.split) > *')) {
    const more = part.scrollHeight - part.clientHeight
    if (root.clientHeight >= want && more > 1) want = Math.min(HEIGHT_MAX, Math.max(want, root.clientHeight + more))
  }
  if (want !== asked) {
    asked = want
    globalThis.drydock.tell('size', JSON.stringify({ height: want }))
  }
}

/** Begins to watch; `paint` takes `light` or `dark`. */
export function begin(paint) {
  addEventListener('message', ({ source, data }) => {
    if (source === parent && data?.drydock === 'theme' && ['light', 'dark'].includes(data.theme)) paint(data.theme)
  })
  new ResizeObserver(measure).observe(document.documentElement)
  // What stands in the World changes with the lens and with what is in it.
  new MutationObserver(() => requestAnimationFrame(measure)).observe(document.getElementById('app'), { childList: true, subtree: true })
}
