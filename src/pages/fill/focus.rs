//! What takes the focus while a response is filled.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::components::question::control_id;

/// The id of the list of languages.
pub const LANGUAGE: &str = "form-language";

/// The new question takes the focus, so that it is read and the keyboard is there.
pub fn focus_on(place: Option<String>) {
    request_animation_frame(move || {
        let within = match &place {
            Some(path) => {
                let id = control_id(path);
                format!("#{id}-question .question__text, #{id}-question .group__title")
            }
            None => "#contenu .question__text, #contenu .group__title".to_owned(),
        };
        let text = document().query_selector(&within).ok().flatten();
        if let Some(text) = text.and_then(|text| text.dyn_into::<web_sys::HtmlElement>().ok()) {
            drop(text.focus());
            if place.is_none() {
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
        }
    });
}

/// Takes the focus back to the list of languages, once the page is drawn in another.
pub fn focus_on_language() {
    request_animation_frame(|| {
        if let Some(list) = document().get_element_by_id(LANGUAGE)
            && let Ok(list) = list.dyn_into::<web_sys::HtmlElement>()
        {
            drop(list.focus());
        }
    });
}
