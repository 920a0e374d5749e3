//! What the server writes down: method, route, status and time taken. Never an address, a key, an id or a word of
//! content, so that a seized log says no more than that somebody wrote.
//!
//! Each request has a number drawn for it, which stands in its answer (`x-request-id`) and in all lines that come of it.
//! One that the client says is not taken: it would be her words in the log.

use std::{io::IsTerminal, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::measures;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// Sends the log to standard error; other people's crates speak from `warn` up only.
pub fn start(level: LevelFilter, format: Format) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
    };
    let who = Targets::new()
        .with_default(LevelFilter::WARN.min(level))
        .with_target("vigie_mailbox", level);
    // A second start in one process (tests) keeps the first.
    drop(
        tracing_subscriber::registry()
            .with(lines)
            .with(who)
            .try_init(),
    );
}

/// Logs one request, and counts it.
pub async fn request(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = new_id();
    let method = known(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(app)", |path| path.as_str())
        .to_owned();
    // Of the highest level, so that whatever is logged says of which request it came.
    let span = tracing::error_span!("request", id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    let ms = took.as_millis() as u64;
    span.in_scope(|| tracing::info!(method, route, status, ms, "request"));
    measures::answered(method, &route, status, took.as_secs_f64());
    if let Ok(id) = HeaderValue::try_from(id) {
        let name = HeaderName::from_static("x-request-id");
        response.headers_mut().insert(name, id);
    }
    response
}

/// Zeros, where the system gives no random numbers just now: it is there to find lines by, and protects nothing.
fn new_id() -> String {
    format!("{:016x}", getrandom::u64().unwrap_or_default())
}

/// A method may be any word that a client thinks of.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "(other)",
    }
}
