//! Processes that a test starts, and ends for good.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// A child that dies with the test, whatever happens.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts `command`; its errors go to the test's own, its output is `stdout`.
    pub fn start(mut command: Command, stdout: Stdio) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout)
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        Ok(Self { child })
    }

    /// The child's process, for reading what it writes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        // It may have ended by itself: that is what was wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that nobody listens on now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Kills every process that was started with `folder` in its arguments or environment, until none is left.
///
/// A browser is a family of processes that its driver does not own; what they have in common is the profile's folder,
/// which only this test knows.
pub fn kill_users_of(folder: &Path) {
    let needle = folder.to_string_lossy().into_owned();
    for _ in 0..200 {
        let found = users_of(&needle);
        if found.is_empty() {
            return;
        }
        for process in found {
            drop(
                Command::new("kill")
                    .args(["-9", &process])
                    .stderr(Stdio::null())
                    .status(),
            );
        }
    }
}

fn users_of(needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.bytes().all(|byte| byte.is_ascii_digit()) || name == std::process::id().to_string()
        {
            continue;
        }
        let told = |what: &str| fs::read(entry.path().join(what)).unwrap_or_default();
        if ["cmdline", "environ"]
            .iter()
            .any(|what| contains(&told(what), needle.as_bytes()))
        {
            found.push(name);
        }
    }
    found
}

/// The memory, in bytes, of the largest page process of the browser over this profile: what it shares with no other.
///
/// # Errors
/// When no such process runs.
pub fn renderer_memory(folder: &Path) -> Result<u64> {
    let needle = folder.to_string_lossy().into_owned();
    let of_pages = users_of(&needle).into_iter().filter(|process| {
        let arguments = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        contains(&arguments, b"--type=renderer")
    });
    let private = |process: String| {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        let kilobytes = |line: &str| line.split_whitespace().nth(1)?.parse::<u64>().ok();
        let lines = text.lines().filter(|line| line.starts_with("Private_"));
        Some(lines.filter_map(kilobytes).sum::<u64>() * 1024)
    };
    of_pages
        .filter_map(private)
        .max()
        .context("no page process runs")
}

/// Whether `needle` stands in `bytes`.
pub fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}
