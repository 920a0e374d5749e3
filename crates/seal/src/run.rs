//! A run of one device's ops, signed by it and sealed: a bundle, as it travels.

use vigie_journal::{Bundle, MadeBy, StoredOp};
use vigie_model::{AppVersion, BundleId, MissionId, Timestamp};
use vigie_sign::SigningKey;
use zeroize::Zeroizing;

use crate::envelope::{self, NoRecipient, Recipient};

/// Signs and seals `ops`, all of one mission and by the device whose key this is; `app`: the version of the app to say with them.
/// The only maker of bundles.
pub fn seal_run(
    key: &SigningKey,
    mission: MissionId,
    made: Timestamp,
    ops: &[StoredOp],
    recipients: &[Recipient],
    app: Option<AppVersion>,
) -> Result<(BundleId, Vec<u8>), NoRecipient> {
    let unsigned = Bundle::compose(mission, key.device(), made, ops);
    let signature = key.sign(&unsigned.message());
    let mut bundle = unsigned.sign(signature.to_bytes());
    bundle.app = app.map(|version| MadeBy {
        sig: key.sign(&bundle.app_message(&version)).to_bytes(),
        version,
    });
    let plain = Zeroizing::new(bundle.to_json());
    let sealed = envelope::seal(&plain, recipients)?;
    Ok((envelope::bundle_id(&sealed), sealed))
}
