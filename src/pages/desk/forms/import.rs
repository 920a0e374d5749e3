//! Files dropped or chosen: read by the desk's module, kept when they are good, and all that is wrong with them said.

use leptos::{html, prelude::*, task::spawn_local};
use vigie_forms::Severity;
use vigie_protocol::{
    AddForm, Failure, FormInfo, LibraryForm, ReadForm, ReadForms, WorkbookProblem,
};
use web_sys::FileList;

use super::version_words;
use crate::{
    client,
    components::icon::{icon, lu},
    file,
    i18n::{self, count, fill, library, t},
    pages::desk::{drop::Drop, failed::Failed},
    words::title_of,
};

/// One file, after it was read.
#[derive(Clone, PartialEq)]
struct Outcome {
    file: String,
    /// What was added.
    added: Option<FormInfo>,
    /// Another version has this number.
    same_version: bool,
    problems: Vec<WorkbookProblem>,
}

/// The whole library comes back after each form that was added, with what was.
#[component]
pub fn Import(#[prop(into)] on_added: Callback<(Vec<LibraryForm>, FormInfo)>) -> impl IntoView {
    let reading = RwSignal::new(false);
    let outcomes = RwSignal::new(Vec::<Outcome>::new());
    let failure = RwSignal::new(None::<Failure>);
    let field = NodeRef::<html::Input>::new();
    let take = move |files: FileList| {
        reading.set(true);
        failure.set(None);
        outcomes.set(Vec::new());
        spawn_local(async move {
            match read(files).await {
                Ok(forms) => {
                    for form in forms {
                        match keep(form, on_added).await {
                            Ok(outcome) => outcomes.update(|all| all.push(outcome)),
                            Err(what) => failure.set(Some(what)),
                        }
                    }
                }
                Err(what) => failure.set(Some(what)),
            }
            reading.set(false);
            // The same file, mended, can be chosen again.
            if let Some(input) = field.get_untracked() {
                input.set_value("");
            }
        });
    };

    view! {
        <Drop says=t(library::DROP) act=t(library::CHOOSE_FILES) accept=".xlsx,.xls,.xml,.csv,.geojson,image/*,audio/*,video/*" field on_files=take/>
        <p role="status" class="quiet" hidden=move || !reading.get()>{move || reading.get().then(|| t(library::READING))}</p>
        <Failed failure/>
        {move || outcomes.get().into_iter().map(shown).collect_view()}
    }
}

async fn read(files: FileList) -> Result<Vec<ReadForm>, Failure> {
    let files = file::read_all(&files).await;
    let lang = i18n::lang().to_owned();
    client::workbooks(ReadForms { files, lang }).await
}

async fn keep(
    read: ReadForm,
    on_added: Callback<(Vec<LibraryForm>, FormInfo)>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome {
        file: read.file,
        added: None,
        same_version: false,
        problems: read.problems,
    };
    let (Some(form), Some(info)) = (read.form, read.info) else {
        return Ok(outcome);
    };
    let list = client::ask(AddForm { form }).await?;
    let same = list
        .iter()
        .filter(|one| one.info.id == info.id && one.info.version == info.version);
    outcome.same_version = !info.version.is_empty() && same.count() > 1;
    on_added.run((list, info.clone()));
    outcome.added = Some(info);
    Ok(outcome)
}

fn shown(outcome: Outcome) -> impl IntoView {
    let (errors, warnings): (Vec<_>, Vec<_>) = outcome
        .problems
        .into_iter()
        .partition(|problem| problem.severity == Severity::Error);
    let (class, sign, said) = match &outcome.added {
        Some(info) => (
            "notice notice--safe",
            lu::LuCircleCheck,
            fill(
                library::ADDED,
                &[(
                    "name",
                    &format!("{} ({})", title_of(info), version_words(info)),
                )],
            ),
        ),
        None => (
            "notice notice--loss",
            lu::LuTriangleAlert,
            t(library::REFUSED).to_owned(),
        ),
    };
    let same = outcome
        .same_version
        .then_some(outcome.added.as_ref())
        .flatten();
    let same = same.map(|info| fill(library::SAME_VERSION, &[("version", &info.version)]));
    view! {
        <section class="stack" aria-label=outcome.file.clone()>
            <div class=class role="alert">
                {icon(sign)}
                <strong>{outcome.file.clone()}</strong>
                <span class="notice__text">{said}</span>
            </div>
            {same.map(|words| view! { <p class="notice notice--here">{icon(lu::LuTriangleAlert)}<span>{words}</span></p> })}
            {(!errors.is_empty()).then(|| {
                let title = count(errors.len(), library::N_ERRORS);
                view! { <h2 class="problems problems--errors">{title.clone()}</h2> {table(errors, title)} }
            })}
            {(!warnings.is_empty()).then(|| {
                let title = count(warnings.len(), library::N_WARNINGS);
                view! {
                    <details class="problems">
                        <summary>{title.clone()}</summary>
                        {table(warnings, title)}
                    </details>
                }
            })}
        </section>
    }
}

fn table(problems: Vec<WorkbookProblem>, title: String) -> impl IntoView {
    let row = |problem: WorkbookProblem| {
        let number = (problem.row > 0).then_some(problem.row);
        let column = Some(problem.column).filter(|column| !column.is_empty());
        let of_column = column.as_ref().map(|_| t(library::WHERE_COLUMN));
        let of_cell = (!problem.cell.is_empty()).then(|| t(library::WHERE_CELL));
        view! {
            <tr>
                <td>{problem.sheet}</td>
                <td class="num" data-of=number.map(|_| t(library::WHERE_ROW))>{number}</td>
                <td data-of=of_column>{column.map(|column| view! { <code>{column}</code> })}</td>
                <td class="table__wrap" data-of=of_cell><code>{problem.cell}</code></td>
                <td class="table__wrap table__says">{problem.message}</td>
            </tr>
        }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=title>
            <table class="table table--stack">
                <thead>
                    <tr>
                        <th scope="col">{t(library::WHERE_SHEET)}</th>
                        <th scope="col" class="num">{t(library::WHERE_ROW)}</th>
                        <th scope="col">{t(library::WHERE_COLUMN)}</th>
                        <th scope="col">{t(library::WHERE_CELL)}</th>
                        <th scope="col">{t(library::WHERE_WHAT)}</th>
                    </tr>
                </thead>
                <tbody>{problems.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
