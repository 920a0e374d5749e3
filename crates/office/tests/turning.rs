//! A mission's key turns once a device was removed: who stays has the new one, and whoever left reads nothing that comes.

mod world;

use std::collections::BTreeMap;

use vigie_exchange::api::{MemberItem, PutMember};
use vigie_model::{ExactJson, MissionId};
use vigie_office::{
    OfficeDoc,
    docs::{FormFile, MissionDoc, RemovedDoc},
    due::{Due, Publish},
    mission::{SealedCard, card_form},
};
use vigie_seal::{
    Identity, OpenError, envelope,
    invite::MissionKey,
    open_card, open_card_file,
    turned::{BadKeyLetter, CardBytes, open_key},
};
use world::{Device, NOW, Office};

impl Office {
    fn hears(&mut self, device: &Device) {
        let mission = self.mission.id();
        let recipient = Identity::of_member(&device.key).recipient().to_string();
        self.registry.said(&MemberItem {
            n: 9,
            device: device.key.device(),
            mission,
            says: PutMember::new(recipient, &mission, &device.key),
            at: NOW,
        });
    }

    fn removes(&mut self, device: &Device) {
        self.registry.insert(OfficeDoc::Removed(RemovedDoc {
            device: device.key.device(),
            at: NOW,
        }));
    }

    /// The mission's next revision, and whether its key is another.
    fn next(&mut self, before: &MissionDoc) -> (MissionDoc, bool) {
        let mut next = before.revise(&self.keys, |_| {});
        next.name_team(&self.registry);
        let turned = next.turn_key(&self.registry, &mut self.dice);
        (next, turned)
    }

    fn card(&mut self, doc: &MissionDoc) -> SealedCard {
        let sealed = doc.seal_whole(&self.keys, &self.registry, &mut self.dice);
        sealed.expect("a card")
    }

    /// What a device makes of a card's bytes, that has `key` from before.
    fn read_by(
        &self,
        card: &SealedCard,
        device: &Device,
        key: &MissionKey,
    ) -> Result<u32, BadKeyLetter> {
        let office = self.keys.signing.verifying_key();
        let bytes = CardBytes::of(&card.bytes);
        if let Ok(card) = open_card(bytes.boxed, &office, key) {
            return Ok(card.rev);
        }
        let letter = bytes.key.expect("the key stands before the box");
        let member = Identity::of_member(&device.key);
        let turned = open_key(envelope::open, letter, &member, self.mission.id(), &office)?;
        Ok(open_card(bytes.boxed, &office, &turned).expect("opens").rev)
    }
}

const NOT_FOR_HIM: Result<u32, BadKeyLetter> = Err(BadKeyLetter::Sealed(OpenError::NotForUs(1)));

#[test]
fn who_stays_reads_the_next_card_and_who_was_removed_reads_none_that_comes() {
    let mut office = Office::new(71);
    let (ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    office.hears(&ana);
    office.hears(&luc);
    let first = office.mission.clone();
    let old = first.mission_key.clone();
    let (second, turned) = office.next(&first);
    assert!(!turned && second.follows(&office.registry));
    assert_eq!(CardBytes::of(&office.card(&second).bytes).key, None);
    office.removes(&luc);
    assert!(!second.follows(&office.registry));
    let (third, turned) = office.next(&second);
    assert!(turned && third.follows(&office.registry));
    assert_ne!(third.mission_key, old);
    let card = office.card(&third);
    assert_eq!(office.read_by(&card, &ana, &old), Ok(third.rev));
    assert_eq!(office.read_by(&card, &luc, &old), NOT_FOR_HIM);
    // Each card after that brings the key, whichever was missed; it turns once for one removal.
    let (fourth, turned) = office.next(&third);
    assert!(!turned);
    let card = office.card(&fourth);
    assert_eq!(office.read_by(&card, &ana, &old), Ok(fourth.rev));
    assert_eq!(office.read_by(&card, &luc, &old), NOT_FOR_HIM);
    // Names that were boxed under the key of before still open, and so do those under this one.
    let rosa = office.stranger("Rosa");
    let by_the_old = office.enrolment(&rosa, "Rosa");
    office.registry.insert(OfficeDoc::Mission(fourth.clone()));
    office.mission = fourth;
    let device = office.registry.enrolled(&by_the_old).expect("proven");
    assert_eq!(office.registry.device(&device).expect("in").name, "Rosa");
    let paul = office.delegate("Paul");
    assert_eq!(
        office.registry.device(&paul.key.device()).expect("in").name,
        "Paul"
    );
}

#[test]
fn who_had_not_said_what_is_sealed_for_her_is_let_in_once_she_has() {
    let mut office = Office::new(72);
    let (ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    let old = office.mission.mission_key.clone();
    office.removes(&luc);
    let (second, turned) = office.next(&office.mission.clone());
    // Nobody can be given it yet: it turns all the same, and who comes has it by her invite.
    assert!(turned && second.follows(&office.registry));
    let card = office.card(&second);
    assert_eq!(CardBytes::of(&card.bytes).key, None);
    let officekey = office.keys.signing.verifying_key();
    assert!(open_card(&card.bytes, &officekey, &old).is_err());
    assert!(open_card(&card.bytes, &officekey, &second.mission_key).is_ok());
    office.hears(&ana);
    assert!(!second.follows(&office.registry));
    let (third, turned) = office.next(&second);
    assert!(!turned && third.follows(&office.registry));
    let card = office.card(&third);
    assert_eq!(office.read_by(&card, &ana, &old), Ok(third.rev));
    // A second removal turns it again, and says nothing of whom the first turned from.
    office.removes(&ana);
    let (fourth, turned) = office.next(&third);
    assert!(turned && fourth.follows(&office.registry));
    assert_eq!(fourth.keys().count(), 3);
}

#[test]
fn what_questionnaires_show_is_boxed_anew() {
    let mut office = Office::new(73);
    let luc = office.delegate("Luc");
    let text = r#"{"version":"1"}"#.to_owned();
    let form = card_form(
        "f",
        "1",
        BTreeMap::new(),
        ExactJson::from_text(text).expect("JSON"),
    );
    let mut second = office.mission.with_form(&office.keys, form);
    let shown = || FormFile {
        name: "plan.png".into(),
        data: vigie_exchange::api::Base64(b"a picture".to_vec()),
    };
    let before = second.seal_files(|_| vec![shown()], &mut office.dice);
    office.removes(&luc);
    let (mut third, _) = office.next(&second);
    let after = third.seal_files(|_| vec![shown()], &mut office.dice);
    assert_eq!((before.len(), after.len()), (1, 1));
    assert!(open_card_file(&after[0].bytes, &second.mission_key).is_err());
    assert_eq!(
        open_card_file(&after[0].bytes, &third.mission_key).as_deref(),
        Ok(b"a picture".as_slice())
    );
    // A desk that put the questionnaire in meanwhile, under the key of before, goes on with this one.
    let changed = Publish::forms(["f".into()].into());
    let mut fourth = second.after(&third, &changed, &office.keys, 1);
    assert_eq!(fourth.mission_key, third.mission_key);
    let again = fourth.seal_files(|_| vec![shown()], &mut office.dice);
    assert_eq!(again.len(), 1, "it opens under no key that is left");
}

#[test]
fn of_two_desks_that_turn_it_at_once_the_one_that_published_counts() {
    let mut office = Office::new(74);
    let (ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    office.hears(&ana);
    office.removes(&luc);
    let first = office.mission.clone();
    let (ours, _) = office.next(&first);
    let (theirs, _) = office.next(&first);
    assert_ne!(ours.mission_key, theirs.mission_key);
    let next = ours.after(&theirs, &Publish::default(), &office.keys, 1);
    let (next, turned) = office.next(&next);
    assert!(!turned);
    assert_eq!(next.mission_key, theirs.mission_key);
    // Theirs did not hear of the removal: it turns again.
    let deaf = first.revise(&office.keys, |_| {});
    let next = ours.after(&deaf, &Publish::default(), &office.keys, 1);
    let (next, turned) = office.next(&next);
    assert!(turned && next.follows(&office.registry));
}

#[test]
fn open_invites_are_owed_again_once_the_card_is_published_and_not_before() {
    let mut office = Office::new(75);
    let (ana, luc) = (office.delegate("Ana"), office.delegate("Luc"));
    office.hears(&ana);
    let waiting = office.stranger("Rosa");
    let rosa = office.enrolment(&waiting, "Rosa").invite;
    office.removes(&luc);
    let (second, turned) = office.next(&office.mission.clone());
    let mission: MissionId = second.id();
    let mut due = Due::default();
    let publish = |turned| Publish {
        turned,
        ..Publish::default()
    };
    publish(turned).in_place_of(
        vigie_exchange::api::Hex([1; 32]),
        due.cards.entry(mission).or_default(),
    );
    // Another change before it is published forgets nothing of it.
    publish(false).in_place_of(
        vigie_exchange::api::Hex([2; 32]),
        due.cards.entry(mission).or_default(),
    );
    assert!(due.invites.is_empty());
    due.published(&mission, &office.registry);
    assert!(due.cards.is_empty());
    assert_eq!(
        due.invites,
        [rosa].into(),
        "used ones hold nothing any more"
    );
}
