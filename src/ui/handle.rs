//! The door between components and the one session.

use drydock::session::{Effect, Msg, Session};
use drydock::words::{Lang, Words};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// A frame never moves time by more than this, so that a tab that was hidden does not leap.
const FRAME_MS_MAX: f64 = 250.0;

/// After a message, frames go on notifying for this long: the session may be waiting for a pause
/// in the typing.
const LINGER_MS: f64 = 2_000.0;

/// Something that wants to know, and the number by which it can leave.
type Subscribers<T> = RefCell<Vec<(u32, Rc<T>)>>;

struct Inner {
    session: RefCell<Session>,
    words: [Words; 2],
    on_change: Subscribers<dyn Fn(&Session)>,
    on_effect: Subscribers<dyn Fn(&Effect)>,
    next: Cell<u32>,
    /// Something other than time has happened since the last frame.
    touched: Cell<bool>,
    /// The picture stands still although the world goes on.
    frozen: Cell<bool>,
    /// Until when frames notify although time stands still, in the browser's milliseconds.
    lively_until: Cell<f64>,
    last_frame: Cell<Option<f64>>,
    frame: RefCell<Option<AnimationFrame>>,
}

/// The session's handle. It always equals itself, so a context that holds it never notifies.
#[derive(Clone)]
pub struct Handle(Rc<Inner>);

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Handle {
    /// A handle to `session`; time stands still until [`Handle::drive`].
    pub fn new(session: Session) -> Self {
        Self(Rc::new(Inner {
            session: RefCell::new(session),
            words: [Words::new(Lang::En), Words::new(Lang::Ko)],
            on_change: RefCell::default(),
            on_effect: RefCell::default(),
            next: Cell::default(),
            touched: Cell::default(),
            frozen: Cell::default(),
            lively_until: Cell::default(),
            last_frame: Cell::default(),
            frame: RefCell::default(),
        }))
    }

    /// Hands a message to the session. Who subscribed hears of it in the next frame.
    pub fn send(&self, msg: Msg) {
        self.0.touched.set(true);
        let effects = self.0.session.borrow_mut().update(msg);
        self.tell(&effects);
    }

    /// Looks at the session.
    pub fn read<T>(&self, look: impl FnOnce(&Session) -> T) -> T {
        look(&self.0.session.borrow())
    }

    /// Follows a link that the terminal shows: `term:pod`.
    pub fn follow(&self, uri: &str) {
        if let Some(term) = uri.strip_prefix("term:") {
            self.send(Msg::LookUp(term.into()));
        }
    }

    /// The words of the learner's language.
    pub fn words(&self) -> Words {
        let [en, ko] = &self.0.words;
        match self.read(|session| session.lang) {
            Lang::En => en.clone(),
            Lang::Ko => ko.clone(),
        }
    }

    /// Calls `hear` with the session after each frame in which something may have changed, until
    /// the subscription is dropped. `hear` must not send.
    pub fn on_change(&self, hear: impl Fn(&Session) + 'static) -> Subscription {
        let id = self.next_id();
        self.0.on_change.borrow_mut().push((id, Rc::new(hear)));
        Subscription { handle: self.clone(), id }
    }

    /// Calls `hear` with each effect, at once, until the subscription is dropped.
    pub fn on_effect(&self, hear: impl Fn(&Effect) + 'static) -> Subscription {
        let id = self.next_id();
        self.0.on_effect.borrow_mut().push((id, Rc::new(hear)));
        Subscription { handle: self.clone(), id }
    }

    /// Lets time pass: one frame asks for the next until the returned driver is dropped. A hidden
    /// tab gets no frames from the browser, so its world stands still.
    pub fn drive(&self) -> Driver {
        self.ask_for_frame();
        Driver(self.clone())
    }

    fn ask_for_frame(&self) {
        let handle = self.clone();
        let frame = request_animation_frame(move |now| handle.frame(now));
        self.0.frame.replace(Some(frame));
    }

    fn frame(&self, now: f64) {
        let inner = &self.0;
        let elapsed = inner.last_frame.replace(Some(now)).map_or(0.0, |last| (now - last).clamp(0.0, FRAME_MS_MAX));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped just above")]
        let elapsed_ms = elapsed.round() as u32;
        // Fractions of a millisecond are not lost: the next frame counts from where this one did.
        inner.last_frame.set(Some(now - (elapsed - f64::from(elapsed_ms))));
        let effects = inner.session.borrow_mut().update(Msg::Frame { elapsed_ms });
        // Where a lesson begins with time standing still, its first frame has the first check.
        if elapsed_ms == 0 || inner.touched.replace(false) || !effects.is_empty() {
            inner.touched.set(false);
            inner.lively_until.set(now + LINGER_MS);
        }
        self.tell(&effects);
        if now < inner.lively_until.get() || self.read(|session| session.playing) {
            self.notify();
        }
        self.ask_for_frame();
    }

    /// Holds the picture, or lets it catch up with the world.
    pub fn freeze(&self, frozen: bool) {
        self.0.frozen.set(frozen);
        self.0.touched.set(true);
    }

    fn notify(&self) {
        if self.0.frozen.get() {
            return;
        }
        // Cloned, because who hears may subscribe or leave.
        let hearers = self.0.on_change.borrow().clone();
        let session = self.0.session.borrow();
        for (_, hear) in hearers {
            hear(&session);
        }
    }

    fn tell(&self, effects: &[Effect]) {
        if effects.is_empty() {
            return;
        }
        let hearers = self.0.on_effect.borrow().clone();
        for effect in effects {
            for (_, hear) in &hearers {
                hear(effect);
            }
        }
    }

    fn next_id(&self) -> u32 {
        let id = self.0.next.get();
        self.0.next.set(id.wrapping_add(1));
        id
    }
}

/// Ends when dropped.
#[must_use]
pub struct Subscription {
    handle: Handle,
    id: u32,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let inner = &self.handle.0;
        inner.on_change.borrow_mut().retain(|(id, _)| *id != self.id);
        inner.on_effect.borrow_mut().retain(|(id, _)| *id != self.id);
    }
}

/// Keeps time passing; when it is dropped, the next frame is cancelled.
#[must_use]
pub struct Driver(Handle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.0.frame.replace(None);
    }
}

/// The session's handle, from the context.
///
/// # Panics
/// Outside `App`, which is a mistake in the program.
#[hook]
pub fn use_handle() -> Handle {
    #[expect(clippy::expect_used, reason = "the application provides it at its root")]
    use_context::<Handle>().expect("every component is below App")
}

/// Reads one view and renders again when, and only when, it changes.
#[hook]
pub fn use_view<V: PartialEq + Clone + 'static>(select: fn(&Session) -> V) -> V {
    let handle = use_handle();
    let shown = use_mut_ref(|| None::<V>);
    let render = use_force_update();
    {
        let (handle, shown) = (handle.clone(), shown.clone());
        use_effect_with((), move |()| {
            let subscription = handle.on_change(move |session| {
                let view = select(session);
                if shown.borrow().as_ref() != Some(&view) {
                    shown.replace(Some(view));
                    render.force_update();
                }
            });
            move || drop(subscription)
        });
    }
    // Between the first rendering and the subscription nothing can be missed: the next frame compares.
    shown.borrow_mut().get_or_insert_with(|| handle.read(select)).clone()
}

/// The same for a view in which time is told to the second or not at all. It is computed again when
/// something has happened, or when another second has begun: while nothing does, a frame costs nothing.
#[hook]
pub fn use_slow_view<V: PartialEq + Clone + 'static>(select: fn(&Session) -> V) -> V {
    use_paced_view(select, 1000)
}

/// The same for a view in which time is told to so many milliseconds.
#[hook]
pub fn use_paced_view<V: PartialEq + Clone + 'static>(select: fn(&Session) -> V, pace_ms: u64) -> V {
    let handle = use_handle();
    let shown = use_mut_ref(|| None::<V>);
    let render = use_force_update();
    {
        let (handle, shown) = (handle.clone(), shown.clone());
        use_effect_with((), move |()| {
            let known = Cell::new(None);
            let subscription = handle.on_change(move |session| {
                let stamp = Some((session.stamp(), session.world().now().as_millis() / pace_ms));
                if known.replace(stamp) == stamp {
                    return;
                }
                let view = select(session);
                if shown.borrow().as_ref() != Some(&view) {
                    shown.replace(Some(view));
                    render.force_update();
                }
            });
            move || drop(subscription)
        });
    }
    shown.borrow_mut().get_or_insert_with(|| handle.read(select)).clone()
}

/// The words of the learner's language; renders again when they choose another.
#[hook]
pub fn use_words() -> Words {
    use_view(|session| session.lang);
    use_handle().words()
}
