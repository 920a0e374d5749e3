//! What is dropped at the office: sealed bytes, and what a device that has our key may have sealed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vigie_journal::bundle::Bundle;
use vigie_seal::envelope::{self, Identity};

static OFFICE: LazyLock<Identity> = LazyLock::new(Identity::generate);

fuzz_target!(|bytes: &[u8]| {
    let _ = envelope::open(bytes, &OFFICE, 1 << 20);
    if let Ok((bundle, ops)) = Bundle::read(bytes) {
        let _ = (bundle.signed_message(), ops.len());
    }
});
