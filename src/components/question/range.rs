//! A number between two bounds: a slider, and the number it says.

use leptos::{ev, prelude::*};

use super::Parts;
use crate::i18n::{form, t};

pub fn range(parts: Parts) -> AnyView {
    let node = parts.node;
    let parameter = |name: &str, default: &str| {
        node.read_untracked()
            .parameters
            .get(name)
            .cloned()
            .unwrap_or_else(|| default.to_owned())
    };
    let (start, end, step) = (
        parameter("start", "0"),
        parameter("end", "10"),
        parameter("step", "1"),
    );
    let value = parts.value();
    // A slider that nobody moved says nothing: it stands at its start, and the number beside says "no answer".
    let place = {
        let start = start.clone();
        move || {
            Some(value.get())
                .filter(|value| !value.is_empty())
                .unwrap_or_else(|| start.clone())
        }
    };
    let (typing, leaving, clearing) = (parts.clone(), parts.clone(), parts.clone());
    view! {
        <div class="range">
            <span class="quiet">{start.clone()}</span>
            <input type="range" id=parts.id.clone() min=start max=end.clone() step=step.trim_start_matches('-').to_owned() aria-describedby=parts.describes()
                prop:value=place on:input=move |event: ev::Event| typing.keystroke(event_target_value(&event))
                on:change=move |event: ev::Event| leaving.answer(event_target_value(&event))/>
            <span class="quiet">{end}</span>
        </div>
        <div class="buttons">
            <output class="figure" for=parts.id.clone()>{move || Some(value.get()).filter(|value| !value.is_empty()).unwrap_or_else(|| t(form::NO_ANSWER).to_owned())}</output>
            <button type="button" class="button button--plain button--small" disabled=move || value.read().is_empty()
                on:click=move |_| clearing.answer(String::new())>{t(form::CLEAR_CHOICE)}</button>
        </div>
    }
    .into_any()
}
