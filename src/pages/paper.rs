//! A response as a page to print: every question that was asked, with its answer.

use leptos::prelude::*;
use vigie_forms::{Control, NodeKind, NodeView};
use vigie_model::RecordId;
use vigie_protocol::{Failure, FormView, OpenResponse, ReadFile};

use super::problems::Missing;
use crate::{
    client::{self, Turn},
    components::{
        attached::attached,
        frame::{Frame, Tab},
        icon::{icon, lu},
        question::{html_of, said},
    },
    format,
    i18n::{form, t},
    route::Route,
    words::kind_name,
};

#[component]
pub fn ResponseOnPaper(rec: RecordId) -> impl IntoView {
    let view = RwSignal::new(None::<FormView>);
    let failed = RwSignal::new(None::<Failure>);
    Turn::new().show(OpenResponse { rec }, failed, move |found| {
        view.set(Some(found))
    });
    let title = Signal::derive(move || {
        view.get().map_or_else(
            || kind_name(vigie_model::Kind::RESPONSE.as_str()).to_owned(),
            |view| view.title,
        )
    });
    view! {
        <Frame tab=Tab::Carnet title private=true back=Some(Route::Response(rec))>
            <Missing failed/>
            <button type="button" class="button button--wide no-print" on:click=move |_| drop(window().print())>{icon(lu::LuPrinter)}{t(form::PRINT_NOW)}</button>
            {move || view.get().map(sheet)}
        </Frame>
    }
    .into_any()
}

pub fn sheet(view: FormView) -> AnyView {
    let state = t(if view.finished {
        form::PRINT_DONE
    } else {
        form::PRINT_DRAFT
    });
    let when = view
        .saved_at
        .map(|at| format!(" · {}", format::date_time(at)));
    let orphans = (!view.orphans.is_empty()).then(|| {
        view! {
            <h3>{t(form::ORPHANS)}</h3>
            <dl class="answers">{view.orphans.iter().map(|(path, value)| view! { <dt>{path.clone()}</dt> <dd>{value.clone()}</dd> }).collect_view()}</dl>
        }
    });
    view! {
        <article class="paper">
            <header class="paper__head">
                <h2 lang=view.lang.clone()>{view.title}</h2>
                <p class="paper__id">{state} {when}</p>
            </header>
            {view.nodes.into_iter().filter(|node| node.relevant).filter_map(|node| line(view.rec, &view.lang, node)).collect_view()}
            {orphans}
        </article>
    }
    .into_any()
}

/// What is asked is in the response's language, and so are the choices made; the rest is the page's own.
fn line(rec: RecordId, lang: &str, node: NodeView) -> Option<AnyView> {
    let label = html_of(&node.label);
    let lang = lang.to_owned();
    Some(match node.kind {
        NodeKind::Group | NodeKind::Row if !label.is_empty() => {
            view! { <h3 lang=lang inner_html=label></h3> }.into_any()
        }
        NodeKind::Question if node.control != Some(Control::Note) => {
            let value = said(&node);
            let value = if value.is_empty() {
                t(form::NO_ANSWER).to_owned()
            } else {
                value
            };
            if node.control == Some(Control::Upload) && !node.value.is_empty() {
                let read = client::ask(ReadFile {
                    rec,
                    node: node.path.clone(),
                });
                let file = attached(node.value, read);
                return Some(
                    view! { <dl class="answers"><dt lang=lang inner_html=label></dt> <dd>{file}</dd></dl> }
                        .into_any(),
                );
            }
            let class = if node.value.is_empty() { "quiet" } else { "" };
            let said_in =
                (!node.choices.is_empty() && !node.value.is_empty()).then(|| lang.clone());
            view! { <dl class="answers"><dt lang=lang inner_html=label></dt> <dd class=class lang=said_in>{value}</dd></dl> }.into_any()
        }
        _ => return None,
    })
}
