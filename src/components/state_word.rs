//! The state of an entry: always an icon, a word and a colour.

use leptos::prelude::*;
use vigie_protocol::EntryState;

use super::icon::{icon, lu};
use crate::i18n::{Key, common, t};

/// What is shown of a state: its class, icon and word.
pub fn signs(state: EntryState) -> (&'static str, icondata_core::Icon, Key) {
    match state {
        EntryState::Draft => ("state state--draft", lu::LuPencil, common::STATE_DRAFT),
        EntryState::Here => ("state state--here", lu::LuSmartphone, common::STATE_HERE),
        EntryState::Going => ("state state--going", lu::LuArrowUp, common::STATE_GOING),
        EntryState::Stored => ("state state--sent", lu::LuCloud, common::STATE_STORED),
        EntryState::Received => (
            "state state--received",
            lu::LuCheckCheck,
            common::STATE_RECEIVED,
        ),
        EntryState::Refused => (
            "state state--failed",
            lu::LuTriangleAlert,
            common::STATE_REFUSED,
        ),
        EntryState::Team => ("state state--team", lu::LuUsers, common::STATE_TEAM),
    }
}

pub fn state_word(state: EntryState) -> AnyView {
    let (class, sign, word) = signs(state);
    view! { <span class=class>{icon(sign)}{t(word)}</span> }.into_any()
}

/// Two people wrote two things.
pub fn conflict_word() -> AnyView {
    view! { <span class="state state--conflict">{icon(lu::LuSplit)}{t(common::STATE_CONFLICT)}</span> }.into_any()
}
