//! The Tree lens: ownership and selection in the cluster, then stacks and their resources.

use super::drawing::{self, Drawing};
use super::sheet::Stage;
use super::size::use_size;
use super::stack::Stacks;
use crate::ui::{use_slow_view, use_view, use_words};
use drydock::view::{stack, tree};
use drydock::words::say;
use std::rc::Rc;
use yew::prelude::*;

/// The lens.
#[component]
pub fn TreeLens() -> Html {
    let words = use_words();
    let (has_tree, has_stacks) = use_slow_view(|session| (tree::has_any(session), stack::has_any(session)));
    let has_wish = use_slow_view(|session| !tree::view(session).is_empty());
    if has_tree || has_wish {
        return html! { <TreeSheet {has_stacks} /> };
    }
    html! {
        <div class="stage stacks thin">
            if has_stacks { <Stacks /> } else { <p class="quiet">{ words.text("tree-none") }</p> }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct Props {
    has_stacks: bool,
}

#[component]
fn TreeSheet(props: &Props) -> Html {
    let words = use_words();
    let stage = use_node_ref();
    let (width, height) = use_size(stage.clone());
    let view = use_slow_view(|session| Rc::new(tree::view(session)));
    let selected = use_view(|session| session.selection.clone());
    // Stacks below begin in sight.
    let height = if props.has_stacks { height * 0.5 } else { height };
    let drawing =
        use_memo((view.clone(), selected, words.clone(), (width, height)), |(view, selected, words, size)| {
            if size.0 < 1.0 {
                return Drawing::default();
            }
            drawing::tree::draw(view, words, selected.as_ref(), size.0, size.1)
        });
    let label = say!(words, "tree-label", cluster = &view.title.cluster);
    html! {
        <Stage {stage} {drawing} {label} scope="tree" class="thin" title={view.title.clone()} name={words.text("lens-tree")}>
            if props.has_stacks { <div class="stacks"><Stacks /></div> }
        </Stage>
    }
}
