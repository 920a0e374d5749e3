//! `PUT /v1/docs/{sha256}` and `GET /v1/docs?after=N`: the office's own sealed papers (missions, invites), so that two
//! desks and the command line work from the same ones. Documents are only ever added.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::{get, put},
};
use serde::Deserialize;
use vigie_exchange::api::{Base64, DOC_BYTES, Doc, DocStored, Docs, Hex, PAGE_ITEMS, path};

use crate::{
    epoch,
    error::ApiError,
    mailbox::{Mailbox, read, read_back, sha256},
    objects::Object,
    signed::ByOffice,
};

/// A page stops growing once it holds this much, so that a desk on a weak line gets it in one piece.
const PAGE_BYTES: usize = 2 * DOC_BYTES;

pub fn routes() -> Router<Mailbox> {
    Router::new()
        .route(path::DOCS, get(list))
        .route("/v1/docs/{id}", put(add))
        .layer(DefaultBodyLimit::disable())
}

/// 201 when new, 200 when here already.
async fn add(
    State(mailbox): State<Mailbox>,
    Path(id): Path<String>,
    office: ByOffice<DOC_BYTES>,
) -> Result<(StatusCode, Json<DocStored>), ApiError> {
    let id: Hex<32> = read(&id, "not the id of a document")?;
    if sha256(&office.body) != id {
        return Err(ApiError::Malformed(
            "the bytes are not those that the id names",
        ));
    }
    mailbox.objects.put(Object::Doc(&id), office.body).await?;
    let mut write = mailbox.write().await?;
    let here: Option<i64> = sqlx::query_scalar("SELECT n FROM docs WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(&mut *write)
        .await?;
    if let Some(n) = here {
        return Ok((StatusCode::OK, Json(DocStored { n: number(n)?, id })));
    }
    let n = sqlx::query("INSERT INTO docs (id) VALUES (?)")
        .bind(id.to_string())
        .execute(&mut *write)
        .await?
        .last_insert_rowid();
    write.commit().await?;
    Ok((StatusCode::CREATED, Json(DocStored { n: number(n)?, id })))
}

fn number(n: i64) -> Result<u64, ApiError> {
    u64::try_from(n).map_err(|_| ApiError::Damaged("a document's number"))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: u64,
}

async fn list(
    State(mailbox): State<Mailbox>,
    page: Result<Query<Page>, QueryRejection>,
    _office: ByOffice<0>,
) -> Result<Json<Docs>, ApiError> {
    let Query(page) = page?;
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT n, id FROM docs WHERE n > ? ORDER BY n LIMIT ?")
            .bind(i64::try_from(page.after).unwrap_or(i64::MAX))
            .bind(PAGE_ITEMS + 1)
            .fetch_all(&mailbox.db)
            .await?;
    let mut docs = Vec::new();
    let mut bytes = 0;
    for (n, id) in rows.iter().take(PAGE_ITEMS as usize) {
        if bytes >= PAGE_BYTES {
            break;
        }
        let n = number(*n)?;
        let id = read_back(id, "a document's id")?;
        let sealed = mailbox.objects.get(Object::Doc(&id)).await?;
        bytes += sealed.len();
        docs.push(Doc {
            n,
            id,
            sealed: Base64(sealed.to_vec()),
        });
    }
    let next = docs.last().map_or(page.after, |last| last.n);
    let last = sqlx::query_scalar("SELECT COALESCE(MAX(n), 0) FROM docs")
        .fetch_one(&mailbox.db)
        .await?;
    Ok(Json(Docs {
        more: rows.len() > docs.len(),
        docs,
        next,
        epoch: Some(epoch::current(&mailbox).await?),
        last: Some(number(last)?),
    }))
}
