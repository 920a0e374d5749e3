//! Missions, their cards, their invites.

use std::collections::BTreeSet;

use vigie_exchange::api::{Code, Hex};
use vigie_model::{
    Card, CardForm, ExactJson, FormHash, FormId, InviteId, Lang, Mission, MissionId, Policy,
    Timestamp,
};
use vigie_notebook::{
    Host,
    error::{internal, of_server},
    memory::Open,
};
use vigie_office::{
    OfficeDoc,
    docs::MissionDoc,
    due::{Publish, Waiting},
    entries::Filter,
    mission::{BadMission, NewMission as Begun, card_form, new_mission},
    questions::asks_consent,
    team::{Given, SealedLetter},
};
use vigie_protocol::{
    DeviceView, Failure, LeadView, NewMission, OfficeMission, Refusal, SaidMission,
};
use vigie_respondent::form_info;

use crate::{
    desk::Desk,
    in_open::InOpen as _,
    invites::is_unknown_address,
    memory::{OpenDesk, Owed},
    shares::reader,
};

/// How often a card is made anew when other desks publish at the same time.
const ROUNDS: u32 = 12;

/// A questionnaire that the desk's module compiled, as it goes into a card.
pub(crate) fn to_card_form(compiled: ExactJson) -> Result<CardForm, Failure> {
    let read = vigie_forms::Form::from_json(compiled.text())
        .map_err(|_| Failure::Refused(Refusal::NotAForm))?;
    let titles = read.titles().into_iter();
    let titles = titles
        .map(|(lang, title)| (Lang::new(lang), title))
        .collect();
    Ok(card_form(read.id(), read.version(), titles, compiled))
}

impl<H: Host> Desk<H> {
    pub(crate) fn office_missions(&self) -> Result<Vec<OfficeMission>, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let own = desk.registry.missions().map(|doc| view(&open, &doc.card));
        let shared = desk.registry.shared_missions().map(|shared| {
            let lead = LeadView {
                name: shared.name.clone(),
                left: shared.left,
            };
            Ok(OfficeMission {
                lead: Some(lead),
                ..view(&open, &shared.card)?
            })
        });
        let mut missions: Vec<OfficeMission> = own.chain(shared).collect::<Result<_, _>>()?;
        missions.sort_by(|a, b| {
            let (a_said, b_said) = (&a.said, &b.said);
            let latest = b_said.starts.cmp(&a_said.starts);
            a.closed
                .cmp(&b.closed)
                .then(latest)
                .then(a_said.name.cmp(&b_said.name))
        });
        Ok(missions)
    }

    pub(crate) async fn create_mission(&self, mission: NewMission) -> Result<MissionId, Failure> {
        let doc = {
            let open = self.open()?;
            let NewMission { said, forms } = mission;
            let begun = Begun {
                policy: policy(&said),
                languages: languages(&said),
                name: said.name,
                kind: said.kind,
                starts: said.starts,
                ends: said.ends,
                forms: forms
                    .into_iter()
                    .map(|form| open.desk()?.chosen_form(form))
                    .collect::<Result<_, Failure>>()?,
            };
            let keys = &open.desk()?.keys;
            let made = self
                .notebook
                .vault
                .draw(|random| new_mission(begun, keys, random));
            made.map_err(refused)?
        };
        let doc = match self.begun_before(&doc)? {
            Some(begun) => begun,
            None => self.keep_mission(doc, Publish::default()).await?,
        };
        self.say_docs().await?;
        self.publish(doc).await?;
        Ok(doc)
    }

    /// The same mission, when it was begun before and a cut kept its card from the server: asked again, it goes on.
    fn begun_before(&self, asked: &MissionDoc) -> Result<Option<MissionId>, Failure> {
        let open = self.open()?;
        let desk = open.desk()?;
        let same = |doc: &&MissionDoc| {
            let (here, there) = (&doc.card, &asked.card);
            let mut mission = here.mission.clone();
            mission.id = there.mission.id;
            let hashes = |doc: &MissionDoc| -> Vec<FormHash> {
                doc.card
                    .forms
                    .iter()
                    .map(|form| form.hash.clone())
                    .collect()
            };
            desk.due.cards.contains_key(&doc.id())
                && doc.rev == asked.rev
                && mission == there.mission
                && hashes(doc) == hashes(asked)
        };
        Ok(desk.registry.missions().find(same).map(MissionDoc::id))
    }

    /// Puts a questionnaire in a mission's card, in place of another version of it, and publishes the card.
    pub(crate) async fn put_in_card(
        &self,
        mission: MissionId,
        form: CardForm,
    ) -> Result<(), Failure> {
        // What another desk of this office changed meanwhile is not undone.
        self.fetch_docs().await?;
        let changed: BTreeSet<FormId> = [form.id.clone()].into();
        let doc = {
            let open = self.open()?;
            let desk = open.desk()?;
            desk.registry
                .mission(&mission)
                .ok_or(Failure::NotFound)?
                .with_form(&desk.keys, form)
        };
        self.keep_mission(doc, Publish::forms(changed)).await?;
        self.say_docs().await?;
        self.publish(mission).await
    }

    /// Says a mission anew: its phones learn it with the card.
    pub(crate) async fn revise_mission(
        &self,
        mission: MissionId,
        said: SaidMission,
    ) -> Result<Vec<OfficeMission>, Failure> {
        self.fetch_docs().await?;
        let doc = {
            let open = self.open()?;
            let desk = open.desk()?;
            let known = desk.registry.mission(&mission).ok_or(Failure::NotFound)?;
            let anew = Mission {
                id: mission,
                policy: policy(&said),
                languages: languages(&said),
                name: said.name,
                kind: said.kind,
                starts: said.starts,
                ends: said.ends,
            };
            known.with_mission(&desk.keys, anew).map_err(refused)?
        };
        let changed = Publish {
            said: true,
            ..Publish::default()
        };
        self.keep_mission(doc, changed).await?;
        self.say_docs().await?;
        self.publish(mission).await?;
        self.office_missions()
    }

    /// Closes a mission, with all that was handed out for it, in one commit; or opens it again.
    pub(crate) async fn close_mission(
        &self,
        mission: MissionId,
        closed: bool,
    ) -> Result<Vec<OfficeMission>, Failure> {
        self.fetch_docs().await?;
        // Who came by an invite just now stays: it is no unused one.
        self.fetch_feed().await?;
        let now = self.host().now();
        let (doc, taken_back) = {
            let open = self.open()?;
            let desk = open.desk()?;
            let known = desk.registry.mission(&mission).ok_or(Failure::NotFound)?;
            let taken_back = match closed {
                true => desk.registry.taken_back(&mission, now),
                false => Vec::new(),
            };
            (known.with_closed(&desk.keys, closed), taken_back)
        };
        let changed = Publish {
            closing: true,
            ..Publish::default()
        };
        let ids = taken_back.iter().map(|(id, _)| *id).collect();
        self.keep_mission_and(doc, changed, taken_back).await?;
        let told = self.hand_out(ids, Vec::new()).await;
        self.publish(mission).await?;
        told?;
        self.office_missions()
    }

    /// Gives the server what the questionnaires of a mission's next revision show, then keeps its document, and that its card
    /// is to be published: whatever is cut from here on, the card is published in the end. Files that no card names yet harm
    /// nobody.
    pub(crate) async fn keep_mission(
        &self,
        doc: MissionDoc,
        changed: Publish,
    ) -> Result<MissionId, Failure> {
        self.keep_mission_and(doc, changed, Vec::new()).await
    }

    /// As [`Desk::keep_mission`], with documents of its invites and links in the same commit.
    async fn keep_mission_and(
        &self,
        mut doc: MissionDoc,
        mut changed: Publish,
        handed_out: Vec<(InviteId, OfficeDoc)>,
    ) -> Result<MissionId, Failure> {
        let client = self.office_client()?;
        let mission = doc.id();
        let (letters, files) = {
            let open = self.open()?;
            let registry = &open.desk()?.registry;
            let media = |hash: &FormHash| registry.media(hash);
            self.notebook.vault.draw(|random| {
                let letters = doc.name_team(registry);
                changed.turned |= doc.turn_key(registry, random);
                (letters, doc.seal_files(media, random))
            })
        };
        for file in files {
            client
                .put_card_file(&mission, &file.sha256, file.bytes, self.host().now())
                .await
                .map_err(of_server)?;
        }
        self.keep_all(Some((doc, changed, letters)), handed_out)
            .await?;
        Ok(mission)
    }

    /// Puts a mission's card at the server. When another desk published meanwhile, the documents are read again, and the card
    /// is made anew after theirs.
    pub(crate) async fn publish(&self, mission: MissionId) -> Result<(), Failure> {
        let client = self.office_client()?;
        for round in 1..=ROUNDS {
            let waiting = {
                let open = self.open()?;
                let Some(waiting) = open.desk()?.due.cards.get(&mission).cloned() else {
                    return Ok(());
                };
                waiting
            };
            let mut card = self.waiting_card(&mission, &waiting).await?;
            if card.theirs.is_none() {
                let ours = &card.ours;
                let put = client.put_card(
                    &mission,
                    ours.rev,
                    self.whole_card(ours)?,
                    self.host().now(),
                );
                match put.await {
                    Ok(()) => {
                        let mut tx = self.notebook.vault.transaction().await;
                        {
                            let open = tx.memory()?;
                            let registry = &open.desk()?.registry;
                            tx.edit::<Owed>(&*open)?.published(&mission, registry);
                        }
                        return tx.commit().await;
                    }
                    Err(error) if error.code() == Some(&Code::Stale) => {
                        self.fetch_docs().await?;
                    }
                    Err(error) => return Err(of_server(error)),
                }
                card = self.waiting_card(&mission, &waiting).await?;
            }
            let next = {
                let open = self.open()?;
                card.again(&waiting, &open.desk()?.keys, round)
            };
            self.keep_mission(next, waiting).await?;
            self.say_docs().await?;
        }
        Err(Failure::Refused(Refusal::Stale))
    }

    /// The document whose card waits, beside another desk's.
    async fn waiting_card(
        &self,
        mission: &MissionId,
        waiting: &Publish,
    ) -> Result<Waiting, Failure> {
        let docs = self.docs().await?.into_iter();
        let of_mission = docs.filter_map(|(id, doc)| match doc {
            OfficeDoc::Mission(doc) if doc.id() == *mission => Some((id, doc)),
            _ => None,
        });
        if let Some(card) = waiting.of(of_mission.collect()) {
            return Ok(card);
        }
        // No row of it can be read any more.
        let open = self.open()?;
        let ours = open.desk()?.registry.mission(mission);
        let ours = ours.cloned().ok_or(Failure::NotFound)?;
        Ok(Waiting { ours, theirs: None })
    }

    /// The card in its box, with what stands beside it.
    fn whole_card(&self, doc: &MissionDoc) -> Result<Vec<u8>, Failure> {
        let open = self.open()?;
        let OpenDesk { keys, registry, .. } = open.desk()?;
        let card = self
            .notebook
            .vault
            .draw(|random| doc.seal_whole(keys, registry, random));
        Ok(card.map_err(internal)?.bytes)
    }

    /// Publishes the cards that a cut kept from the server, and those that a server set back to a backup may have lost.
    pub(crate) async fn publish_what_waits(&self) -> Result<(), Failure> {
        let waiting: Vec<MissionId> = self.open()?.desk()?.due.cards.keys().copied().collect();
        let mut done = Ok(());
        for mission in waiting {
            done = done.and(self.publish(mission).await);
        }
        let again: Vec<MissionId> = {
            let open = self.open()?;
            open.desk()?.due.cards_again.iter().copied().collect()
        };
        for mission in again {
            done = done.and(self.publish_again(mission).await);
        }
        done
    }

    async fn publish_again(&self, mission: MissionId) -> Result<(), Failure> {
        let doc = {
            let open = self.open()?;
            open.desk()?.registry.mission(&mission).cloned()
        };
        if let Some(doc) = doc {
            let next = {
                let open = self.open()?;
                doc.without_boxes(&open.desk()?.keys)
            };
            if let Some(next) = next {
                self.keep_mission(next, Publish::forms(doc.form_ids()))
                    .await?;
                self.say_docs().await?;
                self.publish(mission).await?;
            } else {
                let card = self.whole_card(&doc)?;
                let client = self.office_client()?;
                let put = client.put_card(&mission, doc.rev, card, self.host().now());
                match put.await {
                    // It has one at least as new.
                    Err(error) if error.code() == Some(&Code::Stale) => {}
                    other => other.map_err(of_server)?,
                }
            }
        }
        self.with_due(|due| {
            due.cards_again.remove(&mission);
        })
        .await
    }

    /// Publishes the card of each mission that does not follow who takes part by now, or whose devices were not told yet what
    /// is to be erased.
    pub(crate) async fn tell_missions(&self) -> Result<(), Failure> {
        let missions: Vec<MissionId> = {
            let open = self.open()?;
            let OpenDesk { registry, due, .. } = open.desk()?;
            let another = registry.missions().filter(|doc| !doc.follows(registry));
            let another: BTreeSet<MissionId> = another.map(MissionDoc::id).collect();
            another.union(&due.purges).copied().collect()
        };
        let mut done = Ok(());
        for mission in missions {
            done = done.and(self.tell_mission(mission).await);
        }
        done
    }

    async fn tell_mission(&self, mission: MissionId) -> Result<(), Failure> {
        let doc = {
            let open = self.open()?;
            let OpenDesk { registry, keys, .. } = open.desk()?;
            let known = registry.mission(&mission);
            known.map(|doc| doc.revise(keys, |_| {}))
        };
        let Some(doc) = doc else {
            return self
                .with_due(|due| {
                    due.purges.remove(&mission);
                })
                .await;
        };
        self.keep_mission(doc, Publish::default()).await?;
        self.say_docs().await?;
        self.publish(mission).await
    }

    /// Gives missions' people what no phone sealed for them. A server of before takes no such letters: they wait.
    pub(crate) async fn give_letters(&self) -> Result<(), Failure> {
        let client = self.office_client()?;
        let waiting: Vec<(MissionId, Hex<32>, Given)> = {
            let open = self.open()?;
            let letters = open.desk()?.due.letters.iter();
            let all = letters.flat_map(|(mission, letters)| {
                let of_mission = letters.iter();
                of_mission.map(|(place, given)| (*mission, *place, given.clone()))
            });
            all.collect()
        };
        for (mission, place, given) in waiting {
            let letter = {
                let open = self.open()?;
                let OpenDesk {
                    keys,
                    registry,
                    journal,
                    ..
                } = open.desk()?;
                let doc = registry.mission(&mission);
                doc.and_then(|doc| doc.letter(keys, journal, &given))
            };
            if let Some(SealedLetter { reader, bytes }) = letter {
                let to = (&place, reader.as_ref());
                let put = client.put_team_letter(&mission, to, bytes, self.host().now());
                match put.await {
                    Err(error) if error.code().is_some_and(is_unknown_address) => return Ok(()),
                    put => put.map_err(of_server)?,
                }
            }
            self.with_due(|due| due.given(&mission, &place)).await?;
        }
        Ok(())
    }
}

fn policy(said: &SaidMission) -> Policy {
    Policy {
        keep_readable: said.keep_readable,
        share_with_team: said.share_with_team,
        record_time: said.record_time,
    }
}

fn languages(said: &SaidMission) -> Vec<Lang> {
    said.languages.iter().map(Lang::new).collect()
}

fn refused(bad: BadMission) -> Failure {
    Failure::Refused(match bad {
        BadMission::NoName => Refusal::MissionWithoutName,
        BadMission::NoLanguage => Refusal::MissionWithoutLanguage,
        BadMission::EndsBeforeStart => Refusal::MissionEndsBeforeStart,
        BadMission::TwoFormsOfOneId => Refusal::TwoFormsOfOneId,
    })
}

fn view(open: &Open, card: &Card) -> Result<OfficeMission, Failure> {
    let desk = open.desk()?;
    let mission = &card.mission;
    let forms = card.forms.iter().filter_map(|form| form_info(form).ok());
    let of_mission = Filter {
        mission: Some(mission.id),
        ..Filter::default()
    };
    let rows = desk.index.matching(&of_mission, &desk.journal);
    let mut devices: Vec<DeviceView> = desk
        .registry
        .people(&mission.id)
        .map(|(id, device)| DeviceView {
            device: *id,
            name: desk.device_name(id),
            enrolled: device.enrolled.0,
            last_bundle: desk.last_of.get(id).copied(),
            app: desk.seen.app(id).cloned(),
            entries: rows.iter().filter(|row| row.dev == *id).count(),
            removed: desk.registry.removed_from(id, &mission.id).map(|at| at.0),
            outside_team: mission.policy.shares()
                && card.members.iter().all(|member| member.device != *id),
            keyless: desk
                .registry
                .mission(&mission.id)
                .is_some_and(|doc| doc.is_keyless(id)),
        })
        .collect();
    devices.sort_by_key(|device| Timestamp(device.enrolled));
    let asking = card.forms.iter().filter(|form| asks_consent(form));
    Ok(OfficeMission {
        id: mission.id,
        asking: asking.map(|form| form.id.clone()).collect(),
        said: SaidMission {
            name: mission.name.clone(),
            kind: mission.kind,
            starts: mission.starts.clone(),
            ends: mission.ends.clone(),
            languages: mission
                .languages
                .iter()
                .map(|lang| lang.as_str().to_owned())
                .collect(),
            keep_readable: mission.policy.keep_readable,
            share_with_team: mission.policy.share_with_team,
            record_time: mission.policy.record_time,
        },
        closed: card.closed,
        lead: None,
        readers: card.offices.iter().map(reader).collect(),
        forms: forms.collect(),
        devices,
        invites: desk.registry.invites(&mission.id).len(),
        entries: rows.len(),
    })
}
