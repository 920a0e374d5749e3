//! What the worker behind a partner's page answers: an outbox, over a vault that is never opened.

use vigie_exchange::sending::Trigger;
use vigie_protocol::{DeleteDraft, Failure, FetchDraft, PutDraft, SealerRequest, Waiting, answers};
use vigie_vault::{Ground, Memory, Vault, VaultError};

use crate::{Outbox, World, drafts, error::of_vault};

/// Nothing is in memory of a vault that is never opened.
struct Unopened;

impl Memory for Unopened {
    type Failure = Failure;

    fn failed(error: VaultError) -> Failure {
        of_vault(error)
    }
}

/// Seals a partner's answers, and sends them.
pub struct Sealer<H> {
    vault: Vault<H, Unopened>,
    outbox: Outbox,
}

/// What a sealer stands on.
pub trait Host: World + Ground {}

impl<H: World + Ground> Host for H {}

impl<H: Host> Sealer<H> {
    pub fn new(host: H) -> Sealer<H> {
        Sealer {
            vault: Vault::new(host),
            outbox: Outbox::default(),
        }
    }

    pub fn host(&self) -> &H {
        self.vault.ground()
    }

    /// Answers one request, as its answer travels.
    pub async fn handle(&self, request: SealerRequest) -> Vec<u8> {
        match request {
            SealerRequest::Sealer(question) => question.answered_by(self).await,
            SealerRequest::Waiting(question) => question.answered_by(self).await,
        }
    }

    /// For the timer of the worker, every few seconds: sends what is due.
    pub async fn tick(&self) -> Result<(), Failure> {
        self.outbox.send(&self.vault, Trigger::Timer).await
    }

    pub fn waiting(&self) -> Waiting {
        self.outbox.waiting()
    }
}

answers! { impl<H: Host> Sealer<H>, |sealer|
    KeptLink { code } => sealer.outbox.kept_link(&sealer.vault, &code).await;
    KeepLink { code, sealed } => sealer.outbox.keep_link(&sealer.vault, &code, sealed).await;
    ForgetLink { code } => sealer.outbox.forget_link(&sealer.vault, &code).await;
    Seal { code, server, sealed, seed, given } => {
        sealer.outbox.seal(&sealer.vault, &code, server, &sealed, seed, given).await
    };
    PutDraft { draft, rev, code, server, days, kept } => {
        drafts::put(&sealer.vault, PutDraft { draft, rev, code, server, days, kept }).await
    };
    FetchDraft { draft, server } => drafts::fetch(sealer.host(), FetchDraft { draft, server }).await;
    DeleteDraft { draft, server } => drafts::delete(sealer.host(), DeleteDraft { draft, server }).await;
    Retry => sealer.outbox.send(&sealer.vault, Trigger::Online).await;
}

answers! { impl<H: Host> Sealer<H>, |sealer|
    GetWaiting => sealer.outbox.told(&sealer.vault).await;
    SendWaiting => {
        sealer.outbox.send(&sealer.vault, Trigger::Asked).await?;
        Ok(sealer.waiting())
    };
    DropRefused => {
        sealer.outbox.drop_refused(&sealer.vault).await?;
        Ok(sealer.waiting())
    };
}
