//! The form's tree as an XForm: instance, binds, actions, body.

use super::element::Element;
use super::form::{Form, Found, Node, ROOT, Source, What};
use super::itext::{Itext, shown};
use super::kinds::{Control, Role};
use super::names;
use super::references::{self, Place};
use super::settings::yes;
use super::table::{MESSAGES, Text};
use super::text::is_dynamic;
use std::collections::HashMap;

const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
];

/// Writes the form; `instances` are its secondary instances.
pub(super) fn write(form: &Form, instances: Vec<Element>) -> String {
    let mut writer = Writer {
        form,
        itext: Itext::new(&form.settings.default_language),
        triggered: HashMap::new(),
    };
    for index in form.in_order() {
        for trigger in &form.nodes[index].triggers {
            if let Found::One(target) = form.find(trigger) {
                writer.triggered.entry(target).or_default().push(index);
            }
        }
    }
    writer.choices();
    let mut model = Element::new("model").with("odk:xforms-version", "1.0.0");
    if let Some(submission) = writer.submission() {
        model.push(submission);
    }
    let body = writer.body();
    let binds = writer.binds();
    if let Some(itext) = writer.itext.write(form) {
        model.push(itext);
    }
    let mut root = writer.instance(ROOT, Rows::Both);
    writer.root(&mut root);
    model.push(Element::new("instance").holding(root));
    for instance in instances {
        model.push(instance);
    }
    for bind in binds {
        model.push(bind);
    }
    let title = Element::new("h:title").text(&form.settings.title);
    let mut html = Element::new("h:html");
    for (name, address) in NAMESPACES {
        html.set(*name, *address);
    }
    for (prefix, address) in &form.settings.namespaces {
        html.set(format!("xmlns:{prefix}"), address);
    }
    for prefix in writer.prefixes() {
        if html.attribute(&format!("xmlns:{prefix}")).is_none() {
            html.set(format!("xmlns:{prefix}"), format!("urn:{prefix}"));
        }
    }
    html.push(Element::new("h:head").holding(title).holding(model));
    html.push(body);
    let mut xml = String::from("<?xml version=\"1.0\"?>\n");
    html.write(&mut xml);
    xml.push('\n');
    xml
}

/// Which rows of repeats to write into the primary instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// What a new row is made from, and the row that is there at the start.
    Both,
    Template,
    First,
}

struct Writer<'a> {
    form: &'a Form,
    itext: Itext,
    /// By trigger, the nodes that it sets.
    triggered: HashMap<usize, Vec<usize>>,
}

/// `yes` and `no` as people write them are expressions too.
fn expression(text: &str) -> String {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "true()" => "true()".into(),
        "no" | "false" | "false()" => "false()".into(),
        _ => text.into(),
    }
}

impl Writer<'_> {
    fn resolve(&self, context: usize, text: &str) -> String {
        references::resolve(self.form, context, text, Place::Plain)
    }

    fn choices(&mut self) {
        for list in self.form.lists.lists.iter().filter(|list| list.has_itext()) {
            for (index, choice) in list.choices.iter().enumerate() {
                let id = format!("{}-{index}", list.name);
                self.itext.add(&id, None, &choice.label, ROOT);
                for (kind, text) in &choice.media {
                    self.itext.add(&id, Some(kind), text, ROOT);
                }
            }
        }
    }

    fn submission(&self) -> Option<Element> {
        let settings = &self.form.settings;
        let mut submission = Element::new("submission");
        if let Some(url) = &settings.submission_url {
            submission = submission.with("action", url).with("method", "post");
        }
        let named = [
            ("base64RsaPublicKey", &settings.public_key),
            ("orx:auto-send", &settings.auto_send),
            ("orx:auto-delete", &settings.auto_delete),
        ];
        let mut any = settings.submission_url.is_some();
        for (name, value) in named {
            if let Some(value) = value {
                submission.set(name, value);
                any = true;
            }
        }
        if settings.client_editable {
            submission.set("odk:client-editable", "true");
            any = true;
        }
        any.then_some(submission)
    }

    /// A node of the primary instance.
    fn instance(&self, index: usize, rows: Rows) -> Element {
        let node = &self.form.nodes[index];
        let mut element = Element::new(&node.name);
        if rows == Rows::Template && node.what == What::Repeat {
            element.set("jr:template", "");
        } else {
            for (name, value) in node.instance.iter().filter(|(name, _)| names::is_name(name)) {
                element.set(name, self.resolve(index, value));
            }
        }
        if let (What::Question(kind), Some(default)) = (&node.what, &node.default)
            && !is_dynamic(default, kind.data)
        {
            let value = match kind.name {
                "image" if !default.starts_with("jr://") => format!("jr://images/{default}"),
                _ => default.clone(),
            };
            element = element.text(value);
        }
        for child in &node.children {
            let question = &self.form.nodes[*child];
            match &question.what {
                _ if question.meta => {}
                What::Question(kind) if matches!(kind.role, Role::External(..)) => {}
                What::Repeat => {
                    if rows != Rows::First {
                        element.push(self.instance(*child, Rows::Template));
                    }
                    if rows != Rows::Template {
                        element.push(self.instance(*child, Rows::First));
                    }
                }
                // As in pyxform, a repeat in a group in a template has its template and its first row.
                What::Group if rows == Rows::Template => element.push(self.instance(*child, Rows::Both)),
                _ => element.push(self.instance(*child, rows)),
            }
        }
        element
    }

    fn root(&self, root: &mut Element) {
        let settings = &self.form.settings;
        for (name, value) in settings
            .attributes
            .iter()
            .filter(|(name, _)| names::is_name(name))
        {
            root.set(name, value);
        }
        root.set("id", &settings.id);
        let named = [
            ("xmlns", &settings.xmlns),
            ("version", &settings.version),
            ("odk:prefix", &settings.prefix),
            ("odk:delimiter", &settings.delimiter),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                root.set(name, value);
            }
        }
        let mut meta = Element::new("meta");
        let mut any = false;
        for node in self.form.nodes.iter().filter(|node| node.meta) {
            meta.push(Element::new(&node.name));
            any = true;
        }
        if settings.instance_id.is_some() {
            meta.push(Element::new("instanceID"));
            any = true;
        }
        if settings.instance_name.is_some() {
            meta.push(Element::new("instanceName"));
            any = true;
        }
        if any {
            root.push(meta);
        }
    }

    /// Binds, and actions of the first load.
    fn binds(&mut self) -> Vec<Element> {
        let mut binds = Vec::new();
        for index in self.form.in_order().into_iter().skip(1) {
            let node = &self.form.nodes[index];
            if let Some(bind) = self.bind(index, node) {
                binds.push(bind);
            }
            let What::Question(kind) = &node.what else {
                continue;
            };
            let path = self.form.path(index);
            match kind.role {
                Role::StartGeopoint => binds.push(
                    Element::new("odk:setgeopoint")
                        .with("ref", path)
                        .with("event", "odk-instance-first-load"),
                ),
                Role::BackgroundAudio => {
                    let mut record = Element::new("odk:recordaudio")
                        .with("ref", path)
                        .with("event", "odk-instance-load");
                    if let Some(quality) = node.parameter("quality") {
                        record.set("odk:quality", quality);
                    }
                    binds.push(record);
                }
                _ => {}
            }
            if let Some(setvalue) = self.first_value(index, "odk-instance-first-load") {
                binds.push(setvalue);
            }
        }
        let (settings, root) = (&self.form.settings, self.form.path(ROOT));
        if let Some(preload) = &settings.instance_id {
            binds.push(
                Element::new("bind")
                    .with("nodeset", format!("{root}/meta/instanceID"))
                    .with("type", "string")
                    .with("readonly", "true()")
                    .with("jr:preload", preload),
            );
        }
        if let Some(name) = &settings.instance_name {
            binds.push(
                Element::new("bind")
                    .with("nodeset", format!("{root}/meta/instanceName"))
                    .with("type", "string")
                    .with("calculate", self.resolve(ROOT, name)),
            );
        }
        binds
    }

    /// A dynamic default: set when a form, or a row of a repeat, begins.
    fn first_value(&self, index: usize, event: &str) -> Option<Element> {
        let node = &self.form.nodes[index];
        let What::Question(kind) = &node.what else {
            return None;
        };
        let default = node
            .default
            .as_deref()
            .filter(|text| is_dynamic(text, kind.data))?;
        let value = self.resolve(index, default);
        Some(
            Element::new("setvalue")
                .with("ref", self.form.path(index))
                .with("event", event)
                .with("value", value),
        )
    }

    fn bind(&mut self, index: usize, node: &Node) -> Option<Element> {
        let path = self.form.path(index);
        let mut bind = Element::new("bind").with("nodeset", path);
        let mut any = false;
        if let What::Question(kind) = &node.what {
            if matches!(kind.role, Role::External(..)) {
                return None;
            }
            if let Role::Preload(preload, parameter) = kind.role {
                bind = bind
                    .with("jr:preload", preload)
                    .with("jr:preloadParams", parameter);
            }
            if !kind.data.is_empty() {
                bind.set("type", kind.data);
                any = true;
            }
        }
        for (name, text) in &node.bind {
            if name == "entities:saveto"
                || !names::is_name(name)
                || (name == "calculate" && !node.triggers.is_empty())
            {
                continue;
            }
            let plain = text.plain.as_deref().filter(|_| !text.is_translated());
            let value = match (MESSAGES.contains(&name.as_str()), plain) {
                (true, Some(text)) if !text.contains("${") => text.to_string(),
                (true, Some(text)) if name == "jr:noAppErrorString" => self.resolve(index, text),
                (true, _) => {
                    let id = format!("{path}:{name}");
                    self.itext.add(&id, None, text, index);
                    format!("jr:itext('{id}')")
                }
                (false, plain) => {
                    let Some(text) = plain else { continue };
                    let logical = [
                        "relevant",
                        "required",
                        "readonly",
                        "constraint",
                        "calculate",
                    ];
                    let text = if logical.contains(&name.as_str()) {
                        expression(text)
                    } else {
                        text.to_string()
                    };
                    self.resolve(index, &text)
                }
            };
            bind.set(name, value);
            any = true;
        }
        any.then_some(bind)
    }

    fn body(&mut self) -> Element {
        let mut body = Element::new("h:body");
        if let Some(style) = &self.form.settings.style {
            body.set("class", style);
        }
        self.controls(ROOT, &mut body);
        body
    }

    fn controls(&mut self, parent: usize, body: &mut Element) {
        for child in self.form.nodes[parent].children.clone() {
            let node = &self.form.nodes[child];
            match &node.what {
                What::Question(kind) => {
                    if kind.control != Control::None && node.speaks() {
                        let control = self.control(child);
                        body.push(control);
                    }
                }
                What::Group => {
                    let mut group = Element::new("group");
                    self.attributes(child, &mut group);
                    group.set("ref", self.form.path(child));
                    if !node.label.is_empty() || !node.media.is_empty() {
                        group.push(self.label(child));
                    }
                    self.controls(child, &mut group);
                    body.push(group);
                }
                What::Repeat => {
                    let path = self.form.path(child);
                    let mut repeat = Element::new("repeat").with("nodeset", path);
                    self.attributes(child, &mut repeat);
                    let label = self.label(child);
                    self.controls(child, &mut repeat);
                    for index in self.within(child) {
                        if let Some(setvalue) = self.first_value(index, "odk-new-repeat") {
                            repeat.push(setvalue);
                        }
                    }
                    body.push(
                        Element::new("group")
                            .with("ref", path)
                            .holding(label)
                            .holding(repeat),
                    );
                }
            }
        }
    }

    /// Questions of a repeat's rows, not of repeats within.
    fn within(&self, repeat: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut waiting = vec![repeat];
        while let Some(index) = waiting.pop() {
            for child in self.form.nodes[index].children.iter().rev() {
                if self.form.nodes[*child].what != What::Repeat {
                    waiting.push(*child);
                }
            }
            if index != repeat {
                found.push(index);
            }
        }
        found
    }

    fn attributes(&self, index: usize, element: &mut Element) {
        for (name, value) in &self.form.nodes[index].control {
            if names::is_name(name) {
                element.set(name, self.resolve(index, value));
            }
        }
    }

    fn label(&mut self, index: usize) -> Element {
        let node = &self.form.nodes[index];
        if node.label.is_translated() || !node.media.is_empty() {
            let id = format!("{}:label", self.form.path(index));
            self.itext.add(&id, None, &node.label, index);
            for (kind, text) in &node.media {
                self.itext.add(&id, Some(kind), text, index);
            }
            return Element::new("label").with("ref", format!("jr:itext('{id}')"));
        }
        self.inline("label", index, &node.label)
    }

    fn inline(&self, name: &str, index: usize, text: &Text) -> Element {
        match &text.plain {
            Some(text) => Element::new(name).filled(shown(self.form, index, text)),
            None => Element::new(name),
        }
    }

    fn hint(&mut self, index: usize) -> Option<Element> {
        let node = &self.form.nodes[index];
        if node.hint.is_translated() || !node.guidance.is_empty() {
            let id = format!("{}:hint", self.form.path(index));
            self.itext.add(&id, None, &node.hint, index);
            self.itext.add(&id, Some("guidance"), &node.guidance, index);
            return Some(Element::new("hint").with("ref", format!("jr:itext('{id}')")));
        }
        (!node.hint.is_empty()).then(|| self.inline("hint", index, &node.hint))
    }

    fn control(&mut self, index: usize) -> Element {
        let form = self.form;
        let node = &form.nodes[index];
        let What::Question(kind) = &node.what else {
            return Element::new("group");
        };
        let name = match kind.control {
            Control::Trigger => "trigger",
            Control::Range => "range",
            Control::Upload(_) => "upload",
            Control::SelectOne => "select1",
            Control::SelectMultiple => "select",
            Control::Rank => "odk:rank",
            Control::Input | Control::SelectExternal | Control::None => "input",
        };
        let mut control = Element::new(name).with("ref", form.path(index));
        if let Control::Upload(media) = kind.control {
            control.set("mediatype", media);
        }
        self.attributes(index, &mut control);
        if kind.control == Control::SelectExternal
            && let Some(Source::List(list)) = &node.source
        {
            control.set(
                "query",
                self.filtered(
                    index,
                    format!("instance('{list}')/root/item"),
                    Place::Filter,
                ),
            );
        }
        control.push(self.label(index));
        if let Some(hint) = self.hint(index) {
            control.push(hint);
        }
        if kind.control != Control::SelectExternal {
            for choices in self.source(index) {
                control.push(choices);
            }
        }
        let mut targets = self.triggered.get(&index).cloned().unwrap_or_default();
        targets.sort_by_key(|target| self.is_place(*target));
        for target in targets {
            control.push(self.triggered_action(index, target));
        }
        control
    }

    fn is_place(&self, index: usize) -> bool {
        matches!(&self.form.nodes[index].what, What::Question(kind) if kind.role == Role::BackgroundGeopoint)
    }

    fn triggered_action(&self, trigger: usize, target: usize) -> Element {
        let node = &self.form.nodes[target];
        let place = self.is_place(target);
        let name = if place { "odk:setgeopoint" } else { "setvalue" };
        let action = Element::new(name)
            .with("ref", self.form.path(target))
            .with("event", "xforms-value-changed");
        match node.bound("calculate") {
            Some(text) if !place => action.with("value", self.resolve(trigger, text)),
            _ => action,
        }
    }

    /// `path` with the question's filter, shuffled where it asks for that.
    fn filtered(&self, index: usize, path: String, place: Place) -> String {
        let node = &self.form.nodes[index];
        let filter = node
            .choice_filter
            .as_deref()
            .map(|text| references::resolve(self.form, index, text, place));
        let path = match filter {
            Some(filter) => format!("{path}[{filter}]"),
            None => path,
        };
        if !node.parameter("randomize").is_some_and(yes) {
            return path;
        }
        match node.parameter("seed") {
            Some(seed) => format!("randomize({path}, {})", self.resolve(index, seed).trim()),
            None => format!("randomize({path})"),
        }
    }

    fn source(&self, index: usize) -> Vec<Element> {
        let form = self.form;
        let node = &form.nodes[index];
        let itemset = |nodeset: String, value: &str, label: &str| {
            Element::new("itemset")
                .with("nodeset", nodeset)
                .holding(Element::new("value").with("ref", value))
                .holding(Element::new("label").with("ref", label))
        };
        match &node.source {
            Some(Source::Tags(list)) => {
                let tags = form
                    .tags
                    .get(list)
                    .map(|list| list.choices.as_slice())
                    .unwrap_or_default();
                let tag = |choice: &super::choices::Choice| {
                    Element::new("tag")
                        .with("key", &choice.name)
                        .holding(self.inline("label", index, &choice.label))
                };
                tags.iter().map(tag).collect()
            }
            Some(Source::List(name)) if node.searches() => {
                let Some(list) = form.lists.get(name) else {
                    return Vec::new();
                };
                let itext = list.has_itext();
                let item = |(at, choice): (usize, &super::choices::Choice)| {
                    let label = if itext {
                        Element::new("label").with("ref", format!("jr:itext('{name}-{at}')"))
                    } else {
                        self.inline("label", index, &choice.label)
                    };
                    Element::new("item")
                        .holding(label)
                        .holding(Element::new("value").text(&choice.name))
                };
                list.choices.iter().enumerate().map(item).collect()
            }
            Some(Source::List(name)) => {
                let itext = form
                    .lists
                    .get(name)
                    .is_some_and(super::choices::List::has_itext);
                let nodeset = self.filtered(
                    index,
                    format!("instance('{name}')/root/item"),
                    Place::Filter,
                );
                vec![itemset(
                    nodeset,
                    "name",
                    if itext { "jr:itext(itextId)" } else { "label" },
                )]
            }
            Some(Source::File(name, ending)) => {
                let (value, label) = if ending == ".geojson" {
                    ("id", "title")
                } else {
                    ("name", "label")
                };
                let value = node.parameter("value").unwrap_or(value);
                let label = node.parameter("label").unwrap_or(label);
                vec![itemset(
                    self.filtered(
                        index,
                        format!("instance('{name}')/root/item"),
                        Place::Filter,
                    ),
                    value,
                    label,
                )]
            }
            Some(Source::Repeat(name)) => {
                let Found::One(target) = form.find(name) else {
                    return Vec::new();
                };
                let rows = form.nodes[target].parent;
                let path = match references::relative(form, index, target, true) {
                    Some(path) => path
                        .rsplit_once('/')
                        .map_or(path.clone(), |(rows, _)| rows.to_string()),
                    None => form.path(rows).to_string(),
                };
                vec![itemset(self.rows(index, path, rows, name), name, name)]
            }
            None => self
                .geometry(index)
                .into_iter()
                .map(|(nodeset, value, label)| itemset(nodeset, &value, &label))
                .collect(),
        }
    }

    /// Rows of a repeat as choices: those where `answer` is given, unless a filter says otherwise.
    fn rows(&self, index: usize, path: String, rows: usize, answer: &str) -> String {
        if self.form.nodes[index].choice_filter.is_some() {
            return self.filtered(index, path, Place::RowFilter(rows));
        }
        self.filtered(
            index,
            format!("{path}[./{answer} != '']"),
            Place::RowFilter(rows),
        )
    }

    /// Of a place: what the map shows behind it.
    fn geometry(&self, index: usize) -> Option<(String, String, String)> {
        let source = self.form.nodes[index].parameter("reference-geometry")?;
        if let Some(name) = names::only_reference(source) {
            let Found::One(repeat) = self.form.find(name) else {
                return None;
            };
            let path = self.resolve(index, source).trim().to_string();
            return Some((
                self.rows(index, path, repeat, "geometry"),
                "geometry".into(),
                "geometry".into(),
            ));
        }
        let itext = self
            .form
            .lists
            .get(source)
            .is_some_and(super::choices::List::has_itext);
        let label = if itext { "jr:itext(itextId)" } else { "label" };
        let nodeset = self.filtered(
            index,
            format!("instance('{source}')/root/item"),
            Place::Filter,
        );
        Some((nodeset, "name".into(), label.into()))
    }

    /// Prefixes of attributes that the sheet asks for.
    fn prefixes(&self) -> Vec<String> {
        let mut prefixes = Vec::new();
        let nodes = self.form.nodes.iter().flat_map(|node| {
            let bind = node.bind.iter().map(|(name, _)| name);
            bind.chain(node.control.iter().map(|(name, _)| name))
                .chain(node.instance.iter().map(|(name, _)| name))
                .chain(std::iter::once(&node.name))
        });
        for name in nodes.chain(self.form.settings.attributes.iter().map(|(name, _)| name)) {
            if let Some((prefix, _)) = name.split_once(':').filter(|_| names::is_name(name))
                && prefix != "entities"
                && !prefixes.iter().any(|other| other == prefix)
            {
                prefixes.push(prefix.to_string());
            }
        }
        prefixes
    }
}
