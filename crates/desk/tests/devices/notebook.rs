//! The notebook on a device without network: nothing is lost, nothing is read by others, nothing slows down.

use std::time::{Duration, Instant};

use crate::common::{Device, PASSPHRASE, fields};
use futures::executor::block_on;
use serde_json::{Value, json};
use vigie_model::{
    RecordId,
    kinds::{KINDS, Listed},
};
use vigie_protocol::{
    AutoLock, Awake, ChangePassphrase, CreateVault, Delete, DropDraft, Edit, EntryState, ExportAll,
    Failure, Filter, Finish, GetCounts, GetStatus, ListEntries, ListVersions, Lock, Phase,
    RescueFile, Restore, SaveDraft, Unlock, Version, Wipe,
};
use vigie_vault::{Store, StoreError, Table};

fn history(device: &Device, rec: RecordId) -> Vec<Version> {
    device.ask(ListVersions { rec })
}

fn phase(device: &Device) -> Phase {
    device.ask(GetStatus).phase
}

#[test]
fn a_note_is_drafted_finished_corrected_deleted_and_restored() {
    let ana = Device::new();
    assert_eq!(phase(&ana), Phase::New);
    ana.trial();
    assert_eq!(phase(&ana), Phase::Open);
    let rec = ana.edit(None, "note").rec;
    ana.draft(rec, &[("title", json!("Rencontre"))]);
    ana.draft(rec, &[("text", json!("Le quai nord."))]);
    let page = ana.page(Filter::default());
    assert_eq!((page.total, page.entries[0].state), (1, EntryState::Draft));
    assert_eq!(ana.finish(rec).state, EntryState::Here);
    ana.change(rec, &[("text", json!("Le quai sud."))]);
    let editing = ana.edit(Some(rec), "");
    assert_eq!(
        editing.fields,
        fields(&[
            ("title", json!("Rencontre")),
            ("text", json!("Le quai sud."))
        ])
    );
    assert_eq!(
        (editing.versions, editing.draft, editing.conflicts.len()),
        (2, false, 0)
    );
    let versions = history(&ana, rec);
    let change = &versions[0].changes[0];
    assert_eq!(
        (
            change.field.as_str(),
            &change.before.value,
            &change.after.value
        ),
        ("text", &json!("Le quai nord."), &json!("Le quai sud."))
    );
    ana.ask(Delete { rec });
    assert_eq!(ana.entries().len(), 0);
    assert_eq!(
        ana.page(Filter {
            deleted: true,
            ..Filter::default()
        })
        .total,
        1
    );
    ana.ask(Restore { rec });
    assert_eq!(ana.entries()[0].title, "Rencontre");
    assert_eq!(history(&ana, rec).len(), 4);
}

/// From the table of kinds alone: no code of the notebook names them.
#[test]
fn every_kind_that_a_person_writes_is_kept_listed_and_searched() {
    let ana = Device::new();
    ana.trial();
    let written = KINDS.iter().filter(|of| of.listed != Listed::Nowhere);
    for of in written.filter(|of| !of.title.is_empty()) {
        let (kind, field) = (of.kind.as_str(), of.title[0]);
        let rec = ana.write(
            kind,
            &[
                (field, json!(format!("Fiche {kind}"))),
                ("notes", json!("Épinglé")),
            ],
        );
        let found = ana.page(Filter {
            search: format!("epingle {kind}"),
            kinds: vec![kind.into()],
            ..Filter::default()
        });
        let found: Vec<_> = found
            .entries
            .iter()
            .map(|entry| (entry.rec, entry.title.clone()))
            .collect();
        assert_eq!(found, [(rec, format!("Fiche {kind}"))]);
    }
    assert_eq!(ana.entries().len(), 4);
}

#[test]
fn a_draft_that_changes_nothing_makes_no_version() {
    let ana = Device::new();
    ana.trial();
    let rec = ana.write(
        "contact",
        &[("name", json!("Wilson")), ("phone", json!("555"))],
    );
    ana.change(rec, &[("name", json!("Wilson"))]);
    assert_eq!(history(&ana, rec).len(), 1);
    ana.change(rec, &[("phone", json!(""))]);
    assert_eq!(
        ana.edit(Some(rec), "").fields,
        fields(&[("name", json!("Wilson"))])
    );
    ana.edit(Some(rec), "");
    ana.draft(rec, &[("name", json!("Autre"))]);
    ana.ask(DropDraft { rec });
    assert_eq!(ana.edit(Some(rec), "").fields["name"], json!("Wilson"));
}

#[test]
fn killed_at_any_instant_every_acknowledged_entry_is_there_exactly_once() {
    let ana = Device::new();
    ana.trial();
    let mut acknowledged: Vec<(RecordId, Value)> = Vec::new();
    for n in 0..6 {
        let rec = ana.edit(None, "note").rec;
        for step in 0..3 {
            let text = json!(format!("texte {n}.{step}"));
            ana.draft(rec, &[("text", text.clone())]);
            acknowledged.retain(|(known, _)| *known != rec);
            acknowledged.push((rec, text));
            check(&ana.reopened(), &acknowledged);
        }
        if n % 2 == 0 {
            ana.finish(rec);
            check(&ana.reopened(), &acknowledged);
        }
    }
    fn check(again: &Device, acknowledged: &[(RecordId, Value)]) {
        let entries = again.entries();
        assert_eq!(entries.len(), acknowledged.len());
        for (rec, text) in acknowledged {
            assert_eq!(entries.iter().filter(|entry| entry.rec == *rec).count(), 1);
            assert_eq!(again.edit(Some(*rec), "").fields["text"], *text);
        }
    }
}

#[test]
fn a_store_that_fails_keeps_what_was_typed_in_memory_and_says_so() {
    let ana = Device::new();
    ana.trial();
    let rec = ana.edit(None, "note").rec;
    ana.draft(rec, &[("title", json!("avant"))]);
    for (error, failure) in [
        (
            StoreError::Lost("UnknownError".into()),
            Failure::NotSaved("UnknownError".into()),
        ),
        (StoreError::Full, Failure::Full),
    ] {
        ana.store.fail_next([error]);
        let save = SaveDraft {
            rec,
            fields: fields(&[("text", json!("tapé malgré tout"))]),
        };
        assert_eq!(ana.try_ask(save), Err(failure));
        assert_eq!(
            ana.edit(Some(rec), "").fields["text"],
            json!("tapé malgré tout")
        );
    }
    let typed = fields(&[("place", json!("au port"))]);
    let (_, file) = ana.file(RescueFile { rec, fields: typed });
    let file: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(
        file["fields"],
        json!({"title": "avant", "text": "tapé malgré tout", "place": "au port"})
    );
    ana.store.fail_next([StoreError::Full]);
    assert_eq!(ana.try_ask(Finish { rec }), Err(Failure::Full));
    assert_eq!(
        ana.counts().here,
        0,
        "nothing is counted that was not stored"
    );
    ana.finish(rec);
    assert_eq!(
        ana.reopened().edit(Some(rec), "").fields["text"],
        json!("tapé malgré tout")
    );
    assert_eq!(history(&ana, rec).len(), 1);
}

#[test]
fn locking_keeps_what_was_typed_and_forgets_the_rest() {
    let ana = Device::new();
    ana.trial();
    let rec = ana.edit(None, "note").rec;
    ana.store.fail_next([StoreError::Full]);
    let _ = ana.try_ask(SaveDraft {
        rec,
        fields: fields(&[("text", json!("à moitié"))]),
    });
    ana.ask(Lock);
    assert_eq!(phase(&ana), Phase::Locked);
    assert_eq!(ana.try_ask(GetCounts), Err(Failure::Locked));
    ana.unlock();
    assert_eq!(ana.edit(Some(rec), "").fields["text"], json!("à moitié"));
}

#[test]
fn left_alone_the_notebook_locks_itself() {
    let ana = Device::new();
    ana.trial();
    ana.ask(AutoLock { minutes: 2 });
    ana.clock.set(ana.clock.get() + 90_000);
    block_on(ana.device.tick()).unwrap();
    assert_eq!(phase(&ana), Phase::Open);
    ana.ask(Awake);
    ana.clock.set(ana.clock.get() + 90_000);
    block_on(ana.device.tick()).unwrap();
    assert_eq!(phase(&ana), Phase::Open);
    ana.clock.set(ana.clock.get() + 60_000);
    block_on(ana.device.tick()).unwrap();
    assert_eq!(phase(&ana), Phase::Locked);
}

#[test]
fn a_full_phone_locks_all_the_same_and_finds_the_draft_when_it_opens() {
    let ana = Device::new();
    ana.trial();
    ana.ask(AutoLock { minutes: 2 });
    let rec = ana.edit(None, "note").rec;
    ana.store
        .fail_next(std::iter::repeat_n(StoreError::Full, 3));
    let typed = SaveDraft {
        rec,
        fields: fields(&[("text", json!("plus de place"))]),
    };
    assert_eq!(ana.try_ask(typed), Err(Failure::Full));
    ana.clock.set(ana.clock.get() + 130_000);
    block_on(ana.device.tick()).unwrap();
    assert_eq!(phase(&ana), Phase::Open, "there may be room in a moment");
    ana.clock.set(ana.clock.get() + 61_000);
    ana.store
        .fail_next(std::iter::repeat_n(StoreError::Full, 6));
    block_on(ana.device.tick()).unwrap();
    assert_eq!(phase(&ana), Phase::Locked);
    let kept = ana.store.dump();
    assert!(kept.iter().all(|(table, ..)| *table != Table::Drafts));
    // Room again.
    while block_on(ana.store.commit(vec![])).is_err() {}
    ana.unlock();
    assert_eq!(
        ana.edit(Some(rec), "").fields["text"],
        json!("plus de place")
    );
    // A later start finds it too.
    let again = ana.reopened();
    assert_eq!(
        again.edit(Some(rec), "").fields["text"],
        json!("plus de place")
    );
}

#[test]
fn a_wrong_passphrase_costs_a_growing_wait_that_a_restart_does_not_shorten() {
    let ana = Device::new();
    ana.trial();
    ana.ask(Lock);
    let wrong = |device: &Device| match device.try_ask(Unlock {
        passphrase: "autre".into(),
    }) {
        Err(Failure::WrongPassphrase { wait_ms }) => wait_ms,
        other => panic!("{other:?}"),
    };
    let first = wrong(&ana);
    assert!((900..=1_000).contains(&first), "{first}");
    let again = ana.killed();
    assert!(matches!(
        again.try_ask(Unlock {
            passphrase: PASSPHRASE.into(),
        }),
        Err(Failure::WrongPassphrase { .. })
    ));
    again.clock.set(again.clock.get() + first);
    let second = wrong(&again);
    assert!((1_900..=2_000).contains(&second), "{second}");
    again.clock.set(again.clock.get() + second);
    again.ask(Unlock {
        passphrase: "  cabane lundi  tortue mare\u{301}e vernis ".into(),
    });
    again.ask(Lock);
    assert!(
        (900..=1_000).contains(&wrong(&again)),
        "the right one starts anew"
    );
}

#[test]
fn the_words_open_whatever_the_keyboard_makes_of_their_first_letters() {
    let ana = Device::new();
    ana.trial();
    for typed in [
        "Cabane lundi tortue marée vernis ",
        "CABANE LUNDI TORTUE MARÉE VERNIS",
    ] {
        ana.ask(Lock);
        ana.ask(Unlock {
            passphrase: typed.into(),
        });
    }
    // One's own keeps its capitals.
    ana.ask(ChangePassphrase {
        old: PASSPHRASE.into(),
        new: "Cabane LUNDI".into(),
        renew: false,
    });
    ana.ask(Lock);
    let small = Unlock {
        passphrase: "cabane lundi".into(),
    };
    assert!(matches!(
        ana.try_ask(small),
        Err(Failure::WrongPassphrase { .. })
    ));
}

#[test]
fn the_passphrase_can_be_changed_and_the_device_wiped() {
    let ana = Device::new();
    ana.trial();
    let rec = ana.write("note", &[("title", json!("gardée"))]);
    ana.ask(ChangePassphrase {
        old: PASSPHRASE.into(),
        new: "nouvelle phrase".into(),
        renew: false,
    });
    let again = ana.killed();
    assert!(
        again
            .try_ask(Unlock {
                passphrase: PASSPHRASE.into(),
            })
            .is_err()
    );
    again.clock.set(again.clock.get() + 2_000);
    again.ask(Unlock {
        passphrase: "nouvelle phrase".into(),
    });
    assert_eq!(again.edit(Some(rec), "").fields["title"], json!("gardée"));
    again.ask(Wipe);
    assert_eq!(phase(&again), Phase::New);
    assert!(again.store.dump().is_empty());
}

#[test]
fn a_dump_of_the_store_shows_nothing_that_was_typed() {
    let ana = Device::new();
    let invite = CreateVault {
        passphrase: PASSPHRASE.into(),
        name: "Anacaona".into(),
        invite: None,
        lang: "fr".into(),
    };
    ana.ask(invite);
    let rec = ana.write(
        "note",
        &[
            ("title", json!("Soulèvement")),
            ("text", json!("grève générale")),
            ("place", json!("Ouanaminthe")),
        ],
    );
    ana.write(
        "contact",
        &[("name", json!("Toussaint")), ("phone", json!("+509 5555"))],
    );
    ana.edit(Some(rec), "");
    ana.draft(rec, &[("text", json!("brouillon secret"))]);
    let dump = ana.store.dump();
    assert!(dump.len() >= 8);
    let typed = [
        "Soul",
        "grève",
        "Ouanaminthe",
        "Toussaint",
        "5555",
        "brouillon",
        "Anacaona",
        "cabane",
        "tortue",
    ];
    for (table, key, bytes) in dump {
        for word in typed {
            let found = |bytes: &[u8]| {
                bytes
                    .windows(word.len())
                    .any(|window| window == word.as_bytes())
            };
            assert!(
                !found(&bytes) && !found(key.as_bytes()),
                "{word} in {table:?}/{key}"
            );
        }
    }
}

#[test]
fn a_damaged_row_is_named_and_stops_nothing_else() {
    let ana = Device::new();
    ana.trial();
    let broken = ana.write("note", &[("title", json!("abîmée"))]);
    let sound = ana.write("note", &[("title", json!("intacte"))]);
    let store = ana.store.snapshot();
    let put = vigie_vault::Change::Put {
        table: vigie_vault::Table::Records,
        key: broken.to_string(),
        bytes: b"not what was sealed".to_vec(),
    };
    block_on(vigie_vault::Store::commit(&store, vec![put])).unwrap();
    let again = Device::over(store);
    again.unlock();
    let failure = again
        .try_ask(Edit {
            rec: Some(broken),
            kind: "".into(),
        })
        .unwrap_err();
    assert_eq!(failure, Failure::Damaged(format!("records/{broken}")));
    assert_eq!(
        again.edit(Some(sound), "").fields["title"],
        json!("intacte")
    );
    let (_, export) = again.file(ExportAll);
    let export: Value = serde_json::from_slice(&export).unwrap();
    assert_eq!(export["damaged"], json!([broken]));
}

#[test]
fn many_damaged_lines_in_a_row_hide_nothing_that_is_older() {
    let ana = Device::new();
    ana.trial();
    for n in 0..600 {
        ana.write("note", &[("title", json!(format!("Entrée {n}")))]);
    }
    let store = ana.store.snapshot();
    let damaged = (20..=560).map(|number| vigie_vault::Change::Put {
        table: Table::Index,
        key: format!("{number:010}"),
        bytes: b"not what was sealed".to_vec(),
    });
    block_on(store.commit(damaged.collect())).unwrap();
    let again = Device::over(store);
    again.unlock();
    let pieces = (0..10).take_while(|_| block_on(again.device.index_more()).unwrap());
    assert!(pieces.count() < 10, "it ends");
    let page = again.page(Filter::default());
    assert!(page.complete);
    let mut titles: Vec<String> = again.entries().into_iter().map(|one| one.title).collect();
    titles.sort();
    let mut sound: Vec<String> = (0..20)
        .chain(561..600)
        .map(|n| format!("Entrée {n}"))
        .collect();
    sound.sort();
    assert_eq!(titles, sound);
}

#[test]
fn anything_may_be_typed() {
    let ana = Device::new();
    ana.trial();
    let long = "é🙂\u{202e}שלום\0".repeat(1024 * 1024 / 20);
    let name = "\u{202e}مرحبا\0👩🏾‍🏭 O’Brien";
    let rec = ana.write("note", &[("text", json!(long)), ("title", json!(name))]);
    ana.write("contact", &[("name", json!(name))]);
    let again = ana.reopened();
    assert_eq!(
        again.edit(Some(rec), "").fields,
        fields(&[("text", json!(long)), ("title", json!(name))])
    );
    assert_eq!(
        again
            .page(Filter {
                search: "o'brien".into(),
                ..Filter::default()
            })
            .total,
        2
    );
}

#[test]
fn filters_and_search_find_what_they_should() {
    let ana = Device::new();
    ana.trial();
    let note = ana.write(
        "note",
        &[
            ("title", json!("Réunion")),
            ("text", json!("L'élue de l'ŒUVRE")),
            ("themes", json!(["decent_wages"])),
            ("at", json!("2026-10-03T14:00")),
        ],
    );
    ana.write("contact", &[("name", json!("Wilson"))]);
    let found = |filter: Filter| {
        ana.page(filter)
            .entries
            .into_iter()
            .map(|entry| entry.rec)
            .collect::<Vec<_>>()
    };
    let search = |text: &str| Filter {
        search: text.into(),
        ..Filter::default()
    };
    assert_eq!(found(search("oeuvre elue")), std::slice::from_ref(&note));
    assert!(found(search("absente")).is_empty());
    assert_eq!(
        found(Filter {
            kinds: vec!["note".into()],
            ..Filter::default()
        }),
        std::slice::from_ref(&note)
    );
    assert_eq!(
        found(Filter {
            themes: vec!["decent_wages".into()],
            ..Filter::default()
        }),
        std::slice::from_ref(&note)
    );
    let days = |from: &str, to: &str| Filter {
        kinds: vec!["note".into()],
        from: Some(from.into()),
        to: Some(to.into()),
        ..Filter::default()
    };
    assert_eq!(
        found(days("2026-10-03", "2026-10-03")),
        std::slice::from_ref(&note)
    );
    assert!(found(days("2026-10-04", "2026-10-09")).is_empty());
    assert_eq!(
        found(Filter {
            states: vec![EntryState::Here],
            ..Filter::default()
        })
        .len(),
        2
    );
}

#[test]
fn ten_thousand_entries_open_from_the_newest_page_and_are_searched_at_once() {
    let ana = Device::new();
    ana.trial();
    for n in 0..10_000 {
        ana.write(
            "note",
            &[
                ("title", json!(format!("Entrée {n}"))),
                (
                    "text",
                    json!("Un quart de page de texte ordinaire. ".repeat(8)),
                ),
            ],
        );
    }
    let again = ana.killed();
    again.unlock();
    let first = again.page(Filter::default());
    assert!(!first.complete);
    assert_eq!((first.entries.len(), first.total), (50, 10_000));
    assert_eq!(first.entries[0].title, "Entrée 9999");
    while block_on(again.device.index_more()).unwrap() {}
    let whole = again.page(Filter::default());
    assert!(whole.complete);
    assert_eq!(whole.entries.len(), 10_000);
    let mut times = Vec::new();
    for word in ["entree 4242", "ORDINAIRE", "introuvable", "entrée 77"] {
        let start = Instant::now();
        let request = ListEntries {
            filter: Filter {
                search: word.into(),
                ..Filter::default()
            },
            offset: 0,
            limit: 50,
        };
        again.ask(request);
        times.push(start.elapsed());
    }
    // A debug build on a busy machine; the bench measures the real thing in a browser.
    assert!(
        times
            .iter()
            .all(|time| *time < Duration::from_millis(1_500)),
        "{times:?}"
    );
    assert_eq!(
        again
            .page(Filter {
                search: "entree 4242".into(),
                ..Filter::default()
            })
            .total,
        1
    );
}
