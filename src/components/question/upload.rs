//! A file: a sound, a picture, a document. The browser asks the phone's own recorder or camera where there is one.
//!
//! A camera writes into a photo where, when and by which phone it was taken. So a picture is drawn anew before it is kept,
//! and one that can't be is refused; unless the form asks for the file as it is (`original`), and then the page says so.

use leptos::{ev, prelude::*};
use vigie_forms::{Camera, NodeView};
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use super::{FileComing, Parts, media::Shown, picture};
use crate::{
    components::icon::{icon, lu},
    format,
    i18n::{Key, fill, form, t},
};

/// The largest file, in bytes: one sealed row.
pub const LIMIT: f64 = 8.0 * 1024.0 * 1024.0;

/// The longer side of a photo, in pixels, where the form says nothing: as large as every phone's canvas.
const LONGEST: f64 = 4096.0;
/// The same, of a photo that is too large for a sealed row even so.
const SHORTER: f64 = 3000.0;

/// The field that takes a file; what is too large is said, and changes nothing.
pub fn chooser(parts: &Parts, on_choose: Callback<FileComing>) -> AnyView {
    let node = parts.node.read_untracked();
    let accept = node.parameters.files.clone();
    // The camera at once, where the form wants a new picture.
    let capture = node.appearance.camera.map(|camera| match camera {
        Camera::Back => "environment",
        Camera::Front => "user",
    });
    let longest = node.parameters.max_pixels.map(f64::from);
    let is_picture = accept.as_deref().is_some_and(is_image);
    let as_it_is = node.appearance.original;
    let trouble = RwSignal::new(None::<Key>);
    // What the chosen file weighs, as it is kept.
    let weight = RwSignal::new(None::<f64>);
    let choose = move |event: ev::Event| {
        let file = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            .and_then(|input| input.files())
            .and_then(|files| files.get(0));
        let Some(file) = file else { return };
        on_choose.run(Box::pin(async move {
            let file = if !as_it_is && (is_picture || is_image(&file.type_())) {
                match drawn(&file, longest).await {
                    Some(picture) => picture,
                    None => {
                        trouble.try_set(Some(form::PHOTO_UNREADABLE));
                        return None;
                    }
                }
            } else {
                file
            };
            let fits = file.size() <= LIMIT;
            trouble.try_set((!fits).then_some(form::FILE_TOO_LARGE));
            weight.try_set(fits.then(|| file.size()));
            fits.then_some(file)
        }));
    };
    // A phone's camera has a way of its own, unless it is the only one; a computer's file dialog is the same either way.
    let camera = (is_picture && capture.is_none()).then(|| {
        view! {
            <label class="button take-photo">
                {icon(lu::LuCamera)}{t(form::TAKE_PHOTO)}
                <input class="visually-hidden" type="file" accept="image/*" capture="environment" on:change=choose/>
            </label>
        }
    });
    let word = if is_picture && capture.is_some() {
        form::TAKE_PHOTO
    } else {
        form::CHOOSE_FILE
    };
    let weighs = move || {
        let weight = weight.get()?;
        Some(fill(
            form::FILE_WEIGHS,
            &[("size", &format::size(weight as u64))],
        ))
    };
    view! {
        <div class="buttons">
            {camera}
            <label class="button">
                {icon(lu::LuPaperclip)}{t(word)}
                <input class="visually-hidden" type="file" id=parts.id.clone() accept=accept capture=capture aria-describedby=parts.describes()
                    aria-invalid=parts.invalid_word() on:change=choose/>
            </label>
        </div>
        <p class="quiet" role="status">{weighs}</p>
        <p class="quiet">{t(form::FILE_LIMIT)}{(is_picture && !as_it_is).then(|| [" ", t(form::PHOTO_CLEANED)].concat())}</p>
        {as_it_is.then(|| view! { <p class="quiet">{icon(lu::LuTriangleAlert)}" "{t(form::PHOTO_AS_IT_IS)}</p> })}
        <p class="field__error" role="alert" hidden=move || trouble.read().is_none()>{move || trouble.get().map(t)}</p>
    }
    .into_any()
}

fn is_image(mime: &str) -> bool {
    mime.starts_with("image/")
}

/// The picture drawn anew: nothing of the file but what it shows.
async fn drawn(file: &File, longest: Option<f64>) -> Option<File> {
    let picture = picture::drawn(file, longest.unwrap_or(LONGEST)).await?;
    if picture.size() <= LIMIT {
        return Some(picture);
    }
    picture::drawn(&picture, SHORTER).await
}

/// The file that answers, as it changes.
pub fn shown_file(parts: &Parts) -> Shown {
    let shown = Shown::nothing();
    let (value, path, on_read) = (parts.value(), parts.path.clone(), parts.answering.on_read);
    let value = Memo::new(move |_| value.get());
    Effect::new(move |_| {
        shown.let_go();
        if !value.read().is_empty() {
            on_read.run((path.clone(), shown.on_read()));
        }
    });
    shown
}

fn preview(node: &NodeView, (mime, url): (String, String)) -> AnyView {
    let says = node.value.clone();
    match mime.split('/').next() {
        Some("image") => view! { <img class="preview" src=url alt=says/> }.into_any(),
        Some("audio") => {
            view! { <audio class="preview" controls=true src=url aria-label=says></audio> }
                .into_any()
        }
        Some("video") => {
            view! { <video class="preview" controls=true src=url aria-label=says></video> }
                .into_any()
        }
        _ => ().into_any(),
    }
}

pub fn upload(parts: Parts) -> AnyView {
    let node = parts.node;
    let value = parts.value();
    let (choosing, removing) = (parts.clone(), parts.clone());
    let shown = shown_file(&parts);
    let choose = Callback::new(move |coming| {
        choosing
            .answering
            .on_file
            .run((choosing.path.clone(), coming));
    });
    let remove = StoredValue::new(removing);
    view! {
        {move || shown.get().map(|file| preview(&node.read_untracked(), file))}
        <Show when=move || !value.read().is_empty()>
            <p class="attached">
                {icon(lu::LuPaperclip)}<span>{move || fill(form::ATTACHED, &[("name", &value.read())])}</span>
                <button type="button" class="button button--plain button--small" on:click=move |_| remove.with_value(|parts| parts.answer(String::new()))>
                    {t(form::REMOVE_FILE)}
                </button>
            </p>
        </Show>
        {chooser(&parts, choose)}
    }
    .into_any()
}
