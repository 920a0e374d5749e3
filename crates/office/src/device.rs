//! A device that takes part.

use std::collections::BTreeSet;

use vigie_model::{FormId, MissionId, Timestamp};

/// A device whose enrolment was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// As the person calls herself: the latest name that opened.
    pub name: String,
    pub missions: BTreeSet<MissionId>,
    pub enrolled: Timestamp,
    /// Of a partner's device: the only questionnaire that it may answer.
    pub only_form: Option<FormId>,
}
