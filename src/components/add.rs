//! ＋ and what can be added.

use leptos::{ev, prelude::*};
use vigie_model::kinds::{KINDS, Listed};

use super::icon::{icon, lu, of_kind};
use crate::{
    i18n::{carnet, t},
    route::Route,
    words::{kind_hint, kind_name},
};

/// Offers the kinds of record that are listed in one of these places.
#[component]
pub fn Add(open: RwSignal<bool>, kinds: &'static [Listed]) -> impl IntoView {
    let close_on_escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            open.set(false);
        }
    });
    on_cleanup(move || close_on_escape.remove());
    let offered = move || {
        KINDS.iter().filter(|of| kinds.contains(&of.listed)).map(|of| {
            let kind = of.kind.as_str();
            view! {
                <a class="menu__item" href=Route::new_record(kind).href() on:click=move |_| open.set(false)>
                    {icon(of_kind(kind))}<span><strong>{kind_name(kind)}</strong><span class="quiet">{kind_hint(kind)}</span></span>
                </a>
            }
        }).collect_view()
    };
    view! {
        <button type="button" class="add" class:add--open=open aria-label=t(carnet::ADD) aria-expanded=move || open.get().to_string()
            on:click=move |_| open.update(|open| *open = !*open)>{icon(lu::LuPlus)}</button>
        <Show when=move || open.get()>
            <div class="shade" on:click=move |_| open.set(false)></div>
            <nav class="menu" id="add-menu" aria-label=t(carnet::ADD)>{offered()}</nav>
        </Show>
    }
    .into_any()
}
