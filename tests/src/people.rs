//! The people of the story, each with a browser, doing what they do by the words on the screen.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::browser::{Browser, Kind, Profile, Role};
use crate::server::vigie;
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
        let passphrase = five_words(&browser, &words, "door.create").await?;
        browser.find(Role::Button, words.say("carnet.add")).await?;
        browser.kept_for_offline().await?;
        let home = home_of(link);
        Ok(Self {
            browser,
            words,
            name: name.to_owned(),
            passphrase,
            home,
        })
    }

    /// Comes to a notebook with no office, on a new phone.
    pub async fn alone(
        kind: Kind,
        profile: Profile,
        size: (u32, u32),
        server: &Server,
    ) -> Result<Self> {
        let browser = Browser::open(kind, profile, size).await?;
        browser.goto(&format!("{}/", server.url())).await?;
        browser.press("Français").await?;
        let words = Words::read("fr")?;
        browser.press(words.say("door.trial")).await?;
        let passphrase = five_words(&browser, &words, "door.create").await?;
        browser.find(Role::Button, words.say("carnet.add")).await?;
        browser.kept_for_offline().await?;
        Ok(Self {
            browser,
            words,
            name: String::new(),
            passphrase,
            home: server.url(),
        })
    }

    /// Opens the app and unlocks it, with or without the server.
    pub async fn unlock(&self) -> Result<()> {
        self.browser.goto(&format!("{}/", self.home)).await?;
        self.browser
            .fill(self.words.say("door.passphrase"), &self.passphrase)
            .await?;
        self.browser.press(self.words.say("door.unlock")).await?;
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
}

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

impl Delegate {
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
}

impl Delegate {
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

/// A questionnaire, screen by screen.
struct Screens<'a> {
    browser: &'a Browser,
    words: &'a Words,
    /// Whether each answer is said to be kept.
    kept: bool,
}

impl Screens<'_> {
    async fn answer_all(&self, answers: &[(&str, Answer<'_>)]) -> Result<()> {
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

    async fn finish(&self, act: &str, asks: &str) -> Result<()> {
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

    async fn question_shown(&self) -> Result<String> {
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

    /// Opens the page of the mission made last and makes a partner link; returns its address.
    pub async fn partner_link(&self, mission: &str, label: &str, uses: u32) -> Result<String> {
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

/// Takes the five words offered; returns them.
pub async fn five_words(browser: &Browser, words: &Words, act: &str) -> Result<String> {
    let script = "return Array.from(document.querySelectorAll('.word'), (one) => one.innerText.trim()).join(' ');";
    let offered = until("five words", async || {
        let found = browser
            .run(script, vec![])
            .await?
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok((found.split(' ').filter(|word| !word.is_empty()).count() == 5).then_some(found))
    })
    .await
    .context(browser.text().await.unwrap_or_default())?;
    browser.choose(words.say("door.noted")).await?;
    // One of them is asked back, by its number.
    browser.see(words.say("door.which_word_hint")).await?;
    for (at, word) in offered.split(' ').enumerate() {
        let asks = words.fill("door.which_word", &[("n", &(at + 1).to_string())]);
        if browser.has(Role::Field, &asks).await {
            browser.fill(&asks, word).await?;
        }
    }
    browser.press(words.say(act)).await?;
    ensure!(!offered.is_empty(), "no word was offered");
    Ok(offered)
}

/// An office without a browser: the `vigie` command.
pub struct CommandLineOffice {
    folder: PathBuf,
    key: String,
    office: String,
}

impl CommandLineOffice {
    /// Sets an office up at the server with its one-time link.
    pub async fn set_up(server: &Server) -> Result<Self> {
        let folder = server.data().join("desk");
        std::fs::create_dir_all(&folder)?;
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let (key, office) = (path("office.key"), path("office"));
        let link = server.setup_link().await?;
        vigie(&[
            "office",
            "init",
            "--server",
            &server.url(),
            "--setup",
            &link,
            "--key",
            &key,
        ])?;
        Ok(Self {
            folder,
            key,
            office,
        })
    }

    /// Makes a mission and an invite to it; returns the invite's link.
    pub fn mission_and_invite(&self, name: &str, label: &str) -> Result<String> {
        self.mission(name, &[])?;
        self.invite(name, label)
    }

    /// As [`Self::mission_and_invite`], with a questionnaire.
    pub fn mission_and_invite_with(&self, form: &Path, name: &str, label: &str) -> Result<String> {
        self.mission(name, &[form])?;
        self.invite(name, label)
    }

    /// Makes a mission with these questionnaires.
    pub fn mission(&self, name: &str, forms: &[&Path]) -> Result<()> {
        let mut words = vec!["mission", "new", "--key", &self.key, "--office"];
        words.extend([self.office.as_str(), "--name", name]);
        for form in forms {
            let form = form.to_str().context("a path that is not UTF-8")?;
            words.extend(["--form", form]);
        }
        vigie(&words).map(drop)
    }

    /// Adds a questionnaire to a mission.
    pub fn assign(&self, mission: &str, form: &Path) -> Result<()> {
        let form = form.to_str().context("a path that is not UTF-8")?;
        let desk = ["--key", &self.key, "--office", &self.office];
        vigie(&[&["form", "add"], &desk[..], &[form]].concat())?;
        let id = Path::new(form)
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        vigie(
            &[
                &["form", "assign"],
                &desk[..],
                &["--mission", mission, "--form", &id],
            ]
            .concat(),
        )
        .map(drop)
    }

    /// Invites one person to a mission; returns the link.
    pub fn invite(&self, mission: &str, label: &str) -> Result<String> {
        let (key, office) = (self.key.as_str(), self.office.as_str());
        let told = vigie(&[
            "invite",
            "--key",
            key,
            "--office",
            office,
            "--mission",
            mission,
            "--label",
            label,
        ])?;
        let link = told
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        link.map(str::to_owned)
            .with_context(|| format!("no link in: {told}"))
    }

    /// Makes a kiosk's partner link to a mission with one questionnaire; returns its address.
    pub fn partner_link(&self, mission: &str, label: &str) -> Result<String> {
        self.new_link(&["new", "--mission", mission, "--label", label, "--kiosk"])
    }

    /// As [`Self::partner_link`], for somebody on a phone of her own.
    pub fn partner_link_for_one(&self, mission: &str, label: &str) -> Result<String> {
        self.new_link(&["new", "--mission", mission, "--label", label])
    }

    /// As [`Self::partner_link`], with what a person agrees to, as LANGUAGE=FILE.
    pub fn partner_link_asking(&self, mission: &str, label: &str, consent: &str) -> Result<String> {
        self.new_link(&[
            "new",
            "--mission",
            mission,
            "--label",
            label,
            "--consent",
            consent,
        ])
    }

    fn new_link(&self, arguments: &[&str]) -> Result<String> {
        let told = self.link(arguments)?;
        let link = told
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        link.map(str::to_owned)
            .with_context(|| format!("no link in: {told}"))
    }

    /// Closes a partner link, by its name.
    pub fn close_link(&self, mission: &str, label: &str) -> Result<()> {
        self.link(&["close", "--mission", mission, label]).map(drop)
    }

    fn link(&self, arguments: &[&str]) -> Result<String> {
        let desk = ["--key", &self.key, "--office", &self.office];
        vigie(&[&["link"], arguments, &desk[..]].concat())
    }

    /// Fetches what the server holds, and gives receipts.
    pub fn fetch(&self) -> Result<()> {
        vigie(&["fetch", "--key", &self.key, "--office", &self.office]).map(drop)
    }

    /// Everything, as the JSON export says it.
    pub fn export_json(&self) -> Result<String> {
        let out = self.folder.join("export");
        let folder = out.to_string_lossy().into_owned();
        vigie(&[
            "export",
            "--format",
            "json",
            "--key",
            &self.key,
            "--office",
            &self.office,
            "--out",
            &folder,
        ])?;
        let mut all = String::new();
        for entry in std::fs::read_dir(&out)? {
            let path = entry?.path();
            // Attachments are in a folder beside.
            if path.is_file() {
                all.push_str(&std::fs::read_to_string(path)?);
            }
        }
        Ok(all)
    }

    /// How many files the last export brought beside its JSON, each in the folder of its entry.
    pub fn exported_files(&self) -> Result<usize> {
        let mut files = 0;
        for folder in std::fs::read_dir(self.folder.join("export/attachments"))? {
            files += std::fs::read_dir(folder?.path())?.count();
        }
        Ok(files)
    }
}

/// The server of a link: what stands before the path.
fn home_of(link: &str) -> String {
    let path = link
        .find("://")
        .and_then(|at| link[at + 3..].find('/').map(|slash| at + 3 + slash));
    path.map_or(link, |path| &link[..path]).to_owned()
}
