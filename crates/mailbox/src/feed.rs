//! `GET /v1/feed?cursor=N&limit=`: what happened here, in order, for the office.

use axum::{
    Json, Router,
    extract::{Query, State, rejection::QueryRejection},
    routing::get,
};
use serde::Deserialize;
use sqlx::{Row, sqlite::SqliteRow};
use vigie_exchange::api::{Base64, BundleItem, EnrolledItem, Feed, FeedItem, PAGE_ITEMS, path};
use vigie_model::Timestamp;

use crate::{
    epoch,
    error::ApiError,
    mailbox::{Mailbox, read_back},
    signed::ByOffice,
};

pub fn routes() -> Router<Mailbox> {
    Router::new().route(path::FEED, get(feed))
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
    _office: ByOffice<0>,
) -> Result<Json<Feed>, ApiError> {
    let Query(page) = page?;
    let limit = page.limit.unwrap_or(PAGE_ITEMS).clamp(1, PAGE_ITEMS);
    let rows = sqlx::query(
        "SELECT feed.n AS n, what,
                bundles.id AS bundle, bundles.device AS sender, bundles.mission AS mission, size, stored,
                invite, enrolments.device AS device, proof, name_box, at, invites.mission AS joined
         FROM feed LEFT JOIN bundles ON bundles.n = feed.n LEFT JOIN enrolments ON enrolments.n = feed.n
              LEFT JOIN invites ON invites.id = enrolments.invite
         WHERE feed.n > ? ORDER BY feed.n LIMIT ?",
    )
    .bind(i64::try_from(page.cursor).unwrap_or(i64::MAX))
    .bind(limit + 1)
    .fetch_all(&mailbox.db)
    .await?;
    let last: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(n), 0) FROM feed")
        .fetch_one(&mailbox.db)
        .await?;
    let shown = &rows[..rows.len().min(limit as usize)];
    Ok(Json(Feed {
        items: shown.iter().map(item).collect::<Result<_, _>>()?,
        next: shown.last().map_or(Ok(page.cursor), number)?,
        more: rows.len() > shown.len(),
        epoch: Some(epoch::current(&mailbox).await?),
        last: Some(u64::try_from(last).map_err(|_| ApiError::Damaged("a feed number"))?),
    }))
}

fn number(row: &SqliteRow) -> Result<u64, ApiError> {
    u64::try_from(row.try_get::<i64, _>("n")?).map_err(|_| ApiError::Damaged("a feed number"))
}

fn item(row: &SqliteRow) -> Result<FeedItem, ApiError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(match text("what")?.as_str() {
        "bundle" => FeedItem::Bundle(BundleItem {
            n: number(row)?,
            bundle: read_back(&text("bundle")?, "a bundle's id")?,
            device: read_back(&text("sender")?, "a device's key")?,
            mission: read_back(&text("mission")?, "a mission's id")?,
            size: u64::try_from(row.try_get::<i64, _>("size")?)
                .map_err(|_| ApiError::Damaged("a size"))?,
            stored: Timestamp(row.try_get("stored")?),
        }),
        _ => FeedItem::Enrolled(EnrolledItem {
            n: number(row)?,
            invite: read_back(&text("invite")?, "an invite's id")?,
            device: read_back(&text("device")?, "a device's key")?,
            mission: row
                .try_get::<Option<String>, _>("joined")?
                .map(|mission| read_back(&mission, "a mission's id"))
                .transpose()?,
            proof: read_back(&text("proof")?, "a proof")?,
            name_box: Base64(row.try_get("name_box")?),
            at: Timestamp(row.try_get("at")?),
        }),
    })
}
