//! A sheet with its header understood: which column is which, in which language, under which of its names.

use super::problem::{At, Kind, Problems};
use super::workbook::Sheet;

/// Which sheet's columns to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Survey,
    Choices,
    Settings,
}

/// Messages of a bind, which may be in several languages.
pub(super) const MESSAGES: &[&str] = &["jr:constraintMsg", "jr:requiredMsg", "jr:noAppErrorString"];

/// One column of a sheet.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// As written.
    pub header: String,
    /// What it is: `label`, `media`/`image`, `bind`/`relevant`; the header itself where it is unknown.
    pub path: Vec<String>,
    /// Of a text: its language, none where the header names none.
    pub language: Option<String>,
    /// Whether the reference has such a column.
    pub known: bool,
}

impl Column {
    /// Whether people read what is written in it; the rest is for the form.
    fn is_read(&self) -> bool {
        match self.path.as_slice() {
            [only] => ["label", "hint", "guidance_hint", "title"].contains(&only.as_str()),
            [first, name] => first == "bind" && MESSAGES.contains(&name.as_str()),
            _ => false,
        }
    }

    pub fn is(&self, path: &[&str]) -> bool {
        self.path.len() == path.len() && self.path.iter().zip(path).all(|(a, b)| a == b)
    }
}

/// A sheet's rows by column.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// The sheet's name as written.
    pub name: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// The cells of a row that hold something, in the header's order.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// From 1, the header.
    pub number: u32,
    cells: Vec<(usize, String)>,
}

/// A text, and what it is in each language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// Where the header names no language.
    pub plain: Option<String>,
    /// In the header's order.
    pub languages: Vec<(String, String)>,
}

impl Text {
    pub fn plain(text: impl Into<String>) -> Text {
        Text {
            plain: Some(text.into()),
            languages: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.plain.is_none() && self.languages.is_empty()
    }

    pub fn is_translated(&self) -> bool {
        !self.languages.is_empty()
    }

    /// In every language it is in; what names no language is in the form's default one.
    pub fn in_languages<'a>(&'a self, default: &'a str) -> Vec<(&'a str, &'a str)> {
        let plain = self
            .plain
            .as_deref()
            .filter(|_| self.languages.iter().all(|(name, _)| name != default));
        let plain = plain.map(|text| (default, text));
        plain
            .into_iter()
            .chain(
                self.languages
                    .iter()
                    .map(|(name, text)| (name.as_str(), text.as_str())),
            )
            .collect()
    }

    /// Every wording.
    pub fn wordings(&self) -> impl Iterator<Item = &str> {
        self.plain
            .as_deref()
            .into_iter()
            .chain(self.languages.iter().map(|(_, text)| text.as_str()))
    }

    /// The same with every wording changed by `change`, which is told its language.
    pub fn map(&self, change: impl Fn(Option<&str>, &str) -> String) -> Text {
        let languages = self.languages.iter();
        Text {
            plain: self.plain.as_deref().map(|text| change(None, text)),
            languages: languages
                .map(|(name, text)| (name.clone(), change(Some(name), text)))
                .collect(),
        }
    }

    /// What it is in `language`; where it is not in that one, what names no language, else the first.
    pub fn in_language(&self, language: Option<&str>) -> Option<&str> {
        let found = self
            .languages
            .iter()
            .find(|(name, _)| Some(name.as_str()) == language);
        let found = found.map(|(_, text)| text.as_str());
        found
            .or(self.plain.as_deref())
            .or_else(|| self.wordings().next())
    }
}

impl Table {
    /// Reads a sheet; `clean` collapses runs of spaces, which is what people mean unless a setting says otherwise.
    pub fn read(sheet: &Sheet, dialect: Dialect, clean: bool, problems: &mut Problems) -> Table {
        let mut table = Table {
            name: sheet.name.clone(),
            ..Table::default()
        };
        let Some(header) = sheet.rows.first() else {
            return table;
        };
        let double = header.iter().any(|header| header.contains("::"));
        let mut places = Vec::new();
        for (place, header) in header.iter().enumerate() {
            let header = header.trim();
            if header.is_empty() {
                continue;
            }
            let column = column(header, dialect, double);
            let at = At {
                sheet: &sheet.name,
                row: 1,
                column: header,
                cell: header,
            };
            if let Some(other) = table
                .columns
                .iter()
                .find(|other| other.path == column.path && other.language == column.language)
            {
                if other.header == column.header {
                    problems.error(Kind::DuplicateHeader, at);
                } else if dialect == Dialect::Settings {
                    // The later one holds.
                    let names = (other.header.clone(), column.header.clone());
                    let id = column.is(&["id_string"]);
                    problems.warning(
                        if id {
                            Kind::TwoFormIds
                        } else {
                            Kind::ClashingHeaders(names.0, names.1)
                        },
                        at,
                    );
                } else {
                    problems.error(
                        Kind::ClashingHeaders(other.header.clone(), column.header.clone()),
                        at,
                    );
                }
            }
            if !column.known && dialect == Dialect::Survey {
                problems.warning(Kind::UnknownColumn, at);
            }
            places.push(place);
            table.columns.push(column);
        }
        for (index, cells) in sheet.rows.iter().enumerate().skip(1) {
            let cells: Vec<(usize, String)> = places
                .iter()
                .enumerate()
                .filter_map(|(column, place)| {
                    let is_read = table.columns.get(column)?.is_read();
                    Some((column, tidy(cells.get(*place)?, clean, is_read)))
                })
                .filter(|(_, text)| !text.is_empty())
                .collect();
            if !cells.is_empty() {
                table.rows.push(Row {
                    number: index as u32 + 1,
                    cells,
                });
            }
        }
        table
    }

    pub fn has(&self, path: &[&str]) -> bool {
        self.columns.iter().any(|column| column.is(path))
    }

    /// The header that names this column, as written; the column's own name where there is none.
    pub fn header(&self, path: &[&str]) -> String {
        let column = self.columns.iter().find(|column| column.is(path));
        column.map_or_else(
            || path.last().copied().unwrap_or_default().to_string(),
            |column| column.header.clone(),
        )
    }

    /// The row's cells with their columns.
    pub fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'a Column, &'a str)> {
        row.cells
            .iter()
            .filter_map(|(index, text)| Some((self.columns.get(*index)?, text.as_str())))
    }

    pub fn get<'a>(&'a self, row: &'a Row, path: &[&str]) -> Option<&'a str> {
        self.cells(row)
            .filter(|(column, _)| column.is(path))
            .map(|(_, text)| text)
            .last()
    }

    /// A text in its languages. A label or hint without language after those with one
    /// stands for them all, as in pyxform.
    pub fn text(&self, row: &Row, path: &[&str]) -> Text {
        let mut text = Text::default();
        for (column, cell) in self.cells(row).filter(|(column, _)| column.is(path)) {
            match &column.language {
                None if path.len() == 1 => text = Text::plain(cell),
                None => text.plain = Some(cell.into()),
                Some(language) => text.languages.push((language.clone(), cell.into())),
            }
        }
        text
    }

    /// Every text below `path` (the media of a row, the attributes of a bind) by its last name.
    pub fn below(&self, row: &Row, path: &str) -> Vec<(String, Text)> {
        let mut below: Vec<(String, Text)> = Vec::new();
        for (column, _) in self.cells(row) {
            let [first, name] = column.path.as_slice() else {
                continue;
            };
            if first == path && below.iter().all(|(other, _)| other != name) {
                below.push((name.clone(), self.text(row, &[path, name])));
            }
        }
        below
    }

    /// A problem's place in this sheet.
    pub fn at<'a>(&'a self, row: u32, column: &'a str, cell: &'a str) -> At<'a> {
        At {
            sheet: &self.name,
            row,
            column,
            cell,
        }
    }
}

/// Without typographic quotes, which break expressions, and, where `clean`, without surplus spaces.
fn tidy(cell: &str, clean: bool, is_read: bool) -> String {
    let cell = cell.trim();
    let mut tidy = String::with_capacity(cell.len());
    for c in cell.chars() {
        match c {
            c if is_read && c != ' ' => tidy.push(c),
            '\u{2018}' | '\u{2019}' => tidy.push('\''),
            '\u{201c}' | '\u{201d}' => tidy.push('"'),
            ' ' if clean && tidy.ends_with(' ') => {}
            c => tidy.push(c),
        }
    }
    tidy
}

fn column(header: &str, dialect: Dialect, double: bool) -> Column {
    let mut tokens: Vec<String> = if double {
        header
            .split("::")
            .map(|token| token.trim().to_string())
            .collect()
    } else {
        let mut tokens: Vec<String> = Vec::new();
        for token in header.split(':').map(str::trim) {
            match tokens.last_mut() {
                Some(last) if last == "jr" => *last = format!("jr:{token}"),
                _ => tokens.push(token.to_string()),
            }
        }
        tokens
    };
    let known = tokens.first().and_then(|first| canonical(first, dialect));
    let Some(mut path) = known else {
        return Column {
            header: header.into(),
            path: vec![header.into()],
            language: None,
            known: false,
        };
    };
    tokens.remove(0);
    let container = matches!(path.as_slice(), [only] if ["bind", "control", "instance", "media", "attribute"].contains(&only.as_str()));
    if container {
        if tokens.is_empty() {
            return Column {
                header: header.into(),
                path: vec![header.into()],
                language: None,
                known: false,
            };
        }
        let mut name = tokens.remove(0);
        let first = path[0].as_str();
        if first != "media" && !double && !tokens.is_empty() && !MESSAGES.contains(&name.as_str()) {
            name = format!("{name}:{}", tokens.join(":"));
            tokens.clear();
        }
        path = vec![first.to_string(), name];
    }
    let translated = match path.as_slice() {
        [only] => ["label", "hint", "guidance_hint"].contains(&only.as_str()),
        [first, name] => first == "media" || (first == "bind" && MESSAGES.contains(&name.as_str())),
        _ => false,
    };
    let language = (translated && !tokens.is_empty()).then(|| tokens.join("::"));
    if !translated && !tokens.is_empty() {
        return Column {
            header: header.into(),
            path: vec![header.into()],
            language: None,
            known: false,
        };
    }
    Column {
        header: header.into(),
        path,
        language,
        known: true,
    }
}

/// What a header's first part names, by any of its names.
fn canonical(token: &str, dialect: Dialect) -> Option<Vec<String>> {
    let lower = token
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("_");
    let path: &[&str] = match (dialect, lower.as_str()) {
        (Dialect::Settings, _) => return Some(vec![setting(&lower).to_string()]),
        (_, "label") => &["label"],
        (_, "image") => &["media", "image"],
        (_, "audio") => &["media", "audio"],
        (_, "video") => &["media", "video"],
        (_, "big-image") => &["media", "big-image"],
        (_, "media") => &["media"],
        (_, "name" | "value") => &["name"],
        (Dialect::Choices, "list_name") => &["list_name"],
        (Dialect::Choices, _) => return None,
        (Dialect::Survey, name) => match name {
            "caption" => &["label"],
            "tag" => &["name"],
            "type" | "command" => &["type"],
            "hint" => &["hint"],
            "guidance_hint" => &["guidance_hint"],
            "default" => &["default"],
            "choice_filter" => &["choice_filter"],
            "parameters" => &["parameters"],
            "trigger" => &["trigger"],
            "sensible" => &["sensible"],
            "disabled" => &["disabled"],
            "relevant" | "relevance" => &["bind", "relevant"],
            "required" => &["bind", "required"],
            "readonly" | "read_only" => &["bind", "readonly"],
            "constraint" => &["bind", "constraint"],
            "constraint_message" | "constraining_message" => &["bind", "jr:constraintMsg"],
            "required_message" | "requiredmsg" => &["bind", "jr:requiredMsg"],
            "noapperrorstring" | "no_app_error_string" => &["bind", "jr:noAppErrorString"],
            "calculation" | "calculate" => &["bind", "calculate"],
            "save_to" => &["bind", "entities:saveto"],
            "appearance" => &["control", "appearance"],
            "repeat_count" | "count" | "jr:count" => &["control", "jr:count"],
            "autoplay" => &["control", "autoplay"],
            "rows" => &["control", "rows"],
            "intent" => &["intent"],
            "compact_tag" => &["instance", "odk:tag"],
            "bind" => &["bind"],
            "control" | "body" => &["control"],
            "instance" => &["instance"],
            _ => return None,
        },
    };
    Some(path.iter().map(ToString::to_string).collect())
}

fn setting(name: &str) -> &str {
    match name {
        "form_title" | "set_form_title" => "title",
        "form_id" | "set_form_id" => "id_string",
        "omit_instanceid" => "omit_instance_id",
        other => other,
    }
}
