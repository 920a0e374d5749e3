//! A certificate had by ACME, from a real authority of this computer: Pebble, of Let's Encrypt, which really comes to see
//! whose the name is. It and its name server are Debian's (`cargo xtask test` sees to them).

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use vigie_mailbox::tls::{Acme, Tls};

use super::tls::{Authority, NAME, believing};
use crate::common::{Ground, Running, on, wait};

/// A port that nobody has just now.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address")
}

/// Ended when dropped.
struct Process(Child);

impl Process {
    fn start(programme: &str, change: impl FnOnce(&mut Command)) -> Process {
        let mut command = Command::new(programme);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        change(&mut command);
        let started = command.spawn();
        Process(started.unwrap_or_else(|error| {
            panic!("{programme}, of Debian's package pebble, can't be started: {error}")
        }))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Pebble, and a name server for which every name is this computer.
struct Pebble {
    folder: TempDir,
    authority: Authority,
    directory: SocketAddr,
    management: SocketAddr,
    processes: Vec<Process>,
}

impl Pebble {
    /// One that will look for a name's server at this port.
    fn looking_at(port: u16) -> Pebble {
        let folder = TempDir::new().expect("a folder");
        let authority = Authority::new();
        let (certificate, key) = (folder.path().join("cert"), folder.path().join("key"));
        authority.certify("localhost", &certificate, &key);
        fs::write(folder.path().join("ca"), authority.pem()).expect("written");
        let (directory, management, names, spare) = (free(), free(), free(), free());
        let settings = serde_json::json!({ "pebble": {
            "listenAddress": directory.to_string(),
            "managementListenAddress": management.to_string(),
            "certificate": certificate,
            "privateKey": key,
            "httpPort": spare.port(),
            "tlsPort": port,
        }});
        let config = folder.path().join("config");
        fs::write(&config, settings.to_string()).expect("written");
        let names_server = Process::start("pebble-challtestsrv", |command| {
            command
                .args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""])
                .args(["-dns01", &names.to_string()])
                .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
                .args(["-management", &free().to_string()]);
        });
        let pebble = Process::start("pebble", |command| {
            command
                .args(["-strict", "-dnsserver", &names.to_string(), "-config"])
                .arg(config)
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_WFE_NONCEREJECT", "0");
        });
        Pebble {
            folder,
            authority,
            directory,
            management,
            processes: vec![names_server, pebble],
        }
    }

    fn end(&mut self) {
        self.processes.clear();
    }

    /// The root of what it certifies, once it is there.
    fn root(&self) -> String {
        let client = believing(&self.authority.pem(), self.management);
        let url = format!("https://localhost:{}/roots/0", self.management.port());
        let begun = Instant::now();
        loop {
            let root = wait(async { client.get(&url).send().await.ok()?.text().await.ok() });
            if let Some(root) = root {
                return root;
            }
            assert!(begun.elapsed().as_secs() < 60, "Pebble does not answer");
        }
    }
}

/// What a client says to a server that shows a certificate below this root.
fn asked(root: &str, server: SocketAddr) -> Option<u16> {
    let client = believing(root, server);
    let url = format!("https://{NAME}:{}/healthz", server.port());
    wait(async { Some(client.get(url).send().await.ok()?.status().as_u16()) })
}

#[test]
fn a_server_has_a_certificate_by_acme_and_keeps_it() {
    let address = free();
    let mut pebble = Pebble::looking_at(address.port());
    let root = pebble.root();
    let ground = Ground::fresh();
    let (directory, ca) = (pebble.directory.port(), pebble.folder.path().join("ca"));
    let config = || {
        let mut config = on(&ground);
        config.listen = address;
        config.tls = Some(Tls::Acme(Acme {
            domains: vec![NAME.to_owned()],
            contact: "office@vigie.test".to_owned(),
            directory: format!("https://localhost:{}/dir", directory),
            ca: Some(ca.clone()),
            cache: None,
        }));
        config
    };
    let mut server = Running::with(config());
    assert_eq!(
        server
            .link
            .as_deref()
            .map(|link| link.starts_with("https://vigie.test/#/")),
        Some(true)
    );
    let begun = Instant::now();
    while asked(&root, address) != Some(200) {
        assert!(begun.elapsed().as_secs() < 60, "no certificate came");
        std::thread::sleep(Duration::from_millis(50));
    }
    let cache = ground.folder().join("acme");
    let begun = Instant::now();
    while fs::read_dir(&cache).expect("the cache").count() < 2 {
        assert!(
            begun.elapsed().as_secs() < 60,
            "account and certificate are not kept"
        );
        std::thread::yield_now();
    }
    let mode = fs::metadata(&cache)
        .expect("the cache")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700, "its keys are its owner's alone");
    // Without the authority, what is kept is shown.
    server.stop();
    pebble.end();
    let _server = Running::with(config());
    let begun = Instant::now();
    while asked(&root, address) != Some(200) {
        assert!(
            begun.elapsed().as_secs() < 60,
            "the kept certificate is not shown"
        );
    }
}
