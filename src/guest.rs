//! Whoever follows a partner link, on this page: the questions are answered here, and what is sealed and sent goes to the
//! worker behind. What answers the rarer of them comes behind the first question ([`crate::rest`]).

use std::{any::Any, future::pending, pin::Pin, rc::Rc};

use leptos::prelude::window;
use vigie_device::Fetch;
use vigie_model::Timestamp;
use vigie_partner::{Guest, Page, World};
use vigie_protocol::{Failure, Question, Request, SealerRequest, codec::encode};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::line::{NOTEBOOK_LINE, answered, send};

/// How long a server may say nothing before a link that is kept here is shown.
const SILENCE_MS: u32 = 3_000;

struct Browser(Fetch);

impl World for Browser {
    type Transport = Fetch;

    fn now(&self) -> Timestamp {
        Timestamp(vigie_device::now_ms())
    }

    fn utc_offset(&self, at: Timestamp) -> i32 {
        vigie_device::utc_offset_minutes(at.0)
    }

    fn transport(&self) -> &Fetch {
        &self.0
    }
}

impl Page for Browser {
    fn fill(&self, bytes: &mut [u8]) {
        vigie_device::fill(bytes);
    }

    async fn silence(&self) {
        let is_kept = window().navigator().service_worker().controller().is_some();
        if !is_kept {
            return pending().await;
        }
        vigie_device::delay(SILENCE_MS).await;
    }

    async fn rare(&self) -> Result<(), Failure> {
        rarer().await.map(drop).map_err(|_| Failure::Absent)
    }

    async fn ask<Q: Question<Family: Into<SealerRequest>>>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Failure> {
        let family: Q::Family = question.into();
        let request: SealerRequest = family.into();
        answered(send(&NOTEBOOK_LINE, &encode(&request))).await
    }
}

thread_local! {
    static GUEST: Rc<Guest<Browser>> = Rc::new(Guest::new(Browser(Fetch)));
}

type Answer = Option<Box<dyn Any>>;
type Answers = fn(Rc<Guest<Browser>>, Request) -> Pin<Box<dyn Future<Output = Answer>>>;

#[wasm_split(rest, fallible)]
fn rarer() -> Result<Answers, SplitLoaderError> {
    vigie_forms::xpath::put_rare();
    Ok(|guest, request| Box::pin(async move { guest.handle(request).await }))
}

/// Asks whoever is on this page.
pub async fn ask<Q: Question<Family: Into<Request>>>(question: Q) -> Result<Q::Answer, Failure> {
    let guest = GUEST.with(Rc::clone);
    let answer = match guest.handle_first(Request::of(question)).await {
        Ok(answer) => answer,
        Err(request) => {
            let answers = rarer().await.map_err(|_| Failure::Absent)?;
            answers(guest, request).await
        }
    };
    let answer = answer.and_then(|answer| answer.downcast().ok());
    answer.map_or(Err(Failure::NotFound), |answer| *answer)
}
