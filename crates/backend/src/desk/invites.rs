//! Invites, and the devices that came by them: made, cancelled, removed.

use vigie_exchange::invites;
use vigie_model::{InviteId, MissionId};
use vigie_office::{OfficeDoc, due::InviteWord};

use crate::{
    Host,
    backend::Backend,
    protocol::{Failure, InviteView},
};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl<H: Host> Backend<H> {
    pub(crate) fn invites(&self, mission: &str) -> Result<Vec<InviteView>, Failure> {
        let mission: MissionId = mission.parse().map_err(|_| Failure::NotFound)?;
        let now = self.host().now();
        let open = self.open()?;
        let desk = open.desk()?;
        let invites = desk
            .registry
            .invites(&mission)
            .into_iter()
            .map(|invite| InviteView {
                label: invite.doc.label.clone(),
                code: invite.doc.code.clone(),
                link: vigie_exchange::join::link(&desk.keys.server, &invite.doc.code),
                expires: invite.doc.expires.0,
                made: invite.doc.made.0,
                used_by: invite.used_by.map(|device| desk.device_name(&device)),
                expired: invite.doc.expires < now,
                cancelled: false,
            });
        Ok(invites.collect())
    }

    pub(crate) async fn create_invite(
        &self,
        mission: &str,
        label: &str,
        days: u32,
    ) -> Result<Vec<InviteView>, Failure> {
        let id: MissionId = mission.parse().map_err(|_| Failure::NotFound)?;
        let now = self.host().now();
        let expires = now.plus(i64::from(days.clamp(1, 366)) * DAY_MS);
        let invite = {
            let open = self.open()?;
            let desk = open.desk()?;
            // The same again, after a cut kept it from the server: it goes on with the one that was begun.
            let begun = desk.registry.invites(&id).into_iter().find_map(|invite| {
                let code = invite.doc.code()?.id();
                let same = invite.doc.label == label.trim() && desk.due.invites.contains(&code);
                (same && invite.doc.expires > now).then_some(code)
            });
            match begun {
                Some(begun) => Err(begun),
                None => {
                    let doc = desk.registry.mission(&id).ok_or(Failure::NotFound)?;
                    Ok(doc.invite(&desk.keys, label, expires, now, &mut self.random()))
                }
            }
        };
        let invite = match invite {
            Ok(made) => {
                // The document first: a code that the office forgot would let somebody enrol whom it then does not believe.
                self.keep_doc(OfficeDoc::Invite(made.doc), |due, _| {
                    due.invites.insert(made.id);
                })
                .await?;
                made.id
            }
            Err(begun) => begun,
        };
        self.say_docs().await?;
        self.say_invite(invite).await?;
        self.invites(mission)
    }

    /// Tells the server what the documents say of an invite or a partner link by now.
    pub(super) async fn say_invite(&self, invite: InviteId) -> Result<(), Failure> {
        let client = self.office_client()?;
        let word = {
            let open = self.open()?;
            let desk = open.desk()?;
            desk.registry
                .invite_word(&invite, &desk.keys, &mut self.random())
        };
        let now = self.host().now();
        match word {
            Some(InviteWord::Open(body)) => {
                invites::put_again(&client, &invite, body, now).await?;
            }
            Some(InviteWord::Closed) => invites::close(&client, &invite, now).await?,
            None => {}
        }
        self.with_due(|due| {
            due.invites.remove(&invite);
        })
        .await
    }

    /// Tells the server of every invite and link that it may not know as it should.
    pub(super) async fn say_invites(&self) -> Result<(), Failure> {
        let waiting: Vec<InviteId> = self.open()?.desk()?.due.invites.iter().copied().collect();
        let mut done = Ok(());
        for invite in waiting {
            done = done.and(self.say_invite(invite).await);
        }
        done
    }
}
