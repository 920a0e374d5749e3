//! An invite or a partner link to hand over: on the screen, or as a ticket that says nothing else.

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::DrawQr;
use wasm_bindgen_futures::JsFuture;

use crate::{
    client,
    i18n::{Key, desk, t},
};

/// Its code, link, QR code; what it is for, until when, and how it is used.
#[component]
pub fn Ticket(
    /// What it opens: a mission, a questionnaire.
    title: String,
    label: String,
    code: String,
    link: String,
    /// How often, until when.
    says: String,
    steps: [Key; 3],
) -> impl IntoView {
    let qr = RwSignal::new(None::<String>);
    let copied = RwSignal::new(false);
    let text = link.clone();
    spawn_local(async move {
        if let Ok(svg) = client::workbooks(DrawQr { text }).await {
            qr.try_set(Some(svg));
        }
    });
    let text = link.clone();
    let copy = move |_| {
        let written = window().navigator().clipboard().write_text(&text);
        spawn_local(async move { copied.set(JsFuture::from(written).await.is_ok()) });
    };
    view! {
        <section class="card ticket" aria-live="polite">
            <h2>{title}</h2>
            {(!label.is_empty()).then(|| view! { <p class="no-print">{label}</p> })}
            <p class="ticket__code">{code}</p>
            {move || qr.get().map(|svg| view! { <div class="ticket__qr" role="img" aria-label=t(desk::INVITE_QR) inner_html=svg></div> })}
            <p class="ticket__link"><a href=link.clone()>{link.clone()}</a></p>
            <p class="quiet">{says}</p>
            <ol class="ticket__steps">{steps.map(|step| view! { <li>{t(step)}</li> }).collect_view()}</ol>
            <div class="row no-print">
                <button type="button" class="button" on:click=copy>
                    {move || t(if copied.get() { desk::INVITE_COPIED } else { desk::INVITE_COPY })}
                </button>
                <button type="button" class="button" on:click=move |_| drop(window().print())>{t(desk::INVITE_PRINT)}</button>
            </div>
        </section>
    }
}
