//! Missions: each with its people, its questionnaires, its invites.

use leptos::{prelude::*, task::spawn_local};
use vigie_backend::protocol::{Answer, DeskAnswer, DeskRequest, Failure, OfficeMission};

use crate::{
    client,
    components::icon::{icon, lu},
    i18n::{Key, desk, fill, t},
    pages::desk::failed::Failed,
    route::Route,
};

/// The seven kinds, in the order of the centre's axes.
pub const KINDS: [(&str, Key); 7] = [
    ("observation", desk::KIND_OBSERVATION),
    ("internship", desk::KIND_INTERNSHIP),
    ("training", desk::KIND_TRAINING),
    ("tour", desk::KIND_TOUR),
    ("talk", desk::KIND_TALK),
    ("campaign", desk::KIND_CAMPAIGN),
    ("cooperation", desk::KIND_COOPERATION),
];

pub fn kind_name(kind: &str) -> &str {
    KINDS
        .iter()
        .find(|(code, _)| *code == kind)
        .map_or(kind, |(_, key)| t(*key))
}

pub fn dates(mission: &OfficeMission) -> String {
    fill(
        desk::MISSION_DATES,
        &[("from", &mission.starts), ("to", &mission.ends)],
    )
}

#[component]
pub fn Missions() -> impl IntoView {
    let missions = RwSignal::new(None::<Vec<OfficeMission>>);
    let failure = RwSignal::new(None::<Failure>);
    spawn_local(async move {
        match client::ask(DeskRequest::OfficeMissions).await {
            Ok(Answer::Desk(DeskAnswer::OfficeMissions(list))) => missions.set(Some(list)),
            Ok(_) => {}
            Err(what) => failure.set(Some(what)),
        }
    });
    view! {
        <header>
            <h1>{t(desk::MISSIONS)}</h1>
            <a class="button button--main" href=Route::Desk(vec!["missions".into(), "nouvelle".into()]).href()>
                {icon(lu::LuPlus)}
                {t(desk::MISSION_NEW)}
            </a>
        </header>
        <div class="work__body">
            <Failed failure/>
            {move || missions.get().map(|list| if list.is_empty() {
                view! { <p class="empty">{t(desk::MISSIONS_EMPTY)}</p> }.into_any()
            } else {
                view! { <ul class="cards">{list.into_iter().map(card).collect_view()}</ul> }.into_any()
            })}
        </div>
    }
}

fn card(mission: OfficeMission) -> impl IntoView {
    let href = Route::Desk(vec!["missions".into(), mission.id.clone()]).href();
    let summary = format!(
        "{} · {} · {} · {}",
        people(&mission),
        crate::i18n::count(mission.forms.len(), desk::ONE_FORM, desk::MANY_FORMS),
        crate::i18n::count(mission.invites, desk::ONE_INVITE, desk::MANY_INVITES),
        crate::i18n::count(mission.entries, desk::ONE_ENTRY, desk::MANY_ENTRIES),
    );
    view! {
        <li>
            <a class="card card--link" href=href>
                <h2>{mission.name.clone()}</h2>
                <p class="quiet">{kind_name(&mission.kind).to_owned()} " · " {dates(&mission)}</p>
                <p class="quiet">{summary}</p>
            </a>
        </li>
    }
}

fn people(mission: &OfficeMission) -> String {
    crate::i18n::count(mission.devices.len(), desk::ONE_PERSON, desk::MANY_PEOPLE)
}
