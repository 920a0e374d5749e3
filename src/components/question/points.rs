//! A line or a shape, point by point: a point a line, typed or asked of the device.

use leptos::{ev, prelude::*};
use vigie_forms::DataType;

use super::{Parts, is_focused, place};
use crate::{
    components::icon::{icon, lu},
    i18n::{count, form, t},
};

/// From a point a line to points parted by semicolons; a shape ends where it begins.
fn kept_as(typed: &str, shape: bool) -> String {
    let lines = typed.lines().map(place::kept_as);
    let mut points: Vec<String> = lines.filter(|point| !point.is_empty()).collect();
    if shape
        && points.len() > 2
        && let Some(first) = points.first().cloned()
        && points.last() != Some(&first)
    {
        points.push(first);
    }
    points.join(";")
}

fn shown_as(kept: &str, shape: bool) -> String {
    let mut points: Vec<String> = kept
        .split(';')
        .map(|point| place::shown_as(point.trim()))
        .filter(|point| !point.is_empty())
        .collect();
    if shape && points.len() > 3 && points.first() == points.last() {
        points.pop();
    }
    points.join("\n")
}

pub fn points(parts: Parts) -> AnyView {
    let shape = parts.node.read_untracked().data_type == DataType::Geoshape;
    let value = parts.value();
    let text = RwSignal::new(shown_as(&value.get_untracked(), shape));
    let id = parts.id.clone();
    Effect::new(move |_| {
        let kept = value.get();
        if !is_focused(&id) && kept_as(&text.get_untracked(), shape) != kept {
            text.set(shown_as(&kept, shape));
        }
    });
    let (typing, leaving, adding, removing) =
        (parts.clone(), parts.clone(), parts.clone(), parts.clone());
    let on_input = move |event: ev::Event| {
        let typed = event_target_value(&event);
        text.set(typed.clone());
        typing.keystroke(kept_as(&typed, shape));
    };
    // What is kept, and not what is shown: the accuracy of each point stays with it.
    let open_points = move || {
        let value = value.get_untracked();
        let mut points: Vec<String> = value
            .split(';')
            .map(|point| point.trim().to_owned())
            .filter(|point| !point.is_empty())
            .collect();
        if shape && points.len() > 3 && points.first() == points.last() {
            points.pop();
        }
        points
    };
    let add = move |point: String| {
        let mut points = open_points();
        points.push(point);
        adding.answer(kept_as(&points.join("\n"), shape));
    };
    let remove = move |_| {
        let mut points = open_points();
        points.pop();
        removing.answer(kept_as(&points.join("\n"), shape));
    };
    let counted = move || {
        let points = shown_as(&value.read(), shape).lines().count();
        count(points, form::N_POINTS)
    };
    view! {
        <textarea class="input input--points" id=parts.id.clone() rows="4" placeholder="18.54, -72.34" aria-describedby=parts.describes()
            aria-invalid=parts.invalid_word() prop:value=text on:input=on_input
            on:change=move |event: ev::Event| leaving.answer(kept_as(&event_target_value(&event), shape))></textarea>
        <p class="quiet" role="status">{counted}</p>
        <div class="buttons">
            {place::here(Callback::new(add))}
            <button type="button" class="button" disabled=move || value.read().is_empty() on:click=remove>{icon(lu::LuUndo2)}{t(form::UNDO)}</button>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_point_a_line() {
        let kept = kept_as("18.54, -72.34\n\n18.55, -72.35", false);
        assert_eq!(kept, "18.54 -72.34 0 0;18.55 -72.35 0 0");
        assert_eq!(shown_as(&kept, false), "18.54, -72.34\n18.55, -72.35");
    }

    #[test]
    fn a_shape_is_closed_without_saying_its_first_point_twice() {
        let typed = "1, 1\n1, 2\n2, 2";
        let kept = kept_as(typed, true);
        assert_eq!(kept, "1 1 0 0;1 2 0 0;2 2 0 0;1 1 0 0");
        assert_eq!(shown_as(&kept, true), typed);
    }

    #[test]
    fn what_a_device_said_of_a_point_is_kept() {
        assert_eq!(
            kept_as("1 1 12.0 5.0\n2 2 0 0", false),
            "1 1 12.0 5.0;2 2 0 0"
        );
    }
}
