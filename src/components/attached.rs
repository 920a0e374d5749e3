//! A file of an entry, seen and heard where it stands: a picture small, and large when it is tapped.

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::{Failure, File};

use super::{
    dialog::{Dialog, Holds},
    icon::{icon, lu},
    question::Shown,
};
use crate::{
    file,
    i18n::{fill, note, t},
};

/// `name`: as it was given; `read`: brings it.
pub fn attached(
    name: String,
    read: impl Future<Output = Result<File, Failure>> + 'static,
) -> AnyView {
    let shown = Shown::nothing();
    let missing = RwSignal::new(false);
    let tell = shown.on_read();
    spawn_local(async move {
        match read.await {
            Ok(file) => drop(tell.try_run((file.mime, file.bytes))),
            Err(_) => drop(missing.try_set(true)),
        }
    });
    let (large, natural) = (RwSignal::new(false), RwSignal::new(false));
    let name = StoredValue::new(name);
    let save = move |_| {
        let is_offered = shown
            .get_untracked()
            .is_some_and(|(_, url)| file::offer(&url, &name.get_value()).is_ok());
        missing.set(!is_offered);
    };
    let seen = move |(mime, url): (String, String)| {
        let (says, url_large) = (name.get_value(), url.clone());
        match mime.split('/').next() {
            Some("image") => view! {
                <button type="button" class="thumbnail" aria-label=fill(note::SEE_LARGE, &[("name", &says)]) on:click=move |_| large.set(true)>
                    <img src=url alt=""/>
                </button>
                <Dialog open=large says=says holds=Holds::Picture>
                    <button type="button" class="button large__close" on:click=move |_| large.set(false)>{icon(lu::LuX)}{t(note::CLOSE)}</button>
                    <img class="large__picture" class:large__picture--natural=natural src=url_large.clone() alt=name.get_value() on:click=move |_| natural.update(|on| *on = !*on)/>
                </Dialog>
            }.into_any(),
            Some("audio") => view! { <audio class="preview" controls=true src=url aria-label=says></audio> }.into_any(),
            Some("video") => view! { <video class="preview" controls=true src=url aria-label=says></video> }.into_any(),
            _ => ().into_any(),
        }
    };
    view! {
        {move || shown.get().map(seen)}
        {move || missing.get().then(|| view! { <p class="quiet">{t(note::FILE_MISSING)}</p> })}
        <span class="print-only">{name.get_value()}</span>
        <button type="button" class="button button--plain button--small no-print" on:click=save>{icon(lu::LuPaperclip)}{name.get_value()}</button>
    }
    .into_any()
}
