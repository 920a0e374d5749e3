//! An answer that is kept at the server for whoever goes on with it later: when it is put there, and what comes of it.
//!
//! ```text
//!        changed            put              kept
//!  Kept ─────────► Changed ─────► Putting ─────────► Kept, or Changed if more was answered meanwhile
//!                     ▲             │   │
//!                     └─── failed ──┘   └─ refused ─► Over
//! ```
//! A pure function of what happens: whoever holds it asks [`Later::is_due`], seals with [`Later::put`], sends that, and says
//! with [`Later::answered`] what the server said. What is put after a failure is the answer as it stands then, under a
//! greater revision: whether the put before came through or not, the server ends with the last one.

use serde::Serialize;
use vigie_exchange::{
    ExchangeError,
    api::{Code, DRAFT_BYTES, DraftBox, DraftKept},
    sending::{IMPOSED_MS, wait_ms},
};
use vigie_model::{InviteId, Link, Random, Timestamp};
use vigie_seal::{DraftCode, InviteCode, seal_draft};

/// How long after something was answered all of it is put at the server: once for a few questions, for phones pay for each
/// byte. The server takes 30 requests about one draft in a minute.
pub const PAUSE_MS: i64 = 5_000;

/// A draft, as the device that goes on with it knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    code: DraftCode,
    link: InviteCode,
    days: u32,
    /// The last revision that was put, or read.
    rev: u32,
    with_files: bool,
    standing: Standing,
}

/// How a draft stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The server has all of the answer, until a moment by its clock.
    Kept { until: Timestamp },
    /// The server lacks something of it. It is put from `from` on; `failed` attempts failed before.
    Changed { from: Timestamp, failed: u32 },
    /// On its way; `changed`: more was answered since.
    Putting { failed: u32, changed: bool },
    /// Nothing more is put: what was answered since is on this page alone.
    Over(Over),
}

/// Why nothing more is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// Somebody with the code went on elsewhere, or erased the draft.
    Elsewhere,
    /// The link is used up, has expired or was closed, as the code says: no answer can be sent by it any more.
    Link(Code),
    /// Too large even without its files.
    TooLarge,
    /// Refused with another code: by a server from before there were drafts, `not-found`.
    Refused(Code),
}

/// What is to be sent, by `Client::put_draft`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    pub invite: InviteId,
    pub rev: u32,
    pub days: u32,
    pub sealed: Vec<u8>,
}

impl Later {
    /// A draft of an answer to `link`, under a code of its own; `None` where the office lets nobody go on later.
    pub fn begin(
        code: InviteCode,
        link: &Link,
        now: Timestamp,
        random: &mut impl Random,
    ) -> Option<Later> {
        (link.later_days > 0).then(|| Later {
            code: DraftCode::random(random),
            link: code,
            days: link.later_days,
            rev: 0,
            with_files: true,
            standing: Standing::Changed {
                from: now,
                failed: 0,
            },
        })
    }

    /// Goes on with a draft that the server gave and its code opened: an answer to the link of this code.
    pub fn go_on(draft: DraftCode, code: InviteCode, link: &Link, found: &DraftBox) -> Later {
        Later {
            code: draft,
            link: code,
            days: link.later_days,
            rev: found.rev,
            with_files: true,
            standing: Standing::Kept {
                until: found.expires,
            },
        }
    }

    /// What the person takes with her; its key signs what is asked of the server.
    pub fn code(&self) -> &DraftCode {
        &self.code
    }

    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Something was answered.
    pub fn changed(&mut self, now: Timestamp) {
        match &mut self.standing {
            Standing::Kept { .. } => {
                self.standing = Standing::Changed {
                    from: now.plus(PAUSE_MS),
                    failed: 0,
                };
            }
            Standing::Putting { changed, .. } => *changed = true,
            Standing::Changed { .. } | Standing::Over(_) => {}
        }
    }

    /// The person wants it kept at once.
    pub fn asked(&mut self, now: Timestamp) {
        if let Standing::Changed { from, .. } = &mut self.standing {
            *from = now.min(*from);
        }
    }

    /// Whether it is to be put now. A moment that lies far ahead was said by a clock that was set back since.
    pub fn is_due(&self, now: Timestamp) -> bool {
        match self.standing {
            Standing::Changed { from, .. } => from <= now || from.since(now) > IMPOSED_MS,
            _ => false,
        }
    }

    /// Seals the answer as it stands, to be sent at once. `kept` gives it with or without its files; they are left out for
    /// good where it is too large with them. `None` where it is not to be put.
    pub fn put<K: Serialize>(
        &mut self,
        mut kept: impl FnMut(bool) -> K,
        random: &mut impl Random,
    ) -> Result<Option<Put>, serde_json::Error> {
        let Standing::Changed { failed, .. } = self.standing else {
            return Ok(None);
        };
        loop {
            let sealed = seal_draft(&self.link, &kept(self.with_files), &self.code, random)?;
            if sealed.len() <= DRAFT_BYTES {
                self.rev = self.rev.saturating_add(1);
                self.standing = Standing::Putting {
                    failed,
                    changed: false,
                };
                return Ok(Some(Put {
                    invite: self.link.id(),
                    rev: self.rev,
                    days: self.days,
                    sealed,
                }));
            }
            if !self.with_files {
                self.standing = Standing::Over(Over::TooLarge);
                return Ok(None);
            }
            self.with_files = false;
        }
    }

    /// What the server said of what was put.
    pub fn answered(
        &mut self,
        answer: &Result<DraftKept, ExchangeError>,
        now: Timestamp,
        jitter: &mut impl Random,
    ) {
        let Standing::Putting { failed, changed } = self.standing else {
            return;
        };
        let error = match answer {
            Ok(_) if changed => {
                let from = now.plus(PAUSE_MS);
                self.standing = Standing::Changed { from, failed: 0 };
                return;
            }
            Ok(kept) => {
                self.standing = Standing::Kept {
                    until: kept.expires,
                };
                return;
            }
            Err(error) => error,
        };
        let again = |from| Standing::Changed {
            from,
            failed: failed.saturating_add(1),
        };
        self.standing = match error.code() {
            Some(Code::Stale) => Standing::Over(Over::Elsewhere),
            Some(code @ (Code::InviteUnknown | Code::InviteUsed | Code::InviteExpired)) => {
                Standing::Over(Over::Link(code.clone()))
            }
            // A server that takes less than this version knows.
            Some(Code::TooLarge) if self.with_files => {
                self.with_files = false;
                again(now)
            }
            Some(Code::TooLarge) => Standing::Over(Over::TooLarge),
            Some(code) if !may_pass(error, code) => Standing::Over(Over::Refused(code.clone())),
            _ => {
                let asked = match error {
                    ExchangeError::Problem { retry_after_ms, .. } => *retry_after_ms,
                    _ => None,
                };
                again(now.plus(wait_ms(failed.saturating_add(1), asked, jitter)))
            }
        };
    }
}

fn may_pass(error: &ExchangeError, code: &Code) -> bool {
    error.is_the_servers_fault() || matches!(code, Code::TooMany | Code::Clock)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]
mod tests {
    use vigie_exchange::{Unreachable, api::Problem};
    use vigie_seal::{OpenedDraft, open_draft};

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);
    const UNTIL: Timestamp = Timestamp(1_796_000_000_000);

    /// Draws the shortest wait.
    fn least(bytes: &mut [u8]) {
        bytes.fill(0);
    }

    /// Bytes that do not compress, and that no two calls share.
    fn dice() -> impl FnMut(&mut [u8]) {
        let mut seed = 1u64;
        move |bytes: &mut [u8]| {
            bytes.fill_with(|| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed as u8
            });
        }
    }

    fn later(standing: Standing) -> Later {
        Later {
            code: DraftCode::random(&mut dice()),
            link: InviteCode::random(&mut dice()),
            days: 7,
            rev: 4,
            with_files: true,
            standing,
        }
    }

    fn kept() -> Standing {
        Standing::Kept { until: UNTIL }
    }

    fn changed(from: Timestamp, failed: u32) -> Standing {
        Standing::Changed { from, failed }
    }

    fn putting(failed: u32, changed: bool) -> Standing {
        Standing::Putting { failed, changed }
    }

    fn problem(code: Code) -> ExchangeError {
        ExchangeError::Problem {
            problem: Problem::new(code),
            retry_after_ms: None,
        }
    }

    fn stored() -> Result<DraftKept, ExchangeError> {
        Ok(DraftKept {
            rev: 5,
            expires: UNTIL,
            now: NOW,
        })
    }

    #[derive(Clone, Copy, Debug)]
    enum Event {
        Changed,
        Asked,
        Put,
        Stored,
        Cut,
        Stale,
        Closed,
        TooLarge,
        NotFound,
    }

    fn after(standing: &Standing, event: Event) -> Standing {
        let mut later = later(standing.clone());
        let answer = match event {
            Event::Changed => {
                later.changed(NOW);
                return later.standing;
            }
            Event::Asked => {
                later.asked(NOW);
                return later.standing;
            }
            Event::Put => {
                drop(later.put(|_| "answer", &mut dice()));
                return later.standing;
            }
            Event::Stored => stored(),
            Event::Cut => Err(Unreachable("cut".into()).into()),
            Event::Stale => Err(problem(Code::Stale)),
            Event::Closed => Err(problem(Code::InviteExpired)),
            Event::TooLarge => Err(problem(Code::TooLarge)),
            Event::NotFound => Err(problem(Code::NotFound)),
        };
        later.answered(&answer, NOW, &mut least);
        later.standing
    }

    #[test]
    fn every_event_in_every_standing_has_its_outcome() {
        use Event as E;
        let soon = NOW.plus(PAUSE_MS);
        let far = NOW.plus(60_000);
        let over = || Standing::Over(Over::Elsewhere);
        let (cut, closed) = (NOW.plus(wait_ms(3, None, &mut least)), Code::InviteExpired);
        let refused = |code: Code| Standing::Over(Over::Refused(code));
        for (before, event, expected) in [
            (kept(), E::Changed, changed(soon, 0)),
            (kept(), E::Asked, kept()),
            (kept(), E::Put, kept()),
            (changed(far, 2), E::Changed, changed(far, 2)),
            (changed(far, 2), E::Asked, changed(NOW, 2)),
            (changed(far, 2), E::Put, putting(2, false)),
            (putting(2, false), E::Changed, putting(2, true)),
            (putting(2, false), E::Asked, putting(2, false)),
            (putting(2, false), E::Put, putting(2, false)),
            (putting(2, false), E::Stored, kept()),
            (putting(2, false), E::Cut, changed(cut, 3)),
            (putting(2, false), E::Stale, over()),
            (
                putting(2, false),
                E::Closed,
                Standing::Over(Over::Link(closed.clone())),
            ),
            (putting(2, false), E::TooLarge, changed(NOW, 3)),
            (putting(2, false), E::NotFound, refused(Code::NotFound)),
            (putting(2, true), E::Changed, putting(2, true)),
            (putting(2, true), E::Asked, putting(2, true)),
            (putting(2, true), E::Put, putting(2, true)),
            (putting(2, true), E::Stored, changed(soon, 0)),
            (putting(2, true), E::Cut, changed(cut, 3)),
            (putting(2, true), E::Stale, over()),
            (
                putting(2, true),
                E::Closed,
                Standing::Over(Over::Link(closed)),
            ),
            (putting(2, true), E::TooLarge, changed(NOW, 3)),
            (putting(2, true), E::NotFound, refused(Code::NotFound)),
            (over(), E::Changed, over()),
            (over(), E::Asked, over()),
            (over(), E::Put, over()),
        ] {
            assert_eq!(after(&before, event), expected, "{before:?} {event:?}");
        }
        // An answer that nobody waits for changes nothing.
        for before in [kept(), changed(far, 2), over()] {
            for event in [
                E::Stored,
                E::Cut,
                E::Stale,
                E::Closed,
                E::TooLarge,
                E::NotFound,
            ] {
                assert_eq!(after(&before, event), before, "{event:?}");
            }
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_not_before_the_server_said() {
        for code in [
            Code::Busy,
            Code::Full,
            Code::Internal,
            Code::TooMany,
            Code::Clock,
        ] {
            let mut later = later(putting(0, false));
            let answer = Err(ExchangeError::Problem {
                problem: Problem::new(code.clone()),
                retry_after_ms: Some(3_600_000),
            });
            later.answered(&answer, NOW, &mut least);
            assert!(!later.is_due(NOW.plus(3_599_999)), "{code}");
            assert!(later.is_due(NOW.plus(IMPOSED_MS)), "{code}");
        }
        let mut portal = later(putting(0, false));
        portal.answered(
            &Err(ExchangeError::Foreign { status: 200 }),
            NOW,
            &mut least,
        );
        assert!(matches!(portal.standing, Standing::Changed { .. }));
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nothing_waiting() {
        let waits = later(changed(NOW, 0));
        assert!(!waits.is_due(NOW.plus(-1)));
        assert!(waits.is_due(NOW));
        assert!(waits.is_due(NOW.plus(-IMPOSED_MS - 1)));
        assert!(!later(kept()).is_due(NOW));
    }

    #[test]
    fn each_put_has_a_greater_revision_and_opens_with_the_code_that_was_taken_along() {
        let mut later = later(changed(NOW, 0));
        for rev in [5, 6] {
            let put = later
                .put(|files| (rev, files), &mut dice())
                .unwrap()
                .unwrap();
            assert_eq!((put.rev, put.days, put.invite), (rev, 7, later.link.id()));
            let code = later.code().to_string().parse().unwrap();
            let opened: OpenedDraft<(u32, bool)> = open_draft(&put.sealed, &code).unwrap();
            assert_eq!(
                (opened.link, opened.kept),
                (later.link.clone(), (rev, true))
            );
            later.answered(&Err(Unreachable("cut".into()).into()), NOW, &mut least);
        }
    }

    #[test]
    fn files_are_left_out_where_all_is_too_large_and_stay_out() {
        let mut files = vec![0; DRAFT_BYTES * 3 / 2];
        dice()(&mut files);
        let digit = |byte: &u8| char::from(b'0' + (byte & 63));
        let files: String = files.iter().map(digit).collect();
        let answer = |with: bool| with.then_some(files.as_str());
        let mut later = later(changed(NOW, 0));
        let put = later.put(answer, &mut dice()).unwrap().expect("without");
        assert!(put.sealed.len() < 2_000);
        later.answered(&stored(), NOW, &mut least);
        later.changed(NOW);
        let put = later.put(answer, &mut dice()).unwrap().expect("without");
        assert_eq!((put.sealed.len() < 2_000, put.rev), (true, 6));
        // A server that takes less; and one that takes not even that.
        later.answered(&Err(problem(Code::TooLarge)), NOW, &mut least);
        assert_eq!(later.standing, Standing::Over(Over::TooLarge));
        let mut large = self::later(changed(NOW, 0));
        assert_eq!(large.put(|_| files.as_str(), &mut dice()).unwrap(), None);
        assert_eq!(large.standing, Standing::Over(Over::TooLarge));
    }
}
