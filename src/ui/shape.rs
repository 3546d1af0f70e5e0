//! Shapes that every pane draws. They are symbols of `index.html` (`i-…` icons, `p-…` plates), so
//! that drawing one is a reference and the first paint can already show them.

use yew::prelude::*;

/// Draws the icon `i-NAME`. It is silent; what carries it has the words.
pub fn icon(name: &'static str) -> Html {
    html! { <svg class="ic" viewBox="0 0 16 16" aria-hidden="true"><use href={name} /></svg> }
}

/// A button that is an icon, with its words for ears and as a tip.
pub fn icon_button(name: &'static str, label: &'static str, onclick: Callback<MouseEvent>) -> Html {
    html! { <button type="button" class="ib" aria-label={label} title={label} {onclick}>{ icon(name) }</button> }
}

/// The mark of the house: a dock, and in it a ship that is still a wish.
pub fn brand_mark() -> Html {
    html! { <svg width="28" height="20" viewBox="0 0 28 20" aria-hidden="true"><use href="#brand" /></svg> }
}

/// A state by its shape.
#[derive(Clone, Copy, PartialEq)]
pub enum Plate {
    Ready,
    Starting,
    Failing,
    Wished,
}

impl Plate {
    /// Its symbol, large and small: the small one keeps the sign and drops the rest.
    const fn symbols(self) -> [&'static str; 2] {
        match self {
            Self::Ready => ["#p-ready", "#s-ready"],
            Self::Starting => ["#p-starting", "#s-starting"],
            Self::Failing => ["#p-failing", "#s-failing"],
            Self::Wished => ["#p-wished", "#s-wished"],
        }
    }
}

/// A plate that stands by itself, large.
pub fn plate_big(state: Plate, class: &'static str) -> Html {
    let [symbol, _] = state.symbols();
    html! { <svg class={class} viewBox="0 0 44 28" aria-hidden="true"><use href={symbol} /></svg> }
}

/// A plate as a mark in a line of text.
pub fn plate_mark(state: Plate) -> Html {
    let [_, symbol] = state.symbols();
    html! { <svg class="mk" viewBox="0 0 18 14" aria-hidden="true"><use href={symbol} /></svg> }
}
