//! `vigie purge`: what is erased for good, here, at the other desks and on phones, and the proof of it.

use std::collections::BTreeSet;

use vigie_journal::Journal;
use vigie_mailbox::mailbox::now;
use vigie_model::RecordId;
use vigie_office::{
    OfficeDoc,
    docs::PurgeDoc,
    purge::{Proof, all_of, issue},
};

use crate::{
    arguments::{DeskArgs, PurgeArgs},
    desk::Desk,
    failure::Failure,
    folder::{keep, read, short},
    import,
};

/// `vigie purge`
pub fn purge(args: &PurgeArgs) -> Result<(), Failure> {
    if let Some(path) = &args.verify {
        let proof = Proof::read(&read(path)?).map_err(|source| Failure::Proof {
            path: path.clone(),
            source,
        })?;
        tell(&proof);
        return Ok(());
    }
    let (Some(key), Some(reason)) = (&args.key, &args.reason) else {
        return Err(vigie_office::purge::BadPurge::NoReason.into());
    };
    let mut desk = Desk::open(&DeskArgs {
        key: key.clone(),
        office: args.office.clone(),
    })?;
    // All that there is of an entry goes: what the server has is read first.
    if let Err(error) = import::fetch_new(&mut desk) {
        eprintln!("vigie: with what is here: {error}");
    }
    let registry = desk.registry()?;
    let before = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?
        .journal;
    let records = args.records.iter().map(|said| record(&before, said));
    let records: BTreeSet<RecordId> = records.collect::<Result<_, _>>()?;
    let ops = all_of(&before, &records).into_iter().chain(args.op.clone());
    let purges = issue(&before, ops, reason, now(), &desk.keys)?;
    for purge in &purges {
        let (purge, mission) = (purge.clone(), purge.mission);
        desk.keep(&OfficeDoc::Purge(PurgeDoc { purge }), |due, _| {
            due.purges.insert(mission);
        })?;
    }
    let registry = desk.registry()?;
    let after = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?
        .journal;
    desk.keep_state()?;
    let proof = Proof::new(purges, &after, now(), &desk.keys);
    keep(&args.proof, &proof.to_file(&desk.keys))?;
    tell(&proof);
    say!("proof     {}", args.proof.display());
    // Whatever the line does: it is erased here, and said again by the next `vigie fetch`.
    desk.say_all()?;
    eprintln!(
        "Phones erase it when they next send. What was exported, printed or copied before stays where it is; the server keeps sealed bundles that the office's key alone opens."
    );
    Ok(())
}

/// The entry of this id, or of an id that begins so.
fn record(journal: &Journal, said: &str) -> Result<RecordId, Failure> {
    let said = said.trim();
    let mut found = journal.records().map(|record| record.rec).filter(|rec| {
        let id = rec.to_string();
        said.len() >= short(&id).len() && id.starts_with(said)
    });
    match (found.next(), found.next()) {
        (Some(rec), None) => Ok(rec),
        (None, _) => Err(Failure::NoSuchRecord(said.to_owned())),
        (Some(_), Some(_)) => Err(Failure::SeveralRecords(said.to_owned())),
    }
}

/// What a proof proves.
fn tell(proof: &Proof) {
    say!("office    {}", proof.name);
    say!("key       {}", proof.office);
    for purge in &proof.purges {
        let day = purge.at.day();
        say!(
            "erased    {day}  {} changes  {}",
            purge.ops.len(),
            purge.reason
        );
    }
    let records: BTreeSet<RecordId> = proof.erased.iter().map(|erased| erased.rec).collect();
    for rec in records {
        say!("record    {rec}");
    }
}
