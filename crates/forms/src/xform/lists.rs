//! Secondary instances: written in the form, or in a CSV, XML or GeoJSON file beside it.

use super::xml;
use crate::form::LAST_SAVED;
use crate::form::source::{List, ListEvent, Table};
use crate::xpath::{Kind, Names, Tree};

/// The bytes of a file that comes with a form, by its name; none where it was not given.
pub type Files<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

type Trouble = Option<(&'static str, String, String)>;

/// Reads the instance at `instance` of `tree`, from the file it names where there is one.
pub(super) fn read(
    tree: &Tree,
    names: &Names,
    instance: u32,
    id: String,
    src: String,
    files: Files,
) -> (List, Trouble) {
    let mut list = List {
        id,
        src,
        ..List::default()
    };
    let inside = tree
        .children(instance)
        .find(|&child| tree.kind(child) == Kind::Element);
    if list.src.is_empty() || (list.src == LAST_SAVED && inside.is_some()) {
        if let Some(root) = inside {
            fill(&mut list, tree, names, root);
        }
        return (list, None);
    }
    let name = list.src.rsplit('/').next().unwrap_or_default().to_owned();
    let Some(bytes) = files(&name) else {
        match inside {
            Some(root) => fill(&mut list, tree, names, root),
            None => list.missing = true,
        }
        let known = list.src == LAST_SAVED || inside.is_some();
        let trouble = (!known).then(|| {
            (
                "missing-file",
                name.clone(),
                format!("the file {name} was not given"),
            )
        });
        return (list, trouble);
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let lower = name.to_lowercase();
    let read = if lower.ends_with(".geojson") {
        geojson(text).map(|table| list.table = Some(table))
    } else if lower.ends_with(".xml") {
        let mut names = Names::default();
        xml::parse(text, &mut names)
            .map_err(|error| error.to_string())
            .map(|document| {
                let tree = &document.tree;
                if let Some(root) = tree
                    .children(0)
                    .find(|&child| tree.kind(child) == Kind::Element)
                {
                    fill(&mut list, tree, &names, root);
                }
            })
    } else {
        csv(text).map(|table| list.table = Some(table))
    };
    match read {
        Ok(()) => (list, None),
        Err(reason) => {
            list.missing = true;
            (
                list,
                Some(("unreadable-file", name.clone(), format!("{name}: {reason}"))),
            )
        }
    }
}

fn fill(list: &mut List, tree: &Tree, names: &Names, root: u32) {
    match table(tree, names, root) {
        Some(table) => list.table = Some(table),
        None => events(tree, names, root, &mut list.events),
    }
}

/// The element as a table, where it is one.
fn table(tree: &Tree, names: &Names, root: u32) -> Option<Table> {
    let bare = |id: u32| {
        names.text(tree.prefix(id)).is_empty()
            && tree.attributes(id).all(|a| tree.kind(a) == Kind::Namespace)
    };
    if !bare(root) {
        return None;
    }
    let mut out = Table {
        root: names.text(tree.local(root)).to_owned(),
        ..Table::default()
    };
    let mut row_name = None;
    for row in tree.children(root) {
        match tree.kind(row) {
            Kind::Element => {}
            Kind::Text if tree.value(row).trim().is_empty() => continue,
            Kind::Comment => continue,
            _ => return None,
        }
        if !bare(row)
            || *row_name.get_or_insert(tree.local(row)) != tree.local(row)
            || tree.is_leaf(row)
        {
            return None;
        }
        let mut cells: Vec<Option<String>> = Vec::new();
        let mut last = None;
        for cell in tree.children(row) {
            match tree.kind(cell) {
                Kind::Element => {}
                Kind::Text if tree.value(cell).trim().is_empty() => continue,
                Kind::Comment => continue,
                _ => return None,
            }
            if !bare(cell) || !tree.is_leaf(cell) {
                return None;
            }
            let name = names.text(tree.local(cell));
            let column = match out.columns.iter().position(|column| column == name) {
                Some(column) => column,
                None => {
                    out.columns.push(name.to_owned());
                    out.columns.len() - 1
                }
            };
            if last.is_some_and(|last| last >= column) {
                return None;
            }
            last = Some(column);
            cells.resize(column + 1, None);
            cells[column] = Some(tree.value(cell).into_owned());
        }
        out.rows.push(cells);
    }
    out.row = names.text(row_name?).to_owned();
    Some(out)
}

fn events(tree: &Tree, names: &Names, root: u32, out: &mut Vec<ListEvent>) {
    let text = |sym| names.text(sym).to_owned();
    let mut at = root;
    let mut closing = false;
    loop {
        if closing {
            out.push(ListEvent::Close);
        } else {
            match tree.kind(at) {
                Kind::Element => {
                    out.push(ListEvent::Open(
                        text(tree.prefix(at)),
                        text(tree.local(at)),
                        text(tree.ns(at)),
                    ));
                    for a in tree
                        .attributes(at)
                        .filter(|&a| tree.kind(a) == Kind::Attribute)
                    {
                        let value = tree.value(a).into_owned();
                        out.push(ListEvent::Attribute(
                            text(tree.prefix(a)),
                            text(tree.local(a)),
                            text(tree.ns(a)),
                            value,
                        ));
                    }
                    let child = tree.first_child(at);
                    if child != crate::xpath::NONE {
                        at = child;
                        continue;
                    }
                    out.push(ListEvent::Close);
                }
                Kind::Text => out.push(ListEvent::Text(tree.value(at).into_owned())),
                _ => {}
            }
        }
        if at == root {
            return;
        }
        let next = tree.next(at);
        closing = next == crate::xpath::NONE;
        at = if closing { tree.parent(at) } else { next };
    }
}

/// Comma, semicolon or tab between cells, as the header says. Source: RFC 4180.
pub(super) fn csv(text: &str) -> Result<Table, String> {
    let header = text.lines().next().unwrap_or_default();
    let separator = [',', ';', '\t']
        .into_iter()
        .max_by_key(|sign| (header.matches(*sign).count(), *sign == ','));
    let separator = separator.unwrap_or(',');
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' | '\r' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c if c == separator && !quoted => row.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    if quoted {
        return Err("a quotation mark is not closed".into());
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let mut rows = rows.into_iter();
    let columns: Vec<String> = rows
        .next()
        .ok_or("the file is empty")?
        .iter()
        .map(|c| c.trim().to_owned())
        .collect();
    let rows = rows
        .map(|row| row.into_iter().take(columns.len()).map(Some).collect())
        .collect();
    Ok(Table {
        root: "root".into(),
        row: "item".into(),
        columns,
        rows,
    })
}

/// Features as rows: `geometry`, `id`, and each property. Source: RFC 7946; ODK XForms, external secondary instances.
fn geojson(text: &str) -> Result<Table, String> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let features = json["features"]
        .as_array()
        .ok_or("not a FeatureCollection")?;
    let mut table = Table {
        root: "root".into(),
        row: "item".into(),
        ..Table::default()
    };
    for feature in features {
        let mut cells: Vec<(String, String)> =
            vec![("geometry".into(), geometry(&feature["geometry"]))];
        let plain = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        if !feature["id"].is_null() {
            cells.push(("id".into(), plain(&feature["id"])));
        }
        for (name, value) in feature["properties"].as_object().into_iter().flatten() {
            if name != "id" || feature["id"].is_null() {
                cells.push((name.clone(), plain(value)));
            }
        }
        let mut row = vec![None; table.columns.len()];
        for (name, value) in cells {
            match table.columns.iter().position(|column| *column == name) {
                Some(column) => row[column] = Some(value),
                None => {
                    table.columns.push(name);
                    row.push(Some(value));
                }
            }
        }
        table.rows.push(row);
    }
    Ok(table)
}

fn geometry(json: &serde_json::Value) -> String {
    fn point(json: &serde_json::Value) -> Option<String> {
        Some(format!(
            "{} {} 0 0",
            json.get(1)?.as_f64()?,
            json.get(0)?.as_f64()?
        ))
    }
    let coordinates = &json["coordinates"];
    let points = match json["type"].as_str() {
        Some("Point") => return point(coordinates).unwrap_or_default(),
        Some("LineString") => coordinates,
        Some("Polygon") => &coordinates[0],
        _ => return String::new(),
    };
    let points: Vec<String> = points
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(point)
        .collect();
    points.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_is_read_with_its_quotes_and_its_separator() {
        let table = csv("name;label\r\na;\"Un; deux\"\r\nb;\"dit \"\"oui\"\"\nplus\"\r\n\r\n")
            .expect("a table");
        assert_eq!(table.columns, ["name", "label"]);
        let cell = |row: usize| table.rows[row][1].as_deref();
        assert_eq!(
            (cell(0), cell(1), table.rows.len()),
            (Some("Un; deux"), Some("dit \"oui\"\nplus"), 2)
        );
        assert!(csv("a,b\n\"c").is_err());
        assert!(csv("").is_err());
    }

    #[test]
    fn a_place_of_geojson_is_written_latitude_first() {
        let table = geojson(
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[-73.6,18.356577038349606]},"properties":{"nom":"Montréal","id":"x"}}]}"#,
        )
        .expect("a table");
        assert_eq!(table.columns, ["geometry", "id", "nom"]);
        assert_eq!(
            table.rows[0],
            ["18.356577038349606 -73.6 0 0", "7", "Montréal"].map(|cell| Some(cell.to_owned()))
        );
    }
}
