//! A document as an arena: what XPath walks.
//!
//! An element whose only content is text holds it itself; its text node is then virtual (the element's number with the
//! high bit set), which halves the nodes of a questionnaire. Wide elements keep an index of their children by name, so
//! that `/data/q4999` does not walk past 4,999 siblings.

use super::names::Sym;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// No node.
pub const NONE: u32 = u32::MAX;
const TEXT: u32 = 1 << 31;
const WIDE: u32 = 12;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The document.
    Root,
    /// An element.
    Element,
    /// Text, where an element has more than text.
    Text,
    /// An attribute.
    Attribute,
    /// A namespace declaration.
    Namespace,
    /// A comment.
    Comment,
    /// A processing instruction.
    Instruction,
}

#[derive(Debug, Clone)]
enum Content {
    None,
    Span(u32, u32),
    Own(String),
}

#[derive(Debug, Clone)]
struct Node {
    kind: Kind,
    hidden: bool,
    wide: bool,
    local: Sym,
    ns: Sym,
    prefix: Sym,
    parent: u32,
    first: u32,
    last: u32,
    prev: u32,
    next: u32,
    attrs: u32,
    same: u32,
    children: u32,
    content: Content,
}

/// One document.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    buffer: String,
    by_name: HashMap<(u32, u32), u32>,
    order: OnceLock<Vec<u32>>,
}

impl Tree {
    /// An empty document.
    pub fn new() -> Tree {
        let mut tree = Tree::default();
        tree.push(Kind::Root, Sym::EMPTY, Sym::EMPTY, Sym::EMPTY, NONE);
        tree
    }

    /// How many nodes it has ever had.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it has nothing at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn push(&mut self, kind: Kind, prefix: Sym, local: Sym, ns: Sym, parent: u32) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Node {
            kind,
            hidden: false,
            wide: false,
            local,
            ns,
            prefix,
            parent,
            first: NONE,
            last: NONE,
            prev: NONE,
            next: NONE,
            attrs: NONE,
            same: NONE,
            children: 0,
            content: Content::None,
        });
        self.order.take();
        id
    }

    fn link_last(&mut self, parent: u32, id: u32) {
        let last = self.nodes[parent as usize].last;
        self.nodes[id as usize].prev = last;
        if last == NONE {
            self.nodes[parent as usize].first = id;
        } else {
            self.nodes[last as usize].next = id;
        }
        self.nodes[parent as usize].last = id;
        self.nodes[parent as usize].children += 1;
    }

    /// Text held by `parent` itself becomes a node of its own, since something else comes beside it.
    fn spill(&mut self, parent: u32) {
        let content = std::mem::replace(&mut self.nodes[parent as usize].content, Content::None);
        if !matches!(content, Content::None) {
            let text = self.push(Kind::Text, Sym::EMPTY, Sym::EMPTY, Sym::EMPTY, parent);
            self.nodes[text as usize].content = content;
            self.link_last(parent, text);
        }
    }

    /// Adds an element at the end of `parent`.
    pub fn element(&mut self, parent: u32, prefix: Sym, local: Sym, ns: Sym) -> u32 {
        self.spill(parent);
        let id = self.push(Kind::Element, prefix, local, ns, parent);
        self.link_last(parent, id);
        id
    }

    /// Adds an attribute or a namespace declaration to `element`.
    pub fn attribute(
        &mut self,
        element: u32,
        kind: Kind,
        prefix: Sym,
        local: Sym,
        ns: Sym,
        value: &str,
    ) -> u32 {
        let id = self.push(kind, prefix, local, ns, element);
        self.nodes[id as usize].content = self.store(value);
        let mut at = self.nodes[element as usize].attrs;
        if at == NONE {
            self.nodes[element as usize].attrs = id;
        } else {
            while self.nodes[at as usize].next != NONE {
                at = self.nodes[at as usize].next;
            }
            self.nodes[at as usize].next = id;
        }
        id
    }

    /// Adds text at the end of `parent`, joined to the text before it.
    pub fn text(&mut self, parent: u32, text: &str) {
        if text.is_empty() {
            return;
        }
        let last = self.nodes[parent as usize].last;
        let target = if last == NONE {
            if self.nodes[parent as usize].kind == Kind::Root {
                return;
            }
            parent
        } else if self.nodes[last as usize].kind == Kind::Text {
            last
        } else {
            let id = self.push(Kind::Text, Sym::EMPTY, Sym::EMPTY, Sym::EMPTY, parent);
            self.link_last(parent, id);
            id
        };
        let content = match &self.nodes[target as usize].content {
            Content::None => self.store(text),
            _ => Content::Own(format!("{}{text}", self.own(target))),
        };
        self.nodes[target as usize].content = content;
    }

    /// Adds a comment or a processing instruction.
    pub fn other(&mut self, parent: u32, kind: Kind, local: Sym, value: &str) -> u32 {
        self.spill(parent);
        let id = self.push(kind, Sym::EMPTY, local, Sym::EMPTY, parent);
        self.nodes[id as usize].content = self.store(value);
        self.link_last(parent, id);
        id
    }

    fn store(&mut self, text: &str) -> Content {
        if text.is_empty() {
            return Content::None;
        }
        let start = self.buffer.len() as u32;
        self.buffer.push_str(text);
        Content::Span(start, self.buffer.len() as u32)
    }

    /// Replaces the value of an attribute, or all content of a leaf element.
    pub fn set(&mut self, id: u32, value: &str) {
        self.nodes[id as usize].content = if value.is_empty() {
            Content::None
        } else {
            Content::Own(value.to_owned())
        };
    }

    /// Whether `id` reads as empty, its value kept (XForms: a node that is not relevant).
    pub fn hide(&mut self, id: u32, hidden: bool) {
        self.nodes[id as usize].hidden = hidden;
    }

    fn own(&self, id: u32) -> &str {
        match &self.nodes[id as usize].content {
            Content::None => "",
            Content::Span(a, b) => self.buffer.get(*a as usize..*b as usize).unwrap_or(""),
            Content::Own(text) => text,
        }
    }

    /// The value kept by a leaf, whether hidden or not.
    pub fn kept(&self, id: u32) -> &str {
        self.own(id & !TEXT)
    }

    /// Indexes the children of wide elements; call once a document is built.
    pub fn seal(&mut self) {
        self.seal_from(0);
    }

    /// Indexes the children of wide elements among the nodes from `first` on.
    pub fn seal_from(&mut self, first: u32) {
        for id in first..self.nodes.len() as u32 {
            if self.nodes[id as usize].children > WIDE {
                self.index(id);
            }
        }
    }

    fn index(&mut self, parent: u32) {
        self.nodes[parent as usize].wide = true;
        let mut tails: HashMap<u32, u32> = HashMap::new();
        let mut at = self.nodes[parent as usize].first;
        while at != NONE {
            let node = &mut self.nodes[at as usize];
            node.same = NONE;
            let (next, local, element) = (node.next, node.local.0, node.kind == Kind::Element);
            if element {
                match tails.insert(local, at) {
                    Some(before) => self.nodes[before as usize].same = at,
                    None => {
                        self.by_name.insert((parent, local), at);
                    }
                }
            }
            at = next;
        }
    }

    /// Puts `id`, linked nowhere, into `parent` after `before` (or first).
    pub fn insert_after(&mut self, parent: u32, before: u32, id: u32) {
        let next = if before == NONE {
            self.nodes[parent as usize].first
        } else {
            self.nodes[before as usize].next
        };
        {
            let node = &mut self.nodes[id as usize];
            node.parent = parent;
            node.prev = before;
            node.next = next;
        }
        if before == NONE {
            self.nodes[parent as usize].first = id;
        } else {
            self.nodes[before as usize].next = id;
        }
        if next == NONE {
            self.nodes[parent as usize].last = id;
        } else {
            self.nodes[next as usize].prev = id;
        }
        self.nodes[parent as usize].children += 1;
        self.order.take();
        if self.nodes[parent as usize].wide {
            let local = self.nodes[id as usize].local;
            if before != NONE && self.nodes[before as usize].local == local {
                self.nodes[id as usize].same = self.nodes[before as usize].same;
                self.nodes[before as usize].same = id;
            } else {
                self.by_name.retain(|(p, _), _| *p != parent);
                self.index(parent);
            }
        } else if self.nodes[parent as usize].children > WIDE {
            self.index(parent);
        }
    }

    /// Takes `id` out of its parent; it and all below stay in the arena, unreachable.
    pub fn detach(&mut self, id: u32) {
        let (parent, prev, next) = {
            let node = &self.nodes[id as usize];
            (node.parent, node.prev, node.next)
        };
        if parent == NONE {
            return;
        }
        if prev == NONE {
            self.nodes[parent as usize].first = next;
        } else {
            self.nodes[prev as usize].next = next;
        }
        if next == NONE {
            self.nodes[parent as usize].last = prev;
        } else {
            self.nodes[next as usize].prev = prev;
        }
        self.nodes[parent as usize].children -= 1;
        self.order.take();
        if self.nodes[parent as usize].wide {
            let local = self.nodes[id as usize].local;
            let same = self.nodes[id as usize].same;
            if prev != NONE && self.nodes[prev as usize].local == local {
                self.nodes[prev as usize].same = same;
            } else if self.by_name.get(&(parent, local.0)) == Some(&id) {
                if same == NONE {
                    self.by_name.remove(&(parent, local.0));
                } else {
                    self.by_name.insert((parent, local.0), same);
                }
            } else {
                self.by_name.retain(|(p, _), _| *p != parent);
                self.index(parent);
            }
        }
        let node = &mut self.nodes[id as usize];
        node.parent = NONE;
        node.prev = NONE;
        node.next = NONE;
        node.same = NONE;
    }

    /// An element linked nowhere yet.
    pub fn loose(&mut self, prefix: Sym, local: Sym, ns: Sym) -> u32 {
        self.push(Kind::Element, prefix, local, ns, NONE)
    }

    /// The kind of `id`.
    pub fn kind(&self, id: u32) -> Kind {
        if id & TEXT != 0 {
            Kind::Text
        } else {
            self.nodes[id as usize].kind
        }
    }

    /// The local name; of an instruction, its target.
    pub fn local(&self, id: u32) -> Sym {
        if id & TEXT != 0 {
            Sym::EMPTY
        } else {
            self.nodes[id as usize].local
        }
    }

    /// The namespace.
    pub fn ns(&self, id: u32) -> Sym {
        if id & TEXT != 0 {
            Sym::EMPTY
        } else {
            self.nodes[id as usize].ns
        }
    }

    /// The prefix as written.
    pub fn prefix(&self, id: u32) -> Sym {
        if id & TEXT != 0 {
            Sym::EMPTY
        } else {
            self.nodes[id as usize].prefix
        }
    }

    /// The parent, or [`NONE`].
    pub fn parent(&self, id: u32) -> u32 {
        if id & TEXT != 0 {
            id & !TEXT
        } else {
            self.nodes[id as usize].parent
        }
    }

    /// How many children there are, a virtual text left out.
    pub fn child_count(&self, id: u32) -> u32 {
        self.nodes[(id & !TEXT) as usize].children
    }

    /// Whether `id` is an element without child nodes of its own.
    pub fn is_leaf(&self, id: u32) -> bool {
        id & TEXT == 0 && self.nodes[id as usize].first == NONE
    }

    /// The first child.
    pub fn first_child(&self, id: u32) -> u32 {
        if id & TEXT != 0 {
            return NONE;
        }
        let node = &self.nodes[id as usize];
        match node.kind {
            Kind::Element if node.first == NONE => {
                if matches!(node.content, Content::None) || node.hidden {
                    NONE
                } else {
                    id | TEXT
                }
            }
            Kind::Element | Kind::Root => node.first,
            _ => NONE,
        }
    }

    /// The last child.
    pub fn last_child(&self, id: u32) -> u32 {
        if id & TEXT != 0 || self.nodes[id as usize].last == NONE {
            self.first_child(id)
        } else {
            self.nodes[id as usize].last
        }
    }

    /// The sibling after; none for attributes.
    pub fn next(&self, id: u32) -> u32 {
        if id & TEXT != 0 || self.is_attribute(id) {
            NONE
        } else {
            self.nodes[id as usize].next
        }
    }

    /// The sibling before; none for attributes.
    pub fn prev(&self, id: u32) -> u32 {
        if id & TEXT != 0 || self.is_attribute(id) {
            NONE
        } else {
            self.nodes[id as usize].prev
        }
    }

    fn is_attribute(&self, id: u32) -> bool {
        matches!(
            self.nodes[id as usize].kind,
            Kind::Attribute | Kind::Namespace
        )
    }

    /// Attributes and namespace declarations of `id`, in order.
    pub fn attributes(&self, id: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = if id & TEXT != 0 {
            NONE
        } else {
            self.nodes[id as usize].attrs
        };
        std::iter::from_fn(move || {
            let here = at;
            if here == NONE {
                return None;
            }
            at = self.nodes[here as usize].next;
            Some(here)
        })
    }

    /// Children of `id`, in order.
    pub fn children(&self, id: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.first_child(id);
        std::iter::from_fn(move || {
            let here = at;
            if here == NONE {
                return None;
            }
            at = self.next(here);
            Some(here)
        })
    }

    /// Child elements of `id` with this local name, in order.
    pub fn named(&self, id: u32, local: Sym) -> impl Iterator<Item = u32> + '_ {
        let wide = id & TEXT == 0 && self.nodes[id as usize].wide;
        let mut at = if wide {
            self.by_name.get(&(id, local.0)).copied().unwrap_or(NONE)
        } else {
            self.seek(self.first_child(id), local)
        };
        std::iter::from_fn(move || {
            let here = at;
            if here == NONE {
                return None;
            }
            at = if wide {
                self.nodes[here as usize].same
            } else {
                self.seek(self.nodes[here as usize].next, local)
            };
            Some(here)
        })
    }

    fn seek(&self, mut at: u32, local: Sym) -> u32 {
        while at != NONE && at & TEXT == 0 {
            let node = &self.nodes[at as usize];
            if node.local == local && node.kind == Kind::Element {
                return at;
            }
            at = node.next;
        }
        NONE
    }

    /// The XPath string-value.
    pub fn value(&self, id: u32) -> Cow<'_, str> {
        if id & TEXT != 0 {
            return Cow::Borrowed(self.own(id & !TEXT));
        }
        let node = &self.nodes[id as usize];
        if node.first == NONE {
            return if node.hidden {
                Cow::Borrowed("")
            } else {
                Cow::Borrowed(self.own(id))
            };
        }
        let mut out = String::new();
        let mut at = node.first;
        // Depth-first without recursion: a document may be as deep as it likes.
        while at != NONE {
            let here = &self.nodes[at as usize];
            match here.kind {
                Kind::Text => out.push_str(self.own(at)),
                Kind::Element if here.first != NONE => {
                    at = here.first;
                    continue;
                }
                Kind::Element if !here.hidden => out.push_str(self.own(at)),
                _ => {}
            }
            while at != NONE && at != id && self.nodes[at as usize].next == NONE {
                at = self.nodes[at as usize].parent;
            }
            if at == NONE || at == id {
                break;
            }
            at = self.nodes[at as usize].next;
        }
        Cow::Owned(out)
    }

    /// A number that grows in document order.
    pub fn position(&self, id: u32) -> u32 {
        let order = self.order.get_or_init(|| self.number());
        let base = order.get((id & !TEXT) as usize).copied().unwrap_or(0);
        if id & TEXT != 0 { base + 1 } else { base }
    }

    fn number(&self) -> Vec<u32> {
        let mut order = vec![0; self.nodes.len()];
        let mut count = 0;
        let mut at = 0;
        while at != NONE {
            order[at as usize] = count;
            count += 2;
            for attribute in self.attributes(at) {
                order[attribute as usize] = count;
                count += 1;
            }
            let first = self.nodes[at as usize].first;
            if first != NONE {
                at = first;
                continue;
            }
            while at != NONE && self.nodes[at as usize].next == NONE {
                at = self.nodes[at as usize].parent;
            }
            if at != NONE {
                at = self.nodes[at as usize].next;
            }
        }
        order
    }

    /// Whether `inner` is below `outer`.
    pub fn is_below(&self, inner: u32, outer: u32) -> bool {
        let mut at = self.parent(inner);
        while at != NONE {
            if at == outer {
                return true;
            }
            at = self.parent(at);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xpath::Names;

    fn children(tree: &Tree, id: u32, name: Sym) -> Vec<u32> {
        tree.named(id, name).collect()
    }

    #[test]
    fn a_wide_element_finds_its_children_by_name_through_every_change() {
        let mut names = Names::default();
        let (a, b) = (names.add("a"), names.add("b"));
        let mut tree = Tree::new();
        let root = tree.element(0, Sym::EMPTY, names.add("root"), Sym::EMPTY);
        let mut all: Vec<u32> = (0..40)
            .map(|i| tree.element(root, Sym::EMPTY, if i % 2 == 0 { a } else { b }, Sym::EMPTY))
            .collect();
        tree.seal();
        let of_a = |all: &[u32], tree: &Tree| -> Vec<u32> {
            all.iter()
                .copied()
                .filter(|&id| tree.local(id) == a)
                .collect()
        };
        assert_eq!(children(&tree, root, a), of_a(&all, &tree));
        for place in [0, 5, 37] {
            let gone = all.remove(place);
            tree.detach(gone);
            assert_eq!(children(&tree, root, a), of_a(&all, &tree));
        }
        for place in [1, 8, all.len()] {
            let new = tree.loose(Sym::EMPTY, a, Sym::EMPTY);
            tree.insert_after(root, all[place - 1], new);
            all.insert(place, new);
            assert_eq!(children(&tree, root, a), of_a(&all, &tree));
        }
        assert_eq!(tree.children(root).collect::<Vec<_>>(), all);
    }

    #[test]
    fn text_is_one_node_alone_and_several_beside_elements() {
        let mut names = Names::default();
        let p = names.add("p");
        let mut tree = Tree::new();
        let root = tree.element(0, Sym::EMPTY, p, Sym::EMPTY);
        tree.text(root, "one ");
        assert_eq!(
            tree.children(root)
                .map(|id| tree.kind(id))
                .collect::<Vec<_>>(),
            [Kind::Text]
        );
        let inner = tree.element(root, Sym::EMPTY, p, Sym::EMPTY);
        tree.text(inner, "two");
        tree.text(root, " three");
        let kinds: Vec<Kind> = tree.children(root).map(|id| tree.kind(id)).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Element, Kind::Text]);
        assert_eq!(tree.value(root), "one two three");
        tree.hide(inner, true);
        assert_eq!(tree.value(root), "one  three");
        assert_eq!(tree.kept(inner), "two");
    }
}
