//! The office's keys: made, backed up, proven, opened again elsewhere.

use vigie_notebook::{
    Host,
    error::of_server,
    memory::{OfficeProfile, Profile, SecretText},
};
use vigie_office::OfficeKeys;
use vigie_protocol::{Failure, File, KeySheet, Status};
use vigie_seal::passfile::{open_with_passphrase, seal_with_passphrase};
use zeroize::Zeroizing;

use crate::{desk::Desk, in_open::InOpen as _, memory::OpenDesk};

/// scrypt's N is 2^16 for the backup: 64 MiB, what a worker in a browser can give without keeping a quarter of a gigabyte
/// afterwards. The passphrase screen asks for a strong one.
const WORK_FACTOR: u8 = 16;
/// A key file is a few hundred bytes.
const KEY_FILE_BYTES: usize = 64 * 1024;

fn open_backup(bytes: &[u8], passphrase: &str) -> Result<OfficeKeys, Failure> {
    let text = open_with_passphrase(bytes, passphrase, KEY_FILE_BYTES)
        .map_err(|_| Failure::BackupDoesNotOpen)?;
    let text = Zeroizing::new(String::from_utf8(text).map_err(|_| Failure::BackupDoesNotOpen)?);
    OfficeKeys::from_text(&text).map_err(|_| Failure::BackupDoesNotOpen)
}

fn profile(office: OfficeProfile, name: &str) -> Profile {
    Profile {
        v: 1,
        name: name.to_owned(),
        lang: "fr".into(),
        auto_lock_minutes: 15,
        paused: false,
        members: Vec::new(),
        current: 0,
        office: Some(office),
    }
}

impl<H: Host> Desk<H> {
    /// Makes the office's keys and vault, then tells the server: keys that exist only in a request that was answered
    /// would be lost with the tab. Where no answer comes, the server may have taken them: they are kept, and it is told again.
    pub(crate) async fn office_create(
        &self,
        token: &str,
        server: &str,
        name: &str,
        passphrase: Zeroizing<String>,
    ) -> Result<Status, Failure> {
        self.notebook.must_be_new().await?;
        let keys = self
            .notebook
            .vault
            .draw(|random| OfficeKeys::generate(name, server, random));
        let office = OfficeProfile {
            setup: Some(SecretText::new(token)),
            ..OfficeProfile::new(&keys.to_text(), self.host().now(), false)
        };
        self.make_office(&passphrase, office, &keys.name).await?;
        match self.tell_set_up().await {
            // The server has these keys from now on. Where that can't be noted, it is told again at the next round.
            Ok(()) => drop(self.note_set_up().await),
            Err(Failure::Unreachable) => {}
            Err(failure) => {
                self.notebook.wipe().await?;
                return Err(failure);
            }
        }
        self.notebook.status().await
    }

    /// Makes the vault of an office that has nothing yet.
    async fn make_office(
        &self,
        passphrase: &str,
        office: OfficeProfile,
        name: &str,
    ) -> Result<(), Failure> {
        let desk = Box::new(OpenDesk::new(&office)?);
        let profile = profile(office, name);
        let made = self.notebook.make_vault(passphrase, profile, Some(desk));
        made.await
    }

    /// Tells the server that this is its office, until it has said that it knows: the same link with the same key is good any
    /// number of times.
    pub(crate) async fn say_set_up(&self) -> Result<(), Failure> {
        self.tell_set_up().await?;
        self.note_set_up().await
    }

    async fn tell_set_up(&self) -> Result<(), Failure> {
        let (token, name) = {
            let open = self.open()?;
            let office = open.profile.office.as_ref().ok_or(Failure::NotFound)?;
            let Some(token) = office.setup.clone() else {
                return Ok(());
            };
            (token, open.desk()?.keys.name.clone())
        };
        let client = self.office_client()?;
        let now = self.host().now();
        let made = client.set_up_office(token.as_str(), &name, now).await;
        made.map(drop).map_err(of_server)
    }

    async fn note_set_up(&self) -> Result<(), Failure> {
        let is_noted = {
            let open = self.open()?;
            let office = open.profile.office.as_ref().ok_or(Failure::NotFound)?;
            office.setup.is_none()
        };
        if is_noted {
            return Ok(());
        }
        self.notebook
            .with_profile(|profile| {
                if let Some(office) = &mut profile.office {
                    office.setup = None;
                }
            })
            .await
    }

    pub(crate) async fn office_restore(
        &self,
        bytes: &[u8],
        file_passphrase: &str,
        passphrase: Zeroizing<String>,
    ) -> Result<Status, Failure> {
        self.notebook.must_be_new().await?;
        let keys = open_backup(bytes, file_passphrase)?;
        // It has just opened: that is the proof.
        let office = OfficeProfile::new(&keys.to_text(), self.host().now(), true);
        self.make_office(&passphrase, office, &keys.name).await?;
        self.notebook.status().await
    }

    pub(crate) fn office_backup(&self, file_passphrase: &str) -> Result<File, Failure> {
        let open = self.open()?;
        let keys = &open.desk()?.keys;
        let bytes = seal_with_passphrase(keys.to_text().as_bytes(), file_passphrase, WORK_FACTOR);
        let mark = keys.fingerprint().replace(' ', "");
        let name = format!("vigie-office-{}.key.age", &mark[..8]);
        Ok(File::new(name, "application/octet-stream", bytes))
    }

    pub(crate) async fn office_trial(
        &self,
        bytes: &[u8],
        file_passphrase: &str,
    ) -> Result<Status, Failure> {
        let found = open_backup(bytes, file_passphrase)?;
        let same = {
            let open = self.open()?;
            let OpenDesk { keys, .. } = open.desk()?;
            keys.office() == found.office()
                && keys.recipient().to_string() == found.recipient().to_string()
        };
        if !same {
            return Err(Failure::BackupOfAnother);
        }
        self.notebook
            .with_profile(|profile| {
                if let Some(office) = &mut profile.office {
                    office.proven = true;
                }
            })
            .await?;
        match self.say_set_up().await {
            Ok(()) | Err(Failure::Unreachable) => self.notebook.status().await,
            Err(failure) => Err(failure),
        }
    }

    pub(crate) fn key_sheet(&self) -> Result<KeySheet, Failure> {
        let open = self.open()?;
        let keys = &open.desk()?.keys;
        let made = open
            .profile
            .office
            .as_ref()
            .map(|office| office.made.0)
            .unwrap_or_default();
        Ok(KeySheet {
            name: keys.name.clone(),
            recipient: keys.recipient().to_string(),
            fingerprint: keys.fingerprint(),
            secret: keys.to_text().to_string(),
            made,
        })
    }
}
