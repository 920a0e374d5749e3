//! The offices that read a mission: opened to another one by its calling card, and closed again.

use leptos::{ev, prelude::*};
use vigie_protocol::{CloseMissionTo, OpenMissionTo, ReaderView};

use super::here::Here;
use crate::{
    client,
    components::{
        confirm::Confirm,
        dialog::{Dialog, Holds},
        icon::{icon, lu},
    },
    i18n::{desk, fill, t},
};

#[component]
pub fn Readers(here: Here) -> impl IntoView {
    let opening = RwSignal::new(false);
    let close = Callback::new(move |office: String| {
        let mission = here.mission;
        client::act(
            CloseMissionTo { mission, office },
            here.failure,
            move |list| here.find(list),
        );
    });
    let may_open = move || here.is_open() && here.is_ours();
    view! {
        <Open here opening/>
        <section class="card">
            <h2>{t(desk::READERS)}</h2>
            {move || here.found.get().map(|one| {
                let ours = one.lead.is_none();
                if one.readers.is_empty() {
                    return view! { <p class="quiet">{t(desk::READERS_ALONE)}</p> }.into_any();
                }
                let rows = one.readers.into_iter().enumerate();
                let rows = rows.map(|(at, reader)| row(reader, ours && at > 0, close)).collect_view();
                view! {
                    <ul class="stack">{rows}</ul>
                    <p class="quiet">{t(desk::READERS_MORE)}</p>
                }.into_any()
            })}
            <Show when=may_open>
                <p><button type="button" class="button" aria-haspopup="dialog" on:click=move |_| opening.set(true)>{icon(lu::LuUsers)}{t(desk::READER_OPEN)}</button></p>
            </Show>
        </section>
    }
}

fn row(reader: ReaderView, may_close: bool, close: Callback<String>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let question = fill(desk::READER_CLOSE_ASK, &[("name", &reader.name)]);
    let print = fill(desk::READER_PRINT, &[("print", &reader.fingerprint)]);
    let (name, office) = (reader.name.clone(), reader.office);
    view! {
        <li>
            <strong>{reader.name}</strong>
            <p class="quiet">{print}</p>
            {may_close.then(|| view! {
                <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>
                    {icon(lu::LuX)}<span class="visually-hidden">{name}" "</span>{t(desk::READER_CLOSE)}
                </button>
                <Confirm open=asking danger=true question act=t(desk::READER_CLOSE) on_yes=move |()| close.run(office.clone())/>
            })}
        </li>
    }
}

#[component]
fn Open(here: Here, opening: RwSignal<bool>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let open = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let request = OpenMissionTo {
            mission: here.mission,
            calling_card: text.get_untracked(),
        };
        opening.set(false);
        client::act_busy(request, busy, here.failure, move |list| {
            here.find(list);
            text.set(String::new());
        });
    };
    view! {
        <Dialog open=opening says=t(desk::READER_OPEN).to_owned() holds=Holds::Form>
            <form class="stack" autocomplete="off" on:submit=open>
                <h2>{t(desk::READER_OPEN)}</h2>
                <p class="quiet">{t(desk::READER_OPEN_WHY)}</p>
                <div class="field">
                    <label for="calling-card">{t(desk::READER_CARD)}</label>
                    <textarea class="input input--few" id="calling-card" rows="4" required spellcheck="false" aria-describedby="calling-card-hint" bind:value=text></textarea>
                    <p class="field__hint" id="calling-card-hint">{t(desk::READER_CARD_HINT)}</p>
                </div>
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| opening.set(false)>{t(desk::CANCEL)}</button>
                    <button class="button button--main" disabled=move || busy.get()>{t(desk::READER_GO)}</button>
                </div>
            </form>
        </Dialog>
    }
}
