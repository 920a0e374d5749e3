//! The migrations of each database, oldest first; one that was ever released never changes.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// A migration's number, name and text.
type Named = (i64, &'static str, &'static str);

const SQLITE: [Named; 7] = [
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
    (
        7,
        "team",
        include_str!("../../migrations/sqlite/0007_team.sql"),
    ),
];

const POSTGRES: [Named; 4] = [
    (
        1,
        "mailbox",
        include_str!("../../migrations/postgres/0001_mailbox.sql"),
    ),
    (
        2,
        "offices",
        include_str!("../../migrations/postgres/0002_offices.sql"),
    ),
    (
        3,
        "shares",
        include_str!("../../migrations/postgres/0003_shares.sql"),
    ),
    (
        4,
        "team",
        include_str!("../../migrations/postgres/0004_team.sql"),
    ),
];

/// The last one of SQLite's.
pub const SQLITE_NOW: i64 = SQLITE[SQLITE.len() - 1].0;

pub fn sqlite() -> Migrator {
    migrator(&SQLITE)
}

/// Servers that start at once wait for one another: the migrator holds a lock of the database.
pub fn postgres() -> Migrator {
    migrator(&POSTGRES)
}

fn migrator(all: &[Named]) -> Migrator {
    let migrations = all.iter().map(|(version, name, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(
            *version,
            Cow::Borrowed(name),
            kind,
            sql.into_sql_str(),
            false,
        )
    });
    Migrator {
        migrations: migrations.collect(),
        ..Migrator::DEFAULT
    }
}
