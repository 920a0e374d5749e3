//! A new key for everything at rest: whatever is done meanwhile, wherever it is cut, all opens, and it comes to its end.

use crate::common::{Device, PASSPHRASE, World};
use crate::rig::{
    Fault, Planned, assert_same, desk_views, phone_views,
    stage::{Stage, open},
};
use futures::executor::block_on;
use serde_json::{Value, json};
use vigie_protocol::{
    ChangePassphrase, Event, Failure, Fetch, Filter, GetStorage, GetTable, StorageView, TableView,
    Task, Unlock,
};
use vigie_seal::vault::{VaultKey, WrappedKey};
use vigie_vault::{Change, MemoryStore, Store, Table};

const NEW: &str = "autre phrase de passe";

fn renew(old: &str, new: &str) -> ChangePassphrase {
    ChangePassphrase {
        old: old.into(),
        new: new.into(),
        renew: true,
    }
}

fn unlock(passphrase: &str) -> Unlock {
    Unlock {
        passphrase: passphrase.into(),
    }
}

fn storage(device: &Planned) -> StorageView {
    device.ask(GetStorage)
}

fn row(store: &MemoryStore, table: Table, key: &str) -> Option<Vec<u8>> {
    block_on(store.get(table, key)).expect("a store in memory")
}

/// The key itself, as whoever copied the store and knows the passphrase gets it.
fn key_of(store: &MemoryStore, passphrase: &str) -> VaultKey {
    let wrapped = row(store, Table::Meta, "vault").expect("a vault");
    let wrapped: WrappedKey = serde_json::from_slice(&wrapped).expect("JSON");
    let derived = wrapped.kdf.derive(passphrase).expect("memory for it");
    VaultKey::unwrap(&wrapped, &derived).expect("the passphrase")
}

/// Every sealed row is under the new key, and none under the old one, which is nowhere any more.
#[track_caller]
fn assert_renewed(store: &MemoryStore, old: &VaultKey, new: &VaultKey) {
    for (table, key, bytes) in store.dump() {
        let row = format!("{}/{key}", table.name());
        let is_clear = ["meta/vault", "meta/format", "meta/door"].contains(&row.as_str());
        assert!(old.open_row(table.name(), &key, &bytes).is_err(), "{row}");
        let opens = new.open_row(table.name(), &key, &bytes).is_ok();
        assert!(opens != is_clear, "{row}");
    }
    assert_eq!(row(store, Table::Meta, "renewing"), None);
    assert_eq!(
        row(store, Table::Meta, "format").as_deref(),
        Some(&b"1"[..])
    );
}

/// One commit of the renewal, or the last.
fn renew_more(device: &Planned) -> bool {
    let renewed = device.run(device.device.notebook.renew_more());
    renewed.expect("alive").expect("a store that works")
}

#[test]
fn a_phone_killed_at_any_row_opens_and_goes_on() {
    let stage = Stage::new();
    walk(stage.over(&stage.phone), phone_views);
}

#[test]
fn a_desk_killed_at_any_row_opens_and_goes_on() {
    let stage = Stage::new();
    walk(stage.over(&stage.desk), desk_views);
}

fn walk(device: Planned, views: fn(&Planned) -> Value) {
    open(&device);
    let whole = views(&device);
    let is_whole = |device: &Planned, what: &str| {
        assert_same(&views(device), &whole, what);
        assert_eq!(storage(device).damaged, Vec::<String>::new(), "{what}");
    };
    let old = key_of(&device.store, PASSPHRASE);

    // Cut while it begins, it began or it did not: one passphrase opens, and the other does not.
    for fault in Fault::ALL {
        for commit in 0..3 {
            let cut = device.reopened();
            cut.plan.fault_at(commit, fault);
            drop(cut.try_ask(renew(PASSPHRASE, NEW)));
            let began = row(&cut.store, Table::Meta, "renewing").is_some();
            let (right, wrong) = match began {
                true => (NEW, PASSPHRASE),
                false => (PASSPHRASE, NEW),
            };
            let again = cut.killed();
            // A passphrase that was being tried cost its wait.
            again.clock.set(again.clock.get() + 60_000);
            assert!(again.try_ask(unlock(wrong)).is_err());
            again.clock.set(again.clock.get() + 60_000);
            again.ask(unlock(right));
            is_whole(&again, &format!("{fault:?} at commit {commit}"));
        }
    }

    device.ask(renew(PASSPHRASE, NEW));
    is_whole(&device, "begun");
    let new = key_of(&device.store, NEW);
    let mut left = storage(&device).renewing;
    assert!(left > 10, "{left}");
    for step in 0.. {
        assert!(step < 500, "it has an end");
        // A version that knows of one key only refuses this store.
        let format = row(&device.store, Table::Meta, "format");
        assert_eq!(format.as_deref(), Some(&b"2"[..]));
        let cut = device.reopened_with(NEW);
        let fault = Fault::ALL[step % Fault::ALL.len()];
        cut.plan.fault_at(0, fault);
        drop(cut.run(cut.device.notebook.renew_more()));
        let again = cut.reopened_with(NEW);
        is_whole(&again, &format!("{fault:?} at step {step}"));
        if step % 4 == 0 {
            while renew_more(&again) {}
            is_whole(&again, "gone on");
            assert_renewed(&again.store, &old, &new);
        }
        let before = device.store.commits();
        let more = renew_more(&device);
        assert_eq!(device.store.commits(), before + 1, "step {step}");
        let now = storage(&device).renewing;
        assert!(now <= left, "{now} left after {left}");
        left = now;
        if !more {
            break;
        }
    }
    assert_eq!(left, 0);
    is_whole(&device, "at the end");
    assert!(!renew_more(&device));
    assert_renewed(&device.store, &old, &new);
    is_whole(&device.reopened_with(NEW), "opened once more");
    assert!(device.killed().try_ask(unlock(PASSPHRASE)).is_err());
}

fn titles(device: &Device) -> Vec<String> {
    let mut titles: Vec<String> = {
        let table = device.ask(GetTable {
            view: TableView::default(),
            filter: Filter::default(),
            offset: 0,
            limit: 1_000,
        });
        table.rows.into_iter().map(|row| row.title).collect()
    };
    titles.sort();
    titles
}

#[test]
fn drafts_sending_and_fetching_go_on_meanwhile() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let title = |number: usize| format!("note {number:02}");
    for number in 0..5 {
        ana.write("note", &[("title", json!(title(number)))]);
    }
    ana.send();
    world.office.ask(Fetch);
    let devices = [&ana, &world.office];
    let old = devices.map(|device| key_of(&device.store, PASSPHRASE));
    for device in devices {
        device.ask(renew(PASSPHRASE, NEW));
    }
    let new = devices.map(|device| key_of(&device.store, NEW));
    let (mut more, mut number) = (true, 5);
    while more {
        let draft = ana.edit(None, "note").rec;
        ana.draft(draft, &[("title", json!(title(number)))]);
        number += 1;
        more = devices
            .map(|device| {
                block_on(device.device.notebook.renew_more()).expect("a store that works")
            })
            .contains(&true);
        ana.finish(draft);
        if number % 4 == 0 {
            ana.send();
            world.office.ask(Fetch);
        }
        assert!(number < 500, "it has an end");
    }
    ana.send();
    world.office.ask(Fetch);
    let all: Vec<String> = (0..number).map(title).collect();
    assert_eq!(titles(&world.office), all);
    for ((device, old), new) in devices.into_iter().zip(&old).zip(&new) {
        assert_renewed(&device.store, old, new);
        let again = device.killed();
        again.ask(unlock(NEW));
        assert!(again.storage().damaged.is_empty());
    }
    let told = ana.events.borrow();
    let told = told.iter().filter_map(|event| match event {
        Event::Progress {
            task: Task::Renewing,
            done,
            total,
        } => Some((*done, *total)),
        _ => None,
    });
    let told: Vec<(u64, u64)> = told.collect();
    let (last, before) = told.split_last().expect("progress");
    assert_eq!(last.0, last.1);
    assert!(before.iter().all(|(done, total)| done < total));
}

#[test]
fn a_row_that_opens_under_no_key_is_kept_named_and_passed_over() {
    let ana = Device::new();
    ana.trial();
    for title in ["un", "deux", "trois"] {
        ana.write("note", &[("title", json!(title))]);
    }
    let old = key_of(&ana.store, PASSPHRASE);
    let hurt = "0000000002";
    let mut bytes = row(&ana.store, Table::Index, hurt).expect("a line");
    bytes[30] ^= 1;
    let put = |table, key: &str, bytes: &[u8]| Change::Put {
        table,
        key: key.into(),
        bytes: bytes.to_vec(),
    };
    block_on(ana.store.commit(vec![put(Table::Index, hurt, &bytes)])).expect("hurt");
    // What partners left on this device is no part of the vault.
    let partners = [
        (Table::Meta, "answer.ab"),
        (Table::Blobs, "answer.ab.0"),
        (Table::Blobs, "link.cd"),
    ];
    let left = partners.map(|(table, key)| put(table, key, b"\x01 of a partner"));
    block_on(ana.store.commit(left.to_vec())).expect("a store in memory");
    ana.ask(renew(PASSPHRASE, NEW));
    block_on(ana.device.tick()).expect("a tick");
    let storage = ana.storage();
    assert_eq!(storage.renewing, 0);
    assert_eq!(storage.damaged, [format!("index/{hurt}")]);
    assert_eq!(row(&ana.store, Table::Index, hurt), Some(bytes.clone()));
    for (table, key) in partners.into_iter().chain([(Table::Index, hurt)]) {
        let kept = row(&ana.store, table, key).expect("kept");
        assert!(key == hurt || kept == b"\x01 of a partner", "{key}");
        let away = Change::Delete {
            table,
            key: key.into(),
        };
        block_on(ana.store.commit(vec![away])).expect("a store in memory");
    }
    assert_renewed(&ana.store, &old, &key_of(&ana.store, NEW));

    // Nor is the row fatal that says how far it is.
    ana.ask(renew(NEW, "une troisième"));
    let mut kept = row(&ana.store, Table::Meta, "renewing").expect("begun");
    while block_on(ana.device.notebook.renew_more()).expect("renewed") {
        kept = row(&ana.store, Table::Meta, "renewing").unwrap_or(kept);
    }
    kept[30] ^= 1;
    block_on(ana.store.commit(vec![put(Table::Meta, "renewing", &kept)])).expect("hurt");
    let again = ana.killed();
    again.ask(unlock("une troisième"));
    assert_eq!(again.storage().damaged, ["meta/renewing"]);
}

#[test]
fn changed_again_before_the_end_every_key_before_opens_until_all_is_under_the_last() {
    let ana = Device::new();
    ana.trial();
    for title in ["un", "deux", "trois"] {
        ana.write("note", &[("title", json!(title))]);
    }
    let first = key_of(&ana.store, PASSPHRASE);
    ana.ask(renew(PASSPHRASE, NEW));
    for _ in 0..3 {
        assert_eq!(block_on(ana.device.notebook.renew_more()), Ok(true));
    }
    let second = key_of(&ana.store, NEW);
    ana.ask(renew(NEW, "une troisième"));
    // And a passphrase alone, meanwhile: the key stays.
    ana.ask(ChangePassphrase {
        old: "une troisième".into(),
        new: "une quatrième".into(),
        renew: false,
    });
    let again = ana.killed();
    assert!(matches!(
        again.try_ask(unlock(NEW)),
        Err(Failure::WrongPassphrase { .. })
    ));
    again.clock.set(again.clock.get() + 60_000);
    again.ask(unlock("une quatrième"));
    assert_eq!(again.entries().len(), 3);
    block_on(again.device.tick()).expect("a tick");
    assert_eq!(again.entries().len(), 3);
    let third = key_of(&again.store, "une quatrième");
    assert_renewed(&again.store, &first, &third);
    assert_renewed(&again.store, &second, &third);
}
