//! The questionnaires one may fill.

use leptos::prelude::*;
use vigie_protocol::{Failure, FormInfo, ListForms};

use super::{problems::Missing, sending::closed_by_office};
use crate::{
    client::Turn,
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
    },
    i18n::{carnet, count, fill, form, t},
    pages::door::language::name_of,
    route::Route,
    state::use_state,
    words::title_of,
};

#[component]
pub fn Forms() -> impl IntoView {
    let forms = RwSignal::new(None::<Vec<FormInfo>>);
    let failed = RwSignal::new(None::<Failure>);
    Turn::new().show(ListForms, failed, move |list| forms.set(Some(list)));
    let state = use_state();
    let closed = move || closed_by_office(state.status.read().as_ref());
    let line = |info: FormInfo| {
        let languages: Vec<&str> = info.languages.iter().map(|code| name_of(code)).collect();
        view! {
            <li>
                <a class="entry" href=Route::Fill(info.id.clone()).href()>
                    <span class="entry__kind">{icon(lu::LuClipboardList)}</span>
                    <span class="entry__title">{title_of(&info)}</span>
                    <span class="entry__more"><span>
                        {format!("{} · {}", count(info.questions, form::N_QUESTIONS), languages.join(", "))}
                    </span></span>
                </a>
            </li>
        }
    };
    view! {
        <Frame tab=Tab::Carnet title=t(form::FORMS).to_owned() back=Some(Route::Carnet)>
            <Missing failed/>
            {move || closed().map(|mission| view! {
                <Notice tone=Tone::Plain strong=fill(carnet::CLOSED, &[("mission", &mission)]) text=t(carnet::CLOSED_MORE).to_owned()/>
            })}
            {move || forms.get().filter(|_| closed().is_none()).map(|list| if list.is_empty() {
                view! { <div class="empty"><p>{t(carnet::NO_FORMS)}</p></div> }.into_any()
            } else {
                view! { <ul class="entries entries--whole">{list.into_iter().map(line).collect_view()}</ul> }.into_any()
            })}
        </Frame>
    }
    .into_any()
}
