//! A repeat as a list of summaries (open a row, remove it, add one), or as its rows themselves, where they are on the page.

use leptos::prelude::*;
use vigie_forms::NodeView;

use super::{control_id, html_of};
use crate::{
    components::icon::{icon, lu},
    i18n::{count, fill, form, t},
    markdown,
};

/// One row, as its summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub path: String,
    pub index: usize,
    pub summary: String,
    pub may_remove: bool,
}

fn remove_button(index: usize, remove: Callback<()>) -> AnyView {
    view! {
        <button type="button" class="button button--plain" aria-label=fill(form::REMOVE_ROW, &[("n", &index.to_string())])
            on:click=move |_| remove.run(())>{icon(lu::LuTrash2)}</button>
    }
    .into_any()
}

#[component]
pub fn Rows(
    #[prop(into)] node: Signal<NodeView>,
    #[prop(into)] lang: Signal<String>,
    #[prop(into)] rows: Signal<Vec<Row>>,
    /// The rows themselves are shown, as children.
    #[prop(into)]
    whole: Signal<bool>,
    #[prop(into)] on_add: Callback<()>,
    #[prop(into)] on_open: Callback<String>,
    #[prop(into)] on_remove: Callback<String>,
    children: Children,
) -> impl IntoView {
    let line = move |row: Row| {
        let title = fill(form::ROW, &[("n", &row.index.to_string())]);
        let (open, remove) = (row.path.clone(), row.path);
        let remove = Callback::new(move |()| on_remove.run(remove.clone()));
        let summary = if row.summary.is_empty() {
            t(form::ROW_EMPTY).to_owned()
        } else {
            row.summary
        };
        view! {
            <li class="row-line">
                <button type="button" class="entry" on:click=move |_| on_open.run(open.clone())>
                    <span class="entry__kind">{row.index}</span>
                    <span class="entry__title">{title}</span>
                    <span class="entry__more"><span>{summary}</span></span>
                </button>
                {row.may_remove.then(|| remove_button(row.index, remove))}
            </li>
        }
        .into_any()
    };
    let id = format!("{}-question", control_id(&node.read_untracked().path));
    let label = move || html_of(&node.read().label);
    view! {
        <section class="question" id=id>
            <h2 class="question__text" tabindex="-1" lang=lang inner_html=label></h2>
            <p class="field__hint" lang=lang inner_html=move || html_of(&node.read().hint)></p>
            <p class="quiet" role="status">{move || count(rows.read().len(), form::N_ROWS)}</p>
            <ul class="entries" hidden=move || whole.get() || rows.read().is_empty()>
                {move || (!whole.get()).then(|| rows.get().into_iter().map(line).collect_view())}
            </ul>
            {children()}
            <Show when=move || node.read().may_change>
                <button type="button" class="button button--wide" on:click=move |_| on_add.run(())>{icon(lu::LuPlus)}{t(form::ADD_ROW)}</button>
            </Show>
        </section>
    }
    .into_any()
}

/// A row itself, as a card around its questions.
#[component]
pub fn RowCard(
    #[prop(into)] node: Signal<NodeView>,
    #[prop(into)] on_remove: Callback<()>,
    children: Children,
) -> impl IntoView {
    let title = move || {
        let node = node.read();
        let label = node
            .label
            .as_ref()
            .map(|label| markdown::plain(&label.text));
        match label.filter(|label| !label.trim().is_empty()) {
            Some(label) => [label.trim(), &node.index.to_string()].join(" "),
            None => fill(form::ROW, &[("n", &node.index.to_string())]),
        }
    };
    view! {
        <section class="group">
            <div class="group__head">
                <h3 class="group__title">{title}</h3>
                {move || node.read().may_change.then(|| remove_button(node.read().index, on_remove))}
            </div>
            {children()}
        </section>
    }
    .into_any()
}
