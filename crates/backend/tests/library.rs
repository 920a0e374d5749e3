//! The office's form library, through a real server: a form is added, its new version reaches a phone that has answers to
//! the older one, and nothing that was answered is lost.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Device, PASSPHRASE, World};
use vigie_backend::protocol::{
    Answer, DeskAnswer, DeskRequest, Failure, Fields, FileBeside, FormDetail, FormInfo, FormView,
    LibraryAnswer, LibraryForm, LibraryRequest, NewForm, Request,
};
use vigie_forms::library::{What, import::import};

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
    let imported = import("visite.xml", xform.as_bytes(), &|_| None);
    let form = imported
        .form
        .unwrap_or_else(|| panic!("{:?}", imported.problems));
    NewForm {
        compiled: serde_json::from_str(&form.to_json()).expect("JSON"),
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

fn library(device: &Device, of: LibraryRequest) -> LibraryAnswer {
    match device.ask(DeskRequest::Library(of)) {
        Answer::Desk(DeskAnswer::Library(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

fn forms(device: &Device, of: LibraryRequest) -> Vec<LibraryForm> {
    match library(device, of) {
        LibraryAnswer::Forms(forms) => forms,
        other => panic!("{other:?}"),
    }
}

fn add(device: &Device, form: NewForm) -> LibraryForm {
    let forms = forms(device, LibraryRequest::Add { form });
    let newest = forms.into_iter().find(|form| form.newest);
    newest.expect("the form just added")
}

fn detail(device: &Device, hash: &str) -> FormDetail {
    let hash = hash.to_owned();
    match library(device, LibraryRequest::Show { hash }) {
        LibraryAnswer::Form(detail) => detail,
        other => panic!("{other:?}"),
    }
}

fn assign(world: &World, form: &LibraryForm) {
    let request = LibraryRequest::Assign {
        hash: form.hash.clone(),
        missions: vec![world.mission.clone()],
    };
    let forms = forms(&world.office, request);
    let here = forms.iter().find(|one| one.hash == form.hash);
    let missions = &here.expect("the form assigned").missions;
    assert_eq!(
        missions,
        &[(world.mission.clone(), "Mission Haïti".to_owned())]
    );
}

fn world() -> World {
    World::with(|mission| mission.forms.clear())
}

fn of_phone(device: &Device) -> Vec<FormInfo> {
    match device.ask(Request::Forms) {
        Answer::Forms(forms) => forms,
        other => panic!("{other:?}"),
    }
}

fn opened(device: &Device, request: Request) -> FormView {
    match device.ask(request) {
        Answer::Form(view) => view,
        other => panic!("{other:?}"),
    }
}

fn begin(device: &Device) -> String {
    let request = Request::StartResponse {
        form: "visite".into(),
        lang: "fr".into(),
    };
    opened(device, request).rec
}

fn answer(device: &Device, rec: &str, node: &str, value: &str) {
    let answered = device.ask(Request::SetAnswer {
        rec: rec.into(),
        node: format!("/data/{node}"),
        value: value.into(),
    });
    assert!(matches!(answered, Answer::Answered(_)), "{answered:?}");
}

fn finish(device: &Device, rec: &str) {
    let finished = device.ask(Request::FinishResponse { rec: rec.into() });
    assert!(matches!(finished, Answer::Saved(_)), "{finished:?}");
}

/// What the office reads of a response.
fn at_office(office: &Device, rec: &str) -> Fields {
    office.ask(DeskRequest::Fetch);
    match office.ask(DeskRequest::Entry { rec: rec.into() }) {
        Answer::Desk(DeskAnswer::Entry(entry)) => entry
            .facts
            .into_iter()
            .map(|fact| (fact.field, fact.value))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_version_reaches_a_phone_that_has_answers_to_the_older_one_and_nothing_is_lost() {
    let world = world();
    let old = add(&world.office, first());
    assign(&world, &old);
    let ana = world.delegate("Ana");
    assert_eq!(of_phone(&ana)[0].version, "1");

    let done = begin(&ana);
    answer(&ana, &done, "lieu", "Ouanaminthe");
    answer(&ana, &done, "remarque", "Porte fermée à clé");
    finish(&ana, &done);
    let begun = begin(&ana);
    answer(&ana, &begun, "remarque", "À demi écrite");
    ana.send();
    at_office(&world.office, &done);
    // Looked at before the new version comes: what is before her then must not stay the older one.
    opened(&ana, Request::OpenResponse { rec: done.clone() });

    let new = add(&world.office, second());
    assign(&world, &new);
    ana.send();
    assert_eq!(
        of_phone(&ana)[0].version,
        "2",
        "the card brought the new version"
    );

    // What has no question any more is shown, in the draft as in the response.
    for rec in [&done, &begun] {
        let view = opened(&ana, Request::OpenResponse { rec: rec.clone() });
        assert_eq!(view.orphans.len(), 1, "{:?}", view.orphans);
        assert_eq!(view.orphans[0].0, "/data/remarque");
        answer(&ana, rec, "syndicat", "Batay Ouvriye");
        finish(&ana, rec);
    }
    ana.send();
    for (rec, remark) in [(&done, "Porte fermée à clé"), (&begun, "À demi écrite")] {
        let fields = at_office(&world.office, rec);
        assert_eq!(fields["remarque"], remark);
        assert_eq!(fields["syndicat"], "Batay Ouvriye");
    }
    assert_eq!(at_office(&world.office, &done)["lieu"], "Ouanaminthe");
}

#[test]
fn the_office_sees_what_a_new_version_does_to_the_responses_it_holds() {
    let world = world();
    let old = add(&world.office, first());
    assign(&world, &old);
    let ana = world.delegate("Ana");
    let with_remark = begin(&ana);
    answer(&ana, &with_remark, "remarque", "Porte fermée à clé");
    finish(&ana, &with_remark);
    let without = begin(&ana);
    answer(&ana, &without, "lieu", "Caracol");
    finish(&ana, &without);
    ana.send();
    at_office(&world.office, &without);

    let new = add(&world.office, second());
    let request = LibraryRequest::Compare {
        before: old.hash.clone(),
        after: new.hash,
        lang: "fr".into(),
    };
    let LibraryAnswer::Comparison(comparison) = library(&world.office, request) else {
        panic!("a comparison");
    };
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

#[test]
fn the_library_is_the_same_in_every_browser_of_the_office() {
    let world = world();
    let form = add(&world.office, first());
    assert_eq!(
        forms(&world.office, LibraryRequest::Add { form: first() }).len(),
        1,
        "the same version again is one version"
    );
    let (_, backup) = world.office.file(DeskRequest::OfficeBackup {
        file_passphrase: "clé de papier".into(),
    });
    let other = Device::new();
    let restore = DeskRequest::OfficeRestore {
        file_passphrase: "clé de papier".into(),
        passphrase: PASSPHRASE.into(),
    };
    other
        .try_with(restore, Some(backup))
        .expect("the same office");
    other.ask(DeskRequest::Fetch);
    let seen = forms(&other, LibraryRequest::List);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].hash, form.hash);
    let hash = form.hash.clone();
    let (name, xml) = other.file(DeskRequest::Library(LibraryRequest::XForm { hash }));
    assert_eq!(name, "visite.xml");
    assert_eq!(String::from_utf8(xml).expect("XML is text"), first().xform);

    // Put away in one, it is put away in the other, once it has fetched.
    let hash = form.hash.clone();
    let away = LibraryRequest::PutAway { hash, away: true };
    assert!(forms(&other, away)[0].put_away);
    world.office.ask(DeskRequest::Fetch);
    assert!(forms(&world.office, LibraryRequest::List)[0].put_away);
}

#[test]
fn a_form_with_files_is_given_with_its_files() {
    let world = world();
    let mut with_list = first();
    with_list.files = vec![FileBeside {
        name: "lieux.csv".into(),
        data: "bmFtZSxsYWJlbAo=".into(),
    }];
    let hash = add(&world.office, with_list).hash;
    let (name, bytes) = world
        .office
        .file(DeskRequest::Library(LibraryRequest::XForm { hash }));
    assert_eq!(name, "visite.zip");
    let names = String::from_utf8_lossy(&bytes).into_owned();
    assert!(names.contains("visite.xml") && names.contains("visite-media/lieux.csv"));
}

const PICTURE: &[u8] = b"the very pixels of a workshop";

fn read_media(device: &Device, rec: &str) -> Result<Vec<u8>, Failure> {
    let request = Request::ReadMedia {
        rec: rec.into(),
        name: "atelier.png".into(),
    };
    match device.try_with(request, None)? {
        (Answer::File { mime, .. }, Some(bytes)) if mime == "image/png" => Ok(bytes),
        other => panic!("{other:?}"),
    }
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_a_form_shows_reaches_phones_sealed_and_leaves_with_it() {
    let mut world = world();
    let mut illustrated = first();
    illustrated.files = vec![
        FileBeside {
            name: "atelier.png".into(),
            data: STANDARD.encode(PICTURE),
        },
        FileBeside {
            name: "lieux.csv".into(),
            data: STANDARD.encode("name,label\n"),
        },
    ];
    let form = add(&world.office, illustrated);
    assign(&world, &form);
    let tried = DeskRequest::Library(LibraryRequest::Preview {
        hash: form.hash.clone(),
        request: Box::new(Request::ReadMedia {
            rec: String::new(),
            name: "atelier.png".into(),
        }),
    });
    assert_eq!(world.office.file(tried).1, PICTURE);

    let ana = world.delegate("Ana");
    ana.send();
    let address = world.stop_server();
    let rec = begin(&ana);
    assert_eq!(read_media(&ana, &rec).as_deref(), Ok(PICTURE));
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
    assert_eq!(read_media(&ana, &rec), Err(Failure::NotFound));
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
    let preview = |request: Request| {
        world
            .office
            .ask(DeskRequest::Library(LibraryRequest::Preview {
                hash: form.hash.clone(),
                request: Box::new(request),
            }))
    };
    let start = Request::StartResponse {
        form: "visite".into(),
        lang: "fr".into(),
    };
    let Answer::Form(view) = preview(start) else {
        panic!("a session");
    };
    let set = Request::SetAnswer {
        rec: view.rec.clone(),
        node: "/data/salaire".into(),
        value: "beaucoup".into(),
    };
    let Answer::Answered(answered) = preview(set) else {
        panic!("an answer");
    };
    assert!(
        answered.nodes.iter().any(|node| node.violation.is_some()),
        "the rules of the form hold as on a phone"
    );
    let check = Request::CheckResponse {
        rec: view.rec.clone(),
    };
    assert!(matches!(preview(check), Answer::Problems(problems) if problems.len() == 1));
    assert_eq!(world.office.store.dump(), before);
    let outside = DeskRequest::Library(LibraryRequest::Preview {
        hash: form.hash.clone(),
        request: Box::new(Request::Lock),
    });
    assert_eq!(
        world.office.try_ask(outside),
        Err(Failure::Refused("preview".into()))
    );
}

#[test]
fn a_mission_begins_with_forms_of_the_library_and_each_is_a_sheet_of_paper() {
    let world = world();
    let form = add(&world.office, first());
    let mission = vigie_backend::protocol::NewMission {
        name: "Mission Honduras".into(),
        kind: "observation".into(),
        starts: "2026-11-01".into(),
        ends: "2026-11-20".into(),
        languages: vec!["fr".into()],
        keep_readable: true,
        share_with_team: false,
        record_time: false,
        forms: vec![form.hash.clone().into()],
    };
    let Answer::Desk(DeskAnswer::OfficeMissions(missions)) =
        world.office.ask(DeskRequest::CreateMission { mission })
    else {
        panic!("missions");
    };
    let honduras = missions.iter().find(|one| one.name == "Mission Honduras");
    assert_eq!(honduras.expect("just made").forms[0].id, "visite");
    let request = LibraryRequest::Paper {
        hash: form.hash,
        lang: "fr".into(),
    };
    let LibraryAnswer::Paper(sheet) = library(&world.office, request) else {
        panic!("a sheet");
    };
    let labels: Vec<&str> = sheet.items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(labels, ["Lieu", "Salaire", "Remarque"]);
}
