//! Forms of thousands of questions stay right and quick. Times are printed, not judged: `cargo xtask bench` judges.
#![cfg(feature = "xform")]

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vigie_forms::{Env, Form, NodeId, Now, Session, bench_forms, xform};

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
    fn property(&self, _: &str) -> Option<String> {
        None
    }
}

fn open(name: &str, xml: &str) -> Session {
    let begun = Instant::now();
    let form = xform::read_alone(xml).form.expect("a form");
    let read = begun.elapsed();
    let json = form.to_json();
    let begun = Instant::now();
    let form = Arc::new(Form::from_json(&json).expect("a form that travels"));
    let reopened = begun.elapsed();
    let begun = Instant::now();
    let session = Session::new(form, Box::new(Device(Cell::new(1))));
    let started = begun.elapsed();
    println!(
        "{name}: XML {read:?}, from JSON ({} kB) {reopened:?}, session {started:?}",
        json.len() / 1024
    );
    session
}

fn find(session: &Session, path: &str) -> NodeId {
    session.find(path).unwrap_or_else(|| panic!("{path}"))
}

fn value(session: &Session, path: &str) -> String {
    session.view(find(session, path)).expect("a view").value
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
fn a_chain_of_calculations_is_right_to_the_last_link() {
    for n in [1000, 5000] {
        let mut session = open(&format!("chain-{n}"), &bench_forms::chain(n));
        let first = find(&session, "/data/c0");
        let mut times = Vec::new();
        for i in 0..9 {
            let begun = Instant::now();
            let changes = session.answer(first, &i.to_string()).expect("an answer");
            times.push(begun.elapsed());
            assert_eq!(changes.nodes.len(), n + 1);
            assert_eq!(value(&session, &format!("/data/c{n}")), (n + i).to_string());
        }
        println!("  one answer {:?}", median(times));
    }
}

#[test]
fn a_fan_of_calculations_is_right_at_every_end() {
    for n in [1000, 5000] {
        let mut session = open(&format!("fan-{n}"), &bench_forms::fan(n));
        let first = find(&session, "/data/a");
        let mut times = Vec::new();
        for i in 0..9 {
            let begun = Instant::now();
            session.answer(first, &i.to_string()).expect("an answer");
            times.push(begun.elapsed());
            for c in [1, n / 2, n] {
                assert_eq!(value(&session, &format!("/data/c{c}")), (c + i).to_string());
            }
        }
        println!("  one answer {:?}", median(times));
    }
}

#[test]
fn a_long_questionnaire_opens_question_by_question() {
    for n in [1000, 5000] {
        let mut session = open(&format!("questions-{n}"), &bench_forms::questions(n));
        let mut times = Vec::new();
        for i in 1..=200 {
            let id = find(&session, &format!("/data/q{i}"));
            let begun = Instant::now();
            session.answer(id, "7").expect("an answer");
            times.push(begun.elapsed());
        }
        println!("  one answer {:?}", median(times));
        assert_eq!(value(&session, "/data/s200"), "35");
        assert_eq!(session.progress(), (200, 201));
        let begun = Instant::now();
        assert_eq!(session.pages().len(), 201);
        println!("  pages {:?}", begun.elapsed());
    }
}

#[test]
fn the_five_hundredth_row_costs_what_the_fifth_does() {
    let mut session = open("rows", &bench_forms::rows());
    let range = find(&session, "/data/row");
    let mut adding = Vec::new();
    let mut answering = Vec::new();
    for row in 2..=520 {
        let begun = Instant::now();
        session.add_repeat(range).expect("a row");
        adding.push(begun.elapsed());
        let quantity = find(&session, &format!("/data/row[{row}]/quantity"));
        let begun = Instant::now();
        session.answer(quantity, "3").expect("an answer");
        answering.push(begun.elapsed());
        let price = find(&session, &format!("/data/row[{row}]/price"));
        session.answer(price, "4").expect("an answer");
    }
    let around = |times: &[Duration], at: usize| median(times[at - 3..at + 3].to_vec());
    println!(
        "  add: 5th {:?}, 500th {:?}",
        around(&adding, 5),
        around(&adding, 500)
    );
    println!(
        "  answer: 5th {:?}, 500th {:?}",
        around(&answering, 5),
        around(&answering, 500)
    );
    assert_eq!(value(&session, "/data/row[520]/total"), "12");
    assert_eq!(value(&session, "/data/row[520]/n"), "520");
    session
        .remove_repeat(find(&session, "/data/row[2]"))
        .expect("a row less");
    assert_eq!(value(&session, "/data/row[519]/n"), "519");
}

#[test]
fn a_list_of_twenty_thousand_is_filtered_as_one_types() {
    let mut session = open("towns-20000", &bench_forms::towns(20_000));
    let region = find(&session, "/data/region");
    let town = find(&session, "/data/town");
    let mut times = Vec::new();
    for i in 0..30 {
        let begun = Instant::now();
        session.answer(region, &format!("r{i}")).expect("an answer");
        let view = session.view(town).expect("a view");
        times.push(begun.elapsed());
        assert_eq!(view.choices_total, 100);
    }
    println!("  filter by answer {:?}", median(times));
    let any = find(&session, "/data/any");
    let begun = Instant::now();
    let view = session.view(any).expect("a view");
    println!("  first view of all {:?}", begun.elapsed());
    assert_eq!(
        (view.choices.len(), view.choices_total),
        (vigie_forms::CHOICES_SHOWN, 20_000)
    );
    for query in ["1", "19", "199", "1999", "town 777"] {
        let begun = Instant::now();
        let page = session.search_choices(any, query, 0, 50);
        println!("  search {query}: {} in {:?}", page.total, begun.elapsed());
        assert!(page.total > 0);
    }
}

#[test]
fn a_running_total_of_two_hundred_rows_is_right() {
    let xml = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title><model><instance><data id="t"><r jr:template=""><x/><t/></r></data></instance><bind nodeset="/data/r/x" type="int"/><bind nodeset="/data/r/t" calculate="coalesce(indexed-repeat( /data/r/t ,  /data/r , position(..) - 1), 0) + coalesce(../x, 0)"/></model></h:head><h:body><repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat></h:body></h:html>"#;
    let mut session = open("running total", xml);
    let range = find(&session, "/data/r");
    for row in 1..=200 {
        session.add_repeat(range).expect("a row");
        let x = find(&session, &format!("/data/r[{row}]/x"));
        session.answer(x, "1").expect("an answer");
    }
    let first = find(&session, "/data/r[1]/x");
    let begun = Instant::now();
    session.answer(first, "5").expect("an answer");
    println!("  one answer in the first row {:?}", begun.elapsed());
    assert_eq!(value(&session, "/data/r[200]/t"), "204");
}
