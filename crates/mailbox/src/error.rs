//! One error for every endpoint: each variant says its status and why it exists.
//!
//! A person never reads these words: the app shows a translation of the code. Nothing that a device sent is repeated in
//! an answer or in the log, and a fault of the server is logged here and told as nothing but `internal`.

use std::{error::Error, io, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::rejection::QueryRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use object_store::client::HttpError;
use sqlx::sqlite::SqliteError;
use vigie_exchange::{
    api::{Code, PROBLEM_TYPE, Problem},
    request::Refusal,
};

use crate::{measures, pace::is_too_slow};

/// Seconds that a turned-away sender should wait.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");
/// The same of an office's sender that has no room left: its host must give it some, or letters must go.
const ROOM_RETRY_AFTER: HeaderValue = HeaderValue::from_static("900");

/// Why a request was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// 401 `signature` or `clock`: not signed, wrongly signed, or by a clock too far from ours. With `clock` goes our
    /// time, so that a device whose clock is a year wrong can still send.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// 401 `signature`: the very same signed request came before, and it may not happen twice.
    #[error("this signed request came before")]
    Replayed,
    /// 401 `unknown-device`: well signed, by a key that no invite enrolled.
    #[error("no device with this key is enrolled")]
    UnknownDevice,
    /// 403 `revoked`: the office removed this device, and nothing of it is taken any more.
    #[error("the office removed this device")]
    Revoked,
    /// 403 `not-office`: well signed, by a key that is no office's here.
    #[error("not an office's key")]
    NotOffice,
    /// 404 `invite-unknown`: the code was mistyped, or the office's request that made it never came.
    #[error("no such invite")]
    InviteUnknown,
    /// 409 `invite-used`: an invite enrols one device, so a code read over a shoulder shows itself.
    #[error("another device enrolled with this invite")]
    InviteUsed,
    /// 410 `invite-expired`: a code found later on a scrap of paper opens nothing.
    #[error("the invite has expired")]
    InviteExpired,
    /// 409 `setup-used`: the token has served, is over, or never was one. Which of these is not said.
    #[error("the set-up link has served, or is none")]
    SetupUsed,
    /// 409 `stale`: a card of this or a later revision stands already; two desks published at once.
    #[error("revision {0} is here already")]
    Stale(u32),
    /// 413 `too-large`: the sender parks it and offers it as a file.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// 422 `malformed`: can't be read, and sending it again will not help. The words are ours, never the sender's.
    #[error("{0}")]
    Malformed(&'static str),
    /// 404 `not-found`.
    #[error("not found")]
    NotFound,
    /// 405 `method`: the address exists, the method does not.
    #[error("the address does not take this method")]
    Method,
    /// 503 `busy`, with `Retry-After`: too many uploads at once, or the database is locked. Nothing was kept.
    #[error("busy")]
    Busy,
    /// 429 `too-many`, with `Retry-After`: more than one device, link or address may ask in a while.
    #[error("too many requests")]
    TooMany(Duration),
    /// 503 `busy`, with `Retry-After`: the body came too slowly, and the place is another's. Nothing was kept.
    #[error("the body came too slowly")]
    Slow,
    /// 400 `cut`: the connection ended within the body. Hardly anybody is left to read it; nothing was kept.
    #[error("the body ended early")]
    Cut,
    /// 507 `full`: the server's disk is full. Nothing was kept, and the device keeps its own and tries again.
    #[error("the server's disk is full")]
    Full,
    /// 507 `full`: the host lets the office keep no more. As of a full disk.
    #[error("the office has no room left here")]
    OverQuota,
    /// 503 `busy`, with `Retry-After`: the database or the bucket does not answer just now. What was asked may be asked
    /// again.
    #[error("away: {0}")]
    Away(String),
    /// 500 `internal`: the database failed.
    #[error(transparent)]
    Database(Arc<sqlx::Error>),
    /// 500 `internal`: the object store failed. Why, without the name of the file.
    #[error("the store of sealed files: {0}")]
    Objects(String),
    /// 500 `internal`: what the server stored can't be read back.
    #[error("what was stored can't be read back: {0}")]
    Damaged(&'static str),
}

impl ApiError {
    fn problem(&self) -> Problem {
        let other = |word: &str, status: StatusCode| Problem {
            status: status.as_u16(),
            title: self.to_string(),
            ..Problem::new(Code::Other(word.to_owned()))
        };
        match self {
            ApiError::Refused(refusal) => refusal.clone().into(),
            ApiError::Replayed => Problem::new(Code::Signature).detail(self.to_string()),
            ApiError::UnknownDevice => Problem::new(Code::UnknownDevice),
            ApiError::Revoked => Problem::new(Code::Revoked),
            ApiError::NotOffice => Problem::new(Code::NotOffice),
            ApiError::InviteUnknown => Problem::new(Code::InviteUnknown),
            ApiError::InviteUsed => Problem::new(Code::InviteUsed),
            ApiError::InviteExpired => Problem::new(Code::InviteExpired),
            ApiError::SetupUsed => Problem::new(Code::SetupUsed),
            ApiError::TooLarge(_) => Problem::new(Code::TooLarge).detail(self.to_string()),
            ApiError::Malformed(_) => Problem::new(Code::Malformed).detail(self.to_string()),
            ApiError::NotFound => Problem::new(Code::NotFound),
            ApiError::Busy | ApiError::Away(_) => Problem::new(Code::Busy),
            ApiError::TooMany(_) => Problem::new(Code::TooMany),
            ApiError::Slow => Problem::new(Code::Busy).detail(self.to_string()),
            ApiError::Stale(_) => Problem::new(Code::Stale).detail(self.to_string()),
            ApiError::Method => other("method", StatusCode::METHOD_NOT_ALLOWED),
            ApiError::Cut => other("cut", StatusCode::BAD_REQUEST),
            ApiError::Full => Problem::new(Code::Full),
            ApiError::OverQuota => Problem::new(Code::Full).detail(self.to_string()),
            ApiError::Database(_) | ApiError::Objects(_) | ApiError::Damaged(_) => {
                Problem::new(Code::Internal)
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let fault = match self {
            ApiError::Away(_) => Some("away"),
            ApiError::Database(_) => Some("database"),
            ApiError::Objects(_) => Some("objects"),
            ApiError::Damaged(_) => Some("damaged"),
            ApiError::Full => Some("full"),
            _ => None,
        };
        if let Some(kind) = fault {
            tracing::error!(error = %self, "the server failed");
            measures::store_failed(kind);
        }
        let problem = self.problem();
        measures::refused(problem.code.as_str());
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        match self {
            ApiError::Busy | ApiError::Away(_) | ApiError::Slow | ApiError::Full => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER);
            }
            ApiError::OverQuota => {
                headers.insert(header::RETRY_AFTER, ROOM_RETRY_AFTER);
            }
            ApiError::TooMany(wait) => {
                headers.insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
            }
            _ => {}
        }
        response
    }
}

impl From<axum::Error> for ApiError {
    fn from(error: axum::Error) -> ApiError {
        if is_too_slow(&error) {
            ApiError::Slow
        } else {
            ApiError::Cut
        }
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> ApiError {
        let database = error.as_database_error();
        let code = database.and_then(|error| Some(error.code()?.into_owned()));
        let code = code.as_deref().unwrap_or_default();
        let is_sqlite =
            database.is_some_and(|error| error.try_downcast_ref::<SqliteError>().is_some());
        // SQLite's primary result codes: 5 SQLITE_BUSY, 6 SQLITE_LOCKED, 13 SQLITE_FULL.
        let primary = is_sqlite.then(|| code.parse::<u32>().unwrap_or_default() & 0xff);
        match (primary, &error) {
            (Some(5 | 6), _) | (_, sqlx::Error::PoolTimedOut) => ApiError::Busy,
            (Some(13), _) => ApiError::Full,
            (Some(_), _) => ApiError::Database(Arc::new(error)),
            (_, sqlx::Error::Io(_) | sqlx::Error::PoolClosed) => ApiError::Away(error.to_string()),
            _ => match code {
                // PostgreSQL's: lock_not_available, too_many_connections.
                "55P03" | "53300" => ApiError::Busy,
                // disk_full
                "53100" => ApiError::Full,
                // It stops, starts, is no longer the one to write to, or let go of a connection that was silent.
                "57P01" | "57P02" | "57P03" | "25006" | "25P03" => {
                    ApiError::Away(error.to_string())
                }
                _ => ApiError::Database(Arc::new(error)),
            },
        }
    }
}

impl From<object_store::Error> for ApiError {
    fn from(error: object_store::Error) -> ApiError {
        use object_store::Error::{Generic, PermissionDenied, Unauthenticated};
        if full(&error) {
            return ApiError::Full;
        }
        let root = root(&error);
        match error {
            // It was tried again, and again.
            Generic { store: "S3", .. } => ApiError::Away(format!("the bucket: {root}")),
            PermissionDenied { .. } | Unauthenticated { .. } => {
                ApiError::Objects("it does not let us in".to_owned())
            }
            _ => ApiError::Objects(root),
        }
    }
}

/// What is at the root of a failure of the store, in words that name no file.
fn root(error: &(dyn Error + 'static)) -> String {
    if let Some(io) = error.downcast_ref::<io::Error>() {
        return io.kind().to_string();
    }
    if let Some(http) = error.downcast_ref::<HttpError>() {
        return format!("{:?}", http.kind());
    }
    error.source().map_or_else(|| "it refused".to_owned(), root)
}

/// Whether a full disk is at the root of this failure.
fn full(error: &(dyn Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|io| {
        matches!(
            io.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }) || error.source().is_some_and(full)
}

impl From<QueryRejection> for ApiError {
    fn from(_: QueryRejection) -> ApiError {
        ApiError::Malformed("the query can't be read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_faults() {
        let failure = |kind| object_store::Error::Generic {
            store: "test",
            source: Box::new(std::io::Error::from(kind)),
        };
        assert!(matches!(
            failure(std::io::ErrorKind::StorageFull).into(),
            ApiError::Full
        ));
        assert!(matches!(
            failure(std::io::ErrorKind::PermissionDenied).into(),
            ApiError::Objects(_)
        ));
    }

    #[test]
    fn a_failure_of_the_store_names_no_file() {
        let missing = object_store::Error::NotFound {
            path: "bundles/0123.age".to_owned(),
            source: Box::new(io::Error::from(io::ErrorKind::NotFound)),
        };
        let told = ApiError::from(missing).to_string();
        assert!(!told.contains("0123"), "{told}");
    }

    #[test]
    fn a_database_that_is_away_is_a_reason_to_come_back() {
        let refused = sqlx::Error::Io(io::ErrorKind::ConnectionRefused.into());
        let response = ApiError::from(refused).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    }

    #[test]
    fn a_turned_away_sender_is_told_when_to_come_back() {
        let response = ApiError::Busy.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_TYPE);
    }
}
