//! The versions of one entry.

use leptos::{prelude::*, task::spawn_local};
use vigie_backend::protocol::{Answer, Failure, Request, Version};

use super::problems::Missing;
use crate::{
    client,
    components::{
        frame::{Frame, Tab},
        versions::versions,
    },
    i18n::{note, t},
    route::Route,
};

#[component]
pub fn HistoryPage(kind: String, rec: String) -> impl IntoView {
    let known = RwSignal::new(Vec::<Version>::new());
    let failed = RwSignal::new(None::<Failure>);
    spawn_local(async move {
        match client::ask(Request::History { rec }).await {
            Ok(Answer::History(versions)) => drop(known.try_set(versions)),
            Ok(_) => {}
            Err(failure) => drop(failed.try_set(Some(failure))),
        }
    });
    view! {
        <Frame tab=Tab::Carnet title=t(note::HISTORY).to_owned() back=Some(Route::Carnet) actions=None under=None over=None foot=None>
            <Missing failed/>
            <p class="quiet">{t(note::HISTORY_MORE)}</p>
            <ul class="stack">{move || versions(&kind, &known.read())}</ul>
        </Frame>
    }
    .into_any()
}
