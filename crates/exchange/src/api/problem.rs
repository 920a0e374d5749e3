//! What went wrong, as a problem document (RFC 9457, `application/problem+json`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vigie_model::{Timestamp, from_json};

/// The media type of a [`Problem`].
pub const PROBLEM_TYPE: &str = "application/problem+json";
const PREFIX: &str = "urn:vigie:problem:";

/// Which problem it is; a client decides by this, never by the title.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request's time is too far from the server's: take [`Problem::now`] and send again.
    Clock,
    /// The signature is missing, does not verify, or was used before.
    Signature,
    /// No device with this key is enrolled: ask for an invite.
    UnknownDevice,
    InviteUnknown,
    /// Another device enrolled with this invite.
    InviteUsed,
    InviteExpired,
    /// More bytes than the server takes: park it, offer it as a file.
    TooLarge,
    /// The server can't read the request: park it.
    Malformed,
    /// The office removed this device: it may send and fetch nothing any more.
    Revoked,
    /// Only the office may do this.
    NotOffice,
    /// The set-up token was used.
    SetupUsed,
    NotFound,
    /// Another desk of the office published first: read again, and go on from there.
    Stale,
    /// Too many requests at once, or the server is stopping: wait and send again.
    Busy,
    /// More requests than one device, link or address may make in a while: wait as long as is said.
    TooMany,
    /// The server's disk is full: wait and send again.
    Full,
    /// A fault of the server: wait and send again.
    Internal,
    /// A code of a newer server.
    Other(String),
}

impl Code {
    /// The word after `urn:vigie:problem:`.
    pub fn as_str(&self) -> &str {
        match self {
            Code::Clock => "clock",
            Code::Signature => "signature",
            Code::UnknownDevice => "unknown-device",
            Code::InviteUnknown => "invite-unknown",
            Code::InviteUsed => "invite-used",
            Code::InviteExpired => "invite-expired",
            Code::TooLarge => "too-large",
            Code::Malformed => "malformed",
            Code::NotOffice => "not-office",
            Code::SetupUsed => "setup-used",
            Code::NotFound => "not-found",
            Code::Revoked => "revoked",
            Code::Stale => "stale",
            Code::TooMany => "too-many",
            Code::Full => "full",
            Code::Busy => "busy",
            Code::Internal => "internal",
            Code::Other(word) => word,
        }
    }

    /// The HTTP status that goes with it.
    pub fn status(&self) -> u16 {
        match self {
            Code::Clock | Code::Signature | Code::UnknownDevice => 401,
            Code::NotOffice | Code::Revoked => 403,
            Code::InviteUnknown | Code::NotFound => 404,
            Code::InviteUsed | Code::SetupUsed | Code::Stale => 409,
            Code::InviteExpired => 410,
            Code::TooLarge => 413,
            Code::Malformed => 422,
            Code::TooMany => 429,
            Code::Busy => 503,
            Code::Full => 507,
            Code::Internal | Code::Other(_) => 500,
        }
    }

    /// The title, in English: a person reads a translation of the code instead.
    pub fn title(&self) -> &str {
        match self {
            Code::Clock => "The clock of the sender is too far from the server's",
            Code::Signature => "The request is not signed by the key it names",
            Code::UnknownDevice => "This device is not enrolled",
            Code::InviteUnknown => "No such invite",
            Code::InviteUsed => "The invite was used by another device",
            Code::InviteExpired => "The invite has expired",
            Code::TooLarge => "Too large",
            Code::Malformed => "The request can't be read",
            Code::NotOffice => "Only the office may do this",
            Code::SetupUsed => "The office is set up already",
            Code::NotFound => "Not found",
            Code::Revoked => "The office removed this device",
            Code::Stale => "A later revision is there already",
            Code::TooMany => "Too many requests: try again later",
            Code::Full => "The server's disk is full",
            Code::Busy => "Busy: try again later",
            Code::Internal => "The server failed",
            Code::Other(word) => word,
        }
    }

    /// The code of a word; one that is not known here is kept.
    pub fn from_word(word: &str) -> Code {
        const KNOWN: [Code; 17] = [
            Code::Revoked,
            Code::Stale,
            Code::TooMany,
            Code::Full,
            Code::Clock,
            Code::Signature,
            Code::UnknownDevice,
            Code::InviteUnknown,
            Code::InviteUsed,
            Code::InviteExpired,
            Code::TooLarge,
            Code::Malformed,
            Code::NotOffice,
            Code::SetupUsed,
            Code::NotFound,
            Code::Busy,
            Code::Internal,
        ];
        KNOWN
            .into_iter()
            .find(|code| code.as_str() == word)
            .unwrap_or_else(|| Code::Other(word.to_owned()))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{PREFIX}{}", self.as_str()))
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Ok(Code::from_word(text.strip_prefix(PREFIX).unwrap_or(&text)))
    }
}

/// A problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {title}")]
pub struct Problem {
    #[serde(rename = "type")]
    pub code: Code,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The server's time; always there with [`Code::Clock`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

impl Problem {
    /// The problem with the title and status that go with its code.
    pub fn new(code: Code) -> Problem {
        Problem {
            title: code.title().to_owned(),
            status: code.status(),
            detail: None,
            now: None,
            code,
        }
    }

    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Problem {
        Problem {
            detail: Some(detail.into()),
            ..self
        }
    }

    #[must_use]
    pub fn at(self, now: Timestamp) -> Problem {
        Problem {
            now: Some(now),
            ..self
        }
    }

    /// Reads an answer of `status`; one that isn't a problem document (a proxy, a captive portal) becomes the problem
    /// that the status suggests.
    pub fn read(status: u16, body: &[u8]) -> Problem {
        match from_json::<Problem>(body) {
            Ok(problem) => Problem { status, ..problem },
            Err(_) => {
                let code = match status {
                    404 => Code::NotFound,
                    413 => Code::TooLarge,
                    400 | 422 => Code::Malformed,
                    429 => Code::TooMany,
                    408 | 425 | 502..=504 => Code::Busy,
                    507 => Code::Full,
                    500 => Code::Internal,
                    other => Code::Other(format!("http-{other}")),
                };
                Problem {
                    status,
                    ..Problem::new(code)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_from_its_word_and_an_unknown_one_survives() {
        for word in [
            "clock",
            "signature",
            "unknown-device",
            "invite-unknown",
            "invite-used",
            "invite-expired",
            "too-large",
            "malformed",
            "not-office",
            "setup-used",
            "not-found",
            "busy",
            "internal",
            "revoked",
            "stale",
            "too-many",
            "full",
        ] {
            let code = Code::from_word(word);
            assert_eq!(code.as_str(), word);
            assert!(!matches!(code, Code::Other(_)), "{word}");
        }
        assert_eq!(Code::from_word("snow").as_str(), "snow");
    }

    #[test]
    fn an_answer_that_is_no_problem_document_is_judged_by_its_status() {
        assert_eq!(Problem::read(502, b"<html>").code, Code::Busy);
        assert_eq!(Problem::read(413, b"").code, Code::TooLarge);
        assert_eq!(
            Problem::read(511, b"sign in").code,
            Code::Other("http-511".into())
        );
    }
}
