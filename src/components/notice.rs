//! A notice: what happened, what is safe, what to do.

use leptos::prelude::*;

use super::icon::{icon, lu};

/// What a notice is about decides its colour and icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Something was lost, or may be.
    Loss,
    /// All is well kept.
    Safe,
    /// It is on this device only.
    Here,
}

/// A strong line, a sentence or more, and what can be done about it.
#[component]
pub fn Notice(
    tone: Tone,
    #[prop(into)] strong: Signal<String>,
    #[prop(into, optional)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (class, sign) = match tone {
        Tone::Plain => ("notice", lu::LuInfo),
        Tone::Loss => ("notice notice--loss", lu::LuTriangleAlert),
        Tone::Safe => ("notice notice--safe", lu::LuCircleCheck),
        Tone::Here => ("notice notice--here", lu::LuSmartphone),
    };
    let role = if tone == Tone::Loss { "alert" } else { "note" };
    view! {
        <div class=class role=role>
            {icon(sign)}
            <strong>{move || strong.get()}</strong>
            <span class="notice__text">{move || text.get()}</span>
            {children.map(|children| view! { <div class="notice__acts">{children()}</div> })}
        </div>
    }
    .into_any()
}
