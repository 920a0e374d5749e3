//! In which order to compute, such that each value is computed once.

use super::compile::Layout;
use std::collections::HashMap;

/// How many repeats two blocks have in common.
pub(super) fn shared_level(layout: &Layout, a: u32, b: u32) -> u32 {
    let chain = |mut block: u32| {
        let mut out = vec![block];
        while let Some(parent) = layout.blocks[block as usize].parent {
            out.push(parent);
            block = parent;
        }
        out.reverse();
        out
    };
    let (a, b) = (chain(a), chain(b));
    a.iter().zip(&b).take_while(|(a, b)| a == b).count() as u32 - 1
}

/// A rank for every cell such that each comes after what it waits for; or the cells of a cycle.
///
/// Without `crossing`, edges from other rows of the same repeat do not count: a running total reads the row before.
/// Source: Kahn 1962.
pub(super) fn order(after: &[Vec<(u32, bool)>], crossing: bool) -> Result<Vec<u32>, Vec<usize>> {
    let mut waiting = vec![0u32; after.len()];
    let counts = |edge: &&(u32, bool)| crossing || !edge.1;
    for (to, _) in after.iter().flatten().filter(counts) {
        waiting[*to as usize] += 1;
    }
    let mut ranks = vec![0u32; after.len()];
    let mut ready: Vec<usize> = (0..after.len())
        .filter(|&cell| waiting[cell] == 0)
        .collect();
    let mut done = 0;
    while let Some(cell) = ready.pop() {
        done += 1;
        for (to, _) in after[cell].iter().filter(counts) {
            let to = *to as usize;
            ranks[to] = ranks[to].max(ranks[cell] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    if done == after.len() {
        return Ok(ranks);
    }
    // Walk against the edges among what is left: sooner or later a cell comes again.
    let mut before: HashMap<usize, usize> = HashMap::new();
    for (from, edges) in after
        .iter()
        .enumerate()
        .filter(|(from, _)| waiting[*from] > 0)
    {
        for (to, _) in edges
            .iter()
            .filter(counts)
            .filter(|(to, _)| waiting[*to as usize] > 0)
        {
            before.entry(*to as usize).or_insert(from);
        }
    }
    let Some(&start) = before.keys().min() else {
        return Err(Vec::new());
    };
    let mut seen = vec![start];
    let mut at = start;
    while let Some(&from) = before.get(&at) {
        if let Some(first) = seen.iter().position(|&cell| cell == from) {
            let mut cycle = seen.split_off(first);
            cycle.push(from);
            cycle.reverse();
            return Err(cycle);
        }
        seen.push(from);
        at = from;
    }
    Err(seen)
}
