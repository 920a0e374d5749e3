//! From tokens to an expression. Source: XPath 1.0, §§2–3.

use super::ReadError;
use super::ast::{Axis, Comparison, Expr, Function, Operation, Path, Predicate, Step, Test};
use super::lexer::{Placed, Token, tokens};
use super::names::{Names, Prefixes, Sym};

/// How deep parentheses, predicates and arguments may nest: far beyond any form, well within any stack.
const DEEPEST: usize = 96;

/// Reads `text`, its names known by `names`, its prefixes by `prefixes`.
pub fn read(text: &str, names: &mut Names, prefixes: &Prefixes) -> Result<Expr, ReadError> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens,
        at: 0,
        end: text.len(),
        depth: 0,
        names,
        prefixes,
    };
    let expr = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some((_, at)) => Err(ReadError::new(
            "this comes after the end of the expression",
            *at,
        )),
    }
}

struct Parser<'a, 'n> {
    tokens: Vec<Placed<'a>>,
    at: usize,
    end: usize,
    depth: usize,
    names: &'n mut Names,
    prefixes: &'n Prefixes,
}

impl<'a> Parser<'a, '_> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn here(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(_, at)| *at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, token: &Token, wanted: &'static str) -> Result<(), ReadError> {
        if self.take(token) {
            Ok(())
        } else {
            Err(ReadError::new(wanted, self.here()))
        }
    }

    fn operator(&mut self, among: &[&str]) -> Option<&'a str> {
        match self.peek() {
            Some(&Token::Operator(sign)) if among.contains(&sign) => {
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn or(&mut self) -> Result<Expr, ReadError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ReadError::new("nested too deep", self.here()));
        }
        let result = self.list(&["or"], Self::and, Expr::Or);
        self.depth -= 1;
        result
    }

    fn and(&mut self) -> Result<Expr, ReadError> {
        self.list(&["and"], Self::equality, Expr::And)
    }

    fn list(
        &mut self,
        sign: &[&str],
        member: fn(&mut Self) -> Result<Expr, ReadError>,
        build: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, ReadError> {
        let first = member(self)?;
        if self.operator(sign).is_none() {
            return Ok(first);
        }
        let mut list = vec![first, member(self)?];
        while self.operator(sign).is_some() {
            list.push(member(self)?);
        }
        Ok(build(list))
    }

    fn comparisons(
        &mut self,
        signs: &[&str],
        member: fn(&mut Self) -> Result<Expr, ReadError>,
    ) -> Result<Expr, ReadError> {
        let mut left = member(self)?;
        let mut length = 0;
        while let Some(sign) = self.operator(signs) {
            length += 1;
            if length > DEEPEST {
                return Err(ReadError::new("too many comparisons in a row", self.here()));
            }
            let comparison = match sign {
                "=" => Comparison::Equal,
                "!=" => Comparison::Unequal,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                _ => Comparison::GreaterOrEqual,
            };
            left = Expr::Compare(comparison, Box::new(left), Box::new(member(self)?));
        }
        Ok(left)
    }

    fn equality(&mut self) -> Result<Expr, ReadError> {
        self.comparisons(&["=", "!="], Self::relation)
    }

    fn relation(&mut self) -> Result<Expr, ReadError> {
        self.comparisons(&["<", "<=", ">", ">="], Self::sum)
    }

    fn arithmetic(
        &mut self,
        signs: &[&str],
        member: fn(&mut Self) -> Result<Expr, ReadError>,
    ) -> Result<Expr, ReadError> {
        let first = member(self)?;
        let mut rest = Vec::new();
        while let Some(sign) = self.operator(signs) {
            let operation = match sign {
                "+" => Operation::Add,
                "-" => Operation::Subtract,
                "*" => Operation::Multiply,
                "div" => Operation::Divide,
                _ => Operation::Remainder,
            };
            rest.push((operation, member(self)?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expr::Arithmetic(Box::new(first), rest)
        })
    }

    fn sum(&mut self) -> Result<Expr, ReadError> {
        self.arithmetic(&["+", "-"], Self::product)
    }

    fn product(&mut self) -> Result<Expr, ReadError> {
        self.arithmetic(&["*", "div", "mod"], Self::negation)
    }

    fn negation(&mut self) -> Result<Expr, ReadError> {
        let mut signs = 0;
        while self.operator(&["-"]).is_some() {
            signs += 1;
        }
        let expr = self.list(&["|"], Self::path, Expr::Union)?;
        Ok(match signs {
            0 => expr,
            _ if signs % 2 == 1 => Expr::Negate(Box::new(expr)),
            _ => Expr::Negate(Box::new(Expr::Negate(Box::new(expr)))),
        })
    }

    fn path(&mut self) -> Result<Expr, ReadError> {
        match self.peek() {
            Some(Token::Slash) => {
                self.at += 1;
                let steps = if self.starts_step() {
                    self.steps(Vec::new())?
                } else {
                    Vec::new()
                };
                return Ok(Expr::Path(path(true, steps)));
            }
            Some(Token::SlashSlash) => {
                self.at += 1;
                return Ok(Expr::Path(path(true, self.steps(vec![anywhere()])?)));
            }
            Some(Token::Number(_) | Token::Literal(_) | Token::Open | Token::Dollar) => {}
            Some(Token::Name(prefix, local)) => {
                let call = matches!(self.tokens.get(self.at + 1), Some((Token::Open, _)));
                let node_type = prefix.is_empty()
                    && matches!(
                        *local,
                        "node" | "text" | "comment" | "processing-instruction"
                    );
                if !call || node_type {
                    return Ok(Expr::Path(path(false, self.steps(Vec::new())?)));
                }
            }
            _ => return Ok(Expr::Path(path(false, self.steps(Vec::new())?))),
        }
        let primary = self.primary()?;
        let predicates = self.predicates()?;
        let steps = if self.take(&Token::Slash) {
            self.steps(Vec::new())?
        } else if self.take(&Token::SlashSlash) {
            self.steps(vec![anywhere()])?
        } else {
            Vec::new()
        };
        Ok(if predicates.is_empty() && steps.is_empty() {
            primary
        } else {
            Expr::Filter(Box::new(primary), predicates, steps)
        })
    }

    fn starts_step(&self) -> bool {
        matches!(
            self.peek(),
            Some(Token::Name(..) | Token::Star | Token::At | Token::Dot | Token::DotDot)
        )
    }

    fn steps(&mut self, mut steps: Vec<Step>) -> Result<Vec<Step>, ReadError> {
        loop {
            steps.push(self.step()?);
            if self.take(&Token::SlashSlash) {
                steps.push(anywhere());
            } else if !self.take(&Token::Slash) {
                return Ok(steps);
            }
        }
    }

    fn step(&mut self) -> Result<Step, ReadError> {
        if self.take(&Token::Dot) {
            return Ok(Step {
                axis: Axis::Itself,
                test: Test::Node,
                predicates: self.predicates()?,
            });
        }
        if self.take(&Token::DotDot) {
            return Ok(Step {
                axis: Axis::Parent,
                test: Test::Node,
                predicates: self.predicates()?,
            });
        }
        let mut axis = Axis::Child;
        if self.take(&Token::At) {
            axis = Axis::Attribute;
        } else if let (Some(&Token::Name("", name)), Some((Token::ColonColon, _))) =
            (self.peek(), self.tokens.get(self.at + 1))
        {
            axis = axis_named(name).ok_or(ReadError::new("no such axis", self.here()))?;
            self.at += 2;
        }
        let test = self.test()?;
        Ok(Step {
            axis,
            test,
            predicates: self.predicates()?,
        })
    }

    fn test(&mut self) -> Result<Test, ReadError> {
        let here = self.here();
        if self.take(&Token::Star) {
            return Ok(Test::Any);
        }
        let Some(&Token::Name(prefix, local)) = self.peek() else {
            return Err(ReadError::new("a name is missing here", here));
        };
        self.at += 1;
        if prefix.is_empty() && self.take(&Token::Open) {
            let target = match self.peek() {
                Some(&Token::Literal(target)) => {
                    self.at += 1;
                    Some(target.into())
                }
                _ => None,
            };
            self.expect(&Token::Close, "a closing parenthesis is missing")?;
            return match local {
                "node" => Ok(Test::Node),
                "text" => Ok(Test::Text),
                "comment" => Ok(Test::Comment),
                "processing-instruction" => Ok(Test::Instruction(target)),
                _ => Err(ReadError::new("a function can't be a step of a path", here)),
            };
        }
        if prefix.is_empty() {
            return Ok(Test::Local(self.names.add(local)));
        }
        let ns = self.namespace(prefix, here)?;
        Ok(if local == "*" {
            Test::Namespace(ns)
        } else {
            Test::Name(ns, self.names.add(local))
        })
    }

    fn namespace(&mut self, prefix: &str, here: usize) -> Result<Sym, ReadError> {
        match self.prefixes.namespace(prefix) {
            Some(uri) => Ok(self.names.add(uri)),
            None => Err(ReadError::new(
                "a prefix that the form does not declare",
                here,
            )),
        }
    }

    fn predicates(&mut self) -> Result<Vec<Predicate>, ReadError> {
        let mut out = Vec::new();
        while self.take(&Token::OpenBracket) {
            let expr = self.or()?;
            self.expect(&Token::CloseBracket, "a closing bracket is missing")?;
            out.push(classify(expr));
        }
        Ok(out)
    }

    fn primary(&mut self) -> Result<Expr, ReadError> {
        let here = self.here();
        let token = self.peek().cloned();
        self.at += 1;
        match token {
            Some(Token::Number(number)) => Ok(Expr::Number(number)),
            Some(Token::Literal(text)) => Ok(Expr::Literal(text.into())),
            Some(Token::Open) => {
                let expr = self.or()?;
                self.expect(&Token::Close, "a closing parenthesis is missing")?;
                Ok(expr)
            }
            Some(Token::Name(prefix, local)) => {
                self.expect(&Token::Open, "an opening parenthesis is missing")?;
                let mut args = Vec::new();
                if !self.take(&Token::Close) {
                    loop {
                        args.push(self.or()?);
                        if self.take(&Token::Close) {
                            break;
                        }
                        self.expect(&Token::Comma, "a comma or a closing parenthesis is missing")?;
                    }
                }
                self.call(prefix, local, args, here)
            }
            Some(Token::Dollar) => Err(ReadError::new(
                "a reference to a name that was not replaced",
                here,
            )),
            _ => Err(ReadError::new("a value is missing here", here)),
        }
    }

    fn call(
        &mut self,
        prefix: &str,
        local: &str,
        mut args: Vec<Expr>,
        here: usize,
    ) -> Result<Expr, ReadError> {
        let full = if prefix.is_empty() {
            local.to_owned()
        } else {
            format!("{prefix}:{local}")
        };
        let Some((function, fewest, most)) = Function::named(&full) else {
            return Ok(Expr::Unknown(full.into()));
        };
        // A question, then repeats, each with its number.
        let is_odd_one_out = function == Function::IndexedRepeat && args.len().is_multiple_of(2);
        if args.len() < fewest || args.len() > most || is_odd_one_out {
            return Ok(Expr::Miscalled(full.into()));
        }
        if function == Function::ChoiceName {
            // The second argument is a path written between quotes: read it now, so that it is checked and followed.
            if let Some(Expr::Literal(text)) = args.get(1) {
                let inner = read(text, self.names, self.prefixes)
                    .map_err(|error| ReadError { at: here, ..error })?;
                args[1] = inner;
            }
        }
        Ok(Expr::Call(function, args))
    }
}

fn anywhere() -> Step {
    Step {
        axis: Axis::DescendantOrSelf,
        test: Test::Node,
        predicates: Vec::new(),
    }
}

fn path(absolute: bool, steps: Vec<Step>) -> Path {
    let climbs =
        |step: &Step| matches!(step.axis, Axis::Parent | Axis::Itself) && step.test == Test::Node;
    let descends = |step: &Step| {
        matches!(step.axis, Axis::Child | Axis::Attribute)
            && !matches!(step.test, Test::Instruction(_))
    };
    let plain = steps.iter().all(|step| step.predicates.is_empty())
        && steps.iter().skip_while(|step| climbs(step)).all(descends);
    Path {
        absolute,
        steps,
        plain,
    }
}

fn axis_named(name: &str) -> Option<Axis> {
    Some(match name {
        "ancestor" => Axis::Ancestor,
        "ancestor-or-self" => Axis::AncestorOrSelf,
        "attribute" => Axis::Attribute,
        "child" => Axis::Child,
        "descendant" => Axis::Descendant,
        "descendant-or-self" => Axis::DescendantOrSelf,
        "following" => Axis::Following,
        "following-sibling" => Axis::FollowingSibling,
        "namespace" => Axis::Namespace,
        "parent" => Axis::Parent,
        "preceding" => Axis::Preceding,
        "preceding-sibling" => Axis::PrecedingSibling,
        "self" => Axis::Itself,
        _ => return None,
    })
}

fn classify(expr: Expr) -> Predicate {
    if let Expr::Number(number) = expr
        && number >= 1.0
        && number.fract() == 0.0
    {
        return Predicate::Position(number as usize);
    }
    match key(&expr) {
        Some((name, value)) => Predicate::Key(name, Box::new(value), Box::new(expr)),
        None => Predicate::General(Box::new(expr)),
    }
}

/// The child and the value it must equal, where an expression says so first.
fn key(expr: &Expr) -> Option<(Sym, Expr)> {
    let first = match expr {
        Expr::And(list) => list.first()?,
        other => other,
    };
    let Expr::Compare(Comparison::Equal, left, right) = first else {
        return None;
    };
    [(left, right), (right, left)]
        .into_iter()
        .find_map(|(key, value)| {
            Some((
                child_name(key).filter(|_| value.ignores_context())?,
                (**value).clone(),
            ))
        })
}

/// The name, where an expression is a child's name alone.
fn child_name(expr: &Expr) -> Option<Sym> {
    let Expr::Path(Path {
        absolute: false,
        steps,
        ..
    }) = expr
    else {
        return None;
    };
    let steps = match steps.as_slice() {
        [
            Step {
                axis: Axis::Itself,
                test: Test::Node,
                predicates,
            },
            rest @ ..,
        ] if predicates.is_empty() => rest,
        all => all,
    };
    match steps {
        [
            Step {
                axis: Axis::Child,
                test: Test::Local(name),
                predicates,
            },
        ] if predicates.is_empty() => Some(*name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Expr, ReadError> {
        let prefixes = Prefixes(vec![("jr".into(), "http://openrosa.org/javarosa".into())]);
        read(text, &mut Names::default(), &prefixes)
    }

    #[test]
    fn a_name_after_an_operand_is_an_operator() {
        assert!(matches!(parsed("div div mod"), Ok(Expr::Arithmetic(_, rest)) if rest.len() == 1));
        assert!(matches!(parsed("* * *"), Ok(Expr::Arithmetic(..))));
        assert!(parsed("a b").is_err());
    }

    #[test]
    fn a_sum_of_ten_thousand_terms_is_no_deeper_than_one_of_two() {
        let text = vec!["/data/a"; 10_000].join(" + ");
        assert!(matches!(parsed(&text), Ok(Expr::Arithmetic(_, rest)) if rest.len() == 9_999));
    }

    #[test]
    fn what_nests_without_end_is_refused_with_its_place() {
        let text = "(".repeat(5_000);
        assert_eq!(
            parsed(&text).map_err(|error| error.reason),
            Err("nested too deep")
        );
    }

    #[test]
    fn an_unknown_function_is_read_and_a_prefix_unknown_is_not() {
        assert_eq!(parsed("nope(1)"), Ok(Expr::Unknown("nope".into())));
        assert_eq!(parsed("not()"), Ok(Expr::Miscalled("not".into())));
        assert_eq!(parsed("/a/x:b").map_err(|error| error.at), Err(3));
    }

    #[test]
    fn an_equality_with_something_outside_the_list_is_found_by_index() {
        let Ok(Expr::Filter(_, _, steps)) =
            parsed("instance('c')/root/item[region = current()/../r and x = 1]")
        else {
            panic!("a path from a function")
        };
        assert!(matches!(
            steps.last().map(|step| step.predicates.as_slice()),
            Some([Predicate::Key(..)])
        ));
        let Ok(Expr::Filter(_, _, steps)) = parsed("instance('c')/root/item[region = ../r]") else {
            panic!("a path from a function")
        };
        assert!(matches!(
            steps.last().map(|step| step.predicates.as_slice()),
            Some([Predicate::General(_)])
        ));
    }
}
