//! ＋ and what can be added.

use leptos::{ev, html, prelude::*};
use vigie_model::kinds::{KINDS, Listed};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::icon::{icon, lu, of_kind};
use crate::{
    i18n::{carnet, t},
    layers,
    route::{self, Route},
    words::{kind_hint, kind_name},
};

/// Offers the kinds of record that are listed in one of these places.
#[component]
pub fn Add(open: RwSignal<bool>, kinds: &'static [Listed]) -> impl IntoView {
    layers::over(open);
    // What closes gives the focus back to its button.
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |was: Option<bool>| {
        let now = open.get();
        if !now
            && was == Some(true)
            && let Some(button) = button.get_untracked()
        {
            drop(button.focus());
        }
        now
    });
    // What opens takes the focus, whatever button opened it.
    let menu = NodeRef::<html::Nav>::new();
    Effect::new(move |_| {
        let first = menu.get().and_then(|menu| menu.first_element_child());
        if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
            drop(first.focus());
        }
    });
    let close_on_escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            open.set(false);
        }
    });
    on_cleanup(move || close_on_escape.remove());
    let offered = move || {
        KINDS.iter().filter(|of| kinds.contains(&of.listed)).map(|of| {
            let kind = of.kind.as_str();
            let place = Route::new_record(kind);
            let href = place.href();
            let begin = move |event: ev::MouseEvent| {
                // In a tab of its own it is a link as any other.
                if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                    event.prevent_default();
                    route::go(&place);
                }
            };
            view! {
                <a class="menu__item" href=href on:click=begin>
                    {icon(of_kind(kind))}<span><strong>{kind_name(kind)}</strong><span class="quiet">{kind_hint(kind)}</span></span>
                </a>
            }
        }).collect_view()
    };
    view! {
        <button type="button" class="add" node_ref=button class:add--open=open aria-label=t(carnet::ADD) aria-expanded=move || open.get().to_string()
            on:click=move |_| open.update(|open| *open = !*open)>{icon(lu::LuPlus)}</button>
        <Show when=move || open.get()>
            <div class="shade" on:click=move |_| open.set(false)></div>
            <nav class="menu" id="add-menu" node_ref=menu aria-label=t(carnet::ADD)>{offered()}</nav>
        </Show>
    }
    .into_any()
}
