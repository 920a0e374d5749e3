//! `vigie`: the server, and the office's desk without a browser.
//!
//! Exit codes: 0 done; 1 not done, or something was refused, with the reason on standard error; 2 not understood.

/// Writes a line to standard output. When nobody reads it any more (`vigie … | head`), the work goes on.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write;
        drop(writeln!(std::io::stdout(), $($part)*));
    }};
}

pub(crate) mod desk;
mod device;
mod due;
mod epoch;
mod export;
pub(crate) mod folder;
pub(crate) mod form;
pub(crate) mod import;
pub(crate) mod invite;
pub(crate) mod link;
pub(crate) mod mission;
mod progress;
mod serve;
pub mod wire;

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;
use vigie_exchange::ExchangeError;

/// A sealed field notebook: its mailbox server, and the office's command line.
#[derive(Parser)]
#[command(name = "vigie", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the mailbox, and the app when its folder is given.
    Serve(ServeArgs),
    /// Fill a data folder, or a running server, with a demonstration: an office, a mission, three delegates' entries.
    Demo(DemoArgs),
    /// Begin another epoch of a server's database: run it once after a backup of the data folder was put back.
    RenewEpoch(RenewEpochArgs),
    /// The office itself.
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
}

#[derive(Args)]
pub(crate) struct ServeArgs {
    /// Folder for the database and the sealed files; made when missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8484")]
    listen: SocketAddr,
    /// Folder of the built app.
    #[arg(long, value_name = "DIST")]
    app: Option<PathBuf>,
    /// The address that people use, when a proxy stands in front.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Fill an empty data folder with a demonstration.
    #[arg(long)]
    demo: bool,
    /// Folder of the demonstration's questionnaires (.xlsx).
    #[arg(long, value_name = "DIR", default_value = "forms", requires = "demo")]
    forms: PathBuf,
    /// How many uploads may be under way at once; more are told to come back.
    #[arg(long, value_name = "N", default_value_t = crate::serve::UPLOADS_AT_ONCE)]
    uploads: usize,
    /// How much to log: error, warn, info, debug. Never an address, an id or a content.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: LevelFilter,
}

#[derive(Args)]
pub(crate) struct RenewEpochArgs {
    /// The server's data folder, which no server is serving meanwhile.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// The server's data folder; with --server, a folder for the demonstration's key and passphrase.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the server will listen that serves this folder afterwards.
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:8484",
        conflicts_with = "server"
    )]
    listen: SocketAddr,
    /// A server that is running, without an office.
    #[arg(long, value_name = "URL", requires = "setup")]
    server: Option<String>,
    /// The token of that server's one-time set-up link.
    #[arg(long, value_name = "TOKEN", requires = "server")]
    setup: Option<String>,
    /// Folder of the demonstration's questionnaires (.xlsx).
    #[arg(long, value_name = "DIR", default_value = "forms")]
    forms: PathBuf,
}

#[derive(Subcommand)]
enum OfficeCommand {
    /// Make the office's keys and set the server up with them.
    Init(InitArgs),
}

#[derive(Args)]
pub(crate) struct InitArgs {
    /// The server, such as https://vigie.example.
    #[arg(long, value_name = "URL")]
    server: String,
    /// The token at the end of the one-time set-up link that the server printed; or the whole link.
    #[arg(long, value_name = "TOKEN")]
    setup: String,
    /// Where to write the key. Whoever has this file reads everything: keep it off this computer when not in use.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// How the office is called.
    #[arg(long, value_name = "NAME", default_value = "Bureau")]
    name: String,
    /// Seal the key file with a passphrase (asked for, or in VIGIE_PASSPHRASE).
    #[arg(long)]
    sealed: bool,
}

/// Whose desk, and where its sealed files are.
#[derive(Args)]
pub(crate) struct DeskArgs {
    /// The office key: the text file, or its backup sealed by a passphrase (asked for, or in VIGIE_PASSPHRASE).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The office's folder on this computer; sealed files only.
    #[arg(long, value_name = "DIR", default_value = "office")]
    office: PathBuf,
}

#[derive(Subcommand)]
enum MissionCommand {
    /// Make a mission with its questionnaires, and publish its card.
    New(NewMissionArgs),
    /// List the office's missions.
    List(DeskArgs),
}

#[derive(Args)]
pub(crate) struct NewMissionArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// How the mission is called.
    #[arg(long)]
    name: String,
    /// What kind of work it is.
    #[arg(long, value_enum, default_value_t = KindArg::Observation)]
    kind: KindArg,
    /// First day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = date, default_value = "")]
    starts: String,
    /// Last day, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = date, default_value = "")]
    ends: String,
    /// Languages, the mission's own first.
    #[arg(
        long,
        value_name = "TAGS",
        value_delimiter = ',',
        default_value = "fr,en,es"
    )]
    languages: Vec<String>,
    /// A questionnaire (XLSForm .xlsx or .xls, or XForm .xml); may be given several times. The library keeps it too.
    #[arg(long, value_name = "FILE")]
    form: Vec<PathBuf>,
    /// Delegates' devices keep nothing readable of what was sent.
    #[arg(long)]
    seal_after_sending: bool,
    /// Delegates see each other's entries.
    #[arg(long)]
    share_with_team: bool,
    /// Entries say the day they were made, not the hour.
    #[arg(long)]
    day_only: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum KindArg {
    Observation,
    Internship,
    Training,
    Tour,
    Talk,
    Campaign,
    Cooperation,
}

#[derive(Subcommand)]
enum FormCommand {
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
pub(crate) struct CheckFormArgs {
    /// Questionnaires: XLSForm (.xlsx, .xls) or XForm (.xml). Lists that they name are looked for beside them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AddFormArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// Questionnaires: XLSForm (.xlsx, .xls) or XForm (.xml). Lists that they name are looked for beside them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AssignFormArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The questionnaire's id, as `vigie form list` says it.
    #[arg(long, value_name = "ID")]
    form: String,
    /// Which version; the newest when not given.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct InviteArgs {
    #[command(subcommand)]
    command: Option<InviteCommand>,
    // Always there where no subcommand is, which is what `required` says of an `Option`.
    /// The office key: the text file, or its backup sealed by a passphrase (asked for, or in VIGIE_PASSPHRASE).
    #[arg(long, value_name = "FILE", required = true)]
    key: Option<PathBuf>,
    /// The office's folder on this computer; sealed files only.
    #[arg(long, value_name = "DIR", default_value = "office")]
    office: PathBuf,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long, required = true)]
    mission: Option<String>,
    /// For whom, in your own words; only the office sees it.
    #[arg(long, default_value = "")]
    label: String,
    /// How many days the invite is good for.
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
}

#[derive(Subcommand)]
enum InviteCommand {
    /// List a mission's invites, and who used them.
    List(ListInvitesArgs),
    /// Cancel an invite: nobody takes part by it any more, and who did stays.
    Cancel(CancelInviteArgs),
}

#[derive(Args)]
pub(crate) struct ListInvitesArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
}

#[derive(Args)]
pub(crate) struct CancelInviteArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
    /// The invite: its code, or its label.
    #[arg(value_name = "INVITE")]
    invite: String,
}

#[derive(Subcommand)]
enum DeviceCommand {
    /// List a mission's devices.
    List(ListDevicesArgs),
    /// Remove a device: the server refuses it from now on, and the office takes nothing that it sends later.
    Remove(RemoveDeviceArgs),
}

#[derive(Args)]
pub(crate) struct ListDevicesArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
}

#[derive(Args)]
pub(crate) struct RemoveDeviceArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
    /// The device: the beginning of its id, as `vigie device list` says it, or the person's name.
    #[arg(value_name = "DEVICE")]
    device: String,
}

#[derive(Subcommand)]
enum LinkCommand {
    /// Make a link that opens one questionnaire, for people without a notebook, and print its code and address.
    New(NewLinkArgs),
    /// List a mission's links.
    List(ListLinksArgs),
    /// Close a link: nobody answers by it any more.
    Close(CloseLinkArgs),
}

#[derive(Args)]
pub(crate) struct NewLinkArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
    /// The id of the questionnaire; may be left out where the mission has one.
    #[arg(long, value_name = "ID")]
    form: Option<String>,
    /// How the office calls the link: its answers are said to be from that.
    #[arg(long)]
    label: String,
    /// How many days people may answer.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// How many people may answer; without it, any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    /// Several people answer in a row on one phone.
    #[arg(long)]
    kiosk: bool,
    /// What a person agrees to first, as LANGUAGE=FILE; may be given several times. Otherwise Vigie's own text.
    #[arg(long, value_name = "LANGUAGE=FILE", value_parser = link::consent_file)]
    consent: Vec<(String, PathBuf)>,
}

#[derive(Args)]
pub(crate) struct ListLinksArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
}

#[derive(Args)]
pub(crate) struct CloseLinkArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: String,
    /// The link's code, or its name.
    link: String,
}

#[derive(Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    desk: DeskArgs,
    /// Sealed files, or folders of them.
    #[arg(required = true, value_name = "DIR-OR-FILES")]
    files: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    desk: DeskArgs,
    #[arg(long, value_enum)]
    format: Format,
    /// Folder for the files, made when missing. They are readable: guard them.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only this mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    mission: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Json,
}

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    /// An existing key is never written over.
    #[error("{} is there already, and is left as it is", .0.display())]
    KeyThere(PathBuf),
    #[error("{path}: {reason}", path = path.display())]
    Key { path: PathBuf, reason: String },
    #[error("{} is sealed for another office, or damaged", .0.display())]
    NotOurs(PathBuf),
    #[error("no passphrase: {0}")]
    Passphrase(io::Error),
    #[error("not sealed: {0}")]
    Seal(String),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error(transparent)]
    Mission(#[from] vigie_office::mission::BadMission),
    #[error(transparent)]
    Link(#[from] vigie_office::mission::BadLink),
    #[error("say which questionnaire by --form: {0}")]
    WhichForm(String),
    #[error("no link has the code or the name {0:?}; `vigie link list` shows them")]
    NoSuchLink(String),
    #[error("no invite has the code or the label {0:?}; `vigie invite list` shows them")]
    NoSuchInvite(String),
    #[error("{0:?} may be several invites; give the code")]
    SeveralInvites(String),
    #[error("no device is called {0:?}; `vigie device list` shows them")]
    NoSuchDevice(String),
    #[error("{0:?} may be several devices; give the beginning of its id")]
    SeveralDevices(String),
    #[error("say for which mission by --mission")]
    WhichMission,
    /// The office holds to it all the same, and the server is told at each fetch.
    #[error(
        "the server is of an older version and can't remove devices: update it; the office takes nothing more from this one"
    )]
    OlderServer,
    #[error("other desks publish all the time; try again")]
    Crowded,
    #[error("a request ended in a fault of this program")]
    Line,
    #[error("{} is not a text file", .0.display())]
    NotText(PathBuf),
    #[error("no mission is called {0:?}; `vigie mission list` shows them")]
    NoSuchMission(String),
    #[error("{0:?} may be several missions; give more of its id")]
    SeveralMissions(String),
    #[error("no questionnaire of the library is called {0:?}; `vigie form list` shows them")]
    NoSuchForm(String),
    #[error("{path}:\n{problems}", path = path.display())]
    Form { path: PathBuf, problems: String },
    /// The lines before said which and why.
    #[error("{0} refused")]
    Refused(usize),
    #[error(transparent)]
    Start(#[from] crate::serve::StartError),
    #[error("the server stopped: {0}")]
    Served(io::Error),
    #[error("this system gives no random numbers: {0}")]
    Random(getrandom::Error),
    #[error("the demonstration: {0}")]
    Demo(String),
}

/// Reads the arguments, does what they say, and says how it went.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::serve(args),
        Command::Demo(args) => serve::demo(args),
        Command::RenewEpoch(args) => epoch::renew(&args),
        Command::Office(OfficeCommand::Init(args)) => desk::init(&args),
        Command::Mission(MissionCommand::New(args)) => mission::new(args),
        Command::Mission(MissionCommand::List(args)) => mission::list(&args),
        Command::Form(FormCommand::Check(args)) => form::check(&args),
        Command::Form(FormCommand::Add(args)) => form::add(&args),
        Command::Form(FormCommand::List(args)) => form::list(&args),
        Command::Form(FormCommand::Assign(args)) => form::assign(&args),
        Command::Invite(args) => invite::invite(&args),
        Command::Device(DeviceCommand::List(args)) => device::list(&args),
        Command::Device(DeviceCommand::Remove(args)) => device::remove(&args),
        Command::Link(LinkCommand::New(args)) => link::new(&args),
        Command::Link(LinkCommand::List(args)) => link::list(&args),
        Command::Link(LinkCommand::Close(args)) => link::close(&args),
        Command::Fetch(args) => import::fetch(&args),
        Command::Import(args) => import::import(&args),
        Command::Export(args) => export::export(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("vigie: {failure}");
            ExitCode::FAILURE
        }
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

/// The system's generator, for keys and codes. Checked once before: [`getrandom::fill`] does not fail later.
pub(crate) fn chance(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gave random numbers when the command began");
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
