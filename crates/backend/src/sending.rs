//! From finished entries to what the office received.
//!
//! Nothing is sealed before the server has answered, or a person asks for a file: entries made without network stay
//! plainly "here only", and leave together. Then, for each mission: receipts are fetched and believed when the office
//! signed them; the card is renewed; ops that are in no bundle are composed, sealed once and stored, in one commit with
//! the counters; each bundle is sent by the state machine of [`vigie_exchange::sending`], whose every step is stored.

mod bundles;
mod receipts;

use std::collections::HashSet;

use vigie_exchange::{Client, Sending, api::Code, sending::wait_ms};
use vigie_model::{MissionId, Timestamp};
use vigie_seal::sign::VerifyingKey;

use crate::{
    Host,
    backend::Backend,
    open::put,
    profile::{Front, Standing},
    protocol::{ExchangeView, Failure, InviteProblem, Outcome, OutcomeKind},
    store::Table,
};

pub(crate) use self::bundles::BundleRow;

/// How long after an entry is finished it leaves by itself: several made in a row leave together.
const SOON_MS: i64 = 3_000;
/// How often we ask whether the office has received, the first time; doubles up to [`vigie_exchange::sending::LONGEST_MS`].
const ASK_AGAIN_MS: i64 = 20_000;

/// When we try again by ourselves. In memory: a start of the app is a reason to try.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    pub busy: bool,
    attempt: u32,
    /// Rounds since the last thing was sent, asking for receipts.
    asked: u32,
    pub until: Option<Timestamp>,
    /// Members whose list of stored bundles was compared since the vault was opened.
    compared: HashSet<usize>,
}

/// What sets an exchange going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    Timer,
    Online,
    Asked,
}

/// What one exchange came to.
#[derive(Default)]
struct Tally {
    sent: usize,
    received: usize,
    result: Option<OutcomeKind>,
}

impl Tally {
    /// The gravest word stands.
    fn note(&mut self, failure: &Failure) {
        let kind = match failure {
            Failure::Refused(code) if code == Code::UnknownDevice.as_str() => {
                OutcomeKind::NeedsEnrol
            }
            Failure::Refused(code) => OutcomeKind::Refused(code.clone()),
            Failure::Invite(problem) => OutcomeKind::Refused(
                match problem {
                    InviteProblem::Unreadable | InviteProblem::Unknown => Code::InviteUnknown,
                    InviteProblem::Used => Code::InviteUsed,
                    InviteProblem::Expired => Code::InviteExpired,
                }
                .as_str()
                .to_owned(),
            ),
            _ => OutcomeKind::Unreachable,
        };
        if !matches!(
            self.result,
            Some(OutcomeKind::NeedsEnrol | OutcomeKind::Refused(_))
        ) {
            self.result = Some(kind);
        }
    }
}

impl<H: Host> Backend<H> {
    /// An entry was finished: what is there leaves soon.
    pub(crate) fn wake_soon(&self) {
        let soon = self.host().now().plus(SOON_MS);
        if let Ok(mut open) = self.open()
            && open.retry.attempt == 0
        {
            open.retry.until = Some(open.retry.until.map_or(soon, |until| until.min(soon)));
        }
    }

    /// True when it is time to exchange by itself.
    pub(crate) fn is_due(&self) -> bool {
        let now = self.host().now();
        self.open().is_ok_and(|open| {
            let due = open.retry.until.is_some_and(|until| {
                until.0 <= now.0 || until.0 - now.0 > vigie_exchange::sending::IMPOSED_MS
            });
            open.profile.office.is_none() && !open.retry.busy && !open.profile.paused && due
        })
    }

    /// One round with every mission's server. Answers when it is over; what failed is in the outcome.
    pub(crate) async fn exchange(&self, trigger: Trigger) -> Result<(), Failure> {
        let generation = self.generation();
        {
            let mut open = self.open()?;
            if open.retry.busy || (open.profile.paused && trigger != Trigger::Asked) {
                return Ok(());
            }
            open.retry.busy = true;
        }
        self.told();
        let members = self.open()?.profile.members.len();
        let mut tally = Tally::default();
        let mut trouble = None;
        for member in 0..members {
            match self
                .exchange_with(member, trigger, generation, &mut tally)
                .await
            {
                Ok(()) => {}
                Err(
                    failure @ (Failure::Unreachable | Failure::Refused(_) | Failure::Invite(_)),
                ) => tally.note(&failure),
                Err(failure) => {
                    trouble = Some(failure);
                    break;
                }
            }
        }
        if generation != self.generation() {
            return Ok(());
        }
        self.settle_retry(&tally)?;
        self.told();
        self.changed();
        match trouble {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// After a round: when the next one is, and what is said of this one.
    fn settle_retry(&self, tally: &Tally) -> Result<(), Failure> {
        let now = self.host().now();
        let mut open = self.open()?;
        let open = &mut *open;
        let retry = &mut open.retry;
        retry.busy = false;
        let joined = open
            .profile
            .members
            .iter()
            .any(|member| !matches!(member.standing, Standing::Alone));
        if !joined {
            retry.until = None;
            return Ok(());
        }
        let result = tally.result.clone().unwrap_or(OutcomeKind::Fine);
        if tally.sent > 0 || tally.received > 0 {
            retry.asked = 0;
        }
        retry.until = match result {
            OutcomeKind::Unreachable => {
                retry.attempt = retry.attempt.saturating_add(1);
                Some(now.plus(wait_ms(retry.attempt, None, &mut self.random())))
            }
            _ => {
                retry.attempt = 0;
                let waiting = open
                    .bundles
                    .values()
                    .filter_map(|bundle| bundle.sending.due())
                    .min();
                let stored = open
                    .bundles
                    .values()
                    .any(|bundle| matches!(bundle.sending, Sending::Stored { .. }));
                let ask = stored.then(|| {
                    retry.asked = retry.asked.saturating_add(1);
                    let pause = ASK_AGAIN_MS
                        .checked_shl(retry.asked.saturating_sub(1).min(8))
                        .unwrap_or(i64::MAX);
                    now.plus(pause.min(vigie_exchange::sending::LONGEST_MS))
                });
                // Never in the past, or a bundle that fails at once would be tried in a loop.
                waiting
                    .map(|due| due.max(now.plus(2_000)))
                    .into_iter()
                    .chain(ask)
                    .min()
            }
        };
        let (sent, received) = (tally.sent, tally.received);
        open.last = Some(Outcome {
            at: now.0,
            result,
            sent,
            received,
        });
        Ok(())
    }

    async fn exchange_with(
        &self,
        number: usize,
        trigger: Trigger,
        generation: u64,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        if matches!(self.open()?.member(number)?.standing, Standing::Alone) {
            return Ok(());
        }
        if self.open()?.member(number)?.is_pending() {
            self.enrol_pending(number, generation).await?;
        }
        let (client, mission, office) = self.client(number)?;
        let answer = self
            .fetch_receipts(number, generation, &client, &office, tally)
            .await;
        self.keep_offset(number, generation, client.clock_offset())
            .await?;
        answer?;
        self.renew_card(number, generation, &client).await?;
        self.compare(number, generation, &client).await?;
        self.compose(number, generation).await?;
        self.send_bundles(number, generation, &client, &mission, trigger, tally)
            .await?;
        self.fetch_media(number, generation, &client).await
    }

    /// A client for one member, with the mission it is for and the office's key.
    pub(crate) fn client(
        &self,
        number: usize,
    ) -> Result<(Client<&H::Transport>, MissionId, VerifyingKey), Failure> {
        let open = self.open()?;
        let member = open.member(number)?;
        let Standing::Enrolled { secret, .. } = &member.standing else {
            return Err(Failure::NotFound);
        };
        let office = secret.office;
        let client = Client::new(
            self.host().transport(),
            secret.server.clone(),
            member.signing(),
        );
        Ok((
            client.with_clock_offset(open.chain(number).clock_offset),
            member.mission,
            office,
        ))
    }

    /// Keeps what the server taught us of the clock.
    async fn keep_offset(
        &self,
        number: usize,
        generation: u64,
        offset: i64,
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let (front, change) = {
            let open = self.open_still(generation)?;
            if open.chain(number).clock_offset == offset {
                return Ok(());
            }
            let mut front = open.front.clone();
            front.chain(number).clock_offset = offset;
            let change = put(&open.key, Table::Meta, "front", &front, &mut self.random());
            (front, change)
        };
        self.commit(vec![change]).await?;
        self.open_still(generation)?.front = front;
        Ok(())
    }

    pub(crate) fn exchange_view(&self) -> Result<ExchangeView, Failure> {
        let open = self.open()?;
        let counts = open.counts();
        let has_office = open
            .profile
            .members
            .iter()
            .any(|member| !matches!(member.standing, Standing::Alone));
        let all_received = has_office
            && counts.draft + counts.here + counts.going + counts.stored + counts.refused == 0;
        Ok(ExchangeView {
            bundles: open.bundles.values().rev().map(BundleRow::view).collect(),
            paused: open.profile.paused,
            busy: open.retry.busy,
            next_try: if open.profile.paused || open.retry.busy {
                None
            } else {
                open.retry.until.map(|until| until.0)
            },
            last: open.last.clone(),
            troubles: Vec::new(),
            last_received: open.last_received.map(|at| at.0),
            has_office,
            all_received,
            counts,
        })
    }
}

impl Front {
    pub fn chain(&mut self, member: usize) -> &mut crate::profile::Chain {
        if self.chains.len() <= member {
            self.chains.resize_with(member + 1, Default::default);
        }
        &mut self.chains[member]
    }
}
