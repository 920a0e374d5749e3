//! A mailbox on a port, from its first line to the last request drained.

use std::{future::Future, io, net::SocketAddr, path::PathBuf, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use tokio::net::TcpListener;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::{
    app::{self, AppError},
    bundles, cards, docs, enrol,
    error::ApiError,
    feed, health, invites, log,
    mailbox::{Mailbox, OpenError},
    office, receipts, state,
};

/// A sender that falls silent this long is given up. A slow one, whose bytes still come, never is.
const SILENCE: Duration = Duration::from_secs(60);
/// How long requests under way may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder, made when missing.
    pub data: PathBuf,
    /// Port 0: any free one.
    pub listen: SocketAddr,
    /// The built app, when this server also serves it.
    pub app: Option<PathBuf>,
    /// The address that people use, when a proxy stands before us; else the one we listen on.
    pub url: Option<String>,
    pub uploads_at_once: usize,
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
    #[error("the set-up link can't be made: {0}")]
    SetUp(#[from] ApiError),
    #[error("this system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    router: Router,
    mailbox: Mailbox,
    address: SocketAddr,
    url: String,
    token: Option<String>,
}

impl Server {
    /// Opens the data folder and the port.
    pub async fn open(config: Config) -> Result<Server, StartError> {
        let mailbox = Mailbox::open(&config.data, config.uploads_at_once).await?;
        let router = router(
            mailbox.clone(),
            config.app.as_deref().map(app::routes).transpose()?,
        );
        let bad_address = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(bad_address)?;
        let address = listener.local_addr().map_err(bad_address)?;
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(StartError::Random)?;
        let token = office::new_token(&mailbox, random).await?;
        let url = config
            .url
            .unwrap_or_else(|| format!("http://{address}"))
            .trim_end_matches('/')
            .to_owned();
        Ok(Server {
            listener,
            router,
            mailbox,
            address,
            url,
            token,
        })
    }

    /// Where this server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that people use.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token of the one-time set-up, as long as no office is set up.
    pub fn set_up_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The one-time link that sets the office up in a browser, as long as none is.
    pub fn set_up_link(&self) -> Option<String> {
        self.token
            .as_ref()
            .map(|token| format!("{}/#/bureau/ouvrir/{token}", self.url))
    }

    /// Answers until `stop` comes, then lets the requests under way end, for at most half a minute.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (stopping, mut stopped) = tokio::sync::watch::channel(());
        let signal = async move {
            stop.await;
            tracing::info!("stopping");
            drop(stopping);
        };
        let serving = axum::serve(self.listener, self.router).with_graceful_shutdown(signal);
        let patience = async move {
            // Ends when the sender is dropped: the server was told to stop.
            while stopped.changed().await.is_ok() {}
            tokio::time::sleep(DRAIN).await;
        };
        let ended = tokio::select! {
            ended = serving.into_future() => ended,
            () = patience => Ok(()),
        };
        // Checkpoints the write-ahead log into the database file.
        self.mailbox.db.close().await;
        ended
    }
}

/// Every route.
fn router(mailbox: Mailbox, app: Option<Router>) -> Router {
    let mailbox = Router::new()
        .merge(health::routes())
        .merge(office::routes())
        .merge(invites::routes())
        .merge(enrol::routes())
        .merge(cards::routes())
        .merge(bundles::routes())
        .merge(state::routes())
        .merge(feed::routes())
        .merge(receipts::routes())
        .merge(docs::routes())
        .route(
            "/v1/{*unknown}",
            axum::routing::any(async || ApiError::NotFound),
        )
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(middleware::from_fn(private))
        .with_state(mailbox);
    let rest = app.unwrap_or_else(|| Router::new().fallback(app::nothing));
    mailbox
        .merge(rest)
        .layer(middleware::from_fn(guarded))
        .layer(RequestBodyTimeoutLayer::new(SILENCE))
        .layer(middleware::from_fn(log::request))
}

/// The mailbox's answers are nobody's to keep or to run.
async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    response
}

async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    app::guard(response.headers_mut());
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
