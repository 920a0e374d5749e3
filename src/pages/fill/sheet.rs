//! What is asked: the questions of one page, or of all; groups and rows as cards around theirs.

use leptos::prelude::*;
use vigie_forms::{NodeKind, PageKind};

use super::{behind, filling::Filling};
use crate::{
    components::{
        icon::{icon, lu},
        question::{Answering, Question, Row, control_id, direction, html_of},
    },
    i18n::{count, fill, form, t},
    markdown, speech,
};

/// The page shown, and what its parts need.
#[derive(Clone, Copy)]
struct Shown {
    filling: Filling,
    /// Rows of a repeat stand on the page themselves.
    rows: Memo<bool>,
    answering: Answering,
    show_missing: Signal<bool>,
    speaks: Memo<bool>,
}

#[component]
pub fn Sheet(filling: Filling, progress_words: Signal<String>) -> impl IntoView {
    let answering = Answering {
        on_type: Callback::new(move |(path, value)| filling.keystroke(path, value)),
        on_answer: Callback::new(move |(path, value)| filling.answer(path, value)),
        on_file: Callback::new(move |(path, chosen)| {
            behind::act(|rest| (rest.attach)(filling, path, chosen))
        }),
        on_read: Callback::new(move |(path, tell)| {
            behind::act(|rest| (rest.read_file)(filling, path, tell))
        }),
        on_media: Callback::new(move |(name, tell)| filling.read_media(name, tell)),
        on_search: Callback::new(move |asked| filling.search(asked)),
        on_quick: Callback::new(move |()| {
            if !filling.long.get_untracked() {
                filling.next();
            }
        }),
    };
    let lang = filling.lang;
    let current = Memo::new(move |_| {
        filling.structure.track();
        let pages = filling.pages.read();
        pages
            .get(filling.at.get())
            .filter(|_| !filling.long.get())
            .cloned()
    });
    let rows = Memo::new(move |_| {
        let page = current.read();
        page.as_ref().is_none_or(|page| page.kind != PageKind::Rows)
    });
    let shown = Shown {
        filling,
        rows,
        answering,
        show_missing: Signal::derive(move || filling.tried.get() == Some(filling.at.get())),
        speaks: Memo::new(move |_| speech::can_say(&lang.read())),
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        filling.next();
    };
    let where_words = move || {
        let Some(page) = current.get() else {
            return progress_words.get();
        };
        let said = |number: usize| number.to_string();
        let (answered, total) = filling.progress.get();
        let first = page.first;
        let place = match (page.counts.questions, total) {
            (0, _) => progress_words.get(),
            // What is asked after it depends on it, as after a consent.
            (1, 1) => t(form::POSITION_FIRST).to_owned(),
            (1, _) => fill(
                form::POSITION,
                &[("n", &said(first)), ("total", &said(total))],
            ),
            (asked, _) => fill(
                form::POSITIONS,
                &[
                    ("from", &said(first)),
                    ("to", &said(first + asked - 1)),
                    ("total", &said(total)),
                ],
            ),
        };
        let answered = (page.counts.questions > 0).then(|| count(answered, form::N_ANSWERED));
        let section = Some(markdown::plain(&page.section)).filter(|section| !section.is_empty());
        let parts = [section, Some(place), answered].into_iter().flatten();
        parts.collect::<Vec<_>>().join(" · ")
    };
    view! {
        <form class="sheet-form" class:sheet-form--long=move || filling.long.get() id="questions" on:submit=submit novalidate=true autocomplete="off"
            dir=move || direction(&lang.read())>
            <p class="quiet" dir="auto">{where_words}</p>
            <Show when=move || filling.undo.get()>
                <p class="undo" role="status">
                    <span>{t(form::ROW_REMOVED)}</span>
                    <button type="button" class="button button--small" on:click=move |_| behind::act(|rest| (rest.bring_back)(filling))>{icon(lu::LuUndo2)}{t(form::UNDO)}</button>
                </p>
            </Show>
            {inside(shown, None)}
        </form>
    }
    .into_any()
}

/// What is right inside a group, a row, a repeat, or the page.
fn inside(shown: Shown, of: Option<String>) -> AnyView {
    let filling = shown.filling;
    let paths = Memo::new(move |_| {
        filling.structure.track();
        let (at, long) = (filling.at.get(), filling.long.get());
        filling.places.with_value(|places| match &of {
            None if !long => places.outermost(at),
            of => places.inside(of.as_deref()),
        })
    });
    view! { <For each=move || paths.get() key=Clone::clone children=move |path| part(shown, path)/> }.into_any()
}

/// The rows of a repeat, each told by its first answers.
fn rows(filling: Filling, repeat: &str) -> Vec<Row> {
    filling.structure.track();
    let paths = filling
        .places
        .with_value(|places| places.inside(Some(repeat)));
    let row = |path: String| {
        let node = filling.node(&path)?;
        let node = node.read();
        let told: Vec<String> = node
            .summary
            .iter()
            .map(|said| markdown::plain(said))
            .collect();
        Some(Row {
            path,
            index: node.index,
            summary: told.join(" · "),
            may_remove: node.may_change,
        })
    };
    paths.into_iter().filter_map(row).collect()
}

fn part(shown: Shown, path: String) -> AnyView {
    let Shown {
        filling, answering, ..
    } = shown;
    let lang = filling.lang;
    let Some(node) = filling.node(&path) else {
        return ().into_any();
    };
    let kind = node.read_untracked().kind;
    match kind {
        NodeKind::Question => {
            let say = shown.speaks.get_untracked().then(|| {
                Callback::new(move |text: String| speech::say(&text, &lang.read_untracked()))
            });
            view! { <Question node lang show_missing=shown.show_missing answering on_say=say/> }
                .into_any()
        }
        NodeKind::Group => {
            let label = move || html_of(&node.read().label);
            let id = format!("{}-question", control_id(&path));
            let class = if node.read_untracked().label.is_some() {
                "group"
            } else {
                "group group--bare"
            };
            view! {
                <section class=class id=id>
                    <h2 class="group__title" tabindex="-1" lang=lang inner_html=label></h2>
                    <p class="field__hint" lang=lang inner_html=move || html_of(&node.read().hint)></p>
                    {inside(shown, Some(path))}
                </section>
            }
            .into_any()
        }
        NodeKind::Row => {
            let remove = path.clone();
            let on_remove = Callback::new(move |()| {
                behind::act(|rest| (rest.remove_row)(filling, remove.clone()))
            });
            let of_row = move || inside(shown, Some(path.clone()));
            behind::row(node, on_remove, of_row.into())
        }
        NodeKind::Repeat => {
            let add = path.clone();
            let summaries = {
                let path = path.clone();
                Signal::derive(move || rows(filling, &path))
            };
            let whole = shown.rows;
            let of_rows = move || {
                let path = path.clone();
                let rows = move || whole.get().then(|| inside(shown, Some(path.clone())));
                rows.into_any()
            };
            let repeat = behind::Repeat {
                node,
                lang: lang.into(),
                rows: summaries,
                whole: whole.into(),
                on_add: Callback::new(move |()| {
                    behind::act(|rest| (rest.add_row)(filling, add.clone()))
                }),
                on_open: Callback::new(move |row: String| filling.go_inside(&row)),
                on_remove: Callback::new(move |row| {
                    behind::act(|rest| (rest.remove_row)(filling, row))
                }),
            };
            behind::repeat(repeat, of_rows.into())
        }
        NodeKind::Value => ().into_any(),
    }
}
