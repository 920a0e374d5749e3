//! What is said of a mission: name, kind, dates, languages, rules; with its questionnaires where it is new.

use leptos::{ev, html, prelude::*};
use vigie_model::{FormHash, MissionId, MissionKind};
use vigie_protocol::{
    ChosenForm, CreateMission, Failure, FormInfo, LibraryForm, ListLibrary, ListOfficeMissions,
    NewMission, ReviseMission, SaidMission,
};

use crate::{
    client::{self, Turn},
    components::frame::Heading,
    format,
    i18n::{LANGUAGES, Language, complete, desk, fill, library, refusals, t},
    pages::desk::{failed::Failed, forms, missions::kind_name},
    route::{self, Route},
    words::title_of,
};

/// The fields, as they are filled.
#[derive(Clone, Copy)]
struct Said {
    name: RwSignal<String>,
    kind: RwSignal<MissionKind>,
    starts: RwSignal<String>,
    ends: RwSignal<String>,
    languages: RwSignal<Vec<String>>,
    keep: RwSignal<bool>,
    share: RwSignal<bool>,
    /// Nobody is asked.
    record_time: bool,
}

impl Said {
    fn of(said: SaidMission) -> Said {
        Said {
            name: RwSignal::new(said.name),
            kind: RwSignal::new(said.kind),
            starts: RwSignal::new(said.starts),
            ends: RwSignal::new(said.ends),
            languages: RwSignal::new(said.languages),
            keep: RwSignal::new(said.keep_readable),
            share: RwSignal::new(said.share_with_team),
            record_time: said.record_time,
        }
    }

    fn blank() -> Said {
        Said::of(SaidMission {
            name: String::new(),
            kind: MissionKind::Observation,
            starts: format::day_of(format::now()),
            ends: format::day_of(format::now() + 14 * 86_400_000),
            languages: complete().map(str::to_owned).collect(),
            keep_readable: true,
            share_with_team: false,
            record_time: false,
        })
    }

    fn told(self) -> SaidMission {
        SaidMission {
            name: self.name.get_untracked().trim().to_owned(),
            kind: self.kind.get_untracked(),
            starts: self.starts.get_untracked(),
            ends: self.ends.get_untracked(),
            languages: self.languages.get_untracked(),
            keep_readable: self.keep.get_untracked(),
            share_with_team: self.share.get_untracked(),
            record_time: self.record_time,
        }
    }
}

/// A new mission.
#[component]
pub fn MissionForm() -> impl IntoView {
    let said = Said::blank();
    let chosen = RwSignal::new(Vec::<FormHash>::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let create = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let chosen = chosen.get_untracked().into_iter();
        let mission = NewMission {
            said: said.told(),
            forms: chosen.map(ChosenForm::Known).collect(),
        };
        client::act_busy(CreateMission { mission }, busy, failure, |made| {
            route::go(&page_of(made));
        });
    };
    view! {
        <header><Heading text=t(desk::MISSION_NEW).to_owned()/></header>
        <form class="work__body work__body--narrow" autocomplete="off" on:submit=create>
            {fields(said)}
            <Choose chosen failure/>
            <Failed failure/>
            <div class="row">
                <a class="button" href=Route::Desk(vec!["missions".into()]).href()>{t(desk::CANCEL)}</a>
                <button class="button button--main" disabled=busy>{t(desk::MISSION_GO)}</button>
            </div>
        </form>
    }
}

/// A mission said anew.
#[component]
pub fn Revise(mission: MissionId) -> impl IntoView {
    let found = RwSignal::new(None::<Said>);
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    Turn::new().show(ListOfficeMissions, failure, move |list| {
        let known = list.into_iter().find(|one| one.id == mission);
        found.set(known.map(|one| Said::of(one.said)));
    });
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(said) = found.get_untracked() {
            let said = said.told();
            let request = ReviseMission { mission, said };
            client::act_busy(request, busy, failure, move |_| {
                route::go_instead(&page_of(mission));
            });
        }
    };
    view! {
        <header><Heading text=t(desk::MISSION_EDIT_TITLE).to_owned()/></header>
        <form class="work__body work__body--narrow" autocomplete="off" on:submit=save>
            <p class="quiet">{t(desk::MISSION_EDIT_MORE)}</p>
            {move || found.get().map(fields)}
            <Failed failure/>
            <div class="row">
                <a class="button" href=page_of(mission).href()>{t(desk::CANCEL)}</a>
                <button class="button button--main" disabled=move || busy.get() || found.read().is_none()>{t(desk::MISSION_SAVE)}</button>
            </div>
        </form>
    }
}

fn page_of(mission: MissionId) -> Route {
    Route::Desk(vec!["missions".into(), mission.to_string()])
}

fn fields(said: Said) -> impl IntoView {
    let Said {
        name,
        kind,
        starts,
        ends,
        languages,
        keep,
        share,
        ..
    } = said;
    let ends_field = NodeRef::<html::Input>::new();
    // What is missing is said where it is; the button stays alive.
    let wrong = Signal::derive(move || starts.get() > ends.get());
    Effect::new(move |_| {
        let says = if wrong.get() {
            t(refusals::MISSION_ENDS_BEFORE_START)
        } else {
            ""
        };
        if let Some(ends) = ends_field.get() {
            ends.set_custom_validity(says);
        }
    });
    let kinds = MissionKind::ALL.iter().map(|one| {
        let is_chosen = *one == kind.get_untracked();
        view! { <option value=one.code() selected=is_chosen>{kind_name(*one)}</option> }
    });
    view! {
        <div class="field">
            <label for="mission-name">{t(desk::MISSION_NAME)}</label>
            <input class="input" id="mission-name" required bind:value=name/>
        </div>
        <div class="field">
            <label for="mission-kind">{t(desk::MISSION_KIND)}</label>
            <select class="input" id="mission-kind" on:change=move |event| kind.set(event_target_value(&event).parse().unwrap_or(MissionKind::Observation))>
                {kinds.collect_view()}
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
