//! `vigie fetch` and `vigie import`: sealed bytes into the office's folder, each checked, each told.
//!
//! What the server sends is kept whatever it is worth, since the server will not send it again; a file that a person
//! gives is kept once it is accepted, or while it may yet be: its device may be known at the next fetch. Either way the sealed bytes are what is kept: nothing readable is written.

use std::collections::{BTreeMap, BTreeSet};

use futures::executor::block_on;
use vigie_mailbox::mailbox::now;
use vigie_model::{BundleId, Timestamp};
use vigie_office::{
    Registry, Verdict,
    fetch::{Came, FEED_ITEMS, Piece, SIDE_BY_SIDE, Told, ask, requests},
    import::Reception,
    receipts,
};

use crate::{
    arguments::{DeskArgs, ImportArgs},
    desk::Desk,
    failure::Failure,
    folder::{Opened, gather, read, short},
    progress,
};

/// How many receipts travel together.
const RECEIPTS: usize = 200;

/// `vigie fetch`
pub fn fetch(args: &DeskArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(args)?;
    let fetched = fetch_new(&mut desk)?;
    let mut refused = fetched.missing;
    for (_, verdict) in &fetched.opened.verdicts {
        let bundle = verdict.bundle();
        if fetched.new.contains(&bundle) {
            refused += tell(&bundle.to_string(), verdict, &fetched.registry);
        }
    }
    say!(
        "{} new, {} records in all",
        fetched.new.len(),
        fetched.opened.journal.records().count()
    );
    if fetched.gone > 0 {
        say!(
            "{} are gone from the server, which keeps letters for a time only once the office has them",
            fetched.gone
        );
    }
    if refused > 0 {
        Err(Failure::Refused(refused))
    } else {
        Ok(())
    }
}

/// What a fetch brought.
pub struct Fetched {
    /// In the folder since this fetch.
    pub new: BTreeSet<BundleId>,
    /// How many the server could not give; they are asked for again next time.
    pub missing: usize,
    /// How many the server has let go of before they came here.
    pub gone: u64,
    pub registry: Registry,
    pub opened: Opened,
}

/// Fetches what is new into the folder, opens all of it, gives receipts, and says what else is owed.
pub fn fetch_new(desk: &mut Desk) -> Result<Fetched, Failure> {
    desk.fetch_docs()?;
    desk.read_shares()?;
    // What teams were to be given of what a desk reads that begins, other desks gave.
    let is_past = desk.state.cursor == 0 && desk.state.accepted.is_empty();
    let mut new = BTreeSet::new();
    let mut gone = 0;
    let missing: Vec<_> = desk.state.missing.iter().map(|one| vec![*one]).collect();
    fetch_bundles(desk, &missing, &BTreeMap::new(), &mut new)?;
    loop {
        let cursor = desk.state.cursor;
        let page = block_on(desk.client.feed(cursor, FEED_ITEMS, now()))?;
        if desk.begin_again(page.epoch, page.last, cursor)? {
            desk.fetch_docs()?;
            continue;
        }
        let mut items = page.items.into_iter().peekable();
        while items.peek().is_some() {
            let piece = Piece::next(&mut items, |item| {
                match desk.folder.has_bundle(&item.bundle) {
                    true => Told::Known,
                    false => Told::New,
                }
            });
            for item in piece.enrolments {
                if !desk.state.enrolled.contains(&item) {
                    desk.state.enrolled.push(item);
                }
            }
            for item in piece.members {
                if !desk.state.members.contains(&item) {
                    desk.state.members.push(item);
                }
            }
            let sealed_by = piece.wanted.iter();
            let sealed_by = sealed_by.filter_map(|item| Some((item.bundle, item.team?)));
            desk.state.team.extend(sealed_by);
            gone += piece.gone;
            let stored = piece.wanted.iter();
            let stored = stored.map(|item| (item.bundle, item.stored)).collect();
            fetch_bundles(desk, &requests(&piece.wanted), &stored, &mut new)?;
            desk.state.cursor = piece.cursor.unwrap_or(cursor);
            desk.keep_state()?;
        }
        desk.state.cursor = page.next;
        desk.keep_state()?;
        if !page.more {
            break;
        }
    }
    let registry = desk.registry()?;
    let opened = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?;
    if is_past {
        desk.state.ungiven.clear();
    }
    desk.owe_letters(&registry, &opened.journal)?;
    desk.keep_state()?;
    let given = give_receipts(desk, &registry, &opened);
    given
        .and(desk.say_all())
        .and_then(|()| desk.give_letters(&opened.journal))?;
    Ok(Fetched {
        new,
        missing: desk.state.missing.len(),
        gone,
        registry,
        opened,
    })
}

/// Fetches bundles, several requests side by side. One that the server can't give whole, or that is too large for the line,
/// is told, remembered, and stops nothing; a line that is down ends it. `stored`: since when the server has each, where it said.
fn fetch_bundles(
    desk: &mut Desk,
    requests: &[Vec<BundleId>],
    stored: &BTreeMap<BundleId, Timestamp>,
    new: &mut BTreeSet<BundleId>,
) -> Result<(), Failure> {
    let bar = progress::bar(requests.iter().map(Vec::len).sum(), "fetching");
    for some in requests.chunks(SIDE_BY_SIDE) {
        let client = &desk.client;
        let came: Vec<_> = std::thread::scope(|scope| {
            let asked: Vec<_> = some
                .iter()
                .map(|bundles| scope.spawn(move || block_on(ask(client, bundles, now))))
                .collect();
            asked
                .into_iter()
                .map(std::thread::ScopedJoinHandle::join)
                .collect()
        });
        let mut away = None;
        for several in came {
            for (bundle, one) in several.map_err(|_| Failure::Line)? {
                bar.inc(1);
                match one {
                    Came::Here(sealed) => {
                        desk.folder.keep_bundle(&sealed)?;
                        let received = Reception {
                            here: now(),
                            mailbox: stored.get(&bundle).copied(),
                        };
                        desk.state.received.entry(bundle).or_insert(received);
                        desk.state.missing.remove(&bundle);
                        new.insert(bundle);
                    }
                    Came::Missing(error) => {
                        bar.suspend(|| say!("refused        {bundle}: {error}"));
                        desk.state.missing.insert(bundle);
                    }
                    Came::Line(error) => away = Some(error),
                }
            }
        }
        if let Some(error) = away {
            desk.keep_state()?;
            return Err(error.into());
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Gives the receipt of every accepted bundle that has none, those that came as files too.
fn give_receipts(desk: &mut Desk, registry: &Registry, opened: &Opened) -> Result<(), Failure> {
    let at = now();
    let due: Vec<_> = opened
        .verdicts
        .iter()
        .filter_map(|(_, verdict)| receipts::receipt(verdict, at, &desk.keys, registry))
        .filter(|receipt| !desk.state.receipted.contains(&receipt.bundle))
        .collect();
    for some in due.chunks(RECEIPTS) {
        block_on(desk.client.post_receipts(some.to_vec(), now()))?;
        desk.state
            .receipted
            .extend(some.iter().map(|receipt| receipt.bundle));
        desk.keep_state()?;
    }
    Ok(())
}

/// `vigie import`: works without a server, with what the last `vigie fetch` learnt of missions and devices.
pub fn import(args: &ImportArgs) -> Result<(), Failure> {
    let mut desk = Desk::open(&args.desk)?;
    if let Err(error) = desk.fetch_docs() {
        eprintln!("vigie: with the missions known here: {error}");
    }
    let registry = desk.registry()?;
    let mut opened = desk
        .folder
        .journal(&desk.keys, &registry, &mut desk.state)?;
    let paths = gather(&args.files)?;
    let bar = progress::bar(paths.len(), "importing");
    let mut refused = 0;
    for path in &paths {
        let name = path.display().to_string();
        bar.suspend(|| match read(path) {
            Ok(sealed) => {
                let received = Reception::carried(now());
                let verdict =
                    opened.import(&sealed, &desk.keys, &registry, received, &mut desk.state);
                let keep = match &verdict {
                    Verdict::Accepted { .. } => true,
                    Verdict::AlreadyThere { .. } => false,
                    // The next fetch may bring what is missing to accept it.
                    Verdict::Quarantined { reason, .. } => reason.is_kept(false),
                };
                if keep {
                    desk.folder.keep_bundle(&sealed)?;
                    desk.state
                        .received
                        .entry(verdict.bundle())
                        .or_insert(received);
                }
                refused += tell(&name, &verdict, &registry);
                Ok(())
            }
            Err(failure) => {
                say!("refused        {failure}");
                refused += 1;
                Ok::<(), Failure>(())
            }
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    desk.owe_letters(&registry, &opened.journal)?;
    desk.keep_state()?;
    if refused > 0 {
        Err(Failure::Refused(refused))
    } else {
        Ok(())
    }
}

/// One line on one file; 1 when it was refused.
fn tell(name: &str, verdict: &Verdict, registry: &Registry) -> usize {
    match verdict {
        Verdict::Accepted {
            device,
            ops,
            new,
            warnings,
            ..
        } => {
            let who = registry
                .device(device)
                .map(|device| device.name.clone())
                .unwrap_or_default();
            say!("new            {name} · {who} · {new} of {ops} changes new");
            for warning in warnings {
                say!("               {warning}");
            }
            0
        }
        Verdict::AlreadyThere { .. } => {
            say!("already there  {name}");
            0
        }
        Verdict::Quarantined { reason, device, .. } => {
            let device = device
                .map(|device| format!(" (device {})", short(&device.to_string())))
                .unwrap_or_default();
            say!("refused        {name}: {reason}{device}");
            1
        }
    }
}
