//! From finished entries to what the office received.
//!
//! Nothing is sealed before the server has answered, or a person asks for a file: entries made without network stay
//! plainly "here only", and leave together. A round sends first, and waits for nothing that sending does not need: for
//! each mission, ops that are in no bundle are composed, sealed once and stored, in one commit with the counters; each
//! bundle is sent by the state machine of [`vigie_exchange::sending`], whose every step is stored. Then receipts are
//! fetched, and believed when the office signed them. Then, beside whatever is sent meanwhile, cards are renewed, what the
//! mission's other people wrote is read, and the files that cards show are fetched. What fails is that step's own, is said as such, and stops no other step or mission.

mod bundles;
mod carried;
mod given;
mod receipts;
mod team;

use vigie_exchange::{
    Client, Sending,
    sending::{Trigger, wait_ms},
};
use vigie_model::MissionId;
use vigie_partner::World;
use vigie_seal::sign::VerifyingKey;

use crate::{
    Host,
    memory::{BundleRow, Counters, Enrolment, Member},
    notebook::Notebook,
    protocol::{ExchangeView, Failure, Outcome, OutcomeKind, Refusal, Step, Trouble, Why},
};

/// How long after an entry is finished it leaves by itself: several made in a row leave together.
const SOON_MS: i64 = 3_000;
/// How often we ask whether the office has received, the first time; doubles up to [`vigie_exchange::sending::LONGEST_MS`].
const ASK_AGAIN_MS: i64 = 20_000;

/// Of what is carried for others, so many are shown.
const SHOWN: usize = 20;

/// A client for one mission's server, the mission, and its office's key.
type Served<'a, H> = (Client<&'a <H as World>::Transport>, MissionId, VerifyingKey);

/// What one round came to.
#[derive(Default)]
struct Round {
    sent: usize,
    received: usize,
    troubles: Vec<(usize, Trouble)>,
    /// Not the network's: whoever asked hears of it.
    grave: Option<Failure>,
}

/// Why a step failed, as a person may hear it.
fn why(failure: Failure) -> Why {
    match failure {
        Failure::Refused(refusal) => Why::Refused(refusal),
        Failure::Damaged(row) => Why::Damaged(vec![row]),
        Failure::NewerStore => Why::Newer,
        Failure::Full => Why::Full,
        Failure::Unreachable => Why::Unreachable,
        Failure::NotSaved(_) | Failure::NoStorage => Why::NotSaved,
        // None of these comes of a round: what did is a fault of ours.
        Failure::WrongPassphrase { .. }
        | Failure::Locked
        | Failure::Elsewhere
        | Failure::Desk
        | Failure::NoMemory
        | Failure::BackupDoesNotOpen
        | Failure::BackupOfAnother
        | Failure::TooLarge { .. }
        | Failure::NotFound
        | Failure::Stopped
        | Failure::Absent
        | Failure::Unreadable
        | Failure::Internal(_) => Why::Internal,
    }
}

/// Whether a step comes after sending, and beside it.
fn is_fetched(step: Step) -> bool {
    matches!(step, Step::Card | Step::Team | Step::Media)
}

/// The word for a whole round: that of its gravest trouble.
fn outcome(troubles: &[(usize, Trouble)]) -> OutcomeKind {
    let rank = |why: &Why| match why {
        Why::Refused(Refusal::Revoked) => 0,
        Why::Refused(Refusal::UnknownDevice) => 1,
        Why::Refused(Refusal::Forged) => 4,
        Why::Refused(Refusal::KeyTurned) | Why::Newer => 6,
        Why::Refused(_) | Why::NotSaved | Why::Internal => 2,
        Why::Damaged(_) | Why::Full => 3,
        Why::Unreachable => 5,
    };
    let whys = troubles.iter().map(|(_, trouble)| &trouble.why);
    let gravest = whys.min_by_key(|why| rank(why));
    gravest.map_or(OutcomeKind::Fine, |why| OutcomeKind::Failed(why.clone()))
}

impl<H: Host> Notebook<H> {
    /// An entry was finished: what is there leaves soon.
    pub(crate) fn wake_soon(&self) {
        let soon = self.host().now().plus(SOON_MS);
        if let Ok(mut open) = self.open()
            && !open.retry.is_away
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
    ///
    /// Whoever asks while another round fetches cards sends all the same; whoever asks while one sends makes it send once
    /// more.
    pub(crate) async fn exchange(&self, trigger: Trigger) -> Result<(), Failure> {
        let generation = self.vault.generation();
        // Twice: a first card says whom to seal for.
        for _ in 0..2 {
            {
                let mut open = self.open()?;
                if open.profile.paused && trigger != Trigger::Asked {
                    return Ok(());
                }
                if open.retry.busy {
                    open.retry.again = true;
                    return Ok(());
                }
                open.retry.busy = true;
            }
            self.tell_exchange();
            let mut round = Round::default();
            loop {
                self.send_all(trigger, generation, &mut round).await;
                let Ok(mut open) = self.open_still(generation) else {
                    return Ok(());
                };
                if !std::mem::take(&mut open.retry.again) {
                    break;
                }
            }
            let fetches = {
                let mut open = self.open_still(generation)?;
                open.retry.busy = false;
                !std::mem::replace(&mut open.retry.fetching, true)
            };
            let mut grave = round.grave.take();
            self.round_over(round, |step| !is_fetched(step))?;
            if fetches {
                self.tell_exchange();
                self.changed();
                let mut round = Round::default();
                self.fetch_cards(generation, &mut round).await;
                let Ok(mut open) = self.open_still(generation) else {
                    return Ok(());
                };
                open.retry.fetching = false;
                drop(open);
                grave = grave.or(round.grave.take());
                self.round_over(round, is_fetched)?;
            }
            self.tell_exchange();
            self.changed();
            if let Some(failure) = grave {
                return Err(failure);
            }
            let members = self.open_still(generation)?.profile.members.len();
            if !fetches
                || !(0..members).any(|number| self.is_active(number) && self.has_ready(number))
            {
                break;
            }
        }
        Ok(())
    }

    fn is_active(&self, number: usize) -> bool {
        self.open()
            .is_ok_and(|open| open.member(number).is_ok_and(|member| member.is_active()))
    }

    /// Notes what failed, where it failed.
    fn fault(&self, round: &mut Round, number: usize, step: Step, failure: Failure) {
        let mission = match self.open() {
            Ok(open) => open.member(number).map(|member| member.info.name.clone()),
            // Locked meanwhile: nobody is told any more.
            Err(_) => return,
        };
        let is_of_the_device = matches!(
            failure,
            Failure::NotSaved(_) | Failure::Internal(_) | Failure::Full | Failure::NoStorage
        );
        if is_of_the_device {
            round.grave = Some(failure.clone());
        }
        let why = why(failure);
        let same = round
            .troubles
            .iter_mut()
            .find(|(of, trouble)| *of == number && trouble.step == step);
        match (same, why) {
            (Some((_, trouble)), Why::Damaged(rows)) if matches!(trouble.why, Why::Damaged(_)) => {
                if let Why::Damaged(known) = &mut trouble.why {
                    let new = rows.into_iter().filter(|row| !known.contains(row));
                    let new: Vec<String> = new.collect();
                    known.extend(new);
                }
            }
            (Some((_, trouble)), why) if trouble.why == why => {}
            (_, why) => round.troubles.push((
                number,
                Trouble {
                    mission: mission.unwrap_or_default(),
                    step,
                    why,
                },
            )),
        }
    }

    /// After the steps that `is_of` names: when the next round is, and what is said of this one.
    fn round_over(&self, round: Round, is_of: impl Fn(Step) -> bool) -> Result<(), Failure> {
        let now = self.host().now();
        let mut open = self.open()?;
        let open = &mut *open;
        open.troubles.retain(|(_, trouble)| !is_of(trouble.step));
        open.troubles.extend(round.troubles);
        open.troubles.sort_by_key(|(number, _)| *number);
        let members = &open.profile.members;
        if !members
            .iter()
            .any(|member| !matches!(member.enrolment, Enrolment::Alone))
        {
            open.retry.until = None;
            return Ok(());
        }
        let retry = &mut open.retry;
        if !members.iter().any(|member| member.is_active()) {
            // The office removed this device from all it took part in.
            retry.until = None;
            open.last = Some(Outcome {
                at: now.0,
                result: OutcomeKind::Failed(Why::Refused(Refusal::Revoked)),
                sent: round.sent,
                received: round.received,
            });
            return Ok(());
        }
        if round.sent > 0 || round.received > 0 {
            retry.asked = 0;
        }
        let may_pass = |why: &Why| matches!(why, Why::Unreachable | Why::Full);
        let away = open
            .troubles
            .iter()
            .filter(|(_, trouble)| may_pass(&trouble.why));
        let steps: Vec<Step> = away.map(|(_, trouble)| trouble.step).collect();
        let is_sending = is_of(Step::Sending);
        let (sent, received) = if is_sending {
            (round.sent, round.received)
        } else {
            let last = open.last.as_ref();
            last.map_or((0, 0), |last| (last.sent, last.received))
        };
        retry.is_away = steps
            .iter()
            .any(|step| matches!(step, Step::Joining | Step::Composing | Step::Sending));
        let next = if steps.is_empty() {
            retry.attempt = 0;
            let waiting = open
                .bundles
                .values()
                .filter(|bundle| members.get(bundle.member).is_some_and(|of| of.is_active()))
                .filter_map(|bundle| bundle.sending.due())
                .min();
            let stored = open
                .bundles
                .values()
                .any(|bundle| matches!(bundle.sending, Sending::Stored { .. }));
            let ask = stored.then(|| {
                if is_sending {
                    retry.asked = retry.asked.saturating_add(1);
                }
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
        } else {
            if is_sending || steps.iter().all(|step| is_of(*step)) {
                retry.attempt = retry.attempt.saturating_add(1);
            }
            Some(
                now.plus(
                    self.vault
                        .draw(|random| wait_ms(retry.attempt.max(1), None, random)),
                ),
            )
        };
        // An entry finished while a card was fetched is due when it said.
        let soon = retry.until.filter(|until| !is_sending && until.0 > now.0);
        retry.until = next.into_iter().chain(soon).min();
        open.last = Some(Outcome {
            at: now.0,
            result: outcome(&open.troubles),
            sent,
            received,
        });
        Ok(())
    }

    /// Joins, composes and sends for every mission; then hears from every one what came.
    async fn send_all(&self, trigger: Trigger, generation: u64, round: &mut Round) {
        let members = self
            .open_still(generation)
            .map(|open| open.profile.members.len());
        let members = members.unwrap_or_default();
        for number in (0..members).filter(|number| self.is_active(*number)) {
            let pending = self
                .open_still(generation)
                .is_ok_and(|open| open.member(number).is_ok_and(|member| member.is_pending()));
            if pending && let Err(failure) = self.enrol_pending(number, generation).await {
                self.failed(round, generation, number, Step::Joining, failure)
                    .await;
                continue;
            }
            if let Err(failure) = self.compose(number, generation).await {
                self.fault(round, number, Step::Composing, failure);
            }
            if let Err(failure) = self.send_ready(number, generation, trigger, round).await {
                self.failed(round, generation, number, Step::Sending, failure)
                    .await;
            }
            let passed = self
                .open_still(generation)
                .map(|open| open.passed_rows(number));
            for row in passed.unwrap_or_default() {
                self.fault(round, number, Step::Composing, Failure::Damaged(row));
            }
        }
        for number in (0..members).filter(|number| self.is_active(*number)) {
            if let Err(failure) = self.hear(number, generation, trigger, round).await {
                self.failed(round, generation, number, Step::Receipts, failure)
                    .await;
            }
        }
        // Nobody's: a bundle row that does not open.
        let damaged = self.open_still(generation).map(|open| open.damaged.clone());
        for row in damaged.unwrap_or_default() {
            if row.starts_with("bundles/") {
                self.fault(round, 0, Step::Sending, Failure::Damaged(row));
            }
        }
    }

    async fn send_ready(
        &self,
        number: usize,
        generation: u64,
        trigger: Trigger,
        round: &mut Round,
    ) -> Result<(), Failure> {
        let Some((client, mission, _)) = self.client(number)? else {
            return Ok(());
        };
        let sent = self
            .send_bundles(number, generation, &client, &mission, trigger, round)
            .await;
        self.keep_offset(number, generation, client.clock_offset())
            .await?;
        sent
    }

    /// Fetches receipts; a server that knows us again, or that lost what it had, is sent what it misses.
    async fn hear(
        &self,
        number: usize,
        generation: u64,
        trigger: Trigger,
        round: &mut Round,
    ) -> Result<(), Failure> {
        let Some((client, _, office)) = self.client(number)? else {
            return Ok(());
        };
        let heard = self
            .fetch_receipts(number, generation, &client, &office, round)
            .await;
        self.keep_offset(number, generation, client.clock_offset())
            .await?;
        heard?;
        self.enrolled_again(number, generation).await?;
        self.compare(number, generation, &client).await?;
        let has_more = {
            let open = self.open_still(generation)?;
            open.bundles
                .values()
                .any(|row| row.member == number && matches!(row.sending, Sending::Sealed { .. }))
        };
        if has_more && let Err(failure) = self.send_ready(number, generation, trigger, round).await
        {
            self.failed(round, generation, number, Step::Sending, failure)
                .await;
        }
        Ok(())
    }

    /// Renews every card, reads what the team wrote, then fetches what the cards show.
    async fn fetch_cards(&self, generation: u64, round: &mut Round) {
        let members = self
            .open_still(generation)
            .map(|open| open.profile.members.len());
        let members = members.unwrap_or_default();
        for step in [Step::Card, Step::Team, Step::Media] {
            for number in (0..members).filter(|number| self.is_active(*number)) {
                if let Err(failure) = self.fetch_step(step, number, generation, round).await {
                    self.failed(round, generation, number, step, failure).await;
                }
            }
        }
    }

    async fn fetch_step(
        &self,
        step: Step,
        number: usize,
        generation: u64,
        round: &mut Round,
    ) -> Result<(), Failure> {
        self.open_still(generation)?;
        let Some((client, ..)) = self.client(number)? else {
            return Ok(());
        };
        match step {
            Step::Card => self.renew_card(number, generation, &client).await,
            Step::Team => self.fetch_team(number, generation, &client, round).await,
            _ => self.fetch_media(number, generation, &client).await,
        }
    }

    /// Notes what failed; that the office removed this device is noted for good.
    async fn failed(
        &self,
        round: &mut Round,
        generation: u64,
        number: usize,
        step: Step,
        failure: Failure,
    ) {
        if failure == Failure::Refused(Refusal::Revoked) && generation == self.vault.generation() {
            let noted = self.with_profile(|profile| profile.members[number].revoked = true);
            if let Err(failure) = noted.await {
                self.fault(round, number, step, failure);
            }
        }
        self.fault(round, number, step, failure);
    }

    /// A client for one member, with the mission it is for and the office's key; none before it is enrolled.
    pub(crate) fn client(&self, number: usize) -> Result<Option<Served<'_, H>>, Failure> {
        let open = self.open()?;
        let member = open.member(number)?;
        let Enrolment::Enrolled { secret, .. } = &member.enrolment else {
            return Ok(None);
        };
        let office = secret.office;
        let client = Client::new(
            self.host().transport(),
            secret.server.clone(),
            member.signing(),
        );
        Ok(Some((
            client.with_clock_offset(open.chain(number).clock_offset),
            member.mission,
            office,
        )))
    }

    /// Keeps what the server taught us of the clock.
    async fn keep_offset(
        &self,
        number: usize,
        generation: u64,
        offset: i64,
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        let counters: &mut Counters = tx.edit(&*tx.memory()?)?;
        let known = std::mem::replace(&mut counters.chain(number).clock_offset, offset);
        if known == offset {
            return Ok(());
        }
        tx.commit().await
    }

    pub(crate) fn exchange_view(&self) -> Result<ExchangeView, Failure> {
        let open = self.open()?;
        let counts = open.counts();
        let has_office = open
            .profile
            .members
            .iter()
            .any(|member| !matches!(member.enrolment, Enrolment::Alone));
        let all_received = has_office && open.is_all_received();
        let team = open.team_view();
        let view = |row: &BundleRow| {
            let member = open.member(row.member);
            row.view(member.is_ok_and(|member| !member.info.readers.is_empty()))
        };
        let rows = open.bundles.values().rev();
        let own = rows.clone().filter(|row| !row.carried);
        let carried = rows.filter(|row| row.carried);
        let carried_view = |row: &BundleRow| {
            let member = open.member(row.member).ok();
            let stays = !member.is_some_and(Member::is_served);
            let name = member.map(|member| member.info.name.clone());
            row.carried_view(name.unwrap_or_default(), stays)
        };
        Ok(ExchangeView {
            bundles: own.map(view).collect(),
            carried: carried.clone().take(SHOWN).map(carried_view).collect(),
            carrying: carried.count(),
            brought: open.counters.chains.iter().map(|chain| chain.brought).sum(),
            paused: open.profile.paused,
            busy: open.retry.busy || open.retry.fetching,
            next_try: if open.profile.paused || open.retry.busy {
                None
            } else {
                open.retry.until.map(|until| until.0)
            },
            last: open.last.clone(),
            troubles: open
                .troubles
                .iter()
                .map(|(_, trouble)| trouble.clone())
                .collect(),
            last_received: open.last_received.map(|at| at.0),
            team,
            has_office,
            all_received,
            counts,
        })
    }
}
