//! A question over the page, or a form, which waits for its answer: it takes the focus, and gives it back to what asked.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use crate::layers;

/// What stands over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Question,
    /// Something to look at, large.
    Picture,
    /// Fields to fill, under a heading of their own.
    #[cfg(feature = "desk")]
    Form,
}

#[component]
pub fn Dialog(
    /// Shown while true; Escape and the step back make it false.
    open: RwSignal<bool>,
    /// What is asked; or, of something to look at or to fill, what it is.
    #[prop(into)]
    says: Signal<String>,
    #[prop(default = Holds::Question)] holds: Holds,
    children: ChildrenFn,
) -> impl IntoView {
    layers::over(open);
    let dialog = NodeRef::<html::Dialog>::new();
    let asked_from = StoredValue::new_local(None::<web_sys::HtmlElement>);
    Effect::new(move |was: Option<bool>| {
        let now = open.get();
        if now {
            let from = document().active_element();
            asked_from.set_value(from.and_then(|from| from.dyn_into().ok()));
            request_animation_frame(move || {
                if let Some(dialog) = dialog.get_untracked() {
                    drop(dialog.show_modal());
                    drop(dialog.focus());
                }
            });
        } else if was == Some(true)
            && let Some(from) = asked_from.get_value()
        {
            drop(from.focus());
        }
        now
    });
    let children = StoredValue::new(children);
    let (class, role) = match holds {
        Holds::Question => ("card confirm", "alertdialog"),
        Holds::Picture => ("large", "dialog"),
        #[cfg(feature = "desk")]
        Holds::Form => ("card confirm confirm--form", "dialog"),
    };
    view! {
        <Show when=move || open.get()>
            <dialog class=class role=role aria-label=says tabindex="-1" node_ref=dialog
                on:cancel=move |event: web_sys::Event| { event.prevent_default(); open.set(false); }
                on:keydown=move |event: ev::KeyboardEvent| if event.key() == "Escape" {
                    // What is around it stays open.
                    event.stop_propagation();
                    open.set(false);
                }>
                {(holds == Holds::Question).then(|| view! { <p>{says}</p> })}
                {children.with_value(|children| children())}
            </dialog>
        </Show>
    }
    .into_any()
}
