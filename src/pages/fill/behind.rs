//! The parts of filling that no first question needs.

use leptos::prelude::*;
use vigie_forms::NodeView;

use super::{
    end::End,
    filling::{Filling, Guest},
    outline::Outline,
};
use crate::{
    behind,
    components::{
        confirm::Confirm,
        question::{FileComing, FileRead, Row, RowCard, Rows},
    },
    i18n::{later, partner, t},
};

/// A repeat, and what is done with its rows.
#[derive(Clone, Copy)]
pub struct Repeat {
    pub node: Signal<NodeView>,
    pub lang: Signal<String>,
    pub rows: Signal<Vec<Row>>,
    /// The rows themselves are shown, as what is inside.
    pub whole: Signal<bool>,
    pub on_add: Callback<()>,
    pub on_open: Callback<String>,
    pub on_remove: Callback<String>,
}

#[derive(Clone, Copy)]
pub struct Rest {
    outline: fn(Filling, RwSignal<bool>) -> AnyView,
    end: fn(Filling, RwSignal<bool>) -> AnyView,
    leaving: fn(RwSignal<bool>, Guest) -> AnyView,
    repeat: fn(Repeat, ViewFn) -> AnyView,
    row: fn(Signal<NodeView>, Callback<()>, ViewFn) -> AnyView,
    pub attach: fn(Filling, String, FileComing),
    pub read_file: fn(Filling, String, Callback<FileRead>),
    pub add_row: fn(Filling, String),
    pub remove_row: fn(Filling, String),
    pub bring_back: fn(Filling),
}

thread_local! {
    static REST: behind::Place<Rest> = behind::slot();
}

/// Puts them on the page.
pub fn put() {
    behind::put(
        &REST,
        Rest {
            outline: |filling, listing| view! { <Outline filling listing/> }.into_any(),
            end: |filling, confirming| view! { <End filling confirming/> }.into_any(),
            leaving: |open, guest| {
                let question = match guest.is_kept {
                    true => later::STOP_ASK,
                    false => partner::STOP_ASK,
                };
                view! { <Confirm open danger=true question=t(question) act=t(partner::STOP) on_yes=guest.on_leave/> }
                    .into_any()
            },
            repeat: |of, inside| {
                let Repeat {
                    node,
                    lang,
                    rows,
                    whole,
                    on_add,
                    on_open,
                    on_remove,
                } = of;
                view! {
                    <Rows node lang rows whole on_add on_open on_remove>{inside.run()}</Rows>
                }
                .into_any()
            },
            row: |node, on_remove, inside| {
                view! { <RowCard node on_remove>{inside.run()}</RowCard> }.into_any()
            },
            attach: Filling::attach,
            read_file: Filling::read_file,
            add_row: Filling::add_row,
            remove_row: Filling::remove_row,
            bring_back: Filling::bring_back,
        },
    );
}

/// Does something with a file or a row. Nobody asks for it before it is there: what asks is drawn behind as well.
pub fn act(act: impl FnOnce(Rest)) {
    if let Some(rest) = REST.with(ArcRwSignal::get_untracked) {
        act(rest);
    }
}

pub fn outline(filling: Filling, listing: RwSignal<bool>) -> AnyView {
    behind::part(&REST, move |rest| (rest.outline)(filling, listing))
}

pub fn end(filling: Filling, confirming: RwSignal<bool>) -> AnyView {
    behind::part(&REST, move |rest| (rest.end)(filling, confirming))
}

/// Asks before somebody leaves what nobody keeps.
pub fn leaving(open: RwSignal<bool>, guest: Guest) -> AnyView {
    behind::quiet_part(&REST, move |rest| (rest.leaving)(open, guest))
}

pub fn repeat(of: Repeat, inside: ViewFn) -> AnyView {
    behind::part(&REST, move |rest| (rest.repeat)(of, inside.clone()))
}

pub fn row(node: Signal<NodeView>, on_remove: Callback<()>, inside: ViewFn) -> AnyView {
    behind::part(&REST, move |rest| {
        (rest.row)(node, on_remove, inside.clone())
    })
}
