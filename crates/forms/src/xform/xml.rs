//! XML text as a [`Tree`]: elements, attributes, text, namespaces, and where in the file each element begins.

use crate::xpath::{Kind, Names, Sym, Tree};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// How deep elements may nest; a form that goes deeper is damaged or hostile.
const DEEPEST: usize = 512;

/// Why a text is not XML, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (byte {at})")]
pub struct XmlError {
    /// What is wrong.
    pub reason: String,
    /// Where, in bytes.
    pub at: usize,
}

/// A document read.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its nodes.
    pub tree: Tree,
    /// Where each node begins in the text, in bytes, by node.
    pub starts: Vec<usize>,
}

/// Line and column of a byte of `text`, both from 1.
pub fn line_and_column(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    (line as u32, column as u32)
}

/// Reads `text`.
pub fn parse(text: &str, names: &mut Names) -> Result<Document, XmlError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut builder = Builder {
        tree: Tree::new(),
        starts: vec![0],
        open: vec![0],
        scopes: vec![("xml".into(), names.add(XML)), (String::new(), Sym::EMPTY)],
        marks: Vec::new(),
    };
    loop {
        let start = reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|error| XmlError {
            reason: error.to_string(),
            at: (reader.error_position() as usize).max(start),
        })?;
        match event {
            Event::Start(tag) => builder.start(&tag, names, start)?,
            Event::Empty(tag) => {
                builder.start(&tag, names, start)?;
                builder.end();
            }
            Event::End(_) => builder.end(),
            Event::Text(text) => builder.text(&text.xml10_content()),
            Event::CData(text) => builder.text(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                let name = entity.xml10_content();
                let resolved = match entity.resolve_char_ref() {
                    Ok(Some(c)) => c.to_string(),
                    _ => match quick_xml::escape::resolve_predefined_entity(&name) {
                        Some(text) => text.to_owned(),
                        None if name == "nbsp" => "\u{a0}".to_owned(),
                        None => {
                            return Err(XmlError {
                                reason: format!("no entity is called &{name};"),
                                at: start,
                            });
                        }
                    },
                };
                builder.text(&resolved);
            }
            Event::Comment(text) => {
                let top = builder.top();
                builder
                    .tree
                    .other(top, Kind::Comment, Sym::EMPTY, &text.xml10_content());
            }
            Event::PI(instruction) => {
                let target = names.add(instruction.target());
                let top = builder.top();
                builder
                    .tree
                    .other(top, Kind::Instruction, target, instruction.content().trim());
            }
            Event::Decl(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
        builder.starts.resize(builder.tree.len(), start);
    }
    if builder.open.len() > 1 {
        return Err(XmlError {
            reason: "an element is not closed".into(),
            at: text.len(),
        });
    }
    if builder
        .tree
        .children(0)
        .all(|id| builder.tree.kind(id) != Kind::Element)
    {
        return Err(XmlError {
            reason: "there is no element".into(),
            at: 0,
        });
    }
    builder.tree.seal();
    Ok(Document {
        tree: builder.tree,
        starts: builder.starts,
    })
}

struct Builder {
    tree: Tree,
    starts: Vec<usize>,
    open: Vec<u32>,
    scopes: Vec<(String, Sym)>,
    marks: Vec<usize>,
}

impl Builder {
    fn top(&self) -> u32 {
        self.open.last().copied().unwrap_or(0)
    }

    fn text(&mut self, text: &str) {
        let top = self.top();
        self.tree.text(top, text);
    }

    fn namespace(&self, prefix: &str) -> Option<Sym> {
        self.scopes
            .iter()
            .rev()
            .find(|(p, _)| p == prefix)
            .map(|(_, ns)| *ns)
    }

    fn start(&mut self, tag: &BytesStart, names: &mut Names, start: usize) -> Result<(), XmlError> {
        let error = |reason: String| XmlError { reason, at: start };
        if self.open.len() > DEEPEST {
            return Err(error("elements nest too deep".into()));
        }
        self.marks.push(self.scopes.len());
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|e| error(e.to_string()))?;
            let name = attribute.key.0;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|e| error(e.to_string()))?;
            if name == "xmlns" {
                self.scopes.push((String::new(), names.add(&value)));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.scopes.push((prefix.to_owned(), names.add(&value)));
            }
            attributes.push((name.to_owned(), value.into_owned()));
        }
        let (prefix, local) = split(tag.name().0);
        let ns = self
            .namespace(prefix)
            .ok_or_else(|| error(format!("the prefix {prefix} is not declared")))?;
        let top = self.top();
        let element = self
            .tree
            .element(top, names.add(prefix), names.add(local), ns);
        for (name, value) in &attributes {
            let (prefix, local) = split(name);
            if name == "xmlns" {
                self.tree.attribute(
                    element,
                    Kind::Namespace,
                    Sym::EMPTY,
                    Sym::EMPTY,
                    Sym::EMPTY,
                    value,
                );
            } else if prefix == "xmlns" {
                self.tree.attribute(
                    element,
                    Kind::Namespace,
                    Sym::EMPTY,
                    names.add(local),
                    Sym::EMPTY,
                    value,
                );
            } else {
                let ns = if prefix.is_empty() {
                    Sym::EMPTY
                } else {
                    self.namespace(prefix)
                        .ok_or_else(|| error(format!("the prefix {prefix} is not declared")))?
                };
                self.tree.attribute(
                    element,
                    Kind::Attribute,
                    names.add(prefix),
                    names.add(local),
                    ns,
                    value,
                );
            }
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) {
        if self.open.len() > 1 {
            self.open.pop();
        }
        if let Some(mark) = self.marks.pop() {
            self.scopes.truncate(mark);
        }
    }
}

fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
