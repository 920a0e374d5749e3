//! Everything readable on this device as one file, for the person who wrote it.

use leptos::{prelude::*, task::spawn_local};
use vigie_backend::protocol::{Answer, Failure, Request};

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
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            match client::ask_with(Request::ExportAll, None).await {
                Ok((Answer::File { name, mime }, Some(bytes)))
                    if file::save(&name, &mime, &bytes) =>
                {
                    drop(saved.try_set(Some(name)))
                }
                Ok(_) => {}
                Err(failure) => drop(failed.try_set(Some(failure))),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Frame tab=Tab::More title=t(more::EXPORT).to_owned() back=Some(Route::More) actions=None under=None foot=None over=None>
            <p>{t(more::EXPORT_WHAT)}</p>
            <Notice tone=Tone::Here strong=t(more::EXPORT_CLEAR).to_owned() text=t(more::EXPORT_CLEAR_MORE).to_owned()/>
            <Missing failed/>
            <button type="button" class="button button--main button--wide" disabled=busy on:click=export>{icon(lu::LuDownload)}{t(more::EXPORT_NOW)}</button>
            <p class="quiet" role="status">{move || saved.get().map(|name| fill(envoi::FILE_SAVED, &[("name", &name)]))}</p>
        </Frame>
    }
    .into_any()
}
