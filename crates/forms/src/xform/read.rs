//! XForm XML, read into a [`Source`]: every problem found is listed, with its place in the file.
//!
//! Source: ODK XForms specification; JavaRosa's practice where the specification is silent.

use super::lists::{self, Files};
use super::xml::{self, Document};
use crate::form::DataType;
use crate::form::source::{Bind, Def, DefId, ExprId, InitialRow, Shape, Source};
use crate::problem::{Place, Problem};
use crate::xpath::{Kind, Names, Tree};
use std::collections::{HashMap, HashSet};

/// What a reading gives before expressions are compiled.
pub(super) struct Drafted {
    pub source: Source,
    pub problems: Vec<Problem>,
    /// Where each expression stands in the text, in bytes, by [`ExprId`].
    pub starts: Vec<usize>,
}

/// Reads the model and the body; none where the file is no form at all.
pub(super) fn read(text: &str, files: Files) -> Result<Drafted, Box<Problem>> {
    let mut names = Names::default();
    let document = xml::parse(text, &mut names).map_err(|error| {
        let (line, column) = xml::line_and_column(text, error.at);
        Box::new(Problem::error(
            "not-xml",
            Place::Xml { line, column },
            "",
            error.reason,
        ))
    })?;
    let mut reader = Reader {
        text,
        tree: &document.tree,
        document: &document,
        names: &names,
        source: Source::default(),
        problems: Vec::new(),
        starts: Vec::new(),
        known: HashMap::new(),
        by_path: HashMap::new(),
        bind_ids: HashMap::new(),
    };
    reader.form(files)?;
    Ok(Drafted {
        source: reader.source,
        problems: reader.problems,
        starts: reader.starts,
    })
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) tree: &'a Tree,
    pub(super) document: &'a Document,
    pub(super) names: &'a Names,
    pub(super) source: Source,
    pub(super) problems: Vec<Problem>,
    pub(super) starts: Vec<usize>,
    pub(super) known: HashMap<String, ExprId>,
    pub(super) by_path: HashMap<String, DefId>,
    pub(super) bind_ids: HashMap<String, DefId>,
}

impl<'a> Reader<'a> {
    pub(super) fn local(&self, id: u32) -> &'a str {
        self.names.text(self.tree.local(id))
    }

    fn qualified(&self, id: u32) -> String {
        let prefix = self.names.text(self.tree.prefix(id));
        if prefix.is_empty() {
            self.local(id).to_owned()
        } else {
            format!("{prefix}:{}", self.local(id))
        }
    }

    pub(super) fn elements(&self, id: u32) -> impl Iterator<Item = u32> + use<'a> {
        let tree = self.tree;
        tree.children(id)
            .filter(move |&child| tree.kind(child) == Kind::Element)
    }

    pub(super) fn child(&self, id: u32, name: &str) -> Option<u32> {
        self.elements(id).find(|&child| self.local(child) == name)
    }

    /// An attribute by its name as written, or by its local name whatever the prefix.
    pub(super) fn attribute(&self, id: u32, name: &str) -> Option<String> {
        self.tree
            .attributes(id)
            .find(|&a| self.tree.kind(a) == Kind::Attribute && self.local(a) == name)
            .map(|a| self.tree.value(a).into_owned())
    }

    fn place(&self, id: u32) -> Place {
        let start = self.document.starts.get(id as usize).copied().unwrap_or(0);
        let (line, column) = xml::line_and_column(self.text, start);
        Place::Xml { line, column }
    }

    pub(super) fn error(&mut self, id: u32, code: &str, subject: &str, detail: String) {
        let place = self.place(id);
        self.problems
            .push(Problem::error(code, place, subject, detail));
    }

    pub(super) fn warn(&mut self, id: u32, code: &str, subject: &str, detail: String) {
        let place = self.place(id);
        self.problems
            .push(Problem::warning(code, place, subject, detail));
    }

    pub(super) fn expr(&mut self, text: &str, at: u32) -> ExprId {
        if let Some(&id) = self.known.get(text) {
            return id;
        }
        let id = self.source.exprs.len() as ExprId;
        self.source.exprs.push(text.to_owned());
        self.starts
            .push(self.document.starts.get(at as usize).copied().unwrap_or(0));
        self.known.insert(text.to_owned(), id);
        id
    }

    fn form(&mut self, files: Files) -> Result<(), Box<Problem>> {
        let tree = self.tree;
        let html = self.elements(0).next();
        let head = html.and_then(|html| self.child(html, "head"));
        let model = head.and_then(|head| self.child(head, "model"));
        let Some((html, head, model)) = html.zip(head).zip(model).map(|((a, b), c)| (a, b, c))
        else {
            return Err(Box::new(Problem::error(
                "not-a-form",
                Place::Form,
                "",
                "there is no h:html with a h:head and a model",
            )));
        };
        if let Some(title) = self.child(head, "title") {
            self.source.title = tree.value(title).trim().to_owned();
        }
        let mut prefixes: Vec<(String, String)> = vec![
            ("jr".into(), "http://openrosa.org/javarosa".into()),
            ("orx".into(), "http://openrosa.org/xforms".into()),
            ("odk".into(), "http://www.opendatakit.org/xforms".into()),
        ];
        for id in 0..tree.len() as u32 {
            if tree.kind(id) == Kind::Namespace {
                let declared = (self.local(id).to_owned(), tree.value(id).into_owned());
                if !declared.0.is_empty() && !prefixes.contains(&declared) {
                    prefixes.push(declared);
                }
            }
        }
        self.source.prefixes = prefixes;

        let instances: Vec<u32> = self
            .elements(model)
            .filter(|&id| self.local(id) == "instance")
            .collect();
        let Some(root) = instances
            .first()
            .and_then(|&first| self.elements(first).next())
        else {
            return Err(Box::new(Problem::error(
                "no-instance",
                self.place(model),
                "",
                "the model has no primary instance",
            )));
        };
        let body = self.child(html, "body");
        self.source.id = self
            .attribute(root, "id")
            .or_else(|| {
                let ns = self.names.text(tree.ns(root));
                (!ns.is_empty()).then(|| ns.to_owned())
            })
            .unwrap_or_default();
        self.source.version = self.attribute(root, "version").unwrap_or_default();
        let mut repeats = HashSet::new();
        if let Some(body) = body {
            self.repeats(body, &mut repeats);
        }
        self.instance(root, &repeats);
        self.itext(model);
        for &instance in instances.iter().skip(1) {
            match self.attribute(instance, "id") {
                Some(id) if self.source.lists.iter().any(|list| list.id == id) => {
                    self.error(
                        instance,
                        "duplicate-instance",
                        &id,
                        format!("two instances are called {id}"),
                    );
                }
                Some(id) => {
                    let src = self.attribute(instance, "src").unwrap_or_default();
                    let (list, problem) = lists::read(tree, self.names, instance, id, src, files);
                    self.source.lists.push(list);
                    if let Some((code, subject, detail)) = problem {
                        self.warn(instance, code, &subject, detail);
                    }
                }
                None => self.warn(
                    instance,
                    "instance-without-id",
                    "",
                    "a secondary instance has no id".into(),
                ),
            }
        }
        for bind in self.elements(model).collect::<Vec<_>>() {
            if self.local(bind) == "bind" {
                self.bind(bind);
            }
        }
        for element in self.elements(model).collect::<Vec<_>>() {
            match self.local(element) {
                "instance" | "bind" | "itext" | "submission" => {}
                "setvalue" | "setgeopoint" => self.action(element, None),
                "recordaudio" => {
                    self.warn(
                        element,
                        "unsupported-action",
                        "recordaudio",
                        "sound is not recorded unasked".into(),
                    );
                }
                other => {
                    let detail =
                        format!("the model has an element {other}, which nothing here uses");
                    self.warn(element, "unknown-element", other, detail);
                }
            }
        }
        if let Some(body) = body {
            self.source.classes = words(self.attribute(body, "class"));
            self.body(body, None, Some(0));
        }
        Ok(())
    }

    /// Paths of all repeats, before the instance is read.
    fn repeats(&self, id: u32, out: &mut HashSet<String>) {
        for child in self.elements(id) {
            if self.local(child) == "repeat"
                && let Some(nodeset) = self
                    .attribute(child, "nodeset")
                    .or_else(|| self.attribute(child, "ref"))
            {
                out.insert(tidy(&nodeset));
            }
            self.repeats(child, out);
        }
    }

    fn instance(&mut self, root: u32, repeats: &HashSet<String>) {
        let path = format!("/{}", self.qualified(root));
        self.def(root, None, path, repeats, false);
        if repeats.is_empty() {
            return;
        }
        self.initial_rows(root, 0, None);
    }

    fn own_template(&self, id: u32) -> bool {
        self.tree
            .attributes(id)
            .any(|a| self.local(a) == "template" && self.names.text(self.tree.prefix(a)) == "jr")
    }

    /// Adds the node `id` and all below it. In a repeat without a template, new rows are `blank`: only the rows that the
    /// file has keep their values.
    fn def(
        &mut self,
        id: u32,
        parent: Option<DefId>,
        path: String,
        repeats: &HashSet<String>,
        blank: bool,
    ) {
        let children: Vec<u32> = self.elements(id).collect();
        let def_id = self.source.defs.len() as DefId;
        let is_repeat = parent.is_some() && repeats.contains(&plain(&path));
        let shape = match (is_repeat, children.is_empty() && parent.is_some()) {
            (true, _) => Shape::Repeat,
            (false, true) => Shape::Leaf,
            (false, false) => Shape::Group,
        };
        let attributes = self
            .tree
            .attributes(id)
            .filter(|&a| {
                self.tree.kind(a) == Kind::Attribute
                    && !(self.local(a) == "template"
                        && self.names.text(self.tree.prefix(a)) == "jr")
            })
            .map(|a| {
                (
                    self.qualified(a),
                    self.names.text(self.tree.ns(a)).to_owned(),
                    self.tree.value(a).into_owned(),
                )
            })
            .collect();
        self.source.defs.push(Def {
            name: self.local(id).to_owned(),
            prefix: self.names.text(self.tree.prefix(id)).to_owned(),
            namespace: self.names.text(self.tree.ns(id)).to_owned(),
            parent,
            shape,
            default: if children.is_empty() && !blank {
                self.tree.value(id).into_owned()
            } else {
                String::new()
            },
            attributes,
            ..Def::default()
        });
        self.by_path.insert(plain(&path), def_id);
        // Children of one name are one node: a repeat has a template, or else its first row is one.
        let mut order: Vec<String> = Vec::new();
        let mut named: HashMap<String, Vec<u32>> = HashMap::new();
        for &child in &children {
            let name = self.qualified(child);
            let same = named.entry(name.clone()).or_default();
            if same.is_empty() {
                order.push(name);
            }
            same.push(child);
        }
        for name in order {
            let same = named.remove(&name).unwrap_or_default();
            let Some(&first) = same.first() else { continue };
            let child_path = format!("{path}/{name}");
            let template = same.iter().copied().find(|&row| self.own_template(row));
            let is_repeat = repeats.contains(&plain(&child_path));
            let blank = if is_repeat { template.is_none() } else { blank };
            let model = template.unwrap_or(first);
            if let Some(&second) = same.get(1)
                && !is_repeat
            {
                let detail = format!("several nodes are called {child_path}, and it is no repeat");
                self.error(second, "duplicate-node", &child_path, detail);
            }
            let child_id = self.source.defs.len();
            self.def(model, Some(def_id), child_path, repeats, blank);
            if self.source.defs[child_id].shape == Shape::Repeat {
                self.source.defs[child_id].rows =
                    same.iter().filter(|&&row| !self.own_template(row)).count() as u32;
            }
        }
    }

    /// Rows that the file has, below `element` of `def`, in order.
    fn initial_rows(&mut self, element: u32, def: DefId, row: Option<u32>) {
        for child in self.elements(element).collect::<Vec<_>>() {
            let name = self.qualified(child);
            let Some(child_def) = self.named_child(def, &name) else {
                continue;
            };
            if self.source.defs[child_def as usize].shape != Shape::Repeat {
                self.initial_rows(child, child_def, row);
                continue;
            }
            if self.own_template(child) {
                continue;
            }
            let index = self.source.rows.len() as u32;
            let mut values = Vec::new();
            self.row_values(child, child_def, &mut values);
            self.source.rows.push(InitialRow {
                repeat: child_def,
                parent: row,
                values,
            });
            self.initial_rows(child, child_def, Some(index));
        }
    }

    fn row_values(&self, element: u32, def: DefId, out: &mut Vec<(DefId, String)>) {
        for child in self.elements(element) {
            let Some(child_def) = self.named_child(def, &self.qualified(child)) else {
                continue;
            };
            let node = &self.source.defs[child_def as usize];
            match node.shape {
                Shape::Repeat => {}
                Shape::Group => self.row_values(child, child_def, out),
                Shape::Leaf => {
                    let value = self.tree.value(child);
                    if value != node.default {
                        out.push((child_def, value.into_owned()));
                    }
                }
            }
        }
    }

    fn named_child(&self, def: DefId, name: &str) -> Option<DefId> {
        let path = self.source.path(def);
        self.by_path.get(&plain(&format!("{path}/{name}"))).copied()
    }

    /// The node that a path without predicates names, seen from `context`.
    pub(super) fn resolve(&self, path: &str, context: Option<DefId>) -> Option<DefId> {
        let path = tidy(path);
        let path = path
            .strip_prefix("current()/")
            .map_or(path.as_str(), |rest| rest)
            .to_owned();
        if path.contains(['[', '(', '@', '*']) || path.contains("//") {
            return None;
        }
        let full = if path.starts_with('/') {
            path
        } else {
            let mut base = self.source.path(context?);
            for step in path.split('/') {
                match step {
                    "." | "" => {}
                    ".." => base.truncate(base.rfind('/')?),
                    name => {
                        base.push('/');
                        base.push_str(name);
                    }
                }
            }
            base
        };
        self.by_path.get(&plain(&full)).copied()
    }

    fn bind(&mut self, id: u32) {
        let nodeset = self
            .attribute(id, "nodeset")
            .or_else(|| self.attribute(id, "ref"));
        let Some(nodeset) = nodeset else {
            self.warn(id, "bind-without-node", "", "a bind names no node".into());
            return;
        };
        let Some(def) = self.resolve(&nodeset, Some(0)) else {
            let detail = format!("a bind names {nodeset}, which the instance does not have");
            self.warn(id, "bind-without-node", &nodeset, detail);
            return;
        };
        if let Some(name) = self.attribute(id, "id") {
            self.bind_ids.insert(name, def);
        }
        let mut bind = std::mem::take(&mut self.source.defs[def as usize].bind);
        for attribute in self.tree.attributes(id) {
            if self.tree.kind(attribute) != Kind::Attribute {
                continue;
            }
            let value = self.tree.value(attribute).into_owned();
            self.bind_attribute(&mut bind, id, attribute, value);
        }
        self.source.defs[def as usize].bind = bind;
    }

    fn bind_attribute(&mut self, bind: &mut Bind, id: u32, attribute: u32, value: String) {
        let name = self.local(attribute);
        let prefix = self.names.text(self.tree.prefix(attribute));
        match (prefix, name) {
            ("", "nodeset" | "ref" | "id") => {}
            ("", "type") => match data_type(&value) {
                Some(data_type) => bind.data_type = data_type,
                None => self.warn(
                    id,
                    "unknown-type",
                    &value,
                    format!("no type is called {value}: taken as text"),
                ),
            },
            ("", "relevant" | "readonly" | "required" | "constraint" | "calculate")
                if value.trim().is_empty() => {}
            ("", "relevant") => bind.relevant = Some(self.expr(&value, id)),
            ("", "readonly") => bind.readonly = Some(self.expr(&value, id)),
            ("", "required") => bind.required = Some(self.expr(&value, id)),
            ("", "constraint") => bind.constraint = Some(self.expr(&value, id)),
            ("", "calculate") => bind.calculate = Some(self.expr(&value, id)),
            (_, "constraintMsg") => bind.constraint_message = Some(self.message(&value, id)),
            (_, "requiredMsg") => bind.required_message = Some(self.message(&value, id)),
            ("jr", "preload") => {
                let params = bind
                    .preload
                    .take()
                    .map(|(_, params)| params)
                    .unwrap_or_default();
                bind.preload = Some((value, params));
            }
            ("jr", "preloadParams") => {
                let preload = bind
                    .preload
                    .take()
                    .map(|(preload, _)| preload)
                    .unwrap_or_default();
                bind.preload = Some((preload, value));
            }
            _ => {
                bind.extra.insert(name.to_owned(), value);
            }
        }
    }
}

pub(super) fn words(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// A path without the spaces that XPath allows in it.
fn tidy(path: &str) -> String {
    path.split_whitespace().collect()
}

/// A path to compare by; prefixes count, as forms write them the same everywhere.
fn plain(path: &str) -> String {
    path.trim_end_matches('/').to_owned()
}

/// The type by its name, prefix aside.
fn data_type(name: &str) -> Option<DataType> {
    Some(match name.trim().rsplit(':').next().unwrap_or_default() {
        "" | "string" | "select1" | "select" | "rank" | "anyURI" | "normalizedString" | "text" => {
            DataType::String
        }
        "int" | "integer" | "long" => DataType::Int,
        "decimal" | "double" | "float" => DataType::Decimal,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "time" => DataType::Time,
        "dateTime" => DataType::DateTime,
        "geopoint" => DataType::Geopoint,
        "geotrace" => DataType::Geotrace,
        "geoshape" => DataType::Geoshape,
        "binary" => DataType::Binary,
        "barcode" => DataType::Barcode,
        "intent" => DataType::Intent,
        _ => return None,
    })
}
