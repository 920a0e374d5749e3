//! The versions of one entry.

use leptos::prelude::*;
use vigie_model::{Kind, RecordId};
use vigie_protocol::{Failure, ListVersions, Version};

use super::problems::Missing;
use crate::{
    client::Turn,
    components::{
        frame::{Frame, Tab},
        versions::versions,
    },
    i18n::{note, t},
    route::Route,
};

#[component]
pub fn HistoryPage(kind: Kind, rec: RecordId) -> impl IntoView {
    let known = RwSignal::new(Vec::<Version>::new());
    let failed = RwSignal::new(None::<Failure>);
    Turn::new().show(ListVersions { rec }, failed, move |versions| {
        known.set(versions)
    });
    view! {
        <Frame tab=Tab::Carnet title=t(note::HISTORY).to_owned() back=Some(Route::Carnet)>
            <Missing failed/>
            <p class="quiet">{t(note::HISTORY_MORE)}</p>
            <ul class="stack">{move || versions(kind.as_str(), &known.read())}</ul>
        </Frame>
    }
    .into_any()
}
