//! The office's documents: kept here, given to the server for the other desks, fetched from them.
//!
//! A document is durable here before the server hears of it, with the note that it is owed ([`Due`]) in the same commit. So
//! a line may be cut anywhere: what is owed is said at the next fetch.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use vigie_exchange::{
    api::{Docs, Epoch, Hex},
    request::body_hash,
};
use vigie_model::{ExactJson, InviteId};
use vigie_notebook::{
    Host, Tx,
    error::{of_server, of_store},
    memory::{Counters, Profile},
};
use vigie_office::{
    OfficeDoc,
    docs::{self, Came, MissionDoc, OpenedDoc, believes_unsigned},
    due::{DocId, Due, Numbers, Publish},
    team::Letters,
};
use vigie_protocol::Failure;
use vigie_vault::{Store, Table};

use crate::{
    desk::Desk,
    in_open::{InOpen as _, then_desk},
    memory::{DOC, Owed, PAPER, UNREAD},
};

/// A document with its id, and its text as it is kept.
type Numbered = (DocId, OfficeDoc, ExactJson);

fn row(id: &DocId) -> String {
    format!("{DOC}{id}")
}

/// Where its sealed bytes are until the server has them.
fn paper(id: &DocId) -> String {
    format!("{PAPER}{id}")
}

impl<H: Host> Desk<H> {
    /// Keeps a document here, its sealed bytes until the server has them, and what is owed for it: one commit.
    pub(crate) async fn keep_doc(
        &self,
        doc: OfficeDoc,
        owe: impl FnOnce(&mut Due, DocId),
    ) -> Result<DocId, Failure> {
        let exact = doc.exact();
        let sealed = docs::seal(&exact, &self.open()?.desk()?.keys);
        let id = Hex(body_hash(&sealed));
        self.keep_sealed(vec![(id, doc, exact, sealed)], |due| owe(due, id))
            .await?;
        Ok(id)
    }

    /// As [`Desk::keep_doc`], of documents that stand or fall together: those of invites and links, each with what the server
    /// is to be told of; before them, where there is one, a mission's next revision, and what is owed for it.
    pub(crate) async fn keep_all(
        &self,
        mission: Option<(MissionDoc, Publish, Letters)>,
        all: Vec<(InviteId, OfficeDoc)>,
    ) -> Result<(), Failure> {
        let mut docs = Vec::new();
        let (mut owed, mut told_of) = (None, Vec::new());
        {
            let open = self.open()?;
            let keys = &open.desk()?.keys;
            let mut add = |doc: OfficeDoc| {
                let exact = doc.exact();
                let sealed = docs::seal(&exact, keys);
                let id: DocId = Hex(body_hash(&sealed));
                docs.push((id, doc, exact, sealed));
                id
            };
            if let Some((doc, changed, letters)) = mission {
                let of = doc.id();
                owed = Some((of, add(OfficeDoc::Mission(doc)), changed, letters));
            }
            for (told, doc) in all {
                add(doc);
                told_of.push(told);
            }
        }
        self.keep_sealed(docs, |due| {
            due.invites.extend(told_of);
            if let Some((mission, id, changed, letters)) = owed {
                changed.in_place_of(id, due.cards.entry(mission).or_default());
                due.give(mission, letters);
                due.purges.remove(&mission);
            }
        })
        .await
    }

    async fn keep_sealed(
        &self,
        all: Vec<(DocId, OfficeDoc, ExactJson, Vec<u8>)>,
        owe: impl FnOnce(&mut Due),
    ) -> Result<(), Failure> {
        let mut tx = self.notebook.vault.transaction().await;
        let mut docs = Vec::new();
        for (id, doc, exact, sealed) in all {
            tx.put_bytes(Table::Blobs, paper(&id), &sealed);
            docs.push((id, doc, exact));
        }
        let ids: Vec<DocId> = docs.iter().map(|(id, ..)| *id).collect();
        self.keep_docs(tx, docs, |due| {
            due.docs.extend(ids);
            owe(due);
        })
        .await
    }

    /// Keeps a document, and gives it to the other desks.
    pub(crate) async fn put_doc(&self, doc: OfficeDoc) -> Result<(), Failure> {
        self.keep_doc(doc, |_, _| {}).await?;
        self.say_docs().await
    }

    /// Keeps documents, and what else belongs to the same commit.
    async fn keep_docs(
        &self,
        mut tx: Tx<'_, H>,
        docs: Vec<Numbered>,
        owe: impl FnOnce(&mut Due),
    ) -> Result<(), Failure> {
        owe(tx.edit::<Owed>(&*tx.memory()?)?);
        for (id, _, exact) in &docs {
            tx.put_at(Table::Forms, row(id), exact);
        }
        then_desk(&mut tx, |desk| {
            for (id, doc, _) in docs {
                desk.damaged.remove(&Table::Forms.row_name(&row(&id)));
                desk.take_doc(doc);
            }
        });
        tx.commit().await
    }

    /// Changes what is owed, and nothing else.
    pub(crate) async fn with_due(&self, change: impl FnOnce(&mut Due)) -> Result<(), Failure> {
        let mut tx = self.notebook.vault.transaction().await;
        change(tx.edit::<Owed>(&*tx.memory()?)?);
        tx.commit().await
    }

    /// A document that is kept here, or its text; `None` when there is none, or its row can't be read.
    async fn kept_doc<T: DeserializeOwned>(&self, id: &DocId) -> Result<Option<T>, Failure> {
        match self.notebook.vault.get_at(Table::Forms, &row(id)).await {
            Err(Failure::Damaged(_)) => Ok(None),
            doc => doc,
        }
    }

    /// Every document that is kept here and can be read.
    pub(crate) async fn docs(&self) -> Result<Vec<(DocId, OfficeDoc)>, Failure> {
        let store = self.host().store();
        let rows = store
            .ascending(Table::Forms, DOC, DOC, usize::MAX)
            .await
            .map_err(of_store)?;
        let keys = self.notebook.vault.keys()?;
        let docs = rows.iter().filter_map(|(row, sealed)| {
            let id = row.strip_prefix(DOC)?.parse().ok()?;
            Some((id, keys.read(Table::Forms, row, sealed).ok()?))
        });
        Ok(docs.collect())
    }

    /// Gives the server the documents that it may not have.
    pub(crate) async fn say_docs(&self) -> Result<(), Failure> {
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
            let mut tx = self.notebook.vault.transaction().await;
            tx.edit::<Owed>(&*tx.memory()?)?.docs.remove(&id);
            tx.delete_at(Table::Blobs, paper(&id));
            tx.commit().await?;
        }
        Ok(())
    }

    /// The bytes of a document as the server has them, or is to have them. Of one that it lost, new ones: what was sealed
    /// then is not kept.
    async fn sealed_doc(&self, id: &DocId) -> Result<Option<(DocId, Vec<u8>)>, Failure> {
        let kept = paper(id);
        match self.notebook.vault.get_bytes(Table::Blobs, &kept).await {
            Ok(Some(sealed)) => return Ok(Some((*id, sealed))),
            Ok(None) | Err(Failure::Damaged(_)) => {}
            Err(error) => return Err(error),
        }
        let Some(exact) = self.kept_doc::<ExactJson>(id).await? else {
            return Ok(None);
        };
        let Ok(doc) = serde_json::from_str(exact.text()) else {
            return Ok(None);
        };
        let sealed = docs::seal(&exact, &self.open()?.desk()?.keys);
        // From now on it has the name that the server's list will give it.
        let again = Hex(body_hash(&sealed));
        let mut tx = self.notebook.vault.transaction().await;
        tx.delete_at(Table::Forms, row(id));
        tx.put_bytes(Table::Blobs, paper(&again), &sealed);
        self.keep_docs(tx, vec![(again, doc, exact)], |due| {
            due.docs.remove(id);
            due.docs.insert(again);
            for waiting in due.cards.values_mut().filter(|one| one.doc == Some(*id)) {
                waiting.doc = Some(again);
            }
        })
        .await?;
        Ok(Some((again, sealed)))
    }

    /// Fetches what other desks of the office wrote. Answers whether other offices may have opened missions to this one.
    pub(crate) async fn fetch_docs(&self) -> Result<bool, Failure> {
        let client = self.office_client()?;
        let is_signed = {
            let open = self.open()?;
            let office = open.profile.office.as_ref();
            office.is_none_or(|office| office.docs_signed)
        };
        if !is_signed {
            // Every document that the server's list does not show signed is put again.
            self.start_over(None, Numbers::New).await?;
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
            let may_be_shares = page.shares.unwrap_or(true);
            if !page.docs.is_empty() {
                self.take_docs(page).await?;
            }
            if !more || next <= after {
                self.believe_unsigned().await?;
                return Ok(may_be_shares);
            }
        }
    }

    /// Keeps a page of documents, and how far the list was read: one commit. One that does not open is of a newer version,
    /// or damaged: its sealed bytes are kept, and tried again at each start.
    async fn take_docs(&self, page: Docs) -> Result<(), Failure> {
        let held = self.held().await?;
        let before = self.docs().await?;
        let came: Vec<Came> = {
            let open = self.open()?;
            let keys = &open.desk()?.keys;
            let docs = page.docs.iter();
            docs.map(|doc| {
                Came::of(&doc.sealed.0, keys, |says| {
                    held.contains(&doc.id) || before.iter().any(|(_, known)| known == says)
                })
            })
            .collect()
        };
        let mut tx = self.notebook.vault.transaction().await;
        let mut docs: Vec<OfficeDoc> = Vec::new();
        let mut unread = BTreeSet::new();
        {
            let open = tx.memory()?;
            for (doc, came) in page.docs.iter().zip(came) {
                match came {
                    Came::Ours(ours) => {
                        tx.edit::<Owed>(&open)?.docs.remove(&doc.id);
                        tx.put_at(Table::Forms, row(&doc.id), &ours.exact);
                        docs.push(ours.doc);
                    }
                    Came::Held => {}
                    Came::Aside => {
                        let row = format!("{UNREAD}{}", doc.id);
                        unread.insert(Table::Blobs.row_name(&row));
                        tx.put_bytes(Table::Blobs, row, &doc.sealed.0);
                    }
                }
            }
            if let Some(office) = &mut tx.edit::<Profile>(&open)?.office {
                office.docs_after = page.next;
            }
        }
        then_desk(&mut tx, |desk| {
            desk.damaged.extend(unread);
            for doc in &page.docs {
                desk.damaged.remove(&Table::Forms.row_name(&row(&doc.id)));
            }
            for doc in docs {
                desk.take_doc(doc);
            }
        });
        tx.commit().await?;
        Ok(())
    }

    /// The ids of the documents that are kept here.
    async fn held(&self) -> Result<BTreeSet<DocId>, Failure> {
        let store = self.host().store();
        let rows = store
            .ascending(Table::Forms, DOC, DOC, usize::MAX)
            .await
            .map_err(of_store)?;
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
        self.notebook
            .with_profile(|profile| {
                if let Some(office) = &mut profile.office {
                    office.docs_signed = true;
                }
            })
            .await
    }

    /// Tries the documents again that did not open when they came: Vigie may have been updated since.
    pub(crate) async fn read_docs_again(&self) -> Result<(), Failure> {
        self.take_unread(|opened| opened.signed).await
    }

    /// Takes those in that were put aside and are believed by now. One without a signature gets ours.
    async fn take_unread(&self, believes: impl Fn(&OpenedDoc) -> bool) -> Result<(), Failure> {
        let store = self.host().store();
        for (kept, sealed) in store
            .ascending(Table::Blobs, UNREAD, UNREAD, usize::MAX)
            .await
            .map_err(of_store)?
        {
            let opened = {
                let open = self.open()?;
                let keys = &open.desk()?.keys;
                let bytes = self
                    .notebook
                    .vault
                    .keys()?
                    .read_bytes(Table::Blobs, &kept, &sealed)
                    .ok();
                bytes.and_then(|bytes| OfficeDoc::open(&bytes, keys).ok())
            };
            let id = kept.strip_prefix(UNREAD).and_then(|id| id.parse().ok());
            if let (Some(opened), Some(id)) = (opened.filter(&believes), id) {
                let again = !opened.signed;
                let mut tx = self.notebook.vault.transaction().await;
                tx.delete_at(Table::Blobs, kept.as_str());
                self.keep_docs(tx, vec![(id, opened.doc, opened.exact)], |due| {
                    if again {
                        due.docs.insert(id);
                    }
                })
                .await?;
                let mut open = self.open()?;
                open.desk_mut()?
                    .damaged
                    .remove(&Table::Blobs.row_name(&kept));
            }
        }
        Ok(())
    }

    /// True when the server's numbers are others than those we know: it was set back to a backup, or is met for the first
    /// time since it says so. Then its lists are read from 0, and what it may have lost is owed to it again.
    pub(crate) async fn begin_again(
        &self,
        epoch: Option<Epoch>,
        last: Option<u64>,
        cursor: u64,
    ) -> Result<bool, Failure> {
        let numbers = self.numbers(epoch, last, cursor)?;
        if numbers == Numbers::Same {
            return Ok(false);
        }
        self.start_over(epoch, numbers).await?;
        Ok(true)
    }

    /// What the server's numbers are to those we know.
    pub(crate) fn numbers(
        &self,
        epoch: Option<Epoch>,
        last: Option<u64>,
        cursor: u64,
    ) -> Result<Numbers, Failure> {
        let open = self.open()?;
        let known = open.profile.office.as_ref().and_then(|office| office.epoch);
        Ok(Numbers::of(known, epoch, last, cursor))
    }

    /// A row of ours can't be read that the server may have whole: once after each start, its lists are read from 0.
    pub(crate) async fn read_again(&self) -> Result<(), Failure> {
        if std::mem::take(&mut self.open()?.desk_mut()?.read_again) {
            self.start_over(None, Numbers::New).await?;
        }
        Ok(())
    }

    async fn start_over(&self, epoch: Option<Epoch>, numbers: Numbers) -> Result<(), Failure> {
        let held = self.held().await?;
        let now = self.host().now();
        let mut tx = self.notebook.vault.transaction().await;
        {
            let open = tx.memory()?;
            let registry = &open.desk()?.registry;
            let due = tx.edit::<Owed>(&open)?;
            due.start_over(held, registry, now, numbers);
            if numbers == Numbers::SetBack {
                for chain in &mut tx.edit::<Counters>(&open)?.chains {
                    chain.bundled = 0;
                }
            }
            if let Some(office) = &mut tx.edit::<Profile>(&open)?.office {
                office.epoch = epoch.or(office.epoch);
                (office.docs_after, office.cursor, office.gone) = (0, 0, 0);
            }
        }
        tx.commit().await?;
        Ok(())
    }
}
