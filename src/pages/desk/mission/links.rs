//! The partner links of one mission, and sheets of codes: made, handed over, counted, closed.

use leptos::{ev, prelude::*, task::spawn_local};
use vigie_model::{FormId, InviteId, Link};
use vigie_protocol::{CloseLink, CreateLink, DeskLink, LinkState, ListAsked, ListLinks, NewLink};

use super::{
    here::Here,
    link_options::Options,
    ticket::{Handed, Ticket},
};
use crate::{
    client::{self, Turn},
    components::{
        confirm::Confirm,
        dialog::{Dialog, Holds},
        icon::{icon, lu},
    },
    format,
    i18n::{self, count, desk, fill, t},
    pages::door::language::name_of,
    words::title_of,
};

/// The questionnaires of a mission, by id.
type Titles = Vec<(FormId, String)>;

#[component]
pub fn Links(
    here: Here,
    /// The form that makes them is open.
    making: RwSignal<bool>,
) -> impl IntoView {
    let Here {
        mission, failure, ..
    } = here;
    let links = RwSignal::new(Vec::<DeskLink>::new());
    let read = Turn::new();
    Effect::new(move |_| {
        // A mission that is closed takes its links back.
        here.found.track();
        read.show(ListLinks { mission }, failure, move |list| links.set(list));
    });
    let titles = Memo::new(move |_| -> Titles {
        let found = here.found.read();
        let forms = found.iter().flat_map(|one| &one.forms);
        forms
            .map(|form| (form.id.clone(), title_of(form)))
            .collect()
    });
    let hand = Callback::new(move |link: DeskLink| {
        let title = title(&titles.read_untracked(), &link.form);
        here.handed.set(handed(title, link));
    });
    let close = Callback::new(move |link: InviteId| {
        here.handed.set(None);
        let request = CloseLink { mission, link };
        client::act(request, failure, move |list| links.set(list));
    });
    let made = Callback::new(move |list: Vec<DeskLink>| {
        if let Some(first) = list.first() {
            hand.run(first.clone());
        }
        links.set(list);
    });
    view! {
        {move || {
            let titles = titles.get();
            let found = here.found.read_untracked();
            let found = found.as_ref().map(|one| (one.said.languages.clone(), one.asking.clone()));
            let (languages, asking) = found.unwrap_or_default();
            (!titles.is_empty()).then(|| view! { <New here titles languages asking making on_made=made/> })
        }}
        <section class="card card--table">
            <h2>{t(desk::LINKS)}</h2>
            <p class="quiet">{t(desk::LINKS_WHY)}</p>
            {move || if links.read().is_empty() {
                let says = if titles.read().is_empty() { desk::LINKS_NO_FORM } else { desk::LINKS_NONE };
                view! { <p class="quiet">{t(says)}</p> }.into_any()
            } else {
                table(links.get(), &titles.read(), hand, close).into_any()
            }}
        </section>
    }
}

fn title(titles: &Titles, form: &FormId) -> String {
    let title = titles.iter().find(|(id, _)| id == form);
    title.map_or_else(|| form.to_string(), |(_, title)| title.clone())
}

/// Its ticket; of a sheet, one for each code that nobody took up.
fn handed(title: String, link: DeskLink) -> Option<Handed> {
    let DeskLink {
        label,
        code,
        link: address,
        expires,
        kiosk,
        sheet,
        ..
    } = link;
    let once = match (sheet.is_empty(), kiosk) {
        (false, _) => desk::SHEET_ONCE,
        (true, true) => desk::LINK_KIOSK_ONCE,
        (true, false) => desk::LINK_ONCE,
    };
    let tickets: Vec<Ticket> = if sheet.is_empty() {
        vec![Ticket {
            number: None,
            label,
            code,
            link: address,
            expires,
        }]
    } else {
        let left = sheet.into_iter();
        let left = left.filter(|one| one.state == LinkState::Open);
        left.map(|one| Ticket {
            number: Some(one.number),
            label: String::new(),
            code: one.code,
            link: one.link,
            expires,
        })
        .collect()
    };
    (!tickets.is_empty()).then(|| Handed {
        title,
        once: t(once),
        steps: [
            desk::TICKET_STEP_1,
            desk::TICKET_STEP_LINK,
            desk::TICKET_STEP_SENT,
        ],
        tickets,
    })
}

#[component]
fn New(
    here: Here,
    titles: Titles,
    languages: Vec<String>,
    /// The questionnaires that ask by themselves whether somebody agrees.
    asking: Vec<FormId>,
    making: RwSignal<bool>,
    on_made: Callback<Vec<DeskLink>>,
) -> impl IntoView {
    let first = titles.first().map(|(id, _)| id.to_string());
    let form = RwSignal::new(first.unwrap_or_default());
    let label = RwSignal::new(String::new());
    let days = RwSignal::new("30".to_owned());
    let is_sheet = RwSignal::new(false);
    let uses = RwSignal::new(String::new());
    let kiosk = RwSignal::new(false);
    let codes = RwSignal::new("40".to_owned());
    let later_days = RwSignal::new(Link::LATER_DAYS.to_string());
    let busy = RwSignal::new(false);
    let options = Options::new(&languages);
    let asked = RwSignal::new(Vec::new());
    let turn = Turn::new();
    Effect::new(move |_| {
        let form = FormId::new(form.get());
        options.forget_answers();
        turn.show(ListAsked { form }, here.failure, move |list| {
            asked.set(list)
        });
    });
    let asking = StoredValue::new(asking);
    let asks = Memo::new(move |_| {
        let form = FormId::new(form.get());
        asking.with_value(|asking| asking.contains(&form))
    });
    // Nobody is asked twice.
    let by_form = RwSignal::new(true);
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
    let texts = StoredValue::new(texts);
    let titles = StoredValue::new(titles);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let said = |text: RwSignal<String>| text.get_untracked().trim().parse().unwrap_or(0);
        let link = NewLink {
            form: FormId::new(form.get_untracked()),
            label: label.get_untracked().trim().to_owned(),
            days: days.get_untracked().parse().unwrap_or(30).clamp(1, 365),
            uses: said(uses),
            kiosk: kiosk.get_untracked(),
            codes: match is_sheet.get_untracked() {
                true => said(codes).max(1),
                false => 0,
            },
            later_days: said(later_days).min(Link::LATER_DAYS_MOST),
            consent: texts.with_value(|texts| {
                let is_by_form = asks.get_untracked() && by_form.get_untracked();
                let texts = texts.iter().filter(|_| !is_by_form);
                texts
                    .map(|(lang, text)| (lang.clone(), text.get_untracked()))
                    .collect()
            }),
            options: options.said(),
        };
        let mission = here.mission;
        making.set(false);
        client::act_busy(
            CreateLink { mission, link },
            busy,
            here.failure,
            move |list| {
                on_made.run(list);
                label.set(String::new());
            },
        );
    };
    let forms = move || {
        titles.with_value(|titles| {
            let chosen = form.get_untracked();
            titles
                .iter()
                .map(|(id, title)| {
                    let value = id.to_string();
                    let is_chosen = value == chosen;
                    view! { <option value=value selected=is_chosen>{title.clone()}</option> }
                })
                .collect_view()
        })
    };
    let consents = move || {
        texts.with_value(|texts| {
            texts
                .iter()
                .map(|(lang, text)| {
                    let id = format!("link-consent-{lang}");
                    view! {
                        <div class="field">
                            <label for=id.clone()>{name_of(lang).to_owned()}</label>
                            <textarea class="input" id=id lang=lang.clone() rows="6" bind:value=*text></textarea>
                        </div>
                    }
                })
                .collect_view()
        })
    };
    let one = move || {
        view! {
            <div class="field">
                <label for="link-uses">{t(desk::LINK_USES)}</label>
                <input class="input input--short" id="link-uses" type="number" min="1" max="100000" aria-describedby="link-uses-hint" bind:value=uses/>
                <p class="field__hint" id="link-uses-hint">{t(desk::LINK_USES_HINT)}</p>
            </div>
            <label class="choice">
                <input type="checkbox" prop:checked=kiosk on:change=move |event| kiosk.set(event_target_checked(&event))/>
                <span>{t(desk::LINK_KIOSK)}</span>
            </label>
        }
    };
    let sheet = move || {
        view! {
            <div class="field">
                <label for="link-codes">{t(desk::SHEET_CODES)}</label>
                <input class="input input--short" id="link-codes" type="number" required min="1" max="200" aria-describedby="link-codes-hint" bind:value=codes/>
                <p class="field__hint" id="link-codes-hint">{t(desk::SHEET_CODES_HINT)}</p>
            </div>
        }
    };
    let go = move || {
        t(if is_sheet.get() {
            desk::SHEET_GO
        } else {
            desk::LINK_GO
        })
    };
    view! {
        <Dialog open=making says=t(desk::LINK_NEW).to_owned() holds=Holds::Form>
            <form class="stack" autocomplete="off" on:submit=submit>
                <h2>{t(desk::LINK_NEW)}</h2>
                <div class="fields-row">
                    <div class="field">
                        <label for="link-form">{t(desk::LINK_FORM)}</label>
                        <select class="input" id="link-form" on:change=move |event| form.set(event_target_value(&event))>{forms}</select>
                    </div>
                    <div class="field">
                        <label for="link-days">{t(desk::LINK_DAYS)}</label>
                        <input class="input" id="link-days" type="number" min="1" max="365" bind:value=days/>
                    </div>
                </div>
                <div class="field">
                    <label for="link-label">{t(desk::LINK_LABEL)}</label>
                    <input class="input" id="link-label" required aria-describedby="link-label-hint" bind:value=label/>
                    <p class="field__hint" id="link-label-hint">{t(desk::LINK_LABEL_HINT)}</p>
                </div>
                <div class="segments" role="group" aria-label=t(desk::LINK_KIND)>
                    {[(false, desk::LINK_ONE), (true, desk::LINK_SHEET)].map(|(of, words)| view! {
                        <button type="button" class="segment" aria-pressed=move || (is_sheet.get() == of).to_string() on:click=move |_| is_sheet.set(of)>{t(words)}</button>
                    }).collect_view()}
                </div>
                {move || if is_sheet.get() { sheet().into_any() } else { one().into_any() }}
                <div class="field">
                    <label for="link-later">{t(desk::LINK_LATER)}</label>
                    <input class="input input--short" id="link-later" type="number" min="0" max=Link::LATER_DAYS_MOST aria-describedby="link-later-hint" bind:value=later_days/>
                    <p class="field__hint" id="link-later-hint">{t(desk::LINK_LATER_HINT)}</p>
                </div>
                {move || asks.get().then(|| view! {
                    <label class="choice">
                        <input type="checkbox" prop:checked=by_form on:change=move |event| by_form.set(event_target_checked(&event))/>
                        <span>{t(desk::LINK_CONSENT_FORM)}</span>
                    </label>
                })}
                <details class="folded" hidden=move || asks.get() && by_form.get()>
                    <summary>{t(desk::LINK_CONSENT)}</summary>
                    <div class="stack">
                        <p class="field__hint">{t(desk::LINK_CONSENT_HINT)}</p>
                        {consents}
                    </div>
                </details>
                {options.view(asked)}
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| making.set(false)>{t(desk::CANCEL)}</button>
                    <button class="button button--main" disabled=move || busy.get()>{go}</button>
                </div>
            </form>
        </Dialog>
    }
}

fn table(
    links: Vec<DeskLink>,
    titles: &Titles,
    hand: Callback<DeskLink>,
    close: Callback<InviteId>,
) -> impl IntoView + use<> {
    let rows: Vec<_> = links
        .into_iter()
        .map(|link| row(title(titles, &link.form), link, hand, close))
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::LINKS)>
            <table class="table table--in-card table--stack">
                <thead>
                    <tr>
                        <th scope="col">{t(desk::COL_NAME)}</th>
                        <th scope="col">{t(desk::LINK_FORM)}</th>
                        <th scope="col" class="num">{t(desk::COL_ANSWERS)}</th>
                        <th scope="col">{t(desk::COL_STATE)}</th>
                        <th scope="col"><span class="visually-hidden">{t(desk::COL_ACTS)}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(
    title: String,
    link: DeskLink,
    hand: Callback<DeskLink>,
    close: Callback<InviteId>,
) -> impl IntoView {
    let came = if link.uses > 0 {
        let (n, total) = (link.came.to_string(), link.uses.to_string());
        fill(desk::LINK_CAME, &[("n", &n), ("total", &total)])
    } else {
        format::number(link.came as f64)
    };
    let state = match link.state {
        LinkState::Open => fill(desk::LINK_UNTIL, &[("date", &format::date(link.expires))]),
        LinkState::Full => t(desk::LINK_FULL).to_owned(),
        LinkState::Expired => t(desk::LINK_EXPIRED).to_owned(),
        LinkState::Closed => t(desk::LINK_CLOSED).to_owned(),
    };
    let (open, label) = (link.state == LinkState::Open, link.label.clone());
    let sheet = (!link.sheet.is_empty()).then(|| count(link.sheet.len(), desk::N_CODES));
    let (question, act) = match sheet {
        Some(_) => (
            fill(desk::SHEET_CLOSE_ASK, &[("name", &label)]),
            t(desk::SHEET_CLOSE),
        ),
        None => (t(desk::LINK_CLOSE_ASK).to_owned(), t(desk::LINK_CLOSE)),
    };
    let show = match sheet {
        Some(_) => (lu::LuPrinter, desk::SHEET_PRINT),
        None => (lu::LuQrCode, desk::LINK_SHOW),
    };
    let later =
        (open && link.later_days > 0).then(|| count(link.later_days as usize, desk::N_LINK_LATER));
    let asking = RwSignal::new(false);
    let id = link.id;
    let (named, again) = (label.clone(), label.clone());
    view! {
        <tr>
            <td class="table__wrap"><strong>{label}</strong>{sheet.map(|sheet| view! { " " <span class="quiet">{sheet}</span> })}</td>
            <td class="table__wrap">{title}</td>
            <td class="num" data-of=t(desk::COL_ANSWERS)>{came}</td>
            <td class="table__wrap" colspan=(!open).then_some("2")>{state}</td>
            {open.then(|| view! {
                <td class="table__acts">
                    <button type="button" class="button button--plain" on:click=move |_| hand.run(link.clone())>
                        {icon(show.0)}<span class="visually-hidden">{named}" "</span>{t(show.1)}
                    </button>
                    <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>
                        {icon(lu::LuX)}<span class="visually-hidden">{again}" "</span>{act}
                    </button>
                    <Confirm open=asking danger=true question act=act on_yes=move |()| close.run(id)/>
                </td>
            })}
        </tr>
        {later.map(|later| view! { <tr class="table__note"><td colspan="5"><p class="quiet">{later}</p></td></tr> })}
    }
}
