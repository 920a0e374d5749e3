//! The office's word that a bundle arrived.

use vigie_exchange::api::Receipt;
use vigie_model::{BundleId, DeviceId, MissionId, Timestamp};

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
    let receipt = match verdict {
        Verdict::Accepted {
            bundle,
            device,
            mission,
            ..
        }
        | Verdict::AlreadyThere {
            bundle,
            device,
            mission,
        } => Some(sign(*bundle, *device, *mission, at, keys)),
        Verdict::Quarantined { .. } => None,
    };
    receipt.filter(|receipt| !registry.is_desk(&receipt.device, keys))
}

fn sign(
    bundle: BundleId,
    device: DeviceId,
    mission: MissionId,
    at: Timestamp,
    keys: &OfficeKeys,
) -> Receipt {
    Receipt::received(bundle, device, mission, at, &keys.signing)
}
