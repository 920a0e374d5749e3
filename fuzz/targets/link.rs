//! See [`vigie_fuzz::inside::partner_link`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vigie_fuzz::inside::partner_link(bytes));
