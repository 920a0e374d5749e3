//! The office's desk when lines break, servers lose what they had, rows are damaged and other desks work at the same time.

use std::{cell::Cell, rc::Rc};

use crate::common::{Device, Fate, PASSPHRASE, World, one_file, short_form};
use futures::executor::block_on;
use serde_json::{Value, json};
use vigie_exchange::Response;
use vigie_mailbox::{
    hosting::{Host, Terms},
    mailbox::Place,
};
use vigie_model::{AppVersion, ExactJson, MissionKind, QuarantineReason, RecordId};
use vigie_protocol::{
    AssignForm, Awaiting, BackUpKey, CancelInvite, ChosenForm, CountAwaiting, CreateInvites,
    CreateMission, CreateOffice, Failure, Fetch, Filter, GetEntry, GetServerRoom, GetTable,
    InboxItem, ListInvites, ListOfficeMissions, NewMission, OfficeMission, ProveBackup, Refusal,
    RemoveDevice, RestoreOffice, SaidMission, SetAside, Table, TableView, VerdictView,
};
use vigie_vault::{Change, Store, Table as Rows};

const FILE_PASSPHRASE: &str = "clé de papier";

#[track_caller]
fn fetch(device: &Device) -> Vec<InboxItem> {
    device.ask(Fetch)
}

fn table(device: &Device) -> Table {
    let request = GetTable {
        view: TableView::default(),
        filter: Filter::default(),
        offset: 0,
        limit: 1_000,
    };
    device.ask(request)
}

fn titles(device: &Device) -> Vec<String> {
    let mut titles: Vec<String> = table(device)
        .rows
        .into_iter()
        .map(|row| row.title)
        .collect();
    titles.sort();
    titles
}

fn is_missing(item: &InboxItem) -> bool {
    let missing = QuarantineReason::Missing;
    item.verdict == VerdictView::Quarantined { reason: missing }
}

/// Another browser of the same office.
fn second_desk(world: &World) -> Device {
    let (_, backup) = world.office.file(BackUpKey {
        file_passphrase: FILE_PASSPHRASE.into(),
    });
    let second = Device::new();
    second.ask(RestoreOffice {
        backup,
        file_passphrase: FILE_PASSPHRASE.into(),
        passphrase: PASSPHRASE.into(),
    });
    second
}

fn mission(name: &str) -> NewMission {
    NewMission {
        said: SaidMission {
            name: name.into(),
            kind: MissionKind::Observation,
            starts: String::new(),
            ends: String::new(),
            languages: vec!["fr".into()],
            keep_readable: true,
            share_with_team: false,
            record_time: true,
        },
        forms: vec![ChosenForm::Compiled(short_form())],
    }
}

fn with_form(world: &World, id: &str) -> AssignForm {
    let mut form: Value = serde_json::from_str(short_form().text()).expect("JSON");
    form["id"] = json!(id);
    AssignForm {
        mission: world.mission,
        form: ChosenForm::Compiled(ExactJson::in_order(&form.to_string()).expect("JSON")),
    }
}

fn forms(mission: &OfficeMission) -> Vec<String> {
    let mut ids: Vec<String> = mission
        .forms
        .iter()
        .map(|form| form.id.to_string())
        .collect();
    ids.sort();
    ids
}

/// Whether the mission's card came to a phone that takes part in it.
#[track_caller]
fn forms_of_a_phone(world: &World) -> usize {
    let phone = world.delegate("Un téléphone");
    phone.send();
    phone.ask(vigie_protocol::ListForms).len()
}

#[test]
fn a_mission_cut_between_its_document_and_its_card_is_published_at_the_next_fetch() {
    for fate in [Fate::RequestLost, Fate::AnswerLost] {
        for path in ["/v1/docs", "/v1/cards"] {
            let world = World::new();
            let create = || CreateMission {
                mission: mission("Coupée"),
            };
            world.office.fate("PUT", path, fate.clone());
            assert_eq!(world.office.try_ask(create()), Err(Failure::Unreachable));
            let office = world.office.reopened();
            fetch(&office);
            let of_office = office.ask(ListOfficeMissions);
            assert_eq!(of_office.len(), 2, "{path} {fate:?}");
            let cut = of_office.iter().find(|one| one.said.name == "Coupée");
            let world = World {
                office,
                mission: cut.expect("the mission").id,
                ..world
            };
            assert_eq!(forms_of_a_phone(&world), 1, "{path} {fate:?}");
        }
    }
}

#[test]
fn the_office_sees_which_version_each_phone_last_wrote_with_after_a_restart_too() {
    let world = World::new();
    let phone = world.delegate("Ana");
    let app = |desk: &Device| desk.ask(ListOfficeMissions)[0].devices[0].app.clone();
    fetch(&world.office);
    assert_eq!(app(&world.office), None);
    phone.write("note", &[("title", json!("Vu"))]);
    phone.send();
    fetch(&world.office);
    let this = Some(AppVersion::this());
    assert_eq!(app(&world.office), this);
    assert_eq!(app(&world.office.reopened()), this);
}

#[test]
fn a_mission_asked_for_again_after_a_cut_is_one_mission() {
    let world = World::new();
    let create = || CreateMission {
        mission: mission("Deux fois"),
    };
    world.office.fate("PUT", "/v1/cards", Fate::RequestLost);
    assert_eq!(world.office.try_ask(create()), Err(Failure::Unreachable));
    let missions = || world.office.ask(ListOfficeMissions).len();
    let once = world.office.ask(create());
    assert_eq!(missions(), 2);
    // And one that is whole may be made twice, as always.
    assert_ne!(world.office.ask(create()), once);
    assert_eq!(missions(), 3);
}

#[test]
fn a_form_cut_at_any_request_reaches_the_phones_and_the_next_one_too() {
    for fate in [Fate::RequestLost, Fate::AnswerLost] {
        for path in ["/v1/docs", "/v1/cards"] {
            let world = World::new();
            world.office.fate("PUT", path, fate.clone());
            let cut = world.office.try_ask(with_form(&world, "coupe"));
            assert_eq!(cut, Err(Failure::Unreachable), "{path} {fate:?}");
            // Before the change, this was refused as stale for ever.
            world.office.ask(with_form(&world, "suivant"));
            fetch(&world.office);
            assert_eq!(forms_of_a_phone(&world), 3, "{path} {fate:?}");
            let second = second_desk(&world);
            fetch(&second);
            let there = second.ask(ListOfficeMissions);
            assert_eq!(forms(&there[0]).len(), 3, "{path} {fate:?}");
        }
    }
}

#[test]
fn two_desks_that_change_one_mission_at_once_both_keep_their_change() {
    let world = World::new();
    let second = second_desk(&world);
    fetch(&second);
    // The second desk is cut before its card; the first one publishes meanwhile.
    second.fate("PUT", "/v1/docs", Fate::RequestLost);
    let cut = second.try_ask(with_form(&world, "du second"));
    assert_eq!(cut, Err(Failure::Unreachable));
    world.office.ask(with_form(&world, "du premier"));
    fetch(&second);
    fetch(&world.office);
    let expected = 3;
    assert_eq!(forms_of_a_phone(&world), expected);
    for desk in [&world.office, &second] {
        fetch(desk);
        let there = desk.ask(ListOfficeMissions);
        assert_eq!(forms(&there[0]).len(), expected);
    }
}

#[test]
fn an_invite_cut_after_its_document_is_put_at_the_next_fetch_and_made_once() {
    for fate in [Fate::RequestLost, Fate::AnswerLost] {
        let world = World::new();
        let create = || CreateInvites {
            mission: world.mission,
            labels: vec!["Ana".into()],
            days: 7,
        };
        world.office.fate("PUT", "/v1/invites", fate.clone());
        assert_eq!(world.office.try_ask(create()), Err(Failure::Unreachable));
        let office = world.office.reopened();
        fetch(&office);
        let list = office.ask(ListInvites {
            mission: world.mission,
        });
        assert_eq!(list.len(), 1);
        let ana = Device::new();
        let status = ana.join("Ana", &list[0].link, &world.url);
        assert!(!status.enrolment_pending, "{fate:?}");
        // Asked again at once instead: the same invite goes on.
        world.office.fate("PUT", "/v1/invites", fate);
        assert_eq!(world.office.try_ask(create()), Err(Failure::Unreachable));
        let before = world.office.ask(ListInvites {
            mission: world.mission,
        });
        assert_eq!(world.office.ask(create()), before);
    }
}

/// The server is of before: it gives each bundle alone.
fn alone(office: &Device) {
    let unknown = Response {
        status: 404,
        ..Response::default()
    };
    office.fate("GET", "/v1/bundles?", Fate::Answered(unknown));
}

#[test]
fn of_bundles_that_are_fetched_together_one_that_the_server_lost_stops_no_other() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let letters = || {
        let folder = std::fs::read_dir(world.data.path().join("sealed/bundles"));
        let files = folder.expect("the letters");
        files.map(|file| file.expect("a letter").path())
    };
    let mut known = Vec::new();
    for title in ["perdue", "abîmée", "bien là", "là aussi"] {
        ana.write("note", &[("title", json!(title))]);
        ana.send();
        let new = letters().find(|file| !known.contains(file));
        known.push(new.expect("a letter more"));
    }
    let [lost, damaged, ..] = &known[..] else {
        panic!("four letters");
    };
    let aside = world.data.path().join("aside");
    std::fs::rename(lost, &aside).expect("lost");
    let whole = std::fs::read(damaged).expect("a letter");
    std::fs::write(damaged, b"other bytes").expect("damaged");
    let items = fetch(&world.office);
    assert_eq!(items.iter().filter(|item| is_missing(item)).count(), 2);
    assert_eq!(titles(&world.office), ["bien là", "là aussi"]);
    std::fs::rename(aside, lost).expect("found");
    std::fs::write(damaged, whole).expect("mended");
    fetch(&world.office);
    let all = ["abîmée", "bien là", "là aussi", "perdue"];
    assert_eq!(titles(&world.office), all);
    // All of them by one request, and by one that is cut: then each is asked for alone.
    for fate in [Fate::Passes, Fate::AnswerLost] {
        let second = second_desk(&world);
        let asked = Rc::new(Cell::new((0, 0)));
        let counting = Rc::clone(&asked);
        second.line(move |request| {
            let (together, each) = counting.get();
            let is_together = request.path.starts_with("/v1/bundles?");
            let is_one = request.path.starts_with("/v1/bundles/");
            counting.set((
                together + usize::from(is_together),
                each + usize::from(is_one),
            ));
            match is_together {
                true => fate.clone(),
                false => Fate::Passes,
            }
        });
        fetch(&second);
        assert_eq!(titles(&second), all);
        // A request that is cut is sent once more before anything else is tried.
        let (together, each) = asked.get();
        assert!(
            [(1, 0), (2, 4)].contains(&(together, each)),
            "{together} {each}"
        );
    }
}

#[test]
fn a_bundle_that_the_server_lost_stops_no_other_and_comes_when_it_is_back() {
    let world = World::new();
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    ana.write("note", &[("title", json!("perdue"))]);
    ana.send();
    luc.write("note", &[("title", json!("bien là"))]);
    luc.send();
    for lost in [
        Response {
            status: 404,
            ..Response::default()
        },
        Response {
            status: 500,
            ..Response::default()
        },
        // Damaged on the server's disk.
        Response {
            status: 200,
            body: b"other bytes".to_vec(),
            ..Response::default()
        },
    ] {
        let office = second_desk(&world);
        alone(&office);
        office.fate("GET", "/v1/bundles/", Fate::Answered(lost));
        let items = fetch(&office);
        assert_eq!(items.len(), 2, "{items:?}");
        assert_eq!(titles(&office), ["bien là"]);
        let missing = items.iter().find(|item| is_missing(item));
        let missing = missing.expect("the lost one is named");
        assert_eq!((missing.from.as_str(), missing.size > 0), ("Ana", true));
        // It waits across a restart, and is one line of the inbox when it comes.
        let office = office.reopened();
        let items = fetch(&office);
        assert_eq!(items.len(), 2, "{items:?}");
        assert_eq!(titles(&office), ["bien là", "perdue"]);
    }
}

#[test]
fn what_the_server_let_go_of_is_counted_by_a_desk_that_comes_later_and_stops_nothing() {
    let mut world = World::new();
    let ana = world.delegate("Ana");
    ana.write("note", &[("title", json!("reçue par le premier poste"))]);
    ana.send();
    fetch(&world.office);
    let room = world.office.ask(GetServerRoom);
    assert!(room.bytes > 0, "{room:?}");
    assert_eq!((room.quota, room.keep_days, room.gone), (None, None, 0));
    let place = Place::Folder(world.data.path().to_owned());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let host = Host::open(&place).await.expect("opened");
        let office = host.office("").await.expect("the office");
        let terms = Terms {
            quota: Some(1 << 30),
            keep_days: Some(0),
        };
        host.bound(&office.key, terms).await.expect("bounded");
        host.close().await;
    });
    // A server tidies when it starts.
    let address = world.stop_server();
    world.start_server(address);
    ana.write("note", &[("title", json!("pas encore reçue"))]);
    ana.send();
    let begun = std::time::Instant::now();
    let second = loop {
        assert!(begun.elapsed().as_secs() < 60, "never let go of");
        let second = second_desk(&world);
        fetch(&second);
        if second.ask(GetServerRoom).gone > 0 {
            break second;
        }
    };
    assert_eq!(titles(&second), ["pas encore reçue"]);
    assert!(!fetch(&second).iter().any(is_missing));
    let room = second.ask(GetServerRoom);
    assert_eq!((room.gone, room.keep_days), (1, Some(0)), "counted once");
    // Who had it keeps it.
    fetch(&world.office);
    let both = ["pas encore reçue", "reçue par le premier poste"];
    assert_eq!(titles(&world.office), both);
    assert_eq!(world.office.ask(GetServerRoom).gone, 0);
}

#[test]
fn a_bundle_too_large_for_the_line_stops_no_other_and_a_line_that_is_down_loses_nothing() {
    let world = World::new();
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    ana.write("note", &[("title", json!("lourde"))]);
    ana.send();
    luc.write("note", &[("title", json!("légère"))]);
    luc.send();
    alone(&world.office);
    world.office.fate("GET", "/v1/bundles/", Fate::AnswerLost);
    let items = fetch(&world.office);
    assert!(items.iter().any(is_missing), "{items:?}");
    assert_eq!(titles(&world.office), ["légère"]);
    fetch(&world.office);
    assert_eq!(titles(&world.office), ["lourde", "légère"]);
    // The line goes down for good at the second bundle.
    let second = second_desk(&world);
    alone(&second);
    second.fate("GET", "/v1/bundles/", Fate::RequestLost);
    second.fate("GET", "/v1/health", Fate::RequestLost);
    assert_eq!(second.try_ask(Fetch), Err(Failure::Unreachable));
    let items = fetch(&second);
    assert!(
        items
            .iter()
            .all(|item| matches!(item.verdict, VerdictView::Accepted { .. })),
        "{items:?}"
    );
    assert_eq!(titles(&second), ["lourde", "légère"]);
}

#[test]
fn damaged_rows_are_kept_and_what_they_held_is_fetched_again() {
    let world = World::new();
    let ana = world.delegate("Ana");
    ana.write("note", &[("title", json!("une"))]);
    ana.send();
    fetch(&world.office);
    for rows in [Rows::Ops, Rows::Forms, Rows::Records] {
        let store = world.office.store.snapshot();
        let all = block_on(store.all(rows)).expect("rows");
        let damaged = all.into_iter().map(|(key, mut bytes)| {
            if let Some(byte) = bytes.last_mut() {
                *byte ^= 1;
            }
            Change::Put {
                table: rows,
                key,
                bytes,
            }
        });
        block_on(store.commit(damaged.collect())).expect("damaged");
        let office = Device::over(store.clone());
        office.unlock();
        let before = block_on(store.all(rows)).expect("rows").len();
        fetch(&office);
        assert_eq!(titles(&office), ["une"], "{rows:?}");
        let of_office = office.ask(ListOfficeMissions);
        assert_eq!(of_office.len(), 1, "{rows:?}");
        assert_eq!(of_office[0].devices[0].name, "Ana", "{rows:?}");
        assert!(block_on(store.all(rows)).expect("rows").len() >= before);
        assert_eq!(titles(&office.reopened()), ["une"], "{rows:?}");
    }
}

#[test]
fn receipts_queued_while_others_are_sent_are_not_lost() {
    let world = World::new();
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    ana.write("note", &[("title", json!("par le réseau"))]);
    ana.send();
    luc.online.set(false);
    luc.write("note", &[("title", json!("par clé"))]);
    let (_, sealed) = luc.packed();
    luc.online.set(true);
    fetch(&world.office);
    // The next receipts don't get through, and wait with those that come.
    world.office.fate("POST", "/v1/receipts", Fate::RequestLost);
    world.office.ask(one_file("a.age", sealed));
    let office = world.office.reopened();
    fetch(&office);
    assert_eq!(ana.send().counts.received, 1);
    assert_eq!(luc.send().counts.received, 1);
}

/// A record with two values in one field, as two devices that did not see each other wrote it.
fn conflict(world: &World) -> RecordId {
    let ana = world.delegate("Ana");
    let rec = ana.write("contact", &[("name", json!("Wilson"))]);
    let restored = ana.killed();
    restored.unlock();
    ana.change(rec, &[("phone", json!("555-1111"))]);
    restored.change(rec, &[("phone", json!("555-2222"))]);
    ana.send();
    restored.send();
    rec
}

fn settle(device: &Device, rec: RecordId, value: &str) {
    device.ask(vigie_protocol::Settle {
        rec,
        field: "phone".into(),
        value: json!(value),
        reason: "appelé".into(),
    });
}

fn phone(device: &Device, rec: RecordId) -> (usize, serde_json::Value) {
    let entry = device.ask(GetEntry { rec });
    let fact = entry.facts.iter().find(|fact| fact.field == "phone");
    (
        entry.conflicts.len(),
        fact.map(|fact| fact.said.value.clone()).unwrap_or_default(),
    )
}

#[test]
fn what_one_desk_settles_every_other_desk_knows_at_its_next_fetch() {
    let world = World::new();
    let rec = conflict(&world);
    fetch(&world.office);
    assert_eq!(phone(&world.office, rec).0, 1);
    // Without network: it waits durably.
    world.office.online.set(false);
    settle(&world.office, rec, "555-2222");
    let office = world.office.reopened();
    office.online.set(true);
    let before = fetch(&office).len();
    assert_eq!(fetch(&office).len(), before, "its own letter is no news");
    let second = second_desk(&world);
    fetch(&second);
    assert_eq!(phone(&second, rec), (0, json!("555-2222")));
    // The second one goes on, with a chain of its own: no desk sees a fork.
    settle(&second, rec, "555-3333");
    fetch(&second);
    let items = fetch(&office);
    assert_eq!(phone(&office, rec), (0, json!("555-3333")));
    for item in &items {
        if let VerdictView::Accepted { warnings, .. } = &item.verdict
            && item.from.starts_with("Bureau")
        {
            assert!(warnings.is_empty(), "{item:?}");
        }
    }
    // An office restored from its key knows it all, and begins no chain that another goes on with.
    let restored = second_desk(&world);
    fetch(&restored);
    assert_eq!(phone(&restored, rec), (0, json!("555-3333")));
    settle(&restored, rec, "555-4444");
    fetch(&restored);
    let items = fetch(&office);
    assert_eq!(phone(&office, rec), (0, json!("555-4444")));
    let last = items.first().expect("an item");
    assert!(
        matches!(&last.verdict, VerdictView::Accepted { warnings, .. } if warnings.is_empty()),
        "{last:?}"
    );
}

#[test]
fn what_a_desk_settles_survives_a_cut_at_any_request() {
    for fate in [Fate::RequestLost, Fate::AnswerLost] {
        for path in ["/v1/bundles/", "/v1/docs/"] {
            let world = World::new();
            let rec = conflict(&world);
            fetch(&world.office);
            settle(&world.office, rec, "555-2222");
            world.office.fate("PUT", path, fate.clone());
            assert_eq!(world.office.try_ask(Fetch), Err(Failure::Unreachable));
            let office = world.office.reopened();
            fetch(&office);
            let second = second_desk(&world);
            let items = fetch(&second);
            assert_eq!(phone(&second, rec), (0, json!("555-2222")));
            let ours = items.iter().filter(|item| item.from.starts_with("Bureau"));
            assert_eq!(ours.count(), 1, "{items:?}");
        }
    }
}

#[test]
fn a_cancelled_invite_lets_nobody_in_even_when_the_line_was_cut() {
    for fate in [None, Some(Fate::RequestLost), Some(Fate::AnswerLost)] {
        let world = World::new();
        let link = world.invite("Ana");
        let list = ListInvites {
            mission: world.mission,
        };
        let invite = world.office.ask(list.clone())[0].id;
        let cancel = CancelInvite {
            mission: world.mission,
            invite,
        };
        match fate {
            None => {
                let after = world.office.ask(cancel.clone());
                assert!(after[0].cancelled);
            }
            Some(fate) => {
                world.office.fate("DELETE", "/v1/invites", fate);
                let cut = world.office.try_ask(cancel.clone());
                assert_eq!(cut, Err(Failure::Unreachable));
                fetch(&world.office);
            }
        }
        assert!(world.office.ask(list)[0].cancelled);
        let second = second_desk(&world);
        fetch(&second);
        let list = ListInvites {
            mission: world.mission,
        };
        assert!(second.ask(list)[0].cancelled);
        let ana = Device::new();
        let looked = ana.try_ask(vigie_protocol::LookInvite {
            text: link,
            origin: world.url.clone(),
        });
        assert!(
            matches!(looked, Err(Failure::Refused(Refusal::Invite(_)))),
            "{looked:?}"
        );
    }
}

#[test]
fn a_removed_device_is_refused_and_what_it_sends_later_is_put_aside() {
    for fate in [None, Some(Fate::RequestLost), Some(Fate::AnswerLost)] {
        let world = World::new();
        let ana = world.delegate("Ana");
        ana.write("note", &[("title", json!("avant"))]);
        ana.send();
        fetch(&world.office);
        let of_office = world.office.ask(ListOfficeMissions);
        let device = of_office[0].devices[0].device;
        let remove = RemoveDevice { device };
        match fate {
            None => {
                world.office.ask(remove);
            }
            Some(fate) => {
                world.office.fate("DELETE", "/v1/devices", fate);
                let cut = world.office.try_ask(remove);
                assert_eq!(cut, Err(Failure::Unreachable));
                fetch(&world.office);
            }
        }
        let of_office = world.office.ask(ListOfficeMissions);
        assert!(of_office[0].devices[0].removed.is_some());
        ana.write("note", &[("title", json!("après"))]);
        ana.send();
        fetch(&world.office);
        assert_eq!(titles(&world.office), ["avant"]);
        // Its file is no way round.
        let (_, sealed) = ana.packed();
        world.office.ask(one_file("a.age", sealed));
        assert_eq!(titles(&world.office), ["avant"]);
    }
}

#[test]
fn a_server_that_can_not_remove_devices_is_said_and_told_again() {
    let world = World::new();
    world.delegate("Ana");
    fetch(&world.office);
    let of_office = world.office.ask(ListOfficeMissions);
    let device = of_office[0].devices[0].device;
    let older = Response {
        status: 405,
        ..Response::default()
    };
    world
        .office
        .fate("DELETE", "/v1/devices", Fate::Answered(older));
    let remove = RemoveDevice { device };
    assert_eq!(
        world.office.try_ask(remove),
        Err(Failure::Refused(Refusal::OlderServer))
    );
    let of_office = world.office.ask(ListOfficeMissions);
    assert!(
        of_office[0].devices[0].removed.is_some(),
        "the office holds to it all the same"
    );
    fetch(&world.office);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}

#[test]
fn a_server_set_back_to_a_backup_hides_no_letter_and_is_given_again_what_it_lost() {
    let mut world = World::new();
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    ana.write("note", &[("title", json!("avant"))]);
    ana.send();
    fetch(&world.office);
    let address = world.stop_server();
    let backup = tempfile::TempDir::new().expect("a folder");
    copy(world.data.path(), backup.path());
    world.start_server(address);
    // After the backup: letters, a questionnaire, an invite, a cancelled one.
    ana.write("note", &[("title", json!("perdue au serveur"))]);
    ana.send();
    world.office.ask(with_form(&world, "ajout"));
    let open = world.invite("Ouverte");
    let cancelled = world.invite("Annulée");
    let list = ListInvites {
        mission: world.mission,
    };
    let invite = world.office.ask(list)[0].id;
    world.office.ask(CancelInvite {
        mission: world.mission,
        invite,
    });
    fetch(&world.office);
    // The backup is put back, and nobody renews the epoch.
    let address = world.stop_server();
    std::fs::remove_dir_all(world.data.path()).expect("lost");
    copy(backup.path(), world.data.path());
    world.start_server(address);
    luc.write("note", &[("title", json!("après"))]);
    luc.send();
    fetch(&world.office);
    assert_eq!(
        titles(&world.office),
        ["après", "avant", "perdue au serveur"]
    );
    // Documents, card and invites are there again, and a desk that begins now knows them.
    let second = second_desk(&world);
    fetch(&second);
    let there = second.ask(ListOfficeMissions);
    assert_eq!(forms(&there[0]).len(), 2);
    assert_eq!(forms_of_a_phone(&world), 2);
    let zoe = Device::new();
    assert!(!zoe.join("Zoé", &open, &world.url).enrolment_pending);
    let looked = Device::new().try_ask(vigie_protocol::LookInvite {
        text: cancelled,
        origin: world.url.clone(),
    });
    assert!(
        matches!(looked, Err(Failure::Refused(Refusal::Invite(_)))),
        "{looked:?}"
    );
    let items = fetch(&world.office).len();
    assert_eq!(fetch(&world.office).len(), items, "nothing comes twice");
}

#[test]
fn the_keys_of_an_office_stay_when_the_servers_answer_is_lost_or_the_line_goes_down() {
    for fate in [Fate::RequestLost, Fate::AnswerLost] {
        let data = tempfile::TempDir::new().expect("a folder");
        let server =
            crate::common::Running::on(data.path(), "127.0.0.1:0".parse().expect("an address"));
        let office = Device::new();
        office.fate("POST", "/v1/office", fate);
        let create = CreateOffice {
            token: server.token.clone().expect("no office yet"),
            server: server.url.clone(),
            name: "Bureau".into(),
            passphrase: PASSPHRASE.into(),
        };
        office.ask(create);
        office.online.set(false);
        // Killed, and opened again where there is no network.
        let office = office.reopened();
        let (_, backup) = office.file(BackUpKey {
            file_passphrase: FILE_PASSPHRASE.into(),
        });
        office.ask(ProveBackup {
            backup,
            file_passphrase: FILE_PASSPHRASE.into(),
        });
        office.online.set(true);
        fetch(&office);
    }
}

#[test]
fn a_bundle_in_quarantine_is_counted_until_somebody_sets_it_aside_with_a_reason() {
    let world = World::new();
    let office = &world.office;
    let quarantined = |office: &Device| office.ask(CountAwaiting).quarantined;
    assert_eq!(office.ask(CountAwaiting), Awaiting::default());
    let bundle = office.ask(one_file("rien.age", b"rien".to_vec()))[0].bundle;
    assert_eq!(quarantined(office), 1);
    let reason = Some(" pas un envoi ".to_owned());
    let listed = office.ask(SetAside { bundle, reason });
    let aside = listed[0].aside.as_ref().expect("set aside");
    assert_eq!(aside.reason, "pas un envoi");
    let again = office.reopened();
    assert_eq!(quarantined(&again), 0);
    assert_eq!(fetch(&again), listed);
    let reason = None;
    assert_eq!(again.ask(SetAside { bundle, reason })[0].aside, None);
    assert_eq!(quarantined(&again), 1);
    // What was accepted is nothing to set aside.
    let ana = world.delegate("Ana");
    ana.write("note", &[("title", json!("Une"))]);
    ana.send();
    let taken = fetch(office)[0].bundle;
    let set_aside = SetAside {
        bundle: taken,
        reason: Some("x".into()),
    };
    assert_eq!(office.try_ask(set_aside), Err(Failure::NotFound));
}

#[test]
fn the_table_shows_what_came_in_one_bundle() {
    let world = World::new();
    let ana = world.delegate("Ana");
    ana.write("note", &[("title", json!("Une"))]);
    ana.send();
    let first = fetch(&world.office)[0].bundle;
    ana.write("note", &[("title", json!("Deux"))]);
    ana.send();
    let second = fetch(&world.office)[0].bundle;
    let shown = |office: &Device, bundle| {
        let request = GetTable {
            view: TableView {
                bundle: Some(bundle),
                ..TableView::default()
            },
            filter: Filter::default(),
            offset: 0,
            limit: 10,
        };
        let rows = office.ask(request).rows.into_iter();
        rows.map(|row| row.title).collect::<Vec<_>>()
    };
    for office in [&world.office, &world.office.reopened()] {
        assert_eq!(shown(office, first), ["Une"]);
        assert_eq!(shown(office, second), ["Deux"]);
        assert!(shown(office, vigie_model::BundleId([0; 32])).is_empty());
    }
}
