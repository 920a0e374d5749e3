//! Filling a questionnaire: one question, or one short group, at a time; or all on one page, where there is room.
//!
//! The worker holds the session and keeps each answer before it answers; this page shows its nodes, one signal each, so
//! that an answer redraws only what it changed. Start at [`filling::Filling`].

mod asking;
mod behind;
mod end;
mod filling;
mod focus;
mod outline;
mod places;
mod sheet;
mod taken;

use leptos::prelude::*;

#[cfg(feature = "partner")]
pub use self::taken::Taken;
pub use self::{
    behind::put,
    filling::{Guest, Open},
};
use self::{end::focus_on_problem, filling::Filling, focus::focus_on, sheet::Sheet};
use super::problems::Missing;
#[cfg(not(feature = "partner"))]
use crate::components::save_state::{NotSaved, SaveState};
use crate::{
    components::{
        frame::{Frame, Tab},
        icon::{arrow_back, arrow_on, icon, lu},
        save_state::Save,
    },
    failure,
    i18n::{common, count, form, later, partner, t},
    layers,
    route::{self, Route},
};

#[component]
pub fn Fill(open: Open, #[prop(optional)] guest: Option<Guest>) -> impl IntoView {
    let filling = Filling::open(open, guest);
    let listing = RwSignal::new(false);
    let leaving = RwSignal::new(false);
    let at = filling.at;
    let at_end = Memo::new(move |_| filling.ready.get() && at.get() >= filling.pages.read().len());
    Effect::new(move |before: Option<(usize, bool)>| {
        let now = (at.get(), at_end.get());
        if before.is_some_and(|before| before != now) {
            let long = filling.long.get_untracked() && !at_end.get_untracked();
            focus_on(if long { filling.first_of(now.0) } else { None });
        }
        now
    });
    let back = move |()| match filling.before(at.get_untracked()) {
        Some(to) => filling.go(to),
        None if guest.is_some() => leaving.set(true),
        None => {
            filling.send_now();
            route::back(&Route::Carnet);
        }
    };
    if guest.is_some() {
        // The phone's own button back is this one: leaving would lose what nobody keeps.
        layers::instead(move || back(()));
    }
    layers::over(listing);
    let progress = filling.progress;
    let progress_words = move || {
        let (answered, asked) = progress.get();
        let words = [(asked, form::N_QUESTIONS), (answered, form::N_ANSWERED)];
        words.map(|(n, word)| count(n, word)).join(" · ")
    };
    let actions = move || {
        view! {
            {match guest {
                #[cfg(not(feature = "partner"))]
                None => view! { <SaveState save=filling.save brief=true/> }.into_any(),
                _ => view! {
                    <button type="button" class="button button--plain" aria-label=t(partner::STOP) on:click=move |_| leaving.set(true)>{icon(lu::LuX)}</button>
                }.into_any(),
            }}
            <button type="button" class="button button--plain" aria-label=t(form::LIST) aria-expanded=move || listing.get().to_string()
                on:click=move |_| listing.update(|open| *open = !*open)>{icon(lu::LuList)}</button>
        }
    };
    let under = move || {
        view! {
            <progress class="progress" value=move || progress.get().0.to_string() max=move || progress.get().1.max(1).to_string() aria-label=progress_words></progress>
        }
    };
    let confirming = RwSignal::new(false);
    // Where something is missing, the button leads to it.
    let finish = move |_| {
        if filling.problems.read_untracked().is_empty() {
            confirming.set(true);
        } else {
            focus_on_problem();
        }
    };
    // The list has ways of its own.
    let foot = move || {
        (!listing.get()).then(|| {
            view! {
                <button type="button" class="button" on:click=move |_| back(())>{arrow_back()}{t(common::BACK)}</button>
                {move || if filling.failed.read().is_some() {
                    ().into_any()
                } else if at_end.get() {
                    view! {
                        <button type="button" class="button button--main" on:click=finish>{t(if guest.is_some() { partner::SEND } else { form::FINISH })}</button>
                    }.into_any()
                } else {
                    view! { <button type="submit" form="questions" class="button button--main">{t(form::NEXT)}{arrow_on()}</button> }.into_any()
                }}
            }
        })
    };
    let page = move || {
        view! {
            <Frame tab=Tab::Carnet title=filling.title private=true bare=guest.is_some() back=guest.is_none().then_some(Route::Carnet) back_says=t(form::LEAVE) actions=Some(actions().into_any()) under=Some(under().into_any())
                foot=Some(foot.into_any())>
                {guest.map(|guest| behind::leaving(leaving, guest))}
                {match guest {
                    #[cfg(not(feature = "partner"))]
                    None => view! { <NotSaved save=filling.save on_keep=move |()| filling.keep_in_file() on_retry=move |()| filling.send_now()/> }.into_any(),
                    // A file would be readable by the next person.
                    _ => (move || match filling.save.get() {
                        Save::Failed(failure) => view! { <p role="alert" class="field__error">{failure::words(&failure)}</p> }.into_any(),
                        _ => ().into_any(),
                    }).into_any(),
                }}
                <Missing failed=filling.failed/>
                {move || if filling.failed.read().is_some() {
                    ().into_any()
                } else if listing.get() {
                    behind::outline(filling, listing)
                } else if at_end.get() {
                    behind::end(filling, confirming)
                } else {
                    view! { <Sheet filling progress_words=Signal::derive(progress_words)/> }.into_any()
                }}
                {guest.and_then(|guest| guest.on_later).map(|on_later| move || filling.ready.get().then(|| view! {
                    <button type="button" class="button button--plain" on:click=move |_| filling.stop(on_later)>{icon(lu::LuBookmark)}{t(later::LATER)}</button>
                }))}
            </Frame>
        }
    };
    // Another language: all words anew; what they stand around is as it was.
    move || {
        filling.spoken.track();
        page().into_any()
    }
}
