//! `cargo xtask`: every chore of the project, in one place.
//!
//! A chore installs what it needs into a folder of its own (`~/.cache/vigie/tools`, or `VIGIE_TOOLS`), says what it
//! does, and leaves the result under `target/` and `dist/`. Start reading at `tools` for what is installed,
//! `build` for what a phone downloads, `test` for what must hold.

mod alike;
mod assets;
mod bench;
mod browsers;
mod build;
mod bundle;
mod chaos;
mod circles;
mod faults;
mod folders;
mod fuzz;
mod heberger;
mod names;
mod package;
mod process;
mod questionnaires;
mod rooms;
mod serve;
mod tally;
mod test;
mod tools;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::*;

const HELP: &str = "\
cargo xtask <chore>

  serve [--demo] [--port N] [--open] [--quick]
                                       build what is missing and serve Vigie on this machine; `--quick`: the app soon and large
  build [--quick]                      build the app into dist/
  test [--only STEP[,STEP]]            everything that must hold; `test --list` names the steps
  bench [--first | --server]           measure sizes and speed: a table and target/bench.json; `--first`: sizes and the first
                                       minute only; `--server`: the server only
  captures [--all [LANG[,LANG]]]       every screen, into docs/captures/; `--all`: in every size, theme and text size, into
                                       target/captures-all/, which takes hours
  conformance [DIR] [--failures]       the form engine against its published cases
  docs                                 write the tables of what questionnaires may hold into docs/
  fuzz [--seconds N] [TARGET]          hostile workbooks, forms, expressions, and whatever a seal holds (libFuzzer)
  chaos [--runs N] [--seed S]          seeded runs in which everything goes wrong at once, counted; `--seed`: that one, told
  faults                               stores, lines, orders and servers broken at every point, counted
  package [--as-built]                 what is carried to a server, target/vigie-server.tar.gz: a static programme, the app, the
                                       units; `--as-built`: the app of dist/ as it is
  heberger [--as-built]                docs/heberger.md, followed word by word on a bare Debian
  deny                                 licences, sources and second copies of heavy crates (cargo-deny)
  tools                                install the tools only
";

fn main() -> ExitCode {
    match chore() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn chore() -> Result<ExitCode> {
    let mut arguments = lexopt::Parser::from_env();
    let name = match arguments.next()? {
        Some(Value(name)) => name.string()?,
        Some(Long("help") | Short('h')) | None => {
            print!("{HELP}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    match name.as_str() {
        "serve" => serve::serve(serve::Options::read(&mut arguments)?)?,
        "build" => match arguments.next()? {
            None => {
                build::app()?;
            }
            Some(Long("quick")) => build::quick_app()?,
            Some(argument) => return Err(argument.unexpected().into()),
        },
        "test" => return test::test(test::Options::read(&mut arguments)?),
        "bench" => {
            let what = match arguments.next()? {
                None => bench::What::All,
                Some(Long("first")) => bench::What::FirstMinute,
                Some(Long("server")) => bench::What::Server,
                Some(argument) => return Err(argument.unexpected().into()),
            };
            return bench::bench(what);
        }
        "captures" => match arguments.next()? {
            None => return test::test(test::Options::captures()),
            Some(Long("all")) => {
                let languages = match arguments.next()? {
                    None => "fr,en,es".to_owned(),
                    Some(Value(languages)) => languages.string()?,
                    Some(other) => return Err(other.unexpected().into()),
                };
                test::all_captures(&languages)?;
            }
            Some(argument) => return Err(argument.unexpected().into()),
        },
        "conformance" => process::cargo("run")
            .args([
                "--release",
                "--quiet",
                "--package",
                "vigie-forms",
                "--bin",
                "conformance",
                "--",
            ])
            .args(arguments.raw_args()?.map(from_here))
            .check()?,
        "docs" => {
            no_more(&mut arguments)?;
            process::cargo("test")
                .args(["--quiet", "--package", "vigie-forms", "--test", "supported"])
                .env("VIGIE_WRITE_DOCS", "1")
                .check()?;
        }
        "chaos" => chaos::chaos(&chaos::Options::read(&mut arguments)?)?,
        "faults" => {
            no_more(&mut arguments)?;
            return faults::faults();
        }
        "fuzz" => fuzz::fuzz(&fuzz::Options::read(&mut arguments)?)?,
        "deny" => {
            let deny = tools::cargo_deny()?;
            process::Step::new(deny)
                .args(["check", "bans", "licenses", "sources"])
                .check()?;
        }
        "package" => {
            package::package(&package::Options::read(&mut arguments)?)?;
        }
        "heberger" => heberger::follow(&package::Options::read(&mut arguments)?)?,
        "tools" => {
            no_more(&mut arguments)?;
            tools::for_building()?;
            tools::for_testing()?;
        }
        // Started by `serve --open` beside the server, which takes this process's place.
        "open-when-up" => serve::open_when_up(&arguments.value()?.string()?)?,
        other => bail!("no chore is called {other}; `cargo xtask --help` lists them"),
    }
    Ok(ExitCode::SUCCESS)
}

/// A path as the caller meant it: programmes run in the project's folder, she may be in another.
fn from_here(argument: std::ffi::OsString) -> std::ffi::OsString {
    match std::fs::canonicalize(&argument) {
        Ok(path) => path.into_os_string(),
        Err(_) => argument,
    }
}

fn no_more(arguments: &mut lexopt::Parser) -> Result<()> {
    match arguments.next()? {
        None => Ok(()),
        Some(argument) => Err(argument.unexpected().into()),
    }
}
