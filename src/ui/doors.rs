//! What leads out of the tab, from the program's side (`js/doors.js` does it): links, files, the
//! clipboard. It is loaded when it is first used.

use super::{Handle, browser};
use drydock::session::{Session, Story, StoryFault};
use drydock::words::Lang;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = drydock, js_name = loadDoors, catch)]
    async fn load_doors() -> Result<JsValue, JsValue>;

    /// The script.
    type Doors;
    #[wasm_bindgen(method, catch)]
    async fn pack(this: &Doors, story: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn unpack(this: &Doors, code: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn address(this: &Doors, search: &str, fragment: &str) -> String;
    #[wasm_bindgen(method, catch)]
    async fn copy(this: &Doors, text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn download(this: &Doors, name: &str, text: &str);
    #[wasm_bindgen(method, catch)]
    async fn pick(this: &Doors) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn code(this: &Doors, text: &str) -> String;
}

async fn doors() -> Option<Doors> {
    load_doors().await.ok().map(JsCast::unchecked_into)
}

/// A link, and what stands behind `#story=` in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The whole address.
    pub address: String,
    /// The story alone.
    pub code: String,
}

/// A link to this moment of the session.
pub async fn link(handle: &Handle) -> Result<Link, StoryFault> {
    let text = handle.read(|session| Story::of(session).write())?;
    let Some(doors) = doors().await else { return Err(StoryFault::Broken) };
    let code = doors.pack(&text).await.ok().and_then(|code| code.as_string()).ok_or(StoryFault::TooLarge)?;
    Ok(Link { address: doors.address("", &["story=", &code].concat()), code })
}

/// The session of a link's story.
pub async fn open(lang: Lang, code: &str) -> Result<Session, StoryFault> {
    let Some(doors) = doors().await else { return Err(StoryFault::Broken) };
    let text = doors.unpack(code).await.map_err(|fault| match fault.as_string().as_deref() {
        Some("story-too-large") => StoryFault::TooLarge,
        Some("story-newer") => StoryFault::Newer,
        _ => StoryFault::Broken,
    })?;
    let story = Story::read(&text.as_string().unwrap_or_default())?;
    let known = drydock::view::read::is_fetched(&story.lesson);
    let packed = match known {
        true => browser::fetch_lesson(&story.lesson).await.ok().and_then(|packed| packed.as_string()),
        false => None,
    };
    Session::of_story(lang, &story, &packed.unwrap_or_default())
}

/// The page's address with other parameters.
pub async fn address(search: &str) -> String {
    doors().await.map(|doors| doors.address(search, "")).unwrap_or_default()
}

/// Puts a text on the clipboard. Returns whether it came there.
pub async fn copy(text: &str) -> bool {
    let Some(doors) = doors().await else { return false };
    doors.copy(text).await.is_ok_and(|copied| copied.is_truthy())
}

/// Offers a text as a file.
pub async fn download(name: &str, text: &str) {
    if let Some(doors) = doors().await {
        doors.download(name, text);
    }
}

/// A file's text that the person chooses.
pub async fn pick() -> Option<String> {
    let text = doors().await?.pick().await.ok()?.as_string()?;
    (!text.is_empty()).then_some(text)
}

/// A code for a telephone's camera: how many squares stand in a row, and the path of the dark ones.
pub async fn code(text: &str) -> Option<(u32, String)> {
    let code = doors().await?.code(text);
    let (size, path) = code.split_once('|')?;
    Some((size.parse().ok()?, path.to_owned()))
}
