//! The table at the desk: what is found, in which order, and one entry whole.

mod world;

use serde_json::json;
use vigie_journal::Journal;
use vigie_model::{Column, Kind, Order, RecordId, Standing};
use vigie_office::{
    entries::{Among, Filter, Index, Table, entry},
    questions::Questions,
};
use world::Office;

struct Desk {
    journal: Journal,
    index: Index,
    questions: Questions,
    contact: RecordId,
}

fn desk() -> Desk {
    let mut office = Office::new(1);
    let (mut awa, mut lena) = (office.delegate("Awa Diop"), office.delegate("Léna"));
    // No two changes at one moment.
    lena.now += 100;
    let mut journal = Journal::new();
    journal.insert(awa.note(&[
        ("title", "Réunion à l’usine".into()),
        ("text", "Les ouvrières demandent une hausse de 12 %".into()),
        ("at", "2026-11-20T09:00".into()),
        ("place", "Dhaka".into()),
        ("themes", json!(["decent_wages"])),
    ]));
    journal.insert(lena.note(&[
        ("text", "\n  Première ligne sans titre\nsuite".into()),
        ("at", "2026-11-24".into()),
    ]));
    let contact = awa.record();
    journal.insert(awa.write(
        &journal,
        contact,
        Kind::CONTACT,
        &[("name", "Ruma".into()), ("phone", "1".into())],
    ));
    let seen = journal.clone();
    journal.insert(awa.write(&seen, contact, Kind::CONTACT, &[("phone", "22".into())]));
    journal.insert(lena.write(&seen, contact, Kind::CONTACT, &[("phone", "33".into())]));
    let gone = lena.note(&[("title", "Brouillon".into())]);
    let rec = gone.op.rec;
    journal.insert(gone);
    journal.insert(lena.delete(&journal, rec, Kind::NOTE));
    let file = awa.record();
    journal.insert(awa.write(
        &journal,
        file,
        Kind::ATTACHMENT,
        &[("name", "photo.jpg".into()), ("data", "ZZZZ".into())],
    ));
    let questions = Questions::default();
    Desk {
        index: Index::of(&journal, &questions, "fr"),
        journal,
        questions,
        contact,
    }
}

fn table(desk: &Desk, order: Order, offset: usize, limit: usize) -> Table {
    narrowed(desk, &Filter::default(), &order, offset, limit)
}

fn narrowed(desk: &Desk, filter: &Filter, order: &Order, offset: usize, limit: usize) -> Table {
    let among = Among {
        journal: &desk.journal,
        questions: &desk.questions,
    };
    desk.index.table(among, filter, order, offset, limit)
}

fn titles(desk: &Desk, filter: &Filter) -> Vec<String> {
    desk.index
        .matching(filter, &desk.journal)
        .iter()
        .map(|row| row.title.clone())
        .collect()
}

fn search(text: &str) -> Filter {
    Filter {
        search: text.into(),
        ..Filter::default()
    }
}

#[test]
fn the_table_shows_what_is_not_deleted_the_latest_first() {
    let desk = desk();
    let found = table(&desk, Order::default(), 0, 2);
    assert_eq!(
        (found.total, found.all, found.conflicts, found.rows.len()),
        (3, 3, 1, 2)
    );
    assert_eq!(
        titles(&desk, &Filter::default()),
        ["Ruma", "Première ligne sans titre", "Réunion à l’usine"]
    );
    let second = table(&desk, Order::default(), 2, 2);
    assert_eq!(second.rows[0].title, "Ruma");
    assert_eq!(table(&desk, Order::default(), 9, 2).rows, []);
}

#[test]
fn a_table_narrowed_again_and_again_shows_what_one_asked_for_at_once_shows() {
    let by_title = Order {
        column: Column::Title,
        reversed: false,
    };
    let used = desk();
    let contacts = |text| Filter {
        kinds: vec![Kind::CONTACT],
        ..search(text)
    };
    let only = |text| Filter {
        only: Some([used.contact].into()),
        ..search(text)
    };
    let deleted = Filter {
        standing: Some(Standing::Deleted),
        ..search("r")
    };
    let steps = [
        (search("r"), Order::default()),
        (search("re"), Order::default()),
        (search("ré usine"), Order::default()),
        (search("ré"), by_title.clone()),
        (search("r"), by_title.clone()),
        (search("ru"), by_title.clone()),
        (deleted, by_title.clone()),
        (contacts("r"), by_title.clone()),
        (contacts("réunion"), by_title.clone()),
        (contacts("u"), by_title.clone()),
        (contacts(""), by_title.clone()),
        (only("x"), by_title.clone()),
        (only("u"), by_title),
        (search("r"), Order::default()),
        (Filter::default(), Order::default()),
    ];
    let mut shown = Vec::new();
    for (filter, order) in steps {
        let found = narrowed(&used, &filter, &order, 0, 9);
        assert_eq!(
            found,
            narrowed(&desk(), &filter, &order, 0, 9),
            "{filter:?}"
        );
        shown.push(found.total);
    }
    assert_eq!(shown, [3, 2, 1, 2, 3, 1, 1, 1, 0, 1, 1, 0, 1, 3, 3]);
}

#[test]
fn what_is_typed_letter_by_letter_and_taken_back_shows_what_it_shows_at_once() {
    let text = "usine reunion ouvrieres 12";
    let typed = (0..=text.len()).chain((0..text.len()).rev());
    let (used, order) = (desk(), Order::default());
    for end in typed {
        let filter = search(&text[..end]);
        let found = narrowed(&used, &filter, &order, 0, 9);
        assert_eq!(
            found,
            narrowed(&desk(), &filter, &order, 0, 9),
            "{filter:?}"
        );
    }
    assert_eq!(narrowed(&used, &search(text), &order, 0, 9).total, 1);
    assert_eq!(narrowed(&used, &Filter::default(), &order, 0, 9).total, 3);
}

#[test]
fn words_are_found_whatever_their_accents_and_case_in_fields_names_themes_and_both_sides_of_a_conflict()
 {
    let desk = desk();
    let reunion = ["Réunion à l’usine"];
    for text in [
        "reunion",
        "RÉUNION usine",
        "l'usine",
        "ouvrieres 12",
        "salaires decents",
        "decent wages",
        "dhaka diop",
    ] {
        assert_eq!(titles(&desk, &search(text)), reunion, "{text}");
    }
    for text in ["22", "33"] {
        assert_eq!(titles(&desk, &search(text)), ["Ruma"], "{text}");
    }
    for text in ["ZZZZ", "brouillon", "reunion ruma", "decent_wages_x"] {
        assert_eq!(titles(&desk, &search(text)), [""; 0], "{text}");
    }
    assert_eq!(titles(&desk, &search("  ")).len(), 3);
}

#[test]
fn filters_narrow_by_kind_day_theme_conflict_and_deletion() {
    let desk = desk();
    let with = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        titles(&desk, &filter)
    };
    assert_eq!(with(|f| f.kinds = vec![Kind::CONTACT]), ["Ruma"]);
    assert_eq!(with(|f| f.kinds = vec![Kind::ATTACHMENT]), ["photo.jpg"]);
    assert_eq!(
        with(|f| f.themes = vec!["decent_wages".into()]),
        ["Réunion à l’usine"]
    );
    assert_eq!(with(|f| f.standing = Some(Standing::Conflict)), ["Ruma"]);
    assert_eq!(
        with(|f| f.standing = Some(Standing::Deleted)),
        ["Brouillon"]
    );
    assert_eq!(
        with(|f| f.from = Some("2026-11-21".into())),
        ["Première ligne sans titre"]
    );
    assert_eq!(
        with(|f| f.to = Some("2026-11-20".into())),
        ["Ruma", "Réunion à l’usine"]
    );
    assert_eq!(with(|f| f.form = Some("court".into())), [""; 0]);
    assert_eq!(
        with(|f| f.mission = Some(
            "0191c2d4-5b6e-4c7a-8f90-a1b2c3d4e5f6"
                .parse()
                .expect("an id")
        )),
        [""; 0]
    );
}

#[test]
fn one_entry_has_its_facts_in_the_order_of_the_page_its_conflict_and_its_history() {
    let desk = desk();
    let entry = entry(&desk.journal, &desk.questions, &desk.contact, "fr").expect("there");
    let facts: Vec<&str> = entry.facts.iter().map(|fact| fact.field.as_str()).collect();
    assert_eq!(facts, ["name", "phone"]);
    assert_eq!(
        (entry.row.versions, entry.history.len(), entry.row.conflict),
        (3, 3, true)
    );
    let [conflict] = entry.conflicts.as_slice() else {
        panic!("one conflict")
    };
    let mut sides: Vec<(&str, &str)> = conflict
        .values
        .iter()
        .map(|side| (side.by.as_str(), side.value.as_str().expect("text")))
        .collect();
    sides.sort_unstable();
    assert_eq!(
        (conflict.field.as_str(), sides),
        ("phone", vec![("Awa Diop", "22"), ("Léna", "33")])
    );
    assert_eq!(conflict.values[0].value, entry.facts[1].value);
    let oldest = entry.history.last().expect("three");
    assert_eq!((oldest.by.as_str(), oldest.changes.len()), ("Awa Diop", 2));
    let nowhere = RecordId::random(&mut |bytes: &mut [u8]| bytes.fill(0));
    assert!(vigie_office::entries::entry(&desk.journal, &desk.questions, &nowhere, "fr").is_none());
}

#[test]
fn every_column_sorts_from_either_end_and_what_is_empty_stands_last() {
    let desk = desk();
    let sorted = |column: Column, reversed: bool| -> Vec<String> {
        let order = Order { column, reversed };
        let found = table(&desk, order, 0, 9);
        found.rows.into_iter().map(|row| row.title).collect()
    };
    for column in [Column::When, Column::Title] {
        let mut turned = sorted(column.clone(), true);
        turned.reverse();
        assert_eq!(sorted(column.clone(), false), turned, "{column:?}");
    }
    for column in Column::ALL {
        let (one, other) = (sorted(column.clone(), false), sorted(column, true));
        assert_eq!((one.len(), other.len()), (3, 3));
    }
    let placeless = |reversed: bool| sorted(Column::Place, reversed)[2].clone();
    assert_eq!(placeless(false), placeless(true));
    assert_eq!(
        sorted(Column::Title, false),
        ["Première ligne sans titre", "Réunion à l’usine", "Ruma"]
    );
    assert_eq!(sorted(Column::State, false)[0], conflicting(&desk));
    let people = table(&desk, Order::default(), 0, 9).people;
    for by in &people {
        let filter = Filter {
            by: Some(by.clone()),
            ..Filter::default()
        };
        let rows = desk.index.matching(&filter, &desk.journal);
        assert!(!rows.is_empty() && rows.iter().all(|row| row.by == *by));
    }
    let nobody = Filter {
        by: Some("Personne".into()),
        ..Filter::default()
    };
    assert!(desk.index.matching(&nobody, &desk.journal).is_empty());
}

fn conflicting(desk: &Desk) -> String {
    let filter = Filter {
        standing: Some(Standing::Conflict),
        ..Filter::default()
    };
    titles(desk, &filter)[0].clone()
}
