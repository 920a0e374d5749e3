//! What an expression reads, found without any data: the expression is walked over the form's definition.
//!
//! A node found has a level: how many of the repeats around it are known to be in the same row as the expression's own
//! node. `../age` from a row stays in that row; `/data/people/age` is of all rows. Thus an answer in one row recomputes
//! that row alone, where the form says so.

use super::layout::Layout;
use super::source::{DefId, ExprId, Itemset, Shape, Source, TextRef};
use crate::xpath::ast::{Axis, Expr, Function, Path, Predicate, Step, Test};
use crate::xpath::{Names, Sym};

/// A node as far as the definition tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Above the root element.
    Root,
    /// A node, and how many repeats around it are those of the reader.
    Def(DefId, u32),
    /// A node of another document.
    Other,
}

/// What an expression reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads {
    /// Values of nodes.
    pub values: Vec<(DefId, u32)>,
    /// Values read with all others of a group around them.
    pub within: Vec<(DefId, u32)>,
    /// Which rows a repeat has.
    pub members: Vec<(DefId, u32)>,
    /// Places of rows among their like.
    pub order: Vec<(DefId, u32)>,
    /// The session's language.
    pub language: bool,
    /// Paths that name nothing.
    pub nowhere: Vec<String>,
}

/// What is known of a form while it is being compiled.
pub(super) struct Scan<'a> {
    pub source: &'a Source,
    pub layout: &'a Layout,
    pub names: &'a Names,
    pub exprs: &'a [Option<Expr>],
    /// Children of each node.
    pub children: &'a [Vec<DefId>],
    /// Symbols of the nodes' names and namespaces.
    pub symbols: &'a [(Sym, Sym)],
    /// Children of wide nodes by name.
    pub by_name: &'a std::collections::HashMap<(DefId, Sym), DefId>,
}

impl Scan<'_> {
    /// Adds to `out` what `expr` reads, evaluated at `at`.
    pub fn expr(&self, expr: ExprId, at: Seen, out: &mut Reads) {
        if let Some(Some(expr)) = self.exprs.get(expr as usize) {
            self.value(expr, at, at, out);
        }
    }

    /// The nodes that `expr` gives, evaluated at `at`.
    pub fn found(&self, expr: ExprId, at: Seen) -> Vec<Seen> {
        match self.exprs.get(expr as usize) {
            Some(Some(expr)) if is_nodes(expr) => self.nodes(expr, at, at, &mut Reads::default()),
            _ => Vec::new(),
        }
    }

    /// Reads `expr` for its value.
    fn value(&self, expr: &Expr, at: Seen, current: Seen, out: &mut Reads) {
        match expr {
            Expr::Number(_) | Expr::Literal(_) | Expr::Unknown(_) | Expr::Miscalled(_) => {}
            Expr::Or(list) | Expr::And(list) => list
                .iter()
                .for_each(|expr| self.value(expr, at, current, out)),
            Expr::Compare(_, a, b) => {
                self.value(a, at, current, out);
                self.value(b, at, current, out);
            }
            Expr::Arithmetic(first, rest) => {
                self.value(first, at, current, out);
                rest.iter()
                    .for_each(|(_, expr)| self.value(expr, at, current, out));
            }
            Expr::Negate(inner) => self.value(inner, at, current, out),
            Expr::Path(_) | Expr::Filter(..) | Expr::Union(_) => {
                for seen in self.nodes(expr, at, current, out) {
                    self.whole(seen, out);
                }
            }
            Expr::Call(function, args) => self.call(*function, args, at, current, out),
        }
    }

    /// The string-value of a node: its own, or all below it.
    fn whole(&self, seen: Seen, out: &mut Reads) {
        let Seen::Def(def, level) = seen else { return };
        let Some(node) = self.source.defs.get(def as usize) else {
            return;
        };
        if node.shape == Shape::Leaf {
            push(&mut out.values, (def, level));
            return;
        }
        let end = self.layout.nodes[def as usize].end;
        for below in def + 1..end {
            match self.source.defs[below as usize].shape {
                Shape::Leaf => push(&mut out.within, (below, level)),
                Shape::Repeat => push(&mut out.members, (below, level)),
                Shape::Group => {}
            }
        }
    }

    fn call(&self, function: Function, args: &[Expr], at: Seen, current: Seen, out: &mut Reads) {
        match function {
            Function::Position
            | Function::Count
            | Function::LocalName
            | Function::Name
            | Function::NamespaceUri
            | Function::Lang => {
                for arg in args {
                    if !is_nodes(arg) {
                        self.value(arg, at, current, out);
                        continue;
                    }
                    for seen in self.nodes(arg, at, current, out) {
                        if let Seen::Def(def, level) = seen
                            && function == Function::Position
                            && self.source.defs[def as usize].shape == Shape::Repeat
                        {
                            push(
                                &mut out.order,
                                (def, level.min(self.depth(def).saturating_sub(1))),
                            );
                        }
                    }
                }
            }
            Function::IndexedRepeat => {
                for (index, arg) in args.iter().enumerate() {
                    if index % 2 == 1 && is_nodes(arg) {
                        self.nodes(arg, at, current, out);
                    } else {
                        self.value(arg, at, current, out);
                    }
                }
            }
            Function::ChoiceName => {
                out.language = true;
                if let Some(value) = args.first() {
                    self.value(value, at, current, out);
                }
                if let Some(path) = args.get(1) {
                    for seen in self.nodes(path, at, current, out) {
                        self.choices(seen, out);
                    }
                }
            }
            Function::Itext => {
                out.language = true;
                args.iter()
                    .for_each(|arg| self.value(arg, at, current, out));
            }
            Function::Current => self.whole(current, out),
            Function::String
            | Function::Number
            | Function::StringLength
            | Function::NormalizeSpace
                if args.is_empty() =>
            {
                self.whole(at, out);
            }
            _ => args
                .iter()
                .for_each(|arg| self.value(arg, at, current, out)),
        }
    }

    /// What the choices of a question depend on, read from anywhere.
    fn choices(&self, seen: Seen, out: &mut Reads) {
        let Seen::Def(def, _) = seen else { return };
        let body = self.source.defs[def as usize]
            .body
            .and_then(|body| self.source.body.get(body as usize));
        let Some(body) = body else { return };
        let mut inner = Reads::default();
        let mut labels = Vec::new();
        for label in body.items.iter().filter_map(|item| item.label.as_ref()) {
            self.source.text_exprs(label, &mut labels);
        }
        if let Some(itemset) = &body.itemset {
            self.expr(itemset.nodes, Seen::Def(def, 0), &mut inner);
            self.listed_texts(itemset, &mut labels);
            if let Some(label) = &itemset.label {
                self.source.text_exprs(label, &mut labels);
            }
        }
        // Of what is put into a label, no row is known.
        for label in labels {
            self.expr(label, Seen::Def(def, 0), &mut inner);
        }
        for (from, to) in [
            (inner.values, &mut out.values),
            (inner.within, &mut out.within),
            (inner.members, &mut out.members),
        ] {
            from.into_iter().for_each(|read| push(to, read));
        }
    }

    /// What is put into the texts that the choices of a list name: `jr:itext(itextId)`, the ids being in a column of it.
    pub fn listed_texts(&self, itemset: &Itemset, out: &mut Vec<ExprId>) {
        let Some(TextRef::IdOf(id)) = &itemset.label else {
            return;
        };
        let nodes = self.exprs.get(itemset.nodes as usize);
        let (Some(Some(nodes)), Some(column)) = (nodes, self.source.exprs.get(*id as usize)) else {
            return;
        };
        nodes.walk(&mut |inner| {
            let Expr::Call(Function::Instance, args) = inner else {
                return;
            };
            let Some(Expr::Literal(list)) = args.first() else {
                return;
            };
            let list = self.source.lists.iter().find(|known| *known.id == **list);
            let Some(table) = list.and_then(|list| list.table.as_ref()) else {
                return;
            };
            let Some(column) = table.columns.iter().position(|name| name == column.trim()) else {
                return;
            };
            for text in table
                .rows
                .iter()
                .filter_map(|row| row.get(column)?.as_ref())
            {
                self.source.text_exprs(&TextRef::Id(text.clone()), out);
            }
        });
        out.sort_unstable();
        out.dedup();
    }

    /// The nodes an expression gives; what its predicates read is added to `out`.
    fn nodes(&self, expr: &Expr, at: Seen, current: Seen, out: &mut Reads) -> Vec<Seen> {
        match expr {
            Expr::Path(path) => {
                let start = if path.absolute { Seen::Root } else { at };
                let found = self.steps(vec![start], &path.steps, current, out);
                if found.is_empty() && start != Seen::Other && names_only(path) {
                    out.nowhere.push(self.describe(path));
                }
                found
            }
            Expr::Filter(base, predicates, steps) => {
                let found = self.nodes(base, at, current, out);
                for &seen in &found {
                    self.predicates(predicates, seen, current, out);
                }
                self.steps(found, steps, current, out)
            }
            Expr::Union(list) => {
                let mut all = Vec::new();
                for member in list {
                    for seen in self.nodes(member, at, current, out) {
                        push(&mut all, seen);
                    }
                }
                all
            }
            Expr::Call(Function::Current, _) => vec![current],
            Expr::Call(Function::Instance, args) => {
                args.iter()
                    .for_each(|arg| self.value(arg, at, current, out));
                vec![Seen::Other]
            }
            Expr::Call(Function::If, args) => {
                let mut all = Vec::new();
                for (index, arg) in args.iter().enumerate() {
                    if index > 0 && is_nodes(arg) {
                        all.extend(self.nodes(arg, at, current, out));
                    } else {
                        self.value(arg, at, current, out);
                    }
                }
                all
            }
            Expr::Call(Function::Randomize | Function::IndexedRepeat, args) => {
                let mut first = Vec::new();
                for (index, arg) in args.iter().enumerate() {
                    match index {
                        0 => first = self.nodes(arg, at, current, out),
                        _ if is_nodes(arg) => {
                            for seen in self.nodes(arg, at, current, out) {
                                if let Seen::Def(def, _) = seen
                                    && self.source.defs[def as usize].shape == Shape::Leaf
                                {
                                    self.whole(seen, out);
                                }
                            }
                        }
                        _ => self.value(arg, at, current, out),
                    }
                }
                first
            }
            other => {
                self.value(other, at, current, out);
                Vec::new()
            }
        }
    }

    fn steps(
        &self,
        mut found: Vec<Seen>,
        steps: &[Step],
        current: Seen,
        out: &mut Reads,
    ) -> Vec<Seen> {
        for step in steps {
            let mut next = Vec::new();
            for seen in found {
                self.step(seen, step, out, &mut next);
            }
            for &seen in &next {
                self.predicates(&step.predicates, seen, current, out);
            }
            found = next;
        }
        found
    }

    fn predicates(&self, predicates: &[Predicate], seen: Seen, current: Seen, out: &mut Reads) {
        for predicate in predicates {
            if let Some(expr) = predicate.expr() {
                self.value(expr, seen, current, out);
            }
            if let Seen::Def(def, level) = seen
                && self.source.defs[def as usize].shape == Shape::Repeat
            {
                push(
                    &mut out.order,
                    (def, level.min(self.depth(def).saturating_sub(1))),
                );
            }
        }
    }

    /// How many repeats are around a node, itself included.
    fn depth(&self, def: DefId) -> u32 {
        self.layout.blocks[self.layout.nodes[def as usize].block as usize].level
    }

    fn parent(&self, def: DefId, level: u32) -> Seen {
        match self.source.defs[def as usize].parent {
            Some(parent) => Seen::Def(parent, level.min(self.depth(parent))),
            None => Seen::Root,
        }
    }

    fn matches(&self, def: DefId, test: &Test) -> bool {
        let (name, ns) = self.symbols[def as usize];
        match test {
            Test::Any | Test::Node => true,
            Test::Local(local) => name == *local,
            Test::Name(space, local) => name == *local && ns == *space,
            Test::Namespace(space) => ns == *space,
            Test::Text | Test::Comment | Test::Instruction(_) => false,
        }
    }

    /// Adds a child of a node whose reader shares `level` repeats; rows of another repeat are all meant.
    fn offer(&self, def: DefId, level: u32, test: &Test, out: &mut Reads, next: &mut Vec<Seen>) {
        if self.matches(def, test) {
            if self.source.defs[def as usize].shape == Shape::Repeat {
                push(&mut out.members, (def, level));
            }
            push(next, Seen::Def(def, level));
        }
    }

    fn step(&self, seen: Seen, step: &Step, out: &mut Reads, next: &mut Vec<Seen>) {
        let (def, level) = match seen {
            Seen::Other => {
                push(next, Seen::Other);
                return;
            }
            Seen::Root => match step.axis {
                Axis::Child => {
                    self.offer(0, 0, &step.test, out, next);
                    return;
                }
                Axis::Descendant | Axis::DescendantOrSelf => {
                    if step.axis == Axis::DescendantOrSelf && step.test == Test::Node {
                        push(next, Seen::Root);
                    }
                    (0..self.source.defs.len() as DefId)
                        .for_each(|def| self.offer(def, 0, &step.test, out, next));
                    return;
                }
                Axis::Itself | Axis::AncestorOrSelf if step.test == Test::Node => {
                    push(next, Seen::Root);
                    return;
                }
                _ => return,
            },
            Seen::Def(def, level) => (def, level),
        };
        match step.axis {
            Axis::Child => match &step.test {
                Test::Text => push(next, seen),
                Test::Local(name) if self.children[def as usize].len() > 12 => {
                    if let Some(&child) = self.by_name.get(&(def, *name)) {
                        self.offer(child, level, &step.test, out, next);
                    }
                }
                test => {
                    for &child in &self.children[def as usize] {
                        self.offer(child, level, test, out, next);
                    }
                }
            },
            Axis::Itself => {
                if self.matches(def, &step.test) {
                    push(next, seen);
                }
            }
            Axis::Parent => match self.parent(def, level) {
                Seen::Def(parent, level) if self.matches(parent, &step.test) => {
                    push(next, Seen::Def(parent, level))
                }
                Seen::Root if step.test == Test::Node => push(next, Seen::Root),
                _ => {}
            },
            Axis::Ancestor | Axis::AncestorOrSelf => {
                let mut at = if step.axis == Axis::Ancestor {
                    self.parent(def, level)
                } else {
                    seen
                };
                while let Seen::Def(def, level) = at {
                    if self.matches(def, &step.test) {
                        push(next, at);
                    }
                    at = self.parent(def, level);
                }
            }
            Axis::Descendant | Axis::DescendantOrSelf => {
                let first = if step.axis == Axis::Descendant {
                    def + 1
                } else {
                    def
                };
                let end = self.layout.nodes[def as usize].end;
                (first..end).for_each(|below| self.offer(below, level, &step.test, out, next));
            }
            Axis::FollowingSibling | Axis::PrecedingSibling => {
                let Some(parent) = self.source.defs[def as usize].parent else {
                    return;
                };
                let level = level.min(self.depth(parent));
                for &sibling in &self.children[parent as usize] {
                    self.offer(sibling, level, &step.test, out, next);
                }
                if self.source.defs[def as usize].shape == Shape::Repeat {
                    push(&mut out.order, (def, level));
                }
            }
            Axis::Following | Axis::Preceding => {
                (0..self.source.defs.len() as DefId)
                    .for_each(|def| self.offer(def, 0, &step.test, out, next));
            }
            Axis::Attribute | Axis::Namespace => push(next, Seen::Other),
        }
    }

    fn describe(&self, path: &Path) -> String {
        let mut out = String::new();
        for (index, step) in path.steps.iter().enumerate() {
            if index > 0 || path.absolute {
                out.push('/');
            }
            match (step.axis, &step.test) {
                (Axis::Parent, _) => out.push_str(".."),
                (Axis::Itself, _) => out.push('.'),
                (_, Test::Local(name) | Test::Name(_, name)) => {
                    out.push_str(self.names.text(*name))
                }
                _ => out.push('*'),
            }
        }
        out
    }
}

/// Whether an expression can only give nodes.
fn is_nodes(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Path(_)
            | Expr::Filter(..)
            | Expr::Union(_)
            | Expr::Call(
                Function::Current
                    | Function::Instance
                    | Function::Randomize
                    | Function::IndexedRepeat,
                _
            )
    )
}

fn names_only(path: &Path) -> bool {
    path.steps
        .iter()
        .any(|step| matches!(step.test, Test::Local(_) | Test::Name(..)))
        && path.steps.iter().all(|step| {
            matches!(step.axis, Axis::Child | Axis::Parent | Axis::Itself)
                && !matches!(step.test, Test::Text | Test::Comment | Test::Instruction(_))
        })
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
