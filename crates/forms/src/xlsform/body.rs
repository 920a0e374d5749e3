//! The body of an XForm: controls, their labels, and where their choices come from.

use super::choices::{Choice, List};
use super::element::Element;
use super::form::{Found, ROOT, Source, What};
use super::itext::shown;
use super::kinds::{Control, Role};
use super::names;
use super::references::{self, Place};
use super::settings::yes;
use super::table::Text;
use super::xform::Writer;

impl Writer<'_> {
    pub fn body(&mut self) -> Element {
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
                    } else {
                        self.unseen(child);
                    }
                }
                What::Group => {
                    let mut group = Element::new("group");
                    self.attributes(child, &mut group);
                    group.set("ref", self.form.path(child));
                    if !node.label.is_empty() || !node.media.is_empty() {
                        group.push(self.label(child));
                    }
                    self.unseen(child);
                    self.controls(child, &mut group);
                    body.push(group);
                }
                What::Repeat => {
                    let path = self.form.path(child);
                    let mut repeat = Element::new("repeat").with("nodeset", path);
                    self.attributes(child, &mut repeat);
                    let label = self.label(child);
                    self.unseen(child);
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

    /// Texts of what has no control: kept with the others, for those who read the form and not only answer it.
    fn unseen(&mut self, index: usize) {
        let node = &self.form.nodes[index];
        let hinted = match &node.what {
            What::Question(kind) if matches!(kind.role, Role::External(..)) => return,
            What::Question(_) => true,
            What::Group | What::Repeat => !node.hint.is_empty(),
        };
        self.label(index);
        if hinted {
            self.hint(index);
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
                let tag = |choice: &Choice| {
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
                let item = |(at, choice): (usize, &Choice)| {
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
                let itext = form.lists.get(name).is_some_and(List::has_itext);
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
        let itext = self.form.lists.get(source).is_some_and(List::has_itext);
        let label = if itext { "jr:itext(itextId)" } else { "label" };
        let nodeset = self.filtered(
            index,
            format!("instance('{source}')/root/item"),
            Place::Filter,
        );
        Some((nodeset, "name".into(), label.into()))
    }
}
