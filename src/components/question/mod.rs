//! One question of a questionnaire. Shows; decides nothing: every rule lives in `vigie_forms`' session.

mod barcode;
mod choices;
mod draw;
mod image_map;
mod media;
mod parts;
mod picture;
mod place;
mod points;
mod range;
mod rank;
mod rare;
mod rows;
mod typed;
mod upload;

use leptos::prelude::*;
use vigie_forms::{ChoiceLayout, Control, DataType, NodeView, Text, ViolationKind};

use self::parts::{Parts, is_chosen, is_focused, pixels};
pub use self::{
    choices::said,
    media::Shown,
    parts::{Answering, FileComing, FileRead, control_id, html_of},
    rare::put,
    rows::{Row, RowCard, Rows},
};
use super::icon::{icon, lu};
use crate::{
    i18n::{fill, form, t},
    markdown,
};

/// The words for an answer that can't stand: the form's own, else ours; and whether they are the form's.
fn violation_words(node: &NodeView) -> Option<(String, bool)> {
    let violation = node.violation.as_ref()?;
    if let (ViolationKind::Type, Some(scale)) = (violation.kind, &node.parameters.scale) {
        let (low, high) = scale.ends();
        let said = [("low", low), ("high", high), ("step", scale.step)];
        let said = said.map(|(name, number)| (name, scale.written(number)));
        let said = said.each_ref().map(|(name, text)| (*name, text.as_str()));
        let words = if scale.step == 1.0 {
            form::OFF_WHOLE_SCALE
        } else {
            form::OFF_SCALE
        };
        return Some((fill(words, &said), false));
    }
    let ours = match (violation.kind, node.data_type) {
        (ViolationKind::Required, _) => form::MISSING,
        (ViolationKind::Type, DataType::Int) => form::NOT_WHOLE,
        (ViolationKind::Type, DataType::Decimal) => form::NOT_NUMBER,
        (ViolationKind::Type, DataType::Date | DataType::Time | DataType::DateTime) => {
            form::NOT_DATE
        }
        (ViolationKind::Type, _) => form::NOT_FITTING,
        (ViolationKind::Constraint, _) => form::CONSTRAINT,
    };
    let own = violation.message.clone();
    let own = own.filter(|message| !message.trim().is_empty());
    let is_own = own.is_some();
    Some((own.unwrap_or_else(|| t(ours).to_owned()), is_own))
}

/// Whether it only labels the columns of a table.
fn is_header(node: &NodeView) -> bool {
    node.appearance.choices == ChoiceLayout::TableHead
}

/// Groups of controls (rows to tap, ranks) are fieldsets; single fields have a label.
fn is_group(node: &NodeView) -> bool {
    match node.control {
        Some(Control::SelectOne | Control::SelectMultiple) => {
            !choices::is_native(node) && !is_header(node)
        }
        Some(Control::Rank | Control::Trigger) => true,
        Some(Control::Range) => range::is_group(node),
        Some(Control::Upload) => draw::is_drawn(node),
        _ => false,
    }
}

#[component]
pub fn Question(
    #[prop(into)] node: Signal<NodeView>,
    /// The language of the form, for `lang` and for reading aloud.
    #[prop(into)]
    lang: Signal<String>,
    /// A missing answer is told only once the person tried to go on.
    #[prop(into)]
    show_missing: Signal<bool>,
    answering: Answering,
    /// Reads aloud; none where the phone has no voice for the language.
    #[prop(optional_no_strip)]
    on_say: Option<Callback<String>>,
) -> impl IntoView {
    let path = node.read_untracked().path.clone();
    let id = control_id(&path);
    let shape = Memo::new(move |_| {
        let node = node.read();
        (
            node.control,
            node.data_type,
            is_header(&node),
            node.readonly,
            is_group(&node),
            choices::is_native(&node),
        )
    });
    let violation = Memo::new(move |_| {
        let node = node.read();
        match node.violation.as_ref().map(|violation| violation.kind) {
            Some(ViolationKind::Required) if !show_missing.get() => None,
            _ => violation_words(&node),
        }
    });
    let label = Memo::new(move |_| html_of(&node.read().label));
    let hint = Memo::new(move |_| html_of(&node.read().hint));
    let guidance = Memo::new(move |_| html_of(&node.read().guidance));
    let required = Memo::new(move |_| node.read().required);
    let described = {
        let id = id.clone();
        Signal::derive(move || {
            let mut ids = Vec::new();
            if !hint.read().is_empty() {
                ids.push(format!("{id}-hint"));
            }
            if violation.read().is_some() {
                ids.push(format!("{id}-error"));
            }
            ids.join(" ")
        })
    };
    let control = {
        let (path, id) = (path.clone(), id.clone());
        move || {
            let (control, data_type, _, readonly, ..) = shape.get();
            let parts = Parts {
                node,
                path: path.clone(),
                id: id.clone(),
                lang,
                described,
                invalid: Signal::derive(move || violation.read().is_some()),
                answering,
            };
            if readonly && control != Some(Control::Note) {
                return typed::shown(parts);
            }
            match (control, data_type) {
                (Some(Control::Note) | None, _) => ().into_any(),
                (Some(Control::SelectOne | Control::SelectMultiple), _) => choices::choices(parts),
                (Some(Control::Input), data_type) if typed::is_typed(data_type) => {
                    typed::typed(parts)
                }
                _ => rare::control(parts),
            }
        }
    };
    let shown = Memo::new(move |_| {
        let node = node.read();
        // A drawing whose parts are the choices is drawn with them.
        let label = node
            .label
            .as_ref()
            .filter(|_| image_map::drawing_of(&node).is_none());
        label.map(|label| (label.media.clone(), markdown::plain(&label.text)))
    });
    let picture = move || {
        shown
            .get()
            .map(|(media, says)| media::picture(answering, &media, &says))
    };
    let played = move || {
        let shown = shown.get();
        shown.map(|(media, says)| media::played(answering, &media, says))
    };
    // A form that brings its own recording is not read by a machine.
    let recorded = node
        .read_untracked()
        .label
        .as_ref()
        .is_some_and(|label| label.media.audio.is_some());
    let say = on_say.filter(|_| !recorded).map(|on_say| {
        view! {
            <button type="button" class="button button--plain button--small" on:click=move |_| {
                let node = node.read_untracked();
                let text = |part: &Option<Text>| part.as_ref().map(|text| markdown::plain(&text.text)).unwrap_or_default();
                let choices: Vec<String> = node.choices.iter().take(12).map(|choice| markdown::plain(&choice.label.text)).collect();
                on_say.run([text(&node.label), text(&node.hint), choices.join(". ")].join(". "));
            }>{icon(lu::LuVolume2)}{t(form::LISTEN)}</button>
        }
    });
    let star = move || {
        required.get().then(
            || view! { <span class="question__required" dir="auto">{t(form::REQUIRED)}</span> },
        )
    };
    let head = {
        let id = id.clone();
        move || {
            let (control, _, header, _, group, _) = shape.get();
            let id = id.clone();
            match control {
                _ if header => view! { <p class="question__text" tabindex="-1" lang=lang inner_html=label></p> }.into_any(),
                _ if group => view! { <legend class="question__text" tabindex="-1" lang=lang><span inner_html=label></span></legend> }.into_any(),
                Some(Control::Note) | None => view! { <p class="question__text question__text--note" tabindex="-1" lang=lang inner_html=label></p> }.into_any(),
                _ => view! { <label class="question__text" tabindex="-1" for=id lang=lang inner_html=label></label> }.into_any(),
            }
        }
    };
    let body = view! {
        {head}
        {star}
        {picture}
        {played}
        <p class="field__hint" id=format!("{id}-hint") lang=lang hidden=move || hint.read().is_empty() inner_html=hint></p>
        {move || (!guidance.read().is_empty()).then(|| view! {
            <details class="guidance"><summary>{t(form::MORE_HELP)}</summary><p lang=lang inner_html=guidance></p></details>
        })}
        {say}
        {control}
        <p class="field__error" id=format!("{id}-error") role="alert" dir="auto" hidden=move || violation.read().is_none()>
            {icon(lu::LuTriangleAlert)}
            {move || violation.get().map(|(words, is_own)| view! { <span lang=is_own.then(|| lang.get())>{words}</span> })}
        </p>
    };
    let hidden = move || !node.read().relevant;
    let describes = move || Some(described.get()).filter(|ids| !ids.is_empty());
    let whole = format!("{id}-question");
    let class = {
        let node = node.read_untracked();
        match node.appearance.choices {
            ChoiceLayout::TableHead => "question question--grid question--header",
            ChoiceLayout::TableRow => "question question--grid",
            _ => "question",
        }
    };
    if is_group(&node.read_untracked()) {
        let role = matches!(node.read_untracked().control, Some(Control::SelectOne))
            .then_some("radiogroup");
        view! { <fieldset class=class id=whole role=role hidden=hidden aria-describedby=describes>{body}</fieldset> }.into_any()
    } else {
        view! { <div class=class id=whole hidden=hidden>{body}</div> }.into_any()
    }
}

/// Right to left for the scripts that are.
pub fn direction(lang: &str) -> &'static str {
    match lang.split(['-', '_']).next().unwrap_or_default() {
        "ar" | "ckb" | "dv" | "fa" | "he" | "ps" | "sd" | "ug" | "ur" | "yi" => "rtl",
        _ => "ltr",
    }
}
