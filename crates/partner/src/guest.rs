//! What a partner's page does by itself: the link opened, the answer being given.

use std::{any::Any, cell::RefCell, collections::HashSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use vigie_exchange::Nobody;
use vigie_join::read_invite;
use vigie_model::{Link, RecordId, hex};
use vigie_protocol::{
    AnswerFile, EntryState, Failure, File, FillingQuestion, Finished, ForgetLink, FormProblem,
    FormView, Given, InviteProblem, KeepLink, KeptLink, LinkView, Millis, Question, Refusal,
    Request, Retry, Saved, Seal, SealerRequest, SendingQuestion, answers,
};
use vigie_respondent::{
    InMemory, Moment, Respondent, Unkept, Whose, below_root, compiled, form_info, language,
    media_file, moment_of,
};
use vigie_seal::{InviteCode, read_link};

use zeroize::Zeroizing;

use crate::{World, error::of_server};

/// What her page stands on.
#[allow(async_fn_in_trait, reason = "one thread: in a browser nothing is Send")]
pub trait Page: World {
    /// Bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
    /// Asks whoever seals and sends, behind the page.
    async fn ask<Q: Question<Family: Into<SealerRequest>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure>;
}

/// A link that was followed.
struct Opened {
    code: InviteCode,
    server: String,
    /// The box, as it came.
    sealed: Vec<u8>,
    link: Link,
    /// The server's clock less ours.
    offset: i64,
}

/// An answer being given.
struct Live {
    consented: Millis,
    /// Of the key that it will be signed with.
    seed: Zeroizing<[u8; 32]>,
    respondent: Respondent<InMemory>,
}

/// Somebody who follows a partner link.
pub struct Guest<P> {
    page: P,
    link: RefCell<Option<Opened>>,
    live: RefCell<Option<Live>>,
}

impl<P: Page> Guest<P> {
    pub fn new(page: P) -> Guest<P> {
        Guest {
            page,
            link: RefCell::default(),
            live: RefCell::default(),
        }
    }

    /// Answers what the page asks, with a `Result` of its question's answer; nothing, where that is not for a partner.
    pub async fn handle(&self, request: Request) -> Option<Box<dyn Any>> {
        match request {
            Request::Link(question) => Some(question.answered_here(self).await),
            Request::Waiting(question) => Some(question.answered_here(self).await),
            Request::Filling(question) if self.is_hers(&question) => {
                Some(question.answered_here(&Unkept(ByLink(self))).await)
            }
            Request::Sending(SendingQuestion::Nudge(_)) => {
                Some(Box::new(self.page.ask(Retry).await))
            }
            _ => None,
        }
    }

    /// Whether a question is about the answer that is being given: one that comes late from the person before is not.
    pub fn is_hers(&self, question: &FillingQuestion) -> bool {
        use FillingQuestion as Q;
        let rec = match question {
            Q::ListForms(_) | Q::StartResponse(_) => return false,
            Q::OpenResponse(of) => of.rec,
            Q::SetAnswer(of) => of.rec,
            Q::AttachFile(of) => of.rec,
            Q::AddRepeat(of) => of.rec,
            Q::RemoveRepeat(of) => of.rec,
            Q::UndoRemove(of) => of.rec,
            Q::SearchChoices(of) => of.rec,
            Q::ReadFile(of) => of.rec,
            Q::ReadMedia(of) => of.rec,
            Q::GoTo(of) => of.rec,
            Q::FormLanguage(of) => of.rec,
            Q::CheckResponse(of) => of.rec,
            Q::FinishResponse(of) => of.rec,
        };
        let live = self.live.borrow();
        live.as_ref().is_some_and(|live| live.respondent.rec == rec)
    }

    fn now(&self) -> Result<vigie_forms::Now, Failure> {
        let link = self.link.borrow();
        let policy = &link
            .as_ref()
            .ok_or(Failure::NotFound)?
            .link
            .card
            .mission
            .policy;
        let now = self.page.now();
        Ok(moment_of(
            now,
            self.page.utc_offset(now),
            policy.record_time,
        ))
    }

    fn new_id(&self) -> RecordId {
        RecordId::random(&mut |bytes: &mut [u8]| self.page.fill(bytes))
    }

    /// Opens a link, as the server has it, or, where no server answers, as it was kept here. The server says whether it is
    /// still open.
    async fn open_link(&self, code: &str, origin: &str) -> Result<LinkView, Failure> {
        let (code, server) =
            read_invite(code, origin).ok_or(Failure::from(InviteProblem::Unreadable))?;
        let now = self.page.now();
        let nobody = Nobody::new(self.page.transport(), server.as_str());
        let found = nobody.invite(&code.id(), now).await.map_err(of_server);
        let over = match &found {
            Ok(found) if found.used => Some(InviteProblem::Used),
            Err(Failure::Refused(Refusal::Invite(problem))) => Some(*problem),
            _ => None,
        };
        if let Some(over) = over {
            return Err(self.over(&code, over).await);
        }
        let (sealed, offset) = match found {
            Ok(found) => (
                found.sealed.0,
                found.now.map_or(0, |theirs| theirs.since(now)),
            ),
            Err(failure) => {
                let kept = KeptLink {
                    code: code.to_string(),
                };
                let kept = self.page.ask(kept).await.ok().flatten();
                (kept.ok_or(failure)?, 0)
            }
        };
        let link =
            read_link(&sealed, &code).map_err(|_| Failure::from(InviteProblem::Unreadable))?;
        if now.plus(offset) > link.expires {
            return Err(self.over(&code, InviteProblem::Expired).await);
        }
        let view = view(&link)?;
        let is_same = self
            .link
            .borrow()
            .as_ref()
            .is_some_and(|open| open.code == code);
        if !is_same {
            self.live.take();
        }
        self.link.replace(Some(Opened {
            code,
            server,
            sealed,
            link,
            offset,
        }));
        Ok(view)
    }

    /// Nothing more will come of a link: what was kept of it goes too.
    async fn over(&self, code: &InviteCode, why: InviteProblem) -> Failure {
        let code = code.to_string();
        // Where nothing can be stored, nothing was.
        let _ = self.page.ask(ForgetLink { code }).await;
        Failure::from(why)
    }

    /// Has it seen that its office signed the link, and the link kept for a time without network.
    async fn prove_link(&self) -> Result<(), Failure> {
        let keep = {
            let link = self.link.borrow();
            let opened = link.as_ref().ok_or(Failure::NotFound)?;
            KeepLink {
                code: opened.code.to_string(),
                sealed: opened.sealed.clone(),
            }
        };
        self.page.ask(keep).await
    }

    /// Begins an answer: whoever agreed before, and did not finish, is forgotten.
    fn start_link(&self, lang: &str) -> Result<FormView, Failure> {
        let now = self.now()?;
        let (mut dice, mut device, mut seed) = ([0; 8], [0; 32], Zeroizing::new([0; 32]));
        self.page.fill(&mut dice);
        self.page.fill(&mut device);
        self.page.fill(seed.as_mut_slice());
        let rec = self.new_id();
        let link = self.link.borrow();
        let opened = link.as_ref().ok_or(Failure::NotFound)?;
        if self.page.now().plus(opened.offset) > opened.link.expires {
            return Err(Failure::from(InviteProblem::Expired));
        }
        // Whose key this will be is known to who seals: what a form calls the device is said by chance.
        let device = hex::encode(&device);
        let moment = Moment::new(now, dice, opened.link.by.clone(), device, None);
        let form = opened.link.form().ok_or(Failure::NotFound)?;
        let mut respondent = Respondent::begin(rec, form, lang, moment, None, InMemory::default())?;
        let view = respondent.view(None);
        self.live.replace(Some(Live {
            consented: now.millis,
            seed,
            respondent,
        }));
        Ok(view)
    }

    /// Gives the answer to whoever seals it, and forgets it once it is sealed. Until then it stays, to be tried again.
    async fn finish_link(&self) -> Result<Finished, Failure> {
        let now = self.now()?;
        let question = {
            let link = self.link.borrow();
            let opened = link.as_ref().ok_or(Failure::NotFound)?;
            let mut live = self.live.borrow_mut();
            let live = live.as_mut().ok_or(Failure::NotFound)?;
            live.respondent.at(now);
            let given = match live.given() {
                Ok(given) => given,
                Err(problems) => return Ok(Finished::Problems(problems)),
            };
            Seal {
                code: opened.code.to_string(),
                server: opened.server.clone(),
                sealed: opened.sealed.clone(),
                seed: *live.seed,
                given,
            }
        };
        let rec = self.page.ask(question).await?;
        self.live.take();
        Ok(Finished::Saved(Saved {
            rec,
            at: now.millis,
            state: EntryState::Going,
        }))
    }
}

answers! { impl<P: Page> Guest<P>, |guest|
    OpenLink { code, origin } => guest.open_link(&code, &origin).await;
    ProveLink => guest.prove_link().await;
    StartLink { lang } => guest.start_link(&lang);
    LeaveLink => {
        guest.live.take();
        Ok(())
    };
    GetWaiting => guest.page.ask(vigie_protocol::GetWaiting).await;
    SendWaiting => guest.page.ask(vigie_protocol::SendWaiting).await;
    DropRefused => guest.page.ask(vigie_protocol::DropRefused).await;
}

/// The answers to the link that is open.
struct ByLink<'a, P>(&'a Guest<P>);

impl<P: Page> Whose for ByLink<'_, P> {
    fn start(&self, lang: &str) -> Result<FormView, Failure> {
        self.0.start_link(lang)
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&mut Respondent<InMemory>, Millis) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let at = self.0.page.now().0;
        let now = self.0.now()?;
        let mut live = self.0.live.borrow_mut();
        let live = live.as_mut().ok_or(Failure::NotFound)?;
        act(live.respondent.at(now), at)
    }

    fn blob(&self) -> String {
        self.0.new_id().to_string()
    }

    fn media(&self, name: &str) -> Result<File, Failure> {
        let link = self.0.link.borrow();
        let files = &link.as_ref().ok_or(Failure::NotFound)?.link.files;
        let bytes = files.get(name).and_then(|text| STANDARD.decode(text).ok());
        media_file(name, bytes.ok_or(Failure::NotFound)?)
    }

    async fn finish(&self) -> Result<Finished, Failure> {
        self.0.finish_link().await
    }
}

impl Live {
    /// The answer, with its files; or what stands in the way.
    fn given(&mut self) -> Result<Given, Vec<FormProblem>> {
        let respondent = &mut self.respondent;
        let fields = respondent.finish()?;
        let mut files = Vec::new();
        for (path, chosen) in &respondent.files {
            let Some(bytes) = respondent.keep.bytes(chosen) else {
                continue;
            };
            // A file whose question lost its answer stays behind.
            let answer = fields
                .get(below_root(path))
                .and_then(|value| value.as_str());
            if answer == Some(chosen.name.as_str()) {
                let file = File::new(&chosen.name, &chosen.mime, bytes.to_vec());
                files.push(AnswerFile {
                    path: path.clone(),
                    file,
                });
            }
        }
        Ok(Given {
            fields,
            files,
            consented: self.consented,
        })
    }
}

fn view(link: &Link) -> Result<LinkView, Failure> {
    let card_form = link.form().ok_or(Failure::NotFound)?;
    let form = compiled(card_form)?;
    let info = form_info(card_form)?;
    let mut languages: Vec<(String, String)> = form
        .languages()
        .iter()
        .map(|written| language(written))
        .collect();
    // A form without languages of its own is in the mission's.
    if languages.iter().all(|(code, _)| code == "default") {
        let said = link.card.mission.languages.iter();
        languages = said
            .map(|lang| (lang.as_str().to_owned(), String::new()))
            .collect();
    }
    let mut seen = HashSet::new();
    languages.retain(|(code, _)| seen.insert(code.clone()));
    Ok(LinkView {
        title: info.title,
        languages,
        consent: link
            .consent
            .iter()
            .map(|(lang, text)| (lang.as_str().to_owned(), text.clone()))
            .collect(),
        questions: info.questions,
        kiosk: link.kiosk,
    })
}
