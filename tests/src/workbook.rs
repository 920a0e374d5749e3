//! Small workbooks, written here so that a test says what its questionnaire asks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use vigie_office::export::{ExportFile, zip::zip};

/// A sheet: its name, and its rows of cells.
pub type Sheet<'a> = (&'a str, &'a [&'a [&'a str]]);

/// Writes an .xlsx file of these sheets into `folder`.
pub fn workbook(folder: &Path, name: &str, sheets: &[Sheet<'_>]) -> Result<PathBuf> {
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let (mut types, mut list, mut targets) = (String::new(), String::new(), String::new());
    let mut files = Vec::new();
    for (number, (name, rows)) in (1..).zip(sheets) {
        types += &format!(
            "<Override PartName=\"/xl/worksheets/sheet{number}.xml\" ContentType=\"{kind}.worksheet+xml\"/>"
        );
        list += &format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>");
        targets += &format!(
            "<Relationship Id=\"r{number}\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        );
        let rows: String = (1..)
            .zip(*rows)
            .map(|(row, cells)| line(row, cells))
            .collect();
        let sheet =
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>");
        files.push((format!("xl/worksheets/sheet{number}.xml"), sheet));
    }
    files.push((
        "[Content_Types].xml".into(),
        format!("<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
            <Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/>{types}</Types>"),
    ));
    files.push((
        "_rels/.rels".into(),
        format!("<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
    ));
    files.push((
        "xl/workbook.xml".into(),
        format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{list}</sheets></workbook>"
        ),
    ));
    files.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!("<Relationships xmlns=\"{package}/relationships\">{targets}</Relationships>"),
    ));
    let files: Vec<ExportFile> = files
        .into_iter()
        .map(|(name, text)| ExportFile {
            name,
            bytes: text.into_bytes(),
        })
        .collect();
    let path = folder.join(name);
    fs::write(&path, zip(&files)?)?;
    Ok(path)
}

fn line(row: usize, cells: &[&str]) -> String {
    let cell = |(column, text): (u8, &&str)| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let column = char::from(b'A' + column);
        format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let cells: String = (0..).zip(cells).map(cell).collect();
    format!("<row r=\"{row}\">{cells}</row>")
}
