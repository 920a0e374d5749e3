//! A contact: who, by name or pseudonym; how to reach the person safely; what was agreed to.

use leptos::prelude::*;
use vigie_backend::protocol::Request;
use vigie_model::fields::contact as field;

use super::{
    editor::Editor,
    note::{About, Past},
    problems::Missing,
};
use crate::{
    components::{
        field::{Field, Kind},
        frame::{Frame, Tab},
        save_state::{NotSaved, SaveState},
    },
    i18n::{self, common, contact, t},
    route::{self, Route},
};

#[component]
pub fn ContactPage(rec: Option<String>) -> impl IntoView {
    let editor = Editor::open(rec, "contact");
    let finish = move |_| {
        editor.conclude(
            |rec| Request::Finish { rec },
            || route::back(&Route::Directory),
        )
    };
    let line = move |id: &'static str,
                     name: &'static str,
                     kind: Kind,
                     label: i18n::Key,
                     hint: Option<i18n::Key>| {
        view! {
            <Field id kind label=t(label) hint=hint.map(t).unwrap_or_default() value=editor.text(name) on_input=editor.type_text(name)/>
        }
    };
    view! {
        <Frame tab=Tab::Directory title=t(common::KIND_CONTACT).to_owned() back=Some(Route::Directory)
            actions=Some(view! { <SaveState save=editor.save/> }.into_any())
            under=None over=None
            foot=Some(view! {
                <button type="button" class="button" on:click=move |_| { editor.keep_now(); route::back(&Route::Directory) }>{t(common::LATER_DRAFT)}</button>
                <button type="button" class="button button--main" on:click=finish>{t(contact::FINISH)}</button>
            }.into_any())>
            <NotSaved save=editor.save on_keep=move |()| editor.keep_in_file() on_retry=move |()| editor.retry()/>
            <Missing failed=editor.failed/>
            <About editor/>
            {line("name", field::NAME, Kind::Text, contact::NAME, Some(contact::NAME_HINT))}
            {line("role", field::ROLE, Kind::Text, contact::ROLE, None)}
            {line("organisation", field::ORGANISATION, Kind::Text, contact::ORGANISATION, None)}
            {line("languages", field::LANGUAGES, Kind::Text, contact::LANGUAGES, None)}
            <section class="card">
                <h2>{t(contact::REACHING)}</h2>
                {line("reach", field::REACH, Kind::Long, contact::REACH, Some(contact::REACH_HINT))}
                {line("phone", field::PHONE, Kind::Phone, contact::PHONE, None)}
                {line("email", field::EMAIL, Kind::Email, contact::EMAIL, None)}
                {line("messaging", field::MESSAGING, Kind::Text, contact::MESSAGING, Some(contact::MESSAGING_HINT))}
            </section>
            <section class="card">
                <h2>{t(contact::CONSENT)}</h2>
                {line("consent-at", field::CONSENT_AT, Kind::Date, contact::CONSENT_AT, None)}
                {line("consent-for", field::CONSENT_FOR, Kind::Text, contact::CONSENT_FOR, Some(contact::CONSENT_FOR_HINT))}
            </section>
            {line("notes", field::NOTES, Kind::Long, contact::NOTES, None)}
            <Past editor/>
        </Frame>
    }
    .into_any()
}
