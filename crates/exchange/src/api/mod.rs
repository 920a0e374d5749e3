//! The body of every request and answer.
//!
//! JSON throughout: ids, keys and signatures in lowercase hex, sealed boxes in standard base64, times in milliseconds
//! since 1970 UTC. A field that this version does not know is ignored, so a newer server or device may add one.

mod draft;
mod member;
mod problem;
mod receipt;
mod text;

use serde::{Deserialize, Serialize};
use vigie_model::{BundleId, DeviceId, InviteId, MissionId, Timestamp};

pub use draft::{DRAFT_BYTES, DRAFT_DAYS, DRAFT_LAST_REV, DraftBox, DraftKept};
pub use member::{MemberItem, PutMember};
pub use problem::{Code, PROBLEM_TYPE, Problem};
pub use receipt::{NotARealReceipt, RECEIVED, Receipt, VerifiedReceipt};
pub use text::{BadText, Base64, Hex, KeyHex, SignatureHex};

/// The largest sealed bundle that a server takes, in bytes.
pub const BUNDLE_BYTES: usize = 32 * 1024 * 1024;
/// The largest sealed card that a server takes, in bytes.
pub const CARD_BYTES: usize = 8 * 1024 * 1024;
/// The largest office document that a server takes, in bytes.
pub const DOC_BYTES: usize = 8 * 1024 * 1024;
/// The largest JSON body that a server takes, in bytes.
pub const JSON_BYTES: usize = 1024 * 1024;
/// The largest body that makes an invite, in bytes: a partner link's box holds a questionnaire, compressed.
pub const INVITE_BYTES: usize = 8 * 1024 * 1024;
/// How many bundles may be asked for at once.
pub const BATCH_BUNDLES: usize = 50;
/// How many bytes of them one answer has at most.
pub const BATCH_BYTES: usize = 256 * 1024;
/// How many items one page of the feed, of receipts or of documents may have.
pub const PAGE_ITEMS: u32 = 500;

/// The header in which an older office says the revision of a card that it puts; a newer one says it in the address,
/// which is signed.
pub const REV_HEADER: &str = "vigie-rev";

/// Names one life of a server's database: random, made with it, and made anew when a backup is put back. Numbers of the
/// feed, of receipts and of documents mean something within one epoch only: a reader that sees another begins at 0.
pub type Epoch = Hex<16>;

/// The addresses, so that client and server cannot disagree about one.
pub mod path {
    use vigie_model::{BundleId, DeviceId, DraftId, InviteId, MissionId};

    use super::{Hex, KeyHex};

    pub const HEALTH: &str = "/v1/health";
    pub const OFFICE: &str = "/v1/office";
    pub const ENROL: &str = "/v1/enrol";
    pub const STATE: &str = "/v1/state";
    pub const FEED: &str = "/v1/feed";
    pub const RECEIPTS: &str = "/v1/receipts";
    pub const DOCS: &str = "/v1/docs";
    pub const SHARES: &str = "/v1/shares";
    pub const BUNDLES: &str = "/v1/bundles";

    pub fn invite(invite: &InviteId) -> String {
        format!("/v1/invites/{invite}")
    }

    pub fn draft(draft: &DraftId) -> String {
        format!("/v1/drafts/{draft}")
    }

    /// Where the holder of a draft's code puts it: which link it answers, how many times it was kept, and for how many days.
    pub fn put_draft(draft: &DraftId, invite: &InviteId, rev: u32, days: u32) -> String {
        format!("/v1/drafts/{draft}?invite={invite}&rev={rev}&days={days}")
    }

    pub fn card(mission: &MissionId) -> String {
        format!("/v1/cards/{mission}")
    }

    /// Where the office puts a card; its revision is in the address, and so under the request's signature.
    pub fn put_card(mission: &MissionId, rev: u32) -> String {
        format!("/v1/cards/{mission}?rev={rev}")
    }

    /// Where the office removes a device.
    pub fn device(device: &DeviceId) -> String {
        format!("/v1/devices/{device}")
    }

    /// A file that a questionnaire of the card shows; `sha256` is that of its box.
    pub fn card_file(mission: &MissionId, sha256: &Hex<32>) -> String {
        format!("/v1/cards/{mission}/files/{sha256}")
    }

    pub fn bundle(bundle: &BundleId) -> String {
        format!("/v1/bundles/{bundle}")
    }

    /// Several bundles in one answer.
    pub fn bundles(bundles: &[BundleId]) -> String {
        let ids: Vec<String> = bundles.iter().map(ToString::to_string).collect();
        format!("{BUNDLES}?ids={}", ids.join(","))
    }

    /// Where a device puts a bundle; the mission is said beside it, because the server cannot read it inside.
    pub fn put_bundle(bundle: &BundleId, mission: &MissionId) -> String {
        format!("/v1/bundles/{bundle}?mission={mission}")
    }

    /// Where a device puts a bundle that the mission's other people are to have too: those that the card `rev` names.
    pub fn put_team_bundle(bundle: &BundleId, mission: &MissionId, rev: u32) -> String {
        format!("/v1/bundles/{bundle}?mission={mission}&team={rev}")
    }

    /// Where a device says what is sealed for it in a mission.
    pub fn member(mission: &MissionId) -> String {
        format!("/v1/members/{mission}")
    }

    /// What a mission's people sent each other.
    pub fn team(mission: &MissionId, after: u64, limit: u32) -> String {
        format!("/v1/team/{mission}?after={after}&limit={limit}")
    }

    /// One letter of it.
    pub fn team_letter(mission: &MissionId, letter: &BundleId) -> String {
        format!("/v1/team/{mission}/{letter}")
    }

    /// Where the office puts a letter of its own: in the place of what, and for which device alone.
    pub fn put_team_letter(
        mission: &MissionId,
        letter: &BundleId,
        of: &Hex<32>,
        reader: Option<&DeviceId>,
    ) -> String {
        let reader = reader.map_or_else(String::new, |reader| format!("&for={reader}"));
        format!("/v1/team/{mission}/{letter}?of={of}{reader}")
    }

    pub fn feed(cursor: u64, limit: u32) -> String {
        format!("{FEED}?cursor={cursor}&limit={limit}")
    }

    pub fn receipts_after(after: u64) -> String {
        format!("{RECEIPTS}?after={after}")
    }

    pub fn doc(id: &Hex<32>) -> String {
        format!("{DOCS}/{id}")
    }

    /// Where an office opens a mission to another one, and closes it.
    pub fn share_to(mission: &MissionId, office: &KeyHex) -> String {
        format!("{SHARES}/to/{mission}/{office}")
    }

    /// Where an office reads what another says of a mission that it opens, and answers.
    pub fn share_of(office: &KeyHex, mission: &MissionId) -> String {
        format!("{SHARES}/of/{office}/{mission}")
    }

    pub fn docs_after(after: u64) -> String {
        format!("{DOCS}?after={after}")
    }
}

/// `GET /v1/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub ok: bool,
    pub version: String,
}

/// `POST /v1/office`: the first set-up of an office, with the token that the server printed once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUpOffice {
    pub token: String,
    pub key: KeyHex,
    pub name: String,
}

/// The answer to [`SetUpOffice`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeReady {
    pub key: KeyHex,
    pub name: String,
}

/// `GET /v1/office`, by the office: how it stands with whoever runs the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeState {
    pub name: String,
    /// Bytes of all that the server keeps for it.
    pub bytes: u64,
    /// How many it may keep; absent: as many as there is room for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// For how many days a letter stays once the office said that it has it; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_days: Option<u32>,
}

/// `PUT /v1/invites/{InviteId}`, by the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutInvite {
    /// The mission whose card devices enrolled by it may fetch, and for which they may send; an office of before named
    /// none, and names it when it puts the same invite again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mission: Option<MissionId>,
    /// A partner link: its devices may send, and fetch neither card nor file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partner: bool,
    pub expires: Timestamp,
    /// How many devices may enrol with it; 0: any number.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub uses: u32,
    /// Whether this box takes the place of the one that is there, which the same code opens. A server of before keeps its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
    /// The invite's secret (`vigie_seal::invite`), or a partner link's content (`vigie_seal::link`), sealed under the code.
    #[serde(rename = "box")]
    pub sealed: Base64,
}

fn one() -> u32 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_one(uses: &u32) -> bool {
    *uses == 1
}

/// `GET /v1/invites/{InviteId}`, by anybody who knows the id, which only the code gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteBox {
    /// Empty once `used`: the server forgot it.
    #[serde(rename = "box")]
    pub sealed: Base64,
    pub expires: Timestamp,
    /// True once as many devices enrolled with it as may. Those same devices may still enrol again.
    pub used: bool,
    /// The server's clock, for a device whose own may be wrong; absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
    /// What the office calls itself, as the server was told: to be read while what the office signed is on its way, and no proof of
    /// anything. Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
}

/// `POST /v1/enrol`, signed by the device's own key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    pub invite: InviteId,
    pub device: DeviceId,
    /// HMAC of the device under the code: the office checks it; the server can't.
    pub proof: Hex<32>,
    /// The name that the person goes by, sealed under the mission's key.
    pub name_box: Base64,
}

/// The answer to [`Enrol`]: 201 when the device is new, 200 when it was enrolled already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Absent as long as the server was not told which mission the invite belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mission: Option<MissionId>,
}

/// The answer to `PUT /v1/cards/{MissionId}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardStored {
    pub mission: MissionId,
    pub rev: u32,
}

/// The answer to `PUT /v1/bundles/{BundleId}`: the server has the bytes on its disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub bundle: BundleId,
    pub stored: Timestamp,
    /// Sealed bytes.
    pub size: u64,
}

/// `GET /v1/state`: what the server holds from this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub device: DeviceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mission: Option<MissionId>,
    pub bundles: Vec<BundleId>,
    pub now: Timestamp,
    /// Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

/// `GET /v1/feed?cursor=N&limit=`: what happened at the server, in order, for the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    pub items: Vec<FeedItem>,
    /// The cursor to ask with next time: the number of the last item, or the cursor asked with when there is none.
    pub next: u64,
    pub more: bool,
    /// Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The greatest number given out so far; a reader whose cursor lies beyond it takes the server as set back, and
    /// begins at 0. Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
}

/// One item of the [`Feed`]; `n` grows by at least one and is never used twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FeedItem {
    Bundle(BundleItem),
    Enrolled(EnrolledItem),
    Member(MemberItem),
    /// Something that a newer server says: skipped, and its `n` still counts in [`Feed::next`].
    #[serde(other)]
    Unknown,
}

/// A bundle waits to be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleItem {
    pub n: u64,
    pub bundle: BundleId,
    pub device: DeviceId,
    pub mission: MissionId,
    pub size: u64,
    pub stored: Timestamp,
    /// The office had it for as long as the server keeps letters: nobody is given it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// The revision of the card by which it is sealed for the mission's other people, who are given it too; absent: for the
    /// office alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<u32>,
}

/// A device enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolledItem {
    pub n: u64,
    pub invite: InviteId,
    pub device: DeviceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mission: Option<MissionId>,
    pub proof: Hex<32>,
    pub name_box: Base64,
    pub at: Timestamp,
}

/// `GET /v1/team/{mission}?after=N&limit=`: what a mission's people sent each other since this device said what is sealed
/// for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub letters: Vec<TeamItem>,
    pub next: u64,
    #[serde(default)]
    pub more: bool,
    pub epoch: Epoch,
    /// The greatest number given out so far; a reader whose cursor lies beyond it begins at 0.
    pub last: u64,
}

/// One letter; `n` grows by one from letter to letter of the mission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamItem {
    pub n: u64,
    pub letter: BundleId,
    /// Whose bundle it is; absent: a letter of the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    pub size: u64,
    /// The server let go of it: nobody is given it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// `POST /v1/receipts`, by the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostReceipts {
    pub receipts: Vec<Receipt>,
}

/// The answer to [`PostReceipts`]: how many the server had not yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptsStored {
    pub new: u64,
}

/// `GET /v1/receipts?after=N`: a device's own receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    pub receipts: Vec<NumberedReceipt>,
    pub next: u64,
    #[serde(default)]
    pub more: bool,
    /// Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The greatest number given out so far; a reader whose cursor lies beyond it takes the server as set back, and
    /// begins at 0. Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// The revision of its mission's card: where it has that one, it need not ask. Absent from an older server, and where there is
    /// no card that it may fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<u32>,
}

/// A receipt and its place in the device's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedReceipt {
    pub n: u64,
    #[serde(flatten)]
    pub receipt: Receipt,
}

/// `GET /v1/docs?after=N`: the office's own sealed documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Docs {
    pub docs: Vec<Doc>,
    pub next: u64,
    #[serde(default)]
    pub more: bool,
    /// Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The greatest number given out so far; a reader whose cursor lies beyond it takes the server as set back, and
    /// begins at 0. Absent from an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// Whether other offices open missions to this one, so that `GET /v1/shares` has something to say. Absent from an older
    /// server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<bool>,
}

/// One sealed document of the office, named by the SHA-256 of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doc {
    pub n: u64,
    pub id: Hex<32>,
    #[serde(rename = "box")]
    pub sealed: Base64,
}

/// The answer to `PUT /v1/docs/{sha256}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocStored {
    pub n: u64,
    pub id: Hex<32>,
}

/// `GET /v1/shares`: the missions that other offices open to the one that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    pub shares: Vec<ShareItem>,
}

/// A mission that another office opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareItem {
    /// Whose mission it is.
    pub lead: KeyHex,
    pub mission: MissionId,
    /// The SHA-256 of what is said of it, sealed: another one when there is something newer.
    pub id: Hex<32>,
    pub accepted: bool,
}

/// `POST /v1/shares/of/{office}/{mission}`: whether the mission is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerShare {
    pub accept: bool,
}
