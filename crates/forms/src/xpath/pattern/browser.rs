//! Patterns read by the browser's own expressions.

use super::strict::{Dialect, Writer};
use js_sys::{Array, Function, JsString, Reflect, global};
use wasm_bindgen::{JsCast, JsValue};

const DIALECT: Dialect = Dialect {
    // The ends of the text, as Java has them.
    classes: &[('A', "^"), ('z', "$"), ('Z', "$")],
    operators: "",
};

pub(super) struct Pattern {
    read: JsValue,
    test: Function,
}

impl Pattern {
    pub fn read(pattern: &str) -> Option<Pattern> {
        // JavaScript says this with a flag.
        let begun = pattern.strip_prefix('^').unwrap_or(pattern);
        let (pattern, flags) = match begun.strip_prefix("(?i)") {
            Some(rest) => (
                format!("{}{rest}", &pattern[..pattern.len() - begun.len()]),
                "iu",
            ),
            None => (pattern.to_owned(), "u"),
        };
        let strict = Writer::strict(&pattern, &DIALECT);
        let class: Function = Reflect::get(&global(), &"RegExp".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let arguments = Array::of2(&JsString::from(strict), &JsString::from(flags));
        let read = Reflect::construct(&class, &arguments).ok()?;
        let test = Reflect::get(&read, &"test".into()).ok()?.dyn_into().ok()?;
        Some(Pattern { read, test })
    }

    pub fn is_found(&self, value: &str) -> Option<bool> {
        self.test.call1(&self.read, &value.into()).ok()?.as_bool()
    }
}
