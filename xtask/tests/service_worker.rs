//! `public/sw.js`, run by Node: what it does with versions needs no browser to be told.

use std::path::Path;
use std::process::Command;

#[test]
fn a_version_serves_once_the_person_agrees_and_never_before() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/service_worker.mjs");
    let run = Command::new("node")
        .arg("--test")
        .arg(tests)
        .output()
        .expect("node, which `cargo xtask test` asks for");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
}
