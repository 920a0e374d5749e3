//! Fields of the notebook's own pages: a label, a control, a hint.

use js_sys::Reflect;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

use super::icon::{icon, lu};
use crate::i18n::{common, t};

/// What is typed into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// One word, as it is written.
    Word,
    Long,
    Search,
    Date,
    Moment,
    Phone,
    Email,
    Passphrase,
    NewPassphrase,
}

impl Kind {
    fn attributes(self) -> (&'static str, &'static str) {
        match self {
            // Off: what is typed would stand in the file from which a browser brings its tabs back.
            Kind::Text | Kind::Word | Kind::Long => ("text", "off"),
            Kind::Search => ("search", "off"),
            Kind::Date => ("date", "off"),
            Kind::Moment => ("datetime-local", "off"),
            Kind::Phone => ("tel", "off"),
            Kind::Email => ("email", "off"),
            Kind::Passphrase => ("password", "current-password"),
            Kind::NewPassphrase => ("password", "new-password"),
        }
    }
}

/// Whether only some parts of a date are there, or parts that make no date.
fn is_half(event: &ev::Event) -> bool {
    let of = |thing: &JsValue, name: &str| Reflect::get(thing, &name.into()).ok();
    event
        .target()
        .and_then(|field| of(&field, "validity"))
        .and_then(|validity| of(&validity, "badInput")?.as_bool())
        .unwrap_or_default()
}

/// A labelled field. `value` shows what is kept; `on_input` says each keystroke.
#[component]
pub fn Field(
    id: &'static str,
    kind: Kind,
    #[prop(into)] label: String,
    #[prop(into, optional)] hint: String,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_input: Callback<String>,
    /// Why it can't stand, when it can't.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    #[prop(default = true)] show_label: bool,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let described = {
        let (hint_id, error_id, has_hint) = (hint_id.clone(), error_id.clone(), !hint.is_empty());
        move || match (has_hint, error.read().is_some()) {
            (false, false) => None,
            (true, false) => Some(hint_id.clone()),
            (false, true) => Some(error_id.clone()),
            (true, true) => Some(format!("{hint_id} {error_id}")),
        }
    };
    let typed = move |event: ev::Event| {
        // Half a date is none yet: kept and written back, it would clear its parts.
        if !(matches!(kind, Kind::Date | Kind::Moment) && is_half(&event)) {
            on_input.run(event_target_value(&event));
        }
    };
    let (of, autocomplete) = kind.attributes();
    // What is typed blind may be looked at.
    let is_secret = of == "password";
    let shown = RwSignal::new(false);
    let of = move || if shown.get() { "text" } else { of };
    let show = is_secret.then(|| {
        view! {
            <button type="button" class="button button--plain button--small" aria-controls=id on:click=move |_| shown.update(|on| *on = !*on)>
                {move || icon(if shown.get() { lu::LuEyeOff } else { lu::LuEye })}
                {move || t(if shown.get() { common::HIDE } else { common::SHOW })}
            </button>
        }
    });
    let invalid = move || error.read().is_some().then_some("true");
    let control = if kind == Kind::Long {
        view! {
            <textarea class="input" id=id rows="6" autocomplete=autocomplete aria-describedby=described aria-invalid=invalid
                prop:value=move || value.get() on:input=typed></textarea>
        }
        .into_any()
    } else {
        view! {
            <input class="input" id=id type=of spellcheck=(is_secret || kind == Kind::Word).then_some("false") autocomplete=autocomplete aria-describedby=described aria-invalid=invalid
                autocapitalize=matches!(kind, Kind::Word | Kind::Passphrase | Kind::NewPassphrase | Kind::Email).then_some("none")
                prop:value=move || value.get() on:input=typed/>
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label for=id class=if show_label { "" } else { "visually-hidden" }>{label}</label>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=hint_id>{hint}</p> })}
            {control}
            {show}
            <p class="field__error" id=error_id role="alert" hidden=move || error.read().is_none()>{move || error.get()}</p>
        </div>
    }
    .into_any()
}
