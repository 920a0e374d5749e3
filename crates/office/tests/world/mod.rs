//! An office, its mission and its delegates' devices, with real keys and real seals.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod usine;

use std::collections::BTreeMap;

use serde_json::Value;
use vigie_exchange::api::{Base64, EnrolledItem};
use vigie_journal::{Bundle, Hlc, Journal, MadeBy, Op, StoredOp, op::Chain};
use vigie_model::{
    AppVersion, DeviceId, Kind, Lang, MissionId, MissionKind, Policy, Random, RecordId, Timestamp,
    fields::any,
};
use vigie_office::{
    OfficeDoc, OfficeKeys, Registry, Seen, Verdict,
    docs::MissionDoc,
    import::{self, OPEN_BYTES, Reception},
    mission::{NewMission, new_mission},
};
use vigie_seal::{InviteCode, SigningKey, envelope};

pub const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// Numbers that differ, the same in each run.
pub struct Dice(pub u64);

impl Random for Dice {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 33) as u8;
        }
    }
}

pub struct Office {
    pub keys: OfficeKeys,
    pub registry: Registry,
    pub mission: MissionDoc,
    pub journal: Journal,
    pub seen: Seen,
    pub dice: Dice,
}

impl Office {
    pub fn new(seed: u64) -> Office {
        let mut dice = Dice(seed);
        let keys = OfficeKeys::generate("Fédération", "https://vigie.example", &mut dice);
        let mission = new_mission(new("Mission Dhaka"), &keys, &mut dice).expect("a good mission");
        let registry = Registry::from_docs([OfficeDoc::Mission(mission.clone())]);
        Office {
            keys,
            registry,
            mission,
            journal: Journal::new(),
            seen: Seen::default(),
            dice,
        }
    }

    /// Invites and enrols a person, by the real exchange.
    pub fn delegate(&mut self, name: &str) -> Device {
        let device = self.stranger(name);
        let item = self.enrolment(&device, name);
        self.registry.enrolled(&item).expect("a proven enrolment");
        device
    }

    /// A device with an invite whose enrolment has not come.
    pub fn enrolment(&mut self, device: &Device, name: &str) -> EnrolledItem {
        let invite =
            self.mission
                .invite(&self.keys, name, Timestamp(i64::MAX), NOW, &mut self.dice);
        self.registry.insert(OfficeDoc::Invite(invite.doc.clone()));
        let code: InviteCode = invite.doc.code.parse().expect("a code");
        let enrol = vigie_join::enrol(
            &code,
            &device.key,
            name,
            &self.mission.mission_key,
            &mut self.dice,
        );
        EnrolledItem {
            n: 1,
            invite: enrol.invite,
            device: enrol.device,
            mission: None,
            proof: enrol.proof,
            name_box: Base64(enrol.name_box.0),
            at: NOW,
        }
    }

    pub fn stranger(&mut self, name: &str) -> Device {
        Device {
            key: SigningKey::random(&mut self.dice),
            name: name.to_owned(),
            mission: self.mission.id(),
            chain: Chain::default(),
            now: NOW.0,
            dice: Dice(self.dice.0 ^ 0x5eed),
        }
    }

    /// As a file that came at [`NOW`].
    pub fn import(&mut self, sealed: &[u8]) -> Verdict {
        self.import_at(sealed, Reception::carried(NOW))
    }

    pub fn import_at(&mut self, sealed: &[u8], received: Reception) -> Verdict {
        import::import(
            sealed,
            &self.keys,
            &self.registry,
            OPEN_BYTES,
            received,
            &mut self.journal,
            &mut self.seen,
        )
    }

    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        envelope::seal(plain, &[self.keys.recipient()]).expect("one recipient")
    }
}

pub fn new(name: &str) -> NewMission {
    NewMission {
        name: name.to_owned(),
        kind: MissionKind::ALL[0],
        starts: "2026-11-20".into(),
        ends: "2026-12-01".into(),
        languages: vec![Lang::new("fr"), Lang::new("en")],
        policy: Policy::default(),
        forms: Vec::new(),
    }
}

pub struct Device {
    pub key: SigningKey,
    pub name: String,
    pub mission: MissionId,
    pub chain: Chain,
    pub now: i64,
    pub dice: Dice,
}

pub type Set<'a> = &'a [(&'a str, Value)];

impl Device {
    pub fn id(&self) -> DeviceId {
        self.key.device()
    }

    pub fn record(&mut self) -> RecordId {
        RecordId::random(&mut self.dice)
    }

    /// One op on a record as this device sees it in `journal`.
    pub fn write(
        &mut self,
        journal: &Journal,
        rec: RecordId,
        kind: Kind,
        set: Set<'_>,
    ) -> StoredOp {
        let fields = set.iter().map(|(field, _)| *field);
        let over = journal
            .record(&rec)
            .map(|record| record.seen(fields))
            .unwrap_or_default();
        self.now += 1000;
        let stored = StoredOp::new(Op {
            v: Op::VERSION,
            dev: self.id(),
            seq: self.chain.seq,
            prev: self.chain.prev,
            hlc: Hlc { ms: self.now, n: 0 },
            by: self.name.clone(),
            rec,
            kind,
            mission: self.mission,
            form: None,
            set: set
                .iter()
                .map(|(field, value)| ((*field).to_owned(), value.clone()))
                .collect(),
            over,
            more: BTreeMap::new(),
        });
        self.chain = Chain::after(&stored);
        stored
    }

    pub fn note(&mut self, set: Set<'_>) -> StoredOp {
        let rec = self.record();
        self.write(&Journal::new(), rec, Kind::NOTE, set)
    }

    pub fn delete(&mut self, journal: &Journal, rec: RecordId, kind: Kind) -> StoredOp {
        self.write(journal, rec, kind, &[(any::DELETED, true.into())])
    }

    pub fn bundle(&self, ops: &[StoredOp]) -> Bundle {
        let unsigned = Bundle::compose(self.mission, self.id(), Timestamp(self.now), ops);
        let signature = self.key.sign(&unsigned.message()).to_bytes();
        unsigned.sign(signature)
    }

    /// A bundle by which the device says which version of the app made it.
    pub fn bundle_by(&self, ops: &[StoredOp], version: &str) -> Bundle {
        let mut bundle = self.bundle(ops);
        let version = AppVersion::try_from(version.to_owned()).expect("a version");
        let sig = self.key.sign(&bundle.app_message(&version)).to_bytes();
        bundle.app = Some(MadeBy { version, sig });
        bundle
    }

    pub fn sealed(&self, office: &Office, ops: &[StoredOp]) -> Vec<u8> {
        office.seal(&self.bundle(ops).to_json())
    }
}
