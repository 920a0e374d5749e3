//! A number between two bounds: a slider with the number it says; stars, or a list, where the form asks for them.

use leptos::{ev, prelude::*};
use vigie_forms::{NodeView, ScaleLook};

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

struct Scale {
    start: f64,
    end: f64,
    step: f64,
    decimals: usize,
}

impl Scale {
    fn of(node: &NodeView) -> Scale {
        let given = |name: &str| node.parameters.get(name).map(|text| text.trim());
        let number = |name: &str, usual: f64| {
            let given = given(name).and_then(|text| text.parse::<f64>().ok());
            given.filter(|number| number.is_finite()).unwrap_or(usual)
        };
        let decimals = |name: &str| {
            given(name)
                .and_then(|text| text.split_once('.'))
                .map_or(0, |(_, decimals)| decimals.len())
        };
        let step = number("step", 1.0).abs();
        Scale {
            start: number("start", 0.0),
            end: number("end", 10.0),
            step: if step > 0.0 { step } else { 1.0 },
            decimals: decimals("start").max(decimals("step")),
        }
    }

    fn written(&self, number: f64) -> String {
        let decimals = self.decimals;
        format!("{number:.decimals$}")
    }

    /// The value `steps` after the start.
    fn at(&self, steps: f64) -> String {
        let way = if self.end < self.start { -1.0 } else { 1.0 };
        self.written(self.start + way * steps * self.step)
    }

    /// Whole steps from start to end; a hair's breadth under one is one (0.3 / 0.1 is not quite 3).
    fn steps(&self) -> f64 {
        ((self.end - self.start).abs() / self.step + 1e-9).floor()
    }

    /// Every value, from start to end.
    fn values(&self) -> Vec<String> {
        let last = (self.steps().max(0.0) as usize).min(MOST);
        (0..=last).map(|steps| self.at(steps as f64)).collect()
    }

    /// The value one step up or down from `value`, no further than the ends; from nothing, the start.
    fn moved(&self, value: &str, up: bool) -> String {
        let Ok(value) = value.parse::<f64>() else {
            return self.written(self.start);
        };
        let (low, high) = (self.start.min(self.end), self.start.max(self.end));
        let by = if up { self.step } else { -self.step };
        self.written((value + by).clamp(low, high))
    }
}

pub fn range(parts: Parts) -> AnyView {
    let first = parts.node.get_untracked();
    let scale = Scale::of(&first);
    match first.appearance.scale {
        ScaleLook::Stars => stars(parts, &scale),
        ScaleLook::List if scale.steps() <= MOST as f64 => list(parts, &scale),
        look => slider(parts, scale, look == ScaleLook::Upright),
    }
}

fn slider(parts: Parts, scale: Scale, vertical: bool) -> AnyView {
    let value = parts.value();
    let (low, high) = (scale.start.min(scale.end), scale.start.max(scale.end));
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
    let (scale, moving) = (
        StoredValue::new_local(scale),
        StoredValue::new(parts.clone()),
    );
    let move_by = move |up: bool| {
        let to = scale.with_value(|scale| scale.moved(&value.get_untracked(), up));
        moving.with_value(|parts| parts.answer(to));
    };
    let name = |up: bool| t(if up { form::ONE_MORE } else { form::ONE_LESS });
    let class = if vertical {
        "range range--vertical"
    } else {
        "range"
    };
    view! {
        <div class=class>
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
    let options = scale.values();
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
    let mut values = scale.values();
    values.retain(|value| value.parse::<f64>().is_ok_and(|value| value != 0.0));
    let last = values.last().cloned().unwrap_or_default();
    let all = values.into_iter().map(|mine| {
        let (name, answering, code) = (parts.id.clone(), parts.clone(), mine.clone());
        let words = fill(form::OUT_OF, &[("n", &mine), ("total", &last)]);
        let number = mine.parse::<f64>().unwrap_or_default();
        let said = move || value.read().parse::<f64>().ok();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(start: f64, end: f64, step: f64, decimals: usize) -> Scale {
        Scale {
            start,
            end,
            step,
            decimals,
        }
    }

    #[test]
    fn a_scale_has_its_two_ends_and_no_rounding_noise() {
        assert_eq!(
            scale(0.0, 0.3, 0.1, 1).values(),
            ["0.0", "0.1", "0.2", "0.3"]
        );
        assert_eq!(scale(5.0, 3.0, 1.0, 0).values(), ["5", "4", "3"]);
    }

    #[test]
    fn a_step_stops_at_the_ends_and_begins_at_the_start() {
        let scale = scale(1.0, 5.0, 2.0, 0);
        assert_eq!(scale.moved("", true), "1");
        assert_eq!(scale.moved("3", true), "5");
        assert_eq!(scale.moved("5", true), "5");
        assert_eq!(scale.moved("1", false), "1");
    }
}
