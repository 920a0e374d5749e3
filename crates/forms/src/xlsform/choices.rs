//! The choices sheet: lists, their choices, and which lists need texts by language.

use super::names;
use super::problem::{Kind, Problems};
use super::table::{Row, Table, Text};
use std::collections::HashMap;

/// One choice.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    /// In the choices sheet.
    pub row: u32,
    pub name: String,
    pub label: Text,
    pub media: Vec<(String, Text)>,
    /// Further columns in the sheet's order: header and cell.
    pub extra: Vec<(String, String)>,
}

/// One list.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    pub name: String,
    pub choices: Vec<Choice>,
}

impl List {
    /// Whether its labels live in the form's texts by language.
    pub fn has_itext(&self) -> bool {
        self.choices.iter().any(|choice| {
            choice.label.is_translated()
                || !choice.media.is_empty()
                || choice.label.wordings().any(|text| {
                    !names::references(text).is_empty() || super::text::has_output(text)
                })
        })
    }

    /// Adds "Other" where the list has no choice `other`, in each language that its labels are in.
    pub fn add_other(&mut self) {
        if self.choices.iter().any(|choice| choice.name == "other") {
            return;
        }
        let mut label = Text::default();
        for choice in &self.choices {
            for (language, _) in &choice.label.languages {
                if label.languages.iter().all(|(other, _)| other != language) {
                    label.languages.push((language.clone(), "Other".into()));
                }
            }
        }
        if label.languages.is_empty()
            || self
                .choices
                .iter()
                .any(|choice| choice.label.plain.is_some())
        {
            label.plain = Some("Other".into());
        }
        self.choices.push(Choice {
            name: "other".into(),
            label,
            ..Choice::default()
        });
    }
}

/// The lists of a sheet, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    pub lists: Vec<List>,
    by_name: HashMap<String, usize>,
}

impl Lists {
    pub fn get(&self, name: &str) -> Option<&List> {
        self.by_name
            .get(name)
            .and_then(|index| self.lists.get(*index))
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut List> {
        self.by_name
            .get(name)
            .and_then(|index| self.lists.get_mut(*index))
    }

    /// Reads the sheet. `strict` reports what pyxform reports of the choices sheet and not of its external kin.
    pub fn read(table: &Table, strict: bool, duplicates: bool, problems: &mut Problems) -> Lists {
        let mut lists = Lists::default();
        let mut seen: HashMap<(usize, String), u32> = HashMap::new();
        if strict {
            for column in table.columns.iter().filter(|column| !column.known) {
                if column.header.contains(char::is_whitespace) {
                    problems.warning(
                        Kind::HeaderNotAName,
                        table.at(1, &column.header, &column.header),
                    );
                }
            }
            if !table.rows.is_empty() && table.has(&["list_name"]) && !table.has(&["name"]) {
                problems.error(
                    Kind::MissingColumns(vec!["name".into()]),
                    table.at(0, "name", ""),
                );
                return lists;
            }
        }
        for row in &table.rows {
            let Some(list) = table.get(row, &["list_name"]) else {
                continue;
            };
            let index = *lists.by_name.entry(list.to_string()).or_insert_with(|| {
                lists.lists.push(List {
                    name: list.into(),
                    choices: Vec::new(),
                });
                lists.lists.len() - 1
            });
            let choice = choice(table, row);
            if strict {
                if choice.name.is_empty() {
                    let column = table.header(&["name"]);
                    problems.error(Kind::ChoiceWithoutName, table.at(row.number, &column, ""));
                }
                if choice.label.is_empty() {
                    let column = table.header(&["label"]);
                    problems.warning(Kind::ChoiceWithoutLabel, table.at(row.number, &column, ""));
                }
                if !duplicates
                    && !choice.name.is_empty()
                    && seen
                        .insert((index, choice.name.clone()), row.number)
                        .is_some()
                {
                    let column = table.header(&["name"]);
                    problems.error(
                        Kind::DuplicateChoice(list.into()),
                        table.at(row.number, &column, &choice.name),
                    );
                }
            }
            lists.lists[index].choices.push(choice);
        }
        lists
    }
}

fn choice(table: &Table, row: &Row) -> Choice {
    let extra = table
        .cells(row)
        .filter(|(column, _)| !column.known && names::is_name(&column.header));
    Choice {
        row: row.number,
        name: table.get(row, &["name"]).unwrap_or_default().to_string(),
        label: table.text(row, &["label"]),
        media: table.below(row, "media"),
        extra: extra
            .map(|(column, text)| (column.header.clone(), text.to_string()))
            .collect(),
    }
}
