//! What may be asked on the command line, and how it is written.

use std::{fmt::Display, net::SocketAddr, path::PathBuf, str::FromStr};

use bytesize::ByteSize;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;
use vigie_mailbox::tls::DIRECTORY;
use vigie_model::{
    Answers, Condition, Kind, Layout, Link, OpId, Rows, Separator,
    kinds::{KINDS, List, Listed},
};

/// A sealed field notebook: its mailbox server, and the office's command line.
#[derive(Parser)]
#[command(name = "vigie", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve the mailbox, and the app when its folder is given.
    Serve(ServeArgs),
    /// Fill a data folder, or a running server, with a demonstration: an office, a mission, three delegates' entries.
    Demo(DemoArgs),
    /// Carry a mailbox from its folder to a PostgreSQL database and a bucket. It may be cut anywhere, and run again.
    Move(MoveArgs),
    /// Copy all that a server keeps into a folder, while it is served. The next backup into the same folder copies what is new.
    Backup(BackupArgs),
    /// Put a backup back into an empty place, under another epoch. It may be cut anywhere, and run again.
    Restore(RestoreArgs),
    /// Look whether all that a server keeps is there and whole: sealed files by their hash, receipts by their signature, the
    /// feed by its rows. It may be served meanwhile, and nothing is changed. Ends with 1 when something is wrong.
    Check(CheckArgs),
    /// Begin another epoch of a server's database: run it once after a backup of it was put back.
    RenewEpoch(RenewEpochArgs),
    /// The office itself; and the offices of a server.
    #[command(subcommand)]
    Office(OfficeCommand),
    /// Missions: make one, list them.
    #[command(subcommand)]
    Mission(MissionCommand),
    /// Questionnaires: check files, keep them in the office's library, give them to missions.
    #[command(subcommand)]
    Form(FormCommand),
    /// Make an invite for one person, and print its code and link; list a mission's invites, cancel one.
    Invite(InviteArgs),
    /// The devices that take part in a mission: list them, remove one that was lost.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Partner links: make one, list them with what came in, close one.
    #[command(subcommand)]
    Link(LinkCommand),
    /// Fetch what the server holds into the office's folder, and give receipts.
    Fetch(DeskArgs),
    /// Open, check and keep sealed files that came another way.
    Import(ImportArgs),
    /// Write what the office's folder holds as files to read.
    Export(ExportArgs),
    /// Erase entries for good, everywhere, and write the proof of it; or verify a proof.
    Purge(PurgeArgs),
}

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
    /// Folder of the backup: new, or that of an earlier one, which stays whole until this one is.
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
    /// Then restore it into a scratch folder within, open that as a mailbox, ask it, and take it away. Needs as much room again.
    #[arg(long)]
    pub rehearse: bool,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// Folder of the backup, or the data folder of a server.
    #[arg(long, value_name = "FOLDER")]
    pub from: PathBuf,
    /// New or empty; a bucket may hold sealed files already.
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Args)]
pub struct CheckArgs {
    /// A backup's folder may be checked too.
    #[command(flatten)]
    pub place: PlaceArgs,
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

#[derive(Subcommand)]
pub enum OfficeCommand {
    /// Make the office's keys and set it up at a server.
    Init(InitArgs),
    /// For whoever runs a server: make a link by which another office is set up there. It may be served meanwhile.
    Invite(InviteOfficeArgs),
    /// For whoever runs a server: list its offices, what they keep and under which terms. None of it can be read.
    List(ListOfficesArgs),
    /// For whoever runs a server: let an office keep so much, and its letters for so long.
    Limit(LimitOfficeArgs),
    /// For whoever runs a server: forget an office and all that it keeps there.
    Remove(RemoveOfficeArgs),
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

#[derive(Args)]
pub struct InitArgs {
    /// The server, such as https://vigie.example.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// The token at the end of the one-time set-up link that the server printed; or the whole link.
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    pub setup: String,
    /// Where to write the key. Whoever has this file reads everything: keep it off this computer when not in use.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// How the office is called.
    #[arg(long, value_name = "NAME", default_value = "Bureau")]
    pub name: String,
    /// Seal the key file with a passphrase (asked for, or in VIGIE_PASSPHRASE).
    #[arg(long)]
    pub sealed: bool,
}

/// Whose desk, and where its sealed files are.
#[derive(Args)]
pub struct DeskArgs {
    /// The office key: the text file, or its backup sealed by a passphrase (asked for, or in VIGIE_PASSPHRASE).
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The office's folder on this computer; sealed files only.
    #[arg(long, value_name = "DIR", default_value = "office")]
    pub office: PathBuf,
}

#[derive(Subcommand)]
pub enum MissionCommand {
    /// Make a mission with its questionnaires, and publish its card.
    New(NewMissionArgs),
    /// List the office's missions.
    List(DeskArgs),
}

#[derive(Args)]
pub struct NewMissionArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// How the mission is called.
    #[arg(long)]
    pub name: String,
    /// What kind of work it is.
    #[arg(long, value_enum, default_value_t = KindArg::Observation)]
    pub kind: KindArg,
    /// First day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = date, default_value = "")]
    pub starts: String,
    /// Last day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = date, default_value = "")]
    pub ends: String,
    /// Languages, the mission's own first.
    #[arg(
        long,
        value_name = "TAGS",
        value_delimiter = ',',
        default_value = "fr,en,es"
    )]
    pub languages: Vec<String>,
    /// A questionnaire (XLSForm .xlsx or .xls, or XForm .xml); may be given several times. The library keeps it too.
    #[arg(long, value_name = "FILE")]
    pub form: Vec<PathBuf>,
    /// Delegates' devices keep nothing readable of what was sent.
    #[arg(long)]
    pub seal_after_sending: bool,
    /// Delegates see each other's entries.
    #[arg(long)]
    pub share_with_team: bool,
    /// Entries say the day they were made, not the hour.
    #[arg(long)]
    pub day_only: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum KindArg {
    Observation,
    Internship,
    Training,
    Tour,
    Talk,
    Campaign,
    Cooperation,
}

#[derive(Subcommand)]
pub enum FormCommand {
    /// Read files and list all that is wrong with them, by sheet, row and column; exit code 1 when one can't be used.
    Check(CheckFormArgs),
    /// Keep questionnaires in the office's library.
    Add(AddFormArgs),
    /// List the library: every version, and the missions that have it.
    List(DeskArgs),
    /// Put a questionnaire of the library in a mission's card, in place of another version of it; phones take it at
    /// their next exchange.
    Assign(AssignFormArgs),
}

#[derive(Args)]
pub struct CheckFormArgs {
    /// Questionnaires: XLSForm (.xlsx, .xls) or XForm (.xml). Lists that they name are looked for beside them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Args)]
pub struct AddFormArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// Questionnaires: XLSForm (.xlsx, .xls) or XForm (.xml). Lists that they name are looked for beside them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Args)]
pub struct AssignFormArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The questionnaire's id, as `vigie form list` says it.
    #[arg(long, value_name = "ID")]
    pub form: String,
    /// Which version; the newest when not given.
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct InviteArgs {
    #[command(subcommand)]
    pub command: Option<InviteCommand>,
    // Always there where no subcommand is, which is what `required` says of an `Option`.
    /// The office key: the text file, or its backup sealed by a passphrase (asked for, or in VIGIE_PASSPHRASE).
    #[arg(long, value_name = "FILE", required = true)]
    pub key: Option<PathBuf>,
    /// The office's folder on this computer; sealed files only.
    #[arg(long, value_name = "DIR", default_value = "office")]
    pub office: PathBuf,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long, required = true)]
    pub mission: Option<String>,
    /// For whom, in your own words; only the office sees it.
    #[arg(long, default_value = "")]
    pub label: String,
    /// How many days the invite is good for.
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub days: u32,
}

#[derive(Subcommand)]
pub enum InviteCommand {
    /// List a mission's invites, and who used them.
    List(ListInvitesArgs),
    /// Cancel an invite: nobody takes part by it any more, and who did stays.
    Cancel(CancelInviteArgs),
}

#[derive(Args)]
pub struct ListInvitesArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
}

#[derive(Args)]
pub struct CancelInviteArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
    /// The invite: its code, or its label.
    #[arg(value_name = "INVITE")]
    pub invite: String,
}

#[derive(Subcommand)]
pub enum DeviceCommand {
    /// List a mission's devices.
    List(ListDevicesArgs),
    /// Remove a device: the server refuses it from now on, and the office takes nothing that it sends later.
    Remove(RemoveDeviceArgs),
}

#[derive(Args)]
pub struct ListDevicesArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
}

#[derive(Args)]
pub struct RemoveDeviceArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
    /// The device: the beginning of its id, as `vigie device list` says it, or the person's name.
    #[arg(value_name = "DEVICE")]
    pub device: String,
}

#[derive(Subcommand)]
pub enum LinkCommand {
    /// Make a link that opens one questionnaire, for people without a notebook, and print its code and address.
    New(NewLinkArgs),
    /// List a mission's links.
    List(ListLinksArgs),
    /// Close a link: nobody answers by it any more.
    Close(CloseLinkArgs),
}

#[derive(Args)]
pub struct NewLinkArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
    /// The id of the questionnaire; may be left out where the mission has one.
    #[arg(long, value_name = "ID")]
    pub form: Option<String>,
    /// How the office calls the link: its answers are said to be from that.
    #[arg(long)]
    pub label: String,
    /// How many days people may answer.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub days: u32,
    /// How many people may answer; without it, any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub count: Option<u32>,
    /// Several people answer in a row on one phone.
    #[arg(long)]
    pub kiosk: bool,
    /// For how many days the server keeps, sealed, the answers of whoever stops, to go on later; 0: nobody can.
    #[arg(long, value_name = "N", default_value_t = Link::LATER_DAYS, value_parser = clap::value_parser!(u32).range(0..=i64::from(Link::LATER_DAYS_MOST)))]
    pub later_days: u32,
    /// What a person agrees to first, as LANGUAGE=FILE; may be given several times. Otherwise Vigie's own text, or nothing where the
    /// questionnaire asks for consent itself.
    #[arg(long, value_name = "LANGUAGE=FILE", value_parser = language_file)]
    pub consent: Vec<(String, PathBuf)>,
    /// The language that the link opens in; without it, the person chooses.
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
    /// What is said once the answer is sealed, as LANGUAGE=FILE; may be given several times.
    #[arg(long, value_name = "LANGUAGE=FILE", value_parser = language_file)]
    pub thanks: Vec<(String, PathBuf)>,
    /// What is answered already, as QUESTION=VALUE, the question by its path below the form's root; may be given several times. It
    /// travels sealed, never in the address.
    #[arg(long, value_name = "QUESTION=VALUE", value_parser = answered)]
    pub answer: Vec<(String, String)>,
    /// Whoever answers may print her answers, or keep them in a file.
    #[arg(long)]
    pub may_keep: bool,
}

#[derive(Args)]
pub struct ListLinksArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
}

#[derive(Args)]
pub struct CloseLinkArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
    /// The link's code, or its name.
    pub link: String,
}

#[derive(Args)]
pub struct ImportArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// Sealed files, or folders of them.
    #[arg(required = true, value_name = "DIR-OR-FILES")]
    pub files: Vec<PathBuf>,
}

#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    #[arg(long, value_enum)]
    pub format: Format,
    /// Folder for the files, made when missing. They are readable: guard them.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Where the rows of a repeat stand: each in a table of its own with the key of its response (long), or in columns of the
    /// response (wide). Unless said: long in a workbook, wide in CSV.
    #[arg(long, value_enum)]
    pub rows: Option<RowsArg>,
    /// What stands for an answer chosen from a list, in a workbook and in CSV.
    #[arg(long, value_enum, default_value_t = AnswersArg::Codes)]
    pub answers: AnswersArg,
    /// The language of labels, and of what a map or a card says.
    #[arg(long, default_value = "fr")]
    pub lang: String,
    /// What parts the cells of CSV: a comma, or a semicolon as spreadsheets in French and Spanish expect it.
    #[arg(long, value_enum, default_value_t = SeparatorArg::Comma)]
    pub separator: SeparatorArg,
    #[command(flatten)]
    pub narrowed: Narrowed,
}

/// Which entries, in the words of the desk's table: all that are asked for at once hold. Files go with their entry.
#[derive(Args, Default, PartialEq)]
#[command(next_help_heading = "Which entries (all, unless said)")]
pub struct Narrowed {
    /// Of this mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: Option<String>,
    /// Of this kind: note, response, contact, workplace, organisation.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Answers to this questionnaire, by its id.
    #[arg(long, value_name = "ID")]
    pub form: Option<String>,
    /// Whose answer is so: QUESTION=CODE, QUESTION~WORDS or QUESTION:FROM..TO, the question by its path; may be given several
    /// times.
    #[arg(long = "where", value_name = "CONDITION")]
    pub conditions: Vec<Condition>,
    /// Begun by this person, as she calls herself.
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// From this day on, YYYY-MM-DD: the day that the person wrote, else the day it was begun.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<String>,
    /// Until this day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub to: Option<String>,
    /// On this theme, by its code, such as decent_wages; may be given several times: any of them.
    #[arg(long, value_name = "CODE", value_parser = theme)]
    pub theme: Vec<String>,
    /// Of these, only such. Unless said, deleted entries are there, and say so.
    #[arg(long, value_enum)]
    pub state: Option<StateArg>,
    /// With all of these words, whatever their accents and case.
    #[arg(long, value_name = "WORDS")]
    pub text: Option<String>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum StateArg {
    /// Not deleted.
    Present,
    /// With something to settle.
    Conflict,
    /// Deleted by somebody who had not seen a later change: still there.
    Survived,
    Deleted,
    /// Erased for good by the office.
    Erased,
}

#[derive(Args)]
pub struct PurgeArgs {
    // Always there where no proof is verified, which is what `required_unless_present` says of an `Option`.
    /// The office key: the text file, or its backup sealed by a passphrase (asked for, or in VIGIE_PASSPHRASE).
    #[arg(long, value_name = "FILE", required_unless_present = "verify")]
    pub key: Option<PathBuf>,
    /// The office's folder on this computer; sealed files only.
    #[arg(long, value_name = "DIR", default_value = "office")]
    pub office: PathBuf,
    /// Entries: the id of each, or its beginning, as `vigie export` writes it. All that they ever said goes, with their files.
    #[arg(value_name = "RECORD", required_unless_present_any = ["verify", "op"])]
    pub records: Vec<String>,
    /// A change to erase, by its id in an export as JSON; may be given several times.
    #[arg(long, value_name = "ID")]
    pub op: Vec<OpId>,
    /// Why. Kept at the office, with the date and its signature: do not write here what you erase.
    #[arg(long, value_name = "TEXT", required_unless_present = "verify")]
    pub reason: Option<String>,
    /// Where to write the proof.
    #[arg(long, value_name = "FILE", default_value = "proof.json")]
    pub proof: PathBuf,
    /// Verify a proof, and say what it proves. Needs neither key nor folder.
    #[arg(long, value_name = "FILE", exclusive = true)]
    pub verify: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    /// One workbook, with a sheet for each kind, questionnaire and repeat, and its codebook.
    Xlsx,
    Csv,
    Json,
    /// The places that were answered with, on a map.
    Geojson,
    /// People and organisations, for an address book.
    Vcard,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum RowsArg {
    Long,
    Wide,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum AnswersArg {
    Codes,
    Labels,
    /// Codes, with labels in a column beside.
    Both,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SeparatorArg {
    Comma,
    Semicolon,
}

impl ExportArgs {
    pub fn layout(&self) -> Layout {
        let is_long = match self.rows {
            Some(RowsArg::Long) => true,
            Some(RowsArg::Wide) => false,
            None => matches!(self.format, Format::Xlsx),
        };
        Layout {
            rows: if is_long { Rows::Long } else { Rows::Wide },
            answers: match self.answers {
                AnswersArg::Codes => Answers::Codes,
                AnswersArg::Labels => Answers::Labels,
                AnswersArg::Both => Answers::Both,
            },
            lang: self.lang.clone(),
        }
    }

    pub fn separator(&self) -> Separator {
        match self.separator {
            SeparatorArg::Comma => Separator::Comma,
            SeparatorArg::Semicolon => Separator::Semicolon,
        }
    }
}

/// `travail/pays=bd`
fn answered(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.is_empty() && !value.is_empty() => {
            Ok((path.to_owned(), value.to_owned()))
        }
        _ => Err("a question and its answer, such as travail/pays=bd".to_owned()),
    }
}

/// `fr=consent.txt`
fn language_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((lang, path)) if !lang.is_empty() && !path.is_empty() => {
            Ok((lang.to_owned(), PathBuf::from(path)))
        }
        _ => Err("a language and a file, such as fr=consentement.txt".to_owned()),
    }
}

/// A kind that entries have.
fn kind(text: &str) -> Result<Kind, String> {
    let known = KINDS.iter().filter(|of| of.listed != Listed::Nowhere);
    let known: Vec<&str> = known.map(|of| of.kind.as_str()).collect();
    match known.contains(&text) {
        true => Ok(Kind::new(text)),
        false => Err(format!("one of {}", known.join(", "))),
    }
}

fn theme(text: &str) -> Result<String, String> {
    let known = List::Themes.codes();
    match known.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("one of {}", known.join(", "))),
    }
}

/// A day as `YYYY-MM-DD`, or nothing.
fn date(text: &str) -> Result<String, String> {
    let parts: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    let known = text.is_empty()
        || text.len() == 10
            && matches!(parts[..], [Some(1900..=2200), Some(month @ 1..=12), Some(day)]
                if (1..=days_of(text, month)).contains(&day));
    if known {
        Ok(text.to_owned())
    } else {
        Err("a day is written YYYY-MM-DD".to_owned())
    }
}

fn days_of(text: &str, month: u32) -> u32 {
    let year: u32 = text
        .get(..4)
        .and_then(|year| year.parse().ok())
        .unwrap_or(0);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_server_keeps_everything_in_one_place_and_has_its_certificate_from_one() {
        for good in [
            "vigie serve --data d",
            "vigie serve --database postgres://h/n --bucket s3://b/p",
            "vigie renew-epoch --database postgres://h/n --bucket s3://b",
            "vigie serve --data d --demo",
            "vigie move --data d --database postgres://h/n --bucket s3://b",
            "vigie serve --data d --tls-cert c --tls-key k --redirect 0.0.0.0:80",
            "vigie serve --data d --acme a.example b.example --acme-contact m@a.example",
        ] {
            let read = Cli::try_parse_from(good.split(' '));
            assert!(read.is_ok(), "{good}: {:?}", read.err());
        }
        for bad in [
            "vigie serve",
            "vigie serve --database postgres://h/n",
            "vigie serve --bucket s3://b",
            "vigie serve --data d --database postgres://h/n --bucket s3://b",
            "vigie serve --data d --bucket s3://b",
            "vigie serve --database postgres://h/n --bucket s3://b --demo",
            "vigie serve --data d --tls-cert c",
            "vigie serve --data d --acme a.example",
            "vigie serve --data d --redirect 0.0.0.0:80",
            "vigie serve --data d --acme-cache c",
            "vigie serve --data d --tls-cert c --tls-key k --demo",
            "vigie serve --data d --tls-cert c --tls-key k --acme a --acme-contact m",
        ] {
            assert!(Cli::try_parse_from(bad.split(' ')).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_that_begins_with_a_hyphen_is_a_token() {
        let office = "vigie office init --server http://a --key k --setup -gAb";
        let demo = "vigie demo --data d --server http://a --setup -gAb";
        for line in [office, demo] {
            let read = Cli::try_parse_from(line.split(' '));
            assert!(read.is_ok(), "{line}: {:?}", read.err());
        }
    }

    #[test]
    fn a_day_is_a_day_of_the_calendar() {
        for good in ["", "2026-10-01", "2024-02-29"] {
            assert!(date(good).is_ok(), "{good}");
        }
        for bad in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "01-10-2026",
            "demain",
            "2026-10-00",
            "2026-04-31",
        ] {
            assert!(date(bad).is_err(), "{bad}");
        }
    }
}
