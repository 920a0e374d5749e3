//! What is asked: the questions of one page, or of all; groups and rows as cards around theirs.

use leptos::prelude::*;
use vigie_forms::NodeKind;

use super::{
    filling::Filling,
    standing::{all_on_one, right_inside, rows},
};
use crate::{
    components::{
        icon::{icon, lu},
        question::{Answering, Question, RowCard, Rows, control_id, direction, html_of},
    },
    i18n::{form, t},
    markdown,
    pages::door::language::name_of,
    speech,
};

/// The page shown, and what its parts need.
#[derive(Clone, Copy)]
struct Shown {
    filling: Filling,
    /// Paths, in order.
    nodes: Memo<Vec<String>>,
    answering: Answering,
    show_missing: Signal<bool>,
    speaks: Memo<bool>,
}

#[component]
pub fn Sheet(filling: Filling, progress_words: Signal<String>) -> impl IntoView {
    let answering = Answering {
        on_type: Callback::new(move |(path, value)| filling.keystroke(path, value)),
        on_answer: Callback::new(move |(path, value)| filling.answer(path, value)),
        on_file: Callback::new(move |(path, chosen)| filling.attach(path, chosen)),
        on_read: Callback::new(move |(path, tell)| filling.read_file(path, tell)),
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
        filling.pages.read().get(filling.at.get()).cloned()
    });
    let nodes = Memo::new(move |_| {
        filling.structure.track();
        if filling.long.get() {
            all_on_one(filling)
        } else {
            current.get().map(|page| page.nodes).unwrap_or_default()
        }
    });
    let shown = Shown {
        filling,
        nodes,
        answering,
        show_missing: Signal::derive(move || filling.tried.get() == Some(filling.at.get())),
        speaks: Memo::new(move |_| speech::can_say(&lang.read())),
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        filling.next();
    };
    let where_words = move || {
        let progress = progress_words.get();
        let section = current
            .get()
            .filter(|_| !filling.long.get())
            .map(|page| markdown::plain(&page.section))
            .unwrap_or_default();
        if section.is_empty() {
            progress
        } else {
            [section, progress].join(" · ")
        }
    };
    view! {
        <form class="sheet-form" class:sheet-form--long=move || filling.long.get() id="questions" on:submit=submit novalidate=true autocomplete="off"
            dir=move || direction(&lang.read())>
            <div class="sheet-form__head">
                <p class="quiet" dir="auto">{where_words}</p>
                <Languages filling/>
            </div>
            <Show when=move || filling.undo.get()>
                <p class="undo" role="status">
                    <span>{t(form::ROW_REMOVED)}</span>
                    <button type="button" class="button button--small" on:click=move |_| filling.bring_back()>{icon(lu::LuUndo2)}{t(form::UNDO)}</button>
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
        let holds = |path: &str| {
            let kind = filling.node(path)?.read_untracked().kind;
            matches!(kind, NodeKind::Group | NodeKind::Row | NodeKind::Repeat).then_some(kind)
        };
        right_inside(&shown.nodes.read(), of.as_deref(), holds)
    });
    view! { <For each=move || paths.get() key=Clone::clone children=move |path| part(shown, path)/> }.into_any()
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
            view! { <RowCard node on_remove=move |()| filling.remove_row(remove.clone())>{inside(shown, Some(path))}</RowCard> }
                .into_any()
        }
        NodeKind::Repeat => {
            let add = path.clone();
            let summaries = Signal::derive(move || {
                filling.structure.track();
                rows(filling, &node.read())
            });
            // Where the rows themselves are on the page, they need no summary.
            let start = format!("{path}[");
            let whole = Memo::new(move |_| {
                shown
                    .nodes
                    .read()
                    .iter()
                    .any(|path| path.starts_with(&start))
            });
            view! {
                <Rows node lang rows=summaries whole
                    on_add=move |()| filling.add_row(add.clone())
                    on_open=move |row: String| filling.go_inside(&row)
                    on_remove=move |row: String| filling.remove_row(row)>
                    {inside(shown, Some(path))}
                </Rows>
            }
            .into_any()
        }
        NodeKind::Value => ().into_any(),
    }
}

/// The languages of the form, when it has several.
#[component]
fn Languages(filling: Filling) -> impl IntoView {
    view! {
        <Show when=move || { filling.languages.read().len() > 1 }>
            <label class="visually-hidden" for="form-language">{t(form::LANGUAGE)}</label>
            <select class="input input--small" id="form-language" on:change=move |event| filling.speak(event_target_value(&event))>
                {move || filling.languages.get().into_iter().map(|(code, name)| {
                    let mine = code.clone();
                    let shown = if name.is_empty() { name_of(&code).to_owned() } else { name };
                    view! { <option value=code selected=move || *filling.lang.read() == mine>{shown}</option> }
                }).collect_view()}
            </select>
        </Show>
    }
    .into_any()
}
