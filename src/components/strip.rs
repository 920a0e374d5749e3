//! The strip: where one's data is, in one line. It leads to the exchange.

use leptos::prelude::*;
use vigie_backend::protocol::{Counts, EntryState};

use super::{
    icon::{icon, lu},
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
            (
                counts.refused,
                EntryState::Refused,
                common::N_REFUSED_ONE,
                common::N_REFUSED_MANY,
            ),
            (
                counts.here,
                EntryState::Here,
                common::N_HERE_ONE,
                common::N_HERE_MANY,
            ),
            (
                counts.going,
                EntryState::Going,
                common::N_GOING_ONE,
                common::N_GOING_MANY,
            ),
            (
                counts.stored,
                EntryState::Stored,
                common::N_STORED_ONE,
                common::N_STORED_MANY,
            ),
            (
                counts.received,
                EntryState::Received,
                common::N_RECEIVED_ONE,
                common::N_RECEIVED_MANY,
            ),
        ];
        let shown: Vec<AnyView> = kinds
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, state, one, many)| {
                let (class, sign, _) = signs(state);
                view! { <span class=class>{icon(sign)}{count(n, one, many)}</span> }.into_any()
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
            {icon(lu::LuChevronRight)}
        </a>
    }
    .into_any()
}
