//! One mission: its people, and what is handed out for it, as tables; what makes more of them stands behind buttons.

pub mod form;
mod here;
mod invites;
mod link_options;
mod links;
mod people;
mod readers;
mod ticket;

use leptos::prelude::*;
use vigie_model::MissionId;
use vigie_protocol::{
    AnswerOffer, CloseMission, LeadView, ListOfficeMissions, OfficeMission, SaidMission,
};

use self::{here::Here, ticket::Tickets};
use crate::{
    client::{self, Turn},
    components::{
        confirm::Confirm,
        frame::Heading,
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    i18n::{desk, fill, t},
    pages::{
        desk::{
            failed::{Failed, LongTask},
            missions::{dates, kind_name},
        },
        door::language::name_of,
    },
    route::Route,
    words::title_of,
};

#[component]
pub fn Mission(mission: MissionId) -> impl IntoView {
    let here = Here {
        mission,
        found: RwSignal::new(None),
        handed: RwSignal::new(None),
        failure: RwSignal::new(None),
    };
    let Here { found, failure, .. } = here;
    Turn::new().show(ListOfficeMissions, failure, move |list| here.find(list));
    let inviting = RwSignal::new(false);
    let linking = RwSignal::new(false);
    let closing = RwSignal::new(false);
    let has_forms = move || {
        let found = found.read();
        found.as_ref().is_some_and(|one| !one.forms.is_empty())
    };
    let close = move |closed: bool| {
        here.handed.set(None);
        let request = CloseMission { mission, closed };
        client::act(request, failure, move |list| here.find(list));
    };
    let name = Signal::derive(move || found.get().map(|one| one.said.name).unwrap_or_default());
    let question = Signal::derive(move || fill(desk::MISSION_CLOSE_ASK, &[("name", &name.read())]));
    let edit = Route::Desk(vec![
        "missions".into(),
        mission.to_string(),
        "modifier".into(),
    ]);
    let edit = edit.href();
    view! {
        <header>
            <Heading text=name private=true tab=t(desk::MISSION)/>
            <Show when=move || here.is_open() && here.is_ours()>
                <a class="button" href=edit.clone()>{icon(lu::LuPencil)}{t(desk::MISSION_EDIT)}</a>
                <button type="button" class="button" on:click=move |_| closing.set(true)>{icon(lu::LuArchive)}{t(desk::MISSION_CLOSE)}</button>
                <Show when=has_forms>
                    <button type="button" class="button" aria-haspopup="dialog" on:click=move |_| linking.set(true)>{icon(lu::LuLink)}{t(desk::LINK_NEW)}</button>
                </Show>
                <button type="button" class="button button--main" aria-haspopup="dialog" on:click=move |_| inviting.set(true)>{icon(lu::LuUserPlus)}{t(desk::INVITE_NEW)}</button>
            </Show>
        </header>
        <div class="work__body">
            {move || found.get().map(|one| view! { <p class="quiet">{facts(&one.said)}</p> })}
            {move || found.get().filter(|one| one.closed).map(|_| view! {
                <Notice tone=Tone::Plain strong=t(desk::MISSION_IS_CLOSED).to_owned() text=t(desk::MISSION_IS_CLOSED_MORE).to_owned()>
                    <Show when=move || here.is_ours()>
                        <button type="button" class="button" on:click=move |_| close(false)>{t(desk::MISSION_REOPEN)}</button>
                    </Show>
                </Notice>
            })}
            {move || found.get().and_then(|one| Some(of_another(here, one.lead?, one.said.name)))}
            <Failed failure/>
            <LongTask/>
            {move || here.handed.get().map(|handed| view! { <Tickets handed on_close=move |()| here.handed.set(None)/> })}
            <div class="columns">
                <div class="columns__main">
                    <people::People here/>
                    <Show when=move || here.is_ours()><links::Links here making=linking/></Show>
                </div>
                <div class="columns__side">
                    <Show when=move || here.is_ours()><invites::Invites here making=inviting/></Show>
                    <readers::Readers here/>
                    {move || found.get().map(forms)}
                </div>
            </div>
            <Confirm open=closing danger=true question act=t(desk::MISSION_CLOSE) on_yes=move |()| close(true)/>
        </div>
    }
}

/// That another office has it, and how to give it up.
fn of_another(here: Here, lead: LeadView, name: String) -> impl IntoView {
    let leaving = RwSignal::new(false);
    let leave = move |()| {
        let request = AnswerOffer {
            mission: here.mission,
            accept: false,
        };
        client::act(request, here.failure, move |_| {
            Turn::new().show(ListOfficeMissions, here.failure, move |list| {
                here.find(list);
            });
        });
    };
    if lead.left {
        let (strong, text) = (t(desk::LEAD_LEFT), t(desk::LEAD_LEFT_MORE));
        return view! { <Notice tone=Tone::Plain strong=strong.to_owned() text=text.to_owned()/> }
            .into_any();
    }
    let strong = fill(desk::LEAD_IS, &[("name", &lead.name)]);
    let question = fill(desk::LEAD_LEAVE_ASK, &[("name", &name)]);
    view! {
        <Notice tone=Tone::Plain strong text=t(desk::LEAD_MORE).to_owned()>
            <button type="button" class="button" on:click=move |_| leaving.set(true)>{t(desk::LEAD_LEAVE)}</button>
        </Notice>
        <Confirm open=leaving danger=true question act=t(desk::LEAD_LEAVE) on_yes=leave/>
    }
    .into_any()
}

/// Its kind, dates, languages and rules in a line.
fn facts(said: &SaidMission) -> String {
    let languages: Vec<&str> = said.languages.iter().map(|lang| name_of(lang)).collect();
    let mut facts = vec![
        kind_name(said.kind).to_owned(),
        dates(said),
        languages.join(", "),
        t(if said.keep_readable {
            desk::RULE_READABLE
        } else {
            desk::RULE_SEALED
        })
        .to_owned(),
    ];
    facts.extend(
        said.share_with_team
            .then(|| t(desk::RULE_SHARED).to_owned()),
    );
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

fn forms(mission: OfficeMission) -> impl IntoView {
    let library = Route::Desk(vec!["questionnaires".into()]).href();
    view! {
        <section class="card">
            <h2>{t(desk::MISSION_FORMS)}</h2>
            {if mission.forms.is_empty() {
                view! { <p class="quiet">{t(desk::FORMS_NONE)}</p> }.into_any()
            } else {
                view! { <ul class="stack">{mission.forms.iter().map(|form| view! { <li>{title_of(form)}</li> }).collect_view()}</ul> }.into_any()
            }}
            {(!mission.closed && mission.lead.is_none()).then(|| view! { <p><a href=library>{t(desk::FORMS_ADD)}</a></p> })}
        </section>
    }
}
