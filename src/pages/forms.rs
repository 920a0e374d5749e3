//! The questionnaires one may fill.

use leptos::prelude::*;
use vigie_protocol::{Failure, FormInfo, ListForms};

use super::problems::Missing;
use crate::{
    client::Turn,
    components::{
        frame::{Frame, Tab},
        icon::{icon, lu},
    },
    i18n::{carnet, count, form, t},
    pages::door::language::name_of,
    route::Route,
    words::title_of,
};

#[component]
pub fn Forms() -> impl IntoView {
    let forms = RwSignal::new(None::<Vec<FormInfo>>);
    let failed = RwSignal::new(None::<Failure>);
    Turn::new().show(ListForms, failed, move |list| forms.set(Some(list)));
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
            {move || forms.get().map(|list| if list.is_empty() {
                view! { <div class="empty"><p>{t(carnet::NO_FORMS)}</p></div> }.into_any()
            } else {
                view! { <ul class="entries entries--whole">{list.into_iter().map(line).collect_view()}</ul> }.into_any()
            })}
        </Frame>
    }
    .into_any()
}
