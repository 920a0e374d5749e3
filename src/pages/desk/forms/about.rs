//! A form's missions, and how complete its languages are.

use leptos::{
    ev::{Event, SubmitEvent},
    prelude::*,
};
use vigie_forms::library::{Completeness, MissingText};
use vigie_model::MissionId;
use vigie_protocol::{
    Failure, FormDetail, LibraryForm, ListOfficeMissions, OfficeMission, PublishForm,
};

use super::{questions_words, version_words};
use crate::{
    client::{self, Turn},
    i18n::{Key, count, fill, library, t},
};

#[component]
pub fn About(
    detail: FormDetail,
    /// A mission was given the form; said for as long as the page is there.
    given: RwSignal<bool>,
    failure: RwSignal<Option<Failure>>,
    read: Callback<()>,
) -> impl IntoView {
    let form = detail.form;
    view! {
        <p class="quiet">
            <code>{form.info.id.to_string()}</code> " · " {version_words(&form.info)} " · " {questions_words(&form.info)}
            " · " {count(form.responses, library::N_RESPONSES)}
        </p>
        <Missions form given failure read/>
        <section class="card">
            <h2>{t(library::LANGUAGES)}</h2>
            {if detail.languages.is_empty() {
                view! { <p class="quiet">{t(library::NO_LANGUAGE)}</p> }.into_any()
            } else {
                detail.languages.into_iter().map(language).collect_view().into_any()
            }}
        </section>
    }
}

/// Which missions have the form; those ticked receive this version.
#[component]
fn Missions(
    form: LibraryForm,
    given: RwSignal<bool>,
    failure: RwSignal<Option<Failure>>,
    read: Callback<()>,
) -> impl IntoView {
    let missions = RwSignal::new(None::<Vec<OfficeMission>>);
    let ticked = RwSignal::new(Vec::<MissionId>::new());
    let lacking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    Turn::new().show(ListOfficeMissions, failure, move |list| {
        missions.set(Some(list))
    });
    let hash = form.hash.clone();
    let assign = move |event: SubmitEvent| {
        event.prevent_default();
        lacking.set(ticked.read_untracked().is_empty());
        if lacking.get_untracked() {
            return;
        }
        let of = PublishForm {
            hash: hash.clone(),
            missions: ticked.get_untracked(),
        };
        client::act_busy(of, busy, failure, move |_| {
            given.set(true);
            read.run(());
        });
    };
    let line = move |mission: OfficeMission| {
        let has = form.missions.iter().any(|(id, _)| *id == mission.id);
        let other = mission
            .forms
            .iter()
            .find(|one| one.id == form.info.id && !has);
        let state = if has {
            Some(t(library::HAS_THIS).to_owned())
        } else {
            other.map(|other| fill(library::HAS_OTHER, &[("version", &other.version)]))
        };
        let id = mission.id;
        let turn = move |event: Event| {
            let on = event_target_checked(&event);
            ticked.update(|all| {
                all.retain(|one| *one != id);
                if on {
                    all.push(id);
                }
            });
        };
        view! {
            <label class="choice">
                <input type="checkbox" disabled=has prop:checked=has on:change=turn/>
                <span>{mission.said.name} " " {state.map(|state| view! { <span class="quiet">{state}</span> })}</span>
            </label>
        }
    };
    view! {
        <section class="card">
            <h2>{t(library::ASSIGN)}</h2>
            <p class="quiet">{t(library::ASSIGN_WHY)}</p>
            {move || missions.get().map(|list| if list.is_empty() {
                view! { <p class="quiet">{t(library::NO_MISSION)}</p> }.into_any()
            } else {
                view! {
                    <form class="stack" autocomplete="off" on:submit=assign.clone()>
                        {list.into_iter().map(line.clone()).collect_view()}
                        <p class="field__error" role="alert">{move || (lacking.get() && ticked.read().is_empty()).then(|| t(library::ASSIGN_NONE))}</p>
                        <button class="button button--main" disabled=busy>{t(library::ASSIGN_GO)}</button>
                    </form>
                }.into_any()
            })}
            <p role="status" class="saved">{move || given.get().then(|| t(library::ASSIGNED))}</p>
        </section>
    }
}

fn language(one: Completeness) -> impl IntoView {
    let words = fill(
        library::COMPLETE,
        &[
            ("language", &one.language),
            ("n", &one.percent().to_string()),
        ],
    );
    let lacks = one.missing.len();
    let list = (lacks > 0).then(|| {
        let title = count(lacks, library::N_LACKS);
        view! {
            <details class="problems">
                <summary>{title.clone()}</summary>
                <div class="table-scroll" tabindex="0" role="region" aria-label=title>
                    <table class="table">
                        <thead><tr><th scope="col">{t(library::LACKS_WHAT)}</th><th scope="col">{t(library::LACKS_OTHER)}</th></tr></thead>
                        <tbody>{one.missing.into_iter().map(missing).collect_view()}</tbody>
                    </table>
                </div>
            </details>
        }
    });
    view! {
        <div class="stack">
            <p>{words.clone()}</p>
            <progress class="progress" max="100" value=(one.said * 100 / one.total.max(1)).to_string() aria-label=words></progress>
            {list}
        </div>
    }
}

fn missing(text: MissingText) -> impl IntoView {
    let part: Key = match text.part.as_str() {
        _ if text.choice => library::PART_CHOICE,
        "label" => library::PART_LABEL,
        "hint" => library::PART_HINT,
        "guidance" => library::PART_GUIDANCE,
        "constraint" => library::PART_CONSTRAINT,
        "required" => library::PART_REQUIRED,
        _ => library::PART_MEDIA,
    };
    view! {
        <tr>
            <td class="table__wrap"><code>{text.of}</code> " " <span class="quiet">{t(part)}</span></td>
            <td class="table__wrap">{text.other}</td>
        </tr>
    }
}
