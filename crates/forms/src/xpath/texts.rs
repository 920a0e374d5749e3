//! Functions on texts alone: pieces, patterns, digests.

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

/// Whether `pattern` is found in `value`; `^` and `$` are the author's to write.
pub(super) fn matches_pattern(value: &str, pattern: &str) -> Result<bool, EvalError> {
    thread_local! {
        static READ: std::cell::RefCell<std::collections::HashMap<String, Option<regex_lite::Regex>>> =
            std::cell::RefCell::new(std::collections::HashMap::new());
    }
    READ.with_borrow_mut(|read| {
        if read.len() > 256 {
            read.clear();
        }
        if !read.contains_key(pattern) {
            let regex = regex_lite::RegexBuilder::new(&as_rust(pattern))
                .size_limit(1 << 20)
                .build()
                .ok();
            read.insert(pattern.to_owned(), regex);
        }
        match read.get(pattern) {
            Some(Some(regex)) => Ok(regex.is_match(value)),
            _ => Err(EvalError::Argument(
                "regex",
                format!("not a pattern: {pattern}"),
            )),
        }
    })
}

/// Whether `pattern` can be read at all; the reader of forms warns where it can't.
pub(crate) fn is_pattern(pattern: &str) -> bool {
    regex_lite::RegexBuilder::new(&as_rust(pattern))
        .size_limit(1 << 20)
        .build()
        .is_ok()
}

/// Java and JavaScript let a sign be escaped that needs no escape, and letters by `\p{L}`; the engine here does not.
fn as_rust(pattern: &str) -> String {
    const CLASSES: [(&str, &str); 6] = [
        ("{L}", "a-zA-ZÀ-ÖØ-öø-ɏͰ-ϿЀ-ӿ֐-׿؀-ۿऀ-ॿ぀-ヿ一-鿿"),
        ("{Lu}", "A-ZÀ-ÖØ-ÞА-Я"),
        ("{Ll}", "a-zß-öø-ÿа-я"),
        ("{N}", "0-9"),
        ("{Nd}", "0-9"),
        ("{Alpha}", "a-zA-Z"),
    ];
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                let Some(next) = rest.chars().next() else {
                    out.push('\\');
                    break;
                };
                rest = &rest[next.len_utf8()..];
                if next == 'p'
                    && let Some((sign, class)) =
                        CLASSES.iter().find(|(sign, _)| rest.starts_with(sign))
                {
                    rest = &rest[sign.len()..];
                    out.push_str(&if in_class {
                        (*class).to_owned()
                    } else {
                        format!("[{class}]")
                    });
                } else if next.is_ascii_alphanumeric() || !next.is_ascii() {
                    out.push('\\');
                    out.push(next);
                } else if matches!(
                    next,
                    '"' | '\'' | '/' | ' ' | '_' | '@' | '%' | '!' | ',' | ';' | ':' | '=' | '`'
                ) {
                    out.push(next);
                } else {
                    out.push('\\');
                    out.push(next);
                }
            }
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
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
    fn patterns_written_for_java_and_javascript_are_read() {
        for (pattern, value, found) in [
            (r"^\d{3}\-\d{4}$", "555-0199", true),
            (r"^[A-Z]{2}\/\d+$", "QC/12", true),
            (r"^\p{L}+$", "Élise", true),
            (r"^[\p{L} '\-]+$", "Anne-Marie d'Arc", true),
            (r"^[^@ ]+@[^@ ]+\.[a-z]+$", "a@b", false),
        ] {
            assert_eq!(
                matches_pattern(value, pattern).ok(),
                Some(found),
                "{pattern}"
            );
        }
        assert!(matches_pattern("a", "(").is_err());
    }

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
