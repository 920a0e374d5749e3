//! One run: a mailbox, the people round it, the weather between them; and, once it has cleared, what is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use futures::executor::block_on;
use tokio::sync::Notify;
use vigie_model::{BundleId, RecordId};

use crate::{
    line::{Lines, between, to_bucket},
    mailbox::Mailbox,
    people::{Calls, Given, Held, OfficeEnd, Person, PhoneEnd, clock_off, put_aside, taken},
    rig::Seeded,
    stage::{PHONES, Stage},
    told::{Told, lock},
    weather::{Rare, Sky, Weather},
};

/// Those who may join in the middle.
static JOINING: [&str; 2] = ["Rosa", "Jean"];
/// How long people may take for what they mean to do.
const DOING: Duration = Duration::from_secs(120);
const BREATH: Duration = Duration::from_millis(3);

/// Runs it; what was wrong at the end, each in a line.
pub fn run(stage: &Stage, seed: u64, told: &Arc<Told>) -> Vec<String> {
    let mut chance = Seeded(seed);
    let weather = Weather::draw(&mut chance, stage.ground.is_servers());
    told.say(|| format!("seed {seed}: {weather:?}"));
    let clear = Arc::new(AtomicBool::new(false));
    let ground = stage.ground.copy();
    let bucket = ground.bucket().map(|bucket| {
        let often = chance.below(4);
        to_bucket(bucket, fork(&mut chance), often, &clear, told)
    });
    let mailbox = Mailbox::on(
        ground,
        bucket.as_ref().map(|line| line.url.clone()),
        &stage.keys,
        rare(&weather),
        Arc::clone(told),
    );
    let lines = Arc::new(Lines {
        mailbox: Arc::clone(&mailbox),
        told: Arc::clone(told),
        clear: Arc::clone(&clear),
        passed: Notify::new(),
        receipts: Mutex::default(),
    });
    let calls = Arc::new(Calls::new());

    // Each has a line of her own, and a clock.
    let mut open = Vec::new();
    let mut given = |name: &'static str, rows| {
        let sky = Sky::over(&weather, fork(&mut chance));
        let line = between(name, &lines, sky, fork(&mut chance));
        let off = clock_off(&mut chance);
        let given = Given {
            name: name.into(),
            rows,
            line: line.url.clone(),
            now: stage.now + off,
            chance: fork(&mut chance),
            told: Arc::clone(told),
            calls: Arc::clone(&calls),
        };
        open.push(line);
        given
    };
    let joining = &JOINING[..1 + (seed / 2 % 2) as usize];
    let mut phones: Vec<JoinHandle<PhoneEnd>> = Vec::new();
    for (name, rows) in PHONES.into_iter().zip(&stage.phones) {
        let given = given(name, rows.clone());
        phones.push(std::thread::spawn(move || Person::phone(given)));
    }
    for name in joining {
        let given = given(name, Vec::new());
        phones.push(std::thread::spawn(move || Person::phone(given)));
    }
    let partner = {
        let (given, link) = (given("Partner", Vec::new()), stage.link.clone());
        std::thread::spawn(move || Person::partner(given, &link))
    };
    let others = phones.len() + 1;
    let office = {
        let (given, mission) = (given("Office", stage.office.clone()), stage.mission);
        std::thread::spawn(move || Person::office(given, mission, joining, others))
    };

    let until = Instant::now() + DOING;
    while calls.done.load(Ordering::SeqCst) <= others && Instant::now() < until {
        let is_over = office.is_finished() || phones.iter().any(JoinHandle::is_finished);
        if is_over {
            // Nobody is over before she was called: something is wrong, and will be said.
            break;
        }
        std::thread::sleep(BREATH);
    }
    clear.store(true, Ordering::SeqCst);
    while !mailbox.is_quiet() && Instant::now() < until {
        std::thread::sleep(BREATH);
    }
    told.say(|| "the weather clears".into());
    calls.calm.store(true, Ordering::SeqCst);

    let mut wrong = Vec::new();
    let mut ends = Vec::new();
    for phone in phones {
        match phone.join() {
            Ok(end) => ends.push(end),
            Err(panic) => wrong.push(said(&*panic)),
        }
    }
    let (finished, trouble) = partner.join().unwrap_or_else(|panic| {
        let panic = said(&*panic);
        (0, Some(panic))
    });
    wrong.extend(trouble);
    match office.join() {
        Ok(office) => judge(&lines, stage, &ends, finished, &office, &mut wrong),
        Err(panic) => wrong.push(said(&*panic)),
    }
    wrong.extend(mailbox.lost());
    // A copy of a request may still hold on to it, and the programme end before that does.
    mailbox.end_all();
    wrong
}

/// A seed of its own for whoever has chance of her own.
fn fork(chance: &mut Seeded) -> Seeded {
    Seeded(chance.draw())
}

fn rare(weather: &Weather) -> Vec<Rare> {
    let mut rare = vec![Rare::Kill; weather.kills];
    rare.extend(vec![Rare::BackUp; weather.set_backs]);
    rare.extend(vec![Rare::Database; weather.database_restarts]);
    rare
}

/// What a thread said that gave up.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    format!("gave up: {}", text.unwrap_or_default())
}

/// Nothing lost, nothing doubled, nothing said that is not true.
fn judge(
    lines: &Lines,
    stage: &Stage,
    phones: &[PhoneEnd],
    finished: usize,
    office: &OfficeEnd,
    wrong: &mut Vec<String>,
) {
    let told = &lines.told;
    wrong.extend(office.trouble.iter().cloned());
    wrong.extend(phones.iter().filter_map(|phone| phone.trouble.clone()));

    // Entries: all that is on a phone is at the office, once, with as many versions, and nothing else is.
    let mut at_office: BTreeMap<RecordId, Vec<&Held>> = BTreeMap::new();
    for row in &office.entries {
        at_office.entry(row.rec).or_default().push(row);
    }
    for (rec, rows) in &at_office {
        if rows.len() > 1 {
            wrong.push(format!(
                "doubled: {rec} is at the office {} times",
                rows.len()
            ));
        }
    }
    let mut expected = 0;
    for phone in phones {
        let name = &phone.name;
        for entry in &phone.entries {
            expected += 1;
            match at_office.get(&entry.rec).and_then(|rows| rows.first()) {
                None => wrong.push(format!("lost: {name} has {entry:?}, the office has not")),
                Some(row) if **row != *entry => {
                    wrong.push(format!("{name} has {entry:?}, the office has {row:?}"));
                }
                Some(_) => {}
            }
        }
        for (rec, title) in &phone.written {
            let entry = phone.entries.iter().find(|entry| entry.rec == *rec);
            if !entry.is_some_and(|entry| says(entry, title.as_ref())) {
                wrong.push(format!(
                    "lost: {name} finished {title:?}, and has {entry:?}"
                ));
            }
        }
    }
    for (rec, title) in &office.written {
        let row = at_office.get(rec).and_then(|rows| rows.first());
        if !row.is_some_and(|row| says(row, title.as_ref())) {
            wrong.push(format!(
                "lost: the office finished {title:?}, and has {row:?}"
            ));
        }
    }
    let theirs: BTreeSet<RecordId> = phones
        .iter()
        .flat_map(|phone| phone.entries.iter().map(|entry| entry.rec))
        .collect();
    let others = office
        .entries
        .iter()
        .filter(|row| !theirs.contains(&row.rec));
    let (own, answers): (Vec<&Held>, Vec<&Held>) =
        others.partition(|row| row.title.starts_with("Office"));
    // A partner's phone keeps nothing that the server has acknowledged: what the office had not fetched went with it when the
    // server was set back. That is known, and counted.
    let gone = lines.mailbox.gone();
    let taken = taken(&office.inbox);
    let away = |bundle: &BundleId| gone.contains_key(bundle) && !taken.contains_key(bundle);
    let unfetched = gone
        .iter()
        .filter(|(bundle, who)| **who == "Partner" && away(bundle));
    let unfetched = unfetched.count();
    told.add("answers gone with a restore", unfetched);
    if answers.len() + unfetched != finished {
        wrong.push(format!(
            "{finished} answers were finished by the link, the office has {answers:?}"
        ));
    }
    expected += own.len() + answers.len();
    told.add("entries", expected);
    told.add(
        "versions",
        office.entries.iter().map(|row| row.versions).sum(),
    );

    // Bundles: each taken once, each whole at the server, each once in the feed.
    for (bundle, times) in taken.iter().filter(|(_, times)| **times > 1) {
        wrong.push(format!("doubled: {bundle} was taken {times} times"));
    }
    for aside in put_aside(&office.inbox).filter(|item| !away(&item.bundle)) {
        wrong.push(format!("in quarantine: {aside:?}"));
    }
    let mailbox = &lines.mailbox;
    for replica in 0..mailbox.replicas() {
        let Some(address) = mailbox.address(replica) else {
            wrong.push(format!("server {replica} is away"));
            continue;
        };
        let url = format!("http://{address}");
        let Some(feed) = mailbox.feed(&url) else {
            wrong.push(format!("the feed of server {replica} does not answer"));
            continue;
        };
        let there: BTreeSet<BundleId> = feed.iter().copied().collect();
        if there.len() < feed.len() {
            wrong.push(format!("doubled: a bundle has two numbers in {feed:?}"));
        }
        for bundle in mailbox.all_said().into_keys() {
            if !there.contains(&bundle) {
                wrong.push(format!(
                    "lost: {bundle} was acknowledged, the feed has it not"
                ));
            }
        }
        for bundle in there.iter().filter(|one| !taken.contains_key(*one)) {
            wrong.push(format!(
                "{bundle} is in the feed, the office has not taken it"
            ));
        }
        let (client, moment) = mailbox.office(&url);
        for bundle in &there {
            if let Err(error) = block_on(client.bundle(bundle, moment())) {
                wrong.push(format!("{bundle} is not whole: {error}"));
            }
        }
        if replica == 0 {
            told.add("letters", there.len());
        }
    }

    // Receipts: signed, and of bundles that the office took.
    let receipts = lock(&lines.receipts);
    let key = stage.keys.signing.verifying_key();
    for receipt in receipts.iter() {
        if receipt.clone().verify(&key).is_err() {
            wrong.push(format!("not signed by the office: {receipt:?}"));
        } else if !taken.contains_key(&receipt.bundle) {
            wrong.push(format!("not true: {receipt:?}"));
        }
    }
    told.add("receipts", receipts.len());
    for phone in phones {
        for bundle in phone
            .received
            .iter()
            .filter(|one| !taken.contains_key(*one))
        {
            let name = &phone.name;
            wrong.push(format!(
                "{name} holds {bundle} for received, the office has it not"
            ));
        }
    }
}

/// Whether an entry says what it is to say, where that is sure.
fn says(entry: &Held, title: Option<&String>) -> bool {
    title.is_none_or(|title| entry.title == *title)
}
