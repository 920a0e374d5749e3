//! What the documents say is supported, is: every line of the tables is tried here, and the documents are those tables.
#![cfg(feature = "xlsform")]

#[path = "supported/tables.rs"]
#[rustfmt::skip]
mod tables;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use tables::{APPEARANCES, COLUMNS, FUNCTIONS, LEFT_EMPTY, PARAMETERS, TYPES};
use vigie_forms::xlsform::{self, Converted, Options, Sheet, Workbook};
use vigie_forms::{Appearance, Env, Now, Session, xform, xpath};

struct Office;

impl Env for Office {
    fn now(&self) -> Now {
        Now {
            millis: 1_790_000_000_000,
            offset: -240,
        }
    }
    fn random(&self) -> u64 {
        1 << 40
    }
    fn property(&self, name: &str) -> Option<String> {
        (name == "username").then(|| "Mireille".to_owned())
    }
}

fn sheet(name: &str, rows: &[&[&str]]) -> Sheet {
    let rows = rows
        .iter()
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect();
    Sheet {
        name: name.to_owned(),
        rows,
    }
}

/// A survey of these rows, with a list of choices.
fn converted(survey: &[&[&str]]) -> Result<Converted, String> {
    let choices: &[&[&str]] = &[
        &["list_name", "name", "label"],
        &["liste", "rouge", "Rouge"],
        &["liste", "vert", "Vert"],
    ];
    let workbook = Workbook {
        sheets: vec![sheet("survey", survey), sheet("choices", choices)],
    };
    xlsform::convert(&workbook, &Options::default()).map_err(|problems| format!("{problems:?}"))
}

fn opened(xml: &str) -> Session {
    // A file that choices come from.
    let files = |_: &str| Some(b"name,label,code,nom\na,A,a,A\n".to_vec());
    let read = xform::read(xml, &files);
    let form = read.form.unwrap_or_else(|| panic!("{:?}", read.problems));
    Session::new(Arc::new(form), Box::new(Office))
}

#[test]
fn every_type_of_the_documents_is_read_and_no_other_is_read() {
    let mut said = BTreeSet::new();
    for line in TYPES {
        said.insert(
            line.cell
                .split_once(' ')
                .map_or(line.cell, |(first, rest)| {
                    match rest.contains('.') || rest == "liste" {
                        true => first,
                        false => line.cell,
                    }
                }),
        );
        let mut survey: Vec<&[&str]> = vec![&["type", "name", "label"]];
        let row = [line.cell, "q", "Question"];
        match line.cell {
            "begin group" | "end group" => survey.extend::<[&[&str]; 3]>([
                &["begin group", "g", "G"],
                &["text", "q", "Q"],
                &["end group", "", ""],
            ]),
            "begin repeat" | "end repeat" => survey.extend::<[&[&str]; 3]>([
                &["begin repeat", "g", "G"],
                &["text", "q", "Q"],
                &["end repeat", "", ""],
            ]),
            "calculate" => survey.push(&["calculate", "q", ""]),
            _ => survey.push(&row),
        }
        if line.cell == "calculate" {
            survey = vec![
                &["type", "name", "label", "calculation"],
                &["calculate", "q", "", "1"],
            ];
        }
        // Every form asks something.
        survey.push(&["text", "autre", "Autre"]);
        let converted = converted(&survey).unwrap_or_else(|why| panic!("{}: {why}", line.cell));
        let session = opened(&converted.xml);
        let external = line.cell.ends_with("-external");
        let there = session.nodes().into_iter().any(|id| {
            let path = session.view(id).expect("a live node").path;
            path.ends_with("/q")
        });
        assert!(there || external, "{} makes no node", line.cell);
    }
    let known: BTreeSet<&str> = xlsform::type_names().collect();
    let said: BTreeSet<&str> = said.into_iter().chain(LEFT_EMPTY.iter().copied()).collect();
    assert_eq!(said, known);
}

#[test]
fn every_column_of_the_documents_is_known_and_does_something() {
    for line in COLUMNS.iter().filter(|line| !line.cell.is_empty()) {
        let with = |header: &str, cell: &str| {
            let mut header_row = vec!["type", "name", "label"];
            let mut row = vec!["integer", "n", "Nombre"];
            match header_row.iter().position(|known| *known == header) {
                Some(at) => row[at] = cell,
                None => {
                    header_row.push(header);
                    row.push(cell);
                }
            }
            converted(&[&header_row, &["text", "a", "A"], &row])
                .unwrap_or_else(|why| panic!("{header}: {why}"))
        };
        let (used, unused) = (with(line.header, line.cell), with("label", "Nombre"));
        let unknown = used.warnings.iter().find(|warning| {
            warning.column == line.header && warning.kind.code() == "unknown-column"
        });
        assert!(unknown.is_none(), "{}: {unknown:?}", line.header);
        let default = ["type", "name"].contains(&line.header);
        assert!(
            default || used.xml != unused.xml,
            "{} changes nothing",
            line.header
        );
    }
    // Those without a cell of their own are used where they belong.
    let written = |header: &str, row: &[&str]| {
        let header = ["type", "name", "label", header];
        converted(&[&header, row, &["end repeat"]])
            .or_else(|_| converted(&[&header, row]))
            .map(|converted| converted.xml)
    };
    let filtered = written(
        "choice_filter",
        &["select_one liste", "q", "Q", "name = 'vert'"],
    );
    assert!(filtered.is_ok_and(|xml| xml.contains("[name = 'vert']")));
    let counted = converted(&[
        &["type", "name", "label", "repeat_count"],
        &["begin repeat", "r", "R", "4"],
        &["text", "q", "Q"],
        &["end repeat"],
    ]);
    let enlarged = converted(&[
        &["type", "name", "label", "media::image", "media::big-image"],
        &["text", "q", "Q", "a.png", "a-grande.png"],
    ]);
    assert!(enlarged.is_ok_and(|converted| converted.xml.contains("jr://images/a-grande.png")));
    assert!(counted.is_ok_and(|converted| opened(&converted.xml).find("/data/r[4]").is_some()));
}

#[test]
fn every_parameter_of_the_documents_is_taken() {
    for line in PARAMETERS {
        let with = |cell: &str| {
            converted(&[
                &["type", "name", "label", "parameters"],
                &[line.of, "q", "Q", cell],
            ])
            .unwrap_or_else(|why| panic!("{} {}: {why}", line.of, line.cell))
            .xml
        };
        assert_ne!(with(line.cell), with(""), "{} {}", line.of, line.cell);
        assert!(
            converted(&[
                &["type", "name", "label", "parameters"],
                &[line.of, "q", "Q", "inconnu=1"],
            ])
            .is_err(),
            "{} takes any parameter",
            line.of
        );
    }
}

#[test]
fn every_appearance_of_the_documents_reaches_the_interface_which_knows_it() {
    for line in APPEARANCES {
        let of = match line.of.split(',').next().unwrap_or_default() {
            "begin group" => "text",
            select if select.starts_with("select") => "select_one liste",
            other => other,
        };
        let converted = converted(&[
            &["type", "name", "label", "appearance"],
            &[of, "q", "Q", line.word],
        ])
        .unwrap_or_else(|why| panic!("{}: {why}", line.word));
        let session = opened(&converted.xml);
        let node = session.find("/data/q").expect("the question");
        let view = session.view(node).expect("a live node");
        assert_ne!(
            view.appearance,
            Appearance::default(),
            "nothing looks for {}",
            line.word
        );
    }
}

#[test]
fn every_function_has_its_example_and_the_example_its_value() {
    let said: BTreeSet<&str> = FUNCTIONS.iter().map(|line| line.name).collect();
    let known: BTreeSet<&str> = xpath::Function::ALL.iter().copied().collect();
    assert_eq!(said, known);
    for line in FUNCTIONS {
        assert!(
            line.example.contains(&format!("{}(", line.name)),
            "{} is not in its example",
            line.name
        );
        assert_eq!(calculated(line.example), line.value, "{}", line.example);
    }
}

/// The value of an expression in the form of the examples.
fn calculated(expression: &str) -> String {
    let escaped = expression.replace('&', "&amp;").replace('<', "&lt;");
    let session = opened(&format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>e</h:title><model><itext><translation lang="fr"><text id="salut"><value>Bonjour</value></text></translation></itext><instance><data id="e" version="7"><n>3</n><m>rouge vert</m><vide/><r><q>2</q></r><r><q>3</q></r><r><q/></r><c/></data></instance><instance id="l"><root><item><name>rouge</name><label>Rouge</label><prix>2</prix></item><item><name>vert</name><label>Vert</label><prix>3</prix></item></root></instance><bind nodeset="/data/n" type="int"/><bind nodeset="/data/r/q" type="int"/><bind nodeset="/data/c" calculate="{escaped}"/></model></h:head><h:body><input ref="/data/n"><label>N</label></input><select ref="/data/m"><label>M</label><itemset nodeset="instance('l')/root/item"><value ref="name"/><label ref="label"/></itemset></select><group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/q"><label>Q</label></input></repeat></group></h:body></h:html>"#
    ));
    let node = session.find("/data/c").expect("the calculation");
    session.view(node).expect("a live node").value
}

/// The tables, in one language.
fn written(lang: usize) -> String {
    let [types, columns, parameters, appearances, functions] = [
        ["Types de questions", "Question types", "Tipos de preguntas"],
        [
            "Colonnes de la feuille `survey`",
            "Columns of the `survey` sheet",
            "Columnas de la hoja `survey`",
        ],
        [
            "Réglages (`parameters`)",
            "Settings (`parameters`)",
            "Ajustes (`parameters`)",
        ],
        [
            "Aspects (`appearance`)",
            "Appearances (`appearance`)",
            "Aspectos (`appearance`)",
        ],
        ["Fonctions", "Functions", "Funciones"],
    ]
    .map(|words| words[lang]);
    let [
        kind,
        what,
        column,
        setting,
        word,
        name,
        example,
        value,
        empty,
    ] = [
        ["Type", "Type", "Tipo"],
        ["Sert à", "For", "Sirve para"],
        ["Colonne", "Column", "Columna"],
        ["Réglage", "Setting", "Ajuste"],
        ["Mot", "Word", "Palabra"],
        ["Fonction", "Function", "Función"],
        ["Exemple", "Example", "Ejemplo"],
        ["Donne", "Gives", "Da"],
        [
            "Lus sans erreur, mais laissés vides",
            "Read without error, but left empty",
            "Se leen sin error, pero quedan vacíos",
        ],
    ]
    .map(|words| words[lang]);
    let mut text = format!("\n### {types}\n\n| {kind} | {what} |\n|---|---|\n");
    for line in TYPES {
        let _ = writeln!(text, "| `{}` | {} |", line.cell, line.words[lang]);
    }
    let left: Vec<String> = LEFT_EMPTY.iter().map(|name| format!("`{name}`")).collect();
    let colon = if lang == 0 { "\u{a0}:" } else { ":" };
    let _ = writeln!(text, "\n{empty}{colon} {}.", left.join(", "));
    let _ = write!(
        text,
        "\n### {columns}\n\n| {column} | {example} | {what} |\n|---|---|---|\n"
    );
    for line in COLUMNS {
        let example = if line.cell.is_empty() {
            String::new()
        } else {
            format!("`{}`", line.cell)
        };
        let _ = writeln!(
            text,
            "| `{}` | {example} | {} |",
            line.header, line.words[lang]
        );
    }
    let _ = write!(
        text,
        "\n### {parameters}\n\n| {kind} | {setting} | {what} |\n|---|---|---|\n"
    );
    for line in PARAMETERS {
        let of = line.of.split(' ').next().unwrap_or_default();
        let _ = writeln!(text, "| `{of}` | `{}` | {} |", line.cell, line.words[lang]);
    }
    let _ = write!(
        text,
        "\n### {appearances}\n\n| {word} | {kind} | {what} |\n|---|---|---|\n"
    );
    for line in APPEARANCES {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            line.word, line.of, line.words[lang]
        );
    }
    let _ = write!(
        text,
        "\n### {functions}\n\n| {name} | {example} | {value} |\n|---|---|---|\n"
    );
    for line in FUNCTIONS {
        let example = line.example.replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | `{example}` | {} |", line.name, line.value);
    }
    text.push('\n');
    text
}

const BEGIN: &str = "<!-- tables: cargo xtask docs -->";
const END: &str = "<!-- end of tables -->";

/// Fails when a document is stale; writes it when `VIGIE_WRITE_DOCS` is set, as `cargo xtask docs` does.
#[test]
fn the_documents_are_what_the_tables_say() {
    for (lang, name) in ["formulaires.md", "formulaires.en.md", "formulaires.es.md"]
        .into_iter()
        .enumerate()
    {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../docs", name]
            .iter()
            .collect();
        let text = std::fs::read_to_string(&path).expect("the document");
        let (before, rest) = text.split_once(BEGIN).expect("where the tables begin");
        let (_, after) = rest.split_once(END).expect("where the tables end");
        let fresh = format!("{before}{BEGIN}\n{}{END}{after}", written(lang));
        if std::env::var_os("VIGIE_WRITE_DOCS").is_some() {
            std::fs::write(&path, fresh).expect("the document is written");
        } else {
            assert!(
                text == fresh,
                "docs/{name} is stale: run `cargo xtask docs`"
            );
        }
    }
}
