//! The desk's own worker, downloaded when the desk needs it: reads questionnaires out of workbooks and XForms, draws
//! QR codes.
//!
//! Started and spoken to like the notebook's worker, from `/vigie-workbooks_loader.js`: `Call<BureauRequest>` in,
//! `Message<BureauAnswer>` out, the files' bytes beside the call.

mod qr;
mod read;
mod words;

fn main() {
    #[cfg(target_arch = "wasm32")]
    serve();
}

#[cfg(any(target_arch = "wasm32", test))]
fn answer(
    request: vigie_backend::protocol::BureauRequest,
    bytes: &[u8],
) -> Result<vigie_backend::protocol::BureauAnswer, vigie_backend::protocol::Failure> {
    use vigie_backend::protocol::{BureauAnswer, BureauRequest, Failure};
    match request {
        BureauRequest::ReadForms { files, lang } => {
            let mut rest = bytes;
            let mut cut = Vec::with_capacity(files.len());
            for (name, size) in files {
                let Some((file, after)) = rest.split_at_checked(size) else {
                    return Err(Failure::Internal(
                        "the bytes are not those of the files".into(),
                    ));
                };
                cut.push((name, file));
                rest = after;
            }
            Ok(BureauAnswer::Forms(read::read_forms(&cut, &lang)))
        }
        BureauRequest::Qr { text } => Ok(BureauAnswer::Qr {
            svg: qr::svg(&text)?,
        }),
    }
}

#[cfg(target_arch = "wasm32")]
fn serve() {
    use vigie_backend::protocol::{BureauRequest, Call, Failure, Message};
    let inbox = vigie_device::Inbox::of_this_worker();
    inbox.listen({
        let inbox = inbox.clone();
        move |asked| {
            let id = asked.id;
            let result = match serde_json::from_str::<Call<BureauRequest>>(&asked.json) {
                Ok(call) => answer(call.request, asked.bytes.as_deref().unwrap_or_default()),
                Err(error) => Err(Failure::Internal(error.to_string())),
            };
            if let Ok(json) = serde_json::to_string(&Message::Reply { id, result }) {
                inbox.post(&vigie_device::Message {
                    id,
                    json,
                    bytes: None,
                });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use vigie_backend::protocol::{BureauAnswer, BureauRequest, ReadForm};

    fn read(files: &[(&str, &[u8])], lang: &str) -> Vec<ReadForm> {
        let request = BureauRequest::ReadForms {
            files: files
                .iter()
                .map(|(name, bytes)| ((*name).to_owned(), bytes.len()))
                .collect(),
            lang: lang.into(),
        };
        let bytes: Vec<u8> = files
            .iter()
            .flat_map(|(_, bytes)| *bytes)
            .copied()
            .collect();
        match super::answer(request, &bytes) {
            Ok(BureauAnswer::Forms(forms)) => forms,
            other => panic!("{other:?}"),
        }
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
        let errors = form.problems.iter().filter(|one| one.severity == "error");
        assert_eq!(errors.count(), 0, "{:?}", form.problems);
        let info = form
            .info
            .as_ref()
            .expect("a form that compiles is described");
        assert_eq!(info.languages.len(), 3, "{info:?}");
        assert!(info.questions > 5);
        let kept = form.form.as_ref().expect("a form");
        assert!(kept.xform.contains("<h:title>") && kept.files.is_empty());
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
                .filter(|problem| problem.severity == "error")
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
        let text = "https://vigie.example/#/join/0123-4567-89AB-CDEF".to_owned();
        match super::answer(BureauRequest::Qr { text }, &[]) {
            Ok(BureauAnswer::Qr { svg }) => {
                assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"))
            }
            other => panic!("{other:?}"),
        }
        assert!(
            super::answer(
                BureauRequest::Qr {
                    text: "x".repeat(10_000)
                },
                &[]
            )
            .is_err()
        );
    }
}
