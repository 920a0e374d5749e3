//! A partner who stops, and goes on later: the code that she takes with her, and where she says it.
//!
//! The code is on the screen and in this page's memory, nowhere else. On a kiosk it is copied by hand: a picture, or a paper
//! that somebody else prints, would be for the next person.

use leptos::{ev, prelude::*, task::spawn_local};
use vigie_model::RecordId;
use vigie_protocol::{
    DraftProblem, EraseDraft, Failure, GoOn, InviteProblem, KeepDraft, KeptDraft, LinkView, Refusal,
};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::{
    following::{Following, Step},
    stopped::Later,
};
use crate::{
    client,
    components::{
        confirm::Confirm,
        field::{Field, Kind},
        frame::Heading,
        icon::{arrow_on, icon, lu},
        notice::{Notice, Tone},
    },
    failure, file, format,
    i18n::{self, common, count, fill, later, partner, t},
    pages::door::join::origin,
    route,
};

impl Following {
    /// What ends the filling for now, where the office lets her go on later.
    pub fn on_later(self) -> Option<Callback<RecordId>> {
        let may = matches!(&*self.link.read_untracked(), Some(Ok(link)) if link.may_go_on);
        may.then(|| {
            Callback::new(move |rec| {
                self.later.rec.set(Some(rec));
                self.step.set(Step::Stopped);
                self.keep(false);
            })
        })
    }

    fn keep(self, anew: bool) {
        let Later {
            rec,
            kept,
            busy,
            failed,
            turn,
            ..
        } = self.later;
        let hers = rec.get_untracked();
        busy.set(true);
        failed.set(None);
        let asked = turn.ask(KeepDraft { anew });
        spawn_local(async move {
            let Some(answer) = asked.await else { return };
            // A code that comes late is not for whoever came after her.
            if rec.get_untracked() != hers {
                return;
            }
            busy.set(false);
            match answer {
                Ok(now) => kept.set(Some(now)),
                Err(failure) => failed.set(Some(failure)),
            }
        });
    }

    /// Opens what is kept under a code, and goes to where she was.
    pub fn go_on(self, code: String) {
        let Later {
            rec,
            kept,
            typed,
            changed,
            busy,
            failed,
            ..
        } = self.later;
        typed.set(code.clone());
        busy.set(true);
        failed.set(None);
        let origin = origin();
        let asked = self.turn.ask(GoOn { code, origin });
        spawn_local(async move {
            let Some(answer) = asked.await else { return };
            busy.set(false);
            let went_on = match answer {
                Ok(went_on) => went_on,
                Err(failure) => return failed.set(Some(failure)),
            };
            // Hers leaves this page's memory; the link stays, for whoever comes next on a kiosk.
            typed.set(String::new());
            route::hold_code(went_on.code.clone());
            self.code.set_value(went_on.code);
            self.link.set(Some(Ok(went_on.link)));
            rec.set(Some(went_on.rec));
            changed.set(went_on.changed);
            self.lang.set(went_on.lang.clone());
            self.step
                .set(match (went_on.kept.left_out, went_on.changed) {
                    (0, false) => Step::Questions,
                    _ => Step::Found,
                });
            kept.set(Some(went_on.kept));
            // A questionnaire without languages leaves the phone's.
            if i18n::language(&went_on.lang).is_some() {
                i18n::choose(&went_on.lang, || ());
            }
            self.come_behind(true).await;
        });
    }
}

/// The way to [`asked`], for whoever has a code.
pub fn way(following: Following) -> AnyView {
    view! {
        <button type="button" class="button button--plain" on:click=move |_| following.step.set(Step::Code)>
            {icon(lu::LuBookmark)}{t(later::HAVE)}
        </button>
    }
    .into_any()
}

/// The same, where the office lets people go on.
pub fn way_of(following: Following, link: &LinkView) -> Option<AnyView> {
    link.may_go_on.then(|| way(following))
}

/// Asks for the code.
pub fn asked(following: Following) -> AnyView {
    let Later {
        typed,
        busy,
        failed,
        ..
    } = following.later;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            following.go_on(typed.get_untracked());
        }
    };
    let error = Signal::derive(move || failed.get().map(|failure| why(&failure, later::SILENT)));
    let back = move |_| {
        following.later.forget();
        following.step.set(Step::Language);
    };
    // Whoever came by a code alone has nothing to go back to.
    let has_before = following.link.with_untracked(Option::is_some) || following.is_lost();
    view! {
        <Heading text=t(later::HAVE).to_owned() private=true/>
        <p class="door__why">{t(later::HAVE_MORE)}</p>
        <form class="stack" autocomplete="off" on:submit=submit>
            <Field id="draft-code" kind=Kind::Text label=t(later::CODE) hint=t(later::CODE_HINT) value=typed error on_input=move |text| typed.set(text)/>
            <button class="button button--wide button--main" disabled=move || busy.get()>{move || t(if busy.get() { later::OPENING } else { later::GO_ON })}</button>
            {has_before.then(|| view! { <button type="button" class="button button--plain" on:click=back>{t(common::BACK)}</button> })}
        </form>
    }
    .into_any()
}

/// What there is to say before the questions.
pub fn found(following: Following) -> AnyView {
    let kept = following.later.kept.get_untracked();
    let left_out = kept.map_or(0, |kept| kept.left_out);
    let changed = following.later.changed.get_untracked();
    view! {
        <Heading text=t(later::FOUND).to_owned() private=true/>
        {(left_out > 0).then(|| view! { <Notice tone=Tone::Plain strong=count(left_out, later::N_LEFT_OUT) text=t(later::LEFT_OUT_FOUND).to_owned()/> })}
        {changed.then(|| view! { <Notice tone=Tone::Plain strong=t(later::CHANGED).to_owned() text=t(later::CHANGED_MORE).to_owned()/> })}
        <button type="button" class="button button--wide button--main" on:click=move |_| following.step.set(Step::Questions)>{t(common::CONTINUE)}{arrow_on()}</button>
    }
    .into_any()
}

/// She stopped: what came of it, and the code.
pub fn stopped(following: Following, kiosk: bool) -> AnyView {
    let Later {
        kept, busy, failed, ..
    } = following.later;
    view! {
        <Heading text=t(later::LATER).to_owned() private=true/>
        {move || match (busy.get(), failed.get(), kept.get()) {
            (true, ..) => view! { <p role="status">{t(later::KEEPING)}</p> {resume(following)} }.into_any(),
            (_, Some(failure), before) => not_kept(following, &failure, before),
            (_, None, Some(kept)) => code(following, kept, kiosk),
            // Given up: the questions come.
            (_, None, None) => ().into_any(),
        }}
    }
    .into_any()
}

fn resume(following: Following) -> AnyView {
    view! {
        <button type="button" class="button button--wide" on:click=move |_| following.step.set(Step::Questions)>{t(later::RESUME)}</button>
    }
    .into_any()
}

fn not_kept(following: Following, failure: &Failure, before: Option<KeptDraft>) -> AnyView {
    let is_elsewhere = *failure == DraftProblem::Elsewhere.into();
    let again = t(if is_elsewhere {
        later::ANEW
    } else {
        common::RETRY
    });
    view! {
        <Notice tone=Tone::Loss strong=t(later::NOT_KEPT).to_owned() text=why(failure, later::NOT_KEPT_SILENT)/>
        {before.filter(|_| !is_elsewhere).map(|kept| view! { <p class="quiet">{fill(later::BEFORE, &[("date", &format::date(kept.until))])}</p> })}
        <button type="button" class="button button--wide button--main" on:click=move |_| following.keep(is_elsewhere)>{again}</button>
        {resume(following)}
    }
    .into_any()
}

fn code(following: Following, kept: KeptDraft, kiosk: bool) -> AnyView {
    let rec = following.later.rec;
    let until = fill(later::UNTIL, &[("date", &format::date(kept.until))]);
    let giving_up = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None);
    let give_up = move |()| {
        let hers = rec.get_untracked();
        client::act_busy(EraseDraft, busy, failed, move |()| {
            if rec.get_untracked() == hers {
                following.later.kept.set(None);
                following.step.set(Step::Questions);
            }
        });
    };
    view! {
        <p role="status">{t(later::KEPT)}" "{until}</p>
        <p class="code" translate="no">{kept.code.clone()}</p>
        <ol class="steps door__why">
            <li>{fill(later::STEP_PAGE, &[("page", &kept.page)])}</li>
            <li>{fill(later::STEP_HAVE, &[("have", t(later::HAVE))])}</li>
            <li>{t(later::STEP_CODE)}</li>
        </ol>
        <p class="door__why"><strong>{t(later::WHOEVER)}</strong>" "{t(later::SEALED)}</p>
        {(kept.left_out > 0).then(|| view! { <Notice tone=Tone::Plain strong=count(kept.left_out, later::N_LEFT_OUT) text=t(later::LEFT_OUT_KEPT).to_owned()/> })}
        {(!kiosk).then(|| take(kept))}
        <div class="stack hand">
            <button type="button" class="button button--wide button--main" on:click=move |_| following.clean()>{t(later::NOTED)}</button>
            {resume(following)}
            <button type="button" class="button button--plain button--danger" disabled=move || busy.get() on:click=move |_| giving_up.set(true)>{icon(lu::LuTrash2)}{t(later::ERASE)}</button>
            {move || failed.get().map(|failure| view! { <p role="alert" class="field__error">{why(&failure, later::SILENT)}</p> })}
        </div>
        <Confirm open=giving_up danger=true question=t(later::ERASE_ASK) act=t(later::ERASE) on_yes=give_up/>
    }
    .into_any()
}

/// Ways to take the code along, on a phone of her own.
fn take(kept: KeptDraft) -> AnyView {
    let copied = RwSignal::new(false);
    let link = kept.link.clone();
    let copy = move |_| {
        let written = window().navigator().clipboard().write_text(&link);
        spawn_local(async move {
            copied.set(wasm_bindgen_futures::JsFuture::from(written).await.is_ok());
        });
    };
    let save = move |_| {
        if let Some(picture) = picture(&kept) {
            drop(file::offer(&picture, "vigie.png"));
        }
    };
    view! {
        <div class="buttons hand">
            <button type="button" class="button" on:click=save>{icon(lu::LuDownload)}{t(later::PICTURE)}</button>
            <button type="button" class="button" on:click=move |_| drop(window().print())>{icon(lu::LuPrinter)}{t(later::PRINT)}</button>
            <button type="button" class="button" on:click=copy>{icon(lu::LuLink)}{move || t(if copied.get() { later::COPIED } else { later::COPY })}</button>
        </div>
    }
    .into_any()
}

/// What the paper says, as a picture: nothing of which questionnaire it is, nor who asks.
fn picture(kept: &KeptDraft) -> Option<String> {
    const WIDTH: u32 = 1080;
    const HEIGHT: u32 = 620;
    const MIDDLE: f64 = WIDTH as f64 / 2.0;
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(WIDTH);
    canvas.set_height(HEIGHT);
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    pen.set_fill_style_str("#fff");
    pen.fill_rect(0.0, 0.0, WIDTH.into(), HEIGHT.into());
    pen.set_fill_style_str("#1c2329");
    pen.set_text_align("center");
    let until = fill(later::UNTIL, &[("date", &format::date(kept.until))]);
    let way = fill(later::STEP_HAVE, &[("have", t(later::HAVE))]);
    for (font, text, y) in [
        ("600 44px sans-serif", t(later::LATER), 90.0),
        ("700 66px monospace", kept.code.as_str(), 210.0),
        ("36px sans-serif", until.as_str(), 300.0),
        ("600 40px sans-serif", kept.page.as_str(), 400.0),
        ("36px sans-serif", way.as_str(), 470.0),
        ("36px sans-serif", t(later::WHOEVER), 560.0),
    ] {
        pen.set_font(font);
        drop(pen.fill_text_with_max_width(text, MIDDLE, y, f64::from(WIDTH) - 80.0));
    }
    canvas.to_data_url().ok()
}

/// Why not, to somebody who has a link and no notebook; `silent`: where no server answers.
fn why(failure: &Failure, silent: i18n::Key) -> String {
    let said = |title, more| format!("{}. {}", t(title), t(more));
    match failure {
        Failure::Unreachable => t(silent).to_owned(),
        Failure::Refused(Refusal::Invite(InviteProblem::Used)) => {
            said(partner::USED, partner::USED_MORE)
        }
        Failure::Refused(Refusal::Invite(InviteProblem::Expired)) => {
            said(partner::EXPIRED, partner::EXPIRED_MORE)
        }
        Failure::Refused(Refusal::Invite(_)) => said(partner::UNKNOWN, partner::UNKNOWN_MORE),
        other => failure::words(other),
    }
}
