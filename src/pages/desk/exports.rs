//! Exports: what the office has received, as files for other programmes.

use leptos::prelude::*;
use vigie_protocol::{Export, ExportFormat, Failure, Filter, ListOfficeMissions, OfficeMission};

use crate::{
    client::{self, Turn},
    components::{
        frame::Heading,
        icon::{icon, lu},
    },
    file,
    i18n::{Key, desk, t},
    pages::desk::failed::Failed,
};

#[component]
pub fn Exports() -> impl IntoView {
    let missions = RwSignal::new(Vec::<OfficeMission>::new());
    let mission = RwSignal::new(String::new());
    let failure = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let done = RwSignal::new(None::<String>);
    Turn::new().show(ListOfficeMissions, failure, move |list| missions.set(list));
    let export = move |format: ExportFormat| {
        done.set(None);
        let filter = Filter {
            mission: mission.get_untracked().parse().ok(),
            ..Filter::default()
        };
        client::act_busy(Export { format, filter }, busy, failure, move |made| {
            if file::save(&made) {
                done.set(Some(made.name));
            }
        });
    };
    let kind = move |format: ExportFormat, title: Key, hint: Key| {
        view! {
            <section class="card">
                <h2>{t(title)}</h2>
                <p class="quiet">{t(hint)}</p>
                <button class="button button--main" disabled=move || busy.get() on:click=move |_| export(format)
                    aria-label=format!("{} – {}", t(desk::EXPORT_GO), t(title))>
                    {icon(lu::LuDownload)}
                    {move || t(if busy.get() { desk::EXPORT_BUSY } else { desk::EXPORT_GO })}
                </button>
            </section>
        }
    };
    view! {
        <header><Heading text=t(desk::EXPORTS).to_owned()/></header>
        <div class="work__body work__body--narrow">
            <p>{t(desk::EXPORT_WHY)}</p>
            <div class="field">
                <label for="export-mission">{t(desk::EXPORT_MISSION)}</label>
                <select class="input" id="export-mission" on:change=move |event| mission.set(event_target_value(&event))>
                    <option value="">{t(desk::EXPORT_ALL_MISSIONS)}</option>
                    {move || missions.get().into_iter().map(|one| view! { <option value=one.id.to_string()>{one.said.name}</option> }).collect_view()}
                </select>
            </div>
            <Failed failure/>
            {kind(ExportFormat::Csv, desk::EXPORT_CSV, desk::EXPORT_CSV_HINT)}
            {kind(ExportFormat::Json, desk::EXPORT_JSON, desk::EXPORT_JSON_HINT)}
            <p role="status" class="saved">
                {move || done.get().map(|name| format!("{} · {name}", t(desk::EXPORT_DONE)))}
            </p>
        </div>
    }
}
