// The other page's side of an embedded playground: the element `<dry-dock>`.
//
//     <script async src="https://HOST/embed.js"></script>
//     <dry-dock lesson="10-desired-state" lens="loop" lang="ko"></dry-dock>
//
// Attributes, all optional: `lesson`, `lens`, `story` (what stands behind `#story=` in a shared link),
// `steps` (the lesson's goal stands below the World, with a hand that does it),
// `lang` (else the language of the page around it), `theme` (`light`, `dark`; else it follows the page),
// `height` in pixels (else it takes what it needs). It sends `drydock-ready` and `drydock-progress`,
// which bubble; their `detail` is `{lesson, step, steps, finished}`.
//
// With `type="module"` instead of `async` it works too, where the host lets other pages read its files.
//
// Invariant: nothing is fetched before the element is near the viewport, and the page around it
// keeps its scroll, its focus and its keys.

// A module is not told which element it came by.
const script = document.currentScript ?? [...document.scripts].find((it) => /\/embed\.js([?#]|$)/.test(it.src))
const home = new URL('./', script?.src ?? document.baseURI)
/** How near the viewport it must come before it loads. */
const NEAR = '400px'
const HEIGHT_MIN = 240
const HEIGHT_MAX = 1200
/** As the playground would ask for, so that nothing moves when it does. */
const guess = (width) => Math.round(Math.min(560, Math.max(380, width * 0.62))) + 48

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) target.load()
  },
  { rootMargin: NEAR },
)

const STYLE = `
:host { display: block; position: relative; contain: layout; }
:host([hidden]) { display: none; }
iframe, .place { display: block; box-sizing: border-box; width: 100%; height: 100%; border: 0; }
.place { border: 1px solid color-mix(in srgb, currentcolor 40%, transparent); }
.ink { position: absolute; width: 0; height: 0; overflow: hidden; transition: color 1ms; }
`

class DryDock extends HTMLElement {
  static observedAttributes = ['lesson', 'lens', 'lang', 'story', 'steps', 'theme', 'height']

  #root = this.attachShadow({ mode: 'open' })
  #frame
  #ink
  #asked

  connectedCallback() {
    if (!this.#ink) {
      const style = Object.assign(document.createElement('style'), { textContent: STYLE })
      const place = Object.assign(document.createElement('div'), { className: 'place' })
      place.append(document.createElement('slot'))
      // The colour of the page's text tells its theme; a transition on it tells when that changes.
      this.#ink = Object.assign(document.createElement('span'), { className: 'ink' })
      this.#ink.addEventListener('transitionend', () => this.#paint())
      this.#root.append(style, place, this.#ink)
    }
    addEventListener('message', this.#hear)
    this.#size()
    near.observe(this)
  }

  disconnectedCallback() {
    removeEventListener('message', this.#hear)
    near.unobserve(this)
    // A frame that is moved begins anew, so it may as well be made anew.
    this.#frame?.replaceWith(Object.assign(document.createElement('div'), { className: 'place' }))
    this.#frame = this.#asked = undefined
  }

  attributeChangedCallback(name) {
    if (!this.isConnected) return
    if (name === 'height') this.#size()
    else if (name === 'theme') this.#paint()
    else if (this.#frame) this.#frame.src = this.#address()
  }

  /** Loads the playground now, near the viewport or not. */
  load() {
    near.unobserve(this)
    if (this.#frame) return
    this.#frame = document.createElement('iframe')
    this.#frame.title = this.title || 'Drydock'
    this.#frame.src = this.#address()
    this.#root.querySelector('.place').replaceWith(this.#frame)
  }

  #address() {
    const address = new URL(home)
    const lang = (this.getAttribute('lang') ?? this.closest('[lang]')?.lang ?? '').slice(0, 2)
    const asked = { lesson: this.getAttribute('lesson'), lens: this.getAttribute('lens'), lang, theme: this.#theme() }
    for (const [name, value] of Object.entries(asked)) if (value) address.searchParams.set(name, value)
    const story = this.getAttribute('story')
    return `${address}${address.search ? '&' : '?'}embed${this.hasAttribute('steps') ? '&steps' : ''}${story ? `#story=${story}` : ''}`
  }

  /** A page is dark where its text is light. */
  #theme() {
    const chosen = this.getAttribute('theme')
    if (chosen === 'light' || chosen === 'dark') return chosen
    const [red, green, blue] = getComputedStyle(this.#ink).color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0]
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? 'dark' : 'light'
  }

  #paint() {
    this.#frame?.contentWindow?.postMessage({ drydock: 'theme', theme: this.#theme() }, home.origin)
  }

  #size() {
    const fixed = Number.parseInt(this.getAttribute('height'), 10)
    const height = fixed > 0 ? fixed : (this.#asked ?? guess(this.clientWidth))
    this.style.height = `${Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, height))}px`
  }

  #hear = ({ source, origin, data }) => {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== home.origin) return
    const { drydock: kind, ...detail } = data ?? {}
    if (kind === 'size') {
      this.#asked = Number(detail.height) || undefined
      this.#size()
    } else if (kind === 'ready' || kind === 'progress') {
      if (kind === 'ready') this.#paint()
      this.dispatchEvent(new CustomEvent(`drydock-${kind}`, { detail, bubbles: true, composed: true }))
    }
  }
}

if (!customElements.get('dry-dock')) customElements.define('dry-dock', DryDock)
