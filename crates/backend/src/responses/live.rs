//! A response that somebody has before her: its session, and what the interface is told of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use vigie_forms::{
    Changes, Counts, Draft as Answers, Invalid, NodeId, NodeKind, NodeView, Page, Session,
    ViolationKind,
};
use vigie_journal::FormRef;
use vigie_model::{CardForm, RecordId};

use super::{
    draft::FileChosen,
    form::{compiled, in_language, language},
    rows::Undo,
    world::{Moment, World},
};
use crate::protocol::{Answered, Failure, FormPage, FormPlan, FormProblem, FormView, Millis};

/// A response that somebody has before her.
pub(crate) struct LiveResponse {
    pub session: Session,
    /// Its pages, as they were last told.
    pages: Vec<Page>,
    pub moment: Rc<Moment>,
    pub form: FormRef,
    pub title: String,
    /// Files chosen since the edit began, by their question's path now.
    pub files: BTreeMap<String, FileChosen>,
    /// Attachments of the finished response, by their question's path now.
    pub attached: BTreeMap<String, RecordId>,
    /// How it stood before a row was removed, until something else changes.
    pub undo: Option<Undo>,
    pub finished: bool,
}

impl LiveResponse {
    /// Puts the session in `lang`, if the form has it.
    pub fn speak(&mut self, lang: &str) {
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

    pub fn lang(&self) -> String {
        self.session
            .language()
            .map(|written| language(written).0)
            .unwrap_or_default()
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

    /// Pages and outline as they are now, kept to tell later what changed.
    fn plan(&mut self) -> FormPlan {
        self.pages = self.session.pages();
        let pages = self.pages.iter().map(|page| FormPage {
            kind: page.kind,
            section: page.trail.last().cloned().unwrap_or_default(),
            first: page.first,
            counts: page.counts,
        });
        FormPlan {
            pages: pages.collect(),
            outline: self.session.outline(&self.pages),
        }
    }

    /// The pages that stand otherwise since these nodes changed.
    fn counts(&mut self, changed: &[NodeId]) -> Vec<(usize, Counts)> {
        let changed: BTreeSet<&NodeId> = changed.iter().collect();
        let mut out = Vec::new();
        for (at, page) in self.pages.iter_mut().enumerate() {
            if page.nodes.iter().any(|node| changed.contains(node)) {
                let counts = self.session.counts(&page.nodes);
                if counts != page.counts {
                    page.counts = counts;
                    out.push((at, counts));
                }
            }
        }
        out
    }

    fn page_of(pages: &[Page], node: NodeId) -> Option<usize> {
        pages
            .iter()
            .position(|page| page.id == node || page.nodes.contains(&node))
    }

    pub fn view(&mut self, rec: RecordId, saved_at: Option<Millis>) -> FormView {
        let plan = self.plan();
        let languages = self
            .session
            .form()
            .languages()
            .iter()
            .map(|written| language(written))
            .collect();
        FormView {
            rec,
            form: self.form.id.clone(),
            title: self.title.clone(),
            lang: self.lang(),
            languages,
            nodes: self.all(),
            plan,
            page: self
                .session
                .position()
                .and_then(|node| Self::page_of(&self.pages, node))
                .unwrap_or(0),
            progress: self.session.progress(),
            finished: self.finished,
            saved_at,
            orphans: self.session.orphans().to_vec(),
        }
    }

    /// What changed, for the interface. When a row went, the paths of those after it are others: all is said again.
    pub fn answered(&mut self, changes: &Changes, saved_at: Millis) -> Answered {
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

    pub fn problems(&self, invalid: Vec<Invalid>) -> Vec<FormProblem> {
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
pub(crate) fn begin(
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
        pages: Vec::new(),
        moment,
        form: FormRef {
            id: card_form.id.clone(),
            version: card_form.version.clone(),
            hash: card_form.hash.clone(),
        },
        title,
        files: BTreeMap::new(),
        attached: BTreeMap::new(),
        undo: None,
        finished: false,
    })
}
