//! What is known of an answer that goes on later.

use leptos::prelude::*;
use vigie_model::RecordId;
use vigie_protocol::{Failure, KeptDraft};

use crate::{client::Turn, pages::fill::Open};

/// What is known of an answer that is gone on with.
#[derive(Clone, Copy)]
pub struct Later {
    /// The answer; none: nobody stopped yet.
    pub(super) rec: RwSignal<Option<RecordId>>,
    pub(super) kept: RwSignal<Option<KeptDraft>>,
    /// What is typed as a code.
    pub(super) typed: RwSignal<String>,
    /// The questionnaire is not what it was when she stopped.
    pub(super) changed: RwSignal<bool>,
    pub(super) busy: RwSignal<bool>,
    pub(super) failed: RwSignal<Option<Failure>>,
    pub(super) turn: Turn,
}

impl Later {
    pub fn new() -> Later {
        Later {
            rec: RwSignal::new(None),
            kept: RwSignal::new(None),
            typed: RwSignal::new(String::new()),
            changed: RwSignal::new(false),
            busy: RwSignal::new(false),
            failed: RwSignal::new(None),
            turn: Turn::new(),
        }
    }

    /// Nothing of it stays for whoever comes next.
    pub fn forget(self) {
        self.rec.set(None);
        self.kept.set(None);
        self.typed.set(String::new());
        self.changed.set(false);
        self.busy.set(false);
        self.failed.set(None);
    }

    /// The questions: of the answer that goes on, or of a new one in this language.
    pub fn questions(self, lang: String) -> Open {
        match self.rec.get_untracked() {
            Some(rec) => Open::Known(rec),
            None => Open::Link(lang),
        }
    }

    pub fn is_kept(self) -> bool {
        self.kept.with_untracked(Option::is_some)
    }
}
