//! Pages and outline, and what of them changed.

use std::collections::BTreeSet;

use vigie_forms::{Counts, NodeId};
use vigie_protocol::{FormPage, FormPlan};

use crate::Respondent;

impl<K> Respondent<K> {
    /// Pages and outline as they are now, kept to tell later what changed.
    pub(crate) fn plan(&mut self) -> FormPlan {
        self.pages = self.session.pages();
        let pages = self.pages.iter().map(|page| FormPage {
            kind: page.kind,
            section: page.trail.last().cloned().unwrap_or_default(),
            first: page.first,
            counts: page.counts,
        });
        FormPlan {
            pages: pages.collect(),
            outline: self.session.outline(&self.pages),
        }
    }

    /// The pages that stand otherwise since these nodes changed.
    pub(crate) fn counts(&mut self, changed: &[NodeId]) -> Vec<(usize, Counts)> {
        let changed: BTreeSet<&NodeId> = changed.iter().collect();
        let mut out = Vec::new();
        for (at, page) in self.pages.iter_mut().enumerate() {
            if page.nodes.iter().any(|node| changed.contains(node)) {
                let counts = self.session.counts(&page.nodes);
                if counts != page.counts {
                    page.counts = counts;
                    out.push((at, counts));
                }
            }
        }
        out
    }
}
