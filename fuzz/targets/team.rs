//! See [`vigie_fuzz::inside::team`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vigie_fuzz::inside::team(bytes));
