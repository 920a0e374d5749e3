//! The desk's own worker, downloaded when the desk needs it: reads questionnaires out of workbooks, draws QR codes.
//!
//! Started and spoken to like the notebook's worker, from `/vigie-bureau_loader.js`: `Call<BureauRequest>` in,
//! `Message<BureauAnswer>` out, the workbook's bytes beside the call.

mod compile;
mod qr;

fn main() {
    #[cfg(target_arch = "wasm32")]
    serve();
}

#[cfg(any(target_arch = "wasm32", test))]
fn answer(
    request: vigie_backend::protocol::BureauRequest,
    bytes: &[u8],
) -> Result<vigie_backend::protocol::BureauAnswer, vigie_backend::protocol::Failure> {
    use vigie_backend::protocol::{BureauAnswer, BureauRequest};
    match request {
        BureauRequest::CompileForm { name } => {
            Ok(BureauAnswer::Form(compile::compile(&name, bytes)))
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
    use vigie_backend::protocol::{BureauAnswer, BureauRequest, CompiledForm};

    fn compiled(file: &str) -> CompiledForm {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../forms/");
        let bytes = std::fs::read(format!("{folder}{file}")).expect("a questionnaire of ours");
        match super::answer(BureauRequest::CompileForm { name: file.into() }, &bytes) {
            Ok(BureauAnswer::Form(form)) => form,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn our_short_questionnaire_compiles_in_three_languages() {
        let compiled = compiled("conditions_travail_court.xlsx");
        let errors: Vec<_> = compiled
            .problems
            .iter()
            .filter(|problem| problem.severity == "error")
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        let info = compiled.info.expect("a form that compiles is described");
        assert_eq!(info.languages.len(), 3, "{info:?}");
        assert!(info.questions > 5);
        assert!(compiled.form.is_some());
    }

    #[test]
    fn what_is_not_a_workbook_is_said_and_not_more() {
        for bytes in [&b""[..], b"hello", b"PK\x03\x04 cut short"] {
            match super::answer(
                BureauRequest::CompileForm {
                    name: "x.xlsx".into(),
                },
                bytes,
            ) {
                Ok(BureauAnswer::Form(form)) => {
                    assert!(form.form.is_none());
                    assert!(
                        form.problems
                            .iter()
                            .any(|problem| problem.severity == "error")
                    );
                }
                other => panic!("{other:?}"),
            }
        }
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
