//! Functions on texts alone: pieces, digests.

use super::EvalError;
use base64::Engine as _;
use md5::Digest as _;
use std::fmt::Write as _;

/// XPath 1.0 §4.2: characters whose place is at least `start` and less than `start + length`, both rounded.
pub(super) fn substring(text: &str, start: f64, length: Option<f64>) -> String {
    let half_up = |n: f64| (n + 0.5).floor();
    let start = half_up(start);
    let end = length.map_or(f64::INFINITY, |length| start + half_up(length));
    text.chars()
        .enumerate()
        .filter(|(index, _)| {
            let place = *index as f64 + 1.0;
            place >= start && place < end
        })
        .map(|(_, c)| c)
        .collect()
}

/// Characters from `start` (from 0, from the end when negative) to before `end`.
pub(super) fn substr(text: &str, start: f64, end: Option<f64>) -> String {
    let length = text.chars().count() as f64;
    let place = |n: f64| {
        let n = if n.is_nan() { 0.0 } else { n.trunc() };
        (if n < 0.0 { length + n } else { n }).clamp(0.0, length) as usize
    };
    let (start, end) = (place(start), end.map_or(length as usize, place));
    text.chars()
        .skip(start)
        .take(end.saturating_sub(start))
        .collect()
}

pub(super) fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    text.chars()
        .filter_map(|c| match from.chars().position(|f| f == c) {
            Some(index) => to.get(index).copied(),
            None => Some(c),
        })
        .collect()
}

pub(super) fn digest(text: &str, algorithm: &str, encoding: &str) -> Result<String, EvalError> {
    let bytes = text.as_bytes();
    let hash = match algorithm {
        "MD5" => md5::Md5::digest(bytes).to_vec(),
        "SHA-1" => sha1::Sha1::digest(bytes).to_vec(),
        "SHA-256" => sha2::Sha256::digest(bytes).to_vec(),
        "SHA-384" => sha2::Sha384::digest(bytes).to_vec(),
        "SHA-512" => sha2::Sha512::digest(bytes).to_vec(),
        other => {
            return Err(EvalError::Argument(
                "digest",
                format!("no algorithm is called {other}"),
            ));
        }
    };
    match encoding {
        "base64" => Ok(base64::engine::general_purpose::STANDARD.encode(hash)),
        "hex" => {
            let mut out = String::with_capacity(hash.len() * 2);
            for byte in hash {
                write!(out, "{byte:02x}")
                    .map_err(|_| EvalError::Argument("digest", "out of memory".into()))?;
            }
            Ok(out)
        }
        other => Err(EvalError::Argument(
            "digest",
            format!("no encoding is called {other}"),
        )),
    }
}

pub(super) fn base64_text(text: &str) -> String {
    use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
    let text: String = text.split_whitespace().collect();
    let config = NO_PAD.with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    engine
        .decode(text.trim_end_matches('='))
        .map_or(String::new(), |bytes| {
            String::from_utf8_lossy(&bytes).into_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_text_count_characters_not_bytes() {
        assert_eq!(substr("élève", 1.0, Some(3.0)), "lè");
        assert_eq!(substr("élève", -2.0, None), "ve");
        assert_eq!(substring("12345", 1.5, Some(2.6)), "234");
        assert_eq!(
            substring("12345", f64::NEG_INFINITY, Some(f64::INFINITY)),
            ""
        );
        assert_eq!(translate("été", "é", "e"), "ete");
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        assert_eq!(
            digest("abc", "MD5", "hex").as_deref(),
            Ok("900150983cd24fb0d6963f7d28e17f72")
        );
        assert!(digest("abc", "SHA-3", "hex").is_err());
        assert_eq!(base64_text("w6nDqMOx"), "éèñ");
    }
}
