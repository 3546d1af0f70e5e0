//! The Read pane: the lesson's head, a step's prose, its question, its check, its hints, the way on.

use super::app::RailText;
use super::prose::Prose;
use super::shape::{Plate, icon, plate_big, plate_mark};
use super::{Handle, use_handle, use_view, use_words};
use drydock::session::{Msg, Session};
use drydock::view::read::{self, Check, CheckState, Head, Next, Question, Step, StepMark};
use drydock::words::Words;
use yew::prelude::*;

/// The first column.
#[component]
pub fn ReadPane() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let (head, step, ending) = (use_view(read::head), use_view(read::step), use_view(read::ending));
    let scroll = use_node_ref();
    {
        // A new step is read from its beginning, and by the keyboard too: the button that led here may be gone.
        let (scroll, has_begun) = (scroll.clone(), use_mut_ref(|| false));
        let key = step.as_ref().map(|step| step.id.clone());
        use_effect_with((key, ending.is_some()), move |_| {
            // On a narrow screen the whole pane scrolls.
            if let Some(scroll) = scroll.cast::<web_sys::HtmlElement>() {
                if has_begun.replace(true) && is_free(&scroll) {
                    // What is hidden cannot have the focus, and need not.
                    let _ = scroll.focus();
                }
                scroll.set_scroll_top(0);
                scroll.parent_element().inspect(|pane| pane.set_scroll_top(0));
            }
        });
    }
    {
        // What there is to take along comes into sight when the step is passed, not when it is visited again.
        let (scroll, before) = (scroll.clone(), use_mut_ref(|| None::<std::rc::Rc<str>>));
        let now = step.as_ref().map(|step| (step.id.clone(), step.done.is_some()));
        use_effect_with(now, move |now| {
            let waiting = before.replace(now.as_ref().filter(|(_, is_done)| !is_done).map(|(id, _)| id.clone()));
            let has_passed = now.as_ref().is_some_and(|(id, is_done)| *is_done && waiting.as_ref() == Some(id));
            // Its words are drawn after this.
            let timeout = has_passed.then(|| {
                gloo::timers::callback::Timeout::new(80, move || {
                    let pane = scroll.cast::<web_sys::Element>();
                    let after = pane.and_then(|pane| pane.query_selector(".after").ok().flatten());
                    if let Some(after) = after {
                        after.scroll_into_view_with_bool(false);
                    }
                })
            });
            move || drop(timeout)
        });
    }
    let Some(head) = head else { return html! { <p class="empty">{ words.text("nothing-here") }</p> } };
    html! { <>
        <div class="scroll thin" ref={scroll} tabindex="0" role="region" aria-label={head.title.to_string()}>
            <div class="eyebrow"><p class="no">{ number(&head, &words) }</p>{ steps(&head, &words, Some(&handle)) }</div>
            <h1>{ &*head.title }if !head.other_title.is_empty() { { " " }<span class="alt" lang={words.lang().other().tag()}>{ &*head.other_title }</span> }</h1>
            if let Some(next) = &ending {
                <div class="prose ending">{ plate_big(Plate::Ready, "big") }<h2>{ words.text("lesson-finished") }</h2><p>{ words.text("lesson-finished-more") }</p></div>
                if let Some((id, title)) = next {
                    { next_lesson(id, title, &words, &handle) }
                }
            } else if let Some(step) = &step {
                <div class="prose">
                    if let Some(opening) = &step.opening { <Prose prose={opening.clone()} /> }
                    <h2>{ &*step.title }</h2>
                    <Prose prose={step.body.clone()} />
                    if let Some(question) = &step.question { { asked(question, &words, &handle) } }
                    if let Some(done) = &step.done { <div class="after"><Prose prose={done.clone()} /></div> }
                </div>
                <div class="tasks">
                    <CheckBox check={step.check.clone()} />
                    { hints(step, &words, &handle) }
                </div>
            }
        </div>
        if let Some(step) = &step { { foot(step, ending.is_some(), &words, &handle) } }
    </> }
}

/// Whether the focus is in the Read pane or nowhere, and may be moved.
fn is_free(scroll: &web_sys::HtmlElement) -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    let is_here = |it: &web_sys::Element| scroll.parent_element().is_some_and(|pane| pane.contains(Some(it)));
    active.is_none_or(|it| it.tag_name() == "BODY" || is_here(&it))
}

/// `Part 3, lesson 10`; the tour stands before the parts.
pub fn number(head: &Head, words: &Words) -> String {
    if head.part == 0 {
        return words.say("course-minutes", &[("minutes", head.minutes.into())]);
    }
    let lesson: i64 = head.number.parse().unwrap_or_default();
    words.say("lesson-number", &[("part", head.part.into()), ("lesson", lesson.into())])
}

/// One mark per step. With a handle, a step that was reached can be gone back to.
pub fn steps(head: &Head, words: &Words, handle: Option<&Handle>) -> Html {
    let label = words.say("lesson-steps", &[("step", (head.shown + 1).into()), ("all", head.steps.len().into())]);
    html! {
        <ol class="steps" aria-label={label}>
            { for head.steps.iter().enumerate().map(|(at, mark)| {
                let class = match mark {
                    StepMark::Done => "done",
                    StepMark::Now => "now",
                    StepMark::ToDo => "todo",
                };
                let current = (at == head.shown).then_some("step");
                match handle.filter(|_| *mark != StepMark::ToDo) {
                    Some(handle) => {
                        let handle = handle.clone();
                        let label = words.say("lesson-steps", &[("step", (at + 1).into()), ("all", head.steps.len().into())]);
                        html! { <li {class} aria-current={current}><button type="button" aria-label={label} onclick={move |_| handle.send(Msg::GoToStep(at))} /></li> }
                    }
                    None => html! { <li {class} aria-current={current} /> },
                }
            }) }
        </ol>
    }
}

/// A question, to be answered before the world answers it. Buttons: with radio buttons an arrow key would answer on its
/// way to the next choice.
fn asked(question: &Question, words: &Words, handle: &Handle) -> Html {
    html! {
        <div class="ask" role="group" aria-label={words.text("predict")}>
            { for question.choices.iter().map(|(id, text)| {
                let (handle, chosen) = (handle.clone(), question.chosen.as_ref() == Some(id));
                let value = id.clone();
                html! {
                    <button type="button" class={classes!(chosen.then_some("chosen"))} aria-pressed={chosen.to_string()}
                        disabled={question.chosen.is_some() && !chosen} onclick={move |_| handle.send(Msg::Predict(value.clone()))}>
                        { plate_mark(if chosen { Plate::Starting } else { Plate::Wished }) }<span>{ &**text }</span>
                    </button>
                }
            }) }
        </div>
    }
}

/// Properties of a check.
#[derive(Properties, PartialEq)]
pub struct CheckProps {
    /// The check.
    pub check: Check,
}

/// A check: its state as a shape, what it waits for, and its command lines on request.
#[component]
pub fn CheckBox(props: &CheckProps) -> Html {
    let words = use_words();
    let is_open = use_state(|| false);
    let check = &props.check;
    let toggle = {
        let is_open = is_open.clone();
        Callback::from(move |_| is_open.set(!*is_open))
    };
    html! {
        <div class="check">
            { plate_big(plate_of(check.state), "big") }
            <div>
                <b>{ goal(check, &words) }</b>
                <p>
                    if check.state == CheckState::Waiting { { words.text("check-waiting") }{ " " } }
                    else if !check.more.is_empty() { { &*check.more }{ " " } }
                    <button type="button" class="lk" aria-expanded={is_open.to_string()} onclick={toggle}>{ words.text("check-command") }</button>
                </p>
                if *is_open { { for check.commands.iter().map(|line| html! { <code>{ &**line }</code> }) } }
            </div>
        </div>
    }
}

fn plate_of(state: CheckState) -> Plate {
    match state {
        CheckState::Passed => Plate::Ready,
        CheckState::Waiting => Plate::Starting,
        CheckState::NotYet => Plate::Wished,
    }
}

/// The check's sentence, with how it stands.
pub fn goal(check: &Check, words: &Words) -> String {
    let key = if check.state == CheckState::Passed { "check-passed" } else { "check-not-yet" };
    words.say(key, &[("goal", (&check.goal).into())])
}

/// The check in one line, for where the lesson is not on the screen.
#[component]
pub fn CheckStrip() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let Some(step) = use_view(read::step) else { return Html::default() };
    let passed = step.check.state == CheckState::Passed;
    html! {
        <div class="strip">
            { plate_mark(plate_of(step.check.state)) }
            <span>{ goal(&step.check, &words) }</span>
            if passed { <button type="button" class="btn solid sm" onclick={move |_| handle.send(Msg::NextStep)}>{ words.text("lesson-next") }{ icon("#i-next") }</button> }
        </div>
    }
}

/// The ladder: nudge, place, answer; opened one by one.
fn hints(step: &Step, words: &Words, handle: &Handle) -> Html {
    if step.check.state == CheckState::Passed || step.hints.is_empty() {
        return Html::default();
    }
    let reached = step.hints.iter().take_while(|hint| hint.is_some()).count();
    html! {
        <ol class="hints" aria-label={words.text("hints")}>
            { for step.hints.iter().zip(["hint-nudge", "hint-place", "hint-answer"]).enumerate().map(|(at, (hint, key))| {
                let name = words.text(key);
                let open = {
                    let handle = handle.clone();
                    move |_| handle.send(Msg::OpenHint(at))
                };
                let answer = {
                    let handle = handle.clone();
                    move |_| handle.send(Msg::UseAnswer)
                };
                html! {
                    <li class={classes!(hint.is_some().then_some("open"))}>
                        <span class="n">{ at + 1 }</span><span class="t">{ name }</span>
                        if let Some(hint) = hint {
                            <div class="said"><Prose prose={hint.clone()} />
                                if key == "hint-answer" { <button type="button" class="lk strong" onclick={answer}>{ words.text("hint-apply") }</button> }
                            </div>
                        } else if at == reached {
                            <button type="button" class="lk" onclick={open} aria-label={words.say("hint-open-label", &[("hint", name.into())])}>{ words.text("open") }</button>
                        }
                    </li>
                }
            }) }
        </ol>
    }
}

/// Back, and on: a promise is dashed until it is earned.
fn foot(step: &Step, is_over: bool, words: &Words, handle: &Handle) -> Html {
    let earned = step.check.state == CheckState::Passed;
    let next = match &step.next {
        Next::Step(title) => title.to_string(),
        Next::Finish => words.text("lesson-finish").to_owned(),
    };
    let back = {
        let (handle, shown) = (handle.clone(), is_over);
        Callback::from(move |_| {
            let at = handle.read(|session| read::head(session).map_or(0, |head| head.shown));
            handle.send(Msg::GoToStep(if shown { at } else { at.saturating_sub(1) }));
        })
    };
    let on = {
        let handle = handle.clone();
        Callback::from(move |_| {
            if earned {
                handle.send(Msg::NextStep);
            }
        })
    };
    html! {
        <div class="foot">
            if step.has_previous || is_over {
                <button type="button" class="btn quiet" onclick={back}>{ icon("#i-back") }{ words.text("lesson-previous") }</button>
            }
            <span class="sp" />
            if !is_over {
                <button type="button" class={if earned { "btn solid" } else { "btn wish" }} aria-disabled={(!earned).to_string()} onclick={on}>
                    <span>{ next }</span>{ icon("#i-next") }
                </button>
            }
        </div>
    }
}

fn next_lesson(id: &std::rc::Rc<str>, title: &str, words: &Words, handle: &Handle) -> Html {
    let (id, handle) = (id.clone(), handle.clone());
    let onclick = move |_| handle.send(Msg::OpenLesson(id.clone()));
    html! { <p class="onward"><button type="button" class="btn solid" {onclick}>{ words.say("lesson-next-lesson", &[("lesson", title.into())]) }{ icon("#i-next") }</button></p> }
}

/// What is said when a step has just passed.
pub fn passed(handle: &Handle) -> String {
    handle.read(read::step).map_or_else(String::new, |step| goal(&step.check, &handle.words()))
}

/// What the rail of the folded pane says.
pub fn rail(session: &Session) -> RailText {
    read::head(session).map_or(RailText::Nothing, |head| RailText::Step(head.shown + 1, head.steps.len()))
}

/// The title of the step that is shown.
pub fn step_title(session: &Session) -> Option<std::rc::Rc<str>> {
    read::step(session).map(|step| step.title)
}

/// The page's title.
pub fn page_title(session: &Session) -> String {
    read::head(session).map_or_else(|| "Drydock".to_owned(), |head| [&*head.title, " · Drydock"].concat())
}
