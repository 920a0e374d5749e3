//! Names as numbers: a form says the same few hundred names thousands of times.

use std::collections::HashMap;

/// A name, prefix or namespace of one [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(pub u32);

impl Sym {
    /// The empty name: no prefix, no namespace.
    pub const EMPTY: Sym = Sym(0);
}

/// The names of one form and of all its documents and expressions.
#[derive(Debug, Clone)]
pub struct Names {
    map: HashMap<Box<str>, u32>,
    list: Vec<Box<str>>,
}

impl Default for Names {
    fn default() -> Names {
        let mut names = Names {
            map: HashMap::new(),
            list: Vec::new(),
        };
        names.add("");
        names
    }
}

impl Names {
    /// The number of `text`, given now if it has none yet.
    pub fn add(&mut self, text: &str) -> Sym {
        if let Some(&id) = self.map.get(text) {
            return Sym(id);
        }
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(text.into());
        self.map.insert(text.into(), id);
        Sym(id)
    }

    /// The number of `text`, if it was ever met.
    pub fn find(&self, text: &str) -> Option<Sym> {
        self.map.get(text).map(|&id| Sym(id))
    }

    /// The text of `sym`.
    pub fn text(&self, sym: Sym) -> &str {
        self.list.get(sym.0 as usize).map_or("", |text| text)
    }
}

/// Prefixes in scope where an expression stands.
#[derive(Debug, Clone, Default)]
pub struct Prefixes(pub Vec<(String, String)>);

impl Prefixes {
    /// The namespace of `prefix`, the innermost declaration first.
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(p, _)| p == prefix)
            .map(|(_, uri)| uri.as_str())
    }
}
