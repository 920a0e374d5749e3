//! Missions: each with its people, its questionnaires, its invites.

use leptos::prelude::*;
use vigie_model::MissionKind;
use vigie_protocol::{Failure, ListOfficeMissions, OfficeMission, SaidMission};

use crate::{
    client::Turn,
    components::{
        frame::Heading,
        icon::{icon, lu},
    },
    format,
    i18n::{self, desk, fill, t},
    pages::desk::{
        failed::Failed,
        offers::{CallingCard, Offers},
    },
    route::Route,
};

pub fn kind_name(kind: MissionKind) -> &'static str {
    i18n::label("mission_kind", kind.code()).unwrap_or(kind.code())
}

/// Its days, as people write them; nothing where none are said.
pub fn dates(said: &SaidMission) -> String {
    let day = |day: &str| format::typed("date", day);
    match (said.starts.as_str(), said.ends.as_str()) {
        ("", "") => String::new(),
        ("", one) | (one, "") => day(one),
        (from, to) => fill(
            desk::MISSION_DATES,
            &[("from", &day(from)), ("to", &day(to))],
        ),
    }
}

#[component]
pub fn Missions() -> impl IntoView {
    let missions = RwSignal::new(None::<Vec<OfficeMission>>);
    let failure = RwSignal::new(None::<Failure>);
    let read = move || {
        Turn::new().show(ListOfficeMissions, failure, move |list| {
            missions.set(Some(list))
        });
    };
    read();
    view! {
        <header>
            <Heading text=t(desk::MISSIONS).to_owned()/>
            <CallingCard failure/>
            <a class="button button--main" href=Route::Desk(vec!["missions".into(), "nouvelle".into()]).href()>
                {icon(lu::LuPlus)}
                {t(desk::MISSION_NEW)}
            </a>
        </header>
        <div class="work__body">
            <Failed failure/>
            <Offers failure on_taken=move |()| read()/>
            {move || missions.get().map(|list| if list.is_empty() {
                view! { <p class="empty">{t(desk::MISSIONS_EMPTY)}</p> }.into_any()
            } else {
                view! { <ul class="cards">{list.into_iter().map(card).collect_view()}</ul> }.into_any()
            })}
        </div>
    }
}

fn card(mission: OfficeMission) -> impl IntoView {
    let href = Route::Desk(vec!["missions".into(), mission.id.to_string()]).href();
    let summary = format!(
        "{} · {} · {} · {}",
        people(&mission),
        i18n::count(mission.forms.len(), desk::N_FORMS),
        i18n::count(mission.invites, desk::N_INVITES),
        i18n::count(mission.entries, desk::N_ENTRIES),
    );
    view! {
        <li>
            <a class="card card--link" href=href>
                <h2>{mission.said.name.clone()}</h2>
                <p class="quiet">{kind_name(mission.said.kind)} " · " {dates(&mission.said)}</p>
                <p class="quiet">{summary}</p>
                {mission.lead.map(|lead| view! { <p class="quiet">{fill(desk::LEAD_IS, &[("name", &lead.name)])}</p> })}
                {mission.closed.then(|| view! { <p class="state state--draft">{icon(lu::LuArchive)}{t(desk::MISSION_IS_CLOSED)}</p> })}
            </a>
        </li>
    }
}

fn people(mission: &OfficeMission) -> String {
    i18n::count(mission.devices.len(), desk::N_PEOPLE)
}
