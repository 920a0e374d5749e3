//! An office at its desk.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::five_words;
use crate::browser::{Browser, Role};
use crate::wait::until;
use crate::{Server, Words};

/// The office, at its laptop.
pub struct Office {
    pub browser: Browser,
    pub words: Words,
    pub passphrase: String,
    pub backup: PathBuf,
}

/// The passphrase of the office's key backup.
pub const BACKUP_PASSPHRASE: &str = "falaise tournesol cuivre brouillard";

impl Office {
    /// Follows the server's set-up link, makes the keys, copies them and proves the copy.
    pub async fn set_up(browser: Browser, server: &Server, name: &str) -> Result<Self> {
        let words = Words::read("fr")?;
        Self::begin(words, browser, server, name)
            .await?
            .prove()
            .await
    }

    /// Follows the set-up link and makes the keys; the page then asks for their copy.
    pub async fn begin(
        words: Words,
        browser: Browser,
        server: &Server,
        name: &str,
    ) -> Result<Self> {
        browser.goto(&server.setup_link().await?).await?;
        browser.fill(words.say("desk.office_name"), name).await?;
        let passphrase = five_words(&browser, &words, "desk.setup_go").await?;
        browser.see(words.say("desk.backup_title")).await?;
        Ok(Self {
            browser,
            words,
            passphrase,
            backup: PathBuf::new(),
        })
    }

    /// Copies the keys into a file, and proves that it opens.
    pub async fn prove(mut self) -> Result<Self> {
        let Self { browser, words, .. } = &self;
        browser
            .fill(words.say("desk.file_passphrase"), BACKUP_PASSPHRASE)
            .await?;
        browser.press(words.say("desk.backup_go")).await?;
        let backup = browser.saved_file("").await?;
        browser.upload(words.say("desk.file"), &backup).await?;
        let form = words.say("desk.trial_why");
        browser
            .fill_within(form, words.say("desk.file_passphrase"), BACKUP_PASSPHRASE)
            .await?;
        browser.press(words.say("desk.trial_go")).await?;
        browser
            .find(Role::Button, words.say("desk.missions"))
            .await?;
        self.backup = backup;
        Ok(self)
    }

    /// Makes a mission with one questionnaire.
    pub async fn mission(&self, name: &str, workbook: &Path) -> Result<()> {
        let Self { browser, words, .. } = self;
        self.begin_mission(name).await?;
        browser
            .upload(words.say("library.choose_files"), workbook)
            .await?;
        browser.see(&words.start("library.added")).await?;
        self.make_mission().await
    }

    /// Makes a mission whose notes and contacts go to the whole team.
    pub async fn shared_mission(&self, name: &str) -> Result<()> {
        self.begin_mission(name).await?;
        self.browser
            .choose(self.words.say("desk.policy_share"))
            .await?;
        self.make_mission().await
    }

    async fn begin_mission(&self, name: &str) -> Result<()> {
        self.go("missions").await?;
        self.browser
            .press(self.words.say("desk.mission_new"))
            .await?;
        self.browser
            .fill(self.words.say("desk.mission_name"), name)
            .await
    }

    async fn make_mission(&self) -> Result<()> {
        self.browser
            .press(self.words.say("desk.mission_go"))
            .await?;
        self.browser.see(self.words.say("desk.invite_new")).await
    }

    /// Invites one person to the mission on the screen; returns the link.
    pub async fn invite(&self, label: &str) -> Result<String> {
        let Self { browser, words, .. } = self;
        browser.press(words.say("desk.invite_new")).await?;
        browser.fill(words.say("desk.invite_for"), label).await?;
        browser.press(words.say("desk.invite_go")).await?;
        let script = "const [label] = arguments;
            const ticket = Array.from(document.querySelectorAll('.ticket')).find((one) => Array.from(one.querySelectorAll('p')).some((line) => line.innerText.trim() === label));
            const link = ticket && ticket.querySelector('a[href^=http]');
            return link ? link.href : null;";
        until("the invite's link", async || {
            let link = browser.run(script, vec![serde_json::json!(label)]).await?;
            Ok(link.as_str().map(str::to_owned))
        })
        .await
    }

    /// Opens the page of the mission made last and makes a partner link, with these questions answered already; returns its address.
    pub async fn partner_link(
        &self,
        mission: &str,
        label: &str,
        uses: u32,
        answered: &[(&str, &str)],
    ) -> Result<String> {
        let Self { browser, words, .. } = self;
        self.go("missions").await?;
        browser.press(mission).await?;
        let form = words.say("desk.link_new");
        browser.press(form).await?;
        browser
            .fill_within(form, words.say("desk.link_label"), label)
            .await?;
        let limit = words.say("desk.link_uses");
        browser.fill_within(form, limit, &uses.to_string()).await?;
        browser.choose(words.say("desk.link_kiosk")).await?;
        if !answered.is_empty() {
            browser.press(words.say("desk.link_answers")).await?;
        }
        for (question, answer) in answered {
            let add = words.say("desk.link_answers_add");
            browser.choose_for(add, question).await?;
            browser.fill_within(form, question, answer).await?;
        }
        browser.press(words.say("desk.link_go")).await?;
        let link = browser.find(Role::Link, "/q#").await?;
        link.attr("href").await?.context("a link's address")
    }

    /// Fetches what the server holds.
    pub async fn fetch(&self) -> Result<()> {
        self.go("inbox").await?;
        self.browser.press(self.words.say("desk.fetch")).await?;
        // The button says so again when it is done.
        self.browser
            .find(Role::Button, self.words.say("desk.fetch"))
            .await
            .map(drop)
    }

    /// Goes to one of the places of the rail.
    pub async fn go(&self, place: &str) -> Result<()> {
        self.browser
            .press(self.words.say(&format!("desk.{place}")))
            .await
    }

    /// Imports files by hand.
    pub async fn import(&self, file: &Path) -> Result<()> {
        self.go("inbox").await?;
        self.browser
            .upload(self.words.say("desk.choose_files"), file)
            .await
    }

    /// Exports as `xlsx`, `csv` or `json`; returns the saved file.
    pub async fn export(&self, format: &str) -> Result<PathBuf> {
        let Self { browser, words, .. } = self;
        for old in std::fs::read_dir(browser.profile().downloads())?.flatten() {
            std::fs::remove_file(old.path())?;
        }
        self.go("exports").await?;
        browser
            .choose(words.say(&format!("desk.export_{format}")))
            .await?;
        browser.press(words.say("desk.export_go")).await?;
        browser.see(words.say("desk.export_done")).await?;
        browser.saved_file(&format!("vigie-{format}")).await
    }
}
