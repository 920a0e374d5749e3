//! The main job, end to end, against a real server: recorded offline, sent when the network returns, read at the office.

use crate::common::{DAY_MS, Device, World, csv, fields};
use futures::executor::block_on;
use serde_json::{Value, json};
use vigie_model::{BundleId, QuarantineReason, RecordId};
use vigie_protocol::{
    AttachFile, BackUpKey, BundleState, ChosenFile, CreateOffice, CreateVault, Edit, EntryState,
    EntryView, ExportAll, Failure, Fetch, File, Filter, FinishResponse, Finished, FormView,
    GetEntry, GetTable, GiveReceipts, ImportFiles, InboxItem, InviteText, Join, ListForms,
    ListOfficeMissions, LookInvite, OpenResponse, OutcomeKind, Pack, Packed, Phase, ProveBackup,
    Refusal, RestoreOffice, SetAnswer, Settle, StartResponse, Table, TableView, TakeCarried,
    TakenCarried, TakenReceipts, VerdictView, Why,
};
use vigie_vault::{Store, Table as StoreTable};

fn fetch(world: &World) -> Vec<InboxItem> {
    world.office.ask(Fetch)
}

fn table(office: &Device, filter: Filter) -> Table {
    office.ask(GetTable {
        view: TableView::default(),
        filter,
        offset: 0,
        limit: 1_000,
    })
}

fn entry(office: &Device, rec: RecordId) -> EntryView {
    office.ask(GetEntry { rec })
}

fn value(entry: &EntryView, field: &str) -> Value {
    entry
        .facts
        .iter()
        .find(|fact| fact.field == field)
        .map(|fact| fact.said.value.clone())
        .unwrap_or_default()
}

fn state(device: &Device, rec: RecordId) -> EntryState {
    device
        .entries()
        .into_iter()
        .find(|entry| entry.rec == rec)
        .expect("an entry")
        .state
}

#[test]
fn recorded_offline_sent_when_the_network_returns_read_at_the_office_and_receipted() {
    let mut world = World::new();
    let invite = world.invite("Ana");
    // No network when the notebook is made: the invite waits, the work does not.
    let ana = Device::new();
    ana.online.set(false);
    let status = ana.join("Ana", &invite, &world.url);
    assert_eq!(
        (status.phase, status.enrolment_pending),
        (Phase::Open, true)
    );
    let note = ana.write("note", &[("title", json!("Avant l'inscription"))]);
    ana.change(note, &[("text", json!("deux versions"))]);
    assert_eq!(state(&ana, note), EntryState::Here);
    assert_eq!(
        ana.send().last.expect("an outcome").result,
        OutcomeKind::Failed(Why::Unreachable)
    );
    assert_eq!(
        state(&ana, note),
        EntryState::Here,
        "nothing is sealed before there is a network"
    );
    // Killed in mid-typing, with the server really stopped.
    let contact = ana.edit(None, "contact").rec;
    ana.draft(contact, &[("name", json!("Wilson"))]);
    let address = world.stop_server();
    let ana = ana.reopened();
    ana.online.set(true);
    assert_eq!(
        ana.send().last.expect("an outcome").result,
        OutcomeKind::Failed(Why::Unreachable)
    );
    ana.finish(contact);
    world.start_server(address);
    let view = ana.send();
    assert_eq!(
        view.last.clone().expect("an outcome").result,
        OutcomeKind::Fine,
        "{view:?}"
    );
    assert_eq!((view.counts.stored, view.counts.here), (2, 0), "{view:?}");
    assert!(!view.all_received);
    let items = fetch(&world);
    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].from.as_str(), items[0].mission.as_str()),
        ("Ana", "Mission Haïti")
    );
    assert!(
        matches!(&items[0].verdict, VerdictView::Accepted { ops: 3, new: 3, known: 0, warnings } if warnings.is_empty())
    );
    assert_eq!(
        value(&entry(&world.office, note), "text"),
        json!("deux versions")
    );
    assert_eq!(entry(&world.office, note).history.len(), 2);
    assert_eq!(
        value(&entry(&world.office, contact), "name"),
        json!("Wilson")
    );
    let view = ana.send();
    assert_eq!(
        (view.counts.received, view.counts.stored),
        (2, 0),
        "{view:?}"
    );
    assert!(view.all_received);
    assert!(
        view.bundles
            .iter()
            .all(|bundle| bundle.state == BundleState::Received)
    );
    // Everything again changes nothing.
    assert_eq!(fetch(&world).len(), 1);
    assert_eq!(table(&world.office.reopened(), Filter::default()).total, 2);
    // A correction is here first, then travels alone.
    ana.change(note, &[("text", json!("trois versions"))]);
    assert_eq!(ana.counts().here, 1);
    ana.send();
    assert_eq!(fetch(&world).len(), 2);
    assert_eq!(
        value(&entry(&world.office, note), "text"),
        json!("trois versions")
    );
    let counts = ana.send().counts;
    assert_eq!(
        (counts.received, counts.here + counts.going + counts.stored),
        (2, 0)
    );
    assert_eq!(ana.reopened().counts(), counts);
}

#[test]
fn a_questionnaire_is_filled_killed_reopened_finished_and_read_at_the_office() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let form = ana.ask(ListForms)[0].clone();
    assert_eq!(form.languages.len(), 3);
    let open = |device: &Device, rec| device.ask(OpenResponse { rec });
    let view = ana.ask(StartResponse {
        form: form.id.clone(),
        lang: "es".into(),
    });
    assert_eq!(view.lang, "es");
    assert!(
        ana.entries().is_empty(),
        "a response that nobody answered is not an entry"
    );
    let rec = view.rec;
    let ana = fill(ana, rec, &view);
    let before = open(&ana, rec);
    let again = ana.reopened();
    let after = open(&again, rec);
    assert_eq!(
        after.nodes.iter().map(|n| &n.value).collect::<Vec<_>>(),
        before.nodes.iter().map(|n| &n.value).collect::<Vec<_>>()
    );
    let answered = after.progress.0;
    assert!(answered > 3);
    match again.ask(FinishResponse { rec }) {
        Finished::Saved(saved) => assert_eq!(saved.state, EntryState::Here),
        Finished::Problems(problems) => panic!("{problems:?}"),
    }
    let line = again
        .entries()
        .into_iter()
        .find(|entry| entry.rec == rec)
        .expect("a line");
    assert_eq!(line.progress.map(|progress| progress.0), Some(answered));
    again.send();
    fetch(&world);
    let read = entry(&world.office, rec);
    assert!(
        read.facts
            .iter()
            .filter(|fact| !fact.asked.label.is_empty())
            .count()
            >= 3,
        "{:?}",
        read.facts
    );
    // Corrected: one more version of what changed, and no more.
    let view = open(&again, rec);
    assert!(view.finished);
    let text = text_question(&view).expect("a text question");
    again.ask(SetAnswer {
        rec,
        node: text.clone(),
        value: "corrigé".into(),
    });
    assert!(matches!(again.ask(FinishResponse { rec }), _));
    again.send();
    fetch(&world);
    let read = entry(&world.office, rec);
    assert_eq!(read.history.len(), 2);
    let changed: Vec<&str> = read.history[0]
        .changes
        .iter()
        .map(|change| change.field.as_str())
        .filter(|f| !f.starts_with('_'))
        .collect();
    assert!(changed.contains(&below_root(&text)), "{changed:?}");
    let zip = world.office.exported(csv());
    assert!(zip.starts_with(b"PK"));
}

fn below_root(path: &str) -> &str {
    path.trim_start_matches('/')
        .split_once('/')
        .map_or(path, |(_, rest)| rest)
}

fn text_question(view: &FormView) -> Option<String> {
    use vigie_forms::{Control, DataType};
    let asked = view.nodes.iter().find(|node| {
        node.relevant
            && !node.readonly
            && node.control == Some(Control::Input)
            && node.data_type == DataType::String
    });
    asked.map(|node| node.path.clone())
}

/// Answers every question that is asked, as somebody would who takes the first choice.
fn fill(device: Device, rec: RecordId, view: &FormView) -> Device {
    use vigie_forms::{Control, DataType};
    let mut nodes: Vec<vigie_forms::NodeView> = view.nodes.clone();
    for _ in 0..4 {
        for node in nodes.clone() {
            let Some(node) = nodes.iter().find(|now| now.path == node.path).cloned() else {
                continue;
            };
            if !node.relevant || node.readonly || !node.value.is_empty() {
                continue;
            }
            let value = match (node.control, node.data_type) {
                (Some(Control::SelectOne | Control::SelectMultiple), _) => node
                    .choices
                    .first()
                    .map(|choice| choice.value.clone())
                    .unwrap_or_default(),
                (Some(Control::Input), DataType::Int | DataType::Decimal)
                    if node.name.contains("age") =>
                {
                    "30".into()
                }
                (Some(Control::Input), DataType::Int | DataType::Decimal) => "6".into(),
                (Some(Control::Input), DataType::Date) => "2026-10-03".into(),
                (Some(Control::Input), DataType::Time) => "08:00:00.000-05:00".into(),
                (Some(Control::Input), DataType::DateTime) => {
                    "2026-10-03T08:00:00.000-05:00".into()
                }
                (Some(Control::Input), DataType::String) => "du texte".into(),
                (Some(Control::Trigger), _) => "OK".into(),
                (Some(Control::Upload), _) => {
                    let attach = AttachFile {
                        rec,
                        node: node.path.clone(),
                        file: File::new("voix.ogg", "audio/ogg", vec![7; 5_000]),
                    };
                    device.ask(attach);
                    continue;
                }
                _ => continue,
            };
            let answered = device.ask(SetAnswer {
                rec,
                node: node.path.clone(),
                value,
            });
            for changed in answered.nodes {
                match nodes.iter_mut().find(|known| known.path == changed.path) {
                    Some(known) => *known = changed,
                    None => nodes.push(changed),
                }
            }
        }
    }
    device
}

#[test]
fn a_file_carries_the_same_sealed_bytes_and_arrives_once() {
    let world = World::new();
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    ana.online.set(false);
    let first = ana.write("note", &[("title", json!("par clé"))]);
    let (name, one) = ana.packed();
    assert!(name.ends_with(".age"));
    assert_eq!(state(&ana, first), EntryState::Going);
    let second = ana.write("note", &[("title", json!("par clé aussi"))]);
    let (name, both) = ana.packed();
    assert!(name.ends_with(".tar"));
    luc.write("note", &[("title", json!("par le réseau"))]);
    luc.send();
    world.office.ask(Fetch);
    let import = |files: &[(&str, &[u8])]| {
        let files = files.iter().map(|(name, bytes)| ChosenFile {
            name: (*name).to_owned(),
            bytes: bytes.to_vec(),
        });
        let files = files.collect();
        world.office.ask(ImportFiles { files })
    };
    let cut = &one[..one.len() - 3];
    let items = import(&[
        ("a.age", &one),
        ("photo.jpg", b"\xff\xd8 not a bundle"),
        ("cut.age", cut),
        ("b.tar", &both),
    ]);
    let said: Vec<String> = items
        .iter()
        .take(5)
        .rev()
        .map(|item| serde_json::to_string(&item.verdict).unwrap())
        .collect();
    assert!(said[0].contains("accepted"), "{said:?}");
    assert!(said[1].contains("not_sealed"), "{said:?}");
    assert!(said[2].contains("damaged"), "{said:?}");
    assert!(said[3].contains("already_there"), "{said:?}");
    assert!(said[4].contains("accepted"), "{said:?}");
    assert_eq!(table(&world.office, Filter::default()).total, 3);
    // Later, by the network too: exactly once, and received.
    ana.online.set(true);
    ana.send();
    fetch(&world);
    let counts = ana.send().counts;
    assert_eq!(counts.received, 2, "{counts:?}");
    assert_eq!(state(&ana, second), EntryState::Received);
    assert_eq!(table(&world.office, Filter::default()).total, 3);
}

#[test]
fn what_is_carried_at_once_is_as_much_as_fits_and_the_rest_comes_next() {
    let world = World::new();
    let ana = world.delegate("Ana");
    ana.online.set(false);
    let pack = |from, limit| ana.ask(Pack { from, limit });
    assert_eq!(pack(0, u64::MAX), Packed::default(), "nothing waits");
    for title in ["un", "deux", "trois"] {
        ana.write("note", &[("title", json!(title))]);
        ana.packed();
    }
    let (_, all) = ana.packed();
    let whole = pack(0, all.len() as u64);
    assert_eq!(whole.file.map(|file| file.bytes), Some(all.clone()));
    assert_eq!((whole.next, whole.too_large), (None, 0));
    let mut from = Some(0);
    let mut files = Vec::new();
    while let Some(at) = from {
        let packed = pack(at, all.len() as u64 - 1);
        let file = packed.file.expect("at least one fits");
        assert!(file.bytes.len() < all.len());
        files.push(ChosenFile {
            name: file.name,
            bytes: file.bytes,
        });
        from = packed.next;
    }
    assert_eq!(files.len(), 2);
    world.office.ask(Fetch);
    world.office.ask(ImportFiles { files });
    assert_eq!(table(&world.office, Filter::default()).total, 3);
    let small = pack(0, 100);
    assert_eq!((small.file, small.next, small.too_large), (None, None, 3));
}

#[test]
fn a_phone_without_a_network_hears_that_the_office_has_what_was_carried() {
    let world = World::new();
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    ana.online.set(false);
    let note = ana.write("note", &[("title", json!("par images"))]);
    let (name, bytes) = ana.packed();
    world.office.ask(Fetch);
    world.office.online.set(false);
    let files = vec![ChosenFile { name, bytes }];
    let items = world.office.ask(ImportFiles { files });
    let bundles: Vec<BundleId> = items.iter().map(|item| item.bundle).collect();
    let unknown = BundleId([7; 32]);
    let give = |bundles: &[BundleId]| {
        let bundles = bundles.to_vec();
        world.office.file(GiveReceipts { bundles }).1
    };
    let receipts = give(&[&bundles[..], &[unknown]].concat());
    let take = |device: &Device, bytes: &[u8]| {
        let bytes = bytes.to_vec();
        let mission = Some(world.mission);
        device.ask(TakeCarried { mission, bytes })
    };
    assert_eq!(take(&ana, b"not receipts"), TakenCarried::Nothing);
    assert_eq!(take(&ana, &give(&[unknown])), TakenCarried::ForOthers);
    assert_eq!(take(&luc, &receipts), TakenCarried::ForOthers);
    let forged = String::from_utf8(receipts.clone()).unwrap();
    let at = forged.find("\"at\":").unwrap() + 5;
    let forged = [&forged[..at], "1", &forged[at..]].concat();
    assert_eq!(take(&ana, forged.as_bytes()), TakenCarried::ForOthers);
    assert_eq!(state(&ana, note), EntryState::Going);
    assert_eq!(
        take(&ana, &receipts),
        TakenCarried::Received(TakenReceipts {
            entries: 1,
            ..TakenReceipts::default()
        })
    );
    assert_eq!(state(&ana, note), EntryState::Received);
    // Again, and then by the network too: nothing twice.
    assert_eq!(
        take(&ana, &receipts),
        TakenCarried::Received(TakenReceipts {
            entries: 0,
            ..TakenReceipts::default()
        })
    );
    ana.online.set(true);
    world.office.online.set(true);
    ana.send();
    fetch(&world);
    let view = ana.send();
    assert!(view.all_received && view.counts.received == 1, "{view:?}");
    assert_eq!(table(&world.office, Filter::default()).total, 1);
}

#[test]
fn a_file_that_comes_before_its_device_is_known_is_tried_again_by_itself() {
    let mut world = World::new();
    let ana = world.delegate("Ana");
    ana.online.set(false);
    ana.write("note", &[("title", json!("par clé, trop tôt"))]);
    let (_, sealed) = ana.packed();
    // At the office nothing was fetched yet: it has not heard of Ana's device.
    let items = world.office.ask(crate::common::one_file("a.age", sealed));
    assert!(
        matches!(
            &items[0].verdict,
            VerdictView::Quarantined {
                reason: QuarantineReason::UnknownDevice
            }
        ),
        "{items:?}"
    );
    assert_eq!(table(&world.office, Filter::default()).total, 0);
    // The office is closed and opened again; what was refused waits in its store.
    world.office = world.office.reopened();
    let kept = block_on(world.office.store.all(StoreTable::Blobs)).expect("a store");
    assert_eq!(kept.len(), 1);
    let items = fetch(&world);
    assert!(
        matches!(&items[0].verdict, VerdictView::Accepted { new: 1, .. }),
        "{items:?}"
    );
    assert_eq!(items.len(), 1, "the refusal is no longer listed: {items:?}");
    assert_eq!(items[0].name, "a.age");
    assert_eq!(table(&world.office, Filter::default()).total, 1);
    let kept = block_on(world.office.store.all(StoreTable::Blobs)).expect("a store");
    assert!(kept.is_empty(), "accepted, it is not kept twice");
    let again = world.office.reopened();
    assert_eq!(table(&again, Filter::default()).total, 1);
}

#[test]
fn a_device_set_back_to_a_backup_makes_a_fork_that_keeps_both_values() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let rec = ana.write("contact", &[("name", json!("Wilson"))]);
    let restored = ana.killed();
    restored.unlock();
    ana.change(
        rec,
        &[("phone", json!("555-1111")), ("name", json!("Wilson J."))],
    );
    restored.change(
        rec,
        &[("phone", json!("555-2222")), ("name", json!("Wilson J."))],
    );
    ana.send();
    restored.send();
    let items = fetch(&world);
    let warned = items.iter().any(|item| matches!(&item.verdict, VerdictView::Accepted { warnings, .. } if !warnings.is_empty()));
    assert!(warned, "{items:?}");
    let read = entry(&world.office, rec);
    assert_eq!(
        read.conflicts.len(),
        1,
        "the same name typed twice is no conflict"
    );
    let mut values: Vec<&Value> = read.conflicts[0]
        .values
        .iter()
        .map(|side| &side.value)
        .collect();
    values.sort_by_key(|value| value.to_string());
    assert_eq!(values, [&json!("555-1111"), &json!("555-2222")]);
    let settle = Settle {
        rec,
        field: "phone".into(),
        value: json!("555-2222"),
        reason: "appelé".into(),
    };
    world.office.ask(settle);
    let read = entry(&world.office.reopened(), rec);
    assert!(read.conflicts.is_empty());
    assert_eq!(value(&read, "phone"), json!("555-2222"));
    assert!(
        read.history
            .iter()
            .any(|version| version.reason.as_deref() == Some("appelé"))
    );
}

#[test]
fn two_delegates_who_change_one_contact_both_find_both_values_and_one_settles_it() {
    let world = World::with(|mission| mission.said.share_with_team = true);
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    let rec = ana.write(
        "contact",
        &[("name", json!("Wilson")), ("phone", json!("555-0000"))],
    );
    ana.send();
    fetch(&world);
    luc.send();
    assert_eq!(
        state(&luc, rec),
        EntryState::Team,
        "what the office has, its delegates see"
    );
    assert_eq!(luc.edit(Some(rec), "").fields["phone"], json!("555-0000"));
    // Both in the field, neither with a network.
    ana.change(rec, &[("phone", json!("555-1111"))]);
    luc.change(
        rec,
        &[("phone", json!("555-2222")), ("role", json!("délégué"))],
    );
    assert_eq!((luc.counts().here, luc.counts().received), (1, 0));
    for device in [&ana, &luc] {
        device.send();
    }
    fetch(&world);
    assert_eq!(entry(&world.office, rec).conflicts.len(), 1);
    for device in [&ana, &luc] {
        device.send();
        let again = device.reopened();
        let editing = again.edit(Some(rec), "");
        assert_eq!(editing.conflicts.len(), 1);
        let mut values: Vec<String> = editing.conflicts[0]
            .values
            .iter()
            .map(|side| format!("{} {}", side.by, side.value))
            .collect();
        values.sort();
        assert_eq!(values, ["Ana \"555-1111\"", "Luc \"555-2222\""]);
        assert_eq!(again.counts().conflicts, 1);
        assert_eq!(editing.fields["role"], json!("délégué"));
        assert!(again.entries()[0].conflict);
    }
    let settle = Settle {
        rec,
        field: "phone".into(),
        value: json!("555-2222"),
        reason: "appelé".into(),
    };
    ana.ask(settle);
    assert_eq!(ana.counts().conflicts, 0);
    ana.send();
    fetch(&world);
    luc.send();
    assert!(entry(&world.office, rec).conflicts.is_empty());
    assert_eq!(
        (
            luc.counts().conflicts,
            luc.edit(Some(rec), "").fields["phone"].clone()
        ),
        (0, json!("555-2222"))
    );
}

#[test]
fn a_refused_bundle_is_parked_in_sight_and_leaves_when_asked() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let rec = ana.write("note", &[("title", json!("trop grande"))]);
    ana.refuse.set(Some(413));
    let view = ana.send();
    assert_eq!(
        view.bundles[0].state,
        BundleState::Parked(Refusal::TooLarge),
        "{view:?}"
    );
    assert_eq!(state(&ana, rec), EntryState::Refused);
    assert_eq!(view.counts.refused, 1);
    let again = ana.reopened();
    block_on(again.device.tick()).unwrap();
    assert_eq!(
        state(&again, rec),
        EntryState::Refused,
        "it is not tried again by itself"
    );
    assert_eq!(again.send().counts.stored, 1);
}

#[test]
fn a_clock_a_year_wrong_sends_all_the_same() {
    let world = World::new();
    for days in [-365, 365] {
        let ana = Device::new();
        ana.clock.set(ana.clock.get() + days * DAY_MS);
        ana.join("Ana", &world.invite("Ana"), &world.url);
        ana.write("note", &[("title", json!(format!("{days} jours")))]);
        let view = ana.send();
        assert_eq!(view.counts.stored, 1, "{view:?}");
    }
    fetch(&world);
    assert_eq!(table(&world.office, Filter::default()).total, 2);
}

#[test]
fn an_invite_is_looked_at_used_once_and_refused_afterwards() {
    let world = World::new();
    let invite = world.invite("Ana");
    let ana = Device::new();
    let look = || {
        ana.try_ask(LookInvite {
            text: invite.clone(),
            origin: world.url.clone(),
        })
    };
    let preview = look().expect("an invite");
    assert_eq!(
        (preview.mission.as_str(), preview.server.as_str()),
        ("Mission Haïti", world.url.as_str())
    );
    ana.join("Ana", &invite, &world.url);
    use vigie_protocol::InviteProblem::{Unknown, Unreadable, Used};
    assert_eq!(look(), Err(Failure::from(Used)));
    let bad = |text: &str| {
        ana.try_ask(LookInvite {
            text: text.into(),
            origin: world.url.clone(),
        })
    };
    assert_eq!(bad("0000-0000-0000-0000"), Err(Failure::from(Unknown)));
    assert_eq!(bad("bonjour"), Err(Failure::from(Unreadable)));
    let luc = Device::new();
    let join = CreateVault {
        passphrase: "x".into(),
        name: "Luc".into(),
        invite: Some(InviteText {
            text: invite.clone(),
            origin: world.url.clone(),
        }),
        lang: "fr".into(),
    };
    assert_eq!(luc.try_ask(join), Err(Failure::from(Used)));
    assert!(
        luc.store.dump().is_empty(),
        "nothing is made for an invite that is no use"
    );
}

#[test]
fn a_trial_joins_later_and_keeps_its_own_entries_to_itself() {
    let world = World::new();
    let ana = Device::new();
    ana.trial();
    let alone = ana.write("note", &[("title", json!("à moi"))]);
    let invite = InviteText {
        text: world.invite("Ana"),
        origin: world.url.clone(),
    };
    ana.ask(Join {
        invite,
        replace: None,
    });
    let shared = ana.write("note", &[("title", json!("pour le bureau"))]);
    ana.send();
    fetch(&world);
    assert_eq!(
        (state(&ana, alone), state(&ana, shared)),
        (EntryState::Here, EntryState::Stored)
    );
    assert_eq!(table(&world.office, Filter::default()).total, 1);
}

#[test]
fn where_nothing_readable_may_stay_only_a_line_stays() {
    let world = World::with(|mission| mission.said.keep_readable = false);
    let ana = world.delegate("Ana");
    let rec = ana.write(
        "note",
        &[
            ("title", json!("confidence")),
            ("text", json!("à ne pas garder")),
        ],
    );
    ana.send();
    let line = ana
        .entries()
        .into_iter()
        .find(|entry| entry.rec == rec)
        .expect("a line");
    assert_eq!((line.title.as_str(), line.state), ("", EntryState::Stored));
    assert_eq!(
        ana.try_ask(Edit {
            rec: Some(rec),
            kind: "".into()
        }),
        Err(Failure::NotFound)
    );
    let (_, export) = ana.reopened().file(ExportAll);
    assert!(!String::from_utf8(export).unwrap().contains("confidence"));
    fetch(&world);
    assert_eq!(
        value(&entry(&world.office, rec), "text"),
        json!("à ne pas garder")
    );
}

#[test]
fn an_office_proves_its_backup_first_and_opens_elsewhere_from_it() {
    let data = tempfile::TempDir::new().expect("a folder");
    let server =
        crate::common::Running::on(data.path(), "127.0.0.1:0".parse().expect("an address"));
    let token = server.token.clone().expect("no office yet");
    let create = |token: &str| CreateOffice {
        token: token.into(),
        server: server.url.clone(),
        name: "Bureau".into(),
        passphrase: crate::common::PASSPHRASE.into(),
    };
    let office = Device::new();
    assert!(matches!(
        office.try_ask(create("wrong")),
        Err(Failure::Refused(
            Refusal::SetupUsed | Refusal::BackupNotProven
        ))
    ));
    assert!(
        office.store.dump().is_empty(),
        "nothing is left of an office that is none"
    );
    let status = office.ask(create(&token));
    assert_eq!(status.phase, Phase::OfficeUnproven);
    assert!(matches!(
        office.try_ask(ListOfficeMissions),
        Err(Failure::Refused(Refusal::BackupNotProven))
    ));
    let (_, backup) = office.file(BackUpKey {
        file_passphrase: "papier".into(),
    });
    let trial = |file: &[u8], passphrase: &str| {
        office.try_ask(ProveBackup {
            backup: file.to_vec(),
            file_passphrase: passphrase.into(),
        })
    };
    assert_eq!(trial(&backup, "autre"), Err(Failure::BackupDoesNotOpen));
    assert_eq!(trial(b"hello", "papier"), Err(Failure::BackupDoesNotOpen));
    let world = World::new();
    let (_, foreign) = world.office.file(BackUpKey {
        file_passphrase: "papier".into(),
    });
    assert_eq!(trial(&foreign, "papier"), Err(Failure::BackupOfAnother));
    let status = trial(&backup, "papier").expect("a proof");
    assert_eq!(status.phase, Phase::Office);
    // A second browser of the first world's office knows its missions and reads what comes.
    let ana = world.delegate("Ana");
    ana.write("note", &[("title", json!("pour deux"))]);
    ana.send();
    let second = Device::new();
    second.ask(RestoreOffice {
        backup: foreign,
        file_passphrase: "papier".into(),
        passphrase: "autre phrase".into(),
    });
    second.ask(Fetch);
    assert_eq!(table(&second, Filter::default()).total, 1);
    let missions = second.ask(ListOfficeMissions);
    assert_eq!(missions[0].devices[0].name, "Ana");
    assert_eq!(
        entry(&second, table(&second, Filter::default()).rows[0].rec)
            .row
            .title,
        "pour deux"
    );
    let _ = fields(&[]);
}

#[test]
fn the_office_keeps_a_page_whole_or_not_at_all() {
    use vigie_vault::StoreError;
    let world = World::new();
    let ana = world.delegate("Ana");
    ana.write("note", &[("title", json!("une"))]);
    ana.send();
    world.office.store.fail_next([StoreError::Full]);
    assert!(world.office.try_ask(Fetch).is_err());
    assert_eq!(
        ana.send().counts.received,
        0,
        "no receipt for what was not stored"
    );
    fetch(&world);
    assert_eq!(table(&world.office.reopened(), Filter::default()).total, 1);
    assert_eq!(ana.send().counts.received, 1);
}
