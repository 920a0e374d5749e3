//! The office at its desk: the same vault, with the office's keys inside, and everything that came to it in memory.
//!
//! Rows: `forms/doc.…` the office's documents (missions, invites, questionnaires), `records/enrol.…` what the server said of enrolments,
//! `ops/…` one row per accepted bundle, `bundles/…` the inbox, `meta/due` what the server is to be told; `blobs/`: `q.…` the
//! sealed bytes of what is in quarantine, `paper.…` of documents on their way, `own.…` of what this desk
//! wrote, `unread.…` of
//! documents that did not open. An import writes one row per bundle, not one per change: ten thousand changes are a few dozen
//! rows. A row that can't be read is named in [`Desk::damaged`], kept and passed over; what the server has of it is fetched
//! again.

mod answers;
mod entries;
mod fetch;
mod import;
mod invites;
mod keys;
mod library;
mod links;
mod missions;
mod own;
mod papers;
mod preview;
mod purges;
mod receipts;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vigie_exchange::{
    Client,
    api::{EnrolledItem, Receipt},
};
use vigie_journal::{Journal, Purge, StoredOp};
use vigie_model::{BundleId, DeviceId, MissionId, RecordId, Timestamp};
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry, Seen, docs::PurgeDoc, due::Due, entries::Index,
    questions::Questions,
};
use vigie_vault::{Kept, Keys, Row, Store, Table};

use crate::{
    Host,
    backend::{Backend, Tx},
    error::{internal, of_store},
    open::{Open, number_key},
    profile::{OfficeProfile, SecretText},
    protocol::{Failure, InboxItem, Millis, VerdictView},
};

const DOC: &str = "doc.";
const ENROL: &str = "enrol.";
const QUARANTINE: &str = "q.";
const OWN: &str = "own.";
const PAPER: &str = "paper.";
const UNREAD: &str = "unread.";
const TO_SEND: &str = "receipts";
const DUE: &str = "due";

/// What the office has in memory.
pub(crate) struct Desk {
    pub keys: OfficeKeys,
    pub registry: Registry,
    pub questions: Questions,
    pub journal: Journal,
    pub seen: Seen,
    pub index: Index,
    /// By row number.
    pub inbox: BTreeMap<u64, InboxItem>,
    pub arrived: HashMap<RecordId, Millis>,
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
    pub trial: Option<preview::Trial>,
}

/// What the server is to be told. Sealed at `meta/due`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Owed(Due);

/// Receipts that the server was not told yet. Sealed at `meta/receipts`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Receipts(Vec<Receipt>);

/// A part of the desk that is one row, and is whole in memory.
macro_rules! kept {
    ($name:ident($inner:ty), $row:expr, $field:ident) => {
        impl Row for $name {
            const TABLE: Table = Table::Meta;
            type Key = ();

            fn row((): &()) -> String {
                $row.into()
            }
        }

        impl Kept<Open> for $name {
            fn of(open: &Open) -> Option<&$name> {
                Some(&open.desk.as_ref()?.$field)
            }

            fn keep(self, open: &mut Open) {
                if let Some(desk) = &mut open.desk {
                    desk.$field = self;
                }
            }
        }

        impl std::ops::Deref for $name {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl std::ops::DerefMut for $name {
            fn deref_mut(&mut self) -> &mut $inner {
                &mut self.0
            }
        }
    };
}

kept!(Owed(Due), DUE, due);
kept!(Receipts(Vec<Receipt>), TO_SEND, receipts);

/// What the desk does once the store has taken all of a change.
fn then_desk<'v, H: Host>(tx: &mut Tx<'v, H>, change: impl FnOnce(&mut Desk) + 'v) {
    tx.then(|open| open.desk.as_mut().map(change));
}

/// The changes of one accepted bundle, or of the office itself.
#[derive(Serialize, Deserialize)]
pub(crate) struct Batch {
    /// None for what the office wrote.
    pub bundle: Option<(BundleId, DeviceId, MissionId)>,
    pub at: Millis,
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
            ops: raw.collect::<Result<_, _>>()?,
        })
    }
}

impl Desk {
    pub fn new(office: &OfficeProfile) -> Result<Desk, Failure> {
        let keys = OfficeKeys::from_text(office.key_file.as_str()).map_err(internal)?;
        Ok(Desk {
            keys,
            registry: Registry::default(),
            questions: Questions::default(),
            journal: Journal::new(),
            seen: Seen::default(),
            index: Index::default(),
            inbox: BTreeMap::new(),
            arrived: HashMap::new(),
            last_of: HashMap::new(),
            receipts: Receipts::default(),
            due: Owed::default(),
            refused: HashMap::new(),
            damaged: BTreeSet::new(),
            unbelieved: Vec::new(),
            read_again: false,
            to_erase: false,
            trial: None,
        })
    }

    /// Takes a document in; its questionnaires give labels from then on.
    pub fn take_doc(&mut self, doc: OfficeDoc) {
        if let OfficeDoc::Mission(mission) = &doc {
            for form in &mission.card.forms {
                self.questions.add_card_form(form);
            }
        }
        if let OfficeDoc::Purge(PurgeDoc { purge }) = &doc {
            self.forget(purge);
        }
        self.registry.insert(doc);
    }

    /// Forgets what is purged; the store follows by [`Backend::erase`].
    fn forget(&mut self, purge: &Purge) {
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

    fn take_batch(&mut self, batch: &Batch, ops: Vec<StoredOp>) {
        if let Some((bundle, device, mission)) = batch.bundle {
            self.seen.insert(bundle, device, mission);
            let last = self.last_of.entry(device).or_default();
            *last = batch.at.max(*last);
        }
        for op in ops {
            self.arrived.insert(op.op.rec, batch.at);
            self.journal.accept(op, Timestamp(batch.at));
        }
    }

    /// Lists a line of the inbox.
    fn list(&mut self, number: u64, item: InboxItem) {
        if matches!(item.verdict, VerdictView::Quarantined { .. }) {
            self.refused.insert(item.bundle, number);
        } else if self.refused.get(&item.bundle) == Some(&number) {
            self.refused.remove(&item.bundle);
        }
        self.inbox.insert(number, item);
    }

    /// Takes an enrolment in. One that is not believed yet is tried again when more documents are known.
    fn enrolled(&mut self, item: EnrolledItem) {
        if self.registry.enrolled(&item).is_err() && !self.unbelieved.contains(&item) {
            self.unbelieved.push(item);
        }
    }

    fn believe_again(&mut self) {
        for item in std::mem::take(&mut self.unbelieved) {
            self.enrolled(item);
        }
    }

    /// Whether a bundle is in quarantine with its bytes, or asked for again in any case.
    fn waits(&self, bundle: &BundleId) -> bool {
        let number = self.refused.get(bundle);
        let item = number.and_then(|number| self.inbox.get(number));
        item.is_some_and(|item| match &item.verdict {
            VerdictView::Quarantined { reason } => reason.is_kept(true),
            _ => false,
        })
    }

    /// Names a row that can't be read.
    fn damage(&mut self, table: Table, row: &str) {
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

    pub fn mission_name(&self, mission: &MissionId) -> String {
        self.registry
            .mission(mission)
            .map(|doc| doc.card.mission.name.clone())
            .unwrap_or_default()
    }
}

impl<H: Host> Backend<H> {
    /// Reads everything that the office has.
    pub(crate) async fn load_desk(&self, keys: &Keys, open: &Open) -> Result<Desk, Failure> {
        let office = open.profile.office.as_ref().ok_or(Failure::NotFound)?;
        let mut desk = Desk::new(office)?;
        let store = self.host().store();
        for (row, sealed) in store
            .ascending(Table::Forms, DOC, DOC, usize::MAX)
            .await
            .map_err(of_store)?
        {
            match keys.read::<OfficeDoc>(Table::Forms, &row, &sealed) {
                Ok(doc) => desk.take_doc(doc),
                Err(_) => desk.damage(Table::Forms, &row),
            }
        }
        for (row, sealed) in store
            .ascending(Table::Records, ENROL, ENROL, usize::MAX)
            .await
            .map_err(of_store)?
        {
            match keys.read::<EnrolledItem>(Table::Records, &row, &sealed) {
                Ok(item) => desk.enrolled(item),
                Err(_) => desk.damage(Table::Records, &row),
            }
        }
        desk.journal = desk.registry.journal();
        desk.to_erase = false;
        for (row, sealed) in store.all(Table::Ops).await.map_err(of_store)? {
            let Ok(batch) = keys.read::<Batch>(Table::Ops, &row, &sealed) else {
                desk.damage(Table::Ops, &row);
                continue;
            };
            let parsed = batch.ops.iter().map(|op| StoredOp::parse(op.get()));
            let (ops, bad): (Vec<_>, Vec<_>) = parsed.partition(Result::is_ok);
            if !bad.is_empty() {
                desk.damage(Table::Ops, &row);
            }
            let ops: Vec<StoredOp> = ops.into_iter().flatten().collect();
            desk.to_erase |= ops
                .iter()
                .any(|op| desk.journal.is_purged(&op.id) && !op.is_purged());
            desk.take_batch(&batch, ops);
        }
        for (row, sealed) in store.all(Table::Bundles).await.map_err(of_store)? {
            match (
                keys.read::<InboxItem>(Table::Bundles, &row, &sealed),
                row.parse(),
            ) {
                (Ok(item), Ok(number)) => desk.list(number, item),
                _ => desk.damage(Table::Bundles, &row),
            }
        }
        if let Some(sealed) = store.get(Table::Meta, TO_SEND).await.map_err(of_store)? {
            match keys.read(Table::Meta, TO_SEND, &sealed) {
                Ok(receipts) => desk.receipts = receipts,
                Err(_) => {
                    desk.damage(Table::Meta, TO_SEND);
                    // Those of all that was accepted: the server tells new ones from old.
                    desk.read_again = true;
                }
            }
        }
        if let Some(sealed) = store.get(Table::Meta, DUE).await.map_err(of_store)? {
            match keys.read(Table::Meta, DUE, &sealed) {
                Ok(due) => desk.due = due,
                Err(_) => {
                    desk.damage(Table::Meta, DUE);
                    // What was owed is not known any more, and everything may be said again.
                    desk.due.everything(&desk.registry, self.host().now());
                    desk.read_again = true;
                }
            }
        }
        for (row, _) in store
            .ascending(Table::Blobs, UNREAD, UNREAD, usize::MAX)
            .await
            .map_err(of_store)?
        {
            desk.damaged.insert(Table::Blobs.row_name(&row));
        }
        desk.index = Index::of(&desk.journal, &desk.questions, &open.profile.lang);
        Ok(desk)
    }

    pub(crate) fn inbox(&self) -> Result<Vec<InboxItem>, Failure> {
        let open = self.open()?;
        Ok(open.desk()?.inbox.values().rev().cloned().collect())
    }

    /// A client that speaks as the office.
    pub(crate) fn office_client(&self) -> Result<Client<&H::Transport>, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let offset = open
            .profile
            .office
            .as_ref()
            .map(|office| office.clock_offset)
            .unwrap_or_default();
        let client = Client::new(
            self.host().transport(),
            desk.keys.server.as_str(),
            desk.keys.signing.clone(),
        );
        Ok(client.with_clock_offset(offset))
    }
}

impl Open {
    pub fn desk(&self) -> Result<&Desk, Failure> {
        self.desk.as_ref().ok_or(Failure::NotFound)
    }

    pub fn desk_mut(&mut self) -> Result<&mut Desk, Failure> {
        self.desk.as_mut().ok_or(Failure::NotFound)
    }
}

impl OfficeProfile {
    pub fn new(keys: &OfficeKeys, made: Timestamp, proven: bool) -> OfficeProfile {
        let key_file = SecretText::new(&keys.to_text());
        OfficeProfile {
            key_file,
            made,
            proven,
            docs_after: 0,
            cursor: 0,
            clock_offset: 0,
            epoch: None,
            docs_signed: false,
            setup: None,
            desk: None,
        }
    }
}

/// A verdict, as the interface shows it.
pub(crate) fn verdict_view(verdict: &vigie_office::Verdict) -> VerdictView {
    use vigie_office::Verdict as V;
    match verdict {
        V::Accepted {
            ops,
            new,
            known,
            warnings,
            ..
        } => VerdictView::Accepted {
            ops: *ops,
            new: *new,
            known: *known,
            warnings: warnings.clone(),
        },
        V::AlreadyThere { .. } => VerdictView::AlreadyThere,
        V::Quarantined { reason, .. } => VerdictView::Quarantined { reason: *reason },
    }
}
