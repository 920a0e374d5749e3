//! `docs/heberger.md`, followed word by word on a bare Debian: `cargo xtask heberger`.
//!
//! The Debian is a folder that `debootstrap` makes, started as a container with a systemd of its own (`systemd-nspawn`). Its
//! blocks of `sh` are run there as they stand, in order. Two things are stood in for, and said at the end: the name, which
//! leads to this machine alone; and Let's Encrypt, which is Pebble, asked in the same way.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::browsers;
use crate::folders::{root, target_dir};
use crate::package::{self, package};
use crate::process::Step;

const DOCUMENT: &str = "docs/heberger.md";
const DEBIAN: &str = "bookworm";
/// The name in the document.
const NAME: &str = "vigie.example.org";
/// Runs the blocks once the machine is up, and ends it with how that went.
const FOLLOWER: &str = "\
[Service]
Type=exec
Environment=HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
ExecStart=/bin/sh -c 'bash /root/follow >/root/followed 2>&1; systemctl exit $?'
";

/// A block of the document.
struct Block {
    line: usize,
    text: String,
    /// Done elsewhere, or only where it is needed.
    elsewhere: bool,
}

pub fn follow(options: &package::Options) -> Result<()> {
    browsers::debian(&[
        ("debootstrap", "debootstrap"),
        ("systemd-nspawn", "systemd-container"),
        ("pebble", "pebble"),
        ("openssl", "openssl"),
        ("curl", "curl"),
    ])?;
    let blocks = blocks(&fs::read_to_string(root().join(DOCUMENT))?);
    let archive = package(options)?;
    let began = Instant::now();
    let debian = bare_debian()?;
    fs::copy(&archive, debian.join("root/vigie-server.tar.gz"))?;
    let pebble = Pebble::start()?;
    prepare(&debian, &pebble)?;
    fs::write(debian.join("root/follow"), script(&blocks, &pebble))?;
    let began_there = Instant::now();
    let up = Step::new("systemd-nspawn")
        .args([
            "--quiet",
            "--register=no",
            "--keep-unit",
            "--resolv-conf=copy-host",
        ])
        .args(["--console=pipe", "--boot", "--directory"])
        .args([&debian])
        .output();
    let there = began_there.elapsed();
    println!(
        "{}",
        fs::read_to_string(debian.join("root/followed")).unwrap_or_default()
    );
    up.context("the document does not lead to a server that runs")?;
    let (run, left): (Vec<_>, Vec<_>) = blocks.iter().partition(|block| !block.elsewhere);
    println!(
        "Run as they stand: {} blocks, in {there:.0?} ({:.0?} with the bare Debian).",
        run.len(),
        began.elapsed()
    );
    for Block { line, text, .. } in left {
        let text = text.trim_end().replace('\n', "\n    ");
        println!("Not run ({DOCUMENT}:{line}):\n    {text}");
    }
    println!("Stood in for: {NAME} is this machine, and Let's Encrypt is Pebble.");
    Ok(())
}

fn blocks(document: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut within = None;
    for (at, line) in document.lines().enumerate() {
        match (line.strip_prefix("```"), within) {
            (Some(_), Some(_)) => within = None,
            (Some(kind), None) => {
                let mut words = kind.split_whitespace();
                let is_shell = words.next() == Some("sh");
                within = Some(is_shell);
                if is_shell {
                    blocks.push(Block {
                        line: at + 2,
                        text: String::new(),
                        elsewhere: words.next() == Some("ailleurs"),
                    });
                }
            }
            (None, Some(true)) => {
                if let Some(block) = blocks.last_mut() {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            (None, _) => {}
        }
    }
    blocks
}

/// The blocks one after the other, each said before it is run, and what must then hold; the first that fails ends it.
fn script(blocks: &[Block], pebble: &Pebble) -> String {
    let mut script = "set -euo pipefail\n".to_owned();
    let mut first_units = true;
    for block in blocks.iter().filter(|block| !block.elsewhere) {
        if first_units && block.text.contains("systemctl") {
            first_units = false;
            // The settings that the document asks to be changed: another authority, by the name that is there.
            script.push_str(&format!(
                "sed -i 's|--acme {NAME}|--acme {NAME} --acme-directory {} --acme-ca /etc/ssl/pebble.crt|' \
                 /etc/vigie/vigie.env\n",
                pebble.directory()
            ));
        }
        let (line, text) = (block.line, &block.text);
        script.push_str(&format!(
            "echo; cat <<'AS IT STANDS'\n── {DOCUMENT}:{line}\n{text}AS IT STANDS\n{text}"
        ));
    }
    script.push_str(&format!(
        "answer=$(curl --silent --fail https://{NAME}/readyz)\n\
         test \"$answer\" = ready\n\
         location=$(curl --silent --output /dev/null --write-out '%{{redirect_url}}' http://{NAME}/q)\n\
         test \"$location\" = https://{NAME}/q\n\
         curl --silent --fail https://{NAME}/ | grep -q '<title>'\n\
         test \"$(stat -c %U:%a /var/lib/vigie)\" = vigie:700\n\
         test \"$(systemctl show --property=NRestarts --value vigie)\" = 0\n\
         systemctl stop vigie\n\
         echo; echo '── what systemd says of the units'\n\
         for unit in vigie vigie-backup; do\n\
             systemd-analyze verify --man=no /etc/systemd/system/$unit.service\n\
             systemd-analyze security --offline=true --no-pager --threshold=20 \
             /etc/systemd/system/$unit.service | tail -n 1\n\
         done\n"
    ));
    script
}

/// A Debian as it is installed, with nothing else in it; made once, and laid out anew each time.
fn bare_debian() -> Result<PathBuf> {
    let folder = target_dir().join("heberger");
    let (kept, debian) = (folder.join(format!("{DEBIAN}.tar")), folder.join("debian"));
    fs::create_dir_all(&folder)?;
    if debian.exists() {
        fs::remove_dir_all(&debian)?;
    }
    if !kept.exists() {
        Step::new("debootstrap")
            .args([DEBIAN])
            .args([&debian])
            .check()?;
        let part = folder.join("part.tar");
        Step::new("tar")
            .args(["--numeric-owner", "-cf"])
            .args([&part])
            .args(["-C".as_ref(), debian.as_os_str(), ".".as_ref()])
            .check()?;
        fs::rename(part, &kept)?;
    } else {
        fs::create_dir_all(&debian)?;
        Step::new("tar")
            .args(["--numeric-owner", "-xpf"])
            .args([&kept])
            .args(["-C".as_ref(), debian.as_os_str()])
            .check()?;
    }
    Ok(debian)
}

/// What the document supposes: a name that leads here, and an authority that is known.
fn prepare(debian: &Path, pebble: &Pebble) -> Result<()> {
    let hosts = format!("127.0.0.1 localhost {NAME}\n");
    fs::write(debian.join("etc/hosts"), hosts)?;
    let units = debian.join("etc/systemd/system");
    fs::write(units.join("follow.service"), FOLLOWER)?;
    let wanted = units.join("multi-user.target.wants");
    fs::create_dir_all(&wanted)?;
    std::os::unix::fs::symlink("../follow.service", wanted.join("follow.service"))?;
    fs::create_dir_all(debian.join("etc/ssl"))?;
    fs::copy(
        pebble.folder.join("cert"),
        debian.join("etc/ssl/pebble.crt"),
    )?;
    // Taken into the system's list when `ca-certificates` is installed.
    let known = debian.join("usr/local/share/ca-certificates");
    fs::create_dir_all(&known)?;
    fs::write(known.join("pebble-root.crt"), pebble.root()?)?;
    Ok(())
}

/// Let's Encrypt's own test authority, and a name server for which every name is this machine.
struct Pebble {
    folder: PathBuf,
    port: u16,
    management: u16,
    processes: Vec<Child>,
}

impl Pebble {
    fn start() -> Result<Pebble> {
        let folder = target_dir().join("heberger/pebble");
        fs::create_dir_all(&folder)?;
        Step::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args([
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ])
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
            .args([&folder.join("key")])
            .args(["-out"])
            .args([&folder.join("cert")])
            .output()?;
        let [port, management, names, names_management] = [free()?, free()?, free()?, free()?];
        let settings = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": folder.join("cert"),
            "privateKey": folder.join("key"),
            "httpPort": 80,
            "tlsPort": 443,
        }});
        fs::write(folder.join("settings"), settings.to_string())?;
        let names = format!("127.0.0.1:{names}");
        let name_server = Command::new("pebble-challtestsrv")
            .args([
                "-defaultIPv4",
                "127.0.0.1",
                "-defaultIPv6",
                "",
                "-dns01",
                &names,
            ])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
            .args(["-management", &format!("127.0.0.1:{names_management}")])
            .stdout(Stdio::null())
            .spawn()?;
        let mut pebble = Pebble {
            port,
            management,
            processes: vec![name_server],
            folder,
        };
        let authority = Command::new("pebble")
            .args(["-strict", "-dnsserver", &names, "-config"])
            .arg(pebble.folder.join("settings"))
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .stdout(Stdio::null())
            .spawn()?;
        pebble.processes.push(authority);
        Ok(pebble)
    }

    fn directory(&self) -> String {
        format!("https://localhost:{}/dir", self.port)
    }

    /// By what its certificates are known, which it draws anew at each start.
    fn root(&self) -> Result<String> {
        let management = SocketAddr::from(([127, 0, 0, 1], self.management));
        let began = Instant::now();
        while TcpStream::connect(management).is_err() {
            if began.elapsed() > Duration::from_secs(30) {
                bail!("Pebble does not answer");
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Step::new("curl")
            .args(["--silent", "--show-error", "--fail", "--cacert"])
            .args([self.folder.join("cert")])
            .args([format!("https://localhost:{}/roots/0", self.management)])
            .output()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for process in &mut self.processes {
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// A port that nobody has just now.
fn free() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn the_blocks_of_a_shell_are_run_and_those_for_elsewhere_are_not() {
        let found =
            blocks("a\n```sh\none\ntwo\n```\n```nginx\nno\n```\n```sh ailleurs\nthree\n```\n");
        let found: Vec<_> = found
            .iter()
            .map(|block| (block.line, block.text.as_str(), block.elsewhere))
            .collect();
        assert_eq!(found, [(3, "one\ntwo\n", false), (10, "three\n", true)]);
    }
}
