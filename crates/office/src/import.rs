//! A sealed bundle opened, checked and merged, or put in quarantine with the reason.
//!
//! It does not matter whether the bytes came from the server, a key or an e-mail, in which order, or how often. What is
//! refused is refused for now: kept by whoever called, it may be tried again once the device has enrolled or the right
//! key is at hand. Nothing enters the journal of a bundle that is refused.
//!
//! **Whose record is it.** What a record is, of which mission and whose is settled by the op of it that is accepted first,
//! not by a stamp, which anybody may write. A later bundle that says otherwise is refused whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_journal::{
    BadOp, Inserted, Journal, Record, StoredOp,
    bundle::{BadBundle, Bundle},
};
use vigie_model::{
    AppVersion, BundleId, DeviceId, FormId, Kind, MissionId, QuarantineReason, RecordId, Timestamp,
    Warning, fields,
};
use vigie_seal::{
    OpenError, Signature, VerifyingKey,
    envelope::{self, bundle_id},
};
use zeroize::Zeroizing;

use crate::{OfficeKeys, Registry};

/// How many bytes a bundle may have once open. A device makes bundles of a few hundred kilobytes, and of at most 12 MiB
/// when one carries a file; a "zip bomb" stops here.
pub const OPEN_BYTES: usize = 64 * 1024 * 1024;

/// A refusal, with the device that the bundle names when it says one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Quarantined {
    pub reason: QuarantineReason,
    /// As the bundle claims; proven when the reason is `UnknownDevice` or one that is told after it.
    pub device: Option<DeviceId>,
}

/// A bundle that opened and is what it says: every check has passed.
#[derive(Clone, Debug)]
pub struct Opened {
    pub bundle: BundleId,
    pub device: DeviceId,
    pub mission: MissionId,
    pub made: Timestamp,
    pub received: Reception,
    /// Which version of the app made it; `None` where its device did not say so.
    pub app: Option<AppVersion>,
    pub ops: Vec<StoredOp>,
}

/// When a bundle came. Kept beside it: the same moments again give the same verdict and the same journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reception {
    /// Here, by this desk's clock. Stamps are held back by it, because it is nobody else's word.
    pub here: Timestamp,
    /// At the mailbox, as the server says; of a file that was carried, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Timestamp>,
}

impl Reception {
    /// A file that was carried here.
    pub fn carried(here: Timestamp) -> Reception {
        Reception {
            here,
            mailbox: None,
        }
    }

    /// Fetched here from the server, which says that it has it since `stored`.
    pub fn fetched(here: Timestamp, stored: Timestamp) -> Reception {
        Reception {
            here,
            mailbox: Some(stored),
        }
    }

    /// When the device let go of it, at the latest.
    pub fn sent(&self) -> Timestamp {
        self.mailbox
            .map_or(self.here, |stored| stored.min(self.here))
    }
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Accepted {
        bundle: BundleId,
        device: DeviceId,
        mission: MissionId,
        ops: usize,
        new: usize,
        known: usize,
        warnings: Vec<Warning>,
    },
    /// These very bytes were accepted before: replayed, fetched twice, or carried by two ways.
    AlreadyThere {
        bundle: BundleId,
        device: DeviceId,
        mission: MissionId,
    },
    Quarantined {
        bundle: BundleId,
        reason: QuarantineReason,
        device: Option<DeviceId>,
    },
}

impl Verdict {
    pub fn bundle(&self) -> BundleId {
        match self {
            Verdict::Accepted { bundle, .. }
            | Verdict::AlreadyThere { bundle, .. }
            | Verdict::Quarantined { bundle, .. } => *bundle,
        }
    }

    /// Whose it is, and of which mission, when the office has it.
    pub fn taken(&self) -> Option<(DeviceId, MissionId)> {
        match self {
            Verdict::Accepted {
                device, mission, ..
            }
            | Verdict::AlreadyThere {
                device, mission, ..
            } => Some((*device, *mission)),
            Verdict::Quarantined { .. } => None,
        }
    }

    pub fn is_refused(&self) -> bool {
        self.taken().is_none()
    }
}

/// The bundles that were accepted, and what their devices said of themselves with them. Kept beside the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    bundles: BTreeMap<BundleId, (DeviceId, MissionId)>,
    /// Of each device, the `seq` of the latest op that came, and the version of the app that came with it.
    apps: BTreeMap<DeviceId, (u64, Option<AppVersion>)>,
}

impl Seen {
    pub fn len(&self) -> usize {
        self.bundles.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bundles.is_empty()
    }

    pub fn contains(&self, bundle: &BundleId) -> bool {
        self.bundles.contains_key(bundle)
    }

    /// Whose an accepted bundle is, and for which mission.
    pub fn get(&self, bundle: &BundleId) -> Option<(DeviceId, MissionId)> {
        self.bundles.get(bundle).copied()
    }

    /// Every device of which something was accepted.
    pub fn devices(&self) -> BTreeSet<DeviceId> {
        self.bundles.values().map(|(device, _)| *device).collect()
    }

    /// Notes an accepted bundle; for whoever rebuilds the set from its own storage.
    pub fn insert(&mut self, bundle: BundleId, device: DeviceId, mission: MissionId) {
        self.bundles.insert(bundle, (device, mission));
    }

    /// Notes which version of the app a device said with these ops. What it wrote last counts, and no clock: a file that was
    /// carried for weeks sets nothing back, and a version from before it was said is unknown.
    pub fn made_by(&mut self, device: DeviceId, ops: &[StoredOp], app: Option<AppVersion>) {
        let Some(last) = ops.iter().map(|stored| stored.op.seq).max() else {
            return;
        };
        let known = self.apps.entry(device).or_default();
        if known.0 <= last {
            *known = (last, app);
        }
    }

    /// The version of the app with which a device wrote the last of what came from it; `None` where it did not say so.
    pub fn app(&self, device: &DeviceId) -> Option<&AppVersion> {
        self.apps.get(device)?.1.as_ref()
    }
}

/// Opens `sealed` and checks all that it says beside what `journal` holds; changes nothing. Never holds more than `limit`
/// bytes of what is inside. What was purged is answered without its values.
///
/// The signature covers the ids of the ops, an id covers the bytes of an op, and a bundle holds one device's ops for one
/// mission: what an op says is its device's word, and a device speaks for nobody else.
pub fn check(
    sealed: &[u8],
    keys: &OfficeKeys,
    registry: &Registry,
    limit: usize,
    received: Reception,
    journal: &Journal,
) -> Result<Opened, Quarantined> {
    let mut opened = signed(sealed, keys, limit, received, journal)?;
    believed(&opened, keys, registry, journal).map_err(|reason| Quarantined {
        reason,
        device: Some(opened.device),
    })?;
    let ops = opened.ops.into_iter();
    opened.ops = ops.map(|op| journal.without_purged(op)).collect();
    Ok(opened)
}

/// Opens `sealed`, and checks that the device that it names signed it.
fn signed(
    sealed: &[u8],
    keys: &OfficeKeys,
    limit: usize,
    received: Reception,
    journal: &Journal,
) -> Result<Opened, Quarantined> {
    let refuse = |reason| Quarantined {
        reason,
        device: None,
    };
    let plain = envelope::open(sealed, &keys.identity, limit).map_err(|error| {
        refuse(match error {
            OpenError::NotSealed => QuarantineReason::NotSealed,
            OpenError::NotForUs(_) => QuarantineReason::NotForUs,
            OpenError::TooLarge => QuarantineReason::TooLarge,
            OpenError::Truncated | OpenError::Damaged => QuarantineReason::Damaged,
        })
    })?;
    let (bundle, ops) = Bundle::read_after(&plain, |id| journal.is_purged(id)).map_err(|bad| {
        refuse(match bad {
            BadBundle::Version(_)
            | BadBundle::Op {
                reason: BadOp::Version(_),
                ..
            } => QuarantineReason::Newer,
            _ => QuarantineReason::Malformed,
        })
    })?;
    let device = bundle.dev;
    let refuse = |reason| Quarantined {
        reason,
        device: Some(device),
    };
    let key =
        VerifyingKey::try_from(&device).map_err(|_| refuse(QuarantineReason::BadSignature))?;
    key.verify(&bundle.signed_message(), &Signature::from_bytes(bundle.sig))
        .map_err(|_| refuse(QuarantineReason::BadSignature))?;
    Ok(Opened {
        bundle: bundle_id(sealed),
        device,
        mission: bundle.mission,
        made: bundle.made,
        received,
        app: made_by(&bundle, &key),
        ops,
    })
}

/// The version of the app that a bundle's device signed. Whoever opened a bundle can seal it again with another one beside it:
/// that is nothing said.
fn made_by(bundle: &Bundle, key: &VerifyingKey) -> Option<AppVersion> {
    let said = bundle.app.as_ref()?;
    let signed = Signature::from_bytes(said.sig);
    key.verify(&bundle.app_message(&said.version), &signed)
        .is_ok()
        .then(|| said.version.clone())
}

/// Whether the office believes this device, for this mission, in what it says.
fn believed(
    opened: &Opened,
    keys: &OfficeKeys,
    registry: &Registry,
    journal: &Journal,
) -> Result<(), QuarantineReason> {
    let Opened {
        device,
        mission,
        received,
        ops,
        ..
    } = opened;
    if registry
        .removed_from(device, mission)
        .is_some_and(|at| received.sent() > at)
    {
        return Err(QuarantineReason::Revoked);
    }
    let is_desk = registry.is_desk(device, keys);
    if is_desk {
        if registry.card(mission).is_none() {
            return Err(QuarantineReason::WrongMission);
        }
    } else {
        let known = registry
            .member(device, mission)
            .ok_or(match registry.device(device) {
                Some(_) => QuarantineReason::WrongMission,
                None => QuarantineReason::UnknownDevice,
            })?;
        if let Some(form) = &known.only_form
            && !is_one_answer(ops, device, form, journal)
        {
            return Err(QuarantineReason::BeyondLink);
        }
    }
    if disagrees(ops, journal, is_desk) {
        return Err(QuarantineReason::Disagrees);
    }
    Ok(())
}

/// Whether these ops are this device's one answer to this questionnaire, or files that go with it, and replace nothing: all
/// that a partner's device may say. So a link for twenty people gives twenty answers at most, whatever its holders do, and
/// none of them touches what anybody else wrote.
fn is_one_answer(ops: &[StoredOp], device: &DeviceId, form: &FormId, journal: &Journal) -> bool {
    let rec = RecordId::answer_of(device);
    let of: Value = rec.to_string().into();
    ops.iter().all(|StoredOp { op, .. }| {
        let answers = op.rec == rec
            && op.kind == Kind::RESPONSE
            && op
                .form
                .as_ref()
                .is_some_and(|answered| answered.id == *form);
        let attaches = op.kind == Kind::ATTACHMENT
            && op.rec != rec
            && op.set.get(fields::any::OF) == Some(&of)
            && is_own(journal, &op.rec, device);
        (answers || attaches) && op.over.is_empty()
    })
}

/// Whether nobody but this device wrote on the record.
fn is_own(journal: &Journal, rec: &RecordId, device: &DeviceId) -> bool {
    let ops = journal.record(rec).map(Record::ops).unwrap_or_default();
    let mut ops = ops.iter().filter_map(|id| journal.get(id));
    ops.all(|stored| stored.op.dev == *device)
}

/// Whether an op says of its record another kind or mission than what came first, here or in the same bundle, or writes on
/// some partner's answer. A partner's answer has the name of her device, which the server knows: without this, the server and
/// a member could write on it before she does. A desk may: it settles what two versions of an answer say.
fn disagrees(ops: &[StoredOp], journal: &Journal, is_desk: bool) -> bool {
    let mut first: HashMap<RecordId, (&Kind, MissionId)> = HashMap::with_capacity(ops.len());
    ops.iter().any(|StoredOp { op, .. }| {
        let (kind, mission) = *first.entry(op.rec).or_insert_with(|| {
            journal
                .record(&op.rec)
                .map_or((&op.kind, op.mission), |known| (&known.kind, known.mission))
        });
        let foreign_answer =
            !is_desk && op.rec.is_answer() && op.rec != RecordId::answer_of(&op.dev);
        foreign_answer || op.kind != *kind || op.mission != mission
    })
}

/// Puts the ops of an opened bundle into the journal.
pub fn merge(opened: Opened, journal: &mut Journal, seen: &mut Seen) -> Verdict {
    let Opened {
        bundle,
        device,
        mission,
        received,
        app,
        ops,
        ..
    } = opened;
    seen.made_by(device, &ops, app);
    let count = ops.len();
    let first = ops
        .iter()
        .min_by_key(|stored| stored.op.seq)
        .map(|first| (first.op.seq, first.op.prev.is_none()));
    let seqs: BTreeSet<u64> = ops.iter().map(|stored| stored.op.seq).collect();
    let new = ops
        .into_iter()
        .map(|op| journal.accept(op, received.here))
        .filter(|inserted| *inserted == Inserted::New)
        .count();
    seen.insert(bundle, device, mission);
    let warnings = first
        .map(|(first, starts)| warnings(journal, device, first, starts, &seqs))
        .unwrap_or_default();
    Verdict::Accepted {
        bundle,
        device,
        mission,
        ops: count,
        new,
        known: count - new,
        warnings,
    }
}

/// What is odd about a device's run up to and in the bundle that was just merged, whose ops have the numbers `seqs`.
/// `starts`: the first of them follows nothing.
fn warnings(
    journal: &Journal,
    device: DeviceId,
    first: u64,
    starts: bool,
    seqs: &BTreeSet<u64>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let before = first
        .checked_sub(1)
        .and_then(|before| journal.run(device, 0..=before).next_back());
    let mut expected = match before {
        Some((seq, _)) => seq.saturating_add(1),
        None if starts => first,
        None => 1,
    };
    let last = seqs.last().copied().unwrap_or(first);
    for (seq, ids) in journal.run(device, first..=last) {
        if expected < seq {
            warnings.push(Warning::Gap {
                from: expected,
                to: seq - 1,
            });
        }
        if ids.len() > 1 && seqs.contains(&seq) {
            warnings.push(Warning::Fork { seq });
        }
        expected = seq.saturating_add(1);
    }
    warnings
}

/// Merges a file again that this office accepted before as `bundle`, for whoever keeps the sealed bytes and not what was in
/// them. What was accepted stays so, whatever the registry says by now of its device.
pub fn again(
    bundle: BundleId,
    sealed: &[u8],
    keys: &OfficeKeys,
    limit: usize,
    received: Reception,
    journal: &mut Journal,
    seen: &mut Seen,
) -> Verdict {
    match signed(sealed, keys, limit, received, journal) {
        Ok(opened) => merge(Opened { bundle, ..opened }, journal, seen),
        Err(Quarantined { reason, device }) => Verdict::Quarantined {
            bundle,
            reason,
            device,
        },
    }
}

/// What is left of sealed bytes in which there are values that must go, sealed for the office again, under the same
/// signature of their device; `None` when nothing in them must go, or they do not open here.
pub fn without_purged(
    sealed: &[u8],
    keys: &OfficeKeys,
    limit: usize,
    journal: &Journal,
) -> Option<Vec<u8>> {
    let plain = Zeroizing::new(envelope::open(sealed, &keys.identity, limit).ok()?);
    let (bundle, ops) = Bundle::read_after(&plain, |id| journal.is_purged(id)).ok()?;
    let left: Vec<StoredOp> = ops
        .iter()
        .map(|op| journal.without_purged(op.clone()))
        .collect();
    if left == ops {
        return None;
    }
    let mut left = Bundle::compose(bundle.mission, bundle.dev, bundle.made, &left).sign(bundle.sig);
    left.app = bundle.app;
    envelope::seal(&Zeroizing::new(left.to_json()), &[keys.recipient()]).ok()
}

/// Opens, checks and merges one file.
pub fn import(
    sealed: &[u8],
    keys: &OfficeKeys,
    registry: &Registry,
    limit: usize,
    received: Reception,
    journal: &mut Journal,
    seen: &mut Seen,
) -> Verdict {
    let bundle = bundle_id(sealed);
    if let Some((device, mission)) = seen.bundles.get(&bundle) {
        return Verdict::AlreadyThere {
            bundle,
            device: *device,
            mission: *mission,
        };
    }
    match check(sealed, keys, registry, limit, received, journal) {
        Ok(opened) => merge(opened, journal, seen),
        Err(Quarantined { reason, device }) => Verdict::Quarantined {
            bundle,
            reason,
            device,
        },
    }
}
