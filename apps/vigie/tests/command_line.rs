//! The `vigie` program itself: a server in one process, the office's commands in others, delegates over HTTP.

#[path = "../../../crates/mailbox/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/mailbox/tests/ground/folder.rs"]
mod ground;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use calamine::{Data, Reader, Xlsx, open_workbook};
use common::{bundle_id, enrolment, invite_id, key, put};
use futures::executor::block_on;
use serde_json::{Value, json};
use tempfile::TempDir;
use vigie_command::demo::Delegate;
use vigie_exchange::{CardAnswer, Client, Transport, api};
use vigie_mailbox::mailbox::now;
use vigie_model::{DeviceId, Kind, MissionId, RecordId, Timestamp};
use vigie_office::OfficeKeys;
use vigie_seal::{Identity, InviteSecret, envelope, given::open_letter, open_card};
use vigie_wire::Wire;

const VIGIE: &str = env!("CARGO_BIN_EXE_vigie");

/// `vigie serve`, as a process.
struct Serve {
    process: Child,
    url: String,
    link: Option<String>,
    /// What it logs, read all along so that it never waits for a reader.
    log: Option<JoinHandle<String>>,
}

impl Serve {
    fn start(data: &Path, arguments: &[&str], office: bool) -> Serve {
        Serve::start_at("127.0.0.1:0", data, arguments, office)
    }

    fn start_at(listen: &str, data: &Path, arguments: &[&str], office: bool) -> Serve {
        let mut process = Command::new(VIGIE)
            .args(["serve", "--listen", listen, "--data"])
            .arg(data)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("vigie starts");
        let mut stderr = process.stderr.take().expect("stderr");
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).expect("the log is text");
            log
        });
        let mut lines = BufReader::new(process.stdout.as_mut().expect("stdout")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        let url = line()
            .strip_prefix("listening on ")
            .expect("the ready line")
            .to_owned();
        let link = (!office).then(|| line().split_once(": ").expect("the link").1.to_owned());
        Serve {
            process,
            url,
            link,
            log: Some(log),
        }
    }

    fn kill(mut self, signal: &str) -> (ExitStatus, String) {
        let done = Command::new("kill")
            .args([signal, &self.process.id().to_string()])
            .status()
            .expect("kill");
        assert!(done.success());
        let log = self
            .log
            .take()
            .map(|log| log.join().expect("the log"))
            .unwrap_or_default();
        (self.process.wait().expect("it ends"), log)
    }
}

impl Drop for Serve {
    /// A test that fails leaves no server behind.
    fn drop(&mut self) {
        if self.log.is_some() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

/// Waits for a condition, for at most a minute.
#[track_caller]
fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "still waiting: {what}"
        );
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn vigie(arguments: &[&str], paths: &[(&str, &Path)], rest: &[PathBuf]) -> Output {
    let mut command = Command::new(VIGIE);
    command
        .args(arguments)
        .env_remove("VIGIE_PASSPHRASE")
        .stdin(Stdio::null());
    for (flag, path) in paths {
        command.arg(flag).arg(path);
    }
    command.args(rest).output().expect("vigie runs")
}

#[track_caller]
fn done(output: Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

#[track_caller]
fn not_done(output: Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(err.starts_with("vigie: "), "{err}");
    (out, err)
}

fn fields(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// Rows of a CSV file by their record, each a map from column to cell.
fn table(path: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let bytes = fs::read(path).expect("an exported file");
    let text = bytes
        .strip_prefix("\u{feff}".as_bytes())
        .expect("the mark of UTF-8");
    let mut reader = csv::Reader::from_reader(text);
    let head = reader.headers().expect("a head").clone();
    let row = |row: csv::StringRecord| -> BTreeMap<String, String> {
        head.iter()
            .map(str::to_owned)
            .zip(row.iter().map(str::to_owned))
            .collect()
    };
    reader
        .records()
        .map(|record| row(record.expect("a row")))
        .map(|row| (row["_record"].clone(), row))
        .collect()
}

fn form(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../forms")
        .join(name)
}

/// The words that narrow the desk's table narrow an export, one by one and together.
fn narrowed_is_exported_alone(desk: &[(&str, &Path)], out: &Path, all: [RecordId; 3]) {
    let [note, contact, response] = all;
    let form = "conditions_travail_court";
    for (words, expected) in [
        (&[][..], &all[..]),
        (&["--mission", "Haïti – essai"], &all),
        (&["--kind", "note"], &[note]),
        (&["--form", form], &[response]),
        (&["--where", "travail/pays=HT"], &[response]),
        (&["--where", "travail/pays=MX"], &[]),
        (
            &["--form", form, "--where", "heures/heures_jour:9..10"],
            &[response],
        ),
        (&["--where", "heures/heures_jour:10.."], &[]),
        (
            &[
                "--where",
                "travail/pays=HT",
                "--where",
                "heures/heures_jour:..9",
            ],
            &[],
        ),
        (&["--person", "Anaïs", "--kind", "contact"], &[contact]),
        (&["--person", "Nulle"], &[]),
        (&["--theme", "decent_wages"], &[note]),
        (
            &["--theme", "social_protection", "--theme", "working_time"],
            &[note],
        ),
        (&["--state", "conflict"], &[contact]),
        (&["--state", "present"], &all),
        (&["--state", "deleted"], &[]),
        (&["--text", "PREMIERE ligne"], &[note]),
        (&["--to", "1999-12-31"], &[]),
        (&["--from", "1999-12-31", "--kind", "contact"], &[contact]),
    ] {
        let export = [&["export", "--format", "json"][..], words].concat();
        done(vigie(&export, &[desk, &[("--out", out)]].concat(), &[]));
        let json = fs::read(out.join("vigie.json")).expect("JSON");
        let exported: Value = serde_json::from_slice(&json).expect("JSON");
        let records = exported["records"].as_array().expect("records");
        let mut found: Vec<String> = records
            .iter()
            .map(|record| record["rec"].as_str().expect("an id").to_owned())
            .collect();
        found.sort_unstable();
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        expected.sort_unstable();
        assert_eq!(found, expected, "{words:?}");
    }
    let cards = [desk, &[("--out", out)]].concat();
    done(vigie(&["export", "--format", "vcard"], &cards, &[]));
    let cards = fs::read_to_string(out.join("vigie.vcf")).expect("cards");
    assert_eq!(cards.matches("BEGIN:VCARD").count(), 1);
    assert!(cards.contains("\r\nFN:« Rose »\r\n"), "{cards}");
}

#[test]
fn from_the_first_link_to_the_export_what_was_typed_comes_out() {
    let place = TempDir::new().expect("a folder");
    let (key_file, office, sent) = (
        place.path().join("office.key"),
        place.path().join("office"),
        place.path().join("usb"),
    );
    fs::create_dir(&sent).expect("a folder");
    let serve = Serve::start(&place.path().join("data"), &[], false);
    let link = serve.link.clone().expect("the set-up link");
    assert!(
        link.starts_with(&format!("{}/#/bureau/ouvrir/", serve.url)),
        "{link}"
    );

    // The office begins; the link is good once, and a key is never written over.
    let desk: &[(&str, &Path)] = &[("--key", &key_file), ("--office", &office)];
    done(vigie(
        &[
            "office",
            "init",
            "--server",
            &serve.url,
            "--setup",
            &link,
            "--name",
            "Bureau d’essai",
        ],
        &desk[..1],
        &[],
    ));
    not_done(vigie(
        &["office", "init", "--server", &serve.url, "--setup", &link],
        &desk[..1],
        &[],
    ));
    let second = place.path().join("second.key");
    not_done(vigie(
        &["office", "init", "--server", &serve.url, "--setup", &link],
        &[("--key", &second)],
        &[],
    ));
    assert!(
        !second.exists(),
        "a key that no server knows is not left lying about"
    );
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(&key_file).expect("the key").permissions()
        ) & 0o077,
        0
    );

    let new = [
        "mission",
        "new",
        "--name",
        "Haïti – essai",
        "--starts",
        "2026-10-12",
        "--ends",
        "2026-10-23",
        "--form",
    ];
    let made = done(vigie(
        &[
            &new[..],
            &[form("conditions_travail_court.xlsx")
                .to_str()
                .expect("a path")],
        ]
        .concat(),
        desk,
        &[],
    ));
    assert!(
        made.contains("conditions_travail_court 2026113002"),
        "{made}"
    );
    not_done(vigie(
        &[
            "mission",
            "new",
            "--name",
            "À l’envers",
            "--starts",
            "2026-10-12",
            "--ends",
            "2026-10-01",
        ],
        desk,
        &[],
    ));
    assert!(done(vigie(&["mission", "list"], desk, &[])).contains("Haïti – essai"));
    let more = form("evaluation_activite.xlsx");
    let added = done(vigie(
        &["form", "add", more.to_str().expect("a path")],
        desk,
        &[],
    ));
    assert!(added.contains("evaluation_activite"), "{added}");
    let given = [
        "--form",
        "evaluation_activite",
        "--mission",
        "Haïti – essai",
    ];
    done(vigie(
        &[&["form", "assign"], &given[..]].concat(),
        desk,
        &[],
    ));
    not_done(vigie(
        &[
            "form",
            "assign",
            "--form",
            "rien",
            "--mission",
            "Haïti – essai",
        ],
        desk,
        &[],
    ));
    let library = done(vigie(&["form", "list"], desk, &[]));
    assert_eq!(
        library.matches("Haïti – essai").count(),
        2,
        "both forms are in the mission: {library}"
    );
    let code = |label: &str| {
        let printed = done(vigie(
            &["invite", "--mission", "Haïti – essai", "--label", label],
            desk,
            &[],
        ));
        let mut lines = printed.lines();
        let code = lines.next().expect("a code").to_owned();
        assert_eq!(lines.next(), Some(&*format!("{}/j#{code}", serve.url)));
        code
    };
    let mut ana = Delegate::join(&serve.url, &code("Anaïs"), "Anaïs").expect("Ana takes part");
    let mut luc = Delegate::join(&serve.url, &code("Lucien"), "Lucien").expect("Luc takes part");
    not_done(vigie(&["invite", "--mission", "Nulle part"], desk, &[]));

    // What they type: everything that breaks careless programs.
    let typed = "Première ligne\nseconde; \"guillemets\", virgule\t😀 مرحبا \u{0000} fin";
    let note = ana.write(
        Timestamp(1_791_800_000_000),
        None,
        Kind::NOTE,
        fields(&[
            ("title", json!("=1+1")),
            ("text", json!(typed)),
            ("themes", json!(["decent_wages", "working_time"])),
        ]),
    );
    let contact = ana.write(
        Timestamp(1_791_800_100_000),
        None,
        Kind::CONTACT,
        fields(&[
            ("name", json!("« Rose »")),
            ("phone", json!("+509 5555 0101")),
        ]),
    );
    let response = ana.respond(
        Timestamp(1_791_800_200_000),
        "conditions_travail_court",
        fields(&[
            ("travail/pays", json!("HT")),
            ("heures/heures_jour", json!("9.5")),
            ("_lang", json!("fr")),
        ]),
    );
    luc.learn_from(&ana);
    ana.write(
        Timestamp(1_791_800_300_000),
        Some(contact),
        Kind::CONTACT,
        fields(&[("reach", json!("le soir"))]),
    );
    ana.write(
        Timestamp(1_791_800_300_000),
        Some(contact),
        Kind::CONTACT,
        fields(&[("role", json!("coordonnatrice"))]),
    );
    let luc_too = |luc: &mut Delegate, rec: RecordId| {
        luc.write(
            Timestamp(1_791_800_400_000),
            Some(rec),
            Kind::CONTACT,
            fields(&[("reach", json!("par Anaïs"))]),
        )
    };
    luc_too(&mut luc, contact);
    let by_server = ana.send().expect("sent");
    let by_file = luc.seal().expect("sealed");

    // One way is the server, the other a key with good and bad files on it.
    let fetched = done(vigie(&["fetch"], desk, &[]));
    assert!(fetched.contains("Anaïs"), "{fetched}");
    assert!(
        done(vigie(&["fetch"], desk, &[])).starts_with("0 new"),
        "fetching again brings nothing"
    );
    let on_key = |name: &str, bytes: &[u8]| fs::write(sent.join(name), bytes).expect("a file");
    on_key("luc.age", &by_file);
    fs::create_dir(sent.join("more")).expect("a folder");
    on_key("more/luc again.age", &by_file);
    on_key("cut.age", &by_file[..by_file.len() - 20]);
    let mut flipped = by_file.clone();
    let last = flipped.len() - 5;
    flipped[last] ^= 4;
    on_key("flipped.age", &flipped);
    on_key("holiday.jpg", b"not at all");
    on_key("empty.age", b"");
    let other = vigie_seal::envelope::Identity::generate().recipient();
    on_key(
        "not for us.age",
        &vigie_seal::envelope::seal(b"{}", &[other]).expect("sealed"),
    );
    let (told, why) = not_done(vigie(&["import"], desk, std::slice::from_ref(&sent)));
    assert!(why.contains("5 refused"), "{why}\n{told}");
    let line = |end: &str| {
        told.lines()
            .find(|line| line.contains(end))
            .unwrap_or_else(|| panic!("{end}: {told}"))
            .to_owned()
    };
    assert!(line("luc.age").starts_with("new "), "{told}");
    assert!(line("luc.age").contains("Lucien"), "{told}");
    assert!(line("luc again.age").starts_with("already there"), "{told}");
    for (file, reason) in [
        ("cut.age", "cut short or damaged"),
        ("flipped.age", "cut short or damaged"),
        ("holiday.jpg", "not a sealed bundle"),
        ("not for us.age", "sealed for another office"),
    ] {
        assert!(
            line(file).starts_with("refused") && line(file).contains(reason),
            "{}",
            line(file)
        );
    }
    assert!(done(vigie(&["import"], desk, &[sent.join("luc.age")])).starts_with("already there"));
    let missing = sent.join("nowhere.age");
    not_done(vigie(&["import"], desk, &[missing]));

    // The receipt of what came as a file goes back too, at the next fetch.
    done(vigie(&["fetch"], desk, &[]));
    for (delegate, bundle) in [(&ana, by_server), (&luc, bundle_id(&by_file))] {
        let receipts = block_on(delegate.client().receipts(0, now()))
            .expect("receipts")
            .receipts;
        assert_eq!(
            receipts
                .iter()
                .map(|receipt| receipt.receipt.bundle)
                .collect::<Vec<_>>(),
            [bundle]
        );
        let office = delegate.card().office.parse().expect("the office's key");
        receipts[0]
            .receipt
            .clone()
            .verify(&office)
            .expect("the office's own word");
    }

    // The exports say what was typed.
    let out = place.path().join("out");
    done(vigie(
        &["export", "--format", "csv"],
        &[desk, &[("--out", out.as_path())]].concat(),
        &[],
    ));
    let notes = table(&out.join("notes.csv"));
    let row = &notes[&note.to_string()];
    assert_eq!(
        (
            row["title"].as_str(),
            row["text"].as_str(),
            row["_by"].as_str()
        ),
        ("'=1+1", typed, "Anaïs")
    );
    assert_eq!(row["themes"], "decent_wages working_time");
    let row = &table(&out.join("contacts.csv"))[&contact.to_string()];
    assert_eq!(
        (
            row["name"].as_str(),
            row["phone"].as_str(),
            row["role"].as_str()
        ),
        ("« Rose »", "'+509 5555 0101", "coordonnatrice")
    );
    assert!(
        row["_conflicts"].contains("par Anaïs") && row["_conflicts"].contains("le soir"),
        "{row:?}"
    );
    let row = &table(&out.join("responses_conditions_travail_court.csv"))[&response.to_string()];
    assert_eq!(
        (
            row["travail/pays"].as_str(),
            row["heures/heures_jour"].as_str()
        ),
        ("HT", "9.5")
    );
    let codebook = fs::read_to_string(out.join("codebook.csv")).expect("the codebook");
    assert!(
        codebook.contains("Dans quel pays travaillez-vous\u{202f}?")
            && codebook.contains("¿En qué país trabaja?")
    );
    the_workbook_says_what_was_typed(desk, &out, typed);
    done(vigie(
        &["export", "--format", "json"],
        &[desk, &[("--out", out.as_path())]].concat(),
        &[],
    ));
    let exported: Value =
        serde_json::from_slice(&fs::read(out.join("vigie.json")).expect("JSON")).expect("JSON");
    let records = exported["records"].as_array().expect("records");
    assert_eq!(records.len(), 3);
    let found = records
        .iter()
        .find(|record| record["rec"] == note.to_string())
        .expect("the note");
    assert_eq!(found["fields"]["title"], "=1+1");
    assert_eq!(found["fields"]["text"], typed);
    narrowed_is_exported_alone(desk, &out, [note, contact, response]);

    // At rest: nothing that was typed, in the office's folder or at the server.
    for folder in [&office, &place.path().join("data")] {
        for path in all_files(folder) {
            let bytes = fs::read(&path).expect("a file");
            for secret in [
                "« Rose »",
                "Première",
                "Haïti –",
                "Anaïs",
                "Lucien",
                "decent_wages",
                "travail/pays",
                "5555 0101",
            ] {
                let found = bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} in {}", path.display());
            }
        }
    }
    opens_with_age(
        &key_file,
        &office.join("bundles").join(format!("{by_server}.age")),
        typed,
    );

    // The server ends well, and its log names nobody.
    let (status, log) = serve.kill("-TERM");
    assert!(status.success(), "{log}");
    assert!(log.contains("route=\"/v1/bundles/{bundle}\""), "{log}");
    for word in [
        "127.0.0.1",
        &by_server.to_string(),
        &ana.device().to_string(),
        &ana.card().mission.id.to_string(),
        "Bureau d",
    ] {
        assert!(!log.contains(word), "{word}: {log}");
    }

    // Without a server, import and export go on with what is here.
    done(vigie(&["import"], desk, &[sent.join("luc.age")]));
    not_done(vigie(&["fetch"], desk, &[]));
}

/// By another programme's reader; labels beside codes, in the language asked for.
fn the_workbook_says_what_was_typed(desk: &[(&str, &Path)], out: &Path, typed: &str) {
    let asked = [
        "export",
        "--format",
        "xlsx",
        "--answers",
        "both",
        "--lang",
        "es",
    ];
    done(vigie(&asked, &[desk, &[("--out", out)]].concat(), &[]));
    let mut book: Xlsx<_> = open_workbook(out.join("vigie.xlsx")).expect("a workbook");
    assert_eq!(
        book.sheet_names(),
        ["contacts", "notes", "conditions_travail_court", "codebook"]
    );
    let mut cell = |sheet: &str, column: &str| {
        let range = book.worksheet_range(sheet).expect("a sheet");
        let header = range.headers().expect("a header");
        let at = header.iter().position(|name| name == column);
        range.rows().nth(1).expect("a row")[at.expect("a column")].clone()
    };
    let text = |text: &str| Data::String(text.into());
    assert_eq!(cell("notes", "title"), text("=1+1"));
    assert_eq!(cell("notes", "text"), text(typed));
    assert_eq!(cell("notes", "themes"), text("decent_wages working_time"));
    assert_eq!(
        cell("notes", "themes:label"),
        text("Salarios dignos, Tiempo de trabajo")
    );
    assert_eq!(cell("contacts", "phone"), text("+509 5555 0101"));
    let response = "conditions_travail_court";
    assert_eq!(cell(response, "travail/pays"), text("HT"));
    assert_eq!(cell(response, "travail/pays:label"), text("Haití"));
    assert_eq!(cell(response, "heures/heures_jour"), Data::Float(9.5));
    assert!(matches!(cell(response, "_created"), Data::DateTime(_)));
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| {
            if path.is_dir() {
                all_files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The public tools open a bundle without Vigie: `age -d -i office.key bundle.age | gunzip | jq -r -f columns.jq`.
fn opens_with_age(key: &Path, bundle: &Path, typed: &str) {
    let sealed = std::fs::read(bundle).expect("a bundle");
    let columns = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/columns.jq");
    let opened = given("age", &[&"-d", &"-i", &key], &sealed)
        .and_then(|compressed| given("gunzip", &[], &compressed))
        .and_then(|plain| given("jq", &[&"-r", &"-f", &columns], &plain));
    let Some(opened) = opened else { return };
    let first = serde_json::Deserializer::from_slice(&opened)
        .into_iter::<Value>()
        .next();
    let first = first.expect("an op").expect("JSON");
    assert_eq!(first["set"]["text"], typed);
}

/// What a programme makes of `input`; none where it is not installed here.
fn given(programme: &str, args: &[&dyn AsRef<std::ffi::OsStr>], input: &[u8]) -> Option<Vec<u8>> {
    let running = Command::new(programme)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut running) = running else {
        eprintln!("{programme} is not installed here: apt-get install {programme}");
        return None;
    };
    let mut stdin = running.stdin.take().expect("stdin");
    let told = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("given"));
        running.wait_with_output().expect("its output")
    });
    assert!(told.status.success(), "{programme}: {told:?}");
    Some(told.stdout)
}

#[test]
fn a_server_killed_in_the_middle_of_an_upload_starts_again_clean() {
    let place = TempDir::new().expect("a folder");
    let serve = Serve::start(place.path(), &[], false);
    let (office, device) = (key(1), key(2));
    let mission = MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(5));
    let token = serve
        .link
        .as_ref()
        .and_then(|link| link.rsplit('/').next())
        .expect("a token")
        .to_owned();
    let client =
        |url: &str, key: &vigie_sign::SigningKey| Client::new(Wire::new(), url, key.clone());
    block_on(client(&serve.url, &office).set_up_office(&token, "Bureau", now())).expect("set up");
    let invite = api::PutInvite {
        replaces: false,
        mission: None,
        partner: false,
        uses: 1,
        expires: Timestamp(now().0 + 60_000),
        sealed: api::Base64(vec![1; 40]),
    };
    block_on(client(&serve.url, &office).put_invite(&invite_id(1), &invite, now()))
        .expect("an invite");
    block_on(client(&serve.url, &device).enrol(&enrolment(&device, 1), now())).expect("enrolled");
    block_on(client(&serve.url, &device).put_bundle(
        &bundle_id(b"kept"),
        &mission,
        b"kept".to_vec(),
        now(),
    ))
    .expect("stored");

    let bytes = vec![9; 6_000_000];
    let request = put(&bytes, &mission).sign(&device, now());
    let mut line = TcpStream::connect(serve.url.trim_start_matches("http://")).expect("a line");
    let mut head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n",
        request.path,
        bytes.len()
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    line.write_all(format!("{head}\r\n").as_bytes())
        .expect("the head");
    line.write_all(&bytes[..4_000_000]).expect("a part");
    let folder = place.path().join("sealed/bundles");
    let staged = || {
        fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter(|file| {
                file.as_ref()
                    .expect("a file")
                    .file_name()
                    .to_string_lossy()
                    .contains('#')
            })
            .count()
    };
    until("the upload is under way", || staged() > 0);
    serve.kill("-KILL");
    assert_eq!(staged(), 1, "the crash leaves the part behind");

    let serve = Serve::start(place.path(), &[], true);
    assert_eq!(staged(), 0, "the next start clears it");
    let again = client(&serve.url, &device);
    assert_eq!(
        block_on(again.state(now())).expect("state").bundles,
        [bundle_id(b"kept")]
    );
    assert_eq!(
        block_on(Wire::new().send(&serve.url, request))
            .expect("sent")
            .status,
        201
    );
    assert_eq!(
        block_on(again.state(now())).expect("state").bundles,
        [bundle_id(b"kept"), bundle_id(&bytes)]
    );
    assert!(serve.kill("-INT").0.success());
}

#[test]
fn exit_codes_and_help_are_as_documented() {
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["office", "init", "--help"],
        &["mission", "new", "--help"],
        &["mission", "list", "--help"],
        &["invite", "--help"],
        &["form", "check", "--help"],
        &["form", "add", "--help"],
        &["form", "list", "--help"],
        &["form", "assign", "--help"],
        &["fetch", "--help"],
        &["import", "--help"],
        &["export", "--help"],
        &["demo", "--help"],
    ] {
        assert!(
            done(vigie(command, &[], &[])).contains("Usage: vigie"),
            "{command:?}"
        );
    }
    for nonsense in [
        &[][..],
        &["snow"],
        &["export", "--format", "pdf", "--out", "x", "--key", "y"],
        &[
            "export", "--format", "csv", "--out", "x", "--key", "y", "--where", "heures",
        ],
        &[
            "export", "--format", "csv", "--out", "x", "--key", "y", "--theme", "snow",
        ],
        &[
            "export", "--format", "csv", "--out", "x", "--key", "y", "--kind", "snow",
        ],
        &[
            "export", "--format", "csv", "--out", "x", "--key", "y", "--from", "tomorrow",
        ],
        &["invite", "--days", "0", "--mission", "m", "--key", "k"],
        &[
            "mission", "new", "--name", "n", "--key", "k", "--starts", "tomorrow",
        ],
    ] {
        assert_eq!(
            vigie(nonsense, &[], &[]).status.code(),
            Some(2),
            "{nonsense:?}"
        );
    }
    let place = TempDir::new().expect("a folder");
    let nowhere = place.path().join("nowhere.key");
    let (_, why) = not_done(vigie(
        &["mission", "list"],
        &[("--key", &nowhere), ("--office", place.path())],
        &[],
    ));
    assert!(why.contains("nowhere.key"), "{why}");
    fs::write(&nowhere, "hello").expect("a file");
    let (_, why) = not_done(vigie(
        &["mission", "list"],
        &[("--key", &nowhere), ("--office", place.path())],
        &[],
    ));
    assert!(why.contains("line 1"), "{why}");
}

#[test]
fn a_demonstration_is_made_by_the_real_protocol_and_opens_with_its_passphrase() {
    let place = TempDir::new().expect("a folder");
    let forms = form("");
    let serve = Serve::start(
        place.path(),
        &["--demo", "--forms", forms.to_str().expect("a path")],
        true,
    );
    let note = place.path().join("demo.txt");
    until("the demonstration is made", || note.exists());
    let text = fs::read_to_string(&note).expect("how to open it");
    assert!(
        text.contains(vigie_command::demo::PASSPHRASE) && text.contains("/j#"),
        "{text}"
    );
    let link = text
        .split_whitespace()
        .find(|word| word.contains("/j#"))
        .expect("an invite's link");
    let code = link.rsplit('#').next().expect("its code");
    Delegate::join(&serve.url, code, "Visiteuse").expect("a phone may join");

    let partner = text.split_whitespace().find(|word| word.contains("/q#"));
    let partner = partner.expect("a partner link").to_owned();
    let (key_file, office, out) = (
        place.path().join("office.key"),
        place.path().join("office"),
        place.path().join("out"),
    );
    let export = |passphrase: &str| {
        Command::new(VIGIE)
            .args(["export", "--format", "csv", "--out"])
            .arg(&out)
            .arg("--key")
            .arg(&key_file)
            .arg("--office")
            .arg(&office)
            .env("VIGIE_PASSPHRASE", passphrase)
            .output()
            .expect("vigie runs")
    };
    not_done(export("wrong"));
    done(export(vigie_command::demo::PASSPHRASE));
    let link = |arguments: &[&str]| {
        Command::new(VIGIE)
            .arg("link")
            .args(arguments)
            .args(["--mission", "Haïti – octobre 2026", "--key"])
            .arg(&key_file)
            .arg("--office")
            .arg(&office)
            .env("VIGIE_PASSPHRASE", vigie_command::demo::PASSPHRASE)
            .output()
            .expect("vigie runs")
    };
    let consent = place.path().join("consentement.txt");
    fs::write(&consent, "Vous êtes libre.").expect("a file");
    let consent = format!("fr={}", consent.display());
    let new = [
        "new",
        "--label",
        "Kiosque",
        "--count",
        "3",
        "--days",
        "2",
        "--kiosk",
        "--later-days",
        "3",
    ];
    // Seven questionnaires: which one has to be said.
    not_done(link(&new));
    let form = ["--form", "evaluation_activite", "--consent", &consent];
    let made = done(link(&[&new[..], &form[..]].concat()));
    let code = made.lines().next().expect("a code").to_owned();
    assert!(made.contains(&format!("/q#{code}")), "{made}");
    let listed = done(link(&["list"]));
    assert!(listed.contains(&partner), "{listed}");
    assert!(
        listed.contains(&format!("{code}  Kiosque  open")),
        "{listed}"
    );
    assert!(
        listed.contains("evaluation_activite · 0 of 3 answered · 3 days to go on"),
        "{listed}"
    );
    done(link(&["close", "kiosque"]));
    assert!(done(link(&["list"])).contains("Kiosque  closed"));
    not_done(link(&["close", "autre"]));
    assert_eq!(table(&out.join("notes.csv")).len(), 12);
    let contacts = table(&out.join("contacts.csv"));
    assert_eq!(contacts.len(), 5);
    assert_eq!(
        contacts
            .values()
            .filter(|row| !row["_conflicts"].is_empty())
            .count(),
        1
    );
    let responses = table(&out.join("responses_conditions_travail_court.csv"));
    assert_eq!(responses.len(), 6);
    // Calculated by the questionnaire itself: 11 hours, 7 days.
    let longest = responses
        .values()
        .find(|row| row["heures/heures_jour"] == "11")
        .expect("the night cleaner");
    assert_eq!(
        (
            longest["heures/semaine"].as_str(),
            longest["heures/semaine_categorie"].as_str()
        ),
        ("77", "plus_60")
    );
    let listen = serve.url.trim_start_matches("http://").to_owned();
    assert!(serve.kill("-TERM").0.success());

    // A second start, at the address that the devices know, reuses it and makes a fresh invite.
    fs::remove_file(&note).expect("removed");
    let serve = Serve::start_at(
        &listen,
        place.path(),
        &["--demo", "--forms", forms.to_str().expect("a path")],
        true,
    );
    until("the demonstration is made", || note.exists());
    let again = fs::read_to_string(&note).expect("how to open it");
    assert_ne!(again, text);
    assert!(
        again.contains(&partner),
        "a poster that was printed still opens"
    );
    assert!(serve.kill("-TERM").0.success());
}

#[test]
fn a_form_is_checked_with_all_its_problems_and_an_exit_code() {
    let good = form("conditions_travail_court.xlsx");
    let told = done(vigie(
        &["form", "check", good.to_str().expect("a path")],
        &[],
        &[],
    ));
    assert!(told.contains("good"), "{told}");
    let place = TempDir::new().expect("a folder");
    let bad = place.path().join("bad.xml");
    fs::write(
        &bad,
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head><h:title>T</h:title>\
         <model><instance><data id=\"t\"><a/><b/></data></instance><bind nodeset=\"/data/a\" relevant=\"nosuch()\"/>\
         <bind nodeset=\"/data/b\" relevant=\"1 +\"/></model></h:head><h:body/></h:html>",
    )
    .expect("a file");
    let (told, why) = not_done(vigie(
        &["form", "check", bad.to_str().expect("a path")],
        &[],
        &[],
    ));
    assert!(
        told.contains("nosuch") && told.contains("2 errors"),
        "every problem is listed: {told}"
    );
    assert!(why.contains("1 refused"), "{why}");
}

/// Stands before a server and hangs up on requests that begin so, until it is mended.
struct Cutter {
    url: String,
    fuse: std::sync::Arc<std::sync::Mutex<Option<&'static str>>>,
}

impl Cutter {
    fn before(url: &str) -> Cutter {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = listener.local_addr().expect("an address");
        let there = url.trim_start_matches("http://").to_owned();
        let fuse = std::sync::Arc::<std::sync::Mutex<Option<&'static str>>>::default();
        let shared = std::sync::Arc::clone(&fuse);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut near) = stream else { return };
                let mut start = [0; 64];
                let Ok(read) = near.peek(&mut start) else {
                    continue;
                };
                let fuse = *shared.lock().expect("no panic while held");
                if fuse.is_some_and(|fuse| start[..read].starts_with(fuse.as_bytes())) {
                    continue;
                }
                let mut far = TcpStream::connect(&there).expect("the server");
                let (mut near2, mut far2) = (
                    near.try_clone().expect("a socket"),
                    far.try_clone().expect("a socket"),
                );
                std::thread::spawn(move || {
                    drop(std::io::copy(&mut near, &mut far));
                    drop(far.shutdown(std::net::Shutdown::Write));
                });
                std::thread::spawn(move || {
                    drop(std::io::copy(&mut far2, &mut near2));
                    drop(near2.shutdown(std::net::Shutdown::Both));
                });
            }
        });
        Cutter {
            url: format!("http://{here}"),
            fuse,
        }
    }

    fn cut(&self, request: &'static str) {
        *self.fuse.lock().expect("no panic while held") = Some(request);
    }

    fn mend(&self) {
        *self.fuse.lock().expect("no panic while held") = None;
    }
}

#[test]
fn a_command_that_was_cut_is_finished_by_the_next_fetch() {
    let place = TempDir::new().expect("a folder");
    let (key_file, office) = (place.path().join("office.key"), place.path().join("office"));
    let serve = Serve::start(&place.path().join("data"), &[], false);
    let line = Cutter::before(&serve.url);
    let link = serve.link.clone().expect("the set-up link");
    let desk: &[(&str, &Path)] = &[("--key", &key_file), ("--office", &office)];
    let init = ["office", "init", "--server", &line.url, "--setup", &link];
    done(vigie(&init, &desk[..1], &[]));

    line.cut("PUT /v1/cards/");
    let form = form("conditions_travail_court.xlsx");
    let new = ["mission", "new", "--name", "Coupée", "--form"];
    let new = [&new[..], &[form.to_str().expect("a path")]].concat();
    not_done(vigie(&new, desk, &[]));
    line.cut("PUT /v1/invites/");
    let invite = ["invite", "--mission", "Coupée", "--label", "Ana"];
    not_done(vigie(&invite, desk, &[]));
    line.mend();
    done(vigie(&["fetch"], desk, &[]));
    assert_eq!(
        done(vigie(&["mission", "list"], desk, &[]))
            .matches("Coupée")
            .count(),
        1
    );
    let list = ["invite", "list", "--mission", "Coupée"];
    let invites = done(vigie(&list, desk, &[]));
    let code = invites.split_whitespace().next().expect("a code");
    assert_eq!(invites.lines().count(), 1, "{invites}");
    let mut ana = Delegate::join(&line.url, code, "Ana").expect("Ana takes part");
    assert_eq!(ana.card().forms.len(), 1);
    let say = |ana: &mut Delegate, title: &str, at: i64| {
        ana.write(
            Timestamp(now().0 + at),
            None,
            Kind::NOTE,
            fields(&[("title", json!(title))]),
        );
    };
    say(&mut ana, "avant", 0);
    ana.send().expect("sent");
    done(vigie(&["fetch"], desk, &[]));

    // An invite is cancelled, although the server heard of it at the fetch only.
    let second = ["invite", "--mission", "Coupée", "--label", "Luc"];
    let printed = done(vigie(&second, desk, &[]));
    let code = printed.lines().next().expect("a code").to_owned();
    line.cut("DELETE /v1/invites/");
    let cancel = ["invite", "cancel", "--mission", "Coupée", "Luc"];
    not_done(vigie(&cancel, desk, &[]));
    line.mend();
    done(vigie(&["fetch"], desk, &[]));
    assert!(Delegate::join(&line.url, &code, "Luc").is_err());
    let invites = done(vigie(&list, desk, &[]));
    assert!(
        invites.contains("cancelled") && invites.contains("used by Ana"),
        "{invites}"
    );

    // A phone is lost.
    let devices = ["device", "list", "--mission", "Coupée"];
    let said = format!("Ana  takes part  app {}", env!("CARGO_PKG_VERSION"));
    assert!(done(vigie(&devices, desk, &[])).contains(&said));
    line.cut("DELETE /v1/devices/");
    let remove = ["device", "remove", "--mission", "Coupée", "Ana"];
    not_done(vigie(&remove, desk, &[]));
    line.mend();
    done(vigie(&["fetch"], desk, &[]));
    assert!(done(vigie(&devices, desk, &[])).contains("Ana  removed"));
    say(&mut ana, "après", 10);
    assert!(ana.send().is_err(), "the server knows it no more");
    let (_, err) = not_done(vigie(
        &["device", "remove", "--mission", "Coupée", "Personne"],
        desk,
        &[],
    ));
    assert!(err.contains("device list"), "{err}");
}

/// Whether any file of an office's folder says it, opened with the office's key.
fn says(office: &Path, key_file: &Path, word: &str) -> bool {
    let text = fs::read_to_string(key_file).expect("the key");
    let keys = OfficeKeys::from_text(&text).expect("a key file");
    let sealed = all_files(office).into_iter();
    let mut sealed = sealed.filter_map(|path| fs::read(path).ok());
    sealed.any(|bytes| {
        let plain = envelope::open(&bytes, &keys.identity, 64 * 1024 * 1024).expect("ours");
        String::from_utf8_lossy(&plain).contains(word)
    })
}

#[test]
fn what_is_erased_leaves_every_folder_of_the_office_and_the_proof_verifies() {
    let place = TempDir::new().expect("a folder");
    let path = |name: &str| place.path().join(name);
    let (key_file, office, other) = (path("office.key"), path("office"), path("other"));
    let (out, proof) = (path("export"), path("proof.json"));
    let serve = Serve::start(&path("data"), &[], false);
    let line = Cutter::before(&serve.url);
    let link = serve.link.clone().expect("the set-up link");
    let desk: &[(&str, &Path)] = &[("--key", &key_file), ("--office", &office)];
    let second: &[(&str, &Path)] = &[("--key", &key_file), ("--office", &other)];
    let init = ["office", "init", "--server", &line.url, "--setup", &link];
    done(vigie(&init, &desk[..1], &[]));
    done(vigie(&["mission", "new", "--name", "Essai"], desk, &[]));
    let invite = ["invite", "--mission", "Essai", "--label", "Ana"];
    let printed = done(vigie(&invite, desk, &[]));
    let code = printed.lines().next().expect("a code");
    let mut ana = Delegate::join(&line.url, code, "Ana").expect("Ana takes part");
    let said = fields(&[("title", json!("Maria Quispe")), ("text", json!("…"))]);
    let rec = ana.write(now(), None, Kind::NOTE, said);
    let said = fields(&[("title", json!("Autre chose"))]);
    ana.write(now(), None, Kind::NOTE, said);
    ana.send().expect("sent");
    done(vigie(&["fetch"], desk, &[]));
    done(vigie(&["fetch"], second, &[]));
    let bundles = all_files(&office.join("bundles"));
    let carried: Vec<PathBuf> = (0..bundles.len())
        .map(|n| path(&format!("{n}.age")))
        .collect();
    for (from, to) in bundles.iter().zip(&carried) {
        fs::copy(from, to).expect("a copy");
    }
    assert!(says(&office, &key_file, "Maria") && says(&other, &key_file, "Maria"));

    let rec = rec.to_string();
    let no_reason = vigie(&["purge", &rec], desk, &[]);
    assert_eq!(no_reason.status.code(), Some(2), "{no_reason:?}");
    let wrong = ["purge", "00000000", "--reason", "à sa demande"];
    let (_, err) = not_done(vigie(&wrong, desk, &[]));
    assert!(err.contains("no entry"), "{err}");
    // The line is cut: it is erased here all the same, and said by the next fetch.
    line.cut("PUT /v1/docs/");
    let with_proof = [desk, &[("--proof", proof.as_path())]].concat();
    let purge = ["purge", &rec[..8], "--reason", "à sa demande"];
    not_done(vigie(&purge, &with_proof, &[]));
    assert!(!says(&office, &key_file, "Maria"));
    line.mend();
    done(vigie(&["fetch"], desk, &[]));
    let (_, err) = not_done(vigie(&purge, &with_proof, &[]));
    assert!(err.contains("nothing is left"), "{err}");

    // A folder that had it, one that never had, and the same letters by another way.
    done(vigie(&["fetch"], second, &[]));
    let third = path("third");
    let third_desk: &[(&str, &Path)] = &[("--key", &key_file), ("--office", &third)];
    done(vigie(&["fetch"], third_desk, &[]));
    done(vigie(&["import"], desk, &carried));
    for folder in [&office, &other, &third] {
        assert!(!says(folder, &key_file, "Maria"), "{}", folder.display());
        assert!(
            says(folder, &key_file, "Autre chose"),
            "{}",
            folder.display()
        );
    }
    for format in ["json", "csv"] {
        let export = [desk, &[("--out", out.as_path())]].concat();
        done(vigie(&["export", "--format", format], &export, &[]));
    }
    for file in all_files(&out) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        assert!(!text.contains("Maria"), "{}", file.display());
    }

    let verify = |path: &Path| vigie(&["purge"], &[("--verify", path)], &[]);
    let told = done(verify(&proof));
    assert!(
        told.contains("à sa demande") && told.contains(&rec),
        "{told}"
    );
    let forged = path("forged.json");
    let text = fs::read_to_string(&proof).expect("the proof");
    fs::write(&forged, text.replace("à sa demande", "sans demande")).expect("a file");
    let (_, err) = not_done(verify(&forged));
    assert!(err.contains("not signed"), "{err}");
}

/// Somebody who takes part by an invite, with all that the office says to her in the clear.
struct Member {
    key: vigie_sign::SigningKey,
    secret: InviteSecret,
    client: Client<Wire>,
}

impl Member {
    fn join(url: &str, link: &str, seed: u8) -> Member {
        let (code, _) = vigie_join::read_invite(link, url).expect("an invite");
        let key = key(seed);
        let client = Client::new(Wire::new(), url, key.clone());
        let sealed = block_on(client.invite(&code.id(), now())).expect("the box");
        let secret = InviteSecret::open(&sealed.sealed.0, &code).expect("opens");
        let mut chance = |bytes: &mut [u8]| bytes.fill(seed);
        let enrol = vigie_join::enrol(&code, &key, "Luc", &secret.mission_key, &mut chance);
        block_on(client.enrol(&enrol, now())).expect("enrolled");
        let says = vigie_join::member(&key, &secret.mission);
        block_on(client.put_member(&secret.mission, &says, now())).expect("said");
        Member {
            key,
            secret,
            client,
        }
    }

    /// Whom the card names.
    fn team(&self) -> Vec<DeviceId> {
        let card = block_on(self.client.card(&self.secret.mission, None, now()));
        let CardAnswer::Card { sealed, .. } = card.expect("the card") else {
            panic!("a card");
        };
        let card = open_card(&sealed, &self.secret.office, &self.secret.mission_key);
        let members = card.expect("opens").members;
        members.into_iter().map(|member| member.device).collect()
    }

    /// The titles that the office's letters give her, in order.
    fn given(&self) -> Vec<Vec<Value>> {
        let mission = self.secret.mission;
        let team = block_on(self.client.team(&mission, 0, 100, now())).expect("of the team");
        let letters = team.letters.iter().filter(|item| item.device.is_none());
        let opened = letters.map(|item| {
            let sealed = block_on(self.client.team_letter(&mission, &item.letter, now()));
            let identity = Identity::of_member(&self.key);
            let ops = open_letter(
                envelope::open,
                &sealed.expect("given"),
                &identity,
                mission,
                &self.secret.office,
            );
            let ops = ops.expect("the office's").into_iter();
            ops.filter_map(|stored| stored.op.set.get("title").cloned())
                .collect()
        });
        opened.collect()
    }
}

#[test]
fn a_team_is_named_and_given_what_was_there_and_what_came_as_a_file() {
    let place = TempDir::new().expect("a folder");
    let path = |name: &str| place.path().join(name);
    let (key_file, office, other) = (path("office.key"), path("office"), path("other"));
    let serve = Serve::start(&path("data"), &[], false);
    let line = Cutter::before(&serve.url);
    let link = serve.link.clone().expect("the set-up link");
    let desk: &[(&str, &Path)] = &[("--key", &key_file), ("--office", &office)];
    let second: &[(&str, &Path)] = &[("--key", &key_file), ("--office", &other)];
    let init = ["office", "init", "--server", &line.url, "--setup", &link];
    done(vigie(&init, &desk[..1], &[]));
    let new = ["mission", "new", "--name", "Essai", "--share-with-team"];
    done(vigie(&new, desk, &[]));
    let invite = |label: &str| {
        let invite = ["invite", "--mission", "Essai", "--label", label];
        let printed = done(vigie(&invite, desk, &[]));
        printed.lines().next().expect("a code").to_owned()
    };
    let mut ana = Delegate::join(&line.url, &invite("Ana"), "Ana").expect("Ana takes part");
    let note = |ana: &mut Delegate, title: &str| {
        let said = fields(&[("title", json!(title))]);
        ana.write(now(), None, Kind::NOTE, said);
    };
    note(&mut ana, "Avant Luc");
    ana.send().expect("sent");
    done(vigie(&["fetch"], desk, &[]));
    let luc = Member::join(&line.url, &invite("Luc"), 77);
    assert_eq!(luc.team(), []);
    // Cut between the card and the letter, then once its answer is lost: it is given by the next fetch, once.
    line.cut("PUT /v1/team/");
    not_done(vigie(&["fetch"], desk, &[]));
    assert_eq!(luc.team(), [luc.key.device()]);
    line.mend();
    done(vigie(&["fetch"], desk, &[]));
    assert_eq!(luc.given(), [[json!("Avant Luc")]]);
    for folder in [second, desk] {
        done(vigie(&["fetch"], folder, &[]));
        assert_eq!(luc.given().len(), 1);
    }
    // As a file, without a server; and as a phone of before sends, for the office alone: both desks fetch that.
    note(&mut ana, "Par clé");
    let file = path("ana.age");
    fs::write(&file, ana.seal().expect("sealed")).expect("a file");
    done(vigie(&["import"], desk, &[file]));
    done(vigie(&["fetch"], desk, &[]));
    note(&mut ana, "Par le serveur");
    ana.send().expect("sent");
    for folder in [second, desk] {
        done(vigie(&["fetch"], folder, &[]));
    }
    let expected = ["Avant Luc", "Par clé", "Par le serveur"].map(|title| vec![json!(title)]);
    assert_eq!(luc.given(), expected);
}

#[test]
fn two_offices_share_a_mission_by_their_calling_cards_through_every_cut_and_it_ends() {
    let place = TempDir::new().expect("a folder");
    let path = |name: &str| place.path().join(name);
    let (data, keys) = (path("data"), [path("lead.key"), path("other.key")]);
    let folders = [path("lead"), path("other")];
    let serve = Serve::start(&data, &[], false);
    let line = Cutter::before(&serve.url);
    let lead: &[(&str, &Path)] = &[("--key", &keys[0]), ("--office", &folders[0])];
    let other: &[(&str, &Path)] = &[("--key", &keys[1]), ("--office", &folders[1])];
    let invited = ["office", "invite", "--url", &serve.url];
    let invited = done(vigie(&invited, &[("--data", &data)], &[]));
    let links = [
        serve.link.clone().expect("the set-up link"),
        invited.lines().nth(1).expect("a link").to_owned(),
    ];
    for (key, (link, name)) in keys.iter().zip(links.iter().zip(["CISO", "Fédération"])) {
        let init = ["office", "init", "--server", &line.url, "--setup", link];
        let init = [&init[..], &["--name", name]].concat();
        done(vigie(&init, &[("--key", key)], &[]));
    }
    let mission = ["mission", "new", "--name", "Intersyndicale"];
    done(vigie(&mission, lead, &[]));
    let invite = ["invite", "--mission", "Intersyndicale", "--label", "Ana"];
    let printed = done(vigie(&invite, lead, &[]));
    let code = printed.lines().next().expect("a code");
    let joins = |name: &str, code: &str| Delegate::join(&line.url, code, name).expect("takes part");
    drop(joins("Ana", code));
    done(vigie(&["fetch"], lead, &[]));

    // A calling card that was altered, the lead's own, and one of an office that is elsewhere.
    let said = done(vigie(&["office", "card"], other, &[]));
    let (card, check) = said.split_once('\n').expect("a card and its check");
    let check = check.trim().trim_start_matches("check").trim();
    let own = done(vigie(&["office", "card"], lead, &[]));
    let own = own.lines().next().expect("a card");
    let share = |card: &str| {
        let share = ["mission", "share", "--mission", "Intersyndicale", card];
        vigie(&share, lead, &[])
    };
    for bad in ["bonjour", &card[..card.len() - 8], own] {
        not_done(share(bad));
    }
    let elsewhere = OfficeKeys::generate("Ailleurs", &line.url, &mut |bytes: &mut [u8]| {
        bytes.fill(9);
    });
    let elsewhere = vigie_office::shares::CallingCard::of(&elsewhere).to_string();
    let (_, err) = not_done(share(&elsewhere));
    assert!(err.contains("not at your server"), "{err}");
    let list = || done(vigie(&["mission", "list"], lead, &[]));
    assert!(!list().contains("read by"), "{}", list());

    // Cut between the share and the card: the next fetch publishes it, and the other office has heard already.
    line.cut("PUT /v1/cards/");
    not_done(share(card));
    line.mend();
    done(vigie(&["fetch"], lead, &[]));
    assert!(list().contains(&format!("read by Fédération  {check}")));
    let offers = || done(vigie(&["mission", "offers"], other, &[]));
    assert!(offers().contains("Intersyndicale") && offers().contains("of CISO"));
    let answer = |what: &str| vigie(&["mission", what, "Intersyndicale"], other, &[]);
    not_done(answer("leave"));
    line.cut("POST /v1/shares/");
    not_done(answer("take"));
    line.mend();
    done(vigie(&["fetch"], other, &[]));
    assert_eq!(offers(), "");
    let theirs = done(vigie(&["mission", "list"], other, &[]));
    assert!(theirs.contains("Intersyndicale") && theirs.contains("of CISO"));

    // Who takes part later, the lead tells at its fetch; then both have what she sends, and give receipts of their own.
    let invite = ["invite", "--mission", "Intersyndicale", "--label", "Luc"];
    let printed = done(vigie(&invite, lead, &[]));
    let mut luc = joins("Luc", printed.lines().next().expect("a code"));
    luc.write(now(), None, Kind::NOTE, fields(&[("title", json!("Vu"))]));
    luc.send().expect("sent");
    for desk in [lead, other] {
        let fetched = done(vigie(&["fetch"], desk, &[]));
        assert!(fetched.contains("1 new, 1 records"), "{fetched}");
    }
    let receipts = block_on(luc.client().receipts(0, now())).expect("receipts");
    assert_eq!(receipts.receipts.len(), 2);
    let exported = |desk: &[(&str, &Path)], out: &str| {
        let out = path(out);
        let export = ["export", "--format", "json", "--mission", "Intersyndicale"];
        done(vigie(&export, &[desk, &[("--out", &out)]].concat(), &[]));
        std::fs::read_to_string(out.join("vigie.json")).expect("the export")
    };
    for (desk, out) in [(lead, "of-lead"), (other, "of-other")] {
        assert!(exported(desk, out).contains("\"Vu\""));
        let people = done(vigie(
            &["device", "list", "--mission", "Intersyndicale"],
            desk,
            &[],
        ));
        assert!(people.contains("Luc") && people.contains("Ana"), "{people}");
    }

    // It ends, and what came stays.
    let unshare = |who: &str| {
        let unshare = ["mission", "unshare", "--mission", "Intersyndicale", who];
        vigie(&unshare, lead, &[])
    };
    not_done(unshare("Personne"));
    line.cut("DELETE /v1/shares/");
    not_done(unshare(check));
    line.mend();
    done(vigie(&["fetch"], lead, &[]));
    assert!(!list().contains("read by"));
    let fetched = done(vigie(&["fetch"], other, &[]));
    assert!(fetched.contains("0 new, 1 records"), "{fetched}");
    let theirs = done(vigie(&["mission", "list"], other, &[]));
    assert!(theirs.contains("left"), "{theirs}");
    assert!(exported(other, "of-other-left").contains("\"Vu\""));

    // Opened again, refused; and taken in the end.
    done(share(card));
    done(answer("refuse"));
    assert_eq!(offers(), "");
    not_done(answer("take"));
    done(share(card));
    done(answer("take"));
    done(answer("leave"));
    not_done(answer("leave"));
}
