//! What waits for the office, as moving codes: a phone's way without a network, a file or a cable.

use leptos::prelude::*;
use vigie_protocol::{Failure, Pack, Packed, SHOWN_BYTES};

use super::moving::Moving;
use crate::{
    client,
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    format,
    i18n::{count, envoi, fill, images, t},
    pages::problems::Missing,
    route::Route,
};

#[component]
pub fn Showing() -> impl IntoView {
    let packed = RwSignal::new(None::<Packed>);
    let failed = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let begin = move |from: u64| {
        packed.set(None);
        let limit = SHOWN_BYTES;
        client::act_busy(Pack { from, limit }, busy, failed, move |came| {
            packed.try_set(Some(came));
        });
    };
    let before = move || {
        view! {
            <p>{t(images::SHOW_HOW)}</p>
            <p>{t(images::SHOW_SEALED)}</p>
            <Notice tone=Tone::Plain strong=t(images::SHOW_MOVES).to_owned() text=t(images::SHOW_MOVES_MORE).to_owned()/>
            <button type="button" class="button button--main button--wide" disabled=busy on:click=move |_| begin(0)>{icon(lu::LuPlay)}{t(images::BEGIN)}</button>
            <a class="button button--wide" href=Route::Taking.href()>{icon(lu::LuScanQrCode)}{t(images::TAKE)}</a>
        }
    };
    let during = move |came: Packed| {
        let Packed {
            file,
            next,
            too_large,
            held,
        } = came;
        let is_nothing = file.is_none() && too_large == 0 && held == 0;
        view! {
            {is_nothing.then(|| view! { <p role="status">{t(envoi::NOTHING_TO_SAVE)}</p> })}
            {file.map(|file| view! { <Moving bytes=file.bytes says=t(images::CODES) on_stop=move |()| packed.set(None)/> })}
            {next.map(|next| view! {
                <p>{t(images::NEXT_HOW)}</p>
                <button type="button" class="button button--wide" on:click=move |_| begin(next)>{icon(lu::LuChevronRight)}{t(images::NEXT)}</button>
            })}
            {(held > 0).then(|| view! { <p role="status">{count(held, images::N_HELD)}</p> })}
            {(too_large > 0).then(|| view! {
                <Notice tone=Tone::Here strong=count(too_large, images::N_TOO_LARGE) text=fill(images::TOO_LARGE_MORE, &[("limit", &format::size(SHOWN_BYTES))])>
                    <a class="button" href=Route::Sending.href()>{icon(lu::LuDownload)}{t(envoi::SAVE_FILE)}</a>
                </Notice>
            })}
        }
    };
    view! {
        <Frame tab=Tab::Sending title=t(images::SHOW).to_owned() back=Some(Route::Sending)>
            <Missing failed/>
            {move || match packed.get() {
                None => before().into_any(),
                Some(came) => during(came).into_any(),
            }}
        </Frame>
    }
    .into_any()
}
