//! `vigie serve` and `vigie demo`.

use std::{io, path::PathBuf, time::Duration};

use tokio::runtime::Runtime;
use tracing::level_filters::LevelFilter;

use vigie_mailbox::{
    log::{self, Format},
    mailbox::Place,
    serve::{Config, Server, told_to_stop},
    tls::{Acme, Files, LOOK, Tls},
};

use crate::{
    arguments::{DemoArgs, LogFormat, ServeArgs, TlsArgs},
    demo::{self, Demo},
    failure::Failure,
    place::place,
};

/// What the server's work runs on.
pub fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(Failure::Served)
}

/// `vigie serve`
pub fn serve(args: ServeArgs) -> Result<(), Failure> {
    let format = match args.log_format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    log::start(args.log, format);
    let runtime = runtime()?;
    runtime.block_on(async {
        let place = place(args.place)?;
        let demo = match &place {
            Place::Folder(folder) if args.demo => Some(folder.clone()),
            _ => None,
        };
        let redirect = args.tls.redirect;
        let config = Config {
            tls: tls(args.tls),
            redirect,
            listen: args.listen,
            app: args.app,
            url: args.url,
            metrics: args.metrics,
            notice: Duration::from_secs(args.notice),
            uploads_at_once: args.uploads,
            ..Config::of(place)
        };
        let server = Server::open(config).await?;
        let url = server.url().to_owned();
        say!("listening on {}", server.here());
        if let Some(address) = server.redirect_address() {
            say!("sending to https from http://{address}");
        }
        if let Some(address) = server.metrics_address() {
            say!("metrics on http://{address}/metrics");
        }
        // The demonstration sets its own office up: its link would be dead before anybody read it.
        if let Some(link) = server.set_up_link().filter(|_| demo.is_none()) {
            say!("set-up link, good once: {link}");
        }
        let token = server.set_up_token().map(str::to_owned);
        let serving = tokio::spawn(server.run(told_to_stop()));
        if let Some(folder) = demo {
            match make_or_again(folder, url, token, args.forms).await {
                Ok(demo) => tell(&demo),
                Err(failure) => eprintln!("vigie: {failure}"),
            }
        }
        match serving.await {
            Ok(ended) => ended.map_err(Failure::Served),
            Err(error) => Err(Failure::Served(io::Error::other(error))),
        }
    })
}

fn tls(args: TlsArgs) -> Option<Tls> {
    if let (Some(certificate), Some(key)) = (args.tls_cert, args.tls_key) {
        let look = LOOK;
        return Some(Tls::Files(Files {
            certificate,
            key,
            look,
        }));
    }
    args.acme_contact.map(|contact| {
        Tls::Acme(Acme {
            domains: args.acme,
            contact,
            directory: args.acme_directory,
            ca: args.acme_ca,
            cache: args.acme_cache,
        })
    })
}

/// `vigie demo`: at a server that runs, or at one that runs for as long as it takes.
pub fn demo(args: DemoArgs) -> Result<(), Failure> {
    let DemoArgs {
        data,
        listen,
        server,
        setup,
        forms,
    } = args;
    if let (Some(server), Some(setup)) = (server, setup) {
        let token = setup.rsplit('/').next().unwrap_or(&setup);
        tell(&demo::make(&data, &server, token, &forms)?);
        return Ok(());
    }
    log::start(LevelFilter::WARN, Format::Text);
    let runtime = runtime()?;
    runtime.block_on(async {
        let config = Config {
            listen,
            uploads_at_once: 8,
            ..Config::on(&data)
        };
        let server = Server::open(config).await?;
        let (url, token) = (
            server.url().to_owned(),
            server.set_up_token().map(str::to_owned),
        );
        let (done, stop) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async { drop(stop.await) }));
        let made = make_or_again(data, url, token, forms).await;
        drop(done);
        let ended = serving
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)));
        tell(&made?);
        ended.map_err(Failure::Served)
    })
}

/// Makes the demonstration by speaking to this very server, by HTTP like anybody; or says again how to open it.
async fn make_or_again(
    data: PathBuf,
    url: String,
    token: Option<String>,
    forms: PathBuf,
) -> Result<Demo, Failure> {
    let made = tokio::task::spawn_blocking(move || match token {
        Some(token) => demo::make(&data, &url, &token, &forms),
        None => demo::again(&data, &url),
    });
    made.await
        .unwrap_or_else(|error| Err(Failure::Demo(error.to_string())))
}

fn tell(demo: &Demo) {
    say!("{}", demo.text());
}
