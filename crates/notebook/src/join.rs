//! Taking part: an invite is looked at, used now or as soon as there is a network, and the mission's card is fetched.
//!
//! Without network the name of the mission is not known, so its entries are written under an id made here. Once the
//! invite opens, the chain of this member, which never left the device, is written again under the mission's own id.

use std::{collections::HashMap, rc::Rc};

use vigie_exchange::{CardAnswer, Client, Nobody, sending::Trigger};
use vigie_join::read_invite;
use vigie_journal::{Chain as Links, Record};
use vigie_model::{Card, MissionId, OpId, RecordId};
use vigie_seal::{
    CardError, Identity, OpenError,
    invite::{InviteCode, InviteSecret, MissionKey},
    turned::{BadKeyLetter, CardBytes, open_key},
};
use vigie_vault::{Store, Table};

use crate::{
    Host,
    error::{of_server, of_store},
    memory::{Counters, Enrolment, Line, Member, MissionFacts, Open, Profile, RecordRow, op_key},
    notebook::Notebook,
    protocol::{Failure, InvitePreview, InviteProblem, InviteText, MissionInfo, Refusal, Status},
    records::parse_op,
};

/// What the key is that stands before a card's box.
enum Turned {
    Key(MissionKey),
    /// The office has not heard yet what is sealed for this device.
    NotForUs,
    /// Said in the way of a newer version.
    Newer,
    /// The code that opens it is not here yet.
    Unopened,
}

/// The code and the server of an invite.
pub(crate) fn read(text: &str, origin: &str) -> Result<(InviteCode, String), Failure> {
    read_invite(text, origin).ok_or(Failure::from(InviteProblem::Unreadable))
}

impl<H: Host> Notebook<H> {
    /// What the server keeps under a code, opened. Its `server` is not believed: the one that answered is used.
    ///
    /// Answers too whether a device has used it: the same one may use it again, another may not.
    pub(crate) async fn invite_secret(
        &self,
        code: &InviteCode,
        server: &str,
    ) -> Result<(InviteSecret, bool), Failure> {
        // Whoever looks at an invite need not say who looks.
        let found = Nobody::new(self.host().transport(), server)
            .invite(&code.id(), self.host().now())
            .await
            .map_err(of_server)?;
        if found.used && found.sealed.0.is_empty() {
            // The server forgot it with its use.
            return Err(Failure::from(InviteProblem::Used));
        }
        let secret = InviteSecret::open(&found.sealed.0, code)
            .map_err(|_| Failure::from(InviteProblem::Unreadable))?;
        Ok((
            InviteSecret {
                server: server.to_owned(),
                ..secret
            },
            found.used,
        ))
    }

    pub(crate) async fn look_invite(
        &self,
        text: &str,
        origin: &str,
    ) -> Result<InvitePreview, Failure> {
        let (code, server) = read(text, origin)?;
        let found = Nobody::new(self.host().transport(), server.as_str())
            .invite(&code.id(), self.host().now())
            .await
            .map_err(of_server)?;
        if found.used {
            return Err(Failure::from(InviteProblem::Used));
        }
        let secret = InviteSecret::open(&found.sealed.0, &code)
            .map_err(|_| Failure::from(InviteProblem::Unreadable))?;
        let languages = secret
            .languages
            .iter()
            .map(|lang| lang.as_str().to_owned())
            .collect();
        Ok(InvitePreview {
            mission: secret.mission_name.clone(),
            server,
            languages,
            expires: found.expires.0,
        })
    }

    /// Takes part in one more mission; or again in one whose server forgot us. An invite that waits for a network stays
    /// beside it, with what was written for it, unless `replace` names it, or it is known to be the same mission's.
    pub(crate) async fn join(
        &self,
        invite: InviteText,
        replace: Option<MissionId>,
    ) -> Result<Status, Failure> {
        let (code, server) = read(&invite.text, &invite.origin)?;
        let (held, held_secret) = self.held_invite(&code)?;
        let mut is_used = false;
        let secret = match self.invite_secret(&code, &server).await {
            Ok((secret, used)) => {
                is_used = used;
                Some(secret)
            }
            Err(Failure::Unreachable) => held_secret,
            // Used by us, it may be: the answer was lost.
            Err(failure @ Failure::Refused(Refusal::Invite(_))) => {
                Some(held_secret.ok_or(failure)?)
            }
            Err(failure) => return Err(failure),
        };
        let (name, again, before) = {
            let open = self.open()?;
            let same = |enrolment: &Enrolment| match (enrolment, &secret) {
                (Enrolment::Enrolled { secret: ours, .. }, Some(theirs)) => {
                    ours.mission == theirs.mission
                }
                _ => false,
            };
            let again = open
                .profile
                .members
                .iter()
                .position(|member| same(&member.enrolment) && !member.revoked);
            (open.profile.name.clone(), again, open.profile.current)
        };
        if is_used && again.is_none() && held.is_none() {
            return Err(Failure::from(InviteProblem::Used));
        }
        let waiting = match replace {
            Some(mission) => Some(self.pending_named(mission)?),
            None => held.or_else(|| self.pending_for(secret.as_ref())),
        };
        // Kept before it is used: what the server forgets with the use, this device has.
        let pending = Enrolment::Pending {
            code: code.to_string(),
            server,
            secret: secret.clone(),
        };
        let mut is_new = false;
        let number = match (again, waiting) {
            (Some(number), _) => number,
            (None, Some(number)) => number,
            (None, None) => {
                is_new = true;
                self.open()?.profile.members.len()
            }
        };
        let mut member = self.new_member(&name, pending.clone());
        if let Some(secret) = &secret {
            member.info.name.clone_from(&secret.mission_name);
        }
        self.with_profile(|profile| {
            if is_new {
                profile.members.push(member);
            } else if again.is_none() {
                profile.members[number].enrolment = pending;
                profile.members[number].info.name = member.info.name;
            }
            profile.current = number;
        })
        .await?;
        if let Some(secret) = secret {
            let generation = self.vault.generation();
            match self.enrol(number, generation, &code, secret).await {
                Ok(()) => {}
                // It waits for a network, like one that could not be looked at.
                Err(Failure::Unreachable) => {}
                Err(failure) => {
                    if is_new && matches!(failure, Failure::Refused(Refusal::Invite(_))) {
                        self.leave_unused(number, before).await?;
                    }
                    return Err(failure);
                }
            }
            let _ = self.exchange(Trigger::Online).await;
        }
        self.status().await
    }

    /// The member whose invite with that code waits, and what its box held.
    fn held_invite(
        &self,
        code: &InviteCode,
    ) -> Result<(Option<usize>, Option<InviteSecret>), Failure> {
        let (open, text) = (self.open()?, code.to_string());
        let mut members = open.profile.members.iter().enumerate();
        let held = members.find_map(|(number, member)| match &member.enrolment {
            Enrolment::Pending { code, secret, .. } if *code == text => {
                Some((number, secret.clone()))
            }
            _ => None,
        });
        Ok(held.map_or((None, None), |(number, secret)| (Some(number), secret)))
    }

    /// The member that a person named to have its waiting invite replaced.
    fn pending_named(&self, mission: MissionId) -> Result<usize, Failure> {
        let open = self.open()?;
        let mut members = open.profile.members.iter();
        members
            .position(|member| member.is_pending() && member.mission == mission)
            .ok_or(Failure::NotFound)
    }

    /// The member whose waiting invite is known to be for the same mission.
    fn pending_for(&self, secret: Option<&InviteSecret>) -> Option<usize> {
        let (open, mission) = (self.open().ok()?, secret?.mission);
        open.profile.members.iter().position(|member| {
            matches!(&member.enrolment, Enrolment::Pending { secret: Some(known), .. } if known.mission == mission)
        })
    }

    /// Takes a member out again whose invite turned out to be of no use, if nothing was written for it.
    async fn leave_unused(&self, number: usize, before: usize) -> Result<(), Failure> {
        let is_unused = {
            let open = self.open()?;
            open.profile.members.len() == number + 1
                && open.chain(number).next.prev.is_none()
                && open.drafts.values().all(|draft| draft.member != number)
        };
        if !is_unused {
            return Ok(());
        }
        self.with_profile(|profile| {
            profile.members.truncate(number);
            profile.current = before;
        })
        .await
    }

    /// Uses an invite that could not be used when it was given.
    pub(crate) async fn enrol_pending(
        &self,
        number: usize,
        generation: u64,
    ) -> Result<(), Failure> {
        let (code, server, known) = {
            let open = self.open_still(generation)?;
            let Enrolment::Pending {
                code,
                server,
                secret,
            } = &open.member(number)?.enrolment
            else {
                return Ok(());
            };
            (code.clone(), server.clone(), secret.clone())
        };
        let code: InviteCode = code
            .parse()
            .map_err(|_| Failure::from(InviteProblem::Unreadable))?;
        let secret = match known {
            Some(secret) => secret,
            None => {
                let (secret, _) = self.invite_secret(&code, &server).await?;
                self.keep_secret(number, generation, &code, &secret).await?;
                secret
            }
        };
        self.enrol(number, generation, &code, secret).await
    }

    /// Keeps what an invite's box held, before the invite is used.
    async fn keep_secret(
        &self,
        number: usize,
        generation: u64,
        of: &InviteCode,
        held: &InviteSecret,
    ) -> Result<(), Failure> {
        self.open_still(generation)?;
        self.with_profile(|profile| {
            let enrolment = &mut profile.members[number].enrolment;
            if let Enrolment::Pending { code, secret, .. } = enrolment
                && *code == of.to_string()
            {
                *secret = Some(held.clone());
            }
        })
        .await
    }

    async fn enrol(
        &self,
        number: usize,
        generation: u64,
        code: &InviteCode,
        secret: InviteSecret,
    ) -> Result<(), Failure> {
        let (client, body) = {
            let open = self.open_still(generation)?;
            let member = open.member(number)?;
            let client = Client::new(
                self.host().transport(),
                secret.server.as_str(),
                member.signing(),
            );
            let client = client.with_clock_offset(open.chain(number).clock_offset);
            let key = member.signing();
            let body = self.vault.draw(|random| {
                vigie_join::enrol(code, &key, &member.by, &secret.mission_key, random)
            });
            (client, body)
        };
        client
            .enrol(&body, self.host().now())
            .await
            .map_err(of_server)?;
        self.adopt(number, generation, secret).await?;
        self.enrolled_again(number, generation).await
    }

    /// Writes the member's chain again under the mission's own id, with the enrolment that goes with it: one commit.
    async fn adopt(
        &self,
        number: usize,
        generation: u64,
        secret: InviteSecret,
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        let mission = secret.mission;
        let profile: &mut Profile = tx.edit(&*tx.memory()?)?;
        let member = &mut profile.members[number];
        let known = match &member.enrolment {
            Enrolment::Enrolled { card, .. } => *card,
            _ => None,
        };
        let old = member.mission;
        member.mission = mission;
        if member.info.name.is_empty() {
            member.info.name.clone_from(&secret.mission_name);
        }
        member.info.server.clone_from(&secret.server);
        member.enrolment = Enrolment::Enrolled {
            secret,
            card: known,
        };
        if old != mission {
            let prefix = format!("{number:03}.");
            let store = self.host().store();
            let sealed = store
                .ascending(Table::Ops, &prefix, "", usize::MAX)
                .await
                .map_err(of_store)?;
            let mut renamed: HashMap<OpId, OpId> = HashMap::new();
            let mut records: HashMap<RecordId, RecordRow> = HashMap::new();
            let mut links = Links::default();
            for (key, sealed) in sealed {
                let plain = self.vault.keys()?.read_bytes(Table::Ops, &key, &sealed);
                let opened = plain.ok().and_then(|plain| parse_op(&key, &plain).ok());
                let Some(mut stored) = opened else {
                    // It stays as it is, under its number; what came after it keeps its own.
                    tx.memory()?.damaged.insert(Table::Ops.row_name(&key));
                    continue;
                };
                let rec = stored.op.rec;
                let before = stored.id;
                let rename = |ids: Vec<OpId>| {
                    ids.into_iter()
                        .map(|id| renamed.get(&id).copied().unwrap_or(id))
                        .collect()
                };
                let over = std::mem::take(&mut stored.op.over)
                    .into_iter()
                    .map(|(field, ids)| (field, rename(ids)))
                    .collect();
                let stored = stored.again(mission, &mut links, over);
                renamed.insert(before, stored.id);
                let row = op_key(number, stored.op.seq);
                tx.put_bytes(Table::Ops, row, stored.bytes.as_bytes());
                match records.get_mut(&rec) {
                    Some(row) => {
                        row.record.apply(&stored);
                    }
                    None => match self.record(rec).await {
                        Ok(Some(mut row)) => {
                            row.record = Record::new(&stored);
                            records.insert(rec, row);
                        }
                        Ok(None) => {}
                        Err(Failure::Damaged(row)) => {
                            tx.memory()?.damaged.insert(row);
                        }
                        Err(failure) => return Err(failure),
                    },
                }
            }
            let open = tx.memory()?;
            let next = &mut tx.edit::<Counters>(&open)?.chain(number).next;
            links.seq = links.seq.max(next.seq);
            *next = links;
            for row in records.values() {
                tx.put(row);
                if let (Some(line), Some(seq)) = (row.line, row.seqs.last()) {
                    let shown = Line::of(
                        &row.record,
                        number,
                        *seq,
                        row.response.as_ref().map(|part| part.said()),
                    );
                    tx.put_as(&line, &shown);
                    tx.then(move |open| open.index.insert(line, shown));
                }
            }
            for draft in open.drafts.values().filter(|draft| draft.member == number) {
                let mut draft = draft.clone();
                for id in draft.base.over.values_mut().flatten() {
                    *id = renamed.get(id).copied().unwrap_or(*id);
                }
                tx.put(&draft);
                tx.then(|open| open.drafts.insert(draft.rec, draft));
            }
            // What was opened to be changed named ops of the old chain.
            tx.then(|open| open.editing.clear());
        }
        tx.commit().await
    }

    /// Fetches the card when the server has another than ours, checks that our office signed it, and keeps it.
    pub(crate) async fn renew_card(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
    ) -> Result<(), Failure> {
        let (mut secret, known, unread) = {
            let open = self.open_still(generation)?;
            let Enrolment::Enrolled { secret, card } = &open.member(number)?.enrolment else {
                return Ok(());
            };
            (
                secret.clone(),
                *card,
                open.retry.unread.get(&number).cloned(),
            )
        };
        // One whose row does not open is fetched again.
        let known = match self.card(number).await {
            Err(Failure::Damaged(_)) => None,
            _ => known,
        };
        let asked = unread.as_ref().map(|(rev, _)| *rev).or(known);
        let told = self.open_still(generation)?.retry.cards.remove(&number);
        if told.is_some() && told == asked {
            return unread.map_or(Ok(()), |(_, failure)| Err(failure));
        }
        let (rev, sealed) = match client
            .card(&secret.mission, asked, self.host().now())
            .await
            .map_err(of_server)
        {
            Ok(CardAnswer::Card { rev, sealed }) => (rev, sealed),
            // The one that can't be read is still the newest.
            Ok(CardAnswer::Unchanged) => return unread.map_or(Ok(()), |(_, failure)| Err(failure)),
            // The office has not published it yet.
            Err(Failure::NotFound) => return Ok(()),
            Err(failure) => return Err(failure),
        };
        self.open_still(generation)?.retry.unread.remove(&number);
        let forged = || Failure::Refused(Refusal::Forged);
        let CardBytes { key, boxed } = CardBytes::of(&sealed);
        let mut opened = vigie_seal::open_card(boxed, &secret.office, &secret.mission_key);
        if let (Err(CardError::DoesNotOpen), Some(key)) = (&opened, key) {
            match self.turned_key(number, generation, &secret, key).await? {
                // It comes soon; the card is asked for again.
                Turned::Unopened => return Ok(()),
                Turned::Key(key) => secret.mission_key = key,
                Turned::NotForUs => {
                    self.say_member(number, generation, client).await?;
                    let failure = Failure::Refused(Refusal::KeyTurned);
                    return self.leave_unread(number, generation, rev, failure);
                }
                Turned::Newer => {
                    return self.leave_unread(number, generation, rev, Failure::NewerStore);
                }
            }
            opened = vigie_seal::open_card(boxed, &secret.office, &secret.mission_key);
        }
        let card = match opened {
            Ok(card) if card.mission.id == secret.mission => card,
            Err(CardError::DoesNotOpen) if CardBytes::is_newer(&sealed) => {
                return self.leave_unread(number, generation, rev, Failure::NewerStore);
            }
            Ok(_) | Err(CardError::DoesNotOpen | CardError::NotTheOffice) => return Err(forged()),
            // The office wrote it for a later version: the one that is here goes on, and this one waits for an update.
            Err(CardError::Unreadable(_)) => {
                return self.leave_unread(number, generation, rev, Failure::NewerStore);
            }
        };
        // What the server says the revision is decides nothing; what the office signed does.
        if known.is_some_and(|known| card.rev <= known) {
            return Ok(());
        }
        let beside = vigie_seal::beside::detach(
            boxed,
            secret.mission,
            card.rev,
            &secret.mission_key,
            &secret.office,
        );
        let purged = self.take_purges(number, generation, &beside.purges).await?;
        let policy = card.mission.policy;
        if policy.shares() {
            // From an office of before.
            let mut team = beside.team;
            team.retain(|stored| !purged.0.contains(&stored.id));
            self.take_team(number, generation, team, None).await?;
        }
        self.keep_card(number, generation, card, secret.mission_key)
            .await
    }

    /// Notes why the server's newest card can't be taken yet: it is not fetched again before there is a newer one.
    fn leave_unread(
        &self,
        number: usize,
        generation: u64,
        rev: u32,
        failure: Failure,
    ) -> Result<(), Failure> {
        let unread = (rev, failure.clone());
        let mut open = self.open_still(generation)?;
        open.retry.unread.insert(number, unread);
        Err(failure)
    }

    /// The key that the mission turned to, from what stands before the card's box.
    async fn turned_key(
        &self,
        number: usize,
        generation: u64,
        secret: &InviteSecret,
        sealed: &[u8],
    ) -> Result<Turned, Failure> {
        let Some(opener) = self.host().opener().await else {
            return Ok(Turned::Unopened);
        };
        let member = Identity::of_member(&self.open_still(generation)?.member(number)?.signing());
        match open_key(opener, sealed, &member, secret.mission, &secret.office) {
            Ok(key) => Ok(Turned::Key(key)),
            Err(BadKeyLetter::Sealed(OpenError::NotForUs(_))) => Ok(Turned::NotForUs),
            Err(BadKeyLetter::Newer) => Ok(Turned::Newer),
            Err(BadKeyLetter::Sealed(_) | BadKeyLetter::Malformed | BadKeyLetter::NotTheOffice) => {
                Err(Failure::Refused(Refusal::Forged))
            }
        }
    }

    async fn keep_card(
        &self,
        number: usize,
        generation: u64,
        card: Card,
        key: MissionKey,
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        {
            let profile: &mut Profile = tx.edit(&*tx.memory()?)?;
            let member = &mut profile.members[number];
            if let Enrolment::Enrolled {
                card: known,
                secret,
            } = &mut member.enrolment
            {
                *known = Some(card.rev);
                secret.mission_key = key;
            }
            member.info = MissionFacts {
                name: card.mission.name.clone(),
                kind: card.mission.kind.code().to_owned(),
                starts: card.mission.starts.clone(),
                ends: card.mission.ends.clone(),
                forms: card.forms.len(),
                keep_readable: card.mission.policy.keep_readable,
                record_time: card.mission.policy.record_time,
                server: member.info.server.clone(),
                recipients: card.recipients.clone(),
                closed: card.closed,
                members: card.members.clone(),
                bundles: card.bundles,
                readers: card
                    .offices
                    .iter()
                    .map(|office| office.name.clone())
                    .collect(),
            };
        }
        tx.put_at(Table::Forms, card_key(number), &card);
        tx.commit().await?;
        let status = tx.memory()?.status();
        self.host().emit(crate::protocol::Event::Status(status));
        Ok(())
    }

    /// The card of a member's mission, if it came.
    pub(crate) async fn card(&self, number: usize) -> Result<Option<Rc<Card>>, Failure> {
        {
            let open = self.open()?;
            let known = match &open.member(number)?.enrolment {
                Enrolment::Enrolled { card, .. } => *card,
                _ => None,
            };
            if let Some(card) = open
                .cards
                .get(&number)
                .filter(|card| Some(card.rev) == known)
            {
                return Ok(Some(Rc::clone(card)));
            }
        }
        let key = card_key(number);
        let Some(card) = self.vault.get_at(Table::Forms, &key).await? else {
            return Ok(None);
        };
        let mut open = self.open()?;
        let card: Rc<Card> = Rc::new(card);
        open.cards.insert(number, Rc::clone(&card));
        Ok(Some(card))
    }
}

fn card_key(number: usize) -> String {
    format!("{number:03}")
}

impl Open {
    pub fn missions(&self) -> Vec<MissionInfo> {
        let members = self.profile.members.iter().enumerate();
        members
            .map(|(number, member)| member.view(number == self.profile.current))
            .collect()
    }

    pub fn member_of(&self, mission: MissionId) -> Option<usize> {
        let members = || self.profile.members.iter();
        let is_it = |member: &Member| member.mission == mission;
        // A device that was removed may take part again under another key.
        members()
            .position(|member| is_it(member) && !member.revoked)
            .or_else(|| members().position(is_it))
    }
}
