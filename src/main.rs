//! The page of a phone.

fn main() {
    vigie::start();
}
