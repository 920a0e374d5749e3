//! Whom a mission's card names as its team, and what the office gives them that no phone sealed for them.

mod world;

use serde_json::json;
use vigie_exchange::api::{Hex, MemberItem, PutMember};
use vigie_journal::Journal;
use vigie_model::{DeviceId, Kind, MissionId, OpId, Timestamp};
use vigie_office::{
    OfficeDoc, Registry,
    docs::{MissionDoc, RemovedDoc},
    due::{Due, Publish},
    registry::MEMBERS,
    team::Given,
};
use vigie_seal::{Identity, envelope, given::open_letter};
use world::{Device, NOW, Office};

impl Office {
    fn shares(&mut self) {
        self.mission.card.mission.policy.share_with_team = true;
        let doc = OfficeDoc::Mission(self.mission.clone());
        self.registry = Registry::from_docs([doc]);
    }

    fn hears(&mut self, device: &Device) {
        self.registry.said(&said(device, self.mission.id()));
    }

    /// The next card, with what is owed because of it.
    fn revised(&self, before: &MissionDoc) -> (MissionDoc, Vec<(Hex<32>, Given)>) {
        let mut next = before.revise(&self.keys, |_| {});
        let given = next.name_team(&self.registry);
        (next, given)
    }

    fn letter(&self, doc: &MissionDoc, given: &Given, reader: &Device) -> Option<Vec<OpId>> {
        let letter = doc.letter(&self.keys, &self.journal, given)?;
        let identity = Identity::of_member(&reader.key);
        let office = self.keys.signing.verifying_key();
        let ops = open_letter(envelope::open, &letter.bytes, &identity, doc.id(), &office).ok()?;
        Some(ops.iter().map(|stored| stored.id).collect())
    }
}

fn said(device: &Device, mission: MissionId) -> MemberItem {
    let recipient = Identity::of_member(&device.key).recipient().to_string();
    MemberItem {
        n: 9,
        device: device.key.device(),
        mission,
        says: PutMember::new(recipient, &mission, &device.key),
        at: NOW,
    }
}

fn named(doc: &MissionDoc) -> Vec<DeviceId> {
    let members = doc.card.members.iter();
    members.map(|member| member.device).collect()
}

fn newcomers(given: &[(Hex<32>, Given)]) -> Vec<DeviceId> {
    let given = given.iter().map(|(_, given)| given);
    let newcomer = |given: &Given| match given {
        Given::ToNewcomer(device) => Some(*device),
        _ => None,
    };
    given.filter_map(newcomer).collect()
}

#[test]
fn the_card_names_those_who_take_part_and_said_what_is_sealed_for_them() {
    let mut office = Office::new(51);
    office.shares();
    let (ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    let mallory = office.stranger("Mallory");
    let first = office.mission.clone();
    assert!(first.follows(&office.registry));
    for device in [&ana, &luc, &mallory] {
        office.hears(device);
    }
    // Somebody else says it for Luc, or of another mission; what he said stands.
    let mission = office.mission.id();
    let forged = MemberItem {
        device: luc.key.device(),
        ..said(&mallory, mission)
    };
    office.registry.said(&forged);
    let nonsense = PutMember::new("age1nonsense".into(), &mission, &mallory.key);
    office.registry.said(&MemberItem {
        says: nonsense,
        ..said(&mallory, mission)
    });
    assert!(!first.follows(&office.registry));
    let (second, given) = office.revised(&first);
    let mut both = vec![ana.key.device(), luc.key.device()];
    both.sort();
    let mut told = named(&second);
    told.sort();
    assert_eq!(told, both);
    assert_eq!(second.team_rev, second.rev);
    assert_eq!(newcomers(&given).len(), 2);
    assert!(second.follows(&office.registry));
    let theirs = second.card.members.iter();
    let lucs = theirs
        .clone()
        .find(|member| member.device == luc.key.device());
    assert_eq!(
        lucs.expect("Luc").recipient,
        Identity::of_member(&luc.key).recipient().to_string()
    );
    // The next one says no other: nothing is owed again.
    let (third, given) = office.revised(&second);
    assert_eq!((third.team_rev, given.len()), (second.rev, 0));
}

#[test]
fn a_removed_device_is_named_no_more_and_what_it_wrote_is_given() {
    let mut office = Office::new(52);
    office.shares();
    let (mut ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    office.hears(&ana);
    office.hears(&luc);
    let (second, _) = office.revised(&office.mission);
    let note = ana.note(&[("title", json!("Atelier"))]);
    let sealed = ana.sealed(&office, std::slice::from_ref(&note));
    office.import(&sealed);
    let lost = RemovedDoc {
        device: ana.key.device(),
        at: NOW,
    };
    office.registry.insert(OfficeDoc::Removed(lost));
    let (third, given) = office.revised(&second);
    assert_eq!(named(&third), [luc.key.device()]);
    let left = Given::OfRemoved(ana.key.device());
    assert_eq!(given, [(Hex(ana.key.device().0), left.clone())]);
    assert_eq!(office.letter(&third, &left, &luc), Some(vec![note.id]));
    assert_eq!(office.letter(&third, &left, &ana), None, "not for her");
    // Another desk, which did not hear of the removal, named her meanwhile: removed in a row or not, she is out again.
    let (again, given) = office.revised(&second.revise(&office.keys, |_| {}));
    assert_eq!((named(&again), given.len()), (named(&third), 1));
}

#[test]
fn only_what_nobody_sealed_for_the_team_is_given_and_nothing_that_is_not_shared() {
    let mut office = Office::new(53);
    office.shares();
    let (mut ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    office.hears(&luc);
    let (second, _) = office.revised(&office.mission);
    let note = ana.note(&[("title", json!("Atelier"))]);
    let secret = ana.note(&[("title", json!("Nom")), ("sensitivity", json!("secret"))]);
    let file = ana.record();
    let file = ana.write(
        &Journal::new(),
        file,
        Kind::ATTACHMENT,
        &[("data", json!("TWFyaWE="))],
    );
    let ops = [note.clone(), secret.clone(), file];
    let sealed = ana.sealed(&office, &ops);
    office.import(&sealed);
    let ids = || ops.iter().map(|stored| stored.id);
    let journal = &office.journal;
    let expected = Some(Given::Ops([note.id].into()));
    // For the office alone, or by a card of before: as it came from a file, or from a phone that had not heard.
    assert_eq!(second.to_give(journal, ids(), None), expected);
    assert_eq!(
        second.to_give(journal, ids(), Some(second.rev - 1)),
        expected
    );
    assert_eq!(second.to_give(journal, ids(), Some(second.rev)), None);
    assert_eq!(
        office.mission.to_give(journal, ids(), None),
        None,
        "nobody is named"
    );
    let all = Given::ToNewcomer(luc.key.device());
    assert_eq!(office.letter(&second, &all, &luc), Some(vec![note.id]));
    // It is secret no more: all of it is given, though the phones were sealed the last change.
    let opened = ana.write(
        journal,
        secret.op.rec,
        Kind::NOTE,
        &[("sensitivity", json!("open"))],
    );
    let sealed = ana.sealed(&office, std::slice::from_ref(&opened));
    office.import(&sealed);
    let given = second.to_give(&office.journal, [opened.id], Some(second.rev));
    assert_eq!(given, Some(Given::Ops([secret.id, opened.id].into())));
    // Marked again before it was given: it stays.
    let marked = ana.write(
        &office.journal,
        secret.op.rec,
        Kind::NOTE,
        &[("sensitivity", json!("secret"))],
    );
    let sealed = ana.sealed(&office, std::slice::from_ref(&marked));
    office.import(&sealed);
    assert_eq!(office.letter(&second, &given.expect("given"), &luc), None);
}

#[test]
fn a_mission_that_does_not_share_names_nobody_and_one_that_shares_again_gives_again() {
    let mut office = Office::new(54);
    office.shares();
    let luc = office.delegate("Luc");
    office.hears(&luc);
    let (second, first_given) = office.revised(&office.mission);
    let mut mission = second.card.mission.clone();
    // Where nothing readable stays on phones, there is nobody to give to.
    mission.policy.keep_readable = false;
    let third = second.with_mission(&office.keys, mission.clone());
    let (third, given) = office.revised(&third.expect("a mission"));
    assert_eq!((named(&third), given.len()), (vec![], 0));
    mission.policy.keep_readable = true;
    let fourth = third
        .with_mission(&office.keys, mission)
        .expect("a mission");
    let (fourth, again) = office.revised(&fourth);
    assert_eq!(named(&fourth), [luc.key.device()]);
    assert_eq!(newcomers(&again), [luc.key.device()]);
    assert_ne!(
        again[0].0, first_given[0].0,
        "in another place than the first"
    );
}

#[test]
fn two_desks_that_publish_at_once_name_the_same_team() {
    let mut office = Office::new(55);
    office.shares();
    let (ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    office.hears(&ana);
    let (ours, _) = office.revised(&office.mission);
    office.hears(&luc);
    let (theirs, _) = office.revised(&office.mission);
    let mut next = ours.after(&theirs, &Publish::default(), &office.keys, 1);
    assert!(next.rev > theirs.rev);
    assert_eq!(next.name_team(&office.registry), []);
    assert_eq!(
        (named(&next), next.team_rev),
        (named(&theirs), theirs.team_rev)
    );
}

#[test]
fn no_more_are_named_than_a_bundle_is_sealed_for_and_who_came_first_stays() {
    let mut office = Office::new(56);
    office.shares();
    let mut first = Vec::new();
    for n in 0..MEMBERS + 3 {
        let device = office.stranger("…");
        let mut item = office.enrolment(&device, "…");
        item.at = Timestamp(NOW.0 + i64::try_from(n).expect("a few"));
        office.registry.enrolled(&item).expect("proven");
        office.hears(&device);
        first.push(device.key.device());
    }
    first.truncate(MEMBERS);
    let (next, _) = office.revised(&office.mission);
    assert_eq!(named(&next), first);
}

#[test]
fn what_is_owed_to_teams_is_owed_again_to_a_server_that_was_set_back() {
    let mut office = Office::new(57);
    office.shares();
    let luc = office.delegate("Luc");
    office.hears(&luc);
    let (second, given) = office.revised(&office.mission);
    let mission = second.id();
    office.registry.insert(OfficeDoc::Mission(second));
    let mut due = Due::default();
    due.everything(&office.registry, NOW);
    assert_eq!(
        due.letters[&mission],
        given.iter().cloned().collect(),
        "in the same place: a server that has it takes no other"
    );
    let text = serde_json::to_string(&due).expect("JSON");
    assert_eq!(serde_json::from_str::<Due>(&text).expect("reads back"), due);
    due.given(&mission, &given[0].0);
    assert!(due.letters.is_empty());
}
