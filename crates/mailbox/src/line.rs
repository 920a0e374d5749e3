//! Lines: taken up to a number, each with a limit of time for heads and for doing nothing, let go gently unless their place is
//! another's already ([`crate::places`]).

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, header},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown, Watcher},
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
    gate::{Bucket, Peer},
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
///
/// `whose`: of whom a line is that comes from an address.
pub async fn answer(
    port: Port,
    ending: Router,
    limits: &Limits,
    whose: impl Fn(IpAddr) -> Option<Bucket>,
    stop: impl Future<Output = ()>,
) {
    let lines = GracefulShutdown::new();
    let (going_on, ended) = watch::channel(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD_BYTES);
    let mut taking = Taking {
        http,
        limits,
        whose,
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
struct Taking<'a, W> {
    http: http1::Builder,
    limits: &'a Limits,
    whose: W,
    places: Arc<Places>,
}

impl<W: Fn(IpAddr) -> Option<Bucket>> Taking<'_, W> {
    async fn take(&self, listener: &TcpListener) -> io::Result<(TcpStream, Peer, Place, LetGo)> {
        let (stream, address) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let from = (self.whose)(address.ip());
        let (place, let_go) = self.places.take(from).await?;
        Ok((stream, Peer(address.ip()), place, let_go))
    }

    /// Takes lines and answers on them; never ends. `begin`: what waits for the requests of a line to end, and what ends one
    /// on which none has begun.
    async fn serve(
        &self,
        port: &Port,
        router: &Router,
        begin: impl Fn() -> (Option<Watcher>, watch::Receiver<()>),
    ) {
        loop {
            let Ok((stream, peer, place, mut let_go)) = self.take(&port.listener).await else {
                sleep(BREATH).await;
                continue;
            };
            let place = Arc::new(place);
            let answered = Arc::new(AtomicBool::new(false));
            let line = Line {
                stream: Some(stream),
                place: Some((place.clone(), UnderWay::line(port.name))),
                answered: answered.clone(),
                travelled: Travelled::on(port.name),
            };
            let (router, places) = (router.clone(), self.places.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (place, answered) = (place.clone(), answered.clone());
                let (router, places) = (router.clone(), places.clone());
                async move {
                    place.works().await;
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(peer);
                    let mut response = router.oneshot(request).await?;
                    if places.are_short() {
                        let close = HeaderValue::from_static("close");
                        response.headers_mut().insert(header::CONNECTION, close);
                    }
                    Ok::<_, Infallible>(response.map(|body| Answer { body, answered }))
                }
            });
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

/// The body of an answer, which says when nothing more of it is to be written.
struct Answer {
    body: Body,
    answered: Arc<AtomicBool>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.answered.store(true, Ordering::Relaxed);
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A line that, once ended, is listened to until the other side ends it too, within [`LINGER`] and as long as it has a place.
struct Line {
    stream: Option<TcpStream>,
    place: Option<(Arc<Place>, UnderWay)>,
    /// The answer is whole, though it may not be written yet.
    answered: Arc<AtomicBool>,
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
        let flushed = match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_flush(context),
            None => Poll::Ready(Err(gone())),
        };
        // All that was to be written was handed over before.
        if let (Poll::Ready(Ok(())), Some((place, _))) = (&flushed, &self.place)
            && self.answered.swap(false, Ordering::Relaxed)
        {
            place.rests();
        }
        flushed
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use axum::routing::{get, post};
    use tokio::{net::TcpSocket, sync::Semaphore, task::JoinSet, time::Instant};

    use super::*;
    use crate::gate::Gate;

    const PLACES: usize = 40;
    const PATIENCE: Duration = Duration::from_secs(30);

    /// Answers on a free port, as if each address of this computer were another's.
    async fn served(router: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let limits = Limits {
            lines: PLACES,
            ..Limits::default()
        };
        let gate = Gate::new(limits.clone(), 1, false);
        let whose = move |peer: IpAddr| match peer {
            IpAddr::V4(peer) => {
                let [_, b, c, d] = peer.octets();
                gate.line_from([192, b, c, d].into())
            }
            IpAddr::V6(_) => None,
        };
        let port = Port {
            name: "a test's",
            address,
            listener,
            tls: None,
            router,
        };
        tokio::spawn(async move {
            let never = std::future::pending::<()>();
            answer(port, Router::new(), &limits, whose, never).await;
        });
        address
    }

    /// A line from the address of that number, on which something is said.
    async fn line(from: u8, to: SocketAddr, says: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        let own = SocketAddr::from(([127, 0, 0, from], 0));
        socket.bind(own).expect("an address");
        let mut line = socket.connect(to).await.expect("a line");
        // It may be let go already.
        drop(line.write_all(says.as_bytes()).await);
        line
    }

    async fn heard(mut line: TcpStream) -> String {
        let mut heard = String::new();
        let all = timeout(PATIENCE, line.read_to_string(&mut heard)).await;
        all.expect("in time").expect("an answer");
        heard
    }

    #[tokio::test]
    async fn bodies_that_never_end_from_a_few_addresses_leave_places_to_everybody_else() {
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = begun.clone();
        let read = post(async move |body: Request| {
            counted.fetch_add(1, Ordering::Relaxed);
            drop(axum::body::to_bytes(body.into_body(), 1000).await);
        });
        let router = Router::new()
            .route("/letter", read)
            .route("/up", get(async || "up"));
        let server = served(router).await;
        let drip = "POST /letter HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\na";
        let mut held = Vec::new();
        // A quarter of what the others left: of 40, of 30, of 23.
        for (from, all) in [(1, 10), (2, 17), (3, 22)] {
            for _ in 0..PLACES {
                held.push(line(from, server, drip).await);
            }
            let since = Instant::now();
            while begun.load(Ordering::Relaxed) < all {
                assert!(since.elapsed() < PATIENCE, "not begun: {from}");
                tokio::task::yield_now().await;
            }
        }
        let asked = "GET /up HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        for from in [9, 10] {
            let answer = heard(line(from, server, asked).await).await;
            assert!(answer.ends_with("up"), "{answer}");
        }
        assert_eq!(begun.load(Ordering::Relaxed), 22);
    }

    #[tokio::test]
    async fn a_hall_behind_one_address_is_answered_to_the_last_one_a_share_at_a_time() {
        const PEOPLE: usize = 30;
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let open = Arc::new(Semaphore::new(0));
        let (now, highest, door) = (at_once.clone(), most.clone(), open.clone());
        let slow = get(async move || {
            let here = now.fetch_add(1, Ordering::Relaxed) + 1;
            highest.fetch_max(here, Ordering::Relaxed);
            drop(door.acquire().await);
            now.fetch_sub(1, Ordering::Relaxed);
            "done"
        });
        let server = served(Router::new().route("/page", slow)).await;
        let asked = "GET /page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let mut people = JoinSet::new();
        for _ in 0..PEOPLE {
            let line = line(1, server, asked).await;
            people.spawn(heard(line));
        }
        let since = Instant::now();
        while at_once.load(Ordering::Relaxed) < PLACES / 4 {
            assert!(since.elapsed() < PATIENCE, "they have not begun");
            tokio::task::yield_now().await;
        }
        open.add_permits(1);
        for answer in people.join_all().await {
            assert!(answer.ends_with("done"), "{answer}");
        }
        assert_eq!(most.load(Ordering::Relaxed), PLACES / 4);
    }

    #[tokio::test]
    async fn a_line_that_was_answered_waits_and_one_that_is_still_being_written_works() {
        let large = "x".repeat(32 * 1024 * 1024);
        let length = large.len();
        let router = Router::new()
            .route("/large", get(async move || large))
            .route("/up", get(async || "up"));
        let server = served(router).await;
        let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let mut reading = line(1, server, &ask("/large")).await;
        let mut first = [0; 1];
        reading.read_exact(&mut first).await.expect("it begins");
        let mut answered = line(2, server, &ask("/up")).await;
        let heard = timeout(PATIENCE, answered.read_exact(&mut first)).await;
        heard.expect("in time").expect("an answer");
        // The oldest that wait go as others come.
        let mut silent = Vec::new();
        for n in 0..2 * PLACES {
            silent.push(line(3 + n as u8, server, "").await);
        }
        let ended = timeout(PATIENCE, answered.read_to_end(&mut Vec::new())).await;
        ended.expect("it was let go").ok();
        let mut rest = Vec::new();
        while rest.len() < length {
            let read = timeout(PATIENCE, reading.read_buf(&mut rest)).await;
            assert!(
                read.expect("in time").expect("the rest") > 0,
                "{}",
                rest.len()
            );
        }
    }
}
