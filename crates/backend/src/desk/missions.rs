//! Missions, their cards, their invites.

use serde_json::Value;
use vigie_model::{CardForm, Lang, MissionId, MissionKind, Policy, Timestamp};
use vigie_office::{
    OfficeDoc,
    docs::MissionDoc,
    entries::Filter,
    mission::{BadMission, NewMission as Begun, card_form, new_mission},
};

use crate::{
    Host,
    backend::Backend,
    desk::{DOC, Desk},
    open::{Open, put},
    protocol::{DeviceView, Failure, InviteView, NewMission, OfficeMission},
    responses::{compiled, form_info, language},
    store::Table,
};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A questionnaire as it goes into a card: what the desk's module compiled, or a card's form as it is.
pub(super) fn to_card_form(form: Value) -> Result<CardForm, Failure> {
    if form.get("compiled").is_some() {
        return serde_json::from_value(form).map_err(|_| Failure::Refused("form".into()));
    }
    let read = vigie_forms::Form::from_json(&form.to_string())
        .map_err(|_| Failure::Refused("form".into()))?;
    let first = read
        .languages()
        .first()
        .map(|written| language(written).0)
        .unwrap_or_else(|| "fr".into());
    let title = if read.title().is_empty() {
        read.id()
    } else {
        read.title()
    };
    let titles = [(Lang::new(first), title.to_owned())].into();
    Ok(card_form(read.id(), read.version(), titles, form))
}

impl<H: Host> Backend<H> {
    pub(crate) fn office_missions(&self) -> Result<Vec<OfficeMission>, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let mut missions: Vec<OfficeMission> = desk
            .registry
            .missions()
            .map(|doc| view(&open, doc))
            .collect::<Result<_, _>>()?;
        missions.sort_by(|a, b| b.starts.cmp(&a.starts).then(a.name.cmp(&b.name)));
        Ok(missions)
    }

    pub(crate) async fn create_mission(
        &self,
        mission: NewMission,
    ) -> Result<Vec<OfficeMission>, Failure> {
        let doc = {
            let open = self.open()?;
            let kind: MissionKind = mission
                .kind
                .parse()
                .map_err(|_| Failure::Refused("mission-kind".into()))?;
            let policy = Policy {
                keep_readable: mission.keep_readable,
                share_with_team: mission.share_with_team,
                record_time: mission.record_time,
            };
            let begun = Begun {
                name: mission.name,
                kind,
                starts: mission.starts,
                ends: mission.ends,
                languages: mission.languages.into_iter().map(Lang::new).collect(),
                policy,
                forms: mission
                    .forms
                    .into_iter()
                    .map(|form| match form {
                        Value::String(hash) => {
                            let known = open.desk()?.registry.form(&hash);
                            Ok(known.ok_or(Failure::NotFound)?.form().clone())
                        }
                        form => to_card_form(form),
                    })
                    .collect::<Result<_, Failure>>()?,
            };
            new_mission(begun, &open.desk()?.keys, &mut self.random()).map_err(|bad| {
                Failure::Refused(
                    match bad {
                        BadMission::NoName => "mission-name",
                        BadMission::NoLanguage => "mission-language",
                        BadMission::EndsBeforeStart => "mission-dates",
                        _ => "mission-forms",
                    }
                    .into(),
                )
            })?
        };
        self.publish(doc).await?;
        self.office_missions()
    }

    pub(crate) async fn assign_form(
        &self,
        mission: &str,
        form: Value,
    ) -> Result<Vec<OfficeMission>, Failure> {
        let mission: MissionId = mission.parse().map_err(|_| Failure::NotFound)?;
        self.put_in_card(mission, to_card_form(form)?).await?;
        self.office_missions()
    }

    /// Puts a questionnaire in a mission's card, in place of another version of it, and publishes the card.
    pub(super) async fn put_in_card(
        &self,
        mission: MissionId,
        form: CardForm,
    ) -> Result<(), Failure> {
        // What another desk of this office changed meanwhile is not undone.
        self.fetch_docs().await?;
        let doc = {
            let open = self.open()?;
            let desk = open.desk()?;
            desk.registry
                .mission(&mission)
                .ok_or(Failure::NotFound)?
                .with_form(&desk.keys, form)
        };
        self.publish(doc).await
    }

    /// Gives the server a mission's card, what its questionnaires show, and the office's own document of it, then keeps
    /// the document.
    async fn publish(&self, mut doc: MissionDoc) -> Result<(), Failure> {
        let client = self.office_client()?;
        let files = {
            let open = self.open()?;
            let registry = &open.desk()?.registry;
            doc.seal_files(|hash| registry.media(hash), &mut self.random())
        };
        for file in files {
            client
                .put_card_file(&doc.id(), &file.sha256, file.bytes, self.host().now())
                .await?;
        }
        let card = {
            let open = self.open()?;
            let desk = open.desk()?;
            let mut card = doc.seal_card(&desk.keys, &mut self.random());
            if doc.card.mission.policy.share_with_team {
                let Desk { keys, journal, .. } = desk;
                let key = &doc.mission_key;
                card.bytes = super::team::attach(
                    card.bytes,
                    card.mission,
                    card.rev,
                    key,
                    keys,
                    journal,
                    &mut self.random(),
                )?;
            }
            card
        };
        client
            .put_card(&card.mission, card.rev, card.bytes, self.host().now())
            .await?;
        self.put_doc(OfficeDoc::Mission(doc)).await
    }

    /// Gives the delegates of these missions what the others wrote, where their policy says so.
    pub(crate) async fn share_with_teams(&self) -> Result<(), Failure> {
        let missions: Vec<MissionId> = self.open()?.desk()?.unshared.iter().copied().collect();
        for mission in missions {
            let doc = {
                let open = self.open()?;
                let desk = open.desk()?;
                let shared = desk
                    .registry
                    .mission(&mission)
                    .filter(|doc| doc.card.mission.policy.share_with_team);
                shared.map(|doc| doc.revise(&desk.keys, |_| {}))
            };
            if let Some(doc) = doc {
                self.publish(doc).await?;
            }
            self.open()?.desk_mut()?.unshared.remove(&mission);
        }
        Ok(())
    }

    pub(crate) async fn put_doc(&self, doc: OfficeDoc) -> Result<(), Failure> {
        let client = self.office_client()?;
        let sealed = doc.seal(&self.open()?.desk()?.keys);
        let stored = client.put_doc(sealed, self.host().now()).await?;
        self.keep_docs(vec![(stored.id.to_string(), doc)], None)
            .await
    }

    /// Keeps documents, and how far the server's list was read: one commit.
    async fn keep_docs(
        &self,
        docs: Vec<(String, OfficeDoc)>,
        after: Option<u64>,
    ) -> Result<(), Failure> {
        let _writing = self.writing().await;
        let (changes, profile) = {
            let open = self.open()?;
            let mut profile = open.profile.clone();
            let mut changes: Vec<_> = docs
                .iter()
                .map(|(id, doc)| {
                    put(
                        &open.key,
                        Table::Forms,
                        format!("{DOC}{id}"),
                        doc,
                        &mut self.random(),
                    )
                })
                .collect();
            if let (Some(office), Some(after)) = (&mut profile.office, after) {
                office.docs_after = after;
            }
            changes.push(put(
                &open.key,
                Table::Meta,
                "profile",
                &profile,
                &mut self.random(),
            ));
            (changes, profile)
        };
        self.commit(changes).await?;
        let mut open = self.open()?;
        open.profile = profile;
        let desk = open.desk_mut()?;
        for (_, doc) in docs {
            desk.take_doc(doc);
        }
        Ok(())
    }

    /// Fetches what other desks of the office wrote.
    pub(crate) async fn fetch_docs(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        loop {
            let after = self
                .open()?
                .profile
                .office
                .as_ref()
                .map(|office| office.docs_after)
                .unwrap_or_default();
            let page = client.docs(after, self.host().now()).await?;
            if page.docs.is_empty() {
                return Ok(());
            }
            let docs = {
                let open = self.open()?;
                let keys = &open.desk()?.keys;
                // One that does not open is not ours, or of a newer version: the others count.
                let opened = page.docs.iter().filter_map(|doc| {
                    Some((
                        doc.id.to_string(),
                        OfficeDoc::open(&doc.sealed.0, keys).ok()?.doc,
                    ))
                });
                opened.collect()
            };
            self.keep_docs(docs, Some(page.next)).await?;
            if !page.more || page.next <= after {
                return Ok(());
            }
        }
    }

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
            let doc = desk.registry.mission(&id).ok_or(Failure::NotFound)?;
            doc.invite(&desk.keys, label, expires, now, &mut self.random())
        };
        // The document first: a code that the office forgot would let somebody enrol whom it then does not believe.
        self.put_doc(OfficeDoc::Invite(invite.doc.clone())).await?;
        self.office_client()?
            .put_invite(&invite.id, &invite.body, now)
            .await?;
        self.invites(mission)
    }
}

fn view(open: &Open, doc: &MissionDoc) -> Result<OfficeMission, Failure> {
    let desk = open.desk()?;
    let mission = &doc.card.mission;
    let forms = doc
        .card
        .forms
        .iter()
        .filter_map(|form| Some(form_info(form, &*compiled(form).ok()?)));
    let mut devices: Vec<DeviceView> = desk
        .registry
        .people(&mission.id)
        .map(|(id, device)| DeviceView {
            device: id.to_string(),
            name: desk.device_name(id),
            enrolled: device.enrolled.0,
            last_bundle: desk.last_of.get(id).copied(),
            removed: None,
        })
        .collect();
    devices.sort_by_key(|device| Timestamp(device.enrolled));
    let entries = desk
        .index
        .matching(&Filter {
            mission: Some(mission.id),
            ..Filter::default()
        })
        .len();
    Ok(OfficeMission {
        id: mission.id.to_string(),
        name: mission.name.clone(),
        kind: mission.kind.code().to_owned(),
        starts: mission.starts.clone(),
        ends: mission.ends.clone(),
        languages: mission
            .languages
            .iter()
            .map(|lang| lang.as_str().to_owned())
            .collect(),
        forms: forms.collect(),
        devices,
        keep_readable: mission.policy.keep_readable,
        share_with_team: mission.policy.share_with_team,
        record_time: mission.policy.record_time,
        invites: desk.registry.invites(&mission.id).len(),
        entries,
    })
}
