//! The app's files over real HTTP: headers, compression, caching, and what is not there.

use std::fs;

use crate::common::Running;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use vigie_exchange::{Method, Request, Response};
use vigie_mailbox::serve::Config;

const SCRIPT: &str = "\nimport init from '/vigie-0123456789abcdef.js';\nawait init({ module_or_path: '/é.wasm' });\n";

fn site() -> (TempDir, Running) {
    let folder = TempDir::new().expect("a folder");
    let dist = folder.path().join("dist");
    fs::create_dir(&dist).expect("dist");
    let write = |name: &str, bytes: &[u8]| fs::write(dist.join(name), bytes).expect(name);
    write("index.html", format!("<!doctype html><script type=\"module\">{SCRIPT}</script><script src=\"/x.js\"></script>").as_bytes());
    write("vigie-0123456789abcdef.js", b"export default 1;");
    write("vigie-0123456789abcdef_bg.wasm", b"\0asm plain");
    write("vigie-0123456789abcdef_bg.wasm.br", b"as brotli");
    write("vigie-0123456789abcdef_bg.wasm.gz", b"as gzip");
    write("sw.js", b"//");
    write("style-0123456789abcdef.css", b"a{}");
    write("vigie.svg", b"<svg/>");
    write("fr.txt", b"oui");
    write("manifest.webmanifest", b"{}");
    let server = Running::with(Config {
        app: Some(dist),
        ..Config::on(folder.path().join("data"))
    });
    (folder, server)
}

fn get(server: &Running, path: &str, accept: &str) -> Response {
    server.send(Request::new(Method::Get, path).header("accept-encoding", accept))
}

#[test]
fn the_page_comes_with_strict_headers_and_its_own_script_by_hash() {
    let (_folder, server) = site();
    for path in ["/", "/index.html", "/carnet", "/j", "/bureau/entrees"] {
        let page = get(&server, path, "identity");
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.starts_with(b"<!doctype html>"), "{path}");
        let header = |name| {
            page.header(name)
                .unwrap_or_else(|| panic!("{path} has no {name}"))
        };
        assert_eq!(header("cache-control"), "no-cache");
        assert!(header("content-type").starts_with("text/html"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert!(header("permissions-policy").contains("camera=(self)"));
        let policy = header("content-security-policy");
        let hash = STANDARD.encode(Sha256::digest(SCRIPT));
        assert!(
            policy.contains(&format!(
                "script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}';"
            )),
            "{policy}"
        );
        for rule in [
            "default-src 'none'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        ] {
            assert!(policy.contains(rule), "{policy}");
        }
        assert!(
            !policy.contains("unsafe-inline")
                && !policy.contains("'unsafe-eval'")
                && !policy.contains('*'),
            "{policy}"
        );
    }
}

/// Pages, scripts (a worker's own answer says what it may), and pictures that may hold a script.
#[test]
fn what_can_act_says_what_it_may_and_nothing_else_pays_for_it() {
    let (_folder, server) = site();
    let policy = |path: &str| {
        let answer = get(&server, path, "identity");
        assert_eq!(answer.status, 200, "{path}");
        let told = answer.header("content-security-policy").expect("a policy");
        (
            told.to_owned(),
            answer.header("permissions-policy").is_some(),
        )
    };
    for path in ["/", "/sw.js", "/vigie.svg"] {
        let (policy, permissions) = policy(path);
        assert!(
            policy.contains("script-src 'self'") && permissions,
            "{path}: {policy}"
        );
    }
    for path in [
        "/vigie-0123456789abcdef_bg.wasm",
        "/style-0123456789abcdef.css",
        "/fr.txt",
    ] {
        let told = policy(path);
        assert_eq!(
            told,
            (
                "default-src 'none'; frame-ancestors 'none'".to_owned(),
                false
            ),
            "{path}"
        );
    }
}

#[test]
fn what_was_compressed_at_build_is_sent_to_whoever_takes_it_and_kept_for_ever() {
    let (_folder, server) = site();
    let path = "/vigie-0123456789abcdef_bg.wasm";
    for (accept, encoding, body) in [
        ("br, gzip", Some("br"), "as brotli"),
        ("gzip", Some("gzip"), "as gzip"),
        ("identity", None, "\0asm plain"),
    ] {
        let asked = Request::new(Method::Get, path).header("accept-encoding", accept);
        let (raw, came) = server.raw(asked);
        assert_eq!(came, body.as_bytes(), "{accept}");
        let has = |line: &str| raw.contains(line);
        assert!(has("\r\ncontent-type: application/wasm\r\n"), "{raw}");
        assert!(
            has("\r\ncache-control: public, max-age=31536000, immutable\r\n"),
            "{raw}"
        );
        assert!(has("\r\nvary: accept-encoding\r\n"), "{raw}");
        match encoding {
            Some(encoding) => assert!(
                has(&format!("\r\ncontent-encoding: {encoding}\r\n")),
                "{raw}"
            ),
            None => assert!(!has("\r\ncontent-encoding:"), "{raw}"),
        }
    }
}

#[test]
fn files_that_may_change_are_asked_for_again_and_types_are_right() {
    let (_folder, server) = site();
    for (path, kind) in [
        ("/sw.js", "text/javascript"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ] {
        let file = get(&server, path, "identity");
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("cache-control"), Some("no-cache"), "{path}");
        assert!(
            file.header("content-type")
                .is_some_and(|found| found.starts_with(kind)),
            "{path}: {file:?}"
        );
    }
}

#[test]
fn a_missing_file_is_missing_and_nothing_outside_the_folder_is_served() {
    let (_folder, server) = site();
    for path in [
        "/missing.js",
        "/old-0123456789abcdef.wasm",
        "/data/vigie.sqlite",
        "/..%2fdata%2fvigie.sqlite",
        "/%2e%2e/data/vigie.sqlite",
    ] {
        let (head, body) = server.raw(Request::new(Method::Get, path));
        let page = body.starts_with(b"<!doctype html>");
        let is_none = head.starts_with("http/1.1 404") || head.starts_with("http/1.1 400");
        assert!(is_none || page, "{path}: {head}");
        assert!(!head.contains("immutable"), "{path}: {head}");
        let body = String::from_utf8_lossy(&body);
        assert!(!body.contains("SQLite format"), "{path}");
    }
    assert_eq!(get(&server, "/missing.js", "identity").status, 404);
}

#[test]
fn a_folder_without_an_app_is_said_at_start() {
    let folder = TempDir::new().expect("a folder");
    let config = Config {
        app: Some(folder.path().join("nowhere")),
        ..Config::on(folder.path().join("data"))
    };
    let refusal = tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(vigie_mailbox::serve::Server::open(config));
    assert!(
        refusal
            .err()
            .expect("refused")
            .to_string()
            .contains("index.html")
    );
}
