//! Forms of any length, by which the engine is measured and held against others. Written as XForm XML, so that every
//! engine can read them.

use std::fmt::Write as _;

fn form(id: &str, instance: &str, binds: &str, body: &str, lists: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms" xmlns:orx="http://openrosa.org/xforms"><h:head><h:title>{id}</h:title><model><instance><data id="{id}" version="1">{instance}<meta><instanceID/></meta></data></instance>{lists}{binds}<bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/></model></h:head><h:body>{body}</h:body></h:html>"#
    )
}

/// `n` whole numbers, each relevant when the one before is answered, between 0 and 1,000; after every fifth their sum.
pub fn questions(n: usize) -> String {
    let (mut instance, mut binds, mut body) = (String::new(), String::new(), String::new());
    for i in 1..=n {
        let relevant = if i > 1 {
            format!(r#" relevant="/data/q{} != ''""#, i - 1)
        } else {
            String::new()
        };
        let _ = write!(instance, "<q{i}/>");
        let _ = write!(
            binds,
            r#"<bind nodeset="/data/q{i}" type="int" constraint=". &gt;= 0 and . &lt;= 1000"{relevant}/>"#
        );
        let _ = write!(
            body,
            r#"<input ref="/data/q{i}"><label>Question {i}</label></input>"#
        );
        if i % 5 == 0 {
            let terms: Vec<String> = (i - 4..=i)
                .map(|j| format!("coalesce(/data/q{j}, 0)"))
                .collect();
            let _ = write!(instance, "<s{i}/>");
            let _ = write!(
                binds,
                r#"<bind nodeset="/data/s{i}" type="int" calculate="{}"/>"#,
                terms.join(" + ")
            );
        }
    }
    form(&format!("questions-{n}"), &instance, &binds, &body, "")
}

/// `n` calculations on one answer.
pub fn fan(n: usize) -> String {
    let (mut instance, mut binds) = (
        String::from("<a/>"),
        String::from(r#"<bind nodeset="/data/a" type="int"/>"#),
    );
    for i in 1..=n {
        let _ = write!(instance, "<c{i}/>");
        let _ = write!(
            binds,
            r#"<bind nodeset="/data/c{i}" type="int" calculate="/data/a + {i}"/>"#
        );
    }
    form(
        &format!("fan-{n}"),
        &instance,
        &binds,
        r#"<input ref="/data/a"><label>A</label></input>"#,
        "",
    )
}

/// `n` calculations, each on the one before, the first on one answer.
pub fn chain(n: usize) -> String {
    let (mut instance, mut binds) = (
        String::from("<c0/>"),
        String::from(r#"<bind nodeset="/data/c0" type="int"/>"#),
    );
    for i in 1..=n {
        let _ = write!(instance, "<c{i}/>");
        let _ = write!(
            binds,
            r#"<bind nodeset="/data/c{i}" type="int" calculate="/data/c{} + 1"/>"#,
            i - 1
        );
    }
    form(
        &format!("chain-{n}"),
        &instance,
        &binds,
        r#"<input ref="/data/c0"><label>C</label></input>"#,
        "",
    )
}

/// Rows added by hand: a product in each, and their sum outside.
pub fn rows() -> String {
    let instance = r#"<row jr:template=""><n/><quantity/><price/><total/></row><row><n/><quantity/><price/><total/></row><sum/>"#;
    let binds = r#"<bind nodeset="/data/row/n" calculate="position(..)"/><bind nodeset="/data/row/quantity" type="int" constraint=". &gt; 0"/><bind nodeset="/data/row/price" type="int" relevant="../quantity != ''"/><bind nodeset="/data/row/total" type="int" calculate="../quantity * ../price"/>"#;
    let body = r#"<group ref="/data/row"><label>Rows</label><repeat nodeset="/data/row"><input ref="/data/row/quantity"><label>Quantity <output value=" ../n "/></label></input><input ref="/data/row/price"><label>Price</label></input></repeat></group>"#;
    form("rows", instance, binds, body, "")
}

/// A list of `n` towns in `n / 100` regions, filtered by the region that is typed.
pub fn towns(n: usize) -> String {
    let mut list = String::from(r#"<instance id="towns"><root>"#);
    for i in 0..n {
        let _ = write!(
            list,
            "<item><name>t{i}</name><label>Town number {i}</label><region>r{}</region></item>",
            i % (n / 100).max(1)
        );
    }
    list.push_str("</root></instance>");
    let body = r#"<input ref="/data/region"><label>Region</label></input><select1 ref="/data/town"><label>Town</label><itemset nodeset="instance('towns')/root/item[region = /data/region]"><value ref="name"/><label ref="label"/></itemset></select1><select1 ref="/data/any"><label>Any</label><itemset nodeset="instance('towns')/root/item"><value ref="name"/><label ref="label"/></itemset></select1>"#;
    form(
        "towns",
        "<region/><town/><any/>",
        r#"<bind nodeset="/data/region" type="string"/>"#,
        body,
        &list,
    )
}
