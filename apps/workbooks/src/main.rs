//! The desk's own worker, downloaded when the desk needs it: reads questionnaires out of workbooks and XForms, draws
//! QR codes, writes workbooks.
//!
//! Started and spoken to like the notebook's worker, from `/vigie-workbooks_loader.js`: a `WorkbookQuestion` in, its
//! answer out.

mod qr;
mod read;
mod words;
mod write;

fn main() {
    #[cfg(target_arch = "wasm32")]
    serve();
}

/// What answers the desk.
#[cfg(target_arch = "wasm32")]
struct Workbooks;

#[cfg(target_arch = "wasm32")]
impl vigie_protocol::Answers<vigie_protocol::ReadForms> for Workbooks {
    async fn answer(
        &self,
        question: vigie_protocol::ReadForms,
    ) -> Result<Vec<vigie_protocol::ReadForm>, vigie_protocol::Failure> {
        Ok(read::read_forms(&question.files, &question.lang))
    }
}

#[cfg(target_arch = "wasm32")]
impl vigie_protocol::Answers<vigie_protocol::DrawQr> for Workbooks {
    async fn answer(
        &self,
        question: vigie_protocol::DrawQr,
    ) -> Result<String, vigie_protocol::Failure> {
        qr::svg(&question.text)
    }
}

#[cfg(target_arch = "wasm32")]
impl vigie_protocol::Answers<vigie_protocol::WriteBook> for Workbooks {
    async fn answer(
        &self,
        question: vigie_protocol::WriteBook,
    ) -> Result<vigie_protocol::File, vigie_protocol::Failure> {
        write::workbook(question.name, &question.book)
    }
}

#[cfg(target_arch = "wasm32")]
fn serve() {
    use vigie_protocol::{
        WorkbookQuestion,
        codec::{decode, encode},
    };
    vigie_device::Inbox::of_this_worker().serve(async |bytes| {
        match decode::<WorkbookQuestion>(&bytes) {
            Ok(question) => question.answered_by(&Workbooks).await,
            Err(failure) => encode(&Err::<(), _>(failure)),
        }
    });
}

#[cfg(test)]
mod tests {
    use vigie_forms::Severity;
    use vigie_protocol::{
        ChosenFile, ReadForm,
        codec::{decode, encode},
    };

    fn read(files: &[(&str, &[u8])], lang: &str) -> Vec<ReadForm> {
        let chosen = files.iter().map(|(name, bytes)| ChosenFile {
            name: (*name).to_owned(),
            bytes: bytes.to_vec(),
        });
        let files: Vec<ChosenFile> = chosen.collect();
        super::read::read_forms(&files, lang)
    }

    fn ours(file: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../forms/");
        std::fs::read(format!("{folder}{file}")).expect("a questionnaire of ours")
    }

    #[test]
    fn our_short_questionnaire_compiles_in_three_languages() {
        let bytes = ours("conditions_travail_court.xlsx");
        let forms = read(&[("conditions_travail_court.xlsx", &bytes)], "fr");
        let [form] = forms.as_slice() else {
            panic!("{forms:?}")
        };
        let errors = form
            .problems
            .iter()
            .filter(|one| one.severity == Severity::Error);
        assert_eq!(errors.count(), 0, "{:?}", form.problems);
        let info = form
            .info
            .as_ref()
            .expect("a form that compiles is described");
        assert_eq!(info.languages.len(), 3, "{info:?}");
        assert!(info.questions > 5);
        let kept = form.form.as_ref().expect("a form");
        assert!(kept.xform.contains("<h:title>") && kept.files.is_empty());
        let page = decode::<Vec<ReadForm>>(&encode(&forms)).expect("what was sent");
        assert_eq!(page, forms, "to the byte");
    }

    #[test]
    fn what_is_not_a_workbook_is_said_in_the_language_asked_for() {
        for bytes in [&b""[..], b"hello", b"PK\x03\x04 cut short"] {
            let forms = read(&[("x.xlsx", bytes)], "es");
            assert_eq!(forms.len(), 1);
            assert!(forms[0].form.is_none());
            let errors: Vec<&str> = forms[0]
                .problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error)
                .map(|problem| problem.message.as_str())
                .collect();
            assert!(
                errors.iter().any(|said| said.contains("libro")),
                "{errors:?}"
            );
        }
    }

    #[test]
    fn a_list_dropped_beside_an_xform_is_read_with_it_and_kept() {
        let xform = br#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>T</h:title>
            <model><instance><data id="t"><pays/></data></instance><instance id="pays" src="jr://file-csv/pays.csv"/>
            <bind nodeset="/data/pays" type="string"/></model></h:head><h:body><select1 ref="/data/pays"><label>Pays</label>
            <itemset nodeset="instance('pays')/root/item"><value ref="name"/><label ref="label"/></itemset></select1></h:body></h:html>"#;
        let alone = read(&[("t.xml", xform)], "fr");
        assert!(
            alone[0]
                .problems
                .iter()
                .any(|one| one.message.contains("pays.csv")),
            "{:?}",
            alone[0].problems
        );
        let both = read(
            &[("t.xml", xform), ("pays.csv", b"name,label\nht,Haiti\n")],
            "fr",
        );
        assert_eq!(both.len(), 1, "a list is no questionnaire");
        assert!(both[0].problems.is_empty(), "{:?}", both[0].problems);
        let files = &both[0].form.as_ref().expect("a form").files;
        assert_eq!(files[0].name, "pays.csv");
    }

    #[test]
    fn an_invite_fits_a_code() {
        let svg = super::qr::svg("https://vigie.example/#/join/0123-4567-89AB-CDEF");
        let svg = svg.expect("a code");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"));
        assert!(super::qr::svg(&"x".repeat(10_000)).is_err());
    }

    #[test]
    fn a_book_that_the_desk_filled_is_written() {
        let book = vigie_sheets::Book {
            sheets: vec![vigie_sheets::Sheet {
                name: "notes".into(),
                ..vigie_sheets::Sheet::default()
            }],
        };
        let file = super::write::workbook("vigie.xlsx".into(), &encode(&book));
        let file = file.expect("a workbook");
        assert!(file.name == "vigie.xlsx" && file.bytes.starts_with(b"PK"));
        assert!(super::write::workbook("vigie.xlsx".into(), b"?").is_err());
    }
}
