//! What a module and its script call each other, in short.
//!
//! wasm-bindgen gives each function of the browser a name that no other has, of sixteen random digits and more, and says it in both:
//! a partner would download 8 kB of names.

use std::collections::HashMap;

use anyhow::{Result, bail};
use wasm_encoder::{
    ExportSection, ImportSection, Module, RawSection,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::{Parser, Payload};

/// How names begin that nobody says but the script of wasm-bindgen.
const LONG: [&str; 3] = ["__wbindgen_", "__externref_", "wasm_bindgen_"];
/// How short ones begin, as no name in a script does.
const SHORT: char = '$';

/// Gives short names to what `module` imports from `from`, its script, and to what that alone calls.
pub fn shorten(module: &[u8], script: &str, from: &str) -> Result<(Vec<u8>, String)> {
    let mut short = Names::default();
    let mut made = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                let mut section = ImportSection::new();
                for import in imports.into_imports() {
                    let import = import?;
                    let kind = RoundtripReencoder.entity_type(import.ty)?;
                    if import.module == from {
                        let module = short.of(from).to_owned();
                        section.import(&module, short.of(import.name), kind);
                    } else {
                        section.import(import.module, import.name, kind);
                    }
                }
                made.section(&section);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports {
                    let export = export?;
                    let kind = RoundtripReencoder.export_kind(export.kind)?;
                    let is_long = LONG.iter().any(|begins| export.name.starts_with(begins));
                    let name = match is_long {
                        true => short.of(export.name),
                        false => export.name,
                    };
                    section.export(name, kind, export.index);
                }
                made.section(&section);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &module[range.start as usize..range.end as usize];
                    made.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok((made.finish(), short.said(script, from)?))
}

#[derive(Default)]
struct Names<'a>(HashMap<&'a str, String>);

impl<'a> Names<'a> {
    fn of(&mut self, long: &'a str) -> &str {
        let number = self.0.len();
        let named = self.0.entry(long);
        named.or_insert_with(|| format!("{SHORT}{number:x}"))
    }

    /// A script that says them. `from` stands in it as a text, all others as words.
    fn said(&self, script: &str, from: &str) -> Result<String> {
        let mut said = String::with_capacity(script.len());
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == SHORT;
        for piece in script.split_inclusive(|c| !is_word(c)) {
            let word = piece.trim_end_matches(|c| !is_word(c));
            let is_short = |rest: &str| rest.chars().all(|c| c.is_ascii_hexdigit());
            if word
                .strip_prefix(SHORT)
                .is_some_and(|rest| !rest.is_empty() && is_short(rest))
            {
                bail!("the script has a short name of its own: {word}");
            }
            said.push_str(self.0.get(word).map_or(word, String::as_str));
            said.push_str(&piece[word.len()..]);
        }
        match self.0.get(from) {
            Some(short) => Ok(said.replace(&format!("\"{from}\""), &format!("\"{short}\""))),
            None => Ok(said),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, ExportKind, TypeSection};

    use super::*;

    const FROM: &str = "./page_bg.js";

    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports
            .import(
                FROM,
                "__wbg_alert_0123456789abcdef",
                EntityType::Function(0),
            )
            .import("./fetching.js", "load", EntityType::Function(0));
        let mut exports = ExportSection::new();
        exports
            .export("main", ExportKind::Func, 0)
            .export("__wbindgen_free", ExportKind::Func, 1);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&exports);
        module.finish()
    }

    fn names(module: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import.unwrap();
                        names.push(format!("{} {}", import.module, import.name));
                    }
                }
                Payload::ExportSection(exports) => {
                    names.extend(
                        exports
                            .into_iter()
                            .map(|export| export.unwrap().name.into()),
                    );
                }
                _ => {}
            }
        }
        names
    }

    #[test]
    fn module_and_script_agree_on_short_names_and_leave_those_of_others() {
        let script = "const from = {\"./page_bg.js\": {__wbg_alert_0123456789abcdef: () => wasm.__wbindgen_free()}}; \
                      const my__wbindgen_free = wasm.main;";
        let (module, script) = shorten(&module(), script, FROM).unwrap();
        assert_eq!(
            names(&module),
            ["$0 $1", "./fetching.js load", "main", "$2"]
        );
        assert_eq!(
            script,
            "const from = {\"$0\": {$1: () => wasm.$2()}}; const my__wbindgen_free = wasm.main;"
        );
    }

    #[test]
    fn a_script_with_such_a_name_of_its_own_is_refused() {
        assert!(shorten(&module(), "let $1f = 0;", FROM).is_err());
        assert!(shorten(&module(), "`${name}`", FROM).is_ok());
    }
}
