//! Data folders of the versions before this one, opened by this one.

use std::{borrow::Cow, path::Path};

use crate::common::{Ground, Running, invite_id, key, put, wait};
use futures::executor::block_on;
use sqlx::{
    SqlSafeStr, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::SqliteConnectOptions,
};
use vigie_exchange::{
    CardAnswer, Method, Request,
    api::{self, Base64, Code},
};
use vigie_mailbox::{
    backup::{Shelf, back_up},
    checking::check,
    mailbox::{Under, now, sha256},
};
use vigie_model::{BundleId, MissionId, Timestamp};

const FAR_AWAY: i64 = 32_503_680_000_000;

fn mission(n: u8) -> MissionId {
    MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(n))
}

/// The database as the first `count` migrations left it.
async fn database_of_before(folder: &Path, count: usize) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("vigie.sqlite"))
        .create_if_missing(true);
    let db = SqlitePool::connect_with(options).await.expect("a database");
    let all = [
        (
            1,
            "mailbox",
            include_str!("../../migrations/sqlite/0001_mailbox.sql"),
        ),
        (
            2,
            "partner links",
            include_str!("../../migrations/sqlite/0002_partner_links.sql"),
        ),
        (
            3,
            "missions, epoch, removed devices",
            include_str!("../../migrations/sqlite/0003_missions_epoch_removed.sql"),
        ),
        (
            4,
            "drafts",
            include_str!("../../migrations/sqlite/0004_drafts.sql"),
        ),
        (
            5,
            "offices",
            include_str!("../../migrations/sqlite/0005_offices.sql"),
        ),
        (
            6,
            "shares",
            include_str!("../../migrations/sqlite/0006_shares.sql"),
        ),
    ];
    let migrations = all.into_iter().take(count).map(|(version, name, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(
            version,
            Cow::Borrowed(name),
            kind,
            sql.into_sql_str(),
            false,
        )
    });
    let migrator = Migrator {
        migrations: migrations.collect(),
        ..Migrator::DEFAULT
    };
    migrator.run(&db).await.expect("migrated");
    db
}

async fn office(db: &SqlitePool) {
    sqlx::query("INSERT INTO office VALUES (1, ?, 'Bureau', 'x', 1)")
        .bind(key(1).device().to_string())
        .execute(db)
        .await
        .expect("an office");
}

/// Invite `n`, and the devices that enrolled with it: key, whether it gave a name, and missions of bundles that it sent.
async fn invite(db: &SqlitePool, n: u8, uses: u32, devices: &[(u8, bool, &[MissionId])]) {
    sqlx::query("INSERT INTO invites (id, box, expires, uses) VALUES (?, ?, ?, ?)")
        .bind(invite_id(n).to_string())
        .bind(vec![n; 40])
        .bind(FAR_AWAY)
        .bind(uses)
        .execute(db)
        .await
        .expect("an invite");
    for (device, named, missions) in devices {
        let n_feed = sqlx::query("INSERT INTO feed (what) VALUES ('enrolled')");
        let n_feed = n_feed
            .execute(db)
            .await
            .expect("a number")
            .last_insert_rowid();
        sqlx::query("INSERT INTO enrolments (invite, device, proof, name_box, at, n) VALUES (?, ?, ?, ?, 1, ?)")
            .bind(invite_id(n).to_string())
            .bind(key(*device).device().to_string())
            .bind("00".repeat(32))
            .bind(if *named { vec![8; 50] } else { Vec::new() })
            .bind(n_feed)
            .execute(db)
            .await
            .expect("an enrolment");
        for mission in *missions {
            let n_feed = sqlx::query("INSERT INTO feed (what) VALUES ('bundle')");
            let n_feed = n_feed
                .execute(db)
                .await
                .expect("a number")
                .last_insert_rowid();
            sqlx::query("INSERT INTO bundles (id, device, mission, size, stored, n) VALUES (?, ?, ?, 1, 1, ?)")
                .bind(sha256(&[*device, n_feed as u8]).to_string())
                .bind(key(*device).device().to_string())
                .bind(mission.to_string())
                .bind(n_feed)
                .execute(db)
                .await
                .expect("a bundle");
        }
    }
}

#[test]
fn a_folder_of_before_opens_and_its_devices_are_of_the_mission_they_sent_for() {
    let ground = Ground::fresh();
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async {
            let db = database_of_before(ground.folder(), 2).await;
            office(&db).await;
            invite(&db, 10, 1, &[(20, true, &[mission(1), mission(1)])]).await;
            invite(&db, 11, 1, &[(21, true, &[])]).await;
            invite(&db, 12, 0, &[(22, false, &[mission(1)]), (23, false, &[])]).await;
            invite(&db, 13, 1, &[(24, false, &[mission(1)])]).await;
            invite(
                &db,
                14,
                3,
                &[(25, true, &[mission(1)]), (26, true, &[mission(2)])],
            )
            .await;
            invite(&db, 15, 1, &[]).await;
            db.close().await;
        });
    let server = Running::on(&ground);
    let office = server.client(&key(1));
    block_on(office.put_card(&mission(1), 1, b"a card".to_vec(), now())).expect("a card");
    let of = |n: u8| {
        let client = server.client(&key(n));
        let state = block_on(client.state(now())).expect("a device");
        let card = block_on(client.card(&mission(1), None, now()));
        let card = match card {
            Ok(CardAnswer::Card { .. }) => true,
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert_eq!(error.code(), Some(&Code::NotFound));
                false
            }
        };
        (state.mission, card)
    };
    assert_eq!(of(20), (Some(mission(1)), true), "a delegate who sent");
    assert_eq!(of(21), (None, false), "one who sent nothing yet");
    assert_eq!(
        of(22),
        (Some(mission(1)), false),
        "a partner of a link without bound"
    );
    assert_eq!(
        of(24),
        (Some(mission(1)), false),
        "a partner of a link for one"
    );
    assert_eq!(
        of(25),
        (None, false),
        "an invite whose devices sent for two missions"
    );
    let look =
        |n: u8| block_on(server.client(&key(99)).invite(&invite_id(n), now())).expect("an answer");
    assert!(
        look(10).sealed.0.is_empty() && look(10).used,
        "served before"
    );
    assert_eq!(look(15).sealed.0, vec![15; 40], "not served yet");
    // The office names the mission by putting the invite again; its box is gone, and whatever is put in its place is not kept.
    let named = |sealed: Vec<u8>| api::PutInvite {
        mission: Some(mission(1)),
        partner: false,
        expires: Timestamp(FAR_AWAY),
        uses: 1,
        replaces: false,
        sealed: Base64(sealed),
    };
    block_on(office.put_invite(&invite_id(11), &named(vec![9; 40]), now())).expect("named");
    assert_eq!(of(21), (Some(mission(1)), true));
    assert!(look(11).sealed.0.is_empty());
}

#[test]
fn a_folder_of_before_there_were_drafts_opens_and_takes_one_under_a_link_of_then() {
    let ground = Ground::fresh();
    let epoch = tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async {
            let db = database_of_before(ground.folder(), 3).await;
            office(&db).await;
            invite(&db, 10, 1, &[(20, true, &[mission(1)])]).await;
            invite(&db, 12, 0, &[(22, false, &[mission(1)])]).await;
            sqlx::query("UPDATE invites SET partner = 1, mission = ? WHERE uses = 0")
                .bind(mission(1).to_string())
                .execute(&db)
                .await
                .expect("a partner link");
            let epoch: String = sqlx::query_scalar("SELECT epoch FROM epoch")
                .fetch_one(&db)
                .await
                .expect("an epoch");
            db.close().await;
            epoch
        });
    let server = Running::on(&ground);
    let feed = block_on(server.client(&key(1)).feed(0, 10, now())).expect("the feed");
    assert_eq!(
        feed.epoch.expect("an epoch").to_string(),
        epoch,
        "the same life of the database"
    );
    assert_eq!(
        feed.items.len(),
        4,
        "enrolments and bundles are where they were"
    );
    let holder = server.client(&key(30));
    let put = |invite: u8| {
        let draft = b"a sealed draft".to_vec();
        block_on(holder.put_draft(&invite_id(invite), 1, 7, draft, now()))
    };
    let kept = put(12).expect("kept");
    let read = block_on(holder.draft(now())).expect("the draft");
    assert_eq!(
        (read.sealed.0, read.expires),
        (b"a sealed draft".to_vec(), kept.expires)
    );
    let delegates = put(10).expect_err("a delegate's invite");
    assert_eq!(delegates.code(), Some(&Code::InviteUnknown));
}

/// A mailbox of one office as it was before there could be others, letters and all.
fn one_office(ground: &Ground) {
    let sealed = ground.sealed();
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async {
            let db = database_of_before(ground.folder(), 4).await;
            office(&db).await;
            invite(&db, 10, 1, &[(20, true, &[mission(1), mission(1)])]).await;
            let (device, letter) = (key(20).device(), sha256(&[20, 2]));
            for statement in [
                "UPDATE invites SET mission = $3",
                "UPDATE bundles SET size = 2",
                "INSERT INTO receipts (n, bundle, device, mission, kind, at, sig)
                 VALUES (7, $1, $2, $3, 'received', 5, $4)",
                "INSERT INTO docs (n, id) VALUES (4, $1)",
                "INSERT INTO cards (mission, rev, sha256) VALUES ($3, 3, $1)",
                "INSERT INTO removed (device, at) VALUES ($1, 1)",
            ] {
                sqlx::query(statement)
                    .bind(letter.to_string())
                    .bind(device.to_string())
                    .bind(mission(1).to_string())
                    .bind("00".repeat(64))
                    .execute(&db)
                    .await
                    .expect(statement);
            }
            db.close().await;
        });
    std::fs::create_dir_all(sealed.join("bundles")).expect("a folder");
    for (n, bytes) in [(2, &[20, 2][..]), (3, &[20, 3])] {
        let name = format!("bundles/{}.age", sha256(&[20, n]));
        std::fs::write(sealed.join(name), bytes).expect("a letter");
    }
}

#[test]
fn the_one_office_of_before_is_the_first_of_any_number_and_keeps_its_numbers() {
    let ground = Ground::fresh();
    one_office(&ground);
    let server = Running::on(&ground);
    let office = server.client(&key(1));
    let feed = block_on(office.feed(0, 10, now())).expect("the feed");
    assert_eq!((feed.items.len(), feed.last), (3, Some(3)));
    let device = server.client(&key(20));
    let receipts = block_on(device.receipts(0, now())).expect("receipts");
    assert_eq!((receipts.receipts[0].n, receipts.last), (7, Some(7)));
    let state = block_on(office.office_state(now())).expect("its state");
    assert_eq!(
        (state.bytes, state.quota, state.keep_days),
        (4, None, None),
        "both letters were counted"
    );
    let put = put(b"another", &mission(1)).sign(&key(20), now());
    assert_eq!(server.send(put).status, 201);
    let feed = block_on(office.feed(3, 10, now())).expect("the feed");
    assert_eq!((feed.items.len(), feed.next), (1, 4));
    let doc = block_on(office.put_doc(b"a paper".to_vec(), now())).expect("a paper");
    assert_eq!(doc.n, 5);
    let state = block_on(office.office_state(now())).expect("its state");
    assert_eq!(state.bytes, 4 + 7 + 7);
}

#[test]
fn a_folder_of_before_can_be_checked_and_backed_up_without_being_changed() {
    let ground = Ground::fresh();
    one_office(&ground);
    let file = ground.folder().join("vigie.sqlite");
    let before = std::fs::read(&file).expect("the rows");
    let checked = wait(check(&ground.place())).expect("checked");
    // The card and the document have no file, and the receipt no signature.
    assert_eq!((checked.letters, checked.files), (2, 2));
    assert_eq!(checked.faults.len(), 3, "{:?}", checked.faults);
    let backup = tempfile::TempDir::new().expect("a folder");
    let to = Shelf::Folder(backup.path().to_owned());
    for new in [2, 0] {
        let done = wait(back_up(&ground.place(), &to, Under::default())).expect("backed up");
        assert_eq!((done.files, done.checked.letters), (new, 2));
    }
    assert!(std::fs::read(&file).expect("the rows") == before);
}

#[test]
fn a_folder_of_before_teams_keeps_its_feed_and_its_people_may_say_what_is_sealed_for_them() {
    let ground = Ground::fresh();
    let (device, kept) = (key(20), sha256(b"kept"));
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async {
            let db = database_of_before(ground.folder(), 6).await;
            let rows = format!(
                "INSERT INTO offices VALUES (1, '{}', 'Bureau', 'x', 1, NULL, NULL, 4, 3, 0);
                 INSERT INTO invites (id, box, expires, mission, office) VALUES ('{}', x'', 1, '{}', 1);
                 INSERT INTO feed VALUES (1, 1, 'enrolled'), (1, 2, 'bundle'), (1, 3, 'bundle');
                 INSERT INTO enrolments VALUES ('{}', '{}', '{}', x'', 1, 1, 1);
                 INSERT INTO bundles VALUES (1, '{kept}', '{}', '{}', 4, 1, 2, NULL), (1, '{}', '{}', '{}', 4, 1, 3, 9);",
                key(1).device(),
                invite_id(10),
                mission(1),
                invite_id(10),
                device.device(),
                "00".repeat(32),
                device.device(),
                mission(1),
                sha256(b"gone"),
                device.device(),
                mission(1),
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(rows))
                .execute(&db)
                .await
                .expect("rows");
            db.close().await;
        });
    let server = Running::on(&ground);
    let mine = server.client(&device);
    let says = api::PutMember::new("age1…".into(), &mission(1), &device);
    block_on(mine.put_member(&mission(1), &says, now())).expect("said");
    let path = api::path::put_team_bundle(&BundleId(sha256(b"new").0), &mission(1), 1);
    let new = Request::new(Method::Put, path).body("application/octet-stream", b"new".to_vec());
    assert_eq!(server.send(new.sign(&device, now())).status, 201);
    let team = block_on(mine.team(&mission(1), 0, 9, now())).expect("of the team");
    assert_eq!((team.letters.len(), team.last), (1, 1));
    let feed = block_on(server.client(&key(1)).feed(0, 9, now())).expect("the feed");
    let told: Vec<String> = feed
        .items
        .iter()
        .map(|item| match item {
            api::FeedItem::Enrolled(item) => format!("{} enrolled", item.n),
            api::FeedItem::Bundle(item) => format!("{} {} {:?}", item.n, item.gone, item.team),
            api::FeedItem::Member(item) => format!("{} said", item.n),
            api::FeedItem::Unknown => panic!("a known item"),
        })
        .collect();
    let expected = [
        "1 enrolled",
        "2 false None",
        "3 true None",
        "4 said",
        "5 false Some(1)",
    ];
    assert_eq!(told, expected);
}
