//! A response: to read once it is finished, to fill before that and while it is corrected.

use leptos::prelude::*;
use vigie_model::{Kind, RecordId};
use vigie_protocol::{Failure, FormView, OpenResponse};

use super::{
    dropped::take_back,
    fill::{Fill, Open},
    paper,
    problems::Missing,
};
use crate::{
    client::Turn,
    components::{
        frame::{Frame, Tab},
        icon::{arrow_back, icon, lu},
    },
    i18n::{common, form, note, t},
    route::{self, Route},
    state::use_state,
    words::kind_name,
};

#[component]
pub fn Response(rec: RecordId) -> impl IntoView {
    take_back(use_state(), rec);
    let finished = RwSignal::new(None::<FormView>);
    let failed = RwSignal::new(None::<Failure>);
    let filling = RwSignal::new(false);
    Turn::new().show(OpenResponse { rec }, failed, move |view| {
        if view.finished && !view.draft {
            finished.set(Some(view));
        } else {
            filling.set(true);
        }
    });
    let title = Signal::derive(move || {
        let title = finished.read().as_ref().map(|view| view.title.clone());
        title.unwrap_or_else(|| kind_name(Kind::RESPONSE.as_str()).to_owned())
    });
    move || {
        if filling.get() {
            return view! { <Fill open=Open::Known(rec)/> }.into_any();
        }
        let foot = finished.read().is_some().then(|| {
            view! {
                <button type="button" class="button" on:click=move |_| route::back(&Route::Carnet)>{arrow_back()}{t(common::BACK)}</button>
                <button type="button" class="button button--main" on:click=move |_| filling.set(true)>{icon(lu::LuPencil)}{t(form::CORRECT)}</button>
            }
            .into_any()
        });
        view! {
            <Frame tab=Tab::Carnet title private=true back=Some(Route::Carnet) foot>
                <Missing failed/>
                {move || finished.get().map(paper::sheet)}
                {move || finished.read().is_some().then(|| view! {
                    <a class="button button--plain" href=Route::ResponseOnPaper(rec).href()>{icon(lu::LuPrinter)}{t(form::PRINT)}</a>
                    <a class="button button--plain" href=Route::History(Kind::RESPONSE, rec).href()>{icon(lu::LuHistory)}{t(note::HISTORY)}</a>
                })}
            </Frame>
        }
        .into_any()
    }
}
