//! TLS at this very server, when no proxy stands before it: a certificate from files, which are read again when they
//! change, or one had and renewed by ACME (RFC 8555), whose challenge is answered on the same port (TLS-ALPN-01,
//! RFC 8737). The cryptography is ring's, as everywhere here.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures::StreamExt;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_acme::{AcmeConfig, AcmeState, EventOk, caches::DirCache};

use crate::mailbox::Place;

/// How often a certificate's files are looked at.
pub const LOOK: Duration = Duration::from_secs(60);
/// Let's Encrypt.
pub const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

const HTTP: &[u8] = b"http/1.1";
/// What is spoken on a line that only proves whose the name is.
const CHALLENGE: &[u8] = b"acme-tls/1";
/// Below a data folder.
const CACHE: &str = "acme";

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum Tls {
    Files(Files),
    Acme(Acme),
}

/// PEM files, as certbot and others write them.
#[derive(Clone, Debug)]
pub struct Files {
    /// The server's certificate, and whatever stands between it and a root.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// How often they are looked at; at SIGHUP besides.
    pub look: Duration,
}

/// A certificate that is asked for.
#[derive(Clone, Debug)]
pub struct Acme {
    /// The names that people use; each leads to this server's port 443.
    pub domains: Vec<String>,
    /// Whom the authority writes to.
    pub contact: String,
    /// The authority's directory.
    pub directory: String,
    /// Certificates by which the directory itself is known, when it is no public one.
    pub ca: Option<PathBuf>,
    /// Where account and certificate are kept; in a data folder, unless it is said.
    pub cache: Option<PathBuf>,
}

/// Why TLS can't be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} can't be used: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{path} holds no certificate or key that can be read (PEM): {source}", path = path.display())]
    Pem { path: PathBuf, source: pem::Error },
    #[error("the certificate and the key can't be used together: {0}")]
    Pair(rustls::Error),
    #[error("say where the certificate is kept (--acme-cache): there is no data folder")]
    NoCache,
    #[error("this TLS can't be spoken: {0}")]
    Rustls(#[from] rustls::Error),
}

/// How TLS is spoken on a port, and what keeps its certificate good.
pub struct Secured {
    pub config: Arc<ServerConfig>,
    keeping: Keeping,
}

enum Keeping {
    Files(Arc<FromFiles>),
    Acme(Box<AcmeState<io::Error>>),
}

impl Tls {
    /// Reads what is there already.
    pub fn open(&self, place: &Place) -> Result<Secured, TlsError> {
        match self {
            Tls::Files(files) => {
                let held = Arc::new(FromFiles::open(files)?);
                Ok(Secured {
                    config: speaking(held.clone(), &[HTTP])?,
                    keeping: Keeping::Files(held),
                })
            }
            Tls::Acme(acme) => {
                let asked = acme.state(place)?;
                Ok(Secured {
                    config: speaking(asked.resolver(), &[HTTP, CHALLENGE])?,
                    keeping: Keeping::Acme(Box::new(asked)),
                })
            }
        }
    }

    /// The address that people use, where it is known.
    pub fn url(&self) -> Option<String> {
        match self {
            Tls::Files(_) => None,
            Tls::Acme(acme) => acme.domains.first().map(|name| format!("https://{name}")),
        }
    }
}

impl Secured {
    /// Keeps the certificate good; never ends.
    pub async fn keep(self) {
        match self.keeping {
            Keeping::Files(held) => held.keep().await,
            Keeping::Acme(mut asked) => {
                while let Some(event) = asked.next().await {
                    match event {
                        Ok(EventOk::DeployedCachedCert) => tracing::info!("certificate: as kept"),
                        Ok(EventOk::DeployedNewCert) => tracing::info!("certificate: a new one"),
                        Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
                        Err(error) => {
                            tracing::error!(%error, "certificate: it could not be had, or not be kept")
                        }
                    }
                }
            }
        }
    }
}

/// Whether a line is there for the authority's question alone.
pub fn is_challenge(protocol: Option<&[u8]>) -> bool {
    protocol == Some(CHALLENGE)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn speaking(
    certificate: Arc<dyn ResolvesServerCert>,
    protocols: &[&[u8]],
) -> Result<Arc<ServerConfig>, TlsError> {
    let config = ServerConfig::builder_with_provider(provider());
    let mut config = config
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}

fn certificates(path: &Path, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    all.map_err(|source| TlsError::Pem {
        path: path.to_owned(),
        source,
    })
}

/// A certificate and its key, as they stand in two files.
#[derive(Debug)]
struct FromFiles {
    files: Files,
    /// What was read last, good or not.
    seen: RwLock<(Vec<u8>, Vec<u8>)>,
    held: RwLock<Arc<CertifiedKey>>,
}

impl FromFiles {
    fn open(files: &Files) -> Result<FromFiles, TlsError> {
        let seen = (read(&files.certificate)?, read(&files.key)?);
        Ok(FromFiles {
            held: RwLock::new(Arc::new(pair(files, &seen)?)),
            seen: RwLock::new(seen),
            files: files.clone(),
        })
    }

    async fn keep(&self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.files.look) => {}
                () = told_to_read_again() => {}
            }
            match self.read_again() {
                Ok(false) => {}
                Ok(true) => tracing::info!("certificate: read again"),
                // One file may have been written and the other not yet.
                Err(error) => tracing::error!(%error, "certificate: as before"),
            }
        }
    }

    /// Whether another pair is there, and is held from now on.
    fn read_again(&self) -> Result<bool, TlsError> {
        let now = (read(&self.files.certificate)?, read(&self.files.key)?);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Ok(false);
        }
        *seen = now;
        let new = Arc::new(pair(&self.files, &seen)?);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(true)
    }
}

fn pair(files: &Files, (chain, key): &(Vec<u8>, Vec<u8>)) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(&files.certificate, chain)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|source| TlsError::Pem {
        path: files.key.clone(),
        source,
    })?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(TlsError::Pair)
}

impl ResolvesServerCert for FromFiles {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        Some(held.clone())
    }
}

/// Ends at SIGHUP.
async fn told_to_read_again() {
    #[cfg(unix)]
    if let Ok(mut told) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
        told.recv().await;
        return;
    }
    std::future::pending().await
}

impl Acme {
    fn state(&self, place: &Place) -> Result<AcmeState<io::Error>, TlsError> {
        let cache = match (&self.cache, place) {
            (Some(folder), _) => folder.clone(),
            (None, Place::Folder(data)) => data.join(CACHE),
            (None, Place::Servers { .. }) => return Err(TlsError::NoCache),
        };
        make_private(&cache).map_err(|source| TlsError::File {
            path: cache.clone(),
            source,
        })?;
        let mut config = AcmeConfig::new(&self.domains);
        if let Some(ca) = &self.ca {
            let mut roots = RootCertStore::empty();
            for root in certificates(ca, &read(ca)?)? {
                roots.add(root)?;
            }
            let client = ClientConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
            config = config.client_tls_config(Arc::new(client));
        }
        Ok(config
            .directory(&self.directory)
            .contact_push(format!("mailto:{}", self.contact))
            .cache(DirCache::new(cache))
            .state())
    }
}

/// A folder for keys, which its owner alone may open.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut make = fs::DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(folder)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use tempfile::TempDir;

    use super::*;

    /// Writes a certificate, and says its key.
    fn certify(certificate: &Path) -> String {
        let params = CertificateParams::new(["vigie.test".to_owned()]).expect("parameters");
        let key = KeyPair::generate().expect("a key");
        let made = params.self_signed(&key).expect("signed");
        fs::write(certificate, made.pem()).expect("written");
        key.serialize_pem()
    }

    #[test]
    fn a_renewal_that_is_cut_between_both_files_changes_nothing_until_the_other_is_there() {
        let folder = TempDir::new().expect("a folder");
        let files = Files {
            certificate: folder.path().join("cert"),
            key: folder.path().join("key"),
            look: LOOK,
        };
        fs::write(&files.key, certify(&files.certificate)).expect("written");
        let pair = FromFiles::open(&files).expect("a pair");
        let held = || pair.held.read().expect("held").cert[0].clone();
        let first = held();
        assert!(!pair.read_again().expect("the same"));
        let key = certify(&files.certificate);
        pair.read_again().expect_err("of another key");
        assert_eq!(held(), first);
        fs::write(&files.key, key).expect("written");
        assert!(pair.read_again().expect("a pair"));
        assert_ne!(held(), first);
    }
}
