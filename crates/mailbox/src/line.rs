//! Lines: taken up to a number, each with a limit of time for heads and for doing nothing, let go gently unless their place is
//! another's already ([`crate::places`]).

use std::{
    future::Future,
    io,
    net::SocketAddr,
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
    server::graceful::{GracefulConnection, GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::{
    gate::Peer,
    limits::Limits,
    measures::{Travelled, UnderWay},
    places::{LetGo, Place, Places},
    tls,
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

/// Where lines are taken, and who answers on them.
pub struct Port {
    /// What it is called where lines are counted.
    pub name: &'static str,
    pub address: SocketAddr,
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
    pub router: Router,
}

impl Port {
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

/// Answers until `stop` ends, then lets the requests under way end. Lines that come meanwhile are told so by `ending`.
pub async fn answer(port: Port, ending: Router, limits: &Limits, stop: impl Future<Output = ()>) {
    let lines = GracefulShutdown::new();
    let (going_on, ended) = watch::channel(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES);
    let mut taking = Taking {
        http,
        limits,
        places: Places::new(limits.lines),
    };
    tokio::select! {
        () = stop => {}
        () = taking.serve(&port, &port.router, || (Some(lines.watcher()), ended.clone())) => {}
    }
    // Nobody has asked for anything yet on a line whose TLS is still being agreed.
    drop(going_on);
    let (_last, never) = watch::channel(());
    taking.http.keep_alive(false);
    tokio::select! {
        _ = timeout(DRAIN, lines.shutdown()) => {}
        () = taking.serve(&port, &ending, || (None, never.clone())) => {}
    }
}

/// How lines are taken.
struct Taking<'a> {
    http: http1::Builder,
    limits: &'a Limits,
    places: Arc<Places>,
}

impl Taking<'_> {
    /// Takes lines and answers on them; never ends. `begin`: what waits for the requests of a line to end, and what ends one
    /// on which none has begun.
    async fn serve(
        &self,
        port: &Port,
        router: &Router,
        begin: impl Fn() -> (Option<Watcher>, watch::Receiver<()>),
    ) {
        loop {
            let taken = take(&port.listener, &self.places).await;
            let Ok((stream, peer, place, mut let_go)) = taken else {
                sleep(BREATH).await;
                continue;
            };
            let place = Arc::new(place);
            let (working, places) = (place.clone(), self.places.clone());
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
            let service = TowerToHyperService::new(service);
            let line = Line {
                stream: Some(stream),
                place: Some((place, UnderWay::line(port.name))),
                travelled: Travelled::on(port.name),
            };
            let http = self.http.clone();
            let (watcher, mut ended) = begin();
            let Some(tls) = port.tls.clone() else {
                let answering = http.serve_connection(TokioIo::new(line), service);
                tokio::spawn(to_its_end(answering, watcher, let_go));
                continue;
            };
            let patience = self.limits.head;
            tokio::spawn(async move {
                let agreed = tokio::select! {
                    _ = ended.changed() => return,
                    _ = &mut let_go => return,
                    agreed = timeout(patience, tls.accept(line)) => agreed,
                };
                // Whoever can't agree was told by TLS itself.
                let Ok(Ok(mut line)) = agreed else { return };
                if tls::is_challenge(line.get_ref().1.alpn_protocol()) {
                    drop(line.shutdown().await);
                    return;
                }
                let answering = http.serve_connection(TokioIo::new(line), service);
                to_its_end(answering, watcher, let_go).await;
            });
        }
    }
}

/// How a line ended is its sender's business: what was not done is not answered.
async fn to_its_end<C: GracefulConnection>(answering: C, watcher: Option<Watcher>, let_go: LetGo) {
    let answered = async {
        match watcher {
            Some(watcher) => drop(watcher.watch(answering).await),
            None => drop(answering.await),
        }
    };
    tokio::select! {
        () = answered => {}
        _ = let_go => {}
    }
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
    place: Option<(Arc<Place>, UnderWay)>,
    travelled: Travelled,
}

impl Line {
    fn counted(&self, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &wrote {
            self.travelled.sent.increment(*bytes as u64);
        }
        wrote
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let (Some(stream), Some((place, counted))) = (self.stream.take(), self.place.take()) else {
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
            drop((place, counted));
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
        let before = buffer.filled().len();
        let read = match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_read(context, buffer),
            None => Poll::Ready(Err(gone())),
        };
        let bytes = buffer.filled().len() - before;
        self.travelled.received.increment(bytes as u64);
        read
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_write(context, bytes),
            None => Poll::Ready(Err(gone())),
        };
        self.counted(wrote)
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
        let wrote = match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            None => Poll::Ready(Err(gone())),
        };
        self.counted(wrote)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
