//! An office says again what the server may not have of an invite: after a cut, an update, or a backup put back.

use vigie_model::{InviteId, Timestamp};

use crate::{
    Client, ExchangeError, Transport,
    api::{Code, PutInvite},
};

/// Sees to it that the server has an open invite and knows for which mission it is. One that is there keeps its box, unless
/// `made` replaces it.
pub async fn put_again<T: Transport>(
    client: &Client<T>,
    invite: &InviteId,
    made: PutInvite,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    match client.put_invite(invite, &made, now).await {
        // It has one, in another box, and keeps it.
        Err(error) if error.code() == Some(&Code::InviteUsed) => {}
        other => return other,
    }
    let body = match client.invite(invite, now).await {
        Ok(there) => PutInvite {
            expires: there.expires,
            sealed: there.sealed,
            ..made
        },
        // Expired or closed: nobody begins by it any more.
        Err(error) if error.code() == Some(&Code::InviteExpired) => return Ok(()),
        Err(error) => return Err(error),
    };
    match client.put_invite(invite, &body, now).await {
        // Used, so that its box is forgotten.
        Err(error) if error.code() == Some(&Code::InviteUsed) => Ok(()),
        other => other,
    }
}

/// Closes an invite. One that the server never had is closed too.
pub async fn close<T: Transport>(
    client: &Client<T>,
    invite: &InviteId,
    now: Timestamp,
) -> Result<(), ExchangeError> {
    match client.close_invite(invite, now).await {
        Err(error) if error.code() == Some(&Code::InviteUnknown) => Ok(()),
        other => other,
    }
}
