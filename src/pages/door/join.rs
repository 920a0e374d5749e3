//! The second screen: an invite, or a trial without an office.

use leptos::{ev, prelude::*};
use vigie_protocol::{Failure, InvitePreview, InviteText, LookInvite};

use crate::{
    client,
    components::{
        field::{Field, Kind},
        icon::arrow_on,
        notice::{Notice, Tone},
    },
    failure, format,
    i18n::{common, door, fill, t},
    route::{self, Route},
};

/// What the second screen gives to the third.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joining {
    pub name: String,
    pub invite: Option<InviteText>,
}

/// The line that says which of the three screens this is.
pub fn step_line(n: u32) -> AnyView {
    view! { <p class="quiet">{fill(door::STEP, &[("n", &n.to_string()), ("total", "3")])}</p> }
        .into_any()
}

/// This page's own server, for a bare code.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// An invite field that says what the invite is for, without using it.
#[component]
pub fn InviteField(
    /// A link led here. Its code is in the field, unless the page started anew since: then it says so.
    followed: bool,
    found: RwSignal<Option<InvitePreview>>,
    text: RwSignal<String>,
    /// Somebody went on without one.
    missing: RwSignal<bool>,
) -> impl IntoView {
    let failed = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let look = move || {
        let typed = text.get_untracked();
        missing.set(typed.trim().is_empty());
        if missing.get_untracked() || busy.get_untracked() {
            return;
        }
        let request = LookInvite {
            text: typed,
            origin: origin(),
        };
        client::act_busy(request, busy, failed, move |preview| {
            found.set(Some(preview))
        });
    };
    let code = route::code(&Route::Join).filter(|_| followed);
    let is_lost = followed && code.is_none();
    if let Some(code) = code {
        text.set(code);
        look();
    }
    let typed = move |value: String| {
        found.set(None);
        failed.set(None);
        missing.set(false);
        text.set(value);
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        look();
    };
    let error = Signal::derive(move || {
        if missing.get() {
            return Some(t(door::INVITE_MISSING).to_owned());
        }
        failed.get().map(|failure| match failure {
            Failure::Unreachable => t(door::INVITE_LATER).to_owned(),
            other => failure::words(&other),
        })
    });
    view! {
        {is_lost.then(|| view! { <Notice tone=Tone::Plain strong=t(door::LINK_AGAIN).to_owned() text=t(door::LINK_AGAIN_MORE).to_owned()/> })}
        <form class="stack" autocomplete="off" on:submit=submit>
            <Field id="invite" kind=Kind::Text label=t(door::INVITE) hint=t(door::INVITE_HINT) value=text on_input=typed error/>
            <Show when=move || found.read().is_none()>
                <button type="submit" class="button button--wide" disabled=busy>
                    {t(door::INVITE_LOOK)}
                </button>
            </Show>
        </form>
        {move || found.get().map(|preview| view! {
            <Notice tone=Tone::Safe strong=preview.mission.clone()
                text=fill(door::INVITE_FOR, &[("server", &preview.server), ("date", &format::date(preview.expires))])/>
        })}
    }
    .into_any()
}

#[component]
pub fn Join(
    followed: bool,
    #[prop(into)] on_back: Callback<()>,
    #[prop(into)] on_next: Callback<Joining>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(None::<InvitePreview>);
    let missing = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let nameless = RwSignal::new(false);
    let join = move |_| {
        nameless.set(name.read_untracked().trim().is_empty());
        if nameless.get_untracked() {
            return;
        }
        let invite = InviteText {
            text: text.get_untracked(),
            origin: origin(),
        };
        on_next.run(Joining {
            name: name.get_untracked().trim().to_owned(),
            invite: Some(invite),
        });
    };
    let trial = move |_| {
        on_next.run(Joining {
            name: name.get_untracked().trim().to_owned(),
            invite: None,
        })
    };
    view! {
        {step_line(2)}
        <h1 tabindex="-1">{t(door::JOIN_TITLE)}</h1>
        <InviteField followed found text missing/>
        <Show when=move || !text.read().trim().is_empty()>
            <Field id="name" kind=Kind::Text label=t(door::NAME) hint=t(door::NAME_HINT) value=name on_input=move |value| { nameless.set(false); name.set(value) }
                error=Signal::derive(move || nameless.get().then(|| t(door::NAME_MISSING).to_owned()))/>
            <button type="button" class="button button--main button--wide" on:click=join>
                {t(common::CONTINUE)}{arrow_on()}
            </button>
        </Show>
        <div class="or"><span>{t(common::OR)}</span></div>
        <button type="button" class="button button--wide" on:click=trial>{t(door::TRIAL)}</button>
        <p class="quiet">{t(door::TRIAL_HINT)}</p>
        <button type="button" class="button button--plain" on:click=move |_| on_back.run(())>{t(common::BACK)}</button>
    }
    .into_any()
}
