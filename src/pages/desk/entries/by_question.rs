//! Narrows the entries of a questionnaire by the answer to one of its questions: one of its choices, from so much to so much,
//! words that it says.

use leptos::{ev, prelude::*};
use vigie_model::{Condition, Wanted};
use vigie_protocol::AskedQuestion;

use crate::{
    components::dialog::{Dialog, Holds},
    i18n::{carnet, desk, t},
    pages::desk::{
        looking::Looking,
        narrowed::{choice_name, question_name},
    },
};

/// How an answer is looked for.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Choice,
    /// Between two, each typed in a field of this type.
    Bounds(&'static str),
    Words,
}

impl By {
    fn of(question: &AskedQuestion) -> By {
        match question.asked.kind.as_str() {
            _ if !question.choices.is_empty() => By::Choice,
            "integer" | "decimal" | "range" => By::Bounds("number"),
            "date" | "dateTime" => By::Bounds("date"),
            "time" => By::Bounds("time"),
            _ => By::Words,
        }
    }
}

#[component]
pub fn ByQuestion(
    open: RwSignal<bool>,
    looking: RwSignal<Looking>,
    #[prop(into)] asked: Signal<Vec<AskedQuestion>>,
) -> impl IntoView {
    let path = RwSignal::new(String::new());
    let (one, other) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let empty = move || {
        one.set(String::new());
        other.set(String::new());
    };
    Effect::new(move |_| {
        if open.get() {
            path.set(String::new());
            empty();
        }
    });
    let question = Memo::new(move |_| {
        let asked = asked.read();
        let chosen = asked.iter().find(|question| question.path == *path.read());
        chosen.cloned()
    });
    let add = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (one, other) = (one.get_untracked(), other.get_untracked());
        let Some(question) = question.get_untracked() else {
            return;
        };
        let wanted = match By::of(&question) {
            By::Choice => Wanted::Is(one),
            By::Bounds(_) => Wanted::Between(one, other),
            By::Words => Wanted::Says(one.trim().to_owned()),
        };
        let condition = Condition {
            question: question.path,
            wanted,
        };
        // What says nothing is no condition: the address could not hold it.
        if condition.to_string().parse().as_ref() == Ok(&condition) {
            looking.update(|looking| {
                looking.choose(|looking| {
                    if !looking.answers.contains(&condition) {
                        looking.answers.push(condition);
                    }
                });
            });
            open.set(false);
        }
    };
    let questions = move || {
        let asked = asked.read();
        let options = asked
            .iter()
            .filter(|question| question.asked.kind != "file");
        options
            .map(|question| {
                let name = question_name(&asked, &question.path);
                view! { <option value=question.path.clone()>{name}</option> }
            })
            .collect_view()
    };
    let bound = move |id: &'static str,
                      label: &'static str,
                      kind: &'static str,
                      value: RwSignal<String>| {
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input class="input" id=id type=kind step="any" autocomplete="off" bind:value=value/>
            </div>
        }
    };
    let answer = move || {
        let question = question.get()?;
        Some(match By::of(&question) {
            By::Choice => {
                let options = question.choices.iter().map(|(code, _)| {
                    view! { <option value=code.clone()>{choice_name(&question, code)}</option> }
                });
                let options = options.collect_view();
                view! {
                    <div class="field">
                        <label for="filter-answer">{t(desk::FILTER_IS)}</label>
                        <select class="input" id="filter-answer" required on:change=move |event| one.set(event_target_value(&event))>
                            <option value="">{t(desk::FILTER_CHOOSE)}</option>
                            {options}
                        </select>
                    </div>
                }
                .into_any()
            }
            By::Bounds(kind) => view! {
                <div class="fields-row">
                    {bound("filter-answer", t(carnet::FROM), kind, one)}
                    {bound("filter-answer-to", t(carnet::TO), kind, other)}
                </div>
            }
            .into_any(),
            By::Words => bound("filter-answer", t(desk::FILTER_SAYS), "text", one).into_any(),
        })
    };
    view! {
        <Dialog open says=t(desk::FILTER_BY_QUESTION).to_owned() holds=Holds::Form>
            <form class="stack" autocomplete="off" on:submit=add>
                <h2>{t(desk::FILTER_BY_QUESTION)}</h2>
                <div class="field">
                    <label for="filter-question">{t(desk::FILTER_QUESTION)}</label>
                    <select class="input" id="filter-question" required on:change=move |event| { empty(); path.set(event_target_value(&event)); }>
                        <option value="">{t(desk::FILTER_CHOOSE)}</option>
                        {questions}
                    </select>
                </div>
                {answer}
                <div class="buttons">
                    <button type="button" class="button" on:click=move |_| open.set(false)>{t(desk::CANCEL)}</button>
                    <button class="button button--main">{t(desk::FILTER_ADD)}</button>
                </div>
            </form>
        </Dialog>
    }
}
