//! Files in the page: the one that answers, and those that the form shows with its texts.

use leptos::prelude::*;
use vigie_forms::{Media, media::file_name};

use super::{Answering, FileRead};
use crate::{
    file,
    i18n::{form, t},
};

/// A file as the page shows it: its type, and its address here, let go of when it is shown no more.
#[derive(Clone, Copy)]
pub struct Shown(RwSignal<Option<(String, String)>>);

impl Shown {
    pub fn nothing() -> Shown {
        let shown = Shown(RwSignal::new(None));
        on_cleanup(move || shown.let_go());
        shown
    }

    pub fn get(self) -> Option<(String, String)> {
        self.0.get()
    }

    pub fn get_untracked(self) -> Option<(String, String)> {
        self.0.get_untracked()
    }

    pub fn let_go(self) {
        if let Some((_, url)) = self.0.try_update(Option::take).flatten() {
            file::let_go(&url);
        }
    }

    /// Shows what is read, in the place of what was shown.
    pub fn on_read(self) -> Callback<FileRead> {
        Callback::new(move |(mime, bytes): FileRead| {
            self.let_go();
            if let Some(url) = file::address(&mime, &bytes) {
                self.0.set(Some((mime, url)));
            }
        })
    }
}

/// A file that the form shows, by the name that its text says; nothing until it is here.
fn shown(answering: Answering, said: &str) -> Shown {
    let shown = Shown::nothing();
    answering
        .on_media
        .run((file_name(said).to_owned(), shown.on_read()));
    shown
}

/// The picture that stands with a text. With a larger one, a button shows that.
pub fn picture(answering: Answering, media: &Media, text: &str) -> AnyView {
    let Some(small) = &media.image else {
        return ().into_any();
    };
    // Beside words a picture is not read out; alone, its file's name is all that can be said.
    let alt = match text.trim() {
        "" => file_name(small).to_owned(),
        _ => String::new(),
    };
    let small = shown(answering, small);
    let alt = StoredValue::new(alt);
    let Some(big) = media.big_image.clone() else {
        return view! { {move || small.get().map(|(_, url)| view! { <img class="medium" src=url alt=alt.get_value()/> })} }
            .into_any();
    };
    let (large, grown) = (Shown::nothing(), RwSignal::new(false));
    let tell = large.on_read();
    let grow = move |_| {
        grown.update(|grown| *grown = !*grown);
        if large.0.read_untracked().is_none() {
            answering.on_media.run((file_name(&big).to_owned(), tell));
        }
    };
    let now = move || {
        let large = grown.get().then(|| large.get()).flatten();
        large.or_else(|| small.get())
    };
    view! {
        <button type="button" class="medium-button" class:medium-button--large=grown aria-label=t(form::LARGER_IMAGE)
            aria-pressed=move || grown.get().to_string() on:click=grow>
            {move || now().map(|(_, url)| view! { <img class="medium" src=url alt=alt.get_value()/> })}
        </button>
    }
    .into_any()
}

/// The sound and the film of a text, to be played.
pub fn played(answering: Answering, media: &Media, says: String) -> AnyView {
    let says = StoredValue::new(says);
    let sound = media.audio.as_deref().map(|said| {
        let sound = shown(answering, said);
        move || {
            let sound = sound.get();
            sound.map(|(_, url)| view! { <audio class="medium" controls=true src=url aria-label=says.get_value()></audio> })
        }
    });
    let film = media.video.as_deref().map(|said| {
        let film = shown(answering, said);
        move || {
            let film = film.get();
            film.map(|(_, url)| view! { <video class="medium" controls=true src=url aria-label=says.get_value()></video> })
        }
    });
    view! { {sound}{film} }.into_any()
}
