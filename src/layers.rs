//! What stands over a page (a menu, a question, a list, a picture), and the step back that closes it.
//!
//! Whatever opens stands once more in the browser's history, so that the step back (a phone's own button) closes it, one thing
//! at a time, and the page stays. What is closed otherwise gives its place in the history back; a browser takes such a step a
//! little later, and whoever goes somewhere waits until then ([`alone`]).

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    time::Duration,
};

use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

use crate::preview;

/// A browser that took a step without a word has taken it by then.
const TAKEN: Duration = Duration::from_millis(700);

#[derive(Clone)]
struct Layer {
    id: u32,
    back: Rc<dyn Fn()>,
    /// The step back is its own, and it stays.
    stays: bool,
}

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
    static OPEN: RefCell<Vec<Layer>> = const { RefCell::new(Vec::new()) };
    /// The address that they stand over.
    static ADDRESS: RefCell<String> = const { RefCell::new(String::new()) };
    /// The step back of our own that the browser has not taken yet.
    static TAKING: Cell<Option<u32>> = const { Cell::new(None) };
    static WAITING: RefCell<VecDeque<Box<dyn FnOnce()>>> = const { RefCell::new(VecDeque::new()) };
}

fn next() -> u32 {
    NEXT.replace(NEXT.get() + 1)
}

fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Listens to the steps back, for the life of the page.
pub fn follow() {
    let heard = window_event_listener(ev::popstate, move |_| {
        if TAKING.take().is_some() {
            // Not while a step is heard of: to go somewhere is one more, of which a browser may tell at once.
            queue_microtask(go_on);
        } else if ADDRESS.with_borrow(|over| *over != address()) {
            // Elsewhere: what stood over the page went with it.
            OPEN.take();
        } else {
            step_back();
        }
    });
    on_cleanup(move || heard.remove());
}

fn step_back() {
    let top = OPEN.with_borrow_mut(|open| match open.last() {
        Some(top) if top.stays => Some(top.clone()),
        _ => open.pop(),
    });
    if let Some(top) = top {
        if top.stays {
            push();
        }
        queue_microtask(move || (top.back)());
    }
}

/// Does it once the browser has taken all steps of our own.
pub fn when_still(act: impl FnOnce() + 'static) {
    if TAKING.get().is_none() {
        act();
    } else {
        WAITING.with_borrow_mut(|waiting| waiting.push_back(Box::new(act)));
    }
}

fn go_on() {
    while TAKING.get().is_none()
        && let Some(act) = WAITING.with_borrow_mut(VecDeque::pop_front)
    {
        act();
    }
}

fn push() {
    if let Ok(history) = window().history() {
        drop(history.push_state_with_url(&JsValue::NULL, "", None));
    }
}

/// Steps back ourselves, over the places of so many.
fn take(steps: usize) {
    let Ok(history) = window().history() else {
        return;
    };
    let id = next();
    TAKING.set(Some(id));
    drop(history.go_with_delta(-i32::try_from(steps).unwrap_or(1)));
    set_timeout(
        move || {
            if TAKING.get() == Some(id) {
                TAKING.set(None);
                go_on();
            }
        },
        TAKEN,
    );
}

fn stand(layer: Layer) {
    when_still(move || {
        ADDRESS.set(address());
        push();
        OPEN.with_borrow_mut(|open| open.push(layer));
    });
}

/// It is closed, or gone, without a step back: its place is given back, and that of all that stands over it.
fn fall(id: u32) {
    when_still(move || {
        let fallen = OPEN.with_borrow_mut(|open| {
            let at = open.iter().position(|layer| layer.id == id)?;
            Some(open.split_off(at))
        });
        if let Some(fallen) = fallen {
            take(fallen.len());
            for over in fallen.iter().skip(1) {
                (over.back)();
            }
        }
    });
}

/// What is shown while `open` is true stands over the page: the step back makes it false.
pub fn over(open: RwSignal<bool>) {
    if preview::asker().is_some() {
        return;
    }
    let id = next();
    Effect::new(move |was: Option<bool>| {
        let now = open.get();
        if now && was != Some(true) {
            let back = Rc::new(move || {
                open.try_set(false);
            });
            stand(Layer {
                id,
                back,
                stays: false,
            });
        } else if !now && was == Some(true) {
            fall(id);
        }
        now
    });
    on_cleanup(move || fall(id));
}

/// While this part of the page lives, a step back does that instead.
pub fn instead(back: impl Fn() + 'static) {
    if preview::asker().is_some() {
        return;
    }
    let id = next();
    stand(Layer {
        id,
        back: Rc::new(back),
        stays: true,
    });
    on_cleanup(move || fall(id));
}

/// Whether something stands over the page.
pub fn is_open() -> bool {
    OPEN.with_borrow(|open| open.iter().any(|layer| !layer.stays))
}

/// Goes somewhere, once nothing stands over the page any more.
pub fn alone(go: impl FnOnce() + 'static) {
    when_still(move || {
        let open = OPEN.take();
        if open.is_empty() {
            return go();
        }
        take(open.len());
        WAITING.with_borrow_mut(|waiting| waiting.push_front(Box::new(go)));
        for layer in open.iter().filter(|layer| !layer.stays) {
            (layer.back)();
        }
    });
}
