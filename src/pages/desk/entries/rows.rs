//! The rows of the table: those in sight and some around them, whatever the number of entries. What is above and below is
//! room as high as its rows would be.

use leptos::{ev, html, prelude::*};
use vigie_model::{Column, RecordId};
use vigie_protocol::{AskedQuestion, Row, Table, codec::encode};
use wasm_bindgen::JsCast;

use crate::{
    components::icon::{icon, lu},
    format,
    i18n::{Key, desk, t},
    pages::desk::{looking::Looking, narrowed::question_name},
    words::{kind_name, said_words},
};

/// How many rows are there on each side of the first in sight, and once more below: as many as any screen shows.
pub const AROUND: usize = 32;
/// The rows in sight are looked for anew only after so many.
const STEP: usize = 20;
/// How high a row is, in pixels, before one was measured.
const ROW: f64 = 49.0;

/// Some rows of the table, how many come before them, and the questions whose answers they have.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub offset: usize,
    pub columns: Vec<String>,
    pub table: Table,
}

fn row_id(rec: RecordId) -> String {
    format!("entry-{rec}")
}

fn row_of(rec: RecordId) -> Option<web_sys::HtmlElement> {
    let row = document().get_element_by_id(&row_id(rec));
    row.and_then(|row| row.dyn_into().ok())
}

/// Gives a row the focus, which brings it into sight: what is opened from it takes the focus in its turn, and gives it back.
pub fn focus_on(rec: RecordId) {
    if let Some(row) = row_of(rec) {
        drop(row.focus());
    }
}

/// The columns that are shown: of answers, what every answer to one questionnaire says alike is left out.
fn columns(answers: &[String]) -> Vec<Column> {
    if answers.is_empty() {
        return Column::ALL.to_vec();
    }
    let answers = answers.iter().cloned().map(Column::Answer);
    [Column::Title, Column::When]
        .into_iter()
        .chain(answers)
        .chain([Column::By, Column::State])
        .collect()
}

/// The class of a column: how wide it is, and whether it makes room for an open entry.
fn class(column: &Column) -> &'static str {
    match column {
        Column::Title => "col-title",
        Column::Kind => "col-kind",
        Column::Place => "col-place",
        Column::When => "col-when num",
        Column::By => "col-by",
        Column::State => "col-state",
        Column::Answer(_) => "col-answer",
    }
}

#[component]
pub fn Rows(
    shown: RwSignal<Option<Part>>,
    chosen: RwSignal<Option<RecordId>>,
    looking: RwSignal<Looking>,
    #[prop(into)] asked: Signal<Vec<AskedQuestion>>,
    on_choose: Callback<Option<RecordId>>,
    /// Another row is the first in sight.
    on_move: Callback<usize>,
) -> impl IntoView {
    let region = NodeRef::<html::Div>::new();
    let body = NodeRef::<html::Tbody>::new();
    let height = RwSignal::new(ROW);
    let look = move || {
        let (Some(region), Some(body)) = (region.get_untracked(), body.get_untracked()) else {
            return;
        };
        let offset = shown.with_untracked(|shown| shown.as_ref().map_or(0, |shown| shown.offset));
        let height = height.get_untracked();
        // Below the head, which is as high as a row, and stays.
        let top = region.get_bounding_client_rect().top().max(0.0) + height;
        let above = (top - body.get_bounding_client_rect().top() + 1.0) / height;
        let first = (offset as f64 + above).max(0.0) as usize;
        on_move.run(first / STEP * STEP);
    };
    let scrolled = window_event_listener(ev::scroll, move |_| look());
    on_cleanup(move || scrolled.remove());
    // Where the address says, once there are rows to scroll to.
    let first = looking.read_untracked().offset;
    let is_there = StoredValue::new(first == 0);
    Effect::new(move |_| {
        if shown.read().is_none() {
            return;
        }
        request_animation_frame(move || {
            let row = body
                .get_untracked()
                .and_then(|body| body.first_element_child());
            let measured = row.map(|row| row.get_bounding_client_rect().height());
            if let Some(measured) =
                measured.filter(|measured| *measured > 0.0 && *measured != height.get_untracked())
            {
                height.try_set(measured);
            }
            if is_there.try_get_value() == Some(false) {
                is_there.set_value(true);
                let at = shown.with_untracked(|shown| {
                    let part = shown.as_ref()?;
                    let row = part.table.rows.get(first.checked_sub(part.offset)?);
                    row.map(|row| row.rec)
                });
                if let Some(row) = at
                    .and_then(row_of)
                    .and_then(|row| row.closest("tr").ok().flatten())
                {
                    row.scroll_into_view_with_bool(true);
                }
            }
        });
    });
    // What is narrowed or ordered otherwise is read from its beginning.
    let of = Memo::new(move |_| looking.read().to_keep());
    Effect::new(move |before: Option<String>| {
        let now = of.get();
        if before.is_some_and(|before| before != now)
            && let Some(region) = region.get_untracked()
        {
            region.set_scroll_top(0.0);
        }
        now
    });
    let count = move |of: fn(&Part) -> usize| shown.read().as_ref().map_or(0, of);
    let total = Memo::new(move |_| count(|part| part.table.total));
    let above = Memo::new(move |_| count(|part| part.offset.min(part.table.total)));
    let below = Memo::new(move |_| {
        count(|part| {
            part.table
                .total
                .saturating_sub(part.offset + part.table.rows.len())
        })
    });
    let room = move |rows: Memo<usize>| {
        move || {
            (rows.get() > 0).then(|| view! {
            <tbody aria-hidden="true"><tr class="table__room"><td style:block-size=move || format!("{}px", rows.get() as f64 * height.get())></td></tr></tbody>
        })
        }
    };
    let answered = Memo::new(move |_| {
        let shown = shown.read();
        shown
            .as_ref()
            .map_or_else(Vec::new, |part| part.columns.clone())
    });
    let shows = Memo::new(move |_| columns(&answered.read()));
    let rows = move || {
        let shown = shown.read();
        let part = shown.as_ref();
        let offset = part.map_or(0, |part| part.offset);
        let rows = part.map_or_else(Vec::new, |part| part.table.rows.clone());
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, row)| (offset + at, row)).collect::<Vec<_>>()
    };
    let row = move |(at, row): (usize, Row)| {
        let rec = row.rec;
        let cells = move || {
            let cells = shows.get().into_iter();
            let cells = cells.map(|column| {
                let content = cell(&row, &column, &answered.read_untracked(), &asked.read());
                view! { <td class=class(&column)>{content}</td> }
            });
            cells.collect_view()
        };
        view! {
            <tr aria-rowindex=at + 2 aria-selected=move || (chosen.get() == Some(rec)).to_string() on:click=move |_| on_choose.run(Some(rec))>
                {cells}
            </tr>
        }
    };
    let heads = move || {
        let order = looking.read().order.clone();
        let heads = shows.get().into_iter();
        let heads = heads.map(|column| head(column, &order, &asked.read(), looking));
        heads.collect_view()
    };
    let has_answers = move || !answered.read().is_empty();
    let says = Memo::new(move |_| {
        let shown = shown.read();
        let table = &shown.as_ref()?.table;
        match (table.all, table.total) {
            (0, 0) => Some(desk::ENTRIES_EMPTY),
            (_, 0) => Some(desk::ENTRIES_NONE),
            _ => None,
        }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::ENTRIES) node_ref=region on:scroll=move |_| look()>
            {move || says.get().map(|says| view! { <p class="empty">{t(says)}</p> })}
            <Show when=move || total.get() != 0>
                <table class="table table--entries" class:table--answers=has_answers aria-rowcount=move || total.get() + 1>
                    <thead><tr aria-rowindex="1">{heads}</tr></thead>
                    {room(above)}
                    <tbody node_ref=body>
                        <For each=rows key=|(at, row)| (*at, encode(row)) children=row/>
                    </tbody>
                    {room(below)}
                </table>
            </Show>
        </div>
    }
}

fn head(
    column: Column,
    order: &vigie_model::Order,
    asked: &[AskedQuestion],
    looking: RwSignal<Looking>,
) -> impl IntoView + use<> {
    let words = |key: Key| t(key).to_owned();
    let words = match &column {
        Column::Title => words(desk::COL_TITLE),
        Column::Kind => words(desk::COL_KIND),
        Column::Place => words(desk::COL_PLACE),
        Column::When => words(desk::COL_WHEN),
        Column::By => words(desk::COL_BY),
        Column::State => words(desk::COL_STATE),
        Column::Answer(path) => question_name(asked, path),
    };
    let (sorted, sign) = match (
        order.column == column,
        order.reversed == (column == Column::When),
    ) {
        (false, _) => ("none", None),
        (true, true) => ("ascending", Some(lu::LuArrowUp)),
        (true, false) => ("descending", Some(lu::LuArrowDown)),
    };
    let (class, title) = (class(&column), words.clone());
    view! {
        <th scope="col" class=class aria-sort=sorted title=title>
            <button type="button" class="table__sort" on:click=move |_| looking.update(|looking| looking.by_column(column.clone()))><span>{words}</span>{sign.map(icon)}</button>
        </th>
    }
}

fn cell(row: &Row, column: &Column, columns: &[String], asked: &[AskedQuestion]) -> AnyView {
    match column {
        Column::Title => {
            let title = match row.title.as_str() {
                "" if row.erased.is_some() => t(desk::ERASED_ENTRY),
                "" => "–",
                title => title,
            };
            view! { <button type="button" class="table__open" id=row_id(row.rec)>{title.to_owned()}</button> }.into_any()
        }
        Column::Kind => kind_name(row.kind.as_str()).into_any(),
        Column::Place => row.place.clone().into_any(),
        Column::When if row.at.is_empty() => format::date_time(row.created).into_any(),
        Column::When => format::typed("dateTime", &row.at).into_any(),
        Column::By => row.by.clone().into_any(),
        Column::State => state_of(row).into_any(),
        Column::Answer(path) => {
            let at = columns.iter().position(|column| column == path);
            let answers = at.and_then(|at| row.answers.get(at));
            let question = asked.iter().find(|question| question.path == *path);
            let answers = answers.into_iter().flatten().map(|said| match question {
                Some(question) => said_words("response", path, &question.asked, said),
                None => said_words("response", path, &Default::default(), said),
            });
            answers.collect::<Vec<_>>().join(" · ").into_any()
        }
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
