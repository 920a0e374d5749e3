//! Questionnaires being filled: a live session for each open response, its draft kept at every answer.
//!
//! All rules are the session's ([`vigie_forms::Session`]); here it is given a clock and dice, its answers are kept as a
//! sealed draft before they are acknowledged, and finishing it makes one op: a field per answer, named by its path below
//! the root, rows of a repeat numbered (`equipe[2]/age`). A file chosen is a record of its own, made in the same commit.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigie_forms::{
    Changes, Draft as Answers, Env, Form, NodeId, NodeView, Now, Page, Session, Submission,
    ViolationKind,
};
use vigie_journal::FormRef;
use vigie_model::{
    CardForm, Kind, RecordId,
    fields::{any::DELETED, attachment, is_reserved, response},
};

use crate::{
    Host,
    backend::Backend,
    drafts::{Draft, EditBase},
    open::{Open, delete, put, put_bytes, read_bytes},
    protocol::{
        Answer, Answered, EntryState, Failure, Fields, FormInfo, FormPage, FormProblem, FormView,
        Millis, Saved,
    },
    records::NewOp,
    store::{Store, Table},
};

/// The record that an attachment belongs to, and the field of its question there.
pub(crate) const OF: &str = "_of";
const FIELD: &str = "_field";

/// A response that somebody has before her.
pub(crate) struct LiveResponse {
    pub(crate) session: Session,
    moment: Rc<Moment>,
    form: FormRef,
    title: String,
    files: BTreeMap<String, FileChosen>,
    /// The paths that were last shown, to say which went.
    shown: BTreeSet<String>,
    finished: bool,
}

/// The part of a draft that only a response has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FormDraft {
    pub id: String,
    pub version: String,
    pub hash: String,
    pub title: String,
    pub progress: (usize, usize),
    pub draft: Answers,
    /// Files chosen since the edit began, by their question's path.
    pub files: BTreeMap<String, FileChosen>,
}

/// A file that was chosen and is not in an op yet. Its bytes are sealed in `blobs`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FileChosen {
    pub name: String,
    pub mime: String,
    pub size: u64,
    pub blob: String,
}

impl FormDraft {
    pub fn blobs(&self) -> Vec<String> {
        self.files.values().map(|file| file.blob.clone()).collect()
    }

    /// The answers, as far as a list or a search needs them.
    pub fn values(&self) -> Fields {
        let answers = self
            .draft
            .answers
            .iter()
            .filter(|(_, value)| !value.is_empty());
        answers
            .map(|(path, value)| (below_root(path).to_owned(), Value::from(value.as_str())))
            .collect()
    }
}

/// The part of a record that only a response has: all that is needed to correct it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ResponsePart {
    pub title: String,
    pub progress: (usize, usize),
    pub draft: Answers,
    /// Attachments by their question's path.
    pub files: BTreeMap<String, RecordId>,
}

/// What the world says to a form while it is being answered.
struct Moment {
    now: Cell<Now>,
    dice: Cell<u64>,
    by: String,
    device: String,
}

struct World(Rc<Moment>);

impl Env for World {
    fn now(&self) -> Now {
        self.0.now.get()
    }

    /// SplitMix64 (Steele, Lea, Flood 2014), from a seed that the host drew: dice for a form, never for a key.
    fn random(&self) -> u64 {
        let state = self.0.dice.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.dice.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn property(&self, name: &str) -> Option<String> {
        match name {
            "username" => Some(self.0.by.clone()),
            "deviceid" => Some(self.0.device.clone()),
            _ => None,
        }
    }
}

/// `/data/travail/pays` → `travail/pays`.
fn below_root(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.split_once('/').map_or(path, |(_, rest)| rest)
}

/// `Français (fr)` → `fr` and `Français`.
pub(crate) fn language(written: &str) -> (String, String) {
    match written
        .trim()
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        Some((name, code)) if !name.trim().is_empty() => {
            (code.trim().to_owned(), name.trim().to_owned())
        }
        _ => (written.to_owned(), written.to_owned()),
    }
}

fn in_language(titles: &BTreeMap<vigie_model::Lang, String>, lang: &str) -> Option<String> {
    let title = titles
        .iter()
        .find(|(known, _)| known.as_str() == lang)
        .or_else(|| titles.iter().next());
    title
        .map(|(_, title)| title.clone())
        .filter(|title| !title.is_empty())
}

/// What the interface shows of a form in a card.
pub(crate) fn form_info(card_form: &CardForm, form: &Form) -> FormInfo {
    let title = card_form
        .title
        .iter()
        .map(|(lang, title)| (lang.as_str().to_owned(), title.clone()))
        .collect();
    let questions = form
        .source()
        .body
        .iter()
        .filter(|node| matches!(node.kind, vigie_forms::form::source::BodyKind::Control(_)));
    FormInfo {
        id: card_form.id.clone(),
        version: card_form.version.clone(),
        title,
        languages: form
            .languages()
            .iter()
            .map(|written| language(written).0)
            .collect(),
        questions: questions.count(),
    }
}

/// The form of a card, compiled once: compiling a long one takes longer than answering a question.
pub(crate) fn compiled(card_form: &CardForm) -> Result<Arc<Form>, Failure> {
    thread_local! {
        /// By the hash of the form as it travels.
        static COMPILED: RefCell<HashMap<String, Arc<Form>>> = RefCell::default();
    }
    if let Some(form) = COMPILED.with_borrow(|compiled| compiled.get(&card_form.hash).cloned()) {
        return Ok(form);
    }
    let form = Form::from_json(&card_form.compiled.to_string());
    let form = Arc::new(form.map_err(|_| Failure::Damaged(format!("form {}", card_form.id)))?);
    COMPILED.with_borrow_mut(|compiled| compiled.insert(card_form.hash.clone(), Arc::clone(&form)));
    Ok(form)
}

impl LiveResponse {
    /// A session that nobody keeps: a form tried before it is given to anybody.
    pub(crate) fn tried(
        card_form: &CardForm,
        lang: &str,
        now: Now,
        seed: u64,
        by: String,
    ) -> Result<LiveResponse, Failure> {
        let moment = Rc::new(Moment {
            now: Cell::new(now),
            dice: Cell::new(seed),
            by,
            device: String::new(),
        });
        let mut live = begin(card_form, lang, moment, None)?;
        live.speak(lang);
        Ok(live)
    }

    /// The time goes on.
    pub(crate) fn at(&self, now: Now) {
        self.moment.now.set(now);
    }

    /// Puts the session in `lang`, if the form has it.
    pub(crate) fn speak(&mut self, lang: &str) {
        let written = self
            .session
            .form()
            .languages()
            .iter()
            .find(|written| language(written).0 == lang)
            .cloned();
        if let Some(written) = written {
            self.session.set_language(&written);
        }
    }

    fn lang(&self) -> String {
        self.session
            .language()
            .map(|written| language(written).0)
            .unwrap_or_default()
    }

    fn views(&self, nodes: &[NodeId]) -> Vec<NodeView> {
        nodes
            .iter()
            .filter_map(|node| self.session.view(*node).ok())
            .collect()
    }

    fn pages(&self) -> (Vec<FormPage>, Vec<Page>) {
        let pages = self.session.pages();
        let shown = pages.iter().map(|page| FormPage {
            section: page.trail.last().cloned().unwrap_or_default(),
            nodes: self
                .views(&page.nodes)
                .into_iter()
                .map(|view| view.path)
                .collect(),
            relevant: true,
        });
        (shown.collect(), pages)
    }

    fn page_of(pages: &[Page], node: NodeId) -> Option<usize> {
        pages
            .iter()
            .position(|page| page.id == node || page.nodes.contains(&node))
    }

    pub(crate) fn view(&mut self, rec: RecordId, saved_at: Option<Millis>) -> FormView {
        let nodes = self.views(&self.session.nodes());
        self.shown = nodes.iter().map(|node| node.path.clone()).collect();
        let (pages, listed) = self.pages();
        let languages = self
            .session
            .form()
            .languages()
            .iter()
            .map(|written| language(written))
            .collect();
        FormView {
            rec: rec.to_string(),
            form: self.form.id.clone(),
            title: self.title.clone(),
            lang: self.lang(),
            languages,
            nodes,
            pages,
            page: self
                .session
                .position()
                .and_then(|node| Self::page_of(&listed, node))
                .unwrap_or(0),
            progress: self.session.progress(),
            finished: self.finished,
            saved_at,
            orphans: self.session.orphans().to_vec(),
        }
    }

    /// What changed, for the interface. When rows came or went, every path may have: all is said again.
    pub(crate) fn answered(&mut self, changes: &Changes, saved_at: Millis) -> Answered {
        let rows = !changes.added.is_empty() || !changes.removed.is_empty();
        let mut gone = Vec::new();
        let nodes = if rows {
            let nodes = self.views(&self.session.nodes());
            let now: BTreeSet<String> = nodes.iter().map(|node| node.path.clone()).collect();
            gone = self.shown.difference(&now).cloned().collect();
            self.shown = now;
            nodes
        } else {
            self.views(&changes.nodes)
        };
        let pages = (rows || changes.structure).then(|| self.pages().0);
        Answered {
            nodes,
            gone,
            pages,
            progress: self.session.progress(),
            saved_at,
        }
    }
}

/// The fields of a finished response.
fn fields_of(submission: &Submission) -> Fields {
    let mut fields = Fields::new();
    for answer in &submission.answers {
        fields.insert(
            below_root(&answer.field).to_owned(),
            Value::from(answer.value.as_str()),
        );
    }
    for row in &submission.rows {
        for answer in &row.answers {
            let rest = answer
                .field
                .strip_prefix(&row.repeat)
                .unwrap_or(&answer.field);
            let path = format!("{}{rest}", row.path);
            fields.insert(
                below_root(&path).to_owned(),
                Value::from(answer.value.as_str()),
            );
        }
    }
    fields
}

impl<H: Host> Backend<H> {
    pub(crate) async fn forms(&self) -> Result<Vec<FormInfo>, Failure> {
        let current = self.open()?.current()?.0;
        let Some(card) = self.card(current).await? else {
            return Ok(Vec::new());
        };
        card.forms
            .iter()
            .map(|card_form| Ok(form_info(card_form, &*compiled(card_form)?)))
            .collect()
    }

    fn moment(&self, open: &Open, member: usize) -> Result<Rc<Moment>, Failure> {
        let mut seed = [0; 8];
        self.host().fill(&mut seed);
        let who = open.member(member)?;
        Ok(Rc::new(Moment {
            now: Cell::new(self.now_of(open, member)?),
            dice: Cell::new(u64::from_le_bytes(seed)),
            by: who.by.clone(),
            device: who.device().to_string(),
        }))
    }

    /// The time, as far as the mission's policy lets a form know it.
    fn now_of(&self, open: &Open, member: usize) -> Result<Now, Failure> {
        let now = self.host().now();
        let offset = self.host().utc_offset(now);
        let millis = if open.member(member)?.info.record_time {
            now.0
        } else {
            let local = now.0 + i64::from(offset) * 60_000;
            local.div_euclid(86_400_000) * 86_400_000 - i64::from(offset) * 60_000
        };
        Ok(Now { millis, offset })
    }

    pub(crate) async fn start_response(&self, form: &str, lang: &str) -> Result<FormView, Failure> {
        let member = self.open()?.current()?.0;
        let card = self.card(member).await?.ok_or(Failure::NotFound)?;
        let rec = RecordId::random(&mut self.random());
        let mut open = self.open()?;
        let moment = self.moment(&open, member)?;
        let card_form = card.form(form).ok_or(Failure::NotFound)?;
        let mut live = begin(card_form, lang, moment, None)?;
        live.speak(lang);
        open.editing.insert(
            rec,
            EditBase {
                kind: Some(Kind::RESPONSE),
                member,
                ..EditBase::default()
            },
        );
        let view = live.view(rec, None);
        open.responses.insert(rec, live);
        Ok(view)
    }

    pub(crate) async fn open_response(&self, rec: RecordId) -> Result<FormView, Failure> {
        self.renew(rec).await?;
        self.revive(rec).await?;
        let row = self.record(rec).await?;
        let mut open = self.open()?;
        let draft = open
            .drafts
            .get(&rec)
            .filter(|draft| !draft.unsaved)
            .map(|draft| draft.saved);
        let saved_at = draft.or(row.map(|row| row.record.updated.ms));
        open.responses
            .get_mut(&rec)
            .map(|live| live.view(rec, saved_at))
            .ok_or(Failure::NotFound)
    }

    /// Lets go of a session whose form has a newer version in the card by now: it is taken up again from what is kept.
    async fn renew(&self, rec: RecordId) -> Result<(), Failure> {
        let kept = |open: &Open| {
            let live = open.responses.get(&rec)?;
            let member = match open.drafts.get(&rec) {
                Some(draft) if draft.unsaved => return None,
                Some(draft) => draft.member,
                None if live.finished => open.editing.get(&rec)?.member,
                None => return None,
            };
            Some((member, live.form.clone()))
        };
        let Some((member, form)) = kept(&*self.open()?) else {
            return Ok(());
        };
        let card = self.card(member).await?;
        let newer =
            card.is_some_and(|card| card.form(&form.id).is_some_and(|now| now.hash != form.hash));
        if newer {
            self.open()?.responses.remove(&rec);
        }
        Ok(())
    }

    /// Makes sure that a session is live: from its draft, or from the finished response.
    async fn revive(&self, rec: RecordId) -> Result<(), Failure> {
        if self.open()?.responses.contains_key(&rec) {
            return Ok(());
        }
        let row = self.record(rec).await?;
        let (member, id, title, answers, files) = {
            let open = self.open()?;
            match (open.drafts.get(&rec), &row) {
                (Some(draft), _) => {
                    let form = draft.form.as_ref().ok_or(Failure::NotFound)?;
                    (
                        draft.member,
                        form.id.clone(),
                        form.title.clone(),
                        form.draft.clone(),
                        form.files.clone(),
                    )
                }
                (None, Some(row)) => {
                    let part = row.response.as_ref().ok_or(Failure::NotFound)?;
                    let form = row.record.form.as_ref().ok_or(Failure::NotFound)?;
                    (
                        row.member,
                        form.id.clone(),
                        part.title.clone(),
                        part.draft.clone(),
                        BTreeMap::new(),
                    )
                }
                (None, None) => return Err(Failure::NotFound),
            }
        };
        let card = self.card(member).await?.ok_or(Failure::NotFound)?;
        let mut open = self.open()?;
        let moment = self.moment(&open, member)?;
        let card_form = card.form(&id).ok_or(Failure::NotFound)?;
        let mut live = begin(card_form, "", moment, Some(answers))?;
        live.title = title;
        live.files = files;
        live.finished = row.is_some();
        if let Some(row) = &row
            && !open.drafts.contains_key(&rec)
        {
            open.editing.insert(rec, EditBase::of(row));
        }
        open.responses.insert(rec, live);
        Ok(())
    }

    /// Does something to a live response, keeps its draft, and answers what changed.
    async fn change_response(
        &self,
        rec: RecordId,
        also: Vec<crate::store::Change>,
        change: impl FnOnce(&mut LiveResponse) -> Result<Changes, Failure>,
    ) -> Result<Answered, Failure> {
        let now = self.host().now().0;
        let (answered, row) = {
            let mut open = self.open()?;
            let open = &mut *open;
            let member = open
                .drafts
                .get(&rec)
                .map(|draft| draft.member)
                .or(open.editing.get(&rec).map(|base| base.member));
            let moment = self.now_of(open, member.ok_or(Failure::NotFound)?)?;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            live.moment.now.set(moment);
            let changes = change(live)?;
            let answered = live.answered(&changes, now);
            (answered, self.draft_response(open, rec, now)?)
        };
        let mut changes = also;
        changes.push(row);
        self.commit(changes).await?;
        if let Some(draft) = self.open()?.drafts.get_mut(&rec) {
            draft.unsaved = false;
        }
        self.changed();
        Ok(answered)
    }

    /// The draft of a live response, in memory, and as a row to store.
    fn draft_response(
        &self,
        open: &mut Open,
        rec: RecordId,
        now: Millis,
    ) -> Result<crate::store::Change, Failure> {
        let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
        let form = FormDraft {
            id: live.form.id.clone(),
            version: live.form.version.clone(),
            hash: live.form.hash.clone(),
            title: live.title.clone(),
            progress: live.session.progress(),
            draft: live.session.snapshot(),
            files: live.files.clone(),
        };
        let draft = match open.drafts.entry(rec) {
            std::collections::hash_map::Entry::Occupied(draft) => draft.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let base = open.editing.get(&rec).cloned().ok_or(Failure::NotFound)?;
                let (member, fields) = (base.member, Fields::new());
                place.insert(Draft {
                    rec,
                    member,
                    kind: Kind::RESPONSE,
                    fields,
                    base,
                    began: now,
                    saved: now,
                    form: None,
                    unsaved: true,
                })
            }
        };
        draft.form = Some(form);
        draft.saved = now;
        draft.unsaved = true;
        Ok(put(
            &open.key,
            Table::Drafts,
            rec.to_string(),
            &*draft,
            &mut self.random(),
        ))
    }

    pub(crate) async fn set_answer(
        &self,
        rec: RecordId,
        node: &str,
        value: &str,
    ) -> Result<Answered, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        self.change_response(rec, Vec::new(), |live| {
            let id = live.session.find(node).ok_or(Failure::NotFound)?;
            live.session.answer(id, value).map_err(refused)
        })
        .await
    }

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
        self.change_response(rec, Vec::new(), |live| {
            let id = live.session.find(node).ok_or(Failure::NotFound)?;
            live.session.remove_repeat(id).map_err(refused)
        })
        .await
    }

    pub(crate) async fn attach_file(
        &self,
        rec: RecordId,
        node: &str,
        name: &str,
        mime: &str,
        bytes: Vec<u8>,
    ) -> Result<Answered, Failure> {
        if bytes.len() > attachment::MAX_BYTES {
            return Err(Failure::TooLarge {
                size: bytes.len() as u64,
                limit: attachment::MAX_BYTES as u64,
            });
        }
        let _writing = self.writing().await;
        self.revive(rec).await?;
        let blob = format!("draft.{rec}.{}", RecordId::random(&mut self.random()));
        let sealed = put_bytes(
            &self.open()?.key,
            Table::Blobs,
            blob.as_str(),
            &bytes,
            &mut self.random(),
        );
        let file = FileChosen {
            name: name.to_owned(),
            mime: mime.to_owned(),
            size: bytes.len() as u64,
            blob,
        };
        let mut also = vec![sealed];
        if let Some(old) = self
            .open()?
            .responses
            .get(&rec)
            .and_then(|live| live.files.get(node))
        {
            also.push(delete(Table::Blobs, old.blob.as_str()));
        }
        self.change_response(rec, also, |live| {
            let id = live.session.find(node).ok_or(Failure::NotFound)?;
            let changes = live.session.answer(id, name).map_err(refused)?;
            live.files.insert(node.to_owned(), file);
            Ok(changes)
        })
        .await
    }

    pub(crate) async fn go_to(&self, rec: RecordId, page: usize) -> Result<Saved, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        let now = self.host().now().0;
        let row = {
            let mut open = self.open()?;
            let open = &mut *open;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            let node = live.session.pages().get(page).map(|page| page.id);
            if let Some(node) = node {
                live.session.set_position(node);
            }
            // A response that nobody has answered yet is not worth a draft.
            if open.drafts.contains_key(&rec) {
                Some(self.draft_response(open, rec, now)?)
            } else {
                None
            }
        };
        self.commit(row.into_iter().collect()).await?;
        if let Some(draft) = self.open()?.drafts.get_mut(&rec) {
            draft.unsaved = false;
        }
        Ok(Saved {
            rec: rec.to_string(),
            at: now,
            state: EntryState::Draft,
        })
    }

    pub(crate) async fn form_language(
        &self,
        rec: RecordId,
        lang: &str,
    ) -> Result<FormView, Failure> {
        self.revive(rec).await?;
        {
            let mut open = self.open()?;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            live.speak(lang);
        }
        self.open_response(rec).await
    }

    pub(crate) async fn check_response(&self, rec: RecordId) -> Result<Vec<FormProblem>, Failure> {
        self.revive(rec).await?;
        let open = self.open()?;
        let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
        Ok(live.problems(live.session.validate()))
    }

    /// Makes the op, or says what stands in the way.
    pub(crate) async fn finish_response(&self, rec: RecordId) -> Result<Answer, Failure> {
        let _writing = self.writing().await;
        self.revive(rec).await?;
        let row = self.record(rec).await?;
        let old_files = row
            .as_ref()
            .and_then(|row| row.response.as_ref())
            .map(|part| part.files.clone())
            .unwrap_or_default();
        let now = self.host().now().0;
        let (member, set, over, form, mut part, files, mut also) = {
            let mut open = self.open()?;
            let open = &mut *open;
            let base = open
                .drafts
                .get(&rec)
                .map(|draft| &draft.base)
                .or(open.editing.get(&rec))
                .cloned();
            let base = base.ok_or(Failure::NotFound)?;
            let moment = self.now_of(open, base.member)?;
            let live = open.responses.get_mut(&rec).ok_or(Failure::NotFound)?;
            live.moment.now.set(moment);
            let submission = match live.session.finish() {
                Ok(submission) => submission,
                Err(invalid) => return Ok(Answer::Problems(live.problems(invalid))),
            };
            let mut fields = fields_of(&submission);
            // An answer whose question the form has no more stays the response's.
            for (path, value) in live.session.orphans() {
                let field = below_root(path).to_owned();
                fields
                    .entry(field)
                    .or_insert_with(|| Value::from(value.as_str()));
            }
            fields.insert(response::LANG.to_owned(), json!(live.lang()));
            fields.insert(response::FINISHED.to_owned(), json!(moment.millis));
            let set = changed_fields(row.as_ref().map(|row| &row.record), &base.values, fields);
            let mut over = base.over.clone();
            over.retain(|field, _| set.contains_key(field));
            let part = ResponsePart {
                title: live.title.clone(),
                progress: live.session.progress(),
                draft: live.session.snapshot(),
                files: old_files.clone(),
            };
            let also = vec![delete(Table::Drafts, rec.to_string())];
            (
                base.member,
                set,
                over,
                live.form.clone(),
                part,
                live.files.clone(),
                also,
            )
        };
        let mut ops = self
            .attachment_ops(rec, &files, &old_files, &mut part, &set)
            .await?;
        also.extend(
            files
                .values()
                .map(|file| delete(Table::Blobs, file.blob.as_str())),
        );
        let new = NewOp {
            rec,
            kind: Kind::RESPONSE,
            form: Some(form),
            set,
            over,
            row,
            listed: true,
            response: Some(part),
        };
        ops.push(new);
        self.write(member, ops, also).await?;
        self.forget_draft(rec)?;
        self.open()?.responses.remove(&rec);
        let mut saved = self.saved(rec)?;
        saved.at = now;
        Ok(Answer::Saved(saved))
    }

    /// Ops for files that were chosen, replaced, or whose question lost its answer.
    async fn attachment_ops(
        &self,
        rec: RecordId,
        files: &BTreeMap<String, FileChosen>,
        old: &BTreeMap<String, RecordId>,
        part: &mut ResponsePart,
        set: &Fields,
    ) -> Result<Vec<NewOp>, Failure> {
        let answers: HashMap<&str, &str> = part
            .draft
            .answers
            .iter()
            .map(|(path, value)| (path.as_str(), value.as_str()))
            .collect();
        let mut ops = Vec::new();
        let mut kept = old.clone();
        for (path, file) in files
            .iter()
            .filter(|(path, file)| answers.get(path.as_str()) == Some(&file.name.as_str()))
        {
            let sealed = self.host().store().get(Table::Blobs, &file.blob).await?;
            let sealed = sealed.ok_or(Failure::Damaged(format!("blobs/{}", file.blob)))?;
            let bytes = read_bytes(&self.open()?.key, Table::Blobs, &file.blob, &sealed)?;
            let set = Fields::from([
                (attachment::NAME.to_owned(), json!(file.name)),
                (attachment::TYPE.to_owned(), json!(file.mime)),
                (attachment::SIZE.to_owned(), json!(file.size)),
                (
                    attachment::DATA.to_owned(),
                    Value::from(STANDARD.encode(&bytes)),
                ),
                (OF.to_owned(), json!(rec)),
                (FIELD.to_owned(), json!(below_root(path))),
            ]);
            let (child, row) = match old.get(path) {
                Some(child) => (*child, self.record(*child).await?),
                None => (RecordId::random(&mut self.random()), None),
            };
            let over = row
                .as_ref()
                .map(|row| row.record.seen(set.keys().map(String::as_str)))
                .unwrap_or_default();
            ops.push(NewOp {
                rec: child,
                kind: Kind::ATTACHMENT,
                form: None,
                set,
                over,
                row,
                listed: false,
                response: None,
            });
            kept.insert(path.clone(), child);
        }
        for (path, child) in old {
            let emptied = set.get(below_root(path)).is_some_and(Value::is_null);
            if emptied && let Some(row) = self.record(*child).await? {
                let set = Fields::from([(DELETED.to_owned(), json!(true))]);
                let over = row.record.seen([DELETED]);
                let (rec, kind) = (*child, Kind::ATTACHMENT);
                ops.push(NewOp {
                    rec,
                    kind,
                    form: None,
                    set,
                    over,
                    row: Some(row),
                    listed: false,
                    response: None,
                });
                kept.remove(path);
            }
        }
        part.files = kept;
        Ok(ops)
    }
}

/// What an op must say so that the record comes to `fields`: what differs from what was seen, and what went.
fn changed_fields(record: Option<&vigie_journal::Record>, seen: &Fields, fields: Fields) -> Fields {
    let mut set: Fields = seen
        .keys()
        .filter(|field| !is_reserved(field) && !fields.contains_key(*field))
        .map(|field| (field.clone(), Value::Null))
        .collect();
    let same = |field: &str, value: &Value| record.is_some() && seen.get(field) == Some(value);
    set.extend(
        fields
            .into_iter()
            .filter(|(field, value)| !same(field, value)),
    );
    set
}

impl LiveResponse {
    pub(crate) fn problems(&self, invalid: Vec<vigie_forms::Invalid>) -> Vec<FormProblem> {
        let pages = self.session.pages();
        invalid
            .into_iter()
            .map(|invalid| FormProblem {
                page: Self::page_of(&pages, invalid.id).unwrap_or(0),
                node: invalid.path,
                label: invalid.label,
                kind: match invalid.violation.kind {
                    ViolationKind::Required => "required".to_owned(),
                    ViolationKind::Constraint | ViolationKind::Type => "constraint".to_owned(),
                },
                message: invalid.violation.message.unwrap_or_default(),
            })
            .collect()
    }
}

/// A session of a card's form: new, or with the answers of a draft.
fn begin(
    card_form: &CardForm,
    lang: &str,
    moment: Rc<Moment>,
    answers: Option<Answers>,
) -> Result<LiveResponse, Failure> {
    let form = compiled(card_form)?;
    let env = Box::new(World(Rc::clone(&moment)));
    let title = in_language(&card_form.title, lang).unwrap_or_else(|| form.title().to_owned());
    let session = match answers {
        Some(answers) => Session::restore(form, answers, env),
        None => Session::new(form, env),
    };
    Ok(LiveResponse {
        session,
        moment,
        form: FormRef {
            id: card_form.id.clone(),
            version: card_form.version.clone(),
            hash: card_form.hash.clone(),
        },
        title,
        files: BTreeMap::new(),
        shown: BTreeSet::new(),
        finished: false,
    })
}

pub(crate) fn refused(refused: vigie_forms::Refused) -> Failure {
    match refused {
        vigie_forms::Refused::Gone | vigie_forms::Refused::NotARepeat => Failure::NotFound,
        other => Failure::Refused(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_paths_are_read_as_forms_write_them() {
        assert_eq!(language("Français (fr)"), ("fr".into(), "Français".into()));
        assert_eq!(language("default"), ("default".into(), "default".into()));
        assert_eq!(below_root("/data/travail/pays"), "travail/pays");
        assert_eq!(below_root("/data/equipe[2]/age"), "equipe[2]/age");
    }
}
