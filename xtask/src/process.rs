//! Running other programmes: what they say is shown, how they end is checked.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::folders::{root, tools};

/// One programme to run in the project's folder, with the project's tools first on the path.
pub struct Step {
    command: Command,
}

/// A run of cargo.
pub fn cargo(subcommand: &str) -> Step {
    Step::new("cargo").args([subcommand])
}

/// A run of cargo that lints what it compiles of this workspace, as `cargo clippy -- -D warnings` would: that looks at every dependency
/// once more, and takes as long as compiling. What is compiled so is apart from what a plain `cargo test` compiles.
pub fn linting_cargo(subcommand: &str) -> Step {
    cargo(subcommand)
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", "-Dwarnings__CLIPPY_HACKERY__")
}

impl Step {
    pub fn new(programme: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(programme);
        command.current_dir(root());
        let mut path = tools().join("bin").into_os_string();
        if let Some(rest) = std::env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        command.env("PATH", path);
        Self { command }
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The command itself, for who needs more than running it to its end.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Runs to the end, showing everything it says; an exit code other than 0 is an error.
    pub fn check(mut self) -> Result<()> {
        let name = self.name();
        let status = self
            .command
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("{name} could not be started"))?;
        if !status.success() {
            bail!("{name} failed ({status})");
        }
        Ok(())
    }

    /// Runs to the end and returns what it wrote on its standard output, or what it said when it failed.
    pub fn output(mut self) -> Result<String> {
        let name = self.name();
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{name} could not be started"))?;
        if !output.status.success() {
            bail!(
                "{name} failed ({}): {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs to the end; every line of its standard output is shown and given to `line`.
    pub fn lines(mut self, mut line: impl FnMut(&str)) -> Result<()> {
        let name = self.name();
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        if let Some(stdout) = child.stdout.take() {
            for text in BufReader::new(stdout).lines() {
                let text = text?;
                println!("{text}");
                line(&text);
            }
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("{name} failed ({status})");
        }
        Ok(())
    }

    fn name(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let words: Vec<_> = words.take(4).map(|word| word.to_string_lossy()).collect();
        format!("`{}`", words.join(" "))
    }
}
