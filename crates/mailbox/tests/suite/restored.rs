//! A backup is put back: a client that goes on by the contract ends with the same set.

use std::collections::{BTreeMap, BTreeSet};

use super::backed_up::{Kept, backed_up, restored};
use crate::common::{Ground, Running, World, bundle_id, enrolment, invite_id, key};
use futures::executor::block_on;
use vigie_exchange::{
    CardAnswer,
    api::{self, Base64, Code, Epoch, FeedItem, Hex, Receipt},
    request::body_hash,
};
use vigie_mailbox::{epoch, mailbox::now};
use vigie_model::{BundleId, MissionId, Timestamp};

/// As `vigie renew-epoch` does.
fn renew(ground: &Ground) -> Epoch {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("random numbers");
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(epoch::renew(&ground.place(), random))
        .expect("another epoch")
}

fn epochs(world: &World) -> [Option<Epoch>; 4] {
    [
        block_on(world.office().feed(0, 10, now()))
            .expect("the feed")
            .epoch,
        block_on(world.office().docs(0, now()))
            .expect("documents")
            .epoch,
        block_on(world.device().receipts(0, now()))
            .expect("receipts")
            .epoch,
        block_on(world.device().state(now())).expect("state").epoch,
    ]
}

#[test]
fn lists_say_their_epoch_and_their_last_number_and_another_life_has_another_epoch() {
    let world = World::new();
    block_on(world.office().put_doc(b"one".to_vec(), now())).expect("a document");
    let before = epochs(&world);
    assert!(before[0].is_some() && before.iter().all(|epoch| *epoch == before[0]));
    let feed = block_on(world.office().feed(9, 10, now())).expect("the feed");
    assert_eq!((feed.last, feed.next, feed.items.len()), (Some(1), 9, 0));
    let docs = block_on(world.office().docs(9, now())).expect("documents");
    assert_eq!((docs.last, docs.next), (Some(1), 9));
    let receipts = block_on(world.device().receipts(9, now())).expect("receipts");
    assert_eq!((receipts.last, receipts.next), (Some(0), 9));
    let world = world.restart();
    assert_eq!(epochs(&world), before, "a restart is the same life");
    assert_ne!(epochs(&World::new()), before, "each database has its own");
    let mut renewed = None;
    let world = world.after(|ground| renewed = Some(renew(ground)));
    let after = epochs(&world);
    assert!(after[0].is_some() && after.iter().all(|epoch| *epoch == after[0]));
    assert_ne!(after, before);
    assert_eq!(after[0], renewed);
}

/// What a phone holds, and what of the server it has read.
#[derive(Clone, Default)]
struct Phone {
    bundles: Vec<Vec<u8>>,
    received: BTreeSet<BundleId>,
    after: u64,
    epoch: Option<Epoch>,
}

/// What a desk holds, and what of the server it has read.
#[derive(Clone, Default)]
struct Desk {
    bundles: BTreeMap<BundleId, Vec<u8>>,
    docs: BTreeMap<Hex<32>, Vec<u8>>,
    cursor: u64,
    after: u64,
    epoch: Option<Epoch>,
}

/// A cursor holds within one epoch, up to the last number given out.
fn go_on_from(cursor: u64, known: Option<Epoch>, theirs: Option<Epoch>, last: Option<u64>) -> u64 {
    let renewed = known.is_some() && known != theirs;
    if renewed || last.is_some_and(|last| cursor > last) {
        0
    } else {
        cursor
    }
}

struct Story {
    server: Running,
    mission: MissionId,
    phone: Phone,
    desk: Desk,
}

const OFFICE: u8 = 1;
const PHONE: u8 = 2;

impl Story {
    /// What a phone does at an exchange: enrols when it is not known, sends what is not there, reads its receipts.
    fn phone(&mut self) {
        let client = self.server.client(&key(PHONE));
        let there = match block_on(client.state(now())) {
            Ok(state) => state.bundles,
            Err(error) => {
                assert_eq!(error.code(), Some(&Code::UnknownDevice));
                let body = enrolment(&key(PHONE), 1);
                block_on(client.enrol(&body, now())).expect("enrolled again");
                Vec::new()
            }
        };
        let card = block_on(client.card(&self.mission, None, now())).expect("its card");
        assert!(matches!(card, CardAnswer::Card { .. }));
        for bytes in &self.phone.bundles {
            let id = bundle_id(bytes);
            if !there.contains(&id) {
                let sent = client.put_bundle(&id, &self.mission, bytes.clone(), now());
                block_on(sent).expect("sent");
            }
        }
        let page = block_on(client.receipts(self.phone.after, now())).expect("receipts");
        let from = go_on_from(self.phone.after, self.phone.epoch, page.epoch, page.last);
        let page = if from == self.phone.after {
            page
        } else {
            block_on(client.receipts(from, now())).expect("receipts")
        };
        (self.phone.after, self.phone.epoch) = (page.next, page.epoch);
        for one in page.receipts {
            self.phone.received.insert(one.receipt.bundle);
        }
    }

    /// What a desk does: puts what of its own is not there, reads what is new, gives receipts.
    fn desk(&mut self) {
        let office = key(OFFICE);
        let client = self.server.client(&office);
        let invite = api::PutInvite {
            mission: Some(self.mission),
            partner: false,
            uses: 1,
            expires: Timestamp(4_102_444_800_000),
            replaces: false,
            sealed: Base64(vec![1; 40]),
        };
        block_on(client.put_invite(&invite_id(1), &invite, now())).expect("the invite");
        let put = client.put_card(&self.mission, 1, b"the card".to_vec(), now());
        block_on(put).expect("the card");
        let docs = block_on(client.docs(self.desk.after, now())).expect("documents");
        let from = go_on_from(self.desk.after, self.desk.epoch, docs.epoch, docs.last);
        if from != self.desk.after {
            // Set back: what it lacks is put again.
            for doc in self.desk.docs.values() {
                block_on(client.put_doc(doc.clone(), now())).expect("a document");
            }
        }
        let docs = block_on(client.docs(from, now())).expect("documents");
        self.desk.after = docs.next;
        for doc in docs.docs {
            self.desk.docs.insert(doc.id, doc.sealed.0);
        }
        let feed = block_on(client.feed(self.desk.cursor, 500, now())).expect("the feed");
        let from = go_on_from(self.desk.cursor, self.desk.epoch, feed.epoch, feed.last);
        let feed = block_on(client.feed(from, 500, now())).expect("the feed");
        (self.desk.cursor, self.desk.epoch) = (feed.next, feed.epoch);
        let mut seen = BTreeSet::new();
        for item in feed.items {
            if let FeedItem::Bundle(item) = item {
                assert!(seen.insert(item.bundle), "doubled in the feed");
                let bytes = block_on(client.bundle(&item.bundle, now())).expect("its bytes");
                assert_eq!(bundle_id(&bytes), item.bundle);
                self.desk.bundles.insert(item.bundle, bytes);
            }
        }
        // For all that it has, whether or not it gave them before: the server takes each once.
        let receipts = self.desk.bundles.keys().map(|bundle| {
            let at = Timestamp(7);
            Receipt::received(*bundle, key(PHONE).device(), self.mission, at, &office)
        });
        block_on(client.post_receipts(receipts.collect(), now())).expect("receipts");
    }

    fn writes(&mut self, n: u8) {
        self.phone.bundles.push(vec![n; 300]);
    }

    fn decides(&mut self, n: u8) {
        let doc = vec![n; 80];
        let client = self.server.client(&key(OFFICE));
        block_on(client.put_doc(doc.clone(), now())).expect("a document");
        self.desk.docs.insert(Hex(body_hash(&doc)), doc);
    }
}

/// One thing after another, as it goes in a week.
fn step(story: &mut Story, n: u8) {
    match n % 4 {
        0 => story.desk(),
        1 => {
            story.writes(n);
            story.phone();
        }
        2 => story.decides(n),
        _ => {
            story.writes(n);
            story.phone();
            story.desk();
            story.phone();
        }
    }
}

#[test]
fn whichever_backup_is_put_back_phones_and_desks_end_with_all_of_it_once() {
    let long = std::env::var_os("VIGIE_FAULTS_LONG").is_some_and(|long| long == "1");
    let steps: u8 = if long { 40 } else { 8 };
    let ground = Ground::fresh();
    let server = Running::on(&ground);
    let token = server.token.clone().expect("no office yet");
    let set_up = server.client(&key(OFFICE));
    block_on(set_up.set_up_office(&token, "Bureau", now())).expect("set up");
    let mut story = Story {
        server,
        mission: MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(9)),
        phone: Phone::default(),
        desk: Desk::default(),
    };
    // A backup is taken between two steps: by ours, while it is served; by hand, when nobody serves.
    let mut backups = Vec::new();
    for n in 0..steps {
        let kept = Kept::in_a_folder();
        backed_up(&ground, &kept);
        story.server.stop();
        backups.push((ground.copy(), kept));
        story.server = Running::on(&ground);
        step(&mut story, n);
    }
    let (phone, desk, mission) = (story.phone.clone(), story.desk.clone(), story.mission);
    drop(story);
    let mut ends = 0;
    for (n, (by_hand, kept)) in backups.iter().enumerate() {
        for renewed in [true, false] {
            let ground = if renewed {
                let ground = Ground::fresh();
                restored(kept, &ground);
                ground
            } else {
                by_hand.copy()
            };
            let mut story = Story {
                server: Running::on(&ground),
                mission,
                phone: phone.clone(),
                desk: desk.clone(),
            };
            // With another epoch, phones may come first and pass the numbers of before; without it, only a desk whose
            // cursor lies beyond the last number sees that the server was set back.
            if renewed && n > 0 {
                story.writes(200);
                story.writes(201);
                story.phone();
                story.desk();
            } else {
                story.desk();
                story.writes(200);
                story.writes(201);
                story.phone();
                story.desk();
            }
            story.phone();
            let sent: BTreeSet<BundleId> =
                story.phone.bundles.iter().map(|b| bundle_id(b)).collect();
            let at_desk: BTreeSet<BundleId> = story.desk.bundles.keys().copied().collect();
            assert_eq!(at_desk, sent, "backup {n}, renewed: {renewed}");
            assert_eq!(story.phone.received, sent, "backup {n}, renewed: {renewed}");
            // A desk that begins anew reads the same.
            let (docs, bundles) = (story.desk.docs.clone(), story.desk.bundles.clone());
            story.desk = Desk::default();
            story.desk();
            assert_eq!(story.desk.docs, docs, "backup {n}, renewed: {renewed}");
            assert_eq!(
                story.desk.bundles, bundles,
                "backup {n}, renewed: {renewed}"
            );
            ends += 1;
        }
    }
    println!("{steps} backups × renewed or not: {ends} ends, none lost, none doubled");
}
