//! Workbooks: our XForm against pyxform's, in meaning.
//!
//! Compared: title, style, submission, primary instance with attributes and values, secondary instances, binds by
//! nodeset, actions, texts by language, and the body's controls in order. Not compared: white space, the order of binds
//! and texts, declarations of namespaces, our own mark `sensible`. A refusal counts when it blames the cell that pyxform blames.

use crate::{Tally, guarded};
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use vigie_forms::xlsform::{self, Kind, Options, Problem, Severity, Sheet, Workbook};

/// Where we differ from pyxform with a reason: what the case's title contains, and the reason.
const REASONS: &[(&str, &str)] = &[
    (
        "flat_xlsform_test",
        "the setting 'flat' is not of the XLSForm reference: groups keep their node, as the ODK XForms specification draws them",
    ),
    (
        "test_image_question_custom_col_calc",
        "of 'body:esri:style' we make the attribute esri:style; pyxform writes a Python dictionary into an attribute esri",
    ),
];

/// Every workbook of `xlsforms/` under `dir`; none where the folder is absent.
pub fn workbooks(dir: &Path) -> Option<Tally> {
    let folder = dir.join("xlsforms");
    let rows = std::fs::read_to_string(folder.join("pyxform.jsonl")).ok()?;
    let mut tally = Tally::default();
    for row in rows
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let file = row["file"].as_str().unwrap_or_default();
        let expected =
            std::fs::read_to_string(folder.join(format!("{file}.xform.xml"))).unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let options = Options {
            name: "data".into(),
            id: stem.into(),
        };
        let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
        let outcome = guarded(|| {
            let (workbook, found) = match xlsform::read(&bytes) {
                Ok(workbook) => {
                    let found =
                        xlsform::convert(&workbook, &options).map(|converted| converted.xml);
                    (workbook, found)
                }
                Err(problem) => (Workbook::default(), Err(vec![*problem])),
            };
            verdict(&row, &expected, &workbook, &found)
        });
        record(&mut tally, file, outcome);
    }
    Some(tally)
}

/// Every row of `xlsform-cases.jsonl` under `dir`; none where the file is absent.
pub fn cases(dir: &Path) -> Option<Tally> {
    let rows = std::fs::read_to_string(dir.join("xlsform-cases.jsonl")).ok()?;
    let mut tally = Tally::default();
    for (number, line) in rows.lines().enumerate() {
        let Ok(row) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let workbook = match row["md"].as_str() {
            Some(markdown) => from_markdown(markdown),
            None => from_rows(&row["sheets"]),
        };
        if has_entities(&workbook) {
            *tally.apart.entry("entities".into()).or_default() += 1;
            continue;
        }
        let name = row["expect"]["name"].as_str().unwrap_or("test_name");
        let options = Options {
            name: name.into(),
            id: "data".into(),
        };
        let title = format!(
            "{} {}",
            number + 1,
            row["test"].as_str().unwrap_or_default()
        );
        let expected = row["xform"].as_str().unwrap_or_default();
        let outcome = guarded(|| {
            let found = xlsform::convert(&workbook, &options).map(|converted| converted.xml);
            verdict(&row, expected, &workbook, &found)
        });
        record(&mut tally, &title, outcome);
    }
    Some(tally)
}

fn record(tally: &mut Tally, title: &str, verdict: Result<(), String>) {
    match verdict {
        Ok(()) => tally.passed += 1,
        Err(why) => {
            let reason = REASONS.iter().find(|(part, _)| title.contains(part));
            let reason = reason.map_or(String::new(), |(_, reason)| {
                format!("\n    because {reason}")
            });
            tally.failures.push(format!("{title}: {why}{reason}"));
        }
    }
}

fn verdict(
    row: &Value,
    expected: &str,
    workbook: &Workbook,
    found: &Result<String, Vec<Problem>>,
) -> Result<(), String> {
    let refused = row["outcome"] == "refused";
    let error = row["error"].as_str().unwrap_or_default();
    match found {
        Ok(_) if refused => Err(format!("converted, though pyxform refuses: {error}")),
        Ok(xml) => differences(&facts(expected)?, &facts(&straight(xml))?),
        Err(problems) if refused => blames(error, &headers(workbook), problems),
        Err(problems) => Err(format!("refused: {}", list(problems))),
    }
}

/// With straight quotes: pyxform makes them so everywhere, we in expressions alone.
fn straight(xml: &str) -> String {
    xml.replace(['‘', '’'], "'").replace(['“', '”'], "&quot;")
}

fn headers(workbook: &Workbook) -> BTreeSet<String> {
    let first = workbook
        .sheets
        .iter()
        .filter_map(|sheet| sheet.rows.first());
    first
        .flatten()
        .map(|header| header.trim().to_string())
        .collect()
}

fn list(problems: &[Problem]) -> String {
    let errors: Vec<String> = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    errors.join("; ")
}

fn differences(expected: &BTreeSet<String>, found: &BTreeSet<String>) -> Result<(), String> {
    let missing: Vec<&str> = expected.difference(found).map(String::as_str).collect();
    let surplus: Vec<&str> = found.difference(expected).map(String::as_str).collect();
    if missing.is_empty() && surplus.is_empty() {
        return Ok(());
    }
    Err(format!(
        "\n    wanted {}\n    found  {}",
        missing.join("\n           "),
        surplus.join("\n           ")
    ))
}

/// Whether one of our errors names the row, sheet and column that pyxform's message names, or what it quotes.
fn blames(message: &str, headers: &BTreeSet<String>, problems: &[Problem]) -> Result<(), String> {
    let errors: Vec<&Problem> = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .collect();
    for line in message.lines().filter(|line| !line.trim().is_empty()) {
        let after = |mark: &str| line.split_once(mark).map(|(_, rest)| rest);
        let row: Option<u32> = after("[row : ")
            .and_then(|rest| rest.split_once(']'))
            .and_then(|(number, _)| number.parse().ok());
        let sheet = after("On the '")
            .and_then(|rest| rest.split_once("' sheet"))
            .map(|(name, _)| name);
        let column = line
            .split_once("' sheet, the '")
            .and_then(|(_, rest)| rest.split_once('\''))
            .map(|(name, _)| {
                name.split(" (")
                    .next()
                    .filter(|_| name.starts_with("parameters"))
                    .unwrap_or(name)
            });
        // An alias blamed by its own header is the same cell.
        let column = column.filter(|column| headers.contains(*column) || headers.is_empty());
        let mut quoted: Vec<&str> = line.split('\'').skip(1).step_by(2).collect();
        quoted.extend(
            line.split("${")
                .skip(1)
                .filter_map(|rest| rest.split('}').next()),
        );
        let blamed = errors.iter().any(|problem| {
            let placed = row.is_none_or(|row| problem.row == row)
                && sheet.is_none_or(|sheet| problem.sheet.eq_ignore_ascii_case(sheet))
                && column.is_none_or(|column| problem.column == column);
            let said = problem.to_string();
            placed
                && (row.is_some()
                    || column.is_some()
                    || quoted.is_empty()
                    || quoted.iter().any(|word| said.contains(word))
                    || matches!(&problem.kind, Kind::MissingSheet { wanted, .. } if line.contains(wanted.as_str())))
        });
        if !blamed {
            return Err(format!("pyxform: {line} | ours: {}", list(problems)));
        }
    }
    if errors.is_empty() {
        Err("no error".into())
    } else {
        Ok(())
    }
}

fn has_entities(workbook: &Workbook) -> bool {
    workbook.sheets.iter().any(|sheet| {
        sheet.name == "entities"
            || sheet
                .rows
                .first()
                .is_some_and(|header| header.iter().any(|cell| cell.trim() == "save_to"))
    })
}

/// Sheets from Markdown tables: `| name |` opens one, and an empty cell begins each of its rows.
pub fn from_markdown(markdown: &str) -> Workbook {
    let mut workbook = Workbook::default();
    for line in markdown
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('|'))
    {
        let mut cells: Vec<String> = vec![String::new()];
        let mut escaped = false;
        for c in line.chars().skip(1) {
            match (escaped, c) {
                (true, '|') => cells.last_mut().into_iter().for_each(|cell| cell.push('|')),
                (true, c) => cells
                    .last_mut()
                    .into_iter()
                    .for_each(|cell| cell.extend(['\\', c])),
                (false, '\\') => {}
                (false, '|') => cells.push(String::new()),
                (false, c) => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
            }
            escaped = !escaped && c == '\\';
        }
        let mut cells = cells.into_iter().map(|cell| cell.trim().to_string());
        match cells.next() {
            Some(name) if !name.is_empty() => workbook.sheets.push(Sheet {
                name,
                rows: Vec::new(),
            }),
            _ => {
                // A row without content is no row in pyxform's Markdown.
                let row: Vec<String> = cells.collect();
                if let Some(sheet) = workbook
                    .sheets
                    .last_mut()
                    .filter(|_| row.iter().any(|cell| !cell.is_empty()))
                {
                    sheet.rows.push(row);
                }
            }
        }
    }
    workbook
}

/// Sheets from rows as objects.
fn from_rows(sheets: &Value) -> Workbook {
    let mut workbook = Workbook::default();
    for (name, rows) in sheets.as_object().into_iter().flatten() {
        let mut header: Vec<String> = Vec::new();
        let mut cells: Vec<Vec<String>> = Vec::new();
        for row in rows.as_array().into_iter().flatten() {
            let mut line = vec![String::new(); header.len()];
            for (key, value) in row.as_object().into_iter().flatten() {
                let index = header
                    .iter()
                    .position(|other| other == key)
                    .unwrap_or_else(|| {
                        header.push(key.clone());
                        line.push(String::new());
                        header.len() - 1
                    });
                line[index] = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_string);
            }
            cells.push(line);
        }
        cells.insert(0, header);
        workbook.sheets.push(Sheet {
            name: name.clone(),
            rows: cells,
        });
    }
    workbook
}

/// An element with its attributes and what it holds.
#[derive(Debug, Default)]
struct Tree {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Element(Tree),
    Text(String),
}

fn parse(xml: &str) -> Result<Tree, String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open: Vec<Tree> = vec![Tree::default()];
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => {
                let tree = element(&start)?;
                open.last_mut()
                    .ok_or("no parent")?
                    .children
                    .push(Node::Element(tree));
            }
            Event::End(_) => {
                let tree = open.pop().ok_or("an end too many")?;
                open.last_mut()
                    .ok_or("no parent")?
                    .children
                    .push(Node::Element(tree));
            }
            Event::Text(text) => {
                let text = text.xml10_content().into_owned();
                push_text(&mut open, &text);
            }
            Event::GeneralRef(entity) => {
                let name = entity.xml10_content();
                let text = quick_xml::escape::unescape(&format!("&{name};"))
                    .map_err(|error| error.to_string())?
                    .into_owned();
                push_text(&mut open, &text);
            }
            Event::CData(text) => push_text(&mut open, &text.xml10_content()),
            Event::Eof => break,
            _ => {}
        }
    }
    let document = open.pop().ok_or("no root")?;
    let root = document.children.into_iter().find_map(|node| match node {
        Node::Element(tree) => Some(tree),
        Node::Text(_) => None,
    });
    root.ok_or_else(|| "no root".into())
}

fn push_text(open: &mut [Tree], text: &str) {
    let Some(tree) = open.last_mut() else { return };
    match tree.children.last_mut() {
        Some(Node::Text(last)) => last.push_str(text),
        _ => tree.children.push(Node::Text(text.into())),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Tree, String> {
    let mut tree = Tree {
        name: start.name().0.to_owned(),
        ..Tree::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = attribute.key.0.to_owned();
        // Our own column, which pyxform leaves out.
        if name == "sensible" {
            continue;
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?
            .into_owned();
        tree.attributes.push((name, value));
    }
    tree.attributes.sort();
    Ok(tree)
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Tree {
    fn elements(&self) -> impl Iterator<Item = &Tree> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(tree) => Some(tree),
            Node::Text(_) => None,
        })
    }

    fn child(&self, name: &str) -> Option<&Tree> {
        self.elements().find(|tree| tree.name == name)
    }

    fn attribute(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(other, _)| other == name)
            .map_or("", |(_, value)| value)
    }

    /// The element on one line, attributes in order of name, white space squeezed.
    fn line(&self) -> String {
        let mut line = format!("<{}", self.name);
        for (name, value) in &self.attributes {
            // pyxform escapes what is calculated in a label twice.
            let value = if self.name == "output" {
                value
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&")
            } else {
                value.clone()
            };
            line.push_str(&format!(" {name}=\"{}\"", squeeze(&value)));
        }
        line.push('>');
        for node in &self.children {
            match node {
                Node::Element(tree) => line.push_str(&tree.line()),
                // A date typed in a cell is a date: pyxform writes midnight behind it.
                Node::Text(text) => line.push_str(squeeze(text).trim_end_matches(" 00:00:00")),
            }
        }
        line.push_str("</>");
        line
    }
}

/// What a form says, as lines without order.
fn facts(xml: &str) -> Result<BTreeSet<String>, String> {
    let root = parse(xml)?;
    let mut facts = BTreeSet::new();
    let head = root.child("h:head").ok_or("no head")?;
    let model = head.child("model").ok_or("no model")?;
    facts.insert(head.child("h:title").map(Tree::line).unwrap_or_default());
    let mut first = true;
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for part in model.elements() {
        match part.name.as_str() {
            "itext" => {
                for translation in part.elements() {
                    let language = translation.attribute("lang");
                    facts.insert(format!(
                        "language {language} {}",
                        translation.attribute("default")
                    ));
                    for text in translation.elements() {
                        let id = text.attribute("id");
                        facts.insert(format!("text {language} {id}"));
                        for value in text.elements() {
                            facts.insert(format!("text {language} {id} {}", value.line()));
                        }
                    }
                }
            }
            "instance" if first => {
                first = false;
                facts.insert(part.line());
            }
            "instance" => {
                facts.insert(format!(
                    "instance {} {}",
                    part.attribute("id"),
                    part.attribute("src")
                ));
                let items = part.child("root").into_iter().flat_map(Tree::elements);
                for (index, item) in items.enumerate() {
                    let mut values: Vec<String> = item.elements().map(Tree::line).collect();
                    values.sort();
                    facts.insert(format!(
                        "item {} {index} {}",
                        part.attribute("id"),
                        values.concat()
                    ));
                }
            }
            _ => {
                let line = part.line();
                let times = seen.entry(line.clone()).or_default();
                *times += 1;
                facts.insert(if *times > 1 {
                    format!("{line} again")
                } else {
                    line
                });
            }
        }
    }
    if let Some(body) = root.child("h:body") {
        facts.insert(format!("style {}", body.attribute("class")));
        let mut parents: Vec<(String, &Tree)> = vec![(String::new(), body)];
        while let Some((path, parent)) = parents.pop() {
            for (index, control) in parent.elements().enumerate() {
                let path = format!("{path}/{index}");
                if matches!(control.name.as_str(), "group" | "repeat") {
                    let shell = Tree {
                        name: control.name.clone(),
                        attributes: control.attributes.clone(),
                        children: Vec::new(),
                    };
                    facts.insert(format!("body {path} {}", shell.line()));
                    parents.push((path, control));
                } else {
                    facts.insert(format!("body {path} {}", control.line()));
                }
            }
        }
    }
    Ok(facts)
}
