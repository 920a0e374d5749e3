//! An office of ten thousand new bundles, on a line as an office has: how long it fetches, beside how long its bytes take
//! alone on such a line.
//!
//! A measure of `cargo xtask bench --server`. The desk is the real one but for its store, which is memory; its line asks several things
//! at once, as a browser's does, and goes by HTTP over TCP, 20 ms there and back.

#[path = "../../../crates/desk/tests/devices/common/mod.rs"]
#[allow(dead_code, reason = "each programme uses what it needs")]
mod common;
#[path = "../../../tests/src/line.rs"]
#[allow(dead_code, reason = "each programme uses what it needs")]
mod line;
mod program;

use std::{
    cell::Cell,
    future::poll_fn,
    io::Write,
    net::{TcpListener, TcpStream},
    rc::Rc,
    task::Poll,
    time::{Duration, Instant},
};

use common::{Everybody, Line, PASSPHRASE, TestHost, answered};
use futures::{channel::oneshot, executor::block_on};
use line::Weather;
use program::Program;
use serde_json::json;
use vigie_command::demo::Delegate;
use vigie_exchange::{Request, Response, Transport, Unreachable};
use vigie_mailbox::mailbox::now;
use vigie_model::{Kind, MissionKind};
use vigie_office::fetch::SIDE_BY_SIDE;
use vigie_protocol::{
    BackUpKey, CreateInvites, CreateMission, CreateOffice, DeskRequest, Fetch, File, Filter,
    GetTable, NewMission, ProveBackup, Question, SaidMission, TableView,
};
use vigie_vault::MemoryStore;
use vigie_wire::Wire;

const BUNDLES: usize = 10_000;
const DELEGATES: usize = 20;
/// Twenty megabits a second, there and back in twenty milliseconds.
const OFFICE_LINE: Weather = Weather {
    bytes_a_second: 2_500_000,
    round_trip: Duration::from_millis(20),
    ..Weather::CLEAR
};
const FILE_PASSPHRASE: &str = "clé de papier";

/// A wire that carries several requests at once.
struct Several(Wire);

impl Transport for Several {
    async fn send(&self, base: &str, request: Request) -> Result<Response, Unreachable> {
        let (answered, answer) = oneshot::channel();
        let (wire, base) = (self.0.clone(), base.to_owned());
        std::thread::spawn(move || drop(answered.send(block_on(wire.send(&base, request)))));
        answer.await.expect("the thread answers")
    }
}

impl Line for Several {
    /// As a browser's worker does that waits for no time: what came meanwhile is looked at.
    async fn pause(&self) {
        let mut first = true;
        poll_fn(|context| {
            if std::mem::take(&mut first) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }
}

struct Office(Everybody<MemoryStore, Several>);

impl Office {
    fn new() -> Office {
        let clock = Rc::new(Cell::new(now().0));
        let store = MemoryStore::new();
        let host = || TestHost {
            store: store.clone(),
            line: Several(Wire::new()),
            clock: Rc::clone(&clock),
            events: Rc::default(),
        };
        Office(Everybody::new(host(), host()))
    }

    fn ask<Q: Question<Family: Into<DeskRequest>>>(&self, question: Q) -> Q::Answer {
        answered(question, |question| block_on(self.0.ask(question)))
    }
}

/// The fields of a note of a usual size.
fn note(number: usize) -> serde_json::Map<String, serde_json::Value> {
    let text = format!(
        "Rencontre {number} avec le comité de l’atelier. Les heures supplémentaires ne sont pas payées depuis mars; deux \
         personnes disent avoir été menacées de renvoi. À vérifier auprès de l’inspection du travail."
    );
    let fields = json!({
        "title": format!("Rencontre syndicale {number}"), "text": text, "at": "2026-10-14T16:20", "place": "Ouanaminthe",
        "themes": ["wages", "safety"], "present": "déléguée, deux membres du comité", "source": "B", "credibility": "2",
    });
    fields.as_object().cloned().unwrap_or_default()
}

/// Each a note, sealed alone and sent, as by forty phones on a good network.
fn letters_come(server: &str, invites: &[String]) {
    std::thread::scope(|scope| {
        for (number, code) in invites.iter().enumerate() {
            scope.spawn(move || {
                let joined = Delegate::join(server, code, &format!("Délégué·e {number}"));
                let mut delegate = joined.expect("joined");
                for n in 0..BUNDLES / DELEGATES {
                    let set = note(number * BUNDLES + n).into_iter().collect();
                    delegate.write(now(), None, Kind::NOTE, set);
                    delegate.send().expect("sent");
                }
            });
        }
    });
}

/// How long as many bytes take on such a line where nothing is asked: over as many connections as the desk asks on.
fn bare(bytes: u64) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let each = bytes as usize / SIDE_BY_SIDE;
    std::thread::spawn(move || {
        for mut near in listener.incoming().flatten() {
            std::thread::spawn(move || near.write_all(&vec![7; each]));
        }
    });
    let line = line::Line::to(&format!("http://{address}")).expect("a line");
    line.set(OFFICE_LINE);
    let far = line.url();
    let far = far.trim_start_matches("http://");
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                let mut coming = TcpStream::connect(far).expect("a line");
                let came = std::io::copy(&mut coming, &mut std::io::sink());
                assert_eq!(came.expect("all of it"), each as u64);
            });
        }
    });
    begun.elapsed()
}

#[test]
#[ignore = "a measure; `cargo xtask bench` runs it"]
fn ten_thousand_bundles_are_fetched_in_little_more_than_their_bytes_need() {
    let data = tempfile::TempDir::new().expect("a folder");
    let mut server = Program::on(data.path());
    let url = server.url.clone();
    let line = line::Line::to(&url).expect("a line");
    let token = server
        .line()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let office = Office::new();
    office.ask(CreateOffice {
        token,
        server: line.url(),
        name: "Bureau".into(),
        passphrase: PASSPHRASE.into(),
    });
    let File { bytes: backup, .. } = office.ask(BackUpKey {
        file_passphrase: FILE_PASSPHRASE.into(),
    });
    office.ask(ProveBackup {
        backup,
        file_passphrase: FILE_PASSPHRASE.into(),
    });
    let said = SaidMission {
        name: "Mission".into(),
        kind: MissionKind::Observation,
        starts: String::new(),
        ends: String::new(),
        languages: vec!["fr".into()],
        keep_readable: true,
        share_with_team: false,
        record_time: true,
    };
    let mission = NewMission {
        said,
        forms: Vec::new(),
    };
    let mission = office.ask(CreateMission { mission });
    let invites = office.ask(CreateInvites {
        mission,
        labels: (0..DELEGATES).map(|n| n.to_string()).collect(),
        days: 7,
    });
    let codes: Vec<String> = invites
        .iter()
        .filter_map(|invite| Some(invite.link.split_once('#')?.1.to_owned()))
        .collect();
    letters_come(&url, &codes);
    let sealed: u64 = std::fs::read_dir(data.path().join("sealed/bundles"))
        .expect("the letters")
        .map(|file| file.expect("a letter").metadata().expect("its size").len())
        .sum();
    line.set(OFFICE_LINE);
    let before = line.passed();
    let begun = Instant::now();
    office.ask(Fetch);
    let took = begun.elapsed();
    let passed = line.passed();
    let table = office.ask(GetTable {
        filter: Filter::default(),
        view: TableView::default(),
        offset: 0,
        limit: 1,
    });
    assert_eq!(table.total, BUNDLES);
    let needed = bare(sealed);
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let figure = json!({
        "name": "10,000 new bundles to an office on a line of 20 ms and 20 Mbit/s, beside the same bytes alone on such a line", "unit": "ms",
        "value": milliseconds(took), "against": milliseconds(needed), "goal": 2.0,
        "beside": {
            "MB of bundles": sealed as f64 / 1e6,
            "MB in all": (passed.bytes - before.bytes) as f64 / 1e6,
            "lines": passed.connections - before.connections,
        },
    });
    println!("measured: {figure}");
}
