//! The list of entries: one sealed line each, newest first.
//!
//! Lines are keyed by a counter, so that opening reads the newest fifty whatever their number; the others are opened in
//! the background, in pieces ([`crate::Notebook::index_more`]). What a line needs to be found is in it, folded.

use std::collections::HashSet;

use vigie_model::{MissionId, RecordId, fold::Needle};
use vigie_vault::{Keys, Store, Table};

use crate::{
    Host,
    error::of_store,
    memory::{Draft, Line, Open, Shown, called, shown},
    notebook::Notebook,
    protocol::{EntryState, Event, Failure, Filter, Millis, Page, Task},
};

/// Lines opened at a time in the background: few enough that a key pressed meanwhile is answered within a frame or two.
const PIECE: usize = 250;

/// A filter, made ready to be held against many lines.
struct Sieve<'a> {
    filter: &'a Filter,
    needle: Needle,
    /// What the interface calls each member's mission.
    missions: Vec<MissionId>,
}

impl Sieve<'_> {
    fn lets_through(&self, line: &Line, state: impl Fn() -> EntryState) -> bool {
        let Filter {
            kinds,
            states,
            themes,
            from,
            to,
            mission,
            form,
            deleted,
            conflicts_only,
            ..
        } = self.filter;
        let day = |from_utc: Millis| {
            if line.at.is_empty() {
                vigie_model::Timestamp(from_utc).day()
            } else {
                line.at.chars().take(10).collect()
            }
        };
        line.deleted == *deleted
            && (kinds.is_empty() || kinds.contains(&line.kind))
            && (states.is_empty() || states.contains(&state()))
            && (themes.is_empty() || themes.iter().any(|theme| line.themes.contains(theme)))
            && from.as_ref().is_none_or(|from| *from <= day(line.created))
            && to.as_ref().is_none_or(|to| day(line.created) <= *to)
            && mission
                .as_ref()
                .is_none_or(|mission| self.missions.get(line.member) == Some(mission))
            && form
                .as_ref()
                .is_none_or(|form| line.form.as_ref() == Some(form))
            && (!conflicts_only || line.conflict)
            && self.needle.is_in(&line.hay)
    }
}

impl Open {
    fn draft_line(&self, draft: &Draft) -> Option<Line> {
        let member = self.member(draft.member).ok()?;
        let base = self.index.line(&draft.rec).map(|(_, line)| line);
        let values = draft.shown();
        let form = draft.form.as_ref();
        let response = form.map(|form| (called(&values, &form.title), form.labels.as_slice()));
        let Shown {
            title,
            place,
            at,
            themes,
            sensitive,
            hay,
        } = shown(&draft.kind, &values, response);
        Some(Line {
            rec: draft.rec,
            member: draft.member,
            seq: 0,
            kind: draft.kind.clone(),
            title,
            place,
            at,
            created: base.map_or(draft.began, |line| line.created),
            updated: draft.saved,
            by: member.by.clone(),
            themes,
            conflict: base.is_some_and(|line| line.conflict),
            deleted: base.is_some_and(|line| line.deleted),
            survived_deletion: base.is_some_and(|line| line.survived_deletion),
            erased: false,
            progress: draft.form.as_ref().map(|form| form.progress),
            form: draft.form.as_ref().map(|form| form.id.clone()),
            mission: member.mission,
            sensitive,
            hay,
        })
    }

    /// A page of entries: drafts on top, then newest first.
    pub fn page(&self, filter: &Filter, offset: usize, limit: usize) -> Page {
        let missions = self
            .profile
            .members
            .iter()
            .map(|member| member.mission)
            .collect();
        let sieve = Sieve {
            filter,
            needle: Needle::new(&filter.search),
            missions,
        };
        let mut drafts: Vec<Line> = self
            .drafts
            .values()
            .filter_map(|draft| self.draft_line(draft))
            .collect();
        drafts.sort_by_key(|line| std::cmp::Reverse((line.updated, line.rec)));
        let drafted: HashSet<RecordId> = drafts.iter().map(|line| line.rec).collect();
        let mut entries = Vec::new();
        let mut total = 0;
        let all = drafts.iter().map(|line| (line, true));
        let lines = self
            .index
            .lines
            .values()
            .rev()
            .filter(|line| !drafted.contains(&line.rec));
        for (line, draft) in all.chain(lines.map(|line| (line, false))) {
            let state = || {
                if draft {
                    EntryState::Draft
                } else {
                    self.state_of(line.member, line.seq)
                }
            };
            if !sieve.lets_through(line, state) {
                continue;
            }
            if total >= offset && entries.len() < limit {
                let mission = sieve.missions.get(line.member).copied();
                entries.push(line.summary(state(), mission));
            }
            total += 1;
        }
        if !self.index.complete && *filter == Filter::default() {
            let new = drafts
                .iter()
                .filter(|line| self.index.line(&line.rec).is_none())
                .count();
            total = (self.counters.lines - self.counters.deleted.min(self.counters.lines) + new)
                .max(total);
        }
        Page {
            entries,
            total,
            complete: self.index.complete,
        }
    }
}

impl<H: Host> Notebook<H> {
    /// Opens one more piece of the notebook; false when there is no more. For the background, between requests.
    pub async fn index_more(&self) -> Result<bool, Failure> {
        let read_to = {
            let open = self.open()?;
            if open.index.complete {
                return Ok(false);
            }
            open.index.read_to.clone()
        };
        let rows = self
            .host()
            .store()
            .latest(Table::Index, read_to.as_deref(), PIECE)
            .await
            .map_err(of_store)?;
        let counts = {
            let mut open = self.open()?;
            // Closed and opened again meanwhile: this piece is not the next one.
            if open.index.read_to != read_to {
                return Ok(!open.index.complete);
            }
            let last = rows.len() < PIECE;
            open.take_lines(&*self.vault.keys()?, &rows);
            open.index.complete = last;
            let (done, total) = (open.index.lines.len() as u64, open.counters.lines as u64);
            self.host().emit(Event::Progress {
                task: Task::Indexing,
                done,
                total,
            });
            last.then(|| open.counts())
        };
        if let Some(counts) = counts {
            self.host().emit(Event::Changed(counts));
        }
        Ok(!self.open()?.index.complete)
    }
}

impl Open {
    /// Opens sealed lines. One that is damaged stays in the store, and is left out of the list.
    pub fn take_lines(&mut self, keys: &Keys, rows: &[(String, Vec<u8>)]) {
        if let Some((row, _)) = rows.last() {
            self.index.read_to = Some(row.clone());
        }
        for (row, sealed) in rows {
            let line = keys.read::<Line>(Table::Index, row, sealed);
            match (line, row.parse::<u64>()) {
                (Ok(line), Ok(number)) => {
                    // A line changed meanwhile is newer in memory than what was read.
                    self.index.of.insert(line.rec, number);
                    self.index.lines.entry(number).or_insert(line);
                }
                _ => {
                    self.damaged.insert(Table::Index.row_name(row));
                }
            }
        }
    }
}
