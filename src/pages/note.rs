//! A note: the facts first, then how they are known and who may see them.

use leptos::prelude::*;
use vigie_model::{Kind, RecordId, fields::note as field, kinds};

use super::{
    editor::Editor,
    record::{RecordPage, control},
};
use crate::{
    components::frame::Tab,
    format,
    i18n::{note, t},
    route::Route,
};

#[component]
pub fn NotePage(rec: Option<RecordId>) -> impl IntoView {
    let of = kinds::spec(Kind::NOTE.as_str());
    let editor = Editor::open(rec, of);
    let ask = move |name: &str| of.field(name).map(|field| control(editor, field));
    let at = editor.text(field::AT);
    view! {
        <RecordPage editor tab=Tab::Carnet home=Route::Carnet>
            {ask(field::TITLE)}
            {ask(field::TEXT)}
            <div class="pair">
                <div class="stack">
                    {ask(field::AT)}
                    <Show when=move || at.read().is_empty()>
                        <button type="button" class="button button--small" on:click=move |_| editor.set(field::AT, format::local(format::now()).into())>
                            {t(note::NOW)}
                        </button>
                    </Show>
                </div>
                {ask(field::PLACE)}
            </div>
            {ask(field::THEMES)}
            {ask(field::PRESENT)}
            <section class="card">
                <h2>{t(note::RELIABILITY)}</h2>
                {ask(field::SOURCE)}
                {ask(field::CREDIBILITY)}
            </section>
            {ask(field::SENSITIVITY)}
        </RecordPage>
    }
    .into_any()
}
