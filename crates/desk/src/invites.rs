//! Invites, and the devices that came by them: made, cancelled, removed.

use vigie_exchange::{api::Code, invites};
use vigie_model::{DeviceId, InviteId, MissionId};
use vigie_notebook::{Host, error::of_server};
use vigie_office::{OfficeDoc, docs::RemovedDoc, due::InviteWord};
use vigie_protocol::{Event, Failure, InviteView, OfficeMission, Refusal, Task};

use crate::{desk::Desk, in_open::InOpen as _};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a server answers that has no such address, or no such method there.
pub(crate) fn is_unknown_address(code: &Code) -> bool {
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

    /// One for each label. The same again, after a cut kept some from the server: it goes on with those that were begun.
    pub(crate) async fn create_invites(
        &self,
        mission: MissionId,
        labels: &[String],
        days: u32,
    ) -> Result<Vec<InviteView>, Failure> {
        let now = self.host().now();
        let expires = now.plus(i64::from(days.clamp(1, 366)) * DAY_MS);
        let (begun, made) = {
            let open = self.open()?;
            let desk = open.desk()?;
            let doc = desk.open_mission(&mission)?;
            let begun = desk
                .registry
                .invites_begun(&mission, labels, &desk.due, now);
            match begun {
                Some(begun) => (begun, Vec::new()),
                None => self.notebook.vault.draw(|random| {
                    let invite = |label: &String| {
                        let made = doc.invite(&desk.keys, label, expires, now, random);
                        (made.id, OfficeDoc::Invite(made.doc))
                    };
                    (Vec::new(), labels.iter().map(invite).collect())
                }),
            }
        };
        // The documents first: a code that the office forgot would let somebody enrol whom it then does not believe.
        self.hand_out(begun, made).await?;
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
            let registry = &open.desk()?.registry;
            let known = registry.invite(&invite);
            let known = known.filter(|known| known.doc.mission == mission);
            let mut doc = known.ok_or(Failure::NotFound)?.doc.clone();
            let now = registry.cancelling(&invite, self.host().now());
            doc.cancelled = Some(doc.cancelled.unwrap_or(now));
            doc
        };
        let cancelled = vec![(invite, OfficeDoc::Invite(cancelled))];
        self.hand_out(Vec::new(), cancelled).await?;
        self.invites(mission)
    }

    /// Keeps documents of invites and links, and tells the server of them, and of those that were begun before.
    pub(crate) async fn hand_out(
        &self,
        begun: Vec<InviteId>,
        docs: Vec<(InviteId, OfficeDoc)>,
    ) -> Result<(), Failure> {
        let ids = docs.iter().map(|(id, _)| *id);
        let ids: Vec<InviteId> = begun.into_iter().chain(ids).collect();
        if !docs.is_empty() {
            self.keep_all(None, docs).await?;
        }
        self.say_docs().await?;
        let is_owed = {
            let open = self.open()?;
            let due = open.desk()?.due.invites.clone();
            move |id: &InviteId| due.contains(id)
        };
        self.say_these(ids.into_iter().filter(is_owed).collect())
            .await
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
        // Those who stay learn it now, and are given another key.
        self.tell_missions().await?;
        self.say_invites().await?;
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
        let waiting = self.open()?.desk()?.due.invites.iter().copied().collect();
        self.say_these(waiting).await
    }

    async fn say_these(&self, waiting: Vec<InviteId>) -> Result<(), Failure> {
        let total = waiting.len() as u64;
        let mut all = Ok(());
        for (done, invite) in (1..).zip(waiting) {
            all = all.and(self.say_invite(invite).await);
            // One or two are told before anybody reads it.
            if total > 2 {
                let task = Task::HandingOut;
                self.host().emit(Event::Progress { task, done, total });
            }
        }
        all
    }
}
