//! Partner links, as the office makes, counts and closes them.

use vigie_join::partner_link;
use vigie_model::{FormHash, InviteId, Lang, MissionId, Timestamp};
use vigie_notebook::Host;
use vigie_office::{
    OfficeDoc,
    docs::LinkDoc,
    links::LinkStanding,
    mission::{BadLink, NewLink as Said},
    registry::Link,
};
use vigie_protocol::{DeskLink, Failure, LinkState, NewLink, Refusal};

use super::invites::DAY_MS;
use crate::{desk::Desk, in_open::InOpen as _, memory::OpenDesk};

impl<H: Host> Desk<H> {
    pub(crate) fn links(&self, mission: MissionId) -> Result<Vec<DeskLink>, Failure> {
        let now = self.host().now();
        let open = self.open()?;
        let desk = open.desk()?;
        let links = desk.registry.links(&mission).into_iter();
        Ok(links
            .filter_map(|link| Some(view(desk, link, link.doc.code()?.id(), now)))
            .collect())
    }

    pub(crate) async fn create_link(
        &self,
        mission: MissionId,
        link: NewLink,
    ) -> Result<Vec<DeskLink>, Failure> {
        let now = self.host().now();
        let said = Said {
            form: link.form,
            label: link.label,
            consent: link
                .consent
                .into_iter()
                .map(|(lang, text)| (Lang::new(lang), text))
                .collect(),
            uses: link.uses,
            kiosk: link.kiosk,
            later_days: link.later_days,
            expires: now.plus(i64::from(link.days.clamp(1, 366)) * DAY_MS),
        };
        let made = {
            let open = self.open()?;
            let desk = open.desk()?;
            let doc = desk.registry.mission(&mission).ok_or(Failure::NotFound)?;
            let media = |hash: &FormHash| desk.registry.media(hash);
            self.notebook
                .vault
                .draw(|random| doc.link(&desk.keys, said, media, now, random))
                .map_err(|bad| {
                    Failure::Refused(match bad {
                        BadLink::NoForm => Refusal::LinkWithoutForm,
                        BadLink::NoLabel => Refusal::LinkWithoutLabel,
                        BadLink::NoConsent => Refusal::LinkWithoutConsent,
                    })
                })?
        };
        // The same again, after a cut kept it from the server: it goes on with the one that was begun.
        let begun = {
            let open = self.open()?;
            let desk = open.desk()?;
            let begun = desk.registry.link_begun(&made.doc, &desk.due);
            begun.and_then(LinkDoc::code).map(|code| code.id())
        };
        let link = match begun {
            Some(begun) => begun,
            None => {
                // The document first: an answer by a code that the office forgot would not be believed.
                self.keep_doc(OfficeDoc::Link(made.doc), |due, _| {
                    due.invites.insert(made.id);
                })
                .await?;
                made.id
            }
        };
        self.say_docs().await?;
        self.say_invite(link).await?;
        self.links(mission)
    }

    pub(crate) async fn close_link(
        &self,
        mission: MissionId,
        id: InviteId,
    ) -> Result<Vec<DeskLink>, Failure> {
        let closed = {
            let open = self.open()?;
            let links = open.desk()?.registry.links(&mission);
            let found = links
                .into_iter()
                .find(|link| link.doc.code().is_some_and(|code| code.id() == id));
            let mut doc = found.ok_or(Failure::NotFound)?.doc.clone();
            doc.closed = true;
            doc
        };
        // The document first, with the word that the server is to be told: a cut can't leave it open for good.
        self.keep_doc(OfficeDoc::Link(closed), |due, _| {
            due.invites.insert(id);
        })
        .await?;
        self.say_docs().await?;
        self.say_invite(id).await?;
        self.links(mission)
    }
}

fn view(desk: &OpenDesk, link: &Link, id: InviteId, now: Timestamp) -> DeskLink {
    let doc = &link.doc;
    DeskLink {
        id,
        label: doc.label.clone(),
        form: doc.form.clone(),
        code: doc.code.clone(),
        link: partner_link(&desk.keys.server, &doc.code),
        made: doc.made.0,
        expires: doc.expires.0,
        uses: doc.uses,
        came: link.came(&desk.seen),
        kiosk: doc.kiosk,
        state: match link.standing(now) {
            LinkStanding::Open => LinkState::Open,
            LinkStanding::Full => LinkState::Full,
            LinkStanding::Expired => LinkState::Expired,
            LinkStanding::Closed => LinkState::Closed,
        },
    }
}
