//! What the mission's other people wrote: their bundles, sealed for this device too, and the office's letters.
//!
//! The list of letters is read from where it was read to, one letter after the other: each is opened, checked, and merged in
//! one commit with its number, so that a cut anywhere costs one letter fetched twice. What is not for this device, forged,
//! damaged or gone is passed over. A bundle whose author the card does not name waits until a card does, and is merged by
//! nothing else; one of a newer version waits for an update, and one that the server could not give is asked for again.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use vigie_exchange::{
    Client, ExchangeError,
    api::{Code, DOC_BYTES, TeamItem},
};
use vigie_journal::{BadOp, StoredOp, bundle::BadBundle};
use vigie_model::{BundleId, Card, DeviceId, Kind, MissionId, RecordId, kinds};
use vigie_seal::{
    Identity, OpenError, Signature, VerifyingKey,
    envelope::Open,
    given::{BadLetter, open_letter},
};
use zeroize::Zeroizing;

use super::Round;
use crate::{
    Host,
    error::of_server,
    memory::Enrolment,
    notebook::Notebook,
    protocol::{Failure, Refusal, Step},
    purges::Purged,
    team::{TeamRead, WaitsFor},
};

/// Letters asked for at a time.
const PAGE: u32 = 100;
/// Pages read in one round: the other letters wait for the next, whatever a server says.
const PAGES: usize = 8;
/// Letters that may wait: a flood of them costs no more.
const WAITING: usize = 200;
/// Of those, asked for again in one round.
const AGAIN: usize = 20;
/// The most that one letter may have once open.
const OPEN_BYTES: usize = 16 * 1024 * 1024;

/// Who reads, and whom it believes.
pub(super) struct Reader {
    opener: Open,
    identity: Identity,
    device: DeviceId,
    mission: MissionId,
    office: VerifyingKey,
    /// The devices that the card names.
    members: HashSet<DeviceId>,
    purged: Purged,
}

/// What a letter is to its reader.
pub(super) enum Letter {
    Taken(Vec<StoredOp>),
    Waits(WaitsFor),
    /// Sealed for somebody else: before this device was named, or by somebody who had not heard of it.
    NotForUs,
    /// Not what it should be.
    Forged,
}

impl Reader {
    /// Opens what another device gave to be carried. What this device wrote itself is nothing to read.
    pub(super) fn open_carried(&self, sealed: &[u8]) -> Letter {
        match self.open(sealed, Some(self.device)) {
            Letter::Taken(ops) if ops.iter().any(|stored| stored.op.dev == self.device) => {
                Letter::NotForUs
            }
            letter => letter,
        }
    }

    /// `author`: whose bundle it is said to be; none: a letter of the office.
    fn open(&self, sealed: &[u8], author: Option<DeviceId>) -> Letter {
        let mut ops = match author {
            Some(author) => match self.open_bundle(sealed, author) {
                Ok(ops) => ops,
                Err(other) => return other,
            },
            None => match open_letter(
                self.opener,
                sealed,
                &self.identity,
                self.mission,
                &self.office,
            ) {
                Ok(ops) => ops,
                Err(BadLetter::Sealed(error)) => return unopened(error),
                Err(BadLetter::Newer) => return Letter::Waits(WaitsFor::Update(None)),
                Err(BadLetter::Malformed | BadLetter::NotTheOffice) => return Letter::Forged,
            },
        };
        ops.retain(|stored| !self.purged.0.contains(&stored.id));
        Letter::Taken(ops)
    }

    fn open_bundle(&self, sealed: &[u8], author: DeviceId) -> Result<Vec<StoredOp>, Letter> {
        let plain = (self.opener)(sealed, &self.identity, OPEN_BYTES).map_err(unopened)?;
        let plain = Zeroizing::new(plain);
        let (bundle, ops) = vigie_journal::Bundle::read(&plain).map_err(|bad| match bad {
            BadBundle::Version(_)
            | BadBundle::Op {
                reason: BadOp::Version(_),
                ..
            } => Letter::Waits(WaitsFor::Update(Some(author))),
            _ => Letter::Forged,
        })?;
        let signed = Signature::from_bytes(bundle.sig);
        let key = VerifyingKey::try_from(&bundle.dev).map_err(|_| Letter::Forged)?;
        key.verify(&bundle.signed_message(), &signed)
            .map_err(|_| Letter::Forged)?;
        let is_shared = |stored: &StoredOp| kinds::spec(stored.op.kind.as_str()).shared;
        if bundle.mission != self.mission || !ops.iter().all(is_shared) {
            return Err(Letter::Forged);
        }
        if !self.members.contains(&bundle.dev) {
            return Err(Letter::Waits(WaitsFor::Card(bundle.dev)));
        }
        Ok(ops)
    }
}

/// Whether a letter did not come for a reason of its own: the server has it not whole. The others do come.
fn is_its_own(error: &ExchangeError) -> bool {
    match error {
        ExchangeError::Foreign { status } => (200..300).contains(status),
        ExchangeError::Problem { problem, .. } => matches!(
            problem.code,
            Code::Internal | Code::TooLarge | Code::Malformed
        ),
        ExchangeError::Unreachable(_) => false,
    }
}

fn unopened(error: OpenError) -> Letter {
    match error {
        OpenError::NotForUs(_) => Letter::NotForUs,
        _ => Letter::Forged,
    }
}

impl<H: Host> Notebook<H> {
    /// Reads what the others wrote since, where the mission shares; says to the server first what is sealed for this device,
    /// where it does not know it.
    pub(super) async fn fetch_team(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
        round: &mut Round,
    ) -> Result<(), Failure> {
        let Some(card) = self.card(number).await? else {
            return Ok(());
        };
        if !card.mission.policy.shares() {
            return self.say_member_once(number, generation, client).await;
        }
        // It comes soon; what others wrote is read at the next round.
        let Some(reader) = self.reader(number, generation, &card).await? else {
            return Ok(());
        };
        let mut read = self.team_read(number).await?;
        let kept = read.clone();
        let mut has_said = false;
        let mut has_more = false;
        for _ in 0..PAGES {
            let now = self.host().now();
            let page = client.team(&reader.mission, read.after, PAGE, now).await;
            let page = match page.map_err(of_server) {
                Err(Failure::NotFound) if !has_said => {
                    if !self.say_member(number, generation, client).await? {
                        return Ok(());
                    }
                    has_said = true;
                    continue;
                }
                // It says one thing and another.
                Err(Failure::NotFound) => return Ok(()),
                page => page?,
            };
            if read.epoch != Some(page.epoch) || read.after > page.last {
                // Met for the first time, or set back: its numbers are others.
                read.epoch = Some(page.epoch);
                if std::mem::take(&mut read.after) > 0 {
                    continue;
                }
            }
            for item in page.letters.into_iter().take(PAGE as usize) {
                if item.n <= read.after {
                    continue;
                }
                let before = read.clone();
                read.after = item.n;
                let taken = self
                    .take_letter(
                        (number, generation),
                        client,
                        (&reader, &item),
                        &mut read,
                        round,
                    )
                    .await;
                if let Err(failure) = taken {
                    self.keep_read(number, generation, &kept, &before).await?;
                    return Err(failure);
                }
            }
            read.after = read.after.max(page.next.min(page.last));
            has_more = page.more;
            if !has_more {
                break;
            }
        }
        if has_more && read.after > kept.after {
            self.wake_soon();
        }
        self.take_waiting((number, generation), client, &reader, &mut read, round)
            .await?;
        self.keep_read(number, generation, &kept, &read).await
    }

    /// This device as a reader of what others wrote; none before it is enrolled, before what opens letters has come, and where
    /// it can't be known what is erased.
    pub(super) async fn reader(
        &self,
        number: usize,
        generation: u64,
        card: &Card,
    ) -> Result<Option<Reader>, Failure> {
        let Some(opener) = self.host().opener().await else {
            return Ok(None);
        };
        let purged = match self.vault.get::<Purged>(&number).await {
            // The card brings the whole list again with the next erasure; until then nothing is taken.
            Err(Failure::Damaged(_)) => return Ok(None),
            kept => kept?.unwrap_or_default(),
        };
        let open = self.open_still(generation)?;
        let member = open.member(number)?;
        let Enrolment::Enrolled { secret, .. } = &member.enrolment else {
            return Ok(None);
        };
        let key = member.signing();
        Ok(Some(Reader {
            opener,
            identity: Identity::of_member(&key),
            device: key.device(),
            mission: secret.mission,
            office: secret.office,
            members: card.members.iter().map(|other| other.device).collect(),
            purged,
        }))
    }

    /// How far the letters were read.
    async fn team_read(&self, number: usize) -> Result<TeamRead, Failure> {
        match self.vault.get::<TeamRead>(&number).await {
            // Everything is read again: what is known is not taken twice.
            Err(Failure::Damaged(_)) => Ok(TeamRead::default()),
            kept => Ok(kept?.unwrap_or_default()),
        }
    }

    /// Says to the server what is sealed for this device. False: it is a server of before.
    pub(crate) async fn say_member(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
    ) -> Result<bool, Failure> {
        let (mission, says) = {
            let open = self.open_still(generation)?;
            let member = open.member(number)?;
            let mission = member.mission;
            (mission, vigie_join::member(&member.signing(), &mission))
        };
        let said = client.put_member(&mission, &says, self.host().now()).await;
        match said.map_err(of_server) {
            Err(Failure::NotFound) => Ok(false),
            said => said.map(|()| true),
        }
    }

    /// Says it in a mission whose people share nothing: the office then gives this device the mission's key, should that turn.
    async fn say_member_once(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
    ) -> Result<(), Failure> {
        let kept = self.team_read(number).await?;
        if kept.said || !self.say_member(number, generation, client).await? {
            return Ok(());
        }
        let read = TeamRead {
            said: true,
            ..kept.clone()
        };
        self.keep_read(number, generation, &kept, &read).await
    }

    /// Notes how far the letters were read, when that is not what is kept.
    async fn keep_read(
        &self,
        number: usize,
        generation: u64,
        kept: &TeamRead,
        read: &TeamRead,
    ) -> Result<(), Failure> {
        if kept == read {
            return Ok(());
        }
        self.take_team(number, generation, Vec::new(), Some(read))
            .await?;
        Ok(())
    }

    /// Fetches one letter, and takes what it says.
    async fn take_letter(
        &self,
        (number, generation): (usize, u64),
        client: &Client<&H::Transport>,
        (reader, item): (&Reader, &TeamItem),
        read: &mut TeamRead,
        round: &mut Round,
    ) -> Result<(), Failure> {
        let is_too_large = item.size > DOC_BYTES as u64;
        if item.gone || is_too_large || item.device == Some(reader.device) {
            return Ok(());
        }
        let now = self.host().now();
        let sealed = client.team_letter(&reader.mission, &item.letter, now);
        let letter = match sealed.await {
            Ok(sealed) => reader.open(&sealed, item.device),
            Err(error) if is_its_own(&error) => Letter::Waits(WaitsFor::Server(item.device)),
            Err(error) => match of_server(error) {
                Failure::NotFound => return Ok(()),
                failure => return Err(failure),
            },
        };
        match letter {
            Letter::Taken(ops) if self.agree(&ops).await? => {
                self.take_team(number, generation, ops, Some(read)).await?;
            }
            Letter::NotForUs => {}
            Letter::Waits(waits) => {
                let failure = match waits {
                    WaitsFor::Card(_) => None,
                    WaitsFor::Update(_) => Some(Failure::NewerStore),
                    WaitsFor::Server(_) => Some(Failure::Unreachable),
                };
                if let Some(failure) = failure {
                    self.fault(round, number, Step::Team, failure);
                }
                if read.waiting.len() < WAITING {
                    read.waiting.insert(item.letter, waits);
                }
            }
            Letter::Taken(_) | Letter::Forged => {
                let forged = Failure::Refused(Refusal::Forged);
                self.fault(round, number, Step::Team, forged);
            }
        }
        Ok(())
    }

    /// Whether these ops say of each record the kind and the mission that is known of it: whose it is was settled by what came
    /// first.
    pub(super) async fn agree(&self, ops: &[StoredOp]) -> Result<bool, Failure> {
        let mut first: HashMap<RecordId, (Kind, MissionId)> = HashMap::new();
        for StoredOp { op, .. } in ops {
            let (kind, mission) = match first.entry(op.rec) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let row = match self.record(op.rec).await {
                        Err(Failure::Damaged(_)) => None,
                        row => row?,
                    };
                    let known = row.map(|row| (row.record.kind, row.record.mission));
                    unknown.insert(known.unwrap_or((op.kind.clone(), op.mission)))
                }
            };
            if *kind != op.kind || *mission != op.mission {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Asks again for letters whose author the card names by now, for some that the server could not give, and, once after each
    /// start, for those of a newer version.
    async fn take_waiting(
        &self,
        (number, generation): (usize, u64),
        client: &Client<&H::Transport>,
        reader: &Reader,
        read: &mut TeamRead,
        round: &mut Round,
    ) -> Result<(), Failure> {
        let tries_newer = self.open_still(generation)?.retry.newer.insert(number);
        let due: Vec<(BundleId, WaitsFor)> = read
            .waiting
            .iter()
            .filter(|(_, waits)| match waits {
                WaitsFor::Card(author) => reader.members.contains(author),
                WaitsFor::Update(_) => tries_newer,
                WaitsFor::Server(_) => true,
            })
            .map(|(letter, waits)| (*letter, *waits))
            .take(AGAIN)
            .collect();
        for (letter, waits) in due {
            let device = match waits {
                WaitsFor::Card(author) => Some(author),
                WaitsFor::Update(author) | WaitsFor::Server(author) => author,
            };
            let item = TeamItem {
                n: read.after,
                letter,
                device,
                size: 0,
                gone: false,
            };
            read.waiting.remove(&letter);
            self.take_letter((number, generation), client, (reader, &item), read, round)
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use vigie_journal::{Bundle, Hlc, Op};
    use vigie_model::Timestamp;
    use vigie_seal::{Recipient, SigningKey, envelope, given::seal_letter, seal_run};

    use super::*;

    const MISSION: MissionId = MissionId::MIN;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes([seed; 32])
    }

    fn ana() -> SigningKey {
        key(1)
    }

    fn mallory() -> SigningKey {
        key(66)
    }

    fn office() -> SigningKey {
        key(9)
    }

    /// Luc, whose card names Ana and Mallory.
    fn luc() -> Reader {
        Reader {
            opener: envelope::open,
            identity: Identity::of_member(&key(2)),
            device: key(2).device(),
            mission: MISSION,
            office: office().verifying_key(),
            members: [ana().device(), mallory().device()].into(),
            purged: Purged::default(),
        }
    }

    fn readers() -> [Recipient; 1] {
        [luc().identity.recipient()]
    }

    fn op(author: &SigningKey, mission: MissionId, kind: Kind) -> StoredOp {
        StoredOp::new(Op {
            v: Op::VERSION,
            dev: author.device(),
            seq: 1,
            prev: None,
            hlc: Hlc { ms: 1, n: 0 },
            by: "Ana".into(),
            rec: RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(5)),
            kind,
            mission,
            form: None,
            set: BTreeMap::from([("title".into(), json!("Atelier"))]),
            over: BTreeMap::new(),
            more: BTreeMap::new(),
        })
    }

    fn bundle(author: &SigningKey, mission: MissionId, kind: Kind) -> Vec<u8> {
        let ops = [op(author, mission, kind)];
        let sealed = seal_run(
            author,
            mission,
            Timestamp(1),
            &ops,
            &readers(),
            None,
            Bundle::to_json,
        );
        sealed.expect("a reader").1
    }

    fn sealed(plain: &str) -> Vec<u8> {
        envelope::seal(plain.as_bytes(), &readers()).expect("a reader")
    }

    fn plain(sealed: &[u8]) -> String {
        let plain = envelope::open(sealed, &luc().identity, OPEN_BYTES).expect("for Luc");
        String::from_utf8(plain).expect("JSON")
    }

    /// What becomes of a bundle that is said to be Ana's.
    fn heard(sealed: &[u8]) -> &'static str {
        said_by(sealed, Some(ana().device()))
    }

    fn said_by(sealed: &[u8], author: Option<DeviceId>) -> &'static str {
        match luc().open(sealed, author) {
            Letter::Taken(_) => "taken",
            Letter::Waits(WaitsFor::Card(_)) => "waits for a card",
            Letter::Waits(WaitsFor::Update(_)) => "waits for an update",
            Letter::Waits(WaitsFor::Server(_)) => "waits for the server",
            Letter::NotForUs => "not for us",
            Letter::Forged => "forged",
        }
    }

    #[test]
    fn a_member_speaks_for_herself_alone() {
        let hers = bundle(&ana(), MISSION, Kind::NOTE);
        assert_eq!(heard(&hers), "taken");
        // Whoever reads it may seal it again; not a byte of it changes by that.
        assert_eq!(heard(&sealed(&plain(&hers))), "taken");
        let changed = plain(&hers).replace("Atelier", "Mensonge");
        assert_eq!(heard(&sealed(&changed)), "forged");
        // Mallory's signature over an op of Ana's, and Mallory's op under Ana's name.
        let theirs = plain(&bundle(&mallory(), MISSION, Kind::NOTE));
        let (from, to) = (mallory().device().to_string(), ana().device().to_string());
        assert_eq!(heard(&sealed(&theirs.replace(&from, &to))), "forged");
        // That the server says whose it is decides nothing.
        assert_eq!(said_by(&sealed(&theirs), Some(ana().device())), "taken");
    }

    #[test]
    fn a_bundle_of_nobody_whom_the_card_names_waits_for_a_card() {
        assert_eq!(
            heard(&bundle(&key(3), MISSION, Kind::NOTE)),
            "waits for a card"
        );
    }

    #[test]
    fn what_is_of_another_mission_or_never_shared_is_not_taken() {
        let elsewhere = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
        assert_eq!(heard(&bundle(&ana(), elsewhere, Kind::NOTE)), "forged");
        for kind in [Kind::RESPONSE, Kind::ATTACHMENT] {
            assert_eq!(heard(&bundle(&ana(), MISSION, kind)), "forged");
        }
    }

    #[test]
    fn what_is_not_for_us_cut_or_of_a_newer_version_stops_nothing() {
        let whole = bundle(&ana(), MISSION, Kind::NOTE);
        assert_eq!(heard(&whole[..whole.len() - 1]), "forged");
        assert_eq!(heard(b""), "forged");
        let ops = [op(&ana(), MISSION, Kind::NOTE)];
        let other = [Identity::of_member(&ana()).recipient()];
        let (_, others) = seal_run(
            &ana(),
            MISSION,
            Timestamp(1),
            &ops,
            &other,
            None,
            Bundle::to_json,
        )
        .expect("a reader");
        assert_eq!(heard(&others), "not for us");
        let newer = |v| sealed(&json!({ "v": v, "later": true }).to_string());
        assert_eq!(heard(&newer(Bundle::VERSION + 1)), "waits for an update");
        assert_eq!(said_by(&newer(2), None), "waits for an update");
    }

    #[test]
    fn a_letter_is_the_office_s_and_of_this_mission_or_it_is_none() {
        let first = op(&ana(), MISSION, Kind::NOTE);
        let letter = |mission, by: &SigningKey| {
            seal_letter(mission, &[&first], by, &readers()).expect("a reader")
        };
        let ours = letter(MISSION, &office());
        assert_eq!(said_by(&ours, None), "taken");
        assert_eq!(said_by(&letter(MISSION, &mallory()), None), "forged");
        let changed = plain(&ours).replace("Atelier", "Mensonge");
        assert_eq!(said_by(&sealed(&changed), None), "forged");
        let elsewhere = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
        assert_eq!(said_by(&letter(elsewhere, &office()), None), "forged");
        // Neither is a bundle a letter, nor a letter a bundle.
        assert_eq!(heard(&ours), "forged");
        let hers = bundle(&ana(), MISSION, Kind::NOTE);
        assert_eq!(said_by(&hers, None), "forged");
    }

    #[test]
    fn what_is_to_be_erased_does_not_come_back() {
        let hers = op(&ana(), MISSION, Kind::NOTE);
        let reader = Reader {
            purged: Purged([hers.id].into()),
            ..luc()
        };
        let sealed = bundle(&ana(), MISSION, Kind::NOTE);
        let taken = reader.open(&sealed, Some(ana().device()));
        assert!(matches!(taken, Letter::Taken(ops) if ops.is_empty()));
    }
}
