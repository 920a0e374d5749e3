//! Where in a workbook what its XForm says stands: some of what is wrong is met only when the XForm is read.

use super::element::escape;
use super::form::Form;
use super::table::Table;
use crate::problem::Place;
use std::collections::BTreeMap;

/// The survey's rows by the paths of their nodes, and its columns by where the XForm has what they say.
#[derive(Debug, Clone, Default)]
pub struct Places {
    sheet: String,
    rows: BTreeMap<String, u32>,
    /// Of an element, and an attribute of it: the column's header.
    columns: Vec<(&'static str, &'static str, String)>,
}

/// What the expressions of an XForm come from.
const COLUMNS: [(&str, &str, &[&str]); 9] = [
    ("bind", "relevant", &["bind", "relevant"]),
    ("bind", "constraint", &["bind", "constraint"]),
    ("bind", "calculate", &["bind", "calculate"]),
    ("bind", "required", &["bind", "required"]),
    ("bind", "readonly", &["bind", "readonly"]),
    ("repeat", "jr:count", &["control", "jr:count"]),
    ("itemset", "nodeset", &["choice_filter"]),
    ("setvalue", "value", &["default"]),
    ("setvalue", "value", &["bind", "calculate"]),
];

impl Places {
    pub(super) fn of(form: &Form, survey: &Table) -> Places {
        let nodes = form.nodes.iter().enumerate();
        let nodes = nodes.filter(|(_, node)| node.row > 0);
        let known = COLUMNS.iter().filter(|(.., path)| survey.has(path));
        Places {
            sheet: survey.name.clone(),
            rows: nodes
                .map(|(index, node)| (form.path(index).to_owned(), node.row))
                .collect(),
            columns: known
                .map(|(element, attribute, path)| (*element, *attribute, survey.header(path)))
                .collect(),
        }
    }

    /// The row of a node.
    pub fn row(&self, path: &str) -> Option<Place> {
        Some(Place::Cell {
            sheet: self.sheet.clone(),
            row: *self.rows.get(path)?,
            column: String::new(),
        })
    }

    /// The cell behind an element of the XForm, by where it begins, that has something wrong in it. The row alone, where the
    /// column can't be told.
    pub fn cell(&self, xml: &str, line: u32, column: u32, wrong: &str) -> Option<Place> {
        let (line, column) = (
            line.checked_sub(1)? as usize,
            column.checked_sub(1)? as usize,
        );
        let mut lines = xml.split_inclusive('\n');
        let before: usize = lines.by_ref().take(line).map(str::len).sum();
        let at = before + lines.next()?.char_indices().nth(column)?.0;
        let tag = xml.get(at..)?.strip_prefix('<')?.split('>').next()?;
        let element = tag.split([' ', '/']).next()?;
        let own = path_in(tag, " nodeset=\"").or_else(|| path_in(tag, " ref=\""));
        // A filter, or what a text shows, says nothing of whose it is: what is around it does.
        let of = own.or_else(|| {
            let around = [" ref=\"/", " id=\"/"].map(|name| xml.get(..at)?.rfind(name));
            let from = around.into_iter().flatten().max()?;
            let path = xml.get(from..)?.split('"').nth(1)?;
            Some(path.split(':').next().unwrap_or(path))
        })?;
        // How many rows a repeat has is reckoned by a node of its own, which no row of the sheet is behind.
        let counted = of
            .strip_suffix("_count")
            .filter(|_| !self.rows.contains_key(of));
        let (of, element) = match counted {
            Some(repeat) => (repeat, "repeat"),
            None => (of, element),
        };
        let mut place = self.row(of)?;
        let mut said = String::new();
        escape(wrong, true, &mut said);
        let here = self.columns.iter().filter(|(name, attribute, _)| {
            let start = format!(" {attribute}=\"");
            let value = tag
                .split_once(&start)
                .and_then(|(_, rest)| rest.split('"').next());
            let is_there = value.is_some_and(|value| value.contains(&said));
            *name == element && (is_there || counted.is_some())
        });
        let headers: Vec<&String> = here.map(|(.., header)| header).collect();
        if let (Place::Cell { column, .. }, [header]) = (&mut place, &*headers) {
            column.clone_from(header);
        }
        Some(place)
    }
}

/// The absolute path that an attribute of a tag names.
fn path_in<'a>(tag: &'a str, attribute: &str) -> Option<&'a str> {
    let (_, value) = tag.split_once(attribute)?;
    let path = value.split('"').next()?;
    let is_plain = path.starts_with('/') && !path.contains(['[', '(', ' ']);
    is_plain.then_some(path)
}
