//! What a passphrase costs, paid in a worker of its own where there can be one: Argon2id takes tens of megabytes, which the
//! notebook's worker would keep for as long as it lives.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vigie_device::Inbox;
use vigie_protocol::codec::{decode, encode};
use vigie_seal::vault::{Derived, Kdf, NotOpened};
use zeroize::Zeroizing;

/// What the other worker is asked, once.
#[derive(Serialize, Deserialize)]
enum Errand {
    /// Answered with memory and passes.
    Cost,
    /// Answered with the key, or with nothing where none could be made.
    Derive {
        kdf: Kdf,
        passphrase: Zeroizing<String>,
    },
}

/// Answers one errand, in a worker that was started for it.
pub fn serve(inbox: Inbox) {
    inbox.serve(async |bytes| match decode(&bytes) {
        Ok(Errand::Cost) => encode(&measured()),
        Ok(Errand::Derive { kdf, passphrase }) => {
            let derived = kdf.derive(&passphrase).ok();
            encode(&derived.as_deref())
        }
        Err(_) => Vec::new(),
    });
}

async fn aside<A: DeserializeOwned>(errand: &Errand) -> Option<A> {
    let asked = Zeroizing::new(encode(errand));
    let answer = Zeroizing::new(vigie_device::aside(&asked).await?);
    decode(&answer).ok()
}

/// Memory (KiB) and passes that take about a second here.
pub async fn cost() -> (u32, u32) {
    match aside(&Errand::Cost).await {
        Some(cost) => cost,
        None => measured(),
    }
}

fn measured() -> (u32, u32) {
    Kdf::calibrate(|kdf| {
        let start = vigie_device::now_ms();
        match kdf.derive("calibration") {
            Ok(_) => Duration::from_millis(vigie_device::now_ms().abs_diff(start)),
            // A device without the memory for this is asked for the least.
            Err(_) => Duration::MAX,
        }
    })
}

/// [`Kdf::derive`]. What the other worker could not do is tried here, which also says why.
pub async fn derive(kdf: &Kdf, passphrase: &str) -> Result<Derived, NotOpened> {
    let errand = Errand::Derive {
        kdf: kdf.clone(),
        passphrase: Zeroizing::new(passphrase.to_owned()),
    };
    match aside::<Option<[u8; 32]>>(&errand).await.flatten() {
        Some(derived) => Ok(Zeroizing::new(derived)),
        None => kdf.derive(passphrase),
    }
}
