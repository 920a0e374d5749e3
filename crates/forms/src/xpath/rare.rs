//! Functions of few forms. A partner's page has them behind her first question (the feature `behind`); a form that calls one waits for
//! them ([`Function::is_rare`]).

use super::ast::{Expr, Function};
use super::eval::{At, World};
use super::functions::{Answer, owned};
use super::texts::{base64_text, digest, translate};
use super::tree::{Kind, NONE, Tree};
use super::value::{NodeRef, Value};
use super::{EvalError, geo, maths};
use md5::Digest as _;
use std::borrow::Cow;

impl Function {
    /// Whether few forms call it.
    pub fn is_rare(self) -> bool {
        use Function::*;
        matches!(
            self,
            Acos | Asin
                | Atan
                | Atan2
                | Cos
                | Exp
                | Exp10
                | Log
                | Log10
                | Pi
                | Sin
                | Sqrt
                | Tan
                | Checklist
                | WeightedChecklist
                | Translate
                | Digest
                | Base64Decode
                | Id
                | Lang
                | LocalName
                | Name
                | NamespaceUri
                | Pulldata
                | Randomize
                | Area
                | Distance
                | Geofence
                | Intersects
        )
    }
}

#[cfg(feature = "behind")]
mod behind {
    use super::*;
    use std::cell::Cell;

    type Rare = for<'a> fn(&World<'a>, Function, &'a [Expr], &At) -> Answer<'a>;

    thread_local! {
        static RARE: Cell<Option<Rare>> = const { Cell::new(None) };
    }

    /// Has them answer from now on. Only what comes behind names this, so that they come with it.
    pub fn put_rare() {
        RARE.set(Some(|world, function, args, at| {
            world.rare(function, args, at)
        }));
    }

    impl<'a> World<'a> {
        pub(in super::super) fn rarely(
            &self,
            function: Function,
            args: &'a [Expr],
            at: &At,
        ) -> Answer<'a> {
            let rare = RARE.get().ok_or(EvalError::Absent)?;
            rare(self, function, args, at)
        }
    }
}

#[cfg(feature = "behind")]
pub use behind::put_rare;

impl<'a> World<'a> {
    #[cfg(not(feature = "behind"))]
    pub(super) fn rarely(&self, function: Function, args: &'a [Expr], at: &At) -> Answer<'a> {
        self.rare(function, args, at)
    }

    fn rare(&self, function: Function, args: &'a [Expr], at: &At) -> Answer<'a> {
        let text = |index| self.nth_text(args, index, at);
        let number = |index| self.nth_number(args, index, at);
        let of = |f: fn(f64) -> f64| number(0).map(|n| Value::Number(f(n)));
        let boolean = |truth: bool| Ok(Value::Bool(truth));
        match function {
            Function::Acos => of(maths::acos),
            Function::Asin => of(maths::asin),
            Function::Atan => of(maths::atan),
            Function::Atan2 => Ok(Value::Number(maths::atan2(number(0)?, number(1)?))),
            Function::Cos => of(maths::cos),
            Function::Exp => of(maths::exp),
            Function::Exp10 => of(|n| maths::powf(10.0, n)),
            Function::Log => of(maths::ln),
            Function::Log10 => of(maths::log10),
            Function::Pi => Ok(Value::Number(std::f64::consts::PI)),
            Function::Sin => of(maths::sin),
            Function::Sqrt => of(f64::sqrt),
            Function::Tan => of(maths::tan),
            Function::Checklist => self.checklist(args, at, false),
            Function::WeightedChecklist => self.checklist(args, at, true),
            Function::Translate => Ok(owned(translate(&text(0)?, &text(1)?, &text(2)?))),
            Function::Digest => {
                let encoding = if args.len() > 2 {
                    text(2)?
                } else {
                    Cow::Borrowed("base64")
                };
                digest(&text(0)?, &text(1)?, &encoding).map(owned)
            }
            Function::Base64Decode => Ok(owned(base64_text(&text(0)?))),
            Function::Id => self.by_id(args, at),
            Function::Lang => self.lang(&text(0)?, at.node),
            Function::LocalName | Function::Name | Function::NamespaceUri => {
                self.name(function, args, at)
            }
            Function::Pulldata => {
                let (id, wanted, key, value) = (text(0)?, text(1)?, text(2)?, text(3)?);
                Ok(owned(
                    self.pull(&id, &wanted, &key, &value).unwrap_or_default(),
                ))
            }
            Function::Randomize => {
                let nodes = self.nodes(args.first().ok_or(EvalError::NotNodes)?, at)?;
                let seed = args.get(1).map(|arg| self.eval(arg, at)).transpose()?;
                Ok(Value::Nodes(self.shuffle(nodes, seed)))
            }
            Function::Area => Ok(Value::Number(geo::area(&self.texts(args, at)?))),
            Function::Distance => Ok(Value::Number(geo::distance(&self.texts(args, at)?))),
            Function::Geofence => boolean(geo::inside(&text(0)?, &text(1)?)),
            Function::Intersects => boolean(geo::crosses_itself(&text(0)?)),
            // Every other is answered before.
            _ => Err(EvalError::Absent),
        }
    }

    fn checklist(&self, args: &'a [Expr], at: &At, weighted: bool) -> Answer<'a> {
        let (Some(low), Some(high)) = (args.first(), args.get(1)) else {
            return Ok(Value::Bool(false));
        };
        let low = self.number(low, at)?;
        let mut high = self.number(high, at)?;
        if high == -1.0 {
            high = f64::INFINITY;
        }
        let truths = |arg: &'a Expr| -> Result<Vec<bool>, EvalError> {
            Ok(match self.eval(arg, at)? {
                Value::Nodes(nodes) => nodes
                    .iter()
                    .map(|&node| !self.value(node).is_empty())
                    .collect(),
                other => vec![self.to_boolean(&other)],
            })
        };
        let mut total = 0.0;
        let rest = args.get(2..).unwrap_or_default();
        if !weighted {
            for arg in rest {
                total += truths(arg)?.into_iter().filter(|&truth| truth).count() as f64;
            }
        } else {
            for pair in rest.chunks(2) {
                let [condition, weight] = pair else {
                    return Err(EvalError::Argument(
                        "weighted-checklist",
                        "a weight is missing".into(),
                    ));
                };
                let weights = match self.eval(weight, at)? {
                    Value::Nodes(nodes) => nodes
                        .iter()
                        .map(|&n| self.number_of(&self.value(n)))
                        .collect(),
                    other => vec![self.to_number(&other)],
                };
                let conditions = truths(condition)?;
                for (index, weight) in weights.into_iter().enumerate() {
                    match conditions.get(index) {
                        Some(true) => total += weight,
                        Some(false) => {}
                        None => return Ok(Value::Bool(false)),
                    }
                }
            }
        }
        Ok(Value::Bool(total >= low && total <= high))
    }

    fn by_id(&self, args: &'a [Expr], at: &At) -> Answer<'a> {
        let wanted = self.texts(args, at)?;
        let wanted: Vec<&str> = wanted
            .iter()
            .flat_map(|text| text.split_whitespace())
            .collect();
        let tree = self.tree(at.node);
        let mut found = Vec::new();
        for id in 0..tree.len() as u32 {
            let named = tree.kind(id) == Kind::Element
                && tree.attributes(id).any(|attribute| {
                    self.names.text(tree.local(attribute)) == "id"
                        && self.names.text(tree.prefix(attribute)).is_empty()
                        && wanted.contains(&tree.value(attribute).as_ref())
                });
            if named {
                found.push(NodeRef {
                    doc: at.node.doc,
                    node: id,
                });
            }
        }
        self.in_order(&mut found);
        Ok(Value::Nodes(found))
    }

    fn lang(&self, wanted: &str, node: NodeRef) -> Answer<'a> {
        let tree = self.tree(node);
        let mut at = node.node;
        while at != NONE {
            for attribute in tree.attributes(at) {
                if self.names.text(tree.prefix(attribute)) == "xml"
                    && self.names.text(tree.local(attribute)) == "lang"
                {
                    let lang = tree.value(attribute).to_ascii_lowercase();
                    let wanted = wanted.to_ascii_lowercase();
                    let same = lang
                        .strip_prefix(&wanted)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
                    return Ok(Value::Bool(same));
                }
            }
            at = tree.parent(at);
        }
        Ok(Value::Bool(false))
    }

    fn name(&self, function: Function, args: &'a [Expr], at: &At) -> Answer<'a> {
        let node = match args.first() {
            Some(arg) => match self.nodes(arg, at)?.first() {
                Some(&node) => node,
                None => return Ok(owned(String::new())),
            },
            None => at.node,
        };
        let tree = self.tree(node);
        let local = self.names.text(tree.local(node.node));
        let prefix = self.names.text(tree.prefix(node.node));
        Ok(owned(match function {
            Function::LocalName => local.to_owned(),
            Function::NamespaceUri if tree.kind(node.node) == Kind::Namespace => String::new(),
            Function::NamespaceUri => self.names.text(tree.ns(node.node)).to_owned(),
            _ if prefix.is_empty() => local.to_owned(),
            _ => format!("{prefix}:{local}"),
        }))
    }

    fn pull(&self, id: &str, wanted: &str, key: &str, value: &str) -> Option<String> {
        let above = self.host.instance(id)?;
        let tree = self.tree(above);
        let root = tree
            .children(above.node)
            .find(|&child| tree.kind(child) == Kind::Element)?;
        let item = self.names.find("item")?;
        let row = match key.strip_prefix('@') {
            Some(_) => tree
                .named(root, item)
                .find(|&row| self.cell(tree, row, key).is_some_and(|cell| cell == value))?,
            None => {
                let table = self.indexes.table(
                    self,
                    NodeRef {
                        doc: above.doc,
                        node: root,
                    },
                    item,
                    self.names.find(key)?,
                );
                *table.get(value)?.first()?
            }
        };
        self.cell(tree, row, wanted).map(Cow::into_owned)
    }

    /// A child of a row by its name, or an attribute by its name after `@`.
    fn cell(&self, tree: &'a Tree, row: u32, name: &str) -> Option<Cow<'a, str>> {
        let node = match name.strip_prefix('@') {
            Some(name) => {
                let name = self.names.find(name)?;
                tree.attributes(row)
                    .find(|&attribute| tree.local(attribute) == name)?
            }
            None => tree.named(row, self.names.find(name)?).next()?,
        };
        Some(tree.value(node))
    }

    /// The order that every ODK tool gives for the same seed. Source: ODK XForms, randomize(); Park and Miller 1988.
    fn shuffle(&self, nodes: Vec<NodeRef>, seed: Option<Value<'a>>) -> Vec<NodeRef> {
        const MODULUS: i64 = 2_147_483_647;
        let mut state = seed.map(|seed| {
            let number = self.to_number(&seed);
            let seed = if number.is_nan() {
                let text = self.to_text(seed);
                if text.is_empty() {
                    0
                } else {
                    let hash = sha2::Sha256::digest(text.as_bytes());
                    hash.iter()
                        .take(8)
                        .fold(0i64, |all, &byte| (all << 8) | i64::from(byte))
                }
            } else {
                number as i64
            };
            let first = seed % MODULUS;
            if first <= 0 {
                first + MODULUS - 1
            } else {
                first
            }
        });
        let mut chance = || match &mut state {
            Some(state) => {
                *state = *state * 16_807 % MODULUS;
                (*state - 1) as f64 / (MODULUS - 1) as f64
            }
            None => self.chance(),
        };
        let mut out: Vec<NodeRef> = Vec::with_capacity(nodes.len());
        for (i, node) in nodes.into_iter().enumerate() {
            let j = (chance() * (i + 1) as f64) as usize;
            match out.get(j).copied() {
                Some(other) => {
                    out.push(other);
                    out[j] = node;
                }
                None => out.push(node),
            }
        }
        out
    }
}
