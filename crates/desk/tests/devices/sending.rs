//! A round of sending when things break: what fails is its own, and stops nothing else.

use crate::{
    common::{Device, Fate, World},
    rig::stage::say_mission,
};
use futures::executor::block_on;
use serde_json::json;
use vigie_exchange::{
    Client, Request as Sent, Response,
    api::{Code, Problem},
};
use vigie_model::{MissionId, MissionKind, RecordId, Timestamp};
use vigie_protocol::{
    AutoLock, BackUpKey, ChooseMission, CreateInvites, CreateMission, CreateVault, EntryState,
    Failure, Fetch, GetExchange, InviteProblem, InviteText, Join, OutcomeKind, Refusal,
    ReviseMission, SendNow, Step, Trouble, Why,
};
use vigie_seal::SigningKey;
use vigie_vault::{Change, Store, StoreError, Table};
use vigie_wire::Wire;

fn note(device: &Device, title: &str) -> RecordId {
    device.write("note", &[("title", json!(title))])
}

fn state(device: &Device, rec: RecordId) -> EntryState {
    let found = device.entries().into_iter().find(|entry| entry.rec == rec);
    found.expect("an entry").state
}

fn fetch(world: &World) {
    world.office.ask(Fetch);
}

fn status(status: u16) -> Fate {
    Fate::Answered(Response {
        status,
        ..Response::default()
    })
}

fn problem(code: Code) -> Fate {
    let problem = Problem::new(code);
    Fate::Answered(Response {
        status: problem.status,
        body: serde_json::to_vec(&problem).expect("JSON"),
        ..Response::default()
    })
}

fn is(request: &Sent, method: &str, path: &str) -> bool {
    request.method.as_str() == method && request.path.starts_with(path)
}

/// Overwrites a row; answers what it was.
fn damage(device: &Device, table: Table, key: &str) -> Vec<u8> {
    let before = block_on(device.store.get(table, key)).expect("a store");
    let change = Change::Put {
        table,
        key: key.to_owned(),
        bytes: vec![7; 40],
    };
    block_on(device.store.commit(vec![change])).expect("a store");
    before.expect("a row to damage")
}

fn put(device: &Device, table: Table, key: &str, bytes: Vec<u8>) {
    let key = key.to_owned();
    block_on(device.store.commit(vec![Change::Put { table, key, bytes }])).expect("a store");
}

fn trouble(step: Step, why: Why) -> Trouble {
    Trouble {
        mission: "Mission Haïti".into(),
        step,
        why,
    }
}

/// A second mission of the same office, joined by the same device.
fn second_mission(world: &World, device: &Device) {
    let mission = vigie_protocol::NewMission {
        said: vigie_protocol::SaidMission {
            name: "Mission Chiapas".into(),
            kind: MissionKind::Observation,
            starts: "2026-10-01".into(),
            ends: "2026-10-20".into(),
            languages: vec!["es".into()],
            keep_readable: true,
            share_with_team: false,
            record_time: true,
        },
        forms: vec![],
    };
    let request = CreateInvites {
        mission: world.office.ask(CreateMission { mission }),
        labels: vec!["Ana".into()],
        days: 7,
    };
    let link = world.office.ask(request)[0].link.clone();
    device.ask(join(world, &link, None));
}

fn join(world: &World, link: &str, replace: Option<MissionId>) -> Join {
    Join {
        invite: InviteText {
            text: link.into(),
            origin: world.url.clone(),
        },
        replace,
    }
}

#[test]
fn a_card_that_does_not_come_keeps_nothing_from_being_sent_and_is_said() {
    let world = World::new();
    let ana = world.delegate("Ana");
    note(&ana, "part quand même");
    // A phone asks for a card when there is another one than it has.
    world.office.ask(ReviseMission {
        mission: world.mission,
        said: say_mission("Autrement dite").said,
    });
    ana.line(|request| match is(request, "GET", "/v1/cards/") {
        true => Fate::RequestLost,
        false => Fate::Passes,
    });
    let view = ana.send();
    assert_eq!(view.counts.stored, 1, "{view:?}");
    assert_eq!(view.troubles, [trouble(Step::Card, Why::Unreachable)]);
    assert_ne!(view.last.expect("an outcome").result, OutcomeKind::Fine);
    ana.line_mended();
    let view = ana.send();
    assert_eq!(
        (view.troubles, view.last.expect("one").result),
        (vec![], OutcomeKind::Fine)
    );
}

#[test]
fn a_round_asks_for_no_card_that_is_here_and_for_no_list_where_nothing_waited_before() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let asked = |device: &Device| {
        let paths = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let heard = std::rc::Rc::clone(&paths);
        device.line(move |request: &Sent| {
            let path = request.path.split(['?', '/']).take(3).collect::<Vec<_>>();
            heard.borrow_mut().push(path.join("/"));
            Fate::Passes
        });
        device.send();
        device.line_mended();
        paths.take()
    };
    note(&ana, "une");
    assert_eq!(asked(&ana), ["/v1/bundles", "/v1/receipts"]);
    // What waited when the notebook was opened is looked for at the server, once.
    let ana = ana.reopened();
    assert_eq!(asked(&ana), ["/v1/receipts", "/v1/state"]);
    assert_eq!(asked(&ana), ["/v1/receipts"]);
    world.office.ask(ReviseMission {
        mission: world.mission,
        said: say_mission("Autrement dite").said,
    });
    assert_eq!(asked(&ana), ["/v1/receipts", "/v1/cards"]);
    assert_eq!(ana.missions()[0].name, "Autrement dite");
    assert_eq!(asked(&ana), ["/v1/receipts"]);
}

#[test]
fn a_failing_server_is_tried_again_soon_and_is_no_refusal() {
    let world = World::new();
    let ana = world.delegate("Ana");
    note(&ana, "une");
    ana.line(|request| match is(request, "GET", "/v1/receipts") {
        true => problem(Code::Internal),
        false => Fate::Passes,
    });
    let view = ana.send();
    assert_eq!(view.counts.stored, 1, "{view:?}");
    assert_eq!(view.troubles, [trouble(Step::Receipts, Why::Unreachable)]);
    let wait = view.next_try.expect("tried again by itself") - ana.clock.get();
    assert!(wait <= 15 * 60_000, "{wait}");
    // Whatever stands before the server, with a status that nobody foresaw.
    ana.line(|request| match is(request, "PUT", "/v1/bundles/") {
        true => status(520),
        false => Fate::Passes,
    });
    note(&ana, "deux");
    let view = ana.send();
    assert_eq!(view.troubles, [trouble(Step::Sending, Why::Unreachable)]);
    assert!(view.next_try.is_some());
    ana.line_mended();
    ana.ask(AutoLock { minutes: 0 });
    ana.clock.set(ana.clock.get() + 16 * 60_000);
    block_on(ana.device.tick()).expect("a round");
    assert_eq!(ana.counts().stored, 2);
}

#[test]
fn a_damaged_change_stays_is_named_and_keeps_nothing_else_from_leaving() {
    let world = World::new();
    let ana = world.delegate("Ana");
    second_mission(&world, &ana);
    let chiapas = note(&ana, "autre mission");
    ana.ask(ChooseMission {
        mission: world.mission,
    });
    let (one, two, three) = (note(&ana, "une"), note(&ana, "deux"), note(&ana, "trois"));
    let row = "000.0000000002";
    let whole = damage(&ana, Table::Ops, row);
    assert!(ana.packed().1.len() > 500, "the file is still offered");
    let view = ana.send();
    assert_eq!((view.counts.stored, view.counts.here), (3, 1), "{view:?}");
    let named = vec![format!("ops/{row}")];
    assert_eq!(
        view.troubles,
        [trouble(Step::Composing, Why::Damaged(named.clone()))]
    );
    assert_ne!(view.last.expect("an outcome").result, OutcomeKind::Fine);
    fetch(&world);
    let view = ana.send();
    assert_eq!((view.counts.received, view.counts.here), (3, 1), "{view:?}");
    assert!(!view.all_received);
    assert_eq!(state(&ana, two), EntryState::Here);
    for rec in [&one, &three, &chiapas] {
        assert_eq!(state(&ana, *rec), EntryState::Received);
    }
    let again = ana.reopened();
    assert_eq!(again.storage().damaged, named);
    assert_eq!(
        again.send().troubles,
        [trouble(Step::Composing, Why::Damaged(named))]
    );
    // Should it ever open again, it leaves.
    assert_eq!(
        block_on(again.store.get(Table::Ops, row)).expect("a store"),
        Some(vec![7; 40]),
        "kept as it is"
    );
    put(&again, Table::Ops, row, whole);
    let again = again.reopened();
    let view = again.send();
    assert_eq!((view.counts.stored, view.counts.here), (1, 0), "{view:?}");
    assert_eq!(view.troubles, []);
    fetch(&world);
    assert!(again.send().all_received);
}

#[test]
fn a_damaged_letter_and_a_damaged_draft_are_named_and_stop_nothing() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let draft = ana.edit(None, "note").rec;
    ana.draft(draft, &[("title", json!("brouillon"))]);
    ana.online.set(false);
    let first = note(&ana, "première");
    ana.packed();
    let second = note(&ana, "seconde");
    ana.packed();
    damage(&ana, Table::Blobs, "bundle.0000000000");
    damage(&ana, Table::Drafts, &draft.to_string());
    let ana = ana.reopened();
    ana.online.set(true);
    let view = ana.send();
    let named = Why::Damaged(vec!["blobs/bundle.0000000000".into()]);
    assert_eq!(view.troubles, [trouble(Step::Sending, named)]);
    assert_eq!(state(&ana, second), EntryState::Stored);
    assert_eq!(state(&ana, first), EntryState::Going);
    assert!(!view.all_received);
    let rows = [
        "blobs/bundle.0000000000".to_owned(),
        format!("drafts/{draft}"),
    ];
    assert_eq!(ana.storage().damaged, rows);
    ana.packed();
    assert!(ana.send().next_try.is_some(), "tried again");
}

#[test]
fn a_card_of_a_later_version_or_of_a_stranger_is_said_and_keeps_nothing_from_being_sent() {
    let world = World::new();
    let invite = world.invite("Ana");
    let now = Timestamp(vigie_mailbox::mailbox::now().0);
    let secret = world.held(&invite);
    let (_, backup) = world.office.file(BackUpKey {
        file_passphrase: "papier".into(),
    });
    let text =
        vigie_seal::passfile::open_with_passphrase(&backup, "papier", 65_536).expect("a key file");
    let text = String::from_utf8(text).expect("text");
    let seed = text
        .lines()
        .find_map(|line| line.strip_prefix("# VIGIE-SIGNING-KEY-1 "));
    let seed: vigie_exchange::api::Hex<32> = seed.expect("a seed").parse().expect("hex");
    let key = SigningKey::from_bytes(seed.0);

    let ana = Device::new();
    ana.join("Ana", &invite, &world.url);
    // By its number there is a later card at the server; what the phone is given of it is said below.
    let office = Client::new(Wire::new(), world.url.as_str(), key.clone());
    let put = office.put_card(&world.mission, 9, b"a card".to_vec(), now);
    block_on(put).expect("a card");
    let card = |office: &SigningKey, version: u32| {
        let card =
            json!({"v": version, "rev": 9, "mission": {"id": world.mission}, "elsewhere": true});
        let sig = office.sign(card.to_string().as_bytes());
        let signed = format!("{{\"card\":{card},\"sig\":{}}}", json!(sig));
        vigie_seal::seal_box(
            &secret.mission_key,
            "card",
            signed.as_bytes(),
            &mut |bytes: &mut [u8]| bytes.fill(4),
        )
    };
    let served = |sealed: Vec<u8>| {
        let asked = std::rc::Rc::new(std::cell::Cell::new(0));
        let count = std::rc::Rc::clone(&asked);
        ana.line(move |request: &Sent| {
            if !is(request, "GET", "/v1/cards/") {
                return Fate::Passes;
            }
            let known = request.headers.iter().any(|(_, value)| value == "\"9\"");
            if known {
                return status(304);
            }
            count.set(count.get() + 1);
            Fate::Answered(Response {
                status: 200,
                headers: vec![("etag".into(), "\"9\"".into())],
                body: sealed.clone(),
            })
        });
        asked
    };
    let stranger = SigningKey::from_bytes([6; 32]);
    let _ = served(card(&stranger, 1));
    note(&ana, "une");
    let view = ana.send();
    assert_eq!(
        view.troubles,
        [trouble(Step::Card, Why::Refused(Refusal::Forged))]
    );
    assert_eq!(view.counts.stored, 1);
    let asked = served(card(&key, 2));
    note(&ana, "deux");
    for _ in 0..3 {
        let view = ana.send();
        assert_eq!(view.troubles, [trouble(Step::Card, Why::Newer)]);
        assert_eq!(view.counts.stored, 2);
    }
    assert_eq!(asked.get(), 1, "it is not fetched again and again");
    // A way to put a card together that nobody knows yet, and what is none.
    let cases = [
        (vec![4, 0, 0], Why::Newer),
        (vec![3, 0, 0], Why::Refused(Refusal::Forged)),
    ];
    for (bytes, why) in cases {
        let ana = Device::new();
        ana.join("Ana", &world.invite("Ana"), &world.url);
        ana.line(
            move |request: &Sent| match is(request, "GET", "/v1/cards/") {
                true => Fate::Answered(Response {
                    status: 200,
                    headers: vec![("etag".into(), "\"10\"".into())],
                    body: bytes.clone(),
                }),
                false => Fate::Passes,
            },
        );
        assert_eq!(ana.send().troubles, [trouble(Step::Card, why)]);
    }
}

#[test]
fn a_full_device_says_so_and_goes_on_by_itself() {
    let world = World::new();
    let ana = world.delegate("Ana");
    note(&ana, "une");
    ana.store.fail_next([StoreError::Full]);
    assert_eq!(ana.try_ask(SendNow), Err(Failure::Full));
    let view = ana.ask(GetExchange);
    assert!(
        view.troubles.iter().any(|one| one.why == Why::Full),
        "{view:?}"
    );
    ana.ask(AutoLock { minutes: 0 });
    ana.clock.set(ana.clock.get() + 16 * 60_000);
    block_on(ana.device.tick()).expect("a round");
    assert_eq!(ana.counts().stored, 1);
}

#[test]
fn an_answer_to_an_enrolment_that_is_lost_is_asked_for_again_when_the_box_is_gone() {
    let world = World::new();
    let ana = Device::new();
    // The use is heard, its answer is lost twice, and the server forgets the box.
    ana.line(|request| match () {
        () if is(request, "POST", "/v1/enrol") => Fate::AnswerLost,
        () => Fate::Passes,
    });
    let invite = world.invite("Ana");
    let status = ana.join("Ana", &invite, &world.url);
    assert!(status.enrolment_pending);
    let rec = note(&ana, "entre deux");
    let ana = ana.reopened();
    let empty = json!({"box": "", "expires": i64::MAX, "used": true});
    let forgotten = move |request: &Sent| match is(request, "GET", "/v1/invites/") {
        true => Fate::Answered(Response {
            status: 200,
            body: empty.to_string().into_bytes(),
            ..Response::default()
        }),
        false => Fate::Passes,
    };
    ana.line(forgotten.clone());
    let view = ana.send();
    assert_eq!(view.troubles, []);
    assert_eq!(state(&ana, rec), EntryState::Stored);
    // Somebody else, with the same code.
    let luc = Device::new();
    luc.line(forgotten);
    let request = CreateVault {
        passphrase: "x".into(),
        name: "Luc".into(),
        invite: Some(InviteText {
            text: invite,
            origin: world.url.clone(),
        }),
        lang: "fr".into(),
    };
    assert_eq!(
        luc.try_ask(request),
        Err(Failure::from(InviteProblem::Used))
    );
}

#[test]
fn a_second_invite_stays_beside_one_that_waits_and_replaces_it_only_when_asked() {
    let world = World::new();
    let ana = Device::new();
    ana.online.set(false);
    ana.join("Ana", &world.invite("Ana"), &world.url);
    let first = note(&ana, "pour la première");
    ana.ask(join(&world, &world.invite("Luc"), None));
    let missions = ana.missions();
    assert_eq!(missions.len(), 2);
    assert!(missions.iter().all(|mission| mission.pending));
    let second = note(&ana, "pour la seconde");
    let of = |rec: RecordId| {
        let found = ana.entries().into_iter().find(|entry| entry.rec == rec);
        found.expect("an entry").mission
    };
    assert_eq!(
        (of(first), of(second)),
        (Some(missions[0].id), Some(missions[1].id))
    );
    // Asked for, by name.
    ana.ask(join(&world, &world.invite("Eva"), Some(missions[1].id)));
    assert_eq!(ana.missions().len(), 2);
    assert_eq!(
        ana.try_ask(join(&world, &world.invite("Zoé"), Some(world.mission))),
        Err(Failure::NotFound)
    );
    ana.online.set(true);
    assert_eq!(ana.send().counts.stored, 2);
}

#[test]
fn a_device_that_the_office_removed_says_so_sends_nothing_more_and_still_offers_its_file() {
    let world = World::new();
    let ana = world.delegate("Ana");
    second_mission(&world, &ana);
    let other = note(&ana, "autre mission");
    ana.ask(ChooseMission {
        mission: world.mission,
    });
    let rec = note(&ana, "après la perte");
    // Of two devices' keys, the first mission's is refused.
    let keys = std::rc::Rc::new(std::cell::RefCell::new(None::<String>));
    let mission = world.mission.to_string();
    let known = std::rc::Rc::clone(&keys);
    ana.line(move |request: &Sent| {
        let key = request.headers.iter().find(|(name, _)| name == "vigie-key");
        let key = key.map(|(_, value)| value.clone());
        if request.path.contains(&mission) {
            known.borrow_mut().clone_from(&key);
        }
        match key.is_some() && key == *known.borrow() {
            true => problem(Code::Revoked),
            false => Fate::Passes,
        }
    });
    let view = ana.send();
    assert_eq!(
        view.last.expect("an outcome").result,
        OutcomeKind::Failed(Why::Refused(Refusal::Revoked))
    );
    assert_eq!(state(&ana, other), EntryState::Stored);
    let ana = ana.reopened();
    let revoked: Vec<bool> = ana
        .missions()
        .iter()
        .map(|mission| mission.revoked)
        .collect();
    assert_eq!(revoked, [true, false]);
    // The server would take it again, and is not asked.
    let view = ana.send();
    assert_eq!(view.last.expect("an outcome").result, OutcomeKind::Fine);
    assert_ne!(state(&ana, rec), EntryState::Stored);
    assert_eq!(
        ana.edit(Some(rec), "").fields["title"],
        json!("après la perte")
    );
    assert!(!view.all_received);
    assert!(ana.packed().1.len() > 200);
}

#[test]
fn a_server_set_back_to_a_backup_is_noticed_by_its_epoch_and_sent_what_it_lost() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let lost = note(&ana, "perdue par le serveur");
    ana.send();
    assert_eq!(state(&ana, lost), EntryState::Stored);
    // Without a start in between: the list of what it has does not name it, and it has another epoch.
    let device = std::rc::Rc::new(std::cell::RefCell::new(Vec::<String>::new()));
    let asked = std::rc::Rc::clone(&device);
    let epoch = "ab".repeat(16);
    ana.line(move |request: &Sent| {
        asked
            .borrow_mut()
            .push(format!("{} {}", request.method.as_str(), request.path));
        let key = request.headers.iter().find(|(name, _)| name == "vigie-key");
        let answer = |body: serde_json::Value| {
            Fate::Answered(Response {
                status: 200,
                body: body.to_string().into_bytes(),
                ..Response::default()
            })
        };
        if is(request, "GET", "/v1/receipts") {
            answer(json!({"receipts": [], "next": 0, "more": false, "epoch": epoch, "last": 0}))
        } else if is(request, "GET", "/v1/state") {
            answer(
                json!({"device": key.expect("signed").1, "bundles": [], "now": 1, "epoch": epoch}),
            )
        } else {
            Fate::Passes
        }
    });
    let view = ana.send();
    let puts = device
        .borrow()
        .iter()
        .filter(|line| line.starts_with("PUT /v1/bundles/"))
        .count();
    assert_eq!(puts, 1, "sent again: {:?} {view:?}", device.borrow());
    assert_eq!(state(&ana, lost), EntryState::Stored);
    let before = device.borrow().len();
    ana.send();
    let states = device.borrow()[before..]
        .iter()
        .filter(|line| line.contains("/v1/state"))
        .count();
    assert_eq!(states, 0, "once for each epoch");
}
