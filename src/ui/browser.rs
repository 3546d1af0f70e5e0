//! What the page's own script (`js/boot.js`) does for the program: it remembers, it reads the
//! address, it paints the theme, it loads the editor. It never fails: without storage it forgets.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What was remembered under a name.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn recall(name: &str) -> Option<String>;
    /// Remembers, for all tabs.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn remember(name: &str, value: &str);
    /// Keeps for this tab only, over a reload.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn keep(name: &str, value: &str);
    /// What this tab kept.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn kept(name: &str) -> Option<String>;
    /// A parameter of the page's address.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn address(name: &str) -> Option<String>;
    /// The story that the address holds, as it stands there.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn story() -> Option<String>;
    /// Whether the page stands inside another one.
    #[wasm_bindgen(js_namespace = drydock, js_name = isEmbed)]
    pub fn is_embed() -> bool;
    /// Tells the page around this one: what kind of news, and the news as JSON.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn tell(kind: &str, detail: &str);
    /// `light` or `dark`, as painted.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn theme() -> String;
    /// Paints a theme and remembers it.
    #[wasm_bindgen(js_namespace = drydock, js_name = setTheme)]
    pub fn set_theme(theme: &str);
    /// Says which language the page speaks and remembers it.
    #[wasm_bindgen(js_namespace = drydock, js_name = setLang)]
    pub fn set_lang(tag: &str);
    /// Names the page.
    #[wasm_bindgen(js_namespace = drydock, js_name = setTitle)]
    pub fn set_title(title: &str);
    /// Fills the screen, or gives it back.
    #[wasm_bindgen(js_namespace = drydock, js_name = toggleFullscreen)]
    pub fn toggle_fullscreen();
    /// Says that the program is gone, and offers a way on.
    #[wasm_bindgen(js_namespace = drydock)]
    pub fn survive(message: &str);
    /// A lesson's file (see `Course::pack`).
    #[wasm_bindgen(js_namespace = drydock, js_name = fetchLesson, catch)]
    pub async fn fetch_lesson(id: &str) -> Result<JsValue, JsValue>;
    /// The editor's script; it began to load with the page.
    #[wasm_bindgen(js_namespace = drydock, js_name = loadEditor, catch)]
    pub async fn load_editor() -> Result<JsValue, JsValue>;
    /// The descriptions of Kubernetes' fields; empty where they cannot be had.
    #[wasm_bindgen(js_namespace = drydock, js_name = loadDescriptions)]
    pub async fn load_descriptions() -> JsValue;
    /// The terminal's script; it begins to load with this call.
    #[wasm_bindgen(js_namespace = drydock, js_name = loadTerminal, catch)]
    pub async fn load_terminal() -> Result<JsValue, JsValue>;
}

/// The language that the page's script chose before the first paint.
pub fn lang() -> String {
    root().and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

/// The page's root element.
pub fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

/// Where the program draws.
pub fn place() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.get_element_by_id("app")
}

/// Puts a text on the clipboard, where the browser lets it.
pub fn copy(text: &str) {
    if let Some(window) = web_sys::window() {
        // Whether it came there is the browser's to say.
        let _ = window.navigator().clipboard().write_text(text);
    }
}

/// Whether fingers are what this screen is touched with.
pub fn is_touched() -> bool {
    let query = web_sys::window().and_then(|window| window.match_media("(pointer: coarse)").ok().flatten());
    query.is_some_and(|query| query.matches())
}

/// Whether the command key is this machine's key for commands.
pub fn is_mac() -> bool {
    let platform = web_sys::window().and_then(|window| window.navigator().platform().ok()).unwrap_or_default();
    platform.starts_with("Mac") || platform.starts_with("iP")
}

/// How high the page is, in pixels.
pub fn height() -> i32 {
    root().map_or(0, |root| root.client_height())
}

/// What a custom property of the style sheet comes to at an element.
pub fn style_of(element: &web_sys::Element, name: &str) -> String {
    let style = web_sys::window().and_then(|window| window.get_computed_style(element).ok().flatten());
    style.and_then(|style| style.get_property_value(name).ok()).unwrap_or_default()
}
