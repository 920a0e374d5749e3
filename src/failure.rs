//! A failure in the person's words: what happened, what is safe, what to do.

use vigie_protocol::{DraftProblem, Failure, InviteProblem, Refusal};

use crate::{
    format,
    i18n::{Key, errors, fill, refusals, t},
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
        Failure::BackupDoesNotOpen => refusals::BACKUP_DOES_NOT_OPEN,
        Failure::BackupOfAnother => refusals::BACKUP_OF_ANOTHER,
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
        Failure::Refused(refusal) => return refused(refusal),
        Failure::Damaged(_) => errors::DAMAGED,
        Failure::Stopped => errors::STOPPED,
        Failure::Absent => errors::ABSENT,
        Failure::Unreadable => errors::UNREADABLE,
        Failure::Internal(_) => errors::INTERNAL,
    };
    t(key).to_owned()
}

/// What was refused, and what to do.
pub fn refused(refusal: &Refusal) -> String {
    let key = match refusal {
        Refusal::Clock => errors::REFUSED_CLOCK,
        Refusal::Signature => errors::REFUSED_SIGNATURE,
        Refusal::UnknownDevice => errors::REFUSED_UNKNOWN_DEVICE,
        Refusal::Invite(problem) => invite(*problem),
        Refusal::Draft(problem) => draft(*problem),
        Refusal::SetupUsed => refusals::SETUP_USED,
        Refusal::TooLarge => errors::REFUSED_TOO_LARGE,
        Refusal::Malformed => errors::REFUSED_MALFORMED,
        Refusal::Revoked => errors::REFUSED_REVOKED,
        Refusal::NotOffice => refusals::REFUSED_NOT_OFFICE,
        Refusal::Absent => errors::REFUSED_ABSENT,
        Refusal::Stale => errors::REFUSED_STALE,
        Refusal::Busy => errors::REFUSED_BUSY,
        Refusal::TooMany => errors::REFUSED_TOO_MANY,
        Refusal::ServerFull => errors::REFUSED_FULL,
        Refusal::ServerFailed => errors::REFUSED_FAILED,
        Refusal::Unknown(code) => return fill(errors::REFUSED, &[("code", code)]),
        Refusal::OlderServer => errors::REFUSED_OLDER_SERVER,
        Refusal::Forged => errors::FORGED,
        Refusal::KeyTurned => refusals::KEY_TURNED,
        Refusal::VaultThere => errors::VAULT_THERE,
        Refusal::BackupNotProven => refusals::BACKUP_NOT_PROVEN,
        Refusal::NotAForm => refusals::NOT_A_FORM,
        Refusal::MissionWithoutName => refusals::MISSION_WITHOUT_NAME,
        Refusal::MissionWithoutLanguage => refusals::MISSION_WITHOUT_LANGUAGE,
        Refusal::MissionEndsBeforeStart => refusals::MISSION_ENDS_BEFORE_START,
        Refusal::TwoFormsOfOneId => refusals::TWO_FORMS_OF_ONE_ID,
        Refusal::MissionClosed => refusals::MISSION_CLOSED,
        Refusal::NotACallingCard => refusals::NOT_A_CALLING_CARD,
        Refusal::CallingCardNewer => refusals::CALLING_CARD_NEWER,
        Refusal::CallingCardAltered => refusals::CALLING_CARD_ALTERED,
        Refusal::OwnCallingCard => refusals::OWN_CALLING_CARD,
        Refusal::TooManyOffices => refusals::TOO_MANY_OFFICES,
        Refusal::OfficeElsewhere => refusals::OFFICE_ELSEWHERE,
        Refusal::MissionOfAnother => refusals::MISSION_OF_ANOTHER,
        Refusal::SheetTooLong => refusals::SHEET_TOO_LONG,
        Refusal::LinkWithoutForm => refusals::LINK_WITHOUT_FORM,
        Refusal::LinkWithoutLabel => refusals::LINK_WITHOUT_LABEL,
        Refusal::LinkWithoutConsent => refusals::LINK_WITHOUT_CONSENT,
        Refusal::ViewWithoutName => refusals::VIEW_WITHOUT_NAME,
        Refusal::NotAnswerable => errors::NOT_ANSWERABLE,
        Refusal::FixedRows => errors::FIXED_ROWS,
    };
    t(key).to_owned()
}

fn invite(problem: InviteProblem) -> Key {
    match problem {
        InviteProblem::Unreadable => errors::INVITE_UNREADABLE,
        InviteProblem::Unknown => errors::INVITE_UNKNOWN,
        InviteProblem::Used => errors::INVITE_USED,
        InviteProblem::Expired => errors::INVITE_EXPIRED,
    }
}

fn draft(problem: DraftProblem) -> Key {
    match problem {
        DraftProblem::Unreadable => errors::DRAFT_UNREADABLE,
        DraftProblem::Absent => errors::DRAFT_ABSENT,
        DraftProblem::Newer => errors::DRAFT_NEWER,
        DraftProblem::Damaged => errors::DRAFT_DAMAGED,
        DraftProblem::Elsewhere => errors::DRAFT_ELSEWHERE,
        DraftProblem::TooLarge => errors::DRAFT_TOO_LARGE,
        DraftProblem::OlderServer => errors::DRAFT_OLDER_SERVER,
    }
}
