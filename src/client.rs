//! Talks to the workers: questions out, each with its own answer back, and events in.
//!
//! - [`ask`] questions the notebook's worker, started at the first question, for the life of the page. A screen that asks
//!   again and again has a [`Turn`].
//! - In the desk's preview of a questionnaire there is no such worker: the desk answers ([`preview`]).
//! - A partner's page answers itself (`guest`), and has a worker behind it that seals and sends.
//! - [`judge`] questions the passphrase judge, [`codes`] what shows and reads moving codes and [`workbooks`] the desk's module,
//!   each downloaded at its first question.
//!
//! A worker that stops (a bug, memory taken away by the phone) fails every pending question with
//! [`Failure::Stopped`], says so in [`crate::state::State::stopped`], and is started anew by [`restart`].

#[cfg(not(feature = "partner"))]
use futures::channel::oneshot;
use leptos::{prelude::*, task::spawn_local};
#[cfg(not(feature = "desk"))]
use vigie_protocol::Request as Asked;
use vigie_protocol::{
    CodesQuestion, DropDraft, Failure, GetCounts, GetExchange, GetStatus, Judge, Lock, Question,
    Strength, StrengthQuestion, codec::encode,
};
#[cfg(feature = "desk")]
use vigie_protocol::{DeskRequest as Asked, WorkbookQuestion};

#[cfg(feature = "desk")]
use crate::line::WORKBOOKS_LINE;
#[cfg(not(feature = "partner"))]
use crate::{line::Replied, preview};
use crate::{
    line::{CODES_LINE, NOTEBOOK_LINE, STRENGTH_LINE, answered, send, start},
    state::State,
};

/// Asks this page itself.
#[cfg(feature = "partner")]
pub fn ask<Q: Question<Family: Into<Asked>>>(
    question: Q,
) -> impl Future<Output = Result<Q::Answer, Failure>> {
    crate::guest::ask(question)
}

/// Tells, and waits for no answer.
#[cfg(feature = "partner")]
pub fn tell<Q: Question<Family: Into<Asked>>>(question: Q) {
    let answer = ask(question);
    spawn_local(async move { drop(answer.await) });
}

/// Asks the notebook's worker, or the desk in its preview.
#[cfg(not(feature = "partner"))]
pub fn ask<Q: Question<Family: Into<Asked>>>(
    question: Q,
) -> impl Future<Output = Result<Q::Answer, Failure>> {
    answered(send_notebook(Asked::of(question)))
}

#[cfg(not(feature = "partner"))]
fn send_notebook(request: Asked) -> oneshot::Receiver<Replied> {
    match preview::asker() {
        Some(desk) => {
            let (tell, answer) = oneshot::channel();
            spawn_local(
                async move { drop(tell.send(preview::ask(&desk, request.notebooks()).await)) },
            );
            answer
        }
        None => send(&NOTEBOOK_LINE, &encode(&request)),
    }
}

/// Tells, and waits for no answer: what a page that is going away can still do.
#[cfg(not(feature = "partner"))]
pub fn tell<Q: Question<Family: Into<Asked>>>(question: Q) {
    drop(send_notebook(Asked::of(question)));
}

/// The turn of a screen's question. A screen asks anew when what it shows changes; an answer that comes after it asked
/// again, or after it is gone, is not drawn.
#[derive(Clone, Copy)]
pub struct Turn(StoredValue<u32>);

impl Turn {
    pub fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// The answer, if it is still waited for.
    pub fn ask<Q: Question<Family: Into<Asked>>>(
        self,
        question: Q,
    ) -> impl Future<Output = Option<Result<Q::Answer, Failure>>> {
        let turn = self.0.try_get_value().unwrap_or_default() + 1;
        self.0.try_set_value(turn);
        let answer = ask(question);
        async move {
            let answer = answer.await;
            (self.0.try_get_value() == Some(turn)).then_some(answer)
        }
    }

    /// Asks, and shows the answer; or why there is none, in `failed`.
    pub fn show<Q: Question<Family: Into<Asked>>>(
        self,
        question: Q,
        failed: RwSignal<Option<Failure>>,
        show: impl FnOnce(Q::Answer) + 'static,
    ) {
        let answer = self.ask(question);
        spawn_local(async move {
            match answer.await {
                Some(Ok(answer)) => show(answer),
                Some(Err(failure)) => drop(failed.try_set(Some(failure))),
                None => {}
            }
        });
    }
}

/// Does what a person asked for, then shows what came of it; or why not, in `failed`.
pub fn act<Q: Question<Family: Into<Asked>>>(
    question: Q,
    failed: RwSignal<Option<Failure>>,
    then: impl FnOnce(Q::Answer) + 'static,
) {
    failed.try_set(None);
    let answer = ask(question);
    spawn_local(async move {
        match answer.await {
            Ok(answer) => then(answer),
            Err(failure) => drop(failed.try_set(Some(failure))),
        }
    });
}

/// As [`act`], `busy` being true until it is done.
pub fn act_busy<Q: Question<Family: Into<Asked>>>(
    question: Q,
    busy: RwSignal<bool>,
    failed: RwSignal<Option<Failure>>,
    then: impl FnOnce(Q::Answer) + 'static,
) {
    busy.set(true);
    failed.try_set(None);
    let answer = ask(question);
    spawn_local(async move {
        match answer.await {
            Ok(answer) => then(answer),
            Err(failure) => drop(failed.try_set(Some(failure))),
        }
        busy.try_set(false);
    });
}

/// How strong a passphrase is; downloads the judge the first time.
pub async fn judge(passphrase: String) -> Result<Strength, Failure> {
    let question = StrengthQuestion::from(Judge { passphrase });
    answered(send(&STRENGTH_LINE, &encode(&question))).await
}

/// Asks what shows and reads moving codes; downloads it the first time. What it was told stays with it until [`codes_end`].
pub async fn codes<Q: Question<Family = CodesQuestion>>(question: Q) -> Result<Q::Answer, Failure> {
    let question: CodesQuestion = question.into();
    answered(send(&CODES_LINE, &encode(&question))).await
}

/// What was shown or read is over, and goes.
pub fn codes_end() {
    crate::line::let_go(&CODES_LINE);
}

/// Asks the desk's module; downloads it the first time. A file may be such that reading it stops the module: that is said
/// of the file, and the next question starts it anew.
#[cfg(feature = "desk")]
pub async fn workbooks<Q: Question<Family = WorkbookQuestion>>(
    question: Q,
) -> Result<Q::Answer, Failure> {
    let question: WorkbookQuestion = question.into();
    let has_files = matches!(question, WorkbookQuestion::ReadForms(_));
    let reply = answered(send(&WORKBOOKS_LINE, &encode(&question))).await;
    reply.map_err(|failure| match failure {
        Failure::Stopped if has_files => Failure::Unreadable,
        other => other,
    })
}

/// Starts the notebook's worker again after it stopped. It is locked then: its keys went with it.
pub fn restart() {
    start(&NOTEBOOK_LINE);
}

/// Ends the notebook's worker: another tab's takes its place.
#[cfg(not(feature = "partner"))]
pub fn let_go() {
    crate::line::let_go(&NOTEBOOK_LINE);
}

/// What asks for it; the state itself only hears.
impl State {
    /// Asks where the device stands, and what its lists say.
    pub fn refresh(self) {
        spawn_local(async move {
            match ask(GetStatus).await {
                Ok(status) => self.take(status),
                Err(Failure::Elsewhere | Failure::NoStorage) => {}
                Err(failure) => self.failure.set(Some(failure)),
            }
        });
    }

    /// Reads counts and exchange, when the notebook has just opened.
    pub fn read(self) {
        spawn_local(async move {
            if let Ok(counts) = ask(GetCounts).await {
                self.counts.set(counts);
            }
            if let Ok(view) = ask(GetExchange).await {
                self.exchange.set(view);
            }
        });
    }

    /// Locks the notebook.
    pub fn lock(self) {
        self.drop_for_good();
        spawn_local(async move {
            if let Ok(status) = ask(Lock).await {
                self.take(status);
            }
        });
    }

    /// What was thrown away goes now.
    pub fn drop_for_good(self) {
        if let Some(dropping) = self.dropping.get_untracked() {
            tell(DropDraft { rec: dropping.rec });
            self.dropping.set(None);
        }
    }
}
