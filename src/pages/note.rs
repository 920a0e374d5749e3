//! A note: the facts first, then how they are known and who may see them.

use leptos::prelude::*;
use vigie_backend::protocol::Request;
use vigie_model::{Credibility, Sensitivity, SourceReliability, fields::note as field};

use super::{editor::Editor, problems::Missing, words};
use crate::{
    components::{
        choose::{Choose, Labelled, Pick},
        confirm::Confirm,
        conflict::Settle,
        field::{Field, Kind},
        frame::{Frame, Tab},
        icon::{icon, lu},
        notice::{Notice, Tone},
        save_state::{NotSaved, SaveState},
        themes::Themes,
    },
    format,
    i18n::{self, common, count, note, t},
    route::{self, Route},
};

/// The codes of a list, each before its words.
fn choices(list: &str, codes: impl Iterator<Item = &'static str>) -> Vec<Labelled> {
    let words = |code| i18n::label(list, code).unwrap_or_default();
    codes
        .map(|code| (code.to_owned(), format!("{code} · {}", words(code))))
        .collect()
}

#[component]
pub fn NotePage(rec: Option<String>) -> impl IntoView {
    let editor = Editor::open(rec, "note");
    let sources = choices(
        "source",
        SourceReliability::ALL.iter().map(|one| one.code()),
    );
    let credibilities = choices("credibility", Credibility::ALL.iter().map(|one| one.code()));
    let sensitivities = Sensitivity::ALL.iter().map(|level| {
        let words = i18n::label("sensitivity", level.code()).unwrap_or_default();
        (level.code().to_owned(), words.to_owned())
    });
    let sensitivities: Vec<Labelled> = sensitivities.collect();
    let at = editor.text(field::AT);
    let finish = move |_| {
        editor.conclude(
            |rec| Request::Finish { rec },
            || route::go_instead(&Route::Carnet),
        )
    };
    view! {
        <Frame tab=Tab::Carnet title=t(common::KIND_NOTE).to_owned() back=Some(Route::Carnet)
            actions=Some(view! { <SaveState save=editor.save/> }.into_any())
            under=None over=None
            foot=Some(view! {
                <button type="button" class="button" on:click=move |_| { editor.keep_now(); route::back(&Route::Carnet) }>{t(common::LATER_DRAFT)}</button>
                <button type="button" class="button button--main" on:click=finish>{t(note::FINISH)}</button>
            }.into_any())>
            <NotSaved save=editor.save on_keep=move |()| editor.keep_in_file() on_retry=move |()| editor.retry()/>
            <Missing failed=editor.failed/>
            <About editor/>
            <Field id="title" kind=Kind::Text label=t(note::TITLE) value=editor.text(field::TITLE) on_input=editor.type_text(field::TITLE)/>
            <Field id="text" kind=Kind::Long label=t(note::TEXT) hint=t(note::TEXT_HINT) value=editor.text(field::TEXT) on_input=editor.type_text(field::TEXT)/>
            <div class="pair">
                <div class="stack">
                    <Field id="at" kind=Kind::Moment label=t(note::AT) value=editor.text(field::AT) on_input=editor.type_text(field::AT)/>
                    <Show when=move || at.read().is_empty()>
                        <button type="button" class="button button--small" on:click=move |_| editor.set(field::AT, format::local(format::now()).into())>
                            {t(note::NOW)}
                        </button>
                    </Show>
                </div>
                <Field id="place" kind=Kind::Text label=t(note::PLACE) value=editor.text(field::PLACE) on_input=editor.type_text(field::PLACE)/>
            </div>
            <Themes chosen=editor.list(field::THEMES) on_change=editor.set_list(field::THEMES)/>
            <Field id="present" kind=Kind::Text label=t(note::PRESENT) hint=t(note::PRESENT_HINT) value=editor.text(field::PRESENT) on_input=editor.type_text(field::PRESENT)/>
            <section class="card">
                <h2>{t(note::RELIABILITY)}</h2>
                <Pick id="source" label=t(note::SOURCE) none=t(common::NOT_SAID) options=sources value=editor.text(field::SOURCE) on_choose=editor.type_text(field::SOURCE)/>
                <Pick id="credibility" label=t(note::CREDIBILITY) none=t(common::NOT_SAID) options=credibilities
                    value=editor.text(field::CREDIBILITY) on_choose=editor.type_text(field::CREDIBILITY)/>
            </section>
            <Choose name="sensitivity" legend=t(note::SENSITIVITY) hint=t(note::SENSITIVITY_HINT) options=sensitivities
                value=editor.text(field::SENSITIVITY) on_choose=editor.type_text(field::SENSITIVITY)/>
            <Past editor/>
        </Frame>
    }
    .into_any()
}

/// What there is to know before editing: deleted, in conflict.
#[component]
pub fn About(editor: Editor) -> impl IntoView {
    let restore = move |_| {
        editor.after_keeping(Request::Restore { rec: editor.rec() }, move || {
            editor.reload()
        })
    };
    let deleted = move || editor.info.read().as_ref().is_some_and(|info| info.deleted);
    let conflicts = move || {
        editor
            .info
            .get()
            .map(|info| info.conflicts)
            .unwrap_or_default()
    };
    view! {
        <Show when=deleted>
            <Notice tone=Tone::Here strong=t(note::IS_DELETED).to_owned() text=t(note::IS_DELETED_MORE).to_owned()>
                <button type="button" class="button" on:click=restore>{icon(lu::LuUndo2)}{t(note::RESTORE)}</button>
            </Notice>
        </Show>
        {move || conflicts().into_iter().map(|conflict| {
            let name = words::field_name(&conflict.field);
            view! { <Settle conflict name show=words::value_words on_settle=move |settled| editor.settle(settled)/> }
        }).collect_view()}
    }
    .into_any()
}

/// What can be done with what was written before: its versions, throwing away the draft, deleting.
#[component]
pub fn Past(editor: Editor) -> impl IntoView {
    let deleting = RwSignal::new(false);
    let dropping = RwSignal::new(false);
    let versions = move || editor.info.read().as_ref().map_or(0, |info| info.versions);
    let deleted = move || editor.info.read().as_ref().is_some_and(|info| info.deleted);
    let delete = move || {
        editor.after_keeping(Request::Delete { rec: editor.rec() }, || {
            route::go_instead(&Route::Carnet)
        })
    };
    let throw_away = move || {
        editor.conclude(
            |rec| Request::DropDraft { rec },
            || route::go_instead(&Route::Carnet),
        )
    };
    view! {
        <section class="past">
            {move || (versions() > 0).then(|| view! {
                <a class="button button--plain" href=Route::History(editor.rec()).href()>
                    {icon(lu::LuHistory)}{count(versions(), note::N_VERSIONS)}
                </a>
            })}
            <Show when=move || editor.has_draft()>
                <button type="button" class="button button--plain" on:click=move |_| dropping.set(true)>{icon(lu::LuX)}{t(note::DROP_DRAFT)}</button>
            </Show>
            <Show when=move || { versions() > 0 && !deleted() }>
                <button type="button" class="button button--plain button--danger" on:click=move |_| deleting.set(true)>{icon(lu::LuTrash2)}{t(note::DELETE)}</button>
            </Show>
        </section>
        <Confirm open=dropping danger=true question=t(note::DROP_ASK) act=t(note::DROP_DRAFT) on_yes=move |()| throw_away()/>
        <Confirm open=deleting danger=true question=t(note::DELETE_ASK) act=t(note::DELETE) on_yes=move |()| delete()/>
    }
    .into_any()
}
