//! Missions: each with its people, its questionnaires, its invites.

use leptos::prelude::*;
use vigie_model::MissionKind;
use vigie_protocol::{Failure, ListOfficeMissions, OfficeMission};

use crate::{
    client::Turn,
    components::icon::{icon, lu},
    i18n::{self, desk, fill, t},
    pages::desk::failed::Failed,
    route::Route,
};

pub fn kind_name(kind: MissionKind) -> &'static str {
    i18n::label("mission_kind", kind.code()).unwrap_or(kind.code())
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
    Turn::new().show(ListOfficeMissions, failure, move |list| {
        missions.set(Some(list))
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
                <h2>{mission.name.clone()}</h2>
                <p class="quiet">{kind_name(mission.kind)} " · " {dates(&mission)}</p>
                <p class="quiet">{summary}</p>
            </a>
        </li>
    }
}

fn people(mission: &OfficeMission) -> String {
    i18n::count(mission.devices.len(), desk::N_PEOPLE)
}
