//! A partner link, and the sealed answers that wait on this device.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{FormView, Refusal, question::questions};

questions! {
    /// What is asked by whoever follows a partner link.
    pub enum LinkQuestion;

    /// Opens a partner link, from the server or as it was kept here, and locks an open notebook: this phone is about to be
    /// handed over.
    Network OpenLink { code: String, origin: String } -> LinkView;
    /// A person agreed: begins her answer, which no storage sees. The questions on questionnaires then take its record;
    /// finishing it seals it for the office.
    Write StartLink { lang: String } -> FormView;
    /// Forgets the answer being given.
    Write LeaveLink -> ();
    Read GetWaiting -> Waiting;
    /// Tries at once to send the sealed answers that wait, those refused before too.
    Network SendWaiting -> Waiting;
    /// Gives up the sealed answers that the server refused.
    Write DropRefused -> Waiting;
}

/// A partner link, as the person sees it who follows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkView {
    pub title: BTreeMap<String, String>,
    /// Codes and names.
    pub languages: Vec<(String, String)>,
    pub consent: BTreeMap<String, String>,
    pub questions: usize,
    pub kiosk: bool,
    pub waiting: Waiting,
}

/// Partners' sealed answers on this device, which nobody here can open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// On their way.
    pub waiting: usize,
    /// Stored by the server since the page was opened.
    pub sent: usize,
    /// The server refused them.
    pub refused: usize,
    /// Why it refused the first of them.
    pub reason: Option<Refusal>,
    /// Some are in memory only: the page must stay open until they are sent.
    pub unsaved: bool,
    pub busy: bool,
}
