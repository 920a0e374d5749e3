//! The office's first steps: from a set-up link, or from a copy of its key.

use leptos::{html, prelude::*, task::spawn_local};
use vigie_protocol::{CreateOffice, DeskQuestion, Failure, Question, RestoreOffice, Status};

use crate::{
    client,
    components::{
        field::{Field, Kind},
        frame::Heading,
        notice::{Notice, Tone},
    },
    file,
    i18n::{desk, t},
    pages::{desk::failed::Failed, door::passphrase::NewPassphrase},
    route::{self, Route},
    state::{State, use_state},
};

/// Asks for an office, and shows what came of it.
fn open<Q: Question<Family = DeskQuestion, Answer = Status>>(
    state: State,
    request: Q,
    failure: RwSignal<Option<Failure>>,
    busy: RwSignal<bool>,
) {
    client::act_busy(request, busy, failure, move |status| {
        route::forget_code();
        route::go_instead(&Route::Desk(Vec::new()));
        state.take(status);
    });
}

/// From the one-time link that the server printed.
#[component]
pub fn SetUp() -> impl IntoView {
    match route::code(&Route::Desk(vec!["ouvrir".into()])) {
        Some(token) => view! { <Create token/> }.into_any(),
        // The page started anew: the link is in no address any more.
        None => view! {
            <main class="door door--wide" id="main">
                <Heading text=t(desk::SETUP_TITLE).to_owned()/>
                <Notice tone=Tone::Plain strong=t(desk::SETUP_AGAIN).to_owned() text=t(desk::SETUP_AGAIN_MORE).to_owned()/>
                <p><a class="button button--plain" href=Route::Desk(vec!["reprendre".into()]).href()>{t(desk::RESTORE_LINK)}</a></p>
            </main>
        }
        .into_any(),
    }
}

#[component]
fn Create(token: String) -> impl IntoView {
    let state = use_state();
    let name = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let nameless = RwSignal::new(None::<String>);
    let create = move |passphrase: String| {
        let name = name.get_untracked().trim().to_owned();
        if name.is_empty() {
            nameless.set(Some(t(desk::OFFICE_NAME_MISSING).to_owned()));
            return;
        }
        let server = window().location().origin().unwrap_or_default();
        let request = CreateOffice {
            token: token.clone(),
            server,
            name,
            passphrase,
        };
        open(state, request, failure, busy);
    };
    view! {
        <main class="door door--wide" id="main">
            <Heading text=t(desk::SETUP_TITLE).to_owned()/>
            <p>{t(desk::SETUP_WHY)}</p>
            <Field id="office-name" kind=Kind::Text label=t(desk::OFFICE_NAME) hint=t(desk::OFFICE_NAME_HINT) value=name error=nameless
                on_input=move |text: String| { nameless.set(None); name.set(text); }/>
            <Failed failure/>
            <p>{t(desk::PASSPHRASE_WHY)}</p>
            <NewPassphrase busy act=t(desk::SETUP_GO) on_choose=create/>
            <p><a class="button button--plain" href=Route::Desk(vec!["reprendre".into()]).href()>{t(desk::RESTORE_LINK)}</a></p>
        </main>
    }
}

/// From a copy of the key, on another computer or after a loss.
#[component]
pub fn Restore() -> impl IntoView {
    let state = use_state();
    let chosen = NodeRef::<html::Input>::new();
    let file_passphrase = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let missing = RwSignal::new(false);
    let restore = move |passphrase: String| {
        let picked = file::chosen(chosen);
        missing.set(picked.is_none());
        let Some(picked) = picked else { return };
        spawn_local(async move {
            let request = RestoreOffice {
                backup: file::read(&picked).await.unwrap_or_default(),
                file_passphrase: file_passphrase.get_untracked(),
                passphrase,
            };
            open(state, request, failure, busy);
        });
    };
    view! {
        <main class="door door--wide" id="main">
            <Heading text=t(desk::RESTORE_TITLE).to_owned()/>
            <p>{t(desk::RESTORE_WHY)}</p>
            <div class="field">
                <label for="copy">{t(desk::FILE)}</label>
                <input class="input" id="copy" type="file" node_ref=chosen/>
                <p class="field__error" role="alert" hidden=move || !missing.get()>{t(desk::FILE_MISSING)}</p>
            </div>
            <Field id="copy-passphrase" kind=Kind::Passphrase label=t(desk::FILE_PASSPHRASE) value=file_passphrase
                on_input=move |text| file_passphrase.set(text)/>
            <h2>{t(desk::OWN_PASSPHRASE)}</h2>
            <Failed failure/>
            <NewPassphrase busy act=t(desk::RESTORE_GO) on_choose=restore/>
        </main>
    }
}
