//! The list of questions: all pages, with holes and errors marked, to jump from.

use leptos::prelude::*;

use vigie_forms::{Control, Counts, NodeKind};
use vigie_protocol::FormPage;

use super::{filling::Filling, focus::LANGUAGE};
use crate::{
    components::{
        icon::{arrow_on, icon, lu},
        question::direction,
    },
    i18n::{form, t},
    markdown,
    pages::door::language::name_of,
    prefs,
};

/// How a page stands: its class, its sign, its words.
fn signs(counts: Counts) -> (&'static str, icondata_core::Icon, &'static str) {
    let sign = lu::LuTriangleAlert;
    match counts {
        Counts { wrong: 1.., .. } => ("state state--failed", sign, t(form::MARK_WRONG)),
        Counts { missing: 1.., .. } => ("state state--here", sign, t(form::MARK_MISSING)),
        Counts { questions: 0, .. } => ("state state--draft", lu::LuInfo, ""),
        _ if counts.answered == counts.questions => {
            ("state state--received", lu::LuCheck, t(form::MARK_ANSWERED))
        }
        _ => ("state state--draft", lu::LuCircle, t(form::MARK_HOLE)),
    }
}

/// What a page asks, in a line; a note where it asks nothing.
fn title(filling: Filling, at: usize) -> Option<String> {
    let nodes = filling.on_page(at);
    let label = |notes: bool| {
        nodes.iter().find_map(|node| {
            let is_note = node.kind == NodeKind::Question && node.control == Some(Control::Note);
            let label = node.label.as_ref().filter(|_| notes || !is_note)?;
            Some(markdown::plain(&label.text)).filter(|label| !label.trim().is_empty())
        })
    };
    label(false).or_else(|| label(true))
}

/// All pages, with holes and errors marked.
#[component]
pub fn Outline(filling: Filling, listing: RwSignal<bool>) -> impl IntoView {
    let holes_only = RwSignal::new(false);
    let has_hole = |page: &FormPage| page.counts.answered < page.counts.questions;
    let next_hole = move |_| {
        let here = filling.at.get_untracked();
        let pages = filling.pages.read_untracked();
        let mut holes = (0..pages.len()).filter(|at| has_hole(&pages[*at]));
        let first = holes.clone().next();
        if let Some(to) = holes.find(|at| *at > here).or(first) {
            listing.set(false);
            filling.go(to);
        }
    };
    let lines = move || {
        filling.structure.track();
        let pages = filling.pages.get();
        let mut section = String::new();
        pages
            .iter()
            .enumerate()
            .filter(|(_, page)| !holes_only.get() || has_hole(page))
            .map(|(at, page)| {
                let (class, sign, word) = signs(page.counts);
                let title = title(filling, at).unwrap_or_else(|| page.section.clone());
                let new_section = page.section != section && !page.section.is_empty();
                section.clone_from(&page.section);
                let here = (filling.at.get_untracked() == at).then_some("step");
                view! {
                    {new_section.then(|| view! { <li class="outline__section" lang=filling.lang>{markdown::plain(&page.section)}</li> })}
                    <li>
                        <button type="button" class="outline__line" aria-current=here on:click=move |_| { listing.set(false); filling.go(at) }>
                            <span class="outline__title" lang=filling.lang>{title}</span>
                            <span class=class>{icon(sign)}{word}</span>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    let to_end = move |_| {
        listing.set(false);
        filling.go(filling.pages.read_untracked().len());
    };
    let switch = move |_| {
        let long = !filling.long.get_untracked();
        prefs::set_long_page(long);
        filling.long.set(long);
        listing.set(false);
    };
    view! {
        <h2 class="question__text" tabindex="-1">{t(form::LIST)}</h2>
        <Languages filling/>
        <button type="button" class="button button--wide" on:click=switch>
            {icon(lu::LuRows3)}{move || t(if filling.long.get() { form::ONE_BY_ONE } else { form::ALL_ON_ONE })}
        </button>
        {move || filling.pages.read().iter().any(has_hole).then(|| view! {
            <div class="buttons">
                <button type="button" class="button" on:click=next_hole><span>{t(form::NEXT_HOLE)}</span>{arrow_on()}</button>
                <button type="button" class="button" aria-pressed=move || holes_only.get().to_string() on:click=move |_| holes_only.update(|on| *on = !*on)>{t(form::HOLES_ONLY)}</button>
            </div>
        })}
        <ul class="entries outline" dir=move || direction(&filling.lang.read())>{lines}</ul>
        <button type="button" class="button button--wide" on:click=to_end>{t(form::TO_END)}</button>
    }
    .into_any()
}

/// The languages of the form, when it has several.
#[component]
fn Languages(filling: Filling) -> impl IntoView {
    view! {
        <Show when=move || { filling.languages.read().len() > 1 }>
            <div class="field">
                <label for=LANGUAGE>{t(form::LANGUAGE)}</label>
                <select class="input" id=LANGUAGE on:change=move |event| filling.speak(event_target_value(&event))>
                    {move || filling.languages.get().into_iter().map(|(code, name)| {
                        let mine = code.clone();
                        let shown = if name.is_empty() { name_of(&code).to_owned() } else { name };
                        view! { <option value=code.clone() lang=code selected=move || *filling.lang.read() == mine>{shown}</option> }
                    }).collect_view()}
                </select>
            </div>
        </Show>
    }
    .into_any()
}
