//! A questionnaire, whoever fills it.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::Words;
use crate::browser::{Browser, Role};
use crate::wait::until;

/// What is answered to one question.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// These choices, by their labels.
    Choose(&'a [&'a str]),
    /// This text or number.
    Type(&'a str),
    /// This file.
    Attach(&'a Path),
}

/// A questionnaire, screen by screen.
pub struct Screens<'a> {
    pub browser: &'a Browser,
    pub words: &'a Words,
    /// Whether each answer is said to be kept.
    pub kept: bool,
}

impl Screens<'_> {
    pub async fn answer_all(&self, answers: &[(&str, Answer<'_>)]) -> Result<()> {
        self.browser
            .find(Role::Button, self.words.say("form.next"))
            .await?;
        let mut left: Vec<_> = answers.to_vec();
        while !self
            .browser
            .has(Role::Text, self.words.say("form.end"))
            .await
        {
            let shown = self.question_shown().await?;
            let text = crate::words::plain(&self.browser.text().await?);
            let (here, later): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|(question, _)| text.contains(&crate::words::plain(question)));
            left = later;
            for (question, answer) in here {
                self.answer(question, answer).await?;
            }
            self.next_screen(&shown).await?;
        }
        ensure!(left.is_empty(), "never asked: {left:?}");
        Ok(())
    }

    pub async fn finish(&self, act: &str, asks: &str) -> Result<()> {
        self.browser.press(self.words.say(act)).await?;
        self.browser.see(self.words.say(asks)).await?;
        self.browser.press(self.words.say(act)).await
    }

    async fn answer(&self, question: &str, answer: Answer<'_>) -> Result<()> {
        match answer {
            Answer::Choose(options) => {
                for option in options {
                    self.browser.choose_for(question, option).await?;
                }
            }
            Answer::Type(text) => self.browser.fill_within(question, question, text).await?,
            Answer::Attach(file) => self.browser.upload(question, file).await?,
        }
        if self.kept {
            let words = self.words.start("common.saved_at");
            self.browser.see(&words).await?;
        }
        Ok(())
    }

    /// Goes on from the screen that shows `shown`.
    async fn next_screen(&self, shown: &str) -> Result<()> {
        self.browser.press(self.words.say("form.next")).await?;
        until(&format!("the screen after «{shown}»"), async || {
            let ended = self
                .browser
                .has(Role::Text, self.words.say("form.end"))
                .await;
            Ok((ended || self.question_shown().await? != shown).then_some(()))
        })
        .await
    }

    pub async fn question_shown(&self) -> Result<String> {
        let script = "return Array.from(document.querySelectorAll('main .question__text, main .group__title'), (one) => one.textContent).join(' / ');";
        Ok(self
            .browser
            .run(script, vec![])
            .await?
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }
}
