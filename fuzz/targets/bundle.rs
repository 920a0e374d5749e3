//! See [`vigie_fuzz::inside::bundle`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vigie_fuzz::inside::bundle(bytes));
