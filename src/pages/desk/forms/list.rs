//! Every questionnaire that the office keeps, the newest version of each.

use leptos::prelude::*;
use vigie_protocol::{Failure, FormInfo, LibraryForm, ListLibrary};

use super::{Import, address, questions_words, version_words};
use crate::{
    client::Turn,
    components::{
        frame::Heading,
        icon::{icon, lu},
    },
    i18n::{count, fill, library, t},
    pages::{desk::failed::Failed, door::language::name_of},
    state::use_state,
    words::title_of,
};

#[component]
pub fn List() -> impl IntoView {
    let state = use_state();
    let forms = RwSignal::new(None::<Vec<LibraryForm>>);
    let failure = RwSignal::new(None::<Failure>);
    let away_too = RwSignal::new(false);
    let turn = Turn::new();
    Effect::new(move |_| {
        state.changes.track();
        turn.show(ListLibrary, failure, move |list| forms.set(Some(list)));
    });
    let some_away = move || {
        let forms = forms.read();
        forms
            .as_deref()
            .unwrap_or_default()
            .iter()
            .any(|form| form.put_away)
    };
    let cards = move || {
        let all = forms.get().unwrap_or_default();
        let shown: Vec<LibraryForm> = all
            .iter()
            .filter(|form| form.newest && (away_too.get() || !form.put_away))
            .cloned()
            .collect();
        if shown.is_empty() {
            return view! { <p class="empty">{t(library::EMPTY)}</p> }.into_any();
        }
        let card = |form: LibraryForm| {
            let versions = all.iter().filter(|one| one.info.id == form.info.id);
            let responses = versions.clone().map(|one| one.responses).sum();
            card(&form, versions.count() - 1, responses)
        };
        view! { <ul class="cards">{shown.into_iter().map(card).collect_view()}</ul> }.into_any()
    };
    view! {
        <header>
            <Heading text=t(library::TITLE).to_owned()/>
            {move || some_away().then(|| view! {
                <button type="button" class="chip" aria-pressed=move || away_too.get().to_string() on:click=move |_| away_too.update(|on| *on = !*on)>
                    {t(library::SHOW_AWAY)}
                </button>
            })}
        </header>
        <div class="work__body">
            <Failed failure/>
            <Import on_added=move |(list, _): (Vec<LibraryForm>, FormInfo)| forms.set(Some(list))/>
            {cards}
        </div>
    }
}

fn card(form: &LibraryForm, older: usize, responses: usize) -> impl IntoView + use<> {
    let missions: Vec<&str> = form
        .missions
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    let missions = if missions.is_empty() {
        t(library::IN_NO_MISSION).to_owned()
    } else {
        fill(library::IN_MISSIONS, &[("missions", &missions.join(", "))])
    };
    let languages = form.complete.iter().map(|(code, percent)| {
        let name = name_of(code);
        match percent {
            100 => view! { <li class="tag">{name}</li> }.into_any(),
            _ => {
                let part = [("language", name), ("n", &percent.to_string())];
                view! { <li class="tag tag--part">{fill(library::COMPLETE, &part)}</li> }.into_any()
            }
        }
    });
    let older = (older > 0).then(|| count(older, library::N_OLDER));
    view! {
        <li>
            <a class="card card--link" href=address(&form.hash, "")>
                <h2>{title_of(&form.info)}</h2>
                <p class="quiet"><code>{form.info.id.to_string()}</code> " · " {version_words(&form.info)} {older.map(|older| format!(" · {older}"))}</p>
                <p class="quiet">{questions_words(&form.info)} " · " {count(responses, library::N_RESPONSES)}</p>
                <ul class="tags">{languages.collect_view()}</ul>
                <p class="quiet">{icon(lu::LuFlag)} " " {missions}</p>
                {form.put_away.then(|| view! { <p class="quiet">{t(library::AWAY)}</p> })}
            </a>
        </li>
    }
}
