//! The office's documents: kept here, given to the server for the other desks, fetched from them.
//!
//! A document is durable here before the server hears of it, with the note that it is owed ([`Due`]) in the same commit. So
//! a line may be cut anywhere: what is owed is said at the next fetch.

use std::collections::BTreeSet;

use vigie_exchange::{
    api::{Docs, Epoch, Hex},
    request::body_hash,
};
use vigie_office::{
    OfficeDoc,
    docs::{OpenedDoc, believes_unsigned},
    due::{DocId, Due},
};

use crate::{
    Host,
    backend::Backend,
    desk::{DOC, DUE, PAPER, UNREAD, row_name},
    error::of_server,
    open::{delete, put, put_bytes, read, read_bytes},
    protocol::Failure,
    store::{Change, Store, Table},
};

/// A document with its id.
type Numbered = (DocId, OfficeDoc);

fn row(id: &DocId) -> String {
    format!("{DOC}{id}")
}

/// Where its sealed bytes are until the server has them.
fn paper(id: &DocId) -> String {
    format!("{PAPER}{id}")
}

impl<H: Host> Backend<H> {
    /// Keeps a document here, its sealed bytes until the server has them, and what is owed for it: one commit.
    pub(super) async fn keep_doc(
        &self,
        doc: OfficeDoc,
        owe: impl FnOnce(&mut Due, DocId),
    ) -> Result<DocId, Failure> {
        let (id, sealed) = {
            let open = self.open()?;
            let sealed = doc.seal(&open.desk()?.keys);
            (Hex(body_hash(&sealed)), sealed)
        };
        let sealed = put_bytes(
            &self.open()?.key,
            Table::Blobs,
            paper(&id),
            &sealed,
            &mut self.random(),
        );
        self.keep_docs(vec![(id, doc)], vec![sealed], |due| {
            due.docs.insert(id);
            owe(due, id);
        })
        .await?;
        Ok(id)
    }

    /// Keeps a document, and gives it to the other desks.
    pub(crate) async fn put_doc(&self, doc: OfficeDoc) -> Result<(), Failure> {
        self.keep_doc(doc, |_, _| {}).await?;
        self.say_docs().await
    }

    /// Keeps documents, and what else belongs to the same commit.
    async fn keep_docs(
        &self,
        docs: Vec<Numbered>,
        mut changes: Vec<Change>,
        owe: impl FnOnce(&mut Due),
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let due = {
            let open = self.open()?;
            let mut due = open.desk()?.due.clone();
            owe(&mut due);
            let random = &mut self.random();
            for (id, doc) in &docs {
                changes.push(put(&open.key, Table::Forms, row(id), doc, random));
            }
            changes.push(put(&open.key, Table::Meta, DUE, &due, random));
            due
        };
        self.commit(changes).await?;
        let mut open = self.open()?;
        let desk = open.desk_mut()?;
        desk.due = due;
        for (id, doc) in docs {
            desk.damaged.remove(&row_name(Table::Forms, &row(&id)));
            desk.take_doc(doc);
        }
        Ok(())
    }

    /// Changes what is owed: stored first.
    pub(super) async fn with_due(&self, change: impl FnOnce(&mut Due)) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let (row, due) = {
            let open = self.open()?;
            let mut due = open.desk()?.due.clone();
            change(&mut due);
            let row = put(&open.key, Table::Meta, DUE, &due, &mut self.random());
            (row, due)
        };
        self.commit(vec![row]).await?;
        self.open()?.desk_mut()?.due = due;
        Ok(())
    }

    /// A document that is kept here; `None` when there is none, or its row can't be read.
    pub(super) async fn doc(&self, id: &DocId) -> Result<Option<OfficeDoc>, Failure> {
        let row = row(id);
        let Some(sealed) = self.host().store().get(Table::Forms, &row).await? else {
            return Ok(None);
        };
        Ok(read(&self.open()?.key, Table::Forms, &row, &sealed).ok())
    }

    /// The documents that are so. Rows that can't be read are none of them.
    pub(super) async fn docs_that(
        &self,
        is_so: impl Fn(DocId, &OfficeDoc) -> bool,
    ) -> Result<Vec<OfficeDoc>, Failure> {
        let store = self.host().store();
        let rows = store.ascending(Table::Forms, DOC, DOC, usize::MAX).await?;
        let open = self.open()?;
        let docs = rows.iter().filter_map(|(row, sealed)| {
            let id = row.strip_prefix(DOC)?.parse().ok()?;
            let doc = read(&open.key, Table::Forms, row, sealed).ok()?;
            is_so(id, &doc).then_some(doc)
        });
        Ok(docs.collect())
    }

    /// Gives the server the documents that it may not have.
    pub(super) async fn say_docs(&self) -> Result<(), Failure> {
        self.say_set_up().await?;
        let client = self.office_client()?;
        let waiting: Vec<DocId> = self.open()?.desk()?.due.docs.iter().copied().collect();
        for id in waiting {
            let found = self.sealed_doc(&id).await?;
            // One whose row can't be read any more: nothing of it can be said.
            let (id, sealed) = found.map_or((id, None), |(id, sealed)| (id, Some(sealed)));
            if let Some(sealed) = sealed {
                client
                    .put_doc(sealed, self.host().now())
                    .await
                    .map_err(of_server)?;
            }
            let _writing = self.writing().await;
            let (changes, due) = {
                let open = self.open()?;
                let mut due = open.desk()?.due.clone();
                due.docs.remove(&id);
                let changes = vec![
                    put(&open.key, Table::Meta, DUE, &due, &mut self.random()),
                    delete(Table::Blobs, paper(&id)),
                ];
                (changes, due)
            };
            self.commit(changes).await?;
            self.open()?.desk_mut()?.due = due;
        }
        Ok(())
    }

    /// The bytes of a document as the server has them, or is to have them. Of one that it lost, new ones: what was sealed
    /// then is not kept.
    async fn sealed_doc(&self, id: &DocId) -> Result<Option<(DocId, Vec<u8>)>, Failure> {
        let kept = paper(id);
        if let Some(sealed) = self.host().store().get(Table::Blobs, &kept).await?
            && let Ok(sealed) = read_bytes(&self.open()?.key, Table::Blobs, &kept, &sealed)
        {
            return Ok(Some((*id, sealed)));
        }
        let Some(doc) = self.doc(id).await? else {
            return Ok(None);
        };
        let sealed = doc.seal(&self.open()?.desk()?.keys);
        // From now on it has the name that the server's list will give it.
        let again = Hex(body_hash(&sealed));
        let changes = vec![
            delete(Table::Forms, row(id)),
            put_bytes(
                &self.open()?.key,
                Table::Blobs,
                paper(&again),
                &sealed,
                &mut self.random(),
            ),
        ];
        self.keep_docs(vec![(again, doc)], changes, |due| {
            due.docs.remove(id);
            due.docs.insert(again);
            for waiting in due.cards.values_mut().filter(|one| one.doc == Some(*id)) {
                waiting.doc = Some(again);
            }
        })
        .await?;
        Ok(Some((again, sealed)))
    }

    /// Fetches what other desks of the office wrote.
    pub(crate) async fn fetch_docs(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let is_signed = {
            let open = self.open()?;
            let office = open.profile.office.as_ref();
            office.is_none_or(|office| office.docs_signed)
        };
        if !is_signed {
            // Every document that the server's list does not show signed is put again.
            self.start_over(None, false).await?;
        }
        loop {
            let after = {
                let open = self.open()?;
                let office = open.profile.office.as_ref();
                office.map(|office| office.docs_after).unwrap_or_default()
            };
            let page = client
                .docs(after, self.host().now())
                .await
                .map_err(of_server)?;
            if self.begin_again(page.epoch, page.last, after).await? {
                continue;
            }
            let (next, more) = (page.next, page.more);
            if !page.docs.is_empty() {
                self.take_docs(page).await?;
            }
            if !more || next <= after {
                return self.believe_unsigned().await;
            }
        }
    }

    /// Keeps a page of documents, and how far the list was read: one commit. One that does not open is of a newer version,
    /// or damaged: its sealed bytes are kept, and tried again at each start.
    async fn take_docs(&self, page: Docs) -> Result<(), Failure> {
        let held = self.held().await?;
        let opened: Vec<_> = {
            let open = self.open()?;
            let keys = &open.desk()?.keys;
            let docs = page.docs.iter();
            docs.map(|doc| OfficeDoc::open(&doc.sealed.0, keys).ok())
                .collect()
        };
        // Without a signature: from before there were any, and perhaps held here since.
        let is_plain = |opened: &Option<OpenedDoc>| opened.as_ref().is_some_and(|doc| !doc.signed);
        let before = if opened.iter().any(is_plain) {
            self.docs_that(|_, _| true).await?
        } else {
            Vec::new()
        };
        let _writing = self.writing().await;
        let mut changes = Vec::new();
        let mut docs: Vec<OfficeDoc> = Vec::new();
        let mut unread = BTreeSet::new();
        let (profile, due) = {
            let open = self.open()?;
            let desk = open.desk()?;
            let mut due = desk.due.clone();
            for (doc, opened) in page.docs.iter().zip(opened) {
                let random = &mut self.random();
                match opened {
                    Some(opened) if opened.signed => {
                        due.docs.remove(&doc.id);
                        let opened = opened.doc;
                        changes.push(put(&open.key, Table::Forms, row(&doc.id), &opened, random));
                        docs.push(opened);
                    }
                    // It is believed, signed, and put again.
                    Some(opened) if held.contains(&doc.id) || before.contains(&opened.doc) => {}
                    _ => {
                        let row = format!("{UNREAD}{}", doc.id);
                        unread.insert(row_name(Table::Blobs, &row));
                        let sealed = &doc.sealed.0;
                        changes.push(put_bytes(&open.key, Table::Blobs, row, sealed, random));
                    }
                }
            }
            let mut profile = open.profile.clone();
            if let Some(office) = &mut profile.office {
                office.docs_after = page.next;
            }
            changes.push(put(&open.key, Table::Meta, DUE, &due, &mut self.random()));
            changes.push(put(
                &open.key,
                Table::Meta,
                "profile",
                &profile,
                &mut self.random(),
            ));
            (profile, due)
        };
        self.commit(changes).await?;
        let mut open = self.open()?;
        open.profile = profile;
        let desk = open.desk_mut()?;
        desk.due = due;
        desk.damaged.extend(unread);
        for doc in &page.docs {
            desk.damaged.remove(&row_name(Table::Forms, &row(&doc.id)));
        }
        for doc in docs {
            desk.take_doc(doc);
        }
        Ok(())
    }

    /// The ids of the documents that are kept here.
    async fn held(&self) -> Result<BTreeSet<DocId>, Failure> {
        let store = self.host().store();
        let rows = store.ascending(Table::Forms, DOC, DOC, usize::MAX).await?;
        let ids = rows.iter().filter_map(|(row, _)| row.strip_prefix(DOC));
        Ok(ids.filter_map(|id| id.parse().ok()).collect())
    }

    /// Once for each desk: an office from before documents were signed signs those that it holds, or, when it begins with
    /// none, those that the server has; from then on, none is believed without a signature.
    async fn believe_unsigned(&self) -> Result<(), Failure> {
        // Signed ones, had there been any, would be held by now.
        let began_empty = self.held().await?.is_empty();
        let (is_done, believes) = {
            let open = self.open()?;
            let office = open.profile.office.as_ref();
            (
                office.is_none_or(|office| office.docs_signed),
                believes_unsigned(&open.desk()?.keys, began_empty, false),
            )
        };
        if is_done {
            return Ok(());
        }
        if believes {
            self.take_unread(|opened| !opened.signed).await?;
        }
        self.with_profile(|profile| {
            if let Some(office) = &mut profile.office {
                office.docs_signed = true;
            }
        })
        .await
    }

    /// Tries the documents again that did not open when they came: Vigie may have been updated since.
    pub(super) async fn read_docs_again(&self) -> Result<(), Failure> {
        self.take_unread(|opened| opened.signed).await
    }

    /// Takes those in that were put aside and are believed by now. One without a signature gets ours.
    async fn take_unread(&self, believes: impl Fn(&OpenedDoc) -> bool) -> Result<(), Failure> {
        let store = self.host().store();
        for (kept, sealed) in store
            .ascending(Table::Blobs, UNREAD, UNREAD, usize::MAX)
            .await?
        {
            let opened = {
                let open = self.open()?;
                let keys = &open.desk()?.keys;
                let bytes = read_bytes(&open.key, Table::Blobs, &kept, &sealed).ok();
                bytes.and_then(|bytes| OfficeDoc::open(&bytes, keys).ok())
            };
            let id = kept.strip_prefix(UNREAD).and_then(|id| id.parse().ok());
            if let (Some(opened), Some(id)) = (opened.filter(&believes), id) {
                let gone = delete(Table::Blobs, kept.as_str());
                let again = !opened.signed;
                self.keep_docs(vec![(id, opened.doc)], vec![gone], |due| {
                    if again {
                        due.docs.insert(id);
                    }
                })
                .await?;
                let mut open = self.open()?;
                open.desk_mut()?
                    .damaged
                    .remove(&row_name(Table::Blobs, &kept));
            }
        }
        Ok(())
    }

    /// True when the server's numbers are others than those we know: it was set back to a backup, or is met for the first
    /// time since it says so. Then its lists are read from 0, and what it may have lost is owed to it again.
    pub(super) async fn begin_again(
        &self,
        epoch: Option<Epoch>,
        last: Option<u64>,
        cursor: u64,
    ) -> Result<bool, Failure> {
        let known = {
            let open = self.open()?;
            open.profile.office.as_ref().and_then(|office| office.epoch)
        };
        let is_new = epoch.is_some() && epoch != known;
        let set_back = is_new && known.is_some() || last.is_some_and(|last| cursor > last);
        if !is_new && !set_back {
            return Ok(false);
        }
        self.start_over(epoch, set_back).await?;
        Ok(true)
    }

    /// A row of ours can't be read that the server may have whole: once after each start, its lists are read from 0.
    pub(super) async fn read_again(&self) -> Result<(), Failure> {
        if std::mem::take(&mut self.open()?.desk_mut()?.read_again) {
            self.start_over(None, false).await?;
        }
        Ok(())
    }

    async fn start_over(&self, epoch: Option<Epoch>, set_back: bool) -> Result<(), Failure> {
        let held = self.held().await?;
        let now = self.host().now();
        let _writing = self.writing().await;
        let (changes, profile, front, due) = {
            let open = self.open()?;
            let desk = open.desk()?;
            let mut due = desk.due.clone();
            due.docs.extend(held);
            due.invites_again(&desk.registry, now);
            let mut front = open.front.clone();
            if set_back {
                due.everything(&desk.registry, now);
                for chain in &mut front.chains {
                    chain.bundled = 0;
                }
            }
            let mut profile = open.profile.clone();
            if let Some(office) = &mut profile.office {
                office.epoch = epoch.or(office.epoch);
                (office.docs_after, office.cursor) = (0, 0);
            }
            let random = &mut self.random();
            let changes = vec![
                put(&open.key, Table::Meta, "profile", &profile, random),
                put(&open.key, Table::Meta, "front", &front, random),
                put(&open.key, Table::Meta, DUE, &due, random),
            ];
            (changes, profile, front, due)
        };
        self.commit(changes).await?;
        let mut open = self.open()?;
        open.profile = profile;
        open.front = front;
        open.desk_mut()?.due = due;
        Ok(())
    }
}
