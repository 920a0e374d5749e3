//! The questionnaires of `forms/` run whole: converted, read, answered by someone at random in each language, left and
//! taken up again, finished.
#![cfg(feature = "xlsform")]

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vigie_forms::xlsform::{self, Options, Workbook};
use vigie_forms::{
    Control, DataType, Env, Form, NodeKind, NodeView, Now, PageKind, Session, xform,
};

struct Device {
    dice: Cell<u64>,
}

impl Env for Device {
    fn now(&self) -> Now {
        Now {
            millis: 1_795_600_000_000,
            offset: -300,
        }
    }
    fn random(&self) -> u64 {
        let mut x = self.dice.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.dice.set(x);
        x
    }
    fn property(&self, name: &str) -> Option<String> {
        (name == "deviceid").then(|| "test:device".to_owned())
    }
}

fn device(seed: u64) -> Box<Device> {
    Box::new(Device {
        dice: Cell::new(seed),
    })
}

fn questionnaires() -> Vec<(String, Arc<Form>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../forms");
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of questionnaires") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "xlsx") {
            continue;
        }
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let form = form_of(&workbook(&path), &name);
        out.push((name, form));
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(out.len(), 7, "all seven questionnaires");
    out
}

fn workbook(path: &Path) -> Workbook {
    xlsform::read(&std::fs::read(path).expect("a readable file")).expect("a workbook")
}

fn form_of(workbook: &Workbook, name: &str) -> Arc<Form> {
    let options = Options {
        name: "data".into(),
        id: name.to_owned(),
    };
    let converted = xlsform::convert(workbook, &options)
        .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let read = xform::read_alone(&converted.xml);
    for problem in &read.problems {
        println!("{name}: {problem}");
    }
    let form = read
        .form
        .unwrap_or_else(|| panic!("{name}: {:?}", read.problems));
    Arc::new(Form::from_json(&form.to_json()).expect("a form that travels"))
}

/// An answer that fits, if not always the constraint.
fn answer(view: &NodeView, dice: &dyn Env) -> String {
    let pick = |n: usize| (dice.random() >> 16) as usize % n.max(1);
    match view.control {
        Some(Control::SelectOne) => view
            .choices
            .get(pick(view.choices.len()))
            .map(|c| c.value.clone())
            .unwrap_or_default(),
        Some(Control::SelectMultiple) => {
            let chosen = view
                .choices
                .iter()
                .filter(|_| pick(3) == 0)
                .map(|c| c.value.clone())
                .collect::<Vec<_>>();
            if chosen.is_empty() {
                view.choices
                    .first()
                    .map(|c| c.value.clone())
                    .unwrap_or_default()
            } else {
                chosen.join(" ")
            }
        }
        Some(Control::Rank) => view
            .choices
            .iter()
            .rev()
            .map(|c| c.value.clone())
            .collect::<Vec<_>>()
            .join(" "),
        Some(Control::Trigger) => "OK".into(),
        Some(Control::Upload) => "photo.jpg".into(),
        Some(Control::Range) => {
            let scale = view.parameters.scale.expect("a scale");
            scale.written(scale.start)
        }
        _ => match view.data_type {
            DataType::Int => ["1", "5", "12", "40", "3"][pick(5)].into(),
            DataType::Decimal => ["1.5", "20", "40.25"][pick(3)].into(),
            DataType::Date => ["2026-11-20", "2026-03-01", "2025-01-15"][pick(3)].into(),
            DataType::Time => "08:30:00.000-05:00".into(),
            DataType::DateTime => "2026-11-20T08:30:00.000-05:00".into(),
            DataType::Geopoint => "45.5 -73.6 0 5".into(),
            DataType::Boolean => "true".into(),
            _ => ["été", "a", "Hôtel à Montréal", "quelqu’un@example.org"][pick(4)].into(),
        },
    }
}

fn fill(session: &mut Session, dice: &dyn Env) {
    for repeat in session
        .pages()
        .into_iter()
        .filter(|page| page.kind == PageKind::Rows)
    {
        let view = session.view(repeat.id).expect("a repeat");
        if view.may_change && view.count < 2 {
            session.add_repeat(repeat.id).expect("a row");
        }
    }
    for _ in 0..12 {
        let mut open = 0;
        for id in session.nodes() {
            let Ok(view) = session.view(id) else { continue };
            let asked = view.kind == NodeKind::Question && view.relevant && !view.readonly;
            if asked
                && view.control != Some(Control::Note)
                && (view.value.is_empty() || view.violation.is_some())
            {
                open += 1;
                let value = answer(&view, dice);
                session.answer(id, &value).expect("an answer");
                assert_eq!(
                    session.view(id).expect("the same node").value,
                    value,
                    "{}",
                    view.path
                );
            }
        }
        if open == 0 {
            break;
        }
    }
}

#[test]
fn each_questionnaire_is_filled_to_the_end_in_each_language() {
    for (name, form) in questionnaires() {
        assert!(
            form.languages().len() >= 3,
            "{name} speaks {:?}",
            form.languages()
        );
        for (seed, language) in form.languages().to_vec().iter().enumerate() {
            let dice = device(77 + seed as u64);
            let mut session = Session::new(Arc::clone(&form), device(5));
            session.set_language(language);
            assert!(!session.pages().is_empty(), "{name} has no page");
            fill(&mut session, &*dice);
            for id in session.nodes() {
                let view = session.view(id).expect("a node");
                if view.kind == NodeKind::Question && view.relevant {
                    let label = view
                        .label
                        .unwrap_or_else(|| panic!("{name}: {} has no label", view.path));
                    assert!(
                        !label.text.trim().is_empty(),
                        "{name}: {} has an empty label in {language}",
                        view.path
                    );
                }
            }
            let problems = session.validate();
            let stuck: Vec<_> = problems
                .iter()
                .filter(|p| session.view(p.id).is_ok_and(|v| v.value.is_empty()))
                .collect();
            assert!(stuck.is_empty(), "{name} in {language}: {stuck:?}");
            let draft = session.snapshot();
            let again = Session::restore(Arc::clone(&form), draft.clone(), device(6));
            assert_eq!(again.snapshot(), draft, "{name} in {language}");
            assert!(again.orphans().is_empty());
            let submission = session.submission();
            assert!(submission.answers.len() > 3, "{name}: {submission:?}");
            assert!(session.instance_xml().starts_with("<data"), "{name}");
        }
    }
}

#[test]
fn each_questionnaire_has_a_title_in_each_language() {
    for (name, form) in questionnaires() {
        let titles = form.titles();
        let languages: Vec<&str> = titles.keys().map(String::as_str).collect();
        assert_eq!(languages, ["en", "es", "fr"], "{name}");
        assert!(titles.values().all(|title| !title.is_empty()), "{name}");
    }
}

#[test]
fn a_sensitive_question_may_always_be_skipped() {
    let mut marked = 0;
    for (name, form) in questionnaires() {
        let dice = device(11);
        let defs = form.source().defs.iter();
        let sensible: Vec<String> = defs
            .filter(|def| def.bind.extra.contains_key("sensible"))
            .map(|def| def.name.clone())
            .collect();
        let mut session = Session::new(form, device(5));
        fill(&mut session, &*dice);
        for id in session.nodes() {
            let view = session.view(id).expect("a node");
            if sensible.contains(&view.name) {
                marked += 1;
                assert!(!view.required, "{name}: {}", view.path);
            }
        }
    }
    assert!(marked > 15, "the mark is lost: {marked}");
}

#[test]
fn every_country_leads_to_a_place_from_the_lists_or_in_words() {
    let all = questionnaires();
    let (_, form) = all
        .iter()
        .find(|(name, _)| name == "conditions_travail_long")
        .expect("the long questionnaire");
    let mut session = Session::new(Arc::clone(form), device(5));
    let find = |session: &Session, name: &str| {
        let id = session
            .find(&format!("/data/lieu/{name}"))
            .expect("a question of the workplace");
        (id, session.view(id).expect("the question"))
    };
    let codes = |view: &NodeView| {
        let choices = view.choices.iter().map(|choice| choice.value.clone());
        choices.collect::<Vec<String>>()
    };
    let (country, countries) = find(&session, "pays");
    assert_eq!(countries.choices.len(), 14);
    for code in codes(&countries) {
        session.answer(country, &code).expect("a country");
        let (region, regions) = find(&session, "region");
        if !regions.relevant {
            assert!(find(&session, "lieu_precis").1.relevant, "{code}");
            continue;
        }
        assert!(regions.choices.len() > 5, "{code}: {:?}", codes(&regions));
        for code in codes(&regions) {
            session.answer(region, &code).expect("a region");
            let (town, towns) = find(&session, "ville");
            if !towns.relevant {
                assert!(find(&session, "lieu_precis").1.relevant, "{code}");
                continue;
            }
            let last = codes(&towns).pop().expect("a town of the region");
            assert_eq!(last, format!("autre_{code}"));
            session.answer(town, &last).expect("another town");
            assert!(find(&session, "lieu_precis").1.relevant, "{last}");
        }
    }
}

/// The figures are the office's: the workbook has columns for them beside the countries, and says nothing where they are empty.
#[test]
fn her_pay_stands_beside_the_wages_that_the_office_wrote_down() {
    let name = "conditions_travail_court";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../forms/{name}.xlsx"));
    let mut workbook = workbook(&path);
    let asked = |form: Arc<Form>, country: &str, period: &str| {
        let mut session = Session::new(form, device(5));
        session.set_language("fr");
        for (question, value) in [
            ("consentement_groupe/consentement", "oui"),
            ("travail/pays", country),
            ("contrat_paie/paie_periode", period),
            ("contrat_paie/paie_montant", "500"),
            ("heures/heures_jour", "8"),
            ("heures/jours_semaine", "6"),
        ] {
            let id = session.find(&format!("/data/{question}"));
            session
                .answer(id.expect("a question"), value)
                .expect("an answer");
        }
        ["retour_minimum", "retour_vital"].map(|note| {
            let id = session.find(&format!("/data/retour/{note}"));
            let view = session.view(id.expect("a note")).expect("its view");
            let label = view.label.filter(|_| view.relevant)?;
            Some(label.text.replace('\u{a0}', " "))
        })
    };
    assert_eq!(asked(form_of(&workbook, name), "HT", "jour"), [None, None]);
    let choices = workbook
        .sheets
        .iter_mut()
        .find(|sheet| sheet.name == "choices");
    let rows = &mut choices.expect("the lists").rows;
    let columns = rows[0].clone();
    let haiti = rows.iter_mut().find(|row| row[..2] == ["pays", "HT"]);
    let haiti = haiti.expect("Haiti");
    haiti.resize(columns.len(), String::new());
    for (column, value) in [
        ("monnaie", "HTG"),
        ("minimum_mois", "9000"),
        ("salaire_sources", "un arrêté, à sa date"),
    ] {
        let place = columns.iter().position(|name| name == column);
        haiti[place.expect("a column")] = value.to_owned();
    }
    let form = form_of(&workbook, name);
    let [minimum, living] = asked(Arc::clone(&form), "HT", "jour");
    let minimum = minimum.expect("what the law says");
    for said in ["9000 HTG", "13000", "un arrêté, à sa date"] {
        assert!(minimum.contains(said), "{minimum}");
    }
    assert_eq!(living, None, "nobody wrote it down");
    for (period, month) in [
        ("heure", "104000"),
        ("semaine", "2167"),
        ("quinzaine", "1083"),
        ("mois", "500"),
    ] {
        let [minimum, _] = asked(Arc::clone(&form), "HT", period);
        let minimum = minimum.expect("what the law says");
        assert!(
            minimum.contains(&format!("**{month}**")),
            "{period}: {minimum}"
        );
    }
    // By the piece, nobody knows what a month is; of another country, nothing was written down.
    assert_eq!(asked(Arc::clone(&form), "HT", "piece"), [None, None]);
    assert_eq!(asked(form, "BD", "jour"), [None, None]);
}
