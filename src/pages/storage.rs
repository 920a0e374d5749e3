//! How much room there is, and whether the phone promises to keep what is there.

use leptos::{prelude::*, task::spawn_local};
use vigie_backend::protocol::{Answer, Failure, Request, StorageView};

use super::problems::Missing;
use crate::{
    client,
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    format,
    i18n::{count, more, t},
    page,
    route::Route,
};

#[component]
pub fn Storage() -> impl IntoView {
    let storage = RwSignal::new(None::<StorageView>);
    let failed = RwSignal::new(None::<Failure>);
    let read = move || {
        spawn_local(async move {
            match client::ask(Request::StorageInfo).await {
                Ok(Answer::Storage(view)) => drop(storage.try_set(Some(view))),
                Ok(_) => {}
                Err(failure) => drop(failed.try_set(Some(failure))),
            }
        });
    };
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
        <Frame tab=Tab::More title=t(more::STORAGE).to_owned() back=Some(Route::More) actions=None under=None foot=None over=None>
            <Missing failed/>
            {move || storage.get().map(|view| view! {
                {kept(&view)}
                <section class="card">
                    <h2>{t(more::ROOM)}</h2>
                    <dl class="facts">
                        <dt>{t(more::ENTRIES)}</dt><dd>{count(view.entries, more::ENTRIES_ONE, more::ENTRIES_MANY)}</dd>
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
