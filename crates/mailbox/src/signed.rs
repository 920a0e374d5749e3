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
    request::{self, KEY_HEADER, Signed},
};

use crate::{
    device::Device,
    error::ApiError,
    gate::Bucket,
    mailbox::{Mailbox, now},
    store::OfficeId,
};

/// A body up to this size is read without a slot of its own.
const SMALL: usize = 64 * 1024;
/// How much of a body that is too large is still read, so that the sender hears the answer instead of a reset.
const PATIENCE: usize = 128 * 1024 * 1024;

/// A request signed by an office, and its body of at most `LIMIT` bytes.
pub struct ByOffice<const LIMIT: usize> {
    pub office: OfficeId,
    pub signed: Signed,
    pub body: Bytes,
}

/// A request signed by an enrolled device, and its body of at most `LIMIT` bytes: hardly any has one, but a bundle, which has
/// [`Knock`].
pub struct ByDevice<const LIMIT: usize = 0>(pub Device, pub Bytes);

/// A request signed by any key, and its body of at most `LIMIT` bytes.
pub struct BySomebody<const LIMIT: usize> {
    pub signed: Signed,
    pub body: Bytes,
    pub address: Option<Bucket>,
}

/// Where a request comes from, when it may be counted by that.
pub struct Address(pub Option<Bucket>);

impl FromRequestParts<Mailbox> for Address {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, mailbox: &Mailbox) -> Result<Self, ApiError> {
        Ok(Address(mailbox.gate.address(parts)))
    }
}

impl<const LIMIT: usize> FromRequest<Mailbox> for BySomebody<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, mailbox: &Mailbox) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let address = mailbox.gate.address(&parts);
        // Whoever says to be the office is believed only once all of the body is in memory.
        let _slot = if LIMIT > SMALL && length(&parts).is_none_or(|length| length > SMALL) {
            mailbox.gate.stranger_asks(address)?;
            Some(mailbox.gate.unproven(address)?)
        } else {
            None
        };
        let body = whole(&parts, body, LIMIT).await?;
        let signed = verify(&parts, &request::body_hash(&body));
        Ok(BySomebody {
            signed: counted(mailbox, address, signed)?,
            body,
            address,
        })
    }
}

impl<const LIMIT: usize> FromRequest<Mailbox> for ByOffice<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, mailbox: &Mailbox) -> Result<Self, ApiError> {
        // A stranger is refused by her key before any of the body is read; what she signed is checked after it.
        if let Some(key) = request.headers().get(KEY_HEADER) {
            let key = key.to_str().ok().and_then(|key| key.parse().ok());
            let office = match key {
                Some(key) => mailbox.store.office(&key).await?,
                None => None,
            };
            if office.is_none() {
                let (parts, _) = request.into_parts();
                let address = mailbox.gate.address(&parts);
                return counted(mailbox, address, Err(ApiError::NotOffice));
            }
        }
        let sender = BySomebody::<LIMIT>::from_request(request, mailbox).await?;
        let office = office_of(mailbox, &sender.signed).await?;
        Ok(ByOffice {
            office: office.ok_or(ApiError::NotOffice)?,
            signed: sender.signed,
            body: sender.body,
        })
    }
}

impl<const LIMIT: usize> FromRequest<Mailbox> for ByDevice<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, mailbox: &Mailbox) -> Result<Self, ApiError> {
        let sender = BySomebody::<LIMIT>::from_request(request, mailbox).await?;
        let device = Device::find(mailbox, Hex(sender.signed.key.to_bytes())).await;
        let device = counted(mailbox, sender.address, device)?;
        Ok(ByDevice(device, sender.body))
    }
}

/// Who may put a bundle: a device for its missions, or an office, which carries what its desks write.
pub enum Sender {
    Office(OfficeId, KeyHex),
    Device(Device),
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
    /// Who signed for a body of this hash.
    pub async fn sender(
        &self,
        mailbox: &Mailbox,
        body_hash: &[u8; 32],
    ) -> Result<Sender, ApiError> {
        let address = mailbox.gate.address(&self.0);
        let signed = counted(mailbox, address, verify(&self.0, body_hash))?;
        if let Some(office) = office_of(mailbox, &signed).await? {
            return Ok(Sender::Office(office, Hex(signed.key.to_bytes())));
        }
        let device = Device::find(mailbox, Hex(signed.key.to_bytes())).await;
        Ok(Sender::Device(counted(mailbox, address, device)?))
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

/// Counts a refusal where it comes from; a sender of too many is told that instead.
fn counted<T>(
    mailbox: &Mailbox,
    address: Option<Bucket>,
    answer: Result<T, ApiError>,
) -> Result<T, ApiError> {
    if answer.is_err() {
        mailbox.gate.stranger_asks(address)?;
    }
    answer
}

async fn office_of(mailbox: &Mailbox, signed: &Signed) -> Result<Option<OfficeId>, ApiError> {
    mailbox.store.office(&Hex(signed.key.to_bytes())).await
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
    // What is announced is not believed: memory is taken as bytes come.
    let mut kept = Vec::with_capacity(length(parts).unwrap_or(0).min(SMALL));
    let mut body = body.into_data_stream();
    while let Some(part) = body.next().await {
        let part = part?;
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
