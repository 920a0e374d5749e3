//! Patterns read by an engine, where there is no browser.

use super::strict::{Dialect, Writer};

/// Digits and letters are ASCII's, as in Java and JavaScript.
const DIALECT: Dialect = Dialect {
    classes: &[
        ('d', "[0-9]"),
        ('D', "[^0-9]"),
        ('w', "[A-Za-z0-9_]"),
        ('W', "[^A-Za-z0-9_]"),
    ],
    operators: "&~",
};

pub(super) struct Pattern(fancy_regex::Regex);

impl Pattern {
    pub fn read(pattern: &str) -> Option<Pattern> {
        let pattern = Writer::strict(pattern, &DIALECT);
        let mut builder = fancy_regex::RegexBuilder::new(&pattern);
        builder
            .delegate_size_limit(1 << 20)
            .backtrack_limit(100_000);
        builder.build().ok().map(Pattern)
    }

    pub fn is_found(&self, value: &str) -> Option<bool> {
        self.0.is_match(value).ok()
    }
}
