//! First run, three screens: language, mission, passphrase.

pub mod join;
pub mod language;
pub mod passphrase;
pub mod unlock;

use std::cell::Cell;

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::{CreateVault, Failure};
use wasm_bindgen::JsCast;

use self::{
    join::{Joining, step_line},
    passphrase::NewPassphrase,
};
use super::problems::error_line;
use crate::{
    client,
    components::{banner::UpdateWaiting, mark::mark},
    i18n::{self, door, t},
    page, prefs,
    route::{self, Route},
    state::use_state,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Language,
    Join,
    Passphrase,
}

thread_local! {
    /// Outlives the drawing anew that a change of language is.
    static STEP: Cell<Step> = const { Cell::new(Step::Language) };
    /// The step whose heading was read last.
    static READ: Cell<Option<Step>> = const { Cell::new(None) };
}

/// A new step takes the focus to its heading; the first one leaves it where the browser put it.
fn focus_on_heading(step: Step) {
    if READ.replace(Some(step)).is_none_or(|before| before == step) {
        return;
    }
    request_animation_frame(|| {
        // A phone that draws late does not take the keyboard from who types already.
        let there = document().active_element();
        if there.is_some_and(|there| there.matches("input, textarea, select").unwrap_or_default()) {
            return;
        }
        let heading = document().query_selector("#contenu h1").ok().flatten();
        if let Some(heading) = heading.and_then(|heading| heading.dyn_into().ok()) {
            let heading: web_sys::HtmlElement = heading;
            drop(heading.focus());
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
}

#[component]
pub fn Door() -> impl IntoView {
    let state = use_state();
    let step = RwSignal::new(STEP.get());
    Effect::new(move |_| {
        STEP.set(step.get());
        focus_on_heading(step.get());
    });
    let joining = RwSignal::new(Joining::default());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<Failure>);
    let followed = route::current() == Route::Join;
    let create = move |passphrase: String| {
        let Joining { name, invite } = joining.get_untracked();
        let request = CreateVault {
            passphrase,
            name,
            invite,
            lang: i18n::lang().to_owned(),
        };
        client::act_busy(request, busy, failed, move |status| {
            STEP.set(Step::Language);
            route::forget_code();
            route::go_instead(&Route::Carnet);
            spawn_local(async move {
                // Asked while the person's touch still counts; a refusal is told under ⋯ → storage.
                page::ask_persistence().await;
                state.take(status);
            });
        });
    };
    view! {
        <UpdateWaiting/>
        <main class="door" id="contenu" tabindex="-1">
            {mark()}
            {move || {
                match step.get() {
                    Step::Language => view! { <language::Language on_choose=move |lang| i18n::choose(lang, move || {
                        prefs::set_lang(lang);
                        STEP.set(Step::Join);
                    })/> }
                    .into_any(),
                    Step::Join => view! { <join::Join followed on_back=move |()| step.set(Step::Language) on_next=move |next: Joining| {
                        joining.set(next);
                        step.set(Step::Passphrase);
                    }/> }
                    .into_any(),
                    Step::Passphrase => view! {
                        {step_line(3)}
                        <h1 tabindex="-1">{t(door::PASSPHRASE_TITLE)}</h1>
                        <p class="door__why">{t(door::PASSPHRASE_WHY)}</p>
                        <NewPassphrase busy on_choose=create act=t(door::CREATE)/>
                        {error_line(failed.into())}
                        <button type="button" class="button button--plain" disabled=busy on:click=move |_| step.set(Step::Join)>{t(i18n::common::BACK)}</button>
                    }
                    .into_any(),
                }
            }}
        </main>
    }
}
