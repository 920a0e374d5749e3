//! A database of the version before this one, opened by this one.

use std::{borrow::Cow, str::FromStr};

use futures::executor::block_on;
use sqlx::{
    Connection, Executor, PgConnection, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::PgConnectOptions,
};
use vigie_mailbox::{
    checking::check,
    mailbox::{now, sha256},
};
use vigie_model::MissionId;

use crate::common::{Ground, Running, key, put, wait};

const FIRST: &str = include_str!("../../migrations/postgres/0001_mailbox.sql");

/// What that version left: an office, a delegate, and her letter, whose file is not there.
async fn one_office(address: &str, mission: &MissionId) {
    let options = PgConnectOptions::from_str(address).expect("an address");
    let mut db = PgConnection::connect_with(&options).await.expect("a line");
    let kind = MigrationType::Simple;
    let first = Migration::new(
        1,
        Cow::Borrowed("mailbox"),
        kind,
        FIRST.into_sql_str(),
        false,
    );
    let migrator = Migrator {
        migrations: Cow::Owned(vec![first]),
        ..Migrator::DEFAULT
    };
    migrator.run(&mut db).await.expect("migrated");
    let (office, device) = (key(1).device(), key(20).device());
    let letter = sha256(b"a letter");
    let rows = format!(
        "INSERT INTO office VALUES (1, '{office}', 'Bureau', 'x', 1);
         INSERT INTO invites (id, box, expires, mission) VALUES ('i', '', 1, '{mission}');
         INSERT INTO feed (what) VALUES ('enrolled'), ('bundle');
         INSERT INTO enrolments VALUES ('i', '{device}', '{letter}', '', 1, 1);
         INSERT INTO bundles VALUES ('{letter}', '{device}', '{mission}', 8, 1, 2);
         INSERT INTO receipts (n, bundle, device, mission, kind, at, sig)
            VALUES (7, '{letter}', '{device}', '{mission}', 'received', 1, '{}');
         INSERT INTO docs (n, id) VALUES (4, '{letter}');",
        "00".repeat(64)
    );
    db.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(rows)))
        .await
        .expect("rows");
    db.close().await.expect("closed");
}

#[test]
fn the_one_office_of_before_is_the_first_of_any_number_and_keeps_its_numbers() {
    let ground = Ground::fresh();
    let mission = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(1));
    wait(one_office(&ground.database(), &mission));
    let older = wait(check(&ground.place())).expect_err("of an earlier version");
    assert!(older.to_string().contains("earlier version"), "{older}");
    let server = Running::on(&ground);
    let office = server.client(&key(1));
    let receipts = block_on(server.client(&key(20)).receipts(0, now())).expect("receipts");
    assert_eq!((receipts.receipts[0].n, receipts.last), (7, Some(7)));
    let sent = put(b"another", &mission).sign(&key(20), now());
    assert_eq!(server.send(sent).status, 201);
    let feed = block_on(office.feed(1, 10, now())).expect("the feed");
    assert_eq!((feed.items.len(), feed.next, feed.last), (2, 3, Some(3)));
    let doc = block_on(office.put_doc(b"a paper".to_vec(), now())).expect("a paper");
    assert_eq!(doc.n, 5);
    let state = block_on(office.office_state(now())).expect("its state");
    assert_eq!(state.bytes, 7 + 7, "the file of before is missing");
}
