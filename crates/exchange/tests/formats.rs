//! Every body that travels, as it is written: a format can't change unseen.

use serde::{Serialize, de::DeserializeOwned};
use vigie_exchange::{
    Method, Request,
    api::{self, Base64, Code, Hex, Problem, Receipt},
};
use vigie_model::{BundleId, DeviceId, InviteId, MissionId, Timestamp};
use vigie_sign::SigningKey;

const EPOCH: api::Epoch = Hex([0xee; 16]);
const AT: Timestamp = Timestamp(1_795_000_000_000);

fn mission() -> MissionId {
    "0191c2d4-5b6e-4c7a-8f90-a1b2c3d4e5f6"
        .parse()
        .expect("a mission id")
}

fn device() -> DeviceId {
    SigningKey::from_bytes([5; 32]).device()
}

fn receipt() -> Receipt {
    Receipt::received(
        BundleId([1; 32]),
        device(),
        mission(),
        AT,
        &SigningKey::from_bytes([9; 32]),
    )
}

/// Snapshots `body` and checks that it reads back.
macro_rules! body {
    ($name:literal, $body:expr) => {
        let body = $body;
        insta::assert_json_snapshot!($name, body);
        reads_back(&body);
    };
}

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(body: &T) {
    let text = serde_json::to_string(body).expect("serialises");
    assert_eq!(&serde_json::from_str::<T>(&text).expect("reads back"), body);
    let mut more: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    if let Some(object) = more.as_object_mut() {
        object.insert("of_a_later_version".into(), true.into());
    }
    assert_eq!(
        &serde_json::from_value::<T>(more).expect("a field too many is no harm"),
        body
    );
}

#[test]
fn bodies_are_written_as_documented() {
    let sealed = || Base64(b"sealed".to_vec());
    body!(
        "health",
        api::Health {
            ok: true,
            version: "0.1.0".into()
        }
    );
    body!(
        "set_up_office",
        api::SetUpOffice {
            token: "t".into(),
            key: Hex([2; 32]),
            name: "Fédération".into()
        }
    );
    body!(
        "office_state",
        api::OfficeState {
            name: "Fédération".into(),
            bytes: 9,
            quota: Some(10),
            keep_days: Some(90),
        }
    );
    let share = api::ShareItem {
        lead: Hex([2; 32]),
        mission: mission(),
        id: Hex([6; 32]),
        accepted: true,
    };
    body!(
        "shares",
        api::Shares {
            shares: vec![share]
        }
    );
    body!("answer_share", api::AnswerShare { accept: true });
    body!(
        "put_invite",
        api::PutInvite {
            replaces: false,
            mission: Some(mission()),
            partner: false,
            expires: AT,
            uses: 1,
            sealed: sealed()
        }
    );
    body!(
        "put_partner_link",
        api::PutInvite {
            replaces: false,
            mission: Some(mission()),
            partner: true,
            expires: AT,
            uses: 50,
            sealed: sealed()
        }
    );
    body!(
        "invite_box",
        api::InviteBox {
            sealed: sealed(),
            expires: AT,
            used: false,
            now: Some(AT),
            office: Some("Centre de solidarité".into())
        }
    );
    body!(
        "draft_kept",
        api::DraftKept {
            rev: 3,
            expires: AT,
            now: AT
        }
    );
    body!(
        "draft_box",
        api::DraftBox {
            rev: 3,
            sealed: sealed(),
            expires: AT,
            now: AT
        }
    );
    let enrol = api::Enrol {
        invite: InviteId([3; 32]),
        device: device(),
        proof: Hex([4; 32]),
        name_box: sealed(),
    };
    body!("enrol", enrol);
    body!(
        "enrolled",
        api::Enrolled {
            mission: Some(mission())
        }
    );
    body!(
        "stored",
        api::Stored {
            bundle: BundleId([1; 32]),
            stored: AT,
            size: 1234
        }
    );
    let state = api::State {
        device: device(),
        mission: Some(mission()),
        bundles: vec![BundleId([1; 32])],
        now: AT,
        epoch: Some(EPOCH),
    };
    body!("state", state);
    let bundle = api::BundleItem {
        n: 1,
        bundle: BundleId([1; 32]),
        device: device(),
        mission: mission(),
        size: 9,
        stored: AT,
        gone: false,
        team: None,
    };
    let enrolled = api::EnrolledItem {
        n: 2,
        invite: InviteId([3; 32]),
        device: device(),
        mission: Some(mission()),
        proof: Hex([4; 32]),
        name_box: sealed(),
        at: AT,
    };
    let says = api::PutMember {
        recipient: "age1…".into(),
        sig: Hex([5; 64]),
    };
    body!("put_member", says.clone());
    let member = api::MemberItem {
        n: 3,
        device: device(),
        mission: mission(),
        says,
        at: AT,
    };
    let for_team = api::BundleItem {
        n: 4,
        team: Some(7),
        ..bundle.clone()
    };
    let from_a_device = api::TeamItem {
        n: 1,
        letter: BundleId([1; 32]),
        device: Some(device()),
        size: 9,
        gone: false,
    };
    let of_the_office = api::TeamItem {
        n: 2,
        device: None,
        gone: true,
        ..from_a_device.clone()
    };
    body!(
        "team",
        api::Team {
            letters: vec![from_a_device, of_the_office],
            next: 2,
            more: false,
            epoch: EPOCH,
            last: 2,
        }
    );
    let items = vec![
        api::FeedItem::Bundle(bundle),
        api::FeedItem::Enrolled(enrolled),
        api::FeedItem::Member(member),
        api::FeedItem::Bundle(for_team),
    ];
    body!(
        "feed",
        api::Feed {
            items,
            next: 4,
            more: false,
            epoch: Some(EPOCH),
            last: Some(2),
        }
    );
    body!("receipt", receipt());
    body!(
        "post_receipts",
        api::PostReceipts {
            receipts: vec![receipt()]
        }
    );
    let receipts = vec![api::NumberedReceipt {
        n: 7,
        receipt: receipt(),
    }];
    body!(
        "receipts",
        api::Receipts {
            receipts,
            next: 7,
            more: false,
            epoch: Some(EPOCH),
            last: Some(9),
            card: Some(3),
        }
    );
    let docs = vec![api::Doc {
        n: 1,
        id: Hex([6; 32]),
        sealed: sealed(),
    }];
    body!(
        "docs",
        api::Docs {
            docs,
            next: 1,
            more: false,
            epoch: Some(EPOCH),
            last: Some(1),
            shares: Some(false),
        }
    );
    body!("problem", Problem::new(Code::Clock).at(AT));
}

#[test]
fn a_feed_with_something_new_in_it_is_still_a_feed() {
    let feed = r#"{"items":[{"type":"weather","n":3,"sky":{"blue":true}}],"next":3,"more":true}"#;
    let feed: api::Feed = serde_json::from_str(feed).expect("a feed");
    assert_eq!(feed.items, vec![api::FeedItem::Unknown]);
    assert_eq!((feed.next, feed.more), (3, true));
}

#[test]
fn a_signed_request_is_written_as_documented() {
    let request = Request::new(
        Method::Put,
        format!("/v1/bundles/{}?mission={}", BundleId([1; 32]), mission()),
    )
    .body("application/octet-stream", b"sealed".to_vec())
    .sign(&SigningKey::from_bytes([5; 32]), AT);
    insta::assert_json_snapshot!("request_headers", request.headers);
}

#[test]
fn a_receipt_of_another_office_or_changed_on_its_way_is_refused() {
    let office = SigningKey::from_bytes([9; 32]).verifying_key();
    assert!(receipt().verify(&office).is_ok());
    assert!(
        receipt()
            .verify(&SigningKey::from_bytes([8; 32]).verifying_key())
            .is_err()
    );
    let changes: [fn(&mut Receipt); 6] = [
        |receipt| receipt.bundle = BundleId([2; 32]),
        |receipt| receipt.device = SigningKey::from_bytes([6; 32]).device(),
        |receipt| {
            receipt.mission = "1191c2d4-5b6e-4c7a-8f90-a1b2c3d4e5f6"
                .parse()
                .expect("a mission id")
        },
        |receipt| receipt.at = Timestamp(1),
        |receipt| receipt.kind = "burnt".into(),
        |receipt| receipt.v = 2,
    ];
    for change in changes {
        let mut receipt = receipt();
        change(&mut receipt);
        assert!(receipt.verify(&office).is_err());
    }
}

#[test]
fn what_says_one_thing_twice_is_refused() {
    let office = SigningKey::from_bytes([9; 32]);
    let device = SigningKey::from_bytes([5; 32]).device();
    let receipt = api::Receipt::received(BundleId([1; 32]), device, mission(), AT, &office);
    let json = serde_json::to_string(&receipt).expect("JSON");
    assert!(serde_json::from_str::<api::Receipt>(&json).is_ok());
    let doubled = json.replacen("\"kind\":", "\"kind\":\"lost\",\"kind\":", 1);
    assert!(serde_json::from_str::<api::Receipt>(&doubled).is_err());
}
