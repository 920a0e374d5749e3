//! The copy of the office's key: made, then proven to open, before anything else may be done.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use vigie_protocol::{BackUpKey, Failure, GetKeySheet, KeySheet, ProveBackup};

use crate::{
    client,
    components::{
        frame::Heading,
        icon::{icon, lu},
    },
    file, format,
    i18n::{desk, t},
    pages::desk::failed::Failed,
    state::use_state,
};

/// Fewer words than this are too easily guessed for a file that may be copied at leisure.
const WORDS: usize = 4;

#[component]
pub fn Backup() -> impl IntoView {
    let made = RwSignal::new(false);
    view! {
        <main class="door door--wide" id="main">
            <Heading text=t(desk::BACKUP_TITLE).to_owned()/>
            <p>{t(desk::BACKUP_WHY)}</p>
            <Make made/>
            <Sheet/>
            <Try/>
        </main>
    }
}

#[component]
fn Make(made: RwSignal<bool>) -> impl IntoView {
    let passphrase = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let enough = move || passphrase.read().split_whitespace().count() >= WORDS;
    let tried = RwSignal::new(false);
    let make = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if !enough() {
            return;
        }
        let request = BackUpKey {
            file_passphrase: passphrase.get_untracked(),
        };
        client::act_busy(request, busy, failure, move |file| {
            made.set(file::save(&file))
        });
    };
    let too_few = move || tried.get() && !enough();
    view! {
        <section class="card">
            <h2>{t(desk::BACKUP_STEP1)}</h2>
            <form class="stack" on:submit=make>
                <div class="field">
                    <label for="make-passphrase">{t(desk::FILE_PASSPHRASE)}</label>
                    <input class="input" id="make-passphrase" autocomplete="off" aria-describedby="make-hint make-error" aria-invalid=move || too_few().then_some("true") bind:value=passphrase/>
                    <p class="field__hint" id="make-hint">{t(desk::FILE_PASSPHRASE_HINT)}</p>
                    <p class="field__error" id="make-error" role="alert">{move || too_few().then(|| t(desk::BACKUP_WORDS))}</p>
                </div>
                <Failed failure/>
                <button class="button button--main button--wide" disabled=busy>
                    {icon(lu::LuDownload)}
                    {t(desk::BACKUP_GO)}
                </button>
                <p role="status" class="saved">{move || made.get().then(|| t(desk::BACKUP_DONE))}</p>
            </form>
        </section>
    }
}

#[component]
fn Sheet() -> impl IntoView {
    let sheet = RwSignal::new(None::<KeySheet>);
    let failure = RwSignal::new(None::<Failure>);
    let show = move |_| client::act(GetKeySheet, failure, move |key| sheet.set(Some(key)));
    view! {
        {move || match sheet.get() {
            None => view! {
                <button type="button" class="button button--plain" on:click=show>{icon(lu::LuPrinter)}{t(desk::SHEET_SHOW)}</button>
                <Failed failure/>
            }.into_any(),
            Some(key) => view! {
                <section class="card key-sheet">
                    <h2>{t(desk::SHEET_TITLE)}</h2>
                    <p><strong>{t(desk::SHEET_WARNING)}</strong></p>
                    <dl class="facts">
                        <dt>{t(desk::SHEET_NAME)}</dt><dd>{key.name.clone()}</dd>
                        <dt>{t(desk::SHEET_MADE)}</dt><dd>{format::date(key.made)}</dd>
                        <dt>{t(desk::SHEET_RECIPIENT)}</dt><dd><code>{key.recipient.clone()}</code></dd>
                        <dt>{t(desk::SHEET_FINGERPRINT)}</dt><dd><code>{key.fingerprint.clone()}</code></dd>
                        <dt>{t(desk::SHEET_SECRET)}</dt><dd><code class="key-sheet__secret">{key.secret.clone()}</code></dd>
                    </dl>
                    <div class="row no-print">
                        <button type="button" class="button" on:click=move |_| drop(window().print())>{t(desk::SHEET_PRINT)}</button>
                        <button type="button" class="button button--plain" on:click=move |_| sheet.set(None)>{t(desk::SHEET_HIDE)}</button>
                    </div>
                </section>
            }.into_any(),
        }}
    }
}

#[component]
fn Try() -> impl IntoView {
    let state = use_state();
    let chosen = NodeRef::<html::Input>::new();
    let passphrase = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let try_it = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(picked) = file::chosen(chosen) else {
            return;
        };
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let request = ProveBackup {
                backup: file::read(&picked).await.unwrap_or_default(),
                file_passphrase: passphrase.get_untracked(),
            };
            client::act_busy(request, busy, failure, move |status| state.take(status));
        });
    };
    view! {
        <section class="card">
            <h2>{t(desk::BACKUP_STEP2)}</h2>
            <form class="stack" on:submit=try_it>
                <p>{t(desk::TRIAL_WHY)}</p>
                <div class="field">
                    <label for="try-file">{t(desk::FILE)}</label>
                    <input class="input" id="try-file" type="file" required node_ref=chosen/>
                </div>
                <div class="field">
                    <label for="try-passphrase">{t(desk::FILE_PASSPHRASE)}</label>
                    <input class="input" id="try-passphrase" type="password" autocomplete="off" required bind:value=passphrase/>
                </div>
                <Failed failure/>
                <button class="button button--main button--wide" disabled=move || busy.get()>{t(desk::TRIAL_GO)}</button>
            </form>
        </section>
    }
}
