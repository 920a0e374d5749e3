//! A new mission: name, kind, dates, languages, rules, questionnaires.

use leptos::{ev, html, prelude::*};
use vigie_model::{FormHash, MissionKind};
use vigie_protocol::{
    ChosenForm, CreateMission, Failure, FormInfo, LibraryForm, ListLibrary, NewMission,
};

use crate::{
    client::{self, Turn},
    format,
    i18n::{LANGUAGES, Language, complete, desk, errors, fill, library, t},
    pages::desk::{failed::Failed, forms, missions::kind_name},
    route::{self, Route},
    words::title_of,
};

#[component]
pub fn MissionForm() -> impl IntoView {
    let name = RwSignal::new(String::new());
    let kind = RwSignal::new(MissionKind::Observation);
    let starts = RwSignal::new(format::day_of(format::now()));
    let ends = RwSignal::new(format::day_of(format::now() + 14 * 86_400_000));
    let languages = RwSignal::new(complete().map(str::to_owned).collect::<Vec<_>>());
    let keep = RwSignal::new(true);
    let share = RwSignal::new(false);
    let chosen = RwSignal::new(Vec::<FormHash>::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let ends_field = NodeRef::<html::Input>::new();

    let create = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let mission = NewMission {
            name: name.get_untracked().trim().to_owned(),
            kind: kind.get_untracked(),
            starts: starts.get_untracked(),
            ends: ends.get_untracked(),
            languages: languages.get_untracked(),
            keep_readable: keep.get_untracked(),
            share_with_team: share.get_untracked(),
            record_time: false,
            forms: chosen
                .get_untracked()
                .into_iter()
                .map(ChosenForm::Known)
                .collect(),
        };
        client::act_busy(CreateMission { mission }, busy, failure, |made| {
            route::go(&Route::Desk(vec!["missions".into(), made.to_string()]));
        });
    };
    // What is missing is said where it is; the button stays alive.
    let wrong = Signal::derive(move || starts.get() > ends.get());
    Effect::new(move |_| {
        let says = if wrong.get() {
            t(errors::MISSION_ENDS_BEFORE_START)
        } else {
            ""
        };
        if let Some(ends) = ends_field.get() {
            ends.set_custom_validity(says);
        }
    });
    view! {
        <header><h1>{t(desk::MISSION_NEW)}</h1></header>
        <form class="work__body work__body--narrow" autocomplete="off" on:submit=create>
            <div class="field">
                <label for="mission-name">{t(desk::MISSION_NAME)}</label>
                <input class="input" id="mission-name" required bind:value=name/>
            </div>
            <div class="field">
                <label for="mission-kind">{t(desk::MISSION_KIND)}</label>
                <select class="input" id="mission-kind" on:change=move |event| kind.set(event_target_value(&event).parse().unwrap_or(MissionKind::Observation))>
                    {MissionKind::ALL.iter().map(|kind| view! { <option value=kind.code()>{kind_name(*kind)}</option> }).collect_view()}
                </select>
            </div>
            <div class="fields-row">
                <div class="field">
                    <label for="mission-starts">{t(desk::MISSION_STARTS)}</label>
                    <input class="input" id="mission-starts" type="date" required bind:value=starts/>
                </div>
                <div class="field">
                    <label for="mission-ends">{t(desk::MISSION_ENDS)}</label>
                    <input class="input" id="mission-ends" type="date" required node_ref=ends_field aria-invalid=move || wrong.get().then_some("true") bind:value=ends/>
                </div>
            </div>
            <fieldset class="field">
                <legend>{t(desk::MISSION_LANGUAGES)}</legend>
                <div class="chips">{LANGUAGES.iter().map(|language| language_chip(language, languages)).collect_view()}</div>
            </fieldset>
            <fieldset class="field">
                <legend>{t(desk::POLICY)}</legend>
                <label class="choice">
                    <input type="checkbox" prop:checked=move || keep.get() aria-describedby="policy-keep-hint"
                        on:change=move |event| keep.set(event_target_checked(&event))/>
                    {t(desk::POLICY_KEEP)}
                </label>
                <p class="field__hint" id="policy-keep-hint">{t(desk::POLICY_KEEP_HINT)}</p>
                <label class="choice">
                    <input type="checkbox" prop:checked=move || share.get() aria-describedby="policy-share-hint"
                        on:change=move |event| share.set(event_target_checked(&event))/>
                    {t(desk::POLICY_SHARE)}
                </label>
                <p class="field__hint" id="policy-share-hint">{t(desk::POLICY_SHARE_HINT)}</p>
            </fieldset>
            <Choose chosen failure/>
            <Failed failure/>
            <div class="row">
                <a class="button" href=Route::Desk(vec!["missions".into()]).href()>{t(desk::CANCEL)}</a>
                <button class="button button--main" disabled=busy>{t(desk::MISSION_GO)}</button>
            </div>
        </form>
    }
}

fn language_chip(language: &'static Language, languages: RwSignal<Vec<String>>) -> impl IntoView {
    let code = language.code;
    let on = move || languages.read().iter().any(|one| one == code);
    let turn = move |_| {
        languages.update(|all| match all.iter().position(|one| one == code) {
            // A mission is in one language at least.
            Some(_) if all.len() == 1 => {}
            Some(at) => drop(all.remove(at)),
            None => all.push(code.to_owned()),
        });
    };
    view! {
        <button type="button" class="chip" aria-pressed=move || on().to_string() on:click=turn>{language.name}</button>
    }
}

/// The questionnaires of the library; one that was dropped here is ticked at once.
#[component]
fn Choose(chosen: RwSignal<Vec<FormHash>>, failure: RwSignal<Option<Failure>>) -> impl IntoView {
    let known = RwSignal::new(Vec::<LibraryForm>::new());
    Turn::new().show(ListLibrary, failure, move |list| known.set(list));
    let added = move |(list, info): (Vec<LibraryForm>, FormInfo)| {
        let here = list
            .iter()
            .find(|one| one.info.id == info.id && one.info.version == info.version);
        if let Some(here) = here {
            chosen.update(|all| {
                if !all.contains(&here.hash) {
                    all.push(here.hash.clone());
                }
            });
        }
        known.set(list);
    };
    let line = move |form: LibraryForm| {
        let (hash, mine) = (form.hash.clone(), form.hash.clone());
        let turn = move |event: ev::Event| {
            let on = event_target_checked(&event);
            chosen.update(|all| {
                all.retain(|one| *one != hash);
                if on {
                    all.push(hash.clone());
                }
            });
        };
        view! {
            <label class="choice">
                <input type="checkbox" prop:checked=move || chosen.read().contains(&mine) on:change=turn/>
                <span>
                    <strong>{title_of(&form.info)}</strong>
                    " "
                    <span class="quiet">
                        {fill(desk::FORM_QUESTIONS, &[("count", &form.info.questions.to_string())])} " · "
                        {fill(desk::FORM_VERSION, &[("version", &form.info.version)])}
                    </span>
                </span>
            </label>
        }
    };
    let offered = move || -> Vec<LibraryForm> {
        let all = known.get().into_iter();
        all.filter(|form| form.newest && !form.put_away).collect()
    };
    view! {
        <fieldset class="field">
            <legend>{t(library::MISSION_CHOOSE)}</legend>
            {move || offered().is_empty().then(|| view! { <p class="quiet">{t(library::MISSION_NONE)}</p> })}
            {move || offered().into_iter().map(line).collect_view()}
        </fieldset>
        <forms::Import on_added=added/>
    }
}
