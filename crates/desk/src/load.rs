//! Everything that an office has, read from its rows.

use vigie_exchange::api::{EnrolledItem, MemberItem};
use vigie_journal::StoredOp;
use vigie_notebook::{Host, error::of_store, memory::Open};
use vigie_office::{OfficeDoc, entries::Index};
use vigie_protocol::{Awaiting, Failure, InboxItem};
use vigie_vault::{Keys, Store, Stored, Table};

use crate::{
    desk::Desk,
    in_open::InOpen as _,
    memory::{Batch, DOC, DUE, ENROL, MEMBER, OpenDesk, TO_SEND, UNREAD},
};

/// Rows of what was accepted that are read at a time.
const BATCHES: usize = 4;

impl<H: Host> Desk<H> {
    /// Reads everything that the office has.
    pub(crate) async fn load(&self, keys: &Keys, open: &Open) -> Result<OpenDesk, Failure> {
        let office = open.profile.office.as_ref().ok_or(Failure::NotFound)?;
        let mut desk = OpenDesk::new(office)?;
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
        for (row, sealed) in store
            .ascending(Table::Records, MEMBER, MEMBER, usize::MAX)
            .await
            .map_err(of_store)?
        {
            match keys.read::<MemberItem>(Table::Records, &row, &sealed) {
                Ok(item) => desk.registry.said(&item),
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
    pub(crate) async fn next_batches(
        &self,
        from: &mut String,
    ) -> Result<Option<Vec<Stored>>, Failure> {
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

    pub(crate) fn awaiting(&self) -> Result<Awaiting, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        Ok(Awaiting {
            quarantined: desk
                .refused
                .values()
                .filter_map(|number| desk.inbox.get(number))
                .filter(|item| item.aside.is_none())
                .count(),
            conflicts: desk.index.conflicts(),
        })
    }
}
