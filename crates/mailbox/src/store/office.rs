//! Whose mailbox this is.

use vigie_exchange::api::{Hex, KeyHex, SetUpOffice};

use super::{Put, Store};
use crate::{clock::now, error::ApiError, reading::read_back};

impl Store {
    /// The office's public key, once set up.
    pub async fn office(&self) -> Result<Option<KeyHex>, ApiError> {
        let row: Option<(String,)> = self.database.first("SELECT key FROM office", &[]).await?;
        row.map(|(key,)| read_back(&key, "a key")).transpose()
    }

    /// What the office calls itself.
    pub async fn office_name(&self) -> Result<Option<String>, ApiError> {
        let row: Option<(String,)> = self.database.first("SELECT name FROM office", &[]).await?;
        Ok(row.map(|(name,)| name))
    }

    /// Sets the office up by the token last printed; again with the same token and key, says how it is called.
    pub async fn set_up(
        &self,
        asked: &SetUpOffice,
        token_hash: &Hex<32>,
    ) -> Result<(Put, String), ApiError> {
        let (key, token_hash) = (asked.key.to_string(), token_hash.to_string());
        let mut work = self.database.write().await?;
        let office: Option<(String, String, String)> = work
            .first("SELECT key, token_hash, name FROM office", &[])
            .await?;
        match office {
            Some((old_key, old_token, name)) if old_key == key && old_token == token_hash => {
                return Ok((Put::Again, name));
            }
            Some(_) => return Err(ApiError::SetupUsed),
            None => {}
        }
        let printed: Option<(String,)> = work.first("SELECT token_hash FROM setup", &[]).await?;
        if printed.is_none_or(|(printed,)| printed != token_hash) {
            return Err(ApiError::SetupUsed);
        }
        work.run(
            "INSERT INTO office (only_one, key, name, token_hash, since) VALUES (1, $1, $2, $3, $4)",
            &[
                key.into(),
                asked.name.clone().into(),
                token_hash.into(),
                now().0.into(),
            ],
        )
        .await?;
        work.run("DELETE FROM setup", &[]).await?;
        work.commit().await?;
        Ok((Put::New, asked.name.clone()))
    }

    /// Notes the token of a new set-up link, and forgets the one before; false once an office is set up.
    pub async fn expect_set_up(&self, token_hash: &Hex<32>) -> Result<bool, ApiError> {
        let mut work = self.database.write().await?;
        let office: Option<(String,)> = work.first("SELECT key FROM office", &[]).await?;
        if office.is_some() {
            return Ok(false);
        }
        work.run(
            "INSERT INTO setup (only_one, token_hash, made) VALUES (1, $1, $2)
             ON CONFLICT (only_one) DO UPDATE SET token_hash = excluded.token_hash, made = excluded.made",
            &[token_hash.to_string().into(), now().0.into()],
        )
        .await?;
        work.commit().await?;
        Ok(true)
    }
}
