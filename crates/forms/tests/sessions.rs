//! What a session promises, one sentence at a time.
#![cfg(feature = "xform")]

use std::cell::Cell;
use std::sync::Arc;
use vigie_forms::{
    Draft, Env, Form, NodeId, Now, OutlineNode, PageKind, Refused, Session, Severity,
    ViolationKind, xform,
};

struct Device(Cell<u64>);

impl Env for Device {
    fn now(&self) -> Now {
        Now {
            millis: 1_795_600_000_000,
            offset: -300,
        }
    }
    fn random(&self) -> u64 {
        self.0.set(
            self.0
                .get()
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        );
        self.0.get()
    }
    fn property(&self, name: &str) -> Option<String> {
        (name == "deviceid").then(|| "phone:1".to_owned())
    }
}

fn device() -> Box<Device> {
    Box::new(Device(Cell::new(7)))
}

fn xml(instance: &str, model: &str, body: &str) -> String {
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:v="urn:vigie"><h:head><h:title>T</h:title><model><instance><data id="t" version="1">{instance}</data></instance>{model}</model></h:head><h:body>{body}</h:body></h:html>"#
    )
}

fn form(instance: &str, model: &str, body: &str) -> Arc<Form> {
    let read = xform::read_alone(&xml(instance, model, body));
    Arc::new(read.form.unwrap_or_else(|| panic!("{:?}", read.problems)))
}

fn session(instance: &str, model: &str, body: &str) -> Session {
    Session::new(form(instance, model, body), device())
}

fn id(session: &Session, path: &str) -> NodeId {
    session
        .find(path)
        .unwrap_or_else(|| panic!("no node at {path}"))
}

fn set(session: &mut Session, path: &str, value: &str) {
    let id = id(session, path);
    session
        .answer(id, value)
        .unwrap_or_else(|error| panic!("{path}: {error}"));
}

fn value(session: &Session, path: &str) -> String {
    session.view(id(session, path)).expect("a view").value
}

fn violation(session: &Session, path: &str) -> Option<ViolationKind> {
    session
        .view(id(session, path))
        .expect("a view")
        .violation
        .map(|violation| violation.kind)
}

#[test]
fn a_wrong_answer_is_kept_in_sight_and_out_of_every_sum() {
    let mut s = session(
        "<a/><b/>",
        r#"<bind nodeset="/data/a" type="int"/><bind nodeset="/data/b" calculate="coalesce(/data/a, 'none')"/>"#,
        r#"<input ref="/data/a"><label>A</label></input>"#,
    );
    set(&mut s, "/data/a", "douze");
    assert_eq!(value(&s, "/data/a"), "douze");
    assert_eq!(violation(&s, "/data/a"), Some(ViolationKind::Type));
    assert_eq!(value(&s, "/data/b"), "none");
    let again = Session::restore(Arc::clone(s.form()), s.snapshot(), device());
    assert_eq!(value(&again, "/data/a"), "douze");
    assert!(s.finish().is_err());
    set(&mut s, "/data/a", "12");
    assert_eq!(
        (violation(&s, "/data/a"), value(&s, "/data/b")),
        (None, "12".into())
    );
}

/// Where functions of few forms come behind a page, it looks for them before anybody begins.
#[test]
fn a_function_of_few_forms_is_found_wherever_a_form_calls_it() {
    let asked = |calculate: &str, constraint: &str, label: &str| {
        let model = format!(
            r#"<bind nodeset="/data/a" type="string" calculate="{calculate}"/><bind nodeset="/data/b" type="string" constraint="{constraint}"/>"#
        );
        let body =
            format!(r#"<input ref="/data/b"><label>B <output value="{label}"/></label></input>"#);
        form("<a/><b/>", &model, &body).is_rare()
    };
    assert!(!asked(
        "concat(/data/b, uuid())",
        "selected(., 'x')",
        "/data/a"
    ));
    assert!(asked("digest(/data/b, 'MD5')", "true()", "/data/a"));
    assert!(asked(
        "1",
        "string-length(translate(., 'x', '')) = 0",
        "/data/a"
    ));
    assert!(asked("1", "true()", "if(/data/b = 'x', sin(1), 2)"));
    assert!(asked(
        "count(/data/b[local-name() = 'b'])",
        "true()",
        "/data/a"
    ));
}

#[test]
fn an_answer_out_of_sight_comes_back_with_its_question() {
    let mut s = session(
        "<a/><b/><c/>",
        r#"<bind nodeset="/data/b" relevant="/data/a = 'yes'" required="true()"/><bind nodeset="/data/c" calculate="string-length(/data/b)"/>"#,
        r#"<input ref="/data/a"/><input ref="/data/b"><label>B</label></input>"#,
    );
    assert!(s.validate().is_empty());
    set(&mut s, "/data/a", "yes");
    assert_eq!(violation(&s, "/data/b"), Some(ViolationKind::Required));
    set(&mut s, "/data/b", "ici");
    let b = id(&s, "/data/b");
    let a = id(&s, "/data/a");
    let changes = s.answer(a, "no").expect("an answer");
    assert!(changes.structure && changes.nodes.contains(&b));
    assert_eq!(
        (value(&s, "/data/b"), value(&s, "/data/c")),
        (String::new(), "0".into())
    );
    assert!(
        s.submission()
            .answers
            .iter()
            .all(|answer| answer.field != "/data/b")
    );
    set(&mut s, "/data/a", "yes");
    assert_eq!(
        (value(&s, "/data/b"), value(&s, "/data/c")),
        ("ici".into(), "3".into())
    );
}

#[test]
fn a_choice_that_is_not_offered_any_more_is_kept_for_when_it_is() {
    let list = r#"<instance id="l"><root><item><n>mtl</n><r>qc</r></item><item><n>qbc</n><r>qc</r></item><item><n>gua</n><r>gt</r></item></root></instance>"#;
    let mut s = session(
        "<r/><t/>",
        list,
        r#"<input ref="/data/r"/><select ref="/data/t"><itemset nodeset="instance('l')/root/item[r = /data/r]"><value ref="n"/><label ref="n"/></itemset></select>"#,
    );
    set(&mut s, "/data/r", "qc");
    set(&mut s, "/data/t", "qbc mtl");
    assert_eq!(
        value(&s, "/data/t"),
        "mtl qbc",
        "in the order of the choices"
    );
    set(&mut s, "/data/r", "gt");
    assert_eq!(value(&s, "/data/t"), "");
    let mut again = Session::restore(Arc::clone(s.form()), s.snapshot(), device());
    set(&mut again, "/data/r", "qc");
    assert_eq!(value(&again, "/data/t"), "mtl qbc");
}

#[test]
fn a_draft_meets_a_newer_form_and_nothing_is_dropped() {
    let old = form(
        "<a/><b/><r jr:template=\"\"><x/></r><r><x/></r>",
        "",
        r#"<input ref="/data/a"/><input ref="/data/b"/><repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat>"#,
    );
    let new = form(
        "<a/><c/><r jr:template=\"\"><y/><x/></r>",
        "",
        r#"<input ref="/data/a"/><input ref="/data/c"/><repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat>"#,
    );
    let mut s = Session::new(Arc::clone(&old), device());
    set(&mut s, "/data/a", "1");
    set(&mut s, "/data/b", "2");
    let range = id(&s, "/data/r");
    s.add_repeat(range).expect("a row");
    set(&mut s, "/data/r[2]/x", "3");
    let place = id(&s, "/data/b");
    s.set_position(place);
    let json = serde_json::to_string(&s.snapshot()).expect("JSON");
    let draft: Draft = serde_json::from_str(&json).expect("a draft");
    let again = Session::restore(Arc::clone(&new), draft, device());
    assert_eq!(
        (value(&again, "/data/a"), value(&again, "/data/r[2]/x")),
        ("1".into(), "3".into())
    );
    assert_eq!(again.orphans(), [("/data/b".to_owned(), "2".to_owned())]);
    assert_eq!(again.position(), None);
    // Back to a form that has the question: the orphan finds its place.
    let home = Session::restore(old, again.snapshot(), device());
    assert_eq!(value(&home, "/data/b"), "2");
    assert!(home.orphans().is_empty());
}

#[test]
fn rows_are_added_removed_moved_and_numbered() {
    let mut s = session(
        "<r jr:template=\"\"><n/><x/></r><all/>",
        r#"<bind nodeset="/data/r/n" calculate="position(..)"/><bind nodeset="/data/all" calculate="join('', /data/r/x)"/>"#,
        r#"<group ref="/data/r"><label>Rows</label><repeat nodeset="/data/r"><input ref="/data/r/x"><label>X</label></input></repeat></group>"#,
    );
    let range = id(&s, "/data/r");
    for letter in ["a", "b", "c"] {
        let changes = s.add_repeat(range).expect("a row");
        assert_eq!(changes.added.len(), 1);
        let path = format!("{}/x", s.view(changes.added[0]).expect("a row").path);
        set(&mut s, &path, letter);
    }
    assert_eq!(value(&s, "/data/all"), "abc");
    let third = id(&s, "/data/r[3]");
    s.move_repeat(third, 0).expect("a move");
    assert_eq!(
        (value(&s, "/data/all"), value(&s, "/data/r[1]/n")),
        ("cab".into(), "1".into())
    );
    assert_eq!(s.find("/data/r[1]"), Some(third), "the same row, elsewhere");
    let second = id(&s, "/data/r[2]");
    let changes = s.remove_repeat(second).expect("a row less");
    assert!(changes.removed.contains(&second));
    assert_eq!(
        (value(&s, "/data/all"), value(&s, "/data/r[2]/n")),
        ("cb".into(), "2".into())
    );
    assert_eq!(s.view(second), Err(Refused::Gone));
    assert_eq!(s.answer(range, "x"), Err(Refused::NotAnswerable));
    let kinds: Vec<PageKind> = s.pages().iter().map(|page| page.kind).collect();
    assert_eq!(
        kinds,
        [PageKind::Rows, PageKind::Question, PageKind::Question]
    );
    let submission = s.submission();
    let rows: Vec<(u32, &str)> = submission
        .rows
        .iter()
        .map(|row| (row.index, row.answers[1].value.as_str()))
        .collect();
    assert_eq!(rows, [(1, "c"), (2, "b")]);
}

#[test]
fn a_calculation_that_reads_the_row_before_runs_through_all_rows() {
    let mut s = session(
        "<r jr:template=\"\"><x/><t/></r>",
        r#"<bind nodeset="/data/r/x" type="int"/><bind nodeset="/data/r/t" calculate="coalesce(indexed-repeat(/data/r/t, /data/r, position(..) - 1), 0) + coalesce(../x, 0)"/>"#,
        r#"<repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat>"#,
    );
    let range = id(&s, "/data/r");
    for row in 1..=6 {
        s.add_repeat(range).expect("a row");
        set(&mut s, &format!("/data/r[{row}]/x"), "2");
    }
    assert_eq!(value(&s, "/data/r[6]/t"), "12");
    set(&mut s, "/data/r[1]/x", "10");
    assert_eq!(value(&s, "/data/r[6]/t"), "20");
    let first = id(&s, "/data/r[1]");
    s.remove_repeat(first).expect("a row less");
    assert_eq!(value(&s, "/data/r[5]/t"), "10");
}

#[test]
fn facts_of_the_moment_and_the_device_are_put_once() {
    let mut s = session(
        "<start/><end/><today/><dev/><meta><instanceID/></meta>",
        r#"<bind nodeset="/data/start" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/><bind nodeset="/data/end" type="dateTime" jr:preload="timestamp" jr:preloadParams="end"/><bind nodeset="/data/today" type="date" jr:preload="date" jr:preloadParams="today"/><bind nodeset="/data/dev" jr:preload="property" jr:preloadParams="deviceid"/><bind nodeset="/data/meta/instanceID" jr:preload="uid"/>"#,
        "",
    );
    assert_eq!(value(&s, "/data/today"), "2026-11-25");
    assert_eq!(value(&s, "/data/dev"), "phone:1");
    assert!(value(&s, "/data/meta/instanceID").starts_with("uuid:"));
    assert_eq!(value(&s, "/data/end"), "");
    let submission = s.finish().expect("nothing is missing");
    assert!(
        submission
            .answers
            .iter()
            .any(|answer| answer.field == "/data/end")
    );
    let again = Session::restore(Arc::clone(s.form()), s.snapshot(), device());
    assert_eq!(
        value(&again, "/data/meta/instanceID"),
        value(&s, "/data/meta/instanceID")
    );
}

#[test]
fn what_a_bind_says_beyond_xforms_is_carried_to_the_office() {
    let mut s = session(
        "<a/>",
        r#"<bind nodeset="/data/a" v:sensible="yes"/>"#,
        r#"<input ref="/data/a"><label>A</label></input>"#,
    );
    set(&mut s, "/data/a", "<&>");
    assert!(s.submission().answers[0].sensible);
    assert_eq!(
        s.instance_xml(),
        r#"<data xmlns="http://www.w3.org/2002/xforms" id="t" version="1"><a>&lt;&amp;&gt;</a></data>"#
    );
}

#[test]
fn every_problem_of_a_form_is_told_with_its_place() {
    let text = xml(
        "<a/><b/><c/>",
        "<bind nodeset=\"/data/a\" relevant=\"nope(1)\"/>\n<bind nodeset=\"/data/b\" calculate=\"/data/c\"/>\n<bind nodeset=\"/data/c\" calculate=\"/data/b\"/>\n<bind nodeset=\"/data/zzz\" type=\"string\"/><bind nodeset=\"/data/a\" constraint=\"1 +\"/>",
        r#"<input ref="/data/a"/><blink ref="/data/a"/>"#,
    );
    let read = xform::read_alone(&text);
    assert!(read.form.is_none());
    let told = |severity: Severity| -> Vec<&str> {
        let mut codes: Vec<&str> = read
            .problems
            .iter()
            .filter(|p| p.severity == severity)
            .map(|p| p.code.as_str())
            .collect();
        codes.sort_unstable();
        codes
    };
    assert_eq!(
        told(Severity::Error),
        ["bad-expression", "cycle", "unknown-function"]
    );
    assert_eq!(
        told(Severity::Warning),
        ["bind-without-node", "unknown-element"]
    );
    let cycle = read
        .problems
        .iter()
        .find(|p| p.code == "cycle")
        .expect("a circle");
    assert!(
        cycle.subject.contains("/data/b → /data/c"),
        "{}",
        cycle.subject
    );
    let unknown = read
        .problems
        .iter()
        .find(|p| p.code == "unknown-function")
        .expect("a function");
    assert!(matches!(unknown.place, vigie_forms::Place::Xml { line: 1, column } if column > 100));
}

#[test]
fn a_language_changes_every_label_and_no_answer() {
    let itext = r#"<itext><translation lang="Français (fr)" default="true()"><text id="q"><value>Combien, <output value="/data/n"/>?</value><value form="image">jr://images/un.png</value></text></translation><translation lang="English (en)"><text id="q"><value>How many, <output value="/data/n"/>?</value></text></translation></itext>"#;
    let mut s = session(
        "<n/><q/>",
        itext,
        r#"<input ref="/data/n"/><input ref="/data/q"><label ref="jr:itext('q')"/></input>"#,
    );
    set(&mut s, "/data/n", "Rosa");
    let q = id(&s, "/data/q");
    let label = s.view(q).expect("a view").label.expect("a label");
    assert_eq!(
        (label.text.as_str(), label.media.image.as_deref()),
        ("Combien, Rosa?", Some("un.png"))
    );
    assert!(s.set_language("English (en)").nodes.contains(&q));
    assert_eq!(
        s.view(q).expect("a view").label.expect("a label").text,
        "How many, Rosa?"
    );
    assert!(s.set_language("Klingon").is_empty());
    let complete = vigie_forms::library::languages(s.form().source());
    let lacks: Vec<Vec<&str>> = complete
        .iter()
        .map(|language| {
            language
                .missing
                .iter()
                .map(|text| text.part.as_str())
                .collect()
        })
        .collect();
    assert_eq!(lacks, [vec![], vec!["image"]], "the picture has no English");
}

/// A device that has a last saved response.
#[derive(Clone)]
struct After(Draft);

impl Env for After {
    fn now(&self) -> Now {
        device().now()
    }
    fn random(&self) -> u64 {
        7
    }
    fn property(&self, _: &str) -> Option<String> {
        None
    }
    fn last_saved(&self) -> Option<Draft> {
        Some(self.0.clone())
    }
}

#[test]
fn a_response_starts_from_the_one_before_it() {
    let model = r#"<instance id="__last-saved" src="jr://instance/last-saved"/><setvalue event="odk-instance-first-load" ref="/data/a" value="instance('__last-saved')/data/a"/><bind nodeset="/data/b" calculate="instance('__last-saved')/data/a"/>"#;
    let form = form("<a/><b/>", model, r#"<input ref="/data/a"/>"#);
    let mut first = Session::new(Arc::clone(&form), device());
    assert_eq!(value(&first, "/data/a"), "");
    set(&mut first, "/data/a", "Port-au-Prince");
    let after = After(first.snapshot());
    let second = Session::new(Arc::clone(&form), Box::new(after.clone()));
    assert_eq!(value(&second, "/data/a"), "Port-au-Prince");
    // What was answered since stands; what is only read is still there.
    let again = Session::restore(form, second.snapshot(), Box::new(after));
    assert_eq!(value(&again, "/data/b"), "Port-au-Prince");
}

#[test]
fn a_page_says_which_questions_it_asks_and_the_outline_where() {
    let s = session(
        r#"<a/><g><x/><y/></g><r jr:template=""><n/></r><r><n>Rose</n></r><r><n/></r>"#,
        r#"<bind nodeset="/data/g/y" required="true()"/>"#,
        r#"<input ref="/data/a"><label>A</label></input><group ref="/data/g" appearance="field-list"><input ref="/data/g/x"/><input ref="/data/g/y"/></group><group ref="/data/r"><label>R</label><repeat nodeset="/data/r"><input ref="/data/r/n"/></repeat></group>"#,
    );
    let pages = s.pages();
    let told: Vec<(usize, usize, usize)> = pages
        .iter()
        .map(|page| (page.first, page.counts.questions, page.counts.missing))
        .collect();
    assert_eq!(
        told,
        [(1, 1, 0), (2, 2, 1), (4, 0, 0), (4, 1, 0), (5, 1, 0)]
    );
    let asked: usize = pages.iter().map(|page| page.counts.questions).sum();
    let answered: usize = pages.iter().map(|page| page.counts.answered).sum();
    assert_eq!(s.progress(), (answered, asked));

    fn lines(branches: &[OutlineNode], out: &mut Vec<(String, usize, bool)>) {
        for branch in branches {
            out.push((branch.path.clone(), branch.page, branch.shown));
            lines(&branch.inside, out);
        }
    }
    let mut outline = Vec::new();
    lines(&s.outline(&pages), &mut outline);
    let outline: Vec<(&str, usize, bool)> = outline
        .iter()
        .map(|(path, page, shown)| (path.as_str(), *page, *shown))
        .collect();
    assert_eq!(
        outline,
        [
            ("/data/a", 0, true),
            ("/data/g", 1, true),
            ("/data/g/x", 1, true),
            ("/data/g/y", 1, true),
            ("/data/r", 2, true),
            ("/data/r[1]", 3, false),
            ("/data/r[1]/n", 3, true),
            ("/data/r[2]", 4, false),
            ("/data/r[2]/n", 4, true),
        ]
    );
}

#[test]
fn a_row_is_told_by_its_first_answers_as_they_change() {
    let mut s = session(
        r#"<r jr:template=""><n/><t/></r><r><n/><t/></r>"#,
        "",
        r#"<group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/n"/><select ref="/data/r/t"><item><value>a</value><label>Chaud</label></item><item><value>b</value><label>Froid</label></item></select></repeat></group>"#,
    );
    let row = id(&s, "/data/r[1]");
    let changes = s.answer(id(&s, "/data/r[1]/t"), "b a").expect("a question");
    assert!(changes.nodes.contains(&row));
    set(&mut s, "/data/r[1]/n", "Rose");
    assert_eq!(
        s.view(row).expect("a row").summary,
        ["Rose", "Chaud, Froid"]
    );
}

#[test]
fn a_ranking_shows_all_its_choices_however_many() {
    let items: String = (0..60)
        .map(|n| format!("<item><value>c{n}</value><label>{n}</label></item>"))
        .collect();
    let body = format!(
        r#"<odk:rank xmlns:odk="http://www.opendatakit.org/xforms" ref="/data/a">{items}</odk:rank>"#
    );
    let mut s = session("<a/>", "", &body);
    let a = id(&s, "/data/a");
    assert_eq!(s.view(a).expect("a view").choices.len(), 60);
    set(&mut s, "/data/a", "c59 c3");
    let said = s.view(a).expect("a view").value;
    assert!(said.starts_with("c59 c3 c0 c1 c2 c4 "), "{said}");
    assert_eq!(said.split(' ').count(), 60);
}

#[test]
fn two_questions_that_leave_out_what_the_other_chose_are_no_circle() {
    let list =
        r#"<instance id="l"><root><item><n>x</n></item><item><n>y</n></item></root></instance>"#;
    let select = |me: &str, other: &str| {
        format!(
            r#"<select1 ref="/data/{me}"><itemset nodeset="instance('l')/root/item[not(selected(/data/{other}, n))]"><value ref="n"/></itemset></select1>"#
        )
    };
    let body = select("a", "b") + &select("b", "a");
    let mut s = session("<a/><b/>", list, &body);
    set(&mut s, "/data/a", "x");
    let b = s.view(id(&s, "/data/b")).expect("a view");
    assert_eq!(
        b.choices
            .iter()
            .map(|choice| choice.value.as_str())
            .collect::<Vec<_>>(),
        ["y"]
    );
    set(&mut s, "/data/b", "y");
    assert_eq!(
        (value(&s, "/data/a"), value(&s, "/data/b")),
        ("x".into(), "y".into())
    );
}

#[test]
fn a_draft_and_a_form_are_written_as_every_version_reads_them() {
    let mut s = session(
        "<a/><r jr:template=\"\"><x/></r><r><x/></r>",
        r#"<bind nodeset="/data/a" type="int" required="true()"/>"#,
        r#"<input ref="/data/a"><label>A</label></input><repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat>"#,
    );
    set(&mut s, "/data/a", "4");
    let draft = serde_json::to_string(&s.snapshot()).expect("JSON");
    assert_eq!(
        draft,
        r#"{"form":"t","version":"1","rows":[["/data/r",1]],"answers":[["/data/a","4"]]}"#
    );
    let json = s.form().to_json();
    let wanted = r#""exprs":["true()"],"defs":[{"n":"data","ns":"http://www.w3.org/2002/xforms","k":"group","a":[["id","","t"],["version","","1"]]},{"n":"a","ns":"http://www.w3.org/2002/xforms","p":0,"i":{"t":"int","req":0},"b":0},{"n":"r","ns":"http://www.w3.org/2002/xforms","p":0,"k":"repeat","r":1,"b":1},{"n":"x","ns":"http://www.w3.org/2002/xforms","p":2,"b":2}],"rows":[{"r":2}],"body":[{"k":{"control":"input"},"d":1,"l":{"parts":["A"]}},{"k":{"repeat":{}},"d":2},{"k":{"control":"input"},"p":1,"d":3}]}"#;
    assert!(json.ends_with(wanted), "{json}");
    assert_eq!(Form::from_json(&json).expect("a form").to_json(), json);
}

#[test]
fn what_is_inside_a_row_comes_in_order_and_a_value_is_not_shown() {
    let mut s = session(
        r#"<r jr:template=""><g><x/></g><y/><t/></r>"#,
        r#"<bind nodeset="/data/r/t" calculate="1"/><bind nodeset="/data/r/y" relevant="../g/x = 'a'"/>"#,
        r#"<repeat nodeset="/data/r"><group ref="/data/r/g"><input ref="/data/r/g/x"/></group><input ref="/data/r/y"/></repeat>"#,
    );
    let range = id(&s, "/data/r");
    s.add_repeat(range).expect("a row");
    let row = s.add_repeat(range).expect("a row").added[0];
    let paths = |s: &Session| -> Vec<String> {
        let inside = s.inside(row).into_iter();
        inside.filter_map(|node| s.path_of(node)).collect()
    };
    let all = ["", "/g", "/g/x", "/y", "/t"].map(|path| format!("/data/r[2]{path}"));
    assert_eq!(paths(&s), all);
    let shown = |s: &Session| {
        s.inside(row)
            .into_iter()
            .filter(|node| s.is_shown(*node))
            .count()
    };
    assert_eq!(shown(&s), 3);
    set(&mut s, "/data/r[2]/g/x", "a");
    assert_eq!(shown(&s), 4);
}

#[test]
fn a_group_on_one_screen_is_titled_before_its_questions() {
    let s = session(
        "<g><x/><y/></g>",
        "",
        r#"<group ref="/data/g" appearance="field-list"><label>G</label><input ref="/data/g/x"/><input ref="/data/g/y"/></group>"#,
    );
    let pages = s.pages();
    let paths: Vec<_> = pages[0]
        .nodes
        .iter()
        .filter_map(|node| s.path_of(*node))
        .collect();
    assert_eq!(paths, ["/data/g", "/data/g/x", "/data/g/y"]);
    assert_eq!(pages[0].counts.questions, 2);
}

#[test]
fn once_waits_until_there_is_a_number_to_keep() {
    let mut s = session(
        "<age/><start/>",
        r#"<bind nodeset="/data/age" type="int"/><bind nodeset="/data/start" calculate="once(/data/age div 4)"/>"#,
        r#"<input ref="/data/age"/>"#,
    );
    assert_eq!(value(&s, "/data/start"), "");
    set(&mut s, "/data/age", "20");
    assert_eq!(value(&s, "/data/start"), "5");
    set(&mut s, "/data/age", "40");
    assert_eq!(value(&s, "/data/start"), "5");
}

#[test]
fn the_label_of_what_was_chosen_follows_the_answers_in_it() {
    let body = |choices: &str| {
        format!(r#"<input ref="/data/who"/><select1 ref="/data/s">{choices}</select1>"#)
    };
    let calculate = r#"<bind nodeset="/data/c" calculate="jr:choice-name(/data/s, '/data/s')"/>"#;
    let listed = r#"<instance id="l"><root><item><itextId>l-0</itextId><name>a</name></item></root></instance><itext><translation lang="fr"><text id="l-0"><value>Chez <output value="/data/who"/></value></text></translation></itext>"#;
    for (model, choices) in [
        (
            String::new(),
            r#"<item><label>Chez <output value="/data/who"/></label><value>a</value></item>"#,
        ),
        (
            listed.to_owned(),
            r#"<itemset nodeset="instance('l')/root/item"><value ref="name"/><label ref="jr:itext(itextId)"/></itemset>"#,
        ),
    ] {
        let mut s = session(
            "<who/><s/><c/>",
            &format!("{model}{calculate}"),
            &body(choices),
        );
        set(&mut s, "/data/s", "a");
        assert_eq!(value(&s, "/data/c").trim(), "Chez");
        set(&mut s, "/data/who", "Rosa");
        assert_eq!(value(&s, "/data/c"), "Chez Rosa");
    }
}

#[test]
fn questions_may_read_the_group_that_they_stand_in() {
    let mut s = session(
        "<g><a/><b/><c/></g>",
        r#"<bind nodeset="/data/g/b" relevant="contains(/data/g, 'autre')"/><bind nodeset="/data/g/c" relevant="contains(/data/g, 'autre')"/>"#,
        r#"<group ref="/data/g"><input ref="/data/g/a"/><input ref="/data/g/b"/><input ref="/data/g/c"/></group>"#,
    );
    let shown = |s: &Session, path: &str| s.view(id(s, path)).expect("a view").relevant;
    assert!(!shown(&s, "/data/g/b"));
    set(&mut s, "/data/g/a", "autre");
    assert!(shown(&s, "/data/g/b") && shown(&s, "/data/g/c"));
    // What is written where it is asked for takes nothing away.
    set(&mut s, "/data/g/b", "un foulard");
    assert!(shown(&s, "/data/g/b") && shown(&s, "/data/g/c"));
    set(&mut s, "/data/g/a", "non");
    assert!(!shown(&s, "/data/g/b") && !shown(&s, "/data/g/c"));
}

#[test]
fn a_list_that_leaves_out_what_all_rows_chose_takes_no_answer_away() {
    let mut s = session(
        r#"<all/><r jr:template=""><s/></r><r><s/></r>"#,
        r#"<instance id="l"><root><item><name>coupe</name></item><item><name>couture</name></item></root></instance><bind nodeset="/data/all" calculate="join(' ', /data/r/s)"/>"#,
        r#"<group ref="/data/r"><repeat nodeset="/data/r"><select1 ref="/data/r/s"><itemset nodeset="instance('l')/root/item[not(selected(/data/all, name))]"><value ref="name"/><label ref="name"/></itemset></select1></repeat></group>"#,
    );
    let offered = |s: &Session, path: &str| -> Vec<String> {
        let found = s.search_choices(id(s, path), "", 0, 9);
        found
            .choices
            .into_iter()
            .map(|choice| choice.value)
            .collect()
    };
    set(&mut s, "/data/r[1]/s", "coupe");
    assert_eq!(value(&s, "/data/r[1]/s"), "coupe");
    let rows = id(&s, "/data/r");
    s.add_repeat(rows).expect("a row");
    assert_eq!(value(&s, "/data/r[1]/s"), "coupe");
    assert_eq!(offered(&s, "/data/r[2]/s"), ["couture"]);
    set(&mut s, "/data/r[2]/s", "couture");
    assert_eq!(value(&s, "/data/all"), "coupe couture");
    let again = Session::restore(Arc::clone(s.form()), s.snapshot(), device());
    assert_eq!(value(&again, "/data/all"), "coupe couture");
}

#[test]
fn a_calculation_that_becomes_empty_empties_what_was_written_over_it() {
    let mut s = session(
        "<a/><s/>",
        r#"<bind nodeset="/data/s" calculate="/data/a"/>"#,
        r#"<input ref="/data/a"/><select1 ref="/data/s"><item><label>Oui</label><value>oui</value></item></select1>"#,
    );
    set(&mut s, "/data/a", "ni l'un ni l'autre");
    set(&mut s, "/data/s", "oui");
    assert_eq!(value(&s, "/data/s"), "oui");
    set(&mut s, "/data/a", "");
    assert_eq!(value(&s, "/data/s"), "");
}

#[test]
fn one_choice_whose_name_has_a_blank_is_one_choice() {
    let mut s = session(
        "<s/><m/>",
        "",
        r#"<select1 ref="/data/s"><item><label>Los Ángeles</label><value>los angeles</value></item></select1><select ref="/data/m"><item><label>A</label><value>a</value></item><item><label>B</label><value>b</value></item></select>"#,
    );
    set(&mut s, "/data/s", "los angeles");
    set(&mut s, "/data/m", "a b");
    let labels = |path: &str| -> Vec<String> {
        let chosen = s.chosen(id(&s, path));
        chosen.into_iter().map(|choice| choice.label.text).collect()
    };
    assert_eq!(labels("/data/s"), ["Los Ángeles"]);
    assert_eq!(labels("/data/m"), ["A", "B"]);
}

#[test]
fn a_date_is_a_whole_number_of_days_wherever_it_is() {
    let mut s = session(
        "<d/><n/><t/>",
        r#"<bind nodeset="/data/d" type="date"/><bind nodeset="/data/n" calculate="number(/data/d)"/><bind nodeset="/data/t" calculate="number(today()) - number(/data/d)"/>"#,
        r#"<input ref="/data/d"/>"#,
    );
    set(&mut s, "/data/d", "1971-01-01");
    assert_eq!(value(&s, "/data/n"), "365");
    set(&mut s, "/data/d", "2026-11-24");
    assert_eq!(value(&s, "/data/t"), "1");
}

#[test]
fn a_row_of_a_count_begins_with_no_inner_row() {
    let mut s = session(
        r#"<n/><a jr:template=""><b jr:template=""><t/></b></a><a><b><t/></b></a>"#,
        r#"<bind nodeset="/data/n" type="int"/>"#,
        r#"<input ref="/data/n"/><group ref="/data/a"><repeat nodeset="/data/a" jr:count="/data/n"><group ref="/data/a/b"><repeat nodeset="/data/a/b"><input ref="/data/a/b/t"/></repeat></group></repeat></group>"#,
    );
    set(&mut s, "/data/n", "2");
    for row in ["/data/a[1]/b", "/data/a[2]/b"] {
        assert_eq!(s.view(id(&s, row)).expect("a view").count, 0);
    }
}

#[test]
fn an_expression_with_an_argument_too_many_or_a_pattern_that_nobody_reads_is_said() {
    for (calculate, code) in [
        (
            "indexed-repeat(/data/r/t, /data/r, 1, /data/r)",
            "wrong-arguments",
        ),
        ("regex(/data/r/t, '(')", "bad-pattern"),
    ] {
        let read = xform::read_alone(&xml(
            "<c/><r><t/></r>",
            &format!(r#"<bind nodeset="/data/c" calculate="{calculate}"/>"#),
            r#"<group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/t"/></repeat></group>"#,
        ));
        let found = read.problems.iter().find(|problem| problem.code == code);
        assert_eq!(
            found.map(|problem| problem.severity),
            Some(Severity::Error),
            "{calculate}: {:?}",
            read.problems
        );
    }
}
