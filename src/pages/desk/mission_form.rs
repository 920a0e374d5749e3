//! A new mission: name, kind, dates, languages, rules, questionnaires.

use leptos::{ev, html, prelude::*, task::spawn_local};
use serde_json::Value;
use vigie_backend::protocol::{
    Answer, BureauAnswer, BureauRequest, CompiledForm, DeskAnswer, DeskRequest, Failure, FormInfo,
    NewMission, WorkbookProblem,
};
use wasm_bindgen::JsCast;

use crate::{
    client,
    components::icon::{icon, lu},
    file, format,
    i18n::{self, LANGUAGES, desk, fill, t},
    pages::{
        desk::{failed::Failed, missions::KINDS},
        door::language::name_of,
    },
    route::{self, Route},
};

#[component]
pub fn MissionForm() -> impl IntoView {
    let name = RwSignal::new(String::new());
    let kind = RwSignal::new(KINDS[0].0.to_owned());
    let starts = RwSignal::new(format::day_of(format::now()));
    let ends = RwSignal::new(format::day_of(format::now() + 14 * 86_400_000));
    let languages = RwSignal::new(LANGUAGES.map(str::to_owned).to_vec());
    let keep = RwSignal::new(true);
    let share = RwSignal::new(false);
    let forms = RwSignal::new(Vec::<(FormInfo, Value)>::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);

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
            forms: forms
                .get_untracked()
                .into_iter()
                .map(|(_, form)| form)
                .collect(),
        };
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            match client::ask(DeskRequest::CreateMission { mission }).await {
                Ok(Answer::Desk(DeskAnswer::OfficeMissions(list))) => {
                    let made = list
                        .iter()
                        .rev()
                        .find(|one| one.name == name.get_untracked().trim());
                    let mut path = vec!["missions".to_owned()];
                    path.extend(made.map(|one| one.id.clone()));
                    route::go(&Route::Desk(path));
                }
                Ok(_) => {}
                Err(what) => failure.set(Some(what)),
            }
            busy.set(false);
        });
    };
    let ready = move || {
        !name.read().trim().is_empty()
            && starts.get() <= ends.get()
            && !languages.read().is_empty()
            && !busy.get()
    };
    view! {
        <header><h1>{t(desk::MISSION_NEW)}</h1></header>
        <form class="work__body work__body--narrow" on:submit=create>
            <div class="field">
                <label for="mission-name">{t(desk::MISSION_NAME)}</label>
                <input class="input" id="mission-name" required bind:value=name/>
            </div>
            <div class="field">
                <label for="mission-kind">{t(desk::MISSION_KIND)}</label>
                <select class="input" id="mission-kind" on:change=move |event| kind.set(event_target_value(&event))>
                    {KINDS.map(|(code, words)| view! { <option value=code>{t(words)}</option> }).collect_view()}
                </select>
            </div>
            <div class="fields-row">
                <div class="field">
                    <label for="mission-starts">{t(desk::MISSION_STARTS)}</label>
                    <input class="input" id="mission-starts" type="date" required bind:value=starts/>
                </div>
                <div class="field">
                    <label for="mission-ends">{t(desk::MISSION_ENDS)}</label>
                    <input class="input" id="mission-ends" type="date" required bind:value=ends/>
                </div>
            </div>
            <fieldset class="field">
                <legend>{t(desk::MISSION_LANGUAGES)}</legend>
                <div class="chips">{LANGUAGES.map(|code| language_chip(code, languages)).collect_view()}</div>
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
            <Workbooks forms/>
            <Failed failure/>
            <div class="row">
                <a class="button" href=Route::Desk(vec!["missions".into()]).href()>{t(desk::CANCEL)}</a>
                <button class="button button--main" disabled=move || !ready()>{t(desk::MISSION_GO)}</button>
            </div>
        </form>
    }
}

fn language_chip(code: &'static str, languages: RwSignal<Vec<String>>) -> impl IntoView {
    let on = move || languages.read().iter().any(|one| one == code);
    let turn = move |_| {
        languages.update(|all| match all.iter().position(|one| one == code) {
            Some(at) => drop(all.remove(at)),
            None => all.push(code.to_owned()),
        });
    };
    view! {
        <button type="button" class="chip" aria-pressed=move || on().to_string() on:click=turn>{name_of(code).to_owned()}</button>
    }
}

/// Reads workbooks with the desk's module; all errors of a workbook are listed.
#[component]
fn Workbooks(forms: RwSignal<Vec<(FormInfo, Value)>>) -> impl IntoView {
    let reading = RwSignal::new(false);
    let problems = RwSignal::new(Vec::<(String, bool, Vec<WorkbookProblem>)>::new());
    let failure = RwSignal::new(None::<Failure>);
    let field = NodeRef::<html::Input>::new();
    let picked = move |event: ev::Event| {
        let input: Option<web_sys::HtmlInputElement> =
            event.target().and_then(|target| target.dyn_into().ok());
        let Some(files) = input.as_ref().and_then(web_sys::HtmlInputElement::files) else {
            return;
        };
        problems.set(Vec::new());
        failure.set(None);
        reading.set(true);
        spawn_local(async move {
            for index in 0..files.length() {
                let Some(one) = files.get(index) else {
                    continue;
                };
                let request = BureauRequest::CompileForm { name: one.name() };
                match client::bureau(request, file::read(&one).await).await {
                    Ok((BureauAnswer::Form(compiled), _)) => {
                        take(one.name(), compiled, forms, problems)
                    }
                    Ok(_) => {}
                    Err(what) => failure.set(Some(what)),
                }
            }
            reading.set(false);
            if let Some(input) = field.get_untracked() {
                input.set_value("");
            }
        });
    };
    view! {
        <fieldset class="field">
            <legend>{t(desk::FORMS)}</legend>
            <ul class="stack">
                {move || forms.get().into_iter().map(|(info, _)| form_line(info, forms)).collect_view()}
            </ul>
            {move || forms.read().is_empty().then(|| view! { <p class="quiet">{t(desk::FORMS_NONE)}</p> })}
            <label class="button">
                {icon(lu::LuPlus)}
                {t(desk::FORMS_ADD)}
                <input class="visually-hidden" type="file" multiple accept=".xlsx,.xls" node_ref=field on:change=picked/>
            </label>
            <p role="status" class="quiet">{move || reading.get().then(|| t(desk::FORMS_READING))}</p>
            <Failed failure/>
            {move || problems.get().into_iter().map(|(name, refused, list)| view! { <Problems name refused list/> }).collect_view()}
        </fieldset>
    }
}

fn take(
    name: String,
    compiled: CompiledForm,
    forms: RwSignal<Vec<(FormInfo, Value)>>,
    problems: RwSignal<Vec<(String, bool, Vec<WorkbookProblem>)>>,
) {
    let refused = compiled.form.is_none();
    if let (Some(form), Some(info)) = (compiled.form, compiled.info) {
        forms.update(|all| {
            all.retain(|(known, _)| known.id != info.id);
            all.push((info, form));
        });
    }
    if !compiled.problems.is_empty() {
        problems.update(|all| all.push((name, refused, compiled.problems)));
    }
}

/// The form's title in the language chosen.
pub fn title_of(info: &FormInfo) -> String {
    info.title
        .get(i18n::lang())
        .or_else(|| info.title.values().next())
        .cloned()
        .unwrap_or_else(|| info.id.clone())
}

fn form_line(info: FormInfo, forms: RwSignal<Vec<(FormInfo, Value)>>) -> impl IntoView {
    let id = info.id.clone();
    let title = title_of(&info);
    view! {
        <li class="row">
            <span>
                <strong>{title.clone()}</strong>
                " "
                <span class="quiet">
                    {fill(desk::FORM_QUESTIONS, &[("count", &info.questions.to_string())])} " · "
                    {fill(desk::FORM_VERSION, &[("version", &info.version)])}
                </span>
            </span>
            <button type="button" class="button button--plain" aria-label=format!("{} : {title}", t(desk::FORM_REMOVE))
                on:click=move |_| forms.update(|all| all.retain(|(known, _)| known.id != id))>
                {t(desk::FORM_REMOVE)}
            </button>
        </li>
    }
}

#[component]
fn Problems(name: String, refused: bool, list: Vec<WorkbookProblem>) -> impl IntoView {
    let (class, words) = if refused {
        ("notice notice--loss", desk::FORM_ERRORS)
    } else {
        ("notice notice--here", desk::FORM_WARNINGS)
    };
    view! {
        <section class=class role="alert">
            {icon(lu::LuTriangleAlert)}
            <strong>{name}</strong>
            <span>{t(words)}</span>
            <ul class="stack">
                {list.into_iter().map(|problem| {
                    let place = fill(desk::PROBLEM_WHERE, &[
                        ("sheet", &problem.sheet), ("row", &problem.row.to_string()), ("column", &problem.column),
                    ]);
                    let cell = (!problem.cell.is_empty()).then(|| view! { " " <code>{problem.cell.clone()}</code> });
                    view! { <li>{place} " – " <span lang="en">{problem.message}</span> {cell}</li> }
                }).collect_view()}
            </ul>
        </section>
    }
}
