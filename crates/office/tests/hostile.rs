//! Members, partners and servers who mean harm, alone and two together: whatever they send, what an honest person wrote is
//! neither changed nor hidden nor given another author, beyond what `docs/format.md` says they can.
//!
//! An honest story of several people is imported twice: once alone, once with arbitrary bundles between, made by somebody who
//! has a true key, knows every record, op and device that came so far, and signs whatever she likes. Enrolments and documents
//! are mangled likewise.

mod world;

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};
use vigie_exchange::api::{Base64, EnrolledItem, Hex};
use vigie_journal::{Bundle, FormRef, Hlc, Journal, Op, Record, StoredOp};
use vigie_model::{
    DeviceId, ExactJson, FormHash, Kind, Lang, LinkOptions, OpId, RecordId, Timestamp,
};
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry, Verdict,
    docs::{self, BadDoc, DeskDoc, MissionDoc, RemovedDoc},
    import::Reception,
    mission::{NewLink, card_form, new_mission},
};
use vigie_seal::{InviteCode, SigningKey, seal_box};
use world::{Device, NOW, Office};

const DAY: i64 = 24 * 60 * 60 * 1000;
const HOUR: i64 = 60 * 60 * 1000;

/// One bundle of the honest story.
struct Said {
    sealed: Vec<u8>,
    ops: Vec<StoredOp>,
}

/// What is known to everybody who listens: more than a member knows.
#[derive(Default)]
struct Known {
    records: Vec<RecordId>,
    ops: Vec<OpId>,
    devices: Vec<DeviceId>,
}

struct Stage {
    office: Office,
    other: MissionDoc,
    code: InviteCode,
    story: Vec<Said>,
    honest: Vec<DeviceId>,
}

impl Stage {
    /// Two missions, a partner link in the first, and what Awa, Lena and Ana wrote there.
    fn new(uses: u32) -> Stage {
        let mut office = Office::new(41);
        let other = new_mission(world::new("B"), &office.keys, &mut office.dice).expect("fine");
        office.registry.insert(OfficeDoc::Mission(other.clone()));
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
            uses,
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
        let mut stage = Stage {
            office,
            other,
            code,
            story: Vec::new(),
            honest: Vec::new(),
        };
        let (mut awa, mut lena) = (stage.office.delegate("Awa"), stage.office.delegate("Lena"));
        let mut ana = stage.partner();
        stage.honest = vec![awa.id(), lena.id(), ana.id()];
        let mut seen = Journal::new();
        let note = awa.note(&[
            ("title", json!("Atelier")),
            ("text", json!("Rien à signaler.")),
        ]);
        seen.insert(note.clone());
        let rec = awa.record();
        let contact = awa.write(&seen, rec, Kind::CONTACT, &[("name", json!("Wilson"))]);
        seen.insert(contact.clone());
        let edit = lena.write(&seen, rec, Kind::CONTACT, &[("name", json!("Wilson P."))]);
        let hers = lena.note(&[("title", json!("Usine"))]);
        let deleted = {
            let mut journal = Journal::new();
            journal.insert(hers.clone());
            lena.delete(&journal, hers.op.rec, Kind::NOTE)
        };
        let again = awa.write(
            &seen,
            note.op.rec,
            Kind::NOTE,
            &[("text", json!("Une visite."))],
        );
        let answer = RecordId::answer_of(&ana.id());
        let file = ana.record();
        let set = [("_of", json!(answer)), ("data", json!("AQID"))];
        let file = ana.write(&Journal::new(), file, Kind::ATTACHMENT, &set);
        let answer = ana.write(
            &Journal::new(),
            answer,
            Kind::RESPONSE,
            &[("q", json!("oui"))],
        );
        let answer = StoredOp::new(Op {
            form: Some(form_ref("f")),
            ..answer.op
        });
        for (device, ops) in [
            (&awa, vec![note]),
            (&awa, vec![contact]),
            (&ana, vec![file, answer]),
            (&lena, vec![edit, hers]),
            (&lena, vec![deleted]),
            (&awa, vec![again]),
        ] {
            let sealed = device.sealed(&stage.office, &ops);
            stage.story.push(Said { sealed, ops });
        }
        stage
    }

    fn partner(&mut self) -> Device {
        let device = self.office.stranger("Affiche");
        let item = self.answered(&device);
        self.office.registry.enrolled(&item).expect("proven");
        device
    }

    fn answered(&self, device: &Device) -> EnrolledItem {
        let enrol = vigie_join::enrol_partner(&self.code, &device.key);
        EnrolledItem {
            n: 1,
            invite: enrol.invite,
            device: enrol.device,
            mission: None,
            proof: enrol.proof,
            name_box: enrol.name_box,
            at: NOW,
        }
    }

    fn in_the_other_mission(&mut self, name: &str) -> Device {
        let first = std::mem::replace(&mut self.office.mission, self.other.clone());
        let device = self.office.delegate(name);
        self.office.mission = first;
        device
    }

    /// The journal without anybody hostile.
    fn quiet(&mut self) -> Journal {
        self.play(None, &[]).0
    }

    /// Imports the story, with `acts` of `mallory` between; answers the journal, and which of her ops came in.
    fn play(&mut self, mut mallory: Option<&mut Device>, acts: &[Act]) -> (Journal, Vec<StoredOp>) {
        self.office.journal = Journal::new();
        self.office.seen = Default::default();
        let mut known = Known {
            // Of her mission's records she learns once they came; the server knows devices before anything comes.
            records: self.honest.iter().map(RecordId::answer_of).collect(),
            devices: self.honest.clone(),
            ops: Vec::new(),
        };
        let mut came_in = Vec::new();
        let story = std::mem::take(&mut self.story);
        for at in 0..=story.len() {
            let received = Reception::carried(NOW.plus(at as i64 * HOUR));
            if let Some(mallory) = &mut mallory {
                for act in acts
                    .iter()
                    .filter(|act| act.at.index(story.len() + 1) == at)
                {
                    let (sealed, ops) = act.made(mallory, self, &known);
                    let verdict = self.office.import_at(&sealed, received);
                    if matches!(verdict, Verdict::Accepted { .. }) {
                        known.records.extend(ops.iter().map(|op| op.op.rec));
                        known.ops.extend(ops.iter().map(|op| op.id));
                        came_in.extend(ops);
                    }
                }
            }
            let Some(said) = story.get(at) else { break };
            let verdict = self.office.import_at(&said.sealed, received);
            let came = matches!(verdict, Verdict::Accepted { new, .. } if new == said.ops.len());
            assert!(came, "an honest bundle: {verdict:?}");
            known.records.extend(said.ops.iter().map(|op| op.op.rec));
            known.ops.extend(said.ops.iter().map(|op| op.id));
        }
        self.story = story;
        (self.office.journal.clone(), came_in)
    }

    fn honest_ops(&self) -> impl Iterator<Item = &StoredOp> {
        self.story.iter().flat_map(|said| &said.ops)
    }

    fn honest_records(&self) -> BTreeSet<RecordId> {
        self.honest_ops().map(|op| op.op.rec).collect()
    }
}

fn form_ref(id: &str) -> FormRef {
    FormRef {
        id: id.into(),
        version: "1".into(),
        hash: FormHash::from_sha256(&[0; 32]),
    }
}

/// One op as somebody hostile writes it.
#[derive(Clone, Debug)]
struct Wild {
    rec: Option<Index>,
    kind: usize,
    ms: i64,
    seq: u64,
    by: usize,
    set: Vec<(usize, usize)>,
    /// What `_of` says.
    of: Option<Index>,
    over: Vec<(usize, Index)>,
    form: Option<bool>,
    purged: Option<Index>,
}

/// One bundle of hers: when she sends it, and what she says in it.
#[derive(Clone, Debug)]
struct Act {
    at: Index,
    elsewhere: bool,
    /// Written in version 2, where that is shorter.
    by_columns: bool,
    /// Signs with her key, but says that the bundle and its ops are this device's.
    as_device: Option<Index>,
    ops: Vec<Wild>,
}

const KINDS: [&str; 5] = ["note", "contact", "response", "attachment", "mensonge"];
const FIELDS: [&str; 7] = [
    "title",
    "text",
    "name",
    "q",
    "data",
    "_deleted",
    "sensitivity",
];

fn values() -> [Value; 5] {
    [
        json!("faux"),
        json!(null),
        json!(true),
        json!("secret"),
        json!(["x", 1]),
    ]
}

fn wild() -> impl Strategy<Value = Wild> {
    let ms = prop_oneof![
        Just(i64::MAX),
        Just(i64::MIN),
        Just(0),
        NOW.0 - DAY..NOW.0 + 40 * DAY,
    ];
    let head = (
        proptest::option::weighted(0.8, any::<Index>()),
        0..KINDS.len(),
        ms,
        prop_oneof![1..9_u64, Just(u64::MAX)],
        0..3_usize,
    );
    let body = (
        vec((0..FIELDS.len(), 0..5_usize), 0..4),
        proptest::option::of(any::<Index>()),
        vec((0..FIELDS.len(), any::<Index>()), 0..4),
        proptest::option::of(any::<bool>()),
        proptest::option::weighted(0.1, any::<Index>()),
    );
    (head, body).prop_map(
        |((rec, kind, ms, seq, by), (set, of, over, form, purged))| Wild {
            rec,
            kind,
            ms,
            seq,
            by,
            set,
            of,
            over,
            form,
            purged,
        },
    )
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (
        any::<Index>(),
        proptest::bool::weighted(0.2),
        any::<bool>(),
        proptest::option::weighted(0.1, any::<Index>()),
        vec(wild(), 1..4),
    );
    vec(
        act.prop_map(|(at, elsewhere, by_columns, as_device, ops)| Act {
            at,
            elsewhere,
            by_columns,
            as_device,
            ops,
        }),
        1..7,
    )
}

impl Act {
    fn made(&self, mallory: &mut Device, stage: &Stage, known: &Known) -> (Vec<u8>, Vec<StoredOp>) {
        let missions = [stage.office.mission.id(), stage.other.id()];
        let home = usize::from(mallory.mission == missions[1]);
        let mission = missions[home ^ usize::from(self.elsewhere)];
        let dev = match &self.as_device {
            Some(device) => *device.get(&known.devices),
            None => mallory.id(),
        };
        let ops: Vec<StoredOp> = self
            .ops
            .iter()
            .map(|wild| wild.made(mallory, dev, mission, known))
            .collect();
        let unsigned = Bundle::compose(mission, dev, Timestamp(mallory.now), &ops);
        let sig = mallory.key.sign(&unsigned.message()).to_bytes();
        let bundle = unsigned.sign(sig);
        let json = match self.by_columns {
            true => bundle.to_shorter_json(),
            false => bundle.to_json(),
        };
        (stage.office.seal(&json), ops)
    }
}

impl Wild {
    fn made(
        &self,
        mallory: &mut Device,
        dev: DeviceId,
        mission: vigie_model::MissionId,
        known: &Known,
    ) -> StoredOp {
        let own = RecordId::answer_of(&mallory.id());
        let fresh = mallory.record();
        let mut records = known.records.clone();
        records.extend([own, own, fresh]);
        let rec = self.rec.as_ref().map_or(own, |rec| *rec.get(&records));
        let values = values();
        let mut set: std::collections::BTreeMap<String, Value> = self
            .set
            .iter()
            .map(|(field, value)| (FIELDS[*field].to_owned(), values[*value].clone()))
            .collect();
        if let Some(of) = &self.of {
            set.insert("_of".into(), json!(of.get(&records)));
        }
        let mut over = vigie_journal::Over::new();
        if !known.ops.is_empty() {
            for (field, op) in &self.over {
                let ids = over.entry(FIELDS[*field].to_owned()).or_default();
                ids.push(*op.get(&known.ops));
            }
        }
        let purged = self.purged.as_ref().filter(|_| !known.ops.is_empty());
        let more = purged.map(|op| ("purged".to_owned(), json!(op.get(&known.ops))));
        let stored = StoredOp::new(Op {
            v: Op::VERSION,
            dev,
            seq: self.seq,
            prev: None,
            hlc: Hlc { ms: self.ms, n: 0 },
            by: ["Awa", "Mallory", ""][self.by].to_owned(),
            rec,
            kind: Kind::new(KINDS[self.kind]),
            mission,
            form: self.form.map(|f| form_ref(if f { "f" } else { "g" })),
            set,
            over,
            more: more.into_iter().collect(),
        });
        // What is read back of it: an op that says it was purged names its own id.
        StoredOp::parse(&stored.bytes).expect("an op")
    }
}

/// Nothing of the honest records is other than it was without her.
fn assert_untouched(stage: &Stage, quiet: &Journal, journal: &Journal) {
    for rec in stage.honest_records() {
        assert_eq!(journal.record(&rec), quiet.record(&rec));
        assert_eq!(journal.history(&rec), quiet.history(&rec));
    }
    assert_kept(stage, journal);
}

/// Every honest op is here as its author wrote it.
fn assert_kept(stage: &Stage, journal: &Journal) {
    for op in stage.honest_ops() {
        assert_eq!(journal.get(&op.id), Some(op));
    }
}

fn is_head(record: &Record, field: &str, id: &OpId) -> bool {
    let field = record.fields.get(field);
    field.is_some_and(|field| field.heads.iter().any(|head| head.id == *id))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_partner_changes_nothing_but_her_own_answer(acts in acts()) {
        let mut stage = Stage::new(0);
        let mut mallory = stage.partner();
        let quiet = stage.quiet();
        let (journal, came_in) = stage.play(Some(&mut mallory), &acts);
        assert_untouched(&stage, &quiet, &journal);
        let own = RecordId::answer_of(&mallory.id());
        for op in &came_in {
            prop_assert!(op.op.over.is_empty());
            prop_assert!(op.op.rec == own || op.op.kind == Kind::ATTACHMENT && op.op.set["_of"] == json!(own));
        }
        // However much she sends, she gave one answer.
        let answers = journal.records().filter(|record| record.kind == Kind::RESPONSE);
        prop_assert!(answers.count() <= 2);
    }

    #[test]
    fn a_delegate_of_another_mission_changes_nothing_in_this_one(acts in acts()) {
        let mut stage = Stage::new(0);
        let mut mallory = stage.in_the_other_mission("Mallory");
        let quiet = stage.quiet();
        let (journal, came_in) = stage.play(Some(&mut mallory), &acts);
        assert_untouched(&stage, &quiet, &journal);
        let honest = stage.honest_records();
        for op in &came_in {
            prop_assert!(op.op.mission == stage.other.id() && !honest.contains(&op.op.rec));
        }
    }

    #[test]
    fn a_delegate_of_the_same_mission_hides_nothing_and_takes_no_record_over(acts in acts()) {
        let mut stage = Stage::new(0);
        let mut mallory = stage.office.delegate("Mallory");
        let quiet = stage.quiet();
        let (journal, came_in) = stage.play(Some(&mut mallory), &acts);
        assert_kept(&stage, &journal);
        for before in quiet.records() {
            let after = journal.record(&before.rec).expect("still there");
            let frame = |record: &Record| {
                (record.kind.clone(), record.mission, record.by.clone(), record.created, record.form.clone())
            };
            prop_assert_eq!(frame(after), frame(before));
            if before.kind == Kind::RESPONSE {
                prop_assert_eq!(after, before);
            }
            // A value stands until an op, signed and in the history, says that it replaces it.
            for (field, heads) in &before.fields {
                for head in &heads.heads {
                    let replaced = came_in.iter().any(|op| {
                        op.op.rec == before.rec && op.op.over.get(field).is_some_and(|over| over.contains(&head.id))
                    });
                    prop_assert!(replaced || is_head(after, field, &head.id));
                }
            }
            let deletes = |op: &&StoredOp| op.op.rec == before.rec && op.op.set.get("_deleted") == Some(&json!(true));
            prop_assert!(after.is_deleted() <= (before.is_deleted() || came_in.iter().any(|op| deletes(&op))));
            let history: BTreeSet<OpId> = journal.history(&before.rec).iter().map(|version| version.op).collect();
            prop_assert!(quiet.history(&before.rec).iter().all(|version| history.contains(&version.op)));
        }
        // Nobody has the last word for ever: what is written two days later by a right clock is shown.
        let end = NOW.0 + stage.story.len() as i64 * HOUR + DAY;
        for record in journal.records() {
            for head in record.fields.values().flat_map(|field| &field.heads) {
                prop_assert!(head.hlc.ms <= end, "{:?}", head);
            }
        }
    }

    #[test]
    fn a_member_does_nothing_under_another_name_than_her_devices(acts in acts()) {
        let mut stage = Stage::new(0);
        let mut mallory = stage.office.delegate("Mallory");
        let (journal, came_in) = stage.play(Some(&mut mallory), &acts);
        prop_assert!(came_in.iter().all(|op| op.op.dev == mallory.id() && !op.is_purged()));
        let theirs = stage.honest_ops().map(|op| op.id).collect::<BTreeSet<_>>();
        prop_assert!(journal.ops().all(|op| op.op.dev == mallory.id() || theirs.contains(&op.id)));
    }
}

/// What the server says of an enrolment: each part from somewhere.
#[derive(Clone, Debug)]
struct Told {
    invite: Index,
    device: Index,
    proof: Index,
    name: Index,
    at: i64,
}

fn told() -> impl Strategy<Value = Vec<Told>> {
    let at = prop_oneof![
        Just(NOW.0),
        Just(i64::MIN),
        Just(i64::MAX),
        NOW.0..NOW.0 + 90 * DAY
    ];
    let one = (
        any::<Index>(),
        any::<Index>(),
        any::<Index>(),
        any::<Index>(),
        at,
    );
    vec(
        one.prop_map(|(invite, device, proof, name, at)| Told {
            invite,
            device,
            proof,
            name,
            at,
        }),
        0..24,
    )
}

/// Enrolments as they were, and devices of the server's own.
struct Desk {
    office: Office,
    honest: Vec<(EnrolledItem, &'static str)>,
    own: Vec<SigningKey>,
}

impl Desk {
    fn new() -> Desk {
        let mut office = Office::new(42);
        let honest = ["Awa", "Lena", "Noor"].map(|name| {
            let device = office.stranger(name);
            (office.enrolment(&device, name), name)
        });
        let own = (0..4)
            .map(|_| SigningKey::random(&mut office.dice))
            .collect();
        Desk {
            office,
            honest: honest.into(),
            own,
        }
    }

    /// Tells what the server says, with `proofs` and `boxes` of its own beside those that it saw.
    fn tell(&mut self, told: &[Told], proofs: &[Hex<32>], boxes: &[Base64]) {
        let items: Vec<&EnrolledItem> = self.honest.iter().map(|(item, _)| item).collect();
        let invites: Vec<_> = items.iter().map(|item| item.invite).collect();
        let devices: Vec<DeviceId> = items
            .iter()
            .map(|item| item.device)
            .chain(self.own.iter().map(SigningKey::device))
            .collect();
        let proofs: Vec<Hex<32>> = items
            .iter()
            .map(|item| item.proof)
            .chain(proofs.iter().copied())
            .chain([Hex([0; 32])])
            .collect();
        let boxes: Vec<Base64> = items
            .iter()
            .map(|item| item.name_box.clone())
            .chain(boxes.iter().cloned())
            .chain([Base64(Vec::new())])
            .collect();
        for told in told {
            let _ = self.office.registry.enrolled(&EnrolledItem {
                n: 1,
                invite: *told.invite.get(&invites),
                device: *told.device.get(&devices),
                mission: None,
                proof: *told.proof.get(&proofs),
                name_box: told.name.get(&boxes).clone(),
                at: Timestamp(told.at),
            });
        }
    }

    fn strangers(&self) -> usize {
        let own = self.own.iter();
        own.filter(|key| self.office.registry.device(&key.device()).is_some())
            .count()
    }
}

/// Documents that somebody without the office's key makes, who knows whom to seal for and the mission's key.
fn forged(office: &Office, which: usize, key: &SigningKey) -> Vec<u8> {
    let device = key.device();
    let doc = match which % 4 {
        0 => OfficeDoc::Mission(office.mission.revise(&office.keys, |card| {
            card.recipients = vec!["age1mallory".into()];
        })),
        1 => OfficeDoc::Desk(DeskDoc {
            device,
            label: "Bureau".into(),
            made: NOW,
        }),
        2 => OfficeDoc::Removed(RemovedDoc {
            device,
            at: Timestamp(0),
        }),
        _ => {
            let mut dice = world::Dice(which as u64);
            let invite =
                office
                    .mission
                    .invite(&office.keys, "", Timestamp(i64::MAX), NOW, &mut dice);
            OfficeDoc::Invite(invite.doc)
        }
    };
    let theirs = OfficeKeys {
        signing: key.clone(),
        ..OfficeKeys::from_text(&office.keys.to_text()).expect("a key")
    };
    let signed = docs::sign(&doc.exact(), &theirs);
    let plain = match which / 4 % 3 {
        0 => serde_json::to_vec(&doc).expect("JSON"),
        1 => signed,
        _ => {
            // A true signature under another document.
            let true_one = docs::sign(
                &OfficeDoc::Mission(office.mission.clone()).exact(),
                &office.keys,
            );
            let true_one: Value = serde_json::from_slice(&true_one).expect("JSON");
            json!({ "signed": doc, "sig": true_one["sig"] })
                .to_string()
                .into_bytes()
        }
    };
    office.seal(&plain)
}

/// Takes documents as a desk does that has its own already.
fn take(registry: &mut Registry, office: &Office, sealed: &[u8]) {
    match OfficeDoc::open(sealed, &office.keys) {
        Ok(opened) if opened.signed => registry.insert(opened.doc),
        Ok(_) | Err(BadDoc::NotSigned | BadDoc::Malformed) => {}
        Err(other) => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_server_slips_in_no_device_and_swaps_no_name(told in told(), guessed: [u8; 32]) {
        let mut desk = Desk::new();
        desk.tell(&told, &[Hex(guessed)], &[]);
        prop_assert_eq!(desk.strangers(), 0);
        for (item, name) in desk.honest.clone() {
            if let Some(device) = desk.office.registry.device(&item.device) {
                prop_assert!(device.name.is_empty() || device.name == name);
            }
            // Once it says what was, she is believed, whatever it said before.
            prop_assert_eq!(desk.office.registry.enrolled(&item), Ok(item.device));
            prop_assert_eq!(&desk.office.registry.device(&item.device).expect("believed").name, name);
        }
    }

    #[test]
    fn a_server_and_a_member_gain_one_device_for_her_code_and_nobody_is_left_out(told in told(), names in vec("[a-z]{0,3}", 0..3)) {
        let mut desk = Desk::new();
        // Her code is good for one device: she and the server may make proofs for any, and she has the mission's key.
        let (hers, _) = desk.honest.pop().expect("three of them");
        let code = desk.office.registry.invites(&desk.office.mission.id())
            .into_iter().find_map(|invite| invite.doc.code().filter(|code| code.id() == hers.invite)).expect("kept");
        let devices: Vec<DeviceId> = desk.honest.iter().map(|(item, _)| item.device).chain(desk.own.iter().map(SigningKey::device)).collect();
        let proofs: Vec<Hex<32>> = devices.iter().map(|device| Hex(code.proof(device))).collect();
        let key = desk.office.mission.mission_key.clone();
        let mut dice = world::Dice(7);
        let boxes: Vec<Base64> = names.iter().map(|name| Base64(seal_box(&key, "name", name.as_bytes(), &mut dice))).collect();
        for at in 0..devices.len() {
            let device = desk.own.get(at).map(SigningKey::device);
            if let Some(device) = device {
                let _ = desk.office.registry.enrolled(&EnrolledItem { device, proof: Hex(code.proof(&device)), ..hers.clone() });
            }
        }
        desk.tell(&told, &proofs, &boxes);
        prop_assert!(desk.strangers() <= 1);
        for (item, _) in desk.honest.clone() {
            prop_assert_eq!(desk.office.registry.enrolled(&item), Ok(item.device));
        }
    }

    #[test]
    fn a_server_and_a_member_make_no_document_of_the_office(forgeries in vec((0..12_usize, any::<bool>()), 1..12)) {
        let office = Office::new(43);
        let key = SigningKey::from_bytes([66; 32]);
        let mut registry = office.registry.clone();
        let card = office.mission.clone();
        for (which, replay) in forgeries {
            take(&mut registry, &office, &forged(&office, which, &key));
            if replay {
                take(&mut registry, &office, &OfficeDoc::Mission(card.clone()).seal(&office.keys));
            }
        }
        prop_assert_eq!(registry.mission(&card.id()), Some(&card));
        prop_assert!(registry.desks().next().is_none() && registry.removed(&key.device()).is_none());
        prop_assert!(registry.invites(&card.id()).is_empty());
    }

    #[test]
    fn a_server_and_a_partner_give_no_more_answers_than_the_link_has_uses(
        order in vec((0..8_usize, 0..3_i64), 0..20), acts in acts(),
    ) {
        let uses = 3;
        let mut stage = Stage::new(uses);
        let quiet = stage.quiet();
        let mut crowd: Vec<Device> = (0..8).map(|_| stage.office.stranger("Affiche")).collect();
        for (at, when) in order {
            let mut item = stage.answered(&crowd[at]);
            item.at = Timestamp([NOW.0, i64::MIN, i64::MAX][when as usize]);
            let _ = stage.office.registry.enrolled(&item);
        }
        for device in &mut crowd {
            let rec = RecordId::answer_of(&device.id());
            let answer = device.write(&Journal::new(), rec, Kind::RESPONSE, &[("q", json!("faux"))]);
            let answer = StoredOp::new(Op { form: Some(form_ref("f")), ..answer.op });
            let sealed = device.sealed(&stage.office, &[answer]);
            stage.office.import(&sealed);
        }
        let answers = stage.office.journal.records().filter(|record| record.kind == Kind::RESPONSE).count();
        // Ana's is one of them.
        prop_assert!(answers <= uses as usize, "{}", answers);
        let (journal, _) = stage.play(Some(&mut crowd[0]), &acts);
        assert_untouched(&stage, &quiet, &journal);
    }
}
