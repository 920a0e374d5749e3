//! The office's form library, through a real server: a form is added, its new version reaches a phone that has answers to
//! the older one, and nothing that was answered is lost.

use crate::common::{Device, PASSPHRASE, World};
use vigie_exchange::request::body_hash;
use vigie_forms::library::{What, import::import};
use vigie_model::{ExactJson, FormHash, MissionKind, RecordId};
use vigie_protocol::{
    AddForm, AddRepeat, AttachFile, BackUpKey, CheckResponse, ChosenFile, ChosenForm, CompareForms,
    CreateMission, DropDraft, Encoded, EntryState, Failure, Fetch, Fields, File, FillingQuestion,
    FinishResponse, Finished, FormDetail, FormInfo, GetEntry, GetForm, GetPaper, GetXForm,
    LibraryForm, ListForms, ListLibrary, ListOfficeMissions, ListVersions, NewForm, OpenResponse,
    PublishForm, PutFormAway, Question, ReadFile, ReadMedia, RemoveRepeat, RestoreOffice,
    SetAnswer, StartResponse, TryForm, UndoRemove,
    codec::{decode, encode},
};

/// A small questionnaire; `age` stands in `place`, asked as `kind`.
fn form(version: &str, questions: &[(&str, &str, &str)]) -> NewForm {
    let mut nodes = String::new();
    let mut binds = String::new();
    let mut body = String::new();
    for (name, kind, label) in questions {
        nodes += &format!("<{name}/>");
        binds += &format!("<bind nodeset=\"/data/{name}\" type=\"{kind}\"/>");
        body += &format!("<input ref=\"/data/{name}\"><label>{label}</label></input>");
    }
    let xform = format!(
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:head>\
         <h:title>Visite</h:title><model><instance><data id=\"visite\" version=\"{version}\">{nodes}</data></instance>\
         {binds}</model></h:head><h:body>{body}</h:body></h:html>"
    );
    written(&xform)
}

fn written(xform: &str) -> NewForm {
    let imported = import("visite.xml", xform.as_bytes(), &|_| None);
    let form = imported
        .form
        .unwrap_or_else(|| panic!("{:?}", imported.problems));
    NewForm {
        compiled: ExactJson::in_order(&form.to_json()).expect("JSON"),
        xform: imported.xform,
        files: Vec::new(),
    }
}

fn first() -> NewForm {
    form(
        "1",
        &[
            ("lieu", "string", "Lieu"),
            ("salaire", "int", "Salaire"),
            ("remarque", "string", "Remarque"),
        ],
    )
}

/// `remarque` went, `lieu` is asked otherwise, `syndicat` came.
fn second() -> NewForm {
    form(
        "2",
        &[
            ("lieu", "string", "Lieu de travail"),
            ("salaire", "int", "Salaire"),
            ("syndicat", "string", "Syndicat"),
        ],
    )
}

fn add(device: &Device, form: NewForm) -> LibraryForm {
    let forms = device.ask(AddForm { form });
    let newest = forms.into_iter().find(|form| form.newest);
    newest.expect("the form just added")
}

fn detail(device: &Device, hash: &FormHash) -> FormDetail {
    let hash = hash.clone();
    device.ask(GetForm { hash })
}

fn assign(world: &World, form: &LibraryForm) {
    let request = PublishForm {
        hash: form.hash.clone(),
        missions: vec![world.mission],
    };
    let forms = world.office.ask(request);
    let here = forms.iter().find(|one| one.hash == form.hash);
    let missions = &here.expect("the form assigned").missions;
    assert_eq!(missions, &[(world.mission, "Mission Haïti".to_owned())]);
}

fn world() -> World {
    World::with(|mission| mission.forms.clear())
}

fn of_phone(device: &Device) -> Vec<FormInfo> {
    device.ask(ListForms)
}

fn begin(device: &Device) -> RecordId {
    let request = StartResponse {
        form: "visite".into(),
        lang: "fr".into(),
    };
    device.ask(request).rec
}

fn answer(device: &Device, rec: RecordId, node: &str, value: &str) {
    device.ask(SetAnswer {
        rec,
        node: format!("/data/{node}"),
        value: value.into(),
    });
}

fn finish(device: &Device, rec: RecordId) {
    let finished = device.ask(FinishResponse { rec });
    assert!(matches!(finished, Finished::Saved(_)), "{finished:?}");
}

/// What the office reads of a response.
fn at_office(office: &Device, rec: RecordId) -> Fields {
    office.ask(Fetch);
    let entry = office.ask(GetEntry { rec });
    entry
        .facts
        .into_iter()
        .map(|fact| (fact.field, fact.said.value))
        .collect()
}

#[test]
fn a_new_version_reaches_a_phone_that_has_answers_to_the_older_one_and_nothing_is_lost() {
    let world = world();
    let old = add(&world.office, first());
    assign(&world, &old);
    let ana = world.delegate("Ana");
    assert_eq!(of_phone(&ana)[0].version, "1");

    let done = begin(&ana);
    answer(&ana, done, "lieu", "Ouanaminthe");
    answer(&ana, done, "remarque", "Porte fermée à clé");
    finish(&ana, done);
    let begun = begin(&ana);
    answer(&ana, begun, "remarque", "À demi écrite");
    ana.send();
    at_office(&world.office, done);
    // Looked at before the new version comes: what is before her then must not stay the older one.
    ana.ask(OpenResponse { rec: done });

    let new = add(&world.office, second());
    assign(&world, &new);
    ana.send();
    assert_eq!(
        of_phone(&ana)[0].version,
        "2",
        "the card brought the new version"
    );

    // What has no question any more is shown, in the draft as in the response.
    for rec in [done, begun] {
        let view = ana.ask(OpenResponse { rec });
        assert_eq!(view.orphans.len(), 1, "{:?}", view.orphans);
        assert_eq!(view.orphans[0].0, "/data/remarque");
        answer(&ana, rec, "syndicat", "Batay Ouvriye");
        finish(&ana, rec);
    }
    ana.send();
    for (rec, remark) in [(&done, "Porte fermée à clé"), (&begun, "À demi écrite")] {
        let fields = at_office(&world.office, *rec);
        assert_eq!(fields["remarque"], remark);
        assert_eq!(fields["syndicat"], "Batay Ouvriye");
    }
    assert_eq!(at_office(&world.office, done)["lieu"], "Ouanaminthe");
}

#[test]
fn the_office_sees_what_a_new_version_does_to_the_responses_it_holds() {
    let world = world();
    let old = add(&world.office, first());
    assign(&world, &old);
    let ana = world.delegate("Ana");
    let with_remark = begin(&ana);
    answer(&ana, with_remark, "remarque", "Porte fermée à clé");
    finish(&ana, with_remark);
    let without = begin(&ana);
    answer(&ana, without, "lieu", "Caracol");
    finish(&ana, without);
    ana.send();
    at_office(&world.office, without);

    let new = add(&world.office, second());
    let request = CompareForms {
        before: old.hash.clone(),
        after: new.hash,
        lang: "fr".into(),
    };
    let comparison = world.office.ask(request);
    assert_eq!((comparison.responses, comparison.touched), (2, 1));
    let removed = comparison
        .changes
        .iter()
        .find(|change| change.what == What::Removed)
        .expect("a question went");
    assert_eq!((removed.label.as_str(), removed.touched), ("Remarque", 1));
    let versions = detail(&world.office, &old.hash).versions;
    let told: Vec<(&str, bool, usize)> = versions
        .iter()
        .map(|one| (one.info.version.as_str(), one.newest, one.responses))
        .collect();
    assert_eq!(told, [("2", true, 0), ("1", false, 2)]);
}

/// Another browser of the same office.
fn second_desk(world: &World) -> Device {
    let (_, backup) = world.office.file(BackUpKey {
        file_passphrase: "clé de papier".into(),
    });
    let other = Device::new();
    other.ask(RestoreOffice {
        backup,
        file_passphrase: "clé de papier".into(),
        passphrase: PASSPHRASE.into(),
    });
    other.ask(Fetch);
    other
}

#[test]
fn a_form_keeps_its_bytes_from_the_module_by_way_of_two_desks_to_a_phone_and_back() {
    let world = world();
    // As no programme of ours writes: spaces, a number spelled otherwise, a field that nobody knows.
    let odd = first()
        .compiled
        .text()
        .replacen('{', "{ \"later\": [1e2, 1.50],\n ", 1);
    let hash = FormHash::from_sha256(&body_hash(odd.as_bytes()));
    let form = NewForm {
        compiled: ExactJson::from_text(odd).expect("JSON"),
        ..first()
    };
    assert_eq!(
        add(&world.office, decode(&encode(&form)).expect("a form")).hash,
        hash
    );

    let other = second_desk(&world);
    assert_eq!(other.ask(ListLibrary)[0].hash, hash);
    other.ask(PublishForm {
        hash: hash.clone(),
        missions: vec![world.mission],
    });
    let ana = world.delegate("Ana");
    let rec = begin(&ana);
    answer(&ana, rec, "lieu", "Jacmel");
    finish(&ana, rec);
    ana.send();
    assert_eq!(at_office(&world.office, rec)["lieu"], "Jacmel");
    let forms = world.office.ask(ListLibrary);
    assert_eq!((&forms[0].hash, forms[0].responses), (&hash, 1));
    let missions: Vec<_> = forms[0].missions.iter().map(|(id, _)| *id).collect();
    assert_eq!(missions, [world.mission]);
}

#[test]
fn the_library_is_the_same_in_every_browser_of_the_office() {
    let world = world();
    let form = add(&world.office, first());
    assert_eq!(
        world.office.ask(AddForm { form: first() }).len(),
        1,
        "the same version again is one version"
    );
    let other = second_desk(&world);
    let seen = other.ask(ListLibrary);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].hash, form.hash);
    let hash = form.hash.clone();
    let (name, xml) = other.file(GetXForm { hash });
    assert_eq!(name, "visite.xml");
    assert_eq!(String::from_utf8(xml).expect("XML is text"), first().xform);

    // Put away in one, it is put away in the other, once it has fetched.
    let hash = form.hash.clone();
    let away = PutFormAway { hash, away: true };
    assert!(other.ask(away)[0].put_away);
    world.office.ask(Fetch);
    assert!(world.office.ask(ListLibrary)[0].put_away);
}

#[test]
fn a_form_with_files_is_given_with_its_files() {
    let world = world();
    let mut with_list = first();
    with_list.files = vec![ChosenFile {
        name: "lieux.csv".into(),
        bytes: b"name,label\n".to_vec(),
    }];
    let hash = add(&world.office, with_list).hash;
    let (name, bytes) = world.office.file(GetXForm { hash });
    assert_eq!(name, "visite.zip");
    let names = String::from_utf8_lossy(&bytes).into_owned();
    assert!(names.contains("visite.xml") && names.contains("visite-media/lieux.csv"));
}

/// What a form tried at the desk answers.
fn tried<Q: Question<Family = FillingQuestion>>(
    office: &Device,
    hash: &FormHash,
    question: Q,
) -> Result<Q::Answer, Failure> {
    let Encoded(answer) = office.ask(TryForm {
        hash: hash.to_owned(),
        question: question.into(),
    });
    decode::<Result<Q::Answer, Failure>>(&answer)?
}

const PICTURE: &[u8] = b"the very pixels of a workshop";

fn read_media(device: &Device, rec: RecordId) -> Result<Vec<u8>, Failure> {
    let request = ReadMedia {
        rec,
        name: "atelier.png".into(),
    };
    let file = device.try_ask(request)?;
    assert_eq!(file.mime, "image/png");
    Ok(file.bytes)
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_a_form_shows_reaches_phones_sealed_and_leaves_with_it() {
    let mut world = world();
    let mut illustrated = first();
    illustrated.files = vec![
        ChosenFile {
            name: "atelier.png".into(),
            bytes: PICTURE.to_vec(),
        },
        ChosenFile {
            name: "lieux.csv".into(),
            bytes: b"name,label\n".to_vec(),
        },
    ];
    let form = add(&world.office, illustrated);
    assign(&world, &form);
    let read = ReadMedia {
        rec: RecordId::MIN,
        name: "atelier.png".into(),
    };
    let shown = tried(&world.office, &form.hash, read).expect("the picture");
    assert_eq!(shown.bytes, PICTURE);

    let ana = world.delegate("Ana");
    ana.send();
    let address = world.stop_server();
    let rec = begin(&ana);
    assert_eq!(read_media(&ana, rec).as_deref(), Ok(PICTURE));
    let stored = ana.store.dump();
    assert!(!stored.iter().any(|(.., bytes)| contains(bytes, PICTURE)));
    for path in files_under(world.data.path()) {
        let bytes = std::fs::read(&path).expect("a file of the server");
        assert!(!contains(&bytes, PICTURE), "{path:?}");
    }

    world.start_server(address);
    assign(&world, &add(&world.office, second()));
    ana.send();
    let rec = begin(&ana);
    assert_eq!(read_media(&ana, rec), Err(Failure::NotFound));
    let media = |device: &Device| {
        let rows = device.store.dump().into_iter();
        rows.filter(|(_, key, _)| key.starts_with("media.")).count()
    };
    assert_eq!(media(&ana), 0, "nothing stays of what is shown no more");
}

fn files_under(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files_under(&path),
            path => vec![path],
        })
        .collect()
}

#[test]
fn trying_a_form_at_the_desk_stores_nothing() {
    let world = world();
    let form = add(&world.office, first());
    let before = world.office.store.dump();
    let start = StartResponse {
        form: "visite".into(),
        lang: "fr".into(),
    };
    let view = tried(&world.office, &form.hash, start).expect("a session");
    let set = SetAnswer {
        rec: view.rec,
        node: "/data/salaire".into(),
        value: "beaucoup".into(),
    };
    let answered = tried(&world.office, &form.hash, set).expect("an answer");
    assert!(
        answered.nodes.iter().any(|node| node.violation.is_some()),
        "the rules of the form hold as on a phone"
    );
    let check = CheckResponse { rec: view.rec };
    let problems = tried(&world.office, &form.hash, check).expect("a list");
    assert_eq!(problems.len(), 1);
    assert_eq!(world.office.store.dump(), before);
    assert_eq!(
        tried(&world.office, &form.hash, ListForms),
        Err(Failure::NotFound)
    );
}

#[test]
fn rows_files_and_undo_work_at_the_desk_as_on_a_phone() {
    let world = world();
    let form = add(
        &world.office,
        written(
            "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:jr=\"http://openrosa.org/javarosa\"><h:head>\
             <h:title>Visite</h:title><model><instance><data id=\"visite\"><r jr:template=\"\"><p/></r></data></instance>\
             <bind nodeset=\"/data/r/p\" type=\"binary\"/></model></h:head><h:body><group ref=\"/data/r\"><repeat nodeset=\"/data/r\">\
             <upload ref=\"/data/r/p\" mediatype=\"image/*\"><label>Photo</label></upload></repeat></group></h:body></h:html>",
        ),
    );
    let before = world.office.store.dump();
    let office = &world.office;
    let start = StartResponse {
        form: "visite".into(),
        lang: "fr".into(),
    };
    let rec = tried(office, &form.hash, start).expect("a session").rec;
    for row in 1..=2 {
        let node = "/data/r".to_owned();
        tried(office, &form.hash, AddRepeat { rec, node }).expect("a row");
        let file = File::new(format!("{row}.png"), "image/png", vec![row; 10]);
        let node = format!("/data/r[{row}]/p");
        tried(office, &form.hash, AttachFile { rec, node, file }).expect("a file");
    }
    let shown = |row: usize| {
        let node = format!("/data/r[{row}]/p");
        tried(office, &form.hash, ReadFile { rec, node }).map(|file| file.bytes)
    };
    let node = "/data/r[1]".to_owned();
    let answered = tried(office, &form.hash, RemoveRepeat { rec, node }).expect("one less");
    assert!(answered.undo);
    assert_eq!(shown(1), Ok(vec![2; 10]), "its file moved up with the row");
    assert_eq!(shown(2), Err(Failure::NotFound));
    tried(office, &form.hash, UndoRemove { rec }).expect("the row again");
    assert_eq!((shown(1), shown(2)), (Ok(vec![1; 10]), Ok(vec![2; 10])));
    let done = tried(office, &form.hash, FinishResponse { rec });
    assert!(matches!(done, Ok(Finished::Saved(_))), "{done:?}");
    assert_eq!(office.store.dump(), before);
}

#[test]
fn a_mission_begins_with_forms_of_the_library_and_each_is_a_sheet_of_paper() {
    let world = world();
    let form = add(&world.office, first());
    let mission = vigie_protocol::NewMission {
        said: vigie_protocol::SaidMission {
            name: "Mission Honduras".into(),
            kind: MissionKind::Observation,
            starts: "2026-11-01".into(),
            ends: "2026-11-20".into(),
            languages: vec!["fr".into()],
            keep_readable: true,
            share_with_team: false,
            record_time: false,
        },
        forms: vec![ChosenForm::Known(form.hash.clone())],
    };
    let honduras = world.office.ask(CreateMission { mission });
    let missions = world.office.ask(ListOfficeMissions);
    let honduras = missions.iter().find(|one| one.id == honduras);
    assert_eq!(honduras.expect("just made").forms[0].id.as_str(), "visite");
    let request = GetPaper {
        hash: form.hash,
        lang: "fr".into(),
    };
    let sheet = world.office.ask(request);
    let labels: Vec<&str> = sheet.items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(labels, ["Lieu", "Salaire", "Remarque"]);
}

/// A form whose questions stand under a head, which fills two fields by itself and calls each response by its place.
fn headed() -> NewForm {
    written(
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:jr=\"http://openrosa.org/javarosa\"><h:head>\
         <h:title>Visite</h:title><model><instance><data id=\"visite\" version=\"1\" title_es=\"Visita\"><fin/><zone><heure/><lieu/></zone><remarque/>\
         <meta><instanceName/></meta></data></instance>\
         <bind nodeset=\"/data/fin\" type=\"dateTime\" jr:preload=\"timestamp\" jr:preloadParams=\"end\"/>\
         <bind nodeset=\"/data/zone/heure\" type=\"time\"/>\
         <bind nodeset=\"/data/meta/instanceName\" calculate=\"concat('Visite à ', /data/zone/lieu)\"/></model></h:head>\
         <h:body><group ref=\"/data/zone\"><label>La zone</label>\
         <input ref=\"/data/zone/lieu\"><label>Lieu</label></input><input ref=\"/data/zone/heure\"><label>Heure</label></input></group>\
         <input ref=\"/data/remarque\"><label>Remarque</label></input></h:body></h:html>",
    )
}

#[test]
fn an_entry_reads_by_its_questions_under_their_heads_and_is_called_by_its_form() {
    let world = world();
    let form = add(&world.office, headed());
    assign(&world, &form);
    let ana = world.delegate("Ana");
    let titles = &of_phone(&ana)[0].title;
    assert_eq!(titles.get("es").map(String::as_str), Some("Visita"));
    let rec = begin(&ana);
    answer(&ana, rec, "zone/lieu", "Ouanaminthe");
    answer(&ana, rec, "zone/heure", "07:00:00.000-05:00");
    finish(&ana, rec);
    assert_eq!(ana.entries()[0].title, "Visite à Ouanaminthe");
    ana.send();
    world.office.ask(Fetch);
    let entry = world.office.ask(GetEntry { rec });
    assert_eq!(entry.row.title, "Visite à Ouanaminthe");
    let said = |texts: &std::collections::BTreeMap<String, String>| {
        texts.values().next().cloned().unwrap_or_default()
    };
    let facts: Vec<_> = entry
        .facts
        .iter()
        .filter(|fact| !fact.asked.technical)
        .map(|fact| {
            let asked = &fact.asked;
            (said(&asked.label), said(&asked.group), asked.kind.as_str())
        })
        .collect();
    assert_eq!(
        facts,
        [
            ("Heure".to_owned(), "La zone".to_owned(), "time"),
            ("Lieu".to_owned(), "La zone".to_owned(), "text"),
        ]
    );
    let mut technical: Vec<&str> = entry
        .facts
        .iter()
        .filter(|fact| fact.asked.technical)
        .map(|fact| fact.field.as_str())
        .collect();
    technical.sort_unstable();
    assert_eq!(technical, ["fin", "meta/instanceName"]);
    let unanswered: Vec<String> = entry.unanswered.iter().map(said).collect();
    assert_eq!(unanswered, ["Remarque"]);
    let history: Vec<String> = entry.history[0]
        .changes
        .iter()
        .filter(|change| !change.asked.technical)
        .map(|change| said(&change.asked.label))
        .collect();
    assert_eq!(history, ["Heure", "Lieu"]);
}

#[test]
fn a_correction_that_corrects_nothing_leaves_nothing() {
    let world = world();
    let form = add(&world.office, headed());
    assign(&world, &form);
    let ana = world.delegate("Ana");
    let rec = begin(&ana);
    answer(&ana, rec, "zone/lieu", "Ouanaminthe");
    finish(&ana, rec);
    ana.send();
    let versions = || ana.ask(ListVersions { rec }).len();
    let view = ana.ask(OpenResponse { rec });
    assert!(view.finished && !view.draft);
    // Read, left: nothing is being written.
    assert_eq!(ana.entries()[0].state, EntryState::Stored);
    answer(&ana, rec, "zone/lieu", "Fort-Liberté");
    assert!(ana.ask(OpenResponse { rec }).draft);
    answer(&ana, rec, "zone/lieu", "Ouanaminthe");
    // The time when it ends is another: that is no answer.
    ana.clock.set(ana.clock.get() + 60_000);
    finish(&ana, rec);
    assert_eq!(
        (versions(), ana.entries()[0].state),
        (1, EntryState::Stored)
    );
    assert!(!ana.ask(OpenResponse { rec }).draft);
    answer(&ana, rec, "zone/lieu", "Fort-Liberté");
    ana.ask(DropDraft { rec });
    let view = ana.ask(OpenResponse { rec });
    let place = view.nodes.iter().find(|node| node.name == "lieu");
    assert_eq!(place.map(|node| node.value.as_str()), Some("Ouanaminthe"));
    answer(&ana, rec, "zone/lieu", "Fort-Liberté");
    finish(&ana, rec);
    assert_eq!(versions(), 2);
    assert_eq!(ana.entries()[0].title, "Visite à Fort-Liberté");
}
