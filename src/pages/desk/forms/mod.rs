//! The form library: what the office asks, in every version, before and after it went to the field.

mod about;
mod import;
mod list;
mod naming;
mod on_paper;
mod on_phone;
mod versions;

pub use import::Import;
pub use list::List;

use self::naming::{address, questions_words, version_words};
use leptos::prelude::*;
use vigie_model::FormHash;
use vigie_protocol::{Failure, FormDetail, GetForm, GetXForm, LibraryForm, PutFormAway};

use crate::{
    client::{self, Turn},
    components::{
        frame::Heading,
        icon::{arrow_back, icon, lu},
    },
    file,
    i18n::{Key, library, t},
    pages::desk::{failed::Failed, rail::keep_here_in_view},
    route::Route,
    words::title_of,
};

/// One form, by the parts of its page.
#[component]
pub fn Form(hash: FormHash, part: String) -> impl IntoView {
    let detail = RwSignal::new(None::<FormDetail>);
    let failure = RwSignal::new(None::<Failure>);
    let given = RwSignal::new(false);
    let turn = Turn::new();
    let asked = hash.clone();
    let read = Callback::new(move |()| {
        let hash = asked.clone();
        turn.show(GetForm { hash }, failure, move |found| {
            detail.set(Some(found))
        });
    });
    read.run(());
    let tabs: [(&str, Key, icondata_core::Icon); 4] = [
        ("", library::TAB_ABOUT, lu::LuFlag),
        ("telephone", library::TAB_PHONE, lu::LuSmartphone),
        ("papier", library::TAB_PAPER, lu::LuPrinter),
        ("versions", library::TAB_VERSIONS, lu::LuHistory),
    ];
    let parts = NodeRef::new();
    keep_here_in_view(parts);
    let links = {
        let (hash, part) = (hash.clone(), part.clone());
        tabs.map(|(of, words, sign)| {
            view! {
                <a class="chip" href=address(&hash, of) aria-current=(of == part).then_some("page")>{icon(sign)}{t(words)}</a>
            }
        })
    };
    let title = Signal::derive(move || {
        let detail = detail.read();
        let detail = detail.as_ref();
        detail
            .map(|detail| title_of(&detail.form.info))
            .unwrap_or_default()
    });
    view! {
        <header class="no-print">
            <a class="button button--plain" href=Route::Desk(vec!["questionnaires".into()]).href() aria-label=t(library::BACK)>{arrow_back()}</a>
            <Heading text=title private=true tab=t(library::TITLE)/>
            {move || detail.get().map(|detail| view! { <Acts form=detail.form failure read/> })}
        </header>
        <nav class="tools no-print" node_ref=parts aria-label=t(library::TABS)>{links.into_iter().collect_view()}</nav>
        <div class="work__body">
            <Failed failure/>
            {move || detail.get().map(|detail| match part.as_str() {
                "telephone" => view! { <on_phone::OnPhone hash=hash.clone()/> }.into_any(),
                "papier" => view! { <on_paper::OnPaper hash=hash.clone()/> }.into_any(),
                "versions" => view! { <versions::Versions detail/> }.into_any(),
                _ => view! { <about::About detail given failure read/> }.into_any(),
            })}
        </div>
    }
}

/// What can be done with a form: take it away as a file, put it away.
#[component]
fn Acts(
    form: LibraryForm,
    failure: RwSignal<Option<Failure>>,
    read: Callback<()>,
) -> impl IntoView {
    let hash = form.hash.clone();
    let download = move |_| {
        let hash = hash.clone();
        client::act(GetXForm { hash }, failure, |made| {
            file::save(&made);
        });
    };
    let (hash, away) = (form.hash.clone(), form.put_away);
    let put_away = move |_| {
        let hash = hash.clone();
        let away = !away;
        client::act(PutFormAway { hash, away }, failure, move |_| read.run(()));
    };
    if form.has_xform {
        view! {
            <button type="button" class="button" on:click=download>{icon(lu::LuDownload)}{t(library::DOWNLOAD)}</button>
            <button type="button" class="button button--plain" on:click=put_away>
                {t(if away { library::TAKE_BACK } else { library::PUT_AWAY })}
            </button>
        }
        .into_any()
    } else {
        view! { <p class="quiet">{t(library::NO_XFORM)}</p> }.into_any()
    }
}
