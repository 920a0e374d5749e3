//! A draft thrown away: for ten seconds it can be had back; until then it is where it was, but out of sight.

use std::time::Duration;

use leptos::prelude::*;
use vigie_model::RecordId;
use vigie_protocol::DropDraft;

use crate::{
    client,
    components::icon::{icon, lu},
    i18n::{form, t},
    state::{State, use_state},
};

const UNDO: Duration = Duration::from_secs(10);

/// Takes a draft out of sight, and away once nobody wanted it back.
pub fn drop_draft(state: State, rec: RecordId) {
    let before = state.dropping.get_untracked();
    if let Some(before) = before.filter(|before| *before != rec) {
        client::tell(DropDraft { rec: before });
    }
    state.dropping.set(Some(rec));
    set_timeout(
        move || {
            if state.dropping.get_untracked() == Some(rec) {
                client::tell(DropDraft { rec });
                state.dropping.set(None);
            }
        },
        UNDO,
    );
}

#[component]
pub fn Dropped() -> impl IntoView {
    let state = use_state();
    let undo = move |_| state.dropping.set(None);
    view! {
        <div role="status">
            {move || state.dropping.read().is_some().then(|| view! {
                <div class="toast">
                    <span>{t(form::DROPPED)}</span>
                    <button type="button" class="button button--plain" on:click=undo>{icon(lu::LuUndo2)}{t(form::UNDO_DROP)}</button>
                </div>
            })}
        </div>
    }
}
