// Runs in the head, before the first paint: the theme, the language and the widths of the panes
// are right from the first pixel. Then it stands by: it remembers choices, loads the editor beside
// the program, and speaks when the program cannot.
//
// Invariant: everything works without storage and without a network after the first load.

const html = document.documentElement
const address = new URLSearchParams(location.search)
const isEmbed = address.has('embed')
const PREFIX = 'drydock.'

/** What was remembered, or null. An embedded page shares no choices with the full one. */
function recall(name) {
  try {
    return isEmbed ? null : localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

function remember(name, value) {
  try {
    if (!isEmbed) localStorage.setItem(PREFIX + name, value)
  } catch {
    // A browser that keeps nothing is still a browser.
  }
}

/** What the address says goes before what was remembered. */
const chosen = (name, choices) => [address.get(name), recall(name)].find((it) => choices.includes(it))

const dark = matchMedia('(prefers-color-scheme: dark)')
let theme = chosen('theme', ['light', 'dark'])
const paint = () => {
  html.dataset.theme = theme ?? (dark.matches ? 'dark' : 'light')
}
dark.addEventListener('change', paint)
paint()

const spoken = () => (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2)).find((tag) => ['ko', 'en'].includes(tag))
html.lang = chosen('lang', ['ko', 'en']) ?? spoken() ?? 'en'
if (isEmbed) html.dataset.embed = ''
for (const pane of ['read', 'write']) {
  const width = Number(recall(pane))
  if (width > 0) html.style.setProperty(`--${pane}`, `${width}px`)
  if (recall(`fold-${pane}`) === 'yes') html.dataset[`fold${pane}`] = ''
}

// A file that comes later is named by its content, and the build writes that name into the page.
const came = {}
const load = (name) => (came[name] ??= import(document.getElementById(`${name}-file`).src))
const loadEditor = () => load('editor')

/** A lesson's file. It is asked for anew each time, so that a new version of the course is seen. */
async function fetchLesson(id) {
  const answer = await fetch(new URL(`lessons/${encodeURIComponent(id)}.json`, document.baseURI), { cache: 'no-cache' })
  if (!answer.ok) throw new Error(`${answer.status}`)
  return answer.text()
}

const SAID = {
  en: ['The page survived, the program did not', 'Something went wrong inside Drydock. Your files are kept.', 'Go on with my files', 'Start over'],
  ko: ['화면은 남고 프로그램이 멈췄어요', 'Drydock 안에서 뭔가 어긋났어요. 쓰던 파일은 남아 있어요.', '쓰던 파일로 이어 하기', '처음부터 하기'],
}

/** The program is gone (a trap leaves nothing to call), so the page itself offers a way on. */
function survive(message) {
  if (document.querySelector('.survived')) return
  const [title, text, restore, anew] = SAID[html.lang] ?? SAID.en
  const card = document.createElement('div')
  card.className = 'survived'
  card.setAttribute('role', 'alertdialog')
  card.setAttribute('aria-label', title)
  const add = (tag, name, words) => {
    const element = document.createElement(tag)
    element.className = name
    element.textContent = words
    card.append(element)
    return element
  }
  add('b', '', title)
  add('p', 'ink2', text)
  add('code', 'note pencil', String(message).slice(0, 300))
  const again = (keep) => () => {
    if (!keep) forget()
    else api.keep('restore', 'yes')
    location.reload()
  }
  const button = add('button', 'btn solid', restore)
  button.onclick = again(true)
  add('button', 'btn quiet', anew).onclick = again(false)
  document.body.append(card)
  if (!isEmbed) button.focus()
}

function forget() {
  try {
    sessionStorage.removeItem(PREFIX + 'work')
  } catch {
    // Nothing was kept.
  }
}

const api = {
  recall,
  remember,
  address: (name) => address.get(name),
  isEmbed: () => isEmbed,
  /** Tells the page around this one, where there is one; `detail` is JSON. */
  tell: (kind, detail) => parent !== window && parent.postMessage({ drydock: kind, ...JSON.parse(detail) }, '*'),
  theme: () => html.dataset.theme,
  setTheme(choice) {
    theme = choice
    remember('theme', choice)
    paint()
  },
  setLang(lang) {
    if (html.lang !== lang) remember('lang', lang)
    html.lang = lang
  },
  setTitle: (title) => (document.title = title),
  /** For this tab only: what a reload after a failure needs. */
  keep(name, value) {
    if (isEmbed) return
    try {
      sessionStorage.setItem(PREFIX + name, value)
    } catch {
      // Then a failure costs the text.
    }
  },
  kept(name) {
    try {
      return isEmbed ? null : sessionStorage.getItem(PREFIX + name)
    } catch {
      return null
    }
  },
  loadEditor,
  fetchLesson,
  /** A program that is in two halves puts its own here. */
  needRest() {},
  loadTerminal: () => load('terminal'),
  loadDoors: () => load('doors'),
  /** The story that the address holds, as it stands there. */
  story: () => /^#story=(.*)$/s.exec(location.hash)?.[1],
  loadDescriptions: () => fetch('descriptions.txt').then((answer) => (answer.ok ? answer.text() : ''), () => ''),
  survive,
  toggleFullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : html.requestFullscreen?.().catch(() => {})),
}
globalThis.drydock = api

// A trap that no hook saw, or a program that never came.
const gone = (error) => {
  const isTrap = error instanceof WebAssembly.RuntimeError
  if (isTrap || document.querySelector('.skeleton')) survive(error?.message ?? error)
}
addEventListener('error', (event) => gone(event.error))
addEventListener('unhandledrejection', (event) => gone(event.reason))

// Once the first visit has everything it needs, the page is kept for when there is no network.
const STAY_AFTER_MS = 8000
if ('worker' in html.dataset && !isEmbed) addEventListener('load', () => setTimeout(() => load('doors').then((it) => it.stay(), () => {}), STAY_AFTER_MS))

// Another story in the same tab is another page.
addEventListener('hashchange', () => api.story() !== undefined && location.reload())

// Beside the program, not after it. A failure is the caller's to see, not the console's.
if (!isEmbed) loadEditor().catch(() => {})
else load('embedded').then((it) => it.begin((chosen) => (theme = chosen, paint())), () => {})
