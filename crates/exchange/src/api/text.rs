//! Bytes inside JSON: hex where people compare them, base64 where they are long.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use vigie_model::hex;

/// Text that is not the hex or base64 it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    #[error("not lowercase hex of the length that is due")]
    Hex,
    #[error("not base64")]
    Base64,
}

/// `N` bytes, written as `2 N` lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

/// An Ed25519 public key.
pub type KeyHex = Hex<32>;
/// An Ed25519 signature.
pub type SignatureHex = Hex<64>;

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> FromStr for Hex<N> {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        hex::decode(text).map(Hex).ok_or(BadText::Hex)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// Bytes of any length, written as standard base64 with padding.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Base64(pub Vec<u8>);

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_bytes())
            .map(Base64)
            .map_err(|_| de::Error::custom(BadText::Base64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_lowercase_and_of_its_length() {
        assert_eq!("00ff10".parse::<Hex<3>>().unwrap(), Hex([0, 255, 16]));
        assert_eq!(Hex([0, 255, 16]).to_string(), "00ff10");
        for bad in ["00FF10", "00ff1", "00ff1000", "", "zzzzzz", "é0f1"] {
            assert_eq!(bad.parse::<Hex<3>>(), Err(BadText::Hex), "{bad:?}");
        }
    }

    #[test]
    fn bytes_come_back_from_base64_and_damage_is_refused() {
        let bytes = Base64((0..=255).collect());
        let text = serde_json::to_string(&bytes).unwrap();
        assert_eq!(serde_json::from_str::<Base64>(&text).unwrap(), bytes);
        assert!(serde_json::from_str::<Base64>("\"a\"").is_err());
    }
}
