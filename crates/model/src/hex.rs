//! Bytes as lowercase hex, the one spelling that ids, keys and signatures have in JSON.
//!
//! One spelling only: two texts that differ never name the same bytes, so ids may be compared as text anywhere.
//! For a field of a serde struct: `#[serde(with = "vigie_model::hex")]` over `[u8; N]`.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serializer, de};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The `2 n` lowercase digits of `n` bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The `N` bytes that exactly `2 N` lowercase digits stand for; `None` for any other text.
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    decode_into(text.as_bytes(), &mut bytes).then_some(bytes)
}

pub(crate) fn decode_into(text: &[u8], bytes: &mut [u8]) -> bool {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != bytes.len() {
        return false;
    }
    let mut fault = 0;
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let (high, low) = (VALUES[usize::from(*high)], VALUES[usize::from(*low)]);
        fault |= high | low;
        *byte = high << 4 | low & 15;
    }
    fault & 0xf0 == 0
}

/// Digit → value; `0xff` where there is none. A table, because an import reads three ids per op.
const VALUES: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// For `#[serde(with = "vigie_model::hex")]`.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(bytes))
}

/// For `#[serde(with = "vigie_model::hex")]`.
pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[u8; N], D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    decode(&text)
        .ok_or_else(|| de::Error::custom(format_args!("not {} lowercase hex digits", 2 * N)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_lowercase_digits_of_the_due_length_are_read() {
        assert_eq!(decode::<3>("00ff10"), Some([0, 255, 16]));
        for bad in [
            "00FF10", "00ff1", "00ff1000", "", "zzzzzz", "é0f1", "0x00ff", " 0ff10",
        ] {
            assert_eq!(decode::<3>(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: [u8; 32]) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
