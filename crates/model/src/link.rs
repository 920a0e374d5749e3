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
    /// What a person agrees to before the first question, by language.
    pub consent: BTreeMap<Lang, String>,
    /// Several people answer in a row on one phone.
    #[serde(default)]
    pub kiosk: bool,
    /// The last moment at which a person may begin.
    pub expires: Timestamp,
}

impl Link {
    /// The format that this version writes and reads.
    pub const VERSION: u32 = 1;

    /// The questionnaire.
    pub fn form(&self) -> Option<&CardForm> {
        self.card.forms.first()
    }
}
