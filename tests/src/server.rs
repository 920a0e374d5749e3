//! The real server, on a port and a data folder of its own, that can be stopped as a power cut does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::processes::{Running, free_port};
use crate::wait::until;

/// A `vigie serve`, running or stopped, always with the same port and data.
pub struct Server {
    port: u16,
    data: PathBuf,
    /// The app's files, when not those that were built.
    app: Option<PathBuf>,
    process: Option<Running>,
    said: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server over an empty data folder.
    pub async fn start(name: &str) -> Result<Self> {
        let data =
            std::env::temp_dir().join(format!("vigie-e2e-{}-{name}-server", std::process::id()));
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        std::fs::create_dir_all(&data)?;
        let mut server = Self {
            port: free_port()?,
            data,
            app: None,
            process: None,
            said: Arc::default(),
        };
        server.restart().await?;
        Ok(server)
    }

    /// Where the app is served.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The server's data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Ends the process at once; what it had acknowledged must be on the disk.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again over the same data and port, and waits until it answers.
    pub async fn restart(&mut self) -> Result<()> {
        self.process = None;
        // The set-up link of a server that starts again is another.
        if let Ok(mut said) = self.said.lock() {
            said.clear();
        }
        let mut command = Command::new(programme());
        command
            .args([
                "serve",
                "--log",
                "warn",
                "--listen",
                &format!("127.0.0.1:{}", self.port),
                "--data",
            ])
            .arg(&self.data)
            .arg("--app")
            .arg(self.app.clone().unwrap_or_else(app));
        let mut running = Running::start(command, Stdio::piped())?;
        if let Some(stdout) = running.child().stdout.take() {
            let said = Arc::clone(&self.said);
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if let Ok(mut said) = said.lock() {
                        said.push_str(&line);
                        said.push('\n');
                    }
                }
            });
        }
        self.process = Some(running);
        until("the server's first answer", async || {
            Ok(self.get("/v1/health").ok())
        })
        .await
        .map(drop)
    }

    /// Serves another version of the app from now on: the same, but for what its page says of itself.
    pub async fn update_app(&mut self, says: &str) -> Result<()> {
        let own = "Vigie: un carnet de terrain";
        self.change_app("index.html", |page| {
            page.replace(own, &format!("{says} {own}"))
        })
        .await?;
        let version = "const VERSION = \"";
        self.change_app("sw.js", |script| {
            script.replace(version, &format!("{version}{says}"))
        })
        .await
    }

    /// Serves the app with one file changed from now on, which its service worker lists as it is now.
    pub async fn change_app(
        &mut self,
        name: &str,
        change: impl FnOnce(String) -> String,
    ) -> Result<()> {
        let folder = self.data.join("app");
        if self.app.is_none() {
            copy(&app(), &folder)?;
        }
        let file = folder.join(name);
        let before = std::fs::read_to_string(&file)?;
        let after = change(before.clone());
        ensure!(after != before, "{name} is as it was");
        std::fs::write(&file, &after)?;
        let worker = folder.join("sw.js");
        let script = std::fs::read_to_string(&worker)?;
        let listed = (digest(before.as_bytes()), digest(after.as_bytes()));
        std::fs::write(&worker, script.replace(&listed.0, &listed.1))?;
        // What was compressed is of the file before.
        for stale in [&file, &worker] {
            for extension in ["br", "gz"] {
                drop(std::fs::remove_file(format!(
                    "{}.{extension}",
                    stale.display()
                )));
            }
        }
        self.app = Some(folder);
        self.restart().await
    }

    /// Serves the app from now on without what comes behind the programmes whose names begin so; with all of it again, when
    /// none does.
    pub async fn withhold(&mut self, programmes: &[&str]) -> Result<()> {
        let folder = self.data.join("app");
        copy(&app(), &folder)?;
        for file in std::fs::read_dir(&folder)? {
            let file = file?;
            let name = file.file_name();
            let whole = name.to_string_lossy();
            let plain = whole.trim_end_matches(".br").trim_end_matches(".gz");
            let is_withheld = programmes.iter().any(|begin| plain.starts_with(begin));
            if is_withheld && plain.ends_with("_behind.wasm") {
                std::fs::remove_file(file.path())?;
            }
        }
        self.app = Some(folder);
        self.restart().await
    }

    /// The one-time link that the server printed, which makes an office.
    pub async fn setup_link(&self) -> Result<String> {
        let start = format!("{}/", self.url());
        until("the set-up link in what the server prints", async || {
            let said = self
                .said
                .lock()
                .map(|said| said.clone())
                .unwrap_or_default();
            Ok(said
                .split_whitespace()
                .find(|word| word.starts_with(&start) && word.len() > start.len())
                .map(str::to_owned))
        })
        .await
    }

    /// The body of a plain GET; an error when nothing answers or the status is not 200.
    pub fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        anyhow::ensure!(
            answer
                .lines()
                .next()
                .is_some_and(|line| line.contains(" 200")),
            "{}",
            answer.lines().next().unwrap_or_default()
        );
        Ok(answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned())
            .unwrap_or_default())
    }

    /// Every byte that the server has stored, files and database alike.
    pub fn stored_bytes(&self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut waiting = vec![self.data.clone()];
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    all.extend(std::fs::read(path)?);
                }
            }
        }
        Ok(all)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process = None;
        drop(std::fs::remove_dir_all(&self.data));
    }
}

/// The `vigie` programme under test.
pub fn programme() -> PathBuf {
    crate::given("VIGIE_SERVER", "target/debug/vigie")
}

/// Runs `vigie` with these arguments to its end and returns what it wrote.
pub fn vigie(arguments: &[&str]) -> Result<String> {
    let output = Command::new(programme())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("vigie")?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.success(),
        "vigie {arguments:?}: {} {said}",
        output.status
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The app's files, as they were built.
fn app() -> PathBuf {
    crate::given("VIGIE_APP", "dist")
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let beside = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &beside)?;
        } else {
            std::fs::copy(entry.path(), &beside)?;
        }
    }
    Ok(())
}
