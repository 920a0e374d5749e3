//! A run of one device's ops, as it travels: JSON, signed by the device, then compressed and sealed by whoever has the
//! recipients' keys.
//!
//! The signature covers the ids of the ops, in their order. An id is the hash of an op's bytes, so not a byte can change;
//! and an op whose values were legally erased keeps its id, so the signature of what is left still verifies. Which version of the
//! app made it is said beside, under a signature of its own: who reads bundles of before, or before it was said, loses nothing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vigie_model::{AppVersion, DeviceId, MissionId, OpId, Timestamp, hex};

use crate::{BadOp, StoredOp};

/// A signed run of one device's ops for one mission.
#[derive(Clone, Debug, Serialize)]
pub struct Bundle {
    /// [`Bundle::VERSION`].
    pub v: u32,
    pub mission: MissionId,
    pub dev: DeviceId,
    /// When it was composed, by the device's clock.
    pub made: Timestamp,
    /// The exact bytes of each op.
    pub ops: Vec<Box<RawValue>>,
    /// The device's Ed25519 signature over [`Bundle::signed_message`].
    #[serde(with = "hex")]
    pub sig: [u8; 64],
    /// Which version of the app made it, where the device says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<MadeBy>,
    #[serde(skip)]
    ids: Vec<OpId>,
}

/// A device's word on the app that it runs, beside a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    pub version: AppVersion,
    /// The device's Ed25519 signature over [`Bundle::app_message`].
    #[serde(with = "hex")]
    pub sig: [u8; 64],
}

/// A bundle that its device has yet to sign.
#[derive(Clone, Debug)]
pub struct Unsigned(Bundle);

/// Opened bytes that are not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BadBundle {
    /// Not JSON, or not with the fields that a bundle has.
    #[error("not a bundle: {0}")]
    Malformed(String),
    /// Written by a version of Vigie that is not out yet, for us: keep the file, update, try again.
    #[error("a bundle of version {0}, which this version does not read")]
    Version(u32),
    /// An op that can't be read.
    #[error("op {index}: {reason}")]
    Op { index: usize, reason: BadOp },
    /// A device vouches for its own ops, of the mission it names, and for no other.
    #[error("op {index} is another device's or another mission's")]
    ForeignOp { index: usize },
    /// An op without its values, which no purge of ours asked for.
    #[error("op {index} has lost its values, and no purge says so")]
    NotPurged { index: usize },
}

/// What is read of a bundle before its ops are: the ops as they lie in the text.
#[derive(Deserialize)]
struct Frame<'a> {
    v: u32,
    mission: MissionId,
    dev: DeviceId,
    made: Timestamp,
    #[serde(borrow)]
    ops: Vec<&'a RawValue>,
    #[serde(borrow)]
    sig: Cow<'a, str>,
    #[serde(borrow, default)]
    app: Option<&'a RawValue>,
}

/// Only the version, for a bundle whose other fields this version can't know.
#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

impl Bundle {
    /// The format that this version writes and reads.
    pub const VERSION: u32 = 1;

    /// Puts ops together, in this order, for the device to sign. They are all `dev`'s, of `mission`.
    pub fn compose(
        mission: MissionId,
        dev: DeviceId,
        made: Timestamp,
        ops: &[StoredOp],
    ) -> Unsigned {
        debug_assert!(
            ops.iter()
                .all(|stored| stored.op.dev == dev && stored.op.mission == mission)
        );
        let raw = ops.iter().map(|stored| {
            RawValue::from_string(stored.bytes.to_string())
                .expect("a stored op's bytes were read or written as JSON")
        });
        Unsigned(Bundle {
            v: Self::VERSION,
            mission,
            dev,
            made,
            ops: raw.collect(),
            sig: [0; 64],
            app: None,
            ids: ops.iter().map(|stored| stored.id).collect(),
        })
    }

    /// The bytes to compress and seal.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a bundle is ids, numbers and texts that are JSON already")
    }

    /// Reads opened bytes. The signature is still to be checked, over [`Bundle::signed_message`].
    pub fn read(bytes: &[u8]) -> Result<(Bundle, Vec<StoredOp>), BadBundle> {
        Bundle::read_after(bytes, |_| false)
    }

    /// Like [`Bundle::read`], where `is_purged` tells which ops may have lost their values to a purge.
    pub fn read_after(
        bytes: &[u8],
        is_purged: impl Fn(&OpId) -> bool,
    ) -> Result<(Bundle, Vec<StoredOp>), BadBundle> {
        let malformed = |error: &dyn std::fmt::Display| BadBundle::Malformed(error.to_string());
        let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
        let frame: Frame<'_> = match serde_json::from_str(text) {
            Ok(frame) => frame,
            Err(error) => {
                return Err(match serde_json::from_str(text) {
                    Ok(VersionOnly { v }) if v != Self::VERSION => BadBundle::Version(v),
                    _ => malformed(&error),
                });
            }
        };
        if frame.v != Self::VERSION {
            return Err(BadBundle::Version(frame.v));
        }
        let sig = hex::decode(&frame.sig)
            .ok_or_else(|| malformed(&"the signature is not 128 hex digits"))?;
        let mut stored = Vec::with_capacity(frame.ops.len());
        for (index, raw) in frame.ops.iter().enumerate() {
            let op =
                StoredOp::parse(raw.get()).map_err(|reason| BadBundle::Op { index, reason })?;
            if op.op.dev != frame.dev || op.op.mission != frame.mission {
                return Err(BadBundle::ForeignOp { index });
            }
            if op.is_purged() && !is_purged(&op.id) {
                return Err(BadBundle::NotPurged { index });
            }
            stored.push(op);
        }
        let bundle = Bundle {
            v: frame.v,
            mission: frame.mission,
            dev: frame.dev,
            made: frame.made,
            ops: frame.ops.into_iter().map(ToOwned::to_owned).collect(),
            sig,
            // What a later version may say otherwise is nothing said, and costs no entry.
            app: (frame.app).and_then(|said| serde_json::from_str(said.get()).ok()),
            ids: stored.iter().map(|op| op.id).collect(),
        };
        Ok((bundle, stored))
    }

    /// What the device signs: `vigie bundle v1`, mission, device, moment, and each op's id, a line each.
    pub fn signed_message(&self) -> Vec<u8> {
        let Bundle {
            mission, dev, made, ..
        } = self;
        let mut message = format!("vigie bundle v1\n{mission}\n{dev}\n{made}\n");
        message.reserve(65 * self.ids.len());
        for id in &self.ids {
            message.push_str(&hex::encode(id.as_bytes()));
            message.push('\n');
        }
        message.into_bytes()
    }

    /// What the device signs of the app that it runs: `vigie bundle app v1`, mission, device, moment, and the version, a line each.
    pub fn app_message(&self, version: &AppVersion) -> Vec<u8> {
        let Bundle {
            mission, dev, made, ..
        } = self;
        format!("vigie bundle app v1\n{mission}\n{dev}\n{made}\n{version}\n").into_bytes()
    }

    /// The ids of the ops, in their order.
    pub fn ids(&self) -> &[OpId] {
        &self.ids
    }
}

impl Unsigned {
    /// What the device signs.
    pub fn message(&self) -> Vec<u8> {
        self.0.signed_message()
    }

    /// The bundle with its signature.
    pub fn sign(mut self, sig: [u8; 64]) -> Bundle {
        self.0.sig = sig;
        self.0
    }
}
