//! A partner who stops, and goes on later, on this phone or another: her code, what is kept under it, the answer opened again.

use vigie_join::{partner_link, read_draft};
use vigie_protocol::{
    DeleteDraft, DraftProblem, Failure, FetchDraft, KeptDraft, Millis, PutDraft, WentOn,
};
use vigie_respondent::{Kept, Respondent};
use vigie_seal::InviteCode;

use super::{Guest, Page, draft::Draft};

/// Whether this is a code to go on with, and not a link's.
pub fn is_draft_code(code: &str) -> bool {
    read_draft(code, "").is_some()
}

fn kept(server: &str, code: String, until: Millis, left_out: usize) -> KeptDraft {
    KeptDraft {
        page: partner_link(server, "").trim_end_matches('#').to_owned(),
        link: partner_link(server, &code),
        code,
        until,
        left_out,
    }
}

impl<P: Page> Guest<P> {
    /// Has the answer kept as it stands, without its files where it is too large with them.
    pub(super) async fn keep_draft(&self, anew: bool) -> Result<KeptDraft, Failure> {
        if anew && let Some(live) = &mut *self.live.borrow_mut() {
            live.draft = None;
        }
        let mut room = Kept::FILES_BYTES;
        loop {
            let (question, left_out) = self.to_put(room)?;
            let (code, server) = (question.draft.clone(), question.server.clone());
            match self.page.ask(question).await {
                Err(failure) if room > 0 && failure == DraftProblem::TooLarge.into() => room = 0,
                Err(failure) => return Err(failure),
                Ok(until) => return Ok(kept(&server, code, until, left_out)),
            }
        }
    }

    /// What is to be put, under a revision of its own: whether one before came through or not, the server ends with this one.
    fn to_put(&self, room: usize) -> Result<(PutDraft, usize), Failure> {
        let link = self.link.borrow();
        let opened = link.as_ref().ok_or(Failure::NotFound)?;
        let mut live = self.live.borrow_mut();
        let live = live.as_mut().ok_or(Failure::NotFound)?;
        let kept = Kept {
            consented: Some(live.consented),
            ..live.respondent.kept(room)
        };
        let draft = live
            .draft
            .get_or_insert_with(|| Draft::new(&mut |bytes: &mut [u8]| self.page.fill(bytes)));
        draft.rev = draft.rev.saturating_add(1);
        let question = PutDraft {
            draft: draft.code(),
            rev: draft.rev,
            code: opened.code.to_string(),
            server: opened.server.clone(),
            days: opened.link.later_days,
            kept: serde_json::to_string(&kept)
                .map_err(|error| Failure::Internal(error.to_string()))?,
        };
        Ok((question, kept.left_out.len()))
    }

    /// Gives up what is kept: the answer itself goes on here.
    pub(super) async fn erase_draft(&self) -> Result<(), Failure> {
        let question = {
            let link = self.link.borrow();
            let live = self.live.borrow();
            let draft = live.as_ref().and_then(|live| live.draft.as_ref());
            let (Some(opened), Some(draft)) = (link.as_ref(), draft) else {
                return Ok(());
            };
            DeleteDraft {
                draft: draft.code(),
                server: opened.server.clone(),
            }
        };
        self.page.ask(question).await?;
        if let Some(live) = &mut *self.live.borrow_mut() {
            live.draft = None;
        }
        Ok(())
    }

    /// Goes on with what is kept under a code. Its link may be over for whoever begins: this was begun in time, and the server
    /// keeps no draft longer than it takes answers.
    pub(super) async fn go_on(&self, typed: &str, origin: &str) -> Result<WentOn, Failure> {
        let (code, server) = read_draft(typed, origin).ok_or(DraftProblem::Unreadable)?;
        let question = FetchDraft {
            draft: code.to_string(),
            server: server.clone(),
        };
        let left = self.left.get();
        let found = self.page.ask(question).await?;
        let draft: Kept = serde_json::from_str(&found.kept).map_err(|_| DraftProblem::Damaged)?;
        let link: InviteCode = found.code.parse().map_err(|_| DraftProblem::Damaged)?;
        let opened = self.find(link, server.clone()).await?;
        self.prepare(&opened).await?;
        if self.left.get() != left {
            return Err(Failure::NotFound);
        }
        let view = self.take(opened)?;
        let kept = kept(&server, code.to_string(), found.until, draft.left_out.len());
        let (consented, was) = (draft.consented, draft.form.clone());
        let mut live =
            self.begin(|rec, form, moment| Respondent::go_on(rec, form, None, moment, draft))?;
        live.consented = consented.unwrap_or(live.consented);
        live.draft = Some(Draft {
            code,
            rev: found.rev,
        });
        let went_on = WentOn {
            rec: live.respondent.rec,
            code: found.code,
            link: view,
            lang: live.respondent.lang(),
            kept,
            changed: live.respondent.form.hash != was,
        };
        self.live.replace(Some(live));
        Ok(went_on)
    }
}
