//! Where every node of a form stands: in blocks, each laid out alike.

use super::source::{DefId, Shape, Source};

/// Where a node stands in its block.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodePlace {
    /// Its block; for a repeat, that of its rows.
    pub block: u32,
    /// Its place in the block.
    pub offset: u32,
    /// For a repeat: the place of its range in the block around it.
    pub range: u32,
    /// The number after the last node below it.
    pub end: DefId,
}

/// A member of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// A node.
    Node(DefId),
    /// The place where rows of a repeat stand.
    Range(DefId),
}

/// A block.
#[derive(Debug, Clone, Default)]
pub(crate) struct BlockDef {
    /// The block around it.
    pub parent: Option<u32>,
    /// How many repeats it is inside of.
    pub level: u32,
    /// Its nodes, in document order.
    pub members: Vec<Member>,
    /// Repeats in it, in document order.
    pub nested: Vec<DefId>,
}

/// All places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub nodes: Vec<NodePlace>,
    pub blocks: Vec<BlockDef>,
}

impl Layout {
    /// Lays the nodes of `source` out in blocks.
    pub fn of(source: &Source) -> Layout {
        let mut layout = Layout {
            nodes: vec![NodePlace::default(); source.defs.len()],
            blocks: vec![BlockDef::default()],
        };
        for (id, def) in source.defs.iter().enumerate() {
            let id = id as DefId;
            let around = def
                .parent
                .map_or(0, |parent| layout.nodes[parent as usize].block);
            let place = &mut layout.nodes[id as usize];
            if def.shape == Shape::Repeat {
                let own = layout.blocks.len() as u32;
                let outer = &mut layout.blocks[around as usize];
                place.range = outer.members.len() as u32;
                outer.members.push(Member::Range(id));
                outer.nested.push(id);
                let level = outer.level + 1;
                layout.blocks.push(BlockDef {
                    parent: Some(around),
                    level,
                    members: vec![Member::Node(id)],
                    nested: Vec::new(),
                });
                place.block = own;
            } else {
                let block = &mut layout.blocks[around as usize];
                place.block = around;
                place.offset = block.members.len() as u32;
                block.members.push(Member::Node(id));
            }
        }
        for id in (0..source.defs.len()).rev() {
            let end = layout.nodes[id].end.max(id as DefId + 1);
            layout.nodes[id].end = end;
            if let Some(parent) = source.defs[id].parent {
                let outer = &mut layout.nodes[parent as usize];
                outer.end = outer.end.max(end);
            }
        }
        layout
    }
}
