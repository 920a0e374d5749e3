//! A questionnaire in somebody's hands: rows that come and go with their files, and lists too long to be sent.

use crate::common::{Device, World, compiled_form};
use serde_json::Value;
use vigie_model::ExactJson;
use vigie_protocol::{
    AddRepeat, Answered, AttachFile, ChosenForm, ExportAll, Failure, File, Filter, FinishResponse,
    Finished, FormView, OpenResponse, ReadFile, RemoveRepeat, SearchChoices, SetAnswer,
    StartResponse, UndoRemove,
};

fn ana() -> (World, Device, FormView) {
    let world = World::with(|mission| {
        mission.forms = vec![ChosenForm::Compiled(compiled_form("tests/controles.xlsx"))]
    });
    let ana = world.delegate("Ana");
    let view = ana.ask(StartResponse {
        form: "controles".into(),
        lang: "fr".into(),
    });
    (world, ana, view)
}

fn path_of(view: &FormView, name: &str) -> String {
    let node = view.nodes.iter().find(|node| node.name == name);
    node.expect("the question").path.clone()
}

#[test]
fn a_response_is_found_by_the_choices_that_a_person_reads() {
    let (_world, ana, view) = ana();
    let found = |device: &Device, search: &str| {
        let filter = Filter {
            search: search.into(),
            ..Filter::default()
        };
        device.page(filter).entries.len()
    };
    say(&ana, &view, &path_of(&view, "echelle"), "4");
    assert_eq!(found(&ana, "plutot d’accord"), 1, "a draft");
    assert_eq!(found(&ana, "tout à fait"), 0, "what was not chosen");
    finish(&ana, &view);
    assert_eq!(found(&ana, "plutot d’accord"), 1, "a finished response");
    assert_eq!(found(&ana.reopened(), "PLUTÔT"), 1, "opened anew");
}

#[test]
fn a_response_that_is_begun_or_taken_up_again_is_listed_by_what_was_answered() {
    let world = World::new();
    let ana = world.delegate("Ana");
    let titles = |device: &Device| -> Vec<String> {
        let entries = device.entries().into_iter();
        entries.map(|entry| entry.title).collect()
    };
    let view = ana.ask(StartResponse {
        form: "conditions_travail_court".into(),
        lang: "fr".into(),
    });
    let form = view.title.clone();
    let answer = |name: &str, value: &str| say(&ana, &view, &path_of(&view, name), value);
    answer("consentement", "oui");
    assert_eq!(titles(&ana), [form.as_str()], "nothing that names it yet");
    let opened = reopened(&ana, &view);
    let say_now = |name: &str, value: &str| say(&ana, &opened, &path_of(&opened, name), value);
    say_now("metier", "Couturière");
    let named = titles(&ana);
    assert!(named[0].starts_with("Couturière"), "{named:?}");
    assert_eq!(titles(&ana.reopened()), named);
    assert_eq!(reopened(&ana, &view).title, form, "its page is the form's");
}

/// The path of the form's repeat, whatever its root is called.
fn repeat(view: &FormView) -> String {
    let node = view.nodes.iter().find(|node| node.name == "equipe");
    node.expect("the repeat").path.clone()
}

fn add(device: &Device, view: &FormView) -> Answered {
    let (rec, node) = (view.rec, repeat(view));
    device.ask(AddRepeat { rec, node })
}

fn say(device: &Device, view: &FormView, node: &str, value: &str) -> Answered {
    device.ask(SetAnswer {
        rec: view.rec,
        node: node.into(),
        value: value.into(),
    })
}

fn remove(device: &Device, view: &FormView, row: usize) -> Answered {
    let (rec, node) = (view.rec, format!("{}[{row}]", repeat(view)));
    device.ask(RemoveRepeat { rec, node })
}

fn attach(device: &Device, view: &FormView, row: usize, name: &str, bytes: &[u8]) {
    let request = AttachFile {
        rec: view.rec,
        node: format!("{}[{row}]/portrait", repeat(view)),
        file: File::new(name, "image/png", bytes.to_vec()),
    };
    device.ask(request);
}

fn file(device: &Device, view: &FormView, row: usize) -> Option<(String, Vec<u8>)> {
    let request = ReadFile {
        rec: view.rec,
        node: format!("{}[{row}]/portrait", repeat(view)),
    };
    match device.try_ask(request) {
        Ok(file) => Some((file.name, file.bytes)),
        Err(failure) => {
            assert_eq!(failure, Failure::NotFound);
            None
        }
    }
}

/// Finishes, after the two answers that the form requires.
fn finish(device: &Device, view: &FormView) {
    for (name, value) in [("accord", "oui"), ("obligatoire", "Voilà")] {
        let node = view.nodes.iter().find(|node| node.name == name);
        let path = node.expect("a required question").path.clone();
        say(device, view, &path, value);
    }
    let rec = view.rec;
    let finished = device.ask(FinishResponse { rec });
    assert!(matches!(finished, Finished::Saved(_)), "{finished:?}");
}

fn reopened(device: &Device, view: &FormView) -> FormView {
    let rec = view.rec;
    device.ask(OpenResponse { rec })
}

#[test]
fn files_move_up_with_their_rows_and_stay_with_them_through_finishing_and_correcting() {
    let (_world, ana, view) = ana();
    for row in 1..=3 {
        add(&ana, &view);
        attach(&ana, &view, row, &format!("{row}.png"), &[row as u8; 100]);
    }
    remove(&ana, &view, 1);
    assert_eq!(file(&ana, &view, 1), Some(("2.png".into(), vec![2; 100])));
    assert_eq!(file(&ana, &view, 2), Some(("3.png".into(), vec![3; 100])));
    assert_eq!(file(&ana, &view, 3), None);
    finish(&ana, &view);
    let again = reopened(&ana, &view);
    assert_eq!(file(&ana, &again, 2), Some(("3.png".into(), vec![3; 100])));
    // A correction removes the first row: what was of the second is of the first, in the record too.
    remove(&ana, &again, 1);
    let killed = ana.reopened();
    reopened(&killed, &again);
    assert_eq!(
        file(&killed, &again, 1),
        Some(("3.png".into(), vec![3; 100]))
    );
    finish(&killed, &again);
    reopened(&killed, &again);
    assert_eq!(
        file(&killed, &again, 1),
        Some(("3.png".into(), vec![3; 100]))
    );
    let (_, all) = killed.file(ExportAll);
    let all: Value = serde_json::from_slice(&all).expect("JSON");
    let kept: Vec<&str> = all["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["kind"] == "attachment" && entry["deleted"] == false)
        .filter_map(|entry| entry["fields"]["name"].as_str())
        .collect();
    assert_eq!(kept, ["3.png"], "{all}");
}

#[test]
fn a_row_that_was_removed_comes_back_with_its_answers_and_its_file() {
    let (_world, ana, view) = ana();
    add(&ana, &view);
    add(&ana, &view);
    let first_name = format!("{}[1]/prenom", repeat(&view));
    say(&ana, &view, &first_name, "Rosa");
    attach(&ana, &view, 1, "rosa.png", &[1; 100]);
    assert!(remove(&ana, &view, 1).undo);
    assert_eq!(file(&ana, &view, 1), None);
    let rec = view.rec;
    let back = ana.ask(UndoRemove { rec });
    let value = |path: &str| {
        let node = back.nodes.iter().find(|node| node.path == path);
        node.map(|node| node.value.clone())
    };
    assert_eq!(value(&first_name).as_deref(), Some("Rosa"));
    assert_eq!(
        file(&ana, &view, 1),
        Some(("rosa.png".into(), vec![1; 100]))
    );
    // Once something else was changed, it is too late.
    remove(&ana, &view, 2);
    assert!(!say(&ana, &view, &first_name, "Rosa D.").undo);
    let rec = view.rec;
    assert!(ana.try_ask(UndoRemove { rec }).is_err());
}

#[test]
fn a_new_response_starts_from_the_last_one_that_was_finished_here() {
    let form = |id: &str| {
        let xform = format!(
            "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head><h:title>Suite</h:title>\
             <model><instance><data id=\"{id}\"><lieu/><avant/></data></instance><instance id=\"__last-saved\" src=\"jr://instance/last-saved\"/>\
             <bind nodeset=\"/data/avant\" calculate=\"instance('__last-saved')/data/lieu\"/>\
             <setvalue event=\"odk-instance-first-load\" ref=\"/data/lieu\" value=\"instance('__last-saved')/data/lieu\"/>\
             </model></h:head><h:body><input ref=\"/data/lieu\"><label>Lieu <output value=\"/data/avant\"/></label></input></h:body></h:html>"
        );
        let read = vigie_forms::xform::read_alone(&xform);
        let form = read.form.expect("a form");
        ChosenForm::Compiled(ExactJson::in_order(&form.to_json()).expect("JSON"))
    };
    let world = World::with(|mission| mission.forms = vec![form("suite"), form("autre")]);
    let ana = world.delegate("Ana");
    let start = |device: &Device, form: &str| {
        let (form, lang) = (form.into(), "fr".to_owned());
        device.ask(StartResponse { form, lang })
    };
    let place = |view: &FormView| {
        let node = view.nodes.iter().find(|node| node.name == "lieu");
        let node = node.expect("the question");
        let label = node.label.as_ref().expect("a label");
        (node.value.clone(), label.text.clone())
    };
    for (at, said) in [("", "Jacmel"), ("Jacmel", "Léogâne")] {
        let view = start(&ana, "suite");
        assert_eq!(place(&view), (at.to_owned(), format!("Lieu {at}")));
        say(&ana, &view, "/data/lieu", said);
        let rec = view.rec;
        ana.ask(FinishResponse { rec });
    }
    // A draft is no response yet, another form's is not this one's, and a notebook opened again remembers.
    let draft = start(&ana, "suite");
    say(&ana, &draft, "/data/lieu", "Gressier");
    assert_eq!(place(&start(&ana, "autre")).0, "");
    let again = ana.reopened();
    assert_eq!(place(&start(&again, "suite")).0, "Léogâne");
    let reopened = reopened(&again, &draft);
    assert_eq!(
        place(&reopened),
        ("Gressier".to_owned(), "Lieu Léogâne".to_owned())
    );
}

#[test]
fn an_answer_tells_what_it_changed_and_no_more() {
    let (_world, ana, view) = ana();
    let names = |nodes: &[vigie_forms::NodeView]| -> Vec<String> {
        nodes.iter().map(|node| node.name.clone()).collect()
    };
    let shown = names(&view.nodes);
    assert!(
        !shown
            .iter()
            .any(|name| name.starts_with("m_") || name == "nb"),
        "{shown:?}"
    );
    let first = add(&ana, &view);
    let mut new = names(&first.nodes);
    new.sort();
    assert_eq!(
        new,
        [
            "age", "equipe", "equipe", "portrait", "prenom", "rappel", "resume"
        ]
    );
    let path = format!("{}[1]/prenom", repeat(&view));
    // Its row, which is told by its first answers, and the question itself.
    let told = names(&say(&ana, &view, &path, "Rosa").nodes);
    assert_eq!(told, ["equipe", "prenom"]);
    // The tenth row is told like the first.
    let mut tenth = Vec::new();
    for _ in 2..=10 {
        tenth = names(&add(&ana, &view).nodes);
    }
    tenth.sort();
    assert_eq!(tenth, new);
}

#[test]
fn a_long_list_is_searched_here_and_sent_a_stretch_at_a_time() {
    let (_world, ana, view) = ana();
    let village = view
        .nodes
        .iter()
        .find(|node| node.name == "village")
        .expect("the question");
    assert_eq!((village.choices.len(), village.choices_total), (50, 2001));
    let search = |query: &str, offset: usize| {
        ana.ask(SearchChoices {
            rec: view.rec,
            node: village.path.clone(),
            query: query.into(),
            offset,
        })
    };
    let found = search("DESARMES lointains", 0);
    assert_eq!((found.total, found.choices[0].value.as_str()), (1, "v9999"));
    let cafe = search("cafe", 0);
    assert_eq!((cafe.total, cafe.choices.len()), (200, 50));
    assert_ne!(search("cafe", 50).choices[0], cafe.choices[0]);
    let said = say(&ana, &view, &village.path, "v9999");
    let chosen = said.nodes.iter().find(|node| node.name == "village");
    let chosen = &chosen.expect("the question").chosen;
    assert_eq!(chosen[0].label.text, "Désarmes-les-Lointains");
}
