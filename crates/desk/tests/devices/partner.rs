//! A partner link, from the desk that makes it to the entry it brings, against a real server.

use crate::common::{Device, Fate, PASSPHRASE, World, archived, csv, short_form};
use futures::executor::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vigie_model::{Lang, Layout, LinkOptions, RecordId};
use vigie_protocol::{
    AddForm, AttachFile, Chosen, ChosenFile, CloseLink, CountExport, CreateLink, DeskLink,
    DropRefused, EntryView, Export, ExportFormat, Failure, Fetch, File, Filter, FinishResponse,
    Finished, FormView, GetAttachment, GetEntry, GetTable, GetWaiting, InboxItem, InviteProblem,
    LeaveLink, LinkState, LinkView, ListLinks, ListOfficeMissions, ListVersions, NewForm, NewLink,
    OpenLink, OpenResponse, ReadMedia, Refusal, Row, SendWaiting, SetAnswer, Settle, StartLink,
    TableView, Unlock, VerdictView, Waiting,
};
use vigie_vault::{Change, Store, StoreError, Table};

const FORM: &str = "conditions_travail_court";
const LABEL: &str = "Affiche de la cafétéria";
/// What one person says, and nothing on the phone may keep.
const SAID: &str = "Ouanaminthe, près de la rivière";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn say(uses: u32, kiosk: bool) -> NewLink {
    NewLink {
        form: FORM.into(),
        label: LABEL.into(),
        days: 3,
        uses,
        kiosk,
        codes: 0,
        later_days: 7,
        options: LinkOptions::default(),
        consent: [
            ("fr".to_owned(), "Acceptez-vous ?".to_owned()),
            ("es".to_owned(), "¿Acepta?".to_owned()),
        ]
        .into(),
    }
}

fn links(world: &World) -> Vec<DeskLink> {
    let mission = world.mission;
    world.office.ask(ListLinks { mission })
}

fn make(world: &World, link: NewLink) -> DeskLink {
    let mission = world.mission;
    world.office.ask(CreateLink { mission, link })[0].clone()
}

fn follow(phone: &Device, link: &DeskLink) -> Result<LinkView, Failure> {
    let request = OpenLink {
        code: link.link.clone(),
        origin: String::new(),
    };
    phone.try_ask(request)
}

fn begin(phone: &Device) -> FormView {
    phone.ask(StartLink { lang: "es".into() })
}

/// Answers what is required, and `place`.
fn answer(phone: &Device, rec: RecordId, place: &str) {
    for (node, value) in [
        ("/data/consentement_groupe/consentement", "oui"),
        ("/data/travail/pays", "HT"),
        ("/data/travail/lieu", place),
        ("/data/travail/secteur", "C14"),
        ("/data/contrat_paie/contrat", "ecrit_perm"),
        ("/data/heures/heures_jour", "10"),
        ("/data/heures/jours_semaine", "6"),
    ] {
        phone.ask(SetAnswer {
            rec,
            node: node.into(),
            value: value.into(),
        });
    }
}

fn finish(phone: &Device, rec: RecordId) {
    let finished = phone.ask(FinishResponse { rec });
    assert!(matches!(finished, Finished::Saved(_)), "{finished:?}");
}

/// One person, from consent to the end.
fn respond(phone: &Device, place: &str) {
    let rec = begin(phone).rec;
    answer(phone, rec, place);
    finish(phone, rec);
}

#[test]
fn a_link_opens_as_the_office_asked_with_what_is_answered_already() {
    let world = World::new();
    let options = LinkOptions {
        lang: Some(Lang::new("es")),
        answers: [
            ("travail/pays".to_owned(), "HT".to_owned()),
            ("travail/lieu".to_owned(), "Ouanaminthe".to_owned()),
            // Of another version of the questionnaire.
            ("travail/nowhere".to_owned(), "1".to_owned()),
        ]
        .into(),
        thanks: [(Lang::new("fr"), "Les résultats viennent en mai.".to_owned())].into(),
        may_keep: true,
    };
    let link = make(
        &world,
        NewLink {
            consent: BTreeMap::new(),
            options,
            ..say(1, false)
        },
    );
    let phone = Device::new();
    let view = follow(&phone, &link).expect("a link");
    assert_eq!(view.lang.as_deref(), Some("es"));
    assert!(view.consent.is_empty(), "the questionnaire asks by itself");
    assert_eq!(view.thanks["fr"], "Les résultats viennent en mai.");
    assert!(view.may_keep);
    let rec = begin(&phone).rec;
    // It counts although its question is not asked yet.
    phone.ask(SetAnswer {
        rec,
        node: "/data/consentement_groupe/consentement".into(),
        value: "oui".into(),
    });
    let now = phone.ask(OpenResponse { rec });
    let value = |path: &str| {
        let node = now.nodes.iter().find(|node| node.path == path);
        node.map(|node| node.value.clone())
    };
    assert_eq!(value("/data/travail/pays").as_deref(), Some("HT"));
    assert_eq!(value("/data/travail/lieu").as_deref(), Some("Ouanaminthe"));
    // Not before the address, nor on the phone.
    assert!(!link.link.contains("Ouanaminthe"));
    keeps_nothing_readable(&phone, &link);
}

fn send(phone: &Device) -> Waiting {
    phone.ask(SendWaiting)
}

fn fetch(world: &World) -> Vec<InboxItem> {
    world.office.ask(Fetch)
}

fn rows(office: &Device) -> Vec<Row> {
    let request = GetTable {
        view: TableView::default(),
        filter: Filter::default(),
        offset: 0,
        limit: 100,
    };
    office.ask(request).rows
}

fn entry(office: &Device, rec: RecordId) -> EntryView {
    office.ask(GetEntry { rec })
}

fn value(entry: &EntryView, field: &str) -> Value {
    let fact = entry.facts.iter().find(|fact| fact.field == field);
    fact.map(|fact| fact.said.value.clone()).unwrap_or_default()
}

/// Nothing that the phone keeps says what was answered, nor the questions, nor opens without the code.
#[track_caller]
fn keeps_nothing_readable(phone: &Device, link: &DeskLink) {
    for (table, key, bytes) in phone.store.dump() {
        for secret in [
            SAID,
            "ecrit_perm",
            "Acceptez",
            "Conditions",
            LABEL,
            &link.code,
        ] {
            let holds = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(
                !holds && !key.contains(secret),
                "{secret:?} in {table:?}/{key}"
            );
        }
    }
}

/// Whether a row, or what it is called, has this in it, in bytes or in hex.
fn says(phone: &Device, what: &[u8]) -> Vec<String> {
    let text = vigie_model::hex::encode(what);
    let holds = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
    let rows = phone.store.dump().into_iter();
    rows.filter(|(_, key, bytes)| {
        [key.as_bytes(), bytes]
            .into_iter()
            .any(|there| holds(there, what) || holds(there, text.as_bytes()))
    })
    .map(|(table, key, _)| format!("{}/{key}", table.name()))
    .collect()
}

#[test]
fn what_is_stored_says_neither_which_link_nor_which_device_and_after_the_end_nothing_at_all() {
    let world = World::new();
    let link = make(&world, say(0, false));
    let code: vigie_seal::InviteCode = link.code.parse().expect("a code");
    let mission = world.mission;
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    let keys = |phone: &Device| -> Vec<String> {
        let rows = phone.store.dump().into_iter();
        rows.map(|(table, key, _)| format!("{}/{key}", table.name()))
            .collect()
    };
    assert_eq!(keys(&phone), [format!("blobs/link.{}", code.row())]);
    assert_eq!(says(&phone, &code.id().0), Vec::<String>::new());

    phone.online.set(false);
    respond(&phone, SAID);
    keeps_nothing_readable(&phone, &link);
    let stored = keys(&phone);
    let [blob, meta] = &*stored else {
        panic!("the answer alone: {stored:?}")
    };
    let name = meta.strip_prefix("meta/answer.").expect("an answer's row");
    assert_eq!(*blob, format!("blobs/answer.{name}.0"));
    assert_eq!(name.len(), 32);
    let dump = phone.store.dump();
    let row = dump.iter().find(|(table, ..)| *table == Table::Meta);
    let said: Value = serde_json::from_slice(&row.expect("a row").2).expect("JSON");
    let fields: Vec<&str> = said
        .as_object()
        .expect("an object")
        .keys()
        .map(|field| &**field)
        .collect();
    assert_eq!(
        fields
            .iter()
            .copied()
            .collect::<std::collections::BTreeSet<_>>(),
        [
            "bundles", "invite", "key", "mission", "proof", "server", "v"
        ]
        .into(),
        "what `docs/format.md` says"
    );
    let seed = said["key"].as_str().expect("a seed");
    let seed: vigie_exchange::api::Hex<32> = seed.parse().expect("hex");
    let device = vigie_seal::SigningKey::from_bytes(seed.0).device();
    let rec = vigie_model::RecordId::answer_of(&device).to_string();
    assert_eq!(says(&phone, device.as_bytes()), Vec::<String>::new());
    assert_eq!(says(&phone, rec.as_bytes()), Vec::<String>::new());
    assert_eq!(says(&phone, &code.id().0), std::slice::from_ref(meta));

    phone.online.set(true);
    assert_eq!(send(&phone).sent, 1);
    assert_eq!(keys(&phone), Vec::<String>::new());

    // In a kiosk the box stays for whoever comes next, and says as little.
    let link = make(&world, say(0, true));
    let code: vigie_seal::InviteCode = link.code.parse().expect("a code");
    follow(&phone, &link).expect("an open link");
    respond(&phone, SAID);
    assert_eq!(send(&phone).sent, 2);
    assert_eq!(keys(&phone), [format!("blobs/link.{}", code.row())]);
    for what in [
        &code.id().0[..],
        mission.to_string().as_bytes(),
        LABEL.as_bytes(),
    ] {
        assert_eq!(says(&phone, what), Vec::<String>::new());
    }
}

#[test]
fn a_store_that_takes_no_answer_gives_up_the_link_and_the_answer_still_goes() {
    let world = World::new();
    let link = make(&world, say(0, false));
    // With `Lost`, nobody knows whether it took it: that no box is there says nothing of it.
    for (given, failure) in [StoreError::Full, StoreError::Lost("no".into())]
        .into_iter()
        .enumerate()
    {
        let phone = Device::new();
        follow(&phone, &link).expect("an open link");
        let rec = begin(&phone).rec;
        answer(&phone, rec, SAID);
        assert_eq!(phone.store.dump().len(), 1, "the link's box");
        phone.store.fail_next([failure]);
        finish(&phone, rec);
        assert!(phone.store.dump().is_empty());
        assert!(phone.ask(GetWaiting).unsaved);
        assert_eq!(send(&phone).sent, 1);
        assert_eq!(fetch(&world).len(), given + 1);
    }
}

#[test]
fn answered_offline_in_a_row_sent_once_each_and_read_at_the_office_under_the_links_name() {
    let mut world = World::new();
    let link = make(&world, say(2, true));
    assert_eq!((link.state, link.came), (LinkState::Open, 0));
    let phone = Device::new();
    let view = follow(&phone, &link).expect("an open link");
    assert!(view.kiosk);
    assert_eq!(view.consent["es"], "¿Acepta?");
    assert!(view.languages.iter().any(|(code, _)| code == "es"));

    let address = world.stop_server();
    let first = begin(&phone);
    assert_eq!(first.lang, "es");
    answer(&phone, first.rec, SAID);
    keeps_nothing_readable(&phone, &link);
    finish(&phone, first.rec);
    // The next person finds nothing of the one before.
    let gone = phone.try_ask(OpenResponse { rec: first.rec });
    assert_eq!(gone, Err(Failure::Locked));
    let second = begin(&phone);
    assert_ne!(second.rec, first.rec);
    assert!(second.nodes.iter().all(|node| node.value != SAID));
    answer(&phone, second.rec, "Codevi");
    finish(&phone, second.rec);
    keeps_nothing_readable(&phone, &link);
    assert_eq!(send(&phone).waiting, 2);

    // The phone is turned off; another day it opens at any address, with no code at all.
    let phone = phone.killed();
    world.start_server(address);
    let after = send(&phone);
    assert_eq!((after.waiting, after.sent, after.refused), (0, 2, 0));
    let left: Vec<_> = phone.store.dump();
    assert_eq!(left.len(), 1, "the link's box alone: {:?}", left[0].1);

    let items = fetch(&world);
    assert_eq!(items.len(), 2);
    for item in &items {
        assert_eq!(item.from, LABEL);
        assert!(matches!(
            item.verdict,
            VerdictView::Accepted { ops: 1, new: 1, .. }
        ));
    }
    let rows = rows(&world.office);
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row.by == LABEL && row.kind == "response")
    );
    let said: Vec<Value> = rows
        .iter()
        .map(|row| value(&entry(&world.office, row.rec), "travail/lieu"))
        .collect();
    assert!(said.contains(&json!(SAID)) && said.contains(&json!("Codevi")));
    let export = world.office.exported(ExportFormat::Json);
    let export = String::from_utf8_lossy(&export).into_owned();
    assert!(export.contains(LABEL) || export.starts_with("PK"));

    // A second fetch brings nothing twice; the link is used up, and says so.
    assert_eq!(fetch(&world).len(), 2);
    let listed = links(&world);
    assert_eq!((listed[0].state, listed[0].came), (LinkState::Full, 2));
    let used = Failure::from(InviteProblem::Used);
    assert_eq!(follow(&phone, &link), Err(used.clone()));
    assert_eq!(follow(&Device::new(), &link), Err(used));
    assert!(phone.store.dump().is_empty(), "and nothing of it is kept");
    // Partners are not the mission's people.
    let missions = world.office.ask(ListOfficeMissions);
    assert!(missions[0].devices.is_empty());
    // Another browser of the office comes to the same.
    assert_eq!(links(&world), {
        let again = World {
            office: world.office.reopened(),
            ..world
        };
        links(&again)
    });
}

#[test]
fn what_is_required_is_asked_for_and_leaving_forgets() {
    let world = World::new();
    let link = make(&world, say(0, false));
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    let rec = begin(&phone).rec;
    assert!(matches!(
        phone.ask(FinishResponse { rec }),
        Finished::Problems(problems) if !problems.is_empty()
    ));
    answer(&phone, rec, SAID);
    phone.ask(LeaveLink);
    assert!(phone.try_ask(FinishResponse { rec }).is_err());
    assert_eq!(send(&phone), Waiting::default());
    assert_eq!(fetch(&world).len(), 0);
}

#[test]
fn a_delegates_vault_on_the_same_phone_stays_as_it_is() {
    let world = World::new();
    let link = make(&world, say(0, false));
    let phone = world.delegate("Ana");
    phone.write("note", &[("title", json!("À moi"))]);
    phone.send();
    follow(&phone, &link).expect("an open link");
    let mine = |phone: &Device| -> Vec<_> {
        let rows = phone.store.dump().into_iter();
        rows.filter(|(_, key, _)| !key.starts_with("link."))
            .collect()
    };
    let before = mine(&phone);
    respond(&phone, SAID);
    assert_eq!(send(&phone).sent, 1);
    assert_eq!(mine(&phone), before);
    keeps_nothing_readable(&phone, &link);
    let phone = phone.killed();
    phone.ask(Unlock {
        passphrase: PASSPHRASE.into(),
    });
    assert_eq!(phone.entries().len(), 1);
    assert_eq!(fetch(&world).len(), 2);
}

#[test]
fn an_expired_or_closed_link_says_so_and_what_was_answered_in_time_still_goes() {
    let world = World::new();
    let link = make(&world, say(0, true));
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    phone.online.set(false);
    respond(&phone, SAID);
    // Four days later nobody may begin; the answer of the first day is taken.
    phone.clock.set(phone.clock.get() + 4 * DAY_MS);
    let late = Failure::from(InviteProblem::Expired);
    assert_eq!(
        phone.try_ask(StartLink { lang: "fr".into() }),
        Err(late.clone())
    );
    phone.online.set(true);
    assert_eq!(send(&phone).sent, 1);
    assert_eq!(fetch(&world).len(), 1);

    let phone = Device::new();
    follow(&phone, &link).expect("its own clock is right");
    phone.online.set(false);
    respond(&phone, "trop tard");
    let mission = world.mission;
    let link_id = link.id;
    world.office.ask(CloseLink {
        mission,
        link: link_id,
    });
    assert_eq!(links(&world)[0].state, LinkState::Closed);
    phone.online.set(true);
    let refused = send(&phone);
    assert_eq!((refused.waiting, refused.refused), (0, 1));
    let why = Refusal::Invite(InviteProblem::Expired);
    assert_eq!(refused.reason, Some(why));
    assert_eq!(follow(&phone, &link), Err(late));
    // It stays in sight until somebody gives it up.
    let phone = phone.killed();
    assert_eq!(send(&phone).refused, 1);
    assert_eq!(phone.ask(DropRefused), Waiting::default());
    assert!(phone.store.dump().is_empty());
    assert_eq!(fetch(&world).len(), 1);
}

#[test]
fn two_phones_answer_for_the_last_place_and_one_is_refused_in_sight() {
    let world = World::new();
    let link = make(&world, say(1, false));
    let (one, other) = (Device::new(), Device::new());
    for phone in [&one, &other] {
        follow(phone, &link).expect("an open link");
        respond(phone, SAID);
    }
    assert_eq!(send(&one).sent, 1);
    let refused = send(&other);
    assert_eq!(
        (refused.refused, refused.reason),
        (1, Some(Refusal::Invite(InviteProblem::Used)))
    );
    assert_eq!(fetch(&world).len(), 1);
}

#[test]
fn without_storage_an_answer_waits_in_memory_and_is_kept_once_there_is_room() {
    let world = World::new();
    let link = make(&world, say(0, false));
    let phone = Device::new();
    phone.store.fail_next([StoreError::Missing]);
    follow(&phone, &link).expect("an open link");
    let rec = begin(&phone).rec;
    answer(&phone, rec, SAID);
    phone.online.set(false);
    // The answer, the box it no longer needs, and the answer again.
    phone
        .store
        .fail_next([StoreError::Full, StoreError::Full, StoreError::Full]);
    finish(&phone, rec);
    let before = send(&phone);
    assert!(before.unsaved, "{before:?}");
    assert!(phone.store.dump().is_empty());
    let after = send(&phone);
    assert!(!after.unsaved && after.waiting == 1, "{after:?}");
    assert!(!phone.store.dump().is_empty());
    phone.online.set(true);
    assert_eq!(send(&phone).sent, 1);
    assert!(phone.store.dump().is_empty());
    assert_eq!(fetch(&world).len(), 1);
}

#[test]
fn an_answer_whose_sealing_nobody_heard_of_is_tried_again_and_is_one() {
    let world = World::new();
    let link = make(&world, say(0, true));
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    let rec = begin(&phone).rec;
    answer(&phone, rec, SAID);
    phone.online.set(false);
    phone.device.stops.set(true);
    let lost = phone.try_ask(FinishResponse { rec });
    assert_eq!(lost, Err(Failure::Stopped));
    finish(&phone, rec);
    phone.online.set(true);
    assert_eq!(send(&phone).sent, 1);
    fetch(&world);
    assert_eq!(rows(&world.office).len(), 1);
}

#[test]
fn a_file_goes_with_its_answer() {
    let world = World::with(|mission| mission.said.record_time = false);
    let link = make(&world, say(0, false));
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    let form = begin(&phone);
    answer(&phone, form.rec, SAID);
    let recording = vec![7; 600_000];
    let request = AttachFile {
        rec: form.rec,
        node: "/data/fin/temoignage".into(),
        file: File::new("voix.ogg", "audio/ogg", recording.clone()),
    };
    phone.ask(request);
    finish(&phone, form.rec);
    // One bundle for the file, one for the answer; killed between the two, both arrive once.
    let phone = phone.killed();
    assert_eq!(send(&phone).sent, 1);
    assert_eq!(fetch(&world).len(), 2);
    let row = &rows(&world.office)[0];
    assert_eq!((row.versions, row.created % 86_400_000), (1, 0));
    let answered = row.rec;

    // The desk gives it whole in what it exports, as it came and once it was opened anew, and has it in memory no more: what it
    // says of the file's versions has none of it.
    for desk in [&world.office, &world.office.reopened()] {
        let shown = |field: &str| {
            desk.try_ask(GetAttachment {
                rec: answered,
                field: field.into(),
            })
        };
        let file = shown("fin/temoignage").expect("the recording");
        assert_eq!(
            (file.name.as_str(), file.bytes),
            ("voix.ogg", recording.clone())
        );
        assert_eq!(shown("fin/autre"), Err(Failure::NotFound));
        let (chosen, layout) = (Chosen::default(), Layout::default());
        let counts = desk.ask(CountExport {
            chosen: chosen.clone(),
            layout,
        });
        assert_eq!(
            (counts.entries, counts.files, counts.bytes),
            (1, 1, 600_000)
        );
        let (_, without) = desk.file(Export {
            format: csv(),
            chosen,
            files: false,
        });
        assert!(!archived(&without).keys().any(|name| name.ends_with(".ogg")));
        let all = archived(&desk.exported(ExportFormat::Json));
        let all: Value = serde_json::from_slice(&all["vigie.json"]).expect("JSON");
        let records = all["records"].as_array().expect("records");
        let attached = records.iter().find(|record| record["kind"] == "attachment");
        let rec = attached.expect("the file")["rec"].as_str().expect("an id");
        let rec = rec.parse().expect("its record");
        let workbook = ExportFormat::Workbook(b"written by the module".into());
        for format in [ExportFormat::Json, csv(), workbook] {
            let files = archived(&desk.exported(format));
            let (name, bytes) = files
                .iter()
                .find(|(name, _)| name.starts_with("attachments/"))
                .expect("it is in the archive");
            assert!(name.ends_with("/temoignage-voix.ogg"), "{name}");
            assert_eq!(*bytes, recording);
            let versions = desk.ask(ListVersions { rec });
            assert_eq!(versions.len(), 1);
            assert!(format!("{versions:?}").len() < 10_000);
            let settled = desk.try_ask(Settle {
                rec,
                field: "data".into(),
                value: versions[0].changes[0].after.value.clone(),
                reason: String::new(),
            });
            assert_eq!(settled, Err(Failure::NotFound));
        }
    }

    // Its row breaks while the desk is open: all else is exported.
    let desk = world.office.reopened();
    let rows = block_on(desk.store.all(Table::Ops)).expect("a store");
    let (key, _) = rows
        .into_iter()
        .max_by_key(|(_, row)| row.len())
        .expect("a row");
    let broken = Change::Put {
        table: Table::Ops,
        key,
        bytes: vec![7; 40],
    };
    block_on(desk.store.commit(vec![broken])).expect("a store");
    let files = archived(&desk.exported(csv()));
    assert!(files.keys().any(|name| name.starts_with("responses_")));
    assert!(!files.keys().any(|name| name.ends_with("voix.ogg")));
}

#[test]
fn what_the_questionnaire_shows_comes_with_the_link_and_stays_without_network() {
    let world = World::new();
    let form = NewForm {
        compiled: short_form(),
        xform: String::new(),
        files: vec![ChosenFile {
            name: "consigne.wav".into(),
            bytes: vec![1, 2, 3],
        }],
    };
    world.office.ask(AddForm { form });
    let link = make(&world, say(0, true));
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    phone.online.set(false);
    let phone = phone.killed();
    phone.online.set(false);
    follow(&phone, &link).expect("as it was kept");
    let rec = begin(&phone).rec;
    let heard = phone.file(ReadMedia {
        rec,
        name: "consigne.wav".into(),
    });
    assert_eq!(heard, ("consigne.wav".into(), vec![1, 2, 3]));
}

#[test]
fn a_link_that_is_kept_opens_while_the_server_says_nothing() {
    let world = World::new();
    let link = make(&world, say(0, true));
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    let phone = phone.killed();
    let looks = || ("GET", "/v1/invites/".to_owned(), Fate::Silence);
    phone.rules.borrow_mut().push(looks());
    let view = follow(&phone, &link).expect("as it was kept");
    assert!(view.kiosk);
    // Once the server speaks again, it says what became of the link.
    world.office.ask(CloseLink {
        mission: world.mission,
        link: link.id,
    });
    let closed = follow(&phone, &link);
    let expired = Failure::Refused(Refusal::Invite(InviteProblem::Expired));
    assert_eq!(closed, Err(expired));
    // Nothing of it is kept from then on.
    assert!(phone.store.dump().is_empty());
}

/// What may happen to a phone in the hands of a kiosk's keeper.
#[derive(Debug, Clone, Copy)]
enum Event {
    Respond,
    Send,
    Kill,
    Network(bool),
    Refuse(bool),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_happens_each_answer_arrives_once(events in prop::collection::vec(
        prop_oneof![
            3 => Just(Event::Respond),
            2 => Just(Event::Send),
            1 => Just(Event::Kill),
            2 => any::<bool>().prop_map(Event::Network),
            1 => any::<bool>().prop_map(Event::Refuse),
        ], 1..12))
    {
        let world = World::new();
        let link = make(&world, say(0, true));
        let mut phone = Device::new();
        follow(&phone, &link).expect("an open link");
        let mut given = 0;
        for event in events {
            match event {
                Event::Respond => {
                    respond(&phone, &format!("lieu {given}"));
                    given += 1;
                }
                Event::Send => drop(send(&phone)),
                Event::Kill => {
                    phone = phone.killed();
                    let opened = follow(&phone, &link);
                    prop_assert!(opened.is_ok(), "{opened:?}");
                }
                Event::Network(there) => phone.online.set(there),
                Event::Refuse(busy) => phone.refuse.set(busy.then_some(503)),
            }
        }
        phone.online.set(true);
        phone.refuse.set(None);
        let after = send(&phone);
        prop_assert_eq!((after.waiting, after.refused), (0, 0));
        fetch(&world);
        let rows = rows(&world.office);
        let mut said: Vec<String> = rows
            .iter()
            .map(|row| value(&entry(&world.office, row.rec), "travail/lieu").to_string())
            .collect();
        said.sort();
        let mut all: Vec<String> = (0..given).map(|n| format!("\"lieu {n}\"")).collect();
        all.sort();
        prop_assert_eq!(said, all);
        let left: Vec<Table> = phone.store.dump().into_iter().map(|row| row.0).collect();
        prop_assert_eq!(left, vec![Table::Blobs]);
    }
}

#[test]
fn a_server_cannot_slip_an_answer_in_nor_read_one() {
    let world = World::new();
    let link = make(&world, say(0, false));
    let phone = Device::new();
    follow(&phone, &link).expect("an open link");
    respond(&phone, SAID);
    assert_eq!(send(&phone).sent, 1);
    let mut stored = Vec::new();
    let mut folders = vec![world.data.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                stored.extend(std::fs::read(path).expect("a file"));
            }
        }
    }
    for secret in [SAID, LABEL, "Acceptez", &link.code] {
        let holds = stored
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!holds, "the server holds {secret:?}");
    }
    // A device that the server made up and enrolled itself: it knows the invite's id, not the code.
    let code: vigie_seal::InviteCode = link.code.parse().expect("a code");
    let forged = vigie_seal::SigningKey::from_bytes([9; 32]);
    let mut enrol = vigie_join::enrol_partner(&code, &forged);
    enrol.proof.0[0] ^= 1;
    let client =
        vigie_exchange::Client::new(vigie_wire::Wire::new(), world.url.clone(), forged.clone());
    let now = vigie_mailbox::mailbox::now();
    futures::executor::block_on(client.enrol(&enrol, now)).expect("the server can't judge it");
    fetch(&world);
    assert_eq!(links(&world)[0].came, 1);
    assert_eq!(rows(&world.office).len(), 1);
}
