//! Where nodes stand, as the worker says: on which page, and what is inside what. Nodes are known by their paths.

use std::collections::HashMap;

use vigie_forms::OutlineNode;

#[derive(Default)]
pub struct Places {
    /// What is right inside each node, in order; of no node: what is inside nothing.
    inside: HashMap<Option<String>, Vec<String>>,
    on: Vec<OnPage>,
    page: HashMap<String, usize>,
}

#[derive(Clone, Default)]
struct OnPage {
    all: Vec<String>,
    /// Those that are inside no other on the page.
    outermost: Vec<String>,
}

impl Places {
    pub fn new(outline: Vec<OutlineNode>, pages: usize) -> Places {
        let mut places = Places {
            on: vec![OnPage::default(); pages],
            ..Places::default()
        };
        places.put(None, None, outline);
        places
    }

    /// `page` shows `of`.
    fn put(&mut self, of: Option<String>, page: Option<usize>, branches: Vec<OutlineNode>) {
        let paths = branches.iter().map(|branch| branch.path.clone());
        self.inside.insert(of, paths.collect());
        for branch in branches {
            let path = branch.path;
            let shows = branch.shown.then_some(branch.page);
            if let Some(on) = shows.and_then(|page| self.on.get_mut(page)) {
                on.all.push(path.clone());
                if shows != page {
                    on.outermost.push(path.clone());
                }
            }
            self.page.insert(path.clone(), branch.page);
            self.put(Some(path), shows, branch.inside);
        }
    }

    /// What is right inside a node; of none: inside nothing.
    pub fn inside(&self, of: Option<&str>) -> Vec<String> {
        let of = of.map(str::to_owned);
        self.inside.get(&of).cloned().unwrap_or_default()
    }

    /// All that a page shows, in order.
    pub fn on(&self, page: usize) -> &[String] {
        self.on.get(page).map_or(&[], |on| &on.all)
    }

    /// What a page shows that is inside nothing else on it.
    pub fn outermost(&self, page: usize) -> Vec<String> {
        let on = self.on.get(page);
        on.map(|on| on.outermost.clone()).unwrap_or_default()
    }

    /// The page where a node is asked, or else the first one of what is inside it.
    pub fn page_of(&self, path: &str) -> Option<usize> {
        self.page.get(path).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(path: &str, page: usize, shown: bool, inside: Vec<OutlineNode>) -> OutlineNode {
        OutlineNode {
            path: path.to_owned(),
            page,
            shown,
            inside,
        }
    }

    #[test]
    fn a_page_shows_its_own_and_the_long_page_all() {
        let (b, c) = (node("b", 1, true, vec![]), node("c", 3, true, vec![]));
        let row = node("r1", 3, false, vec![c]);
        let outline = vec![
            node("a", 0, true, vec![]),
            node("g", 1, true, vec![b]),
            node("r", 2, true, vec![row]),
        ];
        let places = Places::new(outline, 4);
        assert_eq!(places.inside(None), ["a", "g", "r"]);
        assert_eq!(places.on(1), ["g", "b"]);
        assert_eq!(places.outermost(1), ["g"]);
        assert_eq!(places.on(2), ["r"]);
        assert_eq!(places.outermost(3), ["c"]);
        assert_eq!(places.page_of("r1"), Some(3));
        assert!(places.on(9).is_empty());
    }
}
