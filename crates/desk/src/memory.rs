//! What the office has in memory, and how its rows are called.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vigie_exchange::api::{EnrolledItem, Hex, KeyHex, Receipt};
use vigie_journal::{Journal, Purge, StoredOp};
use vigie_model::{AppVersion, BundleId, DeviceId, FormHash, Kind, MissionId, RecordId, Timestamp};
use vigie_notebook::{
    error::internal,
    memory::{OfficeProfile, number_key},
};
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry, Seen,
    docs::{MissionDoc, PurgeDoc},
    due::Due,
    entries::Index,
    questions::Questions,
    shares::Share,
};
use vigie_protocol::{Failure, InboxItem, Millis, Refusal, VerdictView};
use vigie_respondent::{InMemory, Respondent};
use vigie_vault::{Row, Table};

/// What rows of the desk begin with, and what two of `meta` are called.
pub(crate) const DOC: &str = "doc.";
pub(crate) const ENROL: &str = "enrol.";
pub(crate) const MEMBER: &str = "member.";
pub(crate) const QUARANTINE: &str = "q.";
pub(crate) const OWN: &str = "own.";
pub(crate) const PAPER: &str = "paper.";
pub(crate) const UNREAD: &str = "unread.";
pub(crate) const TO_SEND: &str = "receipts";
pub(crate) const DUE: &str = "due";

/// What the office has in memory.
pub(crate) struct OpenDesk {
    pub keys: OfficeKeys,
    pub registry: Registry,
    pub questions: Questions,
    pub journal: Journal,
    pub seen: Seen,
    pub index: Index,
    /// By row number.
    pub inbox: BTreeMap<u64, InboxItem>,
    pub arrived: HashMap<RecordId, Millis>,
    /// By attachment, the rows of `ops` that its content is in: of a hundred photos, none is in memory.
    pub contents: HashMap<RecordId, BTreeSet<u64>>,
    pub last_of: HashMap<DeviceId, Millis>,
    /// Signed, and not told to the server yet.
    pub receipts: Receipts,
    /// What the server is to be told.
    pub due: Owed,
    /// What is in quarantine, by bundle: the number of its line in the inbox.
    pub refused: HashMap<BundleId, u64>,
    /// Rows that can't be read: kept as they are, and passed over.
    pub damaged: BTreeSet<String>,
    /// Enrolments that are not believed yet: a document may be on its way.
    pub unbelieved: Vec<EnrolledItem>,
    /// A row was damaged that the server may have whole: its lists are to be read from the beginning.
    pub read_again: bool,
    /// Something is stored whose values must go.
    pub to_erase: bool,
    /// The questionnaire being tried, never stored.
    pub trial: Option<Trial>,
    /// Missions that other offices open and that wait for an answer: the server tells them at each fetch.
    pub offered: BTreeMap<MissionId, Offered>,
}

impl OpenDesk {
    pub fn new(office: &OfficeProfile) -> Result<OpenDesk, Failure> {
        let keys = OfficeKeys::from_text(office.key_file.as_str()).map_err(internal)?;
        Ok(OpenDesk {
            keys,
            registry: Registry::default(),
            questions: Questions::default(),
            journal: Journal::new(),
            seen: Seen::default(),
            index: Index::default(),
            inbox: BTreeMap::new(),
            arrived: HashMap::new(),
            contents: HashMap::new(),
            last_of: HashMap::new(),
            receipts: Receipts::default(),
            due: Owed::default(),
            refused: HashMap::new(),
            damaged: BTreeSet::new(),
            unbelieved: Vec::new(),
            read_again: false,
            to_erase: false,
            trial: None,
            offered: BTreeMap::new(),
        })
    }

    /// Takes a document in; its questionnaires give labels from then on.
    pub fn take_doc(&mut self, doc: OfficeDoc) {
        let card = match &doc {
            OfficeDoc::Mission(mission) => Some(&mission.card),
            OfficeDoc::Shared(doc) => doc.card.as_ref().map(|shared| &shared.card),
            _ => None,
        };
        for form in card.into_iter().flat_map(|card| &card.forms) {
            self.questions.add_card_form(form);
        }
        if let OfficeDoc::Purge(PurgeDoc { purge }) = &doc {
            self.forget(purge);
        }
        self.registry.insert(doc);
    }

    /// Forgets what is purged; the store follows by [`crate::desk::Desk::erase`].
    pub fn forget(&mut self, purge: &Purge) {
        self.journal.purge(purge);
        self.to_erase = true;
        let ops = purge.ops.iter().filter_map(|id| self.journal.get(id));
        let touched: BTreeSet<RecordId> = ops.map(|stored| stored.op.rec).collect();
        for rec in touched {
            if let Some(record) = self.journal.record(&rec) {
                self.index.put(record, &self.questions);
            }
        }
    }

    pub fn take_batch(&mut self, number: u64, batch: &Batch, ops: Vec<StoredOp>) {
        self.lies_in(number, files_among(&ops));
        if let Some((bundle, device, mission)) = batch.bundle {
            self.seen.insert(bundle, device, mission);
            self.seen.made_by(device, &ops, batch.app.clone());
            let last = self.last_of.entry(device).or_default();
            *last = batch.at.max(*last);
        }
        for op in ops {
            self.arrived.insert(op.op.rec, batch.at);
            self.journal
                .accept(op.without_content(), Timestamp(batch.at));
        }
    }

    /// Notes that the content of these files is in this row.
    pub fn lies_in(&mut self, number: u64, files: Vec<RecordId>) {
        for rec in files {
            self.contents.entry(rec).or_default().insert(number);
        }
    }

    /// Lists a line of the inbox.
    pub fn list(&mut self, number: u64, item: InboxItem) {
        if matches!(item.verdict, VerdictView::Quarantined { .. }) {
            self.refused.insert(item.bundle, number);
        } else if self.refused.get(&item.bundle) == Some(&number) {
            self.refused.remove(&item.bundle);
        }
        self.inbox.insert(number, item);
    }

    /// Takes an enrolment in. One that is not believed yet is tried again when more documents are known.
    pub fn enrolled(&mut self, item: EnrolledItem) {
        if self.registry.enrolled(&item).is_err() && !self.unbelieved.contains(&item) {
            self.unbelieved.push(item);
        }
    }

    pub fn believe_again(&mut self) {
        for item in std::mem::take(&mut self.unbelieved) {
            self.enrolled(item);
        }
    }

    /// Whether a bundle is in quarantine with its bytes, or asked for again in any case.
    pub fn waits(&self, bundle: &BundleId) -> bool {
        let number = self.refused.get(bundle);
        let item = number.and_then(|number| self.inbox.get(number));
        item.is_some_and(|item| match &item.verdict {
            VerdictView::Quarantined { reason } => reason.is_kept(true),
            _ => false,
        })
    }

    /// Names a row that can't be read.
    pub fn damage(&mut self, table: Table, row: &str) {
        self.damaged.insert(table.row_name(row));
        self.read_again |= matches!(table, Table::Forms | Table::Records | Table::Ops);
    }

    pub fn device_name(&self, device: &DeviceId) -> String {
        let name = self
            .registry
            .device(device)
            .map(|device| device.name.clone())
            .or_else(|| Some(self.registry.desk(device)?.label.clone()))
            .unwrap_or_default();
        if name.is_empty() {
            device.to_string()[..8].to_owned()
        } else {
            name
        }
    }

    /// A mission in which something may be begun.
    pub fn open_mission(&self, mission: &MissionId) -> Result<&MissionDoc, Failure> {
        let doc = self.registry.mission(mission).ok_or(Failure::NotFound)?;
        match doc.card.closed {
            true => Err(Failure::Refused(Refusal::MissionClosed)),
            false => Ok(doc),
        }
    }

    pub fn mission_name(&self, mission: &MissionId) -> String {
        self.registry
            .card(mission)
            .map(|card| card.mission.name.clone())
            .unwrap_or_default()
    }
}

/// What the server is to be told. Sealed at `meta/due`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Owed(pub Due);

/// Receipts that the server was not told yet. Sealed at `meta/receipts`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Receipts(pub Vec<Receipt>);

/// The changes of one accepted bundle, or of the office itself.
#[derive(Serialize, Deserialize)]
pub(crate) struct Batch {
    /// None for what the office wrote.
    pub bundle: Option<(BundleId, DeviceId, MissionId)>,
    pub at: Millis,
    /// The version of the app that the device said with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppVersion>,
    pub ops: Vec<Box<RawValue>>,
}

impl Row for Batch {
    const TABLE: Table = Table::Ops;
    type Key = u64;

    fn row(number: &u64) -> String {
        number_key(*number)
    }
}

impl Batch {
    pub fn new(
        bundle: Option<(BundleId, DeviceId, MissionId)>,
        at: Timestamp,
        ops: &[StoredOp],
    ) -> Result<Batch, Failure> {
        let raw = ops
            .iter()
            .map(|op| RawValue::from_string(op.bytes.to_string()).map_err(internal));
        Ok(Batch {
            bundle,
            at: at.0,
            app: None,
            ops: raw.collect::<Result<_, _>>()?,
        })
    }
}

/// The attachments that these ops write on.
pub(crate) fn files_among(ops: &[StoredOp]) -> Vec<RecordId> {
    let files = ops
        .iter()
        .filter(|stored| stored.op.kind == Kind::ATTACHMENT);
    files.map(|stored| stored.op.rec).collect()
}

/// The form being tried.
pub(crate) struct Trial {
    pub hash: FormHash,
    pub respondent: Respondent<InMemory>,
}

/// A mission that another office opens and this one has not answered.
pub(crate) struct Offered {
    pub lead: KeyHex,
    /// What the server calls what is said of it.
    pub id: Hex<32>,
    /// `None` when that does not open here: it is not asked for again.
    pub share: Option<Share>,
}
