//! How partner links stand, at every desk alike.

use vigie_model::Timestamp;

use crate::{Registry, Seen, docs::LinkDoc, due::Due, registry::Link};

/// How a partner link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkStanding {
    Open,
    /// As many people took it up as may.
    Full,
    Expired,
    Closed,
}

impl Link {
    /// How many answers came in: of the devices that enrolled, those of which something was accepted.
    pub fn came(&self, seen: &Seen) -> usize {
        let devices = seen.devices();
        self.devices.intersection(&devices).count()
    }

    pub fn standing(&self, now: Timestamp) -> LinkStanding {
        if self.doc.closed {
            LinkStanding::Closed
        } else if self.doc.expires < now {
            LinkStanding::Expired
        } else if self.doc.uses > 0 && self.devices.len() >= self.doc.uses as usize {
            LinkStanding::Full
        } else {
            LinkStanding::Open
        }
    }
}

impl Registry {
    /// A link like this one that the server was not told of yet: a cut kept it from there.
    pub fn link_begun(&self, asked: &LinkDoc, due: &Due) -> Option<&LinkDoc> {
        let links = self.links(&asked.mission).into_iter();
        let mut links = links.map(|link| &link.doc);
        links.find(|doc| {
            let same = LinkDoc {
                code: asked.code.clone(),
                made: asked.made,
                expires: asked.expires,
                ..(*doc).clone()
            };
            same == *asked
                && doc
                    .code()
                    .is_some_and(|code| due.invites.contains(&code.id()))
        })
    }
}
