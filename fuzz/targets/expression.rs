//! An expression, at every place of a form where one may stand.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|expression: &str| {
    let mut text = String::with_capacity(expression.len());
    for letter in expression.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '"' => text.push_str("&quot;"),
            other => text.push(other),
        }
    }
    vigie_fuzz::fill(&format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>f</h:title><model><itext><translation lang="fr"><text id="t"><value>T <output value="{text}"/></value></text></translation></itext><instance><data id="f" version="1"><a>3</a><b/><r jr:template=""><n/><t/></r><r><n/><t/></r><c/></data></instance><instance id="l"><root><item><name>a</name><label>A</label><k>3</k></item><item><name>b</name><label>B</label><k>4</k></item></root></instance><bind nodeset="/data/a" type="int" constraint="{text}"/><bind nodeset="/data/b" relevant="{text}"/><bind nodeset="/data/r/n" type="decimal" calculate="{text}"/><bind nodeset="/data/r/t" required="{text}"/><bind nodeset="/data/c" calculate="{text}"/></model></h:head><h:body><input ref="/data/a"><label ref="jr:itext('t')"/></input><select ref="/data/b"><label>B</label><itemset nodeset="instance('l')/root/item[{text}]"><value ref="name"/><label ref="label"/></itemset></select><group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/t"><label><output value="{text}"/></label></input></repeat></group></h:body></h:html>"#
    ));
});
