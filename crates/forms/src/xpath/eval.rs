//! An expression's value. Source: XPath 1.0.

use super::EvalError;
use super::ast::{Comparison, Expr, Operation};
use super::date;
use super::names::{Names, Sym};
use super::tree::Tree;
use super::value::{NodeRef, Value, number_text, text_number};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The time here, and how far from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Now {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub millis: i64,
    /// Minutes to add to UTC for the time here.
    pub offset: i32,
}

/// What an expression may ask of the form it is part of, and of the world outside.
pub trait Host {
    /// The time.
    fn now(&self) -> Now;
    /// Minutes to add to UTC at that instant.
    fn offset_at(&self, millis: i64) -> i32;
    /// 64 random bits.
    fn random(&self) -> u64;
    /// Where an absolute path starts, for an expression evaluated at `node`.
    fn root(&self, node: NodeRef) -> NodeRef;
    /// The secondary instance called `id`: the node above its root element.
    fn instance(&self, id: &str) -> Option<NodeRef>;
    /// The label of `value` among the choices of the question at `node`.
    fn choice_name(&self, node: NodeRef, value: &str) -> Result<String, EvalError>;
    /// A text of the form in the present language.
    fn itext(&self, id: &str) -> Option<String>;
    /// A fact about the device or the person.
    fn property(&self, name: &str) -> Option<String>;
    /// The form's version.
    fn version(&self) -> String;
    /// Whether a node holds a date, without a time.
    fn is_date(&self, node: NodeRef) -> bool;
    /// The number of a repeat's row among its siblings, from 1, where that is known without counting.
    fn row(&self, node: NodeRef) -> Option<usize>;
}

/// Rows of long lists by the value of one of their children, made when first asked for.
#[derive(Debug, Default)]
pub struct Indexes {
    tables: RefCell<HashMap<(NodeRef, Sym, Sym), Table>>,
}

/// Nodes by value.
pub(super) type Table = Rc<HashMap<Box<str>, Vec<u32>>>;

/// Where an expression is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// The context node.
    pub node: NodeRef,
    /// Its place among those being filtered, from 1.
    pub position: usize,
    /// How many are being filtered.
    pub size: usize,
    /// What `current()` gives.
    pub current: NodeRef,
}

impl At {
    /// An expression bound to `node`.
    pub fn node(node: NodeRef) -> At {
        At {
            node,
            position: 1,
            size: 1,
            current: node,
        }
    }
}

/// The documents, and all that expressions ask.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Document 0.
    pub primary: &'a Tree,
    /// Documents 1 and on; they never change, so long lists in them are indexed.
    pub others: &'a [Tree],
    /// The document after those, where there is one: the response before this one.
    pub last: Option<&'a Tree>,
    /// All names.
    pub names: &'a Names,
    /// The form and the device.
    pub host: &'a dyn Host,
    /// Indexes of the other documents.
    pub indexes: &'a Indexes,
}

impl<'a> World<'a> {
    /// The document of `node`.
    pub fn tree(&self, node: NodeRef) -> &'a Tree {
        let Some(place) = node.doc.checked_sub(1) else {
            return self.primary;
        };
        match self.others.get(place as usize).or(self.last) {
            Some(tree) => tree,
            None => self.primary,
        }
    }

    /// The string-value of `node`.
    pub fn value(&self, node: NodeRef) -> Cow<'a, str> {
        self.tree(node).value(node.node)
    }

    pub(super) fn offset_at(&self, millis: i64) -> i32 {
        self.host.offset_at(millis)
    }

    pub(super) fn number_of(&self, text: &str) -> f64 {
        text_number(text, |millis| self.offset_at(millis))
    }

    /// The value of `expr`.
    pub fn eval(&self, expr: &'a Expr, at: &At) -> Result<Value<'a>, EvalError> {
        match expr {
            Expr::Number(number) => Ok(Value::Number(*number)),
            Expr::Literal(text) => Ok(Value::Text(Cow::Borrowed(text))),
            Expr::Or(_) | Expr::And(_) | Expr::Compare(..) => {
                Ok(Value::Bool(self.boolean(expr, at)?))
            }
            Expr::Arithmetic(..) | Expr::Negate(_) => Ok(Value::Number(self.number(expr, at)?)),
            Expr::Union(_) | Expr::Path(_) | Expr::Filter(..) => {
                Ok(Value::Nodes(self.nodes(expr, at)?))
            }
            Expr::Call(function, args) => self.call(*function, args, at),
            Expr::Unknown(name) => Err(EvalError::UnknownFunction(name.to_string())),
            Expr::Miscalled(name) => Err(EvalError::Miscalled(name.to_string())),
        }
    }

    /// The nodes of `expr`.
    pub fn nodes(&self, expr: &'a Expr, at: &At) -> Result<Vec<NodeRef>, EvalError> {
        match expr {
            Expr::Path(path) => self.select(path, at),
            Expr::Filter(base, predicates, steps) => {
                let mut nodes = self.nodes(base, at)?;
                for predicate in predicates {
                    nodes = self.filter(nodes, predicate, at)?;
                }
                self.steps(nodes, steps, at)
            }
            Expr::Union(list) => {
                let mut all = Vec::new();
                for member in list {
                    all.append(&mut self.nodes(member, at)?);
                }
                self.in_order(&mut all);
                Ok(all)
            }
            _ => match self.eval(expr, at)? {
                Value::Nodes(nodes) => Ok(nodes),
                _ => Err(EvalError::NotNodes),
            },
        }
    }

    /// The truth of `expr`.
    pub fn boolean(&self, expr: &'a Expr, at: &At) -> Result<bool, EvalError> {
        match expr {
            Expr::Or(list) => {
                for member in list {
                    if self.boolean(member, at)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Expr::And(list) => {
                for member in list {
                    if !self.boolean(member, at)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expr::Compare(comparison, left, right) => self.compare(*comparison, left, right, at),
            Expr::Path(path) if path.plain => Ok(self.first(path, at).is_some()),
            _ => Ok(self.to_boolean(&self.eval(expr, at)?)),
        }
    }

    /// The number of `expr`.
    pub fn number(&self, expr: &'a Expr, at: &At) -> Result<f64, EvalError> {
        match expr {
            Expr::Arithmetic(first, rest) => {
                let mut total = self.number(first, at)?;
                for (operation, operand) in rest {
                    let operand = self.number(operand, at)?;
                    total = match operation {
                        Operation::Add => total + operand,
                        Operation::Subtract => total - operand,
                        Operation::Multiply => total * operand,
                        Operation::Divide => total / operand,
                        Operation::Remainder => total % operand,
                    };
                }
                Ok(total)
            }
            Expr::Negate(inner) => Ok(-self.number(inner, at)?),
            Expr::Path(path) if path.plain => Ok(self
                .first(path, at)
                .map_or(f64::NAN, |node| self.number_of(&self.value(node)))),
            _ => Ok(self.to_number(&self.eval(expr, at)?)),
        }
    }

    /// The text of `expr`.
    pub fn text(&self, expr: &'a Expr, at: &At) -> Result<Cow<'a, str>, EvalError> {
        match expr {
            Expr::Path(path) if path.plain => Ok(self
                .first(path, at)
                .map_or(Cow::Borrowed(""), |node| self.value(node))),
            _ => Ok(self.to_text(self.eval(expr, at)?)),
        }
    }

    /// `value` as a text.
    pub fn to_text(&self, value: Value<'a>) -> Cow<'a, str> {
        match value {
            Value::Nodes(nodes) => nodes
                .first()
                .map_or(Cow::Borrowed(""), |&node| self.value(node)),
            Value::Number(number) => Cow::Owned(number_text(number)),
            Value::Text(text) => text,
            Value::Bool(true) => Cow::Borrowed("true"),
            Value::Bool(false) => Cow::Borrowed("false"),
            Value::Instant(None) => Cow::Borrowed("Invalid Date"),
            Value::Instant(Some(millis)) => {
                Cow::Owned(date::instant_text(millis, self.offset_at(millis)))
            }
        }
    }

    /// `value` as a number.
    pub fn to_number(&self, value: &Value) -> f64 {
        match value {
            Value::Nodes(nodes) => nodes
                .first()
                .map_or(f64::NAN, |&node| self.number_of(&self.value(node))),
            Value::Number(number) => *number,
            Value::Text(text) => self.number_of(text),
            Value::Bool(truth) => f64::from(u8::from(*truth)),
            Value::Instant(None) => f64::NAN,
            Value::Instant(Some(millis)) => *millis as f64 / date::DAY,
        }
    }

    /// What `number()` gives: of a date, whole days since 1970 whatever the place; otherwise as everywhere.
    ///
    /// Source: JavaRosa and ODK Web Forms, which give a fraction only where there is a time.
    pub(super) fn as_number(&self, expr: &'a Expr, at: &At) -> Result<f64, EvalError> {
        if matches!(expr, Expr::Call(super::Function::Today, _)) {
            let now = self.host.now();
            let local = now.millis + i64::from(now.offset) * 60_000;
            return Ok(local.div_euclid(86_400_000) as f64);
        }
        if let Expr::Path(_) | Expr::Filter(..) = expr
            && let Some(&node) = self.nodes(expr, at)?.first()
            && self.host.is_date(node)
        {
            let instant = date::read_instant(&self.value(node), false, |_| 0);
            return Ok(instant.map_or(f64::NAN, |millis| millis as f64 / date::DAY));
        }
        self.number(expr, at)
    }

    /// `value` as a truth.
    pub fn to_boolean(&self, value: &Value) -> bool {
        match value {
            Value::Nodes(nodes) => !nodes.is_empty(),
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Text(text) => !text.is_empty(),
            Value::Bool(truth) => *truth,
            Value::Instant(instant) => instant.is_some(),
        }
    }

    fn compare(
        &self,
        comparison: Comparison,
        left: &'a Expr,
        right: &'a Expr,
        at: &At,
    ) -> Result<bool, EvalError> {
        let left = self.eval(left, at)?;
        let right = self.eval(right, at)?;
        let equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
        Ok(match (left, right) {
            (Value::Bool(a), b) if equality => truths(comparison, a, self.to_boolean(&b)),
            (a, Value::Bool(b)) if equality => truths(comparison, self.to_boolean(&a), b),
            (Value::Nodes(a), Value::Nodes(b)) => self.compare_nodes(comparison, &a, &b),
            (Value::Nodes(nodes), other) => nodes
                .iter()
                .any(|&node| self.compare_node(comparison, node, &other, false)),
            (other, Value::Nodes(nodes)) => nodes
                .iter()
                .any(|&node| self.compare_node(comparison, node, &other, true)),
            (Value::Text(a), Value::Text(b)) if equality => {
                (a == b) == (comparison == Comparison::Equal)
            }
            (a, b) => numbers(comparison, self.to_number(&a), self.to_number(&b)),
        })
    }

    /// Whether the comparison holds between `node` and a value that is not nodes.
    fn compare_node(
        &self,
        comparison: Comparison,
        node: NodeRef,
        other: &Value,
        swapped: bool,
    ) -> bool {
        let value = self.value(node);
        match (comparison, other) {
            (Comparison::Equal, Value::Text(text)) => value == *text,
            (Comparison::Unequal, Value::Text(text)) => value != *text,
            _ => {
                let (a, b) = (self.number_of(&value), self.to_number(other));
                if swapped {
                    numbers(comparison, b, a)
                } else {
                    numbers(comparison, a, b)
                }
            }
        }
    }

    fn compare_nodes(&self, comparison: Comparison, a: &[NodeRef], b: &[NodeRef]) -> bool {
        match comparison {
            Comparison::Equal if a.len() > 8 && b.len() > 8 => {
                let values: HashSet<Cow<str>> = a.iter().map(|&node| self.value(node)).collect();
                b.iter().any(|&node| values.contains(&self.value(node)))
            }
            Comparison::Equal => a.iter().any(|&x| {
                let x = self.value(x);
                b.iter().any(|&y| x == self.value(y))
            }),
            Comparison::Unequal => {
                // Some pair differs unless every value on both sides is the same one.
                let Some(&first) = a.first() else {
                    return false;
                };
                let first = self.value(first);
                !b.is_empty() && a.iter().chain(b).any(|&node| self.value(node) != first)
            }
            _ => {
                let bounds = |nodes: &[NodeRef]| {
                    nodes
                        .iter()
                        .map(|&node| self.number_of(&self.value(node)))
                        .filter(|n| !n.is_nan())
                        .fold(None, |bounds: Option<(f64, f64)>, n| {
                            Some(bounds.map_or((n, n), |(low, high)| (low.min(n), high.max(n))))
                        })
                };
                let (Some((low_a, high_a)), Some((low_b, high_b))) = (bounds(a), bounds(b)) else {
                    return false;
                };
                match comparison {
                    Comparison::Less => low_a < high_b,
                    Comparison::LessOrEqual => low_a <= high_b,
                    Comparison::Greater => high_a > low_b,
                    _ => high_a >= low_b,
                }
            }
        }
    }
}

impl Indexes {
    /// The children called `row` of `parent` by the value of their child `key`.
    pub(super) fn table(&self, world: &World, parent: NodeRef, row: Sym, key: Sym) -> Table {
        if let Some(table) = self.tables.borrow().get(&(parent, row, key)) {
            return Rc::clone(table);
        }
        let tree = world.tree(parent);
        let mut table: HashMap<Box<str>, Vec<u32>> = HashMap::new();
        for child in tree.named(parent.node, row) {
            for cell in tree.named(child, key) {
                let rows = table.entry(tree.value(cell).as_ref().into()).or_default();
                if rows.last() != Some(&child) {
                    rows.push(child);
                }
            }
        }
        let table = Rc::new(table);
        self.tables
            .borrow_mut()
            .insert((parent, row, key), Rc::clone(&table));
        table
    }
}

fn truths(comparison: Comparison, a: bool, b: bool) -> bool {
    (a == b) == (comparison == Comparison::Equal)
}

fn numbers(comparison: Comparison, a: f64, b: f64) -> bool {
    match comparison {
        Comparison::Equal => a == b,
        Comparison::Unequal => a != b,
        Comparison::Less => a < b,
        Comparison::LessOrEqual => a <= b,
        Comparison::Greater => a > b,
        Comparison::GreaterOrEqual => a >= b,
    }
}
