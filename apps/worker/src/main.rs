//! A phone's worker.

fn main() {
    vigie_worker::start();
}
