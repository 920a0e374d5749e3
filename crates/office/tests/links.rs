//! What the office believes of a partner link, and of the devices that answer by it.

mod world;

use std::collections::BTreeMap;

use serde_json::json;
use vigie_exchange::api::{Base64, EnrolledItem};
use vigie_journal::{FormRef, Journal, Op, StoredOp};
use vigie_model::{ExactJson, FormHash, Kind, Lang, LinkOptions, QuarantineReason, RecordId};
use vigie_office::{
    OfficeDoc, Registry, Verdict,
    docs::{FormFile, LinkDoc},
    mission::{BadLink, NewLink, card_form},
    registry::BadEnrolment,
};
use world::{Device, NOW, Office};

#[test]
fn a_partners_device_is_believed_as_often_as_its_link_says_and_for_one_answer() {
    let mut office = Office::new(11);
    let form = card_form(
        "f",
        "1",
        BTreeMap::new(),
        ExactJson::from_text("{}").expect("JSON"),
    );
    office.mission = office.mission.with_form(&office.keys, form);
    let said = NewLink {
        form: "f".into(),
        label: " Affiche ".into(),
        consent: [(Lang::new("fr"), "D’accord ?".to_owned())].into(),
        uses: 1,
        kiosk: false,
        codes: 0,
        later_days: 7,
        options: LinkOptions::default(),
        expires: NOW.plus(1000),
    };
    let media = |_: &FormHash| {
        vec![FormFile {
            name: "atelier.png".into(),
            data: Base64(vec![1, 2, 3]),
        }]
    };
    let link = |office: &mut Office, said| office.mission.links(said, NOW, &mut office.dice);
    let none = NewLink {
        form: "other".into(),
        ..said.clone()
    };
    assert_eq!(link(&mut office, none), Err(BadLink::NoForm));
    let silent = NewLink {
        consent: BTreeMap::new(),
        ..said.clone()
    };
    assert_eq!(link(&mut office, silent), Err(BadLink::NoConsent));
    let options = LinkOptions {
        thanks: [(Lang::new("fr"), "  ".to_owned())].into(),
        answers: [
            ("pays".to_owned(), "bd".to_owned()),
            ("lieu".to_owned(), String::new()),
        ]
        .into(),
        ..LinkOptions::default()
    };
    let empty = NewLink {
        options,
        ..said.clone()
    };
    let empty = link(&mut office, empty).expect("a link").remove(0).options;
    assert!(empty.thanks.is_empty(), "nothing is said in no words");
    assert_eq!(empty.answers.len(), 1, "nothing is answered by nothing");
    let too_long = NewLink {
        later_days: 400,
        options: LinkOptions::default(),
        ..said.clone()
    };
    let too_long = link(&mut office, too_long).expect("a link").remove(0);
    assert_eq!(too_long.later_days, 30);
    let made = link(&mut office, said).expect("a link").remove(0);
    office.registry.insert(OfficeDoc::Link(made.clone()));
    let code = made.code().expect("a code");
    let body = office
        .mission
        .link_body(&office.keys, &made, media, &mut office.dice);
    let sealed = body.expect("the mission has its questionnaire").sealed.0;
    let opened = vigie_seal::open_link(&sealed, &code).expect("a link");
    assert_eq!(opened.files["atelier.png"], "AQID");
    assert_eq!(opened.later_days, 7);
    // A document from before anybody could go on later.
    let mut before = serde_json::to_value(&made).expect("JSON");
    before.as_object_mut().expect("fields").remove("later_days");
    let before: LinkDoc = serde_json::from_value(before).expect("a document");
    let none = |_: &FormHash| Vec::new();
    let body = office
        .mission
        .link_body(&office.keys, &before, none, &mut office.dice)
        .expect("a box");
    let opened = vigie_seal::open_link(&body.sealed.0, &code).expect("a link");
    assert_eq!(opened.later_days, 0);
    assert!(opened.options.is_none());
    let item = |device: &Device| {
        let enrol = vigie_join::enrol_partner(&code, &device.key);
        EnrolledItem {
            n: 1,
            invite: enrol.invite,
            device: enrol.device,
            mission: None,
            proof: enrol.proof,
            name_box: enrol.name_box,
            at: NOW,
        }
    };
    let mut partner = office.stranger("Affiche");
    let other = office.stranger("Affiche");
    let forged = EnrolledItem {
        device: other.id(),
        ..item(&partner)
    };
    assert_eq!(office.registry.enrolled(&forged), Err(BadEnrolment::Proof));
    for _ in 0..2 {
        assert_eq!(office.registry.enrolled(&item(&partner)), Ok(partner.id()));
    }
    assert_eq!(
        office.registry.enrolled(&item(&other)),
        Err(BadEnrolment::Used)
    );
    assert_eq!(office.registry.people(&office.mission.id()).count(), 0);
    assert_eq!(
        office.registry.device(&partner.id()).expect("known").name,
        "Affiche"
    );

    let rec = RecordId::answer_of(&partner.id());
    let answer = |partner: &mut Device, rec, form: &str| {
        let stored = partner.write(&Journal::new(), rec, Kind::RESPONSE, &[("q", json!("1"))]);
        StoredOp::new(Op {
            form: Some(FormRef {
                id: form.into(),
                version: "1".into(),
                hash: FormHash::from_sha256(&[0; 32]),
            }),
            ..stored.op
        })
    };
    let note = partner.note(&[("title", json!("x"))]);
    let elsewhere = partner.record();
    let second = answer(&mut partner, elsewhere, "f");
    let foreign = answer(&mut partner, rec, "g");
    let elsewhere = partner.record();
    let loose = partner.write(
        &Journal::new(),
        elsewhere,
        Kind::ATTACHMENT,
        &[("data", json!("AQID"))],
    );
    for beyond in [note, second, foreign, loose] {
        let sealed = partner.sealed(&office, &[beyond]);
        assert!(matches!(
            office.import(&sealed),
            Verdict::Quarantined {
                reason: QuarantineReason::BeyondLink,
                ..
            }
        ));
    }
    let good = answer(&mut partner, rec, "f");
    let sealed = partner.sealed(&office, &[good]);
    assert!(matches!(office.import(&sealed), Verdict::Accepted { .. }));

    // Closed once by any desk is closed, in whatever order its documents come.
    let closed = LinkDoc {
        closed: true,
        ..made.clone()
    };
    for docs in [[&closed, &made], [&made, &closed]] {
        let docs = docs.map(|doc| OfficeDoc::Link(doc.clone()));
        let registry = Registry::from_docs(docs);
        assert!(registry.links(&office.mission.id())[0].doc.closed);
    }
}
