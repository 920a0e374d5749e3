//! People, workplaces, organisations, in the order of the alphabet; one search box.

use leptos::prelude::*;
use vigie_model::{
    Kind,
    kinds::{KINDS, Listed},
};
use vigie_protocol::{Filter, Summary};

use super::{carnet::Listing, problems::Missing, sending::closed_by_office};
use crate::{
    components::{
        add::Add,
        entry::entry_line,
        field::{self, Field},
        frame::{Frame, Tab},
        icon::{icon, lu},
    },
    format::lower,
    i18n::{carnet, common, count, t},
    state::use_state,
    words::kind_names,
};

/// Cards by their first letter.
fn by_letter(entries: &[Summary]) -> Vec<(String, Vec<Summary>)> {
    let mut sorted = entries.to_vec();
    sorted.sort_by_cached_key(|entry| lower(&entry.title));
    let mut letters: Vec<(String, Vec<Summary>)> = Vec::new();
    for entry in sorted {
        let letter = entry.title.trim().chars().next().map_or_else(
            || "–".to_owned(),
            // The browser's table of capitals: ours would be downloaded.
            |letter| js_sys::JsString::from(letter).to_upper_case().into(),
        );
        match letters.last_mut() {
            Some((last, entries)) if *last == letter => entries.push(entry),
            _ => letters.push((letter, vec![entry])),
        }
    }
    letters
}

#[component]
pub fn Directory() -> impl IntoView {
    let state = use_state();
    let directory = || {
        KINDS
            .iter()
            .filter(|of| of.listed == Listed::Directory)
            .map(|of| &of.kind)
    };
    let all = Filter {
        kinds: directory().cloned().collect(),
        ..Filter::default()
    };
    let listing = Listing::new(all, state.changes);
    let adding = RwSignal::new(false);
    let chip = move |kind: &'static Kind| {
        let alone = move || *listing.filter.read().kinds == *std::slice::from_ref(kind);
        let toggle = move |_| {
            let kinds = if alone() {
                directory().cloned().collect()
            } else {
                vec![kind.clone()]
            };
            listing.filter.update(|filter| filter.kinds = kinds);
        };
        view! { <button type="button" class="chip" aria-pressed=move || alone().to_string() on:click=toggle>{kind_names(kind.as_str())}</button> }
    };
    let closed = move || closed_by_office(state.status.read().as_ref()).is_some();
    let search = Signal::derive(move || listing.filter.read().search.clone());
    let letters = move || by_letter(&listing.entries.read());
    view! {
        <Frame tab=Tab::Directory title=t(common::TAB_DIRECTORY).to_owned() foot=None
            over=Some(view! { <Show when=move || !closed()><Add open=adding kinds=&[Listed::Directory]/></Show> }.into_any())>
            <Field id="search" kind=field::Kind::Search label=t(carnet::SEARCH_PEOPLE) value=search
                on_input=move |text: String| listing.filter.update(|filter| filter.search = text)/>
            <div class="chips" role="group" aria-label=t(carnet::FILTER_KIND)>{directory().map(chip).collect_view()}</div>
            <Missing failed=listing.failed/>
            <p class="visually-hidden" role="status">
                {move || listing.total.get().map(|n| count(n, carnet::N_FOUND))}
            </p>
            {move || letters().into_iter().map(|(letter, entries)| view! {
                <section class="day">
                    <h2>{letter}</h2>
                    <ul class="entries">{entries.iter().map(|entry| view! { <li>{entry_line(entry)}</li> }).collect_view()}</ul>
                </section>
            }).collect_view()}
            {move || (listing.total.get() == Some(0)).then(|| if search.read().is_empty() && listing.filter.read().kinds.len() == directory().count() {
                view! {
                    <div class="empty">
                        <p>{t(carnet::NOBODY_YET)}</p>
                        <Show when=move || !closed()>
                            <button type="button" class="button button--main" on:click=move |_| adding.set(true)>{icon(lu::LuPlus)}{t(carnet::ADD)}</button>
                        </Show>
                    </div>
                }
                .into_any()
            } else {
                view! { <p class="empty">{t(carnet::NOTHING_FOUND)}</p> }.into_any()
            })}
        </Frame>
    }
    .into_any()
}
