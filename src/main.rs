//! The Yew program. Off wasm it is empty, so that a native build needs none of its dependencies.

#[cfg(target_arch = "wasm32")]
mod ui;

#[cfg(not(target_arch = "wasm32"))]
fn main() {}

#[cfg(target_arch = "wasm32")]
fn main() {
    ui::start();
}
