//! A run of one device's ops, signed by it and sealed: a bundle, as it travels.

use vigie_journal::{Bundle, MadeBy, StoredOp};
use vigie_model::{AppVersion, BundleId, MissionId, Timestamp};
use vigie_sign::SigningKey;
use zeroize::Zeroizing;

use crate::envelope::{self, NoRecipient, Recipient};

/// How a bundle is written: [`Bundle::to_json`], or [`Bundle::to_shorter_json`] for those who read that. A function, so that a
/// partner's page, which sends one response, is not made of what writes columns.
pub type Write = fn(&Bundle) -> Vec<u8>;

/// How to write for who reads versions up to `newest`, as a card says in `bundles`.
pub fn write_for(newest: Option<u32>) -> Write {
    match newest {
        Some(2..) => Bundle::to_shorter_json,
        _ => Bundle::to_json,
    }
}

/// Signs and seals `ops`, all of one mission and by the device whose key this is; `app`: the version of the app to say with them.
/// The only maker of bundles.
pub fn seal_run(
    key: &SigningKey,
    mission: MissionId,
    made: Timestamp,
    ops: &[StoredOp],
    recipients: &[Recipient],
    app: Option<AppVersion>,
    write: Write,
) -> Result<(BundleId, Vec<u8>), NoRecipient> {
    let unsigned = Bundle::compose(mission, key.device(), made, ops);
    let signature = key.sign(&unsigned.message());
    let mut bundle = unsigned.sign(signature.to_bytes());
    bundle.app = app.map(|version| MadeBy {
        sig: key.sign(&bundle.app_message(&version)).to_bytes(),
        version,
    });
    let plain = Zeroizing::new(write(&bundle));
    let sealed = envelope::seal(&plain, recipients)?;
    Ok((envelope::bundle_id(&sealed), sealed))
}
