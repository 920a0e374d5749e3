//! Randomness as an argument: the pure crates draw no number of their own, so a test can repeat what it saw.

/// A source of random bytes. Whoever makes keys with it must give the system's own generator.
pub trait Random {
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Random for F {
    fn fill(&mut self, bytes: &mut [u8]) {
        self(bytes);
    }
}
