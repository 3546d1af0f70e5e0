//! The size of an element, as it changes.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver, ResizeObserverEntry};
use yew::prelude::*;

/// The inner width and height of the element behind `node`, in CSS pixels; 0 before it is there.
#[hook]
pub fn use_size(node: NodeRef) -> (f32, f32) {
    let size = use_state_eq(|| (0.0, 0.0));
    let set = size.setter();
    use_effect_with(node, move |node| {
        let observer = node.cast::<Element>().and_then(|element| {
            let hear = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
                let entry: ResizeObserverEntry = entries.get(0).unchecked_into();
                let rect = entry.content_rect();
                set.set((rect.width() as f32, rect.height() as f32));
            });
            let observer = ResizeObserver::new(hear.as_ref().unchecked_ref()).ok()?;
            observer.observe(&element);
            Some((observer, hear))
        });
        move || {
            if let Some((observer, _hear)) = observer {
                observer.disconnect();
            }
        }
    });
    *size
}
