//! Prose as nodes. A term of the glossary opens its one sentence in place, below the paragraph.

use super::{use_handle, use_words};
use drydock::session::Msg;
use drydock::view::read::{self, Block, Inline, Target};
use std::rc::Rc;
use yew::prelude::*;

/// Code that is longer than this may break over lines.
const CODE_WHOLE_MAX: usize = 28;

/// What is drawn.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is said.
    pub prose: read::Prose,
}

/// Prose.
#[component]
pub fn Prose(props: &Props) -> Html {
    props.prose.blocks().iter().map(block).collect()
}

fn block(block: &Block) -> Html {
    match block {
        Block::Paragraph(inlines) => html! { <Paragraph inlines={Rc::new(inlines.clone())} /> },
        Block::Quote(inner) => html! { <blockquote class="q">{ for inner.iter().map(self::block) }</blockquote> },
        Block::List { numbered, items } => {
            let items: Html =
                items.iter().map(|item| html! { <li>{ for item.iter().map(self::block) }</li> }).collect();
            if *numbered {
                html! { <ol>{ items }</ol> }
            } else {
                html! { <ul>{ items }</ul> }
            }
        }
        Block::Code { text, .. } => html! { <pre class="thin" tabindex="0"><code>{ &**text }</code></pre> },
    }
}

#[derive(Properties, PartialEq)]
struct ParagraphProps {
    inlines: Rc<Vec<Inline>>,
}

/// A paragraph, and below it the term that is open.
#[component]
fn Paragraph(props: &ParagraphProps) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let opened = use_state(|| None::<Rc<str>>);
    let open = {
        let opened = opened.clone();
        Callback::from(move |id: Rc<str>| opened.set(if opened.as_ref() == Some(&id) { None } else { Some(id) }))
    };
    let go = {
        let handle = handle.clone();
        Callback::from(move |id| handle.send(Msg::OpenLesson(id)))
    };
    let gloss = opened.as_ref().and_then(|id| handle.read(|session| read::term(session, id)));
    html! { <>
        <p>{ inlines(&props.inlines, &Doing { opened: opened.as_deref(), open, go }) }</p>
        if let Some(term) = gloss {
            <aside class="gloss" role="note" aria-label={words.text("glossary")}>
                <b>{ &*term.name }</b>{ " " }<i lang={words.lang().other().tag()}>{ &*term.other_name }</i><br />{ &*term.means }
            </aside>
        }
    </> }
}

/// What links of a paragraph do.
struct Doing<'a> {
    opened: Option<&'a str>,
    open: Callback<Rc<str>>,
    go: Callback<Rc<str>>,
}

fn inlines(all: &[Inline], doing: &Doing<'_>) -> Html {
    all.iter()
        .map(|inline| match inline {
            Inline::Text(text) => html! { &**text },
            // Short code stays whole, and so does the particle behind it.
            Inline::Code(text) => html! { <code class={(text.len() > CODE_WHOLE_MAX).then_some("long")}>{ &**text }</code> },
            Inline::Strong(inner) => html! { <b>{ inlines(inner, doing) }</b> },
            Inline::Emphasis(inner) => html! { <em>{ inlines(inner, doing) }</em> },
            Inline::Link(Target::Web(address), inner) => {
                html! { <a class="lk" href={address.to_string()} target="_blank" rel="noopener noreferrer">{ inlines(inner, doing) }</a> }
            }
            Inline::Link(Target::Term(id), inner) => {
                let expanded = (doing.opened == Some(&**id)).to_string();
                html! { <button type="button" class="term" aria-expanded={expanded} onclick={calls(&doing.open, id)}>{ inlines(inner, doing) }</button> }
            }
            Inline::Link(Target::Lesson(id), inner) => {
                html! { <button type="button" class="lk" onclick={calls(&doing.go, id)}>{ inlines(inner, doing) }</button> }
            }
        })
        .collect()
}

fn calls(callback: &Callback<Rc<str>>, id: &Rc<str>) -> Callback<MouseEvent> {
    let id = id.clone();
    callback.reform(move |_| id.clone())
}
