//! The desk itself: who is asked what, and in whose turn.

use std::cell::RefMut;

use futures::lock::Mutex;
use vigie_exchange::Client;
use vigie_notebook::{Host, Notebook, memory::Open};
use vigie_protocol::{Failure, Status};

use crate::in_open::InOpen as _;

/// An office's device: a notebook, with what only an office asks.
pub struct Desk<H: Host> {
    pub notebook: Notebook<H>,
    /// One round of the office with its server at a time: two would undo each other's revisions.
    pub(crate) turn: Mutex<()>,
}

impl<H: Host> Desk<H> {
    pub fn new(host: H) -> Desk<H> {
        Desk {
            notebook: Notebook::new(host),
            turn: Mutex::new(()),
        }
    }

    pub fn host(&self) -> &H {
        self.notebook.host()
    }

    /// [`Notebook::status`].
    pub async fn status(&self) -> Result<Status, Failure> {
        self.notebook.status().await
    }

    /// [`Notebook::tick`].
    pub async fn tick(&self) -> Result<(), Failure> {
        self.notebook.tick().await
    }

    /// [`Notebook::index_more`].
    pub async fn index_more(&self) -> Result<bool, Failure> {
        self.notebook.index_more().await
    }

    /// What is in memory of the open vault. Never held across an await.
    pub(crate) fn open(&self) -> Result<RefMut<'_, Open>, Failure> {
        self.notebook.open()
    }

    /// A client that speaks as the office.
    pub(crate) fn office_client(&self) -> Result<Client<&H::Transport>, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let offset = open
            .profile
            .office
            .as_ref()
            .map(|office| office.clock_offset)
            .unwrap_or_default();
        let client = Client::new(
            self.host().transport(),
            desk.keys.server.as_str(),
            desk.keys.signing.clone(),
        );
        Ok(client.with_clock_offset(offset))
    }
}
