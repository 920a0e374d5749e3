//! An answer that a partner goes on with later: the code that she takes with her, and the box that waits at the server.
//!
//! A partner has no vault, and the phone may be another's: when she stops, the one thing that stays is the code, on paper or
//! as a picture. It is good for two things: a key that opens the box, and a signing key, without which the server neither
//! gives the box out nor replaces nor erases it. The draft is called by that key's public half ([`DraftCode::id`]), so the
//! server needs no list of who may do what. The box names the link that it answers: the code alone brings all of it back.
//!
//! Whoever holds the server may guess codes without asking it, for as long as a copy of the box is kept anywhere. So a code
//! has 100 bits and not an invite's 80, for four characters more to copy: a trillion guesses a second since the universe began
//! would be fewer than 2^99. The codes of several drafts are guessed at together; of a thousand, one is found a thousand
//! times sooner, which is still 2^90. Fewer characters behind a slow derivation (as for passphrases, RFC 9106) would cost each
//! partner's phone the download and the memory of one.

use std::{fmt, io::Read, str::FromStr};

use miniz_oxide::deflate::CompressionLevel;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vigie_model::{DraftId, Random, from_json};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    InviteCode, SigningKey,
    code::{self, BadCode},
    derive::derive,
    envelope::written,
    gunzip::Gunzip,
    open_box, pad, seal_box,
};

/// 100 bits: the first four of these are zero.
const BYTES: usize = 13;
const CHARACTERS: usize = 20;
/// What a draft's box is sealed for.
const PURPOSE: &str = "draft";
/// The format that this version writes and reads.
const VERSION: u32 = 1;
/// What is read of a box at most, once open.
const OPEN_BYTES: u64 = 32 * 1024 * 1024;

/// The code by which a partner goes on with her answer. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct DraftCode([u8; BYTES]);

impl DraftCode {
    pub fn random(random: &mut impl Random) -> DraftCode {
        let mut bits = [0; BYTES];
        random.fill(&mut bits);
        bits[0] &= 0x0f;
        DraftCode(bits)
    }

    /// Signs what is asked of the server about this draft.
    pub fn key(&self) -> SigningKey {
        SigningKey::from_bytes(*derive(&self.0, b"vigie draft key v1"))
    }

    /// The name under which the server keeps the draft: the public half of [`DraftCode::key`].
    pub fn id(&self) -> DraftId {
        DraftId(self.key().verifying_key().to_bytes())
    }

    /// The key of the draft's box.
    pub fn box_key(&self) -> Zeroizing<[u8; 32]> {
        derive(&self.0, b"vigie draft box v1")
    }
}

impl fmt::Display for DraftCode {
    /// `XXXX-XXXX-XXXX-XXXX-XXXX`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bits = [0; 16];
        bits[16 - BYTES..].copy_from_slice(&self.0);
        code::write(u128::from_be_bytes(bits), CHARACTERS, f)
    }
}

impl fmt::Debug for DraftCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DraftCode(of {})", self.id())
    }
}

impl FromStr for DraftCode {
    type Err = BadCode;

    /// However it is typed.
    fn from_str(typed: &str) -> Result<DraftCode, BadCode> {
        let bits = code::read(typed, CHARACTERS)?;
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&bits.to_be_bytes()[16 - BYTES..]);
        Ok(DraftCode(bytes))
    }
}

/// Why a draft is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// Another code's box, or a damaged one: nothing of it can be had.
    #[error("the draft does not open")]
    DoesNotOpen,
    /// A newer Vigie kept it: load the page again, which brings the newer one.
    #[error("a draft of version {0}")]
    Newer(u32),
    /// It opened, and holds something else than a draft.
    #[error("the draft can't be read: {0}")]
    Unreadable(String),
}

/// A draft that its code opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedDraft<T> {
    /// The link that is being answered.
    pub link: InviteCode,
    /// The answer so far.
    pub kept: T,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

#[derive(Serialize, Deserialize)]
struct Inside<'a> {
    v: u32,
    #[serde(borrow)]
    link: &'a str,
    #[serde(borrow)]
    kept: &'a RawValue,
}

/// Boxes an answer to `link` under the draft's code, compressed and padded.
pub fn seal_draft(
    link: &InviteCode,
    kept: &impl Serialize,
    code: &DraftCode,
    random: &mut impl Random,
) -> Result<Vec<u8>, serde_json::Error> {
    let kept = serde_json::value::to_raw_value(kept)?;
    let link = Zeroizing::new(link.to_string());
    let inside = Inside {
        v: VERSION,
        link: &link,
        kept: &kept,
    };
    let json = Zeroizing::new(serde_json::to_vec(&inside)?);
    let packed = written(|bytes| pad::gzip(&json, CompressionLevel::DefaultLevel, bytes));
    Ok(seal_box(
        &code.box_key(),
        PURPOSE,
        &Zeroizing::new(packed),
        random,
    ))
}

/// Opens what the server keeps under [`DraftCode::id`].
pub fn open_draft<T: for<'de> Deserialize<'de>>(
    sealed: &[u8],
    code: &DraftCode,
) -> Result<OpenedDraft<T>, DraftError> {
    let packed = open_box(&code.box_key(), PURPOSE, sealed).map_err(|_| DraftError::DoesNotOpen)?;
    let packed = Zeroizing::new(packed);
    let mut json = Zeroizing::new(Vec::new());
    Gunzip::new(packed.as_slice())
        .take(OPEN_BYTES)
        .read_to_end(&mut json)
        .map_err(|error| DraftError::Unreadable(error.to_string()))?;
    let unreadable = |error: serde_json::Error| DraftError::Unreadable(error.to_string());
    // First of all: what else a newer version says is its own.
    match from_json::<Version>(&json).map_err(unreadable)?.v {
        VERSION => {}
        newer if newer > VERSION => return Err(DraftError::Newer(newer)),
        v => return Err(DraftError::Unreadable(format!("version {v}"))),
    }
    let inside: Inside<'_> = from_json(&json).map_err(unreadable)?;
    Ok(OpenedDraft {
        link: inside
            .link
            .parse()
            .map_err(|bad: BadCode| DraftError::Unreadable(bad.to_string()))?,
        kept: serde_json::from_str(inside.kept.get()).map_err(unreadable)?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::pad::padded_len;

    /// What a box adds to what it holds.
    const AROUND: usize = 1 + 24 + 16;

    fn of(n: u8) -> (DraftCode, InviteCode) {
        let mut random = |bytes: &mut [u8]| bytes.fill(n);
        (
            DraftCode::random(&mut random),
            InviteCode::random(&mut random),
        )
    }

    fn sealed(kept: &Value, code: &DraftCode) -> Vec<u8> {
        let random = &mut |bytes: &mut [u8]| bytes.fill(3);
        seal_draft(&of(9).1, kept, code, random).unwrap()
    }

    fn opened(sealed: &[u8], code: &DraftCode) -> Result<OpenedDraft<Value>, DraftError> {
        open_draft(sealed, code)
    }

    /// A box whose code is right, around what no version writes.
    fn around(plain: &[u8], code: &DraftCode) -> Vec<u8> {
        let random = &mut |bytes: &mut [u8]| bytes.fill(3);
        seal_box(&code.box_key(), PURPOSE, plain, random)
    }

    fn around_json(json: &str, code: &DraftCode) -> Vec<u8> {
        let gzip =
            |bytes: &mut Vec<u8>| pad::gzip(json.as_bytes(), CompressionLevel::DefaultLevel, bytes);
        around(&written(gzip), code)
    }

    #[test]
    fn a_code_is_told_from_a_links_by_its_length() {
        let (code, link) = of(5);
        assert_eq!(code.to_string().len(), 24);
        assert_eq!(
            code.to_string().parse::<InviteCode>(),
            Err(BadCode::Length { due: 16, typed: 20 })
        );
        assert_eq!(
            link.to_string().parse::<DraftCode>(),
            Err(BadCode::Length { due: 20, typed: 16 })
        );
        assert_eq!(
            "u123-4567-89AB-CDEF-GHJK".parse::<DraftCode>(),
            Err(BadCode::Character('u'))
        );
        let typed = code.to_string().to_lowercase().replace('-', " ");
        assert_eq!(typed.parse(), Ok(code));
    }

    #[test]
    fn what_is_shown_for_debugging_is_not_the_code() {
        let (code, _) = of(5);
        assert!(!format!("{code:?}").contains(&code.to_string()));
    }

    #[test]
    fn a_newer_version_is_named_and_an_unknown_field_is_passed_over() {
        let (code, link) = of(5);
        let newer = r#"{"v":2,"link":{"of":"another shape"},"answers":[]}"#;
        let newer = around_json(newer, &code);
        assert_eq!(opened(&newer, &code), Err(DraftError::Newer(2)));
        let same = format!(r#"{{"v":1,"since":7,"link":"{link}","kept":[1]}}"#);
        let same = opened(&around_json(&same, &code), &code).unwrap();
        assert_eq!((same.link, same.kept), (link, json!([1])));
    }

    #[test]
    fn what_opens_and_is_no_draft_says_so() {
        let (code, link) = of(5);
        let twice = format!(r#"{{"v":1,"v":1,"link":"{link}","kept":1}}"#);
        for inside in [
            "",
            "[]",
            "{",
            r#"{"link":"x","kept":1}"#,
            r#"{"v":0,"link":"x","kept":1}"#,
            r#"{"v":1,"link":"0123-4567","kept":1}"#,
            r#"{"v":1,"link":"0123-4567-89AB-CDEF"}"#,
            &twice,
        ] {
            let refused = opened(&around_json(inside, &code), &code);
            assert!(
                matches!(refused, Err(DraftError::Unreadable(_))),
                "{inside}: {refused:?}"
            );
        }
        let whole = written(|bytes| pad::gzip(b"{}", CompressionLevel::DefaultLevel, bytes));
        for plain in [&b"not compressed"[..], &[], &whole[..whole.len() - 1]] {
            let refused = opened(&around(plain, &code), &code);
            assert!(matches!(refused, Err(DraftError::Unreadable(_))));
        }
    }

    #[test]
    fn a_draft_says_little_of_its_length() {
        let (code, _) = of(5);
        let lengths: BTreeSet<usize> = (0..600)
            .map(|words| {
                let kept = json!((0..words).map(|n| n * 7919 % 1000).collect::<Vec<u32>>());
                sealed(&kept, &code).len() - AROUND
            })
            .collect();
        assert!(lengths.len() <= 8, "{lengths:?}");
        assert!(lengths.iter().all(|length| padded_len(*length) == *length));
    }

    proptest! {
        #[test]
        fn every_code_reads_back(mut bits: [u8; BYTES]) {
            bits[0] &= 0x0f;
            let code = DraftCode(bits);
            prop_assert_eq!(code.to_string().parse(), Ok(code.clone()));
            prop_assert_eq!(code.to_string().to_lowercase().parse(), Ok(code));
        }

        #[test]
        fn typing_anything_never_panics(typed: String) {
            let _ = typed.parse::<DraftCode>();
        }

        #[test]
        fn only_its_code_opens_a_draft_and_only_unchanged(
            texts: Vec<String>,
            bits: [u8; BYTES],
            at: prop::sample::Index,
            bit in 0u8..8,
        ) {
            let code = DraftCode::random(&mut |bytes: &mut [u8]| bytes.copy_from_slice(&bits[..bytes.len()]));
            let kept = json!({ "answers": texts });
            let sealed = sealed(&kept, &code);
            let read = opened(&sealed, &code);
            prop_assert_eq!(read, Ok(OpenedDraft { link: of(9).1, kept }));
            let mut other = code.clone();
            other.0[1 + at.index(BYTES - 1)] ^= 1 << bit;
            prop_assert_ne!(other.id(), code.id());
            prop_assert_eq!(opened(&sealed, &other), Err(DraftError::DoesNotOpen));
            let mut changed = sealed.clone();
            changed[at.index(sealed.len())] ^= 1 << bit;
            prop_assert_eq!(opened(&changed, &code), Err(DraftError::DoesNotOpen));
            let cut = &sealed[..at.index(sealed.len())];
            prop_assert_eq!(opened(cut, &code), Err(DraftError::DoesNotOpen));
            let mut longer = sealed;
            longer.push(0);
            prop_assert_eq!(opened(&longer, &code), Err(DraftError::DoesNotOpen));
        }
    }
}
