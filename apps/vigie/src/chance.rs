//! Random numbers, from the system.

use crate::failure::Failure;

/// Before anything is made: the system gives random numbers.
pub fn chance_is_there() -> Result<(), Failure> {
    let mut probe = [0; 1];
    getrandom::fill(&mut probe).map_err(Failure::Random)
}

/// The system's generator, for keys and codes. Checked once before: [`getrandom::fill`] does not fail later.
pub fn chance(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gave random numbers when the command began");
}
