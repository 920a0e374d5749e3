//! What the server writes down: method, route, status and time taken. Never an address, a key, an id or a word of
//! content, so that a seized log says no more than that somebody wrote.

use std::{io::IsTerminal, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// Sends the log to standard error; other people's crates speak from `warn` up only.
pub fn start(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
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

/// Logs one request.
pub async fn request(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(app)", |path| path.as_str())
        .to_owned();
    let response = next.run(request).await;
    let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis());
    tracing::info!(%method, route, status, ms, "request");
    response
}
