//! One of a few: rows to tap, or a native list when they are many.

use leptos::prelude::*;

/// A value and what is shown for it.
pub type Labelled = (String, String);

/// Rows of radio buttons under a legend.
#[component]
pub fn Choose(
    name: &'static str,
    #[prop(into)] legend: String,
    #[prop(into, optional)] hint: String,
    options: Vec<Labelled>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    let rows = options
        .into_iter()
        .map(|(code, label)| {
            let (mine, chosen) = (code.clone(), code.clone());
            view! {
                <label class="choice">
                    <input type="radio" name=name value=code autocomplete="off" prop:checked=move || value.read() == mine
                        on:change=move |_| on_choose.run(chosen.clone())/>
                    <span>{label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend>{legend}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint">{hint}</p> })}
            <div class="choices">{rows}</div>
        </fieldset>
    }
    .into_any()
}

/// A native list.
#[component]
pub fn Pick(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into, optional)] hint: String,
    /// What the first line says, where nothing may be chosen.
    #[prop(into, optional)]
    none: String,
    options: Vec<Labelled>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    let rows = options
        .into_iter()
        .map(|(code, label)| {
            let mine = code.clone();
            view! { <option value=code selected=move || value.read() == mine>{label}</option> }
        })
        .collect_view();
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=hint_id.clone()>{hint.clone()}</p> })}
            <select class="input" id=id autocomplete="off" aria-describedby=(!hint.is_empty()).then_some(hint_id)
                on:change=move |event| on_choose.run(event_target_value(&event))>
                {(!none.is_empty()).then(|| view! { <option value="" selected=move || value.read().is_empty()>{none}</option> })}
                {rows}
            </select>
        </div>
    }
    .into_any()
}
