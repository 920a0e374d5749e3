//! One HTTP request as data, and the signature that says which key made it.
//!
//! The signed text is
//! ```text
//! vigie request v1\n{METHOD}\n{path with query}\n{SHA-256 of the body, hex}\n{time, ms}\n
//! ```
//! and travels in three headers. A server refuses a time more than [`WINDOW_MS`] from its own, and remembers for that
//! long the signatures of requests that may not happen twice; putting a bundle, a card or a document is idempotent and
//! needs no memory. In the manner of RFC 9421, narrowed to what Vigie sends.

use sha2::{Digest, Sha256};
use vigie_model::Timestamp;
use vigie_sign::{Signature, SigningKey, VerifyingKey};

use crate::api::{Code, Hex, Problem};

/// How far a request's time may be from the server's, either way.
pub const WINDOW_MS: i64 = 10 * 60 * 1000;
/// The header with the public key, in hex.
pub const KEY_HEADER: &str = "vigie-key";
/// The header with the time of the request, in milliseconds since 1970 UTC.
pub const TIME_HEADER: &str = "vigie-time";
/// The header with the Ed25519 signature, in hex.
pub const SIGNATURE_HEADER: &str = "vigie-signature";

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// A request for a [`Transport`](crate::Transport) to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// Path and query, from the first slash.
    pub path: String,
    /// Lowercase names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Lowercase names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: Method, path: impl Into<String>) -> Request {
        Request {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    #[must_use]
    pub fn body(self, media_type: &str, body: Vec<u8>) -> Request {
        Request {
            body,
            ..self.header("content-type", media_type)
        }
    }

    /// Adds the three headers that say that `key` made this request at `now`; replaces earlier ones.
    #[must_use]
    pub fn sign(mut self, key: &SigningKey, now: Timestamp) -> Request {
        let message = message(
            self.method.as_str(),
            &self.path,
            &body_hash(&self.body),
            now,
        );
        let signature = Hex(key.sign(&message).to_bytes());
        self.headers.retain(|(name, _)| {
            ![KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER].contains(&name.as_str())
        });
        self.header(KEY_HEADER, Hex(key.verifying_key().to_bytes()).to_string())
            .header(TIME_HEADER, now.0.to_string())
            .header(SIGNATURE_HEADER, signature.to_string())
    }

    /// Which key made this request; see [`verify`].
    pub fn verify(&self, now: Timestamp) -> Result<Signed, Refusal> {
        verify(
            self.method.as_str(),
            &self.path,
            |name| find(&self.headers, name),
            &body_hash(&self.body),
            now,
        )
    }
}

impl Response {
    /// The value of the first header of that (lowercase) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// The SHA-256 of a body, as [`message`] and [`verify`] take it; a server may compute it while the body streams in.
pub fn body_hash(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// The bytes that a request's signature covers.
pub fn message(method: &str, path: &str, body_hash: &[u8; 32], time: Timestamp) -> Vec<u8> {
    format!(
        "vigie request v1\n{method}\n{path}\n{hash}\n{time}\n",
        hash = Hex(*body_hash),
        time = time.0
    )
    .into_bytes()
}

/// A request whose signature verified. A server that must not do it twice remembers `(key, signature)` until
/// `time` + [`WINDOW_MS`].
#[derive(Clone, Debug)]
pub struct Signed {
    pub key: VerifyingKey,
    pub signature: Hex<64>,
    pub time: Timestamp,
}

/// Why a request is not taken as signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Answer 401 `signature`.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// Answer 401 `signature`.
    #[error("the header {0} can't be read")]
    Unreadable(&'static str),
    /// The signature is right and the time is not: answer 401 `clock` with the server's time, and the sender corrects
    /// itself.
    #[error("the sender's clock is {by_ms} ms ahead of ours")]
    Clock { by_ms: i64, now: Timestamp },
    /// Answer 401 `signature`.
    #[error("the signature does not verify")]
    Signature,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::Clock { now, .. } => Problem::new(Code::Clock).at(now),
            other => Problem::new(Code::Signature).detail(other.to_string()),
        }
    }
}

/// Which key made a request, from its parts: what a server calls, with the path and query exactly as they came.
///
/// The signature is checked before the clock, so only somebody who holds a key learns the server's time from it.
pub fn verify<'a>(
    method: &str,
    path: &str,
    header: impl Fn(&'static str) -> Option<&'a str>,
    body_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Signed, Refusal> {
    let read = |name| header(name).ok_or(Refusal::Missing(name));
    let key: Hex<32> = read(KEY_HEADER)?
        .parse()
        .map_err(|_| Refusal::Unreadable(KEY_HEADER))?;
    let key = VerifyingKey::from_bytes(&key.0).map_err(|_| Refusal::Unreadable(KEY_HEADER))?;
    let time = read(TIME_HEADER)?;
    let time = match time.parse::<i64>() {
        // One spelling only: "+5" or "005" would be signed text that differs from what is rebuilt here.
        Ok(ms) if ms.to_string() == time => Timestamp(ms),
        _ => return Err(Refusal::Unreadable(TIME_HEADER)),
    };
    let signature: Hex<64> = read(SIGNATURE_HEADER)?
        .parse()
        .map_err(|_| Refusal::Unreadable(SIGNATURE_HEADER))?;
    key.verify(
        &message(method, path, body_hash, time),
        &Signature::from_bytes(signature.0),
    )
    .map_err(|_| Refusal::Signature)?;
    let by_ms = time.0.saturating_sub(now.0);
    if by_ms.saturating_abs() > WINDOW_MS {
        return Err(Refusal::Clock { by_ms, now });
    }
    Ok(Signed {
        key,
        signature,
        time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn key() -> SigningKey {
        SigningKey::from_bytes([7; 32])
    }

    fn request() -> Request {
        Request::new(Method::Put, "/v1/bundles/ab?mission=cd")
            .body("application/octet-stream", b"sealed".to_vec())
            .sign(&key(), NOW)
    }

    #[test]
    fn a_signed_request_says_which_key_made_it() {
        let signed = request().verify(NOW).unwrap();
        assert_eq!(signed.key.to_bytes(), key().verifying_key().to_bytes());
        assert_eq!(signed.time, NOW);
    }

    #[test]
    fn any_change_to_what_was_signed_is_refused() {
        let changed: [fn(&mut Request); 4] = [
            |request| request.body[0] ^= 1,
            |request| request.path.push('0'),
            |request| request.method = Method::Post,
            |request| {
                for (name, value) in &mut request.headers {
                    if name == TIME_HEADER {
                        *value = (NOW.0 + 1).to_string();
                    }
                }
            },
        ];
        for change in changed {
            let mut request = request();
            change(&mut request);
            assert_eq!(request.verify(NOW).unwrap_err(), Refusal::Signature);
        }
    }

    #[test]
    fn another_key_under_the_same_signature_is_refused() {
        let mut request = request();
        let other = SigningKey::from_bytes([8; 32]).verifying_key();
        request.headers.retain(|(name, _)| name != KEY_HEADER);
        let request = request.header(KEY_HEADER, Hex(other.to_bytes()).to_string());
        assert_eq!(request.verify(NOW).unwrap_err(), Refusal::Signature);
    }

    #[test]
    fn missing_and_unreadable_headers_are_named() {
        for name in [KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER] {
            let mut request = request();
            request.headers.retain(|(found, _)| found != name);
            assert_eq!(request.verify(NOW).unwrap_err(), Refusal::Missing(name));
            let request = request.header(name, "+12\u{0}é");
            assert_eq!(request.verify(NOW).unwrap_err(), Refusal::Unreadable(name));
        }
    }

    #[test]
    fn the_window_is_ten_minutes_either_way_and_a_wrong_clock_is_told_the_time() {
        for (by_ms, taken) in [
            (0, true),
            (WINDOW_MS, true),
            (-WINDOW_MS, true),
            (WINDOW_MS + 1, false),
        ] {
            let now = Timestamp(NOW.0 - by_ms);
            match request().verify(now) {
                Ok(_) => assert!(taken, "{by_ms}"),
                Err(refusal) => {
                    assert!(!taken, "{by_ms}");
                    assert_eq!(refusal, Refusal::Clock { by_ms, now });
                    assert_eq!(Problem::from(refusal), Problem::new(Code::Clock).at(now));
                }
            }
        }
        assert!(matches!(
            request().verify(Timestamp(i64::MIN)),
            Err(Refusal::Clock { .. })
        ));
    }

    #[test]
    fn the_signed_text_is_as_documented() {
        assert_eq!(
            String::from_utf8(message("PUT", "/v1/x?y=1", &body_hash(b""), Timestamp(12))).unwrap(),
            "vigie request v1\nPUT\n/v1/x?y=1\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n12\n"
        );
    }
}
