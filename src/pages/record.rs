//! What the pages of every kind of record share: their frame, and a control for each field of the table of kinds.

use leptos::prelude::*;
use vigie_model::kinds::{FieldSpec, Input, List};
use vigie_protocol::{Delete, DropDraft, Finish, Restore};

use super::{editor::Editor, problems::Missing};
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
    i18n::{common, count, note, t},
    route::{self, Route},
    words,
};

/// Codes that are shown as rows to tap; longer lists are a native list.
const FEW: usize = 4;

/// The page of one record, around its fields.
#[component]
pub fn RecordPage(editor: Editor, tab: Tab, home: Route, children: Children) -> impl IntoView {
    let kind = editor.kind.kind.as_str();
    let home = StoredValue::new(home);
    let leave = move || home.with_value(route::back);
    let finish = move |_| editor.conclude(|rec| Finish { rec }, leave);
    view! {
        <Frame tab title=words::kind_name(kind).to_owned() back=Some(home.get_value())
            actions=Some(view! { <SaveState save=editor.save/> }.into_any())
            over=None
            foot=Some(view! {
                <button type="button" class="button" on:click=move |_| { editor.keep_now(); leave() }>{t(common::LATER_DRAFT)}</button>
                <button type="button" class="button button--main" on:click=finish>{words::finish(kind)}</button>
            }.into_any())>
            <NotSaved save=editor.save on_keep=move |()| editor.keep_in_file() on_retry=move |()| editor.retry()/>
            <Missing failed=editor.failed/>
            <About editor/>
            {children()}
            <Past editor/>
        </Frame>
    }
    .into_any()
}

/// The control of a field.
pub fn control(editor: Editor, field: &'static FieldSpec) -> AnyView {
    let (id, label) = (field.name, words::field_ask(editor.kind, field));
    let hint = words::field_hint(editor.kind, field);
    let line = |kind: Kind| {
        view! { <Field id kind label=label.clone() hint value=editor.text(id) on_input=editor.type_text(id)/> }
            .into_any()
    };
    match field.input {
        Input::Line => line(Kind::Text),
        Input::Text => line(Kind::Long),
        Input::Day => line(Kind::Date),
        Input::Moment => line(Kind::Moment),
        Input::Phone => line(Kind::Phone),
        Input::Email => line(Kind::Email),
        Input::One(list) => {
            let label_of = |code: &str| (code.to_owned(), words::code_label(list, code));
            let options: Vec<Labelled> = list.codes().into_iter().map(label_of).collect();
            if options.len() <= FEW {
                view! { <Choose name=id legend=label hint options value=editor.text(id) on_choose=editor.type_text(id)/> }.into_any()
            } else {
                view! { <Pick id label hint none=t(common::NOT_SAID) options value=editor.text(id) on_choose=editor.type_text(id)/> }
                    .into_any()
            }
        }
        Input::Many(List::Themes) => {
            view! { <Themes legend=label chosen=editor.list(id) on_change=editor.set_list(id)/> }
                .into_any()
        }
        // Nobody types these, and no page asks them.
        Input::Many(_) | Input::Number | Input::Bytes => ().into_any(),
    }
}

/// What there is to know before editing: deleted, in conflict.
#[component]
fn About(editor: Editor) -> impl IntoView {
    let restore = move |_| {
        if let Some(rec) = editor.rec() {
            editor.after_keeping(Restore { rec }, move || editor.reload());
        }
    };
    let deleted = move || editor.info.read().as_ref().is_some_and(|info| info.deleted);
    let erased = move || editor.info.read().as_ref().is_some_and(|info| info.erased);
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
        <Show when=erased>
            <Notice tone=Tone::Plain strong=t(note::IS_ERASED).to_owned() text=t(note::IS_ERASED_MORE).to_owned()/>
        </Show>
        {move || conflicts().into_iter().map(|conflict| {
            view! { <Settle conflict kind=editor.kind.kind.clone() on_settle=move |settled| editor.settle(settled)/> }
        }).collect_view()}
    }
    .into_any()
}

/// What can be done with what was written before: its versions, throwing away the draft, deleting.
#[component]
fn Past(editor: Editor) -> impl IntoView {
    let deleting = RwSignal::new(false);
    let dropping = RwSignal::new(false);
    let versions = move || editor.info.read().as_ref().map_or(0, |info| info.versions);
    let deleted = move || editor.info.read().as_ref().is_some_and(|info| info.deleted);
    let delete = move || {
        if let Some(rec) = editor.rec() {
            editor.after_keeping(Delete { rec }, || route::go_instead(&Route::Carnet));
        }
    };
    let throw_away = move || {
        editor.conclude(
            |rec| DropDraft { rec },
            || route::go_instead(&Route::Carnet),
        )
    };
    view! {
        <section class="past">
            {move || editor.rec().filter(|_| versions() > 0).map(|rec| view! {
                <a class="button button--plain" href=Route::History(editor.kind.kind.clone(), rec).href()>
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
