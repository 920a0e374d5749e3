//! What waits to be sent for partners: answers sealed and kept, until the server has them.

use std::{
    cell::{RefCell, RefMut},
    collections::BTreeMap,
};

use serde_json::json;
use vigie_exchange::{
    Client, Sending,
    api::Code,
    sending::{Event as Happened, IMPOSED_MS, Trigger, wait_ms},
    split::{RUN_BYTES, runs},
};
use vigie_join::enrol_partner;
use vigie_journal::{Author, Bundle, Chain, Clock, Entry, FormRef, Over, StoredOp};
use vigie_model::{Kind, Link, Random, RecordId, Timestamp, fields::response, from_json, hex};
use vigie_protocol::{AnswerFile, Failure, Given, InviteProblem, Waiting};
use vigie_respondent::{FileChosen, attachment_fields};
use vigie_seal::{
    DraftCode, InviteCode, SecretSeed, SigningKey, envelope::Recipient, open_link, seal_run,
};
use vigie_vault::{Ground, Store, Table, Transaction, Vault};

use crate::{
    Rows, World, drafts,
    error::{internal, of_server, of_store, refusal},
    sealed::{ANSWER, SEALED_VERSION, Sealed, answer_row, bundle_row, read_code},
};

/// Rows of `blobs`: one for each link that was opened.
const LINK: &str = "link.";

/// The box of a link: where it is kept, and where an earlier version did, under the name that the server knows.
fn link_rows(code: &InviteCode) -> [String; 2] {
    [
        format!("{LINK}{}", code.row()),
        format!("{LINK}{}", code.id()),
    ]
}

/// Whether a row of `meta` or `blobs` is a partner's: no part of a vault.
pub fn is_partners_row(row: &str) -> bool {
    row.starts_with(ANSWER) || row.starts_with(LINK)
}

/// The vault of whoever sends: open or not, its rows in the clear can be written.
type Tx<'v, G, M> = Transaction<'v, G, M>;

/// That no box of this link is kept.
fn forget_box<G: Ground, M: Rows>(tx: &mut Tx<'_, G, M>, code: &InviteCode) {
    for row in link_rows(code) {
        tx.delete_at(Table::Blobs, row);
    }
}

/// What of it is in memory.
#[derive(Default)]
struct State {
    /// Sealed, by what their rows are called; as in the store, once that was read.
    sealed: BTreeMap<String, Sealed>,
    read: bool,
    sent: usize,
    busy: bool,
    attempt: u32,
    until: Option<Timestamp>,
}

/// What waits to be sent for partners, over the store of a vault `M`, which may be closed.
#[derive(Default)]
pub struct Outbox(RefCell<State>);

impl Outbox {
    /// Never held across an await.
    fn state(&self) -> RefMut<'_, State> {
        self.0.borrow_mut()
    }

    /// The box of a link, as it was kept here.
    pub async fn kept_link<G: Ground, M: Rows>(
        &self,
        vault: &Vault<G, M>,
        code: &str,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let store = vault.ground().store();
        for row in link_rows(&read_code(code)?) {
            let kept = store.get(Table::Blobs, &row).await.map_err(of_store)?;
            if kept.is_some() {
                return Ok(kept);
            }
        }
        Ok(None)
    }

    /// Keeps the box of a link, once it is seen that its office signed what is in it.
    pub async fn keep_link<G: Ground, M: Rows>(
        &self,
        vault: &Vault<G, M>,
        code: &str,
        sealed: Vec<u8>,
    ) -> Result<(), Failure> {
        let code = read_code(code)?;
        read(&sealed, &code)?;
        let [row, before] = link_rows(&code);
        let mut tx = vault.transaction().await;
        tx.delete_at(Table::Blobs, before);
        tx.put_clear(Table::Blobs, row, sealed);
        tx.commit().await
    }

    pub async fn forget_link<G: Ground, M: Rows>(
        &self,
        vault: &Vault<G, M>,
        code: &str,
    ) -> Result<(), Failure> {
        let mut tx = vault.transaction().await;
        forget_box(&mut tx, &read_code(code)?);
        tx.commit().await
    }

    /// Seals an answer for the office and keeps the sealed bytes until they are sent; and, where nobody answers after her, lets
    /// go of what was kept of the link. Returns the answer's record. One that is sealed already, and waits, is not sealed again.
    pub async fn seal<H: World + Ground, M: Rows>(
        &self,
        vault: &Vault<H, M>,
        code: &str,
        server: String,
        sealed: &[u8],
        seed: [u8; 32],
        given: Given,
    ) -> Result<RecordId, Failure> {
        let key = SigningKey::from_bytes(seed);
        let rec = RecordId::answer_of(&key.device());
        let draft = given.draft.as_deref().and_then(|code| code.parse().ok());
        self.read_answers(vault).await;
        let is_hers = |one: &Sealed| *one.key.bytes() == seed;
        if self.state().sealed.values().any(is_hers) {
            return Ok(rec);
        }
        let mut tx = vault.transaction().await;
        let made = vault.ground().now();
        let code = read_code(code)?;
        // Read once more, here: nothing is sealed for anybody whom the office did not name.
        let link = read(sealed, &code)?;
        let at = if link.card.mission.policy.record_time {
            made
        } else {
            made.day_alone(vault.ground().utc_offset(made))
        };
        let ops = vault.draw(|random| ops(&link, &key, given, at, random))?;
        let card = &link.card;
        let recipients: Vec<Recipient> = card
            .recipients
            .iter()
            .filter_map(|recipient| recipient.parse().ok())
            .collect();
        let (mut bundles, mut bytes) = (Vec::new(), Vec::new());
        for run in runs(ops, RUN_BYTES) {
            let write = Bundle::to_json;
            let sealed = seal_run(&key, card.mission.id, made, &run, &recipients, None, write);
            let (bundle, sealed) = sealed.map_err(internal)?;
            bundles.push(Sending::sealed(bundle));
            bytes.push(sealed);
        }
        let enrol = enrol_partner(&code, &key);
        let mut sealed = Sealed {
            v: SEALED_VERSION,
            server,
            mission: card.mission.id,
            key: SecretSeed::of(&key),
            invite: enrol.invite,
            proof: enrol.proof,
            bundles,
            refused: None,
            draft: draft.map(|draft: DraftCode| SecretSeed::of(&draft.key())),
            unsaved: None,
        };
        let forget = |tx: &mut Tx<'_, H, M>| {
            if !link.kiosk {
                forget_box(tx, &code);
            }
        };
        forget(&mut tx);
        let mut name = [0; 16];
        vault.ground().fill(&mut name);
        let name = hex::encode(&name);
        sealed.put(&mut tx, &name, &bytes)?;
        if tx.commit().await.is_err() {
            sealed.unsaved = Some(bytes);
            forget(&mut tx);
            drop(tx.commit().await);
        }
        let mut state = self.state();
        state.sealed.insert(name, sealed);
        state.until = Some(made);
        Ok(rec)
    }

    /// Reads, once, what an earlier page left waiting.
    async fn read_answers<H: World + Ground, M: Rows>(&self, vault: &Vault<H, M>) {
        if self.state().read {
            return;
        }
        let store = vault.ground().store();
        let Ok(rows) = store
            .ascending(Table::Meta, ANSWER, ANSWER, usize::MAX)
            .await
        else {
            return;
        };
        let now = vault.ground().now();
        let mut state = self.state();
        state.read = true;
        for (row, bytes) in rows {
            // One that can't be read was written by a newer version: it stays where it is. An earlier version called one by its
            // device, and it keeps that name.
            if let (Some(name), Ok(sealed)) = (row.strip_prefix(ANSWER), from_json(&bytes)) {
                state.sealed.entry(name.to_owned()).or_insert(sealed);
                state.until = Some(now);
            }
        }
    }

    /// What waits, with what an earlier page left.
    pub async fn told<H: World + Ground, M: Rows>(
        &self,
        vault: &Vault<H, M>,
    ) -> Result<Waiting, Failure> {
        self.read_answers(vault).await;
        Ok(self.waiting())
    }

    pub fn waiting(&self) -> Waiting {
        let state = self.state();
        let refused = state.sealed.values();
        let refused: Vec<&String> = refused.filter_map(|one| one.refused.as_ref()).collect();
        // Of one that is sent, a draft is still to be erased: that is nobody's to wait for.
        let unsent = || state.sealed.values().filter(|one| !one.is_sent());
        Waiting {
            waiting: unsent().filter(|one| one.refused.is_none()).count(),
            sent: state.sent,
            refused: refused.len(),
            reason: refused.first().map(|word| refusal(&Code::from_word(word))),
            unsaved: unsent().any(|one| one.unsaved.is_some()),
            busy: state.busy,
        }
    }

    pub async fn drop_refused<H: World + Ground, M: Rows>(
        &self,
        vault: &Vault<H, M>,
    ) -> Result<(), Failure> {
        let mut tx = vault.transaction().await;
        for (name, one) in &self.state().sealed {
            if one.refused.is_some() {
                one.remove(&mut tx, name);
            }
        }
        tx.commit().await?;
        self.state().sealed.retain(|_, one| one.refused.is_none());
        Ok(())
    }

    /// One round: each sealed answer enrols its device and goes, when it is time. What fails is tried again later.
    pub async fn send<H: World + Ground, M: Rows>(
        &self,
        vault: &Vault<H, M>,
        trigger: Trigger,
    ) -> Result<(), Failure> {
        self.read_answers(vault).await;
        let now = vault.ground().now();
        let names: Vec<String> = {
            let mut state = self.state();
            let due = state
                .until
                .is_some_and(|until| until <= now || until.since(now) > IMPOSED_MS);
            let waits = |one: &Sealed| one.refused.is_none() || trigger == Trigger::Asked;
            if state.busy || (trigger == Trigger::Timer && !due) {
                return Ok(());
            }
            let names: Vec<String> = state
                .sealed
                .iter()
                .filter(|(_, one)| waits(one))
                .map(|(name, _)| name.clone())
                .collect();
            state.until = None;
            if names.is_empty() {
                return Ok(());
            }
            state.busy = true;
            names
        };
        self.save_unsaved(vault).await;
        let mut outcome = Ok(());
        for name in &names {
            match self.send_answer(vault, name, trigger).await {
                Ok(()) => {}
                Err(Failure::Unreachable) => {
                    outcome = Err(Failure::Unreachable);
                    break;
                }
                Err(failure) => outcome = Err(failure),
            }
        }
        {
            let mut state = self.state();
            state.busy = false;
            state.attempt = match &outcome {
                Ok(()) => 0,
                Err(_) => state.attempt.saturating_add(1),
            };
            let left = state.sealed.values().any(|one| one.refused.is_none());
            let attempt = state.attempt.max(1);
            let wait = vault.draw(|random| wait_ms(attempt, None, random));
            // An answer that was finished meanwhile is due at once.
            let soon = state.until;
            state.until = left.then(|| soon.unwrap_or(vault.ground().now().plus(wait)));
        }
        match outcome {
            Err(Failure::Unreachable) => Ok(()),
            other => other,
        }
    }

    /// Tries again to keep what the store did not take: there may be room by now.
    async fn save_unsaved<H: World + Ground, M: Rows>(&self, vault: &Vault<H, M>) {
        let unsaved: Vec<(String, Sealed)> = {
            let state = self.state();
            let unsaved = state.sealed.iter();
            let unsaved = unsaved.filter(|(_, one)| one.unsaved.is_some());
            unsaved
                .map(|(name, one)| (name.clone(), one.clone()))
                .collect()
        };
        for (name, sealed) in unsaved {
            let mut tx = vault.transaction().await;
            let bytes = sealed.unsaved.as_deref().unwrap_or_default();
            if sealed.put(&mut tx, &name, bytes).is_ok()
                && tx.commit().await.is_ok()
                && let Some(kept) = self.state().sealed.get_mut(&name)
            {
                kept.unsaved = None;
            }
        }
    }

    /// Enrols one answer's device and sends its bundles. [`Failure::Unreachable`]: the others would fare no better now.
    async fn send_answer<H: World + Ground, M: Rows>(
        &self,
        vault: &Vault<H, M>,
        name: &str,
        trigger: Trigger,
    ) -> Result<(), Failure> {
        let Some(mut sealed) = self.state().sealed.get(name).cloned() else {
            return Ok(());
        };
        let key = sealed.key.signing();
        let enrol = sealed.enrol(key.device());
        let client = Client::new(vault.ground().transport(), sealed.server.as_str(), key);
        // Asked again each time: the same device may, and a server that was set back has forgotten it.
        if let Err(error) = client.enrol(&enrol, vault.ground().now()).await {
            let code = error.code().map(|code| code.as_str().to_owned());
            return match of_server(error) {
                Failure::Refused(_) => {
                    sealed.refused = code;
                    self.keep_answer(vault, name, sealed).await
                }
                failure => Err(failure),
            };
        }
        sealed.refused = None;
        for number in 0..sealed.bundles.len() {
            let now = vault.ground().now();
            let state = sealed.bundles[number].clone();
            let event = trigger.event(now);
            let after = |state: Sending, event| {
                let after = vault.draw(|random| state.after(event, random));
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
                    vault
                        .ground()
                        .store()
                        .get(Table::Blobs, &row)
                        .await
                        .map_err(of_store)?
                }
            };
            let Some(bytes) = bytes else {
                return self.without_bytes(vault, name).await;
            };
            let answer = client
                .put_bundle(&bundle, &sealed.mission, bytes, vault.ground().now())
                .await;
            let state = after(state, Happened::of_answer(&answer, vault.ground().now()))?;
            if let Sending::Parked { reason, .. } = &state {
                sealed.refused = Some(reason.code().as_str().to_owned());
            }
            sealed.bundles[number] = state;
            if sealed.refused.is_some() {
                break;
            }
            if let Err(error) = answer {
                self.keep_answer(vault, name, sealed).await?;
                return Err(of_server(error));
            }
        }
        let draft = sealed.draft.clone().filter(|_| sealed.is_sent());
        if let Some(draft) = draft {
            let server = sealed.server.as_str();
            let erased = drafts::erase(vault.ground(), server, draft.signing()).await;
            if erased == Err(Failure::Unreachable) {
                self.keep_answer(vault, name, sealed).await?;
                return Err(Failure::Unreachable);
            }
            // Whatever else was said, its days end.
            sealed.draft = None;
        }
        self.keep_answer(vault, name, sealed).await
    }

    /// Nothing is left to send of an answer. Where nothing else of it is left either, the server has it, and it was removed
    /// though the store said that it was not.
    async fn without_bytes<H: World + Ground, M: Rows>(
        &self,
        vault: &Vault<H, M>,
        name: &str,
    ) -> Result<(), Failure> {
        let row = answer_row(name);
        if vault
            .ground()
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
        let mut state = self.state();
        if state.sealed.remove(name).is_some() {
            state.sent += 1;
        }
    }

    /// Keeps how far an answer got; once the server has all of it, and no draft of it, nothing of it stays here.
    async fn keep_answer<H: World + Ground, M: Rows>(
        &self,
        vault: &Vault<H, M>,
        name: &str,
        sealed: Sealed,
    ) -> Result<(), Failure> {
        let mut tx = vault.transaction().await;
        if sealed.is_sent() && sealed.draft.is_none() {
            sealed.remove(&mut tx, name);
            tx.commit().await.or_else(|failure| {
                // Where nothing was stored, nothing need be removed.
                sealed.unsaved.as_ref().map(|_| ()).ok_or(failure)
            })?;
            self.arrived(name);
            return Ok(());
        }
        if sealed.unsaved.is_none() {
            sealed.put_state(&mut tx, name)?;
            tx.commit().await?;
        }
        self.state().sealed.insert(name.to_owned(), sealed);
        Ok(())
    }
}

fn read(sealed: &[u8], code: &InviteCode) -> Result<Link, Failure> {
    let unreadable = |_| Failure::from(InviteProblem::Unreadable);
    open_link(sealed, code).map_err(unreadable)
}

/// The answer as ops of its own device: the files first, then what was answered.
fn ops(
    link: &Link,
    key: &SigningKey,
    given: Given,
    at: Timestamp,
    random: &mut impl Random,
) -> Result<Vec<StoredOp>, Failure> {
    let device = key.device();
    let rec = RecordId::answer_of(&device);
    let form = link.form().ok_or(Failure::NotFound)?;
    let mut records = Vec::new();
    for AnswerFile { path, file } in given.files {
        let chosen = FileChosen {
            name: file.name,
            mime: file.mime,
            size: file.bytes.len() as u64,
            blob: String::new(),
        };
        let set = attachment_fields(rec, &path, &chosen, &file.bytes);
        records.push((RecordId::random(random), Kind::ATTACHMENT, None, set));
    }
    let mut fields = given.fields;
    fields.insert(response::CONSENTED.to_owned(), json!(given.consented));
    let form = FormRef {
        id: form.id.clone(),
        version: form.version.clone(),
        hash: form.hash.clone(),
    };
    records.push((rec, Kind::RESPONSE, Some(form), fields));

    let mut clock = Clock::default();
    let mut author = Author {
        device,
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
