//! Our own questionnaires as the targets read them: `seeds (xform|sheets|expression) FOLDER WORKBOOK…`.

use std::collections::BTreeSet;
use std::path::Path;

use vigie_forms::xlsform::{self, Options, Workbook};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let target = arguments.next().ok_or("no target named")?;
    let folder = arguments.next().ok_or("no folder named")?;
    let mut expressions = BTreeSet::new();
    for file in arguments {
        let workbook =
            xlsform::read(&std::fs::read(&file)?).map_err(|problem| problem.to_string())?;
        let name = Path::new(&file).with_extension("seed");
        let name = Path::new(&folder).join(name.file_name().ok_or("no file named")?);
        match target.as_str() {
            "xform" => std::fs::write(name, converted(&workbook)?)?,
            "sheets" => std::fs::write(name, cells(&workbook))?,
            _ => expressions.extend(written(&converted(&workbook)?)),
        }
    }
    for (number, expression) in expressions.iter().enumerate() {
        std::fs::write(
            Path::new(&folder).join(format!("{number}.seed")),
            expression,
        )?;
    }
    Ok(())
}

fn converted(workbook: &Workbook) -> Result<String, String> {
    match xlsform::convert(workbook, &Options::default()) {
        Ok(converted) => Ok(converted.xml),
        Err(problems) => Err(problems.iter().map(ToString::to_string).collect()),
    }
}

fn cells(workbook: &Workbook) -> String {
    let mut text = String::new();
    for sheet in &workbook.sheets {
        text.push_str(&format!("*{}\n", sheet.name));
        for row in &sheet.rows {
            let row: Vec<String> = row
                .iter()
                .map(|cell| cell.replace(['\n', '|'], " "))
                .collect();
            text.push_str(&format!("{}\n", row.join("|")));
        }
    }
    text
}

/// What stands between quotes and calls or compares something.
fn written(xml: &str) -> impl Iterator<Item = String> {
    xml.split('"')
        .filter(|text| text.contains(['(', '=', '>']) && !text.contains("\n"))
        .map(|text| {
            text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
        })
        .filter(|text| text.len() < 400 && !text.starts_with('>'))
        .collect::<Vec<_>>()
        .into_iter()
}
