//! What is asked of a server, by whoever runs it.

use std::{fmt::Display, net::SocketAddr, path::PathBuf, str::FromStr};

use bytesize::ByteSize;
use clap::{ArgGroup, Args, ValueEnum};
use tracing::level_filters::LevelFilter;
use vigie_mailbox::tls::DIRECTORY;

/// Where a server keeps everything: a folder, or a database and a bucket.
#[derive(Args)]
pub struct PlaceArgs {
    /// Folder for the database and the sealed files; made when missing. One server at a time serves it.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "database",
        conflicts_with_all = ["database", "bucket"]
    )]
    pub data: Option<PathBuf>,
    /// PostgreSQL database, in place of a folder: postgres://USER@HOST/NAME. A password is better in VIGIE_DATABASE, where no
    /// list of processes shows it. Any number of servers may share one database and one bucket.
    #[arg(
        long,
        value_name = "URL",
        env = "VIGIE_DATABASE",
        hide_env_values = true,
        requires = "bucket"
    )]
    pub database: Option<String>,
    /// Bucket for the sealed files, of any S3-compatible store. Its keys, region and endpoint are AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT.
    #[arg(long, value_name = "s3://NAME[/PREFIX]", requires = "database")]
    pub bucket: Option<String>,
}

#[derive(Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8484")]
    pub listen: SocketAddr,
    /// Folder of the built app.
    #[arg(long, value_name = "DIST")]
    pub app: Option<PathBuf>,
    /// The address that people use, when a proxy stands in front, or with --tls-cert.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Fill an empty data folder with a demonstration.
    #[arg(long, conflicts_with_all = ["database", "tls"])]
    pub demo: bool,
    /// Folder of the demonstration's questionnaires (.xlsx).
    #[arg(long, value_name = "DIR", default_value = "forms", requires = "demo")]
    pub forms: PathBuf,
    /// How many uploads may be under way at once; more are told to come back. Each server counts its own.
    #[arg(long, value_name = "N", default_value_t = vigie_mailbox::serve::UPLOADS_AT_ONCE)]
    pub uploads: usize,
    /// Address and port at which Prometheus reads what the server counts; keep it from the public. Off unless given.
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
    /// How long to go on once told to stop, while /readyz says no already: until a balancer has noticed. Requests under way
    /// then have half a minute.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub notice: u64,
    /// How much to log: error, warn, info, debug. Never an address, an id or a content.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log: LevelFilter,
    /// How lines of the log are written; json: one object a line.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// TLS spoken by the server itself, when no proxy does.
#[derive(Args)]
#[command(group = ArgGroup::new("tls").args(["tls_cert", "acme"]))]
pub struct TlsArgs {
    /// Certificate, with what stands between it and a root (PEM). Read again when it changes, and at SIGHUP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Have a certificate for these names and renew it by ACME (TLS-ALPN-01), from Let's Encrypt unless it is said. The
    /// names lead here: port 443 is this server's.
    #[arg(long, value_name = "DOMAIN", num_args = 1.., requires = "acme_contact")]
    pub acme: Vec<String>,
    /// Whom the authority writes to.
    #[arg(long, value_name = "MAIL", requires = "acme")]
    pub acme_contact: Option<String>,
    /// Another authority's directory.
    #[arg(long, value_name = "URL", requires = "acme", default_value = DIRECTORY)]
    pub acme_directory: String,
    /// Certificates by which that directory is known, when it is no public one (PEM).
    #[arg(long, value_name = "FILE", requires = "acme")]
    pub acme_ca: Option<PathBuf>,
    /// Folder for the account and the certificate, with their keys; `acme` in the data folder, unless it is said.
    #[arg(long, value_name = "DIR", requires = "acme")]
    pub acme_cache: Option<PathBuf>,
    /// Send whoever comes here by http to https.
    #[arg(long, value_name = "ADDR", requires = "tls")]
    pub redirect: Option<SocketAddr>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Args)]
pub struct MoveArgs {
    /// The server's data folder. While a server serves it, all is carried that is there, and the move ends once the server
    /// was stopped and this was run again.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// PostgreSQL database, empty and served by nobody: postgres://USER@HOST/NAME.
    #[arg(
        long,
        value_name = "URL",
        env = "VIGIE_DATABASE",
        hide_env_values = true
    )]
    pub database: String,
    /// Bucket for the sealed files, as for `vigie serve`.
    #[arg(long, value_name = "s3://NAME[/PREFIX]")]
    pub bucket: String,
}

#[derive(Args)]
pub struct BackupArgs {
    /// Which a server may be serving meanwhile.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Folder of the backup, or place in a bucket: new, or that of an earlier one, which stays whole until this one is. The
    /// bucket's keys, region and endpoint are VIGIE_BACKUP_AWS_ACCESS_KEY_ID and so on; without any of them, AWS_….
    #[arg(long, value_name = "FOLDER or s3://NAME[/PREFIX]")]
    pub to: PathBuf,
    /// Then restore it into a scratch folder (of a bucket's backup: where TMPDIR says; else within), open that as a mailbox, ask
    /// it, and take it away. Needs as much room again.
    #[arg(long)]
    pub rehearse: bool,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// Folder of the backup, its place in a bucket, or the data folder of a server. A bucket's keys are said as to
    /// `vigie backup`.
    #[arg(long, value_name = "FOLDER or s3://NAME[/PREFIX]")]
    pub from: PathBuf,
    /// New or empty; a bucket may hold sealed files already.
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// A backup, in place of a mailbox; a bucket's keys are said as to `vigie backup`.
    #[arg(long, value_name = "FOLDER or s3://NAME[/PREFIX]", exclusive = true)]
    pub backup: Option<PathBuf>,
}

#[derive(Args)]
pub struct RenewEpochArgs {
    /// Which no server is serving meanwhile.
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Args)]
pub struct DemoArgs {
    /// The server's data folder; with --server, a folder for the demonstration's key and passphrase.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where the server will listen that serves this folder afterwards.
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:8484",
        conflicts_with = "server"
    )]
    pub listen: SocketAddr,
    /// A server that is running, without an office.
    #[arg(long, value_name = "URL", requires = "setup")]
    pub server: Option<String>,
    /// The token of that server's one-time set-up link. One in 64 begins with a hyphen.
    #[arg(
        long,
        value_name = "TOKEN",
        requires = "server",
        allow_hyphen_values = true
    )]
    pub setup: Option<String>,
    /// Folder of the demonstration's questionnaires (.xlsx).
    #[arg(long, value_name = "DIR", default_value = "forms")]
    pub forms: PathBuf,
}

/// A bound, or `none`.
#[derive(Clone, Copy)]
pub struct AtMost<T>(pub Option<T>);

fn at_most<T: FromStr<Err: Display>>(text: &str) -> Result<AtMost<T>, String> {
    match text {
        "none" => Ok(AtMost(None)),
        _ => {
            let bound = text.parse().map_err(|error: T::Err| error.to_string());
            Ok(AtMost(Some(bound?)))
        }
    }
}

#[derive(Args)]
pub struct InviteOfficeArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The server's address, as people use it.
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// For how many days the link is good.
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// What the office may keep, such as 20GB; none: as much as there is room for.
    #[arg(long, value_name = "SIZE", value_parser = at_most::<ByteSize>)]
    pub quota: Option<AtMost<ByteSize>>,
    /// For how many days a letter stays once the office has it; none: for ever. Desks that come later don't get it.
    #[arg(long, value_name = "N", value_parser = at_most::<u32>)]
    pub keep_days: Option<AtMost<u32>>,
}

#[derive(Args)]
pub struct ListOfficesArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// As JSON, bytes and milliseconds.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct LimitOfficeArgs {
    /// The beginning of the office's key, as `vigie office list` shows it.
    pub key: String,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// What the office may keep, such as 20GB; none: as much as there is room for. Without it, as before.
    #[arg(long, value_name = "SIZE", value_parser = at_most::<ByteSize>)]
    pub quota: Option<AtMost<ByteSize>>,
    /// For how many days a letter stays once the office has it; none: for ever. Without it, as before.
    #[arg(long, value_name = "N", value_parser = at_most::<u32>)]
    pub keep_days: Option<AtMost<u32>>,
}

#[derive(Args)]
pub struct RemoveOfficeArgs {
    /// The beginning of the office's key, as `vigie office list` shows it.
    pub key: String,
    /// What the office calls itself: so that no other one goes.
    #[arg(long, value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub place: PlaceArgs,
}
