//! Entries: the table of all that was received, its filters, and one entry at its side.

use leptos::{ev, html, prelude::*};
use vigie_model::{
    Kind, RecordId,
    kinds::{KINDS, Listed},
};
use vigie_protocol::{Failure, Filter, GetTable, Row, Table};
use wasm_bindgen::JsCast;

use crate::{
    client::Turn,
    components::icon::{icon, lu},
    format,
    i18n::{Key, desk, fill, t},
    pages::desk::{entry::EntrySheet, failed::Failed},
    route::{self, Route},
    state::use_state,
    words::{kind_name, kind_names},
};

/// Rows of one page of the table.
const PAGE: usize = 100;

#[component]
pub fn Entries(open: Option<RecordId>) -> impl IntoView {
    let state = use_state();
    let search = RwSignal::new(String::new());
    let kind = RwSignal::new(String::new());
    let conflicts = RwSignal::new(false);
    let deleted = RwSignal::new(false);
    let offset = RwSignal::new(0_usize);
    let table = RwSignal::new(None::<Table>);
    let failure = RwSignal::new(None::<Failure>);
    let chosen = RwSignal::new(open);
    let field = NodeRef::<html::Input>::new();

    let turn = Turn::new();
    Effect::new(move |_| {
        state.changes.track();
        let kinds = Some(kind.get())
            .filter(|kind| !kind.is_empty())
            .map(Kind::new)
            .into_iter()
            .collect();
        let filter = Filter {
            search: search.get(),
            kinds,
            conflicts_only: conflicts.get(),
            deleted: deleted.get(),
            ..Filter::default()
        };
        let request = GetTable {
            filter,
            offset: offset.get(),
            limit: PAGE,
        };
        turn.show(request, failure, move |found| table.set(Some(found)));
    });
    let choose = move |rec: Option<RecordId>| {
        let mut path = vec!["entrees".to_owned()];
        path.extend(rec.map(|rec| rec.to_string()));
        route::rename(&Route::Desk(path));
        if let (None, Some(before)) = (rec, chosen.get_untracked()) {
            focus_on_row(before);
        }
        chosen.set(rec);
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

    let is_shown = move |value: &str| {
        let is_all = value.is_empty() && (conflicts.get() || deleted.get());
        *kind.read() == value && !is_all
    };
    let kind_chip = move |value: &'static str, words: &'static str| {
        view! {
            <button type="button" class="chip" aria-pressed=move || is_shown(value).to_string()
                on:click=move |_| {
                    offset.set(0);
                    kind.set(value.to_owned());
                    // All is all.
                    if value.is_empty() {
                        conflicts.set(false);
                        deleted.set(false);
                    }
                }>
                {words}
            </button>
        }
    };
    let toggle = move |signal: RwSignal<bool>, words: Key| {
        view! {
            <button type="button" class="chip" aria-pressed=move || signal.get().to_string()
                on:click=move |_| { offset.set(0); signal.update(|on| *on = !*on); }>
                {t(words)}
            </button>
        }
    };
    view! {
        <header><h1>{t(desk::ENTRIES)}</h1></header>
        <div class="tools">
            <input class="input" type="search" autocomplete="off" node_ref=field placeholder=t(desk::SEARCH) aria-label=t(desk::SEARCH)
                on:input=move |event| { offset.set(0); search.set(event_target_value(&event)); }/>
            {kind_chip("", t(desk::ALL_KINDS))}
            {KINDS.iter().filter(|of| of.listed != Listed::Nowhere).map(|of| kind_chip(of.kind.as_str(), kind_names(of.kind.as_str()))).collect_view()}
            {toggle(conflicts, desk::CONFLICTS_ONLY)}
            {toggle(deleted, desk::DELETED_TOO)}
            <span class="quiet" role="status">
                {move || table.get().map(|table| {
                    fill(desk::OF_TOTAL, &[("shown", &format::number(table.total as f64)), ("all", &format::number(table.all as f64))])
                })}
            </span>
        </div>
        <Failed failure/>
        <div class="split" class:split--open=move || chosen.read().is_some()>
            <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::ENTRIES)>
                {move || table.get().map(|table| if table.all == 0 {
                    view! { <p class="empty">{t(desk::ENTRIES_EMPTY)}</p> }.into_any()
                } else if table.rows.is_empty() {
                    view! { <p class="empty">{t(desk::ENTRIES_NONE)}</p> }.into_any()
                } else {
                    rows(table, chosen, choose, offset).into_any()
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
    offset: RwSignal<usize>,
) -> impl IntoView {
    let total = table.total;
    let row = move |row: Row| {
        let rec = row.rec;
        let open = move |_| choose(Some(rec));
        let selected = move || (chosen.get() == Some(rec)).to_string();
        let when = if row.at.is_empty() {
            format::date_time(row.updated)
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
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">{t(desk::COL_TITLE)}</th>
                    <th scope="col">{t(desk::COL_KIND)}</th>
                    <th scope="col">{t(desk::COL_PLACE)}</th>
                    <th scope="col" class="num">{t(desk::COL_WHEN)}</th>
                    <th scope="col">{t(desk::COL_BY)}</th>
                    <th scope="col">{t(desk::COL_STATE)}</th>
                </tr>
            </thead>
            <tbody>{table.rows.into_iter().map(row).collect_view()}</tbody>
        </table>
        <div class="row table__pages">
            <button type="button" class="button" disabled=move || offset.get() == 0
                on:click=move |_| offset.update(|from| *from = from.saturating_sub(PAGE))>
                {t(desk::PREVIOUS)}
            </button>
            <button type="button" class="button" disabled=move || { offset.get() + PAGE >= total }
                on:click=move |_| offset.update(|from| *from += PAGE)>
                {t(desk::NEXT)}
            </button>
        </div>
    }
}

fn state_of(row: &Row) -> impl IntoView + use<> {
    let (class, shape, words) = if row.erased.is_some() {
        ("state state--draft", lu::LuEraser, desk::ERASED)
    } else if row.conflict {
        ("state state--conflict", lu::LuSplit, desk::STATE_CONFLICT)
    } else if row.deleted {
        ("state state--draft", lu::LuTrash2, desk::STATE_DELETED)
    } else {
        ("state state--received", lu::LuCheckCheck, desk::STATE_FINE)
    };
    view! { <span class=class>{icon(shape)}{t(words)}</span> }
}
