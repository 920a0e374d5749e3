//! A record as it is stored, and how its line is counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_forms::Draft as Answers;
use vigie_journal::Record;
use vigie_model::{OpId, RecordId};
use vigie_vault::{Keyed, Row, Table};

use super::{
    line::{Line, OfResponse},
    profile::Counters,
};

/// A record with what the device needs to know of it. Sealed in `records` under the record's id.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecordRow {
    pub record: Record,
    pub member: usize,
    /// Its line in the notebook; none for what belongs to another record.
    pub line: Option<u64>,
    /// Our ops on it, by `seq` in the member's chain.
    pub seqs: Vec<u64>,
    /// What others of the team wrote on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OpId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponsePart>,
}

impl Row for RecordRow {
    const TABLE: Table = Table::Records;
    type Key = RecordId;

    fn row(rec: &RecordId) -> String {
        rec.to_string()
    }
}

impl Keyed for RecordRow {
    fn key(&self) -> RecordId {
        self.record.rec
    }
}

/// The part of a record that only a response has: all that is needed to correct it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResponsePart {
    pub title: String,
    pub progress: (usize, usize),
    pub draft: Answers,
    /// Attachments by their question's path.
    pub files: BTreeMap<String, RecordId>,
    /// What is read of the choices made; none in what an earlier version finished.
    #[serde(default)]
    pub labels: Vec<String>,
}

impl ResponsePart {
    /// What its line says of it.
    pub fn said(&self) -> OfResponse<'_> {
        OfResponse {
            title: &self.title,
            labels: &self.labels,
            progress: self.progress,
        }
    }
}

/// Counts a line that was `before` (deleted, to settle), or is new.
pub fn tally(counters: &mut Counters, before: Option<(bool, bool)>, line: &Line) {
    let Some((deleted, conflict)) = before else {
        counters.lines += 1;
        return;
    };
    counters.deleted =
        counters.deleted + usize::from(line.deleted) - usize::from(deleted).min(counters.deleted);
    counters.conflicts = counters.conflicts + usize::from(line.conflict)
        - usize::from(conflict).min(counters.conflicts);
}
