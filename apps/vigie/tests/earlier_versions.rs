//! What an earlier version's server and office left in their folders: read, served, and gone on with.
//!
//! `crates/desk/tests/fixtures/november-2026/README.md` says what is in them.

#[path = "../../../crates/mailbox/tests/common/mod.rs"]
mod common;
#[path = "../../../crates/mailbox/tests/ground/folder.rs"]
mod ground;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use common::Running;
use serde_json::Value;
use tempfile::TempDir;
use vigie_mailbox::serve::Config;

fn november(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../crates/desk/tests/fixtures/november-2026")
        .join(file)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for item in fs::read_dir(from).expect("a folder") {
        let item = item.expect("an item");
        let there = to.join(item.file_name());
        if item.file_type().expect("a type").is_dir() {
            copy(&item.path(), &there);
        } else {
            fs::copy(item.path(), there).expect("copied");
        }
    }
}

struct Office {
    place: TempDir,
    server: Running,
}

impl Office {
    /// The folders of then on this machine, the key pointing at this server.
    fn of_november() -> Office {
        let place = TempDir::new().expect("a folder");
        copy(&november("server"), &place.path().join("data"));
        copy(&november("office"), &place.path().join("office"));
        let server = Running::with(Config::on(place.path().join("data")));
        let key = fs::read_to_string(november("office.key")).expect("the key");
        let then = key.lines().find_map(|line| line.strip_prefix("# SERVER "));
        let key = key.replace(then.expect("where the server was"), &server.url);
        fs::write(place.path().join("office.key"), key).expect("the key");
        Office { place, server }
    }

    #[track_caller]
    fn vigie(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_vigie"))
            .args(arguments)
            .arg("--key")
            .arg(self.place.path().join("office.key"))
            .arg("--office")
            .arg(self.place.path().join("office"))
            .stdin(Stdio::null())
            .output()
            .expect("vigie runs");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let why = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{told}{why}");
        told
    }

    /// Every record of the folder, exported, as JSON text.
    fn export(&self) -> String {
        let out = self.place.path().join("out");
        self.vigie(&[
            "export",
            "--format",
            "json",
            "--out",
            &out.to_string_lossy(),
        ]);
        let mut all = String::new();
        for item in fs::read_dir(&out).expect("the export") {
            let path = item.expect("an item").path();
            if path.is_file() {
                all.push_str(&fs::read_to_string(path).expect("text"));
            }
        }
        fs::remove_dir_all(&out).expect("a folder");
        all
    }
}

#[test]
fn the_folder_of_the_command_line_opens_and_holds_every_entry() {
    let office = Office::of_november();
    let seen = fs::read_to_string(november("seen.json")).expect("a fixture");
    let seen: Value = serde_json::from_str(&seen).expect("JSON");
    let holds_all = |all: &str| {
        for name in ["contact", "note", "response", "stored", "rosa", "came"] {
            let rec = seen["recs"][name].as_str().expect("a record");
            assert!(all.contains(rec), "{name}");
        }
    };
    holds_all(&office.export());
    let missions = office.vigie(&["mission", "list"]);
    assert!(
        missions.contains("Mission Haïti") && missions.contains("Stage Codevi"),
        "{missions}"
    );
    let links = office.vigie(&["link", "list", "--mission", "Mission Haïti"]);
    assert!(links.contains("Affiche"), "{links}");
    // It goes on with the server of then, and from nothing comes to the same.
    office.vigie(&["fetch"]);
    office.vigie(&["invite", "--mission", "Stage Codevi", "--label", "Luc"]);
    holds_all(&office.export());
    assert!(office.server.url.starts_with("http://"));
    fs::remove_dir_all(office.place.path().join("office")).expect("a folder");
    office.vigie(&["fetch"]);
    let all = office.export();
    for name in ["contact", "note", "response", "stored", "came"] {
        assert!(
            all.contains(seen["recs"][name].as_str().expect("a record")),
            "{name}"
        );
    }
}
