//! An office's worker: a phone's, with the desk.

fn main() {
    vigie_worker::start();
}
