//! A process that says in its first line where it listens, killed when it is dropped.
#![allow(dead_code, reason = "each programme uses what it needs")]

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

pub const VIGIE: &str = env!("CARGO_BIN_EXE_vigie");

pub struct Program {
    process: Child,
    out: BufReader<ChildStdout>,
    /// What it says first, after "listening on".
    pub url: String,
}

impl Program {
    /// `vigie serve` over a folder.
    pub fn on(data: &Path) -> Program {
        Program::serve(VIGIE, |command| {
            command.arg("--data").arg(data);
        })
    }

    /// `vigie serve` of this programme, over what `place` says.
    pub fn serve(vigie: impl AsRef<OsStr>, place: impl FnOnce(&mut Command)) -> Program {
        let mut command = Command::new(vigie);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "error"]);
        place(&mut command);
        Program::start(&mut command)
    }

    pub fn start(command: &mut Command) -> Program {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("a programme");
        let out = process.stdout.take().expect("its output");
        let mut program = Program {
            process,
            out: BufReader::new(out),
            url: String::new(),
        };
        program.url = program
            .line()
            .trim_start_matches("listening on ")
            .to_owned();
        program
    }

    /// What it says next.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("its words");
        line.trim().to_owned()
    }

    /// Where it listens, without the scheme.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What the system says of it, in a file of `/proc`.
    pub fn told(&self, file: &str) -> String {
        let told = fs::read_to_string(format!("/proc/{}/{file}", self.process.id()));
        told.expect("told by the system")
    }

    /// The number after this name in its status.
    pub fn status(&self, name: &str) -> u64 {
        let told = self.told("status");
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("a number")
    }
}

impl Drop for Program {
    /// SIGKILL.
    fn drop(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}
