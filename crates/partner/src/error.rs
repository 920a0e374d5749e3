//! From what went wrong inside to what a person is told.

use vigie_exchange::{ExchangeError, api::Code};
use vigie_vault::{StoreError, VaultError};

use vigie_protocol::{Failure, InviteProblem, Refusal};

/// What a store that failed is to a person.
pub fn of_store(error: StoreError) -> Failure {
    match error {
        StoreError::Missing => Failure::NoStorage,
        StoreError::Full => Failure::Full,
        StoreError::Lost(why) => Failure::NotSaved(why),
        StoreError::Newer => Failure::NewerStore,
    }
}

/// What a vault that did not do it is to a person.
pub fn of_vault(error: VaultError) -> Failure {
    match error {
        VaultError::Locked => Failure::Locked,
        VaultError::Damaged(row) => Failure::Damaged(row),
        VaultError::Store(error) => of_store(error),
    }
}

/// What an exchange with a server that failed is to a person.
pub fn of_server(error: ExchangeError) -> Failure {
    match error.code() {
        None => Failure::Unreachable,
        Some(Code::NotFound) => Failure::NotFound,
        // A proxy's, a stopping or a failing server's answer: the network, to a person, and tried again like one.
        Some(Code::Busy | Code::TooMany | Code::Full | Code::Internal) => Failure::Unreachable,
        Some(Code::Other(word)) if word.starts_with("http-") => Failure::Unreachable,
        Some(Code::Other(_)) if error.is_the_servers_fault() => Failure::Unreachable,
        Some(code) => Failure::Refused(refusal(code)),
    }
}

/// What a server's code is to a person.
pub fn refusal(code: &Code) -> Refusal {
    match code {
        Code::Clock => Refusal::Clock,
        Code::Signature => Refusal::Signature,
        Code::UnknownDevice => Refusal::UnknownDevice,
        Code::InviteUnknown => Refusal::Invite(InviteProblem::Unknown),
        Code::InviteUsed => Refusal::Invite(InviteProblem::Used),
        Code::InviteExpired => Refusal::Invite(InviteProblem::Expired),
        Code::TooLarge => Refusal::TooLarge,
        Code::Malformed => Refusal::Malformed,
        Code::Revoked => Refusal::Revoked,
        Code::NotOffice => Refusal::NotOffice,
        Code::SetupUsed => Refusal::SetupUsed,
        Code::NotFound => Refusal::Absent,
        Code::Stale => Refusal::Stale,
        Code::Busy => Refusal::Busy,
        Code::TooMany => Refusal::TooMany,
        Code::Full => Refusal::ServerFull,
        Code::Internal => Refusal::ServerFailed,
        Code::Other(word) => Refusal::Unknown(word.clone()),
    }
}

/// A fault of ours, or of a browser: said as it is.
pub fn internal(error: impl std::fmt::Display) -> Failure {
    Failure::Internal(error.to_string())
}
