//! Reception: what the server holds and what files bring, each with its verdict.

use leptos::{prelude::*, task::spawn_local};
use vigie_model::{BundleId, QuarantineReason, Warning};
use vigie_protocol::{
    ChosenFile, Failure, Fetch, File, GetServerRoom, GetStorage, GiveReceipts, ImportFiles,
    InboxItem, ListInbox, ServerRoom, SetAside, VerdictView,
};
use web_sys::FileList;

use crate::{
    client::{self, Turn},
    components::{
        confirm::Confirm,
        field::{Field, Kind},
        frame::Heading,
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    file, format,
    i18n::{count, desk, fill, images, t},
    pages::{
        desk::{
            drop::Drop,
            failed::{Failed, LongTask},
            looking::Looking,
        },
        images::{Moving, Reader},
        storage::unreadable,
    },
    state::use_state,
};

/// Puts a bundle out of the way with its reason, or, without one, back.
type SettingAside = Callback<(BundleId, Option<String>)>;

#[component]
pub fn Inbox() -> impl IntoView {
    let state = use_state();
    let items = RwSignal::new(None::<Vec<InboxItem>>);
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);

    // When the server was asked and had nothing.
    let nothing = RwSignal::new(None::<i64>);
    let show = move |came: Result<Vec<InboxItem>, Failure>| {
        match came {
            Ok(list) => {
                let same = items
                    .try_read_untracked()
                    .is_some_and(|known| known.as_ref() == Some(&list));
                nothing.try_set(same.then(format::now));
                items.try_set(Some(list));
            }
            Err(what) => drop(failure.try_set(Some(what))),
        }
        state.progress.set(None);
        // What the rail counts, too.
        state.changes.update(|changes| *changes += 1);
        busy.try_set(false);
    };
    // A server of before says nothing of it, and one that can't be reached has its own message.
    let room = RwSignal::new(None::<ServerRoom>);
    let asking_room = Turn::new();
    let fetch = move || {
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            show(client::ask(Fetch).await);
            if let Some(Ok(told)) = asking_room.ask(GetServerRoom).await {
                room.try_set(Some(told));
            }
        });
    };
    // What came before is shown at once; then the server is asked, without waiting for a button.
    let known = Turn::new().ask(ListInbox);
    spawn_local(async move {
        match known.await {
            Some(Ok(list)) => items.set(Some(list)),
            Some(Err(what)) => failure.set(Some(what)),
            None => return,
        }
        fetch();
    });

    let set_aside = Callback::new(move |(bundle, reason): (BundleId, Option<String>)| {
        failure.set(None);
        spawn_local(async move { show(client::ask(SetAside { bundle, reason }).await) });
    });

    let damaged = RwSignal::new(Vec::<String>::new());
    Turn::new().show(GetStorage, failure, move |view| damaged.set(view.damaged));

    let import = move |files: FileList| {
        spawn_local(async move {
            let files = file::read_all(&files).await;
            if !files.is_empty() {
                busy.set(true);
                failure.set(None);
                show(client::ask(ImportFiles { files }).await);
            }
        });
    };
    let reading = RwSignal::new(false);
    // What was read by the camera, and which the devices that wrote it may hear of in the same way.
    let read = RwSignal::new(Vec::<BundleId>::new());
    let begin_reading = move |_| {
        read.set(Vec::new());
        reading.update(|reading| *reading = !*reading);
    };
    let take = move |given: File| {
        reading.set(false);
        busy.set(true);
        failure.set(None);
        let begun = format::now();
        let files = vec![ChosenFile {
            name: given.name,
            bytes: given.bytes,
        }];
        spawn_local(async move {
            let came = client::ask(ImportFiles { files }).await;
            if let Ok(list) = &came {
                let new = list.iter().filter(|item| item.imported >= begun);
                let had =
                    new.filter(|item| !matches!(item.verdict, VerdictView::Quarantined { .. }));
                read.try_set(had.map(|item| item.bundle).collect());
            }
            show(came);
        });
    };

    view! {
        <header>
            <Heading text=t(desk::INBOX).to_owned()/>
            <button class="button button--main" disabled=move || busy.get() on:click=move |_| fetch()>
                {icon(lu::LuInbox)}
                {move || t(if busy.get() { desk::FETCHING } else { desk::FETCH })}
            </button>
        </header>
        <div class="work__body">
            <Failed failure/>
            <LongTask/>
            {move || unreadable(&damaged.read(), desk::DAMAGED_MORE)}
            <p class="quiet" role="status">{move || nothing.get().map(|at| fill(desk::NOTHING_NEW, &[("time", &format::time(at))]))}</p>
            <Drop says=t(desk::DROP) act=t(desk::CHOOSE_FILES) accept=".age,.tar" on_files=import>
                <button type="button" class="button" aria-pressed=move || reading.get().to_string() on:click=begin_reading>{icon(lu::LuScanQrCode)}{t(images::READ)}</button>
            </Drop>
            {move || reading.get().then(|| view! { <Reader on_file=take on_stop=move |()| reading.set(false)/> })}
            {move || (!read.read().is_empty()).then(|| view! { <Received bundles=read.get()/> })}
            {move || items.get().map(|list| {
                let (aside, there): (Vec<_>, Vec<_>) = list.into_iter().partition(|item| item.aside.is_some());
                let there = if there.is_empty() {
                    view! { <p class="empty">{t(desk::INBOX_EMPTY)}</p> }.into_any()
                } else {
                    table(there, set_aside).into_any()
                };
                let says = count(aside.len(), desk::N_ASIDE);
                let aside = (!aside.is_empty()).then(|| view! {
                    <details class="folded">
                        <summary>{says}</summary>
                        {table(aside, set_aside)}
                    </details>
                });
                view! { {there}{aside} }
            })}
            {move || room.get().map(server_room)}
        </div>
    }
}

/// What the server keeps, and for how long: nothing is kept for ever without being said.
fn server_room(room: ServerRoom) -> impl IntoView {
    let ServerRoom {
        bytes,
        quota,
        keep_days,
        gone,
    } = room;
    let size = format::size(bytes);
    let keeps = match quota {
        Some(quota) => fill(
            desk::SERVER_KEEPS_OF,
            &[("size", &size), ("quota", &format::size(quota))],
        ),
        None => fill(desk::SERVER_KEEPS, &[("size", &size)]),
    };
    let stays = match keep_days {
        Some(days) => count(days as usize, desk::SERVER_DAYS),
        None => t(desk::SERVER_FOR_EVER).to_owned(),
    };
    let is_nearly_full = quota.is_some_and(|quota| bytes >= quota / 10 * 9);
    let nearly_full = is_nearly_full.then(|| {
        let (strong, text) = (
            t(desk::SERVER_NEARLY_FULL).to_owned(),
            t(desk::SERVER_NEARLY_FULL_MORE).to_owned(),
        );
        view! { <Notice tone=Tone::Loss strong text/> }
    });
    let gone = (gone > 0).then(|| {
        let says = count(gone as usize, desk::SERVER_GONE);
        view! { <Notice tone=Tone::Plain strong=says/> }
    });
    view! {
        {gone}
        {nearly_full}
        <p class="quiet">{keeps}" "{stays}</p>
    }
}

/// The office's word for a phone that stands here: shown to its camera.
#[component]
fn Received(bundles: Vec<BundleId>) -> impl IntoView {
    let file = RwSignal::new(None::<File>);
    let failed = RwSignal::new(None::<Failure>);
    let n = bundles.len();
    let begin = Callback::new(move |()| {
        let bundles = bundles.clone();
        client::act(GiveReceipts { bundles }, failed, move |given| {
            file.try_set(Some(given));
        });
    });
    view! {
        <Failed failure=failed/>
        {move || match file.get() {
            Some(given) => view! {
                <Moving bytes=given.bytes says=t(images::CODES) on_stop=move |()| file.set(None)/>
            }
            .into_any(),
            None => view! {
                <Notice tone=Tone::Safe strong=count(n, images::N_READ) text=t(images::CONFIRM_HOW).to_owned()>
                    <button type="button" class="button" on:click=move |_| begin.run(())>{icon(lu::LuQrCode)}{t(images::CONFIRM)}</button>
                </Notice>
            }
            .into_any(),
        }}
    }
    .into_any()
}

fn table(list: Vec<InboxItem>, set_aside: SettingAside) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::INBOX)>
            <table class="table table--inbox table--stack">
                <thead>
                    <tr>
                        <th scope="col">{t(desk::COL_RECEIVED)}</th>
                        <th scope="col">{t(desk::COL_FROM)}</th>
                        <th scope="col">{t(desk::COL_MISSION)}</th>
                        <th scope="col" class="num">{t(desk::COL_SIZE)}</th>
                        <th scope="col">{t(desk::COL_VERDICT)}</th>
                        <th scope="col"><span class="visually-hidden">{t(desk::COL_ACTS)}</span></th>
                    </tr>
                </thead>
                <tbody>{list.into_iter().map(|item| row(item, set_aside)).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(item: InboxItem, set_aside: SettingAside) -> impl IntoView {
    let from = if item.from.is_empty() {
        t(desk::UNKNOWN_DEVICE).to_owned()
    } else {
        item.from.clone()
    };
    let by_file = (!item.name.is_empty()).then(|| format!("{} · {}", t(desk::BY_FILE), item.name));
    let reason = item.aside.as_ref().map(|aside| {
        let date = format::date_time(aside.at);
        fill(
            desk::ASIDE_ON,
            &[("date", &date), ("reason", &aside.reason)],
        )
    });
    view! {
        <tr>
            <td>{format::date_time(item.imported)}</td>
            <td class="table__from">{from} " " <span class="quiet">{by_file}</span></td>
            <td title=item.mission.clone()>{item.mission.clone()}</td>
            <td class="num">{format::size(item.size)}</td>
            <td class="table__wrap table__says">{verdict(&item.verdict)}{reason.map(|reason| view! { <p class="quiet">{reason}</p> })}</td>
            <td class="table__acts">{act(&item, set_aside)}</td>
        </tr>
    }
}

/// What can be done with a bundle: its entries seen, or, of one in quarantine, put out of the way or back.
fn act(item: &InboxItem, set_aside: SettingAside) -> Option<AnyView> {
    let bundle = item.bundle;
    let back = item.aside.is_some();
    match item.verdict {
        VerdictView::Accepted { .. } => {
            let of_bundle = Looking {
                bundle: bundle.to_string(),
                ..Looking::default()
            };
            let href = of_bundle.entries(None).href();
            Some(view! { <a class="button button--plain" href=href>{t(desk::BUNDLE_ENTRIES)}</a> }.into_any())
        }
        VerdictView::AlreadyThere => None,
        VerdictView::Quarantined { .. } if back => Some(
            view! {
                <button type="button" class="button button--plain" on:click=move |_| set_aside.run((bundle, None))>{t(desk::ASIDE_BACK)}</button>
            }
            .into_any(),
        ),
        VerdictView::Quarantined { .. } => {
            let asking = RwSignal::new(false);
            let reason = RwSignal::new(String::new());
            let answered = Signal::derive(move || !reason.read().trim().is_empty());
            let yes = move |()| set_aside.run((bundle, Some(reason.get_untracked())));
            Some(view! {
                <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>{icon(lu::LuArchive)}{t(desk::ASIDE)}</button>
                <Confirm open=asking question=t(desk::ASIDE_ASK) act=t(desk::ASIDE) answered missing=t(desk::WHY_ASKED) on_yes=yes>
                    <Field id="aside-reason" kind=Kind::Text label=t(desk::ERASE_REASON) value=reason on_input=move |text| reason.set(text)/>
                </Confirm>
            }
            .into_any())
        }
    }
}

fn verdict(verdict: &VerdictView) -> impl IntoView + use<> {
    let (class, shape, word, more) = match verdict {
        VerdictView::Accepted {
            new,
            known,
            warnings,
            ..
        } => {
            let mut more = vec![count(*new, desk::N_NEW)];
            more.extend((*known > 0).then(|| count(*known, desk::N_KNOWN)));
            more.extend(warnings.iter().map(warning_words));
            (
                "state state--received",
                lu::LuCheckCheck,
                desk::VERDICT_ACCEPTED,
                more.join(" · "),
            )
        }
        VerdictView::AlreadyThere => (
            "state state--sent",
            lu::LuCheckCheck,
            desk::VERDICT_ALREADY,
            String::new(),
        ),
        VerdictView::Quarantined { reason } => (
            "state state--failed",
            lu::LuTriangleAlert,
            desk::VERDICT_QUARANTINED,
            reason_words(*reason).to_owned(),
        ),
    };
    view! {
        <span class=class>{icon(shape)}{t(word)}</span>
        " "
        <span class="quiet">{more}</span>
    }
}

fn reason_words(reason: QuarantineReason) -> &'static str {
    t(match reason {
        QuarantineReason::NotSealed => desk::REASON_NOT_SEALED,
        QuarantineReason::NotForUs => desk::REASON_NOT_FOR_US,
        QuarantineReason::Damaged => desk::REASON_DAMAGED,
        QuarantineReason::TooLarge => desk::REASON_TOO_LARGE,
        QuarantineReason::Malformed => desk::REASON_MALFORMED,
        QuarantineReason::BadSignature => desk::REASON_BAD_SIGNATURE,
        QuarantineReason::UnknownDevice => desk::REASON_UNKNOWN_DEVICE,
        QuarantineReason::WrongMission => desk::REASON_WRONG_MISSION,
        QuarantineReason::BeyondLink => desk::REASON_BEYOND_LINK,
        QuarantineReason::Disagrees => desk::REASON_DISAGREES,
        QuarantineReason::Newer => desk::REASON_NEWER,
        QuarantineReason::Revoked => desk::REASON_REVOKED,
        QuarantineReason::Missing => desk::REASON_MISSING,
    })
}

fn warning_words(warning: &Warning) -> String {
    t(match warning {
        Warning::Gap { .. } => desk::WARNING_GAP,
        Warning::Fork { .. } => desk::WARNING_FORK,
    })
    .to_owned()
}
