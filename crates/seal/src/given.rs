//! A letter of the office to a mission's people: what they were not given by its authors.
//!
//! Members seal for each other as they write. The office gives what came otherwise: what was written before somebody took
//! part, what a file brought, what the office itself wrote. The ops are as they are, under the office's signature, sealed for
//! the members that it is for.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use vigie_journal::StoredOp;
use vigie_model::{MissionId, from_json, hex};
use zeroize::Zeroizing;

use crate::{
    Identity, OpenError, Recipient, Signature, SigningKey, VerifyingKey,
    envelope::{self, NoRecipient},
};

/// The largest letter that is opened, in bytes.
const OPEN_BYTES: usize = 16 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Letter {
    v: u32,
    mission: MissionId,
    /// The exact bytes of each op.
    ops: Vec<Box<RawValue>>,
    /// The office's, over [`message`].
    sig: Signature,
}

/// A letter that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLetter {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("not a letter to this mission's people")]
    Malformed,
    #[error("a letter of a newer version")]
    Newer,
    #[error("not signed by the mission's office")]
    NotTheOffice,
}

/// What the office signs: the mission, and the SHA-256 of each op's exact bytes.
fn message<'a>(mission: &MissionId, ops: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut message = format!("vigie team letter v1\n{mission}\n");
    for bytes in ops {
        message.push_str(&hex::encode(&Sha256::digest(bytes.as_bytes())));
        message.push('\n');
    }
    message.into_bytes()
}

/// Signs and seals what members are given.
pub fn seal_letter(
    mission: MissionId,
    ops: &[&StoredOp],
    office: &SigningKey,
    members: &[Recipient],
) -> Result<Vec<u8>, NoRecipient> {
    let sig = office.sign(&message(&mission, ops.iter().map(|op| &*op.bytes)));
    let raw = ops.iter().map(|stored| {
        RawValue::from_string(stored.bytes.to_string())
            .expect("a stored op's bytes were read or written as JSON")
    });
    let letter = Letter {
        v: 1,
        mission,
        ops: raw.collect(),
        sig,
    };
    let plain = serde_json::to_vec(&letter).expect("ids, and texts that are JSON already");
    envelope::seal(&Zeroizing::new(plain), members)
}

/// Opens what [`seal_letter`] made, by [`envelope::open`]. An op that lost its values is left out: whoever never had it has nothing to erase. So is
/// one of a newer version.
pub fn open_letter(
    open: envelope::Open,
    sealed: &[u8],
    member: &Identity,
    mission: MissionId,
    office: &VerifyingKey,
) -> Result<Vec<StoredOp>, BadLetter> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    let plain = Zeroizing::new(open(sealed, member, OPEN_BYTES)?);
    let malformed = |_| BadLetter::Malformed;
    match from_json(&plain).map_err(malformed)? {
        Versioned { v: 1 } => {}
        Versioned { v: 0 } => return Err(BadLetter::Malformed),
        Versioned { .. } => return Err(BadLetter::Newer),
    }
    let letter: Letter = from_json(&plain).map_err(malformed)?;
    let signed = message(&letter.mission, letter.ops.iter().map(|op| op.get()));
    office
        .verify(&signed, &letter.sig)
        .map_err(|_| BadLetter::NotTheOffice)?;
    let ops = letter.ops.iter();
    let mut ops: Vec<StoredOp> = ops
        .filter_map(|op| StoredOp::parse(op.get()).ok())
        .collect();
    if letter.mission != mission || ops.iter().any(|stored| stored.op.mission != mission) {
        return Err(BadLetter::Malformed);
    }
    ops.retain(|stored| !stored.is_purged());
    Ok(ops)
}
