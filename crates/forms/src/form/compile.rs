//! From a form as data to a form that can be answered: expressions read, nodes laid out in blocks, dependencies drawn,
//! and an order found in which each value is computed once.
//!
//! A block is the form's nodes outside any repeat, or one row of a repeat without the repeats inside it. All rows of a
//! repeat have the same layout, so a node of a row is found by adding its offset to the row's first node.

use super::appearance::Appearance;
use super::layout::Layout;
use super::order::{order, shared_level};
use super::parameters::Parameters;
use super::question::Control;
use super::reads::{Reads, Scan, Seen};
use super::source::{BodyKind, DefId, Event, ExprId, ListEvent, Shape, Source, TextRef};
use crate::problem::{Place, Problem};
use crate::xpath::{self, Expr, Function, Kind, Names, Prefixes, Sym, Tree};
use std::collections::HashMap;

/// A property of a node that is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Prop {
    /// Whether a node is relevant.
    Relevant,
    /// How many rows a repeat has.
    Count,
    /// Which choices a question has.
    Choices,
    /// A value.
    Value,
    /// Whether a repeat without rows is relevant.
    RangeRelevant,
    /// Whether it can be changed.
    Readonly,
    /// Whether it must be answered.
    Required,
    /// Whether its answer stands.
    Constraint,
    /// Its label, hint and messages.
    View,
}

/// Properties that other nodes may depend on, through [`Prop::Value`].
const RANKED: usize = 4;

/// A property of a node that reads another node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// Whose.
    pub def: DefId,
    /// Which.
    pub prop: Prop,
    /// How many repeats reader and read share the row of.
    pub level: u32,
}

/// A form compiled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub names: Names,
    pub exprs: Vec<Option<Expr>>,
    pub lists: Vec<Tree>,
    pub list_ids: HashMap<String, u32>,
    pub layout: Layout,
    /// Name, namespace and prefix of each node.
    pub symbols: Vec<(Sym, Sym, Sym)>,
    /// Children by name.
    pub by_name: HashMap<(DefId, Sym), DefId>,
    /// Prefix, name and namespace of each attribute of each node.
    pub attributes: Vec<Vec<(Sym, Sym, Sym)>>,
    /// Elements of the body inside each, by its place plus one; those inside none first.
    pub body: Vec<Vec<u32>>,
    /// How each element of the body asks to be shown, by its place in the body.
    pub appearances: Vec<Appearance>,
    /// What each element of the body is set to, by its place in the body.
    pub parameters: Vec<Parameters>,
    /// Questions whose choices never change, by their place in the body.
    pub fixed_choices: Vec<bool>,
    /// Who reads the value of each node.
    pub values: Vec<Vec<Target>>,
    /// Who reads which rows a repeat has.
    pub members: HashMap<DefId, Vec<Target>>,
    /// Who reads the places of a repeat's rows.
    pub order: HashMap<DefId, Vec<Target>>,
    /// Who reads the language.
    pub language: Vec<Target>,
    /// When to compute [`Prop::Relevant`], `Count`, `Choices` and `Value` of each node.
    pub ranks: Vec<[u32; RANKED]>,
    /// Whether rows read each other, so that some values are computed until nothing changes.
    pub circular: bool,
    /// Actions that follow a node's change, by node.
    pub on_change: HashMap<DefId, Vec<u32>>,
    /// Actions that follow a new row, by repeat.
    pub on_row: HashMap<DefId, Vec<u32>>,
}

impl Model {
    /// When to compute a property; what nothing depends on comes last.
    pub fn rank(&self, def: DefId, prop: Prop) -> u32 {
        match self.ranks.get(def as usize) {
            Some(ranks) if (prop as usize) < RANKED => ranks[prop as usize],
            _ => u32::MAX,
        }
    }
}

type Found = Vec<(Option<ExprId>, Problem)>;

/// Compiles `source`.
pub(super) fn model(source: &Source) -> (Model, Found) {
    let mut problems = Found::new();
    let mut model = Model::default();
    let prefixes = Prefixes(source.prefixes.clone());
    model.symbols = source
        .defs
        .iter()
        .map(|def| {
            (
                model.names.add(&def.name),
                model.names.add(&def.namespace),
                model.names.add(&def.prefix),
            )
        })
        .collect();
    for (id, def) in source.defs.iter().enumerate() {
        if let Some(parent) = def.parent {
            model
                .by_name
                .insert((parent, model.symbols[id].0), id as DefId);
        }
        let split = |name: &str, names: &mut Names| match name.split_once(':') {
            Some((prefix, local)) => (names.add(prefix), names.add(local)),
            None => (Sym::EMPTY, names.add(name)),
        };
        let list = def.attributes.iter().map(|(name, ns, _)| {
            let (prefix, local) = split(name, &mut model.names);
            (prefix, local, model.names.add(ns))
        });
        let list = list.collect();
        model.attributes.push(list);
    }
    model.body = vec![Vec::new(); source.body.len() + 1];
    for (id, body) in source.body.iter().enumerate() {
        model.body[body.parent.map_or(0, |parent| parent as usize + 1)].push(id as u32);
    }
    model.appearances = source
        .body
        .iter()
        .map(|body| Appearance::read(&body.appearance))
        .collect();
    model.parameters = source
        .body
        .iter()
        .map(|body| Parameters::read(body, body.def.and_then(|def| source.defs.get(def as usize))))
        .collect();
    model.exprs = source
        .exprs
        .iter()
        .enumerate()
        .map(
            |(id, text)| match xpath::read(text, &mut model.names, &prefixes) {
                Ok(expr) => {
                    check(source, id as ExprId, text, &expr, &mut problems);
                    Some(expr)
                }
                Err(error) => {
                    let problem = Problem::error(
                        "bad-expression",
                        Place::Form,
                        text,
                        format!("{text}: {error}"),
                    );
                    problems.push((Some(id as ExprId), problem));
                    None
                }
            },
        )
        .collect();
    model.layout = Layout::of(source);
    lists(source, &mut model);
    if source.defs.is_empty() {
        problems.push((
            None,
            Problem::error("no-instance", Place::Form, "", "the form has no node"),
        ));
        return (model, problems);
    }
    dependencies(source, &mut model, &mut problems);
    actions(source, &mut model);
    (model, problems)
}

/// Functions that nobody knows, instances that are not there.
fn check(source: &Source, id: ExprId, text: &str, expr: &Expr, problems: &mut Found) {
    expr.walk(&mut |inner| match inner {
        Expr::Unknown(name) => {
            let detail = format!("{text}: no function is called {name}()");
            problems.push((
                Some(id),
                Problem::error("unknown-function", Place::Form, name.as_ref(), detail),
            ));
        }
        Expr::Miscalled(name) => {
            let detail = format!("{text}: {name}() takes another number of arguments");
            problems.push((
                Some(id),
                Problem::error("wrong-arguments", Place::Form, name.as_ref(), detail),
            ));
        }
        Expr::Call(Function::Instance | Function::Pulldata, args) => {
            if let Some(Expr::Literal(name)) = args.first()
                && !source.lists.iter().any(|list| *list.id == **name)
                && !name.contains("last-saved")
            {
                let detail = format!("{text}: the form has no list called {name}");
                problems.push((
                    Some(id),
                    Problem::warning("missing-list", Place::Form, name.as_ref(), detail),
                ));
            }
        }
        Expr::Call(Function::Regex, args) => {
            if let Some(Expr::Literal(pattern)) = args.get(1)
                && !xpath::is_pattern(pattern)
            {
                let detail = format!("{text}: {pattern} is no pattern");
                problems.push((
                    Some(id),
                    Problem::error("bad-pattern", Place::Form, pattern.as_ref(), detail),
                ));
            }
        }
        _ => {}
    });
}

fn lists(source: &Source, model: &mut Model) {
    for list in &source.lists {
        let mut tree = Tree::new();
        if let Some(table) = &list.table {
            let row_name = model.names.add(&table.row);
            let columns: Vec<Sym> = table
                .columns
                .iter()
                .map(|column| model.names.add(column))
                .collect();
            let root = tree.element(0, Sym::EMPTY, model.names.add(&table.root), Sym::EMPTY);
            for cells in &table.rows {
                let row = tree.element(root, Sym::EMPTY, row_name, Sym::EMPTY);
                for (cell, &column) in cells.iter().zip(&columns) {
                    if let Some(cell) = cell {
                        let element = tree.element(row, Sym::EMPTY, column, Sym::EMPTY);
                        tree.text(element, cell);
                    }
                }
            }
        }
        let mut open = vec![0];
        for event in &list.events {
            let top = open.last().copied().unwrap_or(0);
            match event {
                ListEvent::Open(prefix, name, ns) => {
                    let (prefix, name, ns) = (
                        model.names.add(prefix),
                        model.names.add(name),
                        model.names.add(ns),
                    );
                    open.push(tree.element(top, prefix, name, ns));
                }
                ListEvent::Attribute(prefix, name, ns, value) if top != 0 => {
                    let (prefix, name, ns) = (
                        model.names.add(prefix),
                        model.names.add(name),
                        model.names.add(ns),
                    );
                    tree.attribute(top, Kind::Attribute, prefix, name, ns, value);
                }
                ListEvent::Attribute(..) => {}
                ListEvent::Text(text) => tree.text(top, text),
                ListEvent::Close => {
                    if open.len() > 1 {
                        open.pop();
                    }
                }
            }
        }
        tree.seal();
        model.lists.push(tree);
        model
            .list_ids
            .insert(list.id.clone(), model.lists.len() as u32);
    }
}

fn actions(source: &Source, model: &mut Model) {
    for (id, action) in source.actions.iter().enumerate() {
        let id = id as u32;
        if let Some(from) = action.source {
            if action.events.contains(&Event::XformsValueChanged) {
                model.on_change.entry(from).or_default().push(id);
            }
            if action.events.contains(&Event::OdkNewRepeat) {
                model.on_row.entry(from).or_default().push(id);
            }
        }
    }
}

/// One property and what it reads.
struct Reader {
    def: DefId,
    prop: Prop,
    reads: Reads,
}

fn readers(source: &Source, model: &Model, problems: &mut Found) -> Vec<Reader> {
    let mut children = vec![Vec::new(); source.defs.len()];
    for (id, def) in source.defs.iter().enumerate() {
        if let Some(parent) = def.parent {
            children[parent as usize].push(id as DefId);
        }
    }
    let symbols: Vec<(Sym, Sym)> = model
        .symbols
        .iter()
        .map(|&(name, ns, _)| (name, ns))
        .collect();
    let scan = Scan {
        source,
        layout: &model.layout,
        names: &model.names,
        exprs: &model.exprs,
        children: &children,
        symbols: &symbols,
        by_name: &model.by_name,
    };
    let mut out = Vec::new();
    let mut add = |def: DefId,
                   prop: Prop,
                   at: Seen,
                   exprs: &[ExprId],
                   language: bool,
                   problems: &mut Found| {
        let mut reads = Reads {
            language,
            ..Reads::default()
        };
        for &expr in exprs {
            scan.expr(expr, at, &mut reads);
            for path in reads.nowhere.drain(..) {
                let detail = format!("{}: the instance has no {path}", source.path(def));
                problems.push((
                    Some(expr),
                    Problem::warning("unknown-node", Place::Node(source.path(def)), path, detail),
                ));
            }
        }
        out.push(Reader { def, prop, reads });
    };
    for (id, def) in source.defs.iter().enumerate() {
        let id = id as DefId;
        let block = &model.layout.blocks[model.layout.nodes[id as usize].block as usize];
        let here = Seen::Def(id, block.level);
        let range = Seen::Def(id, block.level.saturating_sub(1));
        let bind = &def.bind;
        let is_repeat = def.shape == Shape::Repeat;
        if let Some(expr) = bind.relevant {
            add(id, Prop::Relevant, here, &[expr], false, problems);
            if is_repeat {
                add(id, Prop::RangeRelevant, range, &[expr], false, problems);
            }
        }
        for (prop, expr) in [
            (Prop::Value, bind.calculate),
            (Prop::Readonly, bind.readonly),
            (Prop::Required, bind.required),
            (Prop::Constraint, bind.constraint),
        ] {
            if let Some(expr) = expr {
                add(id, prop, here, &[expr], false, problems);
            }
        }
        let mut exprs = Vec::new();
        let mut language = false;
        let mut text = |text: &Option<TextRef>, exprs: &mut Vec<ExprId>| {
            if let Some(text) = text {
                source.text_exprs(text, exprs);
                language |= matches!(text, TextRef::Id(_) | TextRef::IdOf(_));
            }
        };
        text(&bind.constraint_message, &mut exprs);
        text(&bind.required_message, &mut exprs);
        let mut choices = Vec::new();
        if let Some(body) = def.body.and_then(|body| source.body.get(body as usize)) {
            text(&body.label, &mut exprs);
            text(&body.hint, &mut exprs);
            for item in &body.items {
                text(&item.label, &mut exprs);
            }
            if let Some(itemset) = &body.itemset {
                choices.push(itemset.nodes);
                let mut inner = Vec::new();
                text(&itemset.label, &mut inner);
                scan.listed_texts(itemset, &mut inner);
                add(id, Prop::View, Seen::Other, &inner, false, problems);
                // Choices from rows of the form: their values and labels are values of the form.
                inner.push(itemset.value);
                for seen in scan.found(itemset.nodes, here) {
                    if seen != Seen::Other {
                        add(id, Prop::Choices, seen, &inner, false, problems);
                    }
                }
            }
            if let BodyKind::Repeat {
                count: Some(count), ..
            } = &body.kind
            {
                add(id, Prop::Count, range, &[*count], false, problems);
            }
        }
        if !exprs.is_empty() || language {
            add(id, Prop::View, here, &exprs, language, problems);
        }
        if !choices.is_empty() {
            add(id, Prop::Choices, here, &choices, false, problems);
        }
    }
    out
}

fn dependencies(source: &Source, model: &mut Model, problems: &mut Found) {
    let readers = readers(source, model, problems);
    let count = source.defs.len();
    model.fixed_choices = vec![true; source.body.len()];
    for reader in &readers {
        let moving = |reads: &Reads| {
            !(reads.values.is_empty()
                && reads.within.is_empty()
                && reads.members.is_empty()
                && reads.order.is_empty())
        };
        if reader.prop == Prop::Choices
            && moving(&reader.reads)
            && let Some(body) = source.defs[reader.def as usize].body
        {
            model.fixed_choices[body as usize] = false;
        }
    }
    for (id, body) in source.body.iter().enumerate() {
        let chance = body.itemset.as_ref().is_some_and(|itemset| {
            model
                .exprs
                .get(itemset.nodes as usize)
                .and_then(Option::as_ref)
                .is_some_and(|expr| {
                    let mut found = false;
                    expr.walk(&mut |inner| {
                        found |= matches!(
                            inner,
                            Expr::Call(Function::Randomize | Function::Random | Function::Now, _)
                        );
                    });
                    found
                })
        });
        if chance {
            model.fixed_choices[id] = false;
        }
    }
    model.values = vec![Vec::new(); count];
    // Cells that something may depend on, and what each waits for.
    let cell = |def: DefId, prop: Prop| def as usize * RANKED + prop as usize;
    let mut after: Vec<Vec<(u32, bool)>> = vec![Vec::new(); count * RANKED];
    let mut edge = |from: usize, to: usize, crossing: bool| after[from].push((to as u32, crossing));
    for (id, def) in source.defs.iter().enumerate() {
        let id = id as DefId;
        edge(cell(id, Prop::Relevant), cell(id, Prop::Value), false);
        if def.body.is_some_and(|body| {
            source
                .body
                .get(body as usize)
                .is_some_and(|body| body.itemset.is_some())
        }) {
            // Two questions may each leave out what the other chose: that is no circle.
            edge(cell(id, Prop::Choices), cell(id, Prop::Value), true);
        }
        if def.shape == Shape::Repeat {
            edge(cell(id, Prop::Count), cell(id, Prop::Relevant), false);
            if let Some(parent) = def.parent {
                edge(cell(parent, Prop::Relevant), cell(id, Prop::Count), false);
            }
        } else if let Some(parent) = def.parent {
            edge(
                cell(parent, Prop::Relevant),
                cell(id, Prop::Relevant),
                false,
            );
        }
    }
    for reader in &readers {
        let Reader { def, prop, reads } = reader;
        let ranked = (*prop as usize) < RANKED;
        let to = if ranked { cell(*def, *prop) } else { 0 };
        let place = |def: DefId| model.layout.nodes[def as usize].block;
        let values = reads.values.iter().map(|&read| (read, false));
        let within = reads.within.iter().map(|&read| (read, true));
        for ((read, level), is_within) in values.chain(within) {
            let is_own = if is_within {
                // A question may read the group that it stands in: the rest of it.
                (*def..model.layout.nodes[*def as usize].end).contains(&read)
            } else {
                *prop == Prop::Value
                    && read == *def
                    && level == model.layout.blocks[place(read) as usize].level
            };
            if is_own {
                continue;
            }
            model.values[read as usize].push(Target {
                def: *def,
                prop: *prop,
                level,
            });
            if ranked {
                let shared = shared_level(&model.layout, place(read), place(*def));
                // How many rows there are may depend on the rows: a form that asks until told to stop. Two questions of a group
                // may read the group: that is no circle either.
                let crossing = is_within || level < shared || *prop == Prop::Count;
                edge(cell(read, Prop::Value), to, crossing);
            }
        }
        for &(read, level) in &reads.members {
            model.members.entry(read).or_default().push(Target {
                def: *def,
                prop: *prop,
                level,
            });
            if ranked {
                let inside = read <= *def && *def < model.layout.nodes[read as usize].end;
                edge(cell(read, Prop::Count), to, inside || *prop == Prop::Count);
            }
        }
        for &(read, level) in &reads.order {
            model.order.entry(read).or_default().push(Target {
                def: *def,
                prop: *prop,
                level,
            });
        }
        if reads.language {
            model.language.push(Target {
                def: *def,
                prop: *prop,
                level: 0,
            });
        }
    }
    for targets in &mut model.values {
        targets.sort_unstable();
        targets.dedup();
    }
    model.ranks = match order(&after) {
        Ok(order) => {
            model.circular = order.circular;
            let four = order.ranks.chunks(RANKED);
            four.map(|four| [four[0], four[1], four[2], four[3]])
                .collect()
        }
        Err(cycle) => {
            let mut path: Vec<String> = Vec::new();
            for cell in cycle {
                let name = source.path((cell / RANKED) as DefId);
                if path.last() != Some(&name) {
                    path.push(name);
                }
            }
            let detail = format!("these depend on each other: {}", path.join(" → "));
            let place = Place::Node(path.first().cloned().unwrap_or_default());
            problems.push((
                None,
                Problem::error("cycle", place, path.join(" → "), detail),
            ));
            vec![[0; RANKED]; count]
        }
    };
}

impl Source {
    /// Whether a node is a question with choices, whose value must be one of them.
    pub(crate) fn has_choices(&self, def: DefId) -> bool {
        let body = self
            .defs
            .get(def as usize)
            .and_then(|def| def.body)
            .and_then(|body| self.body.get(body as usize));
        body.is_some_and(|body| {
            matches!(
                body.kind,
                BodyKind::Control(Control::SelectOne | Control::SelectMultiple | Control::Rank)
            )
        })
    }
}
