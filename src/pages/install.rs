//! Installing the app: the browser's own offer where there is one, else how to, browser by browser.

use leptos::prelude::*;

use crate::{
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    i18n::{Key, more, t},
    page,
    route::Route,
};

#[component]
pub fn Install() -> impl IntoView {
    let offered = RwSignal::new(page::may_install());
    let how: [(Key, Key); 5] = [
        (more::ANDROID_CHROME, more::ANDROID_CHROME_HOW),
        (more::ANDROID_FIREFOX, more::ANDROID_FIREFOX_HOW),
        (more::IPHONE, more::IPHONE_HOW),
        (more::COMPUTER, more::COMPUTER_HOW),
        (more::MAC, more::MAC_HOW),
    ];
    view! {
        <Frame tab=Tab::More title=t(more::INSTALL).to_owned() back=Some(Route::More)>
            <p>{t(more::INSTALL_WHY)}</p>
            {page::installed().then(|| view! { <Notice tone=Tone::Safe strong=t(more::INSTALLED).to_owned() text=t(more::INSTALLED_MORE).to_owned()/> })}
            <Show when=move || offered.get()>
                <button type="button" class="button button--main button--wide" on:click=move |_| { page::install(); offered.set(false) }>
                    {icon(lu::LuDownload)}{t(more::INSTALL_NOW)}
                </button>
            </Show>
            {how.map(|(browser, steps)| view! { <section class="card"><h2>{t(browser)}</h2><p>{t(steps)}</p></section> }).into_iter().collect_view()}
        </Frame>
    }
    .into_any()
}
