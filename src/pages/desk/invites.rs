//! One mission: its people, and the invites that let one device each take part.

use leptos::{ev, prelude::*};
use vigie_model::{DeviceId, InviteId, MissionId};
use vigie_protocol::{
    CancelInvite, CreateInvite, DeviceView, Failure, InviteView, ListInvites, ListOfficeMissions,
    OfficeMission, RemoveDevice,
};

use crate::{
    client::{self, Turn},
    components::{
        confirm::Confirm,
        icon::{icon, lu},
    },
    format,
    i18n::{desk, fill, t},
    pages::desk::{
        failed::Failed,
        links,
        missions::{dates, kind_name},
        ticket::Ticket,
    },
    words::title_of,
};

#[component]
pub fn Mission(mission: MissionId) -> impl IntoView {
    let found = RwSignal::new(None::<OfficeMission>);
    let invites = RwSignal::new(Vec::<InviteView>::new());
    let fresh = RwSignal::new(None::<InviteView>);
    let failure = RwSignal::new(None::<Failure>);
    let find = move |list: Vec<OfficeMission>| {
        found.set(list.into_iter().find(|one| one.id == mission));
    };
    Turn::new().show(ListOfficeMissions, failure, find);
    Turn::new().show(ListInvites { mission }, failure, move |list| {
        invites.set(list)
    });
    let cancel = Callback::new(move |invite: InviteId| {
        client::act(CancelInvite { mission, invite }, failure, move |list| {
            // Nobody is handed what opens nothing.
            fresh.update(|shown| drop(shown.take_if(|shown| shown.id == invite)));
            invites.set(list);
        });
    });
    let remove = Callback::new(move |device: DeviceId| {
        client::act(RemoveDevice { device }, failure, find);
    });
    view! {
        <header><h1>{move || found.get().map(|one| one.name)}</h1></header>
        <div class="work__body work__body--narrow">
            {move || found.get().map(facts)}
            <NewInvite mission invites fresh failure/>
            <Failed failure/>
            {move || fresh.get().map(|invite| {
                let says = format!("{} {}", t(desk::INVITE_ONCE), fill(desk::TICKET_UNTIL, &[("date", &format::date(invite.expires))]));
                let title = found.get_untracked().map(|one| one.name).unwrap_or_default();
                let steps = [desk::TICKET_STEP_1, desk::TICKET_STEP_INVITE, desk::TICKET_STEP_OFFLINE];
                view! { <Ticket title label=invite.label code=invite.code link=invite.link says steps/> }
            })}
            <section class="card">
                <h2>{t(desk::INVITES)}</h2>
                {move || if invites.read().is_empty() {
                    view! { <p class="quiet">{t(desk::INVITES_NONE)}</p> }.into_any()
                } else {
                    view! { <ul class="stack">{invites.get().into_iter().map(|one| line(one, fresh, cancel)).collect_view()}</ul> }.into_any()
                }}
            </section>
            {move || found.get().map(|mission| view! { <links::Links mission/> })}
            {move || found.get().map(|one| people(one.devices, remove))}
        </div>
    }
}

fn facts(mission: OfficeMission) -> impl IntoView {
    let forms = mission
        .forms
        .iter()
        .map(title_of)
        .collect::<Vec<_>>()
        .join(" · ");
    view! {
        <p class="quiet">{kind_name(mission.kind)} " · " {dates(&mission)}</p>
        <p>{if forms.is_empty() { t(desk::FORMS_NONE).to_owned() } else { forms }}</p>
    }
}

fn people(devices: Vec<DeviceView>, remove: Callback<DeviceId>) -> impl IntoView {
    let one = move |device: DeviceView| {
        let last = match device.last_bundle {
            Some(at) => fill(desk::LAST_BUNDLE, &[("date", &format::date_time(at))]),
            None => t(desk::NO_BUNDLE).to_owned(),
        };
        let removed = device.removed.map(|at| {
            let says = fill(desk::REMOVED, &[("date", &format::date_time(at))]);
            view! { <p class="state state--failed state--wrap">{icon(lu::LuTriangleAlert)}{says}</p> }
        });
        let asking = RwSignal::new(false);
        let question = fill(desk::REMOVE_ASK, &[("name", &device.name)]);
        let may_remove = device.removed.is_none();
        let (name, id) = (device.name.clone(), device.device);
        view! {
            <li class="stack">
                <div class="row">
                    <span>
                        <strong>{device.name}</strong>
                        " "
                        <span class="quiet">{fill(desk::JOINED, &[("date", &format::date(device.enrolled))])} " · " {last}</span>
                    </span>
                    {may_remove.then(|| view! {
                        <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>
                            {icon(lu::LuX)}<span class="visually-hidden">{name}" "</span>{t(desk::REMOVE_DEVICE)}
                        </button>
                    })}
                </div>
                {removed}
                <Confirm open=asking danger=true question act=t(desk::REMOVE_DEVICE) on_yes=move |()| remove.run(id)/>
            </li>
        }
    };
    view! {
        <section class="card">
            <h2>{t(desk::PEOPLE)}</h2>
            {if devices.is_empty() {
                view! { <p class="quiet">{t(desk::PEOPLE_NONE)}</p> }.into_any()
            } else {
                view! { <ul class="stack">{devices.into_iter().map(one).collect_view()}</ul> }.into_any()
            }}
        </section>
    }
}

#[component]
fn NewInvite(
    mission: MissionId,
    invites: RwSignal<Vec<InviteView>>,
    fresh: RwSignal<Option<InviteView>>,
    failure: RwSignal<Option<Failure>>,
) -> impl IntoView {
    let label = RwSignal::new(String::new());
    let days = RwSignal::new("14".to_owned());
    let busy = RwSignal::new(false);
    let create = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let request = CreateInvite {
            mission,
            label: label.get_untracked().trim().to_owned(),
            days: days.get_untracked().parse().unwrap_or(14).clamp(1, 365),
        };
        client::act_busy(request, busy, failure, move |list| {
            fresh.set(list.first().cloned());
            invites.set(list);
            label.set(String::new());
        });
    };
    view! {
        <form class="card" autocomplete="off" on:submit=create>
            <h2>{t(desk::INVITE_NEW)}</h2>
            <div class="fields-row">
                <div class="field">
                    <label for="invite-label">{t(desk::INVITE_FOR)}</label>
                    <input class="input" id="invite-label" aria-describedby="invite-label-hint" bind:value=label/>
                    <p class="field__hint" id="invite-label-hint">{t(desk::INVITE_FOR_HINT)}</p>
                </div>
                <div class="field">
                    <label for="invite-days">{t(desk::INVITE_DAYS)}</label>
                    <input class="input" id="invite-days" type="number" min="1" max="365" bind:value=days/>
                </div>
            </div>
            <button class="button button--main" disabled=move || busy.get()>{t(desk::INVITE_GO)}</button>
        </form>
    }
}

fn line(
    invite: InviteView,
    fresh: RwSignal<Option<InviteView>>,
    cancel: Callback<InviteId>,
) -> impl IntoView {
    let waiting = invite.used_by.is_none() && !invite.expired && !invite.cancelled;
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
    let id = invite.id;
    view! {
        <li class="stack">
            <div class="row">
                <span><strong>{label}</strong> " " <span class="quiet">{state}</span></span>
                {waiting.then(|| {
                    let shown = invite.clone();
                    let again = words.clone();
                    view! {
                        <span class="row">
                            <button type="button" class="button button--plain" on:click=move |_| fresh.set(Some(shown.clone()))>
                                {icon(lu::LuQrCode)}
                                <span class="visually-hidden">{words}</span>
                                {t(desk::INVITE_CODE)}
                            </button>
                            <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>
                                {icon(lu::LuX)}<span class="visually-hidden">{again}" "</span>{t(desk::INVITE_CANCEL)}
                            </button>
                        </span>
                    }
                })}
            </div>
            <Confirm open=asking danger=true question act=t(desk::INVITE_CANCEL_GO) keep=t(desk::INVITE_KEEP) on_yes=move |()| cancel.run(id)/>
        </li>
    }
}
