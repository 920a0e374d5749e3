//! A form: what is asked, and how answers depend on each other.
//!
//! [`Source`] is the form as data; [`Form`] has its expressions compiled and its dependencies drawn, and never changes.

mod appearance;
mod compile;
mod layout;
mod order;
mod parameters;
mod question;
mod reads;
pub mod source;

pub use appearance::{Appearance, Camera, ChoiceLayout, DatePart, Drawing, ScaleLook};
pub(crate) use compile::{Model, Prop, Target};
pub(crate) use layout::Member;
pub use parameters::{Parameters, Scale};
pub use question::{Control, DataType};
pub use source::Source;

use crate::problem::Problem;
use crate::xpath::{Expr, Names, Tree};
use source::{DefId, ExprId, Shape};
use std::collections::BTreeMap;

/// The list that is the last saved response to the same form.
pub(crate) const LAST_SAVED: &str = "jr://instance/last-saved";

/// A form ready to be answered.
#[derive(Debug, Clone)]
pub struct Form {
    source: Source,
    pub(crate) model: Model,
}

/// `Français (fr)` → `fr`; a name without a tag is its own.
pub fn tag(written: &str) -> &str {
    let inside = written
        .trim()
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
        .map(|(_, tag)| tag.trim());
    inside.filter(|tag| !tag.is_empty()).unwrap_or(written)
}

/// Why a form that travelled can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a form as this version writes them.
    #[error("not a compiled form: {0}")]
    NotAForm(#[from] serde_json::Error),
    /// Written by a version whose expressions this one does not know.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Problems(Vec<Problem>),
}

impl Form {
    /// Compiles `source`; what is wrong is listed with the expression at fault, where it is one.
    pub fn compile(source: Source) -> (Form, Vec<(Option<ExprId>, Problem)>) {
        let (model, problems) = compile::model(&source);
        (Form { source, model }, problems)
    }

    /// The form as it travels: compact JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.source).unwrap_or_default()
    }

    /// Opens a form that travelled.
    pub fn from_json(json: &str) -> Result<Form, OpenError> {
        let source: Source = serde_json::from_str(json)?;
        let (form, problems) = Form::compile(source);
        let errors: Vec<Problem> = problems
            .into_iter()
            .map(|(_, problem)| problem)
            .filter(|problem| problem.severity == crate::problem::Severity::Error)
            // Its pattern was read where it was imported: a device whose browser is older fills it without that check.
            .filter(|problem| problem.code != "bad-pattern")
            .collect();
        if errors.is_empty() {
            Ok(form)
        } else {
            Err(OpenError::Problems(errors))
        }
    }

    /// The form as data.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether it reads the last saved response (`${last-saved#name}`).
    pub fn reads_last_saved(&self) -> bool {
        self.source.lists.iter().any(|list| list.src == LAST_SAVED)
    }

    /// The form's id.
    pub fn id(&self) -> &str {
        &self.source.id
    }

    /// The form's version.
    pub fn version(&self) -> &str {
        &self.source.version
    }

    /// The form's title.
    pub fn title(&self) -> &str {
        &self.source.title
    }

    /// The title by language code (`fr`): that of the form's own language, and those that the root says in attributes
    /// such as `title_es` (in a workbook, the settings' column `attribute::title_es`: XLSForm has one title only).
    pub fn titles(&self) -> BTreeMap<String, String> {
        let attributes = self.source.defs.first().map(|root| &root.attributes);
        let mut titles: BTreeMap<String, String> = attributes
            .into_iter()
            .flatten()
            .filter_map(|(name, _, title)| {
                Some((name.strip_prefix("title_")?.to_owned(), title.clone()))
            })
            .collect();
        let own = self
            .source
            .languages
            .get(self.source.default_language as usize);
        let own = own.map_or("fr", |written| tag(written));
        let title = if self.title().is_empty() {
            self.id()
        } else {
            self.title()
        };
        titles.insert(own.to_owned(), title.to_owned());
        titles
    }

    /// Its languages as written, in order; none where it has no translation.
    pub fn languages(&self) -> &[String] {
        &self.source.languages
    }

    /// Whether it calls functions that few forms do: they are not there from the start everywhere.
    pub fn is_rare(&self) -> bool {
        let mut found = false;
        for expr in self.model.exprs.iter().flatten() {
            expr.walk(&mut |inner| {
                found |= matches!(inner, Expr::Call(function, _) if function.is_rare());
            });
        }
        found
    }

    pub(crate) fn expr(&self, id: ExprId) -> Option<&Expr> {
        self.model.exprs.get(id as usize)?.as_ref()
    }

    pub(crate) fn names(&self) -> &Names {
        &self.model.names
    }

    pub(crate) fn lists(&self) -> &[Tree] {
        &self.model.lists
    }

    pub(crate) fn is_leaf(&self, def: DefId) -> bool {
        self.source
            .defs
            .get(def as usize)
            .is_some_and(|def| def.shape == Shape::Leaf)
    }

    /// The text forms of an id in `language`, or else in the default language, or in any.
    pub(crate) fn text(&self, id: &str, language: u32) -> Option<&[source::TextForm]> {
        let entries = self.source.texts.get(id)?;
        let of = |wanted: u32| entries.iter().find(|(language, _)| *language == wanted);
        of(language)
            .or_else(|| of(self.source.default_language))
            .or(entries.first())
            .map(|(_, forms)| forms.as_slice())
    }
}
