//! The `vigie` programme: the server, and the office's desk without a browser.
//!
//! Exit codes: 0 done; 1 not done, or something was refused, with the reason on standard error; 2 not understood.
//!
//! Start reading at [`arguments`] for what may be asked; a module is called as its command is. [`demo`] fills a server with
//! invented entries.

/// Writes a line to standard output. When nobody reads it any more (`vigie … | head`), the work goes on.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write;
        drop(writeln!(std::io::stdout(), $($part)*));
    }};
}

mod arguments;
mod backup;
mod chance;
mod check;
pub mod demo;
mod desk;
mod device;
mod due;
mod epoch;
mod export;
mod failure;
mod find;
mod folder;
mod form;
mod hosted;
mod import;
mod invite;
mod link;
mod mission;
mod moving;
mod place;
mod progress;
mod purge;
mod restore;
mod serve;
mod share;

use std::process::ExitCode;

use clap::Parser;

use arguments::{
    Cli, Command, DeviceCommand, FormCommand, LinkCommand, MissionCommand, OfficeCommand,
};
pub use failure::Failure;

/// Reads the arguments, does what they say, and says how it went.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::serve(args),
        Command::Demo(args) => serve::demo(args),
        Command::Move(args) => moving::carry_all(args),
        Command::Backup(args) => backup::backup(args),
        Command::Restore(args) => restore::put_back(args),
        Command::Check(args) => check::check(args),
        Command::RenewEpoch(args) => epoch::renew(args),
        Command::Office(OfficeCommand::Init(args)) => desk::init(&args),
        Command::Office(OfficeCommand::Card(args)) => share::card(&args),
        Command::Office(OfficeCommand::Invite(args)) => hosted::invite(args),
        Command::Office(OfficeCommand::List(args)) => hosted::list(args),
        Command::Office(OfficeCommand::Limit(args)) => hosted::limit(args),
        Command::Office(OfficeCommand::Remove(args)) => hosted::remove(args),
        Command::Mission(MissionCommand::New(args)) => mission::new(args),
        Command::Mission(MissionCommand::List(args)) => mission::list(&args),
        Command::Mission(MissionCommand::Share(args)) => share::share(&args),
        Command::Mission(MissionCommand::Unshare(args)) => share::unshare(&args),
        Command::Mission(MissionCommand::Offers(args)) => share::offers(&args),
        Command::Mission(MissionCommand::Take(args)) => share::take(&args),
        Command::Mission(MissionCommand::Refuse(args)) => share::refuse(&args),
        Command::Mission(MissionCommand::Leave(args)) => share::leave(&args),
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
        Command::Purge(args) => purge::purge(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("vigie: {failure}");
            ExitCode::FAILURE
        }
    }
}
