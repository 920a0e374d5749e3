//! What Vigie speaks of: missions and their cards, records and the names of their fields, code lists, identifiers.
//!
//! Nouns only: nothing here decides, seals, reads a clock or draws a number. Start with [`mission`] for the container of
//! all work, [`kinds`] for what a note or a contact holds, [`codes`] for the lists a person picks from.
//!
//! Two domain words keep their French meaning. A *délégué·e* is a person sent on a mission by her union, who writes on her
//! own phone. A *carte de mission* ([`Card`]) is what a device needs to take part, signed by the office.

mod app;
pub mod card;
pub mod codes;
mod condition;
mod exact;
pub mod fields;
pub mod fold;
pub mod hex;
mod id;
mod kind;
pub mod kinds;
mod lang;
mod layout;
mod link;
mod mission;
mod order;
mod random;
mod reception;
mod time;

pub use app::{AppVersion, BadAppVersion};
pub use card::{Card, CardFile, CardForm, CardMember, CardOffice, FormHash, FormId};
pub use codes::{
    Credibility, MissionKind, OrganisationType, Sensitivity, SourceReliability, Theme,
};
pub use condition::{BadCondition, Condition, Wanted};
pub use exact::{ExactJson, from_json};
pub use id::{BadId, BundleId, DeviceId, DraftId, InviteId, MissionId, OpId, RecordId, ViewId};
pub use kind::Kind;
pub use lang::Lang;
pub use layout::{Answers, Layout, Rows, Separator};
pub use link::{Link, LinkOptions};
pub use mission::{Mission, Policy};
pub use order::{Column, Order, Standing};
pub use random::Random;
pub use reception::{BadWarning, QuarantineReason, Warning};
pub use time::Timestamp;
