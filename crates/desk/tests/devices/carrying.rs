//! What one phone gives to another, which carries it to where there is a network: each entry once, whoever brings it.

use serde_json::json;
use vigie_protocol::{
    ChooseMission, ChosenFile, CreateInvites, CreateMission, DropCarried, EntryState, ExchangeView,
    Fetch, Filter, GetExchange, GetTable, GiveReceipts, ImportFiles, InboxItem, Join,
    ListOfficeMissions, OutcomeKind, Pack, RemoveDevice, ReviseMission, Row, SaidMission,
    TableView, TakeCarried, TakenBundles, TakenCarried, TakenReceipts,
};
use vigie_seal::{Identity, OpenError, envelope};
use vigie_vault::{Store, Table as StoreTable};

use crate::{
    common::{Device, EVERYTHING, Fate, World},
    rig::stage::{invite, say_mission},
};

/// A mission with two people who have its card; `shares`: each reads what the other writes.
fn two(shares: bool) -> (World, Device, Device) {
    let world = World::with(|mission| mission.said.share_with_team = shares);
    let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
    world.office.ask(Fetch);
    for device in [&ana, &luc] {
        device.send();
    }
    (world, ana, luc)
}

fn note(device: &Device, title: &str) -> vigie_model::RecordId {
    device.write("note", &[("title", json!(title))])
}

/// All that waits on a device, as a file.
fn given(device: &Device) -> Vec<u8> {
    device.packed().1
}

/// For how many a file of one bundle is sealed.
fn readers(file: &[u8]) -> usize {
    match envelope::open(file, &Identity::generate(), 1 << 20) {
        Err(OpenError::NotForUs(readers)) => readers,
        other => panic!("{other:?}"),
    }
}

fn take(world: &World, device: &Device, bytes: &[u8]) -> TakenCarried {
    device.ask(TakeCarried {
        mission: Some(world.mission),
        bytes: bytes.to_vec(),
    })
}

fn bundles(new: usize) -> TakenBundles {
    TakenBundles {
        new,
        ..TakenBundles::default()
    }
}

fn rows(office: &Device) -> Vec<Row> {
    office
        .ask(GetTable {
            view: TableView::default(),
            filter: Filter::default(),
            offset: 0,
            limit: 100,
        })
        .rows
}

fn titles(office: &Device) -> Vec<String> {
    let mut titles: Vec<String> = rows(office).into_iter().map(|row| row.title).collect();
    titles.sort();
    titles
}

fn state(device: &Device) -> EntryState {
    device.entries()[0].state
}

fn carried(view: &ExchangeView) -> (usize, usize) {
    (view.carrying, view.brought)
}

#[test]
fn somebody_else_brings_what_was_written_without_a_network_and_its_author_hears_of_it() {
    let (world, ana, luc) = two(false);
    ana.online.set(false);
    luc.online.set(false);
    note(&ana, "À la frontière");
    let file = given(&ana);
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(bundles(1)));
    // It is kept before it is said to be taken, and is nobody's entry here.
    let luc = luc.reopened();
    let view = luc.ask(GetExchange);
    assert_eq!(carried(&view), (1, 0), "{view:?}");
    assert!(view.bundles.is_empty() && luc.entries().is_empty());
    assert!(!view.all_received, "this phone is not to be wiped yet");
    assert_eq!(view.carried[0].mission, "Mission Haïti");
    luc.online.set(true);
    let view = luc.send();
    assert_eq!(carried(&view), (0, 1), "{view:?}");
    assert!(view.all_received);
    let items: Vec<InboxItem> = world.office.ask(Fetch);
    assert_eq!(items[0].from, "Ana");
    assert_eq!(titles(&world.office), ["À la frontière"]);
    // Her phone has it until the office says so.
    assert_eq!(state(&ana), EntryState::Going);
    ana.online.set(true);
    ana.send();
    let view = ana.send();
    assert!(view.all_received && view.counts.received == 1, "{view:?}");
    world.office.ask(Fetch);
    assert_eq!(rows(&world.office).len(), 1);
    assert_eq!(rows(&world.office)[0].versions, 1);
}

#[test]
fn it_is_taken_once_brought_once_and_carried_on_by_a_third_phone_or_a_file() {
    let (world, ana, luc) = two(false);
    let rosa = world.delegate("Rosa");
    ana.online.set(false);
    luc.online.set(false);
    note(&ana, "Une");
    note(&luc, "De Luc");
    let file = given(&ana);
    take(&world, &luc, &file);
    let again = TakenBundles {
        known: 1,
        ..TakenBundles::default()
    };
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(again));
    // What Luc gives has his own and hers; Rosa brings both, and the office is given the same file.
    let both = given(&luc);
    assert_eq!(
        take(&world, &rosa, &both),
        TakenCarried::Bundles(bundles(2))
    );
    assert_eq!(carried(&rosa.send()), (0, 2));
    world.office.ask(Fetch);
    let files = vec![ChosenFile {
        name: "les-deux.tar".into(),
        bytes: both.clone(),
    }];
    world.office.ask(ImportFiles { files });
    luc.online.set(true);
    assert_eq!(carried(&luc.send()), (0, 1), "200: the server has it");
    ana.online.set(true);
    ana.send();
    world.office.ask(Fetch);
    assert_eq!(titles(&world.office), ["De Luc", "Une"]);
    for device in [&ana, &luc] {
        let view = device.send();
        assert!(view.all_received && view.counts.received == 1, "{view:?}");
    }
    // What was brought is not carried again.
    let again = TakenBundles {
        known: 2,
        ..TakenBundles::default()
    };
    let rosa = rosa.reopened();
    assert_eq!(take(&world, &rosa, &both), TakenCarried::Bundles(again));
    assert_eq!(carried(&rosa.send()), (0, 2));
}

#[test]
fn where_the_mission_shares_it_is_read_at_once_without_a_network_and_not_twice_after() {
    let (world, ana, luc) = two(true);
    ana.online.set(false);
    luc.online.set(false);
    note(&ana, "Vu par Ana");
    let file = given(&ana);
    let read = TakenBundles {
        entries: 1,
        ..bundles(1)
    };
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(read));
    let there = luc.entries();
    assert_eq!(there.len(), 1);
    assert_eq!(
        (there[0].title.as_str(), there[0].state),
        ("Vu par Ana", EntryState::Team)
    );
    luc.online.set(true);
    luc.send();
    ana.online.set(true);
    ana.send();
    let view = luc.send();
    assert_eq!(view.team.expect("a team").entries, 1);
    assert_eq!(luc.entries().len(), 1);
    world.office.ask(Fetch);
    assert_eq!(rows(&world.office).len(), 1);
}

#[test]
fn what_was_marked_secret_after_it_was_sealed_is_given_to_the_office_alone() {
    let (world, ana, luc) = two(true);
    ana.online.set(false);
    luc.online.set(false);
    let rec = note(&ana, "Qui parle");
    let open = given(&ana);
    assert_eq!(readers(&open), 2, "the office, and Luc");
    ana.change(rec, &[("sensitivity", json!("secret"))]);
    let packed = ana.ask(Pack {
        from: 0,
        limit: u64::MAX,
    });
    let file = packed.file.expect("two bundles").bytes;
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(bundles(2)));
    assert!(luc.entries().is_empty(), "nothing of it is Luc's to read");
    // The office has all of it, also where the file of before reached it too.
    luc.online.set(true);
    luc.send();
    world.office.ask(Fetch);
    assert_eq!(titles(&world.office), ["Qui parle"]);
    assert_eq!(rows(&world.office)[0].versions, 2);
    let files = vec![ChosenFile {
        name: "avant.age".into(),
        bytes: open,
    }];
    world.office.ask(ImportFiles { files });
    assert_eq!(rows(&world.office)[0].versions, 2);
    ana.online.set(true);
    ana.send();
    world.office.ask(Fetch);
    let view = ana.send();
    assert!(view.all_received && view.counts.received == 1, "{view:?}");
    luc.send();
    assert!(luc.entries().is_empty());
}

#[test]
fn what_became_secret_is_not_given_either_once_the_server_has_it_or_nobody_can_seal_it_anew() {
    let (world, ana, luc) = two(true);
    ana.online.set(false);
    let rec = note(&ana, "Qui parle");
    given(&ana);
    ana.change(rec, &[("sensitivity", json!("secret"))]);
    ana.online.set(true);
    ana.send();
    // The office has it at the server; what is sealed for Luc too stays here.
    let packed = ana.ask(EVERYTHING);
    assert_eq!(packed.held, 1, "{packed:?}");
    let file = packed.file.expect("the mark").bytes;
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(bundles(1)));
    assert!(luc.entries().is_empty());
    luc.send();
    assert!(luc.entries().is_empty());
    world.office.ask(Fetch);
    assert_eq!(titles(&world.office), ["Qui parle"]);
    assert_eq!(rows(&world.office)[0].versions, 2);
    let packed = {
        ana.send();
        ana.ask(EVERYTHING)
    };
    assert_eq!((packed.file, packed.held), (None, 0));
}

#[test]
fn a_mission_that_shares_no_more_gives_nothing_that_was_sealed_for_its_people() {
    let (world, ana, luc) = two(true);
    ana.online.set(false);
    note(&ana, "Pour l'équipe, alors");
    assert_eq!(readers(&given(&ana)), 2, "the office, and Luc");
    ana.online.set(true);
    ana.line(|sent| match sent.path.starts_with("/v1/bundles/") {
        true => Fate::RequestLost,
        false => Fate::Passes,
    });
    let said = SaidMission {
        share_with_team: false,
        ..world.office.ask(ListOfficeMissions)[0].said.clone()
    };
    let mission = world.mission;
    world.office.ask(ReviseMission { mission, said });
    ana.send();
    ana.online.set(false);
    let file = given(&ana);
    assert_eq!(readers(&file), 1, "the office alone");
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(bundles(1)));
    assert!(luc.entries().is_empty());
}

#[test]
fn what_is_of_several_missions_goes_to_each_and_to_nobody_who_is_not_of_it() {
    let (world, ana, luc) = two(false);
    let second = world.office.ask(CreateMission {
        mission: say_mission("Stage Codevi"),
    });
    let invites = world.office.ask(CreateInvites {
        mission: second,
        labels: vec!["Ana".into(), "Rosa".into()],
        days: 7,
    });
    ana.ask(Join {
        invite: invite(&invites[0].link),
        replace: None,
    });
    let rosa = Device::new();
    rosa.join("Rosa", &invites[1].link, &world.url);
    for device in [&ana, &rosa] {
        device.send();
    }
    world.office.ask(Fetch);
    // One of the first mission, then one of the second: the file says to those who know it which is which.
    ana.online.set(false);
    for (mission, title) in [(world.mission, "Haïti"), (second, "Codevi")] {
        ana.ask(ChooseMission { mission });
        note(&ana, title);
    }
    let file = given(&ana);
    let one = TakenBundles {
        refused: 1,
        ..bundles(1)
    };
    for (device, mission) in [(&luc, world.mission), (&rosa, second)] {
        let taken = device.ask(TakeCarried {
            mission: None,
            bytes: file.clone(),
        });
        assert_eq!(taken, TakenCarried::Bundles(one), "{mission}");
        assert_eq!(carried(&device.send()), (0, 1));
    }
    world.office.ask(Fetch);
    assert_eq!(titles(&world.office), ["Codevi", "Haïti"]);
    ana.online.set(true);
    ana.send();
    assert!(ana.send().all_received);
}

#[test]
fn nothing_is_taken_of_what_is_cut_forged_no_bundle_or_of_a_mission_that_is_not_ones_own() {
    let (world, ana, luc) = two(true);
    ana.online.set(false);
    note(&ana, "Une");
    let file = given(&ana);
    let refused = TakenBundles {
        refused: 1,
        ..TakenBundles::default()
    };
    for bytes in [&b""[..], b"une photo", b"{\"receipts\": 3}", &file[1..]] {
        assert_eq!(take(&world, &luc, bytes), TakenCarried::Nothing);
    }
    // Sealed for Luc too, so he sees that it is not whole.
    let cut = &file[..file.len() - 1];
    assert_eq!(take(&world, &luc, cut), TakenCarried::Bundles(refused));
    let mut changed = file.clone();
    *changed.last_mut().expect("a byte") ^= 1;
    assert_eq!(take(&world, &luc, &changed), TakenCarried::Bundles(refused));
    let of_another = luc.ask(TakeCarried {
        mission: Some(vigie_model::MissionId::MIN),
        bytes: file.clone(),
    });
    assert_eq!(of_another, TakenCarried::NoMission);
    assert_eq!(carried(&luc.ask(GetExchange)), (0, 0));
    // An archive that is cut gives what is whole in it.
    note(&ana, "Deux");
    let both = given(&ana);
    let cut = &both[..both.len() - 1_024 - 600];
    let half = TakenBundles {
        refused: 1,
        entries: 1,
        ..bundles(1)
    };
    assert_eq!(take(&world, &luc, cut), TakenCarried::Bundles(half));
}

#[test]
fn who_carries_may_stop_and_hears_by_a_file_that_the_office_has_it() {
    let (world, ana, luc) = two(false);
    ana.online.set(false);
    luc.online.set(false);
    note(&ana, "Une");
    let file = given(&ana);
    take(&world, &luc, &file);
    for _ in 0..2 {
        assert_eq!(carried(&luc.ask(DropCarried)), (0, 0));
    }
    let kept = futures::executor::block_on(luc.store.all(StoreTable::Blobs));
    assert!(kept.expect("a store").is_empty(), "nothing of it stays");
    // He may take it again; then the office gets his file, and its receipts are Ana's and his to carry.
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(bundles(1)));
    let files = vec![ChosenFile {
        name: "de-luc.age".into(),
        bytes: given(&luc),
    }];
    let items = world.office.ask(ImportFiles { files });
    let bundles = items.iter().map(|item| item.bundle).collect();
    let (_, receipts) = world.office.file(GiveReceipts { bundles });
    let received = |entries, carried| {
        TakenCarried::Received(TakenReceipts {
            entries,
            carried,
            also: 0,
        })
    };
    assert_eq!(take(&world, &luc, &receipts), received(0, 1));
    assert_eq!(carried(&luc.reopened().ask(GetExchange)), (0, 1));
    assert_eq!(take(&world, &ana, &receipts), received(1, 0));
    assert_eq!(state(&ana), EntryState::Received);
    // Nobody's own bundle is carried for her.
    assert_eq!(
        take(&world, &ana, &file),
        TakenCarried::Bundles(TakenBundles {
            known: 1,
            ..TakenBundles::default()
        })
    );
}

#[test]
fn a_phone_that_the_office_removed_brings_nothing_and_its_own_waits_for_nothing_that_it_carries() {
    let (world, ana, luc) = two(false);
    ana.online.set(false);
    note(&ana, "Une");
    let file = given(&ana);
    take(&world, &luc, &file);
    let missions = world.office.ask(ListOfficeMissions);
    let mut devices = missions.iter().flat_map(|mission| &mission.devices);
    let lucs = devices.find(|device| device.name == "Luc").expect("Luc's");
    let device = lucs.device;
    world.office.ask(RemoveDevice { device });
    let view = luc.send();
    assert_eq!(carried(&view), (1, 0), "{view:?}");
    assert!(view.carried[0].stays);
    assert_ne!(view.last.expect("an outcome").result, OutcomeKind::Fine);
    assert_eq!(take(&world, &luc, &file), TakenCarried::NoMission);
    // Nor does one that has an invite and has not joined yet.
    let rosa = Device::new();
    rosa.online.set(false);
    rosa.join("Rosa", &world.invite("Rosa"), &world.url);
    let taken = rosa.ask(TakeCarried {
        mission: None,
        bytes: file.clone(),
    });
    assert_eq!(taken, TakenCarried::NoMission);
    // A file of it reaches the office all the same: it is Ana's.
    let files = vec![ChosenFile {
        name: "de-luc.age".into(),
        bytes: given(&luc),
    }];
    world.office.ask(ImportFiles { files });
    assert_eq!(titles(&world.office), ["Une"]);
    // Invited again, it brings what it was given once more.
    luc.ask(Join {
        invite: invite(&world.invite("Luc, de nouveau")),
        replace: None,
    });
    luc.send();
    assert_eq!(take(&world, &luc, &file), TakenCarried::Bundles(bundles(1)));
    assert_eq!(carried(&luc.send()), (0, 1));
}

#[test]
fn a_phone_carries_so_many_and_no_more_whoever_gives_them() {
    let (world, ana, luc) = two(false);
    luc.online.set(false);
    let reader = [Identity::generate().recipient()];
    let mut last = TakenCarried::Nothing;
    for n in 0..501_u32 {
        let sealed = envelope::seal(&n.to_le_bytes(), &reader).expect("a reader");
        last = take(&world, &luc, &sealed);
    }
    let too_many = TakenBundles {
        too_many: 1,
        ..TakenBundles::default()
    };
    assert_eq!(last, TakenCarried::Bundles(too_many));
    assert_eq!(carried(&luc.reopened().ask(GetExchange)), (500, 0));
    // His own leave before all that, whenever they were written.
    note(&luc, "De Luc");
    luc.online.set(true);
    let first = std::rc::Rc::new(std::cell::RefCell::new(None));
    let seen = first.clone();
    luc.line(move |sent| {
        if sent.method.as_str() == "PUT" && sent.path.starts_with("/v1/bundles/") {
            seen.borrow_mut().get_or_insert(sent.path.clone());
        }
        Fate::Passes
    });
    let view = luc.send();
    let own = view.bundles[0].id.to_string();
    let first = first.borrow().clone().expect("something was sent");
    assert!(first.contains(&own), "{first}, {own}");
    drop(ana);
}
