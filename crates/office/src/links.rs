//! How partner links stand, at every desk alike.

use std::collections::{BTreeMap, btree_map::Entry};

use vigie_model::{InviteId, MissionId, Timestamp};

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

/// What the office made in one go and calls by one name: a link, or all codes of a printed sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct HandedOut<'a> {
    /// The id of its only code, or of the sheet.
    pub id: InviteId,
    first: &'a Link,
    others: Vec<&'a Link>,
}

impl<'a> HandedOut<'a> {
    /// What all codes of it have in common, and the first of them.
    pub fn doc(&self) -> &'a LinkDoc {
        &self.first.doc
    }

    /// In the order in which they are numbered.
    pub fn codes(&self) -> impl Iterator<Item = &'a Link> + '_ {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// The ids of its codes.
    pub fn ids(&self) -> impl Iterator<Item = InviteId> + '_ {
        self.codes().filter_map(|link| Some(link.doc.code()?.id()))
    }

    /// How many people may answer; 0: any number.
    pub fn uses(&self) -> u32 {
        self.codes().map(|link| link.doc.uses).sum()
    }

    /// How many answers came in.
    pub fn came(&self, seen: &Seen) -> usize {
        self.codes().map(|link| link.came(seen)).sum()
    }

    /// Open as long as one code is; else as one of those stands that nobody took up.
    pub fn standing(&self, now: Timestamp) -> LinkStanding {
        let all: Vec<LinkStanding> = self.codes().map(|link| link.standing(now)).collect();
        let order = [
            LinkStanding::Open,
            LinkStanding::Closed,
            LinkStanding::Expired,
        ];
        let found = order.into_iter().find(|one| all.contains(one));
        found.unwrap_or(LinkStanding::Full)
    }

    /// The documents that close it. Of a sheet, what people took up stays as it is.
    pub fn closing(&self, now: Timestamp) -> Vec<LinkDoc> {
        let is_sheet = self.doc().sheet.is_some();
        let closed = self
            .codes()
            .filter(|link| !is_sheet || link.standing(now) == LinkStanding::Open);
        closed
            .map(|link| LinkDoc {
                closed: true,
                ..link.doc.clone()
            })
            .collect()
    }
}

impl Registry {
    /// The partner links of one mission, the newest first, each sheet once.
    pub fn handed_out(&self, mission: &MissionId) -> Vec<HandedOut<'_>> {
        let mut made = Vec::<HandedOut<'_>>::new();
        let mut sheets = BTreeMap::<InviteId, usize>::new();
        for link in self.links(mission) {
            let Some(code) = link.doc.code() else {
                continue;
            };
            let id = link.doc.sheet.map_or(code.id(), |sheet| sheet.id);
            match sheets.entry(id) {
                Entry::Occupied(known) => made[*known.get()].others.push(link),
                Entry::Vacant(new) => {
                    new.insert(made.len());
                    made.push(HandedOut {
                        id,
                        first: link,
                        others: Vec::new(),
                    });
                }
            }
        }
        for one in &mut made {
            let number = |link: &&Link| link.doc.sheet.map(|sheet| sheet.number);
            let mut codes: Vec<&Link> = one.codes().collect();
            codes.sort_by_key(number);
            let mut codes = codes.into_iter();
            one.first = codes.next().unwrap_or(one.first);
            one.others = codes.collect();
        }
        made
    }

    /// The same link, or sheet, made before, of which the server was not told all: a cut kept it from there.
    pub fn links_begun(&self, asked: &[LinkDoc], due: &Due) -> Option<HandedOut<'_>> {
        let asked_first = asked.first()?;
        let waits = |link: &Link| {
            let code = link.doc.code();
            code.is_some_and(|code| due.invites.contains(&code.id()))
        };
        let same = |one: &HandedOut<'_>| {
            let again = LinkDoc {
                code: asked_first.code.clone(),
                made: asked_first.made,
                expires: asked_first.expires,
                sheet: asked_first.sheet,
                ..one.doc().clone()
            };
            let is_sheet = one.doc().sheet.is_some();
            again == *asked_first
                && is_sheet == asked_first.sheet.is_some()
                && one.codes().count() == asked.len()
                && one.codes().any(waits)
        };
        let made = self.handed_out(&asked_first.mission);
        made.into_iter().find(same)
    }
}
