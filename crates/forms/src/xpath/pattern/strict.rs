//! A pattern as strict readers have it.

/// What Java calls some classes of ASCII.
const CLASSES: [(&str, &str); 6] = [
    ("{Alpha}", "a-zA-Z"),
    ("{Digit}", "0-9"),
    ("{Alnum}", "a-zA-Z0-9"),
    ("{Upper}", "A-Z"),
    ("{Lower}", "a-z"),
    ("{Space}", r"\s"),
];

/// Signs that may stand behind a backslash everywhere.
const SYNTAX: &str = r"^$\.*+?()[]{}|/";

/// What one reader has of its own.
pub(super) struct Dialect {
    /// Classes by the letter behind their backslash.
    pub classes: &'static [(char, &'static str)],
    /// Signs that mean something inside a class.
    pub operators: &'static str,
}

/// Writes a pattern anew, sign by sign.
pub(super) struct Writer<'a> {
    rest: &'a str,
    out: String,
    in_class: bool,
    /// Whether what was written last, inside a class, is a class itself: no range begins there.
    after_class: bool,
    dialect: &'a Dialect,
}

impl Writer<'_> {
    pub fn strict(pattern: &str, dialect: &Dialect) -> String {
        let mut writer = Writer {
            rest: pattern,
            out: String::with_capacity(pattern.len() + 8),
            in_class: false,
            after_class: false,
            dialect,
        };
        while let Some(c) = writer.next() {
            writer.sign(c);
        }
        writer.out
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Takes over what goes up to a closing brace.
    fn braces(&mut self) {
        let end = self.rest.find('}').map_or(self.rest.len(), |end| end + 1);
        self.out.push_str(&self.rest[..end]);
        self.rest = &self.rest[end..];
    }

    fn sign(&mut self, c: char) {
        let after_class = std::mem::take(&mut self.after_class);
        match c {
            '\\' => match self.next() {
                Some(c) => self.escaped(c),
                None => self.out.push('\\'),
            },
            '[' if self.in_class => self.out.push_str("\\["),
            '[' => {
                self.in_class = true;
                self.out.push('[');
                if self.rest.starts_with('^') {
                    self.next();
                    self.out.push('^');
                }
            }
            ']' if self.in_class => {
                self.in_class = false;
                self.out.push(']');
            }
            // Beside a class it is no range: Java and loose JavaScript mean the sign.
            '-' if self.in_class && (after_class || self.is_class_next()) => {
                self.out.push_str("\\-");
            }
            '{' if !self.in_class && self.is_count() => {
                self.out.push('{');
                self.braces();
            }
            ']' | '{' | '}' if !self.in_class => {
                self.out.push('\\');
                self.out.push(c);
            }
            c => self.plain(c),
        }
    }

    /// A sign that means itself.
    fn plain(&mut self, c: char) {
        if self.in_class && self.dialect.operators.contains(c) {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn escaped(&mut self, c: char) {
        self.after_class = self.in_class && "dDwWsSpP".contains(c);
        let own = self.dialect.classes.iter();
        let mut own = own.filter(|(letter, _)| *letter == c);
        let of_java = CLASSES.iter().find(|(name, _)| self.rest.starts_with(name));
        if let (Some((name, signs)), 'p') = (of_java, c) {
            self.rest = &self.rest[name.len()..];
            if self.in_class {
                self.out.push_str(signs);
            } else {
                self.out.push('[');
                self.out.push_str(signs);
                self.out.push(']');
            }
        } else if matches!(c, 'p' | 'P') {
            self.out.push('\\');
            self.out.push(c);
            if self.rest.starts_with('{') {
                self.braces();
            } else if let Some(letter) = self.next() {
                // `\pL`
                self.out.extend(['{', letter, '}']);
            }
        } else if c == 'u' && self.rest.starts_with('{') {
            self.out.push_str("\\u");
            self.braces();
        } else if let Some((_, class)) = own.next() {
            self.out.push_str(class);
        } else if c.is_ascii_alphanumeric() || SYNTAX.contains(c) || (c == '-' && self.in_class) {
            self.out.push('\\');
            self.out.push(c);
        } else {
            // Escaped though it need not be.
            self.plain(c);
        }
    }

    fn is_class_next(&self) -> bool {
        let mut next = self.rest.chars();
        next.next() == Some('\\') && next.next().is_some_and(|c| "dDwWsSpP".contains(c))
    }

    /// Whether a brace opens `{2}`, `{2,}` or `{2,4}`.
    fn is_count(&self) -> bool {
        let Some((inside, _)) = self.rest.split_once('}') else {
            return false;
        };
        let (from, to) = inside.split_once(',').unwrap_or((inside, ""));
        !from.is_empty() && from.chars().chain(to.chars()).all(|c| c.is_ascii_digit())
    }
}
