//! Rows of a repeat: removed, and brought back.

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use vigie_forms::{NodeId, NodeKind, Session};
use vigie_protocol::{Answered, Failure, Millis};

use crate::{FileChosen, Keep, Respondent, Undo, moment::World, refused};

impl<K: Keep> Respondent<K> {
    /// No row that nobody asked for: where a person adds rows, there is none before she does.
    pub(crate) fn begin_without_rows(&mut self) {
        for row in self.session.nodes() {
            let view = self.session.view(row);
            if view.is_ok_and(|view| view.kind == NodeKind::Row && view.may_change) {
                // One that is not to be had stays.
                drop(self.session.remove_repeat(row));
            }
        }
    }

    /// Removes the row at `path`. The rows after it move up, and their files with them.
    pub fn remove_row(&mut self, path: &str, at: Millis) -> Result<Answered, Failure> {
        self.change(at, |me| {
            let row = me.node(path)?;
            let before = Undo {
                answers: me.session.snapshot(),
                files: me.files.clone(),
                attached: me.attached.clone(),
            };
            let places: BTreeMap<String, NodeId> = before
                .files
                .keys()
                .chain(before.attached.keys())
                .filter_map(|path| Some((path.clone(), me.session.find(path)?)))
                .collect();
            let changes = me.session.remove_repeat(row).map_err(refused)?;
            let now = |path: &String| me.session.path_of(*places.get(path)?);
            let files = before.files.iter();
            let files = files.filter_map(|(path, file)| Some((now(path)?, file.clone())));
            let attached = before.attached.iter();
            let attached = attached.filter_map(|(path, child)| Some((now(path)?, *child)));
            (me.files, me.attached) = (files.collect(), attached.collect());
            me.undo = Some(before);
            Ok(changes)
        })
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

    /// Forgets the files that only `undo` still held.
    pub(crate) fn let_go(&mut self, undo: Option<Undo>) {
        let held = self.undo.iter().flat_map(|undo| undo.files.values());
        let held: Vec<&str> = self
            .files
            .values()
            .chain(held)
            .map(|file| file.blob.as_str())
            .collect();
        let files = undo.into_iter().flat_map(|undo| undo.files.into_values());
        let lost: Vec<FileChosen> = files
            .filter(|file| !held.contains(&file.blob.as_str()))
            .collect();
        for file in &lost {
            self.keep.forget(file);
        }
    }
}
