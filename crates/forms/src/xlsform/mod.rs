//! XLSForm workbooks, read into XForm XML.
//!
//! [`read`] takes an .xlsx or .xls file into plain sheets; [`convert`] takes sheets, wherever they are from, into the
//! XForm that pyxform 4.5.0 makes of them, or into the list of all that is wrong with them, by cell.
//! Source: the XLSForm reference (xlsform.org), the ODK XForms specification, and pyxform's behaviour.
//!
//! The way through: `workbook` (bytes to sheets) → `table` (headers to columns) → `settings`, `choices`, `survey` (rows
//! to a tree) → `check` (names, references, circles) → `xform` (the tree to XML). Entities are left out, with a warning.

mod body;
mod check;
mod choices;
mod element;
mod extent;
mod form;
mod instances;
mod itext;
mod kinds;
mod loops;
mod names;
mod parameters;
mod places;
mod problem;
mod references;
mod selects;
mod settings;
mod survey;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod workbook;
mod xform;

pub use extent::{CELLS_LIMIT, XLS_LIMIT};
pub use kinds::type_names;
pub use places::Places;
pub use problem::{Fault, Kind, Problem, Severity};
pub use survey::{DEPTH_LIMIT, LOOP_LIMIT, REPEAT_DEPTH_LIMIT};
pub use workbook::{COLUMN_LIMIT, ROW_LIMIT, Sheet, UNPACKED_LIMIT, Workbook, read};

use problem::{At, Problems};
use table::{Dialect, Table};

/// What a form is called where its workbook does not say.
#[derive(Debug, Clone)]
pub struct Options {
    /// The root's name.
    pub name: String,
    /// The form's id, and its title: mostly the file's name without ending.
    pub id: String,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            name: "data".into(),
            id: "data".into(),
        }
    }
}

/// A workbook as an XForm.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The XForm.
    pub xml: String,
    /// `itemsets.csv`: the external choices that selects query, where the workbook has any.
    pub itemsets: Option<String>,
    /// What is doubtful, and what was left out.
    pub warnings: Vec<Problem>,
    /// The form's id.
    pub id: String,
    /// The form's title.
    pub title: String,
    /// The form's version, where the settings give one.
    pub version: Option<String>,
    /// Where in the workbook what the XForm says stands.
    pub places: Places,
}

/// The names of sheets that mean something.
const SHEETS: &[&str] = &[
    "survey",
    "choices",
    "settings",
    "external_choices",
    "entities",
    "osm",
];

/// The sheets of a workbook by what they are for.
struct Found<'a> {
    sheets: &'a [Sheet],
}

impl<'a> Found<'a> {
    fn named(&self, name: &str) -> Option<&'a Sheet> {
        self.sheets
            .iter()
            .find(|sheet| sheet.name.trim().to_lowercase() == name)
    }

    /// Sheets that are probably meant to have this name; a leading underscore says that they are not.
    fn similar(&self, name: &str) -> Vec<String> {
        self.sheets
            .iter()
            .map(|sheet| sheet.name.trim())
            .filter(|other| {
                let lower = other.to_lowercase();
                !other.starts_with('_')
                    && !SHEETS.contains(&lower.as_str())
                    && names::distance(&lower, name) <= 2
            })
            .map(str::to_string)
            .collect()
    }
}

/// Converts sheets into an XForm.
///
/// # Errors
/// All that is wrong with the workbook, warnings among it, where anything forbids using the form.
pub fn convert(workbook: &Workbook, options: &Options) -> Result<Converted, Vec<Problem>> {
    let mut problems = Problems::default();
    match build(workbook, options, &mut problems) {
        Some((xml, settings, places)) if !problems.any_error() => Ok(Converted {
            xml,
            places,
            itemsets: Found {
                sheets: &workbook.sheets,
            }
            .named("external_choices")
            .map(csv),
            warnings: problems.all(),
            id: settings.id,
            title: settings.title,
            version: settings.version,
        }),
        _ => Err(problems.all()),
    }
}

fn build(
    workbook: &Workbook,
    options: &Options,
    problems: &mut Problems,
) -> Option<(String, settings::Settings, Places)> {
    let found = Found {
        sheets: &workbook.sheets,
    };
    let empty = Sheet {
        name: "settings".into(),
        rows: Vec::new(),
    };
    let settings_sheet = found.named("settings");
    if settings_sheet.is_none() {
        let similar = found.similar("settings");
        if !similar.is_empty() {
            problems.warning(
                Kind::SimilarSheet {
                    wanted: "settings".into(),
                    found: similar,
                },
                At::form(),
            );
        }
    }
    let table = Table::read(
        settings_sheet.unwrap_or(&empty),
        Dialect::Settings,
        true,
        problems,
    );
    let clean = table
        .rows
        .first()
        .and_then(|row| table.get(row, &["clean_text_values"]))
        .is_none_or(settings::yes);
    let settings = settings::Settings::read(&table, &options.name, &options.id, problems);

    let choices_sheet = found.named("choices").filter(|sheet| sheet.rows.len() > 1);
    let choices_table =
        choices_sheet.map(|sheet| Table::read(sheet, Dialect::Choices, clean, problems));
    let choices_table =
        choices_table.filter(|table| table.has(&["list_name"]) && !table.rows.is_empty());
    let lists = match &choices_table {
        Some(table) => choices::Lists::read(table, true, settings.duplicate_choices, problems),
        None => choices::Lists::default(),
    };
    let mut aside = |name: &str| {
        let sheet = found.named(name).filter(|sheet| sheet.rows.len() > 1)?;
        let table = Table::read(sheet, Dialect::Choices, clean, problems);
        Some(choices::Lists::read(&table, false, true, problems))
    };
    let (external, tags) = (aside("external_choices"), aside("osm"));
    if let Some(entities) = found.named("entities").filter(|sheet| sheet.rows.len() > 1) {
        problems.warning(Kind::EntitiesLeftOut, At::sheet(&entities.name));
    }

    // A workbook of one sheet is a survey, whatever the sheet is called.
    let only = match workbook.sheets.as_slice() {
        [only] if !SHEETS.contains(&only.name.trim().to_lowercase().as_str()) => Some(only),
        _ => None,
    };
    let Some(sheet) = found.named("survey").or(only) else {
        let kind = Kind::MissingSheet {
            wanted: "survey".into(),
            similar: found.similar("survey"),
        };
        problems.error(kind, At::sheet("survey"));
        return None;
    };
    let survey = Table::read(sheet, Dialect::Survey, clean, problems);
    if !survey.has(&["type"]) {
        let missing = ["type", "name"]
            .iter()
            .filter(|name| !survey.has(&[name]))
            .map(ToString::to_string)
            .collect();
        problems.error(Kind::MissingColumns(missing), At::sheet(&survey.name));
        return None;
    }
    let sheets = survey::Sheets {
        survey: &survey,
        choices: choices_table.as_ref(),
        external,
        similar_choices: found.similar("choices"),
        similar_external: found.similar("external_choices"),
    };
    let form = survey::read(settings, lists, tags.unwrap_or_default(), sheets, problems);

    check::names(&form, &survey, problems);
    check::references(&form, &survey, problems);
    if let Some(table) = &choices_table {
        check::references(&form, table, problems);
        check::choices(&form, table, problems);
    }
    if let Some(name) = &form.settings.instance_name {
        let (sheet, row, column) = &form.settings.instance_name_at;
        check::expression(
            &form,
            name,
            At {
                sheet,
                row: *row,
                column,
                cell: name,
            },
            problems,
        );
    }
    check::sources(&form, &survey, problems);
    check::geometries(&form, &survey, problems);
    check::cycles(&form, &survey, problems);
    let tables: Vec<&Table> = std::iter::once(&survey)
        .chain(choices_table.as_ref())
        .collect();
    check::languages(&form.settings.default_language, &tables, problems);
    let instances = instances::write(&form, &survey, problems);
    if problems.any_error() {
        return None;
    }
    let places = Places::of(&form, &survey);
    Some((xform::write(&form, instances), form.settings, places))
}

/// A sheet as CSV, every cell in quotes, rows without content left out.
fn csv(sheet: &Sheet) -> String {
    let width = sheet.rows.first().map_or(0, Vec::len);
    let mut csv = String::new();
    for row in sheet
        .rows
        .iter()
        .filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
    {
        let cells: Vec<String> = (0..width)
            .map(|index| {
                row.get(index)
                    .map_or("", |cell| cell.trim())
                    .replace('"', "\"\"")
            })
            .collect();
        csv.push_str(&format!("\"{}\"\n", cells.join("\",\"")));
    }
    csv
}
