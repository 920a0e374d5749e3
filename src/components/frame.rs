//! The frame of every page of the notebook: skip link, heading, content, and either the tabs or the page's own foot.

use std::cell::Cell;

use leptos::{html, prelude::*};

use super::icon::{arrow_back, icon, lu};
use crate::{
    i18n::{common, t},
    route::{self, Route},
};

thread_local! {
    /// The first page drawn leaves the focus where the browser put it; every later one takes it to its heading.
    static MOVED: Cell<bool> = const { Cell::new(false) };
}

/// The `h1` of a page, which takes the focus when the page replaces another.
#[component]
pub fn Heading(
    #[prop(into)] text: Signal<String>,
    #[prop(default = true)] take_focus: bool,
    /// It says something of a person's work: the tab is not called by it, for the browser keeps that in its history.
    #[prop(optional)]
    private: bool,
    /// What the tab is called then; nothing: by the app alone.
    #[prop(optional)]
    tab: &'static str,
) -> impl IntoView {
    let node = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = node.get()
            && MOVED.replace(true)
            && take_focus
        {
            drop(heading.focus());
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
    Effect::new(move |_| match (private, tab) {
        (true, "") => document().set_title("Vigie"),
        (true, tab) => document().set_title(&format!("{tab} – Vigie")),
        (false, _) => document().set_title(&format!("{} – Vigie", text.get())),
    });
    view! { <h1 tabindex="-1" node_ref=node>{move || text.get()}</h1> }.into_any()
}

/// Takes the keyboard straight to the content. A button and not a link: the fragment is the address of the page.
pub fn skip_link() -> AnyView {
    let skip = |_| {
        if let Some(main) = document().get_element_by_id("contenu") {
            use wasm_bindgen::JsCast;
            if let Ok(main) = main.dyn_into::<web_sys::HtmlElement>() {
                drop(main.focus());
            }
        }
    };
    view! { <button type="button" class="skip" on:click=skip>{t(common::SKIP)}</button> }.into_any()
}

/// One page.
#[component]
pub fn Frame(
    #[prop(into)] title: Signal<String>,
    /// Where "back" leads when the page was opened by its address; none: a tab's page, without "back".
    #[prop(optional_no_strip)]
    back: Option<Route>,
    /// What the button says to a screen reader, when it isn't just "back".
    #[prop(default = t(common::BACK))]
    back_says: &'static str,
    /// Buttons beside the heading.
    #[prop(optional_no_strip)]
    actions: Option<AnyView>,
    /// Under the heading, still in sight when the page scrolls.
    #[prop(optional_no_strip)]
    under: Option<AnyView>,
    /// In place of the tabs on a phone.
    #[prop(optional_no_strip)]
    foot: Option<AnyView>,
    /// A button over the content.
    #[prop(optional_no_strip)]
    over: Option<AnyView>,
    /// Without the tabs: for somebody who has no notebook.
    #[prop(optional)]
    bare: bool,
    /// As [`Heading`]'s.
    #[prop(optional)]
    private: bool,
    /// The tab that the page belongs to.
    tab: Tab,
    children: Children,
) -> impl IntoView {
    let class = match (foot.is_some(), bare) {
        (_, true) => "phone phone--foot phone--bare",
        (true, false) => "phone phone--foot",
        (false, false) => "phone",
    };
    let back = back.map(|to| {
        view! {
            <button type="button" class="button button--plain" aria-label=back_says on:click=move |_| route::back(&to)>
                {arrow_back()}
            </button>
        }
    });
    view! {
        <div class=class>
            <header class="phone__head">
                {skip_link()}
                <div class="top">
                    {back}
                    <Heading text=title private/>
                    {actions}
                </div>
                {under}
            </header>
            <main class="content" id="contenu" tabindex="-1">{children()}{over}</main>
            {foot.map(|foot| view! { <footer class="foot">{foot}</footer> })}
            {(!bare).then(|| view! { <Tabs tab/> })}
        </div>
    }
    .into_any()
}

/// The four places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Carnet,
    Directory,
    Sending,
    More,
}

#[component]
fn Tabs(tab: Tab) -> impl IntoView {
    let all = [
        (
            Tab::Carnet,
            Route::Carnet,
            lu::LuNotebookText,
            common::TAB_CARNET,
        ),
        (
            Tab::Directory,
            Route::Directory,
            lu::LuUsers,
            common::TAB_DIRECTORY,
        ),
        (
            Tab::Sending,
            Route::Sending,
            lu::LuArrowUp,
            common::TAB_SENDING,
        ),
        (Tab::More, Route::More, lu::LuEllipsis, common::TAB_MORE),
    ];
    let links = all.map(|(of, route, sign, word)| {
        view! {
            <a href=route.href() aria-current=(of == tab).then_some("page")>
                {icon(sign)}
                <span>{t(word)}</span>
            </a>
        }
    });
    view! { <nav class="tabs" aria-label=t(common::TABS)>{links.into_iter().collect_view()}</nav> }
        .into_any()
}
