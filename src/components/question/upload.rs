//! A file: a sound, a picture, a document. The browser asks the phone's own recorder or camera where there is one.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::Parts;
use crate::{
    components::icon::{icon, lu},
    i18n::{fill, form, t},
};

/// The largest file, in bytes: one sealed row.
pub const LIMIT: f64 = 8.0 * 1024.0 * 1024.0;

pub fn upload(parts: Parts) -> AnyView {
    let node = parts.node;
    let value = parts.value();
    let accept = node
        .read_untracked()
        .parameters
        .get("mediatype")
        .cloned()
        .unwrap_or_default();
    let too_large = RwSignal::new(false);
    let (choosing, removing) = (parts.clone(), parts.clone());
    let choose = move |event: ev::Event| {
        let file = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            .and_then(|input| input.files())
            .and_then(|files| files.get(0));
        if let Some(file) = file {
            too_large.set(file.size() > LIMIT);
            if file.size() <= LIMIT {
                choosing
                    .answering
                    .on_file
                    .run((choosing.path.clone(), file));
            }
        }
    };
    view! {
        <Show when=move || !value.read().is_empty()>
            <p class="attached">
                {icon(lu::LuPaperclip)}<span>{move || fill(form::ATTACHED, &[("name", &value.read())])}</span>
                <button type="button" class="button button--plain button--small" on:click={
                    let removing = removing.clone();
                    move |_| removing.answer(String::new())
                }>{t(form::REMOVE_FILE)}</button>
            </p>
        </Show>
        <input class="input input--file" type="file" id=parts.id.clone() accept=accept aria-describedby=parts.describes() aria-invalid=parts.invalid_word() on:change=choose/>
        <p class="quiet">{t(form::FILE_LIMIT)}</p>
        <p class="field__error" role="alert" hidden=move || !too_large.get()>{t(form::FILE_TOO_LARGE)}</p>
    }
    .into_any()
}
