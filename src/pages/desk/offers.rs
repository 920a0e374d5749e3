//! Missions that other offices open to this one, and the calling card by which they can.

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::{
    AnswerOffer, CallingCardView, Failure, GetCallingCard, ListOffered, OfferedMission,
};
use wasm_bindgen_futures::JsFuture;

use crate::{
    client::{self, Turn},
    components::{
        dialog::{Dialog, Holds},
        icon::{icon, lu},
    },
    i18n::{count, desk, fill, t},
};

#[component]
pub fn Offers(
    failure: RwSignal<Option<Failure>>,
    /// A mission was taken: the list has one more.
    #[prop(into)]
    on_taken: Callback<()>,
) -> impl IntoView {
    let offers = RwSignal::new(Vec::<OfferedMission>::new());
    Turn::new().show(ListOffered, failure, move |list| offers.set(list));
    let answer = Callback::new(move |request: AnswerOffer| {
        client::act(request, failure, move |list| {
            offers.set(list);
            on_taken.run(());
        });
    });
    let list = move || {
        let offers = offers.get().into_iter();
        offers.map(|one| offer(one, answer)).collect_view()
    };
    view! { <Show when=move || !offers.read().is_empty()><ul class="cards">{list}</ul></Show> }
}

fn offer(offered: OfferedMission, answer: Callback<AnswerOffer>) -> impl IntoView {
    let OfferedMission {
        mission,
        name,
        lead,
        fingerprint,
        people,
    } = offered;
    let says = fill(desk::OFFERED, &[("lead", &lead), ("name", &name)]);
    let print = fill(desk::READER_PRINT, &[("print", &fingerprint)]);
    let act = move |accept: bool| move |_| answer.run(AnswerOffer { mission, accept });
    view! {
        <li class="card">
            <h2>{says}</h2>
            <p class="quiet">{count(people, desk::N_PEOPLE)} " · " {print}</p>
            <p>{t(desk::OFFERED_MORE)}</p>
            <div class="row">
                <button type="button" class="button" on:click=act(false)>{t(desk::OFFER_REFUSE)}</button>
                <button type="button" class="button button--main" on:click=act(true)>{t(desk::OFFER_TAKE)}</button>
            </div>
        </li>
    }
}

/// What another office needs to open a mission to this one.
#[component]
pub fn CallingCard(failure: RwSignal<Option<Failure>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let card = RwSignal::new(None::<CallingCardView>);
    let show = move |_| {
        client::act(GetCallingCard, failure, move |found| {
            card.set(Some(found));
            open.set(true);
        });
    };
    let copied = RwSignal::new(false);
    let copy = move |text: String| {
        let written = window().navigator().clipboard().write_text(&text);
        spawn_local(async move { copied.set(JsFuture::from(written).await.is_ok()) });
    };
    let body = move || {
        card.get().map(|CallingCardView { text, fingerprint }| {
            let print = fill(desk::READER_PRINT, &[("print", &fingerprint)]);
            let line = text.clone();
            view! {
                <textarea class="input input--few" id="own-calling-card" rows="5" readonly aria-label=t(desk::CALLING_CARD) prop:value=text></textarea>
                <p class="quiet">{print}</p>
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| open.set(false)>{t(desk::CALLING_CARD_DONE)}</button>
                    <button type="button" class="button button--main" on:click=move |_| copy(line.clone())>
                        {move || t(if copied.get() { desk::INVITE_COPIED } else { desk::CALLING_CARD_COPY })}
                    </button>
                </div>
            }
        })
    };
    view! {
        <button type="button" class="button" aria-haspopup="dialog" on:click=show>{icon(lu::LuIdCard)}{t(desk::CALLING_CARD)}</button>
        <Dialog open says=t(desk::CALLING_CARD).to_owned() holds=Holds::Form>
            <div class="stack">
                <h2>{t(desk::CALLING_CARD)}</h2>
                <p class="quiet">{t(desk::CALLING_CARD_WHY)}</p>
                {body}
            </div>
        </Dialog>
    }
}
