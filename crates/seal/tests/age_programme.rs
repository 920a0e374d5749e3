//! No lock-in: what Vigie seals opens with the public tools `age`, `gunzip` and `jq`, and the other way round.
//!
//! Debian's package `age` gives the programme. Where one of the tools is missing, the test says that it was passed over.

#![allow(
    clippy::unwrap_used,
    reason = "what a test takes for granted is what it tests"
)]

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use vigie_journal::{Bundle, Hlc, Op, Over, StoredOp};
use vigie_model::{Kind, MissionId, RecordId, Timestamp};
use vigie_seal::{Identity, SigningKey, envelope};

/// A folder of its own, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("vigie-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_missing(tools: &[&str]) -> bool {
    let missing = |tool: &&&str| {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        found.is_err()
    };
    match tools.iter().find(missing) {
        Some(tool) => {
            eprintln!("passed over: `{tool}` is not on PATH (`apt-get install age gzip jq`)");
            true
        }
        None => false,
    }
}

fn run(programme: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(programme)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{programme} {args:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "",
        "{programme} {args:?}"
    );
    output.stdout
}

fn bundle() -> Bundle {
    let device = SigningKey::from_bytes([7; 32]);
    let random = &mut |bytes: &mut [u8]| bytes.fill(5);
    let op = Op {
        v: 1,
        dev: device.device(),
        seq: 1,
        prev: None,
        hlc: Hlc { ms: 1, n: 0 },
        by: "Ana".into(),
        rec: RecordId::random(random),
        kind: Kind::NOTE,
        mission: MissionId::random(random),
        form: None,
        set: [("title".to_owned(), "Atelier « Étoile »".into())].into(),
        over: Over::new(),
        more: Default::default(),
    };
    let mission = op.mission;
    let unsigned = Bundle::compose(mission, device.device(), Timestamp(2), &[StoredOp::new(op)]);
    let sig = device.sign(&unsigned.message()).to_bytes();
    unsigned.sign(sig)
}

#[test]
fn a_bundle_opens_with_age_gunzip_and_jq() {
    if is_missing(&["age", "gunzip", "jq"]) {
        return;
    }
    let folder = Folder::new("opens");
    let (identity, other) = (Identity::generate(), Identity::generate());
    let sealed = envelope::seal(
        &bundle().to_json(),
        &[other.recipient(), identity.recipient()],
    )
    .unwrap();
    let key = folder.write(
        "key.txt",
        format!("# a comment\n{}\n", *identity.to_string()).as_bytes(),
    );
    let file = folder.write("bundle.age", &sealed);

    let compressed = run("age", &["-d", "-i", &key, &file], b"");
    let json = run("gunzip", &[], &compressed);
    assert_eq!(json, bundle().to_json());
    assert_eq!(run("jq", &[".v"], &json), b"1\n");
    assert_eq!(
        run("jq", &["-r", ".ops[].set.title"], &json),
        "Atelier « Étoile »\n".as_bytes()
    );
}

#[test]
fn a_bundle_by_columns_is_put_together_with_jq() {
    if is_missing(&["jq"]) {
        return;
    }
    let vector = |file: &str| {
        let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
        let vector: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        vector["json"].as_str().unwrap().to_owned()
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/columns.jq");
    let ops = run(
        "jq",
        &["-r", "-f", script],
        vector("bundle_columns.json").as_bytes(),
    );
    let sets = run("jq", &["-c", ".set"], &ops);
    let plain = vector("bundle.json");
    assert_eq!(sets, run("jq", &["-c", ".ops[].set"], plain.as_bytes()));
    assert!(String::from_utf8(sets).unwrap().lines().count() == 4);
}

/// The empty blocks that make a letter longer are of five kinds, by what is left over.
#[test]
fn padding_of_every_length_is_passed_over() {
    if is_missing(&["age", "gunzip", "zcat"]) {
        return;
    }
    let folder = Folder::new("padding");
    let identity = Identity::generate();
    let key = folder.write("key.txt", identity.to_string().as_bytes());
    let mut text = String::new();
    for number in 0..24 {
        text.push_str(&format!("{} ", number * 7919 % 1000));
        let sealed = envelope::seal(text.as_bytes(), &[identity.recipient()]).unwrap();
        let file = folder.write("bundle.age", &sealed);
        let compressed = run("age", &["-d", "-i", &key, &file], b"");
        assert_eq!(compressed.len(), vigie_seal::pad::LEAST);
        assert_eq!(run("gunzip", &[], &compressed), text.as_bytes());
        assert_eq!(run("gzip", &["-t"], &compressed), b"");
        assert_eq!(run("zcat", &[], &compressed), text.as_bytes());
    }
}

#[test]
fn what_gzip_and_age_seal_opens_here() {
    if is_missing(&["age", "gzip"]) {
        return;
    }
    let identity = Identity::generate();
    let compressed = run("gzip", &["-c"], &bundle().to_json());
    let sealed = run(
        "age",
        &["-r", &identity.recipient().to_string()],
        &compressed,
    );
    assert_eq!(
        envelope::open(&sealed, &identity, 1 << 20).unwrap(),
        bundle().to_json()
    );
}
