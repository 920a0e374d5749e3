//! A place as coordinates: typed, or asked of the device when the person says so.

use js_sys::{Function, Reflect};
use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::PositionOptions;

use super::{Parts, is_focused};
use crate::{
    components::icon::{icon, lu},
    i18n::{fill, form, t},
};

/// From `18.54, -72.34` as typed to `18.54 -72.34 0 0` as kept; anything else is kept as typed, and the form says why not.
pub fn kept_as(typed: &str) -> String {
    let parts: Vec<&str> = typed
        .split([' ', ',', ';'])
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [] => String::new(),
        [latitude, longitude] => format!("{latitude} {longitude} 0 0"),
        all => all.join(" "),
    }
}

pub fn shown_as(kept: &str) -> String {
    let mut parts = kept.split_ascii_whitespace();
    match (parts.next(), parts.next()) {
        (Some(latitude), Some(longitude)) => format!("{latitude}, {longitude}"),
        _ => kept.to_owned(),
    }
}

/// A `GeolocationPosition` as a geopoint; a place without altitude is at 0 m.
fn coordinates(position: &JsValue) -> Option<String> {
    let coords = Reflect::get(position, &"coords".into()).ok()?;
    let number = |name: &str| Reflect::get(&coords, &name.into()).ok()?.as_f64();
    let (latitude, longitude) = (number("latitude")?, number("longitude")?);
    let altitude = number("altitude").unwrap_or_default();
    let accuracy = number("accuracy").unwrap_or_default();
    Some(format!(
        "{latitude:.6} {longitude:.6} {altitude:.1} {accuracy:.1}"
    ))
}

/// Asks the device where it is; a geopoint, or nothing when it does not say.
fn ask_device(tell: Callback<Option<String>>) {
    let Ok(geolocation) = window().navigator().geolocation() else {
        tell.run(None);
        return;
    };
    // By name: web-sys's own signatures differ with `web_sys_unstable_apis`, which tests outside a browser don't set.
    let found = Closure::once_into_js(move |position: JsValue| {
        tell.try_run(coordinates(&position));
    });
    let failed = Closure::once_into_js(move |_: JsValue| {
        tell.try_run(None);
    });
    let options = PositionOptions::new();
    options.set_enable_high_accuracy(true);
    options.set_timeout(30_000);
    let asked = Reflect::get(&geolocation, &"getCurrentPosition".into())
        .ok()
        .and_then(|ask| ask.dyn_into::<Function>().ok())
        .is_some_and(|ask| ask.call3(&geolocation, &found, &failed, &options).is_ok());
    if !asked {
        tell.run(None);
    }
}

/// The button that asks the device, and what it says when it can't tell.
pub fn here(on_point: Callback<String>) -> AnyView {
    let looking = RwSignal::new(false);
    let refused = RwSignal::new(false);
    let ask = move |_| {
        refused.set(false);
        looking.set(true);
        ask_device(Callback::new(move |point: Option<String>| {
            looking.set(false);
            match point {
                Some(point) => on_point.run(point),
                None => refused.set(true),
            }
        }));
    };
    view! {
        <button type="button" class="button" disabled=looking on:click=ask>
            {icon(lu::LuMapPin)}{move || t(if looking.get() { form::LOOKING_FOR_PLACE } else { form::USE_MY_PLACE })}
        </button>
        <p class="field__error" role="alert" hidden=move || !refused.get()>{t(form::NO_PLACE)}</p>
    }
    .into_any()
}

pub fn place(parts: Parts) -> AnyView {
    let value = parts.value();
    let text = RwSignal::new(shown_as(&value.get_untracked()));
    let id = parts.id.clone();
    Effect::new(move |_| {
        let kept = value.get();
        if !is_focused(&id) && kept_as(&text.get_untracked()) != kept {
            text.set(shown_as(&kept));
        }
    });
    let (typing, leaving, asking) = (parts.clone(), parts.clone(), parts.clone());
    let on_input = move |event: ev::Event| {
        let typed = event_target_value(&event);
        text.set(typed.clone());
        typing.keystroke(kept_as(&typed));
    };
    let accuracy = move || {
        let value = value.get();
        let metres = value
            .split_ascii_whitespace()
            .nth(3)
            .filter(|metres| *metres != "0")?;
        Some(fill(form::ACCURACY, &[("n", metres)]))
    };
    view! {
        <input class="input" id=parts.id.clone() type="text" inputmode="text" autocomplete="off" placeholder="18.54, -72.34" aria-describedby=parts.describes()
            aria-invalid=parts.invalid_word() prop:value=text on:input=on_input
            on:change=move |event: ev::Event| leaving.answer(kept_as(&event_target_value(&event)))/>
        {here(Callback::new(move |point| asking.answer(point)))}
        <p class="quiet" role="status">{accuracy}</p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_typed_with_a_comma_are_kept_as_the_form_wants_them() {
        assert_eq!(kept_as("18.54, -72.34"), "18.54 -72.34 0 0");
        assert_eq!(shown_as("18.54 -72.34 12 5"), "18.54, -72.34");
        assert_eq!(kept_as(""), "");
    }
}
