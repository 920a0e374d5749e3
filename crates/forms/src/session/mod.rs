//! The live session of someone answering a form.
//!
//! Answers live in an arena that XPath walks; beside each node stands what was computed of it. An answer puts the
//! properties that read it in a queue ordered by rank (see `form::compile`), and each is computed once.
//! Start at [`Session::new`], [`Session::answer`] and [`Session::view`].

mod actions;
mod blocks;
mod choices;
mod compute;
mod draft;
mod host;
mod list;
mod nodes;
mod pages;
mod submit;
mod values;
mod view;

pub(crate) use values::fits;
pub use view::*;

use crate::form::Form;
use crate::form::source::{BodyKind, DefId, Event, Shape};
use crate::xpath::{Indexes, Tree};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// What was computed of a node, a bit each.
mod flag {
    pub const OWN_RELEVANT: u16 = 1;
    pub const RELEVANT: u16 = 1 << 1;
    pub const OWN_READONLY: u16 = 1 << 2;
    pub const REQUIRED: u16 = 1 << 3;
    /// Its constraint does not hold.
    pub const BROKEN: u16 = 1 << 4;
    /// It is the place where rows of a repeat stand.
    pub const RANGE: u16 = 1 << 5;
    /// Its view differs from when the present change began.
    pub const CHANGED: u16 = 1 << 6;
    pub const GONE: u16 = 1 << 7;
    /// A row made by the present change.
    pub const NEW: u16 = 1 << 8;
}

/// No definition: an attribute, or a node of another document.
const NO_DEF: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Slot {
    def: DefId,
    block: u32,
    flags: u16,
    queued: u16,
}

impl Slot {
    const NONE: Slot = Slot {
        def: NO_DEF,
        block: 0,
        flags: 0,
        queued: 0,
    };
}

#[derive(Debug)]
struct Range {
    repeat: DefId,
    rows: Vec<u32>,
}

/// The nodes outside any repeat, or one row.
#[derive(Debug)]
struct Block {
    def: u32,
    base: u32,
    parent: Option<u32>,
    index: u32,
    alive: bool,
    ranges: Vec<Range>,
}

/// Someone answering a form.
pub struct Session {
    form: Arc<Form>,
    env: Box<dyn Env>,
    tree: Tree,
    indexes: Indexes,
    slots: Vec<Slot>,
    blocks: Vec<Block>,
    language: u32,
    /// Answers as a person left them, where expressions read something else: choices that are not offered now, and come
    /// back when they are; texts that do not fit their type.
    kept: HashMap<u32, String>,
    /// Answers that the present change left out of what is offered; of a form whose rows read each other.
    left_out: HashSet<u32>,
    /// Those of them that only their being there kept from being offered: they stay.
    held: HashSet<u32>,
    /// What was last calculated, where a person wrote something else over it.
    overridden: HashMap<u32, String>,
    /// Rows that a count made: what follows a new row is still to be done.
    new_rows: Vec<u32>,
    /// Whether the session has begun: a row made after that is a new row.
    begun: bool,
    /// The last saved response, where the form reads it.
    last: Option<Tree>,
    choices: RefCell<HashMap<u32, Rc<list::List>>>,
    fixed: RefCell<HashMap<u32, Rc<list::List>>>,
    queue: BTreeMap<u32, Vec<(u32, crate::form::Prop)>>,
    pending: Vec<(u32, u32)>,
    changed: Vec<u32>,
    added: Vec<u32>,
    removed: Vec<u32>,
    structure: bool,
    position: Option<String>,
    orphans: Vec<(String, String)>,
    /// Whether answers have been put by a draft that is being reopened.
    restored: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("form", &self.form.id())
            .field("nodes", &self.slots.len())
            .finish()
    }
}

impl Session {
    /// A new response to `form`: first-load actions run, everything computed.
    pub fn new(form: Arc<Form>, env: Box<dyn Env>) -> Session {
        let mut session = Session::blank(form, env);
        session.initial_rows();
        session.preload();
        session.compute_all();
        session.act(&[Event::OdkInstanceFirstLoad, Event::OdkInstanceLoad]);
        session.begun = true;
        session.settle();
        session
    }

    fn blank(form: Arc<Form>, env: Box<dyn Env>) -> Session {
        let language = form.source().default_language;
        let mut session = Session {
            form,
            env,
            tree: Tree::new(),
            indexes: Indexes::default(),
            slots: Vec::new(),
            blocks: Vec::new(),
            language,
            kept: HashMap::new(),
            left_out: HashSet::new(),
            held: HashSet::new(),
            overridden: HashMap::new(),
            new_rows: Vec::new(),
            begun: false,
            last: None,
            choices: RefCell::default(),
            fixed: RefCell::default(),
            queue: BTreeMap::new(),
            pending: Vec::new(),
            changed: Vec::new(),
            added: Vec::new(),
            removed: Vec::new(),
            structure: false,
            position: None,
            orphans: Vec::new(),
            restored: false,
        };
        if session.form.reads_last_saved() {
            let last = session.env.last_saved();
            session.last = last.map(|last| session.as_document(&last));
        }
        session.make_root();
        session
    }

    fn initial_rows(&mut self) {
        let form = Arc::clone(&self.form);
        let mut made: Vec<u32> = Vec::new();
        for row in &form.source().rows {
            let outer = row
                .parent
                .and_then(|parent| made.get(parent as usize).copied())
                .unwrap_or(0);
            let place = self.rows_in(outer, row.repeat).len();
            let block = self.make_row(outer, row.repeat, place);
            for (def, value) in &row.values {
                let value = self.cast(*def, value.clone());
                let node = self.node_in(block, *def);
                self.tree.set(node, &value);
            }
            made.push(block);
        }
        // Rows that nobody may add are there from the start, be there but one.
        for &repeat in &form.model.layout.blocks[0].nested {
            let fixed = matches!(
                self.body_of(repeat).map(|body| &body.kind),
                Some(BodyKind::Repeat {
                    count: None,
                    fixed: true
                })
            );
            if fixed && self.rows_in(0, repeat).is_empty() {
                self.make_row(0, repeat, 0);
            }
        }
    }

    /// The form.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    fn live(&self, id: NodeId) -> Result<u32, Refused> {
        match self.slots.get(id.0 as usize) {
            Some(slot) if slot.def != NO_DEF && slot.flags & flag::GONE == 0 => Ok(id.0),
            _ => Err(Refused::Gone),
        }
    }

    /// Puts `value`, in XForms lexical form, where `id` asks; empty takes the answer away.
    pub fn answer(&mut self, id: NodeId, value: &str) -> Result<Changes, Refused> {
        let node = self.live(id)?;
        let slot = self.slots[node as usize];
        if !self.form.is_leaf(slot.def) || slot.flags & flag::RANGE != 0 || self.is_readonly(node) {
            return Err(Refused::NotAnswerable);
        }
        self.put(node, value);
        Ok(self.settle())
    }

    /// Adds a row at the end of the repeat `id`.
    pub fn add_repeat(&mut self, id: NodeId) -> Result<Changes, Refused> {
        let rows = self.live(id).map(|node| {
            let slot = self.slots[node as usize];
            self.rows_in(slot.block, slot.def).len()
        })?;
        self.add_repeat_at(id, rows)
    }

    /// Adds a row to the repeat `id`, before the row that is now at `place`, counted from 0.
    pub fn add_repeat_at(&mut self, id: NodeId, place: usize) -> Result<Changes, Refused> {
        let range = self.live(id)?;
        let slot = self.slots[range as usize];
        if slot.flags & flag::RANGE == 0 {
            return Err(Refused::NotARepeat);
        }
        if self.is_fixed(slot.def) {
            return Err(Refused::FixedRows);
        }
        let rows = self.rows_in(slot.block, slot.def).len();
        let place = place.min(rows);
        let row = self.new_row(slot.block, slot.def, place);
        self.members_changed(slot.block, slot.def, (place < rows).then_some(place + 1));
        self.run();
        self.act_on_row(row);
        Ok(self.settle())
    }

    /// Removes the row `id`.
    pub fn remove_repeat(&mut self, id: NodeId) -> Result<Changes, Refused> {
        let node = self.live(id)?;
        let slot = self.slots[node as usize];
        if slot.flags & flag::RANGE != 0
            || self.form.source().defs[slot.def as usize].shape != Shape::Repeat
        {
            return Err(Refused::NotARepeat);
        }
        if self.is_fixed(slot.def) {
            return Err(Refused::FixedRows);
        }
        let outer = self.blocks[slot.block as usize]
            .parent
            .ok_or(Refused::NotARepeat)?;
        let place = self.blocks[slot.block as usize].index as usize;
        let mut gone = Vec::new();
        self.unmake_row(slot.block, &mut gone);
        self.removed.extend(gone);
        self.structure = true;
        self.members_changed(outer, slot.def, Some(place));
        Ok(self.settle())
    }

    /// Moves the row `id` so that it stands at `place` among its like, counted from 0.
    pub fn move_repeat(&mut self, id: NodeId, place: usize) -> Result<Changes, Refused> {
        let node = self.live(id)?;
        let slot = self.slots[node as usize];
        if slot.flags & flag::RANGE != 0
            || self.form.source().defs[slot.def as usize].shape != Shape::Repeat
        {
            return Err(Refused::NotARepeat);
        }
        let row = slot.block;
        let outer = self.blocks[row as usize]
            .parent
            .ok_or(Refused::NotARepeat)?;
        let from = self.blocks[row as usize].index as usize;
        let place = place.min(self.rows_in(outer, slot.def).len().saturating_sub(1));
        if from == place {
            return Ok(Changes::default());
        }
        let anchor = self.range_in(outer, slot.def);
        let above = self.tree.parent(anchor);
        self.tree.detach(node);
        if let Some(range) = self.blocks[outer as usize]
            .ranges
            .iter_mut()
            .find(|range| range.repeat == slot.def)
        {
            range.rows.remove(from);
            range.rows.insert(place, row);
        }
        let before = match place.checked_sub(1) {
            Some(before) => self.blocks[self.rows_in(outer, slot.def)[before] as usize].base,
            None => anchor,
        };
        self.tree.insert_after(above, before, node);
        let first = from.min(place);
        self.renumber(outer, slot.def, first);
        self.structure = true;
        self.members_changed(outer, slot.def, Some(first));
        Ok(self.settle())
    }

    /// Whether rows of `repeat` are not for a person to add or remove.
    fn is_fixed(&self, repeat: DefId) -> bool {
        match self.body_of(repeat).map(|body| &body.kind) {
            Some(BodyKind::Repeat { count, fixed }) => *fixed || count.is_some(),
            _ => false,
        }
    }

    /// The session's language, as the form writes it; none where the form has no translation.
    pub fn language(&self) -> Option<&str> {
        self.form
            .languages()
            .get(self.language as usize)
            .map(String::as_str)
    }

    /// Shows the form in `language`, written as in [`Form::languages`]; another is ignored.
    pub fn set_language(&mut self, language: &str) -> Changes {
        let found = self
            .form
            .languages()
            .iter()
            .position(|known| known == language);
        if let Some(found) = found
            && found as u32 != self.language
        {
            self.language = found as u32;
            self.choices.borrow_mut().clear();
            self.fixed.borrow_mut().clear();
            let form = Arc::clone(&self.form);
            for target in &form.model.language {
                self.enqueue_below(0, target.def, target.prop);
            }
            for node in 0..self.slots.len() as u32 {
                self.mark(node);
            }
        }
        self.settle()
    }

    /// Where the person is, for the draft: a page's node.
    pub fn set_position(&mut self, id: NodeId) {
        if let Ok(node) = self.live(id) {
            self.position = Some(self.path(node));
        }
    }

    /// Where the person was, if that place is still there.
    pub fn position(&self) -> Option<NodeId> {
        self.position
            .as_deref()
            .and_then(|path| self.at_path(path))
            .map(NodeId)
    }

    /// The node at `path`, rows numbered from 1 (`/data/people[2]/age`); `/data/people` is the repeat.
    pub fn find(&self, path: &str) -> Option<NodeId> {
        self.at_path(path).map(NodeId)
    }

    /// Every node in document order: root left out, a repeat before its rows.
    pub fn nodes(&self) -> Vec<NodeId> {
        let mut out = Vec::new();
        let mut open: Vec<u32> = self.tree.children(0).collect();
        open.reverse();
        while let Some(node) = open.pop() {
            if self
                .slots
                .get(node as usize)
                .is_some_and(|slot| slot.def != NO_DEF)
            {
                if self.slots[node as usize].def != 0 {
                    out.push(NodeId(node));
                }
                let children: Vec<u32> = self.tree.children(node).collect();
                open.extend(children.into_iter().rev());
            }
        }
        out
    }

    /// Answers of a draft that no question of this form takes.
    pub fn orphans(&self) -> &[(String, String)] {
        &self.orphans
    }
}
