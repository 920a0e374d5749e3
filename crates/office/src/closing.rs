//! A mission that is over: nobody begins anything in it by what was handed out before.

use vigie_model::{InviteId, MissionId, Timestamp};

use crate::{
    OfficeDoc, OfficeKeys, Registry,
    docs::{InviteDoc, MissionDoc},
    links::LinkStanding,
};

impl MissionDoc {
    /// The next revision, closed or opened again. What is on the phones may still be sent.
    #[must_use]
    pub fn with_closed(&self, keys: &OfficeKeys, closed: bool) -> MissionDoc {
        self.revise(keys, |card| card.closed = closed)
    }
}

impl Registry {
    /// What is taken back when a mission is closed: the invites that nobody used and the links that are open, each with what
    /// the server is to be told of.
    pub fn taken_back(&self, mission: &MissionId, now: Timestamp) -> Vec<(InviteId, OfficeDoc)> {
        let invites = self.invites(mission).into_iter();
        let unused = invites.filter(|invite| {
            invite.used_by.is_none() && invite.doc.cancelled.is_none() && invite.doc.expires >= now
        });
        let unused = unused.filter_map(|invite| {
            let doc = InviteDoc {
                cancelled: Some(now),
                ..invite.doc.clone()
            };
            Some((doc.code()?.id(), OfficeDoc::Invite(doc)))
        });
        let open = self.handed_out(mission).into_iter();
        let open = open.filter(|link| link.standing(now) == LinkStanding::Open);
        let open = open.flat_map(|link| link.closing(now));
        let open = open.filter_map(|doc| Some((doc.code()?.id(), OfficeDoc::Link(doc))));
        unused.chain(open).collect()
    }
}
