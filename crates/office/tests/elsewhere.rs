//! An export opened by programmes that others made: what they read is what was typed. One that is not on this machine is
//! named, and passed over.

mod world;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use vigie_model::{Answers, Layout, Rows, Separator};
use vigie_office::export::{
    book,
    csv::{csv, unguard},
};
use vigie_sheets::xlsx;
use world::usine::{Answered, answered};

/// Lines of each table, each a map from column to cell.
type Tables = BTreeMap<String, Vec<BTreeMap<String, String>>>;

/// What was typed, by table and column; dates and numbers as spreadsheets show them.
const TYPED: [(&str, &str, &[&str]); 15] = [
    ("usine", "age", &["17", "dix-sept"]),
    ("usine", "salaire", &["12.5", ""]),
    ("usine", "jour", &["2026-11-24", ""]),
    ("usine", "heure", &["09:30:00", ""]),
    ("usine", "debut", &["2026-11-24 09:30", ""]),
    ("usine", "accord", &["TRUE", ""]),
    ("usine", "pays", &["ht", ""]),
    ("usine", "pays:label", &["Haïti", ""]),
    ("usine", "risques", &["feu bruit autre", ""]),
    ("usine", "dit", &["=1+1 « à l’aube » 🧵", "007"]),
    ("usine", "total", &["42", ""]),
    ("usine_equipe", "equipe/nom", &["Élise", "-Ana", "", "Zoé"]),
    ("usine_equipe", "_row", &["1", "2", "3", "10"]),
    ("usine_outils", "equipe/outils/outil", &["ciseaux", ""]),
    ("notes", "title", &["Piquet à l’aube"]),
];

/// Reads a workbook, or the tables of a folder, as a person who analyses would, and prints them as JSON.
const PANDAS: &str = r#"
import datetime, json, pathlib, sys, pandas
def said(value):
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d" if value.time() == datetime.time() else "%Y-%m-%d %H:%M")
    return str(value)
path = pathlib.Path(sys.argv[1])
if path.is_dir():
    tables = {file.stem: pandas.read_csv(file, dtype=str, keep_default_na=False) for file in path.glob("*.csv")}
else:
    tables = pandas.read_excel(path, sheet_name=None, dtype=object, keep_default_na=False)
lines = lambda table: [{column: said(value) for column, value in line.items()} for line in table.to_dict("records")]
print(json.dumps({name: lines(table) for name, table in tables.items()}))
"#;

/// What a programme answers; `None`, and said, when it is not here.
fn ran(programme: &str, command: &mut Command, needs: &mut Command) -> Option<Output> {
    let is_here = needs.output().is_ok_and(|output| output.status.success());
    if !is_here {
        eprintln!("passed over: {programme} is not on this machine");
        return None;
    }
    let output = command.output().expect("it runs");
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{programme}: {why}");
    Some(output)
}

fn pandas(path: &Path) -> Option<Tables> {
    let mut needs = Command::new("python3");
    needs.args(["-c", "import pandas, openpyxl"]);
    let mut read = Command::new("python3");
    read.args(["-c", PANDAS]).arg(path);
    let output = ran("pandas", &mut read, &mut needs)?;
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// Every sheet as a file of comma-separated cells, as LibreOffice shows them.
fn libreoffice(workbook: &Path, out: &Path) -> Option<Tables> {
    let mut needs = Command::new("soffice");
    needs.arg("--version");
    // Comma, quotes, UTF-8, cells as shown, every sheet: LibreOffice's own numbers for its filter.
    let format = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";
    let profile = format!(
        "-env:UserInstallation=file://{}",
        out.join("profile").display()
    );
    let mut convert = Command::new("soffice");
    convert
        .args(["--headless", &profile, "--convert-to", format, "--outdir"])
        .arg(out)
        .arg(workbook);
    ran("LibreOffice", &mut convert, &mut needs)?;
    let files = fs::read_dir(out).expect("the folder");
    let files = files.map(|file| file.expect("a file").path());
    Some(tables_of(files.filter(|path| {
        path.extension().is_some_and(|end| end == "csv")
    })))
}

/// Tables by the end of their file's name: `usine` of `vigie-usine.csv`.
fn tables_of(files: impl Iterator<Item = PathBuf>) -> Tables {
    let table = |path: PathBuf| {
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let name = stem.rsplit('-').next().unwrap_or_default().to_owned();
        let mut reader = ::csv::Reader::from_path(path).expect("a table");
        let head = reader.headers().expect("a head").clone();
        let lines = reader.into_records().map(|line| {
            let line = line.expect("a line");
            let cells = line.iter().map(str::to_owned);
            head.iter().map(str::to_owned).zip(cells).collect()
        });
        (name, lines.collect())
    };
    files.map(table).collect()
}

fn column(tables: &Tables, table: &str, column: &str) -> Vec<String> {
    let lines = &tables[table];
    lines.iter().map(|line| line[column].clone()).collect()
}

fn long() -> Layout {
    Layout {
        rows: Rows::Long,
        answers: Answers::Both,
        lang: "fr".into(),
    }
}

#[test]
fn a_workbook_opened_by_libreoffice_and_by_pandas_says_what_was_typed() {
    let Answered {
        office,
        questions,
        records,
        ..
    } = answered();
    let place = tempfile::tempdir().expect("a folder");
    let workbook = place.path().join("vigie.xlsx");
    let book = book(&records, &office.registry, &questions, &long());
    fs::write(&workbook, xlsx(&book).expect("a workbook")).expect("written");
    let read = [
        ("LibreOffice", libreoffice(&workbook, place.path())),
        ("pandas", pandas(&workbook)),
    ];
    for (programme, tables) in read {
        let Some(tables) = tables else { continue };
        for (table, name, typed) in TYPED {
            let read = column(&tables, table, name);
            assert_eq!(read.len(), typed.len(), "{programme}: {table}, {name}");
            for (read, typed) in read.iter().zip(typed) {
                // LibreOffice writes the seconds of a moment, and the half of the day.
                let more = read.strip_prefix(*typed).filter(|_| !typed.is_empty());
                assert!(
                    read == typed || matches!(more, Some(":00" | " AM")),
                    "{programme}: {table}, {name}: {read}, not {typed}"
                );
            }
        }
        assert!(tables.contains_key("codebook"), "{programme}");
    }
}

#[test]
fn tables_opened_by_pandas_say_what_was_typed_to_the_letter() {
    let Answered {
        office,
        questions,
        records,
        ..
    } = answered();
    let place = tempfile::tempdir().expect("a folder");
    for file in csv(
        &records,
        &office.registry,
        &questions,
        &long(),
        Separator::Comma,
    ) {
        fs::write(place.path().join(file.name), file.bytes).expect("written");
    }
    let Some(tables) = pandas(place.path()) else {
        return;
    };
    let told = |name: &str, of: &str| -> Vec<String> {
        let cells = column(&tables, name, of).into_iter();
        cells.map(|cell| unguard(&cell)).collect()
    };
    let responses = tables.keys().find(|name| name.ends_with("usine"));
    let responses = responses.expect("a table of responses").clone();
    for (name, typed) in [
        ("age", ["17", "dix-sept"]),
        ("salaire", ["12.50", ""]),
        ("jour", ["2026-11-24", ""]),
        ("heure", ["09:30:00.000-05:00", ""]),
        ("debut", ["2026-11-24T09:30:00.000-05:00", ""]),
        ("accord", ["OK", ""]),
        ("dit", ["=1+1 « à l’aube » 🧵", "007"]),
    ] {
        assert_eq!(told(&responses, name), typed, "{name}");
    }
}
