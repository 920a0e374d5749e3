//! The invites that let one device each take part: made, several at once, handed over, cancelled.

use leptos::{ev, prelude::*};
use vigie_model::InviteId;
use vigie_protocol::{CancelInvite, CreateInvites, InviteView, ListInvites};

use super::{
    here::Here,
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
    i18n::{desk, fill, t},
};

/// The most that are made at once.
const AT_ONCE: usize = 100;

#[component]
pub fn Invites(
    here: Here,
    /// The form that makes them is open.
    making: RwSignal<bool>,
) -> impl IntoView {
    let Here {
        mission, failure, ..
    } = here;
    let invites = RwSignal::new(Vec::<InviteView>::new());
    let read = Turn::new();
    Effect::new(move |_| {
        // A mission that is closed takes its invites back.
        here.found.track();
        read.show(ListInvites { mission }, failure, move |list| {
            invites.set(list)
        });
    });
    let hand = Callback::new(move |of: Vec<InviteView>| {
        let name = here.found.get_untracked().map(|one| one.said.name);
        here.handed.set(handed(name.unwrap_or_default(), of));
    });
    let cancel = Callback::new(move |invite: InviteId| {
        client::act(CancelInvite { mission, invite }, failure, move |list| {
            // Nobody is handed what opens nothing.
            here.handed.set(None);
            invites.set(list);
        });
    });
    let made = Callback::new(move |(list, count): (Vec<InviteView>, usize)| {
        hand.run(list.iter().take(count).cloned().collect());
        invites.set(list);
    });
    let waiting = move || -> Vec<InviteView> {
        let all = invites.get().into_iter();
        all.filter(is_waiting).collect()
    };
    let several_wait = move || waiting().len() > 1;
    view! {
        <New here making on_made=made/>
        <section class="card card--table">
            <div class="row">
                <h2>{t(desk::INVITES)}</h2>
                <Show when=several_wait>
                    <button type="button" class="button button--plain" on:click=move |_| hand.run(waiting())>{icon(lu::LuPrinter)}{t(desk::INVITES_PRINT)}</button>
                </Show>
            </div>
            {move || if invites.read().is_empty() {
                view! { <p class="quiet">{t(desk::INVITES_NONE)}</p> }.into_any()
            } else {
                table(invites.get(), hand, cancel).into_any()
            }}
        </section>
    }
}

fn is_waiting(invite: &InviteView) -> bool {
    invite.used_by.is_none() && !invite.expired && !invite.cancelled
}

/// The tickets of these invites; those of one sheet may have another last day each.
fn handed(title: String, of: Vec<InviteView>) -> Option<Handed> {
    let tickets: Vec<Ticket> = of
        .into_iter()
        .map(|invite| Ticket {
            number: None,
            label: invite.label,
            code: invite.code,
            link: invite.link,
            expires: invite.expires,
        })
        .collect();
    (!tickets.is_empty()).then(|| Handed {
        title,
        once: t(desk::INVITE_ONCE),
        steps: [
            desk::TICKET_STEP_1,
            desk::TICKET_STEP_INVITE,
            desk::TICKET_STEP_OFFLINE,
        ],
        tickets,
    })
}

#[component]
fn New(
    here: Here,
    making: RwSignal<bool>,
    /// All invites, and how many of the first are new.
    on_made: Callback<(Vec<InviteView>, usize)>,
) -> impl IntoView {
    let count = RwSignal::new("1".to_owned());
    let names = RwSignal::new(String::new());
    let days = RwSignal::new("14".to_owned());
    let busy = RwSignal::new(false);
    // A name is an invite, whatever number is said; without a name there may be more.
    let labels = move || -> Vec<String> {
        let names = names.read();
        let names = names.lines().map(str::trim).filter(|name| !name.is_empty());
        let mut labels: Vec<String> = names.map(str::to_owned).collect();
        let said = count.read().trim().parse().unwrap_or(1);
        labels.resize(labels.len().max(said).clamp(1, AT_ONCE), String::new());
        labels
    };
    let create = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let labels = untrack(labels);
        let made = labels.len();
        let request = CreateInvites {
            mission: here.mission,
            labels,
            days: days.get_untracked().parse().unwrap_or(14).clamp(1, 365),
        };
        making.set(false);
        client::act_busy(request, busy, here.failure, move |list| {
            on_made.run((list, made));
            names.set(String::new());
            count.set("1".to_owned());
        });
    };
    let go = move || match labels().len() {
        1 => t(desk::INVITE_GO).to_owned(),
        n => fill(desk::INVITES_GO, &[("n", &n.to_string())]),
    };
    view! {
        <Dialog open=making says=t(desk::INVITE_NEW).to_owned() holds=Holds::Form>
            <form class="stack" autocomplete="off" on:submit=create>
                <h2>{t(desk::INVITE_NEW)}</h2>
                <p class="quiet">{t(desk::INVITE_ONCE)}</p>
                <div class="field">
                    <label for="invite-label">{t(desk::INVITE_FOR)}</label>
                    <textarea class="input input--few" id="invite-label" rows="3" aria-describedby="invite-label-hint" bind:value=names></textarea>
                    <p class="field__hint" id="invite-label-hint">{t(desk::INVITE_FOR_HINT)}</p>
                </div>
                <div class="fields-row">
                    <div class="field">
                        <label for="invite-count">{t(desk::INVITE_COUNT)}</label>
                        <input class="input" id="invite-count" type="number" min="1" max=AT_ONCE bind:value=count/>
                    </div>
                    <div class="field">
                        <label for="invite-days">{t(desk::INVITE_DAYS)}</label>
                        <input class="input" id="invite-days" type="number" min="1" max="365" bind:value=days/>
                    </div>
                </div>
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| making.set(false)>{t(desk::CANCEL)}</button>
                    <button class="button button--main" disabled=move || busy.get()>{go}</button>
                </div>
            </form>
        </Dialog>
    }
}

fn table(
    invites: Vec<InviteView>,
    hand: Callback<Vec<InviteView>>,
    cancel: Callback<InviteId>,
) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::INVITES)>
            <table class="table table--in-card table--stack">
                <thead>
                    <tr>
                        <th scope="col">{t(desk::COL_FOR)}</th>
                        <th scope="col">{t(desk::COL_STATE)}</th>
                        <th scope="col"><span class="visually-hidden">{t(desk::COL_ACTS)}</span></th>
                    </tr>
                </thead>
                <tbody>{invites.into_iter().map(|one| row(one, hand, cancel)).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(
    invite: InviteView,
    hand: Callback<Vec<InviteView>>,
    cancel: Callback<InviteId>,
) -> impl IntoView {
    let state = match &invite.used_by {
        Some(name) => fill(desk::INVITE_USED, &[("name", name)]),
        None if invite.cancelled => t(desk::INVITE_CANCELLED).to_owned(),
        None if invite.expired => t(desk::INVITE_EXPIRED).to_owned(),
        None => fill(
            desk::INVITE_OPEN,
            &[("date", &format::date(invite.expires))],
        ),
    };
    let label = if invite.label.is_empty() {
        invite.code.clone()
    } else {
        invite.label.clone()
    };
    let words = label.clone();
    let asking = RwSignal::new(false);
    let question = fill(desk::INVITE_CANCEL_ASK, &[("name", &label)]);
    let (id, waiting) = (invite.id, is_waiting(&invite));
    view! {
        <tr>
            <td class="table__wrap"><strong>{label}</strong></td>
            <td class="table__wrap" colspan=(!waiting).then_some("2")>{state}</td>
            {waiting.then(|| {
                let shown = invite.clone();
                let again = words.clone();
                view! {
                    <td class="table__acts">
                        <button type="button" class="button button--plain" on:click=move |_| hand.run(vec![shown.clone()])>
                            {icon(lu::LuQrCode)}
                            <span class="visually-hidden">{words}" "</span>
                            {t(desk::INVITE_CODE)}
                        </button>
                        <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>
                            {icon(lu::LuX)}<span class="visually-hidden">{again}" "</span>{t(desk::INVITE_CANCEL)}
                        </button>
                        <Confirm open=asking danger=true question act=t(desk::INVITE_CANCEL_GO) keep=t(desk::INVITE_KEEP) on_yes=move |()| cancel.run(id)/>
                    </td>
                }
            })}
        </tr>
    }
}
