//! Entries: the table of all that was received, its filters, and one entry at its side.

mod by_question;
mod columns;
mod rows;
mod views;

use std::time::Duration;

use leptos::{ev, html, prelude::*};
use vigie_model::{
    RecordId, Standing,
    kinds::{KINDS, List, Listed},
};
use vigie_protocol::{Chosen, Failure, GetTable, ListOfficeMissions, OfficeMission, Table};

use self::{
    by_question::ByQuestion,
    columns::Columns,
    rows::{AROUND, Part, Rows},
    views::Views,
};
use crate::{
    client::Turn,
    components::{
        frame::Heading,
        icon::{icon, lu},
    },
    format,
    i18n::{Key, carnet, desk, fill, t},
    pages::desk::{
        entry::EntrySheet,
        failed::Failed,
        looking::Looking,
        narrowed::{Narrowed, asked_of, standing_words},
    },
    pause::Pause,
    route,
    state::use_state,
    words::{code_label, kind_names},
};

/// How long after the last row came into sight the address says so, in milliseconds: browsers refuse to write it at every one.
const SETTLED_MS: u64 = 300;
/// Up to this width of the window, in pixels, what narrows is folded.
const WIDE: f64 = 900.0;

fn window_width() -> f64 {
    let width = window().inner_width().ok();
    width.and_then(|width| width.as_f64()).unwrap_or(f64::MAX)
}

#[component]
pub fn Entries(open: Option<RecordId>, looking: Looking) -> impl IntoView {
    let state = use_state();
    let typed = looking.search.clone();
    // The first row in sight, which moves more often than the address may.
    let sight = RwSignal::new(looking.offset);
    let looking = RwSignal::new(looking);
    let missions = RwSignal::new(Vec::<OfficeMission>::new());
    let shown = RwSignal::new(None::<Part>);
    let failure = RwSignal::new(None::<Failure>);
    let chosen = RwSignal::new(open);
    let field = NodeRef::<html::Input>::new();
    let asked = asked_of(looking, failure);

    Turn::new().show(ListOfficeMissions, failure, move |list| missions.set(list));
    let asked_for = Memo::new(move |_| looking.read().chosen());
    let turn = Turn::new();
    Effect::new(move |before: Option<Chosen>| {
        state.changes.track();
        let now = asked_for.get();
        // What is narrowed otherwise begins where its address says.
        let first = looking.read_untracked().offset;
        if before.is_some_and(|before| before != now) && sight.get_untracked() != first {
            sight.set(first);
        }
        let first = sight.get();
        let offset = first.saturating_sub(AROUND);
        let request = GetTable {
            filter: now.filter.clone(),
            view: now.view.clone(),
            offset,
            limit: first - offset + 2 * AROUND,
        };
        let columns = now.view.columns.clone();
        turn.show(request, failure, move |table| {
            shown.set(Some(Part {
                offset,
                columns,
                table,
            }));
        });
        now
    });
    Effect::new(move |_| route::rename(&looking.read().entries(chosen.get())));
    let settled = Pause::new();
    let moved = Callback::new(move |first: usize| {
        if sight.get_untracked() == first {
            return;
        }
        sight.set(first);
        settled.after(Duration::from_millis(SETTLED_MS), move || {
            if looking.read_untracked().offset != first {
                looking.update(|looking| looking.offset = first);
            }
        });
    });
    on_cleanup(move || settled.over());
    let choose = move |rec: Option<RecordId>| {
        if let (None, Some(before)) = (rec, chosen.get_untracked()) {
            rows::focus_on(before);
        }
        chosen.set(rec);
    };
    let narrow = move |change: fn(&mut Looking, String), value: String| {
        looking.update(|looking| looking.choose(|looking| change(looking, value)));
    };
    let step = move |by: isize| {
        shown.with_untracked(|shown| {
            let Some(Part { offset, table, .. }) = shown else {
                return;
            };
            let rows = &table.rows;
            let now =
                chosen.with_untracked(|rec| rows.iter().position(|row| Some(row.rec) == *rec));
            let first = sight.get_untracked().saturating_sub(*offset);
            let next = now.map_or(first, |now| now.saturating_add_signed(by));
            if let Some(row) = rows.get(next.min(rows.len().saturating_sub(1))) {
                rows::focus_on(row.rec);
                choose(Some(row.rec));
            }
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

    let list = move |label: Key,
                     all: Key,
                     options: Signal<Vec<(String, String)>>,
                     now: fn(&Looking) -> &str,
                     change: fn(&mut Looking, String)| {
        view! {
            <select class="input" aria-label=t(label) on:change=move |event| narrow(change, event_target_value(&event))>
                <option value="" prop:selected=move || now(&looking.read()).is_empty()>{t(all)}</option>
                {move || options.get().into_iter().map(|(value, words)| {
                    let mine = value.clone();
                    view! { <option value=value prop:selected=move || now(&looking.read()) == mine>{words}</option> }
                }).collect_view()}
            </select>
        }
    };
    // Memos: as one scrolls, rows come and these stay.
    let of_table = move |part: fn(&Table) -> Vec<(String, String)>| {
        Signal::from(Memo::new(move |_| {
            let shown = shown.read();
            shown
                .as_ref()
                .map(|shown| part(&shown.table))
                .unwrap_or_default()
        }))
    };
    let mission_names = Signal::from(Memo::new(move |_| {
        let missions = missions.get().into_iter();
        missions
            .map(|one| (one.id.to_string(), one.said.name))
            .collect::<Vec<_>>()
    }));
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
    let kinds = Signal::stored(
        KINDS
            .iter()
            .filter(|of| of.listed != Listed::Nowhere)
            .map(|of| {
                let kind = of.kind.as_str();
                (kind.to_owned(), kind_names(kind).to_owned())
            })
            .collect::<Vec<_>>(),
    );
    let themes = Signal::stored(
        List::Themes
            .codes()
            .into_iter()
            .map(|code| (code.to_owned(), code_label(List::Themes, code)))
            .collect::<Vec<_>>(),
    );
    let standings = move || {
        Standing::ALL.map(|standing| {
            let is_chosen = move || looking.read().standing == Some(standing);
            view! { <option prop:selected=is_chosen>{standing_words(standing)}</option> }
        })
    };
    let stand = move |at: i32| {
        // The first says none.
        let standing = usize::try_from(at - 1)
            .ok()
            .and_then(|at| Standing::ALL.get(at));
        looking.update(|looking| looking.choose(|looking| looking.standing = standing.copied()));
    };
    let show_all = move |_| {
        looking.update(|looking| *looking = looking.widened());
        if let Some(input) = field.get_untracked() {
            drop(input.focus());
        }
    };
    // A chip may take it away, and a view may bring another.
    let search = Memo::new(move |_| looking.read().search.clone());
    Effect::new(move |_| {
        let search = search.get();
        if let Some(input) = field.get().filter(|input| input.value() != search) {
            input.set_value(&search);
        }
    });
    let (asking, choosing) = (RwSignal::new(false), RwSignal::new(false));
    let has_form = Memo::new(move |_| !looking.read().form.is_empty());
    let width = RwSignal::new(window_width());
    let resized = window_event_listener(ev::resize, move |_| width.set(window_width()));
    on_cleanup(move || resized.remove());
    let is_wide = Memo::new(move |_| width.get() > WIDE);
    view! {
        <header>
            <Heading text=t(desk::ENTRIES).to_owned() take_focus=open.is_none()/>
            <Views looking/>
            <a class="button button--plain" href=move || looking.read().exports().href()>{icon(lu::LuDownload)}{t(desk::EXPORT_THESE)}</a>
        </header>
        <details class="tools-more" open=is_wide>
            <summary>{icon(lu::LuSlidersHorizontal)}{t(carnet::FILTERS)}</summary>
            <div class="tools tools--narrow">
                <input class="input tools__search" type="search" autocomplete="off" node_ref=field value=typed placeholder=t(desk::SEARCH) aria-label=t(desk::SEARCH)
                    on:input=move |event| narrow(|looking, text| looking.search = text, event_target_value(&event))/>
                {list(desk::COL_KIND, desk::ALL_KINDS, kinds, |looking| &looking.kind, |looking, value| looking.kind = value)}
                {list(desk::COL_MISSION, desk::ALL_MISSIONS, mission_names, |looking| &looking.mission, |looking, value| looking.mission = value)}
                {list(desk::FILTER_FORM, desk::ALL_FORMS, forms, |looking| &looking.form, |looking, value| looking.form = value)}
                {list(desk::COL_BY, desk::ALL_PEOPLE, people, |looking| &looking.by, |looking, value| looking.by = value)}
                {list(carnet::FILTER_THEME, carnet::ALL_THEMES, themes, |looking| &looking.theme, |looking, value| looking.theme = value)}
                <select class="input" aria-label=t(desk::COL_STATE) on:change=move |event| stand(event_target::<web_sys::HtmlSelectElement>(&event).selected_index())>
                    <option prop:selected=move || looking.read().standing.is_none()>{t(desk::ALL_STATES)}</option>
                    {standings()}
                </select>
                <span class="tools__days">
                    {day(carnet::FROM, |looking| &looking.from, |looking, value| looking.from = value)}
                    {day(carnet::TO, |looking| &looking.to, |looking, value| looking.to = value)}
                </span>
                {move || has_form.get().then(|| view! {
                    <button type="button" class="button" aria-haspopup="dialog" on:click=move |_| asking.set(true)>{icon(lu::LuPlus)}{t(desk::FILTER_BY_QUESTION)}</button>
                    <button type="button" class="button" aria-haspopup="dialog" on:click=move |_| choosing.set(true)>{icon(lu::LuColumns3)}{t(desk::COLUMNS)}</button>
                })}
            </div>
        </details>
        <ByQuestion open=asking looking asked/>
        <Columns open=choosing looking asked/>
        <div class="tools tools--chips">
            <Narrowed looking asked missions/>
            {move || looking.read().is_narrowed().then(|| view! {
                <button type="button" class="button button--plain" on:click=show_all>{icon(lu::LuX)}{t(desk::FILTERS_CLEAR)}</button>
            })}
            <span class="quiet" role="status">
                {move || shown.read().as_ref().map(|Part { table, .. }| {
                    fill(desk::OF_TOTAL, &[("shown", &format::number(table.total as f64)), ("all", &format::number(table.all as f64))])
                })}
            </span>
        </div>
        <Failed failure/>
        <div class="split" class:split--open=move || chosen.read().is_some()>
            <Rows shown chosen looking asked on_choose=Callback::new(choose) on_move=moved/>
            {move || chosen.get().map(|rec| view! { <EntrySheet rec on_close=move || choose(None)/> })}
        </div>
    }
}
