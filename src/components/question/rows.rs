//! A repeat as a list of summaries: open a row, remove it, add one.

use leptos::prelude::*;
use vigie_forms::NodeView;

use super::html_of;
use crate::{
    components::{
        confirm::Confirm,
        icon::{icon, lu},
    },
    i18n::{count, fill, form, t},
};

/// One row, as its summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub path: String,
    pub index: usize,
    pub summary: String,
    pub may_remove: bool,
}

#[component]
pub fn Rows(
    #[prop(into)] node: Signal<NodeView>,
    #[prop(into)] rows: Signal<Vec<Row>>,
    #[prop(into)] on_add: Callback<()>,
    #[prop(into)] on_open: Callback<String>,
    #[prop(into)] on_remove: Callback<String>,
) -> impl IntoView {
    let removing = RwSignal::new(false);
    let which = RwSignal::new(String::new());
    let line = move |row: Row| {
        let title = fill(form::ROW, &[("n", &row.index.to_string())]);
        let (open, remove) = (row.path.clone(), row.path.clone());
        view! {
            <li class="row-line">
                <button type="button" class="entry" on:click=move |_| on_open.run(open.clone())>
                    <span class="entry__kind">{row.index}</span>
                    <span class="entry__title">{title.clone()}</span>
                    <span class="entry__more"><span>{if row.summary.is_empty() { t(form::ROW_EMPTY).to_owned() } else { row.summary }}</span></span>
                </button>
                {row.may_remove.then(|| view! {
                    <button type="button" class="button button--plain" aria-label=fill(form::REMOVE_ROW, &[("n", &row.index.to_string())])
                        on:click=move |_| { which.set(remove.clone()); removing.set(true) }>{icon(lu::LuTrash2)}</button>
                })}
            </li>
        }
    };
    view! {
        <section class="question">
            <h2 class="question__text" tabindex="-1" inner_html=move || html_of(&node.read().label)></h2>
            <p class="field__hint" inner_html=move || html_of(&node.read().hint)></p>
            <p class="quiet" role="status">{move || count(rows.read().len(), form::ROWS_ONE, form::ROWS_MANY)}</p>
            <ul class="entries" hidden=move || rows.read().is_empty()>{move || rows.get().into_iter().map(line).collect_view()}</ul>
            <Confirm open=removing danger=true question=t(form::REMOVE_ROW_ASK) act=t(form::REMOVE) on_yes=move |()| on_remove.run(which.get_untracked())/>
            <Show when=move || node.read().may_change>
                <button type="button" class="button button--wide" on:click=move |_| on_add.run(())>{icon(lu::LuPlus)}{t(form::ADD_ROW)}</button>
            </Show>
        </section>
    }
    .into_any()
}
