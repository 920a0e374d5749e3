//! Names of the fields of each kind of record, as ops write them; [`crate::kinds`] says what each holds. Any other name is
//! kept and carried all the same.

/// Fields that any record may have. A leading `_` says: not typed by a person as content, never a conflict to settle.
pub mod any {
    /// `true`: the record is deleted.
    pub const DELETED: &str = "_deleted";
    /// Why a conflict was settled as it was.
    pub const REASON: &str = "_reason";
    /// Of an attachment: the record that it goes with.
    pub const OF: &str = "_of";
}

/// A note.
pub mod note {
    pub const TITLE: &str = "title";
    pub const TEXT: &str = "text";
    /// When it happened, as the person said: local `YYYY-MM-DDTHH:MM`.
    pub const AT: &str = "at";
    /// The place, in words.
    pub const PLACE: &str = "place";
    /// A list of [`Theme`](crate::Theme) codes: one value, not one per theme.
    pub const THEMES: &str = "themes";
    /// Who was there, by role.
    pub const PRESENT: &str = "present";
    /// A [`SourceReliability`](crate::SourceReliability) code.
    pub const SOURCE: &str = "source";
    /// A [`Credibility`](crate::Credibility) code.
    pub const CREDIBILITY: &str = "credibility";
    /// A [`Sensitivity`](crate::Sensitivity) code.
    pub const SENSITIVITY: &str = "sensitivity";
}

/// A contact.
pub mod contact {
    /// Name or pseudonym.
    pub const NAME: &str = "name";
    pub const ROLE: &str = "role";
    pub const ORGANISATION: &str = "organisation";
    pub const LANGUAGES: &str = "languages";
    pub const PHONE: &str = "phone";
    pub const EMAIL: &str = "email";
    /// Signal, WhatsApp, …
    pub const MESSAGING: &str = "messaging";
    /// How to reach her safely.
    pub const REACH: &str = "reach";
    /// When consent was asked: `YYYY-MM-DD`.
    pub const CONSENT_AT: &str = "consent_at";
    /// What consent was given for.
    pub const CONSENT_FOR: &str = "consent_for";
    pub const NOTES: &str = "notes";
}

/// A place of work.
pub mod workplace {
    /// As people there call it.
    pub const NAME: &str = "name";
    /// Who runs it.
    pub const EMPLOYER: &str = "employer";
    /// Where it is, in words.
    pub const PLACE: &str = "place";
    /// What is made or done there.
    pub const WORK: &str = "work";
    /// How many work there, in words: “about 300, mostly women”.
    pub const WORKERS: &str = "workers";
    /// The union, or what stands in for one.
    pub const UNION: &str = "union";
    /// Brands and institutions that it works for.
    pub const BUYERS: &str = "buyers";
    /// A [`SourceReliability`](crate::SourceReliability) code.
    pub const SOURCE: &str = "source";
    /// A [`Sensitivity`](crate::Sensitivity) code.
    pub const SENSITIVITY: &str = "sensitivity";
    pub const NOTES: &str = "notes";
}

/// A union, an association, an employer, a buyer.
pub mod organisation {
    pub const NAME: &str = "name";
    /// An [`OrganisationType`](crate::OrganisationType) code.
    pub const TYPE: &str = "type";
    /// Where it is, in words.
    pub const PLACE: &str = "place";
    pub const PHONE: &str = "phone";
    pub const EMAIL: &str = "email";
    pub const WEBSITE: &str = "website";
    /// How to reach it safely.
    pub const REACH: &str = "reach";
    /// A [`Sensitivity`](crate::Sensitivity) code.
    pub const SENSITIVITY: &str = "sensitivity";
    pub const NOTES: &str = "notes";
}

/// A response: one field per answered question, named by its path below the form's root (`travail/pays`), and these.
pub mod response {
    /// The language it was filled in.
    pub const LANG: &str = "_lang";
    /// When it was finished: milliseconds since 1970 UTC.
    pub const FINISHED: &str = "_finished";
    /// By a partner link: when the person agreed to answer: milliseconds since 1970 UTC.
    pub const CONSENTED: &str = "_consented";
    /// What the form calls the response, where it does: an answer like another, which nobody is asked.
    pub const NAME: &str = "meta/instanceName";
    /// Where a form keeps what is known of the response itself.
    pub const META: &str = "meta/";

    /// What [`NAME`] holds, where that is a name: of a response that is only begun, there may be nothing in it yet but what
    /// stands between two answers.
    pub fn name(said: &str) -> Option<&str> {
        Some(said.trim()).filter(|name| name.contains(char::is_alphanumeric))
    }
}

/// An attachment.
pub mod attachment {
    pub const NAME: &str = "name";
    /// Media type.
    pub const TYPE: &str = "type";
    /// Bytes, before base64.
    pub const SIZE: &str = "size";
    /// The file, in base64.
    pub const DATA: &str = "data";

    /// The largest file taken: 8 MiB.
    pub const MAX_BYTES: usize = 8 * 1024 * 1024;
}

/// Whether a field is Vigie's own rather than a person's content.
pub fn is_reserved(field: &str) -> bool {
    field.starts_with('_')
}
