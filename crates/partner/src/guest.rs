//! What a partner's page does by itself: the link opened, the answer being given; that she goes on later is `later`'s.

mod draft;
mod later;

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashSet},
    pin::pin,
    rc::Rc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::{Either, select};
use vigie_exchange::Nobody;
use vigie_join::read_invite;
use vigie_model::{CardForm, Lang, Link, RecordId, Timestamp, hex};
use vigie_protocol::{
    AnswerFile, EntryState, Failure, File, FillingQuestion, Finished, ForgetLink, FormProblem,
    FormView, Given, InviteProblem, KeepLink, KeptLink, LinkQuestion, LinkView, Millis, Question,
    Refusal, Request, Retry, Saved, Seal, SealerRequest, SendingQuestion, answers, speak,
};
use vigie_respondent::{
    InMemory, Moment, Respondent, Unkept, Whose, below_root, compiled, form_info, language,
    media_file, moment_of,
};
use vigie_seal::{InviteCode, read_link};

use zeroize::Zeroizing;

use self::draft::Draft;
use crate::{World, error::of_server};

pub use self::later::is_draft_code;

/// What her page stands on.
#[allow(async_fn_in_trait, reason = "one thread: in a browser nothing is Send")]
pub trait Page: World {
    /// Bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
    /// Ends once a server has been silent for so long that what is kept here is better than to wait on; never, where nothing can
    /// be kept.
    async fn silence(&self);
    /// Has those functions put there that few questionnaires call, where they come behind the page ([`vigie_forms::Form::is_rare`]).
    async fn rare(&self) -> Result<(), Failure> {
        Ok(())
    }
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

impl Opened {
    /// Whether nobody may begin any more.
    fn is_over(&self, now: Timestamp) -> bool {
        now.plus(self.offset) > self.link.expires
    }
}

fn opened(
    code: InviteCode,
    server: String,
    sealed: Vec<u8>,
    offset: i64,
) -> Result<Opened, Failure> {
    let link = read_link(&sealed, &code).map_err(|_| Failure::from(InviteProblem::Unreadable))?;
    Ok(Opened {
        code,
        server,
        sealed,
        link,
        offset,
    })
}

/// An answer being given.
struct Live {
    consented: Millis,
    /// Of the key that it will be signed with.
    seed: Zeroizing<[u8; 32]>,
    respondent: Respondent<InMemory>,
    /// Under which code the server keeps it, since she first stopped.
    draft: Option<Draft>,
}

/// Somebody who follows a partner link.
pub struct Guest<P> {
    page: P,
    link: RefCell<Option<Opened>>,
    live: RefCell<Option<Live>>,
    /// How many left, so that nothing of theirs comes after them.
    left: Cell<u32>,
}

impl<P: Page> Guest<P> {
    pub fn new(page: P) -> Guest<P> {
        Guest {
            page,
            link: RefCell::default(),
            live: RefCell::default(),
            left: Cell::default(),
        }
    }

    /// Answers what leads to her questions and through them, as [`Guest::handle`] does, and gives back what else is asked: a page has
    /// what answers that come behind.
    pub async fn handle_first(&self, request: Request) -> Result<Option<Box<dyn Any>>, Request> {
        use FillingQuestion as Filling;
        use LinkQuestion as Link;
        let hers = Unkept(ByLink(self));
        let spoken = match request {
            Request::Link(Link::OpenLink(question)) => speak(self, question),
            Request::Link(Link::ProveLink(question)) => speak(self, question),
            Request::Link(Link::StartLink(question)) => speak(self, question),
            Request::Link(Link::LeaveLink(question)) => speak(self, question),
            Request::Filling(question) if !self.is_hers(&question) => return Ok(None),
            Request::Filling(Filling::OpenResponse(question)) => speak(&hers, question),
            Request::Filling(Filling::SetAnswer(question)) => speak(&hers, question),
            Request::Filling(Filling::GoTo(question)) => speak(&hers, question),
            Request::Filling(Filling::FormLanguage(question)) => speak(&hers, question),
            Request::Filling(Filling::ReadMedia(question)) => speak(&hers, question),
            other => return Err(other),
        };
        Ok(Some(spoken.await))
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

    /// Opens a link for somebody who means to begin.
    async fn open_link(&self, code: &str, origin: &str) -> Result<LinkView, Failure> {
        let (code, server) =
            read_invite(code, origin).ok_or(Failure::from(InviteProblem::Unreadable))?;
        let opened = self.find(code, server).await?;
        if opened.is_over(self.page.now()) {
            return Err(self.over(&opened.code, InviteProblem::Expired).await);
        }
        self.prepare(&opened).await?;
        self.take(opened)
    }

    /// Has here what the questionnaire of a link calls, so that none begins with less.
    async fn prepare(&self, opened: &Opened) -> Result<(), Failure> {
        let form = opened.link.form().ok_or(Failure::NotFound)?;
        match compiled(form)?.is_rare() {
            true => self.page.rare().await,
            false => Ok(()),
        }
    }

    /// A link as the server has it, or, where no server answers, or not soon, as it was kept here. The server says whether anybody can
    /// still answer by it.
    async fn find(&self, code: InviteCode, server: String) -> Result<Opened, Failure> {
        let now = self.page.now();
        let nobody = Nobody::new(self.page.transport(), server.as_str());
        let id = code.id();
        let asked = pin!(nobody.invite(&id, now));
        let found = match select(asked, pin!(self.page.silence())).await {
            Either::Left((found, _)) => found,
            Either::Right(((), asked)) => match self.kept(&code).await {
                Some(sealed) => return opened(code, server, sealed, 0),
                None => asked.await,
            },
        };
        let found = found.map_err(of_server);
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
            Err(failure) => (self.kept(&code).await.ok_or(failure)?, 0),
        };
        opened(code, server, sealed, offset)
    }

    /// The box of a link, as it was kept here.
    async fn kept(&self, code: &InviteCode) -> Option<Vec<u8>> {
        let code = code.to_string();
        self.page.ask(KeptLink { code }).await.ok().flatten()
    }

    /// The link that is open from now on.
    fn take(&self, opened: Opened) -> Result<LinkView, Failure> {
        let view = view(&opened.link)?;
        let is_same = self
            .link
            .borrow()
            .as_ref()
            .is_some_and(|open| open.code == opened.code);
        if !is_same {
            self.live.take();
        }
        self.link.replace(Some(opened));
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
        let now = self.page.now();
        if self
            .link
            .borrow()
            .as_ref()
            .is_some_and(|open| open.is_over(now))
        {
            return Err(Failure::from(InviteProblem::Expired));
        }
        let mut live = self.begin(|rec, form, moment| {
            Respondent::begin(rec, form, lang, moment, None, InMemory::default())
        })?;
        if let Some(opened) = &*self.link.borrow() {
            for (path, value) in &opened.link.options.answers {
                // One that its questionnaire has no place for is not hers to mend.
                drop(live.respondent.answer_below_root(path, value, now.0));
            }
        }
        let view = live.respondent.view(None);
        self.live.replace(Some(live));
        Ok(view)
    }

    /// An answer to the link that is open, which she agreed to give now.
    fn begin(
        &self,
        make: impl FnOnce(RecordId, &CardForm, Rc<Moment>) -> Result<Respondent<InMemory>, Failure>,
    ) -> Result<Live, Failure> {
        let now = self.now()?;
        let (mut dice, mut device, mut seed) = ([0; 8], [0; 32], Zeroizing::new([0; 32]));
        self.page.fill(&mut dice);
        self.page.fill(&mut device);
        self.page.fill(seed.as_mut_slice());
        let rec = self.new_id();
        let link = self.link.borrow();
        let opened = link.as_ref().ok_or(Failure::NotFound)?;
        // Whose key this will be is known to who seals: what a form calls the device is said by chance.
        let device = hex::encode(&device);
        let moment = Moment::new(now, dice, opened.link.by.clone(), device, None);
        let form = opened.link.form().ok_or(Failure::NotFound)?;
        Ok(Live {
            consented: now.millis,
            seed,
            respondent: make(rec, form, moment)?,
            draft: None,
        })
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
        guest.left.set(guest.left.get().wrapping_add(1));
        Ok(())
    };
    KeepDraft { anew } => guest.keep_draft(anew).await;
    EraseDraft => guest.erase_draft().await;
    GoOn { code, origin } => guest.go_on(&code, &origin).await;
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
            draft: self.draft.as_ref().map(Draft::code),
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
    let lang = link
        .options
        .lang
        .as_ref()
        .map(|lang| lang.as_str().to_owned());
    Ok(LinkView {
        title: info.title,
        lang: lang.filter(|lang| languages.iter().any(|(code, _)| code == lang)),
        languages,
        consent: by_language(&link.consent),
        questions: info.questions,
        kiosk: link.kiosk,
        thanks: by_language(&link.options.thanks),
        may_keep: link.options.may_keep,
        may_go_on: link.later_days > 0,
        readers: link
            .card
            .offices
            .iter()
            .map(|office| office.name.clone())
            .collect(),
    })
}

fn by_language(texts: &BTreeMap<Lang, String>) -> BTreeMap<String, String> {
    let texts = texts.iter();
    texts
        .map(|(lang, text)| (lang.as_str().to_owned(), text.clone()))
        .collect()
}
