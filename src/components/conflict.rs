//! Two values for one field: side by side, with who wrote them and when. A person settles, and says why.

use leptos::prelude::*;
use serde_json::Value;
use vigie_protocol::Conflict;

use super::{
    field::{Field, Kind},
    icon::{icon, lu},
};
use crate::{
    format,
    i18n::{Key, common, fill, note, t},
    words::{field_name, value_words},
};

/// What was chosen to settle a conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    pub field: String,
    pub value: Value,
    pub reason: String,
}

#[component]
pub fn Settle(
    conflict: Conflict,
    /// Of the entry.
    kind: vigie_model::Kind,
    #[prop(into)] on_settle: Callback<Settled>,
) -> impl IntoView {
    let chosen = RwSignal::new(None::<usize>);
    let reason = RwSignal::new(String::new());
    let missing = RwSignal::new(None::<Key>);
    let field = conflict.field.clone();
    let values = StoredValue::new(
        conflict
            .values
            .iter()
            .map(|side| side.value.clone())
            .collect::<Vec<_>>(),
    );
    let sides = conflict
        .values
        .iter()
        .enumerate()
        .map(|(at, side)| {
            let who = if side.mine { t(note::MINE).to_owned() } else { side.by.clone() };
            let radio = format!("conflict-{field}");
            view! {
                <label class="choice choice--side">
                    <input type="radio" name=radio autocomplete="off" prop:checked=move || chosen.get() == Some(at) on:change=move |_| chosen.set(Some(at))/>
                    <span class="side">
                        <span class="side__value">{value_words(kind.as_str(), &field, &side.value)}</span>
                        <span class="quiet">{format!("{who} · {}", format::moment(side.at))}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    let name = field_name(kind.as_str(), &field);
    let settle = move |_| {
        let value = chosen
            .get_untracked()
            .and_then(|at| values.with_value(|values| values.get(at).cloned()));
        let reason = reason.get_untracked();
        missing.set(match (&value, reason.trim()) {
            (None, _) => Some(note::CHOOSE_FIRST),
            (_, "") => Some(note::REASON_MISSING),
            _ => None,
        });
        if let Some(value) = value.filter(|_| missing.read_untracked().is_none()) {
            on_settle.run(Settled {
                field: conflict.field.clone(),
                value,
                reason,
            });
        }
    };
    view! {
        <fieldset class="card card--conflict">
            <legend class="state state--conflict">{icon(lu::LuSplit)}{fill(note::TWO_VERSIONS, &[("field", &name)])}</legend>
            <p class="quiet">{t(note::BOTH_KEPT)}</p>
            <div class="choices choices--side">{sides}</div>
            <Field id="conflict-reason" kind=Kind::Text label=t(note::REASON) hint=t(note::REASON_HINT) value=reason on_input=move |text| reason.set(text)/>
            <p class="field__error" role="alert" hidden=move || missing.read().is_none()>{move || missing.get().map(t)}</p>
            <button type="button" class="button button--main" on:click=settle>{t(common::SETTLE)}</button>
        </fieldset>
    }
    .into_any()
}
