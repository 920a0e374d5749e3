//! Choices: big rows to tap; a search above twelve; a native list where the form asks for one; scales side by side.

use leptos::prelude::*;
use vigie_forms::{Choice, Control, NodeView};

use super::{Parts, has};
use crate::{
    i18n::{count, form, t},
    markdown,
};

/// More choices than this are searched.
const FEW: usize = 12;

/// Whether the platform's own list is shown.
pub fn is_native(node: &NodeView) -> bool {
    node.control == Some(Control::SelectOne) && has(node, "minimal")
}

/// Accents and case put aside, for search.
fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' => 'a',
            'ç' => 'c',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ñ' => 'n',
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            other => other,
        })
        .collect()
}

fn is_chosen(value: &str, code: &str, several: bool) -> bool {
    if several {
        value.split_ascii_whitespace().any(|chosen| chosen == code)
    } else {
        value == code
    }
}

/// The value with `code` put in or taken out, in the order of the list.
fn toggled(value: &str, code: &str, choices: &[Choice]) -> String {
    let mut chosen: Vec<&str> = value.split_ascii_whitespace().collect();
    match chosen.iter().position(|known| *known == code) {
        Some(at) => drop(chosen.remove(at)),
        None => chosen.push(code),
    }
    let place = |code: &str| {
        choices
            .iter()
            .position(|choice| choice.value == code)
            .unwrap_or(usize::MAX)
    };
    chosen.sort_by_key(|code| place(code));
    chosen.join(" ")
}

pub fn choices(parts: Parts) -> AnyView {
    let node = parts.node;
    let list = Memo::new(move |_| node.read().choices.clone());
    if is_native(&node.read_untracked()) {
        return native(parts, list);
    }
    let several = node.read_untracked().control == Some(Control::SelectMultiple);
    let class = {
        let node = node.read_untracked();
        let columns = node
            .appearance
            .iter()
            .any(|word| word.starts_with("columns"));
        if has(&node, "likert") {
            "choices choices--likert"
        } else if columns || has(&node, "horizontal") || has(&node, "horizontal-compact") {
            "choices choices--side"
        } else {
            "choices"
        }
    };
    let search = RwSignal::new(String::new());
    let searched = Memo::new(move |_| list.read().len() > FEW);
    let shown = Memo::new(move |_| {
        let wanted = folded(search.read().trim());
        let value = node.read_untracked().value.clone();
        list.get()
            .into_iter()
            .filter(|choice| {
                wanted.is_empty()
                    || folded(&choice.label.text).contains(&wanted)
                    || is_chosen(&value, &choice.value, several)
            })
            .collect::<Vec<_>>()
    });
    let name = parts.id.clone();
    let search_id = format!("{}-search", parts.id);
    let search_label = search_id.clone();
    let answering = parts.clone();
    let row = move |choice: Choice| {
        let (mine, code) = (choice.value.clone(), choice.value.clone());
        let chosen = move || is_chosen(&node.read().value, &mine, several);
        let parts = answering.clone();
        let change = move |_| {
            let node = node.read_untracked();
            parts.answer(if several {
                toggled(&node.value, &code, &node.choices)
            } else {
                code.clone()
            });
        };
        let kind = if several { "checkbox" } else { "radio" };
        view! {
            <label class="choice">
                <input type=kind name=name.clone() value=choice.value.clone() prop:checked=chosen on:change=change/>
                <span inner_html=markdown::html(&choice.label.text)></span>
            </label>
        }
    };
    let optional = !several && !node.read_untracked().required;
    let nothing = StoredValue::new(parts.clone());
    view! {
        <Show when=move || searched.get()>
            <label class="visually-hidden" for=search_label.clone()>{t(form::SEARCH_CHOICES)}</label>
            <input class="input" id=search_id.clone() type="search" autocomplete="off" placeholder=t(form::SEARCH_CHOICES)
                prop:value=search on:input=move |event| search.set(event_target_value(&event))/>
            <p class="quiet" role="status">{move || count(shown.read().len(), form::CHOICES_ONE, form::CHOICES_MANY)}</p>
        </Show>
        <div class=class>
            <For each=move || shown.get() key=|choice| (choice.value.clone(), choice.label.text.clone()) children=row/>
        </div>
        <Show when=move || optional && !node.read().value.is_empty()>
            <button type="button" class="button button--plain button--small" on:click=move |_| nothing.with_value(|parts| parts.answer(String::new()))>
                {t(form::CLEAR_CHOICE)}
            </button>
        </Show>
    }
    .into_any()
}

fn native(parts: Parts, list: Memo<Vec<Choice>>) -> AnyView {
    let node = parts.node;
    let (id, describes, invalid) = (parts.id.clone(), parts.describes(), parts.invalid_word());
    let change = move |event| parts.answer(event_target_value(&event));
    view! {
        <select class="input" id=id aria-describedby=describes aria-invalid=invalid on:change=change>
            <option value="" selected=move || node.read().value.is_empty()>{t(form::CHOOSE)}</option>
            {move || list.get().into_iter().map(|choice| {
                let mine = choice.value.clone();
                view! { <option value=choice.value selected=move || node.read().value == mine>{markdown::plain(&choice.label.text)}</option> }
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

    fn choice(value: &str) -> Choice {
        Choice {
            value: value.into(),
            label: Default::default(),
        }
    }

    #[test]
    fn several_choices_stay_in_the_order_of_the_list() {
        let list = [choice("a"), choice("b"), choice("c")];
        assert_eq!(toggled("c", "a", &list), "a c");
        assert_eq!(toggled("a c", "c", &list), "a");
        assert_eq!(toggled("", "b", &list), "b");
    }

    #[test]
    fn search_ignores_accents_and_case() {
        assert!(folded("Éthiopie").contains(&folded("ethi")));
        assert!(folded("ESPAÑA").contains("espana"));
    }
}
