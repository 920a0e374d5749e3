//! Erased for good at the desk: gone from every row of every device, and it comes back by no way.

use crate::common::{Device, PASSPHRASE, World, one_file};
use futures::executor::block_on;
use serde_json::json;
use vigie_model::RecordId;
use vigie_office::purge::Proof;
use vigie_protocol::{
    BackUpKey, Erase, ExportAll, ExportFormat, Failure, Fetch, Filter, GetEntry, GetErasureProof,
    GetTable, RestoreOffice, Row, TableView,
};
use vigie_seal::vault::{VaultKey, WrappedKey};
use vigie_vault::{Change, Store, Table};

const REASON: &str = "à sa demande";

fn erase(rec: RecordId) -> Erase {
    Erase {
        rec,
        reason: REASON.into(),
    }
}

fn rows(device: &Device) -> Vec<Row> {
    let table = GetTable {
        view: TableView::default(),
        filter: Filter::default(),
        offset: 0,
        limit: 1_000,
    };
    device.ask(table).rows
}

/// Every row that says it, as whoever copied the store and knows the passphrase reads them.
fn rows_with(device: &Device, word: &str) -> Vec<String> {
    let wrapped = block_on(device.store.get(Table::Meta, "vault")).expect("a store");
    let wrapped: WrappedKey = serde_json::from_slice(&wrapped.expect("a vault")).expect("JSON");
    let derived = wrapped.kdf.derive(PASSPHRASE).expect("memory for it");
    let key = VaultKey::unwrap(&wrapped, &derived).expect("the passphrase");
    let rows = device.store.dump().into_iter();
    let says = rows.filter(|(table, row, bytes)| {
        let plain = key.open_row(table.name(), row, bytes).unwrap_or_default();
        String::from_utf8_lossy(&plain)
            .to_lowercase()
            .contains(word)
    });
    says.map(|(table, row, _)| format!("{}/{row}", table.name()))
        .collect()
}

/// Ana wrote, corrected, and sent; Luc was given it; both desks have it.
struct Told {
    world: World,
    ana: Device,
    luc: Device,
    second: Device,
    rec: RecordId,
}

impl Told {
    fn new() -> Told {
        let world = World::with(|mission| mission.said.share_with_team = true);
        let (ana, luc) = (world.delegate("Ana"), world.delegate("Luc"));
        let said = [
            ("name", json!("Maria Quispe")),
            ("phone", json!("555-0000")),
        ];
        let rec = ana.write("contact", &said);
        ana.change(rec, &[("name", json!("Maria Q."))]);
        ana.write("note", &[("title", json!("Autre chose"))]);
        ana.send();
        world.office.ask(Fetch);
        luc.send();
        luc.change(rec, &[("role", json!("déléguée, dit Maria"))]);
        luc.send();
        world.office.ask(Fetch);
        ana.send();
        let second = second_desk(&world);
        second.ask(Fetch);
        Told {
            world,
            ana,
            luc,
            second,
            rec,
        }
    }

    fn devices(&self) -> [&Device; 4] {
        [&self.world.office, &self.second, &self.ana, &self.luc]
    }
}

pub(crate) fn second_desk(world: &World) -> Device {
    let file_passphrase = "clé de papier".to_owned();
    let (_, backup) = world.office.file(BackUpKey {
        file_passphrase: file_passphrase.clone(),
    });
    let second = Device::new();
    second.ask(RestoreOffice {
        backup,
        file_passphrase,
        passphrase: PASSPHRASE.into(),
    });
    second
}

#[test]
fn an_entry_erased_at_one_desk_is_gone_from_every_device() {
    let told = Told::new();
    for device in told.devices() {
        assert!(!rows_with(device, "maria").is_empty());
    }
    // A draft that shows it goes too.
    told.ana.edit(Some(told.rec), "");
    told.ana
        .draft(told.rec, &[("notes", json!("Maria encore"))]);

    let view = told.world.office.ask(erase(told.rec));
    assert!(view.facts.is_empty(), "{:?}", view.facts);
    let erased = view.row.erased.expect("it says so");
    assert_eq!(erased.reason, REASON);
    assert_eq!(rows_with(&told.world.office, "maria"), Vec::<String>::new());
    told.second.ask(Fetch);
    told.ana.send();
    told.luc.send();
    for (place, device) in told.devices().into_iter().enumerate() {
        assert_eq!(rows_with(device, "maria"), Vec::<String>::new(), "{place}");
        // Why it was erased stays at the office.
        assert_eq!(rows_with(device, REASON).is_empty(), place > 1, "{place}");
        let again = device.reopened();
        assert_eq!(rows_with(&again, "maria"), Vec::<String>::new(), "{place}");
    }
    for phone in [&told.ana, &told.luc] {
        let listed = phone.reopened().entries();
        let line = listed
            .iter()
            .find(|entry| entry.rec == told.rec)
            .expect("it is listed");
        assert!(line.erased && line.title.is_empty(), "{line:?}");
        let mut page = phone.edit(Some(told.rec), "contact");
        assert!(page.erased && page.fields.is_empty(), "{page:?}");
        page = phone.edit(
            listed
                .iter()
                .find(|entry| !entry.erased)
                .map(|entry| entry.rec),
            "note",
        );
        assert!(!page.erased, "{page:?}");
        assert_eq!(phone.counts().draft, 0);
        assert!(listed.iter().any(|entry| entry.title == "Autre chose"));
        let (_, all) = phone.file(ExportAll);
        assert!(!String::from_utf8_lossy(&all).contains("Maria"));
    }
    for desk in [&told.world.office, &told.second] {
        let desk = desk.reopened();
        assert!(rows(&desk).iter().any(|row| row.erased.is_some()));
        assert!(!desk.exported(ExportFormat::Json).is_empty());
        assert!(desk.ask(GetEntry { rec: told.rec }).facts.is_empty());
        let (_, file) = desk.file(GetErasureProof { rec: told.rec });
        let proof = Proof::read(&file).expect("signed");
        assert_eq!((proof.purges.len(), proof.erased.len()), (1, 3));
    }
    // A phone and a desk that come after find nothing of it, though the server keeps the bundles.
    let late = told.world.delegate("Rosa");
    late.send();
    let restored = second_desk(&told.world);
    restored.ask(Fetch);
    for device in [&late, &restored] {
        assert_eq!(rows_with(device, "maria"), Vec::<String>::new());
    }
}

#[test]
fn erased_twice_is_erased_once_and_what_is_written_after_stands_until_it_is_erased() {
    let told = Told::new();
    let office = &told.world.office;
    office.ask(erase(told.rec));
    office.ask(erase(told.rec));
    assert_eq!(office.ask(GetEntry { rec: told.rec }).erasures.len(), 1);
    let nothing = RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(9));
    assert_eq!(
        office.try_ask(erase(nothing)).err(),
        Some(Failure::NotFound)
    );
    told.ana.send();
    told.ana
        .change(told.rec, &[("notes", json!("Maria, de nouveau"))]);
    told.ana.send();
    office.ask(Fetch);
    let view = office.ask(GetEntry { rec: told.rec });
    assert_eq!((view.row.erased, view.facts.len()), (None, 1));
    let view = office.ask(erase(told.rec));
    assert_eq!((view.row.erased.is_some(), view.erasures.len()), (true, 2));
    told.ana.send();
    for device in [office, &told.ana] {
        assert_eq!(rows_with(device, "maria"), Vec::<String>::new());
    }
}

#[test]
fn a_letter_that_comes_after_loses_what_was_erased() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let rec = ana.write("note", &[("title", json!("Maria Quispe"))]);
    let set_back = ana.killed();
    ana.send();
    world.office.ask(Fetch);
    world.office.ask(erase(rec));
    // A phone set back to before it sent: its letter of the same changes is another, with values.
    set_back.unlock();
    let (_, letter) = set_back.packed();
    world.office.ask(one_file("clé.age", letter));
    assert_eq!(rows_with(&world.office, "maria"), Vec::<String>::new());
    assert!(world.office.ask(GetEntry { rec }).facts.is_empty());
    set_back.send();
    assert_eq!(rows_with(&set_back, "maria"), Vec::<String>::new());
}

#[test]
fn without_a_network_it_is_erased_here_and_told_when_the_line_is_back() {
    let told = Told::new();
    told.world.office.online.set(false);
    told.world.office.ask(erase(told.rec));
    assert_eq!(rows_with(&told.world.office, "maria"), Vec::<String>::new());
    told.ana.send();
    assert!(!rows_with(&told.ana, "maria").is_empty());
    let office = told.world.office.reopened();
    office.online.set(true);
    office.ask(Fetch);
    told.ana.send();
    assert_eq!(rows_with(&told.ana, "maria"), Vec::<String>::new());
}

#[test]
fn a_row_that_does_not_open_keeps_nothing_else_from_being_erased() {
    let told = Told::new();
    let rows = block_on(told.ana.store.all(Table::Ops)).expect("a store");
    let key = rows
        .into_iter()
        .map(|(key, _)| key)
        .min()
        .expect("a change");
    let damage = Change::Put {
        table: Table::Ops,
        key,
        bytes: b"damaged".to_vec(),
    };
    block_on(told.ana.store.commit(vec![damage])).expect("a store");
    told.world.office.ask(erase(told.rec));
    told.ana.send();
    assert_eq!(rows_with(&told.ana, "maria"), Vec::<String>::new());
}

#[test]
fn a_mission_whose_people_do_not_share_is_told_too() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let rec = ana.write("note", &[("title", json!("Maria Quispe"))]);
    ana.send();
    world.office.ask(Fetch);
    world.office.ask(erase(rec));
    ana.send();
    assert_eq!(rows_with(&ana, "maria"), Vec::<String>::new());
}
