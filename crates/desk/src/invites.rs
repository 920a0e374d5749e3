//! Invites, and the devices that came by them: made, cancelled, removed.

use vigie_exchange::{api::Code, invites};
use vigie_model::{DeviceId, InviteId, MissionId};
use vigie_notebook::{Host, error::of_server};
use vigie_office::{OfficeDoc, docs::RemovedDoc, due::InviteWord};
use vigie_protocol::{Failure, InviteView, OfficeMission, Refusal};

use crate::{desk::Desk, in_open::InOpen as _};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a server answers that has no such address, or no such method there.
fn is_unknown_address(code: &Code) -> bool {
    *code == Code::NotFound || matches!(code.as_str(), "method" | "http-405")
}

impl<H: Host> Desk<H> {
    pub(crate) fn invites(&self, mission: MissionId) -> Result<Vec<InviteView>, Failure> {
        let now = self.host().now();
        let open = self.open()?;
        let desk = open.desk()?;
        let invites = desk
            .registry
            .invites(&mission)
            .into_iter()
            .filter_map(|invite| {
                Some(InviteView {
                    id: invite.doc.code()?.id(),
                    label: invite.doc.label.clone(),
                    code: invite.doc.code.clone(),
                    link: vigie_join::link(&desk.keys.server, &invite.doc.code),
                    expires: invite.doc.expires.0,
                    made: invite.doc.made.0,
                    used_by: invite.used_by.map(|device| desk.device_name(&device)),
                    expired: invite.doc.expires < now,
                    cancelled: invite.doc.cancelled.is_some(),
                })
            });
        Ok(invites.collect())
    }

    pub(crate) async fn create_invite(
        &self,
        mission: MissionId,
        label: &str,
        days: u32,
    ) -> Result<Vec<InviteView>, Failure> {
        let now = self.host().now();
        let expires = now.plus(i64::from(days.clamp(1, 366)) * DAY_MS);
        let invite = {
            let open = self.open()?;
            let desk = open.desk()?;
            // The same again, after a cut kept it from the server: it goes on with the one that was begun.
            let begun = desk
                .registry
                .invites(&mission)
                .into_iter()
                .find_map(|invite| {
                    let code = invite.doc.code()?.id();
                    let same = invite.doc.label == label.trim()
                        && invite.doc.cancelled.is_none()
                        && desk.due.invites.contains(&code);
                    (same && invite.doc.expires > now).then_some(code)
                });
            match begun {
                Some(begun) => Err(begun),
                None => {
                    let doc = desk.registry.mission(&mission).ok_or(Failure::NotFound)?;
                    let keys = &desk.keys;
                    let made = self
                        .notebook
                        .vault
                        .draw(|random| doc.invite(keys, label, expires, now, random));
                    Ok(made)
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

    /// Nobody takes part by it any more, and who did stays. The document first: whatever is cut, no desk believes who comes
    /// by it later, and the server is told at the next fetch at the latest.
    pub(crate) async fn cancel_invite(
        &self,
        mission: MissionId,
        invite: InviteId,
    ) -> Result<Vec<InviteView>, Failure> {
        let cancelled = {
            let open = self.open()?;
            let known = open.desk()?.registry.invite(&invite);
            let known = known.filter(|known| known.doc.mission == mission);
            let mut doc = known.ok_or(Failure::NotFound)?.doc.clone();
            doc.cancelled = Some(doc.cancelled.unwrap_or_else(|| self.host().now()));
            doc
        };
        self.keep_doc(OfficeDoc::Invite(cancelled), |due, _| {
            due.invites.insert(invite);
        })
        .await?;
        self.say_docs().await?;
        self.say_invite(invite).await?;
        self.invites(mission)
    }

    /// From now on the office takes nothing from a device, and its server refuses it.
    pub(crate) async fn remove_device(
        &self,
        device: DeviceId,
    ) -> Result<Vec<OfficeMission>, Failure> {
        let removed = {
            let open = self.open()?;
            let registry = &open.desk()?.registry;
            registry.device(&device).ok_or(Failure::NotFound)?;
            let at = registry.removed(&device);
            at.unwrap_or_else(|| self.host().now())
        };
        let doc = RemovedDoc {
            device,
            at: removed,
        };
        self.keep_doc(OfficeDoc::Removed(doc), |due, _| {
            due.devices.insert(device);
        })
        .await?;
        self.say_docs().await?;
        self.say_device(device).await?;
        self.office_missions()
    }

    async fn say_device(&self, device: DeviceId) -> Result<(), Failure> {
        let client = self.office_client()?;
        let told = client.remove_device(&device, self.host().now()).await;
        told.map_err(|error| match error.code() {
            Some(code) if is_unknown_address(code) => Failure::Refused(Refusal::OlderServer),
            _ => of_server(error),
        })?;
        self.with_due(|due| {
            due.devices.remove(&device);
        })
        .await
    }

    /// Tells the server of the devices that were removed. One of an older version does not know how: it is told at each
    /// fetch, until it was updated.
    pub(crate) async fn say_devices(&self) -> Result<(), Failure> {
        let waiting: Vec<DeviceId> = self.open()?.desk()?.due.devices.iter().copied().collect();
        let mut all = Ok(());
        for device in waiting {
            let done = match self.say_device(device).await {
                Err(Failure::Refused(Refusal::OlderServer)) => Ok(()),
                other => other,
            };
            all = all.and(done);
        }
        all
    }

    /// Tells the server what the documents say of an invite or a partner link by now.
    pub(crate) async fn say_invite(&self, invite: InviteId) -> Result<(), Failure> {
        let client = self.office_client()?;
        let word = {
            let open = self.open()?;
            let desk = open.desk()?;
            let (registry, keys) = (&desk.registry, &desk.keys);
            self.notebook
                .vault
                .draw(|random| registry.invite_word(&invite, keys, random))
        };
        let now = self.host().now();
        match word {
            Some(InviteWord::Open(body)) => {
                invites::put_again(&client, &invite, body, now)
                    .await
                    .map_err(of_server)?;
            }
            Some(InviteWord::Closed) => invites::close(&client, &invite, now)
                .await
                .map_err(of_server)?,
            None => {}
        }
        self.with_due(|due| {
            due.invites.remove(&invite);
        })
        .await
    }

    /// Tells the server of every invite and link that it may not know as it should.
    pub(crate) async fn say_invites(&self) -> Result<(), Failure> {
        let waiting: Vec<InviteId> = self.open()?.desk()?.due.invites.iter().copied().collect();
        let mut done = Ok(());
        for invite in waiting {
            done = done.and(self.say_invite(invite).await);
        }
        done
    }
}
