//! One change to one record by one device, and the exact bytes that name it.
//!
//! An op's id is the SHA-256 of its bytes as its author wrote them. Nobody ever writes an op anew, so a field that this
//! version does not know, a number written in an unusual way, or the order of keys all survive every hand they pass.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vigie_model::{
    DeviceId, FormHash, FormId, Kind, MissionId, OpId, RecordId, Timestamp, fields::attachment, hex,
};

use crate::{
    Hlc,
    once::{Object, Strict},
};

/// Field → the ops that the author saw there and means to replace.
pub type Over = BTreeMap<String, Vec<OpId>>;

/// One change to one record by one device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Op {
    /// [`Op::VERSION`].
    pub v: u32,
    pub dev: DeviceId,
    /// Counts the device's ops, from 1.
    pub seq: u64,
    /// The device's op before this one; `None` for its first.
    pub prev: Option<OpId>,
    pub hlc: Hlc,
    /// How the author is called.
    pub by: String,
    pub rec: RecordId,
    pub kind: Kind,
    pub mission: MissionId,
    /// The questionnaire that a response answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<FormRef>,
    /// Field → its value from now on; `null` clears it.
    pub set: BTreeMap<String, Value>,
    pub over: Over,
    /// What a later version wrote beside.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

impl Op {
    /// The format that this version writes and reads.
    pub const VERSION: u32 = 1;
}

/// A version of a questionnaire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FormRef {
    pub id: FormId,
    pub version: String,
    pub hash: FormHash,
}

/// Where a device's run of ops has got to: what its next op says in `seq` and `prev`.
///
/// Stored in the same transaction as the op itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    pub seq: u64,
    pub prev: Option<OpId>,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain { seq: 1, prev: None }
    }
}

impl Chain {
    /// What the op after `stored` says.
    #[must_use]
    pub fn after(stored: &StoredOp) -> Chain {
        Chain {
            seq: stored.op.seq.saturating_add(1),
            prev: Some(stored.id),
        }
    }
}

/// An op with the bytes that its id is the hash of.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredOp {
    pub id: OpId,
    /// The exact JSON.
    pub bytes: Box<str>,
    pub op: Op,
    /// The stamp by which it is ordered and shown: the op's own, unless [`received`](StoredOp::received) held it back.
    pub order: Hlc,
}

/// How far a clock may be ahead before its stamps are held back: a day, for a date or a time zone that was set wrong.
pub const AHEAD_MS: i64 = 24 * 60 * 60 * 1000;

/// Text that is not an op.
#[derive(Debug, thiserror::Error)]
pub enum BadOp {
    /// Not JSON, or not with the fields that an op has.
    #[error("not an op: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by a version of Vigie that is not out yet, for us: keep the bytes, update, try again.
    #[error("an op of version {0}, which this version does not read")]
    Version(u32),
}

impl StoredOp {
    /// What is left of an op whose values were erased has its id here; see [`purge`](crate::purge).
    pub(crate) const PURGED: &'static str = "purged";

    /// Writes a new op down.
    pub fn new(op: Op) -> StoredOp {
        let bytes = serde_json::to_string(&op)
            .expect("an op is maps with text keys and values, which JSON can always write");
        StoredOp {
            id: id_of(&bytes),
            bytes: bytes.into(),
            order: op.hlc,
            op,
        }
    }

    /// The same op, as it is ordered by whoever received it at `at`: a stamp more than a day ahead of that moment is no
    /// better than the moment itself, so nobody's clock, and nobody's malice, holds the last word for ever. The bytes stay.
    /// Held back together, the ops of one device keep their order by their numbers.
    #[must_use]
    pub fn received(self, at: Timestamp) -> StoredOp {
        if self.op.hlc.ms <= at.0.saturating_add(AHEAD_MS) {
            return self;
        }
        let n = u32::try_from(self.op.seq).unwrap_or(u32::MAX);
        StoredOp {
            order: Hlc { ms: at.0, n },
            ..self
        }
    }

    /// The op for whoever can read it again where it is kept: of a file's content, all that stays is what tells it from another.
    /// Its bytes go too.
    #[must_use]
    pub fn without_content(mut self) -> StoredOp {
        let is_file = self.op.kind == Kind::ATTACHMENT;
        let content = self.op.set.get_mut(attachment::DATA);
        if let Some(content) = content.filter(|content| is_file && !content.is_null()) {
            let digest: [u8; 32] = Sha256::digest(content.to_string()).into();
            *content = hex::encode(&digest).into();
            self.bytes = Box::default();
        }
        self
    }

    /// Reads an op from its exact text. Space around the object is not part of it.
    pub fn parse(text: &str) -> Result<StoredOp, BadOp> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let op: Op = match serde_json::from_str(text) {
            Ok(op) => op,
            // A later version may write what this one can't even read.
            Err(error) => {
                return Err(match serde_json::from_str(text) {
                    Ok(VersionOnly { v }) if v > Op::VERSION => BadOp::Version(v),
                    _ => error.into(),
                });
            }
        };
        if op.v != Op::VERSION {
            return Err(BadOp::Version(op.v));
        }
        let id = match op.more.get(Self::PURGED) {
            Some(kept) => OpId::deserialize(kept)?,
            None => id_of(text),
        };
        Ok(StoredOp {
            id,
            bytes: text.into(),
            order: op.hlc,
            op,
        })
    }

    /// Whether the values were legally erased: the id is then that of the bytes that were.
    pub fn is_purged(&self) -> bool {
        self.op.more.contains_key(Self::PURGED)
    }

    /// What orders the display: stamp, device, id.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            hlc: self.order,
            dev: self.op.dev,
            id: self.id,
        }
    }
}

/// Only the version, of an op whose other fields this version can't know.
#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

/// The total order of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub hlc: Hlc,
    pub dev: DeviceId,
    pub id: OpId,
}

fn id_of(text: &str) -> OpId {
    OpId(Sha256::digest(text.as_bytes()).into())
}

/// Read by hand: serde's `flatten` would first copy every op into a tree of its own, and an import reads them by the ten
/// thousand.
impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Op, D::Error> {
        deserializer.deserialize_map(OpVisitor)
    }
}

struct OpVisitor;

impl<'de> de::Visitor<'de> for OpVisitor {
    type Value = Op;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an op (an object)")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Op, A::Error> {
        let (mut v, mut dev, mut seq, mut prev, mut hlc) = (None, None, None, None, None);
        let (mut by, mut rec, mut kind, mut mission, mut form) = (None, None, None, None, None);
        let (mut set, mut over) = (None, None);
        let mut more = BTreeMap::new();

        fn once<'de, T: Deserialize<'de>, A: de::MapAccess<'de>>(
            slot: &mut Option<T>,
            name: &'static str,
            map: &mut A,
        ) -> Result<(), A::Error> {
            match slot.replace(map.next_value()?) {
                None => Ok(()),
                Some(_) => Err(de::Error::duplicate_field(name)),
            }
        }

        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            match &*name {
                "v" => once(&mut v, "v", &mut map)?,
                "dev" => once(&mut dev, "dev", &mut map)?,
                "seq" => once(&mut seq, "seq", &mut map)?,
                "prev" => once::<Option<OpId>, A>(&mut prev, "prev", &mut map)?,
                "hlc" => once(&mut hlc, "hlc", &mut map)?,
                "by" => once(&mut by, "by", &mut map)?,
                "rec" => once(&mut rec, "rec", &mut map)?,
                "kind" => once(&mut kind, "kind", &mut map)?,
                "mission" => once(&mut mission, "mission", &mut map)?,
                "form" => once::<Option<FormRef>, A>(&mut form, "form", &mut map)?,
                "set" => once::<Object<Value, Strict>, A>(&mut set, "set", &mut map)?,
                "over" => once::<Object<Vec<OpId>>, A>(&mut over, "over", &mut map)?,
                _ => {
                    let Strict(value) = map.next_value()?;
                    if more.insert(name.clone().into_owned(), value).is_some() {
                        return Err(de::Error::custom(format_args!("{name:?} stands twice")));
                    }
                }
            }
        }

        let missing = de::Error::missing_field;
        Ok(Op {
            v: v.ok_or_else(|| missing("v"))?,
            dev: dev.ok_or_else(|| missing("dev"))?,
            seq: seq.ok_or_else(|| missing("seq"))?,
            prev: prev.flatten(),
            hlc: hlc.ok_or_else(|| missing("hlc"))?,
            by: by.ok_or_else(|| missing("by"))?,
            rec: rec.ok_or_else(|| missing("rec"))?,
            kind: kind.ok_or_else(|| missing("kind"))?,
            mission: mission.ok_or_else(|| missing("mission"))?,
            form: form.flatten(),
            set: set.ok_or_else(|| missing("set"))?.0,
            over: over.map(|object| object.0).unwrap_or_default(),
            more,
        })
    }
}

/// A key, borrowed from the text unless it is written with escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'de>, D::Error> {
        struct NameVisitor;

        impl<'de> de::Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}
