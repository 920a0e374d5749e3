//! Answers that are typed: text, numbers, dates, times. Native inputs, in the form's lexical values.

use leptos::{ev, prelude::*};
use vigie_forms::DataType;

use super::{Parts, has, is_focused};
use crate::format;

/// How a type is typed: the input's type, its keyboard.
fn input_of(data_type: DataType, numbers: bool, month: bool) -> (&'static str, &'static str) {
    match data_type {
        DataType::Int => ("text", "numeric"),
        DataType::Decimal => ("text", "decimal"),
        DataType::Date if month => ("month", ""),
        DataType::Date => ("date", ""),
        DataType::Time => ("time", ""),
        DataType::DateTime => ("datetime-local", ""),
        DataType::String if numbers => ("text", "numeric"),
        _ => ("text", "text"),
    }
}

/// From what the form keeps to what the input shows.
fn shown_as(data_type: DataType, month: bool, value: &str) -> String {
    let until = |n: usize| value.get(..n).unwrap_or(value).to_owned();
    match data_type {
        DataType::Date if month => until(7),
        DataType::Date => until(10),
        DataType::Time => until(5),
        DataType::DateTime => until(16),
        _ => value.to_owned(),
    }
}

/// From what the input gives to what the form keeps.
fn kept_as(data_type: DataType, month: bool, typed: &str) -> String {
    if typed.trim().is_empty() {
        return String::new();
    }
    match data_type {
        DataType::Date if month => format!("{typed}-01"),
        DataType::Time => format!(
            "{}:00.000{}",
            typed.get(..5).unwrap_or(typed),
            format::offset()
        ),
        DataType::DateTime => format!(
            "{}:00.000{}",
            typed.get(..16).unwrap_or(typed),
            format::offset()
        ),
        // A comma is how most of our people write it.
        DataType::Decimal => typed.trim().replace(',', "."),
        DataType::Int => typed.trim().to_owned(),
        _ => typed.to_owned(),
    }
}

pub fn typed(parts: Parts) -> AnyView {
    let (data_type, numbers, month, long, rows) = {
        let node = parts.node.read_untracked();
        let rows = node
            .parameters
            .get("rows")
            .cloned()
            .unwrap_or_else(|| "5".into());
        (
            node.data_type,
            has(&node, "numbers"),
            has(&node, "month-year"),
            has(&node, "multiline"),
            rows,
        )
    };
    let text = RwSignal::new(shown_as(
        data_type,
        month,
        &parts.node.read_untracked().value,
    ));
    let value = parts.value();
    let id = parts.id.clone();
    Effect::new(move |_| {
        let kept = value.get();
        if !is_focused(&id) && kept_as(data_type, month, &text.get_untracked()) != kept {
            text.set(shown_as(data_type, month, &kept));
        }
    });
    let (typing, leaving) = (parts.clone(), parts.clone());
    let on_input = move |event: ev::Event| {
        let typed = event_target_value(&event);
        text.set(typed.clone());
        typing.keystroke(kept_as(data_type, month, &typed));
    };
    let on_change = move |event: ev::Event| {
        leaving.answer(kept_as(data_type, month, &event_target_value(&event)))
    };
    let (kind, keyboard) = input_of(data_type, numbers, month);
    if long {
        return view! {
            <textarea class="input" id=parts.id.clone() rows=rows aria-describedby=parts.describes() aria-invalid=parts.invalid_word()
                prop:value=text on:input=on_input on:change=on_change></textarea>
        }
        .into_any();
    }
    view! {
        <input class="input" id=parts.id.clone() type=kind inputmode=(!keyboard.is_empty()).then_some(keyboard) autocomplete="off"
            aria-describedby=parts.describes() aria-invalid=parts.invalid_word() prop:value=text on:input=on_input on:change=on_change/>
    }
    .into_any()
}

/// A value that is shown and can't be changed here.
pub fn shown(parts: Parts) -> AnyView {
    let node = parts.node;
    let value = move || {
        let node = node.read();
        let label = |code: &str| {
            node.choices
                .iter()
                .find(|choice| choice.value == code)
                .map_or_else(|| code.to_owned(), |choice| choice.label.text.clone())
        };
        if node.choices.is_empty() {
            node.value.clone()
        } else {
            node.value
                .split(' ')
                .map(label)
                .collect::<Vec<_>>()
                .join(", ")
        }
    };
    view! { <output class="input input--shown" id=parts.id>{value}</output> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_is_a_decimal_mark_and_a_month_has_a_first_day() {
        assert_eq!(kept_as(DataType::Decimal, false, " 58,5 "), "58.5");
        assert_eq!(kept_as(DataType::Date, true, "2026-11"), "2026-11-01");
        assert_eq!(
            shown_as(DataType::DateTime, false, "2026-11-24T14:02:00.000-05:00"),
            "2026-11-24T14:02"
        );
        assert_eq!(
            shown_as(DataType::Time, false, "14:05:00.000-05:00"),
            "14:05"
        );
    }
}
