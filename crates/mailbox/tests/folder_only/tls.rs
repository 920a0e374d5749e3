//! TLS at the server itself, by certificates from files.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedKey, IsCa, KeyPair};
use reqwest::{Certificate, Client, redirect::Policy};
use tempfile::TempDir;
use vigie_mailbox::tls::{Files, Tls};

use crate::common::{Ground, Running, on, wait};

pub const NAME: &str = "vigie.test";

/// Who signs certificates.
pub struct Authority(CertifiedKey);

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key_pair = KeyPair::generate().expect("a key");
        let cert = params.self_signed(&key_pair).expect("signed");
        Authority(CertifiedKey { cert, key_pair })
    }

    pub fn pem(&self) -> String {
        self.0.cert.pem()
    }

    /// Writes a certificate for this name and its key.
    pub fn certify(&self, name: &str, certificate: &Path, key: &Path) {
        let params = CertificateParams::new([name.to_owned()]).expect("parameters");
        let key_pair = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key_pair, &self.0.cert, &self.0.key_pair);
        fs::write(certificate, signed.expect("signed").pem()).expect("written");
        fs::write(key, key_pair.serialize_pem()).expect("written");
    }
}

/// A client that believes this authority alone, and finds [`NAME`] here.
pub fn believing(authority: &str, address: SocketAddr) -> Client {
    // Whoever chose one in this process before keeps it.
    drop(rustls::crypto::ring::default_provider().install_default());
    let authority = Certificate::from_pem(authority.as_bytes()).expect("a certificate");
    Client::builder()
        .tls_certs_only([authority])
        .resolve(NAME, address)
        .redirect(Policy::none())
        .timeout(Duration::from_secs(60))
        .build()
        .expect("a client")
}

/// A server with a certificate from files, and what they stand in.
struct Secure {
    server: Running,
    folder: TempDir,
    _ground: Ground,
}

impl Secure {
    fn by(authority: &Authority, change: impl FnOnce(&mut vigie_mailbox::serve::Config)) -> Secure {
        let folder = TempDir::new().expect("a folder");
        let ground = Ground::fresh();
        let mut config = on(&ground);
        let (certificate, key) = (folder.path().join("cert"), folder.path().join("key"));
        authority.certify(NAME, &certificate, &key);
        let look = Duration::from_millis(20);
        config.tls = Some(Tls::Files(Files {
            certificate,
            key,
            look,
        }));
        change(&mut config);
        Secure {
            server: Running::with(config),
            folder,
            _ground: ground,
        }
    }

    fn address(&self) -> SocketAddr {
        self.server.host().parse().expect("an address")
    }

    /// The status of an answer, when this authority is the one that is shown.
    fn asked_by(&self, authority: &Authority) -> Option<u16> {
        let client = believing(&authority.pem(), self.address());
        let url = format!("https://{NAME}:{}/healthz", self.address().port());
        wait(async { Some(client.get(url).send().await.ok()?.status().as_u16()) })
    }
}

#[test]
fn a_server_speaks_tls_and_reads_its_certificate_again_when_it_changes() {
    let (first, second) = (Authority::new(), Authority::new());
    let secure = Secure::by(&first, |_| {});
    let client = believing(&first.pem(), secure.address());
    let url = format!("https://{NAME}:{}/healthz", secure.address().port());
    let answer = wait(async { client.get(url).send().await.expect("an answer") });
    assert_eq!(answer.status(), 200);
    let hsts = &answer.headers()["strict-transport-security"];
    assert_eq!(hsts, "max-age=63072000");
    assert_eq!(secure.asked_by(&second), None, "another's is not believed");

    let folder = secure.folder.path();
    second.certify(NAME, &folder.join("cert"), &folder.join("key"));
    let begun = Instant::now();
    while secure.asked_by(&second) != Some(200) {
        assert!(begun.elapsed().as_secs() < 60, "it was not read again");
    }
    assert_eq!(secure.asked_by(&first), None);
}

#[test]
fn a_server_reads_its_certificate_again_at_once_when_it_is_told() {
    let (first, second) = (Authority::new(), Authority::new());
    let secure = Secure::by(&first, |config| {
        if let Some(Tls::Files(files)) = &mut config.tls {
            files.look = Duration::from_secs(3600);
        }
    });
    assert_eq!(secure.asked_by(&first), Some(200));
    let folder = secure.folder.path();
    second.certify(NAME, &folder.join("cert"), &folder.join("key"));
    assert_eq!(secure.asked_by(&second), None);
    let process = std::process::id().to_string();
    let told = Command::new("kill").args(["-HUP", &process]).status();
    assert!(told.expect("kill").success());
    let begun = Instant::now();
    while secure.asked_by(&second) != Some(200) {
        assert!(begun.elapsed().as_secs() < 60, "it was not read again");
    }
}

#[test]
fn a_handshake_that_does_not_end_keeps_nobody_out_and_lasts_no_longer_than_a_head_may() {
    let authority = Authority::new();
    let begin_hello = |secure: &Secure| {
        let mut silent = TcpStream::connect(secure.address()).expect("a line");
        // The beginning of a ClientHello.
        silent.write_all(&[22, 3, 1]).expect("said");
        silent
    };
    let patient = Secure::by(&authority, |config| {
        config.limits.lines = 1;
        config.limits.head = Duration::from_secs(3600);
    });
    let _silent = begin_hello(&patient);
    assert_eq!(patient.asked_by(&authority), Some(200), "by the only place");
    let secure = Secure::by(&authority, |config| {
        config.limits.head = Duration::from_millis(500);
    });
    let mut silent = begin_hello(&secure);
    let patience = Some(Duration::from_secs(60));
    silent.set_read_timeout(patience).expect("a patience");
    let ended = silent.read_to_end(&mut Vec::new());
    assert!(ended.is_ok(), "{ended:?}");
    // What is no TLS is told so, and let go.
    let mut plain = TcpStream::connect(secure.address()).expect("a line");
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("asked");
    let mut said = Vec::new();
    drop(plain.read_to_end(&mut said));
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
}

#[test]
fn a_server_that_is_told_to_stop_waits_for_no_handshake() {
    let authority = Authority::new();
    let mut secure = Secure::by(&authority, |_| {});
    let silent = TcpStream::connect(secure.address()).expect("a line");
    assert_eq!(secure.asked_by(&authority), Some(200));
    let begun = Instant::now();
    secure.server.stop();
    assert!(begun.elapsed() < Duration::from_secs(20), "{silent:?}");
}

#[test]
fn whoever_comes_by_http_is_sent_to_the_servers_own_name_by_https() {
    let authority = Authority::new();
    let secure = Secure::by(&authority, |config| {
        config.url = Some("https://vigie.test/".to_owned());
        config.redirect = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    });
    let there = secure.server.redirect.expect("a second port");
    for (asked, sent) in [
        ("/q?x=1", "https://vigie.test/q?x=1"),
        ("/", "https://vigie.test/"),
        ("http://evil.example/a", "https://vigie.test/a"),
        ("//evil.example/a", "https://vigie.test//evil.example/a"),
        ("@evil.example", "https://vigie.test/"),
    ] {
        let mut line = TcpStream::connect(there).expect("a line");
        let request =
            format!("GET {asked} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        line.write_all(request.as_bytes()).expect("asked");
        let mut answer = String::new();
        line.read_to_string(&mut answer).expect("an answer");
        let location = answer
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        assert_eq!(location.unwrap_or_default(), sent, "{answer}");
        assert!(answer.starts_with("HTTP/1.1 308"), "{answer}");
    }
}

#[test]
fn a_key_that_is_not_the_certificates_is_said_at_the_start() {
    let folder = TempDir::new().expect("a folder");
    let (certificate, key) = (folder.path().join("cert"), folder.path().join("key"));
    let authority = Authority::new();
    authority.certify(NAME, &certificate, &folder.path().join("another"));
    authority.certify(NAME, &folder.path().join("another"), &key);
    let ground = Ground::fresh();
    let mut config = on(&ground);
    config.tls = Some(Tls::Files(Files {
        certificate,
        key,
        look: Duration::from_secs(60),
    }));
    let refused = wait(vigie_mailbox::serve::Server::open(config)).err();
    let refused = refused.expect("refused").to_string();
    assert!(refused.contains("can't be used together"), "{refused}");
}
