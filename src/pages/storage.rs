//! How much room there is, and whether the phone promises to keep what is there.

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::{Failure, GetStorage, StorageView, Task};

use super::problems::Missing;
use crate::{
    client::Turn,
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    format,
    i18n::{Key, count, more, t},
    page,
    route::Route,
    state::use_state,
};

/// The rows that do not open, by name: whoever helps needs these, and they say nothing of what is in them. `more`: what is
/// safe, and what to do.
pub fn unreadable(names: &[String], more: Key) -> Option<AnyView> {
    if names.is_empty() {
        return None;
    }
    let strong = count(names.len(), more::N_DAMAGED);
    let names = names
        .iter()
        .map(|name| view! { <li><code>{name.clone()}</code></li> })
        .collect_view();
    let notice = view! {
        <Notice tone=Tone::Loss strong text=t(more).to_owned()>
            <details class="folded"><summary>{t(more::DAMAGED_NAMES)}</summary><ul>{names}</ul></details>
        </Notice>
    };
    Some(notice.into_any())
}

/// How far the sealing under a new key is; nothing once all is done.
#[component]
pub fn Renewing() -> impl IntoView {
    let left = RwSignal::new(0);
    let progress = use_state().progress;
    let going = Memo::new(move |_| {
        progress
            .get()
            .filter(|(task, ..)| *task == Task::Renewing)
            .map(|(_, done, total)| (done, total))
    });
    // Asked at first, and again when a run ends: it may have ended with all done, or with the notebook locked.
    let is_going = Memo::new(move |_| going.get().is_some());
    let turn = Turn::new();
    Effect::new(move |_| {
        if is_going.get() {
            return;
        }
        let asked = turn.ask(GetStorage);
        spawn_local(async move {
            if let Some(Ok(view)) = asked.await {
                left.set(view.renewing);
            }
        });
    });
    let now = move || match going.get() {
        Some((done, total)) => (
            usize::try_from(total - done).unwrap_or(usize::MAX),
            Some((done, total)),
        ),
        None => (left.get(), None),
    };
    move || {
        let (left, going) = now();
        (left > 0).then(|| view! {
            <Notice tone=Tone::Plain strong=t(more::RENEWING).to_owned() text=count(left, more::N_RENEWING)>
                {going.map(|(done, total)| view! {
                    <progress class="progress" value=done.to_string() max=total.max(1).to_string() aria-label=t(more::RENEWING)></progress>
                })}
            </Notice>
        })
    }
}

#[component]
pub fn Storage() -> impl IntoView {
    let storage = RwSignal::new(None::<StorageView>);
    let failed = RwSignal::new(None::<Failure>);
    let turn = Turn::new();
    let read = move || turn.show(GetStorage, failed, move |view| storage.set(Some(view)));
    read();
    let ask = move |_| {
        spawn_local(async move {
            page::ask_persistence().await;
            read();
        });
    };
    let size = |bytes: Option<u64>| bytes.map_or_else(|| t(more::UNKNOWN).to_owned(), format::size);
    let kept = move |view: &StorageView| {
        match view.persisted {
        Some(true) => view! { <Notice tone=Tone::Safe strong=t(more::PERSISTED).to_owned() text=t(more::PERSISTED_MORE).to_owned()/> }.into_any(),
        _ => view! {
            <Notice tone=Tone::Here strong=t(more::NOT_PERSISTED).to_owned() text=t(more::NOT_PERSISTED_MORE).to_owned()>
                <button type="button" class="button" on:click=ask>{icon(lu::LuShieldCheck)}{t(more::ASK_PERSISTENCE)}</button>
                <a class="button" href=Route::Install.href()>{t(more::INSTALL)}</a>
            </Notice>
        }
        .into_any(),
    }
    };
    view! {
        <Frame tab=Tab::More title=t(more::STORAGE).to_owned() back=Some(Route::More)>
            <Missing failed/>
            <Renewing/>
            {move || storage.get().map(|view| view! {
                {unreadable(&view.damaged, more::DAMAGED_MORE)}
                {kept(&view)}
                <section class="card">
                    <h2>{t(more::ROOM)}</h2>
                    <dl class="facts">
                        <dt>{t(more::ENTRIES)}</dt><dd>{format::number(view.entries as f64)}</dd>
                        <dt>{t(more::USED)}</dt><dd>{size(view.used)}</dd>
                        <dt>{t(more::QUOTA)}</dt><dd>{size(view.quota)}</dd>
                    </dl>
                    {view.used.zip(view.quota).map(|(used, quota)| view! {
                        <meter class="meter" min="0" max=quota.max(1).to_string() value=used.to_string() aria-label=t(more::USED)></meter>
                    })}
                </section>
            })}
        </Frame>
    }
    .into_any()
}
