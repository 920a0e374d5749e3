//! What an office may ask of a partner link besides: its language, what is answered already, what is said at the end, answers that
//! may be kept.

use std::collections::BTreeMap;

use leptos::{ev, prelude::*};
use vigie_model::{Lang, LinkOptions};
use vigie_protocol::AskedQuestion;

use crate::{
    components::icon::{icon, lu},
    i18n::{desk, t},
    pages::{
        desk::narrowed::{choice_name, question_name},
        door::language::name_of,
    },
};

/// How an answer is given here; `None` where it takes the questionnaire itself.
fn typed_in(question: &AskedQuestion) -> Option<&'static str> {
    let kind = match question.asked.kind.as_str() {
        _ if question.in_row => return None,
        "select_one" | "select_multiple" if !question.choices.is_empty() => "",
        "text" => "text",
        "integer" | "decimal" | "range" => "number",
        "date" => "date",
        _ => return None,
    };
    Some(kind)
}

/// They are kept above the form that asks them.
#[derive(Clone, Copy)]
pub struct Options {
    lang: RwSignal<String>,
    may_keep: RwSignal<bool>,
    thanks: StoredValue<Vec<(String, RwSignal<String>)>>,
    /// By the path of their questions.
    answers: RwSignal<Vec<(String, RwSignal<String>)>>,
}

impl Options {
    pub fn new(languages: &[String]) -> Options {
        let thanks = languages.iter();
        let thanks = thanks.map(|lang| (lang.clone(), RwSignal::new(String::new())));
        Options {
            lang: RwSignal::new(String::new()),
            may_keep: RwSignal::new(false),
            thanks: StoredValue::new(thanks.collect()),
            answers: RwSignal::new(Vec::new()),
        }
    }

    /// Another questionnaire is asked.
    pub fn forget_answers(self) {
        self.answers.set(Vec::new());
    }

    /// As they were said.
    pub fn said(self) -> LinkOptions {
        let lang = Some(self.lang.get_untracked()).filter(|lang| !lang.is_empty());
        let thanks = self.thanks.with_value(|thanks| {
            let thanks = thanks.iter();
            thanks
                .map(|(lang, text)| (Lang::new(lang.clone()), text.get_untracked()))
                .filter(|(_, text)| !text.trim().is_empty())
                .collect::<BTreeMap<_, _>>()
        });
        LinkOptions {
            lang: lang.map(Lang::new),
            answers: self.answers.with_untracked(|answers| {
                let answers = answers.iter();
                answers
                    .map(|(path, value)| (path.clone(), value.get_untracked()))
                    .filter(|(_, value)| !value.is_empty())
                    .collect()
            }),
            thanks,
            may_keep: self.may_keep.get_untracked(),
        }
    }

    /// `asked`: by the questionnaire that the link is for.
    pub fn view(self, asked: RwSignal<Vec<AskedQuestion>>) -> AnyView {
        let languages: Vec<String> = self
            .thanks
            .with_value(|thanks| thanks.iter().map(|(lang, _)| lang.clone()).collect());
        let choice = (languages.len() > 1).then(|| view! {
            <div class="field">
                <label for="link-lang">{t(desk::LINK_LANG)}</label>
                <select class="input" id="link-lang" on:change=move |event| self.lang.set(event_target_value(&event))>
                    <option value="">{t(desk::LINK_LANG_ANY)}</option>
                    {languages.into_iter().map(|lang| view! { <option value=lang.clone()>{name_of(&lang).to_owned()}</option> }).collect_view()}
                </select>
            </div>
        });
        let thanks = self.thanks.with_value(|thanks| {
            let thanks = thanks.iter();
            thanks
                .map(|(lang, text)| {
                    let id = format!("link-thanks-{lang}");
                    view! {
                        <div class="field">
                            <label for=id.clone()>{name_of(lang).to_owned()}</label>
                            <textarea class="input" id=id lang=lang.clone() rows="3" bind:value=*text></textarea>
                        </div>
                    }
                })
                .collect_view()
        });
        view! {
            {choice}
            <label class="choice">
                <input type="checkbox" prop:checked=self.may_keep on:change=move |event| self.may_keep.set(event_target_checked(&event))/>
                <span>{t(desk::LINK_MAY_KEEP)}</span>
            </label>
            <details class="folded">
                <summary>{t(desk::LINK_ANSWERS)}</summary>
                <div class="stack">
                    <p class="field__hint">{t(desk::LINK_ANSWERS_HINT)}</p>
                    <For each=move || self.answers.get() key=|(path, _)| path.clone() children=move |(path, value)| self.given(asked, path, value)/>
                    {self.more(asked)}
                </div>
            </details>
            <details class="folded">
                <summary>{t(desk::LINK_THANKS)}</summary>
                <div class="stack">
                    <p class="field__hint">{t(desk::LINK_THANKS_HINT)}</p>
                    {thanks}
                </div>
            </details>
        }
        .into_any()
    }

    /// One of the answers that are given already.
    fn given(
        self,
        asked: RwSignal<Vec<AskedQuestion>>,
        path: String,
        value: RwSignal<String>,
    ) -> AnyView {
        let id = format!("link-answer-{path}");
        let (name, question) = asked.with_untracked(|asked| {
            let question = asked.iter().find(|question| question.path == path);
            (question_name(asked, &path), question.cloned())
        });
        let kind = question.as_ref().and_then(typed_in).unwrap_or("text");
        let choices = question.filter(|_| kind.is_empty());
        let field = match choices {
            Some(question) => {
                let choices = question.choices.iter();
                let choices = choices.map(|(code, _)| view! { <option value=code.clone()>{choice_name(&question, code)}</option> });
                let choices = choices.collect_view();
                view! {
                    <select class="input" id=id.clone() on:change=move |event| value.set(event_target_value(&event))>
                        <option value="">{t(desk::FILTER_CHOOSE)}</option>
                        {choices}
                    </select>
                }
                .into_any()
            }
            None => {
                view! { <input class="input" id=id.clone() type=kind step="any" autocomplete="off" bind:value=value/> }
                    .into_any()
            }
        };
        let drop = move |_: ev::MouseEvent| {
            self.answers
                .update(|answers| answers.retain(|(other, _)| *other != path));
        };
        view! {
            <div class="field">
                <label for=id>{name}</label>
                {field}
                <button type="button" class="button button--plain" on:click=drop>{icon(lu::LuX)}{t(desk::LINK_ANSWERS_DROP)}</button>
            </div>
        }
        .into_any()
    }

    /// Adds one.
    fn more(self, asked: RwSignal<Vec<AskedQuestion>>) -> AnyView {
        let questions = move || {
            let asked = asked.read();
            let answers = self.answers.read();
            let is_open = |question: &&AskedQuestion| {
                let is_answered = answers.iter().any(|(path, _)| *path == question.path);
                typed_in(question).is_some() && !is_answered
            };
            let open = asked.iter().filter(is_open);
            open.map(|question| {
                let name = question_name(&asked, &question.path);
                view! { <option value=question.path.clone()>{name}</option> }
            })
            .collect_view()
        };
        let add = move |event: ev::Event| {
            let path = event_target_value(&event);
            event_target::<web_sys::HtmlSelectElement>(&event).set_selected_index(0);
            if !path.is_empty() {
                let value = RwSignal::new(String::new());
                self.answers.update(|answers| answers.push((path, value)));
            }
        };
        view! {
            <div class="field">
                <label for="link-answers">{t(desk::LINK_ANSWERS_ADD)}</label>
                <select class="input" id="link-answers" on:change=add>
                    <option value="">{t(desk::FILTER_CHOOSE)}</option>
                    {questions}
                </select>
            </div>
        }
        .into_any()
    }
}
