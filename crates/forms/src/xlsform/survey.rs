//! The survey sheet, row by row, into the form's tree.

use super::choices::Lists;
use super::form::{Form, Node, ROOT, Source, What};
use super::kinds::{self, Control, Role, Section, Type};
use super::names;
use super::parameters;
use super::problem::{Kind, Problems};
use super::settings::{self, Settings};
use super::table::{Row, Table, Text};

/// How many questions loops may make: 100,000.
pub const LOOP_LIMIT: usize = 100_000;

/// How deep groups may stand within one another: 64. What reads and writes a form goes down as deep.
pub const DEPTH_LIMIT: usize = 64;
/// How deep repeats may stand within one another: 8. Each level may double the rows that a form begins with.
pub const REPEAT_DEPTH_LIMIT: usize = 8;

/// What the survey sheet is read against.
pub(super) struct Sheets<'a> {
    pub survey: &'a Table,
    /// The choices sheet, where there is one.
    pub choices: Option<&'a Table>,
    pub external: Option<Lists>,
    /// Sheets with names like the two above, for blame.
    pub similar_choices: Vec<String>,
    pub similar_external: Vec<String>,
}

/// A group, repeat or loop not yet closed.
pub(super) struct Open {
    pub node: usize,
    pub section: Section,
    pub row: u32,
    /// Of a table-list: what its header is, once the first select shows it.
    pub table: TableList,
}

/// How far a table-list is.
#[derive(PartialEq)]
pub(super) enum TableList {
    No,
    HeaderWanted,
    HeaderGiven(Source),
}

pub(super) struct Reader<'a, 'p> {
    pub form: Form,
    pub sheets: Sheets<'a>,
    pub problems: &'p mut Problems,
    pub open: Vec<Open>,
    audit: Vec<Node>,
    pub others: bool,
    pub choices_missed: bool,
    pub external_missed: bool,
    /// Beginnings not opened because they stand too deep.
    pub deeper: usize,
    /// Questions made by loops so far.
    pub copies: usize,
}

/// Reads the survey.
pub(super) fn read(
    settings: Settings,
    lists: Lists,
    tags: Lists,
    sheets: Sheets<'_>,
    problems: &mut Problems,
) -> Form {
    let mut form = Form::new(settings, lists, tags);
    form.push(Node::new(0, form.settings.root.clone(), ROOT, What::Group));
    let survey = sheets.survey;
    let mut reader = Reader {
        form,
        sheets,
        problems,
        open: Vec::new(),
        audit: Vec::new(),
        others: false,
        choices_missed: false,
        external_missed: false,
        deeper: 0,
        copies: 0,
    };
    for row in &survey.rows {
        reader.row(survey, row);
    }
    while let Some(open) = reader.open.pop() {
        let name = reader.form.nodes[open.node].name.clone();
        let column = survey.header(&["type"]);
        let at = survey.at(open.row, &column, &name);
        reader
            .problems
            .error(Kind::UnmatchedBegin(open.section.word()), at);
    }
    if reader.copies > LOOP_LIMIT {
        let column = survey.header(&["type"]);
        let kind = Kind::TooManyQuestions(LOOP_LIMIT as u32);
        reader.problems.error(kind, survey.at(0, &column, ""));
    }
    for audit in std::mem::take(&mut reader.audit) {
        reader.form.push(audit);
    }
    let mut form = reader.form;
    form.index();
    form
}

impl Reader<'_, '_> {
    pub fn parent(&self) -> usize {
        self.open.last().map_or(ROOT, |open| open.node)
    }

    fn row(&mut self, survey: &Table, row: &Row) {
        if let Some(disabled) = survey.get(row, &["disabled"]) {
            let column = survey.header(&["disabled"]);
            self.problems.warning(
                Kind::DisabledColumn,
                survey.at(row.number, &column, disabled),
            );
            if settings::yes(disabled) {
                return;
            }
        }
        let type_column = survey.header(&["type"]);
        let Some(cell) = survey.get(row, &["type"]) else {
            if survey
                .cells(row)
                .any(|(column, _)| column.is(&["name"]) || column.is(&["label"]))
            {
                self.problems
                    .error(Kind::MissingType, survey.at(row.number, &type_column, ""));
            } else {
                self.problems
                    .warning(Kind::MissingType, survey.at(row.number, &type_column, ""));
            }
            return;
        };
        match kinds::parse(cell) {
            Type::End(section) => self.end(survey, row, &section),
            Type::Begin(section) => self.begin(survey, row, section),
            Type::Question(kind) => self.question(survey, row, kind, None, false),
            Type::Osm(list) => {
                self.question(survey, row, kinds::OSM, Some(Source::Tags(list)), false)
            }
            Type::Select {
                kind,
                source,
                file,
                other,
            } => self.select(survey, row, kind, &source, file, other),
            Type::Unknown => {
                self.problems
                    .error(Kind::UnknownType, survey.at(row.number, &type_column, cell));
                // Its name counts as taken, so that what refers to it is not blamed too.
                if let Some(name) = survey
                    .get(row, &["name"])
                    .filter(|name| names::is_name(name))
                {
                    let node =
                        Node::new(row.number, name, self.parent(), What::Question(kinds::TEXT));
                    self.form.push(node);
                }
            }
        }
    }

    fn end(&mut self, survey: &Table, row: &Row, section: &Section) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let matches = self
            .open
            .last()
            .is_some_and(|open| open.section.word() == section.word());
        if !matches {
            let name = survey.get(row, &["name"]).unwrap_or_default();
            let column = survey.header(&["type"]);
            self.problems.error(
                Kind::UnmatchedEnd(section.word()),
                survey.at(row.number, &column, name),
            );
            if !self
                .open
                .iter()
                .any(|open| open.section.word() == section.word())
            {
                return;
            }
        }
        let Some(open) = self.open.pop() else { return };
        if let Section::Loop(list) = open.section {
            self.unroll(open.node, &list);
        }
    }

    /// A name for a row, or what to call it so that reading goes on.
    fn name(&mut self, survey: &Table, row: &Row, note: bool) -> Option<String> {
        let column = survey.header(&["name"]);
        match survey.get(row, &["name"]) {
            None if note => Some(format!("generated_note_name_{}", row.number)),
            None => {
                self.problems
                    .error(Kind::MissingName, survey.at(row.number, &column, ""));
                None
            }
            Some(name) => {
                if !names::is_name(name) {
                    self.problems
                        .error(Kind::BadName, survey.at(row.number, &column, name));
                    return None;
                }
                Some(name.to_string())
            }
        }
    }

    /// A node with all that its row's columns say.
    fn node(&mut self, survey: &Table, row: &Row, name: &str, what: What) -> Node {
        let mut node = Node::new(row.number, name, self.parent(), what);
        node.label = survey.text(row, &["label"]);
        node.hint = survey.text(row, &["hint"]);
        node.guidance = survey.text(row, &["guidance_hint"]);
        node.media = self.media(survey, row);
        node.bind = survey.below(row, "bind");
        if survey
            .get(row, &["sensible"])
            .is_some_and(|cell| settings::yes(cell) || cell.eq_ignore_ascii_case("oui"))
        {
            node.set_bind("sensible", "yes");
        }
        let plain = |(name, text): (String, Text)| Some((name, text.plain?));
        node.control = survey
            .below(row, "control")
            .into_iter()
            .filter_map(plain)
            .collect();
        node.instance = survey
            .below(row, "instance")
            .into_iter()
            .filter_map(plain)
            .collect();
        node.default = survey.get(row, &["default"]).map(str::to_string);
        node.choice_filter = survey.get(row, &["choice_filter"]).map(str::to_string);
        node
    }

    /// The limit that one more group or repeat here would break.
    fn too_deep(&self, repeat: bool) -> Option<usize> {
        let repeats = self
            .open
            .iter()
            .filter(|open| open.section == Section::Repeat)
            .count();
        if self.deeper > 0 || self.open.len() >= DEPTH_LIMIT {
            Some(DEPTH_LIMIT)
        } else if repeat && repeats >= REPEAT_DEPTH_LIMIT {
            Some(REPEAT_DEPTH_LIMIT)
        } else {
            None
        }
    }

    fn media(&mut self, survey: &Table, row: &Row) -> Vec<(String, Text)> {
        let media = survey.below(row, "media");
        for (name, _) in &media {
            let column = survey.header(&["media", name]);
            if !["image", "big-image", "audio", "video"].contains(&name.as_str()) {
                self.problems
                    .error(Kind::UnknownMedium, survey.at(row.number, &column, name));
            }
        }
        media
    }

    fn begin(&mut self, survey: &Table, row: &Row, section: Section) {
        let type_column = survey.header(&["type"]);
        let name = self
            .name(survey, row, false)
            .unwrap_or_else(|| format!("generated_group_name_{}", row.number));
        let repeat = section == Section::Repeat;
        if let Some(limit) = self.too_deep(repeat) {
            let at = survey.at(row.number, &type_column, &name);
            self.problems.error(Kind::TooDeep(limit as u32), at);
            self.deeper += 1;
            return;
        }
        let mut node = self.node(
            survey,
            row,
            &name,
            if repeat { What::Repeat } else { What::Group },
        );
        node.guidance = Text::default();
        node.default = None;
        node.choice_filter = None;
        self.triggers(survey, row);
        if !repeat {
            node.control.retain(|(name, _)| name != "jr:count");
        }
        if let Some(intent) = survey.get(row, &["intent"]) {
            node.set_control("intent", intent);
        }
        if repeat && node.label.is_empty() && node.media.is_empty() {
            let column = survey.header(&["label"]);
            self.problems.warning(
                Kind::RepeatWithoutLabel,
                survey.at(row.number, &column, &name),
            );
        }
        if let Section::Loop(list) = &section {
            if list.is_empty() {
                self.problems.error(
                    Kind::LoopWithoutList,
                    survey.at(row.number, &type_column, &name),
                );
            } else if self.form.lists.get(list).is_none() {
                self.unknown_list(survey, row, list);
            }
        }
        let mut table = TableList::No;
        if let Some(appearance) = node.attribute("appearance").map(str::to_string)
            && appearance
                .split_whitespace()
                .any(|word| word == "table-list")
        {
            let words: Vec<&str> = appearance
                .split_whitespace()
                .map(|word| {
                    if word == "table-list" {
                        "field-list"
                    } else {
                        word
                    }
                })
                .collect();
            node.set_control("appearance", words.join(" "));
            table = TableList::HeaderWanted;
        }
        let index = if repeat {
            self.push_repeat(node)
        } else {
            self.form.push(node)
        };
        if table == TableList::HeaderWanted && !repeat && !self.form.nodes[index].label.is_empty() {
            let mut title = Node::new(
                row.number,
                format!("generated_table_list_label_{}", row.number),
                index,
                What::Question(kinds::NOTE),
            );
            title.label = std::mem::take(&mut self.form.nodes[index].label);
            title.hint = survey.text(row, &["hint"]);
            title.set_bind("readonly", "true()");
            self.form.push(title);
        }
        self.open.push(Open {
            node: index,
            section,
            row: row.number,
            table,
        });
    }

    /// A repeat, and before it the node that counts its rows where its count is more than one reference.
    fn push_repeat(&mut self, mut node: Node) -> usize {
        if let Some(count) = node.attribute("jr:count").map(str::to_string)
            && names::only_reference(&count).is_none()
        {
            let name = format!("{}_count", node.name);
            let mut counter = Node::new(0, &name, node.parent, What::Question(kinds::CALCULATE));
            counter.set_bind("readonly", "true()");
            counter.set_bind("calculate", count);
            self.form.push(counter);
            node.set_control("jr:count", format!("${{{name}}}"));
        }
        self.form.push(node)
    }

    pub fn question(
        &mut self,
        survey: &Table,
        row: &Row,
        kind: kinds::Kind,
        source: Option<Source>,
        other: bool,
    ) {
        let name = if kind.role == Role::Audit {
            let column = survey.header(&["name"]);
            if let Some(name) = survey.get(row, &["name"]).filter(|name| *name != "audit") {
                self.problems
                    .error(Kind::BadName, survey.at(row.number, &column, name));
            }
            Some("audit".to_string())
        } else {
            self.name(survey, row, kind.role == Role::Note)
        };
        let Some(name) = name else { return };
        let mut node = self.node(survey, row, &name, What::Question(kind));
        node.source = source;
        self.table_header(survey, row, &kind, &mut node);
        node.triggers = self.triggers(survey, row);
        node.control.retain(|(name, _)| name != "jr:count");
        if kind.role == Role::Note {
            node.set_bind("readonly", "true()");
        }
        if !kind.constraint.is_empty() && node.bound("constraint").is_none() {
            node.set_bind("constraint", kind.constraint);
        }
        if !kind.hint.is_empty() && node.hint.is_empty() {
            node.hint = Text::plain(kind.hint);
        }
        self.calculation(survey, row, &kind, &node);
        parameters::apply(
            survey,
            row,
            &self.form.lists,
            &kind,
            &mut node,
            self.problems,
        );
        let has = |medium: &str| node.media.iter().any(|(name, _)| name == medium);
        if kind.control != Control::None && has("big-image") && !has("image") {
            let column = survey.header(&["media", "big-image"]);
            self.problems
                .error(Kind::BigImageAlone, survey.at(row.number, &column, &name));
        }
        // It heads a table; its own label is seen nowhere.
        if node.attribute("appearance") == Some("label") && node.label.is_empty() {
            node.label = Text::plain(" ");
        }
        if kind.control != Control::None && !node.speaks() && node.is_asked() {
            let column = survey.header(&["label"]);
            self.problems
                .error(Kind::MissingLabel, survey.at(row.number, &column, &name));
        }
        if ["simserial", "subscriberid"].contains(&kind.name) {
            let column = survey.header(&["type"]);
            self.problems
                .warning(Kind::RetiredType, survey.at(row.number, &column, kind.name));
        }
        if kind.role == Role::Audit {
            node.meta = true;
            node.parent = ROOT;
            self.audit.push(node);
            return;
        }
        self.form.push(node);
        if other {
            self.other(survey, row, &name);
        }
    }

    fn triggers(&mut self, survey: &Table, row: &Row) -> Vec<String> {
        let Some(cell) = survey.get(row, &["trigger"]) else {
            return Vec::new();
        };
        let column = survey.header(&["trigger"]);
        let at = survey.at(row.number, &column, cell);
        let mut found = Vec::new();
        for part in cell
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match names::only_reference(part) {
                Some(name) => found.push(name.to_string()),
                None => {
                    self.problems.error(Kind::BadTrigger, at);
                    return Vec::new();
                }
            }
        }
        found
    }

    fn calculation(&mut self, survey: &Table, row: &Row, kind: &kinds::Kind, node: &Node) {
        let column = survey.header(&["bind", "calculate"]);
        match kind.role {
            Role::Calculate if node.bound("calculate").is_none() => {
                let dynamic = node
                    .default
                    .as_deref()
                    .is_some_and(|text| super::text::is_dynamic(text, kind.data));
                if !dynamic {
                    self.problems.error(
                        Kind::MissingCalculation,
                        survey.at(row.number, &column, &node.name),
                    );
                }
            }
            Role::BackgroundGeopoint => {
                if survey.get(row, &["trigger"]).is_none() {
                    let column = survey.header(&["trigger"]);
                    self.problems.error(
                        Kind::BackgroundWithoutTrigger,
                        survey.at(row.number, &column, ""),
                    );
                }
                if let Some(text) = node.bound("calculate") {
                    self.problems.error(
                        Kind::BackgroundWithCalculation,
                        survey.at(row.number, &column, text),
                    );
                }
            }
            _ => {}
        }
    }
}
