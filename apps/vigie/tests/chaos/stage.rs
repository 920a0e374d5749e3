//! An office with a mission, two phones that take part and a partner link: made once, copied for each run.

use vigie_mailbox::mailbox::now;
use vigie_model::MissionId;
use vigie_office::OfficeKeys;
use vigie_protocol::{
    BackUpKey, CreateInvites, CreateLink, CreateMission, CreateOffice, CreateVault, Fetch, NewLink,
    ProveBackup,
};
use vigie_seal::passfile::open_with_passphrase;
use vigie_vault::{Change, MemoryStore, Store, Table};

use crate::{
    common::PASSPHRASE,
    ground::Ground,
    mailbox::Program,
    rig::{
        Planned,
        stage::{FILE_PASSPHRASE, invite, say_link, say_mission},
    },
};

/// The rows of a device, which pass from thread to thread; a store does not.
pub type Rows = Vec<(Table, String, Vec<u8>)>;

pub const PHONES: [&str; 2] = ["Ana", "Luc"];

pub struct Stage {
    /// Nobody serves it.
    pub ground: Ground,
    pub office: Rows,
    pub phones: Vec<Rows>,
    pub keys: OfficeKeys,
    pub mission: MissionId,
    /// What a partner follows.
    pub link: String,
    /// Later than all that was done.
    pub now: i64,
}

impl Stage {
    pub fn on(ground: Ground) -> Stage {
        let program = Program::on(&ground, None, true).expect("a server");
        let office = Planned::over(MemoryStore::new());
        office.ask(CreateOffice {
            token: program.token.clone().expect("no office yet"),
            server: program.url(),
            name: "Bureau de Montréal".into(),
            passphrase: PASSPHRASE.into(),
        });
        let (_, backup) = office.file(BackUpKey {
            file_passphrase: FILE_PASSPHRASE.into(),
        });
        let text = open_with_passphrase(&backup, FILE_PASSPHRASE, 64 * 1024).expect("the key");
        let text = String::from_utf8(text).expect("text");
        let keys = OfficeKeys::from_text(&text).expect("the office's keys");
        office.ask(ProveBackup {
            backup,
            file_passphrase: FILE_PASSPHRASE.into(),
        });
        let mission = say_mission("Mission Haïti");
        let mission = office.ask(CreateMission { mission });
        let link = NewLink {
            kiosk: false,
            ..say_link()
        };
        let link = office.ask(CreateLink { mission, link })[0].link.clone();
        let invites = office.ask(CreateInvites {
            mission,
            labels: PHONES.map(str::to_owned).into(),
            days: 7,
        });
        let phones = PHONES.iter().zip(&invites).map(|(name, one)| {
            let phone = Planned::over(MemoryStore::new());
            let status = phone.ask(CreateVault {
                passphrase: PASSPHRASE.into(),
                name: (*name).into(),
                invite: Some(invite(&one.link)),
                lang: "fr".into(),
            });
            assert!(!status.enrolment_pending, "{status:?}");
            phone.store.dump()
        });
        let phones = phones.collect();
        office.ask(Fetch);
        drop(program);
        Stage {
            ground,
            office: office.store.dump(),
            phones,
            keys,
            mission,
            link,
            now: now().0 + 60_000,
        }
    }
}

/// A store that holds these rows.
pub fn store_of(rows: &[(Table, String, Vec<u8>)]) -> MemoryStore {
    let store = MemoryStore::new();
    let changes = rows.iter().cloned();
    let changes = changes.map(|(table, key, bytes)| Change::Put { table, key, bytes });
    futures::executor::block_on(store.commit(changes.collect())).expect("memory");
    store
}
