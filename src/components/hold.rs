//! A button that acts once it was held for three seconds, by a finger or a key: for what can't be undone and can't wait for a
//! word to be typed. Letting go before does nothing.

use std::{cell::Cell, time::Duration};

use leptos::{ev, leptos_dom::helpers::IntervalHandle, prelude::*};

use super::icon::{icon, lu};
use crate::i18n::{common, count, t};

const SECONDS: usize = 3;

#[component]
pub fn Hold(
    /// What it does.
    #[prop(into)]
    act: String,
    /// It was held.
    #[prop(into)]
    on_held: Callback<()>,
) -> impl IntoView {
    // Seconds still to hold; none: nobody holds.
    let left = RwSignal::new(None::<usize>);
    let let_go = RwSignal::new(false);
    let ticking = StoredValue::new_local(Cell::new(None::<IntervalHandle>));
    let still = move || {
        if let Some(ticking) = ticking.try_with_value(Cell::take).flatten() {
            ticking.clear();
        }
    };
    on_cleanup(still);
    let tick = move || match left.try_get_untracked().flatten() {
        Some(seconds) if seconds > 1 => left.set(Some(seconds - 1)),
        Some(_) => {
            still();
            left.set(None);
            on_held.run(());
        }
        None => still(),
    };
    let begin = move || {
        if left.get_untracked().is_none() {
            let_go.set(false);
            left.set(Some(SECONDS));
            let every_second = set_interval_with_handle(tick, Duration::from_secs(1));
            ticking.with_value(|ticking| ticking.set(every_second.ok()));
        }
    };
    let stop = move || {
        still();
        if left.get_untracked().is_some() {
            left.set(None);
            let_go.set(true);
        }
    };
    let is_key = |event: &ev::KeyboardEvent| matches!(event.key().as_str(), " " | "Enter");
    let pressed = move |event: ev::KeyboardEvent| {
        if is_key(&event) {
            event.prevent_default();
            if !event.repeat() {
                begin();
            }
        }
    };
    let released = move |event: ev::KeyboardEvent| {
        if is_key(&event) {
            stop();
        }
    };
    let touched = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            begin();
        }
    };
    let said = move || match left.get() {
        Some(seconds) => count(seconds, common::N_HOLD_ON),
        None if let_go.get() => t(common::LET_GO).to_owned(),
        None => String::new(),
    };
    view! {
        <button type="button" class="button button--danger button--wide hold" class:hold--held=move || left.get().is_some() aria-describedby="hold-hint"
            on:pointerdown=touched on:pointerup=move |_| stop() on:pointerleave=move |_| stop() on:pointercancel=move |_| stop()
            on:keydown=pressed on:keyup=released on:blur=move |_| stop() on:contextmenu=move |event: ev::MouseEvent| event.prevent_default()>
            {icon(lu::LuTrash2)}<span>{act}</span>
        </button>
        <p class="field__hint" id="hold-hint">{t(common::HOLD_HINT)}</p>
        <p role="status" aria-live="assertive">{said}</p>
    }
    .into_any()
}
