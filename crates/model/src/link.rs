//! A *partner link*: one questionnaire of one mission, for people who have no notebook.
//!
//! Whoever is given the link answers once, on whatever phone is at hand, and is gone. So it carries everything that this
//! takes, and nothing of the mission that it does not take: never the mission's key, never its other questionnaires.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Card, CardForm, Lang, Timestamp};

/// What a partner link opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// 1.
    pub v: u32,
    /// The mission's card when the link was made, with this one questionnaire.
    pub card: Card,
    /// Who the answers are said to be from: the office's own name for the link.
    pub by: String,
    /// The files that the questionnaire shows, in base64, by name: whoever has the link fetches nothing else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// What a person agrees to before the first question, by language; nothing, where the questionnaire asks that itself.
    pub consent: BTreeMap<Lang, String>,
    /// Several people answer in a row on one phone.
    #[serde(default)]
    pub kiosk: bool,
    /// For how many days the server keeps, sealed, an answer that a person means to go on with; 0: not at all, as in every
    /// link of before.
    #[serde(default, skip_serializing_if = "is_none")]
    pub later_days: u32,
    #[serde(default, skip_serializing_if = "LinkOptions::is_none")]
    pub options: LinkOptions,
    /// The last moment at which a person may begin.
    pub expires: Timestamp,
}

/// What an office may ask of a link besides. A reader that does not know it goes on without. It is written whole: a page says it to its
/// worker in a form without names ([`Link`] leaves it out where there is nothing in it).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkOptions {
    /// The language that it opens in; none: whoever answers chooses first.
    pub lang: Option<Lang>,
    /// What is answered already, by the path of the question below the form's root.
    pub answers: BTreeMap<String, String>,
    /// What is said once the answer is sealed, by language: whether results will be given back, and how.
    pub thanks: BTreeMap<Lang, String>,
    /// Whoever answered may print her answers, or keep them in a file.
    pub may_keep: bool,
}

impl LinkOptions {
    pub fn is_none(&self) -> bool {
        *self == LinkOptions::default()
    }
}

impl Link {
    /// The format that this version writes and reads.
    pub const VERSION: u32 = 1;
    /// What [`Link::later_days`] is where the office says nothing else.
    pub const LATER_DAYS: u32 = 7;
    /// The most that it may be: no server keeps a draft longer.
    pub const LATER_DAYS_MOST: u32 = 30;

    /// The questionnaire.
    pub fn form(&self) -> Option<&CardForm> {
        self.card.forms.first()
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_none(days: &u32) -> bool {
    *days == 0
}
