//! Version, the hash of its files, and licences.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{
        frame::{Frame, Tab},
        mark::mark,
        notice::{Notice, Tone},
    },
    i18n::{common, fill, more, t},
    page::{self, Versions},
    route::Route,
};

/// By fours, so that two people can compare it aloud.
pub fn grouped(hash: &str) -> String {
    let letters: Vec<char> = hash.chars().collect();
    let fours: Vec<String> = letters.chunks(4).map(String::from_iter).collect();
    fours.join(" ")
}

#[component]
pub fn About() -> impl IntoView {
    let versions = RwSignal::new(None::<Versions>);
    spawn_local(async move { drop(versions.try_set(Some(page::versions().await))) });
    let files = |now: Versions| {
        view! {
            {match now.served {
                Some(hash) => view! {
                    <p>{t(more::HASH)}" "<code>{grouped(&hash)}</code></p>
                    <p class="quiet">{t(more::HASH_MORE)}</p>
                }
                .into_any(),
                None => view! { <p class="quiet">{t(more::HASH_NONE)}</p> }.into_any(),
            }}
            {now.offered.map(|hash| view! {
                <Notice tone=Tone::Plain strong=t(common::UPDATE).to_owned() text=t(common::UPDATE_MORE).to_owned()>
                    <p>{t(more::HASH_OFFERED)}" "<code>{grouped(&hash)}</code></p>
                    <button type="button" class="button button--main" on:click=move |_| page::update()>{t(common::UPDATE_NOW)}</button>
                </Notice>
            })}
        }
    };
    view! {
        <Frame tab=Tab::More title=t(more::ABOUT).to_owned() back=Some(Route::More)>
            {mark()}
            <p>{fill(more::VERSION, &[("version", env!("CARGO_PKG_VERSION"))])}</p>
            {move || versions.get().map(files)}
            <p>{t(more::LICENCE)}</p>
            <p>{t(more::SOURCE)}</p>
            <section class="card">
                <h2>{t(more::THIRD_PARTIES)}</h2>
                <p>{t(more::THIRD_PARTIES_MORE)}</p>
            </section>
            <p class="quiet">{t(more::NO_TRACKING)}</p>
        </Frame>
    }
    .into_any()
}
