//! What both desks of an office, the browser's and the command line's, decide alike.

mod world;

use vigie_exchange::{
    ExchangeError, Unreachable,
    api::{BundleItem, Code, Epoch, FeedItem, Hex, Problem},
};
use vigie_model::{BundleId, DeviceId, LinkOptions, MissionId, Timestamp};
use vigie_office::{
    Registry, Seen, Verdict,
    docs::{DeskDoc, LinkDoc},
    due::{DocId, Due, Numbers, Publish},
    fetch::{Away, Piece, Told, requests},
    links::LinkStanding,
    receipts::receipt,
    registry::Link,
};
use world::{NOW, Office};

fn bundle(n: u64, size: u64) -> FeedItem {
    FeedItem::Bundle(BundleItem {
        n,
        bundle: BundleId([n as u8; 32]),
        device: DeviceId([1; 32]),
        mission: MissionId::MIN,
        size,
        stored: NOW,
        gone: false,
        team: None,
    })
}

#[test]
fn what_is_gone_is_counted_and_not_asked_for_unless_it_is_here() {
    let gone = |n| match bundle(n, MIB) {
        FeedItem::Bundle(item) => FeedItem::Bundle(BundleItem { gone: true, ..item }),
        other => other,
    };
    let mut items = [gone(1), bundle(2, MIB), gone(3), gone(4)]
        .into_iter()
        .peekable();
    let piece = Piece::next(&mut items, |item| match item.n {
        3 => Told::Known,
        _ => Told::New,
    });
    assert_eq!((piece.gone, piece.told, piece.cursor), (2, 4, Some(4)));
    let wanted: Vec<u64> = piece.wanted.iter().map(|item| item.n).collect();
    let known: Vec<u64> = piece.known.iter().map(|item| item.n).collect();
    assert_eq!((wanted, known), (vec![2], vec![3]));
}

const MIB: u64 = 1024 * 1024;

#[test]
fn a_page_is_fetched_by_pieces_bounded_in_bytes() {
    let sizes = [3, 3, 3, 30, 1].map(|mib| mib * MIB);
    let items = (1..).zip(sizes).map(|(n, size)| bundle(n, size));
    let small = (6..=220).map(|n| bundle(n, 1));
    let mut items = items.chain(small).peekable();
    let mut cut = Vec::new();
    while items.peek().is_some() {
        let piece = Piece::next(&mut items, |_| Told::New);
        cut.push((piece.wanted.len(), piece.cursor));
    }
    // The largest comes alone, whatever its size.
    let expected = [(2, 2), (1, 3), (1, 4), (216, 220)];
    assert_eq!(cut, expected.map(|(count, cursor)| (count, Some(cursor))));
}

#[test]
fn small_bundles_are_asked_for_together_in_their_order_and_large_ones_alone() {
    const KIB: u64 = 1024;
    let asked = |sizes: &[u64]| -> Vec<usize> {
        let items = (1..).zip(sizes).map(|(n, size)| bundle(n, *size));
        let mut items = items.peekable();
        let Piece { wanted, .. } = Piece::next(&mut items, |_| Told::New);
        assert!(items.peek().is_none());
        let requests = requests(&wanted);
        let all: Vec<BundleId> = requests.concat();
        assert!(all.iter().eq(wanted.iter().map(|item| &item.bundle)));
        requests.iter().map(Vec::len).collect()
    };
    assert_eq!(asked(&[2 * KIB; 120]), [50, 50, 20]);
    assert_eq!(
        asked(&[200 * KIB, 100 * KIB, 100 * KIB, 56 * KIB, 1]),
        [1, 3, 1]
    );
    // One that is too large for an answer of several is asked for alone.
    assert_eq!(asked(&[KIB, MIB, KIB, KIB]), [1, 1, 2]);
    assert_eq!(asked(&[]), Vec::<usize>::new());
}

#[test]
fn what_is_here_is_not_fetched_again_and_brings_the_reading_on() {
    let told = [Told::Known, Told::Waits, Told::New];
    let items = (1..=3).map(|n| bundle(n, 100 * MIB));
    let items = items.chain([FeedItem::Unknown]);
    let piece = Piece::next(&mut items.peekable(), |item| told[item.n as usize - 1]);
    assert_eq!((piece.known.len(), piece.wanted.len()), (1, 1));
    assert_eq!((piece.told, piece.cursor), (3, Some(3)));
}

#[test]
fn a_bundle_that_does_not_come_stops_the_others_only_where_nothing_comes() {
    let problem = |code| ExchangeError::Problem {
        problem: Problem {
            code,
            title: String::new(),
            status: 500,
            detail: None,
            now: None,
        },
        retry_after_ms: None,
    };
    for (error, away) in [
        (problem(Code::NotFound), Away::Bundle),
        (problem(Code::Internal), Away::Bundle),
        (problem(Code::Busy), Away::Line),
        (problem(Code::TooMany), Away::Line),
        (problem(Code::NotOffice), Away::Line),
        (ExchangeError::Foreign { status: 200 }, Away::Bundle),
        (ExchangeError::Foreign { status: 502 }, Away::BundleIfWell),
        (Unreachable("cut".into()).into(), Away::BundleIfWell),
    ] {
        assert_eq!(Away::of(&error), away, "{error}");
    }
}

#[test]
fn numbers_of_another_epoch_or_beyond_the_last_are_read_from_the_beginning() {
    let [a, b]: [Option<Epoch>; 2] = [Some(Hex([1; 16])), Some(Hex([2; 16]))];
    for (known, told, last, cursor, numbers) in [
        (None, None, None, 5, Numbers::Same),
        (a, a, Some(5), 5, Numbers::Same),
        (None, a, Some(5), 5, Numbers::New),
        (a, b, Some(9), 5, Numbers::SetBack),
        (a, a, Some(4), 5, Numbers::SetBack),
        (None, None, Some(4), 5, Numbers::SetBack),
        // A server of before says none, after one that did.
        (a, None, None, 5, Numbers::Same),
    ] {
        assert_eq!(Numbers::of(known, told, last, cursor), numbers);
    }
}

#[test]
fn only_a_server_that_was_set_back_is_owed_all_that_it_was_told() {
    let office = Office::new(5);
    let owed = |numbers| {
        let mut due = Due::default();
        due.start_over([Hex([7; 32])], &office.registry, NOW, numbers);
        (due.docs.len(), due.cards_again.len())
    };
    assert_eq!(owed(Numbers::New), (1, 0));
    assert_eq!(owed(Numbers::SetBack), (1, 1));
}

#[test]
fn a_card_goes_on_from_the_newest_of_another_desk() {
    let office = Office::new(6);
    let [id, other, later] = [1, 2, 3].map(|n| Hex([n; 32]) as DocId);
    let ours = office.mission.revise(&office.keys, |_| {});
    let theirs = ours.revise(&office.keys, |card| card.closed = true);
    let publish = Publish {
        doc: Some(id),
        ..Publish::default()
    };
    assert_eq!(publish.of(Vec::new()), None);
    let card = publish.of(vec![(id, ours.clone()), (other, office.mission.clone())]);
    let card = card.expect("ours");
    assert_eq!((&card.ours, &card.theirs), (&ours, &None));
    // The same document under another name is no rival: it was sealed anew.
    let card = publish.of(vec![(id, ours.clone()), (other, ours.clone())]);
    assert_eq!(card.expect("ours").theirs, None);
    let rival = ours.revise(&office.keys, |_| {});
    let docs = vec![(later, theirs.clone()), (id, ours.clone()), (other, rival)];
    let card = publish.of(docs).expect("ours");
    assert!(card.theirs.is_some());
    let next = card.again(&publish, &office.keys, 2);
    assert_eq!(next.rev, theirs.rev + 2);
    // One whose row can't be read: the newest that can.
    let card = publish.of(vec![(other, office.mission.clone())]);
    assert_eq!(card.expect("the newest").ours, office.mission);
}

#[test]
fn an_answer_counts_once_it_came_and_a_link_is_full_once_it_is_taken_up() {
    let devices = [1, 2].map(|n| DeviceId([n; 32]));
    let link = Link {
        doc: LinkDoc {
            code: String::new(),
            mission: MissionId::MIN,
            form: "f".into(),
            label: "Affiche".into(),
            consent: Default::default(),
            uses: 2,
            kiosk: false,
            later_days: 0,
            options: LinkOptions::default(),
            expires: NOW,
            made: NOW,
            closed: false,
            sheet: None,
        },
        devices: devices.into(),
    };
    let mut seen = Seen::default();
    assert_eq!(link.came(&seen), 0);
    seen.insert(BundleId([1; 32]), devices[0], MissionId::MIN);
    seen.insert(BundleId([2; 32]), devices[0], MissionId::MIN);
    seen.insert(BundleId([3; 32]), DeviceId([9; 32]), MissionId::MIN);
    assert_eq!(link.came(&seen), 1);
    let standing = |change: fn(&mut LinkDoc), now: Timestamp| {
        let mut link = link.clone();
        change(&mut link.doc);
        link.standing(now)
    };
    assert_eq!(standing(|_| {}, NOW), LinkStanding::Full);
    assert_eq!(standing(|doc| doc.uses = 0, NOW), LinkStanding::Open);
    assert_eq!(standing(|_| {}, NOW.plus(1)), LinkStanding::Expired);
    assert_eq!(standing(|doc| doc.closed = true, NOW), LinkStanding::Closed);
}

#[test]
fn a_desk_of_the_office_waits_for_no_receipt() {
    let office = Office::new(8);
    let desk = DeviceId([5; 32]);
    let verdict = |device| Verdict::AlreadyThere {
        bundle: BundleId([1; 32]),
        device,
        mission: office.mission.id(),
    };
    let given = |registry: &Registry, device| {
        receipt(&verdict(device), NOW, &office.keys, registry).is_some()
    };
    assert!(given(&office.registry, desk));
    assert!(!given(&office.registry, office.keys.signing.device()));
    let doc = DeskDoc {
        device: desk,
        label: "Bureau".into(),
        made: NOW,
    };
    let mut registry = office.registry.clone();
    registry.insert(vigie_office::OfficeDoc::Desk(doc));
    assert!(!given(&registry, desk));
}
