//! The missions one takes part in, and taking part in one more.

use leptos::prelude::*;
use vigie_model::MissionId;
use vigie_protocol::{
    ChooseMission, Failure, InvitePreview, InviteText, Join, ListMissions, MissionInfo,
};

use super::{
    door::join::{InviteField, origin},
    problems::{Missing, error_line},
};
use crate::{
    client::{self, Turn},
    components::{
        dialog::Dialog,
        frame::{Frame, Tab},
        icon::{icon, lu},
    },
    i18n::{self, common, count, door, fill, form, more, t},
    route::{self, Route},
    state::use_state,
};

fn kind_words(mission: &MissionInfo) -> &'static str {
    i18n::label("mission_kind", &mission.kind).unwrap_or_default()
}

fn name_of(mission: &MissionInfo) -> String {
    match (mission.name.as_str(), mission.pending) {
        ("", true) => t(more::PENDING_NAME).to_owned(),
        _ if mission.trial => t(more::TRIAL).to_owned(),
        (name, _) => name.to_owned(),
    }
}

#[component]
pub fn Missions() -> impl IntoView {
    let state = use_state();
    let missions = RwSignal::new(None::<Vec<MissionInfo>>);
    let failed = RwSignal::new(None::<Failure>);
    let turn = Turn::new();
    let read = move || turn.show(ListMissions, failed, move |list| missions.set(Some(list)));
    read();
    let choose = move |mission: MissionId| {
        client::act(ChooseMission { mission }, failed, move |()| {
            state.refresh();
            read();
        });
    };
    let card = move |mission: MissionInfo| {
        let id = mission.id;
        let dates = [mission.starts.as_str(), mission.ends.as_str()]
            .into_iter()
            .filter(|day| !day.is_empty())
            .collect::<Vec<_>>()
            .join(" → ");
        view! {
            <li class="card">
                <h2>{name_of(&mission)}</h2>
                <p class="quiet">
                    {[kind_words(&mission).to_owned(), dates, mission.server.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")}
                </p>
                {(!mission.pending).then(|| view! {
                    <p>{count(mission.forms, more::N_FORMS)}</p>
                    <p class="quiet">{t(if mission.keep_readable { more::READABLE } else { more::SEALED_ONLY })}</p>
                    {(!mission.readers.is_empty()).then(|| view! {
                        <p>{fill(more::READ_BY, &[("offices", &mission.readers.join(", "))])}</p>
                    })}
                    {(mission.team > 0).then(|| view! { <p>{count(mission.team, more::N_TEAM)}</p> })}
                })}
                {mission.pending.then(|| view! { <p class="state state--here state--wrap">{icon(lu::LuSmartphone)}{t(more::PENDING)}</p> })}
                {mission.closed.then(|| view! { <p class="state state--draft state--wrap">{icon(lu::LuArchive)}{t(more::CLOSED)}</p> })}
                {mission.revoked.then(|| view! { <p class="state state--failed state--wrap">{icon(lu::LuTriangleAlert)}{t(more::REMOVED)}</p> })}
                {if mission.pending {
                    ().into_any()
                } else if mission.current {
                    view! { <p class="state state--received">{icon(lu::LuCheck)}{t(more::CURRENT)}</p> }.into_any()
                } else {
                    view! { <button type="button" class="button" on:click=move |_| choose(id)>{t(more::CHOOSE_MISSION)}</button> }.into_any()
                }}
            </li>
        }
    };
    view! {
        <Frame tab=Tab::More title=t(more::MISSIONS).to_owned() back=Some(Route::More)>
            <Missing failed/>
            <ul class="stack">{move || missions.get().map(|list| list.into_iter().map(card).collect_view())}</ul>
            <a class="button button--wide" href=Route::Forms.href()>{icon(lu::LuClipboardList)}{t(form::FORMS)}</a>
            <a class="button button--main button--wide" href=Route::JoinMission.href()>{icon(lu::LuPlus)}{t(more::JOIN)}</a>
        </Frame>
    }
    .into_any()
}

#[component]
pub fn JoinMission(
    /// By an invite's link.
    #[prop(optional)]
    followed: bool,
) -> impl IntoView {
    let state = use_state();
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(None::<InvitePreview>);
    let failed = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    // Invites that wait for the network: is this one in their place, or beside them?
    let pending = RwSignal::new(Vec::<MissionInfo>::new());
    let asking = RwSignal::new(false);
    Turn::new().show(ListMissions, failed, move |list| {
        pending.set(list.into_iter().filter(|one| one.pending).collect());
    });
    let join = move |replace: Option<MissionId>| {
        asking.set(false);
        let invite = InviteText {
            text: text.get_untracked(),
            origin: origin(),
        };
        client::act_busy(Join { invite, replace }, busy, failed, move |status| {
            state.take(status);
            route::forget_code();
            route::go_instead(&Route::Missions);
        });
    };
    let missing = RwSignal::new(false);
    let go = move |_| {
        missing.set(text.read_untracked().trim().is_empty());
        if missing.get_untracked() {
            return;
        }
        if pending.read_untracked().is_empty() {
            join(None);
        } else {
            asking.set(true);
        }
    };
    let question = Signal::derive(move || {
        let names = pending.read().iter().map(name_of).collect::<Vec<_>>();
        fill(more::REPLACE_ASK, &[("mission", &names.join(", "))])
    });
    let replace = move || {
        pending
            .get()
            .into_iter()
            .map(|one| {
                let words = fill(more::REPLACE_ONE, &[("mission", &name_of(&one))]);
                view! { <button type="button" class="button" on:click=move |_| join(Some(one.id))>{words}</button> }
            })
            .collect_view()
    };
    view! {
        <Frame tab=Tab::More title=t(door::JOIN_TITLE).to_owned() back=Some(Route::Missions)>
            <InviteField followed found text missing/>
            <button type="button" class="button button--main button--wide" disabled=busy on:click=go>{t(more::JOIN_NOW)}</button>
            <Dialog open=asking says=question>
                <div class="buttons">
                    <button type="button" class="button button--main" on:click=move |_| join(None)>{t(more::KEEP_BOTH)}</button>
                    {replace}
                    <button type="button" class="button" on:click=move |_| asking.set(false)>{t(common::CANCEL)}</button>
                </div>
            </Dialog>
            {error_line(failed.into())}
        </Frame>
    }
    .into_any()
}
