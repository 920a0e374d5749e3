//! Exports: what the office has received, as files for other programmes.
//!
//! What the table of entries is narrowed to stands in the address here too, and is what is exported. A workbook is filled
//! by the desk and written by the module that the desk downloads for workbooks: this page carries it from one to the other.

use leptos::{prelude::*, task::spawn_local};
use vigie_model::{Answers, Layout, Rows, Separator, Timestamp};
use vigie_protocol::{
    Chosen, CountExport, Encoded, Export, ExportCounts, ExportFormat, Failure, File, FillBook,
    ListOfficeMissions, OfficeMission, WriteBook,
};

use crate::{
    client::{self, Turn},
    components::{
        choose::Choose,
        frame::Heading,
        icon::{icon, lu},
    },
    file, format,
    i18n::{self, Key, count, desk, fill, t},
    pages::desk::{
        failed::Failed,
        looking::Looking,
        narrowed::{Narrowed, asked_of},
    },
    route,
    state::use_state,
};

/// What a person chose of the file; each by the name it has in the page.
#[derive(Clone, Copy)]
struct Wanted {
    format: RwSignal<String>,
    answers: RwSignal<String>,
    rows: RwSignal<String>,
    separator: RwSignal<String>,
    files: RwSignal<bool>,
}

impl Wanted {
    fn new() -> Wanted {
        let one = |name: &str| RwSignal::new(name.to_owned());
        Wanted {
            format: one("xlsx"),
            answers: one("both"),
            rows: one("long"),
            separator: one("comma"),
            files: RwSignal::new(true),
        }
    }

    fn layout(self) -> Layout {
        Layout {
            rows: match self.rows.get().as_str() {
                "wide" => Rows::Wide,
                _ => Rows::Long,
            },
            answers: match self.answers.get().as_str() {
                "codes" => Answers::Codes,
                "labels" => Answers::Labels,
                _ => Answers::Both,
            },
            lang: i18n::lang().to_owned(),
        }
    }

    fn separator(self) -> Separator {
        match self.separator.get().as_str() {
            "semicolon" => Separator::Semicolon,
            _ => Separator::Comma,
        }
    }

    fn has_tables(self) -> bool {
        matches!(self.format.read().as_str(), "xlsx" | "csv")
    }
}

/// The file of these entries, with those attached to them or not.
async fn make(wanted: Wanted, chosen: Chosen, files: bool) -> Result<File, Failure> {
    let (layout, separator) = untrack(move || (wanted.layout(), wanted.separator()));
    let format = match wanted.format.get_untracked().as_str() {
        "csv" => ExportFormat::Csv { layout, separator },
        "json" => ExportFormat::Json,
        "geojson" => ExportFormat::GeoJson { lang: layout.lang },
        "vcard" => ExportFormat::VCard { lang: layout.lang },
        _ => {
            let filled = FillBook {
                chosen: chosen.clone(),
                layout,
            };
            let Encoded(book) = client::ask(filled).await?;
            let day = Timestamp(format::now()).day();
            let name = format!("vigie-xlsx-{day}.xlsx");
            let written = client::workbooks(WriteBook { name, book }).await?;
            if !files {
                return Ok(written);
            }
            ExportFormat::Workbook(written.bytes)
        }
    };
    client::ask(Export {
        format,
        chosen,
        files,
    })
    .await
}

#[component]
pub fn Exports(looking: Looking) -> impl IntoView {
    let state = use_state();
    let looking = RwSignal::new(looking);
    let wanted = Wanted::new();
    let missions = RwSignal::new(Vec::<OfficeMission>::new());
    let counts = RwSignal::new(None::<ExportCounts>);
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let done = RwSignal::new(None::<String>);
    Turn::new().show(ListOfficeMissions, failure, move |list| missions.set(list));
    let turn = Turn::new();
    Effect::new(move |_| {
        state.changes.track();
        let request = CountExport {
            chosen: looking.read().chosen(),
            layout: wanted.layout(),
        };
        turn.show(request, failure, move |found| counts.set(Some(found)));
    });
    Effect::new(move |_| route::rename(&looking.read().exports()));
    let export = move |_| {
        done.set(None);
        failure.set(None);
        busy.set(true);
        let has_files =
            counts.with_untracked(|counts| counts.as_ref().is_some_and(|counts| counts.files > 0));
        let files = has_files && wanted.files.get_untracked();
        let made = make(wanted, looking.read_untracked().chosen(), files);
        spawn_local(async move {
            match made.await {
                Ok(made) if file::save(&made) => drop(done.try_set(Some(made.name))),
                Ok(_) => {}
                Err(why) => drop(failure.try_set(Some(why))),
            }
            busy.try_set(false);
        });
    };
    let is_empty = move || {
        counts
            .read()
            .as_ref()
            .is_some_and(|counts| counts.entries == 0)
    };
    view! {
        <header><Heading text=t(desk::EXPORTS).to_owned()/></header>
        <div class="work__body work__body--narrow">
            <p>{t(desk::EXPORT_WHY)}</p>
            <Narrowing looking missions failure/>
            <Shape wanted counts/>
            <Preview wanted counts/>
            <Failed failure/>
            <div class="row">
                <button type="button" class="button button--main" disabled=move || busy.get() || is_empty() on:click=export>
                    {icon(lu::LuDownload)}
                    {move || t(if busy.get() { desk::EXPORT_BUSY } else { desk::EXPORT_GO })}
                </button>
            </div>
            <p role="status" class="saved">
                {move || done.get().map(|name| format!("{} · {name}", t(desk::EXPORT_DONE)))}
            </p>
        </div>
    }
}

/// Which entries: the mission by a list, and whatever else the table was narrowed to.
#[component]
fn Narrowing(
    looking: RwSignal<Looking>,
    missions: RwSignal<Vec<OfficeMission>>,
    failure: RwSignal<Option<Failure>>,
) -> impl IntoView {
    let asked = asked_of(looking, failure);
    view! {
        <div class="field">
            <label for="export-mission">{t(desk::EXPORT_MISSION)}</label>
            <select class="input" id="export-mission"
                on:change=move |event| looking.update(|looking| looking.choose(|looking| looking.mission = event_target_value(&event)))>
                <option value="" prop:selected=move || looking.read().mission.is_empty()>{t(desk::EXPORT_ALL_MISSIONS)}</option>
                {move || missions.get().into_iter().map(|one| {
                    let (id, mine) = (one.id.to_string(), one.id.to_string());
                    view! { <option value=id prop:selected=move || looking.read().mission == mine>{one.said.name}</option> }
                }).collect_view()}
            </select>
        </div>
        <div class="field">
            <Narrowed looking asked missions none=t(desk::EXPORT_EVERYTHING)/>
            <a href=move || looking.read().entries(None).href()>{t(desk::EXPORT_CHANGE)}</a>
        </div>
    }
}

/// Which file, and how its tables are laid out.
#[component]
fn Shape(wanted: Wanted, counts: RwSignal<Option<ExportCounts>>) -> impl IntoView {
    let options = |all: &[(&str, String)]| {
        let all = all.iter();
        all.map(|(code, words)| ((*code).to_owned(), words.clone()))
            .collect::<Vec<_>>()
    };
    let said = |key: Key| t(key).to_owned();
    let formats = options(&[
        ("xlsx", said(desk::EXPORT_XLSX)),
        ("csv", said(desk::EXPORT_CSV)),
        ("json", said(desk::EXPORT_JSON)),
        ("geojson", said(desk::EXPORT_GEOJSON)),
        ("vcard", said(desk::EXPORT_VCARD)),
    ]);
    let hint = move || {
        t(match wanted.format.get().as_str() {
            "csv" => desk::EXPORT_CSV_HINT,
            "json" => desk::EXPORT_JSON_HINT,
            "geojson" => desk::EXPORT_GEOJSON_HINT,
            "vcard" => desk::EXPORT_VCARD_HINT,
            _ => desk::EXPORT_XLSX_HINT,
        })
    };
    let language = i18n::spoken().name;
    let of_tables = move || {
        wanted.has_tables().then(|| {
            let answers = options(&[
                ("both", said(desk::EXPORT_BOTH)),
                ("labels", said(desk::EXPORT_LABELS)),
                ("codes", said(desk::EXPORT_CODES)),
            ]);
            let rows = options(&[
                ("long", said(desk::EXPORT_ROWS_LONG)),
                ("wide", said(desk::EXPORT_ROWS_WIDE)),
            ]);
            view! {
                <Choose name="export-answers" legend=t(desk::EXPORT_ANSWERS) hint=fill(desk::EXPORT_ANSWERS_HINT, &[("language", language)])
                    options=answers value=wanted.answers on_choose=move |code| wanted.answers.set(code)/>
                <Choose name="export-rows" legend=t(desk::EXPORT_ROWS) options=rows value=wanted.rows on_choose=move |code| wanted.rows.set(code)/>
            }
        })
    };
    let of_csv = move || {
        (*wanted.format.read() == "csv").then(|| {
            let separators = options(&[
                ("comma", said(desk::EXPORT_COMMA)),
                ("semicolon", said(desk::EXPORT_SEMICOLON)),
            ]);
            view! {
                <Choose name="export-separator" legend=t(desk::EXPORT_SEPARATOR) options=separators
                    value=wanted.separator on_choose=move |code| wanted.separator.set(code)/>
            }
        })
    };
    let has_files = move || {
        counts
            .read()
            .as_ref()
            .is_some_and(|counts| counts.files > 0)
    };
    view! {
        <Choose name="export-format" legend=t(desk::EXPORT_FORMAT) options=formats value=wanted.format on_choose=move |code| wanted.format.set(code)/>
        <p class="quiet">{hint}</p>
        {of_tables}
        {of_csv}
        {move || has_files().then(|| view! {
            <label class="choice">
                <input type="checkbox" autocomplete="off" prop:checked=move || wanted.files.get()
                    on:change=move |event| wanted.files.set(event_target_checked(&event))/>
                <span>{t(desk::EXPORT_FILES)}</span>
            </label>
        })}
    }
}

/// What it will hold, before it is made.
#[component]
fn Preview(wanted: Wanted, counts: RwSignal<Option<ExportCounts>>) -> impl IntoView {
    let sum = move |counts: &ExportCounts| {
        let entries = count(counts.entries, desk::N_ENTRIES);
        let of_format = match wanted.format.read().as_str() {
            "geojson" => Some(count(counts.places, desk::N_PLACES)),
            "vcard" => Some(count(counts.contacts, desk::N_CONTACTS)),
            _ => None,
        };
        let files = (counts.files > 0 && wanted.files.get()).then(|| {
            let files = count(counts.files, desk::N_FILES);
            format!("{files} ({})", format::size(counts.bytes))
        });
        [Some(entries), of_format, files]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    };
    let tables = move |counts: &ExportCounts| {
        let rows = counts.tables.iter().map(|(name, lines)| {
            view! {
                <tr>
                    <th scope="row" class="table__wrap">{name.clone()}</th>
                    <td class="num">{format::number(*lines as f64)}</td>
                </tr>
            }
        });
        view! {
            <table class="table table--in-card">
                <thead><tr><th scope="col">{t(desk::EXPORT_TABLE)}</th><th scope="col" class="num">{t(desk::EXPORT_LINES)}</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    view! {
        <section class="card" aria-labelledby="export-preview">
            <h2 id="export-preview">{t(desk::EXPORT_PREVIEW)}</h2>
            {move || counts.read().as_ref().map(|counts| if counts.entries == 0 {
                view! { <p>{t(desk::EXPORT_NONE)}</p> }.into_any()
            } else {
                view! {
                    <p role="status">{sum(counts)}</p>
                    {wanted.has_tables().then(|| tables(counts))}
                }.into_any()
            })}
        </section>
    }
}
