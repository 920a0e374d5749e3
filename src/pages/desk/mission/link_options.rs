//! What an office may ask of a partner link besides: its language, what is said at the end, answers that may be kept.

use std::collections::BTreeMap;

use leptos::prelude::*;
use vigie_model::{Lang, LinkOptions};

use crate::{
    i18n::{desk, t},
    pages::door::language::name_of,
};

/// They are kept above the form that asks them.
#[derive(Clone, Copy)]
pub struct Options {
    lang: RwSignal<String>,
    may_keep: RwSignal<bool>,
    thanks: StoredValue<Vec<(String, RwSignal<String>)>>,
}

impl Options {
    pub fn new(languages: &[String]) -> Options {
        let thanks = languages.iter();
        let thanks = thanks.map(|lang| (lang.clone(), RwSignal::new(String::new())));
        Options {
            lang: RwSignal::new(String::new()),
            may_keep: RwSignal::new(false),
            thanks: StoredValue::new(thanks.collect()),
        }
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
            thanks,
            may_keep: self.may_keep.get_untracked(),
            ..LinkOptions::default()
        }
    }

    pub fn view(self) -> AnyView {
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
                <summary>{t(desk::LINK_THANKS)}</summary>
                <div class="stack">
                    <p class="field__hint">{t(desk::LINK_THANKS_HINT)}</p>
                    {thanks}
                </div>
            </details>
        }
        .into_any()
    }
}
