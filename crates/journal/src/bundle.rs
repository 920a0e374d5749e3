//! A run of one device's ops, as it travels: JSON, signed by the device, then compressed and sealed by whoever has the
//! recipients' keys.
//!
//! The signature covers the ids of the ops, in their order. An id is the hash of an op's bytes, so not a byte can change;
//! and an op whose values were legally erased keeps its id, so the signature of what is left still verifies. Which version of the
//! app made it is said beside, under a signature of its own: who reads bundles of before, or before it was said, loses nothing.
//!
//! It is written in either of two versions, which say the same under the same signature: 1 has each op as it is, 2 has them
//! [by columns](crate::columns), for those alone who are known to read it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vigie_model::{AppVersion, DeviceId, MissionId, OpId, Timestamp, hex};

use crate::{
    BadOp, StoredOp,
    columns::{self, BadColumns, Columns},
};

/// A signed run of one device's ops for one mission.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub mission: MissionId,
    pub dev: DeviceId,
    /// When it was composed, by the device's clock.
    pub made: Timestamp,
    /// The exact bytes of each op.
    ops: Vec<Box<str>>,
    /// The device's Ed25519 signature over [`Bundle::signed_message`].
    pub sig: [u8; 64],
    /// Which version of the app made it, where the device says so.
    pub app: Option<MadeBy>,
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
    ops: &'a RawValue,
    #[serde(borrow)]
    sig: Cow<'a, str>,
    #[serde(borrow, default)]
    app: Option<&'a RawValue>,
}

/// A bundle as it is written, in either version.
#[derive(Serialize)]
struct Written<'a, Ops> {
    v: u32,
    mission: MissionId,
    dev: DeviceId,
    made: Timestamp,
    ops: Ops,
    #[serde(with = "hex")]
    sig: [u8; 64],
    #[serde(skip_serializing_if = "Option::is_none")]
    app: &'a Option<MadeBy>,
}

/// Only the version, for a bundle whose other fields this version can't know.
#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

impl Bundle {
    /// The greatest version that is read here: what an office's cards say of it.
    pub const VERSION: u32 = 2;

    /// Puts ops together, in this order, for the device to sign. All must be `dev`'s, of `mission`: a reader refuses another's.
    pub fn compose(
        mission: MissionId,
        dev: DeviceId,
        made: Timestamp,
        ops: &[StoredOp],
    ) -> Unsigned {
        Unsigned(Bundle {
            mission,
            dev,
            made,
            ops: ops.iter().map(|stored| stored.bytes.clone()).collect(),
            sig: [0; 64],
            app: None,
            ids: ops.iter().map(|stored| stored.id).collect(),
        })
    }

    /// The bytes to compress and seal, in version 1, which everybody reads.
    pub fn to_json(&self) -> Vec<u8> {
        let ops = self.ops.iter().map(|op| {
            serde_json::from_str(op).expect("an op's bytes were read or written as JSON")
        });
        self.written(1, ops.collect::<Vec<&RawValue>>())
    }

    /// The same in version 2; none of fewer than two ops, and of more than 4 MiB.
    pub fn to_columns(&self) -> Option<Vec<u8>> {
        self.columns().map(|columns| self.written(2, columns))
    }

    /// In the version that is shorter, for those who read both.
    pub fn to_shorter_json(&self) -> Vec<u8> {
        let as_list: usize = self.ops.iter().map(|op| op.len() + 1).sum();
        match self.columns() {
            Some(columns) if columns.get().len() <= as_list => self.written(2, columns),
            _ => self.to_json(),
        }
    }

    fn columns(&self) -> Option<Box<RawValue>> {
        let ops = self.ids.iter().zip(&self.ops);
        let ops: Vec<(OpId, &str)> = ops.map(|(id, op)| (*id, &**op)).collect();
        columns::write(&ops)
    }

    fn written(&self, v: u32, ops: impl Serialize) -> Vec<u8> {
        let written = Written {
            v,
            mission: self.mission,
            dev: self.dev,
            made: self.made,
            ops,
            sig: self.sig,
            app: &self.app,
        };
        serde_json::to_vec(&written).expect("ids, numbers and texts that are JSON already")
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
                    Ok(VersionOnly { v }) if !(1..=Self::VERSION).contains(&v) => {
                        BadBundle::Version(v)
                    }
                    _ => malformed(&error),
                });
            }
        };
        let stored = match frame.v {
            1 => {
                let ops: Vec<&RawValue> =
                    serde_json::from_str(frame.ops.get()).map_err(|error| malformed(&error))?;
                let ops = ops.iter().enumerate().map(|(index, op)| {
                    StoredOp::parse(op.get()).map_err(|reason| BadBundle::Op { index, reason })
                });
                ops.collect::<Result<Vec<_>, _>>()?
            }
            2 => Columns::read(frame.ops)?.ops()?,
            newer => return Err(BadBundle::Version(newer)),
        };
        let sig = hex::decode(&frame.sig)
            .ok_or_else(|| malformed(&"the signature is not 128 hex digits"))?;
        for (index, op) in stored.iter().enumerate() {
            if op.op.dev != frame.dev || op.op.mission != frame.mission {
                return Err(BadBundle::ForeignOp { index });
            }
            if op.is_purged() && !is_purged(&op.id) {
                return Err(BadBundle::NotPurged { index });
            }
        }
        let unsigned = Bundle::compose(frame.mission, frame.dev, frame.made, &stored);
        let mut bundle = unsigned.sign(sig);
        // What a later version may say otherwise is nothing said, and costs no entry.
        bundle.app = (frame.app).and_then(|said| serde_json::from_str(said.get()).ok());
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

impl From<BadColumns> for BadBundle {
    fn from(bad: BadColumns) -> BadBundle {
        match bad {
            BadColumns::Malformed(what) => BadBundle::Malformed(what),
            BadColumns::Op { index, reason } => BadBundle::Op { index, reason },
        }
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
