//! A *carte de mission*, signed by the office and boxed under the mission's key.
//!
//! The signature covers the exact bytes of the card's JSON, so a card that a later version wrote verifies here too.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vigie_model::{Card, Random, from_json};

use crate::{
    DoesNotOpen, Signature, SigningKey, VerifyingKey,
    pad::pad_json,
    secret::{open_box, seal_box, seal_padded_box},
};

/// What a card's box is sealed for.
pub(crate) const PURPOSE: &str = "card";
/// What the box of a file is sealed for that a card's questionnaire shows.
const FILE_PURPOSE: &str = "card-file";

#[derive(Serialize, Deserialize)]
struct SignedCard<'a> {
    #[serde(borrow)]
    card: &'a RawValue,
    sig: Signature,
}

/// Why a card is not taken; the device goes on with the one it has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Closed with another mission's key, or damaged.
    #[error("the card does not open")]
    DoesNotOpen,
    /// Opened, and somebody else than the office wrote it.
    #[error("the card is not signed by the mission's office")]
    NotTheOffice,
    /// The office wrote it, in a way that this version does not read.
    #[error("the card can't be read: {0}")]
    Unreadable(String),
}

/// Signs a card and boxes it under the mission's key.
pub fn seal_card(
    card: &Card,
    office: &SigningKey,
    mission_key: &[u8; 32],
    random: &mut impl Random,
) -> Vec<u8> {
    let json = serde_json::value::to_raw_value(card)
        .expect("a card is texts, numbers and maps with text keys");
    let sig = office.sign(json.get().as_bytes());
    let signed =
        serde_json::to_vec(&SignedCard { card: &json, sig }).expect("JSON that was just written");
    seal_box(mission_key, PURPOSE, &pad_json(signed), random)
}

/// Opens a card and checks that `office` signed it, and that it names `office` itself.
pub fn open_card(
    sealed: &[u8],
    office: &VerifyingKey,
    mission_key: &[u8; 32],
) -> Result<Card, CardError> {
    let signed = open_box(mission_key, PURPOSE, sealed).map_err(|_| CardError::DoesNotOpen)?;
    let unreadable = |error: serde_json::Error| CardError::Unreadable(error.to_string());
    let signed: SignedCard<'_> = from_json(&signed).map_err(unreadable)?;
    office
        .verify(signed.card.get().as_bytes(), &signed.sig)
        .map_err(|_| CardError::NotTheOffice)?;
    let card: Card = serde_json::from_str(signed.card.get()).map_err(unreadable)?;
    if card.v != Card::VERSION {
        return Err(CardError::Unreadable(format!("version {}", card.v)));
    }
    if card.office != office.to_string() {
        return Err(CardError::NotTheOffice);
    }
    Ok(card)
}

/// Boxes a file that a card's questionnaire shows; the card names the hash of the box.
pub fn seal_card_file(bytes: &[u8], mission_key: &[u8; 32], random: &mut impl Random) -> Vec<u8> {
    seal_padded_box(mission_key, FILE_PURPOSE, bytes, random)
}

/// Opens such a box.
pub fn open_card_file(sealed: &[u8], mission_key: &[u8; 32]) -> Result<Vec<u8>, DoesNotOpen> {
    open_box(mission_key, FILE_PURPOSE, sealed)
}

#[cfg(test)]
pub(crate) mod tests {
    use vigie_model::{Mission, MissionId, MissionKind, Policy};

    use super::*;

    const KEY: [u8; 32] = [4; 32];

    pub(crate) fn random() -> impl Random {
        |bytes: &mut [u8]| bytes.fill(7)
    }

    pub(crate) fn office() -> SigningKey {
        SigningKey::from_bytes([9; 32])
    }

    pub(crate) fn card() -> Card {
        Card {
            v: 1,
            rev: 3,
            mission: Mission {
                id: MissionId::random(&mut random()),
                name: "Tournée".into(),
                kind: MissionKind::Tour,
                starts: "2026-09-01".into(),
                ends: String::new(),
                languages: vec!["fr".into()],
                policy: Policy::default(),
            },
            recipients: vec!["age1…".into()],
            office: office().verifying_key().to_string(),
            server: "https://vigie.example".into(),
            forms: Vec::new(),
            closed: false,
            offices: Vec::new(),
            members: Vec::new(),
            bundles: None,
        }
    }

    #[test]
    fn a_card_is_taken_from_its_office_only() {
        let sealed = seal_card(&card(), &office(), &KEY, &mut random());
        assert_eq!(
            open_card(&sealed, &office().verifying_key(), &KEY),
            Ok(card())
        );
        assert_eq!(
            open_card(&sealed, &office().verifying_key(), &[5; 32]),
            Err(CardError::DoesNotOpen)
        );
        let other = SigningKey::from_bytes([10; 32]);
        assert_eq!(
            open_card(&sealed, &other.verifying_key(), &KEY),
            Err(CardError::NotTheOffice)
        );
        // Somebody of the mission, who has its key, can't name herself as the office either.
        let forged = seal_card(&card(), &other, &KEY, &mut random());
        assert_eq!(
            open_card(&forged, &office().verifying_key(), &KEY),
            Err(CardError::NotTheOffice)
        );
        let moved = seal_card(
            &Card {
                office: "00".repeat(32),
                ..card()
            },
            &office(),
            &KEY,
            &mut random(),
        );
        assert_eq!(
            open_card(&moved, &office().verifying_key(), &KEY),
            Err(CardError::NotTheOffice)
        );
    }

    #[test]
    fn a_card_that_says_one_thing_twice_is_not_taken() {
        let json = serde_json::to_string(&card()).unwrap();
        let open = |json: &str| {
            let card = RawValue::from_string(json.to_owned()).unwrap();
            let sig = office().sign(json.as_bytes());
            let signed = serde_json::to_vec(&SignedCard { card: &card, sig }).unwrap();
            let sealed = seal_box(&KEY, PURPOSE, &signed, &mut random());
            open_card(&sealed, &office().verifying_key(), &KEY)
        };
        assert_eq!(open(&json), Ok(card()));
        for field in [
            "\"rev\":3",
            "\"recipients\":[\"age1…\"]",
            "\"name\":\"Tournée\"",
        ] {
            let doubled = json.replacen(field, &format!("{field},{field}"), 1);
            assert_ne!(doubled, json);
            let refused = open(&doubled);
            assert!(matches!(refused, Err(CardError::Unreadable(_))), "{field}");
        }
    }

    #[test]
    fn a_card_of_a_later_version_is_told_from_a_forged_one() {
        let sealed = seal_card(&Card { v: 2, ..card() }, &office(), &KEY, &mut random());
        assert!(matches!(
            open_card(&sealed, &office().verifying_key(), &KEY),
            Err(CardError::Unreadable(_))
        ));
        let nonsense = seal_box(&KEY, PURPOSE, b"{}", &mut random());
        assert!(matches!(
            open_card(&nonsense, &office().verifying_key(), &KEY),
            Err(CardError::Unreadable(_))
        ));
    }
}
