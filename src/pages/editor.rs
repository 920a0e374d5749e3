//! Editing a record: what is typed becomes a draft soon after the last key ([`crate::pause`]), and at once when the page hides or is left.
//!
//! The draft is the worker's; this keeps what was typed until the worker says that it is durable, and says which it is.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use vigie_model::{RecordId, kinds::KindSpec};
use vigie_protocol::{
    Edit, Editing, Failure, Fields, NotebookQuestion, Question, SaveDraft, Settle,
};

use crate::{
    client::{self, Turn},
    components::{conflict::Settled, save_state::Save},
    page,
    pages::rescue::rescue,
    pause::Pause,
    route::{self, Route},
};

/// After a failure, tried again by itself.
const AGAIN: Duration = Duration::from_secs(5);

/// One record being edited.
#[derive(Clone, Copy)]
pub struct Editor {
    pub kind: &'static KindSpec,
    /// None until the worker gave one to a new record.
    rec: StoredValue<Option<RecordId>>,
    /// As the worker gave it.
    pub info: RwSignal<Option<Editing>>,
    /// What is on the screen.
    fields: RwSignal<Fields>,
    /// What was changed since the edit began.
    changed: StoredValue<Fields>,
    /// Grows at each keystroke: an answer about an older one doesn't say "saved".
    typed: StoredValue<u32>,
    kept: StoredValue<u32>,
    pause: Pause,
    turn: Turn,
    pub save: RwSignal<Save>,
    /// The record could not be opened.
    pub failed: RwSignal<Option<Failure>>,
}

impl Editor {
    /// Opens a record, or begins one; keeps it when the page hides or is left.
    pub fn open(rec: Option<RecordId>, kind: &'static KindSpec) -> Editor {
        let editor = Editor {
            kind,
            rec: StoredValue::new(rec),
            info: RwSignal::new(None),
            fields: RwSignal::new(Fields::new()),
            changed: StoredValue::new(Fields::new()),
            typed: StoredValue::new(0),
            kept: StoredValue::new(0),
            pause: Pause::new(),
            turn: Turn::new(),
            save: RwSignal::new(Save::Untouched),
            failed: RwSignal::new(None),
        };
        editor.load(rec, false);
        page::on_hide(move || editor.kept());
        on_cleanup(move || editor.keep_now());
        editor
    }

    /// `again`: what was typed is kept already, and the record is shown as it stands now.
    fn load(self, rec: Option<RecordId>, again: bool) {
        let kind = self.kind.kind.clone();
        let open = Edit { rec, kind };
        self.turn.show(open, self.failed, move |editing| {
            self.take(editing, again);
        });
    }

    fn take(self, editing: Editing, again: bool) {
        self.rec.set_value(Some(editing.rec));
        if again {
            self.changed.set_value(Fields::new());
        }
        let mut fields = editing.fields.clone();
        fields.extend(self.changed.get_value());
        self.fields.set(fields);
        if let Some(at) = editing.saved_at.filter(|_| editing.draft) {
            self.save.set(Save::Saved(at));
        }
        self.info.set(Some(editing));
        // What was typed before the worker answered.
        if self.typed.get_value() != self.kept.get_value() {
            self.pause.key(move || self.keep_now());
        }
    }

    /// Nothing was typed, now or before: there is nothing to finish or to throw away.
    pub fn is_untouched(self) -> bool {
        self.typed.get_value() == 0
            && !self
                .info
                .read_untracked()
                .as_ref()
                .is_some_and(|info| info.draft)
    }

    /// Something unfinished is there; told anew at each save.
    pub fn has_draft(self) -> bool {
        self.save.track();
        self.info.read().as_ref().is_some_and(|info| info.draft) || self.typed.get_value() > 0
    }

    pub fn rec(self) -> Option<RecordId> {
        self.rec.get_value()
    }

    /// A text field, as it stands.
    pub fn text(self, field: &'static str) -> Signal<String> {
        Signal::derive(move || match self.fields.read().get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        })
    }

    /// A list field.
    pub fn list(self, field: &'static str) -> Signal<Vec<String>> {
        Signal::derive(move || match self.fields.read().get(field) {
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        })
    }

    /// Called at each keystroke in a text field.
    pub fn type_text(self, field: &'static str) -> Callback<String> {
        Callback::new(move |text: String| {
            self.set(
                field,
                if text.is_empty() {
                    Value::Null
                } else {
                    Value::String(text)
                },
            )
        })
    }

    /// Called when a list changes.
    pub fn set_list(self, field: &'static str) -> Callback<Vec<String>> {
        Callback::new(move |items: Vec<String>| {
            let value = if items.is_empty() {
                Value::Null
            } else {
                items.into()
            };
            self.set(field, value);
        })
    }

    pub fn set(self, field: &str, value: Value) {
        self.fields
            .update(|fields| drop(fields.insert(field.to_owned(), value.clone())));
        self.changed
            .update_value(|changed| drop(changed.insert(field.to_owned(), value)));
        self.typed.update_value(|typed| *typed += 1);
        if !matches!(self.save.get_untracked(), Save::Failed(_)) {
            self.save.set(Save::Saving);
        }
        self.pause.key(move || self.keep_now());
    }

    /// Sends what is not kept yet. What is sent is read at once: the page may be gone before an answer comes.
    pub fn keep_now(self) {
        let kept = self.kept();
        spawn_local(async move {
            kept.await;
        });
    }

    /// As [`Self::keep_now`]; true once it is kept.
    fn kept(self) -> impl Future<Output = bool> {
        let unkept = self.unkept();
        async move {
            match unkept {
                Some((typed, request)) => self.send(typed, request).await.is_ok(),
                None => true,
            }
        }
    }

    async fn keep(self) -> Result<(), Failure> {
        match self.unkept() {
            Some((typed, request)) => self.send(typed, request).await,
            None => Ok(()),
        }
    }

    /// The question that keeps what is not kept, and which keystroke it goes up to.
    fn unkept(self) -> Option<(u32, SaveDraft)> {
        self.pause.over();
        let typed = self.typed.try_get_value()?;
        let rec = self.rec.try_get_value().flatten()?;
        if typed == self.kept.try_get_value()? {
            return None;
        }
        Some((
            typed,
            SaveDraft {
                rec,
                fields: self.changed.try_get_value()?,
            },
        ))
    }

    async fn send(self, typed: u32, request: SaveDraft) -> Result<(), Failure> {
        match client::ask(request).await {
            Ok(saved) => {
                self.kept
                    .try_update_value(|kept| *kept = (*kept).max(typed));
                if self.typed.try_get_value() == Some(typed) {
                    self.save.try_set(Save::Saved(saved.at));
                    if matches!(route::current(), Route::Note(None) | Route::Card(_, None)) {
                        route::rename(&Route::of_record(self.kind.kind.as_str(), saved.rec));
                    }
                }
                Ok(())
            }
            Err(failure) => {
                if self.save.try_set(Save::Failed(failure.clone())).is_none() {
                    self.pause.after(AGAIN, move || self.keep_now());
                }
                Err(failure)
            }
        }
    }

    /// The red banner's way out: a file with what is on the screen, made by the worker or else by the page itself.
    pub fn keep_in_file(self) {
        spawn_local(async move {
            let (rec, fields) = (self.rec.get_value(), self.fields.get_untracked());
            rescue(rec, self.kind.kind.as_str(), fields).await;
        });
    }

    pub fn retry(self) {
        spawn_local(async move { drop(self.keep().await) });
    }

    /// Finishes, or throws away, what was typed; then `then`. With nothing typed there is only `then`.
    pub fn conclude<Q: Question<Family = NotebookQuestion>>(
        self,
        request: fn(RecordId) -> Q,
        then: impl FnOnce() + 'static,
    ) {
        match self.rec() {
            Some(rec) if !self.is_untouched() => self.after_keeping(request(rec), then),
            _ => then(),
        }
    }

    /// Keeps what was typed, then does `request` and calls `then` when it is done.
    pub fn after_keeping<Q: Question<Family = NotebookQuestion>>(
        self,
        request: Q,
        then: impl FnOnce() + 'static,
    ) {
        spawn_local(async move {
            if self.keep().await.is_err() {
                return;
            }
            match client::ask(request).await {
                Ok(_) => then(),
                Err(failure) => drop(self.save.try_set(Save::Failed(failure))),
            }
        });
    }

    /// Settles a conflict, and shows the record as it stands then.
    pub fn settle(self, settled: Settled) {
        let Some(rec) = self.rec() else { return };
        let request = Settle {
            rec,
            field: settled.field,
            value: settled.value,
            reason: settled.reason,
        };
        self.after_keeping(request, move || self.load(Some(rec), true));
    }

    pub fn reload(self) {
        self.load(self.rec(), true);
    }
}
