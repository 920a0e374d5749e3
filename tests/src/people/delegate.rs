//! A delegate and her notebook.

use std::time::Duration;

use anyhow::Result;

use super::{
    five_words,
    screens::{Answer, Screens},
};
use crate::browser::{Browser, Kind, Profile, Role};
use crate::wait::{until, within};
use crate::{Server, Words};

/// A delegate with a phone.
pub struct Delegate {
    pub browser: Browser,
    pub words: Words,
    pub name: String,
    pub passphrase: String,
    home: String,
}

impl Delegate {
    /// Follows an invite link on a new phone, and comes to an empty notebook.
    pub async fn join(
        kind: Kind,
        profile: Profile,
        size: (u32, u32),
        name: &str,
        link: &str,
    ) -> Result<Self> {
        let browser = Browser::open(kind, profile, size).await?;
        Self::join_in("fr", browser, name, link).await
    }

    /// As [`Self::join`], by someone who reads this language.
    pub async fn join_in(lang: &str, browser: Browser, name: &str, link: &str) -> Result<Self> {
        let words = Words::read(lang)?;
        browser.goto(link).await?;
        browser.press(words.title()).await?;
        browser.fill(words.say("door.name"), name).await?;
        browser.press(words.say("common.continue")).await?;
        Self::with_five_words(words, browser, name, link).await
    }

    /// The last step of joining: takes the five words that the screen offers.
    pub async fn with_five_words(
        words: Words,
        browser: Browser,
        name: &str,
        link: &str,
    ) -> Result<Self> {
        let delegate = Self::begin(words, browser, name, home_of(link)).await?;
        delegate.browser.kept_for_offline().await?;
        Ok(delegate)
    }

    /// Comes to a notebook with no office, on a new phone.
    pub async fn alone(
        kind: Kind,
        profile: Profile,
        size: (u32, u32),
        server: &Server,
    ) -> Result<Self> {
        let browser = Browser::open(kind, profile, size).await?;
        let delegate = Self::alone_in(browser, server).await?;
        delegate.browser.kept_for_offline().await?;
        Ok(delegate)
    }

    /// The same, and nothing is kept yet for when there is no network.
    pub async fn alone_in(browser: Browser, server: &Server) -> Result<Self> {
        browser.goto(&format!("{}/", server.url())).await?;
        browser.press("Français").await?;
        let words = Words::read("fr")?;
        browser.press(words.say("door.trial")).await?;
        Self::begin(words, browser, "", server.url()).await
    }

    async fn begin(words: Words, browser: Browser, name: &str, home: String) -> Result<Self> {
        let passphrase = five_words(&browser, &words, "door.create").await?;
        browser.find(Role::Button, words.say("carnet.add")).await?;
        Ok(Self {
            browser,
            words,
            name: name.to_owned(),
            passphrase,
            home,
        })
    }

    /// Opens the app and unlocks it, with or without the server.
    pub async fn unlock(&self) -> Result<()> {
        self.browser.goto(&format!("{}/", self.home)).await?;
        self.browser
            .fill(self.words.say("door.passphrase"), &self.passphrase)
            .await?;
        self.browser.press(self.words.say("door.unlock")).await?;
        // The page may be where the person was.
        self.tab("common.tab_carnet").await?;
        self.browser
            .find(Role::Button, self.words.say("carnet.add"))
            .await
            .map(drop)
    }

    /// The phone goes dead in the person's hand; it starts again, locked.
    pub async fn battery_dies(self, kind: Kind, size: (u32, u32)) -> Result<Self> {
        let Self {
            browser,
            words,
            name,
            passphrase,
            home,
        } = self;
        let browser = Browser::open(kind, browser.kill()?, size).await?;
        let again = Self {
            browser,
            words,
            name,
            passphrase,
            home,
        };
        again.unlock().await?;
        Ok(again)
    }

    /// Goes to one of the four tabs.
    pub async fn tab(&self, key: &str) -> Result<()> {
        self.browser.press(self.words.say(key)).await
    }

    /// Begins a note and types it, and leaves it unfinished on the screen once it says that it is kept.
    pub async fn type_note(&self, title: &str, text: &str, place: &str) -> Result<()> {
        self.add("kinds.note_add").await?;
        self.browser
            .fill(self.words.say("kinds.note_title"), title)
            .await?;
        self.browser
            .fill(self.words.say("kinds.note_text_ask"), text)
            .await?;
        self.browser
            .fill(self.words.say("kinds.note_place_ask"), place)
            .await?;
        self.kept().await
    }

    /// Writes a note to its end.
    pub async fn note(&self, title: &str, text: &str, place: &str) -> Result<()> {
        self.type_note(title, text, place).await?;
        self.browser
            .press(self.words.say("kinds.note_finish"))
            .await?;
        self.browser.see(title).await
    }

    /// Writes down a contact.
    pub async fn contact(&self, name: &str, organisation: &str, reach: &str) -> Result<()> {
        self.add("kinds.contact_add").await?;
        self.browser
            .fill(self.words.say("kinds.contact_name"), name)
            .await?;
        self.browser
            .fill(self.words.say("kinds.contact_organisation"), organisation)
            .await?;
        self.browser
            .fill(self.words.say("kinds.contact_reach"), reach)
            .await?;
        self.kept().await?;
        self.browser.press(self.words.say("kinds.finish")).await?;
        self.browser.see(name).await
    }

    /// Writes down a workplace.
    pub async fn workplace(&self, name: &str, place: &str) -> Result<()> {
        self.add("kinds.workplace_add").await?;
        let fields = [
            ("kinds.workplace_name", name),
            ("kinds.workplace_place_ask", place),
        ];
        for (field, text) in fields {
            self.browser.fill(self.words.say(field), text).await?;
        }
        self.kept().await?;
        self.browser.press(self.words.say("kinds.finish")).await?;
        self.browser.see(name).await
    }

    /// Changes one field of a contact that is there.
    pub async fn change_contact(&self, name: &str, field: &str, text: &str) -> Result<()> {
        self.tab("common.tab_directory").await?;
        self.browser.press(name).await?;
        self.browser.fill(self.words.say(field), text).await?;
        self.kept().await?;
        self.browser.press(self.words.say("kinds.finish")).await?;
        self.browser.see(name).await
    }

    /// Exchanges with the server until a contact of the team is in the directory.
    pub async fn contact_will_arrive(&self, name: &str) -> Result<()> {
        until(&format!("the contact {name}"), async || {
            self.send().await?;
            self.tab("common.tab_directory").await?;
            let there = within(Duration::from_secs(3), name, async || {
                Ok(self.browser.has(Role::Text, name).await.then_some(()))
            });
            Ok(there.await.ok())
        })
        .await
    }

    /// Exchanges with the server until a contact's page says `texts`.
    pub async fn contact_will_say(&self, name: &str, texts: &[&str]) -> Result<()> {
        until(&format!("{texts:?} on the page of {name}"), async || {
            self.send().await?;
            self.tab("common.tab_directory").await?;
            self.browser.press(name).await?;
            self.browser
                .find(Role::Field, self.words.say("kinds.contact_name"))
                .await?;
            let page = crate::words::plain(&self.browser.text().await?);
            let said = texts
                .iter()
                .all(|text| page.contains(&crate::words::plain(text)));
            self.browser.press(self.words.say("common.back")).await?;
            Ok(said.then_some(()))
        })
        .await
    }

    /// Waits until the page says that what was typed is kept.
    pub async fn kept(&self) -> Result<()> {
        self.browser.see(&self.words.start("common.saved_at")).await
    }

    /// Opens the ＋ menu and takes one of its lines.
    pub async fn add(&self, key: &str) -> Result<()> {
        self.tab("common.tab_carnet").await?;
        self.browser.press(self.words.say("carnet.add")).await?;
        self.browser.press(self.words.say(key)).await
    }

    /// Waits, in the notebook, until `count` entries are in this state.
    pub async fn strip_says(&self, count: usize, state: &str) -> Result<()> {
        self.tab("common.tab_carnet").await?;
        let text = self.words.count(&format!("common.n_{state}"), count);
        self.browser.see(&text).await
    }

    /// As [`Self::strip_says`], after as long as a bad line takes.
    pub async fn strip_will_say(
        &self,
        patience: Duration,
        count: usize,
        state: &str,
    ) -> Result<()> {
        self.tab("common.tab_carnet").await?;
        let text = self.words.count(&format!("common.n_{state}"), count);
        within(patience, &text, async || {
            Ok(self.browser.has(Role::Text, &text).await.then_some(()))
        })
        .await
    }

    /// Sends now, by the button.
    pub async fn send(&self) -> Result<()> {
        self.tab("common.tab_sending").await?;
        self.browser.press(self.words.say("envoi.send_now")).await
    }

    /// Fills a questionnaire screen by screen, answering each question as it comes, and finishes it.
    pub async fn respond(&self, form: &str, answers: &[(&str, Answer<'_>)]) -> Result<()> {
        self.add("kinds.response_add").await?;
        self.browser.press(form).await?;
        let screens = self.screens();
        screens.answer_all(answers).await?;
        screens.finish("form.finish", "form.finish_ask").await?;
        self.browser
            .find(Role::Button, self.words.say("carnet.add"))
            .await
            .map(drop)
    }

    /// The texts of the questions on the screen.
    pub async fn question_shown(&self) -> Result<String> {
        self.screens().question_shown().await
    }

    fn screens(&self) -> Screens<'_> {
        Screens {
            browser: &self.browser,
            words: &self.words,
            kept: true,
        }
    }
}

/// The server of a link: what stands before the path.
fn home_of(link: &str) -> String {
    let path = link
        .find("://")
        .and_then(|at| link[at + 3..].find('/').map(|slash| at + 3 + slash));
    path.map_or(link, |path| &link[..path]).to_owned()
}
