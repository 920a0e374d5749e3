//! A mission at the desk: what it hands out, several at once; said anew; closed, and opened again.

use serde_json::json;
use vigie_exchange::Method;
use vigie_model::{Kind, LinkOptions, MissionKind};
use vigie_protocol::{
    CloseLink, CloseMission, CreateInvites, CreateLink, DeskLink, Edit, Failure, Fetch, Filter,
    GetTable, InviteProblem, InviteView, LinkState, ListForms, ListInvites, ListLinks,
    ListOfficeMissions, NewLink, OfficeMission, OpenLink, Refusal, ReviseMission, SaidMission,
    StartResponse, TableView,
};

use crate::common::{Device, Fate, World};

fn invites(world: &World) -> Vec<InviteView> {
    let mission = world.mission;
    world.office.ask(ListInvites { mission })
}

fn invite(world: &World, labels: &[&str]) -> CreateInvites {
    CreateInvites {
        mission: world.mission,
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        days: 7,
    }
}

fn sheet(world: &World, codes: u32) -> CreateLink {
    let link = NewLink {
        form: "conditions_travail_court".into(),
        label: "Feuille".into(),
        days: 7,
        uses: 0,
        kiosk: true,
        codes,
        later_days: 0,
        options: LinkOptions::default(),
        consent: [("fr".to_owned(), "Acceptez-vous ?".to_owned())].into(),
    };
    let mission = world.mission;
    CreateLink { mission, link }
}

fn links(world: &World) -> Vec<DeskLink> {
    let mission = world.mission;
    world.office.ask(ListLinks { mission })
}

fn mission(world: &World) -> OfficeMission {
    let found = world.office.ask(ListOfficeMissions).into_iter();
    let mut found = found.filter(|one| one.id == world.mission);
    found.next().expect("the mission")
}

/// Whether somebody who follows a link may answer by it.
fn opens(link: &str) -> Result<(), Failure> {
    let request = OpenLink {
        code: link.to_owned(),
        origin: String::new(),
    };
    Device::new().try_ask(request).map(drop)
}

fn expired() -> Result<(), Failure> {
    Err(InviteProblem::Expired.into())
}

#[test]
fn several_invites_made_at_once_each_let_one_person_in() {
    let world = World::new();
    let made = world.office.ask(invite(&world, &["Luc", "Ana", ""]));
    let labels: Vec<&str> = made.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["", "Ana", "Luc"]);
    for (one, name) in made.iter().zip(["Rosa", "Ana", "Luc"]) {
        let status = Device::new().join(name, &one.link, &world.url);
        assert!(!status.enrolment_pending, "{name}");
    }
    world.office.ask(Fetch);
    let used: Vec<Option<String>> = invites(&world).into_iter().map(|one| one.used_by).collect();
    assert_eq!(
        used,
        ["Rosa", "Ana", "Luc"].map(|name| Some(name.to_owned()))
    );
}

#[test]
fn invites_cut_in_the_middle_are_made_once_and_all_told_in_the_end() {
    let world = World::new();
    let ask = || invite(&world, &["", "", ""]);
    let mut sent = 0;
    world.office.line(move |request| {
        let is_invite = request.path.starts_with("/v1/invites");
        sent += usize::from(is_invite);
        match is_invite && sent >= 2 {
            true => Fate::RequestLost,
            false => Fate::Passes,
        }
    });
    assert_eq!(world.office.try_ask(ask()), Err(Failure::Unreachable));
    world.office.line_mended();
    assert_eq!(world.office.ask(ask()).len(), 3);
    for one in invites(&world) {
        let status = Device::new().join("Quelqu’un", &one.link, &world.url);
        assert!(!status.enrolment_pending);
    }
}

#[test]
fn a_sheet_is_one_line_whose_codes_open_until_what_is_left_of_it_is_closed() {
    let world = World::new();
    let made = world.office.ask(sheet(&world, 3));
    assert_eq!(made.len(), 1);
    let made = &made[0];
    assert_eq!((made.uses, made.kiosk, made.came), (3, false, 0));
    let numbers: Vec<u32> = made.sheet.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    for one in &made.sheet {
        assert_eq!(opens(&one.link), Ok(()));
    }
    let (mission, link) = (world.mission, made.id);
    world.office.ask(CloseLink { mission, link });
    assert_eq!(links(&world)[0].state, LinkState::Closed);
    for one in &made.sheet {
        assert_eq!(opens(&one.link), expired());
    }
    let long = world.office.try_ask(sheet(&world, 201));
    assert_eq!(long, Err(Failure::Refused(Refusal::SheetTooLong)));
}

#[test]
fn a_sheet_cut_in_the_middle_is_made_once() {
    let world = World::new();
    world.office.fate("PUT", "/v1/invites", Fate::RequestLost);
    let ask = || sheet(&world, 3);
    assert_eq!(world.office.try_ask(ask()), Err(Failure::Unreachable));
    let made = world.office.ask(ask());
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].sheet.len(), 3);
    for one in &made[0].sheet {
        assert_eq!(opens(&one.link), Ok(()));
    }
}

#[test]
fn a_mission_said_anew_reaches_its_phones_and_keeps_its_questionnaires() {
    let world = World::new();
    let ana = world.delegate("Ana");
    ana.send();
    let said = SaidMission {
        name: "Autre nom".into(),
        kind: MissionKind::Campaign,
        ends: "2026-12-24".into(),
        keep_readable: false,
        ..mission(&world).said
    };
    let revise = |said: SaidMission| ReviseMission {
        mission: world.mission,
        said,
    };
    world.office.ask(revise(said.clone()));
    assert_eq!(mission(&world).said, said);
    ana.send();
    let here = &ana.missions()[0];
    assert_eq!((&here.name, &here.ends), (&said.name, &said.ends));
    assert!(!here.keep_readable);
    assert_eq!(ana.ask(ListForms).len(), 1);
    let nameless = SaidMission {
        name: " ".into(),
        ..said
    };
    assert_eq!(
        world.office.try_ask(revise(nameless)),
        Err(Failure::Refused(Refusal::MissionWithoutName))
    );
}

#[test]
fn in_a_closed_mission_nothing_new_begins_and_what_was_written_is_still_sent() {
    let world = World::new();
    let ana = world.delegate("Ana");
    ana.send();
    let before = ana.write("note", &[("title", "Avant".into())]);
    let free = world.office.ask(invite(&world, &["Luc"]))[0].link.clone();
    let link = world.office.ask(sheet(&world, 0))[0].link.clone();
    let close = |closed| CloseMission {
        mission: world.mission,
        closed,
    };
    world.office.ask(close(true));
    assert!(mission(&world).closed);
    ana.send();
    assert!(ana.missions()[0].closed);
    let refused = || Failure::Refused(Refusal::MissionClosed);
    let begin = || Edit {
        rec: None,
        kind: Kind::NOTE,
    };
    let answer = || StartResponse {
        form: "conditions_travail_court".into(),
        lang: "fr".into(),
    };
    assert_eq!(ana.try_ask(begin()).map(drop), Err(refused()));
    assert_eq!(ana.try_ask(answer()).map(drop), Err(refused()));
    // What is there is corrected, and all of it goes.
    ana.change(before, &[("title", "Corrigée".into())]);
    ana.send();
    world.office.ask(Fetch);
    assert_eq!(mission(&world).entries, 1);
    assert_eq!(mission(&world).devices[0].entries, 1);

    // Nobody comes in by what was handed out before, and nothing is handed out.
    assert!(invites(&world).iter().any(|one| one.cancelled));
    assert_eq!(opens(&link), expired());
    assert_eq!(
        world.office.try_ask(invite(&world, &["Rosa"])).map(drop),
        Err(refused())
    );
    assert_eq!(
        world.office.try_ask(sheet(&world, 0)).map(drop),
        Err(refused())
    );

    // Opened again, work goes on; what was taken back is not given again.
    world.office.ask(close(false));
    ana.send();
    assert!(ana.try_ask(begin()).is_ok());
    assert!(ana.try_ask(answer()).is_ok());
    assert_eq!(opens(&link), expired());
    assert!(
        invites(&world)
            .iter()
            .any(|one| one.link == free && one.cancelled)
    );
}

#[test]
fn a_mission_closed_with_the_line_cut_is_closed_for_all_at_the_next_fetch() {
    for path in ["/v1/docs", "/v1/invites", "/v1/cards"] {
        let world = World::new();
        let ana = world.delegate("Ana");
        ana.send();
        let link = world.office.ask(sheet(&world, 0))[0].link.clone();
        world.office.line(move |request| {
            let is_read = request.method == Method::Get;
            match !is_read && request.path.starts_with(path) {
                true => Fate::RequestLost,
                false => Fate::Passes,
            }
        });
        let close = CloseMission {
            mission: world.mission,
            closed: true,
        };
        assert_eq!(world.office.try_ask(close), Err(Failure::Unreachable));
        world.office.line_mended();
        let office = world.office.reopened();
        office.ask(Fetch);
        ana.send();
        assert!(ana.missions()[0].closed, "{path}");
        assert_eq!(opens(&link), expired(), "{path}");
    }
}

/// Nine in the evening where Ana is, five hours west of UTC, where the next day has begun.
#[test]
fn where_no_time_is_recorded_an_entry_has_the_day_of_the_place_it_was_written_in() {
    const HOUR: i64 = 3_600_000;
    let world = World::with(|mission| mission.said.record_time = false);
    let phone = world.delegate("Ana");
    let now = phone.clock.get();
    let midnight = now - now % (24 * HOUR);
    phone.clock.set(midnight + 2 * HOUR);
    phone.write("note", &[("title", json!("Le soir"))]);
    phone.clock.set(now);
    phone.send();
    world.office.ask(Fetch);
    let table = world.office.ask(GetTable {
        filter: Filter::default(),
        view: TableView::default(),
        offset: 0,
        limit: 1,
    });
    assert_eq!(table.rows[0].created, midnight - 24 * HOUR);
}
