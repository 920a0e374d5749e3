//! A number between two bounds: a slider with the number it says; stars, or a list, where the form asks for them.

use leptos::{ev, prelude::*};
use vigie_forms::{NodeView, Scale, ScaleLook};

use super::{Parts, is_focused};
use crate::{
    components::icon::{icon, lu},
    i18n::{fill, form, t},
};

/// A longer scale is no list and no row of stars.
const MOST: usize = 200;

/// Stars are a group of buttons; the slider and the list are one field.
pub fn is_group(node: &NodeView) -> bool {
    node.appearance.scale == ScaleLook::Stars
}

pub fn range(parts: Parts) -> AnyView {
    let first = parts.node.get_untracked();
    let scale = first.parameters.scale.unwrap_or_default();
    match first.appearance.scale {
        ScaleLook::Stars => stars(parts, &scale),
        ScaleLook::List if scale.steps() <= MOST as f64 => list(parts, &scale),
        look => slider(parts, scale, look == ScaleLook::Upright),
    }
}

fn slider(parts: Parts, scale: Scale, vertical: bool) -> AnyView {
    let value = parts.value();
    let (low, high) = scale.ends();
    let (low, high) = (scale.written(low), scale.written(high));
    let step = scale.written(scale.step);
    // A slider that nobody moved says nothing: it stands at its start, and the number beside is empty.
    let start = scale.written(scale.start);
    let place = move || {
        Some(value.get())
            .filter(|value| !value.is_empty())
            .unwrap_or_else(|| start.clone())
    };
    let text = RwSignal::new(value.get_untracked());
    let number_id = format!("{}-number", parts.id);
    let focus_id = number_id.clone();
    Effect::new(move |_| {
        let value = value.get();
        if !is_focused(&focus_id) {
            text.set(value);
        }
    });
    let (sliding, leaving, typing, left, clearing) = (
        parts.clone(),
        parts.clone(),
        parts.clone(),
        parts.clone(),
        parts.clone(),
    );
    let typed = |text: &str| text.trim().replace(',', ".");
    let moving = StoredValue::new(parts.clone());
    let move_by = move |up: bool| {
        let to = scale.moved(&value.get_untracked(), up);
        moving.with_value(|parts| parts.answer(to));
    };
    let name = |up: bool| t(if up { form::ONE_MORE } else { form::ONE_LESS });
    let class = if vertical {
        "range range--vertical"
    } else {
        "range"
    };
    view! {
        <div class=class class:range--empty=move || value.read().is_empty()>
            <span class="quiet">{low.clone()}</span>
            <input type="range" id=parts.id.clone() min=low max=high.clone() step=step aria-describedby=parts.describes()
                prop:value=place on:input=move |event: ev::Event| sliding.keystroke(event_target_value(&event))
                on:change=move |event: ev::Event| leaving.answer(event_target_value(&event))/>
            <span class="quiet">{high}</span>
        </div>
        <div class="stepper">
            <button type="button" class="button" aria-label=name(false) on:click=move |_| move_by(false)>{icon(lu::LuMinus)}</button>
            <label class="visually-hidden" for=number_id.clone()>{t(form::NUMBER)}</label>
            <input class="input stepper__number" id=number_id type="text" inputmode="decimal" autocomplete="off" placeholder="–" prop:value=text
                on:input=move |event: ev::Event| { let said = typed(&event_target_value(&event)); text.set(said.clone()); typing.keystroke(said) }
                on:change=move |event: ev::Event| left.answer(typed(&event_target_value(&event)))/>
            <button type="button" class="button" aria-label=name(true) on:click=move |_| move_by(true)>{icon(lu::LuPlus)}</button>
            <button type="button" class="button button--plain button--small" disabled=move || value.read().is_empty()
                on:click=move |_| clearing.answer(String::new())>{t(form::CLEAR_CHOICE)}</button>
        </div>
    }
    .into_any()
}

fn list(parts: Parts, scale: &Scale) -> AnyView {
    let value = parts.value();
    let options = scale.values(MOST);
    let (id, describes, invalid) = (parts.id.clone(), parts.describes(), parts.invalid_word());
    view! {
        <select class="input input--short" id=id aria-describedby=describes aria-invalid=invalid on:change=move |event| parts.answer(event_target_value(&event))>
            <option value="" selected=move || value.read().is_empty()>{t(form::CHOOSE)}</option>
            {options.into_iter().map(|option| {
                let (mine, code) = (option.clone(), option.clone());
                view! { <option value=code selected=move || *value.read() == mine>{option}</option> }
            }).collect_view()}
        </select>
    }
    .into_any()
}

fn stars(parts: Parts, scale: &Scale) -> AnyView {
    let value = parts.value();
    let mut values = scale.values(MOST);
    values.retain(|value| vigie_forms::number(value).is_some_and(|value| value != 0.0));
    let last = values.last().cloned().unwrap_or_default();
    let all = values.into_iter().map(|mine| {
        let (name, answering, code) = (parts.id.clone(), parts.clone(), mine.clone());
        let words = fill(form::OUT_OF, &[("n", &mine), ("total", &last)]);
        let number = vigie_forms::number(&mine).unwrap_or_default();
        let said = move || vigie_forms::number(&value.read());
        view! {
            <label class="star" class:star--lit=move || said().is_some_and(|said| said >= number)>
                <input class="visually-hidden" type="radio" name=name value=mine prop:checked=move || said() == Some(number)
                    on:change=move |_| answering.answer(code.clone())/>
                {icon(lu::LuStar)}<span class="visually-hidden">{words}</span>
            </label>
        }
    });
    let all = all.collect_view();
    let clearing = parts.clone();
    view! {
        <div class="stars">{all}</div>
        <button type="button" class="button button--plain button--small" disabled=move || value.read().is_empty()
            on:click=move |_| clearing.answer(String::new())>{t(form::CLEAR_CHOICE)}</button>
    }
    .into_any()
}
