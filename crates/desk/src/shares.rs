//! Missions that several offices read: to whom this one opens its own, and which others it reads.

use vigie_exchange::{
    ExchangeError,
    api::{Code, KeyHex, ShareItem},
};
use vigie_model::{CardOffice, MissionId};
use vigie_notebook::{
    Host,
    error::{internal, of_server},
};
use vigie_office::{
    OfficeDoc,
    docs::MissionDoc,
    due::{Due, Publish},
    readers::{BadReader, Closed, News},
    shares::{BadCallingCard, CallingCard, Share, SharedDoc, fingerprint_of},
};
use vigie_protocol::{
    CallingCardView, Failure, OfferedMission, OfficeMission, ReaderView, Refusal,
};
use vigie_seal::VerifyingKey;

use crate::{
    desk::Desk,
    in_open::InOpen as _,
    invites::is_unknown_address,
    memory::{Offered, OpenDesk},
};

/// An office that reads a mission, as it is shown.
pub(crate) fn reader(office: &CardOffice) -> ReaderView {
    ReaderView {
        name: office.name.clone(),
        office: office.office.clone(),
        fingerprint: fingerprint_of(office),
    }
}

/// Whether the server has no such office or mission, or is of before any mission was opened to anybody.
fn is_absent(error: &ExchangeError) -> bool {
    error.code().is_some_and(is_unknown_address)
}

fn key(office: &str) -> Result<KeyHex, Failure> {
    office.parse().map_err(internal)
}

impl<H: Host> Desk<H> {
    /// What another office needs to let this one read its missions.
    pub(crate) fn calling_card(&self) -> Result<CallingCardView, Failure> {
        let open = self.open()?;
        let card = CallingCard::of(&open.desk()?.keys);
        Ok(CallingCardView {
            fingerprint: card.fingerprint(),
            text: card.to_string(),
        })
    }

    /// Opens a mission to the office whose calling card this is: from its next card on, phones seal for both.
    pub(crate) async fn open_mission_to(
        &self,
        mission: MissionId,
        calling_card: &str,
    ) -> Result<Vec<OfficeMission>, Failure> {
        let card: CallingCard = calling_card.parse().map_err(|bad| {
            Failure::Refused(match bad {
                BadCallingCard::Malformed => Refusal::NotACallingCard,
                BadCallingCard::Newer => Refusal::CallingCardNewer,
                BadCallingCard::NotSigned => Refusal::CallingCardAltered,
            })
        })?;
        self.fetch_docs().await?;
        let (doc, sealed) = {
            let open = self.open()?;
            let OpenDesk { keys, registry, .. } = open.desk()?;
            let known = registry.mission(&mission).ok_or(Failure::NotFound)?;
            let doc = known.opened_to(keys, card.office.clone()).map_err(|bad| {
                Failure::Refused(match bad {
                    BadReader::Own => Refusal::OwnCallingCard,
                    BadReader::TooMany => Refusal::TooManyOffices,
                })
            })?;
            let sealed = doc.share(keys, registry).seal(keys, &card.office);
            (doc, sealed.ok_or(Failure::NotFound)?)
        };
        // Before anything is sealed for it: the office is at this server, and hears of the mission.
        let client = self.office_client()?;
        let office = key(&card.office.office)?;
        let told = client.put_share(&mission, &office, sealed, self.host().now());
        match told.await {
            Err(error) if is_absent(&error) => {
                return Err(Failure::Refused(Refusal::OfficeElsewhere));
            }
            told => told.map_err(of_server)?,
        }
        self.change_readers(doc).await
    }

    /// An office reads the mission no more: from the next card on, phones do not seal for it.
    pub(crate) async fn close_mission_to(
        &self,
        mission: MissionId,
        office: &str,
    ) -> Result<Vec<OfficeMission>, Failure> {
        self.fetch_docs().await?;
        let doc = {
            let open = self.open()?;
            let OpenDesk { keys, registry, .. } = open.desk()?;
            let known = registry.mission(&mission).ok_or(Failure::NotFound)?;
            known.closed_to(keys, office)
        };
        // Should the line be cut, it is said at the next fetch.
        let office = office.to_owned();
        self.with_due(|due| due.tell_closed(mission, &office))
            .await?;
        self.change_readers(doc).await
    }

    async fn change_readers(&self, doc: MissionDoc) -> Result<Vec<OfficeMission>, Failure> {
        let changed = Publish {
            readers: true,
            ..Publish::default()
        };
        let mission = self.keep_mission(doc, changed).await?;
        self.say_docs().await?;
        self.publish(mission).await?;
        self.tell_readers().await?;
        self.office_missions()
    }

    /// Tells other offices what is new in the missions that they read, and those that read one no more, that they do not.
    pub(crate) async fn tell_readers(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let (news, closed) = {
            let open = self.open()?;
            let OpenDesk {
                keys,
                registry,
                due,
                ..
            } = open.desk()?;
            due.to_readers(registry, keys)
        };
        for News {
            mission,
            office,
            says,
            sealed,
        } in news
        {
            let to = key(&office)?;
            let put = client.put_share(&mission, &to, sealed, self.host().now());
            put.await.map_err(of_server)?;
            self.with_due(|due| due.told_reader(mission, office, says))
                .await?;
        }
        for Closed { mission, office } in closed {
            let to = key(&office)?;
            let close = client.close_share(&mission, &to, self.host().now());
            match close.await {
                // The office is there no more, or was never told.
                Err(error) if is_absent(&error) => {}
                closed => closed.map_err(of_server)?,
            }
            self.with_due(|due| due.closed_to(&mission, &office))
                .await?;
        }
        Ok(())
    }

    /// Reads what other offices say of the missions that they open to this one; `may_be`: as far as the server said, there are
    /// some.
    pub(crate) async fn read_shares(&self, may_be: bool) -> Result<(), Failure> {
        let client = self.office_client()?;
        let items = match may_be {
            true => match client.shares(self.host().now()).await {
                Err(error) if is_absent(&error) => return Ok(()),
                shares => shares.map_err(of_server)?.shares,
            },
            false => Vec::new(),
        };
        for item in &items {
            let is_read = {
                let open = self.open()?;
                let desk = open.desk()?;
                let is_taken = desk.registry.reads(&item.mission, &item.lead);
                let offered = desk.offered.get(&item.mission);
                match is_taken {
                    true => desk.due.read.get(&item.mission) == Some(&item.id),
                    // Refused here, and the server does not know it yet; or offered by the one who came first.
                    false => {
                        desk.due.answers.contains_key(&item.mission)
                            || offered.is_some_and(|one| one.id == item.id || one.lead != item.lead)
                    }
                }
            };
            if !is_read {
                self.read_share(item).await?;
            }
        }
        // Closed by the lead: nothing comes of it any more.
        let over: Vec<SharedDoc> = {
            let mut open = self.open()?;
            let desk = open.desk_mut()?;
            let listed: Vec<MissionId> = items.iter().map(|item| item.mission).collect();
            desk.offered.retain(|mission, _| listed.contains(mission));
            desk.registry.closed_by_leads(&listed, self.host().now())
        };
        for doc in over {
            self.keep_doc(OfficeDoc::Shared(doc), |_, _| {}).await?;
        }
        Ok(())
    }

    async fn read_share(&self, item: &ShareItem) -> Result<(), Failure> {
        let client = self.office_client()?;
        let sealed = client.share(&item.lead, &item.mission, self.host().now());
        let sealed = match sealed.await {
            // Closed since it was listed.
            Err(error) if error.code() == Some(&Code::NotFound) => return Ok(()),
            sealed => sealed.map_err(of_server)?,
        };
        let now = self.host().now();
        let ShareItem {
            lead, mission, id, ..
        } = *item;
        let news = {
            let mut open = self.open()?;
            let desk = open.desk_mut()?;
            let key = VerifyingKey::from_bytes(&lead.0).map_err(internal)?;
            let share = Share::open(&sealed, &desk.keys, &key).ok();
            let share = share.filter(|share| share.card.mission.id == mission);
            if !desk.registry.reads(&mission, &lead) {
                desk.offered.insert(mission, Offered { lead, id, share });
                return Ok(());
            }
            // What does not open is a newer version's: it is asked for again.
            let Some(share) = share else { return Ok(()) };
            let shared = desk.registry.shared(&mission);
            shared.and_then(|shared| shared.news(share, now))
        };
        let read = move |due: &mut Due| {
            due.read.insert(mission, id);
        };
        match news {
            Some(doc) => {
                self.keep_doc(OfficeDoc::Shared(doc), |due, _| read(due))
                    .await?;
            }
            None => self.with_due(read).await?,
        }
        Ok(())
    }

    /// Missions that wait for this office's answer.
    pub(crate) fn offered_missions(&self) -> Result<Vec<OfferedMission>, Failure> {
        let open = self.open()?;
        let offered = open.desk()?.offered.iter();
        let view = |(mission, Offered { share, .. }): (&MissionId, &Offered)| {
            let share = share.as_ref()?;
            Some(OfferedMission {
                mission: *mission,
                name: share.card.mission.name.clone(),
                lead: share.name.clone(),
                fingerprint: share.lead_fingerprint(),
                people: share
                    .devices
                    .iter()
                    .filter(|one| one.form.is_none())
                    .count(),
            })
        };
        Ok(offered.filter_map(view).collect())
    }

    /// Takes a mission that another office opens, or refuses it, or gives up one that was taken.
    pub(crate) async fn answer_offer(
        &self,
        mission: MissionId,
        accept: bool,
    ) -> Result<Vec<OfferedMission>, Failure> {
        let now = self.host().now();
        let (lead, doc) = {
            let open = self.open()?;
            let desk = open.desk()?;
            match desk.offered.get(&mission) {
                Some(Offered { lead, share, .. }) => {
                    let share = share.as_ref().ok_or(Failure::NotFound)?;
                    let doc = match accept {
                        false => None,
                        true => {
                            let taking = desk.registry.taking(share.clone(), now);
                            Some(taking.ok_or(Failure::Refused(Refusal::MissionOfAnother))?)
                        }
                    };
                    (*lead, doc)
                }
                None => {
                    let shared = desk.registry.shared(&mission).ok_or(Failure::NotFound)?;
                    (key(&shared.card.office)?, Some(shared.given_up(now)))
                }
            }
        };
        match doc {
            Some(doc) => {
                self.keep_doc(OfficeDoc::Shared(doc), |due, _| {
                    due.answers.insert(mission, lead);
                })
                .await?;
            }
            None => {
                self.with_due(|due| {
                    due.answers.insert(mission, lead);
                })
                .await?;
            }
        }
        self.open()?.desk_mut()?.offered.remove(&mission);
        self.say_docs().await?;
        self.say_answers().await?;
        self.offered_missions()
    }

    /// Tells the server which missions of other offices are wanted here.
    pub(crate) async fn say_answers(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let answers: Vec<(MissionId, KeyHex, bool)> = {
            let open = self.open()?;
            let desk = open.desk()?;
            let answers = desk.due.answers.iter();
            answers
                .map(|(mission, lead)| (*mission, *lead, desk.registry.reads(mission, lead)))
                .collect()
        };
        for (mission, lead, accept) in answers {
            let answer = client.answer_share(&lead, &mission, accept, self.host().now());
            match answer.await {
                // The lead closed it meanwhile.
                Err(error) if error.code() == Some(&Code::NotFound) => {}
                answered => answered.map_err(of_server)?,
            }
            self.with_due(|due| {
                due.answers.remove(&mission);
            })
            .await?;
        }
        Ok(())
    }
}
