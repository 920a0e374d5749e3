//! The office's word that it has what was shown, read from its screen.

use leptos::prelude::*;
use vigie_protocol::{Failure, File, TakeReceipts, TakenReceipts};

use super::reader::Reader;
use crate::{
    client,
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    i18n::{count, images, t},
    pages::problems::Missing,
    route::Route,
};

#[component]
pub fn Confirmation() -> impl IntoView {
    let reading = RwSignal::new(false);
    let taken = RwSignal::new(None::<TakenReceipts>);
    let failed = RwSignal::new(None::<Failure>);
    let begin = move |_| {
        taken.set(None);
        reading.set(true);
    };
    let read = move |file: File| {
        reading.set(false);
        let bytes = file.bytes;
        client::act(TakeReceipts { bytes }, failed, move |came| {
            taken.try_set(Some(came));
        });
    };
    let outcome = move || {
        let (tone, strong, text) = match taken.get()? {
            TakenReceipts::NotReceipts => (
                Tone::Plain,
                t(images::NO_CONFIRMATION).to_owned(),
                images::NO_CONFIRMATION_MORE,
            ),
            TakenReceipts::ForOthers => (
                Tone::Plain,
                t(images::FOR_OTHERS).to_owned(),
                images::FOR_OTHERS_MORE,
            ),
            TakenReceipts::Taken { entries: 0 } => (
                Tone::Safe,
                t(images::CONFIRMED_BEFORE).to_owned(),
                images::CONFIRMED_MORE,
            ),
            TakenReceipts::Taken { entries } => (
                Tone::Safe,
                count(entries, images::N_CONFIRMED),
                images::CONFIRMED_MORE,
            ),
        };
        Some(view! { <Notice tone strong text=t(text).to_owned()/> })
    };
    view! {
        <Frame tab=Tab::Sending title=t(images::CONFIRMATION).to_owned() back=Some(Route::Sending)>
            <Missing failed/>
            <div class="codes__outcome" role="status">{outcome}</div>
            {move || match reading.get() {
                true => view! { <Reader on_file=read on_stop=move |()| reading.set(false)/> }.into_any(),
                false => view! {
                    <p>{t(images::CONFIRMATION_HOW)}</p>
                    <button type="button" class="button button--main button--wide" on:click=begin>{icon(lu::LuScanQrCode)}{t(images::READ)}</button>
                }
                .into_any(),
            }}
        </Frame>
    }
    .into_any()
}
