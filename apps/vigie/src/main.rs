//! The `vigie` programme: see [`vigie_command`].

fn main() -> std::process::ExitCode {
    vigie_command::run()
}
