//! What travels: `age(gzip(plain))`, for X25519 recipients (<https://c2sp.org/age>).
//!
//! Seal once, keep the sealed bytes, send those: sealing again gives other bytes, because `age` draws a new file key and
//! new shares from the system each time. Opened with public tools: `age -d -i key.txt file | gunzip`.

use std::{
    fmt,
    io::{self, Read, Write},
    str::FromStr,
};

use age::{DecryptError, Decryptor, Encryptor, secrecy::ExposeSecret, x25519};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

/// What every age file begins with.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

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

/// Why an envelope did not open.
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

impl Identity {
    /// A new key, drawn from the system.
    pub fn generate() -> Identity {
        Identity(x25519::Identity::generate())
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

/// Compresses and seals for all of `recipients`.
pub fn seal(plain: &[u8], recipients: &[Recipient]) -> Result<Vec<u8>, NoRecipient> {
    let recipients = recipients
        .iter()
        .map(|recipient| &recipient.0 as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients).map_err(|_| NoRecipient)?;
    Ok(written(|sealed| {
        let mut gzip = GzEncoder::new(encryptor.wrap_output(sealed)?, Compression::default());
        gzip.write_all(plain)?;
        gzip.finish()?.finish()?;
        Ok(())
    }))
}

/// Opens an envelope, and takes at most `limit` bytes out of it: a bomb costs no more memory than that.
pub fn open(sealed: &[u8], identity: &Identity, limit: usize) -> Result<Vec<u8>, OpenError> {
    let age = decrypted(sealed, &identity.0)?;
    let mut gzip = GzDecoder::new(age);
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

/// What is inside an age file, as far as it is read.
pub(crate) fn decrypted<'a>(
    sealed: &'a [u8],
    identity: &dyn age::Identity,
) -> Result<impl Read + 'a, OpenError> {
    if !sealed.starts_with(MAGIC) {
        let begun = !sealed.is_empty() && MAGIC.starts_with(sealed);
        return Err(if begun {
            OpenError::Truncated
        } else {
            OpenError::NotSealed
        });
    }
    Decryptor::new_buffered(sealed)
        .and_then(|age| age.decrypt(std::iter::once(identity)))
        .map_err(|error| match error {
            DecryptError::NoMatchingKeys => OpenError::NotForUs(recipients_of(sealed)),
            DecryptError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                OpenError::Truncated
            }
            _ => OpenError::Damaged,
        })
}

/// How many people a file is sealed for, by its header.
fn recipients_of(sealed: &[u8]) -> usize {
    let header = sealed
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.starts_with(b"---"));
    header
        .filter(|line| line.starts_with(b"-> X25519 ") || line.starts_with(b"-> scrypt "))
        .count()
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
