//! Choices: big rows to tap; a search above twelve; a native list where the form asks for one; scales side by side.
//!
//! A list may be longer than a page can hold: the worker searches it, and gives a stretch at a time.

use std::cell::Cell;

use leptos::{ev, prelude::*};
use vigie_forms::{Choice, ChoiceLayout, ChoicePage, Control, DataType, NodeView, Text};

use super::{
    Parts,
    image_map::{drawing_of, image_map},
    is_chosen, media,
};
use crate::{
    components::icon::{icon, lu},
    format,
    i18n::{count, form, t},
    markdown,
};

/// More choices than this are searched.
const FEW: usize = 12;

/// Whether the platform's own list is shown.
pub fn is_native(node: &NodeView) -> bool {
    node.control == Some(Control::SelectOne)
        && node.appearance.folded
        && node.choices_total == node.choices.len()
}

fn class_of(layout: ChoiceLayout) -> &'static str {
    match layout {
        ChoiceLayout::Stacked => "choices",
        ChoiceLayout::TableHead => "choices choices--grid choices--header",
        ChoiceLayout::TableRow => "choices choices--grid",
        ChoiceLayout::Likert => "choices choices--likert",
        ChoiceLayout::Packed => "choices choices--pack",
        ChoiceLayout::Beside => "choices choices--side",
        ChoiceLayout::Two => "choices choices--two",
        ChoiceLayout::Three => "choices choices--three",
        ChoiceLayout::Four => "choices choices--four",
    }
}

/// The value with `code` put in or taken out; the session puts the codes in the order of the list.
fn toggled(value: &str, code: &str) -> String {
    let mut chosen: Vec<&str> = value.split_ascii_whitespace().collect();
    match chosen.iter().position(|known| *known == code) {
        Some(at) => drop(chosen.remove(at)),
        None => chosen.push(code),
    }
    chosen.join(" ")
}

/// An answer in words: labels for choices.
pub fn said(node: &NodeView) -> String {
    if node.choices.is_empty() {
        let kind = match node.data_type {
            DataType::Date => "date",
            DataType::Time => "time",
            DataType::DateTime => "dateTime",
            DataType::Geopoint => "geopoint",
            _ => "",
        };
        return format::typed(kind, &node.value);
    }
    let label = |code: &str| {
        let mut all = node.chosen.iter().chain(&node.choices);
        let known = all.find(|choice| choice.value == code);
        known.map_or_else(
            || code.to_owned(),
            |choice| markdown::plain(&choice.label.text),
        )
    };
    let codes = node.value.split_ascii_whitespace();
    codes.map(label).collect::<Vec<_>>().join(", ")
}

/// What each row needs.
#[derive(Clone)]
struct Rows {
    parts: Parts,
    several: bool,
    quick: bool,
}

fn row(rows: &Rows, choice: Choice) -> AnyView {
    let Rows {
        parts,
        several,
        quick,
    } = rows.clone();
    let node = parts.node;
    let (mine, code) = (choice.value.clone(), choice.value.clone());
    let chosen = move || is_chosen(&node.read().value, &mine, several);
    let name = parts.id.clone();
    // A finger goes on by itself; arrow keys pass over choices on their way to another.
    let pressed = StoredValue::new_local(Cell::new(false));
    let press = move |event: ev::MouseEvent| {
        if event.detail() > 0 {
            pressed.with_value(|pressed| pressed.set(true));
        }
    };
    let answering = parts.answering;
    let change = move |_| {
        pick(&parts, several, &code);
        if quick && pressed.with_value(|pressed| pressed.replace(false)) {
            parts.answering.on_quick.run(());
        }
    };
    let kind = if several { "checkbox" } else { "radio" };
    let Text { text, media } = choice.label;
    let said = markdown::plain(&text);
    let row = view! {
        <label class="choice" on:click=press on:keydown=move |_| pressed.with_value(|pressed| pressed.set(false))>
            <input type=kind name=name value=choice.value prop:checked=chosen on:change=change/>
            {media::picture(answering, &media, &said)}
            <span inner_html=markdown::html(&text)></span>
        </label>
    };
    // What is played has buttons of its own, which no label may hold.
    if media.audio.is_some() || media.video.is_some() {
        view! { <div class="choice-played">{row}{media::played(answering, &media, said)}</div> }
            .into_any()
    } else {
        row.into_any()
    }
}

/// Chooses, or takes back what was chosen.
fn pick(parts: &Parts, several: bool, code: &str) {
    let value = if several {
        toggled(&parts.node.read_untracked().value, code)
    } else {
        code.to_owned()
    };
    parts.answer(value);
}

pub fn choices(parts: Parts) -> AnyView {
    let node = parts.node;
    let list = Memo::new(move |_| node.read().choices.clone());
    let first = node.get_untracked();
    if is_native(&first) {
        return native(parts, list);
    }
    let look = first.appearance;
    let class = class_of(look.choices);
    if look.choices == ChoiceLayout::TableHead {
        return header(class, list, parts.lang);
    }
    let several = first.control == Some(Control::SelectMultiple);
    let rows = Rows {
        parts: parts.clone(),
        several,
        quick: !several && look.quick,
    };
    let bare = look.no_buttons;
    let only_found = look.autocomplete;
    let total = Memo::new(move |_| node.read().choices_total);
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(None::<ChoicePage>);
    let ask = {
        let (path, on_search) = (parts.path.clone(), parts.answering.on_search);
        move |from: usize| {
            let asked = query.get_untracked();
            let tell = Callback::new({
                let asked = asked.clone();
                move |page: ChoicePage| {
                    if query.try_get_untracked().as_ref() != Some(&asked) {
                        return;
                    }
                    found.update(|found| match found {
                        Some(shown) if from > 0 => shown.choices.extend(page.choices),
                        _ => *found = Some(page),
                    });
                }
            });
            on_search.run((path.clone(), asked, from, tell));
        }
    };
    let search = {
        let ask = ask.clone();
        move || {
            if query.read_untracked().trim().is_empty() {
                found.set(None);
            } else {
                ask(0);
            }
        }
    };
    // Another answer may have changed the list.
    Effect::new({
        let search = search.clone();
        move |before: Option<()>| {
            list.track();
            total.track();
            if before.is_some() {
                search();
            }
        }
    });
    let searched = Memo::new(move |_| total.get() > FEW || only_found);
    let shown = Memo::new(move |_| {
        let (found, list) = (found.read(), list.read());
        let of_list: &[Choice] = match &*found {
            Some(page) => &page.choices,
            None if only_found => &[],
            None => &list,
        };
        // What is chosen stays in sight.
        let node = node.read();
        let mut all: Vec<Choice> = Vec::new();
        for choice in node.chosen.iter().chain(&node.choices) {
            if is_chosen(&node.value, &choice.value, several)
                && !of_list
                    .iter()
                    .chain(&all)
                    .any(|other| other.value == choice.value)
            {
                all.push(choice.clone());
            }
        }
        all.extend_from_slice(of_list);
        all
    });
    let matching = Memo::new(move |_| match &*found.read() {
        Some(page) => (page.total, page.choices.len()),
        None => (total.get(), list.read().len()),
    });
    let counted = move || {
        let idle = only_found && found.read().is_none();
        (!idle).then(|| count(matching.get().0, form::N_CHOICES))
    };
    let more = move || {
        let (all, shown) = matching.get();
        all > shown && !(only_found && found.read().is_none())
    };
    let load_more = move |_: ev::MouseEvent| {
        if found.read_untracked().is_none() {
            let choices = list.get_untracked();
            let total = total.get_untracked();
            found.set(Some(ChoicePage { total, choices }));
        }
        ask(matching.get_untracked().1);
    };
    let load_more = StoredValue::new_local(load_more);
    let search_id = format!("{}-search", parts.id);
    let typed = move |event: ev::Event| {
        query.set(event_target_value(&event));
        search();
    };
    let typed = StoredValue::new_local(typed);
    let drawing = drawing_of(&first).map(|drawing| {
        let picking = parts.clone();
        image_map(&parts, drawing, several, move |code| {
            pick(&picking, several, &code);
        })
    });
    let optional = !several && !first.required;
    let clearing = StoredValue::new(parts.clone());
    let group = view! {
        {drawing}
        <Show when=move || searched.get()>
            <label class="visually-hidden" for=search_id.clone()>{t(form::SEARCH_CHOICES)}</label>
            <input class="input" id=search_id.clone() type="search" autocomplete="off" placeholder=t(form::SEARCH_CHOICES)
                prop:value=query on:input=move |event| typed.with_value(|typed| typed(event))
                on:keydown=move |event: ev::KeyboardEvent| if event.key() == "Enter" { event.prevent_default() }/>
            <p class="quiet" role="status">{counted}</p>
        </Show>
        <div class=class class:choices--bare=bare lang=parts.lang>
            <For each=move || shown.get() key=Choice::clone children=move |choice| row(&rows, choice)/>
        </div>
        <Show when=more>
            <button type="button" class="button" on:click=move |event| load_more.with_value(|load| load(event))>{icon(lu::LuChevronDown)}{t(form::MORE_CHOICES)}</button>
        </Show>
        <Show when=move || optional && !node.read().value.is_empty()>
            <button type="button" class="button button--plain button--small" on:click=move |_| clearing.with_value(|parts| parts.answer(String::new()))>
                {t(form::CLEAR_CHOICE)}
            </button>
        </Show>
    };
    if !look.folded {
        return group.into_any();
    }
    let summary = move || {
        Some(said(&node.read()))
            .filter(|labels| !labels.is_empty())
            .unwrap_or_else(|| t(form::CHOOSE).to_owned())
    };
    view! { <details class="folded"><summary class="input">{summary}</summary>{group}</details> }
        .into_any()
}

/// The labels alone, over the columns of the questions that follow.
fn header(class: &'static str, list: Memo<Vec<Choice>>, lang: Signal<String>) -> AnyView {
    let labels = move || {
        let list = list.get().into_iter();
        list.map(|choice| view! { <span inner_html=markdown::html(&choice.label.text)></span> })
            .collect_view()
    };
    view! { <div class=class aria-hidden="true" lang=lang>{labels}</div> }.into_any()
}

fn native(parts: Parts, list: Memo<Vec<Choice>>) -> AnyView {
    let node = parts.node;
    let (id, describes, invalid) = (parts.id.clone(), parts.describes(), parts.invalid_word());
    let lang = parts.lang;
    let change = move |event| parts.answer(event_target_value(&event));
    view! {
        <select class="input" id=id aria-describedby=describes aria-invalid=invalid on:change=change>
            <option value="" selected=move || node.read().value.is_empty()>{t(form::CHOOSE)}</option>
            {move || list.get().into_iter().map(|choice| {
                let mine = choice.value.clone();
                view! { <option value=choice.value lang=lang selected=move || node.read().value == mine>{markdown::plain(&choice.label.text)}</option> }
            }).collect_view()}
        </select>
    }
    .into_any()
}

/// An acknowledgement: `OK` or nothing.
pub fn trigger(parts: Parts) -> AnyView {
    let node = parts.node;
    let id = parts.id.clone();
    let change = move |event| {
        parts.answer(if event_target_checked(&event) {
            "OK".into()
        } else {
            String::new()
        })
    };
    view! {
        <div class="choices">
            <label class="choice">
                <input type="checkbox" id=id prop:checked=move || node.read().value == "OK" on:change=change/>
                <span>{t(form::ACKNOWLEDGE)}</span>
            </label>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_put_in_or_taken_out() {
        assert_eq!(toggled("c", "a"), "c a");
        assert_eq!(toggled("a c", "c"), "a");
        assert_eq!(toggled("", "b"), "b");
    }

    #[test]
    fn a_choice_that_is_part_of_another_is_not_chosen_with_it() {
        assert!(!is_chosen("autre", "aut", true));
        assert!(is_chosen("a autre", "autre", true));
    }
}
