//! What the interface may ask of the office's form library.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_forms::library::{Comparison, Completeness, Paper};

use super::{FormInfo, Millis, Request};

/// A question about the questionnaires that the office keeps. A form is named by its hash: one version of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "library", rename_all = "snake_case")]
pub enum LibraryRequest {
    /// → [`LibraryAnswer::Forms`]
    List,
    /// Keeps a form that the desk's module compiled. → [`LibraryAnswer::Forms`]
    Add { form: NewForm },
    /// → [`LibraryAnswer::Form`]
    Show { hash: String },
    /// What the second version changes, and which responses to the first that touches; labels in `lang` where the form
    /// has it. → [`LibraryAnswer::Comparison`]
    Compare {
        before: String,
        after: String,
        lang: String,
    },
    /// The form as a sheet to print. → [`LibraryAnswer::Paper`]
    Paper { hash: String, lang: String },
    /// The form for other tools: XForm XML, or an archive of it and the files it names. → [`Answer::File`](super::Answer::File) and
    /// bytes
    XForm { hash: String },
    /// Puts this version in the cards of these missions, in place of any other, and publishes them.
    /// → [`LibraryAnswer::Forms`]
    Assign { hash: String, missions: Vec<String> },
    /// Puts a form away, or takes it back; missions that have it keep it. → [`LibraryAnswer::Forms`]
    PutAway { hash: String, away: bool },
    /// What the filling page asks, of a session that nobody keeps. → as for the request inside
    Preview { hash: String, request: Box<Request> },
}

/// What the library answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "library", content = "is", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "answers are made once and read once"
)]
pub enum LibraryAnswer {
    /// By title; of one form, the newest version first.
    Forms(Vec<LibraryForm>),
    Form(FormDetail),
    Comparison(Comparison),
    Paper(Paper),
}

/// A form to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewForm {
    /// As compiled by the desk's module.
    pub compiled: Value,
    /// The same as XForm XML.
    pub xform: String,
    /// The files that it names.
    pub files: Vec<FileBeside>,
}

/// A file that a form names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileBeside {
    pub name: String,
    /// Base64.
    pub data: String,
}

/// One version of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LibraryForm {
    pub info: FormInfo,
    pub hash: String,
    /// None for a form that is only known from a mission's card.
    pub added: Option<Millis>,
    /// The last version added of this form.
    pub newest: bool,
    pub put_away: bool,
    /// There is an XForm to give.
    pub has_xform: bool,
    /// Code of each language, and how complete it is, in percent.
    pub complete: Vec<(String, usize)>,
    /// Missions whose card has this very version: id, name.
    pub missions: Vec<(String, String)>,
    /// Responses filled with this version that the office holds.
    pub responses: usize,
}

/// A form and its other versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormDetail {
    pub form: LibraryForm,
    /// Every version, this one included, the newest first.
    pub versions: Vec<LibraryForm>,
    pub languages: Vec<Completeness>,
}
