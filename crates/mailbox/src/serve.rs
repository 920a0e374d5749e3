//! A mailbox on a port, from its first line to the last request drained.

use std::{
    collections::HashSet,
    future::{Future, pending},
    io,
    net::SocketAddr,
    path::PathBuf,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::Response,
};
use object_store::ObjectStore;
use tokio::{net::TcpListener, sync::oneshot, time::timeout};
use vigie_exchange::api::{FeedItem, PAGE_ITEMS};
use vigie_model::BundleId;

use crate::{
    app::{self, AppError},
    bundles, cards, devices, docs, drafts, enrol,
    error::ApiError,
    feed,
    gate::Gate,
    health, invites,
    limits::Limits,
    line::{self, Port},
    log,
    mailbox::{BeforeCommit, Mailbox, OpenError, Place, Under},
    measures, office, pace, receipts, shares, state, team,
    tls::{Secured, Tls, TlsError},
};

/// How often what has served is forgotten.
const TIDY: Duration = Duration::from_secs(10 * 60);
/// How long what is being tidied has to end, and the store to close.
const CLOSING: Duration = Duration::from_secs(10);
/// Lines at once of a port beside the mailbox's own.
const BESIDE: usize = 64;
/// As long as the lists of browsers ask for.
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// How many uploads may be under way at once, unless it is said: each holds a part of a file in memory,
/// 1 MiB for a folder and 5 MiB for a bucket.
pub const UPLOADS_AT_ONCE: usize = 64;

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub place: Place,
    /// Port 0: any free one.
    pub listen: SocketAddr,
    /// The built app, when this server also serves it.
    pub app: Option<PathBuf>,
    /// The address that people use, when a proxy stands before us or a certificate is for a name; else the one we listen on.
    pub url: Option<String>,
    /// How TLS is spoken here; by a proxy or not at all, unless it is said.
    pub tls: Option<Tls>,
    /// Where whoever comes by http is sent to https, beside TLS.
    pub redirect: Option<SocketAddr>,
    /// Where whoever runs the server reads what it counts; nowhere, unless it is said.
    pub metrics: Option<SocketAddr>,
    /// How long all goes on as before once the server is told to stop, but that it says it is not ready: until a balancer
    /// has noticed.
    pub notice: Duration,
    pub uploads_at_once: usize,
    pub limits: Limits,
    /// Where a folder's sealed files are, when not in it.
    pub store: Option<Arc<dyn ObjectStore>>,
    /// The largest SQLite database, in pages of 4 KiB, where a disk is shared with others.
    pub database_pages: Option<u32>,
    /// Asked before each commit of the database.
    pub before_commit: Option<BeforeCommit>,
}

impl Config {
    /// A mailbox alone, in this folder, on any free port of this computer.
    pub fn on(data: impl Into<PathBuf>) -> Config {
        Config::of(Place::Folder(data.into()))
    }

    /// A mailbox alone, kept there, on any free port of this computer.
    pub fn of(place: Place) -> Config {
        Config {
            place,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            app: None,
            url: None,
            tls: None,
            redirect: None,
            metrics: None,
            notice: Duration::ZERO,
            uploads_at_once: UPLOADS_AT_ONCE,
            limits: Limits::default(),
            store: None,
            database_pages: None,
            before_commit: None,
        }
    }
}

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error("{address} can't be listened on: {source}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the set-up link can't be made: {0}")]
    SetUp(#[from] ApiError),
    #[error("this system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// A server that listens and does not answer yet.
pub struct Server {
    port: Port,
    ending: Router,
    notice: Duration,
    metrics: Option<Port>,
    redirect: Option<Port>,
    secured: Option<Secured>,
    mailbox: Mailbox,
    url: String,
    token: Option<String>,
}

impl Server {
    /// Opens the place and the port.
    pub async fn open(config: Config) -> Result<Server, StartError> {
        // Whoever says our address stands before us, unless TLS is spoken here: no proxy could say for whom it speaks.
        let behind_proxy = config.url.is_some() && config.tls.is_none();
        let gate = Gate::new(config.limits, config.uploads_at_once, behind_proxy);
        let under = Under {
            store: config.store,
            database_pages: config.database_pages,
            before_commit: config.before_commit,
        };
        let mailbox = Mailbox::open(&config.place, under, gate).await?;
        let opened = config.tls.as_ref().map(|tls| tls.open(&config.place));
        let secured = opened.transpose()?;
        let url = config.url.or_else(|| config.tls.as_ref()?.url());
        let secure = secured.is_some()
            || url
                .as_deref()
                .is_some_and(|url| url.starts_with("https://"));
        let limits = Arc::new(mailbox.gate.limits.clone());
        let router = router(
            mailbox.clone(),
            limits.clone(),
            config.app.as_deref().map(app::routes).transpose()?,
            secure,
        );
        let mut port = listen("mailbox", config.listen, router).await?;
        port.tls = secured.as_ref().map(|tls| tls.config.clone().into());
        let url = url
            .unwrap_or_else(|| port.url())
            .trim_end_matches('/')
            .to_owned();
        let redirect = match config.redirect {
            Some(address) => {
                let router = for_all(to_https(&url), limits.clone(), false);
                Some(listen("redirect", address, router).await?)
            }
            None => None,
        };
        let metrics = match config.metrics {
            Some(address) => {
                measures::begin();
                let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
                let read = axum::routing::get(async move || (text, measures::text()));
                Some(listen("metrics", address, Router::new().route("/metrics", read)).await?)
            }
            None => None,
        };
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(StartError::Random)?;
        let token = office::new_token(&mailbox, random).await?;
        Ok(Server {
            port,
            ending: ending(limits, secure),
            notice: config.notice,
            metrics,
            redirect,
            secured,
            mailbox,
            url,
            token,
        })
    }

    /// Where this server listens.
    pub fn address(&self) -> SocketAddr {
        self.port.address
    }

    /// The same, as it is asked from this computer.
    pub fn here(&self) -> String {
        self.port.url()
    }

    /// Where whoever comes by http is sent to https.
    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.redirect.as_ref().map(|port| port.address)
    }

    /// Where what it counts is read.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|port| port.address)
    }

    /// The address that people use.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token of the set-up link that this start printed, as long as no office is set up.
    pub fn set_up_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The one-time link that sets the office up in a browser, as long as none is.
    pub fn set_up_link(&self) -> Option<String> {
        let token = self.token.as_ref()?;
        Some(office::set_up_link(&self.url, token))
    }

    /// The letters that offices can fetch, as their feeds tell of them.
    pub async fn letters(&self) -> Result<HashSet<BundleId>, ApiError> {
        let store = &self.mailbox.store;
        let mut letters = HashSet::new();
        for office in store.offices().await? {
            let office = store.office(&office.key).await?;
            let office = office.ok_or(ApiError::NotOffice)?;
            let (mut cursor, mut more) = (0, true);
            while more {
                let page = store.feed(office, cursor, PAGE_ITEMS).await?;
                letters.extend(page.items.into_iter().filter_map(|item| match item {
                    FeedItem::Bundle(item) if !item.gone => Some(item.bundle),
                    _ => None,
                }));
                (cursor, more) = (page.next, page.more);
            }
        }
        Ok(letters)
    }

    /// Answers until `stop` comes and was noticed, then lets the requests under way end, for at most half a minute,
    /// and what is being tidied, for ten seconds with the store's close.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let gate = self.mailbox.gate.clone();
        let stop = async move {
            stop.await;
            tracing::info!("stopping");
            gate.ends();
            tokio::time::sleep(self.notice).await;
        };
        let gate = &self.mailbox.gate;
        let whose = |peer| gate.line_from(peer);
        let limits = gate.limits.clone();
        let few = Limits {
            lines: BESIDE,
            ..limits.clone()
        };
        let serving = line::answer(self.port, self.ending, &limits, whose, stop);
        // Until the last request has ended.
        let measuring = async {
            if let Some(port) = self.metrics {
                line::answer(port, Router::new(), &few, whose, pending()).await;
            }
            pending::<()>().await;
        };
        let redirecting = async {
            if let Some(port) = self.redirect {
                line::answer(port, Router::new(), &few, whose, pending()).await;
            }
            pending::<()>().await;
        };
        let keeping = async {
            if let Some(secured) = self.secured {
                secured.keep().await;
            }
            pending::<()>().await;
        };
        let (over, is_over) = oneshot::channel::<()>();
        let mut tidying = pin!(tidy(&self.mailbox, is_over));
        tokio::select! {
            () = serving => {}
            () = measuring => {}
            () = redirecting => {}
            () = keeping => {}
            () = &mut tidying => {}
        }
        drop(over);
        let closing = async {
            tidying.await;
            self.mailbox.store.close().await;
        };
        if timeout(CLOSING, closing).await.is_err() {
            tracing::warn!("the store did not close in time");
        }
        Ok(())
    }
}

async fn listen(
    name: &'static str,
    address: SocketAddr,
    router: Router,
) -> Result<Port, StartError> {
    let bad = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(bad)?;
    Ok(Port {
        name,
        address: listener.local_addr().map_err(bad)?,
        listener,
        tls: None,
        router,
    })
}

/// Forgets at once, and then now and again, what has served, until `over`. What it has begun it ends: a connection that
/// is let go of in the middle goes on writing after the store was closed.
async fn tidy(mailbox: &Mailbox, mut over: oneshot::Receiver<()>) {
    loop {
        measures::tidy();
        if let Err(error) = mailbox.tidy().await {
            tracing::warn!(%error, "not tidied");
        }
        tokio::select! {
            _ = &mut over => return,
            () = tokio::time::sleep(TIDY) => {}
        }
    }
}

/// Every route.
fn router(mailbox: Mailbox, limits: Arc<Limits>, app: Option<Router>, secure: bool) -> Router {
    let mailbox = Router::new()
        .merge(health::routes())
        .merge(office::routes())
        .merge(invites::routes())
        .merge(enrol::routes())
        .merge(drafts::routes())
        .merge(devices::routes())
        .merge(cards::routes())
        .merge(bundles::routes())
        .merge(state::routes())
        .merge(feed::routes())
        .merge(receipts::routes())
        .merge(docs::routes())
        .merge(shares::routes())
        .merge(team::routes())
        .route(
            "/v1/{*unknown}",
            axum::routing::any(async || ApiError::NotFound),
        )
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(middleware::from_fn(private))
        .with_state(mailbox);
    let rest = app.unwrap_or_else(|| Router::new().fallback(app::nothing));
    for_all(mailbox.merge(rest), limits, secure)
}

/// What is said while the last requests end.
fn ending(limits: Arc<Limits>, secure: bool) -> Router {
    let all = health::while_ending()
        .fallback(async || ApiError::Busy)
        .layer(middleware::from_fn(private));
    for_all(all, limits, secure)
}

/// Sends whoever comes by http to the same address by https: to ours, whatever host she asks for.
fn to_https(url: &str) -> Router {
    let url = url.to_owned();
    Router::new().fallback(async move |uri: Uri| {
        let asked = uri.path_and_query().map_or("/", |asked| asked.as_str());
        let asked = asked.strip_prefix('/').unwrap_or_default();
        let there = [(header::LOCATION, format!("{url}/{asked}"))];
        (StatusCode::PERMANENT_REDIRECT, there)
    })
}

/// What is done with every request, whoever answers it.
fn for_all(router: Router, limits: Arc<Limits>, secure: bool) -> Router {
    router
        .layer(middleware::from_fn_with_state(secure, guarded))
        .layer(middleware::from_fn_with_state(limits, pace::watch))
        .layer(middleware::from_fn(log::request))
}

/// The mailbox's answers are nobody's to keep or to run.
async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("content-security-policy"),
        app::INERT,
    );
    response
}

/// `secure`: people reach us by https, and are to come by nothing else.
async fn guarded(State(secure): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    app::guard(response.headers_mut());
    if secure {
        let headers = response.headers_mut();
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TWO_YEARS);
    }
    response
}

/// Ends at Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    let interrupt = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
