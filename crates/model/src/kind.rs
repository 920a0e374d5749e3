//! Kinds of record. An open list: a kind that this version does not know is kept and carried like any other.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::Serialize;

/// A kind of record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Kind(Cow<'static, str>);

impl Kind {
    /// What a person saw or heard, in words.
    pub const NOTE: Kind = Kind::named("note");
    /// One filled questionnaire.
    pub const RESPONSE: Kind = Kind::named("response");
    /// A person, by name or pseudonym.
    pub const CONTACT: Kind = Kind::named("contact");
    /// A place of work.
    pub const WORKPLACE: Kind = Kind::named("workplace");
    /// A union, an association, an employer, a buyer.
    pub const ORGANISATION: Kind = Kind::named("organisation");
    /// A file given with another record.
    pub const ATTACHMENT: Kind = Kind::named("attachment");
    /// No kind: the name that the table of kinds has for all it does not know.
    pub(crate) const UNKNOWN: Kind = Kind::named("");

    /// A kind by its name, as the table of kinds writes it.
    pub(crate) const fn named(kind: &'static str) -> Kind {
        Kind(Cow::Borrowed(kind))
    }

    pub fn new(kind: impl Into<String>) -> Kind {
        Kind(Cow::Owned(kind.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Kind {
    fn from(kind: &str) -> Kind {
        Kind::new(kind)
    }
}

impl From<String> for Kind {
    fn from(kind: String) -> Kind {
        Kind::new(kind)
    }
}

impl FromStr for Kind {
    type Err = std::convert::Infallible;

    fn from_str(kind: &str) -> Result<Kind, Self::Err> {
        Ok(Kind::new(kind))
    }
}

impl PartialEq<str> for Kind {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Kind {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_nobody_knows_survives() {
        let kind: Kind = serde_json::from_str("\"herbier\"").unwrap();
        assert_eq!(serde_json::to_string(&kind).unwrap(), "\"herbier\"");
        assert_eq!(Kind::NOTE, Kind::new("note"));
    }
}
