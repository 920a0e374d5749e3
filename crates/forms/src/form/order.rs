//! In which order to compute, such that each value is computed once.

use super::layout::Layout;
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

/// What waits for each cell: the cell, and whether the reading crosses from one row to another.
pub(super) type Edges = [Vec<(u32, bool)>];

/// When to compute each cell.
pub(super) struct Order {
    /// Each comes after what it waits for.
    pub ranks: Vec<u32>,
    /// Whether rows read each other, so that some cells are computed again until nothing changes.
    pub circular: bool,
}

/// An order for all cells; or the cells of a circle that no row breaks.
///
/// Among cells that wait for each other, readings from other rows of the same repeat do not count: a running total reads
/// the row before. Source: Kahn 1962.
pub(super) fn order(after: &Edges) -> Result<Order, Vec<usize>> {
    let left = match ranked(after, &|_, _, _| true) {
        Ok(ranks) => {
            return Ok(Order {
                ranks,
                circular: false,
            });
        }
        Err(left) => left,
    };
    let core = core(after, left);
    let counts =
        |from: usize, to: u32, crossing: bool| !(crossing && core[from] && core[to as usize]);
    match ranked(after, &counts) {
        Ok(ranks) => Ok(Order {
            ranks,
            circular: true,
        }),
        Err(left) => Err(circle(after, &left, &counts)),
    }
}

/// Whether an edge counts.
type Counts<'a> = &'a dyn Fn(usize, u32, bool) -> bool;

/// A rank for every cell; or which cells are left because they wait in a circle, or for one.
fn ranked(after: &Edges, counts: Counts) -> Result<Vec<u32>, Vec<bool>> {
    let mut waiting = vec![0u32; after.len()];
    for (from, edges) in after.iter().enumerate() {
        for &(to, crossing) in edges {
            if counts(from, to, crossing) {
                waiting[to as usize] += 1;
            }
        }
    }
    let mut ranks = vec![0u32; after.len()];
    let mut ready: Vec<usize> = (0..after.len())
        .filter(|&cell| waiting[cell] == 0)
        .collect();
    let mut done = 0;
    while let Some(cell) = ready.pop() {
        done += 1;
        for &(to, crossing) in &after[cell] {
            if !counts(cell, to, crossing) {
                continue;
            }
            let to = to as usize;
            ranks[to] = ranks[to].max(ranks[cell] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    if done == after.len() {
        Ok(ranks)
    } else {
        Err(waiting.into_iter().map(|count| count > 0).collect())
    }
}

/// Of the cells left, those that something left waits for: circles, and what is between two of them.
fn core(after: &Edges, mut left: Vec<bool>) -> Vec<bool> {
    let mut before: Vec<Vec<u32>> = vec![Vec::new(); after.len()];
    let mut waited = vec![0u32; after.len()];
    for (from, edges) in after.iter().enumerate().filter(|(from, _)| left[*from]) {
        for &(to, _) in edges.iter().filter(|(to, _)| left[*to as usize]) {
            before[to as usize].push(from as u32);
            waited[from] += 1;
        }
    }
    let mut ready: Vec<usize> = (0..after.len())
        .filter(|&cell| left[cell] && waited[cell] == 0)
        .collect();
    while let Some(cell) = ready.pop() {
        left[cell] = false;
        for &from in &before[cell] {
            waited[from as usize] -= 1;
            if waited[from as usize] == 0 {
                ready.push(from as usize);
            }
        }
    }
    left
}

/// One circle among the cells left: walking against the edges, sooner or later a cell comes again.
fn circle(after: &Edges, left: &[bool], counts: Counts) -> Vec<usize> {
    let mut before: HashMap<usize, usize> = HashMap::new();
    for (from, edges) in after.iter().enumerate().filter(|(from, _)| left[*from]) {
        for &(to, crossing) in edges {
            if left[to as usize] && counts(from, to, crossing) {
                before.entry(to as usize).or_insert(from);
            }
        }
    }
    let Some(&start) = before.keys().min() else {
        return Vec::new();
    };
    let mut seen = vec![start];
    let mut at = start;
    while let Some(&from) = before.get(&at) {
        if let Some(first) = seen.iter().position(|&cell| cell == from) {
            let mut circle = seen.split_off(first);
            circle.push(from);
            circle.reverse();
            return circle;
        }
        seen.push(from);
        at = from;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_for_itself_is_computed_again() {
        // 0 → 1 ⇄ 2 (from another row) → 3, and 0 → 3 from another row too.
        let after = [
            vec![(1, false), (3, true)],
            vec![(2, false)],
            vec![(1, true), (3, true)],
            vec![],
        ];
        let order = order(&after).unwrap_or_else(|_| panic!("an order"));
        assert!(order.circular);
        assert_eq!(order.ranks, [0, 1, 2, 3]);
    }

    #[test]
    fn a_circle_in_one_row_is_named() {
        let after = [vec![(1, false)], vec![(2, false)], vec![(0, false)], vec![]];
        let circle = order(&after).err().unwrap_or_default();
        assert_eq!(circle.len(), 4);
        assert_eq!(circle.first(), circle.last());
    }
}
