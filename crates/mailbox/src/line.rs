//! Lines: taken up to a number, each with a limit of time for heads and for doing nothing, let go gently unless their place is
//! another's already ([`crate::places`]).

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use crate::{
    gate::Peer,
    limits::Limits,
    places::{LetGo, Place, Places},
};

/// How long requests under way may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(30);
/// How long a line that we end is still listened to: were it cut while its sender speaks, the answer would be lost.
const LINGER: Duration = Duration::from_secs(5);
/// How much of it, at most.
const LINGER_BYTES: u64 = 32 * 1024 * 1024;
/// How long to wait when the system gives no more lines.
const BREATH: Duration = Duration::from_millis(200);
/// The largest head of a request.
const HEAD_BYTES: usize = 32 * 1024;

/// Answers until `stop` ends, then lets the requests under way end.
pub async fn answer(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES);
    let places = Places::new(limits.lines);
    let lines = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let taken = tokio::select! {
            () = &mut stop => break,
            taken = take(&listener, &places) => taken,
        };
        let Ok((stream, peer, place, let_go)) = taken else {
            sleep(BREATH).await;
            continue;
        };
        let place = Arc::new(place);
        let (working, places) = (place.clone(), places.clone());
        let service = router
            .clone()
            .map_request(move |request: Request<Incoming>| {
                working.works();
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(peer);
                request
            })
            .map_response(move |mut response: Response| {
                if places.are_short() {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(header::CONNECTION, close);
                }
                response
            });
        let line = Line {
            stream: Some(stream),
            place: Some(place),
        };
        let service = TowerToHyperService::new(service);
        let line = lines.watch(http.serve_connection(TokioIo::new(line), service));
        tokio::spawn(async move {
            tokio::select! {
                // How a line ended is its sender's business: what was not done is not answered.
                _ = line => {}
                _ = let_go => {}
            }
        });
    }
    drop(listener);
    drop(timeout(DRAIN, lines.shutdown()).await);
}

async fn take(
    listener: &TcpListener,
    places: &Arc<Places>,
) -> io::Result<(TcpStream, Peer, Place, LetGo)> {
    let (stream, address) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let (place, let_go) = places.take().await?;
    Ok((stream, Peer(address.ip()), place, let_go))
}

/// A line that, once ended, is listened to until the other side ends it too, within [`LINGER`] and as long as it has a place.
struct Line {
    stream: Option<TcpStream>,
    place: Option<Arc<Place>>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let (Some(stream), Some(place)) = (self.stream.take(), self.place.take()) else {
            return;
        };
        let (Ok(runtime), Some(let_go)) = (Handle::try_current(), place.waits()) else {
            return;
        };
        runtime.spawn(async move {
            let mut stream = stream;
            drop(stream.shutdown().await);
            let mut rest = stream.take(LINGER_BYTES);
            let mut nowhere = tokio::io::sink();
            let until_its_end = tokio::io::copy(&mut rest, &mut nowhere);
            tokio::select! {
                _ = timeout(LINGER, until_its_end) => {}
                _ = let_go => {}
            }
            drop(place);
        });
    }
}

/// Only a dropped line has no stream.
fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_read(context, buffer),
            None => Poll::Ready(Err(gone())),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_write(context, bytes),
            None => Poll::Ready(Err(gone())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_flush(context),
            None => Poll::Ready(Err(gone())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_shutdown(context),
            None => Poll::Ready(Err(gone())),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            None => Poll::Ready(Err(gone())),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
