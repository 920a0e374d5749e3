//! Everything readable on this device as one file, for the person who wrote it.

use leptos::prelude::*;
use vigie_protocol::{ExportAll, Failure};

use super::problems::Missing;
use crate::{
    client,
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    file,
    i18n::{envoi, fill, more, t},
    route::Route,
};

#[component]
pub fn Export() -> impl IntoView {
    let failed = RwSignal::new(None::<Failure>);
    let saved = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let export = move |_| {
        client::act_busy(ExportAll, busy, failed, move |made| {
            if file::save(&made) {
                saved.try_set(Some(made.name));
            }
        });
    };
    view! {
        <Frame tab=Tab::More title=t(more::EXPORT).to_owned() back=Some(Route::More)>
            <p>{t(more::EXPORT_WHAT)}</p>
            <Notice tone=Tone::Here strong=t(more::EXPORT_CLEAR).to_owned() text=t(more::EXPORT_CLEAR_MORE).to_owned()/>
            <Missing failed/>
            <button type="button" class="button button--main button--wide" disabled=busy on:click=export>{icon(lu::LuDownload)}{t(more::EXPORT_NOW)}</button>
            <p class="quiet" role="status">{move || saved.get().map(|name| fill(envoi::FILE_SAVED, &[("name", &name)]))}</p>
        </Frame>
    }
    .into_any()
}
