//! The office's word that a bundle arrived.

use vigie_exchange::api::Receipt;
use vigie_model::{BundleId, DeviceId, MissionId, Timestamp};

use crate::{OfficeKeys, import::Verdict};

/// The receipt that a verdict calls for, signed. A bundle in quarantine gets none: its device keeps it.
///
/// Ed25519 is deterministic, so a receipt made twice with one `at` is the same bytes.
pub fn receipt(verdict: &Verdict, at: Timestamp, keys: &OfficeKeys) -> Option<Receipt> {
    match verdict {
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
    }
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
