//! What the entries are narrowed to, in words: a chip for each, which takes it away.

use leptos::prelude::*;
use vigie_model::{Condition, Wanted, kinds::List};
use vigie_protocol::{AskedQuestion, Failure, ListAsked, OfficeMission};

use crate::{
    client::Turn,
    components::icon::{icon, lu},
    format,
    i18n::{self, Key, desk, fill, t},
    markdown,
    pages::desk::looking::Looking,
    words::{asked_name, code_label, kind_names, title_of},
};

/// What the questionnaire asks that the entries are narrowed to; nothing while it is none.
pub fn asked_of(
    looking: RwSignal<Looking>,
    failure: RwSignal<Option<Failure>>,
) -> RwSignal<Vec<AskedQuestion>> {
    let asked = RwSignal::new(Vec::new());
    let form = Memo::new(move |_| looking.read().filter().form);
    let turn = Turn::new();
    Effect::new(move |_| match form.get() {
        Some(form) => turn.show(ListAsked { form }, failure, move |list| asked.set(list)),
        None => asked.set(Vec::new()),
    });
    asked
}

/// What a question is called.
pub fn question_name(asked: &[AskedQuestion], path: &str) -> String {
    let question = asked.iter().find(|question| question.path == path);
    question.map_or_else(
        || path.to_owned(),
        |question| asked_name("response", path, &question.asked),
    )
}

/// What a choice is called.
pub fn choice_name(question: &AskedQuestion, code: &str) -> String {
    let choice = question.choices.iter().find(|(known, _)| known == code);
    let label = choice.and_then(|(_, labels)| i18n::pick(labels));
    label.map_or_else(|| code.to_owned(), markdown::plain)
}

fn condition_words(asked: &[AskedQuestion], condition: &Condition) -> String {
    let name = question_name(asked, &condition.question);
    let question = asked
        .iter()
        .find(|question| question.path == condition.question);
    let kind = question.map_or("", |question| question.asked.kind.as_str());
    let end = |text: &str| format::typed(if kind == "dateTime" { "date" } else { kind }, text);
    let wanted = match &condition.wanted {
        Wanted::Is(code) => {
            question.map_or_else(|| code.clone(), |question| choice_name(question, code))
        }
        Wanted::Says(words) => fill(desk::FILTER_WORDS, &[("words", words)]),
        Wanted::Between(from, to) if to.is_empty() => {
            fill(desk::FILTER_FROM, &[("from", &end(from))])
        }
        Wanted::Between(from, to) if from.is_empty() => fill(desk::FILTER_TO, &[("to", &end(to))]),
        Wanted::Between(from, to) => fill(
            desk::FILTER_BETWEEN,
            &[("from", &end(from)), ("to", &end(to))],
        ),
    };
    fill(
        desk::FILTER_ANSWER,
        &[("question", &name), ("answer", &wanted)],
    )
}

/// What a standing is called.
pub fn standing_words(standing: vigie_model::Standing) -> &'static str {
    use vigie_model::Standing;
    t(match standing {
        Standing::Conflict => desk::CONFLICTS_ONLY,
        Standing::Survived => desk::STANDING_SURVIVED,
        Standing::Deleted => desk::DELETED_TOO,
        Standing::Erased => desk::STANDING_ERASED,
    })
}

/// What takes a choice away.
type Undo = Box<dyn Fn(&mut Looking) + Send + Sync>;

/// Each choice in words, with what takes it away.
fn choices(
    now: &Looking,
    asked: &[AskedQuestion],
    missions: &[OfficeMission],
) -> Vec<(String, Undo)> {
    let mut chosen: Vec<(String, Undo)> = Vec::new();
    let mut add = |words: String, undo: fn(&mut Looking)| chosen.push((words, Box::new(undo)));
    let day = |label: Key, day: &str| format!("{} {}", t(label), format::typed("date", day));
    if !now.search.is_empty() {
        let words = fill(desk::FILTER_WORDS, &[("words", &now.search)]);
        add(words, |looking| looking.search.clear());
    }
    if !now.kind.is_empty() {
        add(kind_names(&now.kind).to_owned(), |looking| {
            looking.kind.clear();
        });
    }
    if !now.mission.is_empty() {
        let mission = missions
            .iter()
            .find(|mission| mission.id.to_string() == now.mission);
        let name = mission.map_or_else(
            || t(desk::COL_MISSION).to_owned(),
            |one| one.said.name.clone(),
        );
        add(name, |looking| looking.mission.clear());
    }
    if !now.form.is_empty() {
        let mut forms = missions.iter().flat_map(|mission| &mission.forms);
        let form = forms.find(|form| form.id.as_str() == now.form);
        let title = form.map_or_else(|| now.form.clone(), title_of);
        add(title, |looking| looking.form.clear());
    }
    if !now.by.is_empty() {
        add(now.by.clone(), |looking| looking.by.clear());
    }
    if !now.theme.is_empty() {
        add(code_label(List::Themes, &now.theme), |looking| {
            looking.theme.clear();
        });
    }
    if !now.from.is_empty() {
        add(day(i18n::carnet::FROM, &now.from), |looking| {
            looking.from.clear();
        });
    }
    if !now.to.is_empty() {
        add(day(i18n::carnet::TO, &now.to), |looking| looking.to.clear());
    }
    if let Some(standing) = now.standing {
        add(standing_words(standing).to_owned(), |looking| {
            looking.standing = None;
        });
    }
    if !now.bundle.is_empty() {
        add(t(desk::OF_BUNDLE).to_owned(), |looking| {
            looking.bundle.clear();
        });
    }
    for condition in &now.answers {
        let words = condition_words(asked, condition);
        let gone = condition.clone();
        chosen.push((
            words,
            Box::new(move |looking| looking.answers.retain(|one| *one != gone)),
        ));
    }
    chosen
}

/// A chip for each choice; `none` where there is none.
#[component]
pub fn Narrowed(
    looking: RwSignal<Looking>,
    #[prop(into)] asked: Signal<Vec<AskedQuestion>>,
    missions: RwSignal<Vec<OfficeMission>>,
    #[prop(into, optional)] none: String,
) -> impl IntoView {
    move || {
        let chosen = choices(&looking.read(), &asked.read(), &missions.read());
        if chosen.is_empty() {
            return (!none.is_empty())
                .then(|| view! { <p class="quiet">{none.clone()}</p> }.into_any());
        }
        let chips = chosen.into_iter().map(|(words, undo)| {
            view! {
                <button type="button" class="chip" aria-label=format!("{} – {words}", t(desk::FILTER_REMOVE))
                    on:click=move |_| looking.update(|looking| looking.choose(&undo))>
                    {words.clone()}
                    {icon(lu::LuX)}
                </button>
            }
        });
        let chips = chips.collect_view();
        Some(view! { <div class="chips" role="group" aria-label=t(desk::EXPORT_NARROWED)>{chips}</div> }.into_any())
    }
}
