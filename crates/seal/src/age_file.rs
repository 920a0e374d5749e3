//! Reading an age file (<https://c2sp.org/age>, version 1): its header, and the pieces behind it.
//!
//! What a stanza of the header says is read by age-core, and what it locks is unlocked by age. The rest is ours, because age's
//! own reader has a sentence in it that is said by a translator, of more than 50 kB to download; and because it reads a header from its
//! beginning again with each line, so that a hostile one of some megabytes would take a desk for hours.

use std::io::{self, ErrorKind, Read};

use age::secrecy::ExposeSecret;
use age_core::{
    format::{Stanza, read::age_stanza},
    primitives::hkdf,
};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead, aead::AeadInPlace};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What every age file begins with.
pub(crate) const MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// Begins the last line of a header, which its MAC covers up to here.
const END: &[u8] = b"---";
/// That line: `--- `, the MAC (32 bytes in base64), a newline.
const END_BYTES: usize = END.len() + 1 + 43 + 1;
/// What makes the payload's key another than that of a file with the same file key.
const NONCE_BYTES: usize = 16;
/// Each piece of the payload but the last is as long.
const PIECE_BYTES: usize = 64 * 1024;
const SEALED_PIECE_BYTES: usize = PIECE_BYTES + 16;
/// A stanza locked by a passphrase stands alone, so that nobody but who knows it can have written the file.
const ALONE: &str = "scrypt";
/// The stanzas that are somebody's.
const PEOPLES: [&str; 2] = ["X25519", ALONE];

/// Why an age file did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not an age file at all.
    #[error("not a sealed file")]
    NotSealed,
    /// Sealed for so many others: ask for another key, keep the file.
    #[error("sealed for {0} recipients, none of them ours")]
    NotForUs(usize),
    /// Holds more than is taken from one file.
    #[error("holds more than the limit")]
    TooLarge,
    /// Ends before its end: fetch it again.
    #[error("cut short")]
    Truncated,
    /// Changed on its way, or not made by Vigie inside: quarantine.
    #[error("damaged")]
    Damaged,
}

/// Reads the header, and unlocks what is behind it.
pub(crate) fn decrypted<'a>(
    sealed: &'a [u8],
    identity: &dyn age::Identity,
) -> Result<Payload<'a>, OpenError> {
    let Some(mut rest) = sealed.strip_prefix(MAGIC) else {
        let begun = !sealed.is_empty() && MAGIC.starts_with(sealed);
        return Err(match begun {
            true => OpenError::Truncated,
            false => OpenError::NotSealed,
        });
    };
    let mut stanzas = Vec::new();
    while stanzas.is_empty() || !rest.starts_with(END) {
        let (behind, stanza) = age_stanza(rest).map_err(|error| match error.is_incomplete() {
            true => OpenError::Truncated,
            false => OpenError::Damaged,
        })?;
        stanzas.push(Stanza::from(stanza));
        rest = behind;
    }
    if stanzas.len() > 1 && stanzas.iter().any(|stanza| stanza.tag == ALONE) {
        return Err(OpenError::Damaged);
    }
    let covered = sealed.len() - rest.len() + END.len();
    let covered = sealed.get(..covered).ok_or(OpenError::Truncated)?;
    let (end, rest) = cut(rest, END_BYTES)?;
    let (nonce, payload) = cut(rest, NONCE_BYTES)?;

    let file_key = match identity.unwrap_stanzas(&stanzas) {
        Some(unlocked) => unlocked.map_err(|_| OpenError::Damaged)?,
        None => {
            let theirs = |stanza: &&Stanza| PEOPLES.contains(&stanza.tag.as_str());
            return Err(OpenError::NotForUs(stanzas.iter().filter(theirs).count()));
        }
    };
    let key = |salt, label| Zeroizing::new(hkdf(salt, label, file_key.expose_secret()));
    let mac = end.strip_prefix(END).and_then(|end| end.strip_prefix(b" "));
    let mac = mac.and_then(|end| end.strip_suffix(b"\n"));
    let mac = mac.and_then(|mac| BASE64_STANDARD_NO_PAD.decode(mac).ok());
    <Hmac<Sha256> as Mac>::new_from_slice(key(&[], b"header").as_slice())
        .expect("HMAC takes a key of any length")
        .chain_update(covered)
        .verify_slice(&mac.ok_or(OpenError::Damaged)?)
        .map_err(|_| OpenError::Damaged)?;
    Ok(Payload {
        cipher: ChaCha20Poly1305::new((&*key(nonce, b"payload")).into()),
        sealed: payload,
        number: 0,
        ended: false,
        piece: Zeroizing::new(Vec::with_capacity(SEALED_PIECE_BYTES.min(payload.len()))),
        read: 0,
    })
}

fn cut(bytes: &[u8], at: usize) -> Result<(&[u8], &[u8]), OpenError> {
    bytes.split_at_checked(at).ok_or(OpenError::Truncated)
}

/// What is inside an age file: its pieces, opened one at a time. It ends well only where the file does, whole.
pub(crate) struct Payload<'a> {
    cipher: ChaCha20Poly1305,
    /// The pieces that are still closed.
    sealed: &'a [u8],
    /// The number of the first of them.
    number: u64,
    /// The last one was opened.
    ended: bool,
    /// The one that is open, and how much of it was read.
    piece: Zeroizing<Vec<u8>>,
    read: usize,
}

impl Payload<'_> {
    fn next(&mut self) -> io::Result<()> {
        let length = self.sealed.len().min(SEALED_PIECE_BYTES);
        let (sealed, behind) = self.sealed.split_at(length);
        let last = behind.is_empty();
        if sealed.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if self.open(sealed, last).is_err() {
            // Where a file is cut between two pieces, its end opens as what it was.
            let cut = last && length == SEALED_PIECE_BYTES && self.open(sealed, false).is_ok();
            return Err(match cut {
                true => ErrorKind::UnexpectedEof.into(),
                false => ErrorKind::InvalidData.into(),
            });
        }
        // Only what is empty ends with an empty piece.
        if self.piece.is_empty() && self.number > 0 {
            return Err(ErrorKind::InvalidData.into());
        }
        (self.sealed, self.number, self.ended) = (behind, self.number + 1, last);
        Ok(())
    }

    fn open(&mut self, sealed: &[u8], last: bool) -> Result<(), aead::Error> {
        // Eleven bytes of number, big end first, and whether it is the last.
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = last.into();
        self.read = 0;
        self.piece.clear();
        self.piece.extend_from_slice(sealed);
        let opened = self
            .cipher
            .decrypt_in_place(&nonce.into(), b"", &mut *self.piece);
        // What did not open is nobody's to read.
        opened.inspect_err(|_| self.piece.clear())
    }
}

impl Read for Payload<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.piece.len() && !self.ended {
            self.next()?;
        }
        let count = self.piece.get(self.read..).unwrap_or_default().read(into)?;
        self.read += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        fs,
        io::Write,
        path::{Path, PathBuf},
        process::Command,
    };

    use age::{
        Decryptor, EncryptError, Encryptor, Recipient, scrypt, secrecy::SecretString, x25519,
    };
    use age_core::format::FileKey;
    use flate2::read::ZlibDecoder;

    use super::*;
    use crate::envelope::{read_bounded, written};

    const LIMIT: usize = 32 << 20;

    fn opened(sealed: &[u8], identity: &dyn age::Identity) -> Result<Vec<u8>, OpenError> {
        read_bounded(&mut decrypted(sealed, identity)?, LIMIT)
    }

    fn opened_by_age(sealed: &[u8], identity: &dyn age::Identity) -> Option<Vec<u8>> {
        let age = Decryptor::new(sealed).ok()?;
        let mut plain = Vec::new();
        let mut age = age.decrypt(std::iter::once(identity)).ok()?;
        age.read_to_end(&mut plain).ok().map(|_| plain)
    }

    fn sealed(plain: &[u8], recipients: &[&dyn Recipient]) -> Vec<u8> {
        let age = Encryptor::with_recipients(recipients.iter().copied()).unwrap();
        written(|sealed| {
            let mut age = age.wrap_output(sealed)?;
            age.write_all(plain)?;
            age.finish().map(drop)
        })
    }

    fn payload_at(sealed: &[u8]) -> usize {
        let end = sealed.windows(4).position(|four| four == b"\n---").unwrap();
        end + 1 + END_BYTES + NONCE_BYTES
    }

    /// Where the package of `age` has the files of <https://c2sp.org/CCTV/age>.
    fn testkit() -> PathBuf {
        let cargo = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--offline"])
            .output()
            .expect("cargo");
        let packages: serde_json::Value = serde_json::from_slice(&cargo.stdout).expect("JSON");
        let packages = packages["packages"].as_array().expect("packages");
        let age = packages.iter().find(|package| package["name"] == "age");
        let manifest = age.expect("age")["manifest_path"].as_str().expect("a path");
        Path::new(manifest).with_file_name("tests/testdata/testkit")
    }

    /// All but the armored ones, which nobody sends us.
    #[test]
    fn files_of_the_specification_open_or_are_refused() {
        let mut seen = 0;
        for file in fs::read_dir(testkit()).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let at = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
            let about = std::str::from_utf8(&bytes[..at]).unwrap();
            let said = |name: &str| about.lines().find_map(|line| line.strip_prefix(name));
            if said("armored: ").is_some() {
                continue;
            }
            let mut file = bytes[at + 2..].to_vec();
            if said("compressed: zlib").is_some() {
                let packed = std::mem::take(&mut file);
                let mut packed = ZlibDecoder::new(&*packed);
                packed.read_to_end(&mut file).unwrap();
            }
            let identity: Box<dyn age::Identity> = match said("passphrase: ") {
                Some(passphrase) => {
                    let passphrase = SecretString::from(passphrase.to_owned());
                    let mut identity = scrypt::Identity::new(passphrase);
                    identity.set_max_work_factor(20);
                    Box::new(identity)
                }
                None => {
                    let identity = said("identity: ").unwrap_or(SOMEBODY);
                    Box::new(identity.parse::<x25519::Identity>().unwrap())
                }
            };
            let plain = opened(&file, &*identity);
            let name = path.display();
            match said("expect: ").unwrap() {
                "success" => {
                    let plain = plain.unwrap_or_else(|error| panic!("{name}: {error}"));
                    let hash = crate::envelope::bundle_id(&plain).to_string();
                    assert_eq!(Some(&*hash), said("payload: "), "{name}");
                }
                "no match" if said("passphrase: ").is_none() => {
                    assert!(matches!(plain, Err(OpenError::NotForUs(_))), "{name}");
                }
                _ => assert!(plain.is_err(), "{name}"),
            }
            seen += 1;
        }
        assert_eq!(seen, 92);
    }

    const SOMEBODY: &str =
        "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";

    /// Wherever a file of one, two or three pieces is cut, changed, or goes on, age's own reader and this one say the same.
    #[test]
    fn whatever_happened_to_a_file_it_opens_where_age_opens_it() {
        let identity = x25519::Identity::generate();
        let other = x25519::Identity::generate();
        let both: [&dyn Recipient; 2] = [&other.to_public(), &identity.to_public()];
        let lengths = [0, 1, 1000, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1];
        for length in lengths
            .into_iter()
            .chain([2 * PIECE_BYTES, 2 * PIECE_BYTES + 9])
        {
            let plain = vec![7; length];
            let whole = sealed(&plain, &both);
            assert_eq!(opened(&whole, &identity), Ok(plain));
            let payload = payload_at(&whole);
            let edges = (0..=3).map(|piece| payload + piece * SEALED_PIECE_BYTES);
            let mut places: Vec<usize> = edges.chain([whole.len()]).collect();
            if length == 1000 {
                places.extend(0..whole.len());
            } else {
                let near = |place: &usize| place.saturating_sub(18)..place + 18;
                places = places.iter().flat_map(near).collect();
            }
            places.retain(|place| *place < whole.len());
            for place in places {
                let cut = &whole[..place];
                assert_eq!(opened_by_age(cut, &identity), None, "{length}, {place}");
                assert!(opened(cut, &identity).is_err(), "{length}, {place}");
                for bit in 0..8 {
                    let mut changed = whole.clone();
                    changed[place] ^= 1 << bit;
                    let by_age = opened_by_age(&changed, &identity);
                    assert_eq!(
                        opened(&changed, &identity).ok(),
                        by_age,
                        "{length}, {place}"
                    );
                    assert_eq!(by_age, None, "{length}, {place}, {bit}");
                }
            }
            for more in [1, 16, SEALED_PIECE_BYTES] {
                let longer = [&whole, &whole[whole.len() - more.min(whole.len())..]].concat();
                assert_eq!(opened_by_age(&longer, &identity), None, "{length}, {more}");
                assert!(opened(&longer, &identity).is_err(), "{length}, {more}");
            }
        }
    }

    #[test]
    fn pieces_do_not_open_in_another_order() {
        let identity = x25519::Identity::generate();
        let mut whole = sealed(&vec![7; 3 * PIECE_BYTES], &[&identity.to_public()]);
        let payload = payload_at(&whole);
        let pieces = &mut whole[payload..];
        let (first, second) = pieces.split_at_mut(SEALED_PIECE_BYTES);
        first.swap_with_slice(&mut second[..SEALED_PIECE_BYTES]);
        assert_eq!(opened(&whole, &identity), Err(OpenError::Damaged));
    }

    /// Somebody among a crowd.
    struct Crowd<'a>(&'a x25519::Recipient, usize);

    impl Recipient for Crowd<'_> {
        fn wrap_file_key(
            &self,
            file_key: &FileKey,
        ) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
            let nobody = || Stanza {
                tag: "nobody".into(),
                args: vec![],
                body: vec![],
            };
            let mut stanzas: Vec<Stanza> = std::iter::repeat_with(nobody).take(self.1).collect();
            let (theirs, labels) = self.0.wrap_file_key(file_key)?;
            stanzas.extend(theirs);
            Ok((stanzas, labels))
        }
    }

    /// Read from its beginning with each line, this one would take hours.
    #[test]
    fn a_header_of_megabytes_is_read_once() {
        let identity = x25519::Identity::generate();
        let crowd = Crowd(&identity.to_public(), 500_000);
        let whole = sealed(b"plein", &[&crowd]);
        assert!(whole.len() > 4 << 20, "{} bytes", whole.len());
        assert_eq!(opened(&whole, &identity), Ok(b"plein".to_vec()));
        let other = x25519::Identity::generate();
        assert_eq!(opened(&whole, &other), Err(OpenError::NotForUs(1)));
    }
}
