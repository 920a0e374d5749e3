//! Who writes ops: the only maker of an [`Op`].

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_model::{DeviceId, Kind, MissionId, RecordId};

use crate::{Chain, FormRef, Hlc, Op, Over, StoredOp};

/// One device, writing in one mission. Its ops follow each other in `chain`, which is stored with them.
#[derive(Debug)]
pub struct Author<'a> {
    pub device: DeviceId,
    /// How the person is called.
    pub by: &'a str,
    pub mission: MissionId,
    pub chain: &'a mut Chain,
}

/// What an op says: a new record, or a change to one.
#[derive(Clone, Debug)]
pub struct Entry {
    pub rec: RecordId,
    pub kind: Kind,
    pub form: Option<FormRef>,
    pub set: BTreeMap<String, Value>,
    /// What the person saw of these fields and means to replace.
    pub over: Over,
}

impl Author<'_> {
    /// Writes the chain's next op. `hlc` is the stamp that the device's clock gives.
    pub fn write(&mut self, hlc: Hlc, entry: Entry) -> StoredOp {
        let stored = StoredOp::new(Op {
            v: Op::VERSION,
            dev: self.device,
            seq: self.chain.seq,
            prev: self.chain.prev,
            hlc,
            by: self.by.to_owned(),
            rec: entry.rec,
            kind: entry.kind,
            mission: self.mission,
            form: entry.form,
            set: entry.set,
            over: entry.over,
            more: BTreeMap::new(),
        });
        *self.chain = Chain::after(&stored);
        stored
    }
}

impl StoredOp {
    /// The op as its author writes it again for another mission: nothing of it was sent yet, and what it replaces has
    /// other names by now. Its number and its stamp stay.
    #[must_use]
    pub fn again(self, mission: MissionId, chain: &mut Chain, over: Over) -> StoredOp {
        let stored = StoredOp::new(Op {
            mission,
            prev: chain.prev,
            over,
            ..self.op
        });
        *chain = Chain::after(&stored);
        stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_op_names_the_one_before_it() {
        let mut chain = Chain::default();
        let mut author = Author {
            device: DeviceId([1; 32]),
            by: "Awa",
            mission: MissionId::random(&mut |bytes: &mut [u8]| bytes.fill(2)),
            chain: &mut chain,
        };
        let entry = Entry {
            rec: RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(3)),
            kind: Kind::NOTE,
            form: None,
            set: BTreeMap::new(),
            over: Over::new(),
        };
        let first = author.write(Hlc { ms: 5, n: 0 }, entry.clone());
        let second = author.write(Hlc { ms: 5, n: 1 }, entry);
        assert_eq!((first.op.seq, first.op.prev), (1, None));
        assert_eq!((second.op.seq, second.op.prev), (2, Some(first.id)));
        assert_eq!(chain, Chain::after(&second));
    }
}
