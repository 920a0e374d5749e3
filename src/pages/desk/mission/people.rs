//! Who takes part, and when each was last heard of.

use leptos::prelude::*;
use vigie_model::DeviceId;
use vigie_protocol::{DeviceView, RemoveDevice};

use super::here::Here;
use crate::{
    client,
    components::{
        confirm::Confirm,
        icon::{icon, lu},
    },
    format,
    i18n::{Key, desk, fill, t},
};

#[component]
pub fn People(here: Here) -> impl IntoView {
    let remove = Callback::new(move |device: DeviceId| {
        client::act(RemoveDevice { device }, here.failure, move |list| {
            here.find(list);
        });
    });
    let ours = Memo::new(move |_| here.is_ours());
    let table = move |devices: Vec<DeviceView>| {
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=t(desk::PEOPLE)>
                <table class="table table--in-card table--stack">
                    <thead>
                        <tr>
                            <th scope="col">{t(desk::COL_NAME)}</th>
                            <th scope="col" class="num">{t(desk::ENTRIES)}</th>
                            <th scope="col">{t(desk::COL_LAST)}</th>
                            <th scope="col">{t(desk::COL_APP)}</th>
                            <th scope="col">{t(desk::COL_JOINED)}</th>
                            <th scope="col"><span class="visually-hidden">{t(desk::COL_ACTS)}</span></th>
                        </tr>
                    </thead>
                    <tbody>{devices.into_iter().map(|device| row(device, ours.get(), remove)).collect_view()}</tbody>
                </table>
            </div>
        }
    };
    view! {
        <section class="card card--table">
            <h2>{t(desk::PEOPLE)}</h2>
            {move || here.found.get().map(|one| if one.devices.is_empty() {
                view! { <p class="quiet">{t(desk::PEOPLE_NONE)}</p> }.into_any()
            } else {
                table(one.devices).into_any()
            })}
        </section>
    }
}

fn row(device: DeviceView, ours: bool, remove: Callback<DeviceId>) -> impl IntoView {
    let last = match device.last_bundle {
        Some(at) => format::date_time(at),
        None => t(desk::NO_BUNDLE).to_owned(),
    };
    // Of whom nothing came, the column before says it.
    let app = match (device.app, device.last_bundle) {
        (Some(version), _) => version.to_string(),
        (None, Some(_)) => t(desk::APP_UNKNOWN).to_owned(),
        (None, None) => String::new(),
    };
    let of_app = (!app.is_empty()).then(|| t(desk::COL_APP));
    let note = match device.removed {
        Some(at) => {
            let says = fill(desk::REMOVED, &[("date", &format::date_time(at))]);
            Some(view! { <p class="state state--failed state--wrap">{icon(lu::LuTriangleAlert)}{says}</p> }.into_any())
        }
        None if device.keyless => Some(quiet(desk::KEYLESS)),
        None if device.outside_team => Some(quiet(desk::OUTSIDE_TEAM)),
        None => None,
    };
    let note = note.map(|note| view! { <tr class="table__note"><td colspan="6">{note}</td></tr> });
    let asking = RwSignal::new(false);
    let question = fill(desk::REMOVE_ASK, &[("name", &device.name)]);
    let may_remove = ours && device.removed.is_none();
    let (name, id) = (device.name.clone(), device.device);
    view! {
        <tr>
            <td class="table__wrap"><strong>{device.name}</strong></td>
            <td class="num" data-of=t(desk::ENTRIES)>{device.entries}</td>
            <td data-of=t(desk::COL_LAST)>{last}</td>
            <td data-of=of_app>{app}</td>
            <td data-of=t(desk::COL_JOINED)>{format::date(device.enrolled)}</td>
            <td class="table__acts">
                {may_remove.then(|| view! {
                    <button type="button" class="button button--plain" on:click=move |_| asking.set(true)>
                        {icon(lu::LuX)}<span class="visually-hidden">{name}" "</span>{t(desk::REMOVE_DEVICE)}
                    </button>
                })}
                <Confirm open=asking danger=true question act=t(desk::REMOVE_DEVICE) on_yes=move |()| remove.run(id)/>
            </td>
        </tr>
        {note}
    }
}

fn quiet(says: Key) -> AnyView {
    view! { <p class="quiet">{t(says)}</p> }.into_any()
}
