//! Somebody answering a questionnaire: a delegate, a partner, whoever tries a form at the desk, the demo.
//!
//! All rules are the session's ([`vigie_forms::Session`]), and [`Respondent`] is its only caller: it says what a page draws,
//! keeps files with their questions when rows move, brings a removed row back, and at the end gives the fields of the
//! response. Where the answers stay is not decided here: files go to a [`Keep`], and [`Respondent::snapshot`] is all that
//! a draft needs. No I/O and no clock: a [`Moment`] says the time.

mod fields;
mod form;
mod info;
mod keep;
mod kept;
mod moment;
mod plan;
mod rows;
mod unkept;

pub use fields::{FIELD, OF, attachment_fields, below_root, media_file};
pub use form::{compiled, language};
pub use info::form_info;
pub use keep::{FileChosen, InMemory, Keep};
pub use kept::{Kept, KeptFile};
pub use moment::{Moment, moment_of};
pub use unkept::{Unkept, Whose, in_memory};

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::{Value, json};
use vigie_forms::{
    CHOICES_SHOWN, Changes, ChoicePage, Draft as Answers, Invalid, NodeId, NodeKind, NodeView, Now,
    Page, Refused, Session,
};
use vigie_journal::FormRef;
use vigie_model::{
    CardForm, RecordId,
    fields::{attachment, is_reserved, response},
};
use vigie_protocol::{Answered, Failure, Fields, File, FormProblem, FormView, Millis, Refusal};

use crate::{fields::fields_of, form::in_language, moment::World};

/// Somebody answering a questionnaire.
pub struct Respondent<K> {
    pub rec: RecordId,
    pub form: FormRef,
    pub title: String,
    /// Files chosen since the edit began, by their question's path now.
    pub files: BTreeMap<String, FileChosen>,
    /// Attachments of the finished response, by their question's path now.
    pub attached: BTreeMap<String, RecordId>,
    /// It was finished before, and is being corrected.
    pub finished: bool,
    /// Where the bytes of the files stay.
    pub keep: K,
    session: Session,
    /// Its pages, as they were last told.
    pages: Vec<Page>,
    moment: Rc<Moment>,
    undo: Option<Undo>,
}

/// How a response stood before a row was removed.
struct Undo {
    answers: Answers,
    files: BTreeMap<String, FileChosen>,
    attached: BTreeMap<String, RecordId>,
}

impl Respondent<InMemory> {
    /// Nobody in particular, who has answered nothing.
    fn nobody(card_form: &CardForm) -> Result<Respondent<InMemory>, Failure> {
        let moment = Moment::new(Now::default(), [0; 8], String::new(), String::new(), None);
        let rec = RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(0));
        let keep = InMemory::default();
        Respondent::begin(rec, card_form, "", moment, None, keep)
    }

    /// How many questions are asked of whoever begins. Where there is only one before all others, as a consent is, they are
    /// counted as if she went on.
    fn asked_at_first(&mut self) -> usize {
        let (answered, asked) = self.session.progress();
        let pages = self.session.pages();
        let holes = pages
            .iter()
            .filter(|page| page.counts.answered < page.counts.questions);
        let nodes: Vec<NodeId> = holes.flat_map(|page| page.nodes.clone()).collect();
        let mut choices = Vec::new();
        if asked == answered + 1 {
            for view in self.views(nodes) {
                let node = view.path;
                choices.extend(
                    view.choices
                        .into_iter()
                        .map(|choice| (node.clone(), choice)),
                );
            }
        }
        let after = choices.into_iter().filter_map(|(node, choice)| {
            let node = self.session.find(&node)?;
            self.session.answer(node, &choice.value).ok()?;
            Some(self.session.progress().1)
        });
        after.max().unwrap_or(asked)
    }

    /// The file that answers a question.
    pub fn file(&self, node: &str) -> Result<File, Failure> {
        let chosen = self.files.get(node).ok_or(Failure::NotFound)?;
        let bytes = self.keep.bytes(chosen).ok_or(Failure::NotFound)?;
        Ok(File::new(&chosen.name, &chosen.mime, bytes.to_vec()))
    }
}

impl<K: Keep> Respondent<K> {
    /// A response to a card's form: new, in `lang` where the form has it, or with the answers of a draft.
    pub fn begin(
        rec: RecordId,
        card_form: &CardForm,
        lang: &str,
        moment: Rc<Moment>,
        answers: Option<Answers>,
        keep: K,
    ) -> Result<Respondent<K>, Failure> {
        let form = compiled(card_form)?;
        let env = Box::new(World(Rc::clone(&moment)));
        let title = form.title().to_owned();
        let is_new = answers.is_none();
        let session = match answers {
            Some(answers) => Session::restore(form, answers, env),
            None => Session::new(form, env),
        };
        let mut respondent = Respondent {
            rec,
            form: FormRef {
                id: card_form.id.clone(),
                version: card_form.version.clone(),
                hash: card_form.hash.clone(),
            },
            title,
            files: BTreeMap::new(),
            attached: BTreeMap::new(),
            finished: false,
            keep,
            session,
            pages: Vec::new(),
            moment,
            undo: None,
        };
        if is_new {
            respondent.begin_without_rows();
        }
        respondent.speak(lang);
        // In the language of its questions, which is the form's own where it does not speak the person's.
        if let Some(title) = in_language(&card_form.title, &respondent.lang()) {
            respondent.title = title;
        }
        Ok(respondent)
    }

    /// What is done next is done at this time.
    pub fn at(&mut self, now: Now) -> &mut Respondent<K> {
        self.moment.set(now);
        self
    }

    /// Goes on in `lang`, if the form has it.
    pub fn speak(&mut self, lang: &str) {
        let languages = self.session.form().languages();
        let written = languages.iter().find(|written| language(written).0 == lang);
        if let Some(written) = written.cloned() {
            self.session.set_language(&written);
        }
    }

    pub fn lang(&self) -> String {
        let written = self.session.language();
        written
            .map(|written| language(written).0)
            .unwrap_or_default()
    }

    /// All that is needed to come back later, but the files.
    pub fn snapshot(&self) -> Answers {
        self.session.snapshot()
    }

    /// How many questions are answered, of those that are asked.
    pub fn progress(&self) -> (usize, usize) {
        self.session.progress()
    }

    /// What a person reads of the choices made, in the language of the response: what it is found by.
    pub fn labels(&self) -> Vec<String> {
        self.session.chosen_labels()
    }

    /// Whether a removed row can be brought back.
    pub fn may_bring_back(&self) -> bool {
        self.undo.is_some()
    }

    fn node(&self, path: &str) -> Result<NodeId, Failure> {
        self.session.find(path).ok_or(Failure::NotFound)
    }

    pub fn answer(&mut self, node: &str, value: &str, at: Millis) -> Result<Answered, Failure> {
        self.change(at, |me| {
            let id = me.node(node)?;
            me.session.answer(id, value).map_err(refused)
        })
    }

    /// As [`Self::answer`], of a question named from below the form's root.
    pub fn answer_below_root(
        &mut self,
        path: &str,
        value: &str,
        at: Millis,
    ) -> Result<Answered, Failure> {
        let form = self.session.form();
        let root = form.source().defs.first().ok_or(Failure::NotFound)?;
        let node = format!("/{}/{path}", root.name);
        self.answer(&node, value, at)
    }

    /// A file answers; `blob` is what its bytes are kept under.
    pub fn attach(
        &mut self,
        node: &str,
        file: File,
        blob: String,
        at: Millis,
    ) -> Result<Answered, Failure> {
        let size = file.bytes.len() as u64;
        if file.bytes.len() > attachment::MAX_BYTES {
            return Err(Failure::TooLarge {
                size,
                limit: attachment::MAX_BYTES as u64,
            });
        }
        self.change(at, |me| {
            let id = me.node(node)?;
            let changes = me.session.answer(id, &file.name).map_err(refused)?;
            let chosen = FileChosen {
                name: file.name,
                mime: file.mime,
                size,
                blob,
            };
            me.keep.keep(&chosen, file.bytes);
            if let Some(old) = me.files.insert(node.to_owned(), chosen) {
                me.keep.forget(&old);
            }
            Ok(changes)
        })
    }

    pub fn add_row(&mut self, repeat: &str, at: Millis) -> Result<Answered, Failure> {
        self.change(at, |me| {
            let id = me.node(repeat)?;
            me.session.add_repeat(id).map_err(refused)
        })
    }

    /// Does something, and says what it changed. A row removed before can't be brought back any more.
    fn change(
        &mut self,
        at: Millis,
        change: impl FnOnce(&mut Respondent<K>) -> Result<Changes, Failure>,
    ) -> Result<Answered, Failure> {
        let undo = self.undo.take();
        match change(self) {
            Ok(changes) => {
                self.let_go(undo);
                Ok(self.answered(&changes, at))
            }
            Err(failure) => {
                self.undo = undo;
                Err(failure)
            }
        }
    }

    /// Choices whose label has every word of `query`, from `offset` on: lists are too long to be sent whole.
    pub fn search(&self, node: &str, query: &str, offset: usize) -> Result<ChoicePage, Failure> {
        let id = self.node(node)?;
        Ok(self
            .session
            .search_choices(id, query, offset, CHOICES_SHOWN))
    }

    /// The person is at this page.
    pub fn go_to(&mut self, page: usize) {
        if let Some(node) = self.session.pages().get(page).map(|page| page.id) {
            self.session.set_position(node);
        }
    }

    /// What is missing or wrong.
    pub fn check(&self) -> Vec<FormProblem> {
        self.problems(self.session.validate())
    }

    /// The answers as they stand, a field for each.
    pub fn answers(&self) -> Fields {
        let mut fields = fields_of(&self.session.submission());
        // An answer whose question the form has no more stays the response's.
        for (path, value) in self.session.orphans() {
            let field = below_root(path).to_owned();
            let value = || Value::from(value.as_str());
            fields.entry(field).or_insert_with(value);
        }
        fields
    }

    /// Whether a person is asked what this field holds; an answer whose question the form has no more was.
    pub fn is_asked(&self, field: &str) -> bool {
        if is_reserved(field) {
            return false;
        }
        let form = self.session.form();
        let Some(root) = form.source().defs.first() else {
            return true;
        };
        let node = self.session.find(&format!("/{}/{field}", root.name));
        let view = node.and_then(|node| self.session.view(node).ok());
        view.is_none_or(|view| view.kind != NodeKind::Value)
    }

    /// The fields of the response, or what stands in the way.
    pub fn finish(&mut self) -> Result<Fields, Vec<FormProblem>> {
        if let Err(invalid) = self.session.finish() {
            return Err(self.problems(invalid));
        }
        let mut fields = self.answers();
        fields.insert(response::LANG.to_owned(), json!(self.lang()));
        fields.insert(
            response::FINISHED.to_owned(),
            json!(self.moment.now().millis),
        );
        let undo = self.undo.take();
        self.let_go(undo);
        Ok(fields)
    }

    /// What the interface draws of these: what is asked now, and what no longer is.
    fn views(&self, nodes: impl IntoIterator<Item = NodeId>) -> Vec<NodeView> {
        nodes
            .into_iter()
            .filter_map(|node| self.session.view(node).ok())
            .filter(|view| view.kind != NodeKind::Value)
            .collect()
    }

    /// All that is asked now. What is not comes when it becomes relevant.
    fn all(&self) -> Vec<NodeView> {
        let nodes = self.session.nodes().into_iter();
        self.views(nodes.filter(|node| self.session.is_shown(*node)))
    }

    pub fn view(&mut self, saved_at: Option<Millis>) -> FormView {
        let plan = self.plan();
        let languages = self.session.form().languages().iter();
        let position = self.session.position();
        FormView {
            rec: self.rec,
            form: self.form.id.clone(),
            title: self.title.clone(),
            lang: self.lang(),
            languages: languages.map(|written| language(written)).collect(),
            nodes: self.all(),
            plan,
            page: position.map_or(0, |node| page_of(&self.pages, node)),
            progress: self.session.progress(),
            finished: self.finished,
            draft: false,
            saved_at,
            orphans: self.session.orphans().to_vec(),
        }
    }

    /// What changed, for the interface. When a row went, the paths of those after it are others: all is said again.
    fn answered(&mut self, changes: &Changes, saved_at: Millis) -> Answered {
        let whole = !changes.removed.is_empty();
        let nodes = if whole {
            self.all()
        } else {
            let new: BTreeSet<NodeId> = changes
                .added
                .iter()
                .flat_map(|row| self.session.inside(*row))
                .collect();
            let mut nodes = changes.nodes.clone();
            nodes.retain(|node| !new.contains(node));
            nodes.extend(new.into_iter().filter(|node| self.session.is_shown(*node)));
            self.views(nodes)
        };
        let is_other = whole || !changes.added.is_empty() || changes.structure;
        let plan = is_other.then(|| self.plan());
        let counts = match &plan {
            Some(_) => Vec::new(),
            None => self.counts(&changes.nodes),
        };
        Answered {
            nodes,
            whole,
            plan,
            counts,
            progress: self.session.progress(),
            saved_at,
            undo: self.undo.is_some(),
        }
    }

    fn problems(&self, invalid: Vec<Invalid>) -> Vec<FormProblem> {
        let pages = self.session.pages();
        invalid
            .into_iter()
            .map(|invalid| FormProblem {
                page: page_of(&pages, invalid.id),
                node: invalid.path,
                label: invalid.label,
                kind: invalid.violation.kind,
                message: invalid.violation.message.unwrap_or_default(),
            })
            .collect()
    }
}

/// The page that shows a node; the first, where none does.
fn page_of(pages: &[Page], node: NodeId) -> usize {
    let shows = |page: &Page| page.id == node || page.nodes.contains(&node);
    pages.iter().position(shows).unwrap_or(0)
}

fn refused(refused: Refused) -> Failure {
    match refused {
        Refused::Gone | Refused::NotARepeat => Failure::NotFound,
        Refused::NotAnswerable => Failure::Refused(Refusal::NotAnswerable),
        Refused::FixedRows => Failure::Refused(Refusal::FixedRows),
    }
}
