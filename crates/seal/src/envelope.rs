//! What travels: `age(gzip(plain))`, for X25519 recipients (<https://c2sp.org/age>), of a padded length ([`crate::pad`]).
//!
//! Seal once, keep the sealed bytes, send those: sealing again gives other bytes, because `age` draws a new file key and
//! new shares from the system each time. Opened with public tools: `age -d -i key.txt file | gunzip`.

use std::{
    fmt,
    io::{self, Read},
    str::FromStr,
};

use age::{Encryptor, secrecy::ExposeSecret, x25519};
use miniz_oxide::deflate::CompressionLevel;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use vigie_model::BundleId;
use vigie_sign::SigningKey;
use zeroize::Zeroizing;

pub use crate::age_file::OpenError;
use crate::{
    age_file::{MAGIC, decrypted},
    derive::derive,
    gunzip::Gunzip,
    pad,
};

/// The id of a sealed bundle: the SHA-256 of its bytes.
pub fn bundle_id(sealed: &[u8]) -> BundleId {
    BundleId(Sha256::digest(sealed).into())
}

/// Whether bytes begin as what is sealed does. Who it is for, and whether it is whole, opening it says.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The secret half of an age key. Wiped when dropped.
#[derive(Clone)]
pub struct Identity(x25519::Identity);

/// Whom an envelope is sealed for: `age1…`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Recipient(x25519::Recipient);

/// Text that is not an age key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an age {0}")]
pub struct BadKey(&'static str);

/// Nobody to seal for: a card without recipients. What would be sealed stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no recipient to seal for")]
pub struct NoRecipient;

impl Identity {
    /// A new key, drawn from the system.
    pub fn generate() -> Identity {
        Identity(x25519::Identity::generate())
    }

    /// A device's own, in the mission that `device` is its key of: what others of the mission seal for. Made of the device's
    /// key, it is not stored, and lost with that key alone.
    pub fn of_member(device: &SigningKey) -> Identity {
        const KIND: bech32::Hrp = bech32::Hrp::parse_unchecked("age-secret-key-");
        let secret = derive(device.to_bytes().as_slice(), b"vigie member key v1");
        let text = bech32::encode_upper::<bech32::Bech32>(KIND, secret.as_slice());
        let text = Zeroizing::new(text.expect("32 bytes are far below what bech32 takes"));
        text.parse().expect("an age identity is 32 bytes in bech32")
    }

    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// `AGE-SECRET-KEY-1…`, as the `age` programme reads it.
    #[allow(
        clippy::inherent_to_string,
        reason = "a secret has no Display: it must not end up in a message by accident"
    )]
    pub fn to_string(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }
}

impl FromStr for Identity {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Identity, BadKey> {
        text.trim()
            .parse()
            .map(Identity)
            .map_err(|_| BadKey("secret key"))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity(of {})", self.recipient())
    }
}

impl FromStr for Recipient {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Recipient, BadKey> {
        text.trim()
            .parse()
            .map(Recipient)
            .map_err(|_| BadKey("recipient"))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Recipient, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// A letter longer than this is mostly a photo or a sound: looking long for what makes it smaller finds nothing.
const MOSTLY_A_FILE: usize = 1 << 20;

/// Compresses, pads and seals for all of `recipients`.
pub fn seal(plain: &[u8], recipients: &[Recipient]) -> Result<Vec<u8>, NoRecipient> {
    let recipients = recipients
        .iter()
        .map(|recipient| &recipient.0 as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|_| NoRecipient)?;
    let level = match plain.len() > MOSTLY_A_FILE {
        true => CompressionLevel::BestSpeed,
        false => CompressionLevel::DefaultLevel,
    };
    Ok(written(|sealed| {
        let mut age = encryptor.wrap_output(sealed)?;
        pad::gzip(plain, level, &mut age)?;
        age.finish().map(drop)
    }))
}

/// [`open`], for whom it comes behind the rest of a programme.
pub type Open = fn(&[u8], &Identity, usize) -> Result<Vec<u8>, OpenError>;

/// Opens an envelope, and takes at most `limit` bytes out of it: a bomb costs no more memory than that.
pub fn open(sealed: &[u8], identity: &Identity, limit: usize) -> Result<Vec<u8>, OpenError> {
    let age = decrypted(sealed, &identity.0)?;
    let mut gzip = Gunzip::new(age);
    let plain = read_bounded(&mut gzip, limit)?;
    // age's last piece says that it is the last: without reading it, a cut file would pass.
    match read_bounded(&mut gzip.into_inner(), 0) {
        Ok(_) => Ok(plain),
        Err(OpenError::TooLarge) => Err(OpenError::Damaged),
        Err(error) => Err(error),
    }
}

/// Runs a writer over memory, where nothing can fail.
pub(crate) fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("writing to memory does not fail");
    bytes
}

/// Reads to the end, with room for `limit` bytes and never more.
pub(crate) fn read_bounded(reader: &mut impl Read, limit: usize) -> Result<Vec<u8>, OpenError> {
    let mut bytes = Vec::new();
    let mut piece = Zeroizing::new([0; 16 * 1024]);
    loop {
        let count = match reader.read(piece.as_mut()) {
            Ok(0) => return Ok(bytes),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(OpenError::Truncated);
            }
            Err(_) => return Err(OpenError::Damaged),
        };
        let needed = bytes
            .len()
            .checked_add(count)
            .filter(|needed| *needed <= limit)
            .ok_or(OpenError::TooLarge)?;
        if needed > bytes.capacity() {
            let room = needed.max(2 * bytes.capacity()).min(limit);
            bytes
                .try_reserve_exact(room - bytes.len())
                .map_err(|_| OpenError::TooLarge)?;
        }
        bytes.extend_from_slice(piece.get(..count).ok_or(OpenError::Damaged)?);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1 << 20;

    fn sealed(plain: &[u8]) -> (Identity, Vec<u8>) {
        let identity = Identity::generate();
        let sealed = seal(plain, &[identity.recipient()]).unwrap();
        (identity, sealed)
    }

    #[test]
    fn each_recipient_opens_it_and_nobody_else() {
        let (hers, his, other) = (
            Identity::generate(),
            Identity::generate(),
            Identity::generate(),
        );
        let sealed = seal(b"plein", &[hers.recipient(), his.recipient()]).unwrap();
        assert_eq!(open(&sealed, &hers, LIMIT), Ok(b"plein".to_vec()));
        assert_eq!(open(&sealed, &his, LIMIT), Ok(b"plein".to_vec()));
        assert_eq!(open(&sealed, &other, LIMIT), Err(OpenError::NotForUs(2)));
        assert_eq!(seal(b"plein", &[]), Err(NoRecipient));
    }

    #[test]
    fn keys_are_what_the_age_programme_writes() {
        let identity = Identity::generate();
        let text = identity.to_string();
        assert!(text.starts_with("AGE-SECRET-KEY-1"));
        let again: Identity = format!(" {}\n", *text).parse().unwrap();
        assert_eq!(again.recipient(), identity.recipient());
        assert_eq!(
            identity.recipient().to_string().parse(),
            Ok(identity.recipient())
        );
        assert!(!format!("{identity:?}").contains(&*text));
        assert!("age1nonsense".parse::<Recipient>().is_err());
    }

    #[test]
    fn a_bomb_is_too_large_and_costs_no_more_than_the_limit() {
        let (identity, sealed) = sealed(&vec![0; 64 << 20]);
        assert!(
            sealed.len() < 512 << 10,
            "64 MiB of zeros travel in {} bytes",
            sealed.len()
        );
        assert_eq!(open(&sealed, &identity, LIMIT), Err(OpenError::TooLarge));
        let mut endless = std::io::repeat(0);
        assert_eq!(read_bounded(&mut endless, LIMIT), Err(OpenError::TooLarge));
        let exact = read_bounded(&mut std::io::repeat(0).take(LIMIT as u64), LIMIT).unwrap();
        assert_eq!((exact.len(), exact.capacity()), (LIMIT, LIMIT));
    }

    #[test]
    fn no_cut_passes_wherever_it_is() {
        let (identity, sealed) = sealed(b"plein");
        for length in 0..sealed.len() {
            let refused = open(&sealed[..length], &identity, LIMIT).unwrap_err();
            let expected: &[OpenError] = match length {
                0 => &[OpenError::NotSealed],
                length if length < MAGIC.len() => &[OpenError::Truncated],
                _ => &[OpenError::Truncated, OpenError::Damaged],
            };
            assert!(expected.contains(&refused), "{length} bytes: {refused:?}");
        }
        // Between two pieces of 64 KiB.
        let mut seed = 1u64;
        let mut noise = vec![0; 300_000];
        // xorshift64: does not compress.
        noise.fill_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed as u8
        });
        let (identity, sealed) = self::sealed(&noise);
        let header = sealed.windows(4).position(|four| four == b"\n---").unwrap() + 1 + 48 + 16;
        assert_eq!(
            open(&sealed[..header + 65_552], &identity, LIMIT),
            Err(OpenError::Truncated)
        );
    }

    /// age's header has a stanza of random length, so that what is sealed is never of one length.
    fn body(sealed: &[u8]) -> usize {
        let header = sealed.windows(4).position(|four| four == b"\n---").unwrap();
        sealed.len() - header
    }

    #[test]
    fn letters_of_many_lengths_are_sealed_in_few() {
        let text: String = (0..3000).map(|number| format!("{number} ")).collect();
        let sealed = (0..text.len()).step_by(9).map(|end| {
            let (identity, sealed) = sealed(&text.as_bytes()[..end]);
            assert_eq!(
                open(&sealed, &identity, LIMIT).unwrap(),
                text.as_bytes()[..end]
            );
            body(&sealed)
        });
        let lengths: std::collections::BTreeSet<usize> = sealed.collect();
        assert!(lengths.len() < 50, "{lengths:?}");
    }

    #[test]
    fn what_is_sealed_without_being_compressed_is_damaged_inside() {
        let identity = Identity::generate();
        let recipient = identity.recipient();
        let raw = |plain: &[u8]| {
            let encryptor =
                Encryptor::with_recipients(std::iter::once(&recipient.0 as &dyn age::Recipient))
                    .unwrap();
            written(|sealed| {
                let mut age = encryptor.wrap_output(sealed)?;
                age.write_all(plain)?;
                age.finish().map(drop)
            })
        };
        let gzip = |plain: &[u8]| {
            written(|bytes| {
                let mut gzip = GzEncoder::new(bytes, Compression::default());
                gzip.write_all(plain)?;
                gzip.finish().map(drop)
            })
        };
        assert_eq!(
            open(&raw(&gzip(b"plein")), &identity, LIMIT),
            Ok(b"plein".to_vec())
        );
        assert_eq!(
            open(&raw(b"not gzip at all, and long enough"), &identity, LIMIT),
            Err(OpenError::Damaged)
        );
        let more = [gzip(b"plein"), vec![0; 70_000]].concat();
        assert_eq!(open(&raw(&more), &identity, LIMIT), Err(OpenError::Damaged));
        let whole = gzip(b"plein");
        assert_eq!(
            open(&raw(&whole[..whole.len() - 3]), &identity, LIMIT),
            Err(OpenError::Truncated)
        );
    }

    #[test]
    fn other_files_are_not_sealed_ones() {
        let identity = Identity::generate();
        for bytes in [
            &b"PK\x03\x04"[..],
            b"age-encryption.org/v2\n",
            b"-----BEGIN AGE ENCRYPTED FILE-----\n",
            b"{}",
        ] {
            assert_eq!(open(bytes, &identity, LIMIT), Err(OpenError::NotSealed));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_sealed_opens_and_no_bit_can_change(plain: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
            let (identity, sealed) = sealed(&plain);
            prop_assert_eq!(open(&sealed, &identity, LIMIT), Ok(plain));
            let mut changed = sealed.clone();
            changed[at.index(sealed.len())] ^= 1 << bit;
            prop_assert!(open(&changed, &identity, LIMIT).is_err());
        }

        #[test]
        fn any_bytes_are_refused_without_panic(bytes: Vec<u8>) {
            let identity = Identity::generate();
            prop_assert!(open(&bytes, &identity, LIMIT).is_err());
            prop_assert!(open(&[MAGIC, &bytes].concat(), &identity, LIMIT).is_err());
        }
    }
}
