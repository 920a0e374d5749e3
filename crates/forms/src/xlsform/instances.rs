//! Secondary instances: the files and lists that expressions and choices read.

use super::choices::List;
use super::element::Element;
use super::form::{Form, Node, Source, What};
use super::kinds::Role;
use super::names;
use super::problem::{Kind, Problems};
use super::table::Table;

/// One instance to write.
struct Instance<'a> {
    id: String,
    /// Where it is; none for a list of the form itself.
    src: Option<String>,
    list: Option<&'a List>,
}

/// Every instance, each once; two sources under one id are an error.
pub(super) fn write(form: &Form, survey: &Table, problems: &mut Problems) -> Vec<Element> {
    let mut instances: Vec<Instance<'_>> = Vec::new();
    let mut last_saved = false;
    for index in form.in_order() {
        let node = &form.nodes[index];
        let mut found: Vec<(String, String)> = Vec::new();
        if let What::Question(kind) = &node.what
            && let Role::External(folder, ending) = kind.role
        {
            found.push((node.name.clone(), format!("{folder}{}{ending}", node.name)));
        }
        for text in expressions(node) {
            found.extend(
                pulled(text).map(|name| (name.to_string(), format!("jr://file-csv/{name}.csv"))),
            );
            last_saved |= names::references(text)
                .into_iter()
                .flatten()
                .any(|reference| reference.last_saved);
        }
        if let Some(Source::File(name, ending)) = &node.source {
            let folder = if ending == ".csv" {
                "jr://file-csv"
            } else {
                "jr://file"
            };
            found.push((name.clone(), format!("{folder}/{name}{ending}")));
        }
        for (id, src) in found {
            let column = survey.header(&["type"]);
            match instances.iter().find(|instance| instance.id == id) {
                Some(other) if other.src.as_ref() == Some(&src) => {}
                Some(other) => {
                    let first = other.src.clone().unwrap_or_default();
                    let kind = Kind::InstanceClash {
                        id,
                        first,
                        second: src,
                    };
                    problems.error(kind, survey.at(node.row, &column, &node.name));
                }
                None => instances.push(Instance {
                    id,
                    src: Some(src),
                    list: None,
                }),
            }
        }
    }
    if last_saved {
        let (id, src) = (
            "__last-saved".to_string(),
            "jr://instance/last-saved".to_string(),
        );
        match instances.iter().find(|instance| instance.id == id) {
            Some(other) => {
                let first = other.src.clone().unwrap_or_default();
                let kind = Kind::InstanceClash {
                    id: id.clone(),
                    first,
                    second: src,
                };
                let row = form
                    .nodes
                    .iter()
                    .find(|node| node.name == id)
                    .map_or(0, |node| node.row);
                problems.error(kind, survey.at(row, &survey.header(&["name"]), &id));
            }
            None => instances.push(Instance {
                id,
                src: Some(src),
                list: None,
            }),
        }
    }
    for list in &form.lists.lists {
        if searched(form, &list.name) {
            continue;
        }
        if let Some(other) = instances.iter().find(|instance| instance.id == list.name) {
            let (first, second) = (
                other.src.clone().unwrap_or_default(),
                "a list of the choices sheet".to_string(),
            );
            let node = form.nodes.iter().find(|node| {
                node.name == list.name
                    || matches!(&node.source, Some(Source::File(name, _)) if *name == list.name)
            });
            let row = node.map_or(0, |node| node.row);
            let kind = Kind::InstanceClash {
                id: list.name.clone(),
                first,
                second,
            };
            problems.error(kind, survey.at(row, &survey.header(&["type"]), &list.name));
        } else {
            instances.push(Instance {
                id: list.name.clone(),
                src: None,
                list: Some(list),
            });
        }
    }
    instances.iter().map(element).collect()
}

/// A list whose choices are written into the selects that search with it.
fn searched(form: &Form, list: &str) -> bool {
    form.nodes
        .iter()
        .any(|node| node.searches() && node.source == Some(Source::List(list.into())))
}

fn element(instance: &Instance<'_>) -> Element {
    let mut element = Element::new("instance").with("id", &instance.id);
    if let Some(src) = &instance.src {
        element.set("src", src);
    }
    if let Some(list) = instance.list {
        let itext = list.has_itext();
        let mut root = Element::new("root");
        for (index, choice) in list.choices.iter().enumerate() {
            let mut item = Element::new("item");
            if itext {
                item.push(Element::new("itextId").text(format!("{}-{index}", list.name)));
            }
            item.push(Element::new("name").text(&choice.name));
            if !itext && let Some(label) = &choice.label.plain {
                item.push(Element::new("label").text(label));
            }
            for (name, value) in &choice.extra {
                item.push(Element::new(name).text(value));
            }
            root.push(item);
        }
        element.push(root);
    }
    element
}

/// Where a node may read an instance.
fn expressions(node: &Node) -> impl Iterator<Item = &str> {
    let bind = node
        .bind
        .iter()
        .filter_map(|(_, text)| text.plain.as_deref());
    let count = node.attribute("jr:count");
    bind.chain(node.choice_filter.as_deref())
        .chain(node.default.as_deref())
        .chain(count)
}

/// The files that `pulldata` names.
fn pulled(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("pulldata").filter_map(|(at, call)| {
        let rest = text[at + call.len()..]
            .trim_start()
            .strip_prefix('(')?
            .trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (name, _) = rest[1..].split_once(quote)?;
        Some(name)
    })
}
