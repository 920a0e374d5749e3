//! A run of one device's ops, signed by it and sealed: a bundle, as it travels.

use vigie_journal::{Bundle, StoredOp};
use vigie_model::{BundleId, MissionId, Timestamp};
use vigie_sign::SigningKey;
use zeroize::Zeroizing;

use crate::envelope::{self, NoRecipient, Recipient};

/// Signs and seals `ops`, all of one mission and by the device whose key this is. The only maker of bundles.
pub fn seal_run(
    key: &SigningKey,
    mission: MissionId,
    made: Timestamp,
    ops: &[StoredOp],
    recipients: &[Recipient],
) -> Result<(BundleId, Vec<u8>), NoRecipient> {
    let unsigned = Bundle::compose(mission, key.device(), made, ops);
    let signature = key.sign(&unsigned.message());
    let plain = Zeroizing::new(unsigned.sign(signature.to_bytes()).to_json());
    let sealed = envelope::seal(&plain, recipients)?;
    Ok((envelope::bundle_id(&sealed), sealed))
}
