//! What the desk asks of the office's form library. A form is named by its hash: one version of it.

use serde::{Deserialize, Serialize};
use vigie_forms::library::{Comparison, Completeness, Paper};
use vigie_model::{ExactJson, FormHash, MissionId};

use crate::{File, FillingQuestion, FormInfo, Millis, question::questions};

questions! {
    /// What is asked of the library.
    pub enum LibraryQuestion;

    /// By title; of one form, the newest version first.
    Read ListLibrary -> Vec<LibraryForm>;
    /// Keeps a form that the desk's module compiled.
    Network AddForm { form: NewForm } -> Vec<LibraryForm>;
    Read GetForm { hash: FormHash } -> FormDetail;
    /// What the second version changes, and which responses to the first that touches; labels in `lang` where the form has
    /// it.
    Read CompareForms { before: FormHash, after: FormHash, lang: String } -> Comparison;
    /// The form as a sheet to print.
    Read GetPaper { hash: FormHash, lang: String } -> Paper;
    /// The form for other tools: XForm XML, or an archive of it and the files it names.
    Read GetXForm { hash: FormHash } -> File;
    /// Puts this version in the cards of these missions, in place of any other, and publishes them.
    Network PublishForm { hash: FormHash, missions: Vec<MissionId> } -> Vec<LibraryForm>;
    /// Puts a form away, or takes it back; missions that have it keep it.
    Network PutFormAway { hash: FormHash, away: bool } -> Vec<LibraryForm>;
    /// What the filling page asks, of a session that nobody keeps; the answer is that question's, as it travels.
    Write TryForm { hash: FormHash, question: FillingQuestion } -> Encoded;
}

/// A file that a person chose or dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenFile {
    pub name: String,
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// An answer as it travels, for a page that knows what it asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoded(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// A form to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewForm {
    /// As the desk's module compiled it: its bytes are its name.
    #[serde(with = "crate::codec::json")]
    pub compiled: ExactJson,
    /// The same as XForm XML.
    pub xform: String,
    /// The files that it names.
    pub files: Vec<ChosenFile>,
}

/// A form to put in a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ChosenForm {
    /// Of the library.
    Known(FormHash),
    Compiled(#[serde(with = "crate::codec::json")] ExactJson),
}

/// One version of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LibraryForm {
    pub info: FormInfo,
    pub hash: FormHash,
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
    pub missions: Vec<(MissionId, String)>,
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
