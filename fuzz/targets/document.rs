//! See [`vigie_fuzz::inside::document`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vigie_fuzz::inside::document(bytes));
