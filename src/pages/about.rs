//! Version and licences.

use leptos::prelude::*;

use crate::{
    components::{
        frame::{Frame, Tab},
        mark::mark,
    },
    i18n::{fill, more, t},
    route::Route,
};

#[component]
pub fn About() -> impl IntoView {
    view! {
        <Frame tab=Tab::More title=t(more::ABOUT).to_owned() back=Some(Route::More) actions=None under=None foot=None over=None>
            {mark()}
            <p>{fill(more::VERSION, &[("version", env!("CARGO_PKG_VERSION"))])}</p>
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
