//! A failure in the person's words: what happened, what is safe, what to do.

use vigie_protocol::{Failure, InviteProblem};

use crate::{
    format,
    i18n::{envoi, errors, fill, t},
};

/// Three sentences.
pub fn words(failure: &Failure) -> String {
    let key = match failure {
        Failure::WrongPassphrase { .. } => errors::WRONG_PASSPHRASE,
        Failure::Locked => errors::LOCKED,
        Failure::Elsewhere => errors::ELSEWHERE,
        Failure::NoStorage => errors::NO_STORAGE,
        Failure::Desk => errors::DESK,
        Failure::Full => errors::FULL,
        Failure::NoMemory => errors::NO_MEMORY,
        Failure::NotSaved(_) => errors::NOT_SAVED,
        Failure::NewerStore => errors::NEWER_STORE,
        Failure::Unreachable => errors::UNREACHABLE,
        Failure::Invite(InviteProblem::Unreadable) => errors::INVITE_UNREADABLE,
        Failure::Invite(InviteProblem::Unknown) => errors::INVITE_UNKNOWN,
        Failure::Invite(InviteProblem::Used) => errors::INVITE_USED,
        Failure::Invite(InviteProblem::Expired) => errors::INVITE_EXPIRED,
        Failure::SetupUsed => errors::SETUP_USED,
        Failure::BackupDoesNotOpen => errors::BACKUP_DOES_NOT_OPEN,
        Failure::BackupOfAnother => errors::BACKUP_OF_ANOTHER,
        Failure::TooLarge { size, limit } => {
            return fill(
                errors::TOO_LARGE,
                &[
                    ("size", &format::size(*size)),
                    ("limit", &format::size(*limit)),
                ],
            );
        }
        Failure::NotFound => errors::NOT_FOUND,
        Failure::Refused(code) => return refused(code),
        Failure::Damaged(_) => errors::DAMAGED,
        Failure::Stopped => errors::STOPPED,
        Failure::Absent => errors::ABSENT,
        Failure::Unreadable => errors::UNREADABLE,
        Failure::Internal(_) => errors::INTERNAL,
    };
    t(key).to_owned()
}

/// Why the server refused, by its code.
pub fn refused(code: &str) -> String {
    let key = match code {
        "clock" => errors::REFUSED_CLOCK,
        "unknown-device" => errors::REFUSED_UNKNOWN_DEVICE,
        "too-large" => errors::REFUSED_TOO_LARGE,
        "invite-unknown" => errors::INVITE_UNKNOWN,
        "invite-used" => errors::INVITE_USED,
        "invite-expired" => errors::INVITE_EXPIRED,
        "setup-used" => errors::SETUP_USED,
        "busy" => errors::REFUSED_BUSY,
        "revoked" => errors::REFUSED_REVOKED,
        "stale" => errors::REFUSED_STALE,
        "older-server" => errors::REFUSED_OLDER_SERVER,
        "too-many" => errors::REFUSED_TOO_MANY,
        "full" => errors::REFUSED_FULL,
        // Said of a whole round by the worker itself.
        "damaged" => errors::DAMAGED,
        "newer" => envoi::WHY_NEWER,
        "card" => envoi::WHY_FORGED,
        "device-full" | "not-saved" => envoi::WHY_FULL,
        "internal" => errors::INTERNAL,
        _ => return fill(errors::REFUSED, &[("code", code)]),
    };
    t(key).to_owned()
}
