use std::collections::BTreeMap;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use vigie_model::{DeviceId, MissionId};
use vigie_sign::SigningKey;

use super::*;
use crate::{
    api::{Problem, Receipt},
    client::Unreachable,
};

const NOW: Timestamp = Timestamp(1_795_000_000_000);
const BEFORE: Timestamp = Timestamp(NOW.0 - 1);
const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

fn bundle() -> BundleId {
    BundleId([1; 32])
}

fn office() -> SigningKey {
    SigningKey::from_bytes([9; 32])
}

fn device() -> DeviceId {
    SigningKey::from_bytes([5; 32]).device()
}

fn mission() -> MissionId {
    "0191c2d4-5b6e-4c7a-8f90-a1b2c3d4e5f6"
        .parse()
        .expect("a mission id")
}

fn receipt_for(bundle: BundleId) -> VerifiedReceipt {
    let receipt = Receipt::received(bundle, device(), mission(), NOW, &office());
    receipt
        .verify(&office().verifying_key())
        .expect("just signed")
}

/// Draws the smallest number, so that waits are the shortest there are.
fn no_jitter(bytes: &mut [u8]) {
    bytes.fill(0);
}

#[test]
fn every_state_and_event_has_a_line() {
    let sealed = || Sending::Sealed { bundle: bundle() };
    let waiting = || Sending::Waiting {
        bundle: bundle(),
        attempt: 3,
        until: NOW,
        imposed: false,
    };
    let imposed = || Sending::Waiting {
        bundle: bundle(),
        attempt: 3,
        until: NOW,
        imposed: true,
    };
    let sending = |attempt| Sending::Sending {
        bundle: bundle(),
        attempt,
    };
    let stored = || Sending::Stored {
        bundle: bundle(),
        at: BEFORE,
    };
    let stored_now = || Sending::Stored {
        bundle: bundle(),
        at: NOW,
    };
    let received = || Sending::Received {
        receipt: receipt_for(bundle()),
    };
    let parked = || Sending::Parked {
        bundle: bundle(),
        reason: Parked::TooLarge,
    };
    let needs_enrol = || Sending::NeedsEnrol { bundle: bundle() };
    let waits = |attempt, imposed: Option<i64>| Sending::Waiting {
        bundle: bundle(),
        attempt,
        until: Timestamp(NOW.0 + imposed.unwrap_or(0) + SHORTEST_MS),
        imposed: imposed.is_some(),
    };

    let start_early = || Event::Start { now: BEFORE };
    let start = || Event::Start { now: NOW };
    let online_early = || Event::Online { now: BEFORE };
    let online = || Event::Online { now: NOW };
    let stored_event = || Event::Stored { at: NOW };
    let failed = || Event::Failed {
        now: NOW,
        retry_after_ms: None,
    };
    let failed_busy = || Event::Failed {
        now: NOW,
        retry_after_ms: Some(90_000),
    };
    let refused = || Event::Refused(Parked::TooLarge);
    let receipt = || Event::Received(receipt_for(bundle()));
    let other_receipt = || Event::Received(receipt_for(BundleId([2; 32])));
    let reopened = || Event::Reopened { now: NOW };

    let not_sending = Err(Impossible::NotSending);
    let other_bundle = Err(Impossible::OtherBundle);

    #[rustfmt::skip]
    let table = [
        (sealed(), start_early(), Ok(sending(0))),
        (sealed(), start(), Ok(sending(0))),
        (sealed(), online_early(), Ok(sending(0))),
        (sealed(), online(), Ok(sending(0))),
        (sealed(), Event::Asked, Ok(sending(0))),
        (sealed(), stored_event(), Ok(stored_now())),
        (sealed(), failed(), not_sending.clone()),
        (sealed(), failed_busy(), not_sending.clone()),
        (sealed(), refused(), not_sending.clone()),
        (sealed(), Event::UnknownDevice, not_sending.clone()),
        (sealed(), Event::Enrolled, Ok(sealed())),
        (sealed(), Event::Missing, Ok(sealed())),
        (sealed(), receipt(), Ok(received())),
        (sealed(), other_receipt(), other_bundle.clone()),
        (sealed(), reopened(), Ok(sealed())),

        (waiting(), start_early(), Ok(waiting())),
        (waiting(), start(), Ok(sending(3))),
        (waiting(), online_early(), Ok(sending(0))),
        (waiting(), online(), Ok(sending(0))),
        (waiting(), Event::Asked, Ok(sending(0))),
        (waiting(), stored_event(), Ok(stored_now())),
        (waiting(), failed(), not_sending.clone()),
        (waiting(), failed_busy(), not_sending.clone()),
        (waiting(), refused(), not_sending.clone()),
        (waiting(), Event::UnknownDevice, not_sending.clone()),
        (waiting(), Event::Enrolled, Ok(waiting())),
        (waiting(), Event::Missing, Ok(waiting())),
        (waiting(), receipt(), Ok(received())),
        (waiting(), other_receipt(), other_bundle.clone()),
        (waiting(), reopened(), Ok(waiting())),

        (imposed(), start_early(), Ok(imposed())),
        (imposed(), start(), Ok(sending(3))),
        (imposed(), online_early(), Ok(imposed())),
        (imposed(), online(), Ok(sending(0))),
        (imposed(), Event::Asked, Ok(sending(0))),
        (imposed(), stored_event(), Ok(stored_now())),
        (imposed(), failed(), not_sending.clone()),
        (imposed(), failed_busy(), not_sending.clone()),
        (imposed(), refused(), not_sending.clone()),
        (imposed(), Event::UnknownDevice, not_sending.clone()),
        (imposed(), Event::Enrolled, Ok(imposed())),
        (imposed(), Event::Missing, Ok(imposed())),
        (imposed(), receipt(), Ok(received())),
        (imposed(), other_receipt(), other_bundle.clone()),
        (imposed(), reopened(), Ok(imposed())),

        (sending(0), start_early(), Ok(sending(0))),
        (sending(0), start(), Ok(sending(0))),
        (sending(0), online_early(), Ok(sending(0))),
        (sending(0), online(), Ok(sending(0))),
        (sending(0), Event::Asked, Ok(sending(0))),
        (sending(0), stored_event(), Ok(stored_now())),
        (sending(0), failed(), Ok(waits(1, None))),
        (sending(0), failed_busy(), Ok(waits(1, Some(90_000)))),
        (sending(0), refused(), Ok(parked())),
        (sending(0), Event::UnknownDevice, Ok(needs_enrol())),
        (sending(0), Event::Enrolled, Ok(sending(0))),
        (sending(0), Event::Missing, Ok(sending(0))),
        (sending(0), receipt(), Ok(received())),
        (sending(0), other_receipt(), other_bundle.clone()),
        (sending(0), reopened(), Ok(sealed())),

        (sending(2), failed(), Ok(waits(3, None))),
        (sending(2), failed_busy(), Ok(waits(3, Some(90_000)))),
        (sending(2), reopened(), Ok(Sending::Waiting { bundle: bundle(), attempt: 2, until: NOW, imposed: false })),

        (stored(), start_early(), Ok(stored())),
        (stored(), start(), Ok(stored())),
        (stored(), online_early(), Ok(stored())),
        (stored(), online(), Ok(stored())),
        (stored(), Event::Asked, Ok(stored())),
        (stored(), stored_event(), Ok(stored())),
        (stored(), failed(), Ok(stored())),
        (stored(), failed_busy(), Ok(stored())),
        (stored(), refused(), Ok(stored())),
        (stored(), Event::UnknownDevice, Ok(stored())),
        (stored(), Event::Enrolled, Ok(stored())),
        (stored(), Event::Missing, Ok(sealed())),
        (stored(), receipt(), Ok(received())),
        (stored(), other_receipt(), other_bundle.clone()),
        (stored(), reopened(), Ok(stored())),

        (received(), start_early(), Ok(received())),
        (received(), start(), Ok(received())),
        (received(), online_early(), Ok(received())),
        (received(), online(), Ok(received())),
        (received(), Event::Asked, Ok(received())),
        (received(), stored_event(), Ok(received())),
        (received(), failed(), Ok(received())),
        (received(), failed_busy(), Ok(received())),
        (received(), refused(), Ok(received())),
        (received(), Event::UnknownDevice, Ok(received())),
        (received(), Event::Enrolled, Ok(received())),
        (received(), Event::Missing, Ok(received())),
        (received(), receipt(), Ok(received())),
        (received(), other_receipt(), other_bundle.clone()),
        (received(), reopened(), Ok(received())),

        (parked(), start_early(), Ok(parked())),
        (parked(), start(), Ok(parked())),
        (parked(), online_early(), Ok(parked())),
        (parked(), online(), Ok(parked())),
        (parked(), Event::Asked, Ok(sending(0))),
        (parked(), stored_event(), Ok(stored_now())),
        (parked(), failed(), not_sending.clone()),
        (parked(), failed_busy(), not_sending.clone()),
        (parked(), refused(), not_sending.clone()),
        (parked(), Event::UnknownDevice, not_sending.clone()),
        (parked(), Event::Enrolled, Ok(parked())),
        (parked(), Event::Missing, Ok(parked())),
        (parked(), receipt(), Ok(received())),
        (parked(), other_receipt(), other_bundle.clone()),
        (parked(), reopened(), Ok(parked())),

        (needs_enrol(), start_early(), Ok(needs_enrol())),
        (needs_enrol(), start(), Ok(needs_enrol())),
        (needs_enrol(), online_early(), Ok(needs_enrol())),
        (needs_enrol(), online(), Ok(needs_enrol())),
        (needs_enrol(), Event::Asked, Ok(sending(0))),
        (needs_enrol(), stored_event(), Ok(stored_now())),
        (needs_enrol(), failed(), not_sending.clone()),
        (needs_enrol(), failed_busy(), not_sending.clone()),
        (needs_enrol(), refused(), not_sending.clone()),
        (needs_enrol(), Event::UnknownDevice, not_sending),
        (needs_enrol(), Event::Enrolled, Ok(sealed())),
        (needs_enrol(), Event::Missing, Ok(needs_enrol())),
        (needs_enrol(), receipt(), Ok(received())),
        (needs_enrol(), other_receipt(), other_bundle),
        (needs_enrol(), reopened(), Ok(needs_enrol())),
    ];
    for (state, event, expected) in table {
        let line = format!("{state:?} after {event:?}");
        assert_eq!(state.after(event, &mut no_jitter), expected, "{line}");
    }
}

#[test]
fn an_answer_says_what_happens_to_the_bundle() {
    let problem = |code: Code, retry_after_ms| {
        Err(ExchangeError::Problem {
            problem: Problem::new(code),
            retry_after_ms,
        })
    };
    let later = |retry_after_ms| Event::Failed {
        now: NOW,
        retry_after_ms,
    };
    let refused = |code: &str| {
        Event::Refused(Parked::Refused {
            code: code.to_owned(),
        })
    };
    let http = |status| {
        Err(ExchangeError::Problem {
            problem: Problem::read(status, b"<html>"),
            retry_after_ms: None,
        })
    };
    let table = [
        (
            Ok(Stored {
                bundle: bundle(),
                stored: LATER,
                size: 3,
            }),
            Event::Stored { at: LATER },
        ),
        (
            Err(ExchangeError::Unreachable(Unreachable("down".into()))),
            later(None),
        ),
        (Err(ExchangeError::Foreign { status: 200 }), later(None)),
        (problem(Code::Clock, None), later(None)),
        (problem(Code::Busy, Some(5_000)), later(Some(5_000))),
        (problem(Code::Internal, None), later(None)),
        (problem(Code::NotFound, None), later(None)),
        (
            problem(Code::TooLarge, None),
            Event::Refused(Parked::TooLarge),
        ),
        (
            problem(Code::Malformed, None),
            Event::Refused(Parked::Malformed),
        ),
        (problem(Code::UnknownDevice, None), Event::UnknownDevice),
        (problem(Code::Signature, None), refused("signature")),
        (problem(Code::NotOffice, None), refused("not-office")),
        (problem(Code::InviteUsed, None), refused("invite-used")),
        (problem(Code::Other("snow".into()), None), later(None)),
        (http(413), Event::Refused(Parked::TooLarge)),
        (http(422), Event::Refused(Parked::Malformed)),
        (http(403), later(None)),
        (http(502), later(None)),
        (http(511), later(None)),
    ];
    for (answer, event) in table {
        assert_eq!(Event::of_answer(&answer, NOW), event, "{answer:?}");
    }
}

#[test]
fn a_clock_put_back_by_years_does_not_hold_a_bundle() {
    let until = Timestamp(NOW.0 + 365 * IMPOSED_MS);
    let waiting = Sending::Waiting {
        bundle: bundle(),
        attempt: 1,
        until,
        imposed: true,
    };
    let next = waiting
        .after(Event::Start { now: NOW }, &mut no_jitter)
        .expect("possible");
    assert_eq!(
        next,
        Sending::Sending {
            bundle: bundle(),
            attempt: 1
        }
    );
}

#[test]
fn states_are_stored_in_a_form_that_does_not_change_unseen() {
    let states = [
        Sending::sealed(bundle()),
        Sending::Waiting {
            bundle: bundle(),
            attempt: 3,
            until: NOW,
            imposed: false,
        },
        Sending::Sending {
            bundle: bundle(),
            attempt: 0,
        },
        Sending::Stored {
            bundle: bundle(),
            at: NOW,
        },
        Sending::Parked {
            bundle: bundle(),
            reason: Parked::Refused {
                code: "signature".into(),
            },
        },
        Sending::NeedsEnrol { bundle: bundle() },
        Sending::Received {
            receipt: receipt_for(bundle()),
        },
    ];
    insta::assert_json_snapshot!(states);
    let text = serde_json::to_string(&states).expect("serialises");
    assert_eq!(
        serde_json::from_str::<Vec<Sending>>(&text).expect("reads back"),
        states
    );
}

proptest! {
    #[test]
    fn waits_stay_between_two_seconds_and_fifteen_minutes(attempt in 1..u32::MAX, drawn: [u8; 8]) {
        let wait = wait_ms(attempt, None, &mut |bytes: &mut [u8]| bytes.copy_from_slice(&drawn));
        prop_assert!((SHORTEST_MS..=LONGEST_MS).contains(&wait), "{wait}");
    }

    #[test]
    fn the_ceiling_doubles_and_the_whole_range_below_it_is_used(attempt in 1..9_u32) {
        let draw = |number: u64| wait_ms(attempt, None, &mut |bytes: &mut [u8]| bytes.copy_from_slice(&number.to_le_bytes()));
        let ceiling = (SHORTEST_MS << attempt).min(LONGEST_MS);
        prop_assert_eq!(draw(0), SHORTEST_MS);
        prop_assert_eq!(draw((ceiling - SHORTEST_MS) as u64), ceiling);
    }

    #[test]
    fn retry_after_is_honoured_up_to_a_day(attempt in 1..40_u32, asked in any::<i64>(), drawn: [u8; 8]) {
        let wait = wait_ms(attempt, Some(asked), &mut |bytes: &mut [u8]| bytes.copy_from_slice(&drawn));
        prop_assert!((asked.clamp(SHORTEST_MS, IMPOSED_MS)..=IMPOSED_MS).contains(&wait), "{wait}");
    }
}

/// What the network, the person and the operator of the server do to a bundle, in the simulation below.
#[derive(Clone, Debug)]
enum Happening {
    Minutes(i64),
    Online,
    Asked,
    RequestLost,
    AnswerLost,
    Arrives,
    Busy(Option<i64>),
    TooLarge,
    ForgetsDevice,
    Enrols,
    RestoresOldBackup,
    Killed,
    CarriedAsFile,
    OfficeFetches,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        (0..40_i64).prop_map(Minutes),
        Just(Online),
        Just(Asked),
        Just(RequestLost),
        Just(AnswerLost),
        Just(Arrives),
        proptest::option::of(0..100_000_i64).prop_map(Busy),
        Just(TooLarge),
        Just(ForgetsDevice),
        Just(Enrols),
        Just(RestoresOldBackup),
        Just(Killed),
        Just(CarriedAsFile),
        Just(OfficeFetches),
    ]
}

/// A device with one bundle, a server, and an office, all in memory.
struct World {
    now: i64,
    bytes: Option<Vec<u8>>,
    state: Sending,
    server: BTreeMap<BundleId, Vec<u8>>,
    office: BTreeMap<BundleId, Vec<u8>>,
    receipts: Vec<BundleId>,
    sent: Vec<Vec<u8>>,
    draws: u64,
}

impl World {
    fn new() -> World {
        let bytes = b"the sealed bytes".to_vec();
        let id = BundleId(Sha256::digest(&bytes).into());
        World {
            now: NOW.0,
            bytes: Some(bytes),
            state: Sending::sealed(id),
            server: BTreeMap::new(),
            office: BTreeMap::new(),
            receipts: Vec::new(),
            sent: Vec::new(),
            draws: 0,
        }
    }

    fn step(&mut self, event: Event) {
        self.draws = self
            .draws
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let draws = self.draws;
        let before = self.state.clone();
        let after = before.clone().after(event, &mut |bytes: &mut [u8]| {
            bytes.copy_from_slice(&draws.to_le_bytes())
        });
        self.state = after.unwrap_or_else(|impossible| panic!("{impossible} at {before:?}"));
        let under_way = |state: &Sending| matches!(state, Sending::Sending { .. });
        if under_way(&self.state) && !under_way(&before) {
            self.sent.push(
                self.bytes
                    .clone()
                    .expect("bytes are kept as long as they may be sent"),
            );
        }
        if !self.state.keeps_bytes() {
            self.bytes = None;
        }
    }

    fn arrives(&mut self) {
        if let Some(bytes) = self.sent.last() {
            self.server
                .insert(BundleId(Sha256::digest(bytes).into()), bytes.clone());
        }
    }

    fn happens(&mut self, happening: Happening) {
        let now = Timestamp(self.now);
        let failed = |retry_after_ms| Event::Failed {
            now,
            retry_after_ms,
        };
        let under_way = matches!(self.state, Sending::Sending { .. });
        match happening {
            Happening::Minutes(minutes) => {
                self.now += minutes * 60_000;
                self.step(Event::Start {
                    now: Timestamp(self.now),
                });
            }
            Happening::Online => self.step(Event::Online { now }),
            Happening::Asked => self.step(Event::Asked),
            Happening::RequestLost if under_way => self.step(failed(None)),
            Happening::AnswerLost if under_way => {
                self.arrives();
                self.step(failed(None));
            }
            Happening::Arrives if under_way => {
                self.arrives();
                self.step(Event::Stored { at: now });
            }
            Happening::Busy(retry_after_ms) if under_way => self.step(failed(retry_after_ms)),
            Happening::TooLarge if under_way => self.step(Event::Refused(Parked::TooLarge)),
            Happening::ForgetsDevice if under_way => self.step(Event::UnknownDevice),
            Happening::Enrols => self.step(Event::Enrolled),
            Happening::RestoresOldBackup => {
                self.server.clear();
                self.step(Event::Missing);
            }
            Happening::Killed => {
                let stored = serde_json::to_vec(&self.state).expect("serialises");
                self.state = serde_json::from_slice(&stored).expect("reads back");
                self.step(Event::Reopened { now });
            }
            Happening::CarriedAsFile => {
                if let Some(bytes) = &self.bytes {
                    self.office
                        .insert(BundleId(Sha256::digest(bytes).into()), bytes.clone());
                    self.receipts.push(self.state.bundle());
                }
            }
            Happening::OfficeFetches => {
                for (id, bytes) in &self.server {
                    self.office.insert(*id, bytes.clone());
                    self.receipts.push(*id);
                }
                for id in std::mem::take(&mut self.receipts) {
                    self.step(Event::Received(receipt_for(id)));
                }
            }
            Happening::RequestLost
            | Happening::AnswerLost
            | Happening::Arrives
            | Happening::Busy(_)
            | Happening::TooLarge
            | Happening::ForgetsDevice => {}
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_bundle_is_never_lost_nor_sent_as_other_bytes(
        happenings in proptest::collection::vec(happening(), 0..60),
    ) {
        let mut world = World::new();
        let id = world.state.bundle();
        for happening in happenings {
            world.happens(happening);
            prop_assert_eq!(world.state.bundle(), id);
            prop_assert!(world.bytes.is_some() || world.office.contains_key(&id), "lost");
            for sent in &world.sent {
                prop_assert_eq!(BundleId(Sha256::digest(sent).into()), id);
            }
        }
        // The network holds and the person presses the button: it arrives, once.
        for happening in [
            Happening::Killed, Happening::Enrols, Happening::Minutes(24 * 60 + 1), Happening::Asked, Happening::Arrives,
            Happening::OfficeFetches,
        ] {
            world.happens(happening);
        }
        // Unless the server lost it after the device was told that it is stored, which the next look at its list finds.
        if !world.office.contains_key(&id) {
            for happening in [Happening::RestoresOldBackup, Happening::Asked, Happening::Arrives, Happening::OfficeFetches] {
                world.happens(happening);
            }
        }
        prop_assert_eq!(world.office.keys().copied().collect::<Vec<_>>(), vec![id]);
        prop_assert!(!world.state.keeps_bytes());
        prop_assert!(world.bytes.is_none());
    }
}
