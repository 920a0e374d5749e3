//! One expression per row of `xpath.jsonl`.

use crate::{Tally, guarded, rows};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use vigie_forms::Now;
use vigie_forms::xform::xml;
use vigie_forms::xpath::{
    self, At, EvalError, Host, Indexes, Kind, Names, NodeRef, Prefixes, Tree, Value, World,
};

/// The zone that the suites ran in: America/Phoenix, seven hours behind all year.
pub const PHOENIX: i32 = -420;

struct Fixture<'a> {
    tree: &'a Tree,
    names: &'a Names,
    form: bool,
    language: Option<String>,
    dice: std::cell::Cell<u64>,
}

impl Fixture<'_> {
    fn find(&self, id: u32, local: &str) -> Vec<u32> {
        self.tree
            .children(id)
            .filter(|&c| self.names.text(self.tree.local(c)) == local)
            .collect()
    }

    fn model(&self) -> Option<u32> {
        let html = self
            .tree
            .children(0)
            .find(|&c| self.tree.kind(c) == Kind::Element)?;
        if self.names.text(self.tree.local(html)) == "model" {
            return Some(html);
        }
        let head = *self.find(html, "head").first()?;
        self.find(head, "model").first().copied()
    }

    fn attribute(&self, id: u32, name: &str) -> Option<String> {
        self.tree
            .attributes(id)
            .find(|&a| self.names.text(self.tree.local(a)) == name)
            .map(|a| self.tree.value(a).into_owned())
    }
}

impl Host for Fixture<'_> {
    fn now(&self) -> Now {
        Now {
            millis: 1_764_000_000_123,
            offset: PHOENIX,
        }
    }
    fn offset_at(&self, _: i64) -> i32 {
        PHOENIX
    }
    fn random(&self) -> u64 {
        let mut x = self.dice.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.dice.set(x);
        x
    }
    fn root(&self, node: NodeRef) -> NodeRef {
        if self.form
            && let Some(model) = self.model()
            && let Some(&instance) = self.find(model, "instance").first()
        {
            return NodeRef {
                doc: 0,
                node: instance,
            };
        }
        NodeRef {
            doc: node.doc,
            node: 0,
        }
    }
    fn instance(&self, id: &str) -> Option<NodeRef> {
        let model = self.model()?;
        let node = self
            .find(model, "instance")
            .into_iter()
            .find(|&i| self.attribute(i, "id").as_deref() == Some(id))?;
        Some(NodeRef { doc: 0, node })
    }
    fn choice_name(&self, _: NodeRef, _: &str) -> Result<String, EvalError> {
        Ok(String::new())
    }
    fn itext(&self, id: &str) -> Option<String> {
        let itext = *self.find(self.model()?, "itext").first()?;
        let languages = self.find(itext, "translation");
        let language = languages
            .iter()
            .find(|&&t| self.language.is_some() && self.attribute(t, "lang") == self.language)
            .or(languages.first())?;
        let text = self
            .find(*language, "text")
            .into_iter()
            .find(|&t| self.attribute(t, "id").as_deref() == Some(id))?;
        Some(
            self.tree
                .value(*self.find(text, "value").first()?)
                .into_owned(),
        )
    }
    fn property(&self, _: &str) -> Option<String> {
        None
    }
    fn version(&self) -> String {
        String::new()
    }
    fn is_date(&self, _: NodeRef) -> bool {
        false
    }
    fn row(&self, _: NodeRef) -> Option<usize> {
        None
    }
}

/// Every row of `xpath.jsonl` under `dir`; none where the file is absent.
pub fn expressions(dir: &Path) -> Option<Tally> {
    let cases = rows(&dir.join("xpath.jsonl"))?;
    let docs: BTreeMap<String, String> = serde_json::from_str(
        &std::fs::read_to_string(dir.join("xpath-docs.json")).unwrap_or_default(),
    )
    .unwrap_or_default();
    let disputed: HashSet<u64> = rows(&dir.join("xpath-disputed.jsonl"))
        .unwrap_or_default()
        .iter()
        .filter_map(|r| r["line"].as_u64())
        .collect();
    let mut tally = Tally::default();
    for (index, case) in cases.iter().enumerate() {
        let line = index as u64 + 1;
        let outcome = guarded(|| one(case, &docs));
        if disputed.contains(&line) {
            *tally.apart.entry("disputed".into()).or_default() += 1;
            continue;
        }
        match outcome {
            Ok(()) => tally.passed += 1,
            Err(reason) => tally.failures.push(format!(
                "xpath.jsonl:{line} {} at {}: {reason}",
                case["expr"].as_str().unwrap_or(""),
                case["context"].as_str().unwrap_or("")
            )),
        }
    }
    Some(tally)
}

fn one(case: &Json, docs: &BTreeMap<String, String>) -> Result<(), String> {
    let text = |key: &str| case[key].as_str().unwrap_or_default();
    let source = docs.get(text("doc")).map_or("<root/>", String::as_str);
    let mut names = Names::default();
    let document = xml::parse(source, &mut names).map_err(|e| e.to_string())?;
    let mut prefixes = Prefixes(vec![
        ("xhtml".into(), "http://www.w3.org/1999/xhtml".into()),
        ("mathml".into(), "http://www.w3.org/1998/Math/MathML".into()),
        ("jr".into(), "http://openrosa.org/javarosa".into()),
    ]);
    let tree = &document.tree;
    for id in 0..tree.len() as u32 {
        if tree.kind(id) == Kind::Namespace {
            prefixes.0.insert(
                0,
                (
                    names.text(tree.local(id)).to_owned(),
                    tree.value(id).into_owned(),
                ),
            );
        }
    }
    let throws = text("kind") == "throws";
    let expr = match xpath::read(text("expr"), &mut names, &prefixes) {
        Ok(expr) => expr,
        Err(_) if throws => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let tree = &document.tree;
    let host = Fixture {
        tree,
        names: &names,
        form: text("context") != "/" && source.contains("http://www.w3.org/2002/xforms"),
        language: case["language"].as_str().map(str::to_owned),
        dice: std::cell::Cell::new(0x9e37_79b9_7f4a_7c15),
    };
    let indexes = Indexes::default();
    let world = World {
        primary: tree,
        others: &[],
        last: None,
        names: &names,
        host: &host,
        indexes: &indexes,
    };
    let node = locate(tree, &names, text("context")).ok_or("no such context")?;
    let value = match world.eval(&expr, &At::node(NodeRef { doc: 0, node })) {
        Ok(_) if throws => return Err("should throw".into()),
        Err(_) if throws => return Ok(()),
        other => other.map_err(|e| e.to_string())?,
    };
    let expected = &case["expected"];
    let same = |good: bool, found: String| {
        if good {
            Ok(())
        } else {
            Err(format!("{found}, not {expected}"))
        }
    };
    match text("kind") {
        "number" => {
            let found = world.to_number(&value);
            let wanted = number(expected);
            // The last digit is JavaScript's to choose, and is lost on the way through JSON.
            let near = (found - wanted).abs() <= 4.0 * f64::EPSILON * wanted.abs().max(0.05);
            same(
                found == wanted || near || (found.is_nan() && wanted.is_nan()),
                found.to_string(),
            )
        }
        "rounded" => {
            let found = world.to_number(&value);
            let factor = case["factor"].as_f64().unwrap_or(1.0);
            same(
                (found * factor).round() == (number(expected) * factor).round(),
                found.to_string(),
            )
        }
        "boolean" => {
            let found = world.to_boolean(&value);
            same(Some(found) == expected.as_bool(), found.to_string())
        }
        "nodes" => {
            let Value::Nodes(found) = &value else {
                return Err("not nodes".into());
            };
            let mut found: Vec<u32> = found.iter().map(|n| n.node).collect();
            let wanted: Vec<&str> = expected
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            if wanted.iter().any(|path| path.contains("@xmlns"))
                || text("expr").contains("namespace::")
            {
                return same(found.len() == wanted.len(), found.len().to_string());
            }
            let mut wanted: Vec<u32> = wanted
                .iter()
                .map(|path| locate(tree, &names, path))
                .collect::<Option<_>>()
                .ok_or("no such expected node")?;
            if case["unordered"].as_bool() == Some(true) {
                found.sort_unstable();
                wanted.sort_unstable();
            }
            same(found == wanted, format!("{found:?} where {wanted:?}"))
        }
        kind => {
            let found = world.to_text(value).into_owned();
            match kind {
                "length" => same(
                    Some(found.chars().count() as u64) == expected.as_u64(),
                    found,
                ),
                "match" => {
                    let pattern = expected.as_str().unwrap_or("").trim_start_matches('/');
                    let (pattern, flags) = pattern.rsplit_once('/').unwrap_or((pattern, ""));
                    let regex = fancy_regex::RegexBuilder::new(pattern)
                        .case_insensitive(flags.contains('i'))
                        .build()
                        .map_err(|e| e.to_string())?;
                    same(regex.is_match(&found).unwrap_or(false), found)
                }
                _ => {
                    let wanted = match expected {
                        Json::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    same(found == wanted, format!("{found:?}"))
                }
            }
        }
    }
}

fn number(json: &Json) -> f64 {
    match json {
        Json::String(text) if text == "Infinity" => f64::INFINITY,
        Json::String(text) if text == "-Infinity" => f64::NEG_INFINITY,
        Json::String(text) => text.parse().unwrap_or(f64::NAN),
        other => other.as_f64().unwrap_or(f64::NAN),
    }
}

/// A node by its path of places: `/*[1]/text()[2]/@id`.
fn locate(tree: &Tree, names: &Names, path: &str) -> Option<u32> {
    let mut at = 0u32;
    for step in path.split('/').filter(|step| !step.is_empty()) {
        if let Some(name) = step.strip_prefix('@') {
            return tree.attributes(at).find(|&id| {
                let (prefix, local) = (names.text(tree.prefix(id)), names.text(tree.local(id)));
                tree.kind(id) == Kind::Attribute
                    && name
                        .split_once(':')
                        .map_or(prefix.is_empty() && local == name, |(p, l)| {
                            (p, l) == (prefix, local)
                        })
            });
        }
        let (test, place) = step.strip_suffix(']')?.split_once('[')?;
        let place: usize = place.parse().ok()?;
        let kind = match test {
            "*" => Kind::Element,
            "text()" => Kind::Text,
            "comment()" => Kind::Comment,
            _ => Kind::Instruction,
        };
        at = tree
            .children(at)
            .filter(|&id| tree.kind(id) == kind)
            .nth(place - 1)?;
    }
    Some(at)
}
