//! Who asks: every request but three is signed, and these extractors are the only way to a signed body.
//!
//! [`ByOffice`] and [`ByDevice`] read the body up to their limit, check the signature over it, and ask the database
//! whose key it is. [`Knock`] checks the signature from the headers alone, for an upload whose address is already the
//! hash of its body: a stranger can't make the server read, let alone keep, a byte of it.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{header, request::Parts},
};
use futures::StreamExt;
use vigie_exchange::{
    api::{Hex, KeyHex},
    request::{self, Signed, WINDOW_MS},
};

use crate::{
    error::ApiError,
    mailbox::{Mailbox, now, read_back},
};

/// How much of a body that is too large is still read, so that the sender hears the answer instead of a reset.
const PATIENCE: usize = 128 * 1024 * 1024;

/// A request signed by the office, and its body of at most `LIMIT` bytes.
pub struct ByOffice<const LIMIT: usize> {
    pub signed: Signed,
    pub body: Bytes,
}

/// A request signed by an enrolled device. Such requests carry no body but a bundle, which has [`Knock`].
pub struct ByDevice {
    pub key: KeyHex,
}

/// A request signed by any key, and its body of at most `LIMIT` bytes.
pub struct BySomebody<const LIMIT: usize> {
    pub signed: Signed,
    pub body: Bytes,
}

impl<const LIMIT: usize> FromRequest<Mailbox> for BySomebody<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Mailbox) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let body = whole(&parts, body, LIMIT).await?;
        let signed = verify(&parts, &request::body_hash(&body))?;
        Ok(BySomebody { signed, body })
    }
}

impl<const LIMIT: usize> FromRequest<Mailbox> for ByOffice<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, mailbox: &Mailbox) -> Result<Self, ApiError> {
        let BySomebody { signed, body } =
            BySomebody::<LIMIT>::from_request(request, mailbox).await?;
        must_be_office(mailbox, &signed).await?;
        Ok(ByOffice { signed, body })
    }
}

impl FromRequest<Mailbox> for ByDevice {
    type Rejection = ApiError;

    async fn from_request(request: Request, mailbox: &Mailbox) -> Result<Self, ApiError> {
        let BySomebody { signed, .. } = BySomebody::<0>::from_request(request, mailbox).await?;
        Ok(ByDevice {
            key: must_be_enrolled(mailbox, &signed).await?,
        })
    }
}

/// The signed head of a request whose body is not read yet.
pub struct Knock(Parts);

impl FromRequestParts<Mailbox> for Knock {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Mailbox) -> Result<Self, ApiError> {
        Ok(Knock(parts.clone()))
    }
}

impl Knock {
    /// The enrolled device that signed for a body of this hash.
    pub async fn device(
        &self,
        mailbox: &Mailbox,
        body_hash: &[u8; 32],
    ) -> Result<KeyHex, ApiError> {
        must_be_enrolled(mailbox, &verify(&self.0, body_hash)?).await
    }

    /// The announced length, when it is announced.
    pub fn length(&self) -> Option<usize> {
        length(&self.0)
    }
}

fn verify(parts: &Parts, body_hash: &[u8; 32]) -> Result<Signed, ApiError> {
    let path = parts
        .uri
        .path_and_query()
        .map_or(parts.uri.path(), |whole| whole.as_str());
    let header = |name| parts.headers.get(name)?.to_str().ok();
    Ok(request::verify(
        parts.method.as_str(),
        path,
        header,
        body_hash,
        now(),
    )?)
}

async fn must_be_office(mailbox: &Mailbox, signed: &Signed) -> Result<(), ApiError> {
    let key = crate::office::key(mailbox)
        .await?
        .ok_or(ApiError::NotOffice)?;
    if key.0 == signed.key.to_bytes() {
        Ok(())
    } else {
        Err(ApiError::NotOffice)
    }
}

async fn must_be_enrolled(mailbox: &Mailbox, signed: &Signed) -> Result<KeyHex, ApiError> {
    let key = Hex(signed.key.to_bytes());
    let enrolled: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM enrolments WHERE device = ? LIMIT 1")
            .bind(key.to_string())
            .fetch_optional(&mailbox.db)
            .await?;
    enrolled.map(|_| key).ok_or(ApiError::UnknownDevice)
}

/// Refuses a request that came before, and remembers it for as long as its time would be taken.
pub async fn once(mailbox: &Mailbox, signed: &Signed) -> Result<(), ApiError> {
    let mut write = mailbox.write().await?;
    sqlx::query("DELETE FROM seen_requests WHERE until < ?")
        .bind(now().0)
        .execute(&mut *write)
        .await?;
    let new = sqlx::query(
        "INSERT INTO seen_requests (signature, until) VALUES (?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(signed.signature.to_string())
    .bind(signed.time.0.saturating_add(WINDOW_MS))
    .execute(&mut *write)
    .await?
    .rows_affected();
    write.commit().await?;
    if new == 1 {
        Ok(())
    } else {
        Err(ApiError::Replayed)
    }
}

fn length(parts: &Parts) -> Option<usize> {
    parts
        .headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The whole body, of at most `limit` bytes.
pub async fn whole(parts: &Parts, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    if length(parts).is_some_and(|length| length > limit) {
        return Err(too_large(body, length(parts), limit).await);
    }
    let mut kept = Vec::with_capacity(length(parts).unwrap_or(0));
    let mut body = body.into_data_stream();
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| ApiError::Cut)?;
        if kept.len() + part.len() > limit {
            return Err(ApiError::TooLarge(limit));
        }
        kept.extend_from_slice(&part);
    }
    Ok(kept.into())
}

/// Reads a too large body to its end and forgets it, within [`PATIENCE`]: a browser that is cut while it sends reports
/// a lost network and tries for ever; one that may finish reads the answer.
pub async fn too_large(body: Body, length: Option<usize>, limit: usize) -> ApiError {
    if length.is_some_and(|length| length <= PATIENCE) {
        forget(body).await;
    }
    ApiError::TooLarge(limit)
}

/// Reads a body to its end and forgets it.
pub async fn forget(body: Body) {
    let mut body = body.into_data_stream();
    while let Some(Ok(_)) = body.next().await {}
}

/// A device's key as the database knows it.
pub fn stored_key(text: &str) -> Result<KeyHex, ApiError> {
    read_back(text, "a key")
}
