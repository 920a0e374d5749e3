//! Answers that are typed: text, numbers, dates, times. Native inputs, in the form's lexical values.

use leptos::{ev, prelude::*};
use vigie_forms::{DataType, DatePart};

use super::{Parts, is_focused, said};
use crate::format;

/// How a type is typed: the input's type, its keyboard.
fn input_of(data_type: DataType, numbers: bool, whole: DatePart) -> (&'static str, &'static str) {
    match (data_type, whole) {
        (DataType::Int, _) | (DataType::Date, DatePart::Year) => ("text", "numeric"),
        (DataType::Decimal, _) => ("text", "decimal"),
        (DataType::Date, DatePart::Month) => ("month", ""),
        (DataType::Date, DatePart::Day) => ("date", ""),
        (DataType::Time, _) => ("time", ""),
        (DataType::DateTime, _) => ("datetime-local", ""),
        (DataType::String, _) if numbers => ("text", "numeric"),
        _ => ("text", "text"),
    }
}

/// Whether answers of this type are typed, and not taken from the world.
pub fn is_typed(data_type: DataType) -> bool {
    !matches!(
        data_type,
        DataType::Geopoint | DataType::Geotrace | DataType::Geoshape | DataType::Barcode
    )
}

/// From what the form keeps to what the input shows.
fn shown_as(data_type: DataType, whole: DatePart, value: &str) -> String {
    let until = |n: usize| value.get(..n).unwrap_or(value).to_owned();
    match (data_type, whole) {
        (DataType::Date, DatePart::Year) => until(4),
        (DataType::Date, DatePart::Month) => until(7),
        (DataType::Date, DatePart::Day) => until(10),
        (DataType::Time, _) => until(5),
        (DataType::DateTime, _) => until(16),
        _ => value.to_owned(),
    }
}

/// From what the input gives to what the form keeps.
fn kept_as(data_type: DataType, whole: DatePart, typed: &str) -> String {
    let bare = typed.trim();
    if bare.is_empty() {
        return String::new();
    }
    let until = |n: usize| bare.get(..n).unwrap_or(bare);
    let close = || {
        let groups = |letter: &char| !letter.is_whitespace();
        bare.chars().filter(groups).collect::<String>()
    };
    match (data_type, whole) {
        (DataType::Date, DatePart::Year) => [bare, "-01-01"].concat(),
        (DataType::Date, DatePart::Month) => [bare, "-01"].concat(),
        (DataType::Time, _) => [until(5), ":00.000", &format::offset()].concat(),
        (DataType::DateTime, _) => [until(16), ":00.000", &format::offset()].concat(),
        // A comma is how most of our people write it, and a space between thousands.
        (DataType::Decimal, _) => close().replace(',', "."),
        (DataType::Int, _) => close(),
        _ => typed.to_owned(),
    }
}

pub fn typed(parts: Parts) -> AnyView {
    let node = parts.node.get_untracked();
    let data_type = node.data_type;
    let rows = node.parameters.rows;
    let whole = node.appearance.date;
    let text = RwSignal::new(shown_as(data_type, whole, &node.value));
    let value = parts.value();
    let id = parts.id.clone();
    Effect::new(move |_| {
        let kept = value.get();
        if !is_focused(&id) && kept_as(data_type, whole, &text.get_untracked()) != kept {
            text.set(shown_as(data_type, whole, &kept));
        }
    });
    let (typing, leaving) = (parts.clone(), parts.clone());
    let on_input = move |event: ev::Event| {
        let typed = event_target_value(&event);
        // A date being changed (from 31 January to November) is empty on its way: written back, that would clear its parts.
        if typed.is_empty() {
            text.update_untracked(String::clear);
        } else {
            text.set(typed.clone());
        }
        typing.keystroke(kept_as(data_type, whole, &typed));
    };
    let on_change = move |event: ev::Event| {
        leaving.answer(kept_as(data_type, whole, &event_target_value(&event)))
    };
    let (kind, keyboard) = input_of(data_type, node.appearance.numbers, whole);
    if node.appearance.multiline || rows.is_some() {
        return view! {
            <textarea class="input" id=parts.id.clone() rows=rows.unwrap_or(5).to_string() aria-describedby=parts.describes() aria-invalid=parts.invalid_word()
                prop:value=text on:input=on_input on:change=on_change></textarea>
        }
        .into_any();
    }
    let grouped = node.appearance.thousands.then(|| {
        let spoken = move || {
            let number = vigie_forms::number(&value.read());
            number
                .filter(|number| number.abs() >= 1_000.0)
                .map(format::number)
        };
        view! { <output class="quiet" for=parts.id.clone()>{spoken}</output> }
    });
    let short = matches!(
        data_type,
        DataType::Int | DataType::Decimal | DataType::Date | DataType::Time
    );
    view! {
        <input class="input" class:input--short=short id=parts.id.clone() type=kind inputmode=(!keyboard.is_empty()).then_some(keyboard) autocomplete="off"
            maxlength=(whole == DatePart::Year).then_some("4")
            aria-describedby=parts.describes() aria-invalid=parts.invalid_word() prop:value=text on:input=on_input on:change=on_change/>
        {grouped}
    }
    .into_any()
}

/// A value that is shown and can't be changed here.
pub fn shown(parts: Parts) -> AnyView {
    let node = parts.node;
    view! { <output class="input input--shown" id=parts.id>{move || said(&node.read())}</output> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_is_a_decimal_mark_and_a_space_parts_thousands() {
        assert_eq!(kept_as(DataType::Decimal, DatePart::Day, " 58,5 "), "58.5");
        assert_eq!(
            kept_as(DataType::Int, DatePart::Day, "12\u{202f}500"),
            "12500"
        );
    }

    #[test]
    fn a_month_and_a_year_have_a_first_day() {
        assert_eq!(
            kept_as(DataType::Date, DatePart::Month, "2026-11"),
            "2026-11-01"
        );
        assert_eq!(
            kept_as(DataType::Date, DatePart::Year, "2026"),
            "2026-01-01"
        );
        assert_eq!(
            shown_as(DataType::Date, DatePart::Year, "2026-01-01"),
            "2026"
        );
    }

    #[test]
    fn times_are_shown_as_the_input_wants_them() {
        let moment = "2026-11-24T14:02:00.000-05:00";
        assert_eq!(
            shown_as(DataType::DateTime, DatePart::Day, moment),
            "2026-11-24T14:02"
        );
        assert_eq!(
            shown_as(DataType::Time, DatePart::Day, "14:05:00.000-05:00"),
            "14:05"
        );
    }
}
