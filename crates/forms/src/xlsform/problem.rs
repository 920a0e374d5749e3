//! What is wrong with a workbook, by cell, as data that the interface words in each language.

use std::fmt;

pub use crate::problem::Severity;

/// One thing wrong in a workbook, and the cell to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the form can be used in spite of it.
    pub severity: Severity,
    /// What is wrong.
    pub kind: Kind,
    /// The sheet's name as written; empty for the file as a whole.
    pub sheet: String,
    /// The row, from 1 (the header); 0 for the sheet as a whole.
    pub row: u32,
    /// The column's header as written; empty for the row as a whole.
    pub column: String,
    /// The text at fault, as written.
    pub cell: String,
}

/// What can be wrong with a workbook. The data of a variant is what a sentence about it must name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Neither an .xlsx nor an .xls file.
    NotAWorkbook,
    /// A workbook, but cut short or damaged: the reader's own reason.
    Damaged(String),
    /// Unpacks to more than this many bytes.
    TooLarge(u64),
    /// A sheet has more rows than this.
    TooManyRows(u32),
    /// A sheet reaches beyond this many columns.
    TooManyColumns(u32),
    /// Groups or repeats within one another, deeper than this.
    TooDeep(u32),
    /// Loops that would make more questions than this.
    TooManyQuestions(u32),
    /// No sheet of this name; these names resemble it.
    MissingSheet {
        wanted: String,
        similar: Vec<String>,
    },
    /// A sheet of an unknown name resembles one that is read when present.
    SimilarSheet { wanted: String, found: Vec<String> },
    /// A sheet lacks these columns.
    MissingColumns(Vec<String>),
    /// Two columns have one header.
    DuplicateHeader,
    /// Two headers name one column.
    ClashingHeaders(String, String),
    /// A column that no reader knows; its cells stay in the workbook.
    UnknownColumn,
    /// A header of the choices sheet that can't be the name of an XML element.
    HeaderNotAName,
    /// A question type that the XLSForm reference does not have.
    UnknownType,
    /// A row with content but no type.
    MissingType,
    /// A question, group or repeat without a name.
    MissingName,
    /// Not a name: a letter or `_`, then letters, digits, `_`, `-`, `.`.
    BadName,
    /// A name used twice in one group or repeat.
    DuplicateName,
    /// Two names that differ in case alone.
    NameDiffersByCase,
    /// A repeat's name used for another repeat.
    DuplicateRepeat,
    /// A repeat or group named as the form's root.
    NamedAsRoot,
    /// A name kept for the form's own use.
    ReservedName,
    /// An end that closes nothing, or closes another kind.
    UnmatchedEnd(&'static str),
    /// A beginning that nothing closes.
    UnmatchedBegin(&'static str),
    /// A loop that names no list.
    LoopWithoutList,
    /// A question without label, hint or medium.
    MissingLabel,
    /// A table-list whose selects have different lists.
    MixedTableList,
    /// A table-list with a filtered list: its header shows all choices.
    FilteredTableList,
    /// `or_other` with a filtered list.
    FilteredOther,
    /// A medium that no client shows: not an image, audio or video.
    UnknownMedium,
    /// A big image without the image that it enlarges.
    BigImageAlone,
    /// A repeat without label.
    RepeatWithoutLabel,
    /// A calculation without expression.
    MissingCalculation,
    /// `${name}` where no question has that name.
    UnknownReference(String),
    /// `${name}` where several questions have that name.
    AmbiguousReference(String),
    /// `${` that no name and `}` follow.
    BadReference,
    /// A trigger that is not a list of `${name}` with commas between them.
    BadTrigger,
    /// A trigger that nobody answers.
    HiddenTrigger(String),
    /// A background place without trigger.
    BackgroundWithoutTrigger,
    /// A background place with a calculation.
    BackgroundWithCalculation,
    /// No list of this name in the choices sheet.
    UnknownList(String),
    /// A choice without name.
    ChoiceWithoutName,
    /// A choice without label.
    ChoiceWithoutLabel,
    /// A choice's name used twice in its list.
    DuplicateChoice(String),
    /// A choice with a space in its name, in a list of which several may be chosen: answers are divided by spaces.
    ChoiceWithSpace(String),
    /// The file of a `select_…_from_file` is not .csv, .xml or .geojson.
    FileExtension,
    /// `or_other` with choices that are not in the choices sheet.
    OtherWithoutChoices,
    /// `or_other` in a form with several languages: "Other" stays as it is.
    OtherUntranslated,
    /// Parameters that are not `key=value key=value`.
    BadParameters,
    /// Keys that this type does not take, and those it does.
    UnknownParameters {
        keys: Vec<String>,
        accepted: Vec<String>,
    },
    /// A parameter's value that this type does not take.
    BadParameter { key: String, fault: Fault },
    /// Two sources under one instance id.
    InstanceClash {
        id: String,
        first: String,
        second: String,
    },
    /// A list used both with `search()` and without.
    SearchClash { list: String, other: String },
    /// `search()` on a select from file.
    SearchOnFile,
    /// A photo without `max-pixels`.
    NoMaxPixels,
    /// A type that devices no longer answer.
    RetiredType,
    /// The `disabled` column, which is not of the reference.
    DisabledColumn,
    /// Two columns for the form's id.
    TwoFormIds,
    /// Columns that a language lacks while another has them.
    MissingTranslations {
        language: String,
        columns: Vec<String>,
    },
    /// A language without its code, as `Français (fr)`.
    LanguageWithoutCode(String),
    /// Expressions that hang on each other in a circle, from a name back to itself.
    Cycle(Vec<String>),
    /// Entities are not read: the form works, no entity is made.
    EntitiesLeftOut,
}

/// What is wrong with a parameter's value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Not a number.
    NotANumber,
    /// Not a whole number.
    NotAnInteger,
    /// Zero, or below where it must not be.
    NotPositive,
    /// Not one of these.
    NotOneOf(Vec<String>),
    /// Larger than from `start` to `end`.
    BeyondRange,
    /// Not a multiple of that parameter.
    NotAMultiple(String),
    /// Not between `start` and `end`.
    OutsideRange,
    /// Not with this appearance.
    Appearance,
    /// Its list has choices that are no numbers.
    ChoicesNotNumbers,
    /// Its list has choices outside of the range.
    ChoicesOutside,
    /// Its list has choices that fall on no step or tick.
    ChoicesOffStep,
    /// With `no-ticks`, its list may hold the two ends alone.
    ChoicesNotEnds,
    /// Neither a list, nor a file, nor a repeat.
    NoSuchSource,
    /// Not a name.
    NotAName,
    /// Of an Android package: no full stop, or a character that can't be.
    NotAPackage,
    /// Only with that parameter.
    Needs(String),
    /// Less than that parameter.
    LessThan(String),
}

impl Problem {
    /// The same for the rest of the crate: a code for the locale files, and the sentence in English.
    pub fn general(&self) -> crate::problem::Problem {
        let place = if self.sheet.is_empty() {
            crate::problem::Place::Form
        } else {
            crate::problem::Place::Cell {
                sheet: self.sheet.clone(),
                row: self.row,
                column: self.column.clone(),
            }
        };
        crate::problem::Problem {
            severity: self.severity,
            code: self.kind.code().into(),
            place,
            subject: self.kind.subject().unwrap_or_else(|| self.cell.clone()),
            detail: self.kind.to_string(),
        }
    }
}

impl Kind {
    /// The key of this kind in the locale files.
    pub fn code(&self) -> &'static str {
        match self {
            Kind::NotAWorkbook => "not-a-workbook",
            Kind::Damaged(_) => "damaged-workbook",
            Kind::TooLarge(_) => "workbook-too-large",
            Kind::TooManyRows(_) => "too-many-rows",
            Kind::TooManyColumns(_) => "too-many-columns",
            Kind::TooDeep(_) => "too-deep",
            Kind::TooManyQuestions(_) => "too-many-questions",
            Kind::MissingSheet { .. } => "missing-sheet",
            Kind::SimilarSheet { .. } => "similar-sheet",
            Kind::MissingColumns(_) => "missing-columns",
            Kind::DuplicateHeader => "duplicate-header",
            Kind::ClashingHeaders(..) => "clashing-headers",
            Kind::UnknownColumn => "unknown-column",
            Kind::HeaderNotAName => "header-not-a-name",
            Kind::UnknownType => "unknown-type",
            Kind::MissingType => "missing-type",
            Kind::MissingName => "missing-name",
            Kind::BadName => "bad-name",
            Kind::DuplicateName => "duplicate-name",
            Kind::NameDiffersByCase => "name-differs-by-case",
            Kind::DuplicateRepeat => "duplicate-repeat",
            Kind::NamedAsRoot => "named-as-root",
            Kind::ReservedName => "reserved-name",
            Kind::UnmatchedEnd(_) => "unmatched-end",
            Kind::UnmatchedBegin(_) => "unmatched-begin",
            Kind::LoopWithoutList => "loop-without-list",
            Kind::MissingLabel => "missing-label",
            Kind::MixedTableList => "mixed-table-list",
            Kind::FilteredTableList => "filtered-table-list",
            Kind::FilteredOther => "filtered-other",
            Kind::UnknownMedium => "unknown-medium",
            Kind::BigImageAlone => "big-image-alone",
            Kind::RepeatWithoutLabel => "repeat-without-label",
            Kind::MissingCalculation => "missing-calculation",
            Kind::UnknownReference(_) => "unknown-reference",
            Kind::AmbiguousReference(_) => "ambiguous-reference",
            Kind::BadReference => "bad-reference",
            Kind::BadTrigger => "bad-trigger",
            Kind::HiddenTrigger(_) => "hidden-trigger",
            Kind::BackgroundWithoutTrigger => "background-without-trigger",
            Kind::BackgroundWithCalculation => "background-with-calculation",
            Kind::UnknownList(_) => "missing-list",
            Kind::ChoiceWithoutName => "choice-without-name",
            Kind::ChoiceWithoutLabel => "choice-without-label",
            Kind::DuplicateChoice(_) => "duplicate-choice",
            Kind::ChoiceWithSpace(_) => "choice-with-space",
            Kind::FileExtension => "file-extension",
            Kind::OtherWithoutChoices => "other-without-choices",
            Kind::OtherUntranslated => "other-untranslated",
            Kind::BadParameters => "bad-parameters",
            Kind::UnknownParameters { .. } => "unknown-parameters",
            Kind::BadParameter { .. } => "bad-parameter",
            Kind::InstanceClash { .. } => "instance-clash",
            Kind::SearchClash { .. } => "search-clash",
            Kind::SearchOnFile => "search-on-file",
            Kind::NoMaxPixels => "no-max-pixels",
            Kind::RetiredType => "retired-type",
            Kind::DisabledColumn => "disabled-column",
            Kind::TwoFormIds => "two-form-ids",
            Kind::MissingTranslations { .. } => "missing-translations",
            Kind::LanguageWithoutCode(_) => "language-without-code",
            Kind::Cycle(_) => "cycle",
            Kind::EntitiesLeftOut => "entities-left-out",
        }
    }

    /// What a sentence about this kind names, where that is not the cell itself.
    pub fn subject(&self) -> Option<String> {
        match self {
            Kind::Damaged(text)
            | Kind::UnknownReference(text)
            | Kind::AmbiguousReference(text)
            | Kind::HiddenTrigger(text)
            | Kind::UnknownList(text)
            | Kind::DuplicateChoice(text)
            | Kind::ChoiceWithSpace(text)
            | Kind::LanguageWithoutCode(text) => Some(text.clone()),
            Kind::TooLarge(limit) => Some(limit.to_string()),
            Kind::TooManyRows(limit)
            | Kind::TooManyColumns(limit)
            | Kind::TooDeep(limit)
            | Kind::TooManyQuestions(limit) => Some(limit.to_string()),
            Kind::MissingSheet { wanted, .. } => Some(wanted.clone()),
            Kind::SimilarSheet { found, .. } => Some(found.join(", ")),
            Kind::MissingColumns(names) => Some(names.join(", ")),
            Kind::ClashingHeaders(a, b) => Some(format!("{a}, {b}")),
            Kind::UnmatchedEnd(what) | Kind::UnmatchedBegin(what) => Some((*what).into()),
            Kind::UnknownParameters { keys, .. } => Some(keys.join(", ")),
            Kind::BadParameter { key, .. } => Some(key.clone()),
            Kind::InstanceClash { id, .. } => Some(id.clone()),
            Kind::SearchClash { list, .. } => Some(list.clone()),
            Kind::MissingTranslations { language, columns } => {
                Some(format!("{language}: {}", columns.join(", ")))
            }
            Kind::Cycle(path) => Some(path.join(" → ")),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::NotAWorkbook => write!(f, "this is neither an .xlsx nor an .xls workbook"),
            Kind::Damaged(why) => write!(f, "the workbook is damaged: {why}"),
            Kind::TooLarge(limit) => write!(f, "the workbook unpacks to more than {limit} bytes"),
            Kind::TooManyRows(limit) => write!(f, "the sheet has more than {limit} rows"),
            Kind::TooManyColumns(limit) => write!(f, "the sheet has more than {limit} columns"),
            Kind::TooDeep(limit) => {
                write!(f, "more than {limit} groups or repeats within one another")
            }
            Kind::TooManyQuestions(limit) => write!(f, "loops make more than {limit} questions"),
            Kind::MissingSheet { wanted, similar } if similar.is_empty() => {
                write!(f, "there is no sheet '{wanted}'")
            }
            Kind::MissingSheet { wanted, similar } => {
                write!(
                    f,
                    "there is no sheet '{wanted}'; is it one of these: {}?",
                    similar.join(", ")
                )
            }
            Kind::SimilarSheet { wanted, found } => {
                write!(
                    f,
                    "there is no sheet '{wanted}', but one of a similar name: {}",
                    found.join(", ")
                )
            }
            Kind::MissingColumns(names) => {
                write!(f, "the sheet lacks the columns {}", names.join(", "))
            }
            Kind::DuplicateHeader => write!(f, "two columns have this header"),
            Kind::ClashingHeaders(a, b) => write!(f, "'{a}' and '{b}' are two names of one column"),
            Kind::UnknownColumn => write!(f, "no column of the XLSForm reference has this header"),
            Kind::HeaderNotAName => write!(f, "a header of the choices sheet must not have spaces"),
            Kind::UnknownType => write!(f, "unknown question type"),
            Kind::MissingType => write!(f, "the row has no type"),
            Kind::MissingName => write!(f, "the question or group has no name"),
            Kind::BadName => write!(
                f,
                "a name begins with a letter or underscore, and goes on with letters, digits, underscores, hyphens, full stops"
            ),
            Kind::DuplicateName => write!(f, "the name is used twice in one group or repeat"),
            Kind::NameDiffersByCase => write!(
                f,
                "the name differs from another in upper and lower case alone"
            ),
            Kind::DuplicateRepeat => write!(f, "another repeat has this name"),
            Kind::NamedAsRoot => write!(f, "the form's root has this name"),
            Kind::ReservedName => write!(f, "the name is kept for the form's own use"),
            Kind::UnmatchedEnd(what) => write!(f, "this closes no {what}"),
            Kind::UnmatchedBegin(what) => write!(f, "nothing closes this {what}"),
            Kind::LoopWithoutList => write!(f, "a loop names the list it goes over"),
            Kind::MissingLabel => write!(f, "the question has no label or hint"),
            Kind::MixedTableList => write!(f, "the questions of a table-list share one list"),
            Kind::FilteredTableList => write!(f, "choice_filter does not go with table-list"),
            Kind::FilteredOther => write!(f, "choice_filter does not go with or_other"),
            Kind::UnknownMedium => write!(f, "media are image, big-image, audio and video"),
            Kind::BigImageAlone => write!(f, "a big-image needs the image that it enlarges"),
            Kind::RepeatWithoutLabel => write!(f, "the repeat has no label"),
            Kind::MissingCalculation => write!(f, "the calculation is missing"),
            Kind::UnknownReference(name) => write!(f, "no question is named '{name}'"),
            Kind::AmbiguousReference(name) => write!(f, "several questions are named '{name}'"),
            Kind::BadReference => write!(f, "a reference is ${{, the name of a question, and }}"),
            Kind::BadTrigger => write!(
                f,
                "a trigger is a list of ${{name}} with commas between them"
            ),
            Kind::HiddenTrigger(name) => {
                write!(f, "nobody answers '{name}', so that it can't be a trigger")
            }
            Kind::BackgroundWithoutTrigger => write!(f, "background-geopoint needs a trigger"),
            Kind::BackgroundWithCalculation => write!(f, "background-geopoint has no calculation"),
            Kind::UnknownList(list) => write!(f, "no list '{list}' in the choices sheet"),
            Kind::ChoiceWithoutName => write!(f, "the choice has no name"),
            Kind::ChoiceWithoutLabel => write!(f, "the choice has no label"),
            Kind::DuplicateChoice(list) => write!(f, "the list '{list}' has this choice twice"),
            Kind::ChoiceWithSpace(list) => {
                write!(
                    f,
                    "several of the list '{list}' may be chosen, so that a choice's name must not have spaces"
                )
            }
            Kind::FileExtension => write!(f, "the file's name must end in .csv, .xml or .geojson"),
            Kind::OtherWithoutChoices => {
                write!(f, "or_other needs its choices in the choices sheet")
            }
            Kind::OtherUntranslated => {
                write!(f, "or_other adds 'Other' and 'Specify other.' untranslated")
            }
            Kind::BadParameters => write!(f, "parameters are key=value, with spaces between them"),
            Kind::UnknownParameters { keys, accepted } => {
                write!(
                    f,
                    "this type has no parameter {}; it has {}",
                    keys.join(", "),
                    accepted.join(", ")
                )
            }
            Kind::BadParameter { key, fault } => write!(f, "parameter '{key}': {fault}"),
            Kind::InstanceClash { id, first, second } => {
                write!(f, "the instance '{id}' would be both {first} and {second}")
            }
            Kind::SearchClash { list, other } => {
                write!(
                    f,
                    "the list '{list}' is used with search() here, and without in '{other}'"
                )
            }
            Kind::SearchOnFile => write!(f, "search() does not go with a select from file"),
            Kind::NoMaxPixels => write!(f, "max-pixels makes photos quicker to send"),
            Kind::RetiredType => write!(f, "most devices no longer answer this type"),
            Kind::DisabledColumn => write!(
                f,
                "the column 'disabled' is not of the reference; relevant is"
            ),
            Kind::TwoFormIds => write!(f, "form_id and id_string are both given"),
            Kind::MissingTranslations { language, columns } => {
                write!(f, "the language '{language}' lacks {}", columns.join(", "))
            }
            Kind::LanguageWithoutCode(name) => write!(
                f,
                "the language '{name}' has no code, as in 'Français (fr)'"
            ),
            Kind::Cycle(path) => write!(
                f,
                "expressions hang on each other in a circle: {}",
                path.join(" → ")
            ),
            Kind::EntitiesLeftOut => write!(f, "entities are left out"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotANumber => write!(f, "not a number"),
            Fault::NotAnInteger => write!(f, "not a whole number"),
            Fault::NotPositive => write!(f, "must be more than zero"),
            Fault::NotOneOf(values) => write!(f, "must be one of {}", values.join(", ")),
            Fault::BeyondRange => write!(f, "larger than the range"),
            Fault::NotAMultiple(of) => write!(f, "not a multiple of {of}"),
            Fault::OutsideRange => write!(f, "outside of the range"),
            Fault::Appearance => write!(f, "not with this appearance"),
            Fault::ChoicesNotNumbers => write!(f, "its choices must be numbers"),
            Fault::ChoicesOutside => write!(f, "its choices must lie within the range"),
            Fault::ChoicesOffStep => write!(f, "its choices must fall on steps or ticks"),
            Fault::ChoicesNotEnds => write!(
                f,
                "with no-ticks, its choices must be the two ends of the range"
            ),
            Fault::NoSuchSource => write!(f, "neither a list, nor a file, nor a repeat"),
            Fault::NotAName => write!(f, "not a name"),
            Fault::NotAPackage => write!(f, "not the name of an Android package"),
            Fault::Needs(other) => write!(f, "only together with {other}"),
            Fault::LessThan(other) => write!(f, "less than {other}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.sheet.is_empty() {
            write!(f, "{}", self.sheet)?;
            if self.row > 0 {
                write!(f, " {}", self.row)?;
            }
            if !self.column.is_empty() {
                write!(f, " [{}]", self.column)?;
            }
            write!(f, ": ")?;
        } else if !self.column.is_empty() {
            write!(f, "{}: ", self.column)?;
        }
        write!(f, "{}", self.kind)?;
        if !self.cell.is_empty() {
            write!(f, ": {}", self.cell)?;
        }
        Ok(())
    }
}

/// The problems of one conversion, in the order they were met.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
    /// Kind, row, column and cell of each, so that none is said twice.
    said: std::collections::HashSet<(Kind, u32, String, String)>,
}

/// Where a problem is.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub sheet: &'a str,
    pub row: u32,
    pub column: &'a str,
    pub cell: &'a str,
}

impl Problems {
    pub fn error(&mut self, kind: Kind, at: At<'_>) {
        self.push(Severity::Error, kind, at);
    }

    pub fn warning(&mut self, kind: Kind, at: At<'_>) {
        self.push(Severity::Warning, kind, at);
    }

    fn push(&mut self, severity: Severity, kind: Kind, at: At<'_>) {
        let problem = Problem {
            severity,
            kind,
            sheet: at.sheet.into(),
            row: at.row,
            column: at.column.into(),
            cell: at.cell.into(),
        };
        let said = (
            problem.kind.clone(),
            problem.row,
            problem.column.clone(),
            problem.cell.clone(),
        );
        if self.said.insert(said) {
            self.found.push(problem);
        }
    }

    pub fn all(self) -> Vec<Problem> {
        self.found
    }

    pub fn any_error(&self) -> bool {
        self.found
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }
}

impl<'a> At<'a> {
    pub fn form() -> At<'a> {
        At {
            sheet: "",
            row: 0,
            column: "",
            cell: "",
        }
    }

    pub fn sheet(sheet: &'a str) -> At<'a> {
        At {
            sheet,
            ..At::form()
        }
    }
}
