//! A passphrase typed on another keyboard, composed otherwise, opens the same vault: the browser's own composition is the
//! one that natively comes from Unicode's tables.
#![cfg(target_arch = "wasm32")]

use vigie_seal::vault::{Kdf, VaultKey};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn a_letter_and_its_accent_typed_apart_are_the_letter() {
    let mut random = |bytes: &mut [u8]| vigie_device::fill(bytes);
    let kdf = Kdf::new(8, 1, &mut random);
    let derive = |passphrase| kdf.derive(passphrase).expect("there is memory for a key");
    let wrapped = VaultKey::random(&mut random).wrap(&derive("été ﬁn"), &kdf, &mut random);
    assert!(VaultKey::unwrap(&wrapped, &derive(" e\u{301}te\u{301}  fin")).is_ok());
    assert!(VaultKey::unwrap(&wrapped, &derive("ete fin")).is_err());
}
