//! What is asked of an office's desk, but for exports.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use vigie_model::{Link, OpId};

use super::date::date;

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
    /// List the office's missions, and those of others that it reads.
    List(DeskArgs),
    /// Let another office of the same server read a mission: phones seal for it too, from their next exchange on.
    Share(ShareArgs),
    /// Let an office read a mission no more. What came to it stays there.
    Unshare(UnshareArgs),
    /// List the missions that other offices open to this one, and that wait for its answer.
    Offers(DeskArgs),
    /// Take a mission that another office opens.
    Take(OfferedArgs),
    /// Refuse one.
    Refuse(OfferedArgs),
    /// Give up a mission of another office that was taken. What came stays.
    Leave(OfferedArgs),
}

#[derive(Args)]
pub struct ShareArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
    /// The other office's calling card, as its `vigie office card` or its page *Missions* says it.
    pub card: String,
}

#[derive(Args)]
pub struct UnshareArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The mission: its id, the beginning of its id, or its name.
    #[arg(long)]
    pub mission: String,
    /// The other office: its name, or its check, as `vigie mission list` says them.
    #[arg(value_name = "OFFICE")]
    pub other: String,
}

#[derive(Args)]
pub struct OfferedArgs {
    #[command(flatten)]
    pub desk: DeskArgs,
    /// The other office's mission: its id, the beginning of its id, or its name.
    pub mission: String,
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

/// `travail/pays=BD`
fn answered(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.is_empty() && !value.is_empty() => {
            Ok((path.to_owned(), value.to_owned()))
        }
        _ => Err("a question and its answer, such as travail/pays=BD".to_owned()),
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
