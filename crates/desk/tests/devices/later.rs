//! A partner who stops, and goes on with her answer on another phone: all floors of it, below the page.

use std::rc::Rc;

use futures::executor::block_on;
use vigie_exchange::{
    Client, ExchangeError,
    api::{Code, DraftBox},
};
use vigie_forms::Now;
use vigie_join::{
    later::{Later, Over, Standing},
    partner_link, read_draft,
};
use vigie_mailbox::mailbox::now;
use vigie_model::{Link, RecordId};
use vigie_protocol::{CloseLink, CreateLink, DeskLink, File, NewLink};
use vigie_respondent::{InMemory, Kept, Moment, Respondent};
use vigie_seal::{DraftCode, InviteCode, SigningKey, open_draft, open_link};
use vigie_wire::Wire;

use crate::{common::World, rig::stage::say_link};

const PLACE: &str = "/data/travail/lieu";
const RECORDING: &str = "/data/fin/temoignage";
const SAID: &str = "Ouanaminthe, près de la rivière";

fn chance(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("random numbers");
}

fn make(world: &World, later_days: u32) -> (DeskLink, InviteCode) {
    let mission = world.mission;
    let link = NewLink {
        later_days,
        ..say_link()
    };
    let made = world.office.ask(CreateLink { mission, link })[0].clone();
    let code = made.code.parse().expect("a code");
    (made, code)
}

/// What whoever has the link's code is given.
fn opened(world: &World, code: &InviteCode) -> Link {
    let nobody = SigningKey::random(&mut chance);
    let client = Client::new(Wire::new(), world.url.clone(), nobody);
    let found = block_on(client.invite(&code.id(), now())).expect("the link's box");
    open_link(&found.sealed.0, code).expect("a link")
}

fn holder(world: &World, code: &DraftCode) -> Client<Wire> {
    Client::new(Wire::new(), world.url.clone(), code.key())
}

fn moment() -> Rc<Moment> {
    let now = Now {
        millis: now().0,
        offset: 0,
    };
    Moment::new(now, [1; 8], "Affiche".into(), "device".into(), None)
}

fn begin(link: &Link) -> Respondent<InMemory> {
    let form = link.form().expect("a questionnaire");
    let rec = RecordId::random(&mut chance);
    let begun = Respondent::begin(rec, form, "es", moment(), None, InMemory::default());
    let mut response = begun.expect("begun");
    for (node, value) in [
        ("/data/consentement_groupe/consentement", "oui"),
        (PLACE, SAID),
    ] {
        response.answer(node, value, 1).expect("answered");
    }
    response
}

/// Keeps it as the page would, and says what the server answered.
fn keep(world: &World, later: &mut Later, response: &Respondent<InMemory>) {
    let room = |files: bool| if files { Kept::FILES_BYTES } else { 0 };
    let put = later.put(|files| response.kept(room(files)), &mut chance);
    let put = put.expect("JSON").expect("something to put");
    let client = holder(world, later.code());
    let answer = block_on(client.put_draft(&put.invite, put.rev, put.days, put.sealed, now()));
    later.answered(&answer, now(), &mut chance);
}

/// Another phone, which has nothing but what stands on the paper.
fn read(world: &World, paper: &str) -> Result<(Later, Link, Kept), ExchangeError> {
    let (code, server) = read_draft(paper, "").expect("a draft's code");
    assert_eq!(server, world.url);
    let found: DraftBox = block_on(holder(world, &code).draft(now()))?;
    let draft = open_draft::<Kept>(&found.sealed.0, &code).expect("her draft");
    let link = opened(world, &draft.link);
    let later = Later::go_on(code, draft.link, &link, &found);
    Ok((later, link, draft.kept))
}

#[test]
fn an_answer_goes_on_from_a_code_alone_on_another_phone_until_it_is_erased() {
    let world = World::new();
    let (_, code) = make(&world, 12);
    let link = opened(&world, &code);
    assert_eq!(link.later_days, 12);
    let mut first = Later::begin(code, &link, now(), &mut chance).expect("the office lets her");
    let response = begin(&link);
    keep(&world, &mut first, &response);
    let Standing::Kept { until } = first.standing() else {
        panic!("{:?}", first.standing());
    };
    let days = until.since(now()) as f64 / 86_400_000.0;
    assert!((11.9..=12.0).contains(&days), "{days}");

    let paper = partner_link(&world.url, &first.code().to_string());
    let (mut second, link, kept) = read(&world, &paper).expect("kept");
    let form = link.form().expect("a questionnaire");
    assert_eq!(kept.form, form.hash);
    let rec = RecordId::random(&mut chance);
    let went_on = Respondent::go_on(rec, form, None, moment(), kept);
    let mut went_on = went_on.expect("begun again");
    assert_eq!(went_on.lang(), "es");
    assert_eq!(went_on.answers()["travail/lieu"], SAID);

    // Both go on: the first phone, which did not read what the second kept, is told, and overwrites nothing.
    went_on.answer(PLACE, "Trou-du-Nord", 2).expect("answered");
    second.changed(now());
    keep(&world, &mut second, &went_on);
    assert!(matches!(second.standing(), Standing::Kept { .. }));
    first.changed(now());
    keep(&world, &mut first, &response);
    assert_eq!(first.standing(), &Standing::Over(Over::Elsewhere));
    let (_, _, kept) = read(&world, &paper).expect("kept");
    let place = kept.answers.answers.iter().find(|(path, _)| path == PLACE);
    assert_eq!(place.expect("answered").1, "Trou-du-Nord");

    // Sent: nothing is left of it.
    block_on(holder(&world, second.code()).delete_draft(now())).expect("erased");
    let gone = read(&world, &paper).expect_err("erased");
    assert_eq!(gone.code(), Some(&Code::NotFound));
}

#[test]
fn where_the_office_lets_nobody_go_on_later_there_is_no_code_and_a_closed_link_ends_it() {
    let world = World::new();
    let (_, code) = make(&world, 0);
    let link = opened(&world, &code);
    assert_eq!(Later::begin(code, &link, now(), &mut chance), None);

    let (made, code) = make(&world, 7);
    let link = opened(&world, &code);
    let mut later = Later::begin(code, &link, now(), &mut chance).expect("the office lets her");
    let response = begin(&link);
    keep(&world, &mut later, &response);
    let paper = partner_link(&world.url, &later.code().to_string());
    let (mission, link) = (world.mission, made.id);
    world.office.ask(CloseLink { mission, link });
    let gone = read(&world, &paper).expect_err("closed");
    assert_eq!(gone.code(), Some(&Code::NotFound));
    later.changed(now());
    keep(&world, &mut later, &response);
    let over = Over::Link(Code::InviteExpired);
    assert_eq!(later.standing(), &Standing::Over(over));
}

#[test]
fn a_recording_that_finds_no_room_is_left_out_and_the_answers_are_kept() {
    let world = World::new();
    let (_, code) = make(&world, 7);
    let link = opened(&world, &code);
    let mut response = begin(&link);
    let mut later = Later::begin(code, &link, now(), &mut chance).expect("the office lets her");
    let bytes = vec![7; Kept::FILES_BYTES + 1];
    let file = File::new("voix.ogg", "audio/ogg", bytes);
    response
        .attach(RECORDING, file, "blob".into(), 1)
        .expect("attached");
    keep(&world, &mut later, &response);
    let paper = partner_link(&world.url, &later.code().to_string());
    let (_, _, kept) = read(&world, &paper).expect("kept");
    assert_eq!(kept.left_out, [RECORDING]);
    assert!(kept.files.is_empty());
    assert!(kept.answers.answers.iter().any(|(_, value)| value == SAID));
}
