//! The settings sheet: what holds for the whole form.

use super::names;
use super::problem::{At, Fault, Kind, Problems};
use super::table::Table;

/// What the settings sheet says, and what holds where it says nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    /// The root's name.
    pub root: String,
    pub id: String,
    pub title: String,
    pub version: Option<String>,
    /// Of texts whose column names no language; `default` where not set.
    pub default_language: String,
    pub style: Option<String>,
    pub submission_url: Option<String>,
    pub public_key: Option<String>,
    pub auto_send: Option<String>,
    pub auto_delete: Option<String>,
    pub client_editable: bool,
    pub instance_name: Option<String>,
    /// `jr:preload` of the instance's id; none where it is left out.
    pub instance_id: Option<String>,
    pub xmlns: Option<String>,
    /// Prefix and address.
    pub namespaces: Vec<(String, String)>,
    /// Of the root.
    pub attributes: Vec<(String, String)>,
    pub prefix: Option<String>,
    pub delimiter: Option<String>,
    pub duplicate_choices: bool,
    /// The sheet and the header of the `instance_name`, for blame.
    pub instance_name_at: (String, u32, String),
}

/// The columns that are read.
const KNOWN: &[&str] = &[
    "name",
    "id_string",
    "title",
    "version",
    "default_language",
    "style",
    "submission_url",
    "public_key",
    "auto_send",
    "auto_delete",
    "client_editable",
    "instance_name",
    "instance_id",
    "omit_instance_id",
    "instance_xmlns",
    "namespaces",
    "prefix",
    "delimiter",
    "allow_choice_duplicates",
    "clean_text_values",
];

impl Settings {
    /// From the first row of the sheet; `root` and `id` are what a form without them is called.
    pub fn read(table: &Table, root: &str, id: &str, problems: &mut Problems) -> Settings {
        for column in &table.columns {
            let attribute = column.header.to_lowercase().starts_with("attribute::");
            if !attribute
                && !column
                    .path
                    .iter()
                    .any(|name| KNOWN.contains(&name.as_str()))
            {
                problems.warning(
                    Kind::UnknownColumn,
                    table.at(1, &column.header, &column.header),
                );
            }
        }
        let row = table.rows.first();
        let get = |name: &str| {
            row.and_then(|row| table.get(row, &[name]))
                .map(str::to_string)
        };
        let at_row = row.map_or(1, |row| row.number);
        let root = match get("name") {
            Some(name) => {
                if !names::is_name(&name) {
                    let column = table.header(&["name"]);
                    problems.error(Kind::BadName, table.at(1, &column, &name));
                }
                name
            }
            None => {
                if !names::is_name(root) {
                    problems.error(
                        Kind::BadName,
                        At {
                            column: "form_name",
                            cell: root,
                            ..At::form()
                        },
                    );
                }
                root.to_string()
            }
        };
        let id = get("id_string").unwrap_or_else(|| id.to_string());
        let attributes = row.map_or_else(Vec::new, |row| {
            table
                .cells(row)
                .filter_map(|(column, text)| Some((column.header.split_once("::")?, text)))
                .filter(|((first, _), _)| first.trim().eq_ignore_ascii_case("attribute"))
                .map(|((_, name), text)| (name.trim().to_string(), text.to_string()))
                .collect()
        });
        Settings {
            title: get("title").unwrap_or_else(|| id.clone()),
            version: get("version"),
            default_language: get("default_language").unwrap_or_else(|| "default".into()),
            style: get("style"),
            submission_url: get("submission_url"),
            public_key: get("public_key"),
            auto_send: get("auto_send"),
            auto_delete: get("auto_delete"),
            client_editable: get("client_editable").is_some_and(|text| yes(&text)),
            instance_name: get("instance_name"),
            instance_id: if get("omit_instance_id").is_some_and(|text| yes(&text)) {
                None
            } else {
                Some(get("instance_id").unwrap_or_else(|| "uid".into()))
            },
            xmlns: get("instance_xmlns"),
            namespaces: namespaces(&get("namespaces").unwrap_or_default()),
            attributes,
            prefix: get("prefix"),
            delimiter: get("delimiter"),
            duplicate_choices: get("allow_choice_duplicates").is_some_and(|text| yes(&text)),
            instance_name_at: (table.name.clone(), at_row, table.header(&["instance_name"])),
            root,
            id,
        }
    }
}

/// Whether a cell says yes.
pub(super) fn yes(text: &str) -> bool {
    ["yes", "true", "true()", "1"].contains(&text.to_lowercase().as_str())
}

/// `a="http://…" b="http://…"`, also with single quotes.
fn namespaces(text: &str) -> Vec<(String, String)> {
    let found = text.split_whitespace().filter_map(|word| {
        let (prefix, address) = word.split_once('=')?;
        let address = address.trim_matches(['"', '\'']);
        (names::is_name(prefix) && !address.is_empty())
            .then(|| (prefix.to_string(), address.to_string()))
    });
    found.collect()
}

/// `key=value` pairs with spaces, commas or semicolons between them; keys in lower case.
pub(super) fn parameters(cell: &str) -> Option<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let separated = cell.replace([',', ';'], " ");
    let sides: Vec<&str> = separated.split('=').map(str::trim).collect();
    for word in sides.join("=").split_whitespace() {
        let (key, value) = word.split_once('=')?;
        if key.is_empty() || value.contains('=') {
            return None;
        }
        pairs.push((key.to_lowercase(), value.to_string()));
    }
    Some(pairs)
}

/// The one way to say that a parameter's value won't do.
pub(super) fn bad(key: &str, fault: Fault) -> Kind {
    Kind::BadParameter {
        key: key.into(),
        fault,
    }
}
