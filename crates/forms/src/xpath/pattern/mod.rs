//! The patterns of `regex()`. A browser's own expressions read them where there is a browser, and cost no bytes; elsewhere
//! a full engine does.
//!
//! Forms are written for Java's expressions and for JavaScript's, loose and strict. A pattern is first written as the strict
//! ones have it ([`strict`]), which know letters of any script (`\p{L}`).

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod engine;
mod strict;

use super::EvalError;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

#[cfg(target_arch = "wasm32")]
use browser::Pattern;
#[cfg(not(target_arch = "wasm32"))]
use engine::Pattern;

/// Whether `pattern` is found in `value`; `^` and `$` are the author's to write.
pub(super) fn is_found(value: &str, pattern: &str) -> Result<bool, EvalError> {
    read(pattern)
        .and_then(|read| read.is_found(value))
        .ok_or_else(|| EvalError::Argument("regex", format!("not a pattern: {pattern}")))
}

/// Whether `pattern` can be read at all.
pub(crate) fn is_pattern(pattern: &str) -> bool {
    read(pattern).is_some()
}

fn read(pattern: &str) -> Option<Rc<Pattern>> {
    thread_local! {
        static READ: RefCell<HashMap<String, Option<Rc<Pattern>>>> = RefCell::default();
    }
    READ.with_borrow_mut(|read| {
        if read.len() > 256 {
            read.clear();
        }
        let known = read.entry(pattern.to_owned());
        known
            .or_insert_with(|| Pattern::read(pattern).map(Rc::new))
            .clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn patterns_written_for_java_and_javascript_bite() {
        for (pattern, value, found) in [
            (r"^\d{3}\-\d{4}$", "555-0199", true),
            (r"^[A-Z]{2}\/\d+$", "QC/12", true),
            (r"^\p{L}+$", "Élise", true),
            (r"^\p{L}+$", "اسم", true),
            (r"^\pL+$", "Élise", true),
            (r"^[\p{L} '\-]+$", "Anne-Marie d'Arc", true),
            (r"^[\p{L}-]+$", "Anne-Marie", true),
            (r"^[^@ ]+@[^@ ]+\.[a-z]+$", "a@b", false),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"^[\w-\.]+@exemple$", "a.b-c@exemple", true),
            (r"^[\w-\.]+@exemple$", "a b@exemple", false),
            (r"^[+-\d]+$", "+5-1", true),
            (r"^(?!000)\d{3}$", "000", false),
            (r"^(?!000)\d{3}$", "123", true),
            (r"^(?<=^)a(?=b)", "ab", true),
            (r"^(\d)\1$", "33", true),
            (r"^(\d)\1$", "34", false),
            (r"(?i)^abc$", "ABC", true),
            (r"^\w+$", "été", false),
            (r"^\d+$", "٣", false),
            (r"^\p{Alpha}{2}$", "ab", true),
            (r"^[dw]$", "7", false),
            (r"^[a&&b~~]+$", "a&b~", true),
            (r"^[[]x]$", "[x]", true),
            (r"^a{,}$", "a{,}", true),
            (r"^\s*$", " ", true),
            (r"^\u{e9}$", "é", true),
            (r"^(?i)abc$", "ABC", true),
        ] {
            assert_eq!(is_found(value, pattern).ok(), Some(found), "{pattern}");
        }
        for unreadable in ["(", "[a", "a**", r"\p{Nothing}"] {
            assert!(!is_pattern(unreadable), "{unreadable}");
            assert!(is_found("a", unreadable).is_err());
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn a_pattern_that_would_go_on_for_ever_is_given_up() {
        let value = "a".repeat(60);
        assert!(is_found(&value, r"^(a+)+\1b$").is_err());
    }
}
