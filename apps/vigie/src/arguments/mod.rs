//! What may be asked on the command line, and how it is written.

mod date;
mod export;
mod office;
mod server;

use clap::{Parser, Subcommand};

pub use export::{ExportArgs, Format, Narrowed, StateArg};
pub use office::{
    AddFormArgs, AssignFormArgs, CancelInviteArgs, CheckFormArgs, CloseLinkArgs, DeskArgs,
    DeviceCommand, FormCommand, ImportArgs, InitArgs, InviteArgs, InviteCommand, KindArg,
    LinkCommand, ListDevicesArgs, ListInvitesArgs, ListLinksArgs, MissionCommand, NewLinkArgs,
    NewMissionArgs, OfferedArgs, PurgeArgs, RemoveDeviceArgs, ShareArgs, UnshareArgs,
};
pub use server::{
    AtMost, BackupArgs, CheckArgs, DemoArgs, InviteOfficeArgs, LimitOfficeArgs, ListOfficesArgs,
    LogFormat, MoveArgs, PlaceArgs, RemoveOfficeArgs, RenewEpochArgs, RestoreArgs, ServeArgs,
    TlsArgs,
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
    /// Copy all that a server keeps into a folder or a bucket, while it is served. The next backup into the same place copies what
    /// is new.
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
    /// Missions: make one, list them; let another office read one, or read another office's.
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

#[derive(Subcommand)]
pub enum OfficeCommand {
    /// Make the office's keys and set it up at a server.
    Init(InitArgs),
    /// Print this office's calling card: another office needs it to let this one read its missions.
    Card(DeskArgs),
    /// For whoever runs a server: make a link by which another office is set up there. It may be served meanwhile.
    Invite(InviteOfficeArgs),
    /// For whoever runs a server: list its offices, what they keep and under which terms. None of it can be read.
    List(ListOfficesArgs),
    /// For whoever runs a server: let an office keep so much, and its letters for so long.
    Limit(LimitOfficeArgs),
    /// For whoever runs a server: forget an office and all that it keeps there.
    Remove(RemoveOfficeArgs),
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
            "vigie check --data d",
            "vigie check --backup s3://b/p",
            "vigie backup --data d --to s3://b/p --rehearse",
            "vigie restore --from s3://b/p --database postgres://h/n --bucket s3://b/q",
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
            "vigie check --data d --backup b",
            "vigie check",
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
}
