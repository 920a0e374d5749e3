//! Rows of a repeat: added, removed, and brought back.

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use vigie_forms::{Changes, Draft as Answers, NodeId, Session};
use vigie_model::RecordId;

use super::{LiveResponse, draft::FileChosen, refused, world::World};
use crate::{
    Host,
    backend::Backend,
    open::delete,
    protocol::{Answered, Failure, FormView},
    store::{Change, Table},
};

/// How a response stood before a row was removed.
pub(crate) struct Undo {
    answers: Answers,
    files: BTreeMap<String, FileChosen>,
    attached: BTreeMap<String, RecordId>,
}

impl LiveResponse {
    /// Removes the row at `path`. The rows after it move up, and their files with them.
    pub fn remove_row(&mut self, path: &str) -> Result<Changes, Failure> {
        let row = self.session.find(path).ok_or(Failure::NotFound)?;
        let before = Undo {
            answers: self.session.snapshot(),
            files: self.files.clone(),
            attached: self.attached.clone(),
        };
        let places: BTreeMap<String, NodeId> = before
            .files
            .keys()
            .chain(before.attached.keys())
            .filter_map(|path| Some((path.clone(), self.session.find(path)?)))
            .collect();
        let changes = self.session.remove_repeat(row).map_err(refused)?;
        let now = |path: &String| {
            let node = *places.get(path)?;
            Some(self.session.view(node).ok()?.path)
        };
        let files = before.files.iter();
        let files = files.filter_map(|(path, file)| Some((now(path)?, file.clone())));
        let attached = before.attached.iter();
        let attached = attached.filter_map(|(path, child)| Some((now(path)?, *child)));
        (self.files, self.attached) = (files.collect(), attached.collect());
        self.undo = Some(before);
        Ok(changes)
    }

    /// Forgets the files that only `undo` still held.
    pub fn let_go(&self, undo: &Undo) -> Vec<Change> {
        let held = self.undo.iter().flat_map(|undo| undo.files.values());
        let held: Vec<&FileChosen> = self.files.values().chain(held).collect();
        let lost = undo
            .files
            .values()
            .filter(|file| !held.iter().any(|other| other.blob == file.blob));
        lost.map(|file| delete(Table::Blobs, file.blob.as_str()))
            .collect()
    }

    /// As it stood before the row was removed.
    pub fn bring_back(&mut self) -> Result<(), Failure> {
        let before = self.undo.take().ok_or(Failure::NotFound)?;
        let world = Box::new(World(Rc::clone(&self.moment)));
        let form = Arc::clone(self.session.form());
        self.session = Session::restore(form, before.answers, world);
        (self.files, self.attached) = (before.files, before.attached);
        Ok(())
    }
}

impl<H: Host> Backend<H> {
    pub(crate) async fn add_repeat(&self, rec: RecordId, node: &str) -> Result<Answered, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        self.change_response(rec, Vec::new(), |live| {
            let id = live.session.find(node).ok_or(Failure::NotFound)?;
            live.session.add_repeat(id).map_err(refused)
        })
        .await
    }

    pub(crate) async fn remove_repeat(
        &self,
        rec: RecordId,
        node: &str,
    ) -> Result<Answered, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        self.change_response(rec, Vec::new(), |live| live.remove_row(node))
            .await
    }

    pub(crate) async fn undo_remove(&self, rec: RecordId) -> Result<FormView, Failure> {
        {
            let _writing = self.writing().await;
            let now = self.host().now().0;
            let row = {
                let mut open = self.open()?;
                let open = &mut *open;
                let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
                live.bring_back()?;
                self.draft_response(open, rec, now)?
            };
            self.commit(vec![row]).await?;
            if let Some(draft) = self.open()?.drafts.get_mut(&rec) {
                draft.unsaved = false;
            }
            self.changed();
        }
        self.open_response(rec).await
    }
}
