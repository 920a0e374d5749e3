//! A delegate's device without a screen: enrols, writes ops, seals bundles, sends them.

use std::collections::BTreeMap;

use futures::executor::block_on;
use serde_json::Value;
use vigie_exchange::{CardAnswer, Client};
use vigie_forms::Now;
use vigie_journal::{Author, Chain, Clock, Entry, Journal, StoredOp};
use vigie_mailbox::mailbox::now;
use vigie_model::{
    AppVersion, BundleId, Card, DeviceId, FormId, Kind, MissionId, RecordId, Timestamp,
};
use vigie_respondent::{InMemory, Moment, Respondent};
use vigie_seal::{
    card::open_card,
    envelope::{Recipient, bundle_id},
    invite::{InviteCode, InviteSecret},
    seal_run,
    sign::SigningKey,
    write_for,
};
use vigie_wire::Wire;

use crate::{chance::chance, failure::Failure};

/// Minutes to add to UTC in Haiti, in October.
const OFFSET_MINUTES: i32 = -240;

/// A device that takes part in one mission.
pub struct Delegate {
    name: String,
    key: SigningKey,
    mission: MissionId,
    card: Card,
    client: Client<Wire>,
    clock: Clock,
    chain: Chain,
    /// All that this device knows, its own and its colleagues'.
    journal: Journal,
    /// Written and not yet in a bundle.
    unsent: Vec<StoredOp>,
}

impl Delegate {
    /// Enrols with an invite's code, as a new device, and fetches the mission's card.
    pub fn join(server: &str, code: &str, name: &str) -> Result<Delegate, Failure> {
        let broken = |what: &str| Failure::Demo(format!("{what}, for {name}"));
        let code: InviteCode = code.parse().map_err(|_| broken("the code can't be read"))?;
        let key = SigningKey::random(&mut chance);
        let client = Client::new(Wire::new(), server, key.clone());
        let invite = block_on(client.invite(&code.id(), now()))?;
        let secret = InviteSecret::open(&invite.sealed.0, &code)
            .map_err(|_| broken("the invite does not open"))?;
        block_on(client.enrol(
            &vigie_join::enrol(&code, &key, name, &secret.mission_key, &mut chance),
            now(),
        ))?;
        let sealed = match block_on(client.card(&secret.mission, None, now()))? {
            CardAnswer::Card { sealed, .. } => sealed,
            CardAnswer::Unchanged => return Err(broken("no card came")),
        };
        let card = open_card(&sealed, &secret.office, &secret.mission_key)
            .map_err(|error| broken(&error.to_string()))?;
        Ok(Delegate {
            name: name.to_owned(),
            key,
            mission: secret.mission,
            card,
            client,
            clock: Clock::default(),
            chain: Chain::default(),
            journal: Journal::new(),
            unsent: Vec::new(),
        })
    }

    pub fn device(&self) -> DeviceId {
        self.key.device()
    }

    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Writes one op at `at`: a new record, or a change to `rec` over what this device saw of it.
    pub fn write(
        &mut self,
        at: Timestamp,
        rec: Option<RecordId>,
        kind: Kind,
        set: BTreeMap<String, Value>,
    ) -> RecordId {
        self.op(at, rec, kind, None, set)
    }

    /// Answers a questionnaire of the card in a live session, as the phone does: what is not relevant can't be answered,
    /// and what is missing or wrong is refused. `None` when the card has no such questionnaire.
    pub fn fill(
        &self,
        at: Timestamp,
        form: &str,
        lang: &str,
        answers: &[(&str, &str)],
    ) -> Result<Option<BTreeMap<String, Value>>, Failure> {
        let Some(card_form) = self.card.form(&FormId::new(form)) else {
            return Ok(None);
        };
        let wrong = |what: String| Failure::Demo(format!("{form}: {what}"));
        let mut seed = [0; 8];
        chance(&mut seed);
        let now = Now {
            millis: at.0,
            offset: OFFSET_MINUTES,
        };
        let device = self.device().to_string();
        let moment = Moment::new(now, seed, self.name.clone(), device, None);
        let rec = RecordId::random(&mut chance);
        let begun = Respondent::begin(rec, card_form, lang, moment, None, InMemory::default());
        let mut respondent = begun.map_err(|failure| wrong(failure.to_string()))?;
        for (path, value) in answers {
            respondent
                .answer(&format!("/data/{path}"), value, at.0)
                .map_err(|failure| wrong(format!("{path}: {failure}")))?;
        }
        let fields = respondent.finish().map_err(|problems| {
            let nodes: Vec<String> = problems.into_iter().map(|problem| problem.node).collect();
            wrong(nodes.join(", "))
        })?;
        Ok(Some(fields))
    }

    /// Writes a response to a questionnaire of the card.
    pub fn respond(&mut self, at: Timestamp, form: &str, set: BTreeMap<String, Value>) -> RecordId {
        let form = self
            .card
            .form(&FormId::new(form))
            .map(|form| vigie_journal::FormRef {
                id: form.id.clone(),
                version: form.version.clone(),
                hash: form.hash.clone(),
            });
        self.op(at, None, Kind::RESPONSE, form, set)
    }

    fn op(
        &mut self,
        at: Timestamp,
        rec: Option<RecordId>,
        kind: Kind,
        form: Option<vigie_journal::FormRef>,
        set: BTreeMap<String, Value>,
    ) -> RecordId {
        let seen = rec.and_then(|rec| self.journal.record(&rec));
        let over = seen
            .map(|record| record.seen(set.keys().map(String::as_str)))
            .unwrap_or_default();
        let rec = rec.unwrap_or_else(|| RecordId::random(&mut chance));
        let mut author = Author {
            device: self.key.device(),
            by: &self.name,
            mission: self.mission,
            chain: &mut self.chain,
        };
        let entry = Entry {
            rec,
            kind,
            form,
            set,
            over,
        };
        let stored = author.write(self.clock.tick(at), entry);
        self.journal.insert(stored.clone());
        self.unsent.push(stored);
        rec
    }

    /// Takes in what a colleague wrote and has not sent yet, as a file handed over would bring it.
    pub fn learn_from(&mut self, colleague: &Delegate) {
        for stored in &colleague.unsent {
            self.journal.insert(stored.clone());
        }
    }

    /// Seals what was not sent yet into one bundle: the bytes that travel, by whatever way.
    pub fn seal(&mut self) -> Result<Vec<u8>, Failure> {
        let recipients = self
            .card
            .recipients
            .iter()
            .map(|text| text.parse())
            .collect::<Result<Vec<Recipient>, _>>();
        let recipients = recipients
            .map_err(|_| Failure::Demo("the card names no usable recipient".to_owned()))?;
        let app = Some(AppVersion::this());
        let sealed = seal_run(
            &self.key,
            self.mission,
            now(),
            &self.unsent,
            &recipients,
            app,
            write_for(self.card.bundles),
        );
        let (_, sealed) = sealed.map_err(|error| Failure::Seal(error.to_string()))?;
        self.unsent.clear();
        Ok(sealed)
    }

    /// Seals what was not sent yet, and sends it.
    pub fn send(&mut self) -> Result<BundleId, Failure> {
        let sealed = self.seal()?;
        let bundle = bundle_id(&sealed);
        block_on(
            self.client
                .put_bundle(&bundle, &self.mission, sealed, now()),
        )?;
        Ok(bundle)
    }

    /// The line to the server, as this device.
    pub fn client(&self) -> &Client<Wire> {
        &self.client
    }
}
