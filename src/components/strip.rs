//! The strip: where one's data is, in one line. It leads to the exchange.

use leptos::prelude::*;
use vigie_protocol::{Counts, EntryState};

use super::{
    icon::{arrow_on, icon},
    state_word::signs,
};
use crate::{
    i18n::{carnet, common, count, t},
    route::Route,
};

/// Only what there is; an empty notebook says so.
#[component]
pub fn Strip(#[prop(into)] counts: Signal<Counts>) -> impl IntoView {
    let parts = move || {
        let counts = counts.get();
        let kinds = [
            (counts.refused, EntryState::Refused, common::N_REFUSED),
            (counts.here, EntryState::Here, common::N_HERE),
            (counts.going, EntryState::Going, common::N_GOING),
            (counts.stored, EntryState::Stored, common::N_STORED),
            (counts.received, EntryState::Received, common::N_RECEIVED),
            (counts.team, EntryState::Team, common::N_TEAM),
        ];
        let shown: Vec<AnyView> = kinds
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, state, words)| {
                let (class, sign, _) = signs(state);
                view! { <span class=class>{icon(sign)}{count(n, words)}</span> }.into_any()
            })
            .collect();
        if shown.is_empty() {
            view! { <span class="quiet">{t(carnet::STRIP_EMPTY)}</span> }.into_any()
        } else {
            shown.into_any()
        }
    };
    view! {
        <a class="strip" href=Route::Sending.href()>
            <span class="visually-hidden">{t(carnet::STRIP)}</span>
            {parts}
            {arrow_on()}
        </a>
    }
    .into_any()
}
