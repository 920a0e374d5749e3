//! `PUT` and `GET /v1/bundles/{id}`, `GET /v1/bundles?ids=`: the letters.
//!
//! The id is the SHA-256 of the sealed bytes, and the sender signs that hash: the signature is checked before the first
//! byte of the body is read, and the body streams to the disk while it is hashed. The file is durable before the row
//! that speaks of it is; the same bundle twice, even twenty times at once, is one row and one file.

use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{StreamExt, stream};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use vigie_exchange::{
    api::{BATCH_BUNDLES, BATCH_BYTES, BUNDLE_BYTES, Stored, path},
    batch::Batch,
};
use vigie_model::{BundleId, MissionId};

use crate::{
    error::ApiError,
    mailbox::Mailbox,
    objects::{Object, bundle_path},
    reading::read,
    signed::{ByOffice, Knock, Sender, forget, too_large},
    store::Letter,
};

/// Files read at once for one answer: a bucket takes a while for each.
const READ_AT_ONCE: usize = 8;

pub fn routes() -> Router<Mailbox> {
    Router::new()
        .route("/v1/bundles/{bundle}", get(fetch).put(store))
        .route(path::BUNDLES, get(fetch_several))
        .layer(DefaultBodyLimit::disable())
}

#[derive(Deserialize)]
struct Beside {
    mission: String,
    team: Option<u32>,
}

/// 201 when new, 200 when the same bytes are here; the answer says since when.
async fn store(
    State(mailbox): State<Mailbox>,
    Path(bundle): Path<String>,
    beside: Result<Query<Beside>, QueryRejection>,
    knock: Knock,
    body: Body,
) -> Result<(StatusCode, Json<Stored>), ApiError> {
    let bundle: BundleId = read(&bundle, "not the id of a bundle")?;
    let Query(Beside { mission, team }) = beside?;
    let mission: MissionId = read(&mission, "not the id of a mission")?;
    let (sender, device, offices, lead) = match knock.sender(&mailbox, &bundle.0).await? {
        Sender::Office(office, key) => (key, None, vec![office], None),
        Sender::Device(device) => {
            // Who may not fetch a mission's card is not of its team.
            let lead = device.may_fetch(&mission).ok();
            let offices = device.may_send(&mission)?;
            (device.key, Some(device.key), offices, lead)
        }
    };
    let letter = |office, size| Letter {
        office,
        bundle,
        sender,
        mission,
        size,
        team: team.filter(|_| lead == Some(office)),
    };
    if knock.length().is_some_and(|length| length > BUNDLE_BYTES) {
        return Err(too_large(body, knock.length(), BUNDLE_BYTES).await);
    }
    let mut told = None;
    let mut lacking = Vec::new();
    for office in offices {
        match mailbox.store.bundle(office, &bundle).await? {
            Some(kept) => {
                let letter = letter(office, kept.stored.size);
                if letter.team.is_some() {
                    mailbox.store.list_for_team(&letter).await?;
                }
                told = Some((StatusCode::OK, Json(kept.stored)));
            }
            None => lacking.push(office),
        }
    }
    if lacking.is_empty() {
        forget(body).await;
    } else {
        let announced = knock.length().unwrap_or(BUNDLE_BYTES);
        for office in &lacking {
            mailbox.store.has_room(*office, announced).await?;
        }
        let _slot = mailbox.gate.upload(device.as_ref(), &lacking)?;
        let size = receive(&mailbox, &bundle, body).await?;
        for office in lacking {
            let (put, stored) = mailbox.store.put_letter(letter(office, size)).await?;
            told = Some((put.into(), Json(stored)));
        }
    }
    told.ok_or(ApiError::UnknownDevice)
}

/// Streams the body to its durable place; returns its size. Nothing stays of a body that is cut, too long, or other
/// than its id says.
async fn receive(mailbox: &Mailbox, bundle: &BundleId, body: Body) -> Result<u64, ApiError> {
    let mut upload = mailbox.objects.upload(bundle_path(bundle));
    let mut body = body.into_data_stream();
    let mut hash = Sha256::new();
    let mut size = 0;
    while let Some(bytes) = body.next().await {
        let bytes = bytes?;
        size += bytes.len();
        if size > BUNDLE_BYTES {
            return Err(ApiError::TooLarge(BUNDLE_BYTES));
        }
        hash.update(&bytes);
        upload.write(&bytes).await?;
    }
    if hash.finalize()[..] != bundle.0 {
        return Err(ApiError::Malformed(
            "the bytes are not those that the id names",
        ));
    }
    upload.complete().await?;
    Ok(size as u64)
}

async fn fetch(
    State(mailbox): State<Mailbox>,
    Path(bundle): Path<String>,
    by: ByOffice<0>,
) -> Result<Response, ApiError> {
    let bundle: BundleId = read(&bundle, "not the id of a bundle")?;
    let kept = mailbox.store.bundle(by.office, &bundle).await?;
    if kept.is_none_or(|kept| kept.is_gone) {
        return Err(ApiError::NotFound);
    }
    let sealed = mailbox.objects.get(Object::Bundle(&bundle)).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], sealed).into_response())
}

#[derive(Deserialize)]
struct Several {
    ids: String,
}

/// Several at once, where each is small: an office far away waits for one answer in place of fifty. One that can't be given
/// is said so in the answer, and why, when it is asked for alone.
async fn fetch_several(
    State(mailbox): State<Mailbox>,
    several: Result<Query<Several>, QueryRejection>,
    by: ByOffice<0>,
) -> Result<Response, ApiError> {
    let Query(Several { ids }) = several?;
    let ids: Vec<BundleId> = ids
        .split(',')
        .map(|id| read(id, "not the id of a bundle"))
        .collect::<Result<_, _>>()?;
    if ids.len() > BATCH_BUNDLES {
        return Err(ApiError::Malformed("too many bundles at once"));
    }
    let sizes = mailbox.store.bundle_sizes(by.office, &ids).await?;
    // No more is read than is given.
    let mut room = BATCH_BYTES;
    let given = ids.iter().map_while(|id| {
        let size = sizes.get(id).copied();
        room = room.checked_sub(size.unwrap_or_default())?;
        Some((*id, size))
    });
    let objects = &mailbox.objects;
    let mut reading = stream::iter(given.collect::<Vec<_>>())
        .map(async |(id, size)| match size {
            Some(_) => objects.get(Object::Bundle(&id)).await.ok(),
            None => None,
        })
        .buffered(READ_AT_ONCE);
    let mut batch = Batch::default();
    while let Some(sealed) = reading.next().await {
        batch.add(sealed.as_deref());
    }
    let answer = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((answer, batch.finish()).into_response())
}
