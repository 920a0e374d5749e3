//! Where the person who follows a link stands, and how she goes on from there.

use leptos::{prelude::*, task::spawn_local};
use vigie_protocol::{
    Failure, GetWaiting, LeaveLink, LinkView, Nudge, OpenLink, ProveLink, Refusal,
};

use super::stopped::Later;
use crate::{
    client::{self, Turn},
    format, i18n, page,
    pages::{door::join::origin, fill::Taken},
    route::{self, Route},
    state::State,
};

/// How long nobody touches a kiosk before it asks, and then before it forgets.
const IDLE_MS: i64 = 120_000;
const WARNING_MS: i64 = 30_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Language,
    Consent,
    Refused,
    Questions,
    Thanks,
    /// She stopped, to go on later.
    Stopped,
    /// She has a code to go on with.
    Code,
    /// It was opened, and there is something to say of it.
    Found,
}

/// Where the person who follows a link stands. Made once, at the root: it outlives the drawing anew that a change of
/// language is.
#[derive(Clone, Copy)]
pub struct Following {
    pub(super) code: StoredValue<String>,
    pub(super) link: RwSignal<Option<Result<LinkView, Failure>>>,
    pub(super) turn: Turn,
    /// Of what waits.
    pub(super) looking: Turn,
    pub(super) step: RwSignal<Step>,
    /// The language chosen, of those that the questionnaire has.
    pub(super) lang: RwSignal<String>,
    /// What stays on the screen after the last question.
    pub(super) taken: RwSignal<Taken>,
    pub(super) touched: StoredValue<i64>,
    /// Seconds left, while a kiosk asks whether somebody is still there.
    pub(super) left: RwSignal<Option<i64>>,
    pub(super) later: Later,
    pub(super) state: State,
    /// Has what comes behind the page fetched.
    fetch_rest: fn(),
}

impl Following {
    pub fn begin(state: State, fetch_rest: fn()) -> Following {
        Following {
            code: StoredValue::new(String::new()),
            link: RwSignal::new(None),
            turn: Turn::new(),
            looking: Turn::new(),
            step: RwSignal::new(Step::Language),
            lang: RwSignal::new(String::new()),
            taken: RwSignal::new(Taken::default()),
            touched: StoredValue::new(0),
            left: RwSignal::new(None),
            later: Later::new(),
            state,
            fetch_rest,
        }
    }

    /// Reads what was sealed before and waits here; that goes without a link too.
    pub(super) fn look_for_sealed(self) {
        (self.fetch_rest)();
        let waiting = self.state.waiting;
        let asked = self.looking.ask(GetWaiting);
        spawn_local(async move {
            if let Some(Ok(now)) = asked.await {
                waiting.set(now);
            }
            client::tell(Nudge);
        });
    }

    /// The link is of no more use here: its code goes, and what was on the screen stays until the page does.
    pub(super) fn end(self) {
        route::forget_code();
        self.code.set_value(String::new());
    }

    pub(super) fn open(self, code: String) {
        self.code.set_value(code.clone());
        self.link.set(None);
        self.later.forget();
        if vigie_partner::is_draft_code(&code) {
            self.step.set(Step::Code);
            return self.go_on(code);
        }
        self.step.set(Step::Language);
        let origin = origin();
        let asked = self.turn.ask(OpenLink { code, origin });
        spawn_local(async move {
            let Some(link) = asked.await else { return };
            let is_open = link.is_ok();
            let chosen = link.as_ref().ok().and_then(|link| {
                let tapped = i18n::take_tapped().map(str::to_owned);
                let tapped =
                    tapped.filter(|tapped| link.languages.iter().any(|(code, _)| code == tapped));
                tapped.or_else(|| link.lang.clone())
            });
            self.link.set(Some(link));
            if let Some(lang) = chosen {
                self.choose(lang);
            }
            self.come_behind(is_open).await;
        });
    }

    /// On, in this language: to what she is asked to agree to, or, where the questionnaire asks that itself, to its first question.
    pub(super) fn choose(self, lang: String) {
        i18n::choose(&lang, || ());
        self.lang.set(lang);
        match &*self.link.read_untracked() {
            Some(Ok(link)) if link.consent.is_empty() => self.ask(),
            _ => self.step.set(Step::Consent),
        }
    }

    pub(super) fn ask(self) {
        self.step.set(Step::Questions);
        // Asked while the person's touch still counts: what is sealed may have to wait here.
        spawn_local(async {
            page::ask_persistence().await;
        });
    }

    /// While she reads: what seals and keeps comes behind, and looks whether the office signed this.
    pub(super) async fn come_behind(self, is_open: bool) {
        self.look_for_sealed();
        if is_open
            && let Some(Err(failure @ Failure::Refused(Refusal::Invite(_)))) =
                self.turn.ask(ProveLink).await
        {
            self.link.set(Some(Err(failure)));
        }
        page::serve_offline(self.state).await;
    }

    /// The page started anew since a link was followed here.
    pub(super) fn is_lost(self) -> bool {
        self.link.with_untracked(Option::is_none)
            && self.code.with_value(String::is_empty)
            && route::code(&Route::Link).is_none()
    }

    /// Used up or closed meanwhile: the next person is told so now, not after her last answer.
    pub(super) fn look_again(self) {
        let asked = self.turn.ask(OpenLink {
            code: self.code.get_value(),
            origin: origin(),
        });
        spawn_local(async move {
            // An answer that comes late does not take the questions away from whoever began meanwhile.
            if let Some(Err(failure @ Failure::Refused(Refusal::Invite(_)))) = asked.await
                && self.step.get_untracked() == Step::Language
            {
                self.link.set(Some(Err(failure)));
            }
        });
    }

    pub(super) fn is_kiosk(self) -> bool {
        matches!(&*self.link.read_untracked(), Some(Ok(link)) if link.kiosk)
    }

    /// Back to the first screen, in this phone's own language, for whoever comes next.
    pub(super) fn clean(self) {
        client::tell(LeaveLink);
        self.later.forget();
        self.left.set(None);
        self.taken.set(Taken::default());
        self.step.set(Step::Language);
        i18n::choose(i18n::preferred().code, || ());
        if self.is_kiosk() {
            self.look_again();
        }
    }

    pub(super) fn watch_idle(self) {
        if !self.is_kiosk() || matches!(self.step.get_untracked(), Step::Language) {
            self.left.set(None);
            return;
        }
        let idle = format::now() - self.touched.get_value();
        if idle > IDLE_MS + WARNING_MS {
            self.clean();
        } else {
            self.left
                .set((idle > IDLE_MS).then(|| (IDLE_MS + WARNING_MS - idle) / 1000 + 1));
        }
    }
}
