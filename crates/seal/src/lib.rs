//! Keys, and all that they close and open.
//!
//! - [`vault`]: a passphrase opens the vault's key, which opens every row at rest on a device.
//! - [`sign`]: Ed25519, by which a device says that it wrote, and an office that it decided (`vigie-sign`).
//! - [`envelope`]: `age(gzip(plain))`, which travels. Opens with the public tools `age` and `gunzip`.
//! - [`seal_run`]: ops in an envelope.
//! - [`pad`]: sizes that say little.
//! - [`passfile`]: an age file under a passphrase, for the backup of the office's keys. Opens with `age`.
//! - [`secret`]: boxes under a shared key, in which cards, invites and names wait at the server.
//! - [`card`]: a *carte de mission*, signed and boxed; [`beside`]: what goes with it.
//! - [`given`]: a letter of the office to a mission's people; [`turned`]: another key for those who stay, once a device was removed.
//! - [`invite`]: the code that a person is given, and the three things it is good for.
//! - [`draft`]: the code by which a partner goes on later, and the box that keeps her answer until then.
//!
//! No I/O and no clock. Randomness is an argument ([`vigie_model::Random`]), save in [`envelope`] and [`passfile`], where
//! `age` draws its own from the system. Every key is wiped from memory when it is dropped.

mod age_file;
pub mod beside;
pub mod card;
mod code;
mod derive;
pub mod draft;
pub mod envelope;
pub mod given;
mod gunzip;
pub mod invite;
pub mod link;
pub mod pad;
pub mod passfile;
mod passphrase;
mod run;
pub mod secret;
mod seed;
pub mod turned;
pub mod vault;

pub use card::{CardError, open_card, open_card_file, seal_card, seal_card_file};
pub use code::BadCode;
pub use draft::{DraftCode, DraftError, OpenedDraft, open_draft, seal_draft};
pub use envelope::{Identity, OpenError, Recipient};
pub use invite::{InviteCode, InviteSecret};
pub use link::{open_link, read_link, seal_link};
pub use run::{Write, seal_run, write_for};
pub use secret::{DoesNotOpen, open_box, seal_box};
pub use seed::SecretSeed;
pub use vault::{Damaged, Derived, Kdf, NotOpened, VaultKey, WrappedKey};
pub use vigie_sign::{self as sign, Signature, SigningKey, VerifyingKey};
