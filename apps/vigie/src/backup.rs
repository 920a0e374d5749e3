//! `vigie backup`: a copy of a mailbox while it is served, and whether that copy holds.

use std::{fs, io, path::Path};

use tempfile::{Builder, TempDir};
use tokio::{sync::oneshot, task::spawn_blocking};
use vigie_exchange::{Method, Request, Transport, api::path};
use vigie_mailbox::{
    backup::{BackedUp, Shelf, back_up},
    checking,
    mailbox::{Place, Under},
    restoring::restore,
    serve::{Config, Server},
};
use vigie_wire::Wire;

use crate::{
    arguments::BackupArgs,
    chance::chance,
    check::tell,
    failure::Failure,
    place::{place, shelf},
    serve::runtime,
};

/// `vigie backup`
pub fn backup(args: BackupArgs) -> Result<(), Failure> {
    let to = shelf(args.to, args.place.bucket.as_deref())?;
    let place = place(args.place)?;
    let runtime = runtime()?;
    let backing_up = back_up(&place, &to, Under::default());
    let BackedUp { files, checked } = runtime.block_on(backing_up)?;
    say!("{files} sealed files were copied now; the backup holds:");
    let told = tell(&checked);
    if args.rehearse {
        let scratch = scratch(&to)?;
        let rehearsed = runtime.block_on(rehearse(&to, scratch.path()));
        let erased = scratch.close();
        rehearsed?;
        erased.map_err(Failure::Scratch)?;
    }
    told
}

/// A folder for a rehearsal: within the backup's, or for a bucket's where this machine has folders for what is in hand.
fn scratch(backup: &Shelf) -> Result<TempDir, Failure> {
    const NAME: &str = "rehearsal";
    let made = match backup {
        Shelf::Folder(folder) => match fs::remove_dir_all(folder.join(NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            // What stood there was left by one that was cut.
            _ => Builder::new().prefix(NAME).rand_bytes(0).tempdir_in(folder),
        },
        Shelf::Bucket { .. } => TempDir::new(),
    };
    made.map_err(Failure::Scratch)
}

/// Restores the backup into a scratch folder, and asks that of what a mailbox is asked.
async fn rehearse(backup: &Shelf, scratch: &Path) -> Result<(), Failure> {
    let place = Place::Folder(scratch.to_owned());
    let mut random = [0; 16];
    chance(&mut random);
    restore(backup, &place, random, Under::default()).await?;
    let checked = checking::check(&place).await?;
    let server = Server::open(Config::of(place)).await?;
    let url = format!("http://{}", server.address());
    let letters = server.letters().await;
    let letters = letters.map_err(|error| Failure::Rehearsal(error.to_string()))?;
    let letters = letters.len();
    let (done, stop) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async { drop(stop.await) }));
    let asked = spawn_blocking(move || {
        let health = Request::new(Method::Get, path::HEALTH);
        futures::executor::block_on(Wire::new().send(&url, health))
    });
    let answer = asked.await.map_err(|_| Failure::Line)?;
    drop(done);
    let ended = serving.await.map_err(|_| Failure::Line)?;
    ended.map_err(Failure::Served)?;
    match answer {
        Ok(answer) if answer.status == 200 => {}
        Ok(answer) => return Err(Failure::Rehearsal(format!("it answers {}", answer.status))),
        Err(error) => return Err(Failure::Rehearsal(error.to_string())),
    }
    if letters != checked.letters {
        let told = format!("its feeds have {letters} letters of {}", checked.letters);
        return Err(Failure::Rehearsal(told));
    }
    if checked.faults.is_empty() {
        say!(
            "rehearsed: restored into a scratch folder, checked, opened, asked by HTTP, and its feeds read: it holds"
        );
    } else {
        say!(
            "rehearsed: it opens, answers, and its feeds can be read; it has the faults that were said"
        );
    }
    Ok(())
}
