//! See [`vigie_fuzz::inside::signed_request`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vigie_fuzz::inside::signed_request(bytes));
