//! A typed method for each address of the server, over whatever carries requests.
//!
//! A phone's clock may be a year wrong and its owner unable to mend it. A request so signed comes back as the problem
//! `clock` with the server's time; the client then keeps the difference, signs again by the server's clock, and sends
//! once more. [`Client::clock_offset`] may be stored, so that the next start is right at once.

use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Serialize, de::DeserializeOwned};
use vigie_model::{BundleId, DeviceId, DraftId, InviteId, MissionId, Timestamp, from_json};
use vigie_sign::SigningKey;

use crate::{
    api::{self, Code, Hex, Problem, path},
    batch,
    request::{Method, Request, Response, body_hash},
};

mod retry_after;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// No answer came: no network, no server, or an answer cut short.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server can't be reached: {0}")]
pub struct Unreachable(pub String);

impl Unreachable {
    /// What a transport says that gave up for want of any byte: asking again at once would only wait as long again.
    pub const SILENCE: &str = "no byte came for too long";
}

/// Carries one request to `base` (an origin such as `https://vigie.example`, without a slash at the end) and brings
/// back whatever was answered, of any status. The future need not be `Send`: in a browser it isn't.
#[allow(async_fn_in_trait)]
pub trait Transport {
    async fn send(&self, base: &str, request: Request) -> Result<Response, Unreachable>;
}

impl<T: Transport + ?Sized> Transport for &T {
    async fn send(&self, base: &str, request: Request) -> Result<Response, Unreachable> {
        (**self).send(base, request).await
    }
}

/// What a request came to, when it did not come to what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Nothing came back: try later.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The server answered with a problem. When it says how long to wait, that is in `retry_after_ms`.
    #[error("{problem}")]
    Problem {
        problem: Problem,
        retry_after_ms: Option<i64>,
    },
    /// Somebody else answered: a captive portal, a proxy, a server that is not Vigie. Try later.
    #[error("an answer that is not the server's, of status {status}")]
    Foreign { status: u16 },
}

impl ExchangeError {
    /// The code of the problem, when the server named one.
    pub fn code(&self) -> Option<&Code> {
        match self {
            ExchangeError::Problem { problem, .. } => Some(&problem.code),
            _ => None,
        }
    }

    /// A status of 500 or more: it may pass.
    pub fn is_the_servers_fault(&self) -> bool {
        matches!(self, ExchangeError::Problem { problem, .. } if problem.status >= 500)
    }
}

/// A card, or the word that the one we have is the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardAnswer {
    Unchanged,
    Card { rev: u32, sealed: Vec<u8> },
}

/// Talks to one server as the holder of one key: a device's, the office's, or a draft's.
///
/// `now` is always the caller's own clock; the client adds what it learnt from the server.
#[derive(Debug)]
pub struct Client<T> {
    line: Nobody<T>,
    key: SigningKey,
    offset_ms: AtomicI64,
}

/// Asks one server what anybody may ask, and signs nothing.
#[derive(Debug)]
pub struct Nobody<T> {
    transport: T,
    base: String,
}

type Answer<A> = Result<A, ExchangeError>;

impl<T: Transport> Nobody<T> {
    pub fn new(transport: T, base: impl Into<String>) -> Nobody<T> {
        let base: String = base.into();
        Nobody {
            transport,
            base: base.trim_end_matches('/').to_owned(),
        }
    }

    /// `GET /v1/invites/{id}`.
    pub async fn invite(&self, invite: &InviteId, now: Timestamp) -> Answer<api::InviteBox> {
        self.unsigned(Request::new(Method::Get, path::invite(invite)), now)
            .await
    }

    async fn send(&self, request: Request) -> Result<Response, Unreachable> {
        self.transport.send(&self.base, request).await
    }

    async fn unsigned<A: DeserializeOwned>(&self, request: Request, now: Timestamp) -> Answer<A> {
        let response = match self.send(request.clone()).await {
            Err(broken) if may_ask_again(&request, &broken) => self.send(request).await?,
            other => other?,
        };
        read(&judge(response, now)?)
    }
}

impl<T: Transport> Client<T> {
    pub fn new(transport: T, base: impl Into<String>, key: SigningKey) -> Client<T> {
        Client {
            line: Nobody::new(transport, base),
            key,
            offset_ms: AtomicI64::new(0),
        }
    }

    /// Starts with the clock offset of an earlier client.
    #[must_use]
    pub fn with_clock_offset(self, offset_ms: i64) -> Client<T> {
        Client {
            offset_ms: AtomicI64::new(offset_ms),
            ..self
        }
    }

    /// The server's clock minus ours, in milliseconds, as far as it had to be learnt.
    pub fn clock_offset(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    pub fn base(&self) -> &str {
        &self.line.base
    }

    /// `GET /v1/health`.
    pub async fn health(&self, now: Timestamp) -> Answer<api::Health> {
        self.line
            .unsigned(Request::new(Method::Get, path::HEALTH), now)
            .await
    }

    /// `POST /v1/office`: sets the office up; the token is good once.
    pub async fn set_up_office(
        &self,
        token: &str,
        name: &str,
        now: Timestamp,
    ) -> Answer<api::OfficeReady> {
        let key = Hex(self.key.verifying_key().to_bytes());
        let body = api::SetUpOffice {
            token: token.to_owned(),
            key,
            name: name.to_owned(),
        };
        self.line
            .unsigned(json(Method::Post, path::OFFICE, &body), now)
            .await
    }

    /// `GET /v1/office`, by the office: how it stands with whoever runs the server.
    pub async fn office_state(&self, now: Timestamp) -> Answer<api::OfficeState> {
        read(
            &self
                .signed(Request::new(Method::Get, path::OFFICE), now)
                .await?,
        )
    }

    /// [`Nobody::invite`].
    pub async fn invite(&self, invite: &InviteId, now: Timestamp) -> Answer<api::InviteBox> {
        self.line.invite(invite, now).await
    }

    /// `PUT /v1/invites/{id}`, by the office.
    pub async fn put_invite(
        &self,
        invite: &InviteId,
        body: &api::PutInvite,
        now: Timestamp,
    ) -> Answer<()> {
        self.signed(json(Method::Put, path::invite(invite), body), now)
            .await
            .map(drop)
    }

    /// `DELETE /v1/invites/{id}`, by the office: nobody else enrols with it.
    pub async fn close_invite(&self, invite: &InviteId, now: Timestamp) -> Answer<()> {
        self.signed(Request::new(Method::Delete, path::invite(invite)), now)
            .await
            .map(drop)
    }

    /// `DELETE /v1/devices/{device}`, by the office: the server answers it `revoked` from then on.
    pub async fn remove_device(&self, device: &DeviceId, now: Timestamp) -> Answer<()> {
        self.signed(Request::new(Method::Delete, path::device(device)), now)
            .await
            .map(drop)
    }

    /// `POST /v1/enrol`, by the device that `body` names.
    pub async fn enrol(&self, body: &api::Enrol, now: Timestamp) -> Answer<api::Enrolled> {
        read(
            &self
                .signed(json(Method::Post, path::ENROL, body), now)
                .await?,
        )
    }

    /// `PUT /v1/drafts/{id}`, by the holder of the draft's code, whose key this client has: keeps an answer to the link
    /// `invite` in place of the one that is there, whose revision must be a smaller one.
    pub async fn put_draft(
        &self,
        invite: &InviteId,
        rev: u32,
        days: u32,
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<api::DraftKept> {
        let path = path::put_draft(&self.own_draft(), invite, rev, days);
        let request = Request::new(Method::Put, path).body(BYTES, sealed);
        let response = self.signed(request, now).await?;
        let kept: api::DraftKept = read(&response)?;
        if kept.rev == rev {
            Ok(kept)
        } else {
            Err(ExchangeError::Foreign {
                status: response.status,
            })
        }
    }

    /// `GET /v1/drafts/{id}`, by the holder of the draft's code.
    pub async fn draft(&self, now: Timestamp) -> Answer<api::DraftBox> {
        let path = path::draft(&self.own_draft());
        read(&self.signed(Request::new(Method::Get, path), now).await?)
    }

    /// `DELETE /v1/drafts/{id}`, by the holder of the draft's code: the answer was sent, or given up.
    pub async fn delete_draft(&self, now: Timestamp) -> Answer<()> {
        let path = path::draft(&self.own_draft());
        self.signed(Request::new(Method::Delete, path), now)
            .await
            .map(drop)
    }

    fn own_draft(&self) -> DraftId {
        DraftId(self.key.verifying_key().to_bytes())
    }

    /// `PUT /v1/cards/{mission}`, by the office.
    pub async fn put_card(
        &self,
        mission: &MissionId,
        rev: u32,
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<()> {
        // An older server reads the header.
        let request = Request::new(Method::Put, path::put_card(mission, rev))
            .header(api::REV_HEADER, rev.to_string());
        self.signed(request.body(BYTES, sealed), now)
            .await
            .map(drop)
    }

    /// `GET /v1/cards/{mission}`, by an enrolled device; `known` is the revision that it has.
    pub async fn card(
        &self,
        mission: &MissionId,
        known: Option<u32>,
        now: Timestamp,
    ) -> Answer<CardAnswer> {
        let mut request = Request::new(Method::Get, path::card(mission));
        if let Some(rev) = known {
            request = request.header("if-none-match", format!("\"{rev}\""));
        }
        let response = self.signed(request, now).await?;
        if response.status == 304 {
            return Ok(CardAnswer::Unchanged);
        }
        let rev = response
            .header("etag")
            .map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
        match rev.and_then(|rev| rev.parse().ok()) {
            Some(rev) => Ok(CardAnswer::Card {
                rev,
                sealed: response.body,
            }),
            None => Err(ExchangeError::Foreign {
                status: response.status,
            }),
        }
    }

    /// `PUT /v1/cards/{mission}/files/{sha256}`, by the office.
    pub async fn put_card_file(
        &self,
        mission: &MissionId,
        sha256: &Hex<32>,
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<()> {
        let request = Request::new(Method::Put, path::card_file(mission, sha256));
        self.signed(request.body(BYTES, sealed), now)
            .await
            .map(drop)
    }

    /// `GET /v1/cards/{mission}/files/{sha256}`, by an enrolled device. Other bytes than those asked for are not believed.
    pub async fn card_file(
        &self,
        mission: &MissionId,
        sha256: &Hex<32>,
        now: Timestamp,
    ) -> Answer<Vec<u8>> {
        let request = Request::new(Method::Get, path::card_file(mission, sha256));
        let response = self.signed(request, now).await?;
        if body_hash(&response.body) != sha256.0 {
            return Err(ExchangeError::Foreign {
                status: response.status,
            });
        }
        Ok(response.body)
    }

    /// `PUT /v1/bundles/{id}`, by an enrolled device, or by the office for what one of its desks wrote: the same bytes may be
    /// put any number of times. An answer about other bytes is not
    /// believed.
    pub async fn put_bundle(
        &self,
        bundle: &BundleId,
        mission: &MissionId,
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<api::Stored> {
        let path = path::put_bundle(bundle, mission);
        self.put_sealed(bundle, path, sealed, now).await
    }

    /// As [`Client::put_bundle`], of one that is sealed for the mission's other people too, as the card `rev` names them. A
    /// server of before keeps it for the office alone.
    pub async fn put_team_bundle(
        &self,
        bundle: &BundleId,
        (mission, rev): (&MissionId, u32),
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<api::Stored> {
        let path = path::put_team_bundle(bundle, mission, rev);
        self.put_sealed(bundle, path, sealed, now).await
    }

    async fn put_sealed(
        &self,
        bundle: &BundleId,
        path: String,
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<api::Stored> {
        let size = sealed.len() as u64;
        let request = Request::new(Method::Put, path).body(BYTES, sealed);
        let response = self.signed(request, now).await?;
        let stored: api::Stored = read(&response)?;
        if stored.bundle == *bundle && stored.size == size {
            Ok(stored)
        } else {
            Err(ExchangeError::Foreign {
                status: response.status,
            })
        }
    }

    /// `GET /v1/bundles/{id}`, by the office; bytes that are not the bundle asked for are not taken.
    pub async fn bundle(&self, bundle: &BundleId, now: Timestamp) -> Answer<Vec<u8>> {
        self.letter(bundle, path::bundle(bundle), now).await
    }

    /// `PUT /v1/members/{mission}`, by a device: what is sealed for it there.
    pub async fn put_member(
        &self,
        mission: &MissionId,
        says: &api::PutMember,
        now: Timestamp,
    ) -> Answer<()> {
        self.signed(json(Method::Put, path::member(mission), says), now)
            .await
            .map(drop)
    }

    /// `GET /v1/team/{mission}?after=`, by a device: what its mission's people sent each other.
    pub async fn team(
        &self,
        mission: &MissionId,
        after: u64,
        limit: u32,
        now: Timestamp,
    ) -> Answer<api::Team> {
        let request = Request::new(Method::Get, path::team(mission, after, limit));
        read(&self.signed(request, now).await?)
    }

    /// `GET /v1/team/{mission}/{letter}`, by a device; bytes that are not the letter asked for are not taken.
    pub async fn team_letter(
        &self,
        mission: &MissionId,
        letter: &BundleId,
        now: Timestamp,
    ) -> Answer<Vec<u8>> {
        let path = path::team_letter(mission, letter);
        self.letter(letter, path, now).await
    }

    /// `PUT /v1/team/{mission}/{letter}`, by the office: what the mission's people, or `reader` alone, are given in the place
    /// of `of`. Of several letters in one place the first stays.
    pub async fn put_team_letter(
        &self,
        mission: &MissionId,
        (of, reader): (&Hex<32>, Option<&DeviceId>),
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<()> {
        let letter = BundleId(body_hash(&sealed));
        let path = path::put_team_letter(mission, &letter, of, reader);
        let request = Request::new(Method::Put, path).body(BYTES, sealed);
        self.signed(request, now).await.map(drop)
    }

    async fn letter(&self, letter: &BundleId, path: String, now: Timestamp) -> Answer<Vec<u8>> {
        let response = self.signed(Request::new(Method::Get, path), now).await?;
        if BundleId(body_hash(&response.body)) == *letter {
            Ok(response.body)
        } else {
            Err(ExchangeError::Foreign {
                status: response.status,
            })
        }
    }

    /// `GET /v1/bundles?ids=`, by the office: of each that is asked for its bytes, or nothing where it is to be asked for
    /// alone. Bytes that are not those of the bundle asked for are not taken.
    pub async fn bundles(
        &self,
        bundles: &[BundleId],
        now: Timestamp,
    ) -> Answer<Vec<Option<Vec<u8>>>> {
        let request = Request::new(Method::Get, path::bundles(bundles));
        let response = self.signed(request, now).await?;
        let came = batch::read(&response.body, bundles.len());
        let came = came.into_iter().zip(bundles).map(|(bytes, bundle)| {
            let bytes = bytes.filter(|bytes| BundleId(body_hash(bytes)) == *bundle);
            bytes.map(<[u8]>::to_vec)
        });
        Ok(came.collect())
    }

    /// `GET /v1/state`, by a device.
    pub async fn state(&self, now: Timestamp) -> Answer<api::State> {
        read(
            &self
                .signed(Request::new(Method::Get, path::STATE), now)
                .await?,
        )
    }

    /// `GET /v1/feed`, by the office: what came after `cursor`.
    pub async fn feed(&self, cursor: u64, limit: u32, now: Timestamp) -> Answer<api::Feed> {
        read(
            &self
                .signed(Request::new(Method::Get, path::feed(cursor, limit)), now)
                .await?,
        )
    }

    /// `PUT /v1/shares/to/{mission}/{office}`, by the office whose mission it is: opens it to another.
    pub async fn put_share(
        &self,
        mission: &MissionId,
        office: &api::KeyHex,
        sealed: Vec<u8>,
        now: Timestamp,
    ) -> Answer<()> {
        let request = Request::new(Method::Put, path::share_to(mission, office));
        self.signed(request.body(BYTES, sealed), now)
            .await
            .map(drop)
    }

    /// `DELETE /v1/shares/to/{mission}/{office}`: closes it to another office.
    pub async fn close_share(
        &self,
        mission: &MissionId,
        office: &api::KeyHex,
        now: Timestamp,
    ) -> Answer<()> {
        let request = Request::new(Method::Delete, path::share_to(mission, office));
        self.signed(request, now).await.map(drop)
    }

    /// `GET /v1/shares`, by the office: what others open to it.
    pub async fn shares(&self, now: Timestamp) -> Answer<api::Shares> {
        read(
            &self
                .signed(Request::new(Method::Get, path::SHARES), now)
                .await?,
        )
    }

    /// `GET /v1/shares/of/{office}/{mission}`: what another office says of its mission, sealed for this one.
    pub async fn share(
        &self,
        office: &api::KeyHex,
        mission: &MissionId,
        now: Timestamp,
    ) -> Answer<Vec<u8>> {
        let request = Request::new(Method::Get, path::share_of(office, mission));
        Ok(self.signed(request, now).await?.body)
    }

    /// `POST /v1/shares/of/{office}/{mission}`: whether this office wants it.
    pub async fn answer_share(
        &self,
        office: &api::KeyHex,
        mission: &MissionId,
        accept: bool,
        now: Timestamp,
    ) -> Answer<()> {
        let answer = api::AnswerShare { accept };
        let request = json(Method::Post, path::share_of(office, mission), &answer);
        self.signed(request, now).await.map(drop)
    }

    /// `POST /v1/receipts`, by the office.
    pub async fn post_receipts(
        &self,
        receipts: Vec<api::Receipt>,
        now: Timestamp,
    ) -> Answer<api::ReceiptsStored> {
        let body = api::PostReceipts { receipts };
        read(
            &self
                .signed(json(Method::Post, path::RECEIPTS, &body), now)
                .await?,
        )
    }

    /// `GET /v1/receipts?after=`, by a device: its own.
    pub async fn receipts(&self, after: u64, now: Timestamp) -> Answer<api::Receipts> {
        read(
            &self
                .signed(Request::new(Method::Get, path::receipts_after(after)), now)
                .await?,
        )
    }

    /// `PUT /v1/docs/{sha256}`, by the office.
    pub async fn put_doc(&self, sealed: Vec<u8>, now: Timestamp) -> Answer<api::DocStored> {
        let id = Hex(body_hash(&sealed));
        let request = Request::new(Method::Put, path::doc(&id)).body(BYTES, sealed);
        read(&self.signed(request, now).await?)
    }

    /// `GET /v1/docs?after=`, by the office.
    pub async fn docs(&self, after: u64, now: Timestamp) -> Answer<api::Docs> {
        read(
            &self
                .signed(Request::new(Method::Get, path::docs_after(after)), now)
                .await?,
        )
    }

    /// Signs and sends; once more when the server says that our clock is wrong; and once more when the connection broke
    /// and the request may happen twice: a server that closed an idle connection is no reason to wait.
    async fn signed(&self, request: Request, now: Timestamp) -> Answer<Response> {
        let mut at = Timestamp(now.0.saturating_add(self.clock_offset()));
        let (mut is_first_clock, mut is_first_break) = (true, true);
        loop {
            let signed = request.clone().sign(&self.key, at);
            let response = match self.line.send(signed).await {
                Err(broken) if is_first_break && may_ask_again(&request, &broken) => {
                    is_first_break = false;
                    // Another moment is another signature: the first one may have been noted.
                    at = at.plus(1);
                    continue;
                }
                other => other?,
            };
            match judge(response, at) {
                Err(ExchangeError::Problem {
                    problem:
                        Problem {
                            code: Code::Clock,
                            now: Some(theirs),
                            ..
                        },
                    ..
                }) if is_first_clock => {
                    is_first_clock = false;
                    self.offset_ms
                        .store(theirs.0.saturating_sub(now.0), Ordering::Relaxed);
                    at = theirs;
                }
                other => return other,
            }
        }
    }
}

/// Whether a request whose connection broke is sent again at once: it may happen twice, and it did not wait in vain.
fn may_ask_again(request: &Request, broken: &Unreachable) -> bool {
    let is_idempotent = match request.method {
        Method::Get | Method::Put | Method::Delete => true,
        // The same device may enrol any number of times.
        _ => request.path == path::ENROL,
    };
    is_idempotent && broken.0 != Unreachable::SILENCE
}

fn json(method: Method, path: impl Into<String>, body: &impl Serialize) -> Request {
    let body =
        serde_json::to_vec(body).expect("API bodies have string keys and no failing serialiser");
    Request::new(method, path).body(JSON, body)
}

fn read<A: DeserializeOwned>(response: &Response) -> Answer<A> {
    from_json(&response.body).map_err(|_| ExchangeError::Foreign {
        status: response.status,
    })
}

fn judge(response: Response, now: Timestamp) -> Answer<Response> {
    match response.status {
        200..=299 | 304 => Ok(response),
        status => Err(ExchangeError::Problem {
            retry_after_ms: response
                .header("retry-after")
                .and_then(|value| retry_after::read(value, now)),
            problem: Problem::read(status, &response.body),
        }),
    }
}
