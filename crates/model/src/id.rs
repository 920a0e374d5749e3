//! Identifiers, each its own type so that one can't be given for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Random, hex};

/// Text that is not the identifier it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {0}")]
pub struct BadId(&'static str);

/// An id is read through a visitor that takes the text as it lies: an import reads hundreds of thousands.
struct IdVisitor<T>(std::marker::PhantomData<T>, &'static str);

impl<T: FromStr<Err = BadId>> de::Visitor<'_> for IdVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! text_id {
    ($name:ident, $shape:literal) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_string())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(IdVisitor(std::marker::PhantomData, $shape))
            }
        }
    };
}

macro_rules! hash_id {
    ($(#[$doc:meta])* $name:ident, $shape:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                hex::decode(text).map($name).ok_or(BadId($shape))
            }
        }

        text_id!($name, $shape);
    };
}

hash_id! {
    /// A device: its Ed25519 public key. A signature needs no directory to be checked.
    DeviceId, "a device (64 hex digits)"
}
hash_id! {
    /// An op: the SHA-256 of its exact bytes.
    OpId, "an op (64 hex digits)"
}
hash_id! {
    /// A bundle: the SHA-256 of its sealed bytes.
    BundleId, "a bundle (64 hex digits)"
}
hash_id! {
    /// An invite, as the server knows it: a hash of its code.
    InviteId, "an invite (64 hex digits)"
}
hash_id! {
    /// An answer that a partner means to go on with, as the server knows it: the Ed25519 public key that its code gives.
    DraftId, "a draft (64 hex digits)"
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $shape:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The least of all, to begin a range with.
            pub const MIN: $name = $name([0; 16]);

            /// A version 4 UUID (RFC 9562, §5.4).
            pub fn random(random: &mut impl Random) -> Self {
                let mut bytes = [0; 16];
                random.fill(&mut bytes);
                bytes[6] = bytes[6] & 0x0f | 0x40;
                bytes[8] = bytes[8] & 0x3f | 0x80;
                $name(bytes)
            }

            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = hex::encode(&self.0);
                write!(f, "{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            /// Lowercase, with hyphens; any version, because what another programme made is kept.
            fn from_str(text: &str) -> Result<Self, BadId> {
                let mut digits = [0; 32];
                let mut length = 0;
                if text.len() != 36 {
                    return Err(BadId($shape));
                }
                for (at, byte) in text.bytes().enumerate() {
                    if matches!(at, 8 | 13 | 18 | 23) {
                        if byte != b'-' {
                            return Err(BadId($shape));
                        }
                    } else {
                        digits[length] = byte;
                        length += 1;
                    }
                }
                let mut bytes = [0; 16];
                if hex::decode_into(&digits, &mut bytes) { Ok($name(bytes)) } else { Err(BadId($shape)) }
            }
        }

        text_id!($name, $shape);
    };
}

uuid_id! {
    /// A record: a note, a response, a contact, a workplace, an organisation, an attachment.
    RecordId, "a record (a UUID)"
}
impl RecordId {
    /// The one record that a partner's device may write: the first half of its key, as a version 8 UUID (RFC 9562, §5.8).
    pub fn answer_of(device: &DeviceId) -> RecordId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&device.0[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        RecordId(bytes)
    }

    /// Whether this names some device's answer: a version 8 UUID. Vigie makes all others of version 4.
    pub fn is_answer(&self) -> bool {
        self.0[6] & 0xf0 == 0x80
    }
}

uuid_id! {
    /// A mission.
    MissionId, "a mission (a UUID)"
}

uuid_id! {
    /// A table of entries that somebody at the office gave a name to.
    ViewId, "a view (a UUID)"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_version_4_uuid_and_reads_back() {
        let id = RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(0xff));
        assert_eq!(id.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            serde_json::from_str::<RecordId>(&serde_json::to_string(&id).unwrap()).unwrap(),
            id
        );
    }

    #[test]
    fn a_partners_answer_is_named_by_her_device() {
        assert_eq!(
            RecordId::answer_of(&DeviceId([0xff; 32])).to_string(),
            "ffffffff-ffff-8fff-bfff-ffffffffffff"
        );
    }

    #[test]
    fn a_uuid_in_another_spelling_is_refused() {
        for bad in [
            "FFFFFFFF-ffff-4fff-bfff-ffffffffffff",
            "ffffffffffff4fffbfffffffffffffffffff",
            "{fffffff-ffff-4fff-bfff-ffffffffffff",
            "ffffffff-ffff-4fff-bfff-fffffffffff",
            "ffffffff-ffff-4fff-bfff-ffffffffffé",
            "",
        ] {
            assert!(bad.parse::<MissionId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn hashes_are_lowercase_hex() {
        let id = OpId([0xab; 32]);
        assert_eq!(id.to_string(), "ab".repeat(32));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("AB".repeat(32).parse::<OpId>().is_err());
    }

    #[test]
    fn an_escaped_id_in_json_is_still_an_id() {
        let text = format!("\"\\u0061b{}\"", "ab".repeat(31));
        assert_eq!(
            serde_json::from_str::<OpId>(&text).unwrap(),
            OpId([0xab; 32])
        );
    }
}
