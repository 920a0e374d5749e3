//! Reception: what the server holds and what files bring, each with its verdict.

use leptos::{prelude::*, task::spawn_local};
use vigie_model::{QuarantineReason, Warning};
use vigie_protocol::{Failure, Fetch, GetStorage, ImportFiles, InboxItem, ListInbox, VerdictView};
use web_sys::FileList;

use crate::{
    client::{self, Turn},
    components::icon::{icon, lu},
    file, format,
    i18n::{count, desk, fill, t},
    pages::{
        desk::{
            drop::Drop,
            failed::{Failed, LongTask},
        },
        storage::unreadable,
    },
    state::use_state,
};

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
        busy.try_set(false);
    };
    let fetch = move || {
        busy.set(true);
        failure.set(None);
        spawn_local(async move { show(client::ask(Fetch).await) });
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

    view! {
        <header>
            <h1>{t(desk::INBOX)}</h1>
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
            <Drop says=t(desk::DROP) act=t(desk::CHOOSE_FILES) accept=".age,.tar" on_files=import/>
            {move || items.get().map(|list| if list.is_empty() {
                view! { <p class="empty">{t(desk::INBOX_EMPTY)}</p> }.into_any()
            } else {
                table(list).into_any()
            })}
        </div>
    }
}

fn table(list: Vec<InboxItem>) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::INBOX)>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{t(desk::COL_RECEIVED)}</th>
                        <th scope="col">{t(desk::COL_FROM)}</th>
                        <th scope="col">{t(desk::COL_MISSION)}</th>
                        <th scope="col" class="num">{t(desk::COL_SIZE)}</th>
                        <th scope="col">{t(desk::COL_VERDICT)}</th>
                    </tr>
                </thead>
                <tbody>{list.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(item: InboxItem) -> impl IntoView {
    let from = if item.from.is_empty() {
        t(desk::UNKNOWN_DEVICE).to_owned()
    } else {
        item.from.clone()
    };
    let by_file = (!item.name.is_empty()).then(|| format!("{} · {}", t(desk::BY_FILE), item.name));
    view! {
        <tr>
            <td>{format::date_time(item.imported)}</td>
            <td>{from} " " <span class="quiet">{by_file}</span></td>
            <td>{item.mission.clone()}</td>
            <td class="num">{format::size(item.size)}</td>
            <td class="table__wrap">{verdict(&item.verdict)}</td>
        </tr>
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
