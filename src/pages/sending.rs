//! What waits, what goes, what has arrived; and the ways to make it go.

use std::collections::HashMap;

use leptos::prelude::*;
use vigie_model::RecordId;
use vigie_protocol::{
    BundleState, BundleView, CarriedView, DropCarried, ExchangeView, Failure, Filter, GetExchange,
    ListEntries, OutcomeKind, Pack, Pause, Refusal, SendNow, Status, Step, Task, TeamView, Trouble,
    Why,
};

use super::problems::Missing;
use crate::{
    client::{self, Turn},
    components::{
        confirm::Confirm,
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    failure, file, format,
    i18n::{Key, common, count, envoi, errors, fill, images, more, t},
    page,
    route::Route,
    state::use_state,
};

/// Entries that exist on this device only, and why.
fn waiting(view: &ExchangeView, online: bool) -> AnyView {
    let only_here = view.counts.here + view.counts.going;
    if !view.has_office {
        return view! { <Notice tone=Tone::Here strong=t(envoi::NO_OFFICE).to_owned() text=t(envoi::NO_OFFICE_MORE).to_owned()/> }.into_any();
    }
    let paused = || {
        view.paused
            .then(|| view! { <p class="quiet">{t(envoi::PAUSED)}</p> })
    };
    if view.all_received {
        return view! {
            <Notice tone=Tone::Safe strong=t(envoi::ALL_RECEIVED).to_owned() text=t(envoi::ALL_RECEIVED_MORE).to_owned()/>
            {paused()}
        }
        .into_any();
    }
    if only_here == 0 {
        return paused().into_any();
    }
    let why = if view.paused {
        t(envoi::PAUSED).to_owned()
    } else if !online {
        t(envoi::NO_NETWORK).to_owned()
    } else if let Some(next) = view.next_try.filter(|_| !view.busy) {
        fill(envoi::NEXT_TRY, &[("time", &format::moment(next))])
    } else {
        t(envoi::WILL_GO).to_owned()
    };
    view! { <Notice tone=Tone::Here strong=count(only_here, envoi::N_ONLY_HERE) text=why/> }
        .into_any()
}

/// How far a bundle is.
fn state_words(state: &BundleState, sent: u64, size: u64) -> String {
    let size = format::size(size);
    match state {
        BundleState::Waiting => fill(envoi::BUNDLE_WAITING, &[("size", &size)]),
        BundleState::Sending => fill(
            envoi::BUNDLE_SENDING,
            &[("sent", &format::size(sent)), ("size", &size)],
        ),
        BundleState::Stored => fill(envoi::BUNDLE_STORED, &[("size", &size)]),
        BundleState::Received => fill(envoi::BUNDLE_RECEIVED, &[("size", &size)]),
        BundleState::Parked(refusal) => failure::refused(refusal),
    }
}

fn state_line(state: &BundleState, words: String) -> AnyView {
    match state {
        BundleState::Parked(_) => view! {
            <p class="state state--failed state--wrap">{icon(lu::LuTriangleAlert)}{words}</p>
        }
        .into_any(),
        _ => view! { <p class="quiet">{words}</p> }.into_any(),
    }
}

/// What this device carries for others, and what it brought.
#[component]
fn Carried(exchange: RwSignal<ExchangeView>, failed: RwSignal<Option<Failure>>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let line = |view: &CarriedView| {
        let since = fill(
            envoi::CARRIED_SINCE,
            &[("time", &format::moment(view.taken))],
        );
        let state = match view.stays {
            true => view! { <p class="state state--wrap">{t(envoi::CARRIED_STAYS)}</p> }.into_any(),
            false => state_line(&view.state, state_words(&view.state, 0, view.size)),
        };
        view! {
            <li class="bundle">
                <p>{view.mission.clone()}<span class="quiet">{format!(" · {since}")}</span></p>
                {state}
            </li>
        }
    };
    let is_carrying = Memo::new(move |_| exchange.read().carrying > 0);
    let lines = move || {
        let exchange = exchange.read();
        let more = exchange.carrying - exchange.carried.len();
        view! {
            <ul class="stack">{exchange.carried.iter().map(line).collect_view()}</ul>
            {(more > 0).then(|| view! { <p class="quiet">{count(more, envoi::N_MORE_CARRIED)}</p> })}
        }
    };
    let brought = move || {
        let brought = exchange.read().brought;
        (brought > 0).then(|| view! { <p>{count(brought, envoi::N_BROUGHT)}</p> })
    };
    let is_there = Memo::new(move |_| is_carrying.get() || exchange.read().brought > 0);
    view! {
        <Show when=move || is_there.get()>
            <section class="card">
                <h2>{t(envoi::CARRIED)}</h2>
                <Show when=move || is_carrying.get()>
                    <p class="quiet">{t(envoi::CARRIED_MORE)}</p>
                    {lines}
                    <button type="button" class="button" on:click=move |_| asking.set(true)>{icon(lu::LuX)}{t(envoi::DROP)}</button>
                </Show>
                {brought}
            </section>
        </Show>
        <Confirm open=asking question=t(envoi::DROP_SURE) act=t(envoi::DROP)
            on_yes=move |()| client::act(DropCarried, failed, move |view| exchange.set(view))/>
    }
    .into_any()
}

/// How many of the newest entries are looked through for the titles of what is under way.
const TITLED: usize = 200;

/// One sealed parcel, told by the titles of its entries.
fn bundle(view: &BundleView, titles: &HashMap<RecordId, String>) -> AnyView {
    let title = |rec: &RecordId| titles.get(rec).filter(|title| !title.is_empty()).cloned();
    let what = match view.entries.as_slice() {
        [] => t(envoi::BUNDLE).to_owned(),
        all => {
            let first = all
                .iter()
                .find_map(title)
                .unwrap_or_else(|| t(envoi::BUNDLE).to_owned());
            match all.len() - 1 {
                0 => first,
                rest => format!("{first} {}", count(rest, envoi::N_AND_OTHERS)),
            }
        }
    };
    let state = state_words(&view.state, view.sent, view.size);
    let is_there = matches!(view.state, BundleState::Stored | BundleState::Received);
    let also = view.also.as_ref().filter(|_| is_there);
    let also = also.map(|offices| match offices.is_empty() {
        true => t(envoi::ALSO_NONE).to_owned(),
        false => fill(envoi::ALSO, &[("offices", &offices.join(", "))]),
    });
    let moving = view.state == BundleState::Sending;
    view! {
        <li class="bundle">
            <p>{what}<span class="quiet">{format!(" · {}", format::moment(view.made))}</span></p>
            {moving.then(|| view! {
                <progress class="progress" value=view.sent.to_string() max=view.size.max(1).to_string() aria-label=state.clone()></progress>
            })}
            {state_line(&view.state, state)}
            {also.map(|says| view! { <p class="quiet">{says}</p> })}
        </li>
    }
    .into_any()
}

/// The last exchange, in words.
fn outcome(view: &ExchangeView) -> Option<String> {
    let last = view.last.as_ref()?;
    let when = format::moment(last.at);
    Some(match &last.result {
        OutcomeKind::Fine if last.sent == 0 && last.received == 0 => {
            fill(envoi::LAST_NOTHING, &[("time", &when)])
        }
        OutcomeKind::Fine => fill(
            envoi::LAST_FINE,
            &[
                ("time", &when),
                ("sent", &count(last.sent, envoi::N_SENT)),
                ("received", &count(last.received, envoi::N_CONFIRMED)),
            ],
        ),
        OutcomeKind::Failed(why) => fill(
            envoi::LAST_FAILED,
            &[("time", &when), ("why", &why_words(why))],
        ),
    })
}

fn why_words(why: &Why) -> String {
    let key = match why {
        Why::Refused(refusal) => return failure::refused(refusal),
        Why::Damaged(rows) => return count(rows.len(), envoi::N_WHY_DAMAGED),
        Why::Unreachable => envoi::WHY_UNREACHABLE,
        Why::Newer => envoi::WHY_NEWER,
        Why::Full | Why::NotSaved => envoi::WHY_FULL,
        Why::Internal => errors::INTERNAL,
    };
    t(key).to_owned()
}

/// Steps that failed for one reason: what happened, what is safe, what to do.
fn trouble(alike: &[Trouble]) -> Option<AnyView> {
    let first = alike.first()?;
    let step = |trouble: &Trouble| {
        let step = t(match trouble.step {
            Step::Joining => envoi::STEP_JOINING,
            Step::Composing => envoi::STEP_COMPOSING,
            Step::Sending => envoi::STEP_SENDING,
            Step::Receipts => envoi::STEP_RECEIPTS,
            Step::Card => envoi::STEP_CARD,
            Step::Team => envoi::STEP_TEAM,
            Step::Media => envoi::STEP_MEDIA,
        });
        view! { <p class="state state--failed state--wrap">{icon(lu::LuTriangleAlert)}{step}</p> }
    };
    let view = view! {
        <li class="bundle">
            {alike.iter().map(step).collect_view()}
            <p>{why_words(&first.why)}</p>
            <p class="quiet">{first.mission.clone()}</p>
        </li>
    };
    Some(view.into_any())
}

/// Whether they failed for one reason, in one mission.
fn are_alike(one: &Trouble, other: &Trouble) -> bool {
    (&one.mission, &one.why) == (&other.mission, &other.why)
}

/// The mission that the office removed this device from, if it is the one at work here.
pub fn removed_from(status: Option<&Status>) -> Option<String> {
    let mission = status?.mission.as_ref()?;
    mission.revoked.then(|| mission.name.clone())
}

/// The mission at work here, when the office closed it.
pub fn closed_by_office(status: Option<&Status>) -> Option<String> {
    let mission = status?.mission.as_ref()?;
    mission.closed.then(|| mission.name.clone())
}

/// The offices that read what is written in the mission at work here, where they are several.
fn read_by(status: Option<&Status>) -> Option<String> {
    let readers = &status?.mission.as_ref()?.readers;
    let offices = readers.join(", ");
    (!readers.is_empty()).then(|| fill(more::READ_BY, &[("offices", &offices)]))
}

/// What the others of the team wrote, and when the last of it came.
fn of_the_team(view: &TeamView) -> AnyView {
    let says = match view.last {
        None => t(envoi::TEAM_NONE).to_owned(),
        Some(at) => fill(envoi::TEAM_LAST, &[("time", &format::moment(at))]),
    };
    let came = view.last.is_some() || view.entries > 0;
    view! {
        <section class="card">
            <h2>{t(envoi::TEAM)}</h2>
            {came.then(|| view! { <p>{count(view.entries, envoi::N_OF_TEAM)}</p> })}
            <p class="quiet">{says}</p>
        </section>
    }
    .into_any()
}

#[component]
pub fn Sending() -> impl IntoView {
    let state = use_state();
    let failed = RwSignal::new(None::<Failure>);
    let exchange = state.exchange;
    let saving = RwSignal::new(false);
    let saved = RwSignal::new(None::<String>);
    // A file was asked for, and there was nothing to put in it; or not all could be.
    let nothing = RwSignal::new(false);
    let held = RwSignal::new(0_usize);
    page::keep_codes();
    let turn = Turn::new();
    turn.show(GetExchange, failed, move |view| exchange.set(view));
    let titles = RwSignal::new(HashMap::new());
    let newest = ListEntries {
        filter: Filter::default(),
        offset: 0,
        limit: TITLED,
    };
    Turn::new().show(newest, failed, move |page| {
        // What is sensitive is named nowhere but on its own page.
        let open = page.entries.into_iter().filter(|entry| !entry.sensitive);
        titles.set(open.map(|entry| (entry.rec, entry.title)).collect());
    });
    let save_file = move |_| {
        let (from, limit) = (0, u64::MAX);
        client::act_busy(Pack { from, limit }, saving, failed, move |packed| {
            held.try_set(packed.held);
            nothing.try_set(packed.file.is_none() && packed.held == 0);
            let saved_now = packed.file.filter(file::save);
            saved.try_set(saved_now.map(|made| made.name));
        });
    };
    let pause = move |_| {
        let on = !exchange.read_untracked().paused;
        client::act(Pause { on }, failed, move |view| exchange.set(view));
    };
    // What the server has is on its way no more.
    let some = move |heading: Key, is_of: fn(&BundleView) -> bool| {
        let exchange = exchange.read();
        let of = exchange.bundles.iter().filter(|view| is_of(view));
        let lines: Vec<AnyView> = of.map(|view| bundle(view, &titles.read())).collect();
        (!lines.is_empty()).then(|| {
            view! { <section class="card"><h2>{t(heading)}</h2><ul class="stack">{lines}</ul></section> }
        })
    };
    let on_its_way = move || {
        some(envoi::ON_ITS_WAY, |view| {
            !matches!(view.state, BundleState::Stored | BundleState::Received)
        })
    };
    let at_server = move || some(envoi::AT_SERVER, |view| view.state == BundleState::Stored);
    // Where one office reads, that it was received is all that there is to say.
    let by_offices = move || {
        some(envoi::BY_OFFICES, |view| {
            view.state == BundleState::Received && view.also.is_some()
        })
    };
    let received = move || {
        let counts = &exchange.read().counts;
        (
            counts.received,
            counts.here + counts.going + counts.stored + counts.received + counts.refused,
        )
    };
    // A device that was removed has nothing to send by, and its file to save.
    let removed = Memo::new(move |_| removed_from(state.status.read().as_ref()));
    Effect::new(move |_| {
        let last = exchange
            .read()
            .last
            .as_ref()
            .map(|last| last.result.clone());
        if last == Some(OutcomeKind::Failed(Why::Refused(Refusal::Revoked)))
            && removed.read_untracked().is_none()
        {
            state.refresh();
        }
    });
    let has_office = move || exchange.read().has_office && removed.read().is_none();
    // That a device was removed is said above, once.
    let troubles = move || {
        let is_said = |trouble: &Trouble| {
            let is_removed = trouble.why == Why::Refused(Refusal::Revoked);
            is_removed && removed.read().as_ref() == Some(&trouble.mission)
        };
        let mut troubles = exchange.read().troubles.clone();
        troubles.retain(|trouble| !is_said(trouble));
        (!troubles.is_empty()).then(|| view! {
            <section class="card">
                <h2>{t(envoi::TROUBLES)}</h2>
                <p class="quiet">{t(envoi::TROUBLES_MORE)}</p>
                <ul class="stack">{troubles.chunk_by(are_alike).map(trouble).collect_view()}</ul>
            </section>
        })
    };
    let file_saved = move || {
        let says = match (nothing.get(), saved.get()) {
            (true, _) => Some(t(envoi::NOTHING_TO_SAVE).to_owned()),
            (false, saved) => saved.map(|name| fill(envoi::FILE_SAVED, &[("name", &name)])),
        };
        let held = held.get();
        let held = (held > 0).then(|| count(held, images::N_HELD));
        let says: Vec<String> = says.into_iter().chain(held).collect();
        says.join(" ")
    };
    view! {
        <Frame tab=Tab::Sending title=t(common::TAB_SENDING).to_owned()>
            {move || removed.get().map(|mission| view! {
                <Notice tone=Tone::Loss strong=fill(envoi::REVOKED, &[("mission", &mission)]) text=t(envoi::REVOKED_MORE).to_owned()>
                    <button type="button" class="button button--main" disabled=saving on:click=save_file>{icon(lu::LuDownload)}{t(envoi::SAVE_FILE)}</button>
                    <p class="quiet" role="status">{file_saved}</p>
                </Notice>
            })}
            {move || removed.read().is_none().then(|| waiting(&exchange.read(), state.online.get()))}
            {move || read_by(state.status.read().as_ref()).map(|says| view! { <p class="quiet">{says}</p> })}
            <Missing failed/>
            {troubles}
            {on_its_way}
            {at_server}
            {by_offices}
            {move || state.progress.get().filter(|(task, ..)| *task == Task::Sending).map(|(_, done, total)| {
                let words = fill(envoi::BUNDLE_SENDING, &[("sent", &format::size(done)), ("size", &format::size(total))]);
                view! { <progress class="progress" value=done.to_string() max=total.max(1).to_string() aria-label=words></progress> }
            })}
            <Show when=has_office>
                <div class="stack">
                    <button type="button" class="button button--main button--wide" disabled=move || exchange.read().busy on:click=move |_| client::act(SendNow, failed, move |view| exchange.set(view))>
                        {icon(lu::LuArrowUp)}{move || t(if exchange.read().busy { envoi::SENDING } else { envoi::SEND_NOW })}
                    </button>
                    <p role="status">{move || outcome(&exchange.read())}</p>
                    <div class="buttons">
                        <button type="button" class="button" on:click=pause>
                            {move || if exchange.read().paused { icon(lu::LuPlay) } else { icon(lu::LuPause) }}
                            {move || t(if exchange.read().paused { envoi::RESUME } else { envoi::PAUSE })}
                        </button>
                    </div>
                </div>
                <section class="card">
                    <h2>{t(images::WITHOUT)}</h2>
                    <p class="quiet">{t(images::WITHOUT_MORE)}</p>
                    <div class="buttons">
                        <button type="button" class="button" disabled=saving on:click=save_file>{icon(lu::LuDownload)}{t(envoi::SAVE_FILE)}</button>
                        <a class="button" href=Route::Showing.href()>{icon(lu::LuQrCode)}{t(images::SHOW)}</a>
                        <a class="button" href=Route::Taking.href()>{icon(lu::LuScanQrCode)}{t(images::TAKE)}</a>
                    </div>
                    <p class="quiet" role="status">{file_saved}</p>
                </section>
                <section class="card">
                    <h2>{t(envoi::RECEIVED)}</h2>
                    <p>
                        <span class="figure">{move || format::number(received().0 as f64)}</span>" "
                        <span class="quiet">
                            {move || fill(envoi::OUT_OF, &[("n", &format::number(received().1 as f64))])}
                            {move || exchange.read().last_received.map(|at| format!(" · {}", fill(envoi::LAST_RECEIPT, &[("time", &format::moment(at))])))}
                        </span>
                    </p>
                    {move || (!exchange.read().all_received).then(|| view! { <p class="quiet">{t(envoi::RECEIVED_MORE)}</p> })}
                </section>
                {move || exchange.read().team.as_ref().map(of_the_team)}
            </Show>
            <Carried exchange failed/>
        </Frame>
    }
    .into_any()
}
