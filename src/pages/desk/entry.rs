//! One entry beside the table: its facts in the person's language, its conflicts, its history.

use std::cell::Cell;

use leptos::{html, prelude::*};
use vigie_model::RecordId;
use vigie_protocol::{Conflict, EntryView, Failure, GetEntry, Settle};

use crate::{
    client::{self, Turn},
    components::{
        conflict::{Settle, Settled},
        facts::facts,
        icon::{icon, lu},
        versions::versions,
    },
    format,
    i18n::{desk, library, t},
    pages::desk::{
        erase::{Erase, erasures},
        failed::Failed,
    },
    route::Route,
    state::use_state,
    words::kind_name,
};

#[component]
pub fn EntrySheet(rec: RecordId, on_close: impl Fn() + 'static) -> impl IntoView {
    let state = use_state();
    let entry = RwSignal::new(None::<EntryView>);
    let failure = RwSignal::new(None::<Failure>);
    let turn = Turn::new();
    // The entry takes the focus when it comes, and no more when it is drawn again.
    let heading = NodeRef::<html::H2>::new();
    let is_read = Cell::new(false);
    Effect::new(move |_| {
        if let Some(heading) = heading.get()
            && !is_read.replace(true)
        {
            drop(heading.focus());
        }
    });
    Effect::new(move |_| {
        state.changes.track();
        turn.show(GetEntry { rec }, failure, move |view| entry.set(Some(view)));
    });
    view! {
        <aside class="sheet" aria-label=t(desk::SHEET_LABEL)>
            <button type="button" class="button button--plain sheet__close" aria-label=t(desk::CLOSE) on:click=move |_| on_close()>
                {icon(lu::LuX)}
            </button>
            <Failed failure/>
            {move || entry.get().map(|view| body(view, heading, failure, state.changes))}
        </aside>
    }
}

fn body(
    view: EntryView,
    heading: NodeRef<html::H2>,
    failure: RwSignal<Option<Failure>>,
    changes: RwSignal<u32>,
) -> impl IntoView {
    let is_erased = view.row.erased.is_some();
    let title = match view.row.title.as_str() {
        "" if is_erased => t(desk::ERASED_ENTRY).to_owned(),
        "" => kind_name(view.row.kind.as_str()).to_owned(),
        title => title.to_owned(),
    };
    let rec = view.row.rec;
    let paper = Route::Desk(vec!["entrees".into(), rec.to_string(), "papier".into()]).href();
    let settle = move |settled: Settled| {
        let Settled {
            field,
            value,
            reason,
        } = settled;
        let request = Settle {
            rec,
            field,
            value,
            reason,
        };
        client::act(request, failure, move |_| {
            changes.update(|changes| *changes += 1)
        });
    };
    let kind = view.row.kind.clone();
    let conflict = move |conflict: Conflict| {
        view! { <Settle conflict kind=kind.clone() on_settle=settle/> }
    };
    view! {
        <p class="quiet sheet__of">{kind_name(view.row.kind.as_str())} " · " {view.row.by.clone()} " · " {format::date_time(view.row.updated)}</p>
        <h2 tabindex="-1" node_ref=heading>{title.clone()}</h2>
        {(!is_erased).then(|| view! { <p><a class="button" href=paper>{icon(lu::LuPrinter)}{t(library::PRINT_ENTRY)}</a></p> })}
        {erasures(rec, view.erasures.clone(), failure)}
        {view.survived_deletion.then(|| view! { <p class="notice notice--conflict">{t(desk::SURVIVED)}</p> })}
        {view.conflicts.iter().cloned().map(conflict).collect_view()}
        {facts(&view)}
        // Of what was erased, its versions keep the names of their fields and nothing else.
        {(!is_erased).then(|| view! {
            <h3>{t(desk::HISTORY)}</h3>
            <ul class="stack">{versions(view.row.kind.as_str(), &view.history)}</ul>
            <Erase rec name=title on_done=move || changes.update(|changes| *changes += 1)/>
        })}
    }
}
