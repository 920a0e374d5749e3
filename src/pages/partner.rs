//! A partner link: language, consent, questions, thanks. For somebody who has never seen the app, on any phone.
//!
//! What she answers lives in this page's memory and on its screen, nowhere else; at the end it forgets it. Neither the
//! address nor the tab's title says which link, which questionnaire, or that there was one. On a phone
//! where several people answer in a row, a person who walks away is forgotten too, after a warning.

mod following;
mod later;
mod stopped;

use std::{collections::BTreeMap, time::Duration};

use leptos::{ev, prelude::*, task::spawn_local};
use vigie_protocol::{
    DropRefused, Failure, File, InviteProblem, LinkView, Nudge, Refusal, SendWaiting, Waiting,
};

pub use self::following::Following;
use self::following::Step;
use crate::{
    behind, client,
    components::{
        confirm::Confirm,
        frame::Heading,
        icon::{arrow_on, icon, lu},
        languages,
        mark::mark,
        notice::{Notice, Tone},
        question::direction,
    },
    failure, file, format,
    i18n::{self, LANGUAGES, common, count, fill, form, partner, t},
    markdown, page,
    pages::{
        door::language::name_of,
        fill::{Fill, Guest, Taken},
    },
    route,
    state::use_state,
};

/// What a first question does not need.
#[derive(Clone, Copy)]
struct Rest {
    refused: fn(Following) -> AnyView,
    thanks: fn(Following, LinkView) -> AnyView,
    trouble: fn() -> AnyView,
    asked: fn(Following) -> AnyView,
    stopped: fn(Following, bool) -> AnyView,
    found: fn(Following) -> AnyView,
}

thread_local! {
    static REST: behind::Place<Rest> = behind::slot();
}

/// Puts it on the page.
pub fn put() {
    behind::put(
        &REST,
        Rest {
            refused,
            thanks,
            trouble: || view! { <Trouble/> }.into_any(),
            asked: later::asked,
            stopped: later::stopped,
            found: later::found,
        },
    );
}

/// `code`: none when the page started anew since the link was followed.
#[component]
pub fn Partner(code: Option<String>) -> impl IntoView {
    let following = expect_context::<Following>();
    let is_lost = following.is_lost();
    let is_fresh = route::is_fresh() && following.step.get_untracked() != Step::Questions;
    if let Some(code) = code.filter(|code| is_fresh || *code != following.code.get_value()) {
        following.open(code);
    }
    if is_lost {
        following.look_for_sealed();
    }
    let touch = move || {
        following.touched.set_value(format::now());
    };
    touch();
    for event in ["pointerdown", "keydown", "scroll"] {
        let handle = window_event_listener_untyped(event, move |_| {
            // What asks over the page covers the button that says one is still there.
            let is_asked = document()
                .query_selector("dialog[open]")
                .is_ok_and(|open| open.is_some());
            if is_asked {
                following.left.set(None);
            }
            if following.left.get_untracked().is_none() {
                touch();
            }
        });
        on_cleanup(move || handle.remove());
    }
    let leaving = window_event_listener(ev::beforeunload, move |event| {
        let is_here_alone = match following.step.get_untracked() {
            Step::Questions => true,
            Step::Stopped => !following.later.is_kept(),
            _ => false,
        };
        if is_here_alone {
            event.prevent_default();
        }
    });
    on_cleanup(move || leaving.remove());
    if let Ok(timer) =
        set_interval_with_handle(move || following.watch_idle(), Duration::from_secs(1))
    {
        on_cleanup(move || timer.clear());
    }
    let step = following.step;
    let guest = move || Guest {
        on_leave: Callback::new(move |()| following.clean()),
        on_later: following.on_later(),
        is_kept: following.later.is_kept(),
        on_done: Callback::new(move |taken| {
            following.taken.set(taken);
            step.set(Step::Thanks);
            if !following.is_kiosk() {
                following.end();
            }
            client::tell(Nudge);
        }),
    };
    let going_on = move |_| {
        touch();
        following.left.set(None);
    };
    view! {
        {move || following.left.get().map(|seconds| view! {
            <div class="banner">
                <Notice tone=Tone::Here strong=t(partner::STILL_THERE).to_owned() text=fill(partner::STILL_THERE_MORE, &[("n", &seconds.to_string())])>
                    <button type="button" class="button button--main" on:click=going_on>{t(partner::STILL_HERE)}</button>
                </Notice>
            </div>
        })}
        {move || match (following.link.get(), step.get()) {
            (_, Step::Code) => door(behind::part(&REST, move |rest| (rest.asked)(following))),
            (None, _) if is_lost => door(again(following)),
            (None, _) => door(view! { <p class="quiet" role="status">{t(partner::OPENING)}</p> }.into_any()),
            (Some(Err(failure)), _) => door(closed(following, &failure)),
            (Some(Ok(_)), Step::Questions) => {
                let open = following.later.questions(following.lang.get_untracked());
                view! { <Fill open guest=guest()/> }.into_any()
            }
            (Some(Ok(link)), Step::Language) => door(choice(following, &link)),
            (Some(Ok(link)), Step::Consent) => door(consent(following, &link)),
            (Some(Ok(_)), Step::Refused) => {
                door(behind::part(&REST, move |rest| (rest.refused)(following)))
            }
            (Some(Ok(link)), Step::Thanks) => {
                door(behind::part(&REST, move |rest| (rest.thanks)(following, link.clone())))
            }
            (Some(Ok(link)), Step::Stopped) => {
                door(behind::part(&REST, move |rest| (rest.stopped)(following, link.kiosk)))
            }
            (Some(Ok(_)), Step::Found) => {
                door(behind::part(&REST, move |rest| (rest.found)(following)))
            }
        }}
    }
    .into_any()
}

fn door(inside: AnyView) -> AnyView {
    view! { <main class="door" id="contenu" tabindex="-1">{mark()}{inside}</main> }.into_any()
}

/// The one of these texts for `lang`; else the reference's, else any.
fn in_language<'a>(
    texts: &'a std::collections::BTreeMap<String, String>,
    lang: &str,
) -> (&'a str, &'a str) {
    let found = texts
        .get_key_value(lang)
        .or(texts.get_key_value(i18n::reference().code));
    let found = found.or(texts.iter().next());
    found.map_or(("", ""), |(lang, text)| (lang.as_str(), text.as_str()))
}

fn choice(following: Following, link: &LinkView) -> AnyView {
    let (lang, title) = in_language(&link.title, i18n::lang());
    let (lang, title) = (lang.to_owned(), title.to_owned());
    // In the languages that it speaks; of one that we do not, in all of ours.
    let codes: Vec<&str> = link
        .languages
        .iter()
        .map(|(code, _)| code.as_str())
        .collect();
    let are_ours = codes
        .iter()
        .all(|code| LANGUAGES.iter().any(|language| language.code == *code));
    let ask = LANGUAGES
        .iter()
        .filter(|language| !are_ours || codes.contains(&language.code));
    let ask: Vec<&str> = ask.map(|language| language.choose).collect();
    let buttons = link
        .languages
        .iter()
        .map(|(code, name)| {
            let chosen = code.clone();
            let name = match name.as_str() {
                "" => name_of(code).to_owned(),
                name => name.to_owned(),
            };
            let choose = move |_| {
                following.choose(chosen.clone());
            };
            view! { <button type="button" class="button button--wide button--main" lang=code.clone() on:click=choose>{name}</button> }
        })
        .collect_view();
    view! {
        <div lang=lang><Heading text=title private=true/></div>
        <p class="quiet">{ask.join(" · ")}</p>
        <div class="stack">{buttons}</div>
        {later::way_of(following, link)}
        {(!link.readers.is_empty()).then(|| view! {
            <p class="quiet">{fill(partner::READ_BY, &[("offices", &link.readers.join(", "))])}</p>
        })}
        <Sealed/>
    }
    .into_any()
}

fn consent(following: Following, link: &LinkView) -> AnyView {
    let lang = following.lang.get_untracked();
    let (titled, title) = in_language(&link.title, &lang);
    let (titled, title) = (titled.to_owned(), title.to_owned());
    let (said, text) = in_language(&link.consent, &lang);
    let text = paragraphs(text);
    let agree = move |_| following.ask();
    let refuse = move |_| following.step.set(Step::Refused);
    view! {
        <div lang=titled><Heading text=title private=true/></div>
        <div class="stack door__why" lang=said.to_owned()>{text}</div>
        <p class="door__why quiet">{fill(partner::ABOUT, &[("n", &link.questions.to_string())])}</p>
        <h2>{t(partner::AGREE_QUESTION)}</h2>
        <div class="stack">
            <button type="button" class="button button--wide button--main" on:click=agree>{icon(lu::LuCheck)}{t(partner::AGREE)}</button>
            <button type="button" class="button button--wide" on:click=refuse>{t(partner::REFUSE)}</button>
            <button type="button" class="button button--plain" on:click=move |_| following.step.set(Step::Language)>{t(common::BACK)}</button>
        </div>
    }
    .into_any()
}

fn refused(following: Following) -> AnyView {
    view! {
        <Heading text=t(partner::REFUSED_TITLE).to_owned() private=true/>
        <p>{t(partner::REFUSED_MORE)}</p>
        <button type="button" class="button button--wide" on:click=move |_| following.clean()>{t(partner::START_AGAIN)}</button>
    }
    .into_any()
}

fn thanks(following: Following, link: LinkView) -> AnyView {
    let kiosk = link.kiosk;
    let waiting = use_state().waiting;
    let leaves_alone = RwSignal::new(false);
    spawn_local(async move {
        leaves_alone.try_set(page::send_later().await);
    });
    let state = move || {
        let Waiting {
            waiting,
            refused,
            unsaved,
            busy,
            ..
        } = waiting.get();
        match (waiting, refused) {
            _ if unsaved => ().into_any(),
            (0, 0) => view! { <span class="state state--sent state--wrap">{icon(lu::LuCloud)}{t(partner::ARRIVED)}</span> }.into_any(),
            (0, _) => ().into_any(),
            _ if busy => view! { <span class="state state--going state--wrap">{icon(lu::LuArrowUp)}{t(partner::ON_ITS_WAY)}</span> }.into_any(),
            _ => {
                let words = if leaves_alone.get() { partner::WILL_GO } else { partner::WILL_GO_OPEN };
                view! { <span class="state state--here state--wrap">{icon(lu::LuSmartphone)}{t(words)}</span> }.into_any()
            }
        }
    };
    view! {
        <Heading text=t(partner::THANKS).to_owned() private=true/>
        {said_after(&link.thanks, &following.lang.get_untracked())}
        <p role="status" class="no-print">{state}</p>
        {taken(&following.taken.read_untracked(), &link)}
        {if kiosk {
            view! { <button type="button" class="button button--wide button--main" on:click=move |_| following.clean()><span>{t(partner::NEXT_PERSON)}</span>{arrow_on()}</button> }.into_any()
        } else {
            (move || {
                let Waiting { waiting, unsaved, .. } = waiting.get();
                let may_close = waiting == 0 || leaves_alone.get() && !unsaved;
                may_close.then(|| view! { <p class="quiet">{t(partner::MAY_CLOSE)}</p> })
            })
            .into_any()
        }}
        <Trouble/>
    }
    .into_any()
}

/// The office's thanks, or ours.
fn said_after(thanks: &BTreeMap<String, String>, lang: &str) -> AnyView {
    let (said, text) = in_language(thanks, lang);
    if text.is_empty() {
        return view! { <p>{t(partner::THANKS_MORE)}</p> }.into_any();
    }
    view! { <div class="stack door__why" lang=said.to_owned()>{paragraphs(text)}</div> }.into_any()
}

fn paragraphs(text: &str) -> Vec<AnyView> {
    let lines = text.split('\n').filter(|line| !line.trim().is_empty());
    lines
        .map(|line| view! { <p>{line.to_owned()}</p> }.into_any())
        .collect()
}

/// What the questionnaire gives in return, and her answers where she may keep them. A phone that others answer on keeps nothing.
fn taken(taken: &Taken, link: &LinkView) -> AnyView {
    let may_keep = link.may_keep && !link.kiosk;
    if taken.notes.is_empty() && !may_keep {
        return ().into_any();
    }
    let taken = Taken {
        answers: if may_keep {
            taken.answers.clone()
        } else {
            Vec::new()
        },
        ..taken.clone()
    };
    let notes = taken
        .notes
        .iter()
        .map(|note| view! { <p inner_html=markdown::html(note)></p> });
    let notes = (!taken.notes.is_empty()).then(
        || view! { <h2 inner_html=markdown::html(&taken.heading)></h2> {notes.collect_view()} },
    );
    let answers = taken
        .answers
        .iter()
        .map(|(asked, said)| view! { <dt>{asked.clone()}</dt> <dd>{said.clone()}</dd> });
    let answers = (!taken.answers.is_empty()).then(|| view! { <h2>{t(partner::MY_ANSWERS)}</h2> <dl class="answers">{answers.collect_view()}</dl> });
    let written = taken.written();
    let keep = move |_| {
        let bytes = written.clone().into_bytes();
        file::save(&File::new(t(partner::FILE_NAME), "text/plain", bytes));
    };
    let lang = taken.lang.clone();
    view! {
        <section class="stack door__why" lang=lang.clone() dir=direction(&lang)>{notes}{answers}</section>
        {(!link.kiosk).then(|| view! {
            <div class="buttons no-print">
                <button type="button" class="button" on:click=move |_| drop(window().print())>{icon(lu::LuPrinter)}{t(form::PRINT_NOW)}</button>
                <button type="button" class="button" on:click=keep>{icon(lu::LuDownload)}{t(partner::KEEP_FILE)}</button>
            </div>
            <p class="quiet no-print">{t(partner::KEEP_WHY)}</p>
        })}
    }
    .into_any()
}

/// Why a link opens nothing, in any of our languages.
fn closed(following: Following, failure: &Failure) -> AnyView {
    let (title, more, again) = match failure {
        Failure::Refused(Refusal::Invite(InviteProblem::Used)) => {
            (partner::USED, t(partner::USED_MORE).to_owned(), false)
        }
        Failure::Refused(Refusal::Invite(InviteProblem::Expired)) => {
            (partner::EXPIRED, t(partner::EXPIRED_MORE).to_owned(), false)
        }
        Failure::Refused(Refusal::Invite(InviteProblem::Unknown | InviteProblem::Unreadable)) => {
            (partner::UNKNOWN, t(partner::UNKNOWN_MORE).to_owned(), false)
        }
        Failure::Unreachable => (
            partner::NO_NETWORK,
            t(partner::NO_NETWORK_MORE).to_owned(),
            true,
        ),
        other => (partner::FAILED, failure::words(other), true),
    };
    view! {
        <Heading text=t(title).to_owned() private=true/>
        <p role="alert">{more}</p>
        {again.then(|| view! {
            <button type="button" class="button button--wide button--main" on:click=move |_| following.open(following.code.get_value())>{t(common::RETRY)}</button>
        })}
        {later::way(following)}
        {other_languages()}
        <Sealed/>
    }
    .into_any()
}

/// The page was started anew: neither the link nor what was being answered is kept anywhere.
fn again(following: Following) -> AnyView {
    view! {
        <Heading text=t(partner::LINK_AGAIN).to_owned() private=true/>
        <p>{t(partner::LINK_AGAIN_MORE)}</p>
        {later::way(following)}
        {other_languages()}
        <Sealed/>
        <p><a class="button button--plain" href="/">{t(partner::TO_VIGIE)}</a></p>
    }
    .into_any()
}

fn other_languages() -> AnyView {
    let others = LANGUAGES
        .iter()
        .filter(|language| *language != i18n::spoken())
        .map(|language| {
            view! { <button type="button" class="button button--plain" lang=language.code on:click=move |_| i18n::choose(language.code, || ())>{language.title()}</button> }
        })
        .collect_view();
    view! { <div class="stack">{others}</div> {languages::missing()} }.into_any()
}

/// The sealed answers that wait on this phone.
#[component]
fn Sealed() -> impl IntoView {
    let waiting = use_state().waiting;
    let send = move |_| client::tell(SendWaiting);
    view! {
        {move || {
            let now = waiting.get();
            (now.waiting > 0 && !now.unsaved).then(|| view! {
                <Notice tone=Tone::Here strong=count(now.waiting, partner::N_WAITING) text=t(partner::WAITING_MORE).to_owned()>
                    <button type="button" class="button" disabled=now.busy on:click=send>{t(partner::SEND_NOW)}</button>
                </Notice>
            })
        }}
        {behind::quiet_part(&REST, |rest| (rest.trouble)())}
    }
    .into_any()
}

/// Those that could not be kept, or that the server refused.
#[component]
fn Trouble() -> impl IntoView {
    let waiting = use_state().waiting;
    let dropping = RwSignal::new(false);
    view! {
        {move || waiting.read().unsaved.then(|| view! {
            <Notice tone=Tone::Loss strong=t(partner::UNSAVED).to_owned() text=t(partner::UNSAVED_MORE).to_owned()/>
        })}
        {move || {
            let now = waiting.get();
            (now.refused > 0).then(|| {
                let why = match &now.reason {
                    Some(Refusal::Invite(InviteProblem::Used)) => t(partner::USED).to_owned() + ".",
                    Some(Refusal::Invite(InviteProblem::Expired)) => t(partner::EXPIRED).to_owned() + ".",
                    Some(Refusal::Invite(_)) => t(partner::UNKNOWN).to_owned() + ".",
                    Some(refusal) => failure::refused(refusal),
                    None => String::new(),
                };
                view! {
                    <Notice tone=Tone::Loss strong=count(now.refused, partner::N_NOT_TAKEN) text=fill(partner::NOT_TAKEN_MORE, &[("why", &why)])>
                        <button type="button" class="button" on:click=move |_| dropping.set(true)>{t(partner::DROP)}</button>
                    </Notice>
                }
            })
        }}
        <Confirm open=dropping danger=true question=t(partner::DROP_ASK) act=t(partner::DROP) on_yes=move |()| client::tell(DropRefused)/>
    }
    .into_any()
}
