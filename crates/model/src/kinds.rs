//! The table of kinds: all that Vigie knows of each kind of record, in one place.
//!
//! Pages, the notebook's list, search, the office's table and the exports read it here. What a kind and its fields are called
//! stands in `locales/`, under `kinds`, by their names here. To add a kind of record is to add its entry here, and its words.
//! A kind that is not in the table is kept, carried, listed and exported all the same, with what [`UNKNOWN`] says of it.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::{
    Credibility, Kind, OrganisationType, Sensitivity, SourceReliability, Theme,
    fields::{attachment, contact, note, organisation, workplace},
};

/// One kind of record.
#[derive(Debug, PartialEq, Eq)]
pub struct KindSpec {
    pub kind: Kind,
    /// Its file among the exported tables. Responses have one for each questionnaire.
    pub file: &'static str,
    pub listed: Listed,
    /// Given to the mission's other people, where its policy says so.
    pub shared: bool,
    /// The first of these that is not empty gives the title. A response has its questionnaire's.
    pub title: &'static [&'static str],
    /// In the order of the page.
    pub fields: &'static [FieldSpec],
}

/// Where a person finds the records of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Among what happened, by day.
    Carnet,
    /// In the *répertoire*, by name, and in the notebook too.
    Directory,
    /// With another record.
    Nowhere,
}

/// One field of a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldSpec {
    pub name: &'static str,
    pub input: Input,
    /// Fields of one group stand under one heading, one after the other.
    pub group: Option<&'static str>,
    /// It could lead somebody to a person.
    pub sensitive: bool,
}

/// How a field is entered, and so what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A line of text.
    Line,
    /// As much text as one likes.
    Text,
    /// `YYYY-MM-DD`.
    Day,
    /// `YYYY-MM-DDTHH:MM`, local.
    Moment,
    Phone,
    Email,
    /// One code.
    One(List),
    /// Codes, as one list; words of one's own may stand among them.
    Many(List),
    /// A number that nobody types.
    Number,
    /// Bytes in base64, neither shown nor searched.
    Bytes,
}

/// A list of codes. Their labels stand in `locales/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Themes,
    SourceReliability,
    Credibility,
    Sensitivity,
    OrganisationType,
}

const fn field(name: &'static str, input: Input) -> FieldSpec {
    FieldSpec {
        name,
        input,
        group: None,
        sensitive: false,
    }
}

impl FieldSpec {
    const fn sensitive(self) -> FieldSpec {
        FieldSpec {
            sensitive: true,
            ..self
        }
    }

    const fn under(self, group: &'static str) -> FieldSpec {
        FieldSpec {
            group: Some(group),
            ..self
        }
    }
}

/// The table.
pub static KINDS: [KindSpec; 6] = [
    KindSpec {
        kind: Kind::NOTE,
        file: "notes",
        listed: Listed::Carnet,
        shared: true,
        title: &[note::TITLE, note::TEXT],
        fields: &[
            field(note::TITLE, Input::Line),
            field(note::TEXT, Input::Text),
            field(note::AT, Input::Moment),
            field(note::PLACE, Input::Line),
            field(note::THEMES, Input::Many(List::Themes)),
            field(note::PRESENT, Input::Line),
            field(note::SOURCE, Input::One(List::SourceReliability)),
            field(note::CREDIBILITY, Input::One(List::Credibility)),
            field(note::SENSITIVITY, Input::One(List::Sensitivity)),
        ],
    },
    KindSpec {
        kind: Kind::RESPONSE,
        file: "responses",
        listed: Listed::Carnet,
        shared: false,
        title: &[],
        fields: &[],
    },
    KindSpec {
        kind: Kind::CONTACT,
        file: "contacts",
        listed: Listed::Directory,
        shared: true,
        title: &[contact::NAME],
        fields: &[
            field(contact::NAME, Input::Line).sensitive(),
            field(contact::ROLE, Input::Line),
            field(contact::ORGANISATION, Input::Line),
            field(contact::LANGUAGES, Input::Line),
            field(contact::REACH, Input::Text)
                .under("reaching")
                .sensitive(),
            field(contact::PHONE, Input::Phone)
                .under("reaching")
                .sensitive(),
            field(contact::EMAIL, Input::Email)
                .under("reaching")
                .sensitive(),
            field(contact::MESSAGING, Input::Line)
                .under("reaching")
                .sensitive(),
            field(contact::CONSENT_AT, Input::Day).under("consent"),
            field(contact::CONSENT_FOR, Input::Line).under("consent"),
            field(contact::NOTES, Input::Text),
        ],
    },
    KindSpec {
        kind: Kind::WORKPLACE,
        file: "workplaces",
        listed: Listed::Directory,
        shared: true,
        title: &[workplace::NAME],
        fields: &[
            field(workplace::NAME, Input::Line),
            field(workplace::EMPLOYER, Input::Line),
            field(workplace::PLACE, Input::Line),
            field(workplace::WORK, Input::Line).under("work"),
            field(workplace::WORKERS, Input::Line).under("work"),
            field(workplace::UNION, Input::Line).under("work"),
            field(workplace::BUYERS, Input::Text).under("work"),
            field(workplace::SOURCE, Input::One(List::SourceReliability)),
            field(workplace::SENSITIVITY, Input::One(List::Sensitivity)),
            field(workplace::NOTES, Input::Text),
        ],
    },
    KindSpec {
        kind: Kind::ORGANISATION,
        file: "organisations",
        listed: Listed::Directory,
        shared: true,
        title: &[organisation::NAME],
        fields: &[
            field(organisation::NAME, Input::Line),
            field(organisation::TYPE, Input::One(List::OrganisationType)),
            field(organisation::PLACE, Input::Line),
            field(organisation::PHONE, Input::Phone).under("reaching"),
            field(organisation::EMAIL, Input::Email).under("reaching"),
            field(organisation::WEBSITE, Input::Line).under("reaching"),
            field(organisation::REACH, Input::Text)
                .under("reaching")
                .sensitive(),
            field(organisation::SENSITIVITY, Input::One(List::Sensitivity)),
            field(organisation::NOTES, Input::Text),
        ],
    },
    KindSpec {
        kind: Kind::ATTACHMENT,
        file: "attachments",
        listed: Listed::Nowhere,
        shared: false,
        title: &[attachment::NAME],
        fields: &[
            field(attachment::NAME, Input::Line),
            field(attachment::TYPE, Input::Line),
            field(attachment::SIZE, Input::Number),
            field(attachment::DATA, Input::Bytes),
        ],
    },
];

/// A kind of a later version, or of nobody's.
pub static UNKNOWN: KindSpec = KindSpec {
    kind: Kind::UNKNOWN,
    file: "",
    listed: Listed::Carnet,
    shared: true,
    title: &[note::TITLE, contact::NAME, note::TEXT],
    fields: &[
        field(note::TITLE, Input::Line),
        field(contact::NAME, Input::Line),
        field(note::TEXT, Input::Text),
        field(note::AT, Input::Moment),
        field(note::PLACE, Input::Line),
        field(note::THEMES, Input::Many(List::Themes)),
        field(note::SENSITIVITY, Input::One(List::Sensitivity)),
    ],
};

/// What the table says of a kind.
pub fn spec(kind: &str) -> &'static KindSpec {
    let known = KINDS.iter().find(|spec| spec.kind == *kind);
    known.unwrap_or(&UNKNOWN)
}

impl KindSpec {
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The title of a record whose fields `value` gives: one line, at most 200 bytes.
    pub fn title_of<'a>(&self, value: impl Fn(&str) -> &'a str) -> &'a str {
        let mut lines = self.title.iter().map(|field| first_line(value(field)));
        lines.find(|line| !line.is_empty()).unwrap_or_default()
    }
}

/// The first line that is not empty, at most 200 bytes of it.
pub fn first_line(text: &str) -> &str {
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    &line[..line.floor_char_boundary(200)]
}

impl List {
    /// What the names of its codes begin with in `locales/`, under `codes`.
    pub fn name(self) -> &'static str {
        match self {
            List::Themes => "theme",
            List::SourceReliability => "source",
            List::Credibility => "credibility",
            List::Sensitivity => "sensitivity",
            List::OrganisationType => "organisation_type",
        }
    }

    /// The codes, in the order in which they are shown.
    pub fn codes(self) -> Vec<&'static str> {
        match self {
            List::Themes => Theme::ALL.iter().map(|one| one.code()).collect(),
            List::SourceReliability => SourceReliability::ALL
                .iter()
                .map(|one| one.code())
                .collect(),
            List::Credibility => Credibility::ALL.iter().map(|one| one.code()).collect(),
            List::Sensitivity => Sensitivity::ALL.iter().map(|one| one.code()).collect(),
            List::OrganisationType => OrganisationType::ALL.iter().map(|one| one.code()).collect(),
        }
    }
}

/// A kind that is known takes no memory of its own: every op and every record has one.
impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        struct KindVisitor;

        impl de::Visitor<'_> for KindVisitor {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of record")
            }

            fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
                let known = KINDS.iter().find(|spec| spec.kind == *text);
                Ok(known.map_or_else(|| Kind::new(text), |spec| spec.kind.clone()))
            }
        }

        deserializer.deserialize_str(KindVisitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_once_in_the_table_and_titles_are_fields() {
        let kinds: BTreeSet<&str> = KINDS.iter().map(|spec| spec.kind.as_str()).collect();
        let files: BTreeSet<&str> = KINDS.iter().map(|spec| spec.file).collect();
        assert_eq!((kinds.len(), files.len()), (KINDS.len(), KINDS.len()));
        for spec in &KINDS {
            let names: BTreeSet<&str> = spec.fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), spec.fields.len(), "{}", spec.kind);
            assert!(spec.title.iter().all(|title| names.contains(title)));
            assert!(names.iter().all(|name| !crate::fields::is_reserved(name)));
        }
    }

    #[test]
    fn fields_of_one_group_stand_together() {
        for spec in &KINDS {
            let mut groups: Vec<_> = spec.fields.iter().map(|field| field.group).collect();
            groups.dedup();
            let headed: Vec<_> = groups.into_iter().flatten().collect();
            let once: BTreeSet<_> = headed.iter().collect();
            assert_eq!(headed.len(), once.len(), "{}", spec.kind);
        }
    }

    #[test]
    fn a_title_is_the_first_line_there_is() {
        let note = spec("note");
        let title = |title: &'static str, text: &'static str| {
            note.title_of(|field| if field == note::TITLE { title } else { text })
        };
        assert_eq!(title("Atelier", "Il fait chaud."), "Atelier");
        assert_eq!(
            title(" ", "\n\n Il fait chaud. \nPas d’eau."),
            "Il fait chaud."
        );
        assert_eq!(title("", ""), "");
        let long = "é".repeat(150);
        let long: &'static str = long.leak();
        assert_eq!(title(long, "").len(), 200);
    }

    #[test]
    fn a_kind_of_a_later_version_has_what_the_unknown_has() {
        let spec = spec("herbier");
        assert_eq!(spec.kind, Kind::UNKNOWN);
        assert_eq!(
            spec.title_of(|field| if field == "name" { "Coton" } else { "" }),
            "Coton"
        );
    }
}
