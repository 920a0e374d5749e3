//! The partner links of one mission: made, handed over, counted, closed.

use leptos::{ev, prelude::*, task::spawn_local};
use vigie_model::{FormId, InviteId, Link};
use vigie_protocol::{
    CloseLink, CreateLink, DeskLink, Failure, LinkState, ListLinks, NewLink, OfficeMission,
};

use crate::{
    client::{self, Turn},
    components::{
        confirm::Confirm,
        icon::{icon, lu},
    },
    format,
    i18n::{self, count, desk, fill, t},
    pages::{
        desk::{failed::Failed, ticket::Ticket},
        door::language::name_of,
    },
    words::title_of,
};

#[component]
pub fn Links(mission: OfficeMission) -> impl IntoView {
    let links = RwSignal::new(Vec::<DeskLink>::new());
    let shown = RwSignal::new(None::<DeskLink>);
    let failure = RwSignal::new(None::<Failure>);
    let id = mission.id;
    Turn::new().show(ListLinks { mission: id }, failure, move |list| {
        links.set(list)
    });
    let close = Callback::new(move |link: InviteId| {
        let request = CloseLink { mission: id, link };
        shown.set(None);
        client::act(request, failure, move |list| links.set(list));
    });
    let label = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let create = Callback::new(move |link: NewLink| {
        let request = CreateLink { mission: id, link };
        client::act_busy(request, busy, failure, move |list| {
            shown.set(list.first().cloned());
            links.set(list);
            label.set(String::new());
        });
    });
    let titles: Vec<(FormId, String)> = mission
        .forms
        .iter()
        .map(|form| (form.id.clone(), title_of(form)))
        .collect();
    let has_forms = !titles.is_empty();
    let known = titles.clone();
    let shown_titles = titles.clone();
    view! {
        {if has_forms {
            view! { <New titles languages=mission.languages label busy on_create=create/> }.into_any()
        } else {
            ().into_any()
        }}
        <Failed failure/>
        {move || shown.get().map(|link| {
            let once = if link.kiosk { desk::LINK_KIOSK_ONCE } else { desk::LINK_ONCE };
            let says = format!("{} {}", t(once), fill(desk::TICKET_UNTIL, &[("date", &format::date(link.expires))]));
            let title = shown_titles.iter().find(|(id, _)| *id == link.form);
            let title = title.map(|(_, title)| title.clone()).unwrap_or_default();
            let steps = [desk::TICKET_STEP_1, desk::TICKET_STEP_LINK, desk::TICKET_STEP_SENT];
            view! { <Ticket title label=link.label code=link.code link=link.link says steps/> }
        })}
        <section class="card">
            <h2>{t(desk::LINKS)}</h2>
            <p class="quiet">{t(desk::LINKS_WHY)}</p>
            {move || if links.read().is_empty() {
                view! { <p class="quiet">{t(if has_forms { desk::LINKS_NONE } else { desk::LINKS_NO_FORM })}</p> }.into_any()
            } else {
                let lines = links.get().into_iter().map(|link| line(link, &known, shown, close));
                view! { <ul class="stack">{lines.collect_view()}</ul> }.into_any()
            }}
        </section>
    }
}

#[component]
fn New(
    titles: Vec<(FormId, String)>,
    languages: Vec<String>,
    label: RwSignal<String>,
    busy: RwSignal<bool>,
    on_create: Callback<NewLink>,
) -> impl IntoView {
    let form = RwSignal::new(
        titles
            .first()
            .map(|(id, _)| id.to_string())
            .unwrap_or_default(),
    );
    let days = RwSignal::new("30".to_owned());
    let uses = RwSignal::new(String::new());
    let kiosk = RwSignal::new(false);
    let later = RwSignal::new(Link::LATER_DAYS.to_string());
    let texts: Vec<(String, RwSignal<String>)> = languages
        .into_iter()
        .map(|lang| {
            let text = RwSignal::new(String::new());
            if let Some(spoken) = i18n::language(&lang) {
                spawn_local(async move {
                    let words = i18n::load(spoken).await;
                    let words = words.map(|words| words.say(desk::LINK_CONSENT_DEFAULT));
                    drop(text.try_set(words.unwrap_or_default().to_owned()));
                });
            }
            (lang, text)
        })
        .collect();
    let said = texts.clone();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let link = NewLink {
            form: FormId::new(form.get_untracked()),
            label: label.get_untracked().trim().to_owned(),
            days: days.get_untracked().parse().unwrap_or(30).clamp(1, 365),
            uses: uses.get_untracked().trim().parse().unwrap_or(0),
            kiosk: kiosk.get_untracked(),
            later_days: later.get_untracked().trim().parse().unwrap_or(0),
            consent: said
                .iter()
                .map(|(lang, text)| (lang.clone(), text.get_untracked()))
                .collect(),
        };
        on_create.run(link);
    };
    let options = titles
        .into_iter()
        .map(|(id, title)| view! { <option value=id.to_string()>{title}</option> })
        .collect_view();
    let consents = texts
        .into_iter()
        .map(|(lang, text)| {
            let id = format!("link-consent-{lang}");
            view! {
                <div class="field">
                    <label for=id.clone()>{name_of(&lang).to_owned()}</label>
                    <textarea class="input" id=id lang=lang rows="6" bind:value=text></textarea>
                </div>
            }
        })
        .collect_view();
    view! {
        <form class="card" autocomplete="off" on:submit=submit>
            <h2>{t(desk::LINK_NEW)}</h2>
            <div class="fields-row">
                <div class="field">
                    <label for="link-form">{t(desk::LINK_FORM)}</label>
                    <select class="input" id="link-form" on:change=move |event| form.set(event_target_value(&event))>{options}</select>
                </div>
                <div class="field">
                    <label for="link-label">{t(desk::LINK_LABEL)}</label>
                    <input class="input" id="link-label" required aria-describedby="link-label-hint" bind:value=label/>
                    <p class="field__hint" id="link-label-hint">{t(desk::LINK_LABEL_HINT)}</p>
                </div>
            </div>
            <div class="fields-row">
                <div class="field">
                    <label for="link-days">{t(desk::LINK_DAYS)}</label>
                    <input class="input" id="link-days" type="number" min="1" max="365" bind:value=days/>
                </div>
                <div class="field">
                    <label for="link-uses">{t(desk::LINK_USES)}</label>
                    <input class="input" id="link-uses" type="number" min="1" max="100000" aria-describedby="link-uses-hint" bind:value=uses/>
                    <p class="field__hint" id="link-uses-hint">{t(desk::LINK_USES_HINT)}</p>
                </div>
            </div>
            <div class="field">
                <label for="link-later">{t(desk::LINK_LATER)}</label>
                <input class="input" id="link-later" type="number" min="0" max=Link::LATER_DAYS_MOST.to_string() aria-describedby="link-later-hint" bind:value=later/>
                <p class="field__hint" id="link-later-hint">{t(desk::LINK_LATER_HINT)}</p>
            </div>
            <label class="choice">
                <input type="checkbox" prop:checked=kiosk on:change=move |event| kiosk.set(event_target_checked(&event))/>
                <span>{t(desk::LINK_KIOSK)}</span>
            </label>
            <details>
                <summary>{t(desk::LINK_CONSENT)}</summary>
                <p class="field__hint">{t(desk::LINK_CONSENT_HINT)}</p>
                {consents}
            </details>
            <button class="button button--main" disabled=move || busy.get()>{t(desk::LINK_GO)}</button>
        </form>
    }
}

fn line(
    link: DeskLink,
    titles: &[(FormId, String)],
    shown: RwSignal<Option<DeskLink>>,
    close: Callback<InviteId>,
) -> AnyView {
    let title = titles
        .iter()
        .find(|(id, _)| *id == link.form)
        .map_or_else(|| link.form.to_string(), |(_, title)| title.clone());
    let came = if link.uses > 0 {
        let (n, total) = (link.came.to_string(), link.uses.to_string());
        fill(desk::LINK_CAME, &[("n", &n), ("total", &total)])
    } else {
        count(link.came, desk::N_CAME)
    };
    let state = match link.state {
        LinkState::Open => fill(desk::LINK_UNTIL, &[("date", &format::date(link.expires))]),
        LinkState::Full => t(desk::LINK_FULL).to_owned(),
        LinkState::Expired => t(desk::LINK_EXPIRED).to_owned(),
        LinkState::Closed => t(desk::LINK_CLOSED).to_owned(),
    };
    let (open, label) = (link.state == LinkState::Open, link.label.clone());
    let asking = RwSignal::new(false);
    let id = link.id;
    view! {
        <li class="stack">
            <div class="row">
                <span><strong>{label.clone()}</strong> " " <span class="quiet">{title} " · " {came} " · " {state}</span></span>
                {open.then(|| view! {
                    <span class="row">
                        <button type="button" class="button button--plain" on:click=move |_| shown.set(Some(link.clone()))>
                            {icon(lu::LuQrCode)}<span class="visually-hidden">{label.clone()}" "</span>{t(desk::LINK_SHOW)}
                        </button>
                        <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>
                            {icon(lu::LuX)}{t(desk::LINK_CLOSE)}
                        </button>
                    </span>
                })}
            </div>
            <Confirm open=asking danger=true question=t(desk::LINK_CLOSE_ASK) act=t(desk::LINK_CLOSE) on_yes=move |()| close.run(id)/>
        </li>
    }
    .into_any()
}
