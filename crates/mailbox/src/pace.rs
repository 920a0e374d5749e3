//! A body must keep coming: a sender that falls silent, or only drips to hold its place, is given up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt, stream};

use crate::limits::Limits;

/// The body came too slowly, or not at all.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

/// Whether that is why a body ended.
pub fn is_too_slow(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<TooSlow>() || error.source().is_some_and(is_too_slow)
}

/// Watches the body of a request. One that was refused before its end was read is the last on its line, and its answer
/// says so: a client that used the line again would lose its next request.
pub async fn watch(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let ended = Arc::new(AtomicBool::new(false));
    let seen = ended.clone();
    let request = request.map(|body| Body::from_stream(paced(body, limits, seen)));
    let mut response = next.run(request).await;
    if !ended.load(Ordering::Relaxed) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

fn paced(
    body: Body,
    limits: Arc<Limits>,
    ended: Arc<AtomicBool>,
) -> impl Stream<Item = Result<Bytes, axum::Error>> {
    let state = Some((body.into_data_stream(), Instant::now(), 0));
    stream::unfold(state, move |state| {
        let (limits, ended) = (limits.clone(), ended.clone());
        async move {
            let (mut body, mut since, mut bytes) = state?;
            let too_slow = || Some((Err(axum::Error::new(TooSlow)), None));
            let Ok(part) = tokio::time::timeout(limits.silence, body.next()).await else {
                return too_slow();
            };
            match part {
                None => {
                    ended.store(true, Ordering::Relaxed);
                    None
                }
                Some(Err(error)) => Some((Err(error), None)),
                Some(Ok(part)) => {
                    bytes += part.len();
                    if since.elapsed() >= limits.window {
                        if bytes < limits.floor {
                            return too_slow();
                        }
                        (since, bytes) = (Instant::now(), 0);
                    }
                    Some((Ok(part), Some((body, since, bytes))))
                }
            }
        }
    })
}
