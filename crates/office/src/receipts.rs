//! The office's word that a bundle arrived.

use vigie_exchange::api::Receipt;
use vigie_model::Timestamp;

use crate::{OfficeKeys, Registry, import::Verdict};

/// The receipt that a verdict calls for, signed. A bundle in quarantine gets none: its device keeps it; nor does what a desk of
/// this office wrote, which stays with it.
///
/// Ed25519 is deterministic, so a receipt made twice with one `at` is the same bytes.
pub fn receipt(
    verdict: &Verdict,
    at: Timestamp,
    keys: &OfficeKeys,
    registry: &Registry,
) -> Option<Receipt> {
    let (device, mission) = verdict.taken()?;
    let made = || Receipt::received(verdict.bundle(), device, mission, at, &keys.signing);
    (!registry.is_desk(&device, keys)).then(made)
}
