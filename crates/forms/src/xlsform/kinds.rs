//! The question types: what each is called, stores and shows. Source: the XLSForm reference and pyxform's aliases.

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Input,
    Trigger,
    Range,
    /// A file of this media type.
    Upload(&'static str),
    SelectOne,
    SelectMultiple,
    Rank,
    /// From `external_choices`, by a query.
    SelectExternal,
    /// Nobody answers it.
    None,
}

/// What the form does with a question besides asking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Answer,
    Note,
    Calculate,
    /// Filled by the device: `jr:preload` and its parameter.
    Preload(&'static str, &'static str),
    Audit,
    /// A file that expressions may read; its folder.
    External(&'static str, &'static str),
    StartGeopoint,
    BackgroundGeopoint,
    BackgroundAudio,
}

/// One question type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub name: &'static str,
    pub data: &'static str,
    pub control: Control,
    pub role: Role,
    pub constraint: &'static str,
    pub hint: &'static str,
}

const fn kind(name: &'static str, data: &'static str, control: Control, role: Role) -> Kind {
    Kind {
        name,
        data,
        control,
        role,
        constraint: "",
        hint: "",
    }
}

const fn asked(name: &'static str, data: &'static str) -> Kind {
    kind(name, data, Control::Input, Role::Answer)
}

const fn bounded(name: &'static str, constraint: &'static str, hint: &'static str) -> Kind {
    Kind {
        constraint,
        hint,
        ..asked(name, "int")
    }
}

const fn file(name: &'static str, media: &'static str) -> Kind {
    kind(name, "binary", Control::Upload(media), Role::Answer)
}

const fn property(name: &'static str) -> Kind {
    kind(
        name,
        "string",
        Control::None,
        Role::Preload("property", name),
    )
}

pub(super) const SELECT_ONE: Kind = kind("select_one", "string", Control::SelectOne, Role::Answer);
pub(super) const SELECT_MULTIPLE: Kind = kind(
    "select_multiple",
    "string",
    Control::SelectMultiple,
    Role::Answer,
);
pub(super) const RANK: Kind = kind("rank", "odk:rank", Control::Rank, Role::Answer);
pub(super) const SELECT_EXTERNAL: Kind = kind(
    "select_one_external",
    "string",
    Control::SelectExternal,
    Role::Answer,
);
pub(super) const TEXT: Kind = asked("text", "string");
pub(super) const NOTE: Kind = kind("note", "string", Control::Input, Role::Note);
pub(super) const CALCULATE: Kind = kind("calculate", "string", Control::None, Role::Calculate);
pub(super) const OSM: Kind = file("osm", "osm/*");

const KINDS: &[Kind] = &[
    TEXT,
    asked("integer", "int"),
    asked("decimal", "decimal"),
    kind("range", "int", Control::Range, Role::Answer),
    NOTE,
    asked("geopoint", "geopoint"),
    asked("geotrace", "geotrace"),
    asked("geoshape", "geoshape"),
    asked("date", "date"),
    asked("time", "time"),
    asked("dateTime", "dateTime"),
    asked("barcode", "barcode"),
    file("image", "image/*"),
    file("audio", "audio/*"),
    file("video", "video/*"),
    file("file", "application/*"),
    OSM,
    kind("acknowledge", "string", Control::Trigger, Role::Answer),
    kind("trigger", "", Control::Trigger, Role::Answer),
    kind("hidden", "string", Control::None, Role::Answer),
    CALCULATE,
    kind(
        "xml-external",
        "",
        Control::None,
        Role::External("jr://file/", ".xml"),
    ),
    kind(
        "csv-external",
        "",
        Control::None,
        Role::External("jr://file-csv/", ".csv"),
    ),
    kind(
        "start",
        "dateTime",
        Control::None,
        Role::Preload("timestamp", "start"),
    ),
    kind(
        "end",
        "dateTime",
        Control::None,
        Role::Preload("timestamp", "end"),
    ),
    kind(
        "today",
        "date",
        Control::None,
        Role::Preload("date", "today"),
    ),
    property("deviceid"),
    property("username"),
    property("phonenumber"),
    property("email"),
    property("simserial"),
    property("subscriberid"),
    property("uri:deviceid"),
    property("uri:username"),
    property("uri:phonenumber"),
    property("uri:email"),
    property("uri:simserial"),
    property("uri:subscriberid"),
    kind("audit", "binary", Control::None, Role::Audit),
    kind(
        "start-geopoint",
        "geopoint",
        Control::None,
        Role::StartGeopoint,
    ),
    kind(
        "background-geopoint",
        "geopoint",
        Control::Trigger,
        Role::BackgroundGeopoint,
    ),
    kind(
        "background-audio",
        "binary",
        Control::None,
        Role::BackgroundAudio,
    ),
    bounded("percentage", "0 <= . and . <= 100", ""),
    bounded(
        "number of days in last month",
        "0 <= . and . <= 31",
        "Enter a number 0-31.",
    ),
    bounded(
        "number of days in last six months",
        "0 <= . and . <= 183",
        "Enter a number 0-183.",
    ),
    bounded(
        "number of days in last year",
        "0 <= . and . <= 365",
        "Enter a number 0-365.",
    ),
    Kind {
        constraint: r"regex(., '^\d*$')",
        hint: "Enter numbers only.",
        ..asked("phone number", "string")
    },
];

const ALIASES: &[(&str, &[&str])] = &[
    ("text", &["string", "q string", "add text prompt"]),
    ("integer", &["int", "q int", "add integer prompt"]),
    ("decimal", &["q decimal", "add decimal prompt"]),
    ("note", &["q note", "add note prompt"]),
    (
        "geopoint",
        &[
            "gps",
            "location",
            "q geopoint",
            "q location",
            "add location prompt",
        ],
    ),
    ("geotrace", &["q geotrace"]),
    ("geoshape", &["q geoshape"]),
    ("date", &["q date", "add date prompt"]),
    (
        "dateTime",
        &[
            "datetime",
            "date time",
            "q dateTime",
            "q date time",
            "add dateTime prompt",
            "add date time prompt",
        ],
    ),
    ("barcode", &["q barcode", "add barcode prompt"]),
    (
        "image",
        &[
            "photo",
            "q image",
            "q picture",
            "add image prompt",
            "add photo prompt",
        ],
    ),
    ("audio", &["q audio", "add audio prompt"]),
    ("video", &["q video", "add video prompt"]),
    ("file", &["add file prompt"]),
    ("acknowledge", &["q acknowledge", "add acknowledge prompt"]),
    ("calculate", &["q calculate", "add calculate prompt"]),
    ("start", &["start time", "get start time"]),
    ("end", &["end time", "get end time"]),
    ("today", &["get today"]),
    ("deviceid", &["imei", "device id", "get device id"]),
    ("phonenumber", &["get phone number"]),
    ("simserial", &["sim id", "get sim id"]),
    ("subscriberid", &["subscriber id", "get subscriber id"]),
];

/// Every type by name, for documents and checks; what else it is called is left out.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    let selects = SELECTS
        .iter()
        .map(|(name, ..)| *name)
        .filter(|name| !name.contains(' ') && *name != "select1");
    let sections = ["begin group", "end group", "begin repeat", "end repeat"];
    KINDS
        .iter()
        .map(|kind| kind.name)
        .chain(selects)
        .chain(sections)
}

/// The type of this name or alias.
pub(super) fn named(name: &str) -> Option<Kind> {
    let name = ALIASES
        .iter()
        .find(|(_, aliases)| aliases.contains(&name))
        .map_or(name, |(name, _)| name);
    KINDS.iter().find(|kind| kind.name == name).copied()
}

/// A `type` cell, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Begin(Section),
    End(Section),
    Question(Kind),
    /// A select, its list or file or `${question}`, and whether "other" is asked for.
    Select {
        kind: Kind,
        source: String,
        file: bool,
        other: bool,
    },
    /// Tags from the osm sheet.
    Osm(String),
    Unknown,
}

/// What a beginning and an end enclose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Section {
    Group,
    Repeat,
    /// Over this list; empty in an end.
    Loop(String),
}

impl Section {
    pub fn word(&self) -> &'static str {
        match self {
            Section::Group => "group",
            Section::Repeat => "repeat",
            Section::Loop(_) => "loop",
        }
    }
}

const SELECTS: &[(&str, Kind, bool)] = &[
    ("select_one_from_file", SELECT_ONE, true),
    ("select one from file", SELECT_ONE, true),
    ("select_multiple_from_file", SELECT_MULTIPLE, true),
    ("select multiple from file", SELECT_MULTIPLE, true),
    ("select_one_external", SELECT_EXTERNAL, false),
    ("select one from", SELECT_ONE, false),
    ("add select one prompt using", SELECT_ONE, false),
    ("select one", SELECT_ONE, false),
    ("select_one", SELECT_ONE, false),
    ("select1", SELECT_ONE, false),
    ("select all that apply from", SELECT_MULTIPLE, false),
    ("select all that apply", SELECT_MULTIPLE, false),
    ("add select multiple prompt using", SELECT_MULTIPLE, false),
    ("select_multiple", SELECT_MULTIPLE, false),
    ("rank", RANK, false),
];

/// Takes a `type` cell apart.
pub(super) fn parse(cell: &str) -> Type {
    let words: Vec<&str> = cell.split_whitespace().collect();
    let text = words.join(" ");
    for (prefix, end) in [
        ("begin ", false),
        ("begin_", false),
        ("end ", true),
        ("end_", true),
    ] {
        let Some(rest) = text.strip_prefix(prefix) else {
            continue;
        };
        let found = if end {
            section(rest).map(Type::End)
        } else {
            section(rest)
                .or_else(|| named_section(rest))
                .map(Type::Begin)
        };
        if let Some(found) = found {
            return found;
        }
    }
    if let Some(kind) = named(&text) {
        return Type::Question(kind);
    }
    if let Some(list) = text.strip_prefix("osm ").filter(|list| !list.contains(' ')) {
        return Type::Osm(list.into());
    }
    for (prefix, kind, file) in SELECTS {
        let Some(rest) = text
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix(' '))
        else {
            continue;
        };
        let (source, other) = [" or specify other", " or_other", " or other"]
            .iter()
            .find_map(|ending| rest.strip_suffix(ending))
            .map_or((rest, false), |source| (source, true));
        if source.is_empty() || source.contains(' ') {
            continue;
        }
        return Type::Select {
            kind: *kind,
            source: source.into(),
            file: *file,
            other,
        };
    }
    Type::Unknown
}

fn section(text: &str) -> Option<Section> {
    match text {
        "group" => Some(Section::Group),
        "repeat" | "lgroup" | "looped group" => Some(Section::Repeat),
        "loop" => Some(Section::Loop(String::new())),
        _ => None,
    }
}

/// What begins may be followed by a word: a loop's list; otherwise a name, which only its own column gives.
fn named_section(text: &str) -> Option<Section> {
    let (kind, word) = text.rsplit_once(' ')?;
    let kind = kind.strip_suffix(" over").unwrap_or(kind);
    match section(kind)? {
        Section::Loop(_) => Some(Section::Loop(word.into())),
        section => Some(section),
    }
}
