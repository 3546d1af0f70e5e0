//! The program comes in two halves (`js/split/`): what the first sight needs, and the rest, which is fetched once the
//! page stands. Calls from the first half into the rest go through here, so that none comes too early.

use std::sync::atomic::{AtomicBool, Ordering};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Does not return before the rest is there.
    #[wasm_bindgen(js_namespace = drydock, js_name = needRest)]
    fn bring_rest();
}

static IS_HERE: AtomicBool = AtomicBool::new(false);

/// Called by every stand-in for a function of the rest, before it goes there.
#[wasm_bindgen(js_name = needRest)]
pub fn need_rest() {
    if !IS_HERE.load(Ordering::Relaxed) {
        bring_rest();
        IS_HERE.store(true, Ordering::Relaxed);
    }
}
