//! Whose record it is: settled by what the office accepted first, whatever anybody writes after.

mod world;

use serde_json::{Value, json};
use vigie_exchange::api::EnrolledItem;
use vigie_journal::{FormRef, Hlc, Journal, Op, StoredOp};
use vigie_model::{
    ExactJson, FormHash, Kind, Lang, LinkOptions, QuarantineReason, RecordId, Timestamp,
};
use vigie_office::{
    OfficeDoc, Seen, Verdict,
    import::{self, OPEN_BYTES, Reception},
    mission::{NewLink, card_form, new_mission},
};
use world::{Device, NOW, Office};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// An office with a partner link for any number of answers to the questionnaire `f`.
struct Linked {
    office: Office,
    item: EnrolledItem,
    code: vigie_seal::InviteCode,
}

impl Linked {
    fn new(seed: u64) -> Linked {
        let mut office = Office::new(seed);
        let form = card_form(
            "f",
            "1",
            Default::default(),
            ExactJson::from_text("{}").expect("JSON"),
        );
        office.mission = office.mission.with_form(&office.keys, form);
        let said = NewLink {
            form: "f".into(),
            label: "Affiche".into(),
            consent: [(Lang::new("fr"), "D’accord ?".to_owned())].into(),
            uses: 0,
            kiosk: false,
            codes: 0,
            later_days: 0,
            options: LinkOptions::default(),
            expires: NOW.plus(DAY),
        };
        let link = office
            .mission
            .links(said, NOW, &mut office.dice)
            .expect("a link")
            .remove(0);
        let code = link.code().expect("a code");
        office.registry.insert(OfficeDoc::Link(link));
        let device = office.stranger("");
        let enrol = vigie_join::enrol_partner(&code, &device.key);
        let item = EnrolledItem {
            n: 1,
            invite: enrol.invite,
            device: enrol.device,
            mission: None,
            proof: enrol.proof,
            name_box: enrol.name_box,
            at: NOW,
        };
        Linked { office, item, code }
    }

    fn partner(&mut self) -> Device {
        let device = self.office.stranger("Affiche");
        let enrol = vigie_join::enrol_partner(&self.code, &device.key);
        let item = EnrolledItem {
            device: enrol.device,
            proof: enrol.proof,
            ..self.item.clone()
        };
        self.office.registry.enrolled(&item).expect("proven");
        device
    }
}

/// Her answer, and a file that goes with it.
fn answer(partner: &mut Device, said: &str) -> [StoredOp; 2] {
    let rec = RecordId::answer_of(&partner.id());
    let file = partner.record();
    let file = attachment(partner, file, json!(rec), "AQID");
    let answer = partner.write(&Journal::new(), rec, Kind::RESPONSE, &[("q", json!(said))]);
    [file, of_form(answer)]
}

fn attachment(device: &mut Device, rec: RecordId, of: Value, data: &str) -> StoredOp {
    let set = [("_of", of), ("data", json!(data))];
    device.write(&Journal::new(), rec, Kind::ATTACHMENT, &set)
}

fn of_form(stored: StoredOp) -> StoredOp {
    let form = FormRef {
        id: "f".into(),
        version: "1".into(),
        hash: FormHash::from_sha256(&[0; 32]),
    };
    StoredOp::new(Op {
        form: Some(form),
        ..stored.op
    })
}

fn dated(stored: StoredOp, ms: i64) -> StoredOp {
    StoredOp::new(Op {
        hlc: Hlc { ms, n: 0 },
        ..stored.op
    })
}

fn reason(verdict: Verdict) -> Option<QuarantineReason> {
    match verdict {
        Verdict::Quarantined { reason, .. } => Some(reason),
        _ => None,
    }
}

#[test]
fn a_partner_touches_nobody_elses_answer_nor_file() {
    let mut linked = Linked::new(21);
    let (mut ana, mut mallory) = (linked.partner(), linked.partner());
    let office = &mut linked.office;
    let hers = answer(&mut ana, "oui");
    let sealed = ana.sealed(office, &hers);
    assert_eq!(reason(office.import(&sealed)), None);
    let before = office.journal.clone();

    let (file, rec) = (hers[0].op.rec, hers[1].op.rec);
    let own = json!(RecordId::answer_of(&mallory.id()));
    let attempts = [
        // Back-dated on her answer: it was taken for the answer itself.
        dated(attachment(&mut mallory, rec, own.clone(), "AAAA"), i64::MIN),
        // On her file, said to be of the forger's own answer.
        attachment(&mut mallory, file, own, "AAAA"),
        // A file of the forger's, said to be of her answer.
        {
            let fresh = mallory.record();
            attachment(&mut mallory, fresh, json!(rec), "AAAA")
        },
        of_form(mallory.write(&Journal::new(), rec, Kind::RESPONSE, &[("q", json!("non"))])),
    ];
    for attempt in attempts {
        let sealed = mallory.sealed(office, &[attempt]);
        assert_eq!(
            reason(office.import(&sealed)),
            Some(QuarantineReason::BeyondLink)
        );
    }
    assert_eq!(office.journal, before);
    let own = answer(&mut mallory, "non");
    let sealed = mallory.sealed(office, &own);
    assert_eq!(reason(office.import(&sealed)), None);
}

#[test]
fn nobody_writes_on_a_partners_answer_not_even_before_she_does() {
    let mut linked = Linked::new(22);
    let mut ana = linked.partner();
    let office = &mut linked.office;
    let mut mallory = office.delegate("Mallory");
    // The server told the member which device enrolled: the answer's name is known before the answer is.
    let rec = RecordId::answer_of(&ana.id());
    let squatted = mallory.write(&Journal::new(), rec, Kind::NOTE, &[("title", json!("x"))]);
    let sealed = mallory.sealed(office, &[squatted]);
    assert_eq!(
        reason(office.import(&sealed)),
        Some(QuarantineReason::Disagrees)
    );
    let hers = answer(&mut ana, "oui");
    let sealed = ana.sealed(office, &hers);
    assert_eq!(reason(office.import(&sealed)), None);
    let record = office.journal.record(&rec).expect("accepted");
    assert_eq!(record.text("q"), Some("oui"));
}

#[test]
fn a_record_stays_in_its_mission_and_of_its_kind() {
    let mut office = Office::new(23);
    let mut awa = office.delegate("Awa");
    let hers = awa.note(&[("title", json!("Atelier"))]);
    let sealed = awa.sealed(&office, std::slice::from_ref(&hers));
    assert_eq!(reason(office.import(&sealed)), None);

    let first = office.mission.clone();
    office.mission =
        new_mission(world::new("B"), &office.keys, &mut office.dice).expect("a mission");
    office
        .registry
        .insert(OfficeDoc::Mission(office.mission.clone()));
    let mut mallory = office.delegate("Mallory");
    let moved = mallory.write(
        &Journal::new(),
        hers.op.rec,
        Kind::NOTE,
        &[("title", json!("x"))],
    );
    let moved = dated(moved, 0);
    office.mission = first;
    let mut lena = office.delegate("Lena");
    let recast = lena.write(
        &Journal::new(),
        hers.op.rec,
        Kind::CONTACT,
        &[("title", json!("x"))],
    );
    let fresh = lena.record();
    let two_kinds = [Kind::NOTE, Kind::CONTACT]
        .map(|kind| lena.write(&Journal::new(), fresh, kind, &[("title", json!("y"))]));
    for sealed in [
        mallory.sealed(&office, &[moved]),
        lena.sealed(&office, &[dated(recast, 0)]),
        lena.sealed(&office, &two_kinds),
    ] {
        let refused = reason(office.import(&sealed));
        assert_eq!(refused, Some(QuarantineReason::Disagrees));
        assert!(refused.is_some_and(|reason| reason.is_kept(false)));
    }
    let record = office.journal.record(&hers.op.rec).expect("there");
    assert_eq!(
        (record.mission, record.kind.clone(), record.by.as_str()),
        (awa.mission, Kind::NOTE, "Awa")
    );
}

#[test]
fn a_back_dated_edit_makes_nobody_the_author() {
    let mut office = Office::new(24);
    let (mut awa, mut lena) = (office.delegate("Awa"), office.delegate("Lena"));
    let hers = awa.note(&[("title", json!("Atelier"))]);
    let later = awa.write(
        &Journal::new(),
        hers.op.rec,
        Kind::NOTE,
        &[("text", json!("…"))],
    );
    // Her second bundle came first: she is the author all the same, and the note is as old as she says.
    for op in [&later, &hers] {
        let sealed = awa.sealed(&office, std::slice::from_ref(op));
        assert_eq!(reason(office.import(&sealed)), None);
    }
    let edit = lena.write(
        &Journal::new(),
        hers.op.rec,
        Kind::NOTE,
        &[("title", json!("Usine"))],
    );
    let sealed = lena.sealed(&office, &[dated(edit, 0)]);
    assert_eq!(reason(office.import(&sealed)), None);
    let record = office.journal.record(&hers.op.rec).expect("there");
    assert_eq!((record.by.as_str(), record.created), ("Awa", hers.op.hlc));
    assert_eq!(record.conflicts(), ["title"]);
}

#[test]
fn a_stamp_far_in_the_future_is_no_better_than_the_moment_it_came() {
    let mut office = Office::new(25);
    let (mut awa, mut mallory) = (office.delegate("Awa"), office.delegate("Mallory"));
    let hers = awa.note(&[("title", json!("Atelier"))]);
    let rec = hers.op.rec;
    let sealed = awa.sealed(&office, std::slice::from_ref(&hers));
    office.import(&sealed);
    let forged = [i64::MAX, NOW.0 + 2 * DAY].map(|ms| {
        let op = mallory.write(&Journal::new(), rec, Kind::NOTE, &[("title", json!(ms))]);
        dated(op, ms)
    });
    let forged = mallory.sealed(&office, &forged);
    let at = NOW.plus(10 * 60_000);
    office.import_at(&forged, Reception::carried(at));
    // What Awa writes an hour later, without having seen the other's, is shown.
    awa.now = NOW.0 + 3_600_000;
    let mut seen = Journal::new();
    seen.insert(hers);
    let edit = awa.write(&seen, rec, Kind::NOTE, &[("title", json!("Usine"))]);
    let honest = awa.sealed(&office, std::slice::from_ref(&edit));
    office.import_at(&honest, Reception::carried(NOW.plus(2 * 3_600_000)));
    let record = office.journal.record(&rec).expect("there");
    assert_eq!(record.text("title"), Some("Usine"));
    assert_eq!(record.updated, edit.op.hlc);
    let heads: Vec<(Timestamp, String)> = record.fields["title"]
        .heads
        .iter()
        .map(|head| (head.hlc.time(), head.value.to_string()))
        .collect();
    // Of one device, the later number first; each as of its reception.
    let later = (NOW.0 + 2 * DAY).to_string();
    assert_eq!(heads[1..], [(at, later), (at, i64::MAX.to_string())]);

    // A clock that is hours ahead stays as it is.
    let ahead = dated(awa.note(&[("title", json!("z"))]), NOW.0 + DAY);
    let sealed = awa.sealed(&office, std::slice::from_ref(&ahead));
    office.import(&sealed);
    let record = office.journal.record(&ahead.op.rec).expect("there");
    assert_eq!(record.created, ahead.op.hlc);
}

#[test]
fn the_same_arrivals_again_give_the_same_journal() {
    let mut office = Office::new(26);
    let (mut awa, mut lena) = (office.delegate("Awa"), office.delegate("Lena"));
    let rec = awa.record();
    let mut arrivals = Vec::new();
    for n in 0..4 {
        for (device, ahead) in [(&mut awa, 0), (&mut lena, 3 * DAY)] {
            let op = device.write(
                &Journal::new(),
                rec,
                Kind::NOTE,
                &[("title", json!(format!("{n} {ahead}")))],
            );
            let ms = op.op.hlc.ms + ahead * (n % 2);
            let sealed = device.sealed(&office, &[dated(op, ms)]);
            arrivals.push((sealed, Reception::carried(NOW.plus(n * 1000))));
        }
    }
    let again = |journal: &mut Journal| {
        let mut seen = Seen::default();
        for (sealed, received) in &arrivals {
            import::import(
                sealed,
                &office.keys,
                &office.registry,
                OPEN_BYTES,
                *received,
                journal,
                &mut seen,
            );
        }
    };
    let (mut first, mut second) = (Journal::new(), Journal::new());
    again(&mut first);
    again(&mut second);
    assert_eq!(first, second);
    assert_eq!(first.len(), 8);
}

#[test]
fn who_writes_under_anothers_name_is_shown_under_her_own_beside() {
    let mut office = Office::new(27);
    let mut awa = office.delegate("Awa");
    let mut mallory = office.delegate("Mallory");
    let hers = awa.note(&[("title", json!("Atelier"))]);
    let sealed = awa.sealed(&office, std::slice::from_ref(&hers));
    office.import(&sealed);
    mallory.name = "Awa".into();
    let forged = [
        mallory.note(&[("title", json!("Mensonge"))]),
        mallory.write(
            &Journal::new(),
            hers.op.rec,
            Kind::NOTE,
            &[("title", json!("Usine"))],
        ),
    ];
    let sealed = mallory.sealed(&office, &forged);
    office.import(&sealed);
    let shown = |rec: &RecordId| {
        let record = office.journal.record(rec).expect("there");
        office.registry.author(&record.author(), &record.by)
    };
    assert_eq!(shown(&hers.op.rec), "Awa");
    assert_eq!(shown(&forged[0].op.rec), "Awa (Mallory)");
    let records: Vec<_> = office.journal.records().cloned().collect();
    let tables = vigie_office::export::csv::csv(
        &records,
        &office.registry,
        &Default::default(),
        &Default::default(),
        Default::default(),
    );
    let notes = tables
        .iter()
        .find(|file| file.name == "notes.csv")
        .expect("notes");
    let notes = String::from_utf8(notes.bytes.clone()).expect("UTF-8");
    assert_eq!(notes.matches("Awa (Mallory)").count(), 2, "{notes}");
}
