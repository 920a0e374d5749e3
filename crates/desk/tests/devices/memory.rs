//! What composing costs: each op is read once, a few at a time, and what is typed meanwhile is saved in between.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use crate::common::{self, EVERYTHING, PASSPHRASE, TestHost, World};
use futures::{executor::block_on, future::join};
use serde_json::json;
use vigie_exchange::{Request as Sent, Response, Transport, Unreachable};
use vigie_model::RecordId;
use vigie_notebook::Notebook;
use vigie_protocol::{CreateVault, Edit, Finish, InviteText, SaveDraft};
use vigie_vault::{Change, MemoryStore, Store, StoreError, Stored, Table};
use vigie_wire::Wire;

/// Comes back once the others had their turn.
struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Counts what is read, and notes each commit.
#[derive(Clone, Default)]
struct Counting {
    store: MemoryStore,
    read: Rc<Cell<usize>>,
    at_once: Rc<Cell<usize>>,
    commits: Rc<RefCell<Vec<String>>>,
}

impl Counting {
    fn count(&self, table: Table, rows: &[Stored]) {
        if table == Table::Ops {
            let bytes = rows.iter().map(|(_, bytes)| bytes.len()).sum();
            self.read.set(self.read.get() + bytes);
            self.at_once.set(self.at_once.get().max(bytes));
        }
    }
}

impl Store for Counting {
    async fn get(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.store.get(table, key).await?;
        if let Some(bytes) = &found {
            self.count(table, &[(String::new(), bytes.clone())]);
        }
        Turn(false).await;
        Ok(found)
    }

    async fn all(&self, table: Table) -> Result<Vec<Stored>, StoreError> {
        self.store.all(table).await
    }

    async fn latest(
        &self,
        table: Table,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.store.latest(table, before, limit).await
    }

    async fn ascending(
        &self,
        table: Table,
        prefix: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let rows = self.store.ascending(table, prefix, from, limit).await?;
        self.count(table, &rows);
        Turn(false).await;
        Ok(rows)
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let tables: Vec<&str> = changes.iter().map(|change| change.table().name()).collect();
        self.commits.borrow_mut().push(tables.join(" "));
        self.store.commit(changes).await?;
        Turn(false).await;
        Ok(())
    }

    async fn destroy(&self) -> Result<(), StoreError> {
        self.store.destroy().await
    }
}

struct Line {
    wire: Wire,
    online: Rc<Cell<bool>>,
}

impl Transport for Line {
    async fn send(&self, base: &str, request: Sent) -> Result<Response, Unreachable> {
        match self.online.get() {
            true => self.wire.send(base, request).await,
            false => Err(Unreachable("no network".into())),
        }
    }
}

impl common::Line for Line {
    async fn pause(&self) {
        Turn(false).await;
    }
}

#[test]
fn forty_files_are_read_once_a_few_at_a_time_and_a_draft_is_saved_in_between() {
    const FILES: usize = 40;
    // More than a bundle usually has: each travels alone.
    const FILE_BYTES: usize = 400_000;
    let world = World::new();
    let (store, online) = (Counting::default(), Rc::new(Cell::new(true)));
    let line = Line {
        wire: Wire::new(),
        online: Rc::clone(&online),
    };
    let notebook = Notebook::new(TestHost {
        store: store.clone(),
        line,
        clock: Rc::new(Cell::new(vigie_mailbox::mailbox::now().0)),
        events: Rc::default(),
    });
    let create = CreateVault {
        passphrase: PASSPHRASE.into(),
        name: "Ana".into(),
        invite: Some(InviteText {
            text: world.invite("Ana"),
            origin: world.url.clone(),
        }),
        lang: "fr".into(),
    };
    block_on(notebook.ask(create)).expect("a device");
    online.set(false);
    let edit = async |text: String| -> RecordId {
        let begun = notebook.ask(Edit {
            rec: None,
            kind: "note".into(),
        });
        let rec = begun.await.expect("a note").rec;
        let fields = common::fields(&[("text", json!(text))]);
        let save = SaveDraft { rec, fields };
        notebook.ask(save).await.expect("saved");
        rec
    };
    block_on(async {
        for number in 0..FILES {
            // What does not compress, as photos do not.
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).expect("a system with chance");
            let mut text = String::with_capacity(FILE_BYTES);
            while text.len() < FILE_BYTES {
                for byte in &mut seed {
                    *byte = byte.wrapping_mul(31).wrapping_add(number as u8 | 1);
                    text.push(char::from(b'0' + *byte % 60));
                }
            }
            let rec = edit(text).await;
            notebook.ask(Finish { rec }).await.expect("finished");
        }
    });
    let rows = block_on(store.store.all(Table::Ops)).expect("a store");
    let all: usize = rows.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(all > FILES * FILE_BYTES);
    store.read.set(0);
    store.at_once.set(0);
    store.commits.borrow_mut().clear();
    let (file, draft) = block_on(join(
        notebook.ask(EVERYTHING),
        edit("tapé pendant ce temps".into()),
    ));
    let file = file.expect("answered").file.expect("a file");
    let drafts = block_on(store.store.all(Table::Drafts)).expect("a store");
    assert!(drafts.iter().any(|(row, _)| *row == draft.to_string()));
    assert!(file.bytes.len() > FILES * 1_000);
    let (read, at_once) = (store.read.get(), store.at_once.get());
    assert!(read * 10 <= all * 12, "{read} bytes read of {all}");
    assert!(at_once <= 2 * all / FILES, "{at_once} bytes at once");
    let commits = store.commits.borrow().clone();
    let sealed = commits
        .iter()
        .filter(|tables| tables.contains("bundles"))
        .count();
    let saved = commits.iter().position(|tables| tables == "drafts");
    assert_eq!(sealed, FILES);
    assert!(
        saved.is_some_and(|at| at < 4),
        "the draft waited: {saved:?}"
    );
}
