//! One entry as a page to print.

use leptos::prelude::*;
use vigie_model::RecordId;
use vigie_protocol::{EntryView, Failure, GetEntry};

use super::{erase::erased_on, failed::Failed};
use crate::{
    client::Turn,
    components::{
        facts::facts,
        frame::Heading,
        icon::{arrow_back, icon, lu},
    },
    format,
    i18n::{fill, library, t},
    route::Route,
    words::kind_name,
};

#[component]
pub fn EntryOnPaper(rec: RecordId) -> impl IntoView {
    let entry = RwSignal::new(None::<EntryView>);
    let failure = RwSignal::new(None::<Failure>);
    let back = Route::Desk(vec!["entrees".into(), rec.to_string()]).href();
    Turn::new().show(GetEntry { rec }, failure, move |view| entry.set(Some(view)));
    view! {
        <header class="no-print">
            <a class="button button--plain" href=back aria-label=t(crate::i18n::common::BACK)>{arrow_back()}</a>
            <Heading text=t(library::PRINT_ENTRY).to_owned()/>
            <button type="button" class="button button--main" on:click=move |_| drop(window().print())>{icon(lu::LuPrinter)}{t(library::PRINT)}</button>
        </header>
        <div class="work__body">
            <Failed failure/>
            {move || entry.get().map(sheet)}
        </div>
    }
}

fn sheet(view: EntryView) -> impl IntoView {
    let today = fill(
        library::ENTRY_PRINTED,
        &[("date", &format::whole_date(format::now()))],
    );
    view! {
        <article class="paper">
            <header class="paper__head">
                <h2>{if view.row.title.is_empty() { "–".to_owned() } else { view.row.title.clone() }}</h2>
                <p class="paper__id">
                    {kind_name(view.row.kind.as_str())} " · " {view.row.by.clone()} " · " {format::whole_date(view.row.updated)} " · " {today}
                </p>
            </header>
            {view.erasures.iter().map(|one| view! { <p>{erased_on(one)}</p> }).collect_view()}
            {facts(&view)}
        </article>
    }
}
