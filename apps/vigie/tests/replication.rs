//! The same thousand records of twenty answers, from a phone to a server and from there to an office: through Vigie, and by
//! replication as CouchDB's protocol has it.
//!
//! A measure of `cargo xtask bench`, which has the other installed and names its folder in `VIGIE_REPLICATION`. Both go by a line that
//! counts. Ours seals, signs, keeps and checks everything; the other keeps it in memory, in plain text, on both sides.

#[path = "../../../crates/desk/tests/devices/common/mod.rs"]
#[allow(dead_code, reason = "each programme uses what it needs")]
mod common;
mod program;
#[path = "../../../crates/desk/tests/devices/rig/mod.rs"]
#[allow(dead_code, reason = "each programme uses what it needs")]
mod rig;

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::PASSPHRASE;
use program::Program;
use rig::{
    Planned,
    stage::{FILE_PASSPHRASE, invite, say_mission},
};
use serde_json::{Value, json};
use vigie_model::ExactJson;
use vigie_protocol::{
    BackUpKey, ChosenForm, CreateInvites, CreateMission, CreateOffice, CreateVault, Fetch, Filter,
    FinishResponse, GetExchange, GetTable, ProveBackup, SendNow, SetAnswer, StartResponse,
    TableView,
};
use vigie_vault::MemoryStore;

const RECORDS: usize = 1_000;
const ANSWERS: usize = 20;

fn answer(record: usize, question: usize) -> String {
    format!("réponse {}", (record * 31 + question * 7) % 97)
}

/// Twenty questions for words.
fn form() -> ExactJson {
    let of = |one: &dyn Fn(usize) -> String| (0..ANSWERS).map(one).collect::<String>();
    let (nodes, binds, inputs) = (
        of(&|q| format!("<q{q}/>")),
        of(&|q| format!(r#"<bind nodeset="/data/q{q}" type="string"/>"#)),
        of(&|q| format!(r#"<input ref="/data/q{q}"><label>Question {q}</label></input>"#)),
    );
    let xml = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Vingt</h:title><model><instance><data id="vingt" version="1">{nodes}<meta><instanceID/></meta></data></instance>{binds}
<bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/></model></h:head><h:body>{inputs}</h:body></h:html>"#
    );
    let form = vigie_forms::xform::read(&xml, &|_| None).form;
    ExactJson::in_order(&form.expect("a form that compiles").to_json()).expect("JSON")
}

/// What went over a line, both ways.
#[derive(Default)]
struct Count {
    bytes: AtomicUsize,
    requests: AtomicUsize,
}

/// A line that only counts.
fn counted(to: String) -> (String, Arc<Count>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let count = Arc::new(Count::default());
    let counting = count.clone();
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let (Ok(near), Ok(far)) = (near, TcpStream::connect(&to)) else {
                continue;
            };
            let back = (
                far.try_clone().expect("a line"),
                near.try_clone().expect("a line"),
            );
            for (from, to) in [(near, far), back] {
                let count = counting.clone();
                std::thread::spawn(move || carry(from, to, &count));
            }
        }
    });
    (url, count)
}

fn carry(mut from: TcpStream, mut to: TcpStream, count: &Count) {
    const HEAD: &[u8] = b" HTTP/1.1\r\n";
    let (mut some, mut before) = ([0; 65_536], Vec::new());
    while let Ok(length @ 1..) = from.read(&mut some) {
        count.bytes.fetch_add(length, Ordering::Relaxed);
        // A head may come in two pieces.
        before.extend_from_slice(&some[..length]);
        let heads = before.windows(HEAD.len()).filter(|piece| *piece == HEAD);
        count.requests.fetch_add(heads.count(), Ordering::Relaxed);
        before.drain(..before.len().saturating_sub(HEAD.len() - 1));
        if to.write_all(&some[..length]).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Write));
}

impl Count {
    fn taken(&self) -> [f64; 2] {
        [&self.bytes, &self.requests].map(|count| count.swap(0, Ordering::Relaxed) as f64)
    }
}

/// Bytes, requests and milliseconds: of sending, and of fetching.
fn ours() -> [[f64; 3]; 2] {
    let data = tempfile::TempDir::new().expect("a folder");
    let mut server = Program::on(data.path());
    let (url, count) = counted(server.address().to_owned());
    let token = server
        .line()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let office = Planned::over(MemoryStore::new());
    office.ask(CreateOffice {
        token,
        server: url,
        name: "Bureau".into(),
        passphrase: PASSPHRASE.into(),
    });
    let (_, backup) = office.file(BackUpKey {
        file_passphrase: FILE_PASSPHRASE.into(),
    });
    office.ask(ProveBackup {
        backup,
        file_passphrase: FILE_PASSPHRASE.into(),
    });
    let mut mission = say_mission("Mission");
    mission.forms = vec![ChosenForm::Compiled(form())];
    let mission = office.ask(CreateMission { mission });
    let invites = office.ask(CreateInvites {
        mission,
        labels: vec!["Ana".into()],
        days: 7,
    });
    let phone = Planned::over(MemoryStore::new());
    phone.ask(CreateVault {
        passphrase: PASSPHRASE.into(),
        name: "Ana".into(),
        invite: Some(invite(&invites[0].link)),
        lang: "fr".into(),
    });
    office.ask(Fetch);
    for record in 0..RECORDS {
        let rec = phone
            .ask(StartResponse {
                form: "vingt".into(),
                lang: "fr".into(),
            })
            .rec;
        for question in 0..ANSWERS {
            phone.ask(SetAnswer {
                rec,
                node: format!("/data/q{question}"),
                value: answer(record, question),
            });
        }
        phone.ask(FinishResponse { rec });
    }
    count.taken();
    let counted = |ask: &dyn Fn()| {
        let begun = Instant::now();
        ask();
        let took = begun.elapsed();
        let [bytes, requests] = count.taken();
        [bytes, requests, milliseconds(took)]
    };
    let sending = counted(&|| drop(phone.ask(SendNow)));
    let fetching = counted(&|| drop(office.ask(Fetch)));
    // What the office has, it has before it says so to the phone.
    phone.ask(SendNow);
    assert!(phone.ask(GetExchange).all_received);
    let table = office.ask(GetTable {
        filter: Filter::default(),
        view: TableView::default(),
        offset: 0,
        limit: 2 * RECORDS,
    });
    assert_eq!(table.rows.len(), RECORDS);
    [sending, fetching]
}

fn theirs(folder: &Path) -> [f64; 3] {
    let server = Program::start(Command::new("node").arg("serve.mjs").current_dir(folder));
    let (url, count) = counted(format!("127.0.0.1:{}", server.url));
    let records: Vec<Value> = (0..RECORDS)
        .map(|record| {
            let answers = (0..ANSWERS).map(|q| (format!("q{q}"), json!(answer(record, q))));
            let answers: serde_json::Map<String, Value> = answers.collect();
            // As its own `post` would name it, and what ours says of a record too.
            let id = format!("{record:08x}-5f1d-4c8e-9a3b-{:012x}", record * 7_919);
            let at = "2026-11-30T07:25:33.000Z";
            json!({ "_id": id, "form": "vingt", "by": "Ana", "at": at, "answers": answers })
        })
        .collect();
    let scratch = tempfile::TempDir::new().expect("a folder");
    let file = scratch.path().join("records.json");
    std::fs::write(&file, json!(records).to_string()).expect("the records");
    let told = Command::new("node")
        .arg("replicate.mjs")
        .arg(file)
        .arg(url)
        .current_dir(folder)
        .output()
        .expect("node");
    let told: Value = serde_json::from_slice(&told.stdout).expect("what it took");
    assert_eq!(told["count"], RECORDS);
    let [bytes, requests] = count.taken();
    [
        bytes,
        requests,
        told["took"].as_f64().expect("milliseconds"),
    ]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[test]
#[ignore = "a measure; `cargo xtask bench` runs it"]
fn a_thousand_records_by_replication_and_by_us() {
    let folder = std::env::var_os("VIGIE_REPLICATION").expect("the other's folder");
    let (theirs, [sending, fetching]) = (theirs(folder.as_ref()), ours());
    let what = ["bytes", "requests", "ms"];
    let less = [5.0, 10.0, 5.0];
    for (n, unit) in what.into_iter().enumerate() {
        let figure = json!({
            "name": format!("1,000 records × 20 answers to the server and the office, beside PouchDB's replication: {unit}"),
            "value": sending[n] + fetching[n], "unit": unit, "against": theirs[n], "faster": less[n],
            "beside": { "sending": sending[n], "fetching": fetching[n] },
        });
        println!("measured: {figure}");
    }
}
