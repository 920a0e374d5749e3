//! Partner links, as the office makes, counts and closes them.

use vigie_join::partner_link;
use vigie_model::{InviteId, Lang, MissionId, Timestamp};
use vigie_notebook::Host;
use vigie_office::{
    OfficeDoc,
    docs::LinkDoc,
    links::{HandedOut, LinkStanding},
    mission::{BadLink, NewLink as Said},
};
use vigie_protocol::{DeskLink, Failure, LinkState, NewLink, Refusal, SheetCode};

use super::invites::DAY_MS;
use crate::{desk::Desk, in_open::InOpen as _, memory::OpenDesk};

impl<H: Host> Desk<H> {
    pub(crate) fn links(&self, mission: MissionId) -> Result<Vec<DeskLink>, Failure> {
        let now = self.host().now();
        let open = self.open()?;
        let desk = open.desk()?;
        let made = desk.registry.handed_out(&mission).into_iter();
        Ok(made.map(|one| view(desk, &one, now)).collect())
    }

    /// A link, or all codes of a sheet. The same again, after a cut kept some from the server: it goes on with those that were
    /// begun.
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
            codes: link.codes,
            later_days: link.later_days,
            options: link.options,
            expires: now.plus(i64::from(link.days.clamp(1, 366)) * DAY_MS),
        };
        let (begun, made) = {
            let open = self.open()?;
            let desk = open.desk()?;
            let doc = desk.open_mission(&mission)?;
            let made = self
                .notebook
                .vault
                .draw(|random| doc.links(said, now, random));
            let made = made.map_err(|bad| {
                Failure::Refused(match bad {
                    BadLink::NoForm => Refusal::LinkWithoutForm,
                    BadLink::NoLabel => Refusal::LinkWithoutLabel,
                    BadLink::NoConsent => Refusal::LinkWithoutConsent,
                    BadLink::TooMany => Refusal::SheetTooLong,
                })
            })?;
            match desk.registry.links_begun(&made, &desk.due) {
                Some(begun) => (begun.ids().collect(), Vec::new()),
                None => (Vec::new(), told(made)),
            }
        };
        // The documents first: an answer by a code that the office forgot would not be believed.
        self.hand_out(begun, made).await?;
        self.links(mission)
    }

    pub(crate) async fn close_link(
        &self,
        mission: MissionId,
        id: InviteId,
    ) -> Result<Vec<DeskLink>, Failure> {
        let now = self.host().now();
        let closed = {
            let open = self.open()?;
            let made = open.desk()?.registry.handed_out(&mission);
            let found = made.into_iter().find(|one| one.id == id);
            told(found.ok_or(Failure::NotFound)?.closing(now))
        };
        // The documents first, with the word that the server is to be told: a cut can't leave it open for good.
        self.hand_out(Vec::new(), closed).await?;
        self.links(mission)
    }
}

/// Each with what the server is to be told of.
fn told(docs: Vec<LinkDoc>) -> Vec<(InviteId, OfficeDoc)> {
    let docs = docs.into_iter();
    docs.filter_map(|doc| Some((doc.code()?.id(), OfficeDoc::Link(doc))))
        .collect()
}

fn view(desk: &OpenDesk, one: &HandedOut<'_>, now: Timestamp) -> DeskLink {
    let doc = one.doc();
    let address = |code: &str| partner_link(&desk.keys.server, code);
    let numbered = one.codes().filter_map(|link| {
        Some(SheetCode {
            number: link.doc.sheet?.number,
            code: link.doc.code.clone(),
            link: address(&link.doc.code),
            state: state(link.standing(now)),
        })
    });
    DeskLink {
        id: one.id,
        label: doc.label.clone(),
        form: doc.form.clone(),
        code: doc.code.clone(),
        link: address(&doc.code),
        sheet: numbered.collect(),
        made: doc.made.0,
        expires: doc.expires.0,
        uses: one.uses(),
        came: one.came(&desk.seen),
        kiosk: doc.kiosk,
        later_days: doc.later_days,
        state: state(one.standing(now)),
    }
}

fn state(standing: LinkStanding) -> LinkState {
    match standing {
        LinkStanding::Open => LinkState::Open,
        LinkStanding::Full => LinkState::Full,
        LinkStanding::Expired => LinkState::Expired,
        LinkStanding::Closed => LinkState::Closed,
    }
}
