//! Keys from a key: HKDF-SHA256 (RFC 5869) without salt, told apart by their purpose.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 bytes that only who holds `secret` can make, different for each `purpose`.
pub(crate) fn derive(secret: &[u8], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret)
        .expand(purpose, key.as_mut())
        .expect("32 bytes are far below the 255 × 32 that HKDF-SHA256 gives");
    key
}
