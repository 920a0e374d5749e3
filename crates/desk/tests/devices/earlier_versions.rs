//! What an earlier version left in stores, folders and sealed files opens, shows all that it showed, and goes on.

use std::path::PathBuf;

use crate::rig::{Copied, Planned, store_of};
use futures::executor::block_on;
use serde_json::{Value, json};
use vigie_exchange::{
    Client,
    api::{Hex, PutInvite},
};
use vigie_model::{InviteId, RecordId};
use vigie_protocol::{
    ChosenFile, CreateVault, Edit, EntryState, Fetch, Filter, GetCounts, GetEntry, GetStatus,
    GetTable, GetWaiting, ImportFiles, InboxItem, InviteText, LinkState, ListInbox, ListInvites,
    ListLinks, ListMissions, OpenLink, OpenResponse, Phase, ReadFile, RestoreOffice, Row, SendNow,
    SendWaiting, SetAnswer, TableView, Unlock, VerdictView,
};
use vigie_seal::SigningKey;
use vigie_wire::Wire;

/// `tests/fixtures/november-2026/README.md` says what each file is.
fn november(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/november-2026")
        .join(file)
}

fn seen() -> Value {
    let text = std::fs::read_to_string(november("seen.json")).expect("a fixture");
    serde_json::from_str(&text).expect("JSON")
}

fn rec(seen: &Value, name: &str) -> RecordId {
    let rec = seen["recs"][name].as_str().and_then(|rec| rec.parse().ok());
    rec.expect("a record of the fixture")
}

/// A device over a kept store; its clock is of the day it was kept.
fn device(file: &str) -> Planned {
    let made = seen()["made"].as_i64().expect("a moment");
    Planned::at(store_of(&november(file)), made + 60_000)
}

fn opened(file: &str) -> Planned {
    let device = device(file);
    device.ask(Unlock {
        passphrase: crate::common::PASSPHRASE.into(),
    });
    device
}

fn state(phone: &Planned, rec: RecordId) -> EntryState {
    let entries = phone.entries();
    let entry = entries.iter().find(|entry| entry.rec == rec);
    entry.expect("an entry").state
}

/// What of each entry no version may tell otherwise.
fn told(entries: &Value) -> Vec<Value> {
    let told = |entry: &Value| {
        json!([
            entry["rec"],
            entry["kind"],
            entry["title"],
            entry["state"],
            entry["conflict"],
            entry["form"],
            entry["created"],
            entry["mission"],
        ])
    };
    let mut all: Vec<Value> = entries
        .as_array()
        .expect("entries")
        .iter()
        .map(told)
        .collect();
    all.sort_by_key(ToString::to_string);
    all
}

fn rows(desk: &Planned) -> Vec<Row> {
    let request = GetTable {
        view: TableView::default(),
        filter: Filter::default(),
        offset: 0,
        limit: 100,
    };
    desk.ask(request).rows
}

#[test]
fn a_phones_store_opens_with_every_entry_draft_file_and_state() {
    let seen = seen();
    let phone = opened("phone.json");
    let entries: Vec<_> = phone.entries();
    let shown = entries.iter().filter(|entry| !entry.deleted);
    let shown = serde_json::to_value(shown.collect::<Vec<_>>()).expect("JSON");
    assert_eq!(told(&shown), told(&seen["phone"]["entries"]));
    let deleted: Vec<_> = entries.iter().filter(|entry| entry.deleted).collect();
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0].rec, rec(&seen, "deleted"));
    let mut counts = serde_json::to_value(phone.ask(GetCounts)).expect("JSON");
    let counted = counts.as_object_mut().expect("counts");
    assert_eq!(counted.remove("team"), Some(json!(0)), "not counted then");
    assert_eq!(counts, seen["phone"]["counts"]);

    let edit = |name: &str| {
        phone.ask(Edit {
            rec: Some(rec(&seen, name)),
            kind: "".into(),
        })
    };
    let draft = edit("draft");
    assert!(draft.draft);
    assert_eq!(draft.fields["title"], json!("Brouillon"));
    assert_eq!(edit("note").fields["text"], json!("deux versions"));
    assert_eq!(
        edit("offline").fields["title"],
        json!("Avant l’inscription")
    );
    let contact = edit("contact");
    assert_eq!(contact.conflicts.len(), 1);
    assert!(
        contact
            .conflicts
            .iter()
            .all(|conflict| conflict.values.len() == 2)
    );

    let view = phone.ask(OpenResponse {
        rec: rec(&seen, "response"),
    });
    let portrait = view.nodes.iter().find(|node| node.name == "portrait");
    let node = portrait.expect("a row with its file").path.clone();
    let (name, bytes) = phone.file(ReadFile {
        rec: rec(&seen, "response"),
        node,
    });
    assert_eq!((name.as_str(), bytes), ("rosa.png", (0..=255).collect()));
    // Its place was said before the consent that it hangs on.
    let begun = phone.ask(OpenResponse {
        rec: rec(&seen, "started"),
    });
    let said = phone.ask(SetAnswer {
        rec: begun.rec,
        node: "/data/consentement_groupe/consentement".into(),
        value: "oui".into(),
    });
    let answered = said;
    assert!(answered.nodes.iter().any(|node| node.value == "Codevi"));
}

/// The office of then named no mission with its invites; one of today says it before cards go to their devices.
fn name_the_second_mission(server: &str) {
    let text = std::fs::read_to_string(november("office.key")).expect("a fixture");
    let mut words = text.split_whitespace();
    words
        .find(|word| *word == "VIGIE-SIGNING-KEY-1")
        .expect("the office's signing key");
    let seed: Hex<32> = words.next().expect("a seed").parse().expect("hex");
    let office = Client::new(Wire::new(), server, SigningKey::from_bytes(seed.0));
    let at = vigie_mailbox::mailbox::now();
    let invite: InviteId = "0c1bda1f2074a830d1ec4cf0eb36433685c688a85ba758feba1abeb14a6169fd"
        .parse()
        .expect("an id");
    let there = block_on(office.invite(&invite, at)).expect("the invite");
    let named = PutInvite {
        replaces: false,
        mission: Some(
            "816cfaa4-32cc-4cfd-9e5e-d49a9146248e"
                .parse()
                .expect("an id"),
        ),
        partner: false,
        expires: there.expires,
        uses: 1,
        sealed: there.sealed,
    };
    block_on(office.put_invite(&invite, &named, at)).expect("named");
}

#[test]
fn what_waited_on_a_phone_goes_to_the_server_of_then_and_is_received_by_the_desk_of_then() {
    let seen = seen();
    let copied = Copied::of(&november("server"));
    let phone = opened("phone.json");
    phone.plan.route(copied.url());
    let desk = opened("desk.json");
    desk.plan.route(copied.url());
    name_the_second_mission(copied.url());
    phone.ask(SendNow);
    phone.ask(SendNow);
    for name in ["stored", "sealed", "here", "offline"] {
        assert!(
            state(&phone, rec(&seen, name)) >= EntryState::Stored,
            "{name}"
        );
    }
    let missions = phone.ask(ListMissions);
    let second = missions
        .iter()
        .find(|mission| mission.name == "Stage Codevi");
    let second = second.expect("the invite that waited was used");
    assert!(!second.pending);
    assert_eq!(second.forms, 1, "its card came");

    let before = rows(&desk).len();
    desk.ask(Fetch);
    let listed = rows(&desk);
    for name in [
        "stored", "sealed", "here", "offline", "luc", "rosa", "came", "note", "contact",
    ] {
        let found = listed.iter().filter(|row| row.rec == rec(&seen, name));
        assert_eq!(found.count(), 1, "{name}");
    }
    assert!(listed.len() > before);
    phone.ask(SendNow);
    for name in ["stored", "sealed", "here", "offline"] {
        assert_eq!(
            state(&phone, rec(&seen, name)),
            EntryState::Received,
            "{name}"
        );
    }
    // And all the same once everything is opened again.
    let (phone, desk) = (phone.reopened(), desk.reopened());
    assert_eq!(state(&phone, rec(&seen, "here")), EntryState::Received);
    assert_eq!(rows(&desk), listed);
}

#[test]
fn a_partners_answer_goes_with_the_link_that_was_kept() {
    let copied = Copied::of(&november("server"));
    let seen = seen();
    let phone = device("partner.json");
    phone.plan.route(copied.url());
    phone.plan.offline(true);
    let link = seen["link"]["link"].as_str().expect("a link").to_owned();
    let opened = phone.ask(OpenLink {
        code: link,
        origin: String::new(),
    });
    let link = opened;
    assert_eq!(phone.ask(GetWaiting).waiting, 1);
    assert_eq!(link.consent["fr"], "Acceptez-vous ?");
    // The box went where nobody without the code can tell whose it is; the answer stays where it was until it left.
    let code = seen["link"]["code"].as_str().expect("a code");
    let code: vigie_seal::InviteCode = code.parse().expect("a code");
    let called = |phone: &Planned| -> Vec<String> {
        let rows = phone.store.dump().into_iter();
        rows.map(|(_, key, _)| key).collect()
    };
    let kept = format!("link.{}", code.row());
    assert!(called(&phone).contains(&kept));
    assert!(!called(&phone).contains(&format!("link.{}", code.id())));
    phone.plan.offline(false);
    let waiting = phone.ask(SendWaiting);
    assert_eq!(
        (waiting.waiting, waiting.sent, waiting.refused),
        (0, 1, 0),
        "{waiting:?}"
    );
    assert_eq!(called(&phone), [kept], "the box alone");
    let desk = opened_desk(&copied);
    desk.ask(Fetch);
    let unsent = rec(&seen, "unsent");
    let row = rows(&desk).into_iter().find(|row| row.rec == unsent);
    assert_eq!(row.expect("her answer").by, "Affiche");
}

fn opened_desk(copied: &Copied) -> Planned {
    let desk = opened("desk.json");
    desk.plan.route(copied.url());
    desk
}

#[test]
fn a_desks_store_opens_with_its_tables_and_inbox_and_takes_what_it_had_put_aside() {
    let seen = seen();
    let copied = Copied::of(&november("server"));
    let desk = opened_desk(&copied);
    assert!(matches!(
        desk.ask(GetStatus),
        status if status.phase == Phase::Office
    ));
    let as_told = |rows: &Value| -> Vec<Value> {
        let told = |row: &Value| {
            json!([
                row["rec"],
                row["kind"],
                row["title"],
                row["mission"],
                row["conflict"],
                row["versions"]
            ])
        };
        let mut rows: Vec<Value> = rows.as_array().expect("rows").iter().map(told).collect();
        rows.sort_by_key(ToString::to_string);
        rows
    };
    let then = &seen["desk"]["table"]["desk"]["table"]["rows"];
    let now = serde_json::to_value(rows(&desk)).expect("JSON");
    assert_eq!(as_told(&now), as_told(then));

    let items = desk.ask(ListInbox);
    let then = seen["desk"]["inbox"]["desk"]["inbox"]
        .as_array()
        .expect("items");
    assert_eq!(items.len(), then.len());
    for (item, then) in items.iter().zip(then) {
        let now = serde_json::to_value(item).expect("JSON");
        assert_eq!(
            (&now["bundle"], &now["verdict"]),
            (&then["bundle"], &then["verdict"])
        );
    }
    let mission = seen["mission"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("a mission");
    let request = ListInvites { mission };
    let invites = desk.ask(request);
    let then = seen["desk"]["invites"]["desk"]["invites"]
        .as_array()
        .expect("invites");
    assert_eq!(invites.len(), then.len());
    let unused = seen["unused"]["code"].as_str().expect("a code");
    assert!(
        invites
            .iter()
            .any(|invite| invite.code == unused && invite.used_by.is_none())
    );
    let links = desk.ask(ListLinks { mission });
    assert_eq!(
        (links.len(), links[0].came, links[0].state),
        (1, 1, LinkState::Open)
    );
    let contact = rec(&seen, "contact");
    let entry = desk.ask(GetEntry { rec: contact });
    let conflicts: Vec<&str> = entry
        .conflicts
        .iter()
        .map(|one| one.field.as_str())
        .collect();
    assert_eq!(conflicts, ["reach"], "the other one is settled");
    assert!(
        entry
            .history
            .iter()
            .any(|version| version.reason.as_deref() == Some("appelé"))
    );

    // Rosa's file was kept until her device is known, and now it is.
    let rosa = rec(&seen, "rosa");
    assert!(rows(&desk).iter().all(|row| row.rec != rosa));
    desk.ask(Fetch);
    let desk = desk.reopened();
    assert_eq!(rows(&desk).iter().filter(|row| row.rec == rosa).count(), 1);
}

#[test]
fn files_carried_since_then_are_read_and_what_is_known_is_taken_once() {
    let copied = Copied::of(&november("server"));
    let desk = opened_desk(&copied);
    desk.ask(Fetch);
    let files: Vec<(&str, Vec<u8>)> = ["ana.tar", "luc.age", "rosa.age"]
        .into_iter()
        .map(|name| {
            (
                name,
                std::fs::read(november(&format!("bundles/{name}"))).expect("a fixture"),
            )
        })
        .collect();
    let import = || {
        let files = files.iter().map(|(name, bytes)| ChosenFile {
            name: (*name).to_owned(),
            bytes: bytes.clone(),
        });
        let files = files.collect();
        desk.ask(ImportFiles { files })
    };
    let items = import();
    let refused = |item: &&InboxItem| matches!(item.verdict, VerdictView::Quarantined { .. });
    assert_eq!(
        items.iter().filter(refused).count(),
        2,
        "the photo and the cut file alone"
    );
    let seen = seen();
    for name in ["sealed", "refused", "luc", "rosa"] {
        let rec = rec(&seen, name);
        assert_eq!(
            rows(&desk).iter().filter(|row| row.rec == rec).count(),
            1,
            "{name}"
        );
    }
    let before = rows(&desk);
    import();
    assert_eq!(rows(&desk), before);
}

#[test]
fn the_server_of_then_lets_a_new_phone_take_part_and_a_new_browser_read_all() {
    let seen = seen();
    let copied = Copied::of(&november("server"));
    let rosa = Planned::over(Default::default());
    rosa.plan.route(copied.url());
    let status = rosa.ask(CreateVault {
        passphrase: crate::common::PASSPHRASE.into(),
        name: "Rosa".into(),
        invite: Some(InviteText {
            text: seen["unused"]["link"].as_str().expect("a link").into(),
            origin: String::new(),
        }),
        lang: "fr".into(),
    });
    assert!(!status.enrolment_pending, "{status:?}");

    let backup = std::fs::read(november("office-key-backup.age")).expect("a fixture");
    let browser = Planned::over(Default::default());
    browser.plan.route(copied.url());
    browser.ask(RestoreOffice {
        backup,
        file_passphrase: seen["file_passphrase"].as_str().expect("one").into(),
        passphrase: crate::common::PASSPHRASE.into(),
    });
    browser.ask(Fetch);
    let desk = opened_desk(&copied);
    desk.ask(Fetch);
    let listed = |desk: &Planned| {
        let mut recs: Vec<RecordId> = rows(desk).into_iter().map(|row| row.rec).collect();
        recs.sort();
        recs
    };
    // What came as files alone is not on the server.
    let by_file = [rec(&seen, "luc"), rec(&seen, "rosa")];
    let mut by_server = listed(&desk);
    by_server.retain(|rec| !by_file.contains(rec));
    assert_eq!(listed(&browser), by_server);
    assert!(by_server.len() >= 5);
}
