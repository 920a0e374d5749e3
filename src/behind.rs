//! Parts of the page that the first note, or the first question, does not need. On a phone their code comes behind it, while
//! somebody reads ([`crate::rest`]); on an office's page it is there from the start.

use std::thread::LocalKey;

use leptos::prelude::*;

use crate::i18n::{form, t};

/// What draws some parts of the page, once it is there.
pub type Place<F> = ArcRwSignal<Option<F>>;
pub type Slot<F> = LocalKey<Place<F>>;

thread_local! {
    /// It did not come when it was last asked for.
    static IS_LATE: ArcRwSignal<bool> = ArcRwSignal::new(false);
}

/// A place for what draws them.
pub fn slot<F: Send + Sync + 'static>() -> Place<F> {
    ArcRwSignal::new(None)
}

/// Puts it there.
pub fn put<F: Send + Sync>(slot: &'static Slot<F>, draw: F) {
    slot.with(|slot| slot.set(Some(draw)));
}

/// Says whether it had to be asked for again.
#[cfg(not(feature = "desk"))]
pub fn set_late(late: bool) {
    IS_LATE.with(|is_late| is_late.set(late));
}

/// A part, as `draw` has it drawn; until it can be, that it is coming.
pub fn part<F: Copy + Send + Sync + 'static>(
    slot: &'static Slot<F>,
    draw: impl Fn(F) -> AnyView + Send + 'static,
) -> AnyView {
    or(slot, draw, coming)
}

/// A part that shows only once something happened: nothing until it can be drawn.
pub fn quiet_part<F: Copy + Send + Sync + 'static>(
    slot: &'static Slot<F>,
    draw: impl Fn(F) -> AnyView + Send + 'static,
) -> AnyView {
    or(slot, draw, || ().into_any())
}

fn or<F: Copy + Send + Sync + 'static>(
    slot: &'static Slot<F>,
    draw: impl Fn(F) -> AnyView + Send + 'static,
    until: fn() -> AnyView,
) -> AnyView {
    let slot = slot.with(ArcRwSignal::clone);
    let drawn = move || slot.get().map_or_else(until, &draw);
    drawn.into_any()
}

fn coming() -> AnyView {
    let is_late = IS_LATE.with(ArcRwSignal::clone);
    let words = move || {
        t(if is_late.get() {
            form::LATE
        } else {
            form::COMING
        })
    };
    view! { <p class="quiet" role="status">{words}</p> }.into_any()
}
