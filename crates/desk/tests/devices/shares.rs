//! A mission that two offices read.

use crate::common::{Device, Fate, PASSPHRASE, World};
use serde_json::json;
use vigie_exchange::api::Receipt;
use vigie_mailbox::{
    hosting::{Host, Terms},
    mailbox::Place,
};
use vigie_model::{QuarantineReason, Timestamp};
use vigie_protocol::{
    AnswerOffer, BackUpKey, BundleState, CloseMissionTo, CreateInvites, CreateOffice, Failure,
    Fetch, Filter, GetCallingCard, GetExchange, GetTable, GiveReceipts, InboxItem, ListInvites,
    ListOffered, ListOfficeMissions, OfferedMission, OfficeMission, OpenMissionTo, ProveBackup,
    Refusal, RemoveDevice, RestoreOffice, TableView, TakeCarried, TakenCarried, TakenReceipts,
    VerdictView,
};
use vigie_seal::{Identity, SigningKey, envelope, passfile::open_with_passphrase};

const FILE_PASSPHRASE: &str = "clé de papier";

/// Another office at the same server, with a proven backup.
fn another_office(world: &World, name: &str) -> Device {
    let place = Place::Folder(world.data.path().to_owned());
    let mut random = [0; 24];
    getrandom::fill(&mut random).expect("random numbers");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let token = runtime.block_on(async {
        let host = Host::open(&place).await.expect("opened");
        let far = Timestamp(i64::MAX / 2);
        let token = host.invite(random, far, Terms::default()).await;
        host.close().await;
        token.expect("a link")
    });
    let office = Device::new();
    office.ask(CreateOffice {
        token,
        server: world.url.clone(),
        name: name.into(),
        passphrase: PASSPHRASE.into(),
    });
    let backup = backup(&office);
    office.ask(ProveBackup {
        backup,
        file_passphrase: FILE_PASSPHRASE.into(),
    });
    office
}

fn backup(office: &Device) -> Vec<u8> {
    let asked = BackUpKey {
        file_passphrase: FILE_PASSPHRASE.into(),
    };
    office.file(asked).1
}

#[track_caller]
fn fetch(office: &Device) -> Vec<InboxItem> {
    office.ask(Fetch)
}

/// Both offices fetch, the lead first.
fn fetch_both(world: &World, other: &Device) {
    fetch(&world.office);
    fetch(other);
}

/// Writes a note of this title, and sends it.
fn sends(phone: &Device, title: &str) {
    phone.write("note", &[("title", json!(title))]);
    phone.send();
}

fn titles(office: &Device) -> Vec<String> {
    let table = office.ask(GetTable {
        filter: Filter::default(),
        view: TableView::default(),
        offset: 0,
        limit: 50,
    });
    let mut titles: Vec<String> = table.rows.into_iter().map(|row| row.title).collect();
    titles.sort();
    titles
}

fn open_to(world: &World, other: &Device) -> Vec<OfficeMission> {
    let calling_card = other.ask(GetCallingCard).text;
    world.office.ask(OpenMissionTo {
        mission: world.mission,
        calling_card,
    })
}

fn answer(world: &World, other: &Device, accept: bool) -> Vec<OfferedMission> {
    let mission = world.mission;
    other.ask(AnswerOffer { mission, accept })
}

/// A world whose mission another office was told of.
fn told_of() -> (World, Device) {
    let world = World::new();
    let other = another_office(&world, "Fédération");
    open_to(&world, &other);
    fetch(&other);
    (world, other)
}

/// A world whose mission another office reads, and has taken.
fn read_by_two() -> (World, Device) {
    let (world, other) = told_of();
    answer(&world, &other, true);
    (world, other)
}

/// Whether a mission that another office had is its no more.
fn has_left(other: &Device) -> bool {
    let mission = only(other.ask(ListOfficeMissions));
    mission.lead.expect("a lead").left
}

fn only(missions: Vec<OfficeMission>) -> OfficeMission {
    let [mission] = <[OfficeMission; 1]>::try_from(missions).expect("one mission");
    mission
}

fn quarantined(items: &[InboxItem]) -> Vec<QuarantineReason> {
    let reasons = items.iter().filter_map(|item| match &item.verdict {
        VerdictView::Quarantined { reason } => Some(*reason),
        _ => None,
    });
    reasons.collect()
}

/// The bundle that waits on a phone, as `office` opens it.
fn waiting(phone: &Device, office: &Device) -> serde_json::Value {
    let text = open_with_passphrase(&backup(office), FILE_PASSPHRASE, 65_536);
    let text = String::from_utf8(text.expect("a key file")).expect("text");
    let mut keys = text.lines().filter(|line| line.starts_with("AGE-"));
    let identity: Identity = keys.next().expect("a key").parse().expect("a key");
    let plain = envelope::open(&phone.packed().1, &identity, 1 << 20);
    serde_json::from_slice(&plain.expect("for this office")).expect("JSON")
}

#[test]
fn what_entries_say_alike_goes_once_where_an_office_reads_alone_whose_card_says_it_can() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let writes = |titles: [&str; 4]| {
        for title in titles {
            ana.write("note", &[("title", json!(title))]);
        }
        waiting(&ana, &world.office)
    };
    let bundle = writes(["un", "deux", "trois", "quatre"]);
    assert_eq!(bundle["v"], 2);
    assert_eq!(bundle["ops"]["order"].as_array().map(Vec::len), Some(4));
    ana.send();
    fetch(&world.office);
    assert_eq!(titles(&world.office), ["deux", "quatre", "trois", "un"]);

    // What another office reads, nobody here knows.
    let other = another_office(&world, "Fédération");
    open_to(&world, &other);
    ana.send();
    let bundle = writes(["cinq", "six", "sept", "huit"]);
    assert_eq!(bundle["v"], 1);
    assert_eq!(bundle["ops"].as_array().map(Vec::len), Some(4));
}

#[test]
fn two_offices_read_one_mission_each_for_itself_and_phones_know_it() {
    let world = World::new();
    let other = another_office(&world, "Fédération");
    let ana = world.delegate("Ana");
    fetch(&world.office);
    let mission = only(open_to(&world, &other));
    let readers: Vec<&str> = mission
        .readers
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(readers, ["Bureau de Montréal", "Fédération"]);
    let shown = other.ask(GetCallingCard).fingerprint;
    assert_eq!(mission.readers[1].fingerprint, shown);

    // The other office hears of it, and is given nothing before it says so.
    fetch(&other);
    let offered = other.ask(ListOffered);
    let expected = OfferedMission {
        mission: world.mission,
        name: "Mission Haïti".into(),
        lead: "Bureau de Montréal".into(),
        fingerprint: mission.readers[0].fingerprint.clone(),
        people: 1,
    };
    assert_eq!(offered, [expected]);
    assert_eq!(other.ask(ListOfficeMissions), []);
    ana.send();
    sends(&ana, "avant la réponse");
    assert_eq!(fetch(&other).len(), 0);
    assert_eq!(answer(&world, &other, true), []);
    let theirs = only(other.ask(ListOfficeMissions));
    assert_eq!(theirs.lead.expect("a lead").name, "Bureau de Montréal");
    assert_eq!(theirs.devices[0].name, "Ana");

    // From then on both are given what comes, and each gives receipts of its own.
    let luc = world.delegate("Luc");
    sends(&luc, "de Luc");
    fetch_both(&world, &other);
    for office in [&world.office, &other] {
        assert!(titles(office).contains(&"de Luc".to_owned()));
    }
    let (ours, theirs) = (fetch(&world.office), fetch(&other));
    assert_eq!(quarantined(&ours), []);
    assert_eq!(
        quarantined(&theirs),
        [],
        "what Luc's device is, the lead said"
    );
    // The phone says who reads, and takes the lead's word that all was received.
    luc.send();
    let known = luc.missions();
    assert_eq!(known[0].readers, ["Bureau de Montréal", "Fédération"]);
    // The other office hands out nothing of the mission.
    let refused = other.try_ask(CreateInvites {
        mission: world.mission,
        labels: vec!["Zoé".into()],
        days: 7,
    });
    assert!(refused.is_err(), "{refused:?}");
    let invites = other.ask(ListInvites {
        mission: world.mission,
    });
    assert_eq!(invites, []);
    // Another desk of the other office knows the mission from that office's documents.
    let second = Device::new();
    second.ask(RestoreOffice {
        backup: backup(&other),
        file_passphrase: FILE_PASSPHRASE.into(),
        passphrase: PASSPHRASE.into(),
    });
    fetch(&second);
    assert!(titles(&second).contains(&"de Luc".to_owned()));
    assert_eq!(second.ask(ListOffered), []);
}

/// What the phone says of each thing that it sent, by its title: whether the lead has it, and which other offices do.
fn confirmed(phone: &Device) -> Vec<(String, bool, Option<Vec<String>>)> {
    let entries = phone.entries();
    let title = |rec| entries.iter().find(|entry| entry.rec == rec);
    let bundles = phone.ask(GetExchange).bundles.into_iter();
    let said = bundles.map(|bundle| {
        let entry = title(bundle.entries[0]).expect("its entry");
        let is_received = bundle.state == BundleState::Received;
        (entry.title.clone(), is_received, bundle.also)
    });
    said.collect()
}

#[test]
fn a_phone_says_which_other_offices_confirmed_what_it_sent_and_believes_the_lead_alone_of_the_rest()
{
    let world = World::new();
    let other = another_office(&world, "Fédération");
    let ana = world.delegate("Ana");
    sends(&ana, "avant");
    fetch(&world.office);
    ana.send();
    let said = |received, also: Option<&[&str]>| {
        let also = also.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        (received, also)
    };
    let of = |phone: &Device, title: &str| {
        let found = confirmed(phone).into_iter().find(|one| one.0 == title);
        let (_, received, also) = found.expect("it was sent");
        (received, also)
    };
    assert_eq!(of(&ana, "avant"), said(true, None), "one office reads");
    open_to(&world, &other);
    fetch(&other);
    answer(&world, &other, true);
    ana.send();
    sends(&ana, "à deux");
    assert_eq!(of(&ana, "à deux"), said(false, Some(&[])));
    // The other office is first: the phone hears it, keeps what it sealed, and calls nothing received.
    fetch(&other);
    ana.send();
    assert_eq!(of(&ana, "à deux"), said(false, Some(&["Fédération"])));
    let ana = ana.reopened();
    assert_eq!(of(&ana, "à deux"), said(false, Some(&["Fédération"])));
    assert!(!ana.ask(GetExchange).all_received);
    assert!(ana.packed().1.len() > 100, "its bytes are still here");
    fetch(&world.office);
    ana.send();
    assert_eq!(of(&ana, "à deux"), said(true, Some(&["Fédération"])));
    assert_eq!(
        of(&ana, "avant"),
        said(true, Some(&[])),
        "sealed for the lead alone"
    );
    // The lead is first: what the other says later is added.
    sends(&ana, "puis");
    fetch(&world.office);
    ana.send();
    assert_eq!(of(&ana, "puis"), said(true, Some(&[])));
    fetch(&other);
    ana.send();
    assert_eq!(of(&ana, "puis"), said(true, Some(&["Fédération"])));
    // Without a network the other office's word is taken as well, once.
    sends(&ana, "sans réseau");
    let bundles: Vec<_> = fetch(&other).iter().map(|item| item.bundle).collect();
    let (_, receipts) = other.file(GiveReceipts { bundles });
    let (mission, bytes) = (None, receipts.clone());
    let taken = ana.ask(TakeCarried { mission, bytes });
    let TakenCarried::Received(new) = taken else {
        panic!("{taken:?}");
    };
    assert_eq!((new.entries, new.also), (0, 1));
    assert_eq!(of(&ana, "sans réseau"), said(false, Some(&["Fédération"])));
    let bytes = receipts;
    let again = ana.ask(TakeCarried { mission, bytes });
    assert_eq!(again, TakenCarried::Received(TakenReceipts::default()));
    // A stranger's signature is nobody's word, whatever the server hands on.
    sends(&ana, "forgée");
    let bundle = ana.ask(GetExchange).bundles[0].id;
    ana.line(
        move |request| match request.path.starts_with("/v1/receipts") {
            false => Fate::Passes,
            true => {
                let key = SigningKey::from_bytes([7; 32]);
                let at = Timestamp(1_790_000_000_000);
                let mission = world.mission;
                let receipt = Receipt::received(bundle, key.device(), mission, at, &key);
                let mut receipt = serde_json::to_value(receipt).expect("JSON");
                receipt["n"] = json!(1_000);
                let body = json!({"receipts": [receipt], "next": 1_000, "more": false});
                Fate::Answered(vigie_exchange::Response {
                    status: 200,
                    body: body.to_string().into_bytes(),
                    ..Default::default()
                })
            }
        },
    );
    ana.send();
    ana.line_mended();
    assert_eq!(of(&ana, "forgée"), said(false, Some(&[])));
}

#[test]
fn what_the_lead_changes_the_other_office_hears_and_what_it_closes_ends() {
    let (world, other) = read_by_two();
    let ana = world.delegate("Ana");
    sends(&ana, "lue à deux");
    fetch_both(&world, &other);
    assert_eq!(titles(&other), ["lue à deux"]);
    // A device that the lead removes is believed no more by either.
    let lost = only(world.office.ask(ListOfficeMissions)).devices[0].device;
    world.office.ask(RemoveDevice { device: lost });
    fetch_both(&world, &other);
    let there = only(other.ask(ListOfficeMissions));
    assert!(there.devices[0].removed.is_some());

    // The lead closes the mission to it: nothing later is sealed for it, nor given to it.
    let key = there.readers[1].office.clone();
    world.office.ask(CloseMissionTo {
        mission: world.mission,
        office: key,
    });
    let luc = world.delegate("Luc");
    sends(&luc, "lue par un seul");
    fetch_both(&world, &other);
    assert_eq!(titles(&other), ["lue à deux"], "what it had, it keeps");
    assert!(has_left(&other));
    assert_eq!(only(world.office.ask(ListOfficeMissions)).readers, []);
    assert!(luc.missions()[0].readers.is_empty());
}

#[test]
fn an_office_may_refuse_a_mission_or_give_it_up() {
    let (world, other) = told_of();
    assert_eq!(answer(&world, &other, false), []);
    fetch(&other);
    assert_eq!(other.ask(ListOffered), [], "refused for good");
    // Opened again, it is offered again.
    fetch(&world.office);
    open_to(&world, &other);
    fetch(&other);
    assert_eq!(other.ask(ListOffered).len(), 1);
    answer(&world, &other, true);
    let ana = world.delegate("Ana");
    sends(&ana, "lue à deux");
    fetch_both(&world, &other);
    assert_eq!(titles(&other), ["lue à deux"]);
    answer(&world, &other, false);
    sends(&ana, "plus tard");
    fetch_both(&world, &other);
    assert_eq!(titles(&other), ["lue à deux"]);
    assert!(has_left(&other));
}

#[test]
fn a_calling_card_that_is_no_office_of_this_server_opens_nothing() {
    let world = World::new();
    let open = |calling_card: String| {
        let asked = OpenMissionTo {
            mission: world.mission,
            calling_card,
        };
        world.office.try_ask(asked).expect_err("refused")
    };
    let own = world.office.ask(GetCallingCard).text;
    assert_eq!(open(own.clone()), Failure::Refused(Refusal::OwnCallingCard));
    let nothing = Failure::Refused(Refusal::NotACallingCard);
    for text in ["", "vigie-office-", "bonjour", &own[..own.len() - 4]] {
        assert_eq!(open(text.to_owned()), nothing);
    }
    let elsewhere = World::new().office.ask(GetCallingCard).text;
    assert_eq!(open(elsewhere), Failure::Refused(Refusal::OfficeElsewhere));
    assert_eq!(only(world.office.ask(ListOfficeMissions)).readers, []);
    // Copied out of a message, broken over lines.
    let other = another_office(&world, "Fédération");
    let text = other.ask(GetCallingCard).text;
    let (begin, end) = text.split_at(40);
    world.office.ask(OpenMissionTo {
        mission: world.mission,
        calling_card: format!("  {begin}\r\n {end}\n"),
    });
}

#[test]
fn opening_a_mission_survives_a_cut_at_any_request() {
    for cut in 0.. {
        let world = World::new();
        let other = another_office(&world, "Fédération");
        let asked = OpenMissionTo {
            mission: world.mission,
            calling_card: other.ask(GetCallingCard).text,
        };
        let mut sent = 0;
        world.office.line(move |_| {
            sent += 1;
            match sent - 1 == cut {
                true => Fate::AnswerLost,
                false => Fate::Passes,
            }
        });
        let done = world.office.try_ask(asked.clone()).is_ok();
        world.office.line_mended();
        fetch(&world.office);
        world.office.ask(asked);
        fetch(&other);
        answer(&world, &other, true);
        let ana = world.delegate("Ana");
        sends(&ana, "lue à deux");
        fetch_both(&world, &other);
        for office in [&world.office, &other] {
            assert_eq!(titles(office), ["lue à deux"], "cut at request {cut}");
        }
        if done {
            break;
        }
    }
}
