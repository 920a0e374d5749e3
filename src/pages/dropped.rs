//! A draft thrown away: for ten seconds it can be had back; until then it is where it was, but out of sight.

use std::time::Duration;

use leptos::prelude::*;
use vigie_model::RecordId;

use crate::{
    components::icon::{icon, lu},
    format,
    i18n::{form, t},
    state::{Dropping, State, use_state},
};

const UNDO: Duration = Duration::from_secs(10);

/// Takes a draft out of sight, and away once nobody wanted it back.
pub fn drop_draft(state: State, rec: RecordId, is_correction: bool) {
    state.drop_for_good();
    let dropping = Dropping {
        rec,
        is_correction,
        at: format::now(),
    };
    state.dropping.set(Some(dropping));
    set_timeout(
        move || {
            if state.dropping.get_untracked() == Some(dropping) {
                state.drop_for_good();
            }
        },
        UNDO,
    );
}

/// Whoever opens what she threw away wants it back.
pub fn take_back(state: State, rec: RecordId) {
    if state
        .dropping
        .get_untracked()
        .is_some_and(|dropping| dropping.rec == rec)
    {
        state.dropping.set(None);
    }
}

#[component]
pub fn Dropped() -> impl IntoView {
    let state = use_state();
    let undo = move |_| state.dropping.set(None);
    view! {
        <div role="status">
            {move || state.dropping.get().map(|dropping| view! {
                <div class="toast">
                    <span>{t(if dropping.is_correction { form::CORRECTION_DROPPED } else { form::DROPPED })}</span>
                    <button type="button" class="button button--plain" on:click=undo>{icon(lu::LuUndo2)}{t(form::UNDO_DROP)}</button>
                </div>
            })}
        </div>
    }
}
