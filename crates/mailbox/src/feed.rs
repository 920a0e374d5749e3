//! `GET /v1/feed?cursor=N&limit=`: what happened here, in order, for the office.

use axum::{
    Json, Router,
    extract::{Query, State, rejection::QueryRejection},
    routing::get,
};
use serde::Deserialize;
use tower_http::compression::CompressionLayer;
use vigie_exchange::api::{Feed, PAGE_ITEMS, path};

use crate::{error::ApiError, mailbox::Mailbox, signed::ByOffice};

pub fn routes() -> Router<Mailbox> {
    // An office that was away asks for thousands of lines that are much alike.
    Router::new().route(path::FEED, get(feed).layer(CompressionLayer::new()))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    cursor: u64,
    limit: Option<u32>,
}

async fn feed(
    State(mailbox): State<Mailbox>,
    page: Result<Query<Page>, QueryRejection>,
    by: ByOffice<0>,
) -> Result<Json<Feed>, ApiError> {
    let Query(page) = page?;
    let limit = page.limit.unwrap_or(PAGE_ITEMS).clamp(1, PAGE_ITEMS);
    let feed = mailbox.store.feed(by.office, page.cursor, limit);
    Ok(Json(feed.await?))
}
