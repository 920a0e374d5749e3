//! What is erased for good: by whose word, what is left, what comes back, and its proof. And what may be given to a team.

mod world;

use serde_json::{Value, json};
use vigie_journal::{Hlc, Journal, Op, Over, Purge, StoredOp};
use vigie_model::{AppVersion, DeviceId, Kind, MissionId, OpId, RecordId, Timestamp};
use vigie_office::{
    OfficeDoc, Verdict,
    docs::{BadDoc, PurgeDoc},
    entries::{Filter, Index},
    export,
    import::{self, OPEN_BYTES, Reception},
    purge::{BadProof, BadPurge, Proof, all_of, issue},
    questions::Questions,
    team::shared,
};
use vigie_seal::{SigningKey, envelope::bundle_id};
use world::{Device, NOW, Office};

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

/// An office to which Ana sent a note, its correction, and a file of it.
struct Told {
    office: Office,
    ana: Device,
    note: RecordId,
    ops: Vec<StoredOp>,
    sealed: Vec<u8>,
}

impl Told {
    fn new() -> Told {
        let mut office = Office::new(31);
        let mut ana = office.delegate("Ana");
        let first = ana.note(&[
            ("title", json!("Maria Quispe")),
            ("text", json!("elle a dit")),
        ]);
        let note = first.op.rec;
        let journal: Journal = [first.clone()].into_iter().collect();
        let second = ana.write(&journal, note, Kind::NOTE, &[("title", json!("Maria Q."))]);
        let file = ana.record();
        let said = [
            ("name", json!("maria.jpg")),
            ("data", json!("TWFyaWE=")),
            ("_of", json!(note)),
        ];
        let file = ana.write(&Journal::new(), file, Kind::ATTACHMENT, &said);
        let ops = vec![first, second, file];
        let columns = ana.bundle_by(&ops, "0.1.0").to_columns();
        let sealed = office.seal(&columns.expect("three ops"));
        let verdict = office.import(&sealed);
        assert!(
            matches!(verdict, Verdict::Accepted { new: 3, .. }),
            "{verdict:?}"
        );
        Told {
            office,
            ana,
            note,
            ops,
            sealed,
        }
    }

    fn all(&self) -> Vec<OpId> {
        all_of(&self.office.journal, &[self.note].into())
    }

    fn purge(&mut self) -> Purge {
        let Office { journal, keys, .. } = &self.office;
        let purges = issue(journal, self.all(), "à sa demande", LATER, keys);
        let [purge] = purges
            .expect("something to erase")
            .try_into()
            .expect("one mission");
        self.take(&purge);
        purge
    }

    /// As a desk does.
    fn take(&mut self, purge: &Purge) {
        self.office.journal.purge(purge);
        let purge = purge.clone();
        self.office
            .registry
            .insert(OfficeDoc::Purge(PurgeDoc { purge }));
    }
}

fn says_maria(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    ["Maria", "maria", "elle a dit", "TWFyaWE"]
        .iter()
        .any(|word| text.contains(word))
}

#[test]
fn all_that_an_entry_said_goes_with_its_files_from_lists_searches_and_exports() {
    let mut told = Told::new();
    assert_eq!(told.all().len(), 3);
    told.purge();
    let Office {
        journal, registry, ..
    } = &told.office;
    assert!(
        journal
            .ops()
            .all(|op| op.is_purged() && !says_maria(op.bytes.as_bytes()))
    );
    let questions = Questions::of(registry);
    let index = Index::of(journal, &questions, "fr");
    let search = Filter {
        search: "maria".into(),
        ..Filter::default()
    };
    assert!(index.matching(&search, journal).is_empty());
    assert_eq!(
        index.matching(&Filter::default(), journal).len(),
        1,
        "that there was one stays"
    );
    let records: Vec<_> = journal.records().collect();
    for file in export::csv::csv(
        records.iter().copied(),
        registry,
        &questions,
        &Default::default(),
        Default::default(),
    ) {
        assert!(!says_maria(&file.bytes), "{}", file.name);
    }
    assert!(!says_maria(&export::json::json(
        records.iter().copied(),
        journal,
        registry,
        NOW
    )));
    assert!(export::attachments(records, &questions).is_empty());
    let erased = registry.erased(journal, &told.note).expect("erased");
    assert_eq!((erased.at, &*erased.reason), (LATER, "à sa demande"));
}

#[test]
fn chosen_changes_go_and_the_others_stay() {
    let mut told = Told::new();
    let first = told
        .office
        .journal
        .history(&told.note)
        .last()
        .expect("a first")
        .op;
    let Office { journal, keys, .. } = &told.office;
    let purges = issue(journal, [first], "nom complet", LATER, keys).expect("something");
    told.take(&purges[0]);
    let Office {
        journal, registry, ..
    } = &told.office;
    assert_eq!(
        journal.record(&told.note).expect("it").text("title"),
        Some("Maria Q.")
    );
    assert_eq!(registry.erased(journal, &told.note), None);
    assert_eq!(registry.purges_of(journal, &told.note), [&purges[0]]);
}

#[test]
fn what_was_erased_comes_back_by_no_way() {
    let mut told = Told::new();
    told.purge();
    // Another desk, which knew nothing of either, is given the document first, then the bundle from the server.
    let Office { keys, registry, .. } = &told.office;
    let (mut journal, mut seen) = (registry.journal(), Default::default());
    let came = Reception::fetched(LATER, NOW);
    let opened = import::check(&told.sealed, keys, registry, OPEN_BYTES, came, &journal);
    let opened = opened.expect("still its device's word");
    assert!(
        opened.ops.iter().all(StoredOp::is_purged),
        "what a desk writes down"
    );
    let kept = import::merge(opened, &mut journal, &mut seen);
    assert!(matches!(kept, Verdict::Accepted { new: 3, .. }));
    // The same in another bundle, from a phone that was set back.
    let Told {
        office,
        ana,
        note,
        ops,
        ..
    } = &mut told;
    ana.now += 1000;
    let late = ana.sealed(office, ops);
    let came = office.import(&late);
    assert!(
        matches!(
            came,
            Verdict::Accepted {
                new: 0,
                known: 3,
                ..
            }
        ),
        "{came:?}"
    );
    // A change that nobody had when it was erased is another word of its author's: it stands.
    let said = [("text", json!("autre chose"))];
    let new = ana.write(&Journal::new(), *note, Kind::NOTE, &said);
    let new = ana.sealed(office, &[new]);
    assert!(matches!(
        office.import(&new),
        Verdict::Accepted { new: 1, .. }
    ));
    assert_eq!(office.registry.erased(&office.journal, note), None);
}

#[test]
fn a_bundle_that_is_kept_sealed_keeps_its_device_s_signature_and_loses_the_values() {
    let mut told = Told::new();
    let Office { keys, .. } = &told.office;
    let left = |journal| import::without_purged(&told.sealed, keys, OPEN_BYTES, journal);
    assert_eq!(left(&told.office.journal), None, "nothing to erase");
    told.purge();
    let Office {
        keys,
        registry,
        journal,
        ..
    } = &told.office;
    let left = import::without_purged(&told.sealed, keys, OPEN_BYTES, journal).expect("less");
    let plain = vigie_seal::envelope::open(&left, &keys.identity, OPEN_BYTES).expect("ours");
    assert!(!says_maria(&plain));
    assert_eq!(
        import::without_purged(&left, keys, OPEN_BYTES, journal),
        None
    );
    let (mut journal, mut seen) = (registry.journal(), Default::default());
    let bundle = bundle_id(&told.sealed);
    let came = Reception::carried(NOW);
    let again = import::again(
        bundle,
        &left,
        keys,
        OPEN_BYTES,
        came,
        &mut journal,
        &mut seen,
    );
    assert!(
        matches!(again, Verdict::Accepted { new: 3, .. }),
        "{again:?}"
    );
    assert!(seen.contains(&bundle));
    let app = seen.app(&told.ana.id());
    assert_eq!(app.map(AppVersion::as_str), Some("0.1.0"));
}

#[test]
fn nothing_is_erased_twice_nor_without_a_reason() {
    let mut told = Told::new();
    let all = told.all();
    let Office { journal, keys, .. } = &told.office;
    let no_reason = issue(journal, all.clone(), " ", LATER, keys);
    assert_eq!(no_reason, Err(BadPurge::NoReason));
    told.purge();
    assert!(told.all().is_empty());
    let Office { journal, keys, .. } = &told.office;
    assert_eq!(
        issue(journal, all, "encore", LATER, keys),
        Err(BadPurge::Nothing)
    );
    assert_eq!(
        issue(journal, [OpId([7; 32])], "rien", LATER, keys),
        Err(BadPurge::Nothing)
    );
}

#[test]
fn a_purge_is_a_document_that_only_the_office_makes() {
    let mut told = Told::new();
    let purge = told.purge();
    let keys = &told.office.keys;
    let doc = OfficeDoc::Purge(PurgeDoc {
        purge: purge.clone(),
    });
    let opened = OfficeDoc::open(&doc.seal(keys), keys).expect("ours");
    assert_eq!((opened.doc, opened.signed), (doc, true));
    // Whom to seal for is public, and documents were once believed without a signature: a purge never is.
    let theirs = SigningKey::from_bytes([66; 32]);
    let sign = |message: &[u8]| theirs.sign(message).to_bytes();
    let forged = Purge::new(purge.mission, LATER, "…".into(), purge.ops.clone(), sign);
    let plain = json!({ "doc": "purge", "purge": forged }).to_string();
    let bad = OfficeDoc::read(plain.as_bytes(), keys);
    assert!(matches!(bad, Err(BadDoc::NotSigned)), "{bad:?}");
    let more = Purge {
        reason: "autre".into(),
        ..purge
    };
    let doc = OfficeDoc::Purge(PurgeDoc { purge: more });
    let bad = OfficeDoc::open(&doc.seal(keys), keys);
    assert!(matches!(bad, Err(BadDoc::NotSigned)), "{bad:?}");
}

#[test]
fn the_proof_says_what_went_and_is_nobody_else_s() {
    let mut told = Told::new();
    let purge = told.purge();
    let Office { journal, keys, .. } = &told.office;
    let proof = Proof::new(vec![purge.clone()], journal, LATER, keys);
    let file = proof.to_file(keys);
    assert!(!says_maria(&file));
    let read = Proof::read(&file).expect("ours");
    assert_eq!(read, proof);
    assert_eq!(read.erased.len(), 3);
    assert_eq!(read.office, keys.signing.verifying_key());
    let said = |from: &str, to: &str| {
        let text = String::from_utf8(file.clone()).expect("JSON");
        assert!(text.contains(from));
        Proof::read(text.replace(from, to).as_bytes())
    };
    assert_eq!(
        said("à sa demande", "sans demande"),
        Err(BadProof::NotSigned)
    );
    assert_eq!(
        said("\"kind\":\"note\"", "\"kind\":\"contact\""),
        Err(BadProof::NotSigned)
    );
    assert_eq!(
        said("\"v\":1,\"office\"", "\"v\":2,\"office\""),
        Err(BadProof::Newer)
    );
    assert_eq!(Proof::read(b"{}"), Err(BadProof::Malformed));
    // Signed by somebody who has the purge, and no key of the office that it names.
    let other = Office::new(99).keys;
    assert_eq!(
        Proof::read(&proof.to_file(&other)),
        Err(BadProof::NotSigned)
    );
    let theirs = Proof {
        office: other.signing.verifying_key(),
        ..proof
    };
    assert_eq!(
        Proof::read(&theirs.to_file(&other)),
        Err(BadProof::NotSigned)
    );
}

/// The ids of what the mission's people are given.
fn given(journal: &Journal) -> Vec<OpId> {
    shared(journal, MissionId::MIN, |_| true)
        .iter()
        .map(|stored| stored.id)
        .collect()
}

fn op(rec: u8, seq: u64, kind: Kind, set: Value, over: Over) -> StoredOp {
    StoredOp::new(Op {
        v: Op::VERSION,
        dev: DeviceId([7; 32]),
        seq,
        prev: None,
        hlc: Hlc {
            ms: seq as i64,
            n: 0,
        },
        by: "Ana".into(),
        rec: RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(rec)),
        kind,
        mission: MissionId::MIN,
        form: None,
        set: serde_json::from_value(set).expect("an object"),
        over,
        more: Default::default(),
    })
}

fn note(rec: u8, seq: u64, set: Value) -> StoredOp {
    op(rec, seq, Kind::NOTE, set, Default::default())
}

#[test]
fn what_is_marked_secret_is_given_to_nobody_nor_files_nor_answers() {
    let plain = note(1, 1, json!({ "title": "Atelier" }));
    let secret = note(2, 2, json!({ "title": "Source", "sensitivity": "secret" }));
    let later = note(3, 3, json!({ "title": "Usine", "sensitivity": "open" }));
    let over = [("sensitivity".to_owned(), vec![later.id])].into();
    let marked = op(3, 4, Kind::NOTE, json!({ "sensitivity": "secret" }), over);
    // Marked by one and not by the other: nobody saw both.
    let mine = note(4, 5, json!({ "title": "Nom", "sensitivity": "open" }));
    let hers = note(4, 6, json!({ "sensitivity": "secret" }));
    let others = [Kind::ATTACHMENT, Kind::RESPONSE]
        .map(|kind| op(5, 7, kind, json!({ "q": "1" }), Default::default()));
    let mut journal: Journal = [plain.clone(), secret, later.clone(), mine, hers]
        .into_iter()
        .collect();
    let mut before = given(&journal);
    before.sort_unstable();
    let mut expected = vec![plain.id, later.id];
    expected.sort_unstable();
    assert_eq!(before, expected);
    journal.extend(others);
    journal.insert(marked);
    assert_eq!(given(&journal), [plain.id]);
}
