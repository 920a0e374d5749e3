//! What a server is asked about a draft: the answer that a partner goes on with later (`vigie_seal::draft`).
//!
//! It takes her code's signing key, so it is asked here, behind her page. Nothing of it is kept on the phone: her page has the
//! code in memory, and what is put is the answer as it stands. Put twice, the server ends with the greater revision.

use serde_json::value::RawValue;
use vigie_exchange::{
    Client, ExchangeError,
    api::{Code, DRAFT_BYTES},
};
use vigie_protocol::{
    DeleteDraft, DraftProblem, Failure, FetchDraft, FoundDraft, Millis, PutDraft, Refusal,
};
use vigie_seal::{DraftCode, DraftError, SigningKey, open_draft, seal_draft};
use vigie_vault::{Ground, Vault};

use crate::{
    Rows, World,
    error::{internal, of_server},
    sealed::read_code,
};

fn read(draft: &str) -> Result<DraftCode, Failure> {
    draft.parse().map_err(|_| DraftProblem::Unreadable.into())
}

/// Puts it at the server, in place of what is there; says until when, by the server's clock.
pub async fn put<H: World + Ground, M: Rows>(
    vault: &Vault<H, M>,
    question: PutDraft,
) -> Result<Millis, Failure> {
    let draft = read(&question.draft)?;
    let link = read_code(&question.code)?;
    let kept = RawValue::from_string(question.kept).map_err(internal)?;
    let sealed = vault.draw(|random| seal_draft(&link, &kept, &draft, random));
    let sealed = sealed.map_err(internal)?;
    if sealed.len() > DRAFT_BYTES {
        return Err(DraftProblem::TooLarge.into());
    }
    let world = vault.ground();
    let client = Client::new(world.transport(), question.server, draft.key());
    let (invite, now) = (link.id(), world.now());
    let put = client.put_draft(&invite, question.rev, question.days, sealed, now);
    let kept = put.await.map_err(|error| match error.code() {
        Some(Code::Stale) => DraftProblem::Elsewhere.into(),
        Some(Code::TooLarge) => DraftProblem::TooLarge.into(),
        // It has no such address.
        Some(Code::NotFound) => DraftProblem::OlderServer.into(),
        _ => of_server(error),
    })?;
    Ok(kept.expires.0)
}

/// What is kept under a code, opened.
pub async fn fetch<W: World>(world: &W, question: FetchDraft) -> Result<FoundDraft, Failure> {
    let draft = read(&question.draft)?;
    let client = Client::new(world.transport(), question.server, draft.key());
    let found = client.draft(world.now()).await.map_err(absent)?;
    let opened = open_draft::<Box<RawValue>>(&found.sealed.0, &draft);
    let opened = opened.map_err(|error| match error {
        DraftError::Newer(_) => DraftProblem::Newer,
        DraftError::DoesNotOpen | DraftError::Unreadable(_) => DraftProblem::Damaged,
    })?;
    Ok(FoundDraft {
        rev: found.rev,
        code: opened.link.to_string(),
        until: found.expires.0,
        kept: opened.kept.get().to_owned(),
    })
}

/// Has the server erase it, by its code.
pub async fn delete<W: World>(world: &W, question: DeleteDraft) -> Result<(), Failure> {
    let key = read(&question.draft)?.key();
    erase(world, question.server, key).await
}

/// Has the server erase it, by its signing key; where it has nothing, that is done.
pub async fn erase<W: World>(
    world: &W,
    server: impl Into<String>,
    key: SigningKey,
) -> Result<(), Failure> {
    let client = Client::new(world.transport(), server, key);
    match client.delete_draft(world.now()).await.map_err(absent) {
        Err(Failure::Refused(Refusal::Draft(DraftProblem::Absent))) => Ok(()),
        other => other,
    }
}

/// A wrong code is another draft's: the server has nothing under it, as of one that is over.
fn absent(error: ExchangeError) -> Failure {
    match error.code() {
        Some(Code::NotFound) => DraftProblem::Absent.into(),
        _ => of_server(error),
    }
}
