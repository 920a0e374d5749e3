//! What delegates write reaches each other without waiting for the office, sealed for each of them, and nobody else.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use serde_json::json;
use vigie_model::RecordId;
use vigie_protocol::{
    DeviceView, EntryState, Fetch, Filter, GetExchange, GetTable, ListOfficeMissions, Refusal,
    RemoveDevice, ReviseMission, SaidMission, Settle, Step, TableView, TeamView, Why,
};
use vigie_seal::{CardError, Identity, OpenError, envelope, turned::CardBytes};

use crate::common::{Device, Fate, World, one_file};

/// A mission that shares, with these people, whom its card names and who all have it.
fn team<const N: usize>(names: [&str; N]) -> (World, [Device; N]) {
    let world = World::with(|mission| mission.said.share_with_team = true);
    let devices = names.map(|name| world.delegate(name));
    world.office.ask(Fetch);
    for device in &devices {
        device.send();
    }
    (world, devices)
}

fn note(device: &Device, title: &str) -> RecordId {
    device.write("note", &[("title", json!(title))])
}

fn titles(device: &Device) -> Vec<String> {
    let entries = device.entries().into_iter();
    let mut titles: Vec<String> = entries.map(|entry| entry.title).collect();
    titles.sort();
    titles
}

/// For how many a file of one bundle is sealed.
fn readers(file: &[u8]) -> usize {
    match envelope::open(file, &Identity::generate(), 1 << 20) {
        Err(OpenError::NotForUs(readers)) => readers,
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_delegates_write_on_one_contact_and_settle_it_while_no_desk_is_open() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    let rec = ana.write(
        "contact",
        &[("name", json!("Wilson")), ("phone", json!("555-0000"))],
    );
    ana.send();
    luc.send();
    assert_eq!(luc.edit(Some(rec), "").fields["phone"], json!("555-0000"));
    ana.change(rec, &[("phone", json!("555-1111"))]);
    luc.change(rec, &[("phone", json!("555-2222"))]);
    for device in [&ana, &luc, &ana] {
        device.send();
    }
    for device in [&ana, &luc] {
        let again = device.reopened();
        assert_eq!(again.counts().conflicts, 1);
        let conflicts = again.edit(Some(rec), "").conflicts;
        let values = conflicts[0].values.iter();
        let mut by: Vec<&str> = values.map(|side| side.by.as_str()).collect();
        by.sort_unstable();
        assert_eq!(by, ["Ana", "Luc"]);
    }
    ana.ask(Settle {
        rec,
        field: "phone".into(),
        value: json!("555-2222"),
        reason: "appelé".into(),
    });
    ana.send();
    luc.send();
    assert_eq!(luc.counts().conflicts, 0);
    assert_eq!(luc.edit(Some(rec), "").fields["phone"], json!("555-2222"));
    world.office.ask(Fetch);
    let table = world.office.ask(GetTable {
        view: TableView::default(),
        filter: Filter::default(),
        offset: 0,
        limit: 10,
    });
    assert_eq!((table.total, table.rows[0].conflict), (1, false));
}

#[test]
fn what_another_person_wrote_is_called_received_only_once_something_on_it_is_ours_and_is() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    let rec = note(&ana, "Vu par Ana");
    note(&ana, "Autre chose");
    ana.send();
    luc.send();
    let stands = |device: &Device| {
        let counts = device.counts();
        let entry = device.entries().into_iter().find(|entry| entry.rec == rec);
        let counts = [counts.here, counts.stored, counts.received, counts.team];
        (entry.expect("the note").state, counts)
    };
    // No desk was opened: the office has neither.
    assert_eq!(stands(&luc), (EntryState::Team, [0, 0, 0, 2]));
    assert_eq!(stands(&luc.reopened()), (EntryState::Team, [0, 0, 0, 2]));
    assert_eq!(luc.edit(Some(rec), "").state, EntryState::Team);
    luc.change(rec, &[("place", json!("Ouanaminthe"))]);
    assert_eq!(stands(&luc), (EntryState::Here, [1, 0, 0, 1]));
    luc.send();
    assert_eq!(stands(&luc), (EntryState::Stored, [0, 1, 0, 1]));
    world.office.ask(Fetch);
    luc.send();
    assert_eq!(stands(&luc), (EntryState::Received, [0, 0, 1, 1]));
    // What Ana writes on it later changes nothing of that.
    ana.change(rec, &[("text", json!("Encore"))]);
    ana.send();
    luc.send();
    assert_eq!(stands(&luc), (EntryState::Received, [0, 0, 1, 1]));
}

#[test]
fn the_exchange_says_what_came_of_the_team_and_when_and_that_nothing_did() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    let none = Some(TeamView {
        entries: 0,
        last: None,
    });
    assert_eq!(luc.send().team, none);
    let rec = note(&ana, "Vu par Ana");
    ana.send();
    let view = luc.send().team.expect("a team");
    let first = view.last.expect("a moment");
    assert_eq!(view.entries, 1);
    assert_eq!(ana.send().team, none, "her own is not the team's");
    let again = luc.reopened();
    assert_eq!(again.ask(GetExchange).team, Some(view));
    // A change of the same entry is something that came, and no other entry.
    ana.change(rec, &[("text", json!("Encore"))]);
    ana.send();
    let view = again.send().team.expect("a team");
    assert_eq!(view.entries, 1);
    assert!(view.last > Some(first), "{view:?}");
    // Alone in a mission that shares with nobody, there is no team to speak of.
    let alone = World::new().delegate("Rosa");
    assert_eq!(alone.send().team, None);
    drop(world);
}

#[test]
fn what_is_secret_goes_to_the_office_alone_and_what_became_secret_goes_no_further() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    note(&ana, "Avant");
    let secret = [("title", json!("Secret")), ("sensitivity", json!("secret"))];
    ana.write("note", &secret);
    let became = note(&ana, "Ouvert, puis secret");
    ana.send();
    luc.send();
    assert_eq!(titles(&luc), ["Avant", "Ouvert, puis secret"]);
    ana.change(
        became,
        &[
            ("title", json!("Nom d’une personne")),
            ("sensitivity", json!("secret")),
        ],
    );
    ana.send();
    world.office.ask(Fetch);
    luc.send();
    assert_eq!(titles(&luc), ["Avant", "Ouvert, puis secret"]);
    // It is no secret any more: then all of it is given, what was secret then too.
    ana.change(became, &[("sensitivity", json!("open"))]);
    ana.send();
    world.office.ask(Fetch);
    luc.send();
    assert_eq!(titles(&luc), ["Avant", "Nom d’une personne"]);
}

#[test]
fn sealed_for_the_team_and_marked_secret_before_it_left_it_is_the_office_s_alone() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    let rec = note(&ana, "Nom d’une personne");
    // Sealed as a file, and the line is away.
    ana.online.set(false);
    let (_, file) = ana.packed();
    assert_eq!(readers(&file), 2, "the office and Luc");
    ana.change(rec, &[("sensitivity", json!("secret"))]);
    ana.online.set(true);
    ana.send();
    luc.send();
    world.office.ask(Fetch);
    luc.send();
    assert!(titles(&luc).is_empty());
}

#[test]
fn who_comes_later_is_given_what_was_there_and_then_all_that_comes() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    note(&ana, "Avant Rosa");
    note(&luc, "Avant Rosa, de Luc");
    ana.send();
    luc.send();
    let outside = || -> Vec<String> {
        let devices = world.office.ask(ListOfficeMissions).remove(0).devices;
        let outside = devices.into_iter().filter(|device| device.outside_team);
        outside.map(|device| device.name).collect()
    };
    let rosa = world.delegate("Rosa");
    assert!(titles(&rosa).is_empty());
    assert_eq!(rosa.missions()[0].team, 0, "nobody would take it yet");
    note(&rosa, "De Rosa, trop tôt");
    rosa.send();
    assert!(outside().is_empty(), "the office has not heard of her");
    // Written before their phones heard of Rosa, and sent after the office did.
    note(&ana, "Entre deux");
    world.office.ask(Fetch);
    ana.fate("GET", "/v1/cards/", Fate::RequestLost);
    ana.send();
    world.office.ask(Fetch);
    rosa.send();
    assert!(outside().is_empty());
    assert_eq!(rosa.missions()[0].team, 2, "Ana and Luc");
    assert_eq!(
        titles(&rosa),
        [
            "Avant Rosa",
            "Avant Rosa, de Luc",
            "De Rosa, trop tôt",
            "Entre deux"
        ]
    );
    ana.send();
    assert_eq!(
        titles(&ana).len(),
        4,
        "the office gave what she wrote before"
    );
    note(&ana, "Après");
    ana.send();
    rosa.send();
    assert_eq!(titles(&rosa).len(), 5);
    // One that knows nothing of teams, as a phone of before: the desk says so.
    let pia = Device::new();
    pia.line(|request| match request.path.starts_with("/v1/team/") {
        true => Fate::RequestLost,
        false => Fate::Passes,
    });
    pia.join("Pia", &world.invite("Pia"), &world.url);
    note(&pia, "De Pia");
    pia.send();
    world.office.ask(Fetch);
    assert_eq!(outside(), ["Pia"]);
    rosa.send();
    assert_eq!(titles(&rosa).len(), 6, "the office gives it");
}

#[test]
fn what_came_as_a_file_and_what_a_desk_settled_reach_the_team_by_the_office() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    let rec = ana.write("contact", &[("phone", json!("1"))]);
    ana.send();
    luc.send();
    ana.change(rec, &[("phone", json!("11"))]);
    luc.online.set(false);
    luc.change(rec, &[("phone", json!("22"))]);
    let (_, file) = luc.packed();
    world.office.ask(one_file("luc.age", file));
    ana.send();
    world.office.ask(Fetch);
    ana.send();
    assert_eq!(ana.counts().conflicts, 1);
    world.office.ask(Settle {
        rec,
        field: "phone".into(),
        value: json!("22"),
        reason: "appelé".into(),
    });
    world.office.ask(Fetch);
    ana.send();
    assert_eq!(ana.counts().conflicts, 0);
    assert_eq!(ana.edit(Some(rec), "").fields["phone"], json!("22"));
}

#[test]
fn nothing_more_is_sealed_for_a_removed_device_and_what_it_had_sent_is_not_lost() {
    let (world, [ana, luc, rosa]) = team(["Ana", "Luc", "Rosa"]);
    note(&luc, "De Luc, avant");
    luc.send();
    note(&ana, "Scellée avant");
    ana.online.set(false);
    assert_eq!(readers(&ana.packed().1), 3, "office, Luc, Rosa");
    world.office.clock.set(vigie_mailbox::mailbox::now().0);
    let missions = world.office.ask(ListOfficeMissions);
    let devices = &missions[0].devices;
    let lost = devices.iter().find(|device| device.name == "Luc").unwrap();
    world.office.ask(RemoveDevice {
        device: lost.device,
    });
    world.office.ask(Fetch);
    luc.send();
    rosa.send();
    assert_eq!(titles(&rosa), ["De Luc, avant"], "by the office");
    ana.online.set(true);
    ana.send();
    luc.send();
    assert_eq!(titles(&luc), ["De Luc, avant"]);
    world.office.ask(Fetch);
    ana.send();
    let after = note(&ana, "Après");
    ana.online.set(false);
    let (_, file) = ana.packed();
    assert_eq!(readers(&file), 2, "office, Rosa");
    ana.online.set(true);
    ana.send();
    assert_eq!(
        ana.entries()
            .iter()
            .find(|entry| entry.rec == after)
            .unwrap()
            .state,
        EntryState::Stored
    );
    // What it wrote in the field after that stays with it.
    note(&luc, "De Luc, après");
    luc.send();
    rosa.send();
    assert_eq!(titles(&rosa), ["Après", "De Luc, avant", "Scellée avant"]);
}

#[test]
fn a_mission_that_shares_no_more_seals_for_the_office_alone_and_may_share_again() {
    let (world, [ana, luc]) = team(["Ana", "Luc"]);
    assert_eq!(luc.missions()[0].team, 1);
    let said = |share_with_team| {
        let said = world.office.ask(ListOfficeMissions)[0].said.clone();
        SaidMission {
            share_with_team,
            ..said
        }
    };
    let again = |share: bool| {
        world.office.ask(ReviseMission {
            mission: world.mission,
            said: said(share),
        });
        for device in [&ana, &luc] {
            device.send();
        }
    };
    again(false);
    note(&ana, "Pour le bureau");
    ana.send();
    luc.send();
    assert!(titles(&luc).is_empty());
    world.office.ask(Fetch);
    again(true);
    world.office.ask(Fetch);
    luc.send();
    assert_eq!(titles(&luc), ["Pour le bureau"]);
}

#[test]
fn a_round_that_is_cut_at_any_request_brings_everything_once_in_the_end() {
    let (_world, [ana, luc]) = team(["Ana", "Luc"]);
    for title in ["Un", "Deux"] {
        note(&ana, title);
        ana.send();
    }
    let mut cuts = 0;
    loop {
        for answer_lost in [false, true] {
            let phone = luc.reopened();
            let asked = Rc::new(Cell::new(0));
            let so_far = Rc::clone(&asked);
            phone.line(move |_| {
                so_far.set(so_far.get() + 1);
                match (so_far.get() - 1, answer_lost) {
                    (now, false) if now >= cuts => Fate::RequestLost,
                    (now, true) if now >= cuts => Fate::AnswerLost,
                    _ => Fate::Passes,
                }
            });
            phone.send();
            phone.line_mended();
            let whole = asked.get() <= cuts;
            let phone = phone.reopened();
            phone.send();
            assert_eq!(titles(&phone), ["Deux", "Un"], "{cuts}");
            if whole {
                return;
            }
        }
        cuts += 1;
        assert!(cuts < 50);
    }
}

#[test]
fn a_server_that_is_set_back_or_lies_of_its_numbers_is_read_again_and_nothing_comes_twice() {
    let (_world, [ana, luc]) = team(["Ana", "Luc"]);
    note(&ana, "Un");
    ana.send();
    luc.send();
    let entries = luc.counts().team;
    for epoch in ["11", "22"] {
        let other = epoch.repeat(16);
        luc.line(move |request| match request.path.starts_with("/v1/team/") {
            true if request.path.contains('?') => Fate::Answered(vigie_exchange::Response {
                status: 200,
                body: json!({
                    "letters": [], "next": 9_999, "more": true, "epoch": other, "last": 10_000,
                })
                .to_string()
                .into_bytes(),
                ..Default::default()
            }),
            _ => Fate::Passes,
        });
        let view = luc.send();
        assert!(view.troubles.is_empty(), "{view:?}");
    }
    luc.line_mended();
    note(&ana, "Deux");
    ana.send();
    luc.send();
    assert_eq!(titles(&luc), ["Deux", "Un"]);
    assert_eq!(luc.counts().team, entries + 1);
    // Other bytes than those that were named: passed over, or asked for again, and no stop.
    luc.line(|request| {
        let is_letter = request.path.starts_with("/v1/team/") && !request.path.contains('?');
        match is_letter {
            true => Fate::Answered(vigie_exchange::Response {
                status: 200,
                body: b"age-encryption.org/v1\n".to_vec(),
                ..Default::default()
            }),
            false => Fate::Passes,
        }
    });
    note(&ana, "Trois");
    ana.send();
    let view = luc.send();
    assert!(
        view.troubles
            .iter()
            .all(|trouble| trouble.step == Step::Team),
        "{view:?}"
    );
    luc.line_mended();
    // One that the server could not give keeps no other from coming, and is asked for again, after a start too.
    let luc = luc.reopened();
    note(&ana, "Quatre");
    ana.send();
    luc.send();
    assert_eq!(titles(&luc), ["Deux", "Quatre", "Trois", "Un"]);
}

fn whys(device: &Device) -> Vec<Why> {
    let troubles = device.send().troubles.into_iter();
    troubles.map(|trouble| trouble.why).collect()
}

#[test]
fn the_key_turns_from_a_removed_device_and_everybody_else_goes_on() {
    for share in [false, true] {
        let world = World::with(|mission| mission.said.share_with_team = share);
        let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
        // Nobody has heard yet what is sealed for him.
        let paul = Device::new();
        paul.line(|request| match request.path.starts_with("/v1/members") {
            true => Fate::RequestLost,
            false => Fate::Passes,
        });
        paul.join("Paul", &world.invite("Paul"), &world.url);
        world.office.ask(Fetch);
        for device in [&ana, &luc] {
            device.send();
        }
        let waiting = world.invite("Rosa");
        let before = world.held(&waiting);
        let published = Rc::new(RefCell::new(Vec::new()));
        let cards = Rc::clone(&published);
        world.office.line(move |request| {
            if request.path.starts_with("/v1/cards/") {
                cards.borrow_mut().push(request.body.clone());
            }
            Fate::Passes
        });
        world.office.clock.set(vigie_mailbox::mailbox::now().0);
        let missions = world.office.ask(ListOfficeMissions);
        let mut devices = missions[0].devices.iter();
        let lost = devices.find(|device| device.name == "Luc").unwrap().device;
        world.office.ask(RemoveDevice { device: lost });
        let said = SaidMission {
            name: "Sans Luc".into(),
            ..missions[0].said.clone()
        };
        world.office.ask(ReviseMission {
            mission: world.mission,
            said,
        });
        // With the key that Luc has, none of them opens.
        let published = published.take();
        assert!(!published.is_empty());
        for card in &published {
            let opened = vigie_seal::open_card(
                CardBytes::of(card).boxed,
                &before.office,
                &before.mission_key,
            );
            assert_eq!(opened, Err(CardError::DoesNotOpen), "{share}");
        }
        luc.send();
        assert_ne!(luc.missions()[0].name, "Sans Luc");
        assert_eq!(whys(&ana), [], "{share}");
        assert_eq!(ana.missions()[0].name, "Sans Luc");
        // An invite of before has the new key, and no desk is asked.
        assert_ne!(world.held(&waiting).mission_key, before.mission_key);
        let rosa = Device::new();
        rosa.join("Rosa", &waiting, &world.url);
        assert_eq!(whys(&rosa), [], "{share}");
        assert_eq!(rosa.missions()[0].name, "Sans Luc");
        // Who was not heard of goes on with the card that he has, and is let in by the next exchange of each.
        paul.line_mended();
        note(&paul, "De Paul");
        let turned = Why::Refused(Refusal::KeyTurned);
        assert_eq!(whys(&paul), std::slice::from_ref(&turned), "{share}");
        assert_eq!(paul.entries()[0].state, EntryState::Stored);
        assert_ne!(paul.missions()[0].name, "Sans Luc");
        let keyless = || -> Vec<String> {
            let devices = world.office.ask(ListOfficeMissions).remove(0).devices;
            let lack = |device: &DeviceView| device.keyless && device.removed.is_none();
            let devices = devices.into_iter().filter(lack);
            devices.map(|device| device.name).collect()
        };
        assert!(keyless().contains(&"Paul".to_owned()), "{share}");
        // A phone that is shut meanwhile asks again, and so does one whose answer is the same.
        let paul = paul.killed();
        paul.unlock();
        assert_eq!(whys(&paul), std::slice::from_ref(&turned));
        assert_eq!(whys(&paul), [turned]);
        world.office.ask(Fetch);
        assert!(keyless().is_empty(), "{share}");
        assert_eq!(whys(&paul), [], "{share}");
        assert_eq!(paul.missions()[0].name, "Sans Luc");
        // The key is kept with the card: the next one opens by it, and after a shut phone too.
        let ana = ana.killed();
        ana.unlock();
        world.office.ask(Fetch);
        assert_eq!(whys(&ana), [], "{share}");
    }
}
