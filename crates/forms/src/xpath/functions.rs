//! The functions of most forms; the others are in `rare`. Sources: XPath 1.0 §4; ODK XForms specification, "XPath functions".

use super::EvalError;
use super::ast::{Expr, Function};
use super::date::{self, Civil};
use super::eval::{At, World};
use super::maths;
use super::pattern;
use super::texts::{substr, substring};
use super::tree::{Kind, NONE};
use super::value::{NodeRef, Value};
use std::borrow::Cow;

pub(super) type Answer<'a> = Result<Value<'a>, EvalError>;

pub(super) fn owned<'a>(text: String) -> Value<'a> {
    Value::Text(Cow::Owned(text))
}

impl<'a> World<'a> {
    /// An argument as a text; empty where there is none.
    pub(super) fn nth_text(
        &self,
        args: &'a [Expr],
        index: usize,
        at: &At,
    ) -> Result<Cow<'a, str>, EvalError> {
        args.get(index)
            .map_or(Ok(Cow::Borrowed("")), |arg| self.text(arg, at))
    }

    /// An argument as a number; not a number where there is none.
    pub(super) fn nth_number(
        &self,
        args: &'a [Expr],
        index: usize,
        at: &At,
    ) -> Result<f64, EvalError> {
        args.get(index)
            .map_or(Ok(f64::NAN), |arg| self.number(arg, at))
    }

    /// The value of `function` for `args`; their number was checked when they were read.
    pub(super) fn call(&self, function: Function, args: &'a [Expr], at: &At) -> Answer<'a> {
        let text = |index| self.nth_text(args, index, at);
        let number = |index| self.nth_number(args, index, at);
        let of = |f: fn(f64) -> f64| number(0).map(|n| Value::Number(f(n)));
        let boolean = |truth: bool| Ok(Value::Bool(truth));
        match function {
            Function::Abs => of(f64::abs),
            Function::Ceiling => of(f64::ceil),
            Function::Floor => of(f64::floor),
            Function::Int => of(f64::trunc),
            Function::Pow => Ok(Value::Number(power(number(0)?, number(1)?))),
            Function::Round => {
                let digits = if args.len() > 1 { number(1)? } else { 0.0 };
                Ok(Value::Number(round(number(0)?, digits)))
            }
            Function::Random => Ok(Value::Number(self.chance())),
            Function::Min => self.extreme(args, at, |a, b| if b < a { b } else { a }),
            Function::Max => self.extreme(args, at, |a, b| if b > a { b } else { a }),
            Function::Sum => {
                let nodes = self.nodes(args.first().ok_or(EvalError::NotNodes)?, at)?;
                Ok(Value::Number(
                    nodes
                        .iter()
                        .map(|&node| self.number_of(&self.value(node)))
                        .sum(),
                ))
            }
            Function::Count => Ok(Value::Number(
                self.nodes(args.first().ok_or(EvalError::NotNodes)?, at)?
                    .len() as f64,
            )),
            Function::CountNonEmpty => {
                let nodes = self.nodes(args.first().ok_or(EvalError::NotNodes)?, at)?;
                Ok(Value::Number(
                    nodes
                        .iter()
                        .filter(|&&node| !self.value(node).is_empty())
                        .count() as f64,
                ))
            }
            Function::Number => match args.first() {
                Some(arg) => self.as_number(arg, at).map(Value::Number),
                None => Ok(Value::Number(self.number_of(&self.value(at.node)))),
            },

            Function::True => boolean(true),
            Function::False => boolean(false),
            Function::Not => boolean(
                !args
                    .first()
                    .map_or(Ok(false), |arg| self.boolean(arg, at))?,
            ),
            Function::Boolean => boolean(
                args.first()
                    .map_or(Ok(false), |arg| self.boolean(arg, at))?,
            ),
            Function::BooleanFromString => boolean(matches!(text(0)?.as_ref(), "1" | "true")),
            Function::If => {
                let [condition, yes, no] = args else {
                    return Ok(owned(String::new()));
                };
                self.eval(
                    if self.boolean(condition, at)? {
                        yes
                    } else {
                        no
                    },
                    at,
                )
            }
            Function::Depend => args
                .first()
                .map_or(Ok(owned(String::new())), |arg| self.eval(arg, at)),

            Function::Coalesce => {
                for arg in args {
                    let value = self.eval(arg, at)?;
                    if matches!(value, Value::Number(number) if number.is_nan()) {
                        continue;
                    }
                    let value = self.to_text(value);
                    if !value.is_empty() {
                        return Ok(Value::Text(value));
                    }
                }
                Ok(owned(String::new()))
            }
            Function::Once => {
                let value = self.value(at.node);
                if !value.is_empty() {
                    return Ok(Value::Text(value));
                }
                // As long as it gives no number yet, there is nothing to keep.
                args.first()
                    .map_or(Err(EvalError::NotNodes), |arg| self.eval(arg, at))
            }
            Function::String => match args.first() {
                Some(arg) => self.text(arg, at).map(Value::Text),
                None => Ok(Value::Text(self.value(at.node))),
            },
            Function::Concat => Ok(owned(self.texts(args, at)?.concat())),
            Function::Join => {
                let (glue, rest) = (text(0)?, args.get(1..).unwrap_or_default());
                Ok(owned(self.texts(rest, at)?.join(&glue)))
            }
            Function::Contains => boolean(text(0)?.contains(text(1)?.as_ref())),
            Function::StartsWith => boolean(text(0)?.starts_with(text(1)?.as_ref())),
            Function::EndsWith => boolean(text(0)?.ends_with(text(1)?.as_ref())),
            Function::SubstringBefore => {
                let (whole, part) = (text(0)?, text(1)?);
                Ok(owned(
                    whole
                        .split_once(part.as_ref())
                        .map_or("", |(before, _)| before)
                        .to_owned(),
                ))
            }
            Function::SubstringAfter => {
                let (whole, part) = (text(0)?, text(1)?);
                Ok(owned(
                    whole
                        .split_once(part.as_ref())
                        .map_or("", |(_, after)| after)
                        .to_owned(),
                ))
            }
            Function::Substring => {
                let length = if args.len() > 2 {
                    Some(number(2)?)
                } else {
                    None
                };
                Ok(owned(substring(&text(0)?, number(1)?, length)))
            }
            Function::Substr => {
                let end = if args.len() > 2 {
                    Some(number(2)?)
                } else {
                    None
                };
                Ok(owned(substr(&text(0)?, number(1)?, end)))
            }
            Function::StringLength => {
                let value = if args.is_empty() {
                    self.value(at.node)
                } else {
                    text(0)?
                };
                Ok(Value::Number(value.chars().count() as f64))
            }
            Function::NormalizeSpace => {
                let value = if args.is_empty() {
                    self.value(at.node)
                } else {
                    text(0)?
                };
                Ok(owned(
                    value
                        .split([' ', '\t', '\n', '\r'])
                        .filter(|w| !w.is_empty())
                        .collect::<Vec<_>>()
                        .join(" "),
                ))
            }
            Function::Regex => boolean(pattern::is_found(&text(0)?, &text(1)?)?),
            Function::Uuid => self.uuid(if args.is_empty() {
                None
            } else {
                Some(number(0)?)
            }),

            Function::Selected => {
                let (list, value) = (text(0)?, text(1)?);
                let value = value.trim();
                boolean(if value.is_empty() {
                    list.trim().is_empty()
                } else {
                    list.split_whitespace().any(|choice| choice == value)
                })
            }
            Function::SelectedAt => {
                let (list, index) = (text(0)?, number(1)?);
                let chosen = if index >= 0.0 {
                    list.split_whitespace().nth(index as usize)
                } else {
                    None
                };
                Ok(owned(chosen.unwrap_or_default().to_owned()))
            }
            Function::CountSelected => {
                Ok(Value::Number(text(0)?.split_whitespace().count() as f64))
            }
            Function::ChoiceName => self.choice_name(args, at),
            Function::Itext => Ok(owned(self.host.itext(&text(0)?).unwrap_or_default())),
            Function::Property => Ok(owned(self.host.property(&text(0)?).unwrap_or_default())),
            Function::Version => Ok(owned(self.host.version())),

            Function::Current => Ok(Value::Nodes(vec![at.current])),
            Function::Instance => {
                let id = text(0)?;
                Ok(Value::Nodes(self.host.instance(&id).into_iter().collect()))
            }
            Function::Last => Ok(Value::Number(at.size as f64)),
            Function::Position => self.position(args, at),
            Function::IndexedRepeat => self.indexed_repeat(args, at),
            Function::Today => {
                let now = self.host.now();
                let local = now.millis + i64::from(now.offset) * 60_000;
                let midnight =
                    local.div_euclid(86_400_000) * 86_400_000 - i64::from(now.offset) * 60_000;
                Ok(Value::Instant(Some(midnight)))
            }
            Function::Now => Ok(Value::Instant(Some(self.host.now().millis))),
            Function::Date | Function::DateTime => {
                match self.eval(args.first().ok_or(EvalError::NotNodes)?, at)? {
                    Value::Bool(_) => Ok(owned(String::new())),
                    Value::Instant(instant) => Ok(Value::Instant(instant)),
                    Value::Number(days) => Ok(Value::Instant(self.instant_of(days))),
                    other => {
                        let value = self.to_text(other);
                        if value.is_empty() {
                            return Ok(owned(String::new()));
                        }
                        Ok(Value::Instant(date::read_instant(&value, true, |millis| {
                            self.offset_at(millis)
                        })))
                    }
                }
            }
            Function::DecimalDateTime => {
                let value = self.eval(args.first().ok_or(EvalError::NotNodes)?, at)?;
                Ok(Value::Number(match value {
                    Value::Bool(_) => f64::NAN,
                    Value::Number(days) => self
                        .instant_of(days)
                        .map_or(f64::NAN, |ms| ms as f64 / date::DAY),
                    Value::Instant(instant) => instant.map_or(f64::NAN, |ms| ms as f64 / date::DAY),
                    other => {
                        let value = self.to_text(other);
                        date::read_instant(&value, false, |millis| self.offset_at(millis))
                            .map_or(f64::NAN, |ms| ms as f64 / date::DAY)
                    }
                }))
            }
            Function::DecimalTime => Ok(Value::Number(match date::read_time(&text(0)?) {
                Some((time, None)) => time as f64 / date::DAY,
                Some((time, Some(offset))) => {
                    let utc = time - i64::from(offset) * 60_000;
                    let here = utc + i64::from(self.offset_at(utc)) * 60_000;
                    here.rem_euclid(86_400_000) as f64 / date::DAY
                }
                None => f64::NAN,
            })),
            Function::FormatDate | Function::FormatDateTime => {
                let value = self.eval(args.first().ok_or(EvalError::NotNodes)?, at)?;
                let instant = match value {
                    Value::Instant(instant) => instant,
                    Value::Number(days) => self.instant_of(days),
                    Value::Bool(_) => None,
                    other => date::read_instant(&self.to_text(other), true, |millis| {
                        self.offset_at(millis)
                    }),
                };
                let pattern = text(1)?;
                Ok(owned(instant.map_or(String::new(), |millis| {
                    let civil = Civil::at(millis, self.offset_at(millis));
                    date::format(&civil, &pattern, function == Function::FormatDateTime)
                })))
            }

            rare => self.rarely(rare, args, at),
        }
    }

    fn instant_of(&self, days: f64) -> Option<i64> {
        let millis = (days * date::DAY).round();
        (millis.abs() < 8.64e15).then_some(millis as i64)
    }

    pub(super) fn chance(&self) -> f64 {
        // 53 bits: as fine as a double between 0 and 1 can be.
        (self.host.random() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Every argument as a text, each node of a set apart.
    pub(super) fn texts(&self, args: &'a [Expr], at: &At) -> Result<Vec<Cow<'a, str>>, EvalError> {
        let mut out = Vec::with_capacity(args.len());
        for arg in args {
            match self.eval(arg, at)? {
                Value::Nodes(nodes) => out.extend(nodes.into_iter().map(|node| self.value(node))),
                other => out.push(self.to_text(other)),
            }
        }
        Ok(out)
    }

    fn extreme(&self, args: &'a [Expr], at: &At, choose: fn(f64, f64) -> f64) -> Answer<'a> {
        let mut best: Option<f64> = None;
        let mut missing = false;
        let mut offer = |number: f64| {
            if number.is_nan() {
                missing = true;
            } else {
                best = Some(best.map_or(number, |so_far| choose(so_far, number)));
            }
        };
        for arg in args {
            match self.eval(arg, at)? {
                Value::Nodes(nodes) => nodes
                    .iter()
                    .for_each(|&node| offer(self.number_of(&self.value(node)))),
                other => offer(self.to_number(&other)),
            }
        }
        Ok(Value::Number(if missing {
            f64::NAN
        } else {
            best.unwrap_or(f64::NAN)
        }))
    }

    fn choice_name(&self, args: &'a [Expr], at: &At) -> Answer<'a> {
        let (Some(value), Some(path)) = (args.first(), args.get(1)) else {
            return Ok(owned(String::new()));
        };
        let value = self.text(value, at)?;
        match self.nodes(path, at)?.first() {
            Some(&node) => self.host.choice_name(node, &value).map(owned),
            None => Ok(owned(String::new())),
        }
    }

    fn position(&self, args: &'a [Expr], at: &At) -> Answer<'a> {
        let Some(arg) = args.first() else {
            return Ok(Value::Number(at.position as f64));
        };
        let nodes = self.nodes(arg, at)?;
        let Some(&node) = nodes.first() else {
            return Ok(Value::Number(f64::NAN));
        };
        if let Some(row) = self.host.row(node) {
            return Ok(Value::Number(row as f64));
        }
        let tree = self.tree(node);
        let name = (tree.local(node.node), tree.ns(node.node));
        let mut count = 1;
        let mut before = tree.prev(node.node);
        while before != NONE {
            if tree.kind(before) == Kind::Element {
                if (tree.local(before), tree.ns(before)) != name {
                    break;
                }
                count += 1;
            }
            before = tree.prev(before);
        }
        Ok(Value::Number(f64::from(count)))
    }

    /// Nodes of the first argument inside the rows that the pairs of repeat and index name.
    fn indexed_repeat(&self, args: &'a [Expr], at: &At) -> Answer<'a> {
        let nothing = Ok(Value::Nodes(Vec::new()));
        if let Some(found) = self.plainly_indexed(args, at) {
            return found.map(Value::Nodes);
        }
        let mut pairs = Vec::new();
        for pair in args.get(1..).unwrap_or_default().chunks(2) {
            let [repeat, index] = pair else {
                return Err(EvalError::Argument(
                    "indexed-repeat",
                    "an index is missing".into(),
                ));
            };
            let index = self.number(index, at)?;
            let rows = self.nodes(repeat, at)?;
            let (Some(&first), false) = (rows.first(), index.is_nan()) else {
                return nothing;
            };
            pairs.push((self.depth(first), rows, index));
        }
        pairs.sort_by_key(|(depth, ..)| *depth);
        let mut inside: Option<NodeRef> = None;
        for (_, rows, index) in pairs {
            let mut rows = rows
                .into_iter()
                .filter(|row| inside.is_none_or(|outer| self.is_below(*row, outer)));
            if index < 1.0 || index.fract() != 0.0 {
                return nothing;
            }
            match rows.nth(index as usize - 1) {
                Some(row) => inside = Some(row),
                None => return nothing,
            }
        }
        let mut nodes = self.nodes(args.first().ok_or(EvalError::NotNodes)?, at)?;
        if let Some(row) = inside {
            nodes.retain(|node| self.is_below(*node, row));
        }
        Ok(Value::Nodes(nodes))
    }

    /// The same where both are plain paths and the first goes through the second, as nearly all forms write it: only the
    /// row asked for is looked into.
    fn plainly_indexed(
        &self,
        args: &'a [Expr],
        at: &At,
    ) -> Option<Result<Vec<NodeRef>, EvalError>> {
        let [Expr::Path(wanted), Expr::Path(repeat), index] = args else {
            return None;
        };
        let absolute = wanted.plain && repeat.plain && wanted.absolute && repeat.absolute;
        let inner = wanted.steps.strip_prefix(repeat.steps.as_slice())?;
        if !absolute || inner.is_empty() {
            return None;
        }
        let index = match self.number(index, at) {
            Ok(index) => index,
            Err(error) => return Some(Err(error)),
        };
        let mut out = Vec::new();
        let mut count = 0.0;
        let mut row = None;
        self.plain(&repeat.steps, self.host.root(at.node), &mut |node| {
            count += 1.0;
            if count == index {
                row = Some(node);
            }
            row.is_some()
        });
        if let Some(row) = row {
            self.plain(inner, row, &mut |node| {
                out.push(node);
                false
            });
        }
        Some(Ok(out))
    }

    fn depth(&self, node: NodeRef) -> usize {
        let tree = self.tree(node);
        std::iter::successors(Some(node.node), |&id| {
            Some(tree.parent(id)).filter(|&up| up != NONE)
        })
        .count()
    }

    fn is_below(&self, inner: NodeRef, outer: NodeRef) -> bool {
        inner.doc == outer.doc && self.tree(inner).is_below(inner.node, outer.node)
    }

    fn uuid(&self, length: Option<f64>) -> Answer<'a> {
        let one = || {
            let high = self.host.random();
            let low = self.host.random();
            let high = high & 0xffff_ffff_ffff_0fff | 0x4000;
            let low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
            format!(
                "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                high >> 32,
                high >> 16 & 0xffff,
                high & 0xffff,
                low >> 48,
                low & 0xffff_ffff_ffff
            )
        };
        let Some(length) = length else {
            return Ok(owned(one()));
        };
        if length.is_nan() {
            return Err(EvalError::Argument(
                "uuid",
                "the length is not a number".into(),
            ));
        }
        // Longer than this is a mistake in a form, not a wish.
        let length = length.clamp(0.0, 4096.0) as usize;
        let mut out = one();
        while out.len() < length {
            out.push_str(&one());
        }
        out.truncate(length);
        Ok(owned(out))
    }
}

/// `base` to the power of `exponent`, by multiplication where the exponent is whole, so that small powers are exact.
fn power(base: f64, exponent: f64) -> f64 {
    if exponent.fract() == 0.0 && exponent.abs() <= 64.0 {
        base.powi(exponent as i32)
    } else {
        maths::powf(base, exponent)
    }
}

/// Rounds half away from zero, as JavaRosa does.
fn round(value: f64, digits: f64) -> f64 {
    if digits.is_nan() || value.is_nan() {
        return f64::NAN;
    }
    if value.is_infinite() {
        return value;
    }
    let scale = power(10.0, digits.trunc());
    let rounded = (value.abs() * scale).round() / scale;
    if value < 0.0 { -rounded } else { rounded }
}
