//! Location paths. Source: XPath 1.0 §2.

use super::EvalError;
use super::ast::{Axis, Path, Predicate, Step, Test};
use super::eval::{At, World};
use super::names::Sym;
use super::tree::{Kind, NONE, Tree};
use super::value::{NodeRef, Value};

/// Lists shorter than this are walked, not indexed.
const WORTH_INDEXING: u32 = 24;

impl<'a> World<'a> {
    /// The nodes of `path`.
    pub(super) fn select(&self, path: &'a Path, at: &At) -> Result<Vec<NodeRef>, EvalError> {
        let start = if path.absolute {
            self.host.root(at.node)
        } else {
            at.node
        };
        if path.plain {
            let mut out = Vec::new();
            self.plain(&path.steps, start, &mut |node| {
                out.push(node);
                false
            });
            return Ok(out);
        }
        self.steps(vec![start], &path.steps, at)
    }

    /// The first node of a plain path.
    pub(super) fn first(&self, path: &Path, at: &At) -> Option<NodeRef> {
        let start = if path.absolute {
            self.host.root(at.node)
        } else {
            at.node
        };
        let mut found = None;
        self.plain(&path.steps, start, &mut |node| {
            found = Some(node);
            true
        });
        found
    }

    /// Calls `visit` on the nodes of a plain path in order, until it says true.
    pub(super) fn plain(
        &self,
        steps: &[Step],
        start: NodeRef,
        visit: &mut dyn FnMut(NodeRef) -> bool,
    ) {
        let tree = self.tree(start);
        let mut node = start.node;
        let mut steps = steps;
        while let [
            Step {
                axis: axis @ (Axis::Parent | Axis::Itself),
                ..
            },
            rest @ ..,
        ] = steps
        {
            if *axis == Axis::Parent {
                node = tree.parent(node);
                if node == NONE {
                    return;
                }
            }
            steps = rest;
        }
        descend(tree, start.doc, steps, node, visit);
    }

    /// The nodes reached from `nodes` by `steps`.
    pub(super) fn steps(
        &self,
        mut nodes: Vec<NodeRef>,
        steps: &'a [Step],
        at: &At,
    ) -> Result<Vec<NodeRef>, EvalError> {
        // Siblings of one parent, or what hangs below such: a step down keeps their order.
        let mut flat = nodes.len() <= 1;
        for step in steps {
            let many = nodes.len() > 1;
            let mut out = Vec::new();
            for &node in &nodes {
                self.step(node, step, at, &mut out)?;
            }
            let orderly = match step.axis {
                Axis::Child | Axis::Attribute | Axis::Itself => !many || flat,
                _ => !many,
            };
            if !orderly {
                self.in_order(&mut out);
            }
            flat = match step.axis {
                Axis::Child | Axis::Attribute | Axis::Itself | Axis::Parent => flat,
                Axis::FollowingSibling | Axis::PrecedingSibling => !many,
                _ => out.len() <= 1,
            } || out.len() <= 1;
            nodes = out;
        }
        Ok(nodes)
    }

    fn step(
        &self,
        node: NodeRef,
        step: &'a Step,
        at: &At,
        out: &mut Vec<NodeRef>,
    ) -> Result<(), EvalError> {
        let tree = self.tree(node);
        let mut predicates = step.predicates.as_slice();
        let mut found: Vec<NodeRef> = Vec::new();
        match self.by_key(node, step, at)? {
            Some((rows, done)) => {
                found = rows;
                if done {
                    predicates = &predicates[1..];
                }
            }
            None => axis(tree, node.node, step, &mut |id| {
                found.push(NodeRef {
                    doc: node.doc,
                    node: id,
                })
            }),
        }
        for predicate in predicates {
            found = self.filter(found, predicate, at)?;
        }
        if matches!(
            step.axis,
            Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling
        ) {
            found.reverse();
        }
        out.append(&mut found);
        Ok(())
    }

    /// Rows of a long list found by index, and whether that settles the first predicate.
    fn by_key(
        &self,
        node: NodeRef,
        step: &'a Step,
        at: &At,
    ) -> Result<Option<(Vec<NodeRef>, bool)>, EvalError> {
        let (Axis::Child, Test::Local(row), Some(Predicate::Key(key, value, whole))) =
            (step.axis, &step.test, step.predicates.first())
        else {
            return Ok(None);
        };
        if node.doc == 0 || self.tree(node).child_count(node.node) < WORTH_INDEXING {
            return Ok(None);
        }
        let value = match self.eval(value, at)? {
            Value::Text(text) => text,
            Value::Nodes(nodes) => match nodes.as_slice() {
                [] => return Ok(Some((Vec::new(), true))),
                [one] => self.value(*one),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let table = self.indexes.table(self, node, *row, *key);
        let rows = table.get(value.as_ref()).map_or(&[][..], Vec::as_slice);
        let rows = rows
            .iter()
            .map(|&id| NodeRef {
                doc: node.doc,
                node: id,
            })
            .collect();
        Ok(Some((
            rows,
            matches!(**whole, super::ast::Expr::Compare(..)),
        )))
    }

    /// The nodes that `predicate` keeps.
    pub(super) fn filter(
        &self,
        nodes: Vec<NodeRef>,
        predicate: &'a Predicate,
        at: &At,
    ) -> Result<Vec<NodeRef>, EvalError> {
        let expr = match predicate {
            Predicate::Position(position) => {
                return Ok(nodes.get(position - 1).copied().into_iter().collect());
            }
            Predicate::Key(_, _, whole) | Predicate::General(whole) => whole,
        };
        let size = nodes.len();
        let mut out = Vec::new();
        for (index, node) in nodes.into_iter().enumerate() {
            let inner = At {
                node,
                position: index + 1,
                size,
                current: at.current,
            };
            let keep = match &**expr {
                super::ast::Expr::Compare(..)
                | super::ast::Expr::And(_)
                | super::ast::Expr::Or(_) => self.boolean(expr, &inner)?,
                _ => match self.eval(expr, &inner)? {
                    Value::Number(number) => number == (index + 1) as f64,
                    other => self.to_boolean(&other),
                },
            };
            if keep {
                out.push(node);
            }
        }
        Ok(out)
    }

    /// Puts `nodes` in document order, once each.
    pub(super) fn in_order(&self, nodes: &mut Vec<NodeRef>) {
        let key = |node: &NodeRef| (node.doc, self.tree(*node).position(node.node));
        if nodes.is_sorted_by(|a, b| key(a) < key(b)) {
            return;
        }
        nodes.sort_by_cached_key(key);
        nodes.dedup();
    }
}

fn descend(
    tree: &Tree,
    doc: u32,
    steps: &[Step],
    node: u32,
    visit: &mut dyn FnMut(NodeRef) -> bool,
) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return visit(NodeRef { doc, node });
    };
    match (step.axis, &step.test) {
        (Axis::Child, Test::Local(name)) => tree
            .named(node, *name)
            .any(|child| descend(tree, doc, rest, child, visit)),
        (Axis::Child, test) => tree.children(node).any(|child| {
            keeps(tree, child, test, Kind::Element) && descend(tree, doc, rest, child, visit)
        }),
        _ => tree.attributes(node).any(|attribute| {
            keeps(tree, attribute, &step.test, Kind::Attribute)
                && descend(tree, doc, rest, attribute, visit)
        }),
    }
}

/// Whether `test` keeps `id`; `principal` is the kind of node that names are about on this axis.
fn keeps(tree: &Tree, id: u32, test: &Test, principal: Kind) -> bool {
    let kind = tree.kind(id);
    match test {
        Test::Node => match principal {
            Kind::Namespace => kind == Kind::Namespace,
            _ => kind != Kind::Namespace,
        },
        Test::Text => kind == Kind::Text,
        Test::Comment => kind == Kind::Comment,
        Test::Instruction(None) => kind == Kind::Instruction,
        Test::Instruction(Some(_)) => kind == Kind::Instruction,
        Test::Any => kind == principal,
        Test::Namespace(ns) => kind == principal && tree.ns(id) == *ns,
        Test::Local(name) => {
            // An attribute without a prefix has no namespace; an element without one may be in the default namespace.
            kind == principal
                && tree.local(id) == *name
                && (kind != Kind::Attribute || tree.ns(id) == Sym::EMPTY)
        }
        Test::Name(ns, name) => kind == principal && tree.local(id) == *name && tree.ns(id) == *ns,
    }
}

/// Calls `visit` on what a step finds from `id`, predicates aside, in the order of its axis.
fn axis(tree: &Tree, id: u32, step: &Step, visit: &mut dyn FnMut(u32)) {
    let principal = match step.axis {
        Axis::Attribute => Kind::Attribute,
        Axis::Namespace => Kind::Namespace,
        _ => Kind::Element,
    };
    let mut offer = |id: u32| {
        if keeps(tree, id, &step.test, principal) {
            visit(id);
        }
    };
    let is_attribute = matches!(tree.kind(id), Kind::Attribute | Kind::Namespace);
    match step.axis {
        Axis::Child => match &step.test {
            Test::Local(name) => tree.named(id, *name).for_each(visit),
            _ => tree.children(id).for_each(&mut offer),
        },
        Axis::Itself => offer(id),
        Axis::Parent => {
            let parent = tree.parent(id);
            if parent != NONE {
                offer(parent);
            }
        }
        Axis::Attribute => tree.attributes(id).for_each(&mut offer),
        Axis::Namespace => tree.attributes(id).for_each(&mut offer),
        Axis::Ancestor | Axis::AncestorOrSelf => {
            let mut at = if step.axis == Axis::Ancestor {
                tree.parent(id)
            } else {
                id
            };
            while at != NONE {
                offer(at);
                at = tree.parent(at);
            }
        }
        Axis::Descendant => below(tree, id, &mut offer),
        Axis::DescendantOrSelf => {
            offer(id);
            below(tree, id, &mut offer);
        }
        Axis::FollowingSibling | Axis::PrecedingSibling => {
            let forward = step.axis == Axis::FollowingSibling;
            let turn = |at: u32| {
                if forward {
                    tree.next(at)
                } else {
                    tree.prev(at)
                }
            };
            let mut at = turn(id);
            while at != NONE {
                offer(at);
                at = turn(at);
            }
        }
        Axis::Following => {
            let mut at = id;
            if is_attribute {
                // What comes after an attribute: all below its element, then all after it.
                at = tree.parent(id);
                if at != NONE {
                    below(tree, at, &mut offer);
                }
            }
            while at != NONE {
                let mut sibling = tree.next(at);
                while sibling != NONE {
                    offer(sibling);
                    below(tree, sibling, &mut offer);
                    sibling = tree.next(sibling);
                }
                at = tree.parent(at);
            }
        }
        Axis::Preceding => {
            let mut at = if is_attribute { tree.parent(id) } else { id };
            while at != NONE {
                let mut sibling = tree.prev(at);
                while sibling != NONE {
                    let mut inside = vec![sibling];
                    below(tree, sibling, &mut |id| inside.push(id));
                    inside.into_iter().rev().for_each(&mut offer);
                    sibling = tree.prev(sibling);
                }
                at = tree.parent(at);
            }
        }
    }
}

/// Calls `visit` on all below `id`, in document order, without recursion.
fn below(tree: &Tree, id: u32, visit: &mut dyn FnMut(u32)) {
    let mut at = tree.first_child(id);
    while at != NONE {
        visit(at);
        let child = tree.first_child(at);
        if child != NONE {
            at = child;
            continue;
        }
        while at != NONE && at != id && tree.next(at) == NONE {
            at = tree.parent(at);
        }
        if at == NONE || at == id {
            return;
        }
        at = tree.next(at);
    }
}
