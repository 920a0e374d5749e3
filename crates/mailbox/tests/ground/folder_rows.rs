//! What is done to a folder's rows by tests that have SQLite at hand.

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{common::wait, ground::Ground};

impl Ground {
    /// Does something to the rows, as no server does.
    pub fn change_rows(&self, sql: &'static str) {
        let options = SqliteConnectOptions::new()
            .filename(self.folder().join("vigie.sqlite"))
            .foreign_keys(false);
        let changing = async {
            let mut database = options.connect().await.expect("the database");
            let changed = sqlx::query(sql).execute(&mut database).await;
            assert!(changed.expect(sql).rows_affected() > 0, "{sql}");
            database.close().await.expect("closed");
        };
        wait(changing);
    }
}
