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

use vigie_exchange::{Client, api::EnrolledItem};
use vigie_journal::StoredOp;
use vigie_office::{OfficeDoc, entries::Index};
use vigie_vault::{Keys, Store, Stored, Table};

use crate::{
    Host,
    backend::{Backend, Tx},
    error::of_store,
    memory::{
        Open,
        desk::{Batch, DOC, DUE, Desk, ENROL, TO_SEND, UNREAD},
    },
    protocol::{Failure, InboxItem, VerdictView},
};

/// Rows of what was accepted that are read at a time.
const BATCHES: usize = 4;

/// What the desk does once the store has taken all of a change.
fn then_desk<'v, H: Host>(tx: &mut Tx<'v, H>, change: impl FnOnce(&mut Desk) + 'v) {
    tx.then(|open| open.desk.as_mut().map(change));
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
        let mut from = String::new();
        while let Some(rows) = self.next_batches(&mut from).await? {
            for (row, sealed) in rows {
                let batch = keys.read::<Batch>(Table::Ops, &row, &sealed);
                let (Ok(batch), Ok(number)) = (batch, row.parse()) else {
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
                desk.take_batch(number, &batch, ops);
            }
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

    /// The next few rows of what was accepted, beginning at `from`, which moves on: a bundle has up to 8 MiB.
    async fn next_batches(&self, from: &mut String) -> Result<Option<Vec<Stored>>, Failure> {
        let rows = self.host().store().ascending(Table::Ops, "", from, BATCHES);
        let rows = rows.await.map_err(of_store)?;
        if let Some((last, _)) = rows.last() {
            *from = format!("{last}\0");
        }
        Ok((!rows.is_empty()).then_some(rows))
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
