//! `PUT /v1/docs/{sha256}` and `GET /v1/docs?after=N`: the office's own sealed papers (missions, invites), so that two
//! desks and the command line work from the same ones. Documents are only ever added.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    routing::{get, put},
};
use serde::Deserialize;
use vigie_exchange::api::{Base64, DOC_BYTES, Doc, DocStored, Docs, Hex, path};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, sha256},
    objects::Object,
    reading::read,
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
    by: ByOffice<DOC_BYTES>,
) -> Result<(StatusCode, Json<DocStored>), ApiError> {
    let id: Hex<32> = read(&id, "not the id of a document")?;
    if sha256(&by.body) != id {
        return Err(ApiError::Malformed(
            "the bytes are not those that the id names",
        ));
    }
    let bytes = by.body.len();
    mailbox.store.has_room(by.office, bytes).await?;
    mailbox.objects.put(Object::Doc(&id), by.body).await?;
    let (put, n) = mailbox.store.put_doc(by.office, &id, bytes).await?;
    Ok((put.into(), Json(DocStored { n, id })))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: u64,
}

async fn list(
    State(mailbox): State<Mailbox>,
    page: Result<Query<Page>, QueryRejection>,
    by: ByOffice<0>,
) -> Result<Json<Docs>, ApiError> {
    let Query(page) = page?;
    let papers = mailbox.store.docs_after(by.office, page.after).await?;
    let all = papers.docs.len();
    let mut docs = Vec::new();
    let mut bytes = 0;
    for (n, id) in papers.docs {
        if bytes >= PAGE_BYTES {
            break;
        }
        let sealed = mailbox.objects.get(Object::Doc(&id)).await?;
        bytes += sealed.len();
        docs.push(Doc {
            n,
            id,
            sealed: Base64(sealed.to_vec()),
        });
    }
    Ok(Json(Docs {
        more: papers.more || docs.len() < all,
        next: docs.last().map_or(page.after, |last| last.n),
        docs,
        epoch: Some(papers.epoch),
        last: Some(papers.last),
        shares: Some(papers.shares),
    }))
}
