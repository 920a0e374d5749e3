//! An XForm as XML, from its reading to a finished response.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|xml: &str| vigie_fuzz::fill(xml));
