//! Vigie on this machine: the app, the server and a data folder.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use lexopt::prelude::*;

use crate::build;
use crate::folders::{dist, root};
use crate::process::Step;

/// What `serve` was asked.
pub struct Options {
    demo: bool,
    port: u16,
    open: bool,
    quick: bool,
}

impl Options {
    pub fn read(arguments: &mut lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            demo: false,
            port: 8484,
            open: false,
            quick: false,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("demo") => options.demo = true,
                Long("port") => options.port = arguments.value()?.parse()?,
                Long("open") => options.open = true,
                Long("quick") => options.quick = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Builds what is missing, then becomes the server: Ctrl-C is the server's, which drains.
pub fn serve(options: Options) -> Result<()> {
    let server = built(options.quick)?;
    // A demonstration never mixes with real data.
    let data = root().join(if options.demo {
        "data/demo"
    } else {
        "data/office"
    });
    let listen = format!("127.0.0.1:{}", options.port);
    if options.open {
        let url = format!("http://{listen}/");
        Step::new(std::env::current_exe()?)
            .args(["open-when-up", &url])
            .into_command()
            .spawn()?;
    }
    let error = Step::new(&server)
        .args(["serve", "--listen", &listen, "--data"])
        .args([&data])
        .args(["--app"])
        .args([dist()])
        .args(options.demo.then_some("--demo"))
        .into_command()
        .exec();
    bail!("the server could not be started: {error}")
}

/// The app in its folder, and the server beside it: neither fills the cores from its start to its end. Returns the server's path.
fn built(quick: bool) -> Result<PathBuf> {
    std::thread::scope(|scope| {
        let server = scope.spawn(build::programme);
        if quick {
            build::quick_app()?;
        } else {
            build::app()?;
        }
        server
            .join()
            .map_err(|_| anyhow!("building the server panicked"))?
    })
}

/// Opens the person's browser once the server answers.
pub fn open_when_up(url: &str) -> Result<()> {
    let address: SocketAddr = url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()?;
    let start = Instant::now();
    while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
        if start.elapsed() > Duration::from_secs(30) {
            bail!("the server did not answer on {url}");
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    Step::new("xdg-open").args([url]).check()
}
