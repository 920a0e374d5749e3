//! The page of an office: a phone's, with the desk.

fn main() {
    vigie::start();
}
