//! A card of the *répertoire*, whatever its kind: its fields in the order of the table of kinds, each group under its heading.

use leptos::prelude::*;
use vigie_model::{RecordId, kinds::KindSpec};

use super::{
    editor::Editor,
    record::{RecordPage, control},
};
use crate::{components::frame::Tab, route::Route, words};

#[component]
pub fn CardPage(of: &'static KindSpec, rec: Option<RecordId>) -> impl IntoView {
    let editor = Editor::open(rec, of);
    let fields = of.fields.chunk_by(|one, next| one.group == next.group);
    let fields = fields.map(move |some| {
        let controls = some.iter().map(|field| control(editor, field)).collect_view();
        match some[0].group {
            Some(group) => view! { <section class="card"><h2>{words::group_name(of, group)}</h2>{controls}</section> }.into_any(),
            None => controls.into_any(),
        }
    });
    view! {
        <RecordPage editor tab=Tab::Directory home=Route::Directory>{fields.collect_view()}</RecordPage>
    }
    .into_any()
}
