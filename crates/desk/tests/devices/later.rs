//! A partner who stops, and goes on with her answer later, on this phone or another, against a real server.

use std::{io::Write, rc::Rc};

use flate2::{Compression, write::GzEncoder};
use futures::executor::block_on;
use serde_json::{Value, json};
use vigie_exchange::{
    Client, Response,
    api::{InviteBox, path},
};
use vigie_forms::Now;
use vigie_mailbox::mailbox::now;
use vigie_model::{FormHash, Link, RecordId};
use vigie_protocol::{
    AttachFile, CloseLink, CreateLink, DeskLink, DraftProblem, EraseDraft, ExportFormat, Failure,
    Fetch, File, FinishResponse, Finished, FormView, GetWaiting, GoOn, GoTo, InviteProblem,
    KeepDraft, KeptDraft, LeaveLink, NewLink, OpenLink, OpenResponse, ReadFile, Refusal,
    SendWaiting, SetAnswer, StartLink, WentOn,
};
use vigie_respondent::{InMemory, Kept, Moment, Respondent};
use vigie_seal::{DraftCode, InviteCode, open_link, seal_box, seal_draft};
use vigie_vault::Table;
use vigie_wire::Wire;

use crate::{
    common::{DAY_MS, Device, Fate, World},
    rig::stage::say_link,
};

const PLACE: &str = "/data/travail/lieu";
const RECORDING: &str = "/data/fin/temoignage";
const SAID: &str = "Ouanaminthe, près de la rivière";

fn chance(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("random numbers");
}

fn make(world: &World, link: NewLink) -> DeskLink {
    let mission = world.mission;
    world.office.ask(CreateLink { mission, link })[0].clone()
}

fn own_phone(later_days: u32) -> NewLink {
    NewLink {
        kiosk: false,
        later_days,
        ..say_link()
    }
}

fn follow(link: &DeskLink) -> Device {
    let phone = Device::new();
    phone.ask(open(link));
    phone
}

fn open(link: &DeskLink) -> OpenLink {
    OpenLink {
        code: link.link.clone(),
        origin: String::new(),
    }
}

fn say(phone: &Device, rec: RecordId, node: &str, value: &str) {
    phone.ask(SetAnswer {
        rec,
        node: node.into(),
        value: value.into(),
    });
}

/// Somebody who began, in Spanish, and said where she works.
fn begin(phone: &Device) -> RecordId {
    let rec = phone.ask(StartLink { lang: "es".into() }).rec;
    say(phone, rec, "/data/consentement_groupe/consentement", "oui");
    say(phone, rec, PLACE, SAID);
    rec
}

/// What else is required, and the end.
fn finish(phone: &Device, rec: RecordId) {
    for (node, value) in [
        ("/data/travail/pays", "HT"),
        ("/data/travail/secteur", "C14"),
        ("/data/contrat_paie/contrat", "ecrit_perm"),
        ("/data/heures/heures_jour", "10"),
        ("/data/heures/jours_semaine", "6"),
    ] {
        say(phone, rec, node, value);
    }
    let finished = phone.ask(FinishResponse { rec });
    assert!(matches!(finished, Finished::Saved(_)), "{finished:?}");
}

fn stop(phone: &Device) -> KeptDraft {
    phone.ask(KeepDraft { anew: false })
}

/// Two people who follow a link that one of them may answer by.
fn two_for_one_place(world: &World) -> (Device, Device) {
    let for_one = NewLink {
        uses: 1,
        ..own_phone(7)
    };
    let link = make(world, for_one);
    (follow(&link), follow(&link))
}

fn try_stop(phone: &Device) -> Result<KeptDraft, Failure> {
    phone.try_ask(KeepDraft { anew: false })
}

/// As it is typed on the page of this server.
fn go_on(world: &World, phone: &Device, code: &str) -> Result<WentOn, Failure> {
    phone.try_ask(GoOn {
        code: code.to_lowercase().replace('-', " "),
        origin: world.url.clone(),
    })
}

fn value(view: &FormView, path: &str) -> String {
    let node = view.nodes.iter().find(|node| node.path == path);
    node.map(|node| node.value.clone()).unwrap_or_default()
}

/// What the office has of the answers that came in.
fn came(world: &World) -> Vec<Value> {
    world.office.ask(Fetch);
    let bytes = world.office.exported(ExportFormat::Json);
    let export: Value = match serde_json::from_slice(&bytes) {
        Ok(export) => export,
        Err(_) => {
            let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
            serde_json::from_reader(zip.by_name("vigie.json").expect("the export")).expect("JSON")
        }
    };
    let records = export["records"].as_array().cloned().unwrap_or_default();
    let fields = records.into_iter().map(|record| record["fields"].clone());
    fields
        .filter(|fields| fields["_finished"].is_number())
        .collect()
}

/// Nothing of a code, of what opens with it, or of what was said is on this phone.
#[track_caller]
fn keeps_nothing_of(phone: &Device, code: &str) {
    let code: DraftCode = code.parse().expect("a code");
    let id = code.id().0;
    let bare = code.to_string().replace('-', "");
    let secrets = [
        code.to_string().into_bytes(),
        bare.into_bytes(),
        code.box_key().to_vec(),
        vigie_model::hex::encode(&*code.box_key()).into_bytes(),
        id.to_vec(),
        vigie_model::hex::encode(&id).into_bytes(),
        SAID.as_bytes().to_vec(),
    ];
    for (table, key, bytes) in phone.store.dump() {
        for secret in &secrets {
            let holds = |there: &[u8]| there.windows(secret.len()).any(|part| part == secret);
            assert!(!holds(&bytes) && !holds(key.as_bytes()), "{table:?}/{key}");
        }
    }
}

/// Lower than the page: whoever has a link's code, and puts what it likes.
struct Hand {
    code: DraftCode,
    link: InviteCode,
    opened: Link,
    client: Client<Wire>,
}

impl Hand {
    fn of(world: &World, link: &DeskLink) -> Hand {
        let code = DraftCode::random(&mut chance);
        let link: InviteCode = link.code.parse().expect("a code");
        let client = Client::new(Wire::new(), world.url.clone(), code.key());
        let found = block_on(client.invite(&link.id(), now())).expect("the link's box");
        Hand {
            opened: open_link(&found.sealed.0, &link).expect("a link"),
            code,
            link,
            client,
        }
    }

    fn put(&self, sealed: Vec<u8>) {
        let invite = self.link.id();
        let put = self.client.put_draft(&invite, 1, 7, sealed, now());
        block_on(put).expect("put");
    }

    /// A box whose code is right, around this.
    fn around(&self, inside: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(inside.as_bytes()).expect("memory");
        let packed = packed.finish().expect("memory");
        seal_box(&self.code.box_key(), "draft", &packed, &mut chance)
    }

    fn kept(&self) -> Kept {
        let moment = Moment::new(
            Now {
                millis: now().0,
                offset: 0,
            },
            [1; 8],
            "Affiche".into(),
            "device".into(),
            None,
        );
        let form = self.opened.form().expect("a questionnaire");
        let rec = RecordId::random(&mut chance);
        let begun: Result<Respondent<InMemory>, Failure> = Respondent::begin(
            rec,
            form,
            "es",
            Rc::clone(&moment),
            None,
            InMemory::default(),
        );
        let mut response = begun.expect("begun");
        for (node, value) in [
            ("/data/consentement_groupe/consentement", "oui"),
            (PLACE, SAID),
        ] {
            response.answer(node, value, 1).expect("answered");
        }
        response.kept(0)
    }
}

#[test]
fn she_stops_on_one_phone_and_ends_on_another_from_the_code_alone() {
    let world = World::new();
    let link = make(&world, own_phone(12));
    assert_eq!(link.later_days, 12);
    let first = follow(&link);
    let rec = begin(&first);
    let agreed = first.clock.get();
    let file = File::new("voix.ogg", "audio/ogg", vec![7; 5_000]);
    first.ask(AttachFile {
        rec,
        node: RECORDING.into(),
        file,
    });
    first.ask(GoTo { rec, page: 2 });
    let kept = stop(&first);
    assert_eq!(kept.page, format!("{}/q", world.url));
    assert_eq!(kept.link, format!("{}/q#{}", world.url, kept.code));
    assert_eq!(kept.left_out, 0);
    let days = (kept.until - now().0) as f64 / DAY_MS as f64;
    assert!((11.9..=12.0).contains(&days), "{days}");
    keeps_nothing_of(&first, &kept.code);
    let before = first.ask(OpenResponse { rec });
    first.ask(LeaveLink);

    // Another phone, a day later, which never saw the link.
    let second = Device::new();
    second.clock.set(second.clock.get() + DAY_MS);
    let went_on = go_on(&world, &second, &kept.code).expect("kept");
    assert_eq!((went_on.kept.left_out, went_on.changed), (0, false));
    assert_eq!((&*went_on.lang, &*went_on.code), ("es", &*link.code));
    assert_eq!(went_on.kept, kept);
    let rec = went_on.rec;
    let view = second.ask(OpenResponse { rec });
    assert_eq!(view.page, 2);
    assert_eq!(value(&view, PLACE), SAID);
    assert_eq!(view.progress, before.progress);
    let node = RECORDING.into();
    assert_eq!(second.ask(ReadFile { rec, node }).bytes, vec![7; 5_000]);
    keeps_nothing_of(&second, &kept.code);

    // She stops again there, under the same code, and ends on a third.
    say(&second, rec, PLACE, "Trou-du-Nord");
    assert_eq!(stop(&second).code, kept.code);
    let third = Device::new();
    let rec = go_on(&world, &third, &kept.code).expect("kept").rec;
    finish(&third, rec);
    keeps_nothing_of(&third, &kept.code);
    assert_eq!(third.ask(SendWaiting).sent, 1);
    assert!(third.store.dump().is_empty());
    let absent = Failure::from(DraftProblem::Absent);
    assert_eq!(go_on(&world, &Device::new(), &kept.code), Err(absent));
    let came = came(&world);
    assert_eq!(came.len(), 1);
    assert_eq!(came[0]["travail/lieu"], json!("Trou-du-Nord"));
    // She agreed on the first phone.
    let consented = came[0]["_consented"].as_i64().expect("when she agreed");
    assert!(consented <= agreed && agreed - consented < 60_000);
}

#[test]
fn a_link_says_whether_one_may_go_on() {
    let world = World::new();
    for (days, may) in [(0, false), (1, true)] {
        let link = make(&world, own_phone(days));
        assert_eq!(Device::new().ask(open(&link)).may_go_on, may);
    }
}

#[test]
fn whoever_went_on_elsewhere_is_not_overwritten_and_the_rest_is_kept_under_another_code() {
    let world = World::new();
    let link = make(&world, own_phone(7));
    let (first, second) = (follow(&link), Device::new());
    let rec = begin(&first);
    let code = stop(&first).code;
    let went_on = go_on(&world, &second, &code).expect("kept");
    say(&second, went_on.rec, PLACE, "Trou-du-Nord");
    stop(&second);
    let elsewhere = Failure::from(DraftProblem::Elsewhere);
    // The first phone does not know which revision is there: one of its tries may say a greater one.
    say(&first, rec, PLACE, "Caracol");
    assert_eq!(try_stop(&first), Err(elsewhere));
    let other = first.ask(KeepDraft { anew: true }).code;
    assert_ne!(other, code);
    for (code, place) in [(code, "Trou-du-Nord"), (other, "Caracol")] {
        let phone = Device::new();
        let rec = go_on(&world, &phone, &code).expect("kept").rec;
        assert_eq!(value(&phone.ask(OpenResponse { rec }), PLACE), place);
    }
}

#[test]
fn what_is_given_up_is_erased_and_the_answer_goes_on_here() {
    let world = World::new();
    let link = make(&world, own_phone(7));
    let phone = follow(&link);
    let rec = begin(&phone);
    phone.ask(EraseDraft);
    let code = stop(&phone).code;
    phone.ask(EraseDraft);
    let absent = Failure::from(DraftProblem::Absent);
    assert_eq!(go_on(&world, &Device::new(), &code), Err(absent));
    assert_ne!(stop(&phone).code, code);
    finish(&phone, rec);
    assert_eq!(phone.ask(SendWaiting).sent, 1);
}

#[test]
fn every_request_may_be_cut_and_asked_again() {
    let world = World::new();
    let link = make(&world, own_phone(7));
    for (at, fate) in [Fate::RequestLost, Fate::AnswerLost]
        .into_iter()
        .enumerate()
    {
        let phone = follow(&link);
        begin(&phone);
        phone.fate("PUT", "/v1/drafts/", fate.clone());
        assert_eq!(try_stop(&phone), Err(Failure::Unreachable));
        let code = stop(&phone).code;
        let other = Device::new();
        for (method, path) in [("GET", "/v1/drafts/"), ("GET", "/v1/invites/")] {
            other.fate(method, path, fate.clone());
            let silent = go_on(&world, &other, &code);
            assert_eq!(silent, Err(Failure::Unreachable), "{path}");
        }
        let rec = go_on(&world, &other, &code).expect("kept").rec;
        finish(&other, rec);

        // Sent, and the erasing is cut: her answer is there, and is not said to wait.
        other.fate("DELETE", "/v1/drafts/", fate.clone());
        let waiting = other.ask(SendWaiting);
        assert_eq!((waiting.waiting, waiting.refused), (0, 0));
        assert_eq!(came(&world).len(), at + 1);
        keeps_nothing_of(&other, &code);
        let rows = other.store.dump();
        assert!(rows.iter().any(|(table, ..)| *table == Table::Meta));
        // The phone is turned off there, and opened another day at any address.
        let other = other.killed();
        other.ask(SendWaiting);
        assert!(other.store.dump().is_empty());
        let absent = Failure::from(DraftProblem::Absent);
        assert_eq!(go_on(&world, &Device::new(), &code), Err(absent));
        assert_eq!(came(&world).len(), at + 1);
    }
}

#[test]
fn an_answer_that_waits_for_a_network_says_neither_code_nor_draft_and_erases_it_when_it_goes() {
    let world = World::new();
    let link = make(&world, own_phone(7));
    let phone = follow(&link);
    let rec = begin(&phone);
    let code = stop(&phone).code;
    phone.online.set(false);
    assert_eq!(try_stop(&phone), Err(Failure::Unreachable));
    finish(&phone, rec);
    assert_eq!(phone.ask(SendWaiting).waiting, 1);
    keeps_nothing_of(&phone, &code);
    let phone = phone.killed();
    phone.online.set(true);
    assert_eq!(phone.ask(SendWaiting).sent, 1);
    assert!(phone.store.dump().is_empty());
    let absent = Failure::from(DraftProblem::Absent);
    assert_eq!(go_on(&world, &Device::new(), &code), Err(absent));
    assert_eq!(came(&world).len(), 1);
}

#[test]
fn a_wrong_code_a_closed_link_a_full_one_and_a_silent_server_are_each_said() {
    let world = World::new();
    let link = make(&world, own_phone(7));
    let phone = follow(&link);
    begin(&phone);
    let code = stop(&phone).code;
    let other = Device::new();
    for typed in ["", "7K2M", &link.code, "U123-4567-89AB-CDEF-GHJK"] {
        let unreadable = Failure::from(DraftProblem::Unreadable);
        assert_eq!(go_on(&world, &other, typed), Err(unreadable), "{typed}");
    }
    let mut wrong: Vec<char> = code.chars().collect();
    wrong[23] = if wrong[23] == '0' { '1' } else { '0' };
    let wrong: String = wrong.into_iter().collect();
    let absent = Failure::from(DraftProblem::Absent);
    assert_eq!(go_on(&world, &other, &wrong), Err(absent.clone()));
    other.online.set(false);
    assert_eq!(go_on(&world, &other, &code), Err(Failure::Unreachable));
    other.online.set(true);

    let mission = world.mission;
    world.office.ask(CloseLink {
        mission,
        link: link.id,
    });
    assert_eq!(go_on(&world, &other, &code), Err(absent));
    let expired = Failure::from(InviteProblem::Expired);
    assert_eq!(try_stop(&phone), Err(expired));

    // Somebody else took the last place meanwhile.
    let (phone, quicker) = two_for_one_place(&world);
    begin(&phone);
    let code = stop(&phone).code;
    let rec = begin(&quicker);
    finish(&quicker, rec);
    assert_eq!(quicker.ask(SendWaiting).sent, 1);
    let used = Failure::from(InviteProblem::Used);
    assert_eq!(go_on(&world, &other, &code), Err(used.clone()));
    assert_eq!(try_stop(&phone), Err(used));
}

#[test]
fn a_newer_versions_box_a_damaged_one_and_another_questionnaire_are_each_said() {
    let world = World::new();
    let link = make(&world, own_phone(7));
    let phone = Device::new();
    let code_of = |hand: &Hand| hand.code.to_string();

    let hand = Hand::of(&world, &link);
    hand.put(hand.around(r#"{"v":2,"link":{"of":"another shape"}}"#));
    let newer = Failure::from(DraftProblem::Newer);
    assert_eq!(go_on(&world, &phone, &code_of(&hand)), Err(newer));

    let damaged = Failure::from(DraftProblem::Damaged);
    let other = link.code.as_str();
    for inside in [
        "{}".to_owned(),
        format!(r#"{{"v":1,"link":"{other}","kept":[]}}"#),
        format!(r#"{{"v":1,"link":"{other}","kept":{{"form":7}}}}"#),
    ] {
        let hand = Hand::of(&world, &link);
        hand.put(hand.around(&inside));
        let refused = go_on(&world, &phone, &code_of(&hand));
        assert_eq!(refused, Err(damaged.clone()), "{inside}");
    }
    let hand = Hand::of(&world, &link);
    hand.put(vec![1; 600]);
    assert_eq!(go_on(&world, &phone, &code_of(&hand)), Err(damaged));

    // What this version put before it said when she agreed; of a questionnaire that is another now.
    let hand = Hand::of(&world, &link);
    let kept = Kept {
        form: FormHash::from_sha256(&[9; 32]),
        left_out: vec![RECORDING.into()],
        ..hand.kept()
    };
    assert_eq!(kept.consented, None);
    let sealed = seal_draft(&hand.link, &kept, &hand.code, &mut chance).expect("JSON");
    hand.put(sealed);
    let went_on = go_on(&world, &phone, &code_of(&hand)).expect("kept");
    assert_eq!((went_on.kept.left_out, went_on.changed), (1, true));
    let rec = went_on.rec;
    assert_eq!(value(&phone.ask(OpenResponse { rec }), PLACE), SAID);
    finish(&phone, rec);
    assert_eq!(phone.ask(SendWaiting).sent, 1);
    let came = came(&world);
    assert!(came[0]["_consented"].is_number());
}

#[test]
fn a_recording_that_finds_no_room_is_left_out_and_said() {
    let world = World::new();
    let link = make(&world, own_phone(7));
    let phone = follow(&link);
    let rec = begin(&phone);
    let mut bytes = vec![0; Kept::FILES_BYTES + 1];
    chance(&mut bytes);
    let file = File::new("voix.ogg", "audio/ogg", bytes);
    phone.ask(AttachFile {
        rec,
        node: RECORDING.into(),
        file,
    });
    let kept = stop(&phone);
    assert_eq!(kept.left_out, 1);
    let other = Device::new();
    let went_on = go_on(&world, &other, &kept.code).expect("kept");
    assert_eq!(went_on.kept.left_out, 1);
    let view = other.ask(OpenResponse { rec: went_on.rec });
    assert_eq!(
        (value(&view, PLACE), value(&view, RECORDING)),
        (SAID.into(), String::new())
    );
}

#[test]
fn begun_in_time_it_is_ended_when_nobody_may_begin_any_more() {
    let world = World::new();
    let link = make(
        &world,
        NewLink {
            days: 3,
            ..own_phone(7)
        },
    );
    let phone = follow(&link);
    begin(&phone);
    let code = stop(&phone).code;

    // Four days later, before a server that does not say its time.
    let other = Device::new();
    let hand = Hand::of(&world, &link);
    let found = block_on(hand.client.invite(&hand.link.id(), now())).expect("the link's box");
    let body = serde_json::to_vec(&InviteBox { now: None, ..found }).expect("JSON");
    let invite = path::invite(&hand.link.id());
    other.line(move |request| match request.path == invite {
        true => Fate::Answered(Response {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.clone(),
        }),
        false => Fate::Passes,
    });
    other.clock.set(other.clock.get() + 4 * DAY_MS);
    let expired = Failure::from(InviteProblem::Expired);
    assert_eq!(other.try_ask(open(&link)), Err(expired));
    let rec = go_on(&world, &other, &code).expect("kept").rec;
    assert_eq!(stop(&other).code, code);
    finish(&other, rec);
    assert_eq!(other.ask(SendWaiting).sent, 1);
    assert_eq!(came(&world).len(), 1);
}

#[test]
fn a_kiosk_keeps_nothing_of_her_for_the_next_person() {
    let world = World::new();
    let link = make(
        &world,
        NewLink {
            kiosk: true,
            ..own_phone(7)
        },
    );
    let tablet = follow(&link);
    let empty = tablet.store.dump();
    let hers = begin(&tablet);
    let code = stop(&tablet).code;
    assert_eq!(tablet.store.dump(), empty);
    tablet.ask(LeaveLink);
    let gone = tablet.try_ask(OpenResponse { rec: hers });
    assert!(gone.is_err());
    assert_eq!(try_stop(&tablet), Err(Failure::NotFound));

    // The next person stops too: another code, which opens her own answer.
    let rec = tablet.ask(StartLink { lang: "fr".into() }).rec;
    say(&tablet, rec, PLACE, "Codevi");
    let next = stop(&tablet).code;
    assert_ne!(next, code);
    tablet.ask(LeaveLink);

    // The first comes back, ends there, and somebody begins after her.
    let went_on = go_on(&world, &tablet, &code).expect("kept");
    assert_eq!(
        value(&tablet.ask(OpenResponse { rec: went_on.rec }), PLACE),
        SAID
    );
    finish(&tablet, went_on.rec);
    assert_eq!(tablet.ask(SendWaiting).sent, 1);
    assert_eq!(tablet.store.dump(), empty);
    let view = tablet.ask(StartLink { lang: "fr".into() });
    assert_eq!(value(&view, PLACE), "");
    let absent = Failure::from(DraftProblem::Absent);
    assert_eq!(go_on(&world, &Device::new(), &code), Err(absent));
    assert!(go_on(&world, &Device::new(), &next).is_ok());
}

#[test]
fn an_answer_that_is_refused_leaves_what_is_kept_where_it_is() {
    let world = World::new();
    let (phone, quicker) = two_for_one_place(&world);
    let rec = begin(&phone);
    let code = stop(&phone).code;
    let theirs = begin(&quicker);
    finish(&quicker, theirs);
    assert_eq!(quicker.ask(SendWaiting).sent, 1);
    finish(&phone, rec);
    let refused = phone.ask(SendWaiting);
    let used = Refusal::Invite(InviteProblem::Used);
    assert_eq!((refused.refused, refused.reason), (1, Some(used)));
    assert_eq!(phone.ask(GetWaiting).waiting, 0);
    let hand = Client::new(
        Wire::new(),
        world.url.clone(),
        code.parse::<DraftCode>().expect("a code").key(),
    );
    assert!(block_on(hand.draft(now())).is_ok());
}
