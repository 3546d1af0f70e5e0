//! A teacher's link: which lessons in which order, the language, what is applied by itself, what may
//! be broken. It is made here and lives in the address alone.

use crate::ui::share::CopyText;
use crate::ui::{doors, use_handle, use_view, use_words};
use drydock::session::Classroom;
use drydock::view::course;
use drydock::words::Lang;
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The form, folded until somebody wants it.
#[component]
pub fn Teacher() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_view(course::view);
    let room = use_state_eq(Classroom::default);
    let lang = use_state_eq(|| handle.read(|session| session.lang.tag()));
    let presents = use_state_eq(|| false);
    let link = use_state_eq(String::new);
    {
        let link = link.setter();
        use_effect_with(((*room).clone(), *lang, *presents), move |(room, lang, presents)| {
            let mut search = format!("lang={lang}");
            if let Some(first) = room.lessons.first() {
                search = format!("lesson={first}&{search}");
            }
            let room = room.write();
            if !room.is_empty() {
                search = format!("{search}&{room}");
            }
            if *presents {
                search += "&present";
            }
            wasm_bindgen_futures::spawn_local(async move { link.set(doors::address(&search).await) });
        });
    }
    let toggle = |id: Rc<str>| {
        let room = room.clone();
        Callback::from(move |_: Event| {
            let mut next = (*room).clone();
            if next.lessons.contains(&id) {
                next.lessons.retain(|known| *known != id);
            } else {
                next.lessons.push(id.clone());
            }
            room.set(next);
        })
    };
    let set_auto = {
        let room = room.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|field| field.value()).unwrap_or_default();
            let auto_apply = Classroom::read("", &chosen, "").auto_apply;
            room.set(Classroom { auto_apply, ..(*room).clone() });
        })
    };
    let set_lang = {
        let lang = lang.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|field| field.value());
            lang.set(chosen.as_deref().and_then(Lang::from_tag).unwrap_or_default().tag());
        })
    };
    let is_checked = |event: &Event| event.target_dyn_into::<HtmlInputElement>().is_some_and(|field| field.checked());
    let set_breaking = {
        let room = room.clone();
        Callback::from(move |event: Event| room.set(Classroom { breaking: is_checked(&event), ..(*room).clone() }))
    };
    let set_presents = {
        let presents = presents.clone();
        Callback::from(move |event: Event| presents.set(is_checked(&event)))
    };
    let order = |id: &Rc<str>| room.lessons.iter().position(|known| known == id).map(|at| at + 1);
    html! {
        <details class="teacher">
            <summary>{ words.text("teach-title") }</summary>
            <p class="meta ink2">{ words.text("teach-what") }</p>
            <fieldset><legend>{ words.text("teach-lessons") }</legend>
                <div class="choose thin">{ for view.parts.iter().flat_map(|part| &part.lessons).filter(|lesson| lesson.entry.is_built).map(|lesson| {
                    let entry = &lesson.entry;
                    html! {
                        <label key={&*entry.id}><input type="checkbox" checked={order(&entry.id).is_some()} onchange={toggle(entry.id.clone())} />
                            <span>{ &*entry.number }{ " " }{ &*entry.title }</span><b>{ order(&entry.id) }</b></label>
                    }
                }) }</div>
            </fieldset>
            <label class="field"><span>{ words.text("teach-language") }</span>
                <select onchange={set_lang}>{ for Lang::ALL.map(|it| html! { <option value={it.tag()} lang={it.tag()} selected={it.tag() == *lang}>{ if it == Lang::Ko { "한국어" } else { "English" } }</option> }) }</select></label>
            <label class="field"><span>{ words.text("editor-auto") }</span>
                <select onchange={set_auto}>
                    <option value="" selected={room.auto_apply.is_none()}>{ words.text("teach-as-lesson") }</option>
                    <option value="on">{ words.text("yes") }</option>
                    <option value="off">{ words.text("no") }</option>
                </select></label>
            <label class="check-field"><input type="checkbox" checked={room.breaking} onchange={set_breaking} /><span>{ words.text("teach-break") }</span></label>
            <label class="check-field"><input type="checkbox" checked={*presents} onchange={set_presents} /><span>{ words.text("teach-present") }</span></label>
            <div class="row"><input class="m" readonly=true value={(*link).clone()} aria-label={words.text("teach-link")} /><CopyText text={(*link).clone()} /></div>
        </details>
    }
}
