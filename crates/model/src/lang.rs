//! Languages by their tag. A text newtype rather than a list, so that one more language is one more locale file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language, by its tag (BCP 47): `fr`, `en`, `es`, `ht`, …
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lang(pub String);

impl Lang {
    pub fn new(tag: impl Into<String>) -> Lang {
        Lang(tag.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Lang {
    fn from(tag: &str) -> Lang {
        Lang::new(tag)
    }
}

impl From<String> for Lang {
    fn from(tag: String) -> Lang {
        Lang(tag)
    }
}

impl FromStr for Lang {
    type Err = std::convert::Infallible;

    fn from_str(tag: &str) -> Result<Lang, Self::Err> {
        Ok(Lang::new(tag))
    }
}
