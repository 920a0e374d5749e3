//! The pictures, sounds and films that questionnaires show: fetched after all else, kept sealed, read one at a time.

use vigie_exchange::{Client, api::Hex};
use vigie_model::RecordId;
use vigie_respondent::media_file;
use vigie_vault::Table;

use crate::{
    Host,
    error::of_server,
    memory::{Enrolment, Medium, Profile},
    notebook::Notebook,
    protocol::{Failure, File},
};

impl<H: Host> Notebook<H> {
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
        let secret = match &self.open_still(generation)?.member(number)?.enrolment {
            Enrolment::Enrolled { secret, .. } => secret.clone(),
            _ => return Ok(()),
        };
        let shown = card.forms.iter().flat_map(|form| {
            form.files.iter().map(|file| Medium {
                form: form.hash.clone(),
                name: file.name.clone(),
                sealed: file.sealed.clone(),
            })
        });
        let wanted: Vec<Medium> = shown.collect();
        for medium in &wanted {
            let is_here = self
                .open_still(generation)?
                .member(number)?
                .media
                .contains(medium);
            let sha256 = medium.sealed.parse::<Hex<32>>();
            let (false, Ok(sha256)) = (is_here, sha256) else {
                continue;
            };
            let now = self.host().now();
            let sealed = match client.card_file(&secret.mission, &sha256, now).await {
                Ok(sealed) => sealed,
                Err(error) => match of_server(error) {
                    Failure::NotFound => continue,
                    failure => return Err(failure),
                },
            };
            // The office named it by its hash: what does not open will not next time either.
            if let Ok(bytes) = vigie_seal::open_card_file(&sealed, &secret.mission_key) {
                self.keep_media(number, generation, medium, &bytes).await?;
            }
        }
        self.drop_media(number, generation, &wanted).await
    }

    async fn keep_media(
        &self,
        number: usize,
        generation: u64,
        medium: &Medium,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        tx.put_bytes(Table::Blobs, medium.row(), bytes);
        let profile: &mut Profile = tx.edit(&*tx.memory()?)?;
        profile.members[number].media.push(medium.clone());
        tx.commit().await
    }

    /// Keeps, of what this mission's questionnaires showed, what is still wanted.
    async fn drop_media(
        &self,
        number: usize,
        generation: u64,
        wanted: &[Medium],
    ) -> Result<(), Failure> {
        let mut tx = self.vault.transaction_of(generation).await;
        let profile: &mut Profile = tx.edit(&*tx.memory()?)?;
        let media = profile.members[number]
            .media
            .extract_if(.., |medium| !wanted.contains(medium));
        let gone: Vec<Medium> = media.collect();
        if gone.is_empty() {
            return Ok(());
        }
        for medium in gone {
            tx.delete_at(Table::Blobs, medium.row());
        }
        tx.commit().await
    }

    /// A file that the questionnaire of an open response shows.
    pub(crate) async fn read_media(&self, rec: RecordId, name: &str) -> Result<File, Failure> {
        let row = {
            let open = self.open()?;
            let form = &open.responses.get(&rec).ok_or(Failure::NotFound)?.form.hash;
            let mut all = open.profile.members.iter().flat_map(|member| &member.media);
            let medium = all.find(|medium| medium.form == *form && medium.name == name);
            medium.ok_or(Failure::NotFound)?.row()
        };
        let bytes = self.vault.get_bytes(Table::Blobs, &row).await?;
        media_file(name, bytes.ok_or(Failure::NotFound)?)
    }
}
