//! Entries: the table of all that was received, its filters, and one entry at its side.

use leptos::{ev, html, prelude::*};
use vigie_model::{
    Column, RecordId,
    kinds::{KINDS, Listed},
};
use vigie_protocol::{Failure, GetTable, ListOfficeMissions, OfficeMission, Row, Table};
use wasm_bindgen::JsCast;

use crate::{
    client::Turn,
    components::{
        frame::Heading,
        icon::{icon, lu},
    },
    format,
    i18n::{Key, carnet, desk, fill, t},
    pages::desk::{entry::EntrySheet, failed::Failed, looking::Looking},
    route,
    state::use_state,
    words::{kind_name, kind_names},
};

/// Rows of one page of the table.
const PAGE: usize = 100;

#[component]
pub fn Entries(open: Option<RecordId>, looking: Looking) -> impl IntoView {
    let state = use_state();
    let typed = looking.search.clone();
    let looking = RwSignal::new(looking);
    let missions = RwSignal::new(Vec::<OfficeMission>::new());
    let table = RwSignal::new(None::<Table>);
    let failure = RwSignal::new(None::<Failure>);
    let chosen = RwSignal::new(open);
    let field = NodeRef::<html::Input>::new();

    Turn::new().show(ListOfficeMissions, failure, move |list| missions.set(list));
    let turn = Turn::new();
    Effect::new(move |_| {
        state.changes.track();
        let looking = looking.read();
        let request = GetTable {
            filter: looking.filter(),
            view: looking.view(),
            offset: looking.offset,
            limit: PAGE,
        };
        turn.show(request, failure, move |found| table.set(Some(found)));
    });
    Effect::new(move |_| route::rename(&looking.read().entries(chosen.get())));
    let choose = move |rec: Option<RecordId>| {
        if let (None, Some(before)) = (rec, chosen.get_untracked()) {
            focus_on_row(before);
        }
        chosen.set(rec);
    };
    let narrow = move |change: fn(&mut Looking, String), value: String| {
        looking.update(|looking| looking.choose(|looking| change(looking, value)));
    };
    let step = move |by: isize| {
        table.with_untracked(|table| {
            let Some(table) = table.as_ref().filter(|table| !table.rows.is_empty()) else {
                return;
            };
            let now = chosen
                .with_untracked(|rec| table.rows.iter().position(|row| Some(row.rec) == *rec));
            let next = now.map_or(0, |now| {
                now.saturating_add_signed(by).min(table.rows.len() - 1)
            });
            choose(Some(table.rows[next].rec));
        });
    };
    let keys = window_event_listener(ev::keydown, move |event| {
        let typing = document()
            .active_element()
            .is_some_and(|on| matches!(on.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "Escape" => choose(None),
            _ if typing => {}
            "/" => {
                event.prevent_default();
                if let Some(input) = field.get_untracked() {
                    drop(input.focus());
                }
            }
            "j" => step(1),
            "k" => step(-1),
            _ => {}
        }
    });
    on_cleanup(move || keys.remove());

    let kind_chip = move |value: &'static str, words: &'static str| {
        let is_shown = move || {
            let looking = looking.read();
            let is_all = value.is_empty() && (looking.conflicts || looking.deleted);
            looking.kind == value && !is_all
        };
        view! {
            <button type="button" class="chip" aria-pressed=move || is_shown().to_string()
                on:click=move |_| looking.update(|looking| looking.choose(|looking| {
                    looking.kind = value.to_owned();
                    // All is all.
                    if value.is_empty() {
                        looking.conflicts = false;
                        looking.deleted = false;
                    }
                }))>
                {words}
            </button>
        }
    };
    let toggle = move |of: fn(&mut Looking) -> &mut bool, words: Key| {
        let is_on = move || *of(&mut looking.get());
        view! {
            <button type="button" class="chip" aria-pressed=move || is_on().to_string()
                on:click=move |_| looking.update(|looking| looking.choose(|looking| *of(looking) = !*of(looking)))>
                {t(words)}
            </button>
        }
    };
    let list = move |label: Key,
                     all: Key,
                     options: Signal<Vec<(String, String)>>,
                     now: fn(&Looking) -> &str,
                     change: fn(&mut Looking, String)| {
        view! {
            <select class="input" aria-label=t(label) on:change=move |event| narrow(change, event_target_value(&event))>
                <option value="" prop:selected=move || now(&looking.read()).is_empty()>{t(all)}</option>
                {move || options.get().into_iter().map(|(value, words)| {
                    let is_chosen = now(&looking.read()) == value;
                    view! { <option value=value prop:selected=is_chosen>{words}</option> }
                }).collect_view()}
            </select>
        }
    };
    let of_table = move |part: fn(&Table) -> Vec<(String, String)>| {
        Signal::derive(move || table.read().as_ref().map(part).unwrap_or_default())
    };
    let missions = Signal::derive(move || {
        let missions = missions.get().into_iter();
        missions
            .map(|one| (one.id.to_string(), one.said.name))
            .collect()
    });
    let people = of_table(|table| {
        table
            .people
            .iter()
            .map(|by| (by.clone(), by.clone()))
            .collect()
    });
    let forms = of_table(|table| {
        let forms = table.forms.iter();
        forms
            .map(|(id, title)| (id.as_str().to_owned(), title.clone()))
            .collect()
    });
    let day = move |label: Key, now: fn(&Looking) -> &str, change: fn(&mut Looking, String)| {
        view! {
            <label class="tools__day">
                <span class="quiet">{t(label)}</span>
                <input class="input" type="date" prop:value=move || now(&looking.read()).to_owned() on:change=move |event| narrow(change, event_target_value(&event))/>
            </label>
        }
    };
    let show_all = move |_| {
        looking.update(|looking| {
            *looking = Looking {
                order: looking.order,
                ..Looking::default()
            };
        });
        if let Some(input) = field.get_untracked() {
            input.set_value("");
            drop(input.focus());
        }
    };
    view! {
        <header><Heading text=t(desk::ENTRIES).to_owned() take_focus=open.is_none()/></header>
        <div class="tools">
            <input class="input" type="search" autocomplete="off" node_ref=field value=typed placeholder=t(desk::SEARCH) aria-label=t(desk::SEARCH)
                on:input=move |event| narrow(|looking, text| looking.search = text, event_target_value(&event))/>
            {kind_chip("", t(desk::ALL_KINDS))}
            {KINDS.iter().filter(|of| of.listed != Listed::Nowhere).map(|of| kind_chip(of.kind.as_str(), kind_names(of.kind.as_str()))).collect_view()}
            {toggle(|looking| &mut looking.conflicts, desk::CONFLICTS_ONLY)}
            {toggle(|looking| &mut looking.deleted, desk::DELETED_TOO)}
        </div>
        <div class="tools tools--narrow">
            {list(desk::COL_MISSION, desk::ALL_MISSIONS, missions, |looking| &looking.mission, |looking, value| looking.mission = value)}
            {list(desk::FILTER_FORM, desk::ALL_FORMS, forms, |looking| &looking.form, |looking, value| looking.form = value)}
            {list(desk::COL_BY, desk::ALL_PEOPLE, people, |looking| &looking.by, |looking, value| looking.by = value)}
            {day(carnet::FROM, |looking| &looking.from, |looking, value| looking.from = value)}
            {day(carnet::TO, |looking| &looking.to, |looking, value| looking.to = value)}
            {move || (!looking.read().bundle.is_empty()).then(|| view! {
                <button type="button" class="chip" aria-pressed="true" on:click=move |_| looking.update(|looking| looking.choose(|looking| looking.bundle.clear()))>
                    {t(desk::OF_BUNDLE)}{icon(lu::LuX)}
                </button>
            })}
            {move || looking.read().is_narrowed().then(|| view! {
                <button type="button" class="button button--plain" on:click=show_all>{icon(lu::LuX)}{t(desk::FILTERS_CLEAR)}</button>
            })}
            <span class="quiet" role="status">
                {move || table.get().map(|table| {
                    fill(desk::OF_TOTAL, &[("shown", &format::number(table.total as f64)), ("all", &format::number(table.all as f64))])
                })}
            </span>
            <a class="button button--plain" href=move || looking.read().exports().href()>{icon(lu::LuDownload)}{t(desk::EXPORT_THESE)}</a>
        </div>
        <Failed failure/>
        <div class="split" class:split--open=move || chosen.read().is_some()>
            <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::ENTRIES)>
                {move || table.get().map(|table| if table.all == 0 {
                    view! { <p class="empty">{t(desk::ENTRIES_EMPTY)}</p> }.into_any()
                } else if table.rows.is_empty() {
                    view! { <p class="empty">{t(desk::ENTRIES_NONE)}</p> }.into_any()
                } else {
                    rows(table, chosen, choose, looking).into_any()
                })}
            </div>
            {move || chosen.get().map(|rec| view! { <EntrySheet rec on_close=move || choose(None)/> })}
        </div>
    }
}

fn row_id(rec: RecordId) -> String {
    format!("entry-{rec}")
}

/// An entry that closes gives the focus back to its row.
fn focus_on_row(rec: RecordId) {
    let row = document().get_element_by_id(&row_id(rec));
    if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(row.focus());
    }
}

fn rows(
    table: Table,
    chosen: RwSignal<Option<RecordId>>,
    choose: impl Fn(Option<RecordId>) + Copy + 'static,
    looking: RwSignal<Looking>,
) -> impl IntoView {
    let total = table.total;
    let row = move |row: Row| {
        let rec = row.rec;
        let open = move |_| choose(Some(rec));
        let selected = move || (chosen.get() == Some(rec)).to_string();
        let when = if row.at.is_empty() {
            format::date_time(row.created)
        } else {
            format::typed("dateTime", &row.at)
        };
        let title = if row.title.is_empty() {
            "–".to_owned()
        } else {
            row.title.clone()
        };
        view! {
            <tr aria-selected=selected on:click=open>
                <td>
                    <button type="button" class="table__open" id=row_id(rec)>{title}</button>
                </td>
                <td>{kind_name(row.kind.as_str())}</td>
                <td>{row.place.clone()}</td>
                <td class="num">{when}</td>
                <td>{row.by.clone()}</td>
                <td>{state_of(&row)}</td>
            </tr>
        }
    };
    let head = move |column: Column, words: Key| {
        let order = looking.read_untracked().order;
        let (sorted, sign) = match (
            order.column == column,
            order.reversed == (column == Column::When),
        ) {
            (false, _) => ("none", None),
            (true, true) => ("ascending", Some(lu::LuArrowUp)),
            (true, false) => ("descending", Some(lu::LuArrowDown)),
        };
        view! {
            <th scope="col" class:num=column == Column::When aria-sort=sorted>
                <button type="button" class="table__sort" on:click=move |_| looking.update(|looking| looking.by_column(column))>{t(words)}{sign.map(icon)}</button>
            </th>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr>
                    {head(Column::Title, desk::COL_TITLE)}
                    {head(Column::Kind, desk::COL_KIND)}
                    {head(Column::Place, desk::COL_PLACE)}
                    {head(Column::When, desk::COL_WHEN)}
                    {head(Column::By, desk::COL_BY)}
                    {head(Column::State, desk::COL_STATE)}
                </tr>
            </thead>
            <tbody>{table.rows.into_iter().map(row).collect_view()}</tbody>
        </table>
        <div class="row table__pages">
            <button type="button" class="button" disabled=move || looking.read().offset == 0
                on:click=move |_| looking.update(|looking| looking.offset = looking.offset.saturating_sub(PAGE))>
                {t(desk::PREVIOUS)}
            </button>
            <button type="button" class="button" disabled=move || { looking.read().offset + PAGE >= total }
                on:click=move |_| looking.update(|looking| looking.offset += PAGE)>
                {t(desk::NEXT)}
            </button>
        </div>
    }
}

/// What is out of the ordinary; most entries are not.
fn state_of(row: &Row) -> Option<impl IntoView + use<>> {
    let (class, shape, words) = if row.erased.is_some() {
        ("state state--draft", lu::LuEraser, desk::ERASED)
    } else if row.conflict {
        ("state state--conflict", lu::LuSplit, desk::STATE_CONFLICT)
    } else if row.deleted {
        ("state state--draft", lu::LuTrash2, desk::STATE_DELETED)
    } else {
        return None;
    };
    Some(view! { <span class=class>{icon(shape)}{t(words)}</span> })
}
