//! Names of the fields of each kind of record, as ops write them. Any other name is kept and carried all the same.

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

    /// In the order of the page.
    pub const ALL: [&str; 9] = [
        TITLE,
        TEXT,
        AT,
        PLACE,
        THEMES,
        PRESENT,
        SOURCE,
        CREDIBILITY,
        SENSITIVITY,
    ];
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

    /// In the order of the page.
    pub const ALL: [&str; 11] = [
        NAME,
        ROLE,
        ORGANISATION,
        LANGUAGES,
        PHONE,
        EMAIL,
        MESSAGING,
        REACH,
        CONSENT_AT,
        CONSENT_FOR,
        NOTES,
    ];
}

/// A response: one field per answered question, named by its path below the form's root (`travail/pays`), and these.
pub mod response {
    /// The language it was filled in.
    pub const LANG: &str = "_lang";
    /// When it was finished: milliseconds since 1970 UTC.
    pub const FINISHED: &str = "_finished";
    /// By a partner link: when the person agreed to answer: milliseconds since 1970 UTC.
    pub const CONSENTED: &str = "_consented";
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

    pub const ALL: [&str; 4] = [NAME, TYPE, SIZE, DATA];

    /// The largest file taken: 8 MiB.
    pub const MAX_BYTES: usize = 8 * 1024 * 1024;
}

/// Whether a field is Vigie's own rather than a person's content.
pub fn is_reserved(field: &str) -> bool {
    field.starts_with('_')
}
