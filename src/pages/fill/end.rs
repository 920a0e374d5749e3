//! The end of a questionnaire.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vigie_forms::ViolationKind;
use vigie_model::RecordId;
use vigie_protocol::FormProblem;
use wasm_bindgen::JsCast;

use super::filling::Filling;
use crate::{
    components::{
        confirm::Confirm,
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    failure,
    i18n::{self, count, form, partner, t},
    markdown,
    pages::dropped::drop_draft,
    route::{self, Route},
    state::use_state,
};

/// What stands in the way, by the id of its list.
const PROBLEMS: &str = "problems";

/// Takes the keyboard to the first thing that stands in the way.
pub fn focus_on_problem() {
    let first = document().query_selector(&format!("#{PROBLEMS} button"));
    if let Ok(Some(first)) = first
        && let Ok(first) = first.dyn_into::<web_sys::HtmlElement>()
    {
        drop(first.focus());
    }
}

/// The end: what is missing, then one question.
#[component]
pub fn End(filling: Filling, confirming: RwSignal<bool>) -> impl IntoView {
    let problems = filling.problems;
    let holes = move || {
        let (answered, asked) = filling.progress.get();
        asked.saturating_sub(answered)
    };
    let holes_words = move || match holes() {
        0 => t(form::ALL_ANSWERED).to_owned(),
        n => count(n, form::N_HOLES),
    };
    let words = |problem: &FormProblem| match problem.message.trim() {
        "" if problem.kind == ViolationKind::Required => t(form::MISSING).to_owned(),
        "" => t(form::CONSTRAINT).to_owned(),
        message => message.to_owned(),
    };
    view! {
        <h2 class="question__text" tabindex="-1">{t(form::END)}</h2>
        {move || if problems.read().is_empty() {
            view! {
                <Notice tone=Tone::Safe strong=t(form::NOTHING_MISSING).to_owned() text=holes_words()/>
            }.into_any()
        } else {
            view! {
                <p>{count(problems.read().len(), form::N_PROBLEMS)}</p>
                <ul class="entries" id=PROBLEMS>
                    {problems.get().into_iter().map(|problem| view! {
                        <li>
                            <button type="button" class="outline__line outline__line--stack" on:click=move |_| filling.go(problem.page)>
                                <span class="outline__title">{markdown::plain(&problem.label)}</span>
                                <span class="state state--failed">{icon(lu::LuTriangleAlert)}{words(&problem)}</span>
                            </button>
                        </li>
                    }).collect_view()}
                </ul>
            }.into_any()
        }}
        {move || (!filling.orphans.read().is_empty()).then(|| view! {
            <section class="card">
                <h2>{t(form::ORPHANS)}</h2>
                <p class="quiet">{t(form::ORPHANS_MORE)}</p>
                <dl class="facts">{filling.orphans.get().into_iter().map(|(path, value)| view! { <dt>{path}</dt><dd>{value}</dd> }).collect_view()}</dl>
            </section>
        })}
        <Confirm open=confirming question=t(if filling.guest.is_some() { partner::SEND_ASK } else { form::FINISH_ASK }) act=t(if filling.guest.is_some() { partner::SEND } else { form::FINISH }) on_yes=move |()| filling.finish()/>
        <p class="quiet">{move || t(match filling.guest {
            Some(_) => partner::AFTER_FINISH,
            None if filling.finished.get() => form::CORRECTING,
            None => form::AFTER_FINISH,
        })}</p>
        {move || filling.failed.get().map(|failure| view! { <p role="alert">{failure::words(&failure)}</p> })}
        {move || filling.rec.try_get_value().flatten().filter(|_| filling.ready.get() && filling.guest.is_none()).map(|rec| view! {
            <Drop filling rec/>
            <a class="button button--plain" href=Route::ResponseOnPaper(rec).href()>{icon(lu::LuPrinter)}{t(form::PRINT)}</a>
        })}
        {move || filling.rec.try_get_value().flatten().filter(|_| filling.finished.get()).map(|rec| view! {
            <a class="button button--plain" href=Route::History(vigie_model::Kind::RESPONSE, rec).href()>{icon(lu::LuHistory)}{t(i18n::note::HISTORY)}</a>
        })}
    }
    .into_any()
}

/// The way out of what was begun: it goes, unless it is wanted back.
#[component]
pub fn Drop(filling: Filling, rec: RecordId) -> impl IntoView {
    let state = use_state();
    let drop = move |_| {
        filling.pending.update_value(BTreeMap::clear);
        // What is said of it stands over the page that comes.
        i18n::speak_own();
        drop_draft(state, rec, filling.finished.get_untracked());
        route::go_instead(&Route::Carnet);
    };
    view! {
        <button type="button" class="button button--plain button--danger" on:click=drop>
            {icon(lu::LuTrash2)}{move || t(if filling.finished.get() { form::DROP_CORRECTION } else { form::DROP_DRAFT })}
        </button>
    }
}
