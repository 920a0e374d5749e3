//! Two versions side by side: what differs, and what that does to the responses that came in.

use leptos::prelude::*;
use vigie_forms::library::{Change, Comparison, What};
use vigie_model::FormHash;
use vigie_protocol::{CompareForms, Failure, FormDetail, LibraryForm};

use super::version_words;
use crate::{
    client::Turn,
    components::notice::{Notice, Tone},
    i18n::{self, Key, fill, library, t},
    markdown,
    pages::desk::failed::Failed,
};

#[component]
pub fn Versions(detail: FormDetail) -> impl IntoView {
    let this = detail.form.clone();
    let others: Vec<LibraryForm> = detail
        .versions
        .into_iter()
        .filter(|version| version.hash != this.hash)
        .collect();
    let Some(first) = others.first().cloned() else {
        return view! { <p class="quiet">{t(library::COMPARE_ONE)}</p> }.into_any();
    };
    let chosen = RwSignal::new(first.hash);
    let compared = RwSignal::new(None::<(String, String, Comparison)>);
    let failure = RwSignal::new(None::<Failure>);
    let known = StoredValue::new(others.clone());
    let turn = Turn::new();
    Effect::new(move |_| {
        let hash = chosen.get();
        let other = known.with_value(|all| all.iter().find(|one| one.hash == hash).cloned());
        let Some(other) = other else { return };
        // The older one first, whichever of the two the page is about.
        let (before, after) = if other.added <= this.added {
            (other, this.clone())
        } else {
            (this.clone(), other)
        };
        let names = (version_words(&before.info), version_words(&after.info));
        let of = CompareForms {
            before: before.hash,
            after: after.hash,
            lang: i18n::lang().to_owned(),
        };
        turn.show(of, failure, move |found| {
            compared.set(Some((names.0, names.1, found)));
        });
    });
    view! {
        <div class="field">
            <label for="compare-with">{t(library::COMPARE_WITH)}</label>
            <select class="input" id="compare-with" on:change=move |event| chosen.set(FormHash::named(event_target_value(&event)))>
                {others.into_iter().map(|one| view! { <option value=one.hash.to_string()>{version_words(&one.info)}</option> }).collect_view()}
            </select>
        </div>
        <Failed failure/>
        {move || compared.get().map(|(before, after, found)| side_by_side(&before, &after, found))}
    }
    .into_any()
}

/// A heading, and the changes that stand under it.
type Section = (Key, fn(&What) -> bool);

fn side_by_side(before: &str, after: &str, found: Comparison) -> impl IntoView + use<> {
    let (n, touched) = (found.responses.to_string(), found.touched.to_string());
    let (tone, effect) = match (found.responses, found.touched) {
        (0, _) => (Tone::Plain, t(library::EFFECT_NONE).to_owned()),
        (_, 0) => (Tone::Safe, fill(library::EFFECT_UNTOUCHED, &[("n", &n)])),
        _ => (
            Tone::Here,
            fill(library::EFFECT_TOUCHED, &[("n", &n), ("touched", &touched)]),
        ),
    };
    let kinds: [Section; 7] = [
        (library::WHAT_ADDED, |what| {
            matches!(what, What::Added { .. })
        }),
        (library::WHAT_REMOVED, |what| matches!(what, What::Removed)),
        (library::WHAT_MOVED, |what| {
            matches!(what, What::Moved { .. })
        }),
        (library::WHAT_RETYPED, |what| {
            matches!(what, What::Retyped { .. })
        }),
        (library::WHAT_CHOICES, |what| {
            matches!(
                what,
                What::ChoiceAdded { .. } | What::ChoiceRemoved { .. } | What::ChoiceReworded { .. }
            )
        }),
        (library::WHAT_REWORDED, |what| {
            matches!(what, What::Reworded { .. })
        }),
        (library::WHAT_RULES, |what| {
            matches!(what, What::Required | What::Optional | What::Rule { .. })
        }),
    ];
    let languages: Vec<String> = found
        .languages_added
        .iter()
        .map(|one| fill(library::SAID_LANGUAGE_ADDED, &[("language", one)]))
        .chain(
            found
                .languages_removed
                .iter()
                .map(|one| fill(library::SAID_LANGUAGE_REMOVED, &[("language", one)])),
        )
        .collect();
    let sections = kinds.into_iter().filter_map(|(words, is)| {
        let of: Vec<Change> = found
            .changes
            .iter()
            .filter(|change| is(&change.what))
            .cloned()
            .collect();
        (!of.is_empty()).then(|| {
            view! {
                <section class="card">
                    <h2>{t(words)} " " <span class="quiet">{of.len()}</span></h2>
                    <ul class="changes-list">{of.into_iter().map(change).collect_view()}</ul>
                </section>
            }
        })
    });
    let nothing = found.changes.is_empty() && languages.is_empty();
    view! {
        <h2>{fill(library::COMPARE_FROM, &[("before", before), ("after", after)])}</h2>
        <Notice tone strong=t(library::EFFECT_TITLE).to_owned() text=effect/>
        {nothing.then(|| view! { <p class="quiet">{t(library::COMPARE_SAME)}</p> })}
        {sections.collect_view()}
        {(!languages.is_empty()).then(|| view! {
            <section class="card">
                <h2>{t(library::WHAT_LANGUAGES)}</h2>
                <ul class="changes-list">{languages.into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul>
            </section>
        })}
    }
}

fn change(change: Change) -> impl IntoView {
    let (more, touched): (AnyView, Option<Key>) = match &change.what {
        What::Added { required } => (
            required
                .then(|| view! { <p class="quiet">{t(library::SAID_REQUIRED)}</p> })
                .into_any(),
            Some(library::TOUCHED_LACKING),
        ),
        What::Removed => (().into_any(), Some(library::TOUCHED_APART)),
        What::Moved { from } => (was_is(from, &change.path), Some(library::TOUCHED_APART)),
        What::Reworded {
            part,
            language,
            before,
            after,
        } => {
            let part = match part.as_str() {
                "hint" => library::PART_HINT,
                "constraint" => library::PART_CONSTRAINT,
                "required" => library::PART_REQUIRED,
                _ => library::PART_LABEL,
            };
            let which = if language.is_empty() {
                t(part).to_owned()
            } else {
                format!("{} · {language}", t(part))
            };
            let both = view! { <p class="quiet">{which}</p> {was_is(before, after)} };
            (both.into_any(), None)
        }
        What::Retyped { before, after } => (was_is(before, after), Some(library::TOUCHED_FIT)),
        What::ChoiceAdded { shown, .. } => {
            (said(library::SAID_CHOICE_ADDED, "choice", shown), None)
        }
        What::ChoiceRemoved { shown, .. } => (
            said(library::SAID_CHOICE_REMOVED, "choice", shown),
            Some(library::TOUCHED_CODE),
        ),
        What::ChoiceReworded {
            code,
            language,
            before,
            after,
        } => {
            let both = view! { <p class="quiet"><code>{code.clone()}</code> " · " {language.clone()}</p> {was_is(before, after)} };
            (both.into_any(), None)
        }
        What::Required => (
            view! { <p>{t(library::SAID_REQUIRED)}</p> }.into_any(),
            Some(library::TOUCHED_LACKING),
        ),
        What::Optional => (
            view! { <p>{t(library::SAID_OPTIONAL)}</p> }.into_any(),
            None,
        ),
        What::Rule {
            rule,
            before,
            after,
        } => {
            let rule = match rule.as_str() {
                "relevant" => library::RULE_RELEVANT,
                "constraint" => library::RULE_CONSTRAINT,
                "calculate" => library::RULE_CALCULATE,
                _ => library::RULE_READONLY,
            };
            let both = view! { <p class="quiet">{t(rule)}</p> {was_is(before, after)} };
            (both.into_any(), None)
        }
    };
    let touched = touched
        .filter(|_| change.touched > 0)
        .map(|words| fill(words, &[("n", &change.touched.to_string())]));
    view! {
        <li class="stack">
            <p><strong>{markdown::plain(&change.label)}</strong> " " <code class="quiet">{change.path}</code></p>
            {more}
            {touched.map(|touched| view! { <p class="touched">{touched}</p> })}
        </li>
    }
}

fn said(words: Key, name: &str, value: &str) -> AnyView {
    view! { <p>{fill(words, &[(name, value)])}</p> }.into_any()
}

/// Before and after, side by side.
fn was_is(before: &str, after: &str) -> AnyView {
    let or_nothing = |text: &str| {
        if text.trim().is_empty() {
            t(library::NOTHING).to_owned()
        } else {
            text.to_owned()
        }
    };
    view! { <p class="was-is"><del>{or_nothing(before)}</del> <ins>{or_nothing(after)}</ins></p> }
        .into_any()
}
