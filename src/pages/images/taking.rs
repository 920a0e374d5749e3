//! What another device gives without a network, by its screen or a file: the office's word that it has what was shown, or what
//! somebody else sends, to be carried.

use leptos::{ev, html, prelude::*, task::spawn_local};
use vigie_model::MissionId;
use vigie_protocol::{
    Failure, File, ListMissions, MissionInfo, TAKEN_BYTES, TakeCarried, TakenBundles, TakenCarried,
    TakenReceipts,
};

use super::reader::Reader;
use crate::{
    client::{self, Turn},
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    file, format,
    i18n::{count, fill, images, t},
    pages::problems::Missing,
    route::Route,
};

/// Bundles, as one says what became of them.
fn bundles(taken: TakenBundles) -> AnyView {
    let (tone, strong, text) = match taken {
        TakenBundles { new: 1.., .. } => (
            Tone::Safe,
            count(taken.new, images::N_TAKEN),
            t(images::N_TAKEN_MORE),
        ),
        TakenBundles { known: 1.., .. } => (
            Tone::Safe,
            t(images::TAKEN_BEFORE).to_owned(),
            t(images::TAKEN_BEFORE_MORE),
        ),
        _ => (Tone::Plain, t(images::NOT_TAKEN).to_owned(), ""),
    };
    let some = |n: usize, key| (n > 0).then(|| view! { <p>{count(n, key)}</p> });
    view! {
        <Notice tone strong text=text.to_owned()>
            {some(taken.entries, images::N_OF_TEAM)}
            {some(taken.unread, images::N_UNREAD)}
            {some(taken.refused, images::N_REFUSED)}
            {some(taken.too_many, images::N_TOO_MANY)}
        </Notice>
    }
    .into_any()
}

/// Receipts, as one says what was not known before.
fn receipts(taken: TakenReceipts) -> AnyView {
    let of = [
        (taken.entries, images::N_CONFIRMED),
        (taken.carried, images::N_CARRIED_CONFIRMED),
        (taken.also, images::N_ALSO_CONFIRMED),
    ];
    let new = of.into_iter().filter(|(n, _)| *n > 0);
    let mut says = new.map(|(n, key)| count(n, key));
    let strong = says
        .next()
        .unwrap_or_else(|| t(images::CONFIRMED_BEFORE).to_owned());
    let more: Vec<_> = says.map(|says| view! { <p>{says}</p> }).collect();
    let text = t(images::CONFIRMED_MORE).to_owned();
    view! { <Notice tone=Tone::Safe strong text>{more}</Notice> }.into_any()
}

fn outcome(taken: TakenCarried) -> AnyView {
    let (strong, text) = match taken {
        TakenCarried::Bundles(taken) => return bundles(taken),
        TakenCarried::Received(taken) => return receipts(taken),
        TakenCarried::Nothing => (images::NOTHING_TAKEN, images::NOTHING_TAKEN_MORE),
        TakenCarried::NoMission => (images::NO_MISSION, images::NO_MISSION_MORE),
        TakenCarried::ForOthers => (images::FOR_OTHERS, images::FOR_OTHERS_MORE),
    };
    view! { <Notice tone=Tone::Plain strong=t(strong).to_owned() text=t(text).to_owned()/> }
        .into_any()
}

/// Which mission somebody else's bundles are for, where there are several and a bundle alone does not say it.
fn which(missions: Vec<MissionInfo>, chosen: RwSignal<Option<MissionId>>) -> Option<AnyView> {
    let choose = move |event: ev::Event| chosen.set(event_target_value(&event).parse().ok());
    let options = missions.iter().map(|mission| {
        let id = mission.id.to_string();
        let is_chosen = chosen.get_untracked() == Some(mission.id);
        view! { <option value=id selected=is_chosen>{mission.name.clone()}</option> }
    });
    (missions.len() > 1).then(|| {
        view! {
            <label class="field">
                <span class="field__label">{t(images::TAKE_FOR)}</span>
                <select class="input" on:change=choose>{options.collect_view()}</select>
            </label>
        }
        .into_any()
    })
}

#[component]
pub fn Taking() -> impl IntoView {
    let reading = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let taken = RwSignal::new(None::<TakenCarried>);
    let too_heavy = RwSignal::new(false);
    let failed = RwSignal::new(None::<Failure>);
    let missions = RwSignal::new(Vec::<MissionInfo>::new());
    let mission = RwSignal::new(None::<MissionId>);
    Turn::new().show(ListMissions, failed, move |mut list| {
        list.retain(|mission| !mission.trial && !mission.pending && !mission.revoked);
        let current = list.iter().find(|mission| mission.current);
        mission.set(current.or(list.first()).map(|mission| mission.id));
        missions.set(list);
    });
    let forget = move || {
        taken.set(None);
        too_heavy.set(false);
        failed.set(None);
    };
    let take = move |bytes: Vec<u8>| {
        let mission = mission.try_get_untracked().flatten();
        let question = TakeCarried { mission, bytes };
        client::act_busy(question, busy, failed, move |came| {
            taken.try_set(Some(came));
        });
    };
    let begin = move |_| {
        forget();
        reading.set(true);
    };
    let read = move |file: File| {
        reading.set(false);
        take(file.bytes);
    };
    let field = NodeRef::<html::Input>::new();
    let picked = move |_: ev::Event| {
        forget();
        let Some(field) = field.get_untracked() else {
            return;
        };
        let chosen = field.files().and_then(|files| files.get(0));
        // The same file may be chosen again.
        let clear = move || field.set_value("");
        let Some(chosen) = chosen else {
            return;
        };
        if chosen.size() > TAKEN_BYTES as f64 {
            too_heavy.set(true);
            clear();
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let bytes = file::read(&chosen).await;
            clear();
            busy.try_set(false);
            match bytes {
                Some(bytes) => take(bytes),
                None => drop(failed.try_set(Some(Failure::Unreadable))),
            }
        });
    };
    let says = move || {
        let heavy = too_heavy.get().then(|| {
            let text = fill(
                images::TOO_HEAVY_MORE,
                &[("limit", &format::size(TAKEN_BYTES))],
            );
            view! { <Notice tone=Tone::Plain strong=t(images::TOO_HEAVY).to_owned() text/> }
                .into_any()
        });
        let working = busy
            .get()
            .then(|| view! { <p>{t(images::TAKING)}</p> }.into_any());
        working.or(heavy).or_else(|| taken.get().map(outcome))
    };
    view! {
        <Frame tab=Tab::Sending title=t(images::TAKE).to_owned() back=Some(Route::Sending)>
            <Missing failed/>
            <div class="codes__outcome" role="status">{says}</div>
            {move || match reading.get() {
                true => view! { <Reader on_file=read on_stop=move |()| reading.set(false)/> }.into_any(),
                false => view! {
                    <p>{t(images::TAKE_HOW)}</p>
                    <p class="quiet">{t(images::TAKE_CARRIES)}</p>
                    {move || which(missions.get(), mission)}
                    <button type="button" class="button button--main button--wide" disabled=busy on:click=begin>{icon(lu::LuScanQrCode)}{t(images::READ)}</button>
                    <label class="button button--wide">
                        {icon(lu::LuPaperclip)}{t(images::TAKE_FILE)}
                        <input class="visually-hidden" type="file" disabled=busy node_ref=field on:change=picked/>
                    </label>
                }
                .into_any(),
            }}
        </Frame>
    }
    .into_any()
}
