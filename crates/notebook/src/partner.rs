//! Somebody who answers one questionnaire by a partner link, on a phone that has no notebook of hers.
//!
//! There is no vault and no passphrase. What she answers lives in this worker's memory only, under a device key made for the
//! occasion; finishing seals it for the office, once, and from then on nobody on this phone can open it. What the store
//! sees: the link's content as it came, boxed under a code that is never stored, until her answer is sealed (in a kiosk:
//! until the link is over); sealed bundles that wait for a network, and beside them the key that may send them, both gone
//! as soon as the server has them. What these rows are called says nothing to whoever has not the code.
//!
//! Where the vault of a delegate is on the same phone, nothing of it is read or written.

use std::collections::HashSet;

use serde_json::{Value, json};
use vigie_exchange::{
    Client, Sending,
    api::{Base64, Code, Enrol},
    sending::{Event as Happened, IMPOSED_MS, wait_ms},
    split::{RUN_BYTES, runs},
};
use vigie_join::enrol_partner;
use vigie_journal::{Author, Chain, Clock, Entry, Over, StoredOp};
use vigie_model::{DeviceId, Kind, Link, RecordId, Timestamp, fields::response, from_json, hex};
use vigie_respondent::{
    InMemory, Moment, Respondent, attachment_fields, below_root, compiled, form_info, language,
};
use vigie_seal::{InviteCode, SigningKey, envelope::Recipient, open_link, seal_run};
use vigie_vault::{Store, Table};

use crate::{
    Host,
    door::put_clear,
    error::{internal, of_server, of_store, refusal},
    join::read_invite,
    media::carried,
    memory::{
        SecretSeed, Trigger,
        partner::{Live, Opened, Partner, Sealed},
    },
    notebook::{Notebook, Tx},
    protocol::{
        EntryState, Event, Failure, File, FillingQuestion, Finished, FormProblem, FormView,
        InviteProblem, LinkView, Millis, Refusal, Saved, Waiting,
    },
    unkept::Whose,
};

/// Rows of `meta`: one for each sealed answer that waits.
const ANSWER: &str = "answer.";
/// Rows of `blobs`: one for each link that was opened.
const LINK: &str = "link.";

/// The box of a link: where it is kept, and where an earlier version did, under the name that the server knows.
fn link_rows(code: &InviteCode) -> [String; 2] {
    [
        format!("{LINK}{}", code.row()),
        format!("{LINK}{}", code.id()),
    ]
}

/// That no box of this link is kept.
fn forget_box<H: Host>(tx: &mut Tx<'_, H>, code: &InviteCode) {
    for row in link_rows(code) {
        tx.delete_at(Table::Blobs, row);
    }
}

/// Whether a row of `meta` or `blobs` is a partner's: no part of a vault.
pub(crate) fn is_partners_row(row: &str) -> bool {
    row.starts_with(ANSWER) || row.starts_with(LINK)
}

fn answer_row(name: &str) -> String {
    format!("{ANSWER}{name}")
}

fn bundle_row(name: &str, number: usize) -> String {
    format!("{ANSWER}{name}.{number}")
}

impl Sealed {
    /// Keeps all of it: the answer, and its bundles' bytes.
    fn put<H: Host>(
        &self,
        tx: &mut Tx<'_, H>,
        name: &str,
        bytes: &[Vec<u8>],
    ) -> Result<(), Failure> {
        put_clear(tx, &answer_row(name), self)?;
        for (number, bytes) in bytes.iter().enumerate() {
            tx.put_clear(Table::Blobs, bundle_row(name, number), bytes.clone());
        }
        Ok(())
    }

    fn remove<H: Host>(&self, tx: &mut Tx<'_, H>, name: &str) {
        for number in 0..self.bundles.len() {
            tx.delete_at(Table::Blobs, bundle_row(name, number));
        }
        tx.delete_at(Table::Meta, answer_row(name));
    }

    fn enrol(&self, device: DeviceId) -> Enrol {
        Enrol {
            invite: self.invite,
            device,
            proof: self.proof,
            name_box: Base64(Vec::new()),
        }
    }
}

/// The answers to the link that is open.
pub(crate) struct ByLink<'a, H: Host>(pub &'a Notebook<H>);

impl<H: Host> Whose for ByLink<'_, H> {
    fn start(&self, lang: &str) -> Result<FormView, Failure> {
        self.0.start_link(lang)
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&mut Respondent<InMemory>, Millis) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let at = self.0.host().now().0;
        let now = self.0.partner_now()?;
        let mut partner = self.0.partner();
        let live = partner.live.as_mut().ok_or(Failure::NotFound)?;
        act(live.respondent.at(now), at)
    }

    fn blob(&self) -> String {
        let id = self.0.vault.draw(|random| RecordId::random(random));
        id.to_string()
    }

    fn media(&self, name: &str) -> Result<File, Failure> {
        let partner = self.0.partner();
        let opened = partner.link.as_ref().ok_or(Failure::NotFound)?;
        carried(&opened.link.files, name)
    }

    async fn finish(&self) -> Result<Finished, Failure> {
        self.0.finish_link().await
    }
}

impl<H: Host> Notebook<H> {
    /// Whether a question is about the answer that a partner is giving.
    pub(crate) fn is_partners(&self, question: &FillingQuestion) -> bool {
        use FillingQuestion as Q;
        let rec = match question {
            Q::ListForms(_) | Q::StartResponse(_) => return false,
            Q::OpenResponse(of) => of.rec,
            Q::SetAnswer(of) => of.rec,
            Q::AttachFile(of) => of.rec,
            Q::AddRepeat(of) => of.rec,
            Q::RemoveRepeat(of) => of.rec,
            Q::UndoRemove(of) => of.rec,
            Q::SearchChoices(of) => of.rec,
            Q::ReadFile(of) => of.rec,
            Q::ReadMedia(of) => of.rec,
            Q::GoTo(of) => of.rec,
            Q::FormLanguage(of) => of.rec,
            Q::CheckResponse(of) => of.rec,
            Q::FinishResponse(of) => of.rec,
        };
        let partner = self.partner();
        partner
            .live
            .as_ref()
            .is_some_and(|live| live.respondent.rec == rec)
    }

    fn partner_now(&self) -> Result<vigie_forms::Now, Failure> {
        let record_time = {
            let partner = self.partner();
            let opened = partner.link.as_ref().ok_or(Failure::NotFound)?;
            opened.link.card.mission.policy.record_time
        };
        Ok(self.now_for_a_form(record_time))
    }

    /// Opens a link. What was kept of it here is what counts; the server says whether it is still open.
    pub(crate) async fn open_link(&self, code: &str, origin: &str) -> Result<LinkView, Failure> {
        let (code, server) = read_invite(code, origin)?;
        if self.vault.is_open() {
            let status = self.lock().await?;
            self.host().emit(Event::Status(status));
        }
        self.read_answers().await;
        // Without a store, a link works as long as there is a network.
        let (kept, is_named_anew) = self.kept_box(&code).await;
        let nobody = self.vault.draw(|random| SigningKey::random(random));
        let client = Client::new(self.host().transport(), server.as_str(), nobody);
        let now = self.host().now();
        let found = client.invite(&code.id(), now).await.map_err(of_server);
        let over = match &found {
            Ok(found) if found.used => Some(InviteProblem::Used),
            Err(Failure::Refused(Refusal::Invite(problem))) => Some(*problem),
            Err(failure) if kept.is_none() => return Err(failure.clone()),
            _ => None,
        };
        let offset = match &found {
            Ok(found) => found.now.map_or(0, |theirs| theirs.since(now)),
            Err(_) => 0,
        };
        let is_new = kept.is_none();
        // The server forgot the box of a link that is used up.
        let theirs = found.ok().map(|found| found.sealed.0);
        let sealed = kept.or(theirs.filter(|sealed| !sealed.is_empty()));
        let link = sealed.as_ref().map(|sealed| open_link(sealed, &code));
        let link = match link {
            Some(Ok(link)) => Some(link),
            Some(Err(_)) => return Err(Failure::from(InviteProblem::Unreadable)),
            None => None,
        };
        let late = |link: &Link| now.plus(offset) > link.expires;
        let over = over.or(link
            .as_ref()
            .filter(|link| late(link))
            .map(|_| InviteProblem::Expired));
        let (Some(link), Some(sealed), None) = (link, sealed, over) else {
            // Nothing more will come of it: what was kept of it goes too.
            let mut tx = self.vault.transaction().await;
            forget_box(&mut tx, &code);
            drop(tx.commit().await);
            return Err(Failure::from(over.unwrap_or(InviteProblem::Unknown)));
        };
        if is_new || is_named_anew {
            let [row, before] = link_rows(&code);
            let mut tx = self.vault.transaction().await;
            tx.delete_at(Table::Blobs, before);
            tx.put_clear(Table::Blobs, row, sealed);
            drop(tx.commit().await);
        }
        let view = view(&link, self.waiting())?;
        let mut partner = self.partner();
        let same = partner.link.as_ref().is_some_and(|open| open.code == code);
        if !same {
            partner.live = None;
        }
        partner.link = Some(Opened {
            code,
            server,
            link,
            offset,
        });
        Ok(view)
    }

    /// What is kept of a link, and whether it must be named anew: it stands where an earlier version put it.
    async fn kept_box(&self, code: &InviteCode) -> (Option<Vec<u8>>, bool) {
        let store = self.host().store();
        let [row, before] = link_rows(code);
        match store.get(Table::Blobs, &row).await {
            Ok(Some(kept)) => (Some(kept), false),
            Ok(None) => {
                let kept = store.get(Table::Blobs, &before).await.ok().flatten();
                let is_there = kept.is_some();
                (kept, is_there)
            }
            Err(_) => (None, false),
        }
    }

    /// Begins an answer: whoever agreed before, and did not finish, is forgotten.
    pub(crate) fn start_link(&self, lang: &str) -> Result<FormView, Failure> {
        let now = self.partner_now()?;
        let mut seed = [0; 8];
        self.host().fill(&mut seed);
        let key = self.vault.draw(|random| SigningKey::random(random));
        let rec = RecordId::answer_of(&key.device());
        let mut partner = self.partner();
        let opened = partner.link.as_ref().ok_or(Failure::NotFound)?;
        let begun = self.host().now().plus(opened.offset);
        if begun > opened.link.expires {
            return Err(Failure::from(InviteProblem::Expired));
        }
        let device = key.device().to_string();
        let moment = Moment::new(now, seed, opened.link.by.clone(), device, None);
        let form = opened.link.form().ok_or(Failure::NotFound)?;
        let mut respondent = Respondent::begin(rec, form, lang, moment, None, InMemory::default())?;
        let view = respondent.view(None);
        partner.live = Some(Live {
            key,
            consented: now.millis,
            respondent,
        });
        Ok(view)
    }

    pub(crate) fn leave_link(&self) {
        self.partner().live = None;
    }

    /// Seals the answer for the office, keeps the sealed bytes until they are sent, and forgets the answer; and, where nobody
    /// answers after her, what was kept of the link.
    pub(crate) async fn finish_link(&self) -> Result<Finished, Failure> {
        let mut tx = self.vault.transaction().await;
        let now = self.partner_now()?;
        let made = self.host().now();
        let (device, mut sealed, bytes, forgotten) = {
            let mut partner = self.partner();
            let Partner { link, live, .. } = &mut *partner;
            let opened = link.as_ref().ok_or(Failure::NotFound)?;
            let live = live.as_mut().ok_or(Failure::NotFound)?;
            live.respondent.at(now);
            let ops = self
                .vault
                .draw(|random| live.ops(&opened.link, made, random));
            let ops = match ops {
                Ok(ops) => ops,
                Err(problems) => return Ok(Finished::Problems(problems)),
            };
            let card = &opened.link.card;
            let recipients: Vec<Recipient> = card
                .recipients
                .iter()
                .filter_map(|recipient| recipient.parse().ok())
                .collect();
            let (mut bundles, mut bytes) = (Vec::new(), Vec::new());
            for run in runs(ops, RUN_BYTES) {
                let (bundle, sealed) =
                    seal_run(&live.key, card.mission.id, made, &run, &recipients)
                        .map_err(internal)?;
                bundles.push(Sending::sealed(bundle));
                bytes.push(sealed);
            }
            let enrol = enrol_partner(&opened.code, &live.key);
            let sealed = Sealed {
                v: crate::memory::partner::SEALED_VERSION,
                server: opened.server.clone(),
                mission: card.mission.id,
                key: SecretSeed::of(&live.key),
                invite: enrol.invite,
                proof: enrol.proof,
                bundles,
                refused: None,
                unsaved: None,
            };
            let forgotten = (!opened.link.kiosk).then(|| opened.code.clone());
            (live.key.device(), sealed, bytes, forgotten)
        };
        let forget = |tx: &mut Tx<'_, H>| {
            if let Some(code) = &forgotten {
                forget_box(tx, code);
            }
        };
        forget(&mut tx);
        let mut name = [0; 16];
        self.host().fill(&mut name);
        let name = hex::encode(&name);
        sealed.put(&mut tx, &name, &bytes)?;
        if tx.commit().await.is_err() {
            sealed.unsaved = Some(bytes);
            forget(&mut tx);
            drop(tx.commit().await);
        }
        let rec = RecordId::answer_of(&device);
        {
            let mut partner = self.partner();
            partner.live = None;
            partner.sealed.insert(name, sealed);
            partner.until = Some(made);
        }
        self.tell_waiting();
        Ok(Finished::Saved(Saved {
            rec,
            at: made.0,
            state: EntryState::Going,
        }))
    }

    /// Reads, once, what an earlier page left waiting.
    async fn read_answers(&self) {
        if self.partner().read {
            return;
        }
        let store = self.host().store();
        let Ok(rows) = store
            .ascending(Table::Meta, ANSWER, ANSWER, usize::MAX)
            .await
        else {
            return;
        };
        let now = self.host().now();
        let mut partner = self.partner();
        partner.read = true;
        for (row, bytes) in rows {
            // One that can't be read was written by a newer version: it stays where it is. An earlier version called one by its
            // device, and it keeps that name.
            if let (Some(name), Ok(sealed)) = (row.strip_prefix(ANSWER), from_json(&bytes)) {
                partner.sealed.entry(name.to_owned()).or_insert(sealed);
                partner.until = Some(now);
            }
        }
    }

    pub(crate) fn waiting(&self) -> Waiting {
        let partner = self.partner();
        let refused = partner.sealed.values();
        let refused: Vec<&String> = refused.filter_map(|one| one.refused.as_ref()).collect();
        Waiting {
            waiting: partner.sealed.len() - refused.len(),
            sent: partner.sent,
            refused: refused.len(),
            reason: refused.first().map(|word| refusal(&Code::from_word(word))),
            unsaved: partner.sealed.values().any(|one| one.unsaved.is_some()),
            busy: partner.busy,
        }
    }

    fn tell_waiting(&self) {
        self.host().emit(Event::Waiting(self.waiting()));
    }

    pub(crate) async fn drop_refused(&self) -> Result<(), Failure> {
        let mut tx = self.vault.transaction().await;
        for (name, one) in &self.partner().sealed {
            if one.refused.is_some() {
                one.remove(&mut tx, name);
            }
        }
        tx.commit().await?;
        self.partner().sealed.retain(|_, one| one.refused.is_none());
        self.tell_waiting();
        Ok(())
    }

    /// One round: each sealed answer enrols its device and goes, when it is time. What fails is tried again later.
    pub(crate) async fn send_answers(&self, trigger: Trigger) -> Result<(), Failure> {
        self.read_answers().await;
        let now = self.host().now();
        let names: Vec<String> = {
            let mut partner = self.partner();
            let due = partner
                .until
                .is_some_and(|until| until <= now || until.since(now) > IMPOSED_MS);
            let waits = |one: &Sealed| one.refused.is_none() || trigger == Trigger::Asked;
            if partner.busy || (trigger == Trigger::Timer && !due) {
                return Ok(());
            }
            let names: Vec<String> = partner
                .sealed
                .iter()
                .filter(|(_, one)| waits(one))
                .map(|(name, _)| name.clone())
                .collect();
            partner.until = None;
            if names.is_empty() {
                return Ok(());
            }
            partner.busy = true;
            names
        };
        self.save_unsaved().await;
        let mut outcome = Ok(());
        for name in &names {
            match self.send_answer(name, trigger).await {
                Ok(()) => {}
                Err(Failure::Unreachable) => {
                    outcome = Err(Failure::Unreachable);
                    break;
                }
                Err(failure) => outcome = Err(failure),
            }
        }
        {
            let mut partner = self.partner();
            partner.busy = false;
            partner.attempt = match &outcome {
                Ok(()) => 0,
                Err(_) => partner.attempt.saturating_add(1),
            };
            let left = partner.sealed.values().any(|one| one.refused.is_none());
            let attempt = partner.attempt.max(1);
            let wait = self.vault.draw(|random| wait_ms(attempt, None, random));
            // An answer that was finished meanwhile is due at once.
            let soon = partner.until;
            partner.until = left.then(|| soon.unwrap_or(self.host().now().plus(wait)));
        }
        self.tell_waiting();
        match outcome {
            Err(Failure::Unreachable) => Ok(()),
            other => other,
        }
    }

    /// Tries again to keep what the store did not take: there may be room by now.
    async fn save_unsaved(&self) {
        let unsaved: Vec<(String, Sealed)> = {
            let partner = self.partner();
            let unsaved = partner.sealed.iter();
            let unsaved = unsaved.filter(|(_, one)| one.unsaved.is_some());
            unsaved
                .map(|(name, one)| (name.clone(), one.clone()))
                .collect()
        };
        for (name, sealed) in unsaved {
            let mut tx = self.vault.transaction().await;
            let bytes = sealed.unsaved.as_deref().unwrap_or_default();
            if sealed.put(&mut tx, &name, bytes).is_ok()
                && tx.commit().await.is_ok()
                && let Some(kept) = self.partner().sealed.get_mut(&name)
            {
                kept.unsaved = None;
            }
        }
    }

    /// Enrols one answer's device and sends its bundles. [`Failure::Unreachable`]: the others would fare no better now.
    async fn send_answer(&self, name: &str, trigger: Trigger) -> Result<(), Failure> {
        let Some(mut sealed) = self.partner().sealed.get(name).cloned() else {
            return Ok(());
        };
        let key = sealed.key.signing();
        let enrol = sealed.enrol(key.device());
        let client = Client::new(self.host().transport(), sealed.server.as_str(), key);
        // Asked again each time: the same device may, and a server that was set back has forgotten it.
        if let Err(error) = client.enrol(&enrol, self.host().now()).await {
            let code = error.code().map(|code| code.as_str().to_owned());
            return match of_server(error) {
                Failure::Refused(_) => {
                    sealed.refused = code;
                    self.keep_answer(name, sealed).await
                }
                failure => Err(failure),
            };
        }
        sealed.refused = None;
        for number in 0..sealed.bundles.len() {
            let now = self.host().now();
            let state = sealed.bundles[number].clone();
            let event = match trigger {
                Trigger::Asked => Happened::Asked,
                Trigger::Online => Happened::Online { now },
                Trigger::Timer => Happened::Start { now },
            };
            let after = |state: Sending, event| {
                let after = self.vault.draw(|random| state.after(event, random));
                after.map_err(internal)
            };
            let state = after(state, Happened::Reopened { now })?;
            let state = after(state, Happened::Enrolled)?;
            let state = after(state, event)?;
            let Sending::Sending { bundle, .. } = state else {
                sealed.bundles[number] = state;
                continue;
            };
            let bytes = match &sealed.unsaved {
                Some(bytes) => bytes.get(number).cloned(),
                None => {
                    let row = bundle_row(name, number);
                    self.host()
                        .store()
                        .get(Table::Blobs, &row)
                        .await
                        .map_err(of_store)?
                }
            };
            let Some(bytes) = bytes else {
                return self.without_bytes(name).await;
            };
            let answer = client
                .put_bundle(&bundle, &sealed.mission, bytes, self.host().now())
                .await;
            let state = after(state, Happened::of_answer(&answer, self.host().now()))?;
            if let Sending::Parked { reason, .. } = &state {
                sealed.refused = Some(reason.code().as_str().to_owned());
            }
            sealed.bundles[number] = state;
            if sealed.refused.is_some() {
                break;
            }
            if let Err(error) = answer {
                self.keep_answer(name, sealed).await?;
                return Err(of_server(error));
            }
        }
        self.keep_answer(name, sealed).await
    }

    /// Nothing is left to send of an answer. Where nothing else of it is left either, the server has it, and it was removed
    /// though the store said that it was not.
    async fn without_bytes(&self, name: &str) -> Result<(), Failure> {
        let row = answer_row(name);
        if self
            .host()
            .store()
            .get(Table::Meta, &row)
            .await
            .map_err(of_store)?
            .is_some()
        {
            return Err(Failure::Damaged(row));
        }
        self.arrived(name);
        Ok(())
    }

    fn arrived(&self, name: &str) {
        let mut partner = self.partner();
        if partner.sealed.remove(name).is_some() {
            partner.sent += 1;
        }
    }

    /// Keeps how far an answer got; once the server has all of it, nothing of it stays here.
    async fn keep_answer(&self, name: &str, sealed: Sealed) -> Result<(), Failure> {
        let mut tx = self.vault.transaction().await;
        let has = |state: &Sending| matches!(state, Sending::Stored { .. });
        if sealed.bundles.iter().all(has) {
            sealed.remove(&mut tx, name);
            tx.commit().await.or_else(|failure| {
                // Where nothing was stored, nothing need be removed.
                sealed.unsaved.as_ref().map(|_| ()).ok_or(failure)
            })?;
            self.arrived(name);
            return Ok(());
        }
        if sealed.unsaved.is_none() {
            put_clear(&mut tx, &answer_row(name), &sealed)?;
            tx.commit().await?;
        }
        self.partner().sealed.insert(name.to_owned(), sealed);
        Ok(())
    }
}

fn view(link: &Link, waiting: Waiting) -> Result<LinkView, Failure> {
    let card_form = link.form().ok_or(Failure::NotFound)?;
    let form = compiled(card_form)?;
    let info = form_info(card_form, &form);
    let mut languages: Vec<(String, String)> = form
        .languages()
        .iter()
        .map(|written| language(written))
        .collect();
    // A form without languages of its own is in the mission's.
    if languages.iter().all(|(code, _)| code == "default") {
        let said = link.card.mission.languages.iter();
        languages = said
            .map(|lang| (lang.as_str().to_owned(), String::new()))
            .collect();
    }
    let mut seen = HashSet::new();
    languages.retain(|(code, _)| seen.insert(code.clone()));
    Ok(LinkView {
        title: info.title,
        languages,
        consent: link
            .consent
            .iter()
            .map(|(lang, text)| (lang.as_str().to_owned(), text.clone()))
            .collect(),
        questions: info.questions,
        kiosk: link.kiosk,
        waiting,
    })
}

impl Live {
    /// The answer as ops: the files first, then what was answered. Or what stands in the way.
    fn ops(
        &mut self,
        link: &Link,
        made: Timestamp,
        random: &mut impl vigie_model::Random,
    ) -> Result<Vec<StoredOp>, Vec<FormProblem>> {
        let respondent = &mut self.respondent;
        let mut fields = respondent.finish()?;
        let mut records = Vec::new();
        for (path, chosen) in &respondent.files {
            let field = below_root(path);
            let Some(bytes) = respondent.keep.bytes(chosen) else {
                continue;
            };
            // A file whose question lost its answer stays behind.
            if fields.get(field).and_then(Value::as_str) != Some(chosen.name.as_str()) {
                continue;
            }
            let set = attachment_fields(respondent.rec, path, chosen, bytes);
            records.push((RecordId::random(random), Kind::ATTACHMENT, None, set));
        }
        fields.insert(response::CONSENTED.to_owned(), json!(self.consented));
        let form = Some(respondent.form.clone());
        records.push((respondent.rec, Kind::RESPONSE, form, fields));

        let at = if link.card.mission.policy.record_time {
            made
        } else {
            Timestamp(made.0.div_euclid(86_400_000) * 86_400_000)
        };
        let mut clock = Clock::default();
        let mut author = Author {
            device: self.key.device(),
            by: &link.by,
            mission: link.card.mission.id,
            chain: &mut Chain::default(),
        };
        let ops = records.into_iter().map(|(rec, kind, form, set)| {
            let entry = Entry {
                rec,
                kind,
                form,
                set,
                over: Over::new(),
            };
            author.write(clock.tick(at), entry)
        });
        Ok(ops.collect())
    }
}
