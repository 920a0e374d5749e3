//! Tables that have a name: opened, kept, named anew, removed.

use leptos::{ev, html, prelude::*};
use vigie_model::ViewId;
use vigie_protocol::{Failure, ListViews, RemoveView, SaveView, SavedView};

use crate::{
    client::{self, Turn},
    components::{
        dialog::{Dialog, Holds},
        icon::{icon, lu},
    },
    i18n::{desk, fill, t},
    pages::desk::{failed::Failed, looking::Looking},
    state::use_state,
};

/// What is asked of a table that has a name.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    Name,
    Remove,
}

/// The button that opens them, which says whose table this is, and what stands behind it.
#[component]
pub fn Views(looking: RwSignal<Looking>) -> impl IntoView {
    let state = use_state();
    let open = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let views = RwSignal::new(Vec::<SavedView>::new());
    let turn = Turn::new();
    Effect::new(move |_| {
        state.changes.track();
        turn.show(ListViews, failure, move |list| views.set(list));
    });
    let here = Memo::new(move |_| {
        let (written, views) = (looking.read().to_keep(), views.read());
        let here = views.iter().find(|view| view.looking == written);
        here.cloned()
    });
    let name = RwSignal::new(String::new());
    let kept = move |list: Vec<SavedView>| {
        views.set(list);
        name.set(String::new());
    };
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let request = SaveView {
            id: None,
            name: name.get_untracked(),
            looking: looking.read_untracked().to_keep(),
        };
        client::act(request, failure, kept);
    };
    // What is asked of one of them.
    let asking = RwSignal::new(None::<(ViewId, Ask)>);
    let done = move |list| {
        asking.set(None);
        views.set(list);
    };
    let row = move |view: SavedView| {
        let (opened, renamed, removed) = (view.clone(), view.clone(), view.id);
        let said = view.name.clone();
        let act = |words, name: &str| format!("{} – {name}", t(words));
        let asked = asking.get().filter(|(of, _)| *of == removed);
        // What is asked takes the focus of the button that is gone.
        let (first, field) = (
            NodeRef::<html::Button>::new(),
            NodeRef::<html::Input>::new(),
        );
        Effect::new(move |_| {
            if let Some(first) = first.get() {
                drop(first.focus());
            }
            if let Some(field) = field.get() {
                drop(field.focus());
            }
        });
        let never_mind = move || view! { <button type="button" class="button button--plain" on:click=move |_| asking.set(None)>{t(desk::CANCEL)}</button> };
        match asked.map(|(_, ask)| ask) {
            None => {}
            Some(Ask::Remove) => {
                return view! {
                    <li class="views__row">
                        <span class="views__open">{fill(desk::VIEW_REMOVE_ASK, &[("name", &said)])}</span>
                        <button type="button" class="button button--danger" node_ref=first on:click=move |_| client::act(RemoveView { id: removed }, failure, done)>{t(desk::VIEW_REMOVE)}</button>
                        {never_mind()}
                    </li>
                }
                .into_any();
            }
            Some(Ask::Name) => {
                let typed = RwSignal::new(said.clone());
                let rename = move |event: ev::SubmitEvent| {
                    event.prevent_default();
                    let request = SaveView {
                        id: Some(renamed.id),
                        name: typed.get_untracked(),
                        looking: renamed.looking.clone(),
                    };
                    client::act(request, failure, done);
                };
                return view! {
                    <li>
                        <form class="views__row" autocomplete="off" on:submit=rename>
                            <input class="input views__open" required node_ref=field aria-label=t(desk::VIEW_NAME) bind:value=typed/>
                            <button class="button">{t(desk::VIEW_RENAME)}</button>
                            {never_mind()}
                        </form>
                    </li>
                }
                .into_any();
            }
        }
        view! {
            <li class="views__row">
                <button type="button" class="button button--plain views__open"
                    aria-current=move || here.read().as_ref().is_some_and(|here| here.id == removed).then_some("true")
                    on:click=move |_| { looking.set(Looking::read(&opened.looking)); open.set(false); }>{said.clone()}</button>
                <button type="button" class="button button--plain" aria-label=act(desk::VIEW_RENAME, &said) on:click=move |_| asking.set(Some((removed, Ask::Name)))>{icon(lu::LuPencil)}</button>
                <button type="button" class="button button--plain" aria-label=act(desk::VIEW_REMOVE, &said)
                    on:click=move |_| asking.set(Some((removed, Ask::Remove)))>{icon(lu::LuTrash2)}</button>
            </li>
        }
        .into_any()
    };
    let list = move || {
        let views = views.get();
        if views.is_empty() {
            view! { <p class="quiet">{t(desk::VIEWS_NONE)}</p> }.into_any()
        } else {
            view! { <ul class="views">{views.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    };
    let button = move || {
        here.read().as_ref().map_or_else(
            || t(desk::VIEWS).to_owned(),
            |here| fill(desk::VIEW_HERE, &[("name", &here.name)]),
        )
    };
    view! {
        <button type="button" class="button button--plain" aria-haspopup="dialog" on:click=move |_| open.set(true)>{icon(lu::LuBookmark)}{button}</button>
        <Dialog open says=t(desk::VIEWS).to_owned() holds=Holds::Form>
            <div class="stack">
                <h2>{t(desk::VIEWS)}</h2>
                <Failed failure/>
                {list}
                <form class="stack" autocomplete="off" on:submit=save>
                    <div class="field">
                        <label for="view-name">{t(desk::VIEW_SAVE_AS)}</label>
                        <input class="input" id="view-name" required aria-describedby="view-name-hint" bind:value=name/>
                        <p class="field__hint" id="view-name-hint">{t(desk::VIEWS_HINT)}</p>
                    </div>
                    <div class="buttons">
                        <button type="button" class="button" on:click=move |_| open.set(false)>{t(desk::CLOSE)}</button>
                        <button class="button button--main">{t(desk::VIEW_SAVE)}</button>
                    </div>
                </form>
            </div>
        </Dialog>
    }
}
