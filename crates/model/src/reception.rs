//! What may be said of a bundle that came to the office.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a bundle is in quarantine. Each says what a person may do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    /// Not an `age` file: something else was dropped here.
    NotSealed,
    /// Sealed for other keys: look for the right office key.
    NotForUs,
    /// Cut short or changed on the way: ask for it again.
    Damaged,
    /// Larger than any bundle once open.
    TooLarge,
    /// Opens, but is not a bundle.
    Malformed,
    /// Not signed by the device it names: forged, or damaged before it was sealed.
    BadSignature,
    /// Signed by a device that never enrolled here: its enrolment may be on its way.
    UnknownDevice,
    /// From a known device, for a mission that it does not take part in.
    WrongMission,
    /// From a partner's device, and something else than one answer to its link's questionnaire.
    BeyondLink,
    /// Says of a record that it is another kind or another mission's than it was when it first came, or writes on a
    /// partner's answer: somebody means harm, or a phone's storage is damaged. A person should look at it.
    Disagrees,
    /// Written by a version of Vigie that this office does not have yet: update, then it comes in.
    Newer,
    /// From a device that the office removed, received after that.
    Revoked,
    /// The server told of it, and could not give it: it is asked for again at each fetch.
    Missing,
}

impl QuarantineReason {
    /// Whether the same bytes may be accepted later, once the office knows more, has another key or a newer Vigie: worth
    /// trying again.
    pub fn may_come_right(self) -> bool {
        matches!(
            self,
            QuarantineReason::UnknownDevice
                | QuarantineReason::WrongMission
                | QuarantineReason::NotForUs
                | QuarantineReason::Newer
                | QuarantineReason::Missing
        )
    }

    /// Whether the bytes are kept. `fetched`: they are the server's word for what a device sent, and not a file that somebody
    /// dropped here and has still.
    pub fn is_kept(self, fetched: bool) -> bool {
        self.may_come_right()
            || matches!(
                self,
                QuarantineReason::Disagrees | QuarantineReason::Revoked
            )
            || fetched && self == QuarantineReason::Damaged
    }
}

impl fmt::Display for QuarantineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuarantineReason::NotSealed => "not a sealed bundle",
            QuarantineReason::NotForUs => "sealed for another office",
            QuarantineReason::Damaged => "cut short or damaged on the way",
            QuarantineReason::TooLarge => "too large once open",
            QuarantineReason::Malformed => "opens, but is not a bundle",
            QuarantineReason::BadSignature => "not signed by the device it names",
            QuarantineReason::UnknownDevice => "from a device that is not enrolled",
            QuarantineReason::WrongMission => "for a mission that its device does not take part in",
            QuarantineReason::BeyondLink => "more than its partner link allows",
            QuarantineReason::Disagrees => "says otherwise of a record than what came first",
            QuarantineReason::Newer => "written by a newer version: update, then try again",
            QuarantineReason::Revoked => "from a device that was removed",
            QuarantineReason::Missing => "told of by the server, which does not have it",
        })
    }
}

/// Something odd about a device's run of ops; nothing is refused for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Ops `from` to `to` of this device are not here; they may come.
    Gap { from: u64, to: u64 },
    /// Two ops of this device have one number: its storage was set back to an old copy.
    Fork { seq: u64 },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Gap { from, to } if from == to => write!(f, "gap {from}"),
            Warning::Gap { from, to } => write!(f, "gap {from}-{to}"),
            Warning::Fork { seq } => write!(f, "fork {seq}"),
        }
    }
}

impl FromStr for Warning {
    type Err = BadWarning;

    fn from_str(text: &str) -> Result<Warning, BadWarning> {
        let number = |text: &str| text.parse().map_err(|_| BadWarning);
        match text.split_once(' ') {
            Some(("gap", run)) => {
                let (from, to) = run.split_once('-').unwrap_or((run, run));
                Ok(Warning::Gap {
                    from: number(from)?,
                    to: number(to)?,
                })
            }
            Some(("fork", seq)) => Ok(Warning::Fork { seq: number(seq)? }),
            _ => Err(BadWarning),
        }
    }
}

/// Text that is no [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a warning")]
pub struct BadWarning;

/// As text: so a desk keeps it beside a bundle.
impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Warning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Warning, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_comes_back_from_its_text() {
        for (warning, text) in [
            (Warning::Gap { from: 3, to: 3 }, "gap 3"),
            (Warning::Gap { from: 3, to: 5 }, "gap 3-5"),
            (Warning::Fork { seq: 7 }, "fork 7"),
        ] {
            assert_eq!(warning.to_string(), text);
            assert_eq!(text.parse(), Ok(warning));
        }
        for bad in ["gap", "gap 3-", "fork x", "hole 3", ""] {
            assert_eq!(bad.parse::<Warning>(), Err(BadWarning), "{bad}");
        }
    }
}
