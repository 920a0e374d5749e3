//! What the office hands out, several at once, and takes back when a mission is closed.

mod world;

use vigie_exchange::api::{EnrolledItem, Hex};
use vigie_model::{ExactJson, Lang, LinkOptions, Mission};
use vigie_office::{
    OfficeDoc, Registry,
    docs::{LinkDoc, MissionDoc},
    due::{Due, InviteWord, Publish, Waiting},
    links::LinkStanding,
    mission::{BadLink, BadMission, NewLink, SHEET_CODES, card_form},
    registry::BadEnrolment,
};
use world::{NOW, Office};

fn office(seed: u64) -> Office {
    let mut office = Office::new(seed);
    office.mission = with_form(&office, &office.mission, "f");
    let doc = OfficeDoc::Mission(office.mission.clone());
    office.registry.insert(doc);
    office
}

fn with_form(office: &Office, mission: &MissionDoc, id: &str) -> MissionDoc {
    let compiled = ExactJson::from_text("{}").expect("JSON");
    mission.with_form(
        &office.keys,
        card_form(id, "1", Default::default(), compiled),
    )
}

fn say(codes: u32) -> NewLink {
    NewLink {
        form: "f".into(),
        label: "Feuille".into(),
        consent: [(Lang::new("fr"), "D’accord ?".to_owned())].into(),
        uses: 0,
        kiosk: true,
        codes,
        later_days: 0,
        options: LinkOptions::default(),
        expires: NOW.plus(1000),
    }
}

fn make(office: &mut Office, codes: u32) -> Vec<LinkDoc> {
    let made = office.mission.links(say(codes), NOW, &mut office.dice);
    let made = made.expect("fine");
    for doc in &made {
        office.registry.insert(OfficeDoc::Link(doc.clone()));
    }
    made
}

/// Somebody takes a code up.
fn take_up(office: &mut Office, doc: &LinkDoc) -> Result<(), BadEnrolment> {
    let partner = office.stranger("");
    let enrol = vigie_join::enrol_partner(&doc.code().expect("a code"), &partner.key);
    let item = EnrolledItem {
        n: 1,
        invite: enrol.invite,
        device: enrol.device,
        mission: None,
        proof: enrol.proof,
        name_box: enrol.name_box,
        at: NOW,
    };
    office.dice.0 += 1;
    office.registry.enrolled(&item).map(drop)
}

#[test]
fn a_sheet_is_one_thing_of_numbered_codes_each_good_for_one_answer() {
    let mut office = office(1);
    let codes = make(&mut office, 3);
    make(&mut office, 0);
    let mission = office.mission.id();
    assert_eq!(take_up(&mut office, &codes[1]), Ok(()));
    assert_eq!(take_up(&mut office, &codes[1]), Err(BadEnrolment::Used));
    let out = office.registry.handed_out(&mission);
    assert_eq!(out.len(), 2);
    let sheet = out.iter().find(|one| one.uses() == 3).expect("the sheet");
    let numbered: Vec<(u32, &str)> = sheet
        .codes()
        .filter_map(|link| Some((link.doc.sheet?.number, link.doc.code.as_str())))
        .collect();
    let printed: Vec<(u32, &str)> = (1..)
        .zip(codes.iter().map(|doc| doc.code.as_str()))
        .collect();
    assert_eq!(numbered, printed);
    assert!(sheet.codes().all(|link| !link.doc.kiosk));
    assert_eq!(sheet.standing(NOW), LinkStanding::Open);
    assert_eq!(sheet.standing(NOW.plus(1001)), LinkStanding::Expired);

    // Closing it leaves what was taken up, whose answer may be on its way.
    let closed = sheet.closing(NOW);
    let left: Vec<&str> = closed.iter().map(|doc| doc.code.as_str()).collect();
    assert_eq!(left, [codes[0].code.as_str(), codes[2].code.as_str()]);
    for doc in closed {
        office.registry.insert(OfficeDoc::Link(doc));
    }
    let out = office.registry.handed_out(&mission);
    let sheet = out.iter().find(|one| one.uses() == 3).expect("the sheet");
    assert_eq!(sheet.standing(NOW), LinkStanding::Closed);
    assert_eq!(sheet.closing(NOW), []);
}

#[test]
fn a_sheet_that_all_took_up_is_full_and_none_is_too_long() {
    let mut office = office(2);
    for doc in make(&mut office, 2) {
        assert_eq!(take_up(&mut office, &doc), Ok(()));
    }
    let out = office.registry.handed_out(&office.mission.id());
    assert_eq!(out[0].standing(NOW), LinkStanding::Full);
    let long = office
        .mission
        .links(say(SHEET_CODES + 1), NOW, &mut office.dice);
    assert_eq!(long, Err(BadLink::TooMany));
}

#[test]
fn a_sheet_asked_for_again_goes_on_while_the_server_lacks_one_of_its_codes() {
    let mut office = office(3);
    let codes = make(&mut office, 3);
    let mut due = Due::default();
    let again = |office: &mut Office, codes| {
        let asked = office.mission.links(say(codes), NOW, &mut office.dice);
        asked.expect("fine")
    };
    let asked = again(&mut office, 3);
    assert_eq!(office.registry.links_begun(&asked, &due), None);
    due.invites.insert(codes[2].code().expect("a code").id());
    let begun = office.registry.links_begun(&asked, &due);
    assert_eq!(begun.expect("that one").doc().code, codes[0].code);
    for other in [0, 2] {
        let asked = again(&mut office, other);
        assert_eq!(office.registry.links_begun(&asked, &due), None, "{other}");
    }
}

#[test]
fn invites_asked_for_again_go_on_while_the_server_lacks_one_of_them() {
    let mut office = office(4);
    let labels = ["Ana", "", ""].map(str::to_owned);
    let mut ids = Vec::new();
    for label in &labels {
        let made =
            office
                .mission
                .invite(&office.keys, label, NOW.plus(1000), NOW, &mut office.dice);
        ids.push(made.id);
        office.registry.insert(OfficeDoc::Invite(made.doc));
    }
    let mission = office.mission.id();
    let mut due = Due::default();
    let begun = |office: &Office, due: &Due, labels: &[String], now| {
        let begun = office.registry.invites_begun(&mission, labels, due, now);
        begun.map(|mut ids| {
            ids.sort();
            ids
        })
    };
    assert_eq!(begun(&office, &due, &labels, NOW), None);
    due.invites.insert(ids[1]);
    ids.sort();
    assert_eq!(begun(&office, &due, &labels, NOW), Some(ids));
    assert_eq!(begun(&office, &due, &labels, NOW.plus(2000)), None);
    let more = ["Ana", "", "", ""].map(str::to_owned);
    assert_eq!(begun(&office, &due, &more, NOW), None);
    // Those that are told are no reason to take the others for them.
    assert_eq!(begun(&office, &due, &labels[..1], NOW), None);
}

#[test]
fn closing_a_mission_takes_back_what_nobody_used() {
    let mut office = office(5);
    let used = make(&mut office, 2).remove(0);
    assert_eq!(take_up(&mut office, &used), Ok(()));
    let link = make(&mut office, 0).remove(0);
    office.delegate("Ana");
    let expires = NOW.plus(1000);
    let mut invite = |label, expires| {
        let made = office
            .mission
            .invite(&office.keys, label, expires, NOW, &mut office.dice);
        office.registry.insert(OfficeDoc::Invite(made.doc));
        made.id
    };
    let free = invite("Luc", expires);
    let late = invite("Rosa", NOW.plus(-1));
    let mission = office.mission.id();
    let taken_back = office.registry.taken_back(&mission, NOW);
    assert_eq!(
        taken_back.len(),
        3,
        "an invite, a link, a code of the sheet"
    );
    let ids: Vec<_> = taken_back.iter().map(|(id, _)| *id).collect();
    assert!(ids.contains(&free) && !ids.contains(&late));
    assert!(ids.contains(&link.code().expect("a code").id()));
    for (_, doc) in taken_back {
        office.registry.insert(doc);
    }
    for id in ids {
        let word = office
            .registry
            .invite_word(&id, &office.keys, &mut office.dice);
        assert_eq!(word, Some(InviteWord::Closed));
    }
    assert_eq!(office.registry.taken_back(&mission, NOW), []);
}

#[test]
fn what_two_desks_change_in_a_mission_at_once_both_stay() {
    let office = office(6);
    let said = |mission: &MissionDoc| Mission {
        name: "Autre nom".into(),
        ..mission.card.mission.clone()
    };
    let ours = office.mission.with_closed(&office.keys, true);
    let ours = ours.with_mission(&office.keys, said(&ours)).expect("fine");
    let theirs = with_form(&office, &office.mission, "g");
    let waiting = Waiting {
        ours: ours.clone(),
        theirs: Some(theirs.clone()),
    };
    let again = |changed: Publish| waiting.again(&changed, &office.keys, 1).card;
    let both = Publish {
        said: true,
        closing: true,
        ..Publish::default()
    };
    let next = again(both.clone());
    assert_eq!(next.mission.name, "Autre nom");
    assert!(next.closed && next.form(&"g".into()).is_some());
    assert!(next.rev > ours.rev.max(theirs.rev));
    // What was not changed here is theirs.
    let next = again(Publish::default());
    assert_eq!(next.mission.name, office.mission.card.mission.name);
    assert!(!next.closed);

    // One change after another, before the first was published: the second names both.
    let mut waited = Publish::forms(["g".into()].into());
    both.in_place_of(Hex([1; 32]), &mut waited);
    assert_eq!(waited.doc, Some(Hex([1; 32])));
    assert!(waited.said && waited.closing && waited.forms.contains(&"g".into()));
}

#[test]
fn a_mission_said_anew_is_checked_as_a_new_one_and_keeps_its_id_and_forms() {
    let office = office(7);
    let again = |change: fn(&mut Mission)| {
        let mut mission = office.mission.card.mission.clone();
        change(&mut mission);
        office.mission.with_mission(&office.keys, mission)
    };
    let bad = |change| again(change).expect_err("no mission");
    assert_eq!(bad(|said| said.name = "  ".into()), BadMission::NoName);
    assert_eq!(bad(|said| said.languages.clear()), BadMission::NoLanguage);
    assert_eq!(
        bad(|said| said.ends = "2020-01-01".into()),
        BadMission::EndsBeforeStart
    );
    let next = again(|said| {
        said.name = " Nouveau ".into();
        said.policy.share_with_team = true;
    });
    let next = next.expect("fine");
    assert_eq!(next.card.mission.name, "Nouveau");
    assert_eq!(
        (next.id(), next.rev),
        (office.mission.id(), office.mission.rev + 1)
    );
    assert_eq!(next.card.forms, office.mission.card.forms);
    let registry = Registry::from_docs([
        OfficeDoc::Mission(next.clone()),
        OfficeDoc::Mission(office.mission.clone()),
    ]);
    assert_eq!(registry.mission(&next.id()), Some(&next));
}
