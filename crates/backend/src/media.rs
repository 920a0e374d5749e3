//! The pictures, sounds and films that questionnaires show: fetched after all else, kept sealed, read one at a time.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use vigie_exchange::{Client, api::Hex};
use vigie_forms::media::media_type;
use vigie_model::RecordId;

use crate::{
    Host,
    backend::Backend,
    open::{delete, put, put_bytes, read_bytes},
    profile::Standing,
    protocol::Failure,
    store::{Store, Table},
};

/// A file: its name, its type, its bytes.
pub(crate) type File = (String, String, Vec<u8>);

/// Where a file of a form is kept: a form's hash says what its files are, whichever mission they came by.
fn row_of(form: &str, name: &str) -> String {
    format!("media.{form}.{name}")
}

pub(crate) fn file(name: &str, bytes: Vec<u8>) -> Result<File, Failure> {
    let kind = media_type(name).ok_or(Failure::NotFound)?;
    Ok((name.to_owned(), kind.to_owned(), bytes))
}

/// A file of a partner link, which carries its own.
pub(crate) fn carried(files: &BTreeMap<String, String>, name: &str) -> Result<File, Failure> {
    let bytes = files.get(name).and_then(|text| STANDARD.decode(text).ok());
    file(name, bytes.ok_or(Failure::NotFound)?)
}

impl<H: Host> Backend<H> {
    /// Fetches what the card's questionnaires show and is not here yet; lets go of what no card shows any more.
    pub(crate) async fn fetch_media(
        &self,
        number: usize,
        generation: u64,
        client: &Client<&H::Transport>,
    ) -> Result<(), Failure> {
        let Some(card) = self.card(number).await? else {
            return Ok(());
        };
        let secret = match &self.open_still(generation)?.member(number)?.standing {
            Standing::Enrolled { secret, .. } => secret.clone(),
            _ => return Ok(()),
        };
        let mut wanted = Vec::new();
        for form in &card.forms {
            for shown in &form.files {
                let row = row_of(&form.hash, &shown.name);
                let open = self.open_still(generation)?;
                let is_here = open.profile.has_media(&row);
                drop(open);
                if !is_here {
                    let Ok(sha256) = shown.sealed.parse::<Hex<32>>() else {
                        continue;
                    };
                    let now = self.host().now();
                    let sealed = match client.card_file(&secret.mission, &sha256, now).await {
                        Ok(sealed) => sealed,
                        Err(error) => match Failure::from(error) {
                            Failure::NotFound => continue,
                            failure => return Err(failure),
                        },
                    };
                    // The office named it by its hash: one that does not open will not next time either.
                    let Ok(bytes) = vigie_seal::open_card_file(&sealed, &secret.mission_key) else {
                        continue;
                    };
                    self.keep_media(number, generation, row.clone(), &bytes)
                        .await?;
                }
                wanted.push(row);
            }
        }
        self.drop_media(number, generation, &wanted).await
    }

    async fn keep_media(
        &self,
        number: usize,
        generation: u64,
        row: String,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let (profile, changes) = {
            let open = self.open_still(generation)?;
            let mut profile = open.profile.clone();
            let random = &mut self.random();
            let kept = put_bytes(&open.key, Table::Blobs, row.as_str(), bytes, random);
            profile.members[number].media.push(row);
            let known = put(&open.key, Table::Meta, "profile", &profile, random);
            (profile, vec![kept, known])
        };
        self.commit(changes).await?;
        self.open_still(generation)?.profile = profile;
        Ok(())
    }

    /// Keeps, of what this mission's questionnaires showed, what is still wanted.
    async fn drop_media(
        &self,
        number: usize,
        generation: u64,
        wanted: &[String],
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let (profile, changes) = {
            let open = self.open_still(generation)?;
            let mut profile = open.profile.clone();
            let member = &mut profile.members[number];
            let gone: Vec<String> = member
                .media
                .extract_if(.., |row| !wanted.contains(row))
                .collect();
            if gone.is_empty() {
                return Ok(());
            }
            let mut changes = vec![put(
                &open.key,
                Table::Meta,
                "profile",
                &profile,
                &mut self.random(),
            )];
            let nobodys = gone.into_iter().filter(|row| !profile.has_media(row));
            changes.extend(nobodys.map(|row| delete(Table::Blobs, row)));
            (profile, changes)
        };
        self.commit(changes).await?;
        self.open_still(generation)?.profile = profile;
        Ok(())
    }

    /// A file that the questionnaire of an open response shows.
    pub(crate) async fn read_media(&self, rec: RecordId, name: &str) -> Result<File, Failure> {
        let row = {
            let open = self.open()?;
            let live = open.responses.get(&rec).ok_or(Failure::NotFound)?;
            row_of(&live.form.hash, name)
        };
        let sealed = self.host().store().get(Table::Blobs, &row).await?;
        let sealed = sealed.ok_or(Failure::NotFound)?;
        let bytes = read_bytes(&self.open()?.key, Table::Blobs, &row, &sealed)?;
        file(name, bytes)
    }
}
