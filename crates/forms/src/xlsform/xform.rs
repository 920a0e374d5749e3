//! The form's tree as an XForm: instance, binds, actions, body.

use super::element::Element;
use super::form::{Form, Found, Node, ROOT, What};
use super::itext::Itext;
use super::kinds::Role;
use super::names;
use super::references::{self, Place};
use super::table::MESSAGES;
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
        let node = &form.nodes[index];
        if matches!(&node.what, What::Question(kind) if matches!(kind.role, Role::External(..))) {
            continue;
        }
        for trigger in &node.triggers {
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

pub(super) struct Writer<'a> {
    pub form: &'a Form,
    pub itext: Itext,
    /// By trigger, the nodes that it sets.
    pub triggered: HashMap<usize, Vec<usize>>,
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
    pub fn resolve(&self, context: usize, text: &str) -> String {
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
            for (name, value) in node
                .instance
                .iter()
                .filter(|(name, _)| names::is_name(name))
            {
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
                What::Group if rows == Rows::Template => {
                    element.push(self.instance(*child, Rows::Both))
                }
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
    pub fn first_value(&self, index: usize, event: &str) -> Option<Element> {
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
