//! Somebody who follows a partner link.

use anyhow::Result;

use super::screens::{Answer, Screens};
use crate::Words;
use crate::browser::{Browser, Role};

/// A worker with somebody's phone in her hands, and a partner link open on it.
pub struct Guest<'a> {
    pub browser: &'a Browser,
    pub words: Words,
}

impl<'a> Guest<'a> {
    /// Chooses a language, and agrees to what the link says.
    pub async fn agree(browser: &'a Browser, language: &str, lang: &str) -> Result<Self> {
        browser.press(language).await?;
        let words = Words::read(lang)?;
        browser.press(words.say("partner.agree")).await?;
        Self::asked(browser, words).await
    }

    /// Chooses a language; the questionnaire asks by itself whether she agrees.
    pub async fn begin(browser: &'a Browser, language: &str, lang: &str) -> Result<Self> {
        browser.press(language).await?;
        Self::asked(browser, Words::read(lang)?).await
    }

    async fn asked(browser: &'a Browser, words: Words) -> Result<Self> {
        browser.find(Role::Button, words.say("form.next")).await?;
        Ok(Self { browser, words })
    }

    /// Answers screen by screen, up to the last.
    pub async fn answer_all(&self, answers: &[(&str, Answer<'_>)]) -> Result<()> {
        self.screens().answer_all(answers).await
    }

    /// Finishes, and is thanked.
    pub async fn finish(&self) -> Result<()> {
        self.screens()
            .finish("partner.send", "partner.send_ask")
            .await?;
        self.browser
            .see(self.words.say("partner.thanks_more"))
            .await
    }

    fn screens(&self) -> Screens<'_> {
        Screens {
            browser: self.browser,
            words: &self.words,
            kept: false,
        }
    }
}
