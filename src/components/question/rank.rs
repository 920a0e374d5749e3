//! Choices put in order, by buttons: they work with a thumb, a keyboard and a screen reader alike.

use leptos::prelude::*;

use super::Parts;
use crate::{
    components::icon::{icon, lu},
    i18n::{fill, form, t},
    markdown,
};

/// The codes in their present order; the list's own order until the person moves one.
fn order(value: &str, choices: &[vigie_forms::Choice]) -> Vec<String> {
    let mut order: Vec<String> = value
        .split_ascii_whitespace()
        .filter(|code| choices.iter().any(|choice| choice.value == *code))
        .map(str::to_owned)
        .collect();
    for choice in choices {
        if !order.contains(&choice.value) {
            order.push(choice.value.clone());
        }
    }
    order
}

pub fn rank(parts: Parts) -> AnyView {
    let node = parts.node;
    let moving = parts.clone();
    let lines = move || {
        let view = node.get();
        let codes = order(&view.value, &view.choices);
        let last = codes.len().saturating_sub(1);
        codes
            .iter()
            .enumerate()
            .map(|(at, code)| {
                let label = view.choices.iter().find(|choice| choice.value == *code).map(|choice| choice.label.text.clone()).unwrap_or_default();
                let name = markdown::plain(&label);
                let move_to = |to: usize| {
                    let (parts, mut codes) = (moving.clone(), codes.clone());
                    move |_| {
                        codes.swap(at, to);
                        parts.answer(codes.join(" "));
                    }
                };
                view! {
                    <li class="rank">
                        <span class="rank__place">{at + 1}</span>
                        <span class="rank__label" inner_html=markdown::html(&label)></span>
                        <button type="button" class="button button--plain" disabled=at == 0 aria-label=fill(form::UP, &[("name", &name)])
                            on:click=move_to(at.saturating_sub(1))>{icon(lu::LuChevronUp)}</button>
                        <button type="button" class="button button--plain" disabled=at == last aria-label=fill(form::DOWN, &[("name", &name)])
                            on:click=move_to((at + 1).min(last))>{icon(lu::LuChevronDown)}</button>
                    </li>
                }
            })
            .collect_view()
    };
    let confirm = {
        let parts = parts.clone();
        move |_| {
            let view = node.read_untracked();
            parts.answer(order(&view.value, &view.choices).join(" "));
        }
    };
    view! {
        <ol class="entries ranks" aria-live="polite">{lines.clone()}</ol>
        <Show when=move || node.read().value.is_empty()>
            <button type="button" class="button" on:click=confirm.clone()>{icon(lu::LuCheck)}{t(form::KEEP_ORDER)}</button>
        </Show>
    }
    .into_any()
}
