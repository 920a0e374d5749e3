//! What a response being filled asks of the worker: one thing at a time, in the order that the person did it.

use std::{collections::BTreeMap, sync::Arc};

use futures::lock::OwnedMutexGuard;
use leptos::{prelude::*, task::spawn_local};
use vigie_forms::{ChoicePage, Control, NodeKind, NodeView};
use vigie_model::RecordId;
use vigie_protocol::{
    AddRepeat, AttachFile, CheckResponse, Failure, Fields, File, FillingQuestion, FinishResponse,
    Finished, FormLanguage, FormProblem, GoTo, Question, ReadFile, ReadMedia, RemoveRepeat,
    SearchChoices, SetAnswer, UndoRemove,
};

use super::{filling::Filling, focus::focus_on, taken::Taken};
use crate::{
    client,
    components::{
        question::{FileComing, FileRead, said},
        save_state::Save,
    },
    file, markdown,
    pages::rescue::rescue,
    route::{self, Route},
    speech,
};

impl Filling {
    fn say(self, path: &str, value: &str) {
        let node = self.nodes.with_value(|nodes| nodes.get(path).cloned());
        if let Some(node) = node
            && node.read_untracked().value != value
        {
            node.update(|node| value.clone_into(&mut node.value));
        }
        self.pending
            .update_value(|pending| drop(pending.insert(path.to_owned(), value.to_owned())));
        if !matches!(self.save.get_untracked(), Save::Failed(_)) {
            self.save.set(Save::Saving);
        }
    }

    /// A keystroke: told after a short pause.
    pub fn keystroke(self, path: String, value: String) {
        self.say(&path, &value);
        self.pause.key(move || self.send_now());
    }

    /// An answer: told at once, unless it is the one that stands.
    pub fn answer(self, path: String, value: String) {
        let said = self
            .pending
            .with_value(|pending| pending.contains_key(&path));
        let same = self
            .node(&path)
            .is_some_and(|node| node.read_untracked().value == value);
        if same && !said {
            return;
        }
        self.say(&path, &value);
        self.send_now();
    }

    /// The page goes: what was said is told now, for nothing here will be left to hear an answer.
    pub fn leave(self) {
        let Some(rec) = self.rec.get_value() else {
            return;
        };
        for (node, value) in self.pending.get_value() {
            client::tell(SetAnswer { rec, node, value });
        }
    }

    pub fn send_now(self) {
        self.pause.over();
        spawn_local(async move { drop(self.send().await) });
    }

    /// Waits until what was asked before is answered, and keeps others from asking; none once the page is gone.
    async fn turn(self) -> Option<OwnedMutexGuard<()>> {
        let turn = self.turn.try_get_value()?;
        Some(Arc::clone(&turn).lock_owned().await)
    }

    /// Sends what was said, after all that is under way; what fails stays to be sent again.
    pub async fn send(self) -> Result<(), Failure> {
        let _turn = self.turn().await;
        self.send_in_turn().await
    }

    /// As [`Self::send`], for whoever has the turn.
    async fn send_in_turn(self) -> Result<(), Failure> {
        while let Some((path, value)) = self.pending.try_update_value(BTreeMap::pop_first).flatten()
        {
            let Some(rec) = self.rec.try_get_value().flatten() else {
                break;
            };
            let request = SetAnswer {
                rec,
                node: path.clone(),
                value: value.clone(),
            };
            match client::ask(request).await {
                Ok(answered) => self.answered(answered),
                Err(failure) => {
                    self.pending.try_update_value(|pending| {
                        pending.entry(path).or_insert(value);
                    });
                    self.save.try_set(Save::Failed(failure.clone()));
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// Asks for a change after all that was said; what it answers is shown.
    fn ask<Q: Question<Family = FillingQuestion>>(
        self,
        question: impl FnOnce(RecordId) -> Q + 'static,
        show: impl FnOnce(Filling, Q::Answer) + 'static,
    ) {
        spawn_local(async move {
            let _turn = self.turn().await;
            if self.send_in_turn().await.is_err() {
                return;
            }
            if let Some(rec) = self.rec.try_get_value().flatten() {
                self.show(client::ask(question(rec)).await, show);
            }
        });
    }

    fn show<A>(self, answer: Result<A, Failure>, show: impl FnOnce(Filling, A)) {
        match answer {
            Ok(answer) => show(self, answer),
            Err(failure) => drop(self.save.try_set(Save::Failed(failure))),
        }
    }

    fn list(self, problems: Vec<FormProblem>) {
        self.problems.try_set(problems);
    }

    /// A file answers, once it is ready. Whoever asks for something later waits for it; it is kept even when the page goes.
    pub fn attach(self, path: String, coming: FileComing) {
        let Some(rec) = self.rec.get_value() else {
            return;
        };
        let turn = self.turn.get_value();
        let before = self.save.get_untracked();
        self.save.set(Save::Saving);
        self.pending
            .update_value(|pending| drop(pending.remove(&path)));
        spawn_local(async move {
            let _turn = turn.lock_owned().await;
            let Some(chosen) = coming.await else {
                self.save.try_set(before);
                return;
            };
            let Some(bytes) = file::read(&chosen).await else {
                self.save.try_set(Save::Failed(Failure::NotFound));
                return;
            };
            let is_overruled = self
                .pending
                .try_with_value(|pending| pending.contains_key(&path));
            if is_overruled == Some(true) {
                return;
            }
            let file = File::new(chosen.name(), chosen.type_(), bytes);
            let node = path;
            let answer = client::ask(AttachFile { rec, node, file }).await;
            self.show(answer, Filling::answered);
        });
    }

    /// The file that answers a question, when it is there.
    pub fn read_file(self, path: String, tell: Callback<FileRead>) {
        spawn_local(async move {
            // What is under way may be that very file.
            let turn = self.turn().await;
            let Some(rec) = self.rec.try_get_value().flatten() else {
                return;
            };
            let asked = client::ask(ReadFile { rec, node: path }).await;
            drop(turn);
            if let Ok(file) = asked {
                tell.try_run((file.mime, file.bytes));
            }
        });
    }

    /// A file that the form shows. Nothing waits for it, and it waits for nothing.
    pub fn read_media(self, name: String, tell: Callback<FileRead>) {
        spawn_local(async move {
            let Some(rec) = self.rec.try_get_value().flatten() else {
                return;
            };
            if let Ok(file) = client::ask(ReadMedia { rec, name }).await {
                tell.try_run((file.mime, file.bytes));
            }
        });
    }

    /// Searches a long list of choices. Searching changes nothing: it waits for nobody.
    pub fn search(
        self,
        (path, query, offset, tell): (String, String, usize, Callback<ChoicePage>),
    ) {
        spawn_local(async move {
            let Some(rec) = self.rec.try_get_value().flatten() else {
                return;
            };
            let request = SearchChoices {
                rec,
                node: path,
                query,
                offset,
            };
            if let Ok(found) = client::ask(request).await {
                tell.try_run(found);
            }
        });
    }

    /// A row is added, and opened where its questions are on pages of their own.
    pub fn add_row(self, node: String) {
        let repeat = node.clone();
        let show = move |filling: Filling, answered| {
            filling.answered(answered);
            let rows = filling
                .places
                .try_with_value(|places| places.inside(Some(&repeat)));
            if let Some(new) = rows.and_then(|mut rows| rows.pop()) {
                filling.go_inside(&new);
            }
        };
        self.ask(move |rec| AddRepeat { rec, node }, show);
    }

    pub fn remove_row(self, node: String) {
        self.ask(move |rec| RemoveRepeat { rec, node }, Filling::answered);
    }

    pub fn bring_back(self) {
        self.ask(|rec| UndoRemove { rec }, Filling::take);
    }

    pub fn speak(self, lang: String) {
        self.ask(move |rec| FormLanguage { rec, lang }, Filling::take);
    }

    /// To a page, or to the end.
    pub fn go(self, to: usize) {
        speech::hush();
        spawn_local(async move {
            drop(self.send().await);
            self.tried.try_set(None);
            if self.at.try_set(to).is_some() {
                return;
            }
            if to < self.pages.read_untracked().len() {
                if let Some(rec) = self.rec.get_value() {
                    client::tell(GoTo { rec, page: to });
                }
            } else {
                self.ask(|rec| CheckResponse { rec }, Filling::list);
            }
        });
    }

    /// On, unless something on this page is missing or wrong and the person has not been told yet, or the last answer
    /// brought a question that she has not seen.
    pub fn next(self) {
        spawn_local(async move {
            let seen = self.asked_on(self.at.get_untracked());
            let sent = self.send().await;
            let Some(at) = self.at.try_get_untracked() else {
                return;
            };
            let now = self.asked_on(at);
            let unseen = now.iter().find(|path| !seen.contains(path));
            if let Some(unseen) = unseen.filter(|_| now.iter().any(|path| seen.contains(path))) {
                focus_on(Some(unseen.clone()));
                return;
            }
            let told = self.tried.get_untracked() == Some(at);
            let stands = self
                .counts(at)
                .is_some_and(|counts| counts.wrong + counts.missing > 0);
            // On the long page, the end lists what is missing. What could not be kept is told in red already.
            if !told && stands && sent.is_ok() && !self.long.get_untracked() {
                self.tried.set(Some(at));
                return;
            }
            self.go(self.after(at));
        });
    }

    /// The questions that a page asks now, by path.
    fn asked_on(self, at: usize) -> Vec<String> {
        let nodes = self.on_page(at).into_iter();
        nodes
            .filter(|node| node.kind == NodeKind::Question && node.relevant)
            .map(|node| node.path)
            .collect()
    }

    /// To the page of a node, when it is another.
    pub fn go_inside(self, row: &str) {
        let page = self.places.try_with_value(|places| places.page_of(row));
        if let Some(to) = page.flatten()
            && self.at.try_get_untracked() != Some(to)
        {
            self.go(to);
        }
    }

    /// A guest stops for now, once all that she said is taken.
    pub fn stop(self, then: Callback<RecordId>) {
        spawn_local(async move {
            if self.send().await.is_ok()
                && let Some(rec) = self.rec.try_get_value().flatten()
            {
                then.try_run(rec);
            }
        });
    }

    pub fn finish(self) {
        spawn_local(async move {
            let _turn = self.turn().await;
            if self.send_in_turn().await.is_err() {
                return;
            }
            let Some(rec) = self.rec.get_value() else {
                return;
            };
            match client::ask(FinishResponse { rec }).await {
                Ok(Finished::Problems(problems)) => drop(self.problems.try_set(problems)),
                Ok(Finished::Saved(_)) => match self.guest {
                    Some(guest) => guest.on_done.run(self.taken()),
                    None => route::go_instead(&Route::Carnet),
                },
                Err(failure) => drop(self.save.try_set(Save::Failed(failure))),
            }
        });
    }

    pub fn keep_in_file(self) {
        spawn_local(async move {
            let rec = self.rec.get_value();
            let fields: Fields = self.nodes.with_value(|nodes| {
                nodes
                    .iter()
                    .map(|(path, node)| (path.clone(), node.read_untracked().value.clone()))
                    .filter(|(_, value)| !value.is_empty())
                    .chain(self.pending.get_value())
                    .map(|(path, value)| (path, value.into()))
                    .collect()
            });
            rescue(rec, "response", fields).await;
        });
    }

    /// What whoever answers takes with her.
    fn taken(self) -> Taken {
        let pages = self.pages.read_untracked().len();
        let asked = |at: usize| {
            let nodes = self.on_page(at).into_iter();
            nodes.filter(|node| node.kind == NodeKind::Question && node.relevant)
        };
        let last = pages.checked_sub(1);
        let group = last.and_then(|at| self.on_page(at).into_iter().next());
        let group = group.filter(|node| node.kind == NodeKind::Group && node.label.is_some());
        let last: Vec<NodeView> = match (&group, last) {
            (Some(_), Some(at)) => asked(at).collect(),
            _ => Vec::new(),
        };
        let is_note = |node: &NodeView| node.control == Some(Control::Note);
        let notes = if last.iter().all(is_note) {
            last
        } else {
            Vec::new()
        };
        let text = |node: &NodeView| node.label.as_ref().map(|label| label.text.clone());
        let answers = (0..pages).flat_map(asked);
        let answers = answers.filter(|node| !is_note(node) && !node.value.is_empty());
        Taken {
            title: self.title.get_untracked(),
            lang: self.lang.get_untracked(),
            heading: group.as_ref().and_then(text).unwrap_or_default(),
            notes: notes.iter().filter_map(text).collect(),
            answers: answers
                .map(|node| {
                    (
                        markdown::plain(&text(&node).unwrap_or_default()),
                        said(&node),
                    )
                })
                .collect(),
        }
    }
}
