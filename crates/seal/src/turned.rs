//! A mission's key that has turned: once a device was removed, those who stay are given another key, which it has not.
//!
//! The new key comes with the card that is the first to be boxed under it, sealed for each device that stays, so that no card is
//! ever there without its key. From then on every card brings the key: whoever missed one needs no other than the last.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use vigie_model::{MissionId, from_json};
use zeroize::Zeroizing;

use crate::{
    Identity, OpenError, Recipient, Signature, SigningKey, VerifyingKey,
    envelope::{self, NoRecipient},
    invite::MissionKey,
};

/// The first byte of a card that brings its key. A box begins with 1 or 2.
const TURNED: u8 = 3;
/// A later version begins a card otherwise, below this.
const LATER: u8 = 16;
/// The most that a key's envelope may hold once open, in bytes.
const OPEN_BYTES: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct KeyLetter<'a> {
    v: u32,
    mission: MissionId,
    key: Cow<'a, MissionKey>,
    /// The office's, over [`message`].
    sig: Signature,
}

/// What the server keeps as a mission's card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardBytes<'a> {
    /// The key of the box, sealed for those who stay; `None` where the key is the one that came with the invite.
    pub key: Option<&'a [u8]>,
    /// The card's box.
    pub boxed: &'a [u8],
}

/// A key that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyLetter {
    #[error(transparent)]
    Sealed(#[from] OpenError),
    #[error("not a key of this mission")]
    Malformed,
    #[error("a key of a newer version")]
    Newer,
    #[error("not signed by the mission's office")]
    NotTheOffice,
}

/// What the office signs: without that, the server could give a mission a key of its own.
fn message(mission: &MissionId, key: &MissionKey) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(vigie_model::hex::encode(key.as_bytes()));
    let text = [
        "vigie mission key v1\n",
        &mission.to_string(),
        "\n",
        &key,
        "\n",
    ];
    Zeroizing::new(text.concat().into_bytes())
}

/// Puts the key of a card's box before it, sealed for those who stay.
pub fn seal_turned(
    boxed: &[u8],
    mission: MissionId,
    key: &MissionKey,
    office: &SigningKey,
    stay: &[Recipient],
) -> Result<Vec<u8>, NoRecipient> {
    let letter = KeyLetter {
        v: 1,
        mission,
        key: Cow::Borrowed(key),
        sig: office.sign(&message(&mission, key)),
    };
    let plain = Zeroizing::new(serde_json::to_vec(&letter).expect("ids and hex are always JSON"));
    let letter = envelope::seal(&plain, stay)?;
    let length = u32::try_from(letter.len()).expect("a few hundred bytes for each who stays");
    Ok([&[TURNED], length.to_be_bytes().as_slice(), &letter, boxed].concat())
}

impl CardBytes<'_> {
    /// Takes apart what the server keeps; what is cut short is a box that opens with no key.
    pub fn of(bytes: &[u8]) -> CardBytes<'_> {
        let whole = CardBytes {
            key: None,
            boxed: bytes,
        };
        let turned = || {
            let (length, rest) = bytes.strip_prefix(&[TURNED])?.split_first_chunk()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (key, boxed) = rest.split_at_checked(length)?;
            let key = Some(key);
            Some(CardBytes { key, boxed })
        };
        turned().unwrap_or(whole)
    }

    /// Whether a card is put together in the way of a newer version.
    pub fn is_newer(bytes: &[u8]) -> bool {
        let first = bytes.first().copied();
        first.is_some_and(|first| (TURNED + 1..LATER).contains(&first))
    }
}

/// Opens the key that a card brings. `open`: [`envelope::open`].
pub fn open_key(
    open: envelope::Open,
    sealed: &[u8],
    member: &Identity,
    mission: MissionId,
    office: &VerifyingKey,
) -> Result<MissionKey, BadKeyLetter> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    let plain = Zeroizing::new(open(sealed, member, OPEN_BYTES)?);
    let malformed = |_| BadKeyLetter::Malformed;
    match from_json(&plain).map_err(malformed)? {
        Versioned { v: 1 } => {}
        Versioned { v: 0 } => return Err(BadKeyLetter::Malformed),
        Versioned { .. } => return Err(BadKeyLetter::Newer),
    }
    let letter: KeyLetter<'_> = from_json(&plain).map_err(malformed)?;
    office
        .verify(&message(&letter.mission, &letter.key), &letter.sig)
        .map_err(|_| BadKeyLetter::NotTheOffice)?;
    match letter.mission == mission {
        true => Ok(letter.key.into_owned()),
        false => Err(BadKeyLetter::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::{office, random};

    fn mission() -> MissionId {
        MissionId::random(&mut random())
    }

    fn key() -> MissionKey {
        MissionKey::from_bytes([5; 32])
    }

    fn opened(
        bytes: &[u8],
        member: &Identity,
        mission: MissionId,
    ) -> Result<MissionKey, BadKeyLetter> {
        let sealed = CardBytes::of(bytes)
            .key
            .expect("a key stands before the box");
        open_key(
            envelope::open,
            sealed,
            member,
            mission,
            &office().verifying_key(),
        )
    }

    #[test]
    fn those_who_stay_have_the_key_and_nobody_else() {
        let (ana, luc, removed) = (
            Identity::generate(),
            Identity::generate(),
            Identity::generate(),
        );
        let stay = [ana.recipient(), luc.recipient()];
        let bytes = seal_turned(b"box", mission(), &key(), &office(), &stay).unwrap();
        assert_eq!(CardBytes::of(&bytes).boxed, b"box");
        for member in [&ana, &luc] {
            assert_eq!(opened(&bytes, member, mission()), Ok(key()));
        }
        assert_eq!(
            opened(&bytes, &removed, mission()),
            Err(BadKeyLetter::Sealed(OpenError::NotForUs(2)))
        );
        assert_eq!(
            seal_turned(b"box", mission(), &key(), &office(), &[]),
            Err(NoRecipient)
        );
    }

    #[test]
    fn a_key_of_somebody_else_or_for_another_mission_is_not_taken() {
        let ana = Identity::generate();
        let stay = [ana.recipient()];
        let mallory = SigningKey::from_bytes([10; 32]);
        let forged = seal_turned(b"box", mission(), &key(), &mallory, &stay).unwrap();
        assert_eq!(
            opened(&forged, &ana, mission()),
            Err(BadKeyLetter::NotTheOffice)
        );
        let other = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(8));
        let elsewhere = seal_turned(b"box", other, &key(), &office(), &stay).unwrap();
        assert_eq!(
            opened(&elsewhere, &ana, mission()),
            Err(BadKeyLetter::Malformed)
        );
        let letter = |plain: &str| {
            let letter = envelope::seal(plain.as_bytes(), &stay).unwrap();
            let length = (letter.len() as u32).to_be_bytes();
            [&[TURNED], length.as_slice(), &letter].concat()
        };
        assert_eq!(
            opened(&letter(r#"{"v":2,"keys":[]}"#), &ana, mission()),
            Err(BadKeyLetter::Newer)
        );
        for plain in ["{}", r#"{"v":0}"#, r#"{"v":1}"#, "[]"] {
            assert_eq!(
                opened(&letter(plain), &ana, mission()),
                Err(BadKeyLetter::Malformed),
                "{plain}"
            );
        }
    }

    #[test]
    fn what_is_cut_short_brings_no_key() {
        let ana = Identity::generate();
        let bytes = seal_turned(b"", mission(), &key(), &office(), &[ana.recipient()]).unwrap();
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            assert_eq!(
                CardBytes::of(cut),
                CardBytes {
                    key: None,
                    boxed: cut
                },
                "{length}"
            );
        }
        let long = [&[TURNED], [0xff; 4].as_slice(), b"short"].concat();
        assert_eq!(CardBytes::of(&long).key, None);
        assert_eq!(CardBytes::of(&[1, 0, 0, 0, 0, 7]).key, None);
        let newer = [
            &[],
            [1].as_slice(),
            &[2],
            &[3],
            &[4],
            &[15],
            &[16],
            b"a card",
        ];
        let newer = newer.map(CardBytes::is_newer);
        assert_eq!(
            newer,
            [false, false, false, false, true, true, false, false]
        );
    }
}
