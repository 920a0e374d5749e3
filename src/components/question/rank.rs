//! Choices put in order: by buttons, which work with a thumb, a keyboard and a screen reader alike, or by dragging.

use leptos::{ev, html, prelude::*};
use vigie_forms::Choice;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{Parts, pixels};
use crate::{
    components::icon::{icon, lu},
    i18n::{fill, form, t},
    markdown,
};

/// The codes in their present order; the list's own order until the person moves one.
fn order(value: &str, choices: &[Choice]) -> Vec<String> {
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

/// Takes `code` to `place`.
fn moved(codes: &[String], code: &str, place: usize) -> Vec<String> {
    let mut moved: Vec<String> = codes
        .iter()
        .filter(|other| *other != code)
        .cloned()
        .collect();
    moved.insert(place.min(moved.len()), code.to_owned());
    moved
}

/// Where in the list of `lines` a finger at height `y` is.
fn place_at(list: &Element, y: f64) -> usize {
    let lines = list.children();
    (0..lines.length())
        .filter_map(|at| lines.item(at))
        .take_while(|line| line.get_bounding_client_rect().bottom() < y)
        .count()
}

pub fn rank(parts: Parts) -> AnyView {
    let node = parts.node;
    let list = NodeRef::<html::Ol>::new();
    let codes = RwSignal::new(Vec::<String>::new());
    let dragged = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let view = node.read();
        let now = order(&view.value, &view.choices);
        if dragged.read_untracked().is_none() && *codes.read_untracked() != now {
            codes.set(now);
        }
    });
    let lang = parts.lang;
    let answering = StoredValue::new(parts);
    let keep = move || {
        let value = codes.read_untracked().join(" ");
        answering.with_value(|parts| parts.answer(value));
    };
    let step = move |code: &str, up: bool, button: Option<HtmlElement>| {
        let place = codes
            .read_untracked()
            .iter()
            .position(|other| other == code);
        let Some(place) = place else { return };
        let to = if up {
            place.saturating_sub(1)
        } else {
            place + 1
        };
        codes.update(|codes| *codes = moved(codes, code, to));
        keep();
        // A line that moves loses the focus, which was on its button.
        request_animation_frame(move || drop(button.map(|button| button.focus())));
    };
    let follow = move |event: ev::PointerEvent| {
        let (Some(code), Some(list)) = (dragged.get_untracked(), list.get_untracked()) else {
            return;
        };
        let to = place_at(&list, pixels(event.client_y()));
        let at = codes
            .read_untracked()
            .iter()
            .position(|other| *other == code);
        if at != Some(to) {
            codes.update(|codes| *codes = moved(codes, &code, to));
        }
    };
    let let_go = move |_: ev::PointerEvent| {
        if dragged.get_untracked().is_some() {
            dragged.set(None);
            keep();
        }
    };
    let line = move |code: String| {
        let (mine, held, taken, named) = (code.clone(), code.clone(), code.clone(), code.clone());
        let label = Memo::new(move |_| {
            let view = node.read();
            let choice = view.choices.iter().find(|choice| choice.value == named);
            choice
                .map(|choice| choice.label.text.clone())
                .unwrap_or_default()
        });
        let place = Memo::new(move |_| {
            let codes = codes.read();
            let at = codes.iter().position(|other| *other == mine).unwrap_or(0);
            (at, codes.len())
        });
        let take = move |event: ev::PointerEvent| {
            event.prevent_default();
            // The list holds the finger: its lines move about.
            if let Some(list) = list.get_untracked() {
                drop(list.set_pointer_capture(event.pointer_id()));
            }
            dragged.set(Some(taken.clone()));
        };
        let button = move |up: bool| {
            let (sign, says) = if up {
                (lu::LuChevronUp, form::UP)
            } else {
                (lu::LuChevronDown, form::DOWN)
            };
            let code = code.clone();
            let press = move |event: ev::MouseEvent| {
                let button = event
                    .current_target()
                    .and_then(|button| button.dyn_into().ok());
                step(&code, up, button);
            };
            // Never disabled: the button that has the focus may come to an end of the list.
            view! {
                <button type="button" class="button button--plain" aria-label=move || fill(says, &[("name", &markdown::plain(&label.read()))])
                    aria-disabled=move || { let (at, all) = place.get(); (if up { at == 0 } else { at + 1 == all }).to_string() }
                    on:click=press>{icon(sign)}</button>
            }
        };
        let (up, down) = (button(true), button(false));
        view! {
            <li class="rank" class:rank--held=move || dragged.read().as_ref() == Some(&held)>
                <span class="rank__handle" aria-hidden="true" on:pointerdown=take>{icon(lu::LuGripVertical)}</span>
                <span class="rank__place">{move || place.get().0 + 1}</span>
                <span class="rank__label" lang=lang inner_html=move || markdown::html(&label.read())></span>
                {up}
                {down}
            </li>
        }
        .into_any()
    };
    view! {
        <ol class="entries ranks" node_ref=list on:pointermove=follow on:pointerup=let_go on:pointercancel=let_go>
            <For each=move || codes.get() key=Clone::clone children=line/>
        </ol>
        <p class="visually-hidden" role="status">{move || super::said(&node.read())}</p>
        <Show when=move || node.read().value.is_empty()>
            <button type="button" class="button" on:click=move |_| keep()>{icon(lu::LuCheck)}{t(form::KEEP_ORDER)}</button>
        </Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_goes_where_it_is_taken() {
        let codes = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(moved(&codes, "a", 1), ["b", "a", "c"]);
        assert_eq!(moved(&codes, "c", 0), ["c", "a", "b"]);
        assert_eq!(moved(&codes, "a", 9), ["b", "c", "a"]);
    }
}
