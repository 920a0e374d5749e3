//! What whoever runs a server does with its offices: invites them, counts them, bounds them, removes them. None of it
//! opens a letter. The server may be running meanwhile, and does from its next request on what is said here.

use vigie_exchange::api::KeyHex;
use vigie_model::Timestamp;

use crate::{
    error::ApiError,
    folder::{self, unusable},
    mailbox::Place,
    office,
    store::{OpenError, Store},
};

pub use crate::store::{Hosted, Terms};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("not done: {0}")]
    Store(#[from] ApiError),
    #[error("no office has a key that begins so; `vigie office list` shows them")]
    NoSuchOffice,
    #[error("several offices have a key that begins so; give more of it")]
    SeveralOffices,
}

/// A mailbox, as its host sees it.
pub struct Host(Store);

impl Host {
    /// Opens what is kept there, served or not.
    pub async fn open(place: &Place) -> Result<Host, HostError> {
        let store = match place {
            Place::Folder(folder) => {
                folder::may_be_served(folder)?;
                std::fs::create_dir_all(folder).map_err(unusable(folder))?;
                Store::sqlite(&folder.join(folder::DATABASE), None, None).await?
            }
            Place::Servers { database, .. } => Store::postgres(&database.0, None).await?,
        };
        Ok(Host(store))
    }

    /// The token of a set-up link, good once and until then, for an office under these terms.
    pub async fn invite(
        &self,
        random: [u8; 24],
        expires: Timestamp,
        terms: Terms,
    ) -> Result<String, HostError> {
        let (token, hash) = office::token(random);
        self.0.invite_office(&hash, expires, terms).await?;
        Ok(token)
    }

    /// Every office, the first first.
    pub async fn offices(&self) -> Result<Vec<Hosted>, HostError> {
        Ok(self.0.offices().await?)
    }

    /// The one office whose key begins so.
    pub async fn office(&self, beginning: &str) -> Result<Hosted, HostError> {
        let offices = self.offices().await?.into_iter();
        let mut found = offices.filter(|office| office.key.to_string().starts_with(beginning));
        match (found.next(), found.next()) {
            (Some(office), None) => Ok(office),
            (None, _) => Err(HostError::NoSuchOffice),
            (Some(_), Some(_)) => Err(HostError::SeveralOffices),
        }
    }

    /// Sets other terms.
    pub async fn bound(&self, key: &KeyHex, terms: Terms) -> Result<(), HostError> {
        match self.0.change_terms(key, terms).await? {
            true => Ok(()),
            false => Err(HostError::NoSuchOffice),
        }
    }

    /// Forgets an office and all of its rows at once; its files go a day later, by the server.
    pub async fn remove(&self, key: &KeyHex) -> Result<(), HostError> {
        match self.0.remove_office(key).await? {
            true => Ok(()),
            false => Err(HostError::NoSuchOffice),
        }
    }

    pub async fn close(self) {
        self.0.close().await;
    }
}

/// The set-up link of a token, at the address that people use.
pub fn set_up_link(url: &str, token: &str) -> String {
    office::set_up_link(url, token)
}
