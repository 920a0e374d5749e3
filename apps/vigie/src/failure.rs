//! Why a command was not done, in words.

use std::{io, path::PathBuf};

use vigie_exchange::ExchangeError;

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
    #[error(transparent)]
    Purge(#[from] vigie_office::purge::BadPurge),
    #[error("{path}: {source}", path = path.display())]
    Proof {
        path: PathBuf,
        source: vigie_office::purge::BadProof,
    },
    #[error("no entry has an id that is or begins with {0:?}")]
    NoSuchRecord(String),
    #[error(transparent)]
    Workbook(#[from] vigie_sheets::TooLarge),
    #[error("{0:?} may be several entries; give more of its id")]
    SeveralRecords(String),
    #[error("the mission {0:?} is closed; a desk opens it again")]
    MissionClosed(String),
    #[error(transparent)]
    CallingCard(#[from] vigie_office::shares::BadCallingCard),
    #[error(transparent)]
    Reader(#[from] vigie_office::readers::BadReader),
    #[error(
        "this office is not at your server; both must be there: ask whoever runs the server to invite it"
    )]
    OfficeElsewhere,
    #[error("no office that reads the mission is called {0:?}; `vigie mission list` shows them")]
    NoSuchReader(String),
    #[error("{0:?} may be several offices; give its check")]
    SeveralReaders(String),
    #[error(
        "no office opens a mission called {0:?} to this one; `vigie mission offers` shows them"
    )]
    NoSuchOffer(String),
    #[error(
        "this mission has the number of one that your office has already, from another hand; do not take it, and talk to the office that opens it"
    )]
    MissionOfAnother,
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
    #[error("say where everything is kept: --data, or --database and --bucket")]
    NoPlace,
    #[error(transparent)]
    Bucket(#[from] vigie_mailbox::bucket::BucketError),
    #[error("{0} is the mailbox's own bucket, or within it, or around it: keep backups apart")]
    Within(String),
    #[error(transparent)]
    Move(#[from] vigie_mailbox::moving::MoveError),
    #[error(transparent)]
    Copy(#[from] vigie_mailbox::backup::CopyError),
    #[error("no folder for the rehearsal (a bucket's is where TMPDIR says): {0}")]
    Scratch(io::Error),
    #[error("the backup was written, and did not hold when it was rehearsed: {0}")]
    Rehearsal(String),
    #[error(transparent)]
    Check(#[from] vigie_mailbox::checking::CheckError),
    /// The lines before said which.
    #[error(
        "{0} faults; a sealed file that is missing or altered may be copied to its place from the folder `sealed` of a backup"
    )]
    Faults(usize),
    #[error(transparent)]
    Host(#[from] vigie_mailbox::hosting::HostError),
    #[error("the office with that key calls itself {0:?}: say that by --name to remove it")]
    AnotherOffice(String),
    #[error(transparent)]
    Start(#[from] vigie_mailbox::serve::StartError),
    #[error("the server stopped: {0}")]
    Served(io::Error),
    #[error("this system gives no random numbers: {0}")]
    Random(getrandom::Error),
    #[error("the demonstration: {0}")]
    Demo(String),
}
