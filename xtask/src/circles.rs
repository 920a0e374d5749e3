//! No modules in a circle: within each crate, what a module names lies below it or beside it, never around it.
//!
//! A reader that follows the arrows down comes to an end, and a part can be moved, tested and understood without the whole. The
//! compiler holds this between crates; here it is held within them. The text is read as tokens, not compiled: paths are found
//! wherever they stand (in macros too), and calls of methods are not seen.
//!
//! A parent that declares its child, or hands on what the child defines (`pub use child::Thing`), does not stand on it; and a child
//! that names something handed on by its parent stands on where it is defined.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::folders::files_under;
use crate::rooms::packages;

/// Modules by their path from the crate's root, which is the empty path.
type Module = Vec<String>;

/// Prints the circles of every crate; an error when there is one.
pub fn check() -> Result<()> {
    let mut wrong = String::new();
    for (name, folder) in packages()? {
        let circles = circles(&read(&folder.join("src"))?);
        for circle in &circles {
            let modules: BTreeSet<&Module> = circle.iter().map(|(from, _, _)| from).collect();
            println!("{name}: {} modules in a circle", modules.len());
            for (from, to, what) in circle {
                println!("  {} → {} ({what})", shown(from), shown(to));
            }
        }
        if !circles.is_empty() {
            write!(wrong, " {name}")?;
        }
    }
    if !wrong.is_empty() {
        bail!("modules in a circle in{wrong}");
    }
    Ok(())
}

fn shown(module: &Module) -> String {
    if module.is_empty() {
        "crate".to_owned()
    } else {
        module.join("::")
    }
}

/// What one module holds.
#[derive(Default)]
struct Content {
    /// What it defines itself.
    defines: BTreeSet<String>,
    /// What it brings in: the name here, the path as written, and whether it is handed on to others.
    uses: Vec<Use>,
    /// Every other path, as written.
    paths: Vec<Vec<String>>,
    /// Every word outside `use`.
    words: BTreeSet<String>,
}

struct Use {
    /// `*` for all of it.
    name: String,
    path: Vec<String>,
    handed_on: bool,
}

type Crate = BTreeMap<Module, Content>;

/// Every module of the crate whose sources are in `folder`.
fn read(folder: &Path) -> Result<Crate> {
    let mut modules = Crate::new();
    for file in files_under(folder) {
        let inside = file.strip_prefix(folder)?;
        let mut module: Module = inside
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        let is_rust = file.extension().is_some_and(|ending| ending == "rs");
        // Programmes of their own, and tests.
        if !is_rust || module[0] == "bin" || module.last().is_some_and(|last| last == "tests") {
            continue;
        }
        if module.last().is_some_and(|last| last == "mod")
            || module == ["lib"]
            || module == ["main"]
        {
            module.pop();
        }
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{} could not be read", file.display()))?;
        Reader {
            tokens: &tokens(&text),
            at: 0,
        }
        .module(module, &mut modules);
    }
    Ok(modules)
}

/// The words and signs of a text, without comments, strings and what is compiled for tests alone.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = literal(rest) {
            length
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let length = end.unwrap_or(rest.len());
            tokens.push(&rest[..length]);
            length
        } else if rest.starts_with("::") {
            tokens.push("::");
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(&rest[..first.len_utf8()]);
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    without_tests(&tokens)
}

/// How long the string or character is that begins here, if one does.
fn literal(text: &str) -> Option<usize> {
    let mut begins = text.bytes().take(3);
    let prefix = begins.position(|byte| matches!(byte, b'"' | b'#' | b'\''))?;
    if !matches!(&text[..prefix], "" | "b" | "r" | "br" | "c" | "cr") {
        return None;
    }
    let raw = text[..prefix].ends_with('r');
    let after = &text[prefix..];
    if raw {
        let hashes = after.len() - after.trim_start_matches('#').len();
        let body = after[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(prefix + hashes + 1 + body.find(&close)? + close.len());
    }
    let quote = after.chars().next().filter(|quote| *quote != '#')?;
    let mut letters = after.char_indices().skip(1);
    // A lifetime has no second quote.
    if quote == '\'' {
        let mut after = after.chars().skip(1);
        if after.next() != Some('\\') && after.next() != Some('\'') {
            return None;
        }
    }
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return Some(prefix + at + 1);
        }
    }
    None
}

/// Leaves out every item that `#[cfg(test)]` stands before.
fn without_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&TEST) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        at += TEST.len();
        let mut depth = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match *token {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(*token, "}" | ";") {
                break;
            }
        }
    }
    kept
}

struct Reader<'a> {
    tokens: &'a [&'a str],
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn peek(&self, ahead: usize) -> &'a str {
        self.tokens
            .get(self.at + ahead)
            .copied()
            .unwrap_or_default()
    }

    /// Reads to the end of the file, or to the brace that closes this module.
    fn module(&mut self, path: Module, modules: &mut Crate) {
        let mut content = Content::default();
        let (mut depth, mut public) = (0, false);
        while let Some(token) = self.next() {
            match token {
                "{" => depth += 1,
                "}" if depth == 0 => break,
                "}" => depth -= 1,
                "mod" if self.peek(1) == "{" => {
                    let mut inner = path.clone();
                    inner.extend(self.next().map(str::to_owned));
                    self.next();
                    self.module(inner, modules);
                }
                "use" if self.peek(0) != "<" => self.tree(&[], public, &mut content.uses),
                "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union"
                    if depth == 0 =>
                {
                    content.defines.insert(self.peek(0).to_owned());
                }
                "macro_rules" => {
                    content.defines.insert(self.peek(1).to_owned());
                }
                _ if is_word(token) => {
                    content.words.insert(token.to_owned());
                    if self.peek(0) == "::" {
                        let path = self.path(token);
                        content.paths.push(path);
                    }
                }
                _ => {}
            }
            public = match token {
                "pub" => true,
                // `pub(crate)`
                "(" | ")" | "crate" | "super" | "in" => public,
                _ => false,
            };
        }
        let there = modules.entry(path).or_default();
        there.defines.append(&mut content.defines);
        there.uses.append(&mut content.uses);
        there.paths.append(&mut content.paths);
        there.words.append(&mut content.words);
    }

    /// `first::second::Third`
    fn path(&mut self, first: &str) -> Vec<String> {
        let mut path = vec![first.to_owned()];
        while self.peek(0) == "::" && is_word(self.peek(1)) {
            path.push(self.peek(1).to_owned());
            self.at += 2;
        }
        path
    }

    /// What follows `use`, after `before`.
    fn tree(&mut self, before: &[String], handed_on: bool, uses: &mut Vec<Use>) {
        let mut path = before.to_vec();
        while let Some(token) = self.next() {
            match token {
                "::" => {}
                "{" => {
                    while self.peek(0) != "}" && !self.peek(0).is_empty() {
                        self.tree(&path, handed_on, uses);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    uses.push(Use {
                        name: "*".to_owned(),
                        path,
                        handed_on,
                    });
                    return;
                }
                // `folder::{self, …}`
                "self" if !before.is_empty() => {}
                word => path.push(word.to_owned()),
            }
            if matches!(self.peek(0), "," | "}" | ";" | "") {
                break;
            }
            if self.peek(0) == "as" {
                self.at += 1;
                let name = self.next().unwrap_or_default().to_owned();
                uses.push(Use {
                    name,
                    path,
                    handed_on,
                });
                return;
            }
        }
        if let Some(last) = path.last() {
            uses.push(Use {
                name: last.clone(),
                path,
                handed_on,
            });
        }
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Where a path leads: a module, and what of it is named, if not the module itself.
type Place = (Module, Option<String>);

/// From the crate's root, what `path` written in `module` means; nothing for what is another crate's.
fn resolve(modules: &Crate, module: &Module, path: &[String], depth: usize) -> Option<Place> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => below(modules, Vec::new(), rest, depth),
        "self" => below(modules, module.clone(), rest, depth),
        "super" => below(modules, parent(module), rest, depth),
        _ => {
            let child = [module.as_slice(), std::slice::from_ref(first)].concat();
            if modules.contains_key(&child) {
                return below(modules, child, rest, depth);
            }
            let used = modules
                .get(module)?
                .uses
                .iter()
                .find(|used| used.name == *first && used.path[0] != *first)?;
            let (place, named) = deeper(modules, module, &used.path, depth)?;
            match named {
                None => below(modules, place, rest, depth),
                named => Some((place, named)),
            }
        }
    }
}

fn parent(module: &Module) -> Module {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// Names handed on may be handed on again, and not for ever.
fn deeper(modules: &Crate, module: &Module, path: &[String], depth: usize) -> Option<Place> {
    (depth < 8)
        .then(|| resolve(modules, module, path, depth + 1))
        .flatten()
}

/// Follows `path` down from `module`, to where its last name is defined.
fn below(modules: &Crate, module: Module, path: &[String], depth: usize) -> Option<Place> {
    let Some((name, rest)) = path.split_first() else {
        return Some((module, None));
    };
    if name == "super" {
        return below(modules, parent(&module), rest, depth);
    }
    let child = [module.as_slice(), std::slice::from_ref(name)].concat();
    if modules.contains_key(&child) {
        return below(modules, child, rest, depth);
    }
    let content = modules.get(&module)?;
    if content.defines.contains(name) {
        return Some((module, Some(name.clone())));
    }
    if let Some(used) = content.uses.iter().find(|used| used.name == *name) {
        // Another crate's is nobody's here.
        let (place, named) = deeper(modules, &module, &used.path, depth)?;
        return match named {
            None => below(modules, place, rest, depth),
            named => Some((place, named)),
        };
    }
    for used in content.uses.iter().filter(|used| used.name == "*") {
        if let Some((all_of, None)) = deeper(modules, &module, &used.path, depth)
            && modules
                .get(&all_of)
                .is_some_and(|there| there.defines.contains(name))
        {
            return Some((all_of, Some(name.clone())));
        }
    }
    Some((module, Some(name.clone())))
}

/// What stands on what: from, to, and by which name.
type Arrows = BTreeMap<(Module, Module), String>;

fn arrows(modules: &Crate) -> Arrows {
    let mut arrows = Arrows::new();
    for (module, content) in modules {
        let mut add = |path: &[String], whole: bool| match resolve(modules, module, path, 0) {
            Some((to, Some(name))) if to != *module => {
                arrows.entry((module.clone(), to)).or_insert(name);
            }
            Some((to, None)) if whole && to != *module => {
                arrows.entry((module.clone(), to)).or_insert("*".to_owned());
            }
            _ => {}
        };
        for used in &content.uses {
            // Handed on and not used here, or a module, whose names are written where they are used.
            if !used.handed_on || content.words.contains(&used.name) {
                add(&used.path, used.name == "*");
            }
        }
        for path in &content.paths {
            add(path, false);
        }
    }
    arrows
}

/// Each set of modules that reach each other, with the arrows between them.
fn circles(modules: &Crate) -> Vec<Vec<(Module, Module, String)>> {
    let arrows = arrows(modules);
    let reach = |from: &Module| {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![from.clone()];
        while let Some(module) = waiting.pop() {
            for (_, to) in arrows.keys().filter(|(from, _)| *from == module) {
                if seen.insert(to.clone()) {
                    waiting.push(to.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> = modules
        .keys()
        .map(|module| (module, reach(module)))
        .collect();
    let mut circles: Vec<BTreeSet<&Module>> = Vec::new();
    for (module, to) in &reached {
        if !to.contains(*module) || circles.iter().any(|circle| circle.contains(module)) {
            continue;
        }
        let back = |other: &&&Module| to.contains(**other) && reached[**other].contains(*module);
        circles.push(reached.keys().filter(back).copied().collect());
    }
    let between = |circle: BTreeSet<&Module>| {
        arrows
            .iter()
            .filter(|((from, to), _)| circle.contains(from) && circle.contains(to))
            .map(|((from, to), what)| (from.clone(), to.clone(), what.clone()))
            .collect()
    };
    circles.into_iter().map(between).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let mut modules = Crate::new();
        for (module, text) in files {
            let path = module
                .split("::")
                .filter(|part| !part.is_empty())
                .map(str::to_owned);
            Reader {
                tokens: &tokens(text),
                at: 0,
            }
            .module(path.collect(), &mut modules);
        }
        let mut said: Vec<String> = circles(&modules)
            .into_iter()
            .flatten()
            .map(|(from, to, what)| format!("{} → {} ({what})", shown(&from), shown(&to)))
            .collect();
        said.sort();
        said
    }

    #[test]
    fn two_modules_that_name_each_other_are_a_circle() {
        let files = [
            ("", "mod a; mod b;"),
            ("a", "use crate::b::{self, B}; pub struct A(B);"),
            (
                "b",
                "pub struct B; fn f() -> crate::a::A { view! { <p>{super::a::A}</p> } }",
            ),
        ];
        assert_eq!(found(&files), ["a → b (B)", "b → a (A)"]);
    }

    #[test]
    fn a_parent_may_hand_on_what_its_child_defines() {
        let handed = [
            ("", "mod a; mod b; pub use a::A; pub use b::*;"),
            ("a", "use crate::B; pub struct A(B);"),
            ("b", "pub struct B;"),
        ];
        assert!(found(&handed).is_empty());
        let used = [
            ("", "mod a; pub use a::A; pub struct Root; fn f(_: A) {}"),
            ("a", "pub struct A(super::Root);"),
        ];
        assert_eq!(found(&used), ["a → crate (Root)", "crate → a (A)"]);
    }

    #[test]
    fn a_module_that_is_brought_in_counts_where_it_is_used() {
        let files = [
            ("", "mod a; mod b;"),
            ("a", "use crate::b; pub struct A; fn f() { b::inner::g() }"),
            ("b", "pub mod inner;"),
            ("b::inner", "use crate::a::A; pub fn g() -> A { A }"),
        ];
        assert_eq!(found(&files), ["a → b::inner (g)", "b::inner → a (A)"]);
    }

    #[test]
    fn tests_comments_and_strings_name_nothing() {
        let files = [
            ("", "mod a; mod b;"),
            (
                "a",
                "pub struct A; #[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] use crate::b::B; // crate::b::B",
            ),
            (
                "b",
                "use crate::a::A; pub struct B<'a>(&'a A); const S: &str = \"crate::b\\\"\"; const R: &str = r#\"crate::a\"#; const C: char = '\"';",
            ),
        ];
        assert!(found(&files).is_empty());
    }
}
