//! The table narrowed by answers, with answers in columns; and tables that have a name, which every desk of the office has.

use serde_json::json;
use vigie_model::{Column, Kind, Order, RecordId, Standing};
use vigie_protocol::{
    Failure, Fetch, Filter, FinishResponse, Finished, GetTable, ListAsked, ListViews, Refusal,
    RemoveView, SaveView, SavedView, SetAnswer, StartResponse, Table, TableView,
};

use crate::{
    common::{Device, World},
    purges::second_desk,
};

fn filled(phone: &Device, answers: &[(&str, &str)]) -> RecordId {
    let rec = phone
        .ask(StartResponse {
            form: "conditions_travail_court".into(),
            lang: "fr".into(),
        })
        .rec;
    let agreed = ("consentement_groupe/consentement", "oui");
    for (node, value) in [&[agreed], answers].concat() {
        phone.ask(SetAnswer {
            rec,
            node: format!("/data/{node}"),
            value: value.into(),
        });
    }
    let finished = phone.ask(FinishResponse { rec });
    assert!(matches!(finished, Finished::Saved(_)), "{finished:?}");
    rec
}

fn table(office: &Device, filter: Filter, view: TableView) -> Table {
    office.ask(GetTable {
        filter,
        view,
        offset: 0,
        limit: 10,
    })
}

fn recs(table: &Table) -> Vec<RecordId> {
    table.rows.iter().map(|row| row.rec).collect()
}

#[test]
fn entries_are_narrowed_by_any_answer_which_may_stand_in_columns_and_sort_them() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let long = filled(
        &ana,
        &[("travail/pays", "HT"), ("heures/heures_jour", "11.5")],
    );
    let short = filled(&ana, &[("travail/pays", "MX"), ("heures/heures_jour", "9")]);
    let none = filled(&ana, &[("travail/pays", "HT")]);
    ana.write("note", &[("title", json!("Sans questionnaire"))]);
    ana.send();
    world.office.ask(Fetch);
    let form = Filter {
        form: Some("conditions_travail_court".into()),
        ..Filter::default()
    };
    let of = |conditions: &[&str]| {
        let answers = conditions.iter();
        let view = TableView {
            answers: answers
                .map(|text| text.parse().expect("a condition"))
                .collect(),
            ..TableView::default()
        };
        let mut found = recs(&table(&world.office, form.clone(), view));
        found.sort_unstable();
        found
    };
    let sorted = |mut recs: Vec<RecordId>| {
        recs.sort_unstable();
        recs
    };
    assert_eq!(of(&["travail/pays=HT"]), sorted(vec![long, none]));
    assert_eq!(of(&["heures/heures_jour:9..10"]), [short]);
    assert_eq!(of(&["heures/heures_jour:10.."]), [long]);
    assert_eq!(of(&["travail/pays~m"]), [short]);
    assert_eq!(of(&["travail/pays=HT", "heures/heures_jour:..10"]), []);
    assert_eq!(of(&["nulle/part=HT"]), []);

    let path = "heures/heures_jour".to_owned();
    let by_hours = |reversed: bool| {
        let view = TableView {
            columns: vec![path.clone(), "travail/pays".into()],
            order: Order {
                column: Column::Answer(path.clone()),
                reversed,
            },
            ..TableView::default()
        };
        table(&world.office, form.clone(), view)
    };
    // As numbers, and what has none last from both ends.
    assert_eq!(recs(&by_hours(false)), [short, long, none]);
    assert_eq!(recs(&by_hours(true)), [long, short, none]);
    let rows = by_hours(false).rows;
    let said = |row: usize, column: usize| &rows[row].answers[column];
    assert_eq!(said(0, 0)[0].value, json!("9"));
    assert_eq!(said(2, 0), &[]);
    assert_eq!(said(0, 1)[0].shown["en"], "Mexico");

    let asked = world.office.ask(ListAsked {
        form: "conditions_travail_court".into(),
    });
    let country = asked
        .iter()
        .find(|question| question.path == "travail/pays")
        .expect("it is asked");
    assert!(
        country
            .choices
            .iter()
            .any(|(code, labels)| code == "HT" && labels["fr"] == "Haïti")
    );
    assert!(asked.iter().all(|question| !question.asked.technical));
    assert_eq!(
        world.office.ask(ListAsked {
            form: "autre".into()
        }),
        []
    );
}

#[test]
fn entries_are_narrowed_by_what_is_said_of_them_before_all_else() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let note = ana.write("note", &[("title", json!("Gardée"))]);
    ana.send();
    world.office.ask(Fetch);
    let of = |standing| {
        let view = TableView {
            standing,
            ..TableView::default()
        };
        recs(&table(&world.office, Filter::default(), view))
    };
    assert_eq!(of(None), [note]);
    for standing in Standing::ALL {
        assert_eq!(of(Some(standing)), [], "{standing:?}");
    }
    world.office.ask(vigie_protocol::Erase {
        rec: note,
        reason: "à sa demande".into(),
    });
    assert_eq!(of(Some(Standing::Erased)), [note]);
    let of_a_phone = Filter {
        deleted: true,
        kinds: vec![Kind::NOTE],
        ..Filter::default()
    };
    let found = table(&world.office, of_a_phone, TableView::default());
    assert_eq!(recs(&found), []);
}

fn save(office: &Device, name: &str, looking: &str) -> Vec<SavedView> {
    office.ask(SaveView {
        id: None,
        name: name.into(),
        looking: looking.into(),
    })
}

fn named(views: &[SavedView]) -> Vec<(&str, &str)> {
    let views = views.iter();
    views
        .map(|view| (view.name.as_str(), view.looking.as_str()))
        .collect()
}

#[test]
fn a_table_is_kept_under_a_name_which_every_desk_has_after_a_fetch() {
    let world = World::new();
    let second = second_desk(&world);
    save(&world.office, "  Semaines longues ", "reponse=heures:60..");
    let views = save(&world.office, "À lire", "q=paie");
    assert_eq!(
        named(&views),
        [
            ("À lire", "q=paie"),
            ("Semaines longues", "reponse=heures:60..")
        ]
    );
    second.ask(Fetch);
    assert_eq!(second.ask(ListViews), views);
    assert_eq!(world.office.reopened().ask(ListViews), views);

    // A name that is there takes the other table; a view takes another name.
    assert_eq!(
        named(&save(&second, "À lire", "q=salaire"))[0].1,
        "q=salaire"
    );
    let renamed = second.ask(SaveView {
        id: Some(views[0].id),
        name: "Salaires".into(),
        looking: "q=salaire".into(),
    });
    assert_eq!(named(&renamed)[0], ("Salaires", "q=salaire"));
    world.office.ask(Fetch);
    assert_eq!(world.office.ask(ListViews), renamed);

    let left = world.office.ask(RemoveView { id: views[0].id });
    assert_eq!(named(&left), [("Semaines longues", "reponse=heures:60..")]);
    second.ask(Fetch);
    assert_eq!(second.reopened().ask(ListViews), left);
    let nameless = SaveView {
        id: None,
        name: "  ".into(),
        looking: String::new(),
    };
    let refused = Failure::Refused(Refusal::ViewWithoutName);
    assert_eq!(second.try_ask(nameless), Err(refused));
}

#[test]
fn a_table_named_without_a_network_is_kept_and_told_at_the_next_fetch() {
    let mut world = World::new();
    let second = second_desk(&world);
    let address = world.stop_server();
    let kept = save(&world.office, "Hors ligne", "type=note");
    assert_eq!(kept.len(), 1);
    let office = world.office.reopened();
    assert_eq!(office.ask(ListViews), kept);
    world.start_server(address);
    assert_eq!(second.ask(ListViews), []);
    office.ask(Fetch);
    second.ask(Fetch);
    assert_eq!(second.ask(ListViews), kept);
}
