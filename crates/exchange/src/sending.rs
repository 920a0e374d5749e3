//! What becomes of one sealed bundle, as a pure function of what happens to it.
//!
//! ```text
//!            start                 stored                receipt
//!  Sealed ─────────► Sending ─────────────► Stored ─────────────► Received
//!    ▲  ▲             │ ▲ │ │                 │
//!    │  │       failed│ │ │ └─ refused ─► Parked ── asked ─► Sending
//!    │  │             ▼ │ └─── unknown device ─► NeedsEnrol ── enrolled ─► Sealed, asked ─► Sending
//!    │  │           Waiting (until a moment)
//!    │  └─ missing at the server (a restored backup) ┘
//!    └─ the app reopens while sending
//! ```
//! Whatever happens, the bundle keeps its id, which is the hash of its bytes: it can't be sent as other bytes. Its bytes
//! are kept until it is [`Received`](Sending::Received), the only state that nothing leaves, and which only a receipt
//! signed by the office gives: a bundle that travelled as a file gets there from any state.
//!
//! Waiting is "full jitter" (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): a moment drawn
//! evenly below a ceiling that doubles, so that many phones that find the network again do not all call at once.

use serde::{Deserialize, Serialize};
use vigie_model::{BundleId, Random, Timestamp};

use crate::{
    api::{Code, Stored, VerifiedReceipt},
    client::ExchangeError,
};

/// The shortest wait before another attempt: 2 s.
pub const SHORTEST_MS: i64 = 2_000;
/// The longest wait that we choose ourselves: 15 min.
pub const LONGEST_MS: i64 = 15 * 60 * 1000;
/// The longest wait that a server may impose by `Retry-After`: a day. Also how far in the future a moment may be before
/// we take it that our own clock was moved back, and go ahead.
pub const IMPOSED_MS: i64 = 24 * 60 * 60 * 1000;

/// Where one bundle is on its way to the office. Stored, sealed, after each step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Sending {
    /// On this device only; nothing hinders sending it.
    Sealed { bundle: BundleId },
    /// `attempt` attempts failed; the next may be at `until`.
    Waiting {
        bundle: BundleId,
        attempt: u32,
        until: Timestamp,
        /// The server said how long: a network that comes back does not shorten it.
        imposed: bool,
    },
    /// Under way, after `attempt` attempts that failed.
    Sending { bundle: BundleId, attempt: u32 },
    /// The server has it, since `at` by its clock.
    Stored { bundle: BundleId, at: Timestamp },
    /// The office has it: our copy of the sealed bytes may go.
    Received { receipt: VerifiedReceipt },
    /// The server will not take it, and trying again by ourselves is no use: shown, offered as a file, never dropped.
    Parked { bundle: BundleId, reason: Parked },
    /// The server does not know this device: an invite is needed.
    NeedsEnrol { bundle: BundleId },
}

/// Why a bundle is parked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Parked {
    TooLarge,
    Malformed,
    /// Refused with another code, which is shown.
    Refused {
        code: String,
    },
}

impl Parked {
    /// What the server said.
    pub fn code(&self) -> Code {
        match self {
            Parked::TooLarge => Code::TooLarge,
            Parked::Malformed => Code::Malformed,
            Parked::Refused { code } => Code::from_word(code),
        }
    }
}

/// What sets an exchange going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Timer,
    Online,
    Asked,
}

impl Trigger {
    /// What it is to a bundle that waits.
    pub fn event(self, now: Timestamp) -> Event {
        match self {
            Trigger::Asked => Event::Asked,
            Trigger::Online => Event::Online { now },
            Trigger::Timer => Event::Start { now },
        }
    }
}

/// What may happen to a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The timer, or the start of the app: send if it is time.
    Start { now: Timestamp },
    /// The network is back: send, unless the server asked us to wait.
    Online { now: Timestamp },
    /// A person pressed the button: send, even what is parked.
    Asked,
    /// The server answered that it has the bytes, or lists them among those it has.
    Stored { at: Timestamp },
    /// No answer, or one that says to come back later.
    Failed {
        now: Timestamp,
        retry_after_ms: Option<i64>,
    },
    /// The server will not take it.
    Refused(Parked),
    /// The server does not know the device.
    UnknownDevice,
    /// The device has enrolled (again).
    Enrolled,
    /// The server's list of what it has does not name it.
    Missing,
    /// The office's receipt.
    Received(VerifiedReceipt),
    /// The app was closed or killed, and is open again: nothing is under way any more.
    Reopened { now: Timestamp },
}

/// Why an event can't be true of a bundle in its state; the state is unchanged, and the caller has a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// An outcome of an attempt that was not under way.
    #[error("nothing was being sent")]
    NotSending,
    #[error("the receipt is for another bundle")]
    OtherBundle,
}

impl Event {
    /// What the answer to a `PUT` of the bundle means for it.
    pub fn of_answer(answer: &Result<Stored, ExchangeError>, now: Timestamp) -> Event {
        let (problem, retry_after_ms) = match answer {
            Ok(stored) => return Event::Stored { at: stored.stored },
            Err(ExchangeError::Problem {
                problem,
                retry_after_ms,
            }) => (problem, *retry_after_ms),
            Err(ExchangeError::Unreachable(_) | ExchangeError::Foreign { .. }) => {
                return Event::Failed {
                    now,
                    retry_after_ms: None,
                };
            }
        };
        match &problem.code {
            Code::TooLarge => Event::Refused(Parked::TooLarge),
            Code::Malformed => Event::Refused(Parked::Malformed),
            Code::UnknownDevice => Event::UnknownDevice,
            Code::Clock
            | Code::Busy
            | Code::TooMany
            | Code::Full
            | Code::Internal
            | Code::NotFound => Event::Failed {
                now,
                retry_after_ms,
            },
            // Not a problem document of ours, or a fault that may pass.
            Code::Other(word) if word.starts_with("http-") || problem.status >= 500 => {
                Event::Failed {
                    now,
                    retry_after_ms,
                }
            }
            code => Event::Refused(Parked::Refused {
                code: code.as_str().to_owned(),
            }),
        }
    }
}

impl Sending {
    /// A bundle whose sealed bytes are on the disk of this device.
    pub fn sealed(bundle: BundleId) -> Sending {
        Sending::Sealed { bundle }
    }

    pub fn bundle(&self) -> BundleId {
        match self {
            Sending::Sealed { bundle }
            | Sending::Waiting { bundle, .. }
            | Sending::Sending { bundle, .. }
            | Sending::Stored { bundle, .. }
            | Sending::Parked { bundle, .. }
            | Sending::NeedsEnrol { bundle } => *bundle,
            Sending::Received { receipt } => receipt.receipt().bundle,
        }
    }

    /// True as long as the sealed bytes must stay on this device.
    pub fn keeps_bytes(&self) -> bool {
        !matches!(self, Sending::Received { .. })
    }

    /// When the timer should fire for this bundle; `None` when no time will help.
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Sending::Sealed { .. } => Some(Timestamp(i64::MIN)),
            Sending::Waiting { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// The next state after `event`; refuses what can't happen rather than guessing. Sends when, and only when, the
    /// answer is [`Sending::Sending`] and the state before was another.
    pub fn after(self, event: Event, jitter: &mut impl Random) -> Result<Sending, Impossible> {
        use Sending::{NeedsEnrol, Parked, Received, Sealed, Stored, Waiting};
        let bundle = self.bundle();
        Ok(match (self, event) {
            (_, Event::Received(receipt)) => {
                if receipt.receipt().bundle != bundle {
                    return Err(Impossible::OtherBundle);
                }
                Received { receipt }
            }
            (received @ Received { .. }, _) => received,

            (stored @ Stored { .. }, Event::Stored { .. }) => stored,
            (_, Event::Stored { at }) => Stored { bundle, at },

            (Sealed { .. }, Event::Start { .. } | Event::Online { .. } | Event::Asked) => {
                Sending::Sending { bundle, attempt: 0 }
            }
            (Waiting { attempt, until, .. }, Event::Start { now }) if is_due(until, now) => {
                Sending::Sending { bundle, attempt }
            }
            (Waiting { until, imposed, .. }, Event::Online { now })
                if !imposed || is_due(until, now) =>
            {
                Sending::Sending { bundle, attempt: 0 }
            }
            (Waiting { .. } | Parked { .. } | NeedsEnrol { .. }, Event::Asked) => {
                Sending::Sending { bundle, attempt: 0 }
            }
            (same, Event::Start { .. } | Event::Online { .. } | Event::Asked) => same,

            (
                Sending::Sending { attempt, .. },
                Event::Failed {
                    now,
                    retry_after_ms,
                },
            ) => {
                let attempt = attempt.saturating_add(1);
                let until = Timestamp(now.0.saturating_add(wait_ms(
                    attempt,
                    retry_after_ms,
                    jitter,
                )));
                Waiting {
                    bundle,
                    attempt,
                    until,
                    imposed: retry_after_ms.is_some(),
                }
            }
            (Sending::Sending { .. }, Event::Refused(reason)) => Parked { bundle, reason },
            (Sending::Sending { .. }, Event::UnknownDevice) => NeedsEnrol { bundle },
            (
                stored @ Stored { .. },
                Event::Failed { .. } | Event::Refused(_) | Event::UnknownDevice,
            ) => stored,
            (_, Event::Failed { .. } | Event::Refused(_) | Event::UnknownDevice) => {
                return Err(Impossible::NotSending);
            }

            (NeedsEnrol { .. }, Event::Enrolled) => Sealed { bundle },
            (same, Event::Enrolled) => same,

            (Stored { .. }, Event::Missing) => Sealed { bundle },
            (same, Event::Missing) => same,

            (Sending::Sending { attempt: 0, .. }, Event::Reopened { .. }) => Sealed { bundle },
            (Sending::Sending { attempt, .. }, Event::Reopened { now }) => Waiting {
                bundle,
                attempt,
                until: now,
                imposed: false,
            },
            (same, Event::Reopened { .. }) => same,
        })
    }
}

fn is_due(until: Timestamp, now: Timestamp) -> bool {
    let left = until.0.saturating_sub(now.0);
    left <= 0 || left > IMPOSED_MS
}

/// How long to wait after `attempt` failed attempts (at least 1): drawn evenly from [`SHORTEST_MS`] to a ceiling that
/// starts at twice that, doubles, and stops at [`LONGEST_MS`]; never less than the server asked for.
pub fn wait_ms(attempt: u32, retry_after_ms: Option<i64>, jitter: &mut impl Random) -> i64 {
    let ceiling = SHORTEST_MS
        .checked_shl(attempt.clamp(1, 20))
        .unwrap_or(LONGEST_MS)
        .min(LONGEST_MS);
    let mut bytes = [0; 8];
    jitter.fill(&mut bytes);
    let drawn =
        i64::try_from(u64::from_le_bytes(bytes) % (ceiling - SHORTEST_MS + 1).unsigned_abs())
            .unwrap_or(0);
    let own = SHORTEST_MS + drawn;
    match retry_after_ms {
        // The jitter comes on top, or all would call at the very moment the server named.
        Some(asked) => asked
            .clamp(0, IMPOSED_MS)
            .saturating_add(own)
            .min(IMPOSED_MS),
        None => own,
    }
}

#[cfg(test)]
mod tests;
