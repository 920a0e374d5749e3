//! The office's desk: its door, the proof of its key's copy, then its places beside the rail.

mod backup;
mod door;
mod drop;
mod entries;
mod entry;
mod entry_on_paper;
mod erase;
mod exports;
mod failed;
mod forms;
mod inbox;
mod looking;
mod mission;
mod missions;
mod narrowed;
mod offers;
mod rail;

use leptos::prelude::*;
use vigie_model::FormHash;
use vigie_protocol::Phase;

use self::{
    looking::Looking,
    rail::{Place, Rail},
};
use crate::{
    components::{banner::UpdateWaiting, frame::skip_link},
    state::use_state,
};

/// `path`: what follows `#/bureau/`.
#[component]
pub fn Desk(path: Vec<String>) -> impl IntoView {
    let state = use_state();
    let phase = state
        .status
        .with_untracked(|status| status.as_ref().map(|status| status.phase));
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match (phase, parts.as_slice()) {
        (Some(Phase::New), ["ouvrir"]) => view! { <door::SetUp/> }.into_any(),
        (Some(Phase::New), _) => view! { <door::Restore/> }.into_any(),
        (Some(Phase::OfficeUnproven), _) => view! { <backup::Backup/> }.into_any(),
        (_, ["entrees", rec, "papier"]) if let Ok(rec) = rec.parse() => beside(
            Place::Entries,
            view! { <entry_on_paper::EntryOnPaper rec/> }.into_any(),
        ),
        (_, ["questionnaires", hash, rest @ ..]) => {
            let hash = FormHash::named(*hash);
            let part = rest.first().copied().unwrap_or_default().to_owned();
            beside(Place::Forms, view! { <forms::Form hash part/> }.into_any())
        }
        (_, ["questionnaires"]) => beside(Place::Forms, view! { <forms::List/> }.into_any()),
        (_, ["entrees", rest @ ..]) => {
            let open = rest.first().and_then(|rec| rec.parse().ok());
            let looking = rest.get(1).map(|written| Looking::read(written));
            let looking = looking.unwrap_or_default();
            beside(
                Place::Entries,
                view! { <entries::Entries open looking/> }.into_any(),
            )
        }
        (_, ["exports", rest @ ..]) => {
            let looking = rest.first().map(|written| Looking::read(written));
            let looking = looking.unwrap_or_default();
            beside(
                Place::Exports,
                view! { <exports::Exports looking/> }.into_any(),
            )
        }
        (_, ["missions", "nouvelle"]) => beside(
            Place::Missions,
            view! { <mission::form::MissionForm/> }.into_any(),
        ),
        (_, ["missions", id, "modifier"]) if let Ok(mission) = id.parse() => beside(
            Place::Missions,
            view! { <mission::form::Revise mission/> }.into_any(),
        ),
        (_, ["missions", id, ..]) if let Ok(mission) = id.parse() => beside(
            Place::Missions,
            view! { <mission::Mission mission/> }.into_any(),
        ),
        (_, ["missions", ..]) => {
            beside(Place::Missions, view! { <missions::Missions/> }.into_any())
        }
        _ => beside(Place::Inbox, view! { <inbox::Inbox/> }.into_any()),
    }
}

fn beside(place: Place, page: AnyView) -> AnyView {
    view! {
        <div class="desk">
            {skip_link()}
            <Rail place/>
            <main class="work" id="contenu" tabindex="-1">
                <UpdateWaiting/>
                {page}
            </main>
        </div>
    }
    .into_any()
}
