//! Themes as chips: the default ones, those of one's own, and a field to add one.

use leptos::{ev, prelude::*};
use vigie_model::{Theme, kinds::List};

use super::icon::{icon, lu};
use crate::{
    i18n::{note, t},
    words::code_label,
};

/// How many default themes are shown before "more": a phone's first screen.
const FIRST: usize = 6;

#[component]
pub fn Themes(
    #[prop(into)] legend: String,
    #[prop(into)] chosen: Signal<Vec<String>>,
    #[prop(into)] on_change: Callback<Vec<String>>,
) -> impl IntoView {
    let all = RwSignal::new(false);
    let own = RwSignal::new(String::new());
    let toggle = move |code: String| {
        let mut themes = chosen.get_untracked();
        match themes.iter().position(|theme| *theme == code) {
            Some(at) => drop(themes.remove(at)),
            None => themes.push(code),
        }
        on_change.run(themes);
    };
    let chip = move |code: String, label: String| {
        let (mine, tapped) = (code.clone(), code);
        view! {
            <button type="button" class="chip" aria-pressed=move || chosen.read().contains(&mine).to_string()
                on:click=move |_| toggle(tapped.clone())>
                {label}
            </button>
        }
    };
    let shown = move || {
        let chosen = chosen.get();
        let of_list = Theme::ALL
            .iter()
            .enumerate()
            .filter(|(place, theme)| {
                all.get() || *place < FIRST || chosen.iter().any(|code| code == theme.code())
            })
            .map(|(_, theme)| {
                chip(
                    theme.code().to_owned(),
                    code_label(List::Themes, theme.code()),
                )
            })
            .collect_view();
        let of_own = chosen
            .iter()
            .filter(|code| code.parse::<Theme>().is_err())
            .map(|code| chip(code.clone(), code.clone()))
            .collect_view();
        (of_list, of_own)
    };
    let add = move || {
        let theme = own.get_untracked().trim().to_owned();
        if !theme.is_empty() && !chosen.read_untracked().contains(&theme) {
            toggle(theme);
        }
        own.set(String::new());
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            add();
        }
    };
    view! {
        <fieldset class="field">
            <legend>{legend}</legend>
            <div class="chips">
                {shown}
                <button type="button" class="chip chip--more" aria-expanded=move || all.get().to_string()
                    on:click=move |_| all.update(|all| *all = !*all)>
                    {move || icon(if all.get() { lu::LuChevronUp } else { lu::LuChevronDown })}
                    {move || t(if all.get() { note::THEMES_LESS } else { note::THEMES_ALL })}
                </button>
            </div>
            <div class="with-button">
                <label for="own-theme" class="visually-hidden">{t(note::THEME_OWN)}</label>
                <input class="input" id="own-theme" type="text" placeholder=t(note::THEME_OWN) autocomplete="off"
                    prop:value=move || own.get() on:input=move |event| own.set(event_target_value(&event)) on:keydown=key/>
                <button type="button" class="button" aria-label=t(note::THEME_ADD) on:click=move |_| add()>{icon(lu::LuPlus)}</button>
            </div>
        </fieldset>
    }
    .into_any()
}
