//! The `vigie` program: see [`vigie_server::command`].

fn main() -> std::process::ExitCode {
    vigie_server::command::run()
}
