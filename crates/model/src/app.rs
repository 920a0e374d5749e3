//! Which version of the app a device says that it runs.
//!
//! It comes from devices and is shown to people, so it is one short word of plain letters or it is nothing: what is longer or
//! odder is not a version.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A version of the app, such as `0.1.0` or `1.2.0-rc.1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AppVersion(String);

/// Empty, longer than [`AppVersion::MAX_BYTES`], or with something else than letters, digits, `.`, `-` and `+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the version of an app")]
pub struct BadAppVersion;

impl AppVersion {
    pub const MAX_BYTES: usize = 32;

    /// The version of this programme: all that is built together has one.
    pub fn this() -> AppVersion {
        AppVersion(env!("CARGO_PKG_VERSION").to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AppVersion {
    type Error = BadAppVersion;

    fn try_from(text: String) -> Result<AppVersion, BadAppVersion> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
        match (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(is_plain) {
            true => Ok(AppVersion(text)),
            false => Err(BadAppVersion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_version_is_one() {
        let this = AppVersion::this();
        assert_eq!(AppVersion::try_from(this.to_string()), Ok(this));
    }

    #[test]
    fn only_a_short_plain_word_is_a_version() {
        for good in ["0.1.0", "1.2.0-rc.1+build7", "x"] {
            assert!(AppVersion::try_from(good.to_owned()).is_ok(), "{good}");
        }
        let long = "1".repeat(AppVersion::MAX_BYTES + 1);
        for bad in [
            "",
            "0.1 0",
            "<b>",
            "0.1.0\n",
            "=1+1",
            "٣",
            "\u{202e}1",
            &long,
        ] {
            assert!(AppVersion::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
