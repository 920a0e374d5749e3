//! A partner link's content, signed by the office and boxed under the link's code.
//!
//! The code is an [`InviteCode`] like any other: it names the box at the server, opens it, and proves to the office that a
//! device's owner had it. The signature covers the exact bytes and the code's id, so that one link's content can't be put
//! under another's code, and recipients come from nothing but what the office signed.

use std::io::Read;

use miniz_oxide::deflate::CompressionLevel;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use vigie_model::{InviteId, Link, Random, from_json, hex};

use crate::{
    CardError, InviteCode, Signature, SigningKey, VerifyingKey, envelope::written, gunzip::Gunzip,
    open_box, pad, seal_box,
};

/// What a link's box is sealed for.
const PURPOSE: &str = "link";
/// What is read of a box at most, once open.
const OPEN_BYTES: u64 = 32 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct SignedLink<'a> {
    #[serde(borrow)]
    link: &'a RawValue,
    sig: Signature,
}

fn message(id: &InviteId, link: &str) -> Vec<u8> {
    let hash = hex::encode(&Sha256::digest(link));
    format!("vigie link v1\n{id}\n{hash}\n").into_bytes()
}

/// Signs a link's content and boxes it under the link's code. It is compressed first: phones pay for each byte.
pub fn seal_link(
    link: &Link,
    office: &SigningKey,
    code: &InviteCode,
    random: &mut impl Random,
) -> Vec<u8> {
    let json = serde_json::value::to_raw_value(link)
        .expect("a link is texts, numbers and maps with text keys");
    let sig = office.sign(&message(&code.id(), json.get()));
    let signed =
        serde_json::to_vec(&SignedLink { link: &json, sig }).expect("JSON that was just written");
    let packed = written(|bytes| pad::gzip(&signed, CompressionLevel::BestCompression, bytes));
    seal_box(&code.box_key(), PURPOSE, &packed, random)
}

/// Opens a link's box and checks that the office which its card names signed it.
pub fn open_link(sealed: &[u8], code: &InviteCode) -> Result<Link, CardError> {
    let signed = unboxed(sealed, code)?;
    let (link, json, sig) = read(&signed)?;
    let office: VerifyingKey = link
        .card
        .office
        .parse()
        .map_err(|_| CardError::NotTheOffice)?;
    office
        .verify(&message(&code.id(), json), &sig)
        .map_err(|_| CardError::NotTheOffice)?;
    Ok(link)
}

/// Opens a link's box, and does not ask whose word is in it: enough to ask its questions, never to seal for whom it names.
pub fn read_link(sealed: &[u8], code: &InviteCode) -> Result<Link, CardError> {
    read(&unboxed(sealed, code)?).map(|(link, ..)| link)
}

fn unboxed(sealed: &[u8], code: &InviteCode) -> Result<Vec<u8>, CardError> {
    let packed = open_box(&code.box_key(), PURPOSE, sealed).map_err(|_| CardError::DoesNotOpen)?;
    let mut signed = Vec::new();
    Gunzip::new(packed.as_slice())
        .take(OPEN_BYTES)
        .read_to_end(&mut signed)
        .map_err(|_| CardError::DoesNotOpen)?;
    Ok(signed)
}

/// The link, its exact bytes, and what stands as a signature.
fn read(signed: &[u8]) -> Result<(Link, &str, Signature), CardError> {
    let unreadable = |error: serde_json::Error| CardError::Unreadable(error.to_string());
    let signed: SignedLink<'_> = from_json(signed).map_err(unreadable)?;
    let json = signed.link.get();
    let link: Link = serde_json::from_str(json).map_err(unreadable)?;
    if link.v != Link::VERSION {
        return Err(CardError::Unreadable(format!("version {}", link.v)));
    }
    Ok((link, json, signed.sig))
}

#[cfg(test)]
mod tests {
    use vigie_model::{LinkOptions, Timestamp};

    use super::*;
    use crate::card::tests::{card, office, random};

    fn link() -> Link {
        Link {
            v: 1,
            card: card(),
            files: Default::default(),
            by: "Affiche de la cafétéria".into(),
            consent: [("fr".into(), "D’accord ?".to_owned())].into(),
            kiosk: true,
            later_days: 7,
            options: LinkOptions::default(),
            expires: Timestamp(1_795_000_000_000),
        }
    }

    #[test]
    fn a_link_is_read_with_its_code_and_from_its_office_only() {
        let code = InviteCode::random(&mut random());
        let other = InviteCode::random(&mut |bytes: &mut [u8]| bytes.fill(8));
        let sealed = seal_link(&link(), &office(), &code, &mut random());
        assert_eq!(open_link(&sealed, &code), Ok(link()));
        assert_eq!(open_link(&sealed, &other), Err(CardError::DoesNotOpen));
        // Who has the code can make a box, and can't make the office's word.
        let forged = seal_link(
            &link(),
            &SigningKey::from_bytes([1; 32]),
            &code,
            &mut random(),
        );
        assert_eq!(open_link(&forged, &code), Err(CardError::NotTheOffice));
    }

    #[test]
    fn one_links_content_is_not_taken_under_another_code() {
        let code = InviteCode::random(&mut random());
        let other = InviteCode::random(&mut |bytes: &mut [u8]| bytes.fill(8));
        let sealed = seal_link(&link(), &office(), &code, &mut random());
        let inside = open_box(&code.box_key(), PURPOSE, &sealed).expect("its own box");
        let moved = seal_box(&other.box_key(), PURPOSE, &inside, &mut random());
        assert_eq!(open_link(&moved, &other), Err(CardError::NotTheOffice));
    }

    #[test]
    fn a_link_that_says_one_thing_twice_is_not_taken() {
        let code = InviteCode::random(&mut random());
        let json = serde_json::to_string(&link()).unwrap();
        for field in ["\"kiosk\":true", "\"expires\":1795000000000", "\"rev\":3"] {
            let doubled = json.replacen(field, &format!("{field},{field}"), 1);
            assert_ne!(doubled, json);
            let link = RawValue::from_string(doubled.clone()).unwrap();
            let sig = office().sign(&message(&code.id(), &doubled));
            let signed = serde_json::to_vec(&SignedLink { link: &link, sig }).unwrap();
            let packed =
                written(|bytes| pad::gzip(&signed, CompressionLevel::BestCompression, bytes));
            let sealed = seal_box(&code.box_key(), PURPOSE, &packed, &mut random());
            let refused = open_link(&sealed, &code);
            assert!(matches!(refused, Err(CardError::Unreadable(_))), "{field}");
        }
    }

    #[test]
    fn a_link_of_a_later_version_is_told_from_a_forged_one() {
        let code = InviteCode::random(&mut random());
        let later = Link { v: 2, ..link() };
        let sealed = seal_link(&later, &office(), &code, &mut random());
        assert!(matches!(
            open_link(&sealed, &code),
            Err(CardError::Unreadable(_))
        ));
    }

    #[test]
    fn a_link_of_before_lets_nobody_go_on_later_and_says_what_it_said() {
        let before = Link {
            later_days: 0,
            options: LinkOptions::default(),
            ..link()
        };
        let json = serde_json::to_string(&before).unwrap();
        assert!(!json.contains("later_days"), "{json}");
        assert_eq!(serde_json::from_str::<Link>(&json).unwrap(), before);
    }

    #[test]
    fn an_invites_box_is_not_a_link() {
        let code = InviteCode::random(&mut random());
        let sealed = seal_box(&code.box_key(), "invite", b"{}", &mut random());
        assert_eq!(open_link(&sealed, &code), Err(CardError::DoesNotOpen));
    }
}
