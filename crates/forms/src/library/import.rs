//! A file into a form: an XLSForm workbook, or XForm XML, with the files that it names beside it.

use crate::form::Form;
use crate::media::MEDIA_BYTES;
use crate::problem::{Place, Problem, Severity};
use crate::{xform, xlsform};

/// What became of a file.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The form; absent where a problem is an error.
    pub form: Option<Form>,
    /// The form as XForm XML, for other tools: the file itself, or what its workbook says.
    pub xform: String,
    /// The external choices that the workbook holds, as the file that its XForm names.
    pub itemsets: Option<String>,
    /// Every problem found, errors and warnings.
    pub problems: Vec<Found>,
}

/// A problem, as the reader that met it says it.
#[derive(Debug, Clone)]
pub enum Found {
    /// In a workbook, by cell.
    Workbook(xlsform::Problem),
    /// In XForm XML, by line; or in the form as a whole.
    Form(Problem),
}

impl Found {
    /// Whether the form can be used in spite of it.
    pub fn severity(&self) -> Severity {
        match self {
            Found::Workbook(problem) => problem.severity,
            Found::Form(problem) => problem.severity,
        }
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Found::Workbook(problem) => problem.fmt(f),
            Found::Form(problem) => problem.fmt(f),
        }
    }
}

/// Whether a file looks like XForm XML, and not like a list of choices that is XML too.
pub fn is_xform(bytes: &[u8]) -> bool {
    is_xml(bytes) && {
        let head = String::from_utf8_lossy(bytes.get(..4096).unwrap_or(bytes)).into_owned();
        head.contains("http://www.w3.org/2002/xforms")
    }
}

fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}

/// Reads a file. `name` gives the form's id where the file gives none; `beside` gives the bytes of a file by its name.
pub fn import(name: &str, bytes: &[u8], beside: xform::Files) -> Imported {
    if is_xml(bytes) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let read = xform::read(text, beside);
        let problems = read.problems.into_iter().map(Found::Form).collect();
        return Imported {
            form: read.form,
            xform: text.to_owned(),
            itemsets: None,
            problems,
        }
        .with_media(beside);
    }
    let refused = |problems: Vec<xlsform::Problem>| Imported {
        form: None,
        xform: String::new(),
        itemsets: None,
        problems: problems.into_iter().map(Found::Workbook).collect(),
    };
    let workbook = match xlsform::read(bytes) {
        Ok(workbook) => workbook,
        Err(problem) => return refused(vec![*problem]),
    };
    let options = xlsform::Options {
        id: name
            .rsplit_once('.')
            .map_or(name, |(stem, _)| stem)
            .to_owned(),
        ..xlsform::Options::default()
    };
    let converted = match xlsform::convert(&workbook, &options) {
        Ok(converted) => converted,
        Err(problems) => return refused(problems),
    };
    let with_itemsets = |wanted: &str| {
        let own = converted
            .itemsets
            .as_ref()
            .filter(|_| wanted == "itemsets.csv");
        own.map(|text| text.clone().into_bytes())
            .or_else(|| beside(wanted))
    };
    let read = xform::read(&converted.xml, &with_itemsets);
    // A place in the XML that we wrote ourselves says nothing to whoever wrote the workbook: the cell does.
    let in_form = read.problems.into_iter().map(|mut problem| {
        let places = &converted.places;
        let place = match &problem.place {
            Place::Xml { line, column } => {
                places.cell(&converted.xml, *line, *column, &problem.subject)
            }
            Place::Node(path) => places.row(path),
            Place::Cell { .. } | Place::Form => None,
        };
        problem.place = place.unwrap_or(Place::Form);
        Found::Form(problem)
    });
    let warnings = converted.warnings.into_iter().map(Found::Workbook);
    Imported {
        form: read.form,
        problems: warnings.chain(in_form).collect(),
        xform: converted.xml,
        itemsets: converted.itemsets,
    }
    .with_media(beside)
}

impl Imported {
    /// Looks for the media that the texts show: the form does without those that are missing, but not with more than
    /// phones should carry.
    fn with_media(mut self, beside: xform::Files) -> Imported {
        let Some(form) = &self.form else {
            return self;
        };
        let mut size = 0;
        for name in form.source().media() {
            match beside(name) {
                Some(bytes) => size += bytes.len(),
                None => self.problems.push(Found::Form(Problem::warning(
                    "missing-file",
                    Place::Form,
                    name,
                    format!("the file {name} was not given"),
                ))),
            }
        }
        if size > MEDIA_BYTES {
            let most = MEDIA_BYTES / 1024 / 1024;
            self.problems.push(Found::Form(Problem::error(
                "media-too-large",
                Place::Form,
                format!("{:.1}", size as f64 / 1024.0 / 1024.0),
                format!("pictures, sounds and films of a form may weigh {most} MiB together"),
            )));
            self.form = None;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../forms/");
        std::fs::read(format!("{folder}{name}")).expect("a questionnaire of ours")
    }

    #[test]
    fn a_workbook_written_as_xml_reads_as_the_same_form() {
        let workbook = import("x.xlsx", &form("conditions_travail_court.xlsx"), &|_| None);
        let first = workbook.form.expect("a form of ours");
        let again = import("y.xml", workbook.xform.as_bytes(), &|_| None);
        assert_eq!(
            again.form.expect("what we write, we read").source(),
            first.source()
        );
    }

    #[test]
    fn a_list_beside_a_form_is_not_taken_for_a_form() {
        assert!(!is_xform(b"<root><item><name>a</name></item></root>"));
        assert!(!is_xform(b"name,label\na,A\n"));
        let bare =
            "\u{feff}<?xml version=\"1.0\"?><h:html xmlns=\"http://www.w3.org/2002/xforms\"/>";
        assert!(is_xform(bare.as_bytes()));
    }

    #[test]
    fn media_that_are_missing_are_named_and_media_that_are_too_large_refused() {
        let form = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title>
            <model><itext><translation lang="fr"><text id="a"><value>A</value><value form="image">jr://images/a.png</value><value form="audio">jr://audio/a.mp3</value></text></translation></itext>
            <instance><data id="t"><a/></data></instance><bind nodeset="/data/a" type="string"/></model></h:head><h:body><input ref="/data/a"><label ref="jr:itext('a')"/></input></h:body></h:html>"#;
        let told = |picture: Option<usize>| {
            let beside = move |name: &str| {
                picture
                    .filter(|_| name == "a.png")
                    .map(|size| vec![0; size])
            };
            let imported = import("t.xml", form.as_bytes(), &beside);
            let problems = imported.problems.iter().map(|found| match found {
                Found::Form(problem) => (problem.code.clone(), problem.subject.clone()),
                Found::Workbook(problem) => (problem.kind.code().to_owned(), String::new()),
            });
            (imported.form.is_some(), problems.collect::<Vec<_>>())
        };
        let missing = |name: &str| ("missing-file".to_owned(), name.to_owned());
        assert_eq!(told(None), (true, vec![missing("a.mp3"), missing("a.png")]));
        assert_eq!(told(Some(10)), (true, vec![missing("a.mp3")]));
        let too_large = ("media-too-large".to_owned(), "4.5".to_owned());
        assert_eq!(
            told(Some(MEDIA_BYTES + MEDIA_BYTES / 8)),
            (false, vec![missing("a.mp3"), too_large])
        );
    }

    #[test]
    fn a_file_that_a_form_names_is_read_from_beside_it() {
        let form = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title>
            <model><instance><data id="t"><pays/></data></instance><instance id="pays" src="jr://file-csv/pays.csv"/>
            <bind nodeset="/data/pays" type="string"/></model></h:head><h:body><select1 ref="/data/pays"><label>Pays</label>
            <itemset nodeset="instance('pays')/root/item"><value ref="name"/><label ref="label"/></itemset></select1></h:body></h:html>"#;
        let beside =
            |name: &str| (name == "pays.csv").then(|| b"name,label\nht,Ha\xc3\xafti\n".to_vec());
        let imported = import("t.xml", form.as_bytes(), &beside);
        let form = imported.form.expect("a form and its list");
        assert!(!form.source().lists[0].missing);
    }
}
