//! An expression, read.

use super::names::Sym;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A number as written.
    Number(f64),
    /// A text between quotes.
    Literal(Box<str>),
    /// True when any member is; later members are not evaluated then.
    Or(Vec<Expr>),
    /// True when every member is; later members are not evaluated after a false one.
    And(Vec<Expr>),
    /// A comparison.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// Operations of one precedence, from left to right.
    Arithmetic(Box<Expr>, Vec<(Operation, Expr)>),
    /// The opposite.
    Negate(Box<Expr>),
    /// All nodes of the members, once each, in document order.
    Union(Vec<Expr>),
    /// A location path.
    Path(Path),
    /// Nodes of an expression, filtered, then walked from.
    Filter(Box<Expr>, Vec<Predicate>, Vec<Step>),
    /// A function.
    Call(Function, Vec<Expr>),
    /// A function that nobody knows; evaluating it is an error.
    Unknown(Box<str>),
    /// A function with a number of arguments that it does not take; evaluating it is an error.
    Miscalled(Box<str>),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// An operation on two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `div`
    Divide,
    /// `mod`
    Remainder,
}

/// A location path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Whether it starts at the root.
    pub absolute: bool,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Whether it climbs first (`..`, `.`), then only descends by name, without a predicate.
    pub plain: bool,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where to look.
    pub axis: Axis,
    /// What to keep.
    pub test: Test,
    /// What to keep of that.
    pub predicates: Vec<Predicate>,
}

/// Where a step looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in XPath 1.0, §2.2")]
pub enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

/// What a step keeps.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `*`
    Any,
    /// `prefix:*`
    Namespace(Sym),
    /// `name`, in any namespace: forms are written so.
    Local(Sym),
    /// `prefix:name`
    Name(Sym, Sym),
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction('target')`
    Instruction(Option<Box<str>>),
}

/// What a step keeps of what its test kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// `[3]`
    Position(usize),
    /// `[name = value]`, where `value` does not depend on the node being filtered: found by index in long lists.
    Key(Sym, Box<Expr>, Box<Expr>),
    /// Anything.
    General(Box<Expr>),
}

macro_rules! functions {
    ($($variant:ident $name:literal $min:literal $max:expr;)*) => {
        /// A function by its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "named as in the ODK XForms specification")]
        pub enum Function { $($variant,)* }

        impl Function {
            /// The function called `name`, with the fewest and most arguments it takes.
            pub fn named(name: &str) -> Option<(Function, usize, usize)> {
                // As JavaRosa took them first, and does still.
                let name = match name {
                    "enclosed-area" => "area",
                    "is-selected" => "selected",
                    name => name,
                };
                match name {
                    $($name => Some((Function::$variant, $min, $max)),)*
                    _ => None,
                }
            }

            /// Every function by name, for documents and checks.
            pub const ALL: &'static [&'static str] = &[$($name,)*];
        }
    };
}

const MANY: usize = usize::MAX;

functions! {
    Abs "abs" 1 1;
    Acos "acos" 1 1;
    Area "area" 1 1;
    Asin "asin" 1 1;
    Atan "atan" 1 1;
    Atan2 "atan2" 2 2;
    Base64Decode "base64-decode" 1 1;
    Boolean "boolean" 1 1;
    BooleanFromString "boolean-from-string" 1 1;
    Ceiling "ceiling" 1 1;
    Checklist "checklist" 2 MANY;
    ChoiceName "jr:choice-name" 2 2;
    Coalesce "coalesce" 2 MANY;
    Concat "concat" 0 MANY;
    Contains "contains" 2 2;
    Cos "cos" 1 1;
    Count "count" 1 1;
    CountNonEmpty "count-non-empty" 1 1;
    CountSelected "count-selected" 1 1;
    Current "current" 0 0;
    Date "date" 1 1;
    DateTime "date-time" 1 1;
    DecimalDateTime "decimal-date-time" 1 1;
    DecimalTime "decimal-time" 1 1;
    Depend "depend" 1 MANY;
    Digest "digest" 2 3;
    Distance "distance" 1 MANY;
    EndsWith "ends-with" 2 2;
    Exp "exp" 1 1;
    Exp10 "exp10" 1 1;
    False "false" 0 0;
    Floor "floor" 1 1;
    FormatDate "format-date" 2 2;
    FormatDateTime "format-date-time" 2 2;
    Geofence "geofence" 2 2;
    Id "id" 1 1;
    If "if" 3 3;
    IndexedRepeat "indexed-repeat" 3 MANY;
    Instance "instance" 1 1;
    Int "int" 1 1;
    Intersects "intersects" 1 1;
    Itext "jr:itext" 1 1;
    Join "join" 1 MANY;
    Lang "lang" 1 1;
    Last "last" 0 0;
    LocalName "local-name" 0 1;
    Log "log" 1 1;
    Log10 "log10" 1 1;
    Max "max" 1 MANY;
    Min "min" 1 MANY;
    Name "name" 0 1;
    NamespaceUri "namespace-uri" 0 1;
    NormalizeSpace "normalize-space" 0 1;
    Not "not" 1 1;
    Now "now" 0 0;
    Number "number" 0 1;
    Once "once" 1 1;
    Pi "pi" 0 0;
    Position "position" 0 1;
    Pow "pow" 2 2;
    Property "property" 1 1;
    Pulldata "pulldata" 4 4;
    Random "random" 0 0;
    Randomize "randomize" 1 2;
    Regex "regex" 2 2;
    Round "round" 1 2;
    Selected "selected" 2 2;
    SelectedAt "selected-at" 2 2;
    Sin "sin" 1 1;
    Sqrt "sqrt" 1 1;
    StartsWith "starts-with" 2 2;
    String "string" 0 1;
    StringLength "string-length" 0 1;
    Substr "substr" 2 3;
    Substring "substring" 2 3;
    SubstringAfter "substring-after" 2 2;
    SubstringBefore "substring-before" 2 2;
    Sum "sum" 1 1;
    Tan "tan" 1 1;
    Today "today" 0 0;
    Translate "translate" 3 3;
    True "true" 0 0;
    Uuid "uuid" 0 1;
    Version "version" 0 0;
    WeightedChecklist "weighted-checklist" 2 MANY;
}

impl Expr {
    /// Calls `visit` on this expression and on every one inside it, predicates included.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        let steps = |steps: &'a [Step], visit: &mut dyn FnMut(&'a Expr)| {
            for predicate in steps.iter().flat_map(|step| &step.predicates) {
                predicate.expr().inspect(|expr| expr.walk(visit));
            }
        };
        match self {
            Expr::Number(_) | Expr::Literal(_) | Expr::Unknown(_) | Expr::Miscalled(_) => {}
            Expr::Or(list) | Expr::And(list) | Expr::Union(list) | Expr::Call(_, list) => {
                list.iter().for_each(|expr| expr.walk(visit));
            }
            Expr::Compare(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            Expr::Arithmetic(first, rest) => {
                first.walk(visit);
                rest.iter().for_each(|(_, expr)| expr.walk(visit));
            }
            Expr::Negate(inner) => inner.walk(visit),
            Expr::Path(path) => steps(&path.steps, visit),
            Expr::Filter(base, predicates, after) => {
                base.walk(visit);
                for predicate in predicates {
                    predicate.expr().inspect(|expr| expr.walk(visit));
                }
                steps(after, visit);
            }
        }
    }

    /// Whether its value is the same whichever node is being filtered around it.
    pub fn ignores_context(&self) -> bool {
        match self {
            Expr::Number(_) | Expr::Literal(_) => true,
            Expr::Unknown(_) | Expr::Miscalled(_) => false,
            Expr::Or(list) | Expr::And(list) | Expr::Union(list) => {
                list.iter().all(Expr::ignores_context)
            }
            Expr::Compare(_, a, b) => a.ignores_context() && b.ignores_context(),
            Expr::Arithmetic(first, rest) => {
                first.ignores_context() && rest.iter().all(|(_, expr)| expr.ignores_context())
            }
            Expr::Negate(inner) => inner.ignores_context(),
            Expr::Path(path) => path.absolute,
            Expr::Filter(base, _, _) => base.ignores_context(),
            Expr::Call(function, args) => {
                !matches!(
                    function,
                    Function::Position
                        | Function::Last
                        | Function::Random
                        | Function::Randomize
                        | Function::Uuid
                        | Function::Once
                        | Function::ChoiceName
                        | Function::Lang
                ) && args.iter().all(Expr::ignores_context)
                    && !(args.is_empty()
                        && matches!(
                            function,
                            Function::LocalName
                                | Function::Name
                                | Function::NamespaceUri
                                | Function::NormalizeSpace
                                | Function::Number
                                | Function::String
                                | Function::StringLength
                        ))
            }
        }
    }
}

impl Predicate {
    /// The predicate as a whole, where it is not a mere number.
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Predicate::Position(_) => None,
            Predicate::Key(_, _, whole) | Predicate::General(whole) => Some(whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Function;

    #[test]
    fn functions_are_found_by_their_first_names_too() {
        for (first, name) in [("enclosed-area", "area"), ("is-selected", "selected")] {
            let found = Function::named(first);
            assert!(found.is_some() && found == Function::named(name), "{first}");
        }
        assert_eq!(Function::named("is-area"), None);
    }
}
