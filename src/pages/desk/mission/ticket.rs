//! What is handed over: a ticket for each code, on the screen, and on paper alone, several on a sheet to be cut.

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::DrawQr;
use wasm_bindgen_futures::JsFuture;

use crate::{
    client,
    components::icon::{icon, lu},
    format,
    i18n::{Key, count, desk, fill, t},
};

/// Tickets for one thing.
#[derive(Clone, PartialEq)]
pub struct Handed {
    /// What they open: a mission, a questionnaire.
    pub title: String,
    /// How often each serves.
    pub once: &'static str,
    pub steps: [Key; 3],
    pub tickets: Vec<Ticket>,
}

/// One code.
#[derive(Clone, PartialEq)]
pub struct Ticket {
    /// Its place on a sheet of codes.
    pub number: Option<u32>,
    /// For whom, which no paper says.
    pub label: String,
    pub code: String,
    pub link: String,
    pub expires: i64,
}

#[component]
pub fn Tickets(handed: Handed, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let several = handed.tickets.len() > 1;
    let says = count(handed.tickets.len(), desk::N_TICKETS);
    let close = move || {
        view! {
            <button type="button" class="button button--plain" on:click=move |_| on_close.run(())>{icon(lu::LuX)}{t(desk::CLOSE)}</button>
        }
    };
    let print = move || {
        view! {
            <button type="button" class="button" on:click=move |_| drop(window().print())>{icon(lu::LuPrinter)}{t(desk::INVITE_PRINT)}</button>
        }
    };
    if several {
        let of = handed.clone();
        view! {
            <section class="card" aria-live="polite">
                <div class="row no-print">
                    <h2>{says}</h2>
                    <span class="row">{print()}{close()}</span>
                </div>
                <p class="quiet no-print">{t(desk::TICKETS_HINT)}</p>
                <ul class="tickets">{handed.tickets.into_iter().map(|ticket| small(&of, ticket)).collect_view()}</ul>
            </section>
        }
        .into_any()
    } else {
        let ticket = handed.tickets.first().cloned();
        ticket
            .map(|ticket| large(&handed, ticket, print().into_any(), close().into_any()))
            .into_any()
    }
}

/// The drawing of a link, once the desk's module has made it.
fn qr(link: &str) -> impl IntoView + use<> {
    let drawn = RwSignal::new(None::<String>);
    let text = link.to_owned();
    spawn_local(async move {
        if let Ok(svg) = client::workbooks(DrawQr { text }).await {
            drawn.try_set(Some(svg));
        }
    });
    move || {
        drawn.get().map(|svg| {
            view! { <div class="ticket__qr" role="img" aria-label=t(desk::INVITE_QR) inner_html=svg></div> }
        })
    }
}

fn until(handed: &Handed, ticket: &Ticket) -> String {
    let date = format::date(ticket.expires);
    format!(
        "{} {}",
        handed.once,
        fill(desk::TICKET_UNTIL, &[("date", &date)])
    )
}

fn numbered(ticket: &Ticket) -> Option<String> {
    let number = ticket.number?.to_string();
    Some(fill(desk::TICKET_NUMBER, &[("n", &number)]))
}

fn large(handed: &Handed, ticket: Ticket, print: AnyView, close: AnyView) -> impl IntoView + use<> {
    let copied = RwSignal::new(false);
    let says = until(handed, &ticket);
    let number = numbered(&ticket);
    let Ticket {
        label, code, link, ..
    } = ticket;
    let text = link.clone();
    let copy = move |_| {
        let written = window().navigator().clipboard().write_text(&text);
        spawn_local(async move { copied.set(JsFuture::from(written).await.is_ok()) });
    };
    view! {
        <section class="card ticket" aria-live="polite">
            <h2>{handed.title.clone()}</h2>
            {(!label.is_empty()).then(|| view! { <p class="no-print">{label}</p> })}
            {number.map(|number| view! { <p>{number}</p> })}
            <p class="ticket__code">{code}</p>
            {qr(&link)}
            <p class="ticket__link"><a href=link.clone()>{link.clone()}</a></p>
            <p class="quiet">{says}</p>
            <ol class="ticket__steps">{handed.steps.map(|step| view! { <li>{t(step)}</li> }).collect_view()}</ol>
            <div class="row no-print">
                <button type="button" class="button" on:click=copy>
                    {move || t(if copied.get() { desk::INVITE_COPIED } else { desk::INVITE_COPY })}
                </button>
                {print}
                {close}
            </div>
        </section>
    }
}

fn small(handed: &Handed, ticket: Ticket) -> impl IntoView + use<> {
    let says = until(handed, &ticket);
    let number = numbered(&ticket);
    let Ticket {
        label, code, link, ..
    } = ticket;
    view! {
        <li class="ticket ticket--small">
            {qr(&link)}
            <div class="ticket__says">
                <h3>{handed.title.clone()}</h3>
                {number.map(|number| view! { <p><strong>{number}</strong></p> })}
                {(!label.is_empty()).then(|| view! { <p class="no-print">{label}</p> })}
                <p class="ticket__code">{code}</p>
                <p>{says}</p>
                <ol class="ticket__steps">{handed.steps.map(|step| view! { <li>{t(step)}</li> }).collect_view()}</ol>
            </div>
            <p class="ticket__link"><a href=link.clone()>{link.clone()}</a></p>
        </li>
    }
}
