//! One person's browser: real, with a profile of its own, used by the labels on the screen.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use thirtyfour::common::print::PrintParameters;
use thirtyfour::{Capabilities, Key, WebDriver, WebElement};

use crate::processes::{Running, free_port, kill_users_of};
use crate::wait::until;

const FIND: &str = include_str!("find.js");
const MINI_BROWSER: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

/// Waits until an element has stood still for a quarter of a second, three seconds at most.
const AT_REST: &str = "const [element, done] = arguments;
    const place = () => { const { x, y } = element.getBoundingClientRect(); return `${x} ${y}`; };
    let [last, still, looks] = [place(), 0, 0];
    const look = () => {
        const now = place();
        still = now === last ? still + 1 : 0;
        last = now;
        looks += 1;
        if (still >= 5 || looks >= 60) done(null);
        else setTimeout(look, 50);
    };
    look();";

/// A phone, held upright.
pub const PHONE: (u32, u32) = (390, 844);
/// A small laptop.
pub const DESK: (u32, u32) = (1280, 800);

/// Which browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Chromium,
    Firefox,
    WebKit,
}

/// What a browser keeps on the disk; it outlives the browser and goes with the test.
#[derive(Debug)]
pub struct Profile {
    folder: PathBuf,
}

impl Profile {
    /// An empty profile.
    pub fn new(name: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("vigie-e2e-{}-{name}", std::process::id()));
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(folder.join("downloads"))?;
        Ok(Self { folder })
    }

    /// Where the browser saves files.
    pub fn downloads(&self) -> PathBuf {
        self.folder.join("downloads")
    }

    /// The whole profile, as it lies on the disk.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        kill_users_of(&self.folder);
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A running browser and the profile that it uses.
pub struct Browser {
    kind: Kind,
    driver: Option<WebDriver>,
    profile: Option<Profile>,
    // Dropped in this order: the driver, then the screen it draws on.
    _service: Running,
    _screen: Option<Running>,
}

/// What a person points at.
#[derive(Debug, Clone, Copy)]
pub enum Role {
    Button,
    Link,
    Field,
    Choice,
    Text,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Link => "link",
            Self::Field => "field",
            Self::Choice => "choice",
            Self::Text => "text",
        }
    }
}

impl Browser {
    /// Opens a browser of this kind over `profile`, its page of `size`.
    pub async fn open(kind: Kind, profile: Profile, size: (u32, u32)) -> Result<Self> {
        let port = free_port()?;
        let mut screen = None;
        let (command, capabilities) = match kind {
            Kind::Chromium => chromium(port, &profile, size),
            Kind::Firefox => firefox(port, &profile, size),
            Kind::WebKit => {
                let (running, display) = virtual_screen()?;
                screen = Some(running);
                webkit(port, &profile, &display)?
            }
        };
        let service = Running::start(command, Stdio::null())?;
        let url = format!("http://127.0.0.1:{port}");
        until("the browser's driver", async || {
            Ok(std::net::TcpStream::connect(("127.0.0.1", port)).ok())
        })
        .await?;
        let mut wanted = Capabilities::new();
        for (name, value) in capabilities {
            wanted.set(name, value)?;
        }
        // The server's bucket has HTTP here compiled for TLS too, which asks by what; a driver is on this machine. Once is enough.
        drop(rustls::crypto::ring::default_provider().install_default());
        let driver = WebDriver::new(url, wanted)
            .await
            .with_context(|| format!("{kind:?} did not open"))?;
        let browser = Self {
            kind,
            driver: Some(driver),
            profile: Some(profile),
            _service: service,
            _screen: screen,
        };
        browser
            .driver()
            .set_script_timeout(crate::wait::PATIENCE)
            .await?;
        browser.resize(size).await?;
        Ok(browser)
    }

    /// A Chromium of a phone's size over an empty profile.
    pub async fn phone(name: &str) -> Result<Self> {
        Self::open(Kind::Chromium, Profile::new(name)?, PHONE).await
    }

    /// A Chromium of a laptop's size over an empty profile.
    pub async fn desk(name: &str) -> Result<Self> {
        Self::open(Kind::Chromium, Profile::new(name)?, DESK).await
    }

    /// The session, for what has no word here.
    pub fn driver(&self) -> &WebDriver {
        self.driver
            .as_ref()
            .expect("there is a driver until the browser is ended")
    }

    pub fn profile(&self) -> &Profile {
        self.profile
            .as_ref()
            .expect("there is a profile until the browser is ended")
    }

    /// Gives the page these outer measures.
    pub async fn resize(&self, (width, height): (u32, u32)) -> Result<()> {
        if self.kind == Kind::Chromium {
            let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width.min(height) < 600 });
            self.devtools("Emulation.setDeviceMetricsOverride", metrics)
                .await
        } else {
            Ok(self.driver().set_window_rect(0, 0, width, height).await?)
        }
    }

    /// Light or dark, as the person set their device.
    pub async fn theme(&self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", features).await
    }

    /// A command of Chromium's own protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<()> {
        self.driver().cdp().send_raw(command, parameters).await?;
        Ok(())
    }

    pub async fn goto(&self, url: &str) -> Result<()> {
        self.driver()
            .goto(url)
            .await
            .with_context(|| format!("{url} did not open"))
    }

    /// Reloads as the page itself or a person's pull does. A driver's own reload passes by the service worker in Firefox.
    pub async fn reload(&self) -> Result<()> {
        self.run(
            "window.beforeReload = true; setTimeout(() => location.reload());",
            vec![],
        )
        .await?;
        self.comes(
            "the reloaded page",
            "return document.readyState === 'complete' && !window.beforeReload",
        )
        .await
    }

    /// Waits until a script of the page says so.
    pub async fn comes(&self, what: &str, script: &str) -> Result<()> {
        until(what, async || {
            Ok(self
                .run(script, vec![])
                .await?
                .as_bool()
                .filter(|done| *done))
        })
        .await
        .map(drop)
    }

    /// Runs a script in the page and returns what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self
            .driver()
            .execute(script, arguments)
            .await?
            .json()
            .clone())
    }

    /// As [`Browser::run`], for a script that calls its last argument when it is done.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self
            .driver()
            .execute_async(script, arguments)
            .await?
            .json()
            .clone())
    }

    /// Runs an expression that is a promise, and returns what it keeps.
    pub async fn done(&self, promise: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             {promise}.then((ok) => done({{ ok: ok ?? null }}), (error) => done({{ error: String(error) }}));"
        );
        let told = self.run_async(&script, vec![]).await?;
        match told.get("error") {
            Some(error) => bail!("{promise}: {error}"),
            None => Ok(told["ok"].clone()),
        }
    }

    /// Waits until the app is kept on this device and opens without the server.
    pub async fn kept_for_offline(&self) -> Result<()> {
        let script = "const done = arguments[arguments.length - 1];
            const files = async () => {
                const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
                return all.flat().map((file) => new URL(file.url).pathname);
            };
            (async () => {
                const registered = await navigator.serviceWorker.getRegistration();
                const active = registered && registered.active && registered.active.state === 'activated';
                return !!(navigator.serviceWorker.controller && active) && (await files()).some((path) => path.startsWith('/lang/' + document.documentElement.lang.split('-')[0] + '.'));
            })().then(done, () => done(false));";
        until("the service worker", async || {
            Ok(self
                .run_async(script, vec![])
                .await?
                .as_bool()
                .filter(|ready| *ready))
        })
        .await
        .map(drop)
    }

    /// What can be read on the page.
    pub async fn text(&self) -> Result<String> {
        let text = self
            .run(
                "return document.body ? document.body.innerText : ''",
                vec![],
            )
            .await?;
        Ok(text
            .as_str()
            .unwrap_or_default()
            .replace(['\u{a0}', '\u{202f}'], " "))
    }

    /// Whether something with this role and name is there now.
    pub async fn has(&self, role: Role, name: &str) -> bool {
        matches!(self.look_for(role, name).await, Ok(Some(_)))
    }

    /// Waits for a text on the page.
    pub async fn see(&self, text: &str) -> Result<()> {
        self.find(Role::Text, text).await.map(drop)
    }

    /// Waits until a text is gone from the page.
    pub async fn gone(&self, text: &str) -> Result<()> {
        let gone = until(&format!("«{text}» to go"), async || {
            Ok((!self.has(Role::Text, text).await).then_some(()))
        })
        .await;
        self.explained(gone).await
    }

    /// Waits for something with this role and name.
    pub async fn find(&self, role: Role, name: &str) -> Result<WebElement> {
        let what = format!("the {} «{name}»", role.name());
        let found = until(&what, async || self.look_for(role, name).await).await;
        self.explained(found).await
    }

    /// Presses a button, or follows a link.
    pub async fn press(&self, name: &str) -> Result<()> {
        self.click(Role::Button, name).await
    }

    /// Chooses a radio button, a box, or an option of a list.
    pub async fn choose(&self, name: &str) -> Result<()> {
        self.click(Role::Choice, name).await
    }

    /// Chooses `option` of the question that reads `question`.
    pub async fn choose_for(&self, question: &str, option: &str) -> Result<()> {
        let what = format!("the choice «{option}» of «{question}»");
        let done = until(&what, async || {
            match self
                .look_within(Role::Choice, option, Some(question))
                .await?
            {
                Some(element) => Ok(Some(self.click_in_sight(&element).await?)),
                None => Ok(None),
            }
        })
        .await;
        self.explained(done).await
    }

    /// Replaces what a field holds, key by key.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        let field = self.find(Role::Field, label).await?;
        self.write(&field, text).await
    }

    async fn write(&self, field: &WebElement, text: &str) -> Result<()> {
        match field.attr("type").await?.as_deref() {
            // Keys typed into these mean another thing in each country; a picker sets the value, and so do we.
            Some("date" | "time" | "datetime-local" | "range" | "color") => {
                self.set(field, text).await
            }
            _ => {
                field.clear().await?;
                Ok(field.send_keys(text).await?)
            }
        }
    }

    /// As [`Browser::fill`], where two forms on the page have a field of this name: in the one that says `form`.
    pub async fn fill_within(&self, form: &str, label: &str, text: &str) -> Result<()> {
        let found = until(
            &format!("the field «{label}» beside «{form}»"),
            async || self.look_within(Role::Field, label, Some(form)).await,
        )
        .await;
        self.write(&self.explained(found).await?, text).await
    }

    /// Types on at the end of a field.
    pub async fn type_on(&self, label: &str, text: &str) -> Result<()> {
        Ok(self.find(Role::Field, label).await?.send_keys(text).await?)
    }

    /// Holds a button down by the space bar: for as long as it says that it must be held, or lets go of it at once.
    pub async fn hold(&self, name: &str, to_the_end: bool) -> Result<()> {
        let button = self.find(Role::Button, name).await?;
        self.run("arguments[0].focus()", vec![button.to_json()?])
            .await?;
        let space = Key::Space.value();
        let keyboard = || self.driver().action_chain();
        keyboard().key_down(space).perform().await?;
        if to_the_end {
            self.comes(
                "the end of holding",
                "return !document.querySelector('.hold--held')",
            )
            .await?;
        }
        Ok(keyboard().key_up(space).perform().await?)
    }

    /// Presses a key where the focus is.
    pub async fn key(&self, key: Key) -> Result<()> {
        Ok(self
            .driver()
            .action_chain()
            .send_keys(key)
            .perform()
            .await?)
    }

    /// Gives a file to a file field, which may be drawn as a button.
    pub async fn upload(&self, label: &str, file: &Path) -> Result<()> {
        let path = file.to_str().context("a path that is not UTF-8")?;
        Ok(self.find(Role::Field, label).await?.send_keys(path).await?)
    }

    /// Waits for a saved file whose name begins so, whole; returns its path.
    pub async fn saved_file(&self, begin: &str) -> Result<PathBuf> {
        let folder = self.profile().downloads();
        // A file under way may already bear its last name: it is whole once it has grown no more since the last look.
        let mut seen = BTreeMap::new();
        let found = until(&format!("a saved file {begin}*"), async || {
            let mut whole = None;
            for entry in std::fs::read_dir(&folder)?.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let under_way = name.starts_with('.') || name.ends_with(".crdownload");
                if under_way || !name.starts_with(begin) {
                    continue;
                }
                // A file that its browser has just renamed is looked at next time.
                let Ok(size) = entry.metadata().map(|about| about.len()) else {
                    continue;
                };
                if size > 0 && seen.insert(name, size) == Some(size) {
                    whole = whole.max(Some(entry.path()));
                }
            }
            Ok(whole)
        })
        .await;
        self.explained(found).await
    }

    /// The text of the page as it is printed, read back from the paper.
    pub async fn printed(&self) -> Result<String> {
        let paper = self.driver().print_page(PrintParameters::default()).await?;
        let folder = self.profile().downloads();
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("imprime.pdf");
        std::fs::write(&file, paper)?;
        let read = Command::new("pdftotext")
            .arg("-layout")
            .arg(&file)
            .arg("-")
            .output();
        let read = read.context("pdftotext could not be started")?;
        ensure!(
            read.status.success(),
            "pdftotext: {}",
            String::from_utf8_lossy(&read.stderr)
        );
        Ok(String::from_utf8(read.stdout)?)
    }

    /// Ends the browser as a person does.
    pub async fn close(mut self) -> Result<Profile> {
        if let Some(driver) = self.driver.take() {
            driver.quit().await?;
        }
        self.profile.take().context("the profile")
    }

    /// Ends the browser as a phone's system does, or a battery: at once, with nothing said to the page.
    pub fn kill(mut self) -> Result<Profile> {
        let profile = self.profile.take().context("the profile")?;
        if let Some(driver) = self.driver.take() {
            driver.leak().map_err(|error| anyhow!("{error}"))?;
        }
        kill_users_of(profile.folder());
        Ok(profile)
    }

    async fn click(&self, role: Role, name: &str) -> Result<()> {
        let what = format!("the {} «{name}» to press", role.name());
        let done = until(&what, async || match self.look_for(role, name).await? {
            Some(element) => Ok(Some(self.click_in_sight(&element).await?)),
            None => Ok(None),
        })
        .await;
        self.explained(done).await
    }

    /// Scrolls to the middle, then clicks: bars at the top and the foot of a phone's screen cover what is at the edge. The driver
    /// of WebKitGTK looks where an element is and clicks there a while after: what comes meanwhile must not move it away.
    async fn click_in_sight(&self, element: &WebElement) -> Result<()> {
        self.run(
            "arguments[0].scrollIntoView({ block: 'center' })",
            vec![element.to_json()?],
        )
        .await?;
        if self.kind == Kind::WebKit {
            self.run_async(AT_REST, vec![element.to_json()?]).await?;
        }
        Ok(element.click().await?)
    }

    async fn look_for(&self, role: Role, name: &str) -> Result<Option<WebElement>> {
        self.look_within(role, name, None).await
    }

    async fn look_within(
        &self,
        role: Role,
        name: &str,
        question: Option<&str>,
    ) -> Result<Option<WebElement>> {
        let arguments = vec![json!(role.name()), json!(name), json!(question)];
        let found = self.driver().execute(FIND, arguments).await?;
        if found.json().is_null() {
            Ok(None)
        } else {
            Ok(Some(found.element()?))
        }
    }

    async fn set(&self, field: &WebElement, text: &str) -> Result<()> {
        let script = "const [field, text] = arguments;
            Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text);
            for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));";
        self.run(script, vec![field.to_json()?, json!(text)])
            .await
            .map(drop)
    }

    /// Adds what the page showed to an error: most often that says why.
    async fn explained<T>(&self, result: Result<T>) -> Result<T> {
        let Err(error) = result else { return result };
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = crate::root().join(format!("target/e2e/{}-{number}.png", std::process::id()));
        drop(picture(self, &file).await);
        let text = self.text().await.unwrap_or_default();
        let url = self
            .driver()
            .current_url()
            .await
            .map(|url| url.to_string())
            .unwrap_or_default();
        let shown: String = text.chars().take(1500).collect();
        bail!(
            "{error:#}\n--- the page {url} showed (picture: {}):\n{shown}\n---",
            file.display()
        )
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The test failed, or forgot: nothing may be left running.
        if let Some(driver) = self.driver.take() {
            drop(driver.leak());
        }
        if let Some(profile) = &self.profile {
            kill_users_of(profile.folder());
        }
    }
}

type Wanted = Vec<(&'static str, Value)>;

fn chromium(port: u16, profile: &Profile, (width, height): (u32, u32)) -> (Command, Wanted) {
    let mut command = Command::new("chromedriver");
    command
        .arg(format!("--port={port}"))
        .arg("--log-level=SEVERE");
    let arguments = [
        "--headless=new".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--lang=fr".to_owned(),
        "--accept-lang=fr".to_owned(),
        format!("--window-size={width},{height}"),
        format!(
            "--user-data-dir={}",
            profile.folder().join("chromium").display()
        ),
    ];
    let options = json!({
        "args": arguments,
        "prefs": {
            "download.default_directory": profile.downloads(),
            "download.prompt_for_download": false,
            "intl.accept_languages": "fr",
        },
    });
    (
        command,
        vec![
            ("browserName", json!("chrome")),
            ("goog:chromeOptions", options),
        ],
    )
}

fn firefox(port: u16, profile: &Profile, (width, height): (u32, u32)) -> (Command, Wanted) {
    let driver = crate::given("VIGIE_TOOLS", ".tools").join("bin/geckodriver");
    let mut command = Command::new(if driver.exists() {
        driver
    } else {
        "geckodriver".into()
    });
    command
        .args([
            "--port",
            &port.to_string(),
            "--log",
            "fatal",
            "--profile-root",
        ])
        .arg(profile.folder());
    command.env("HOME", profile.folder());
    let options = json!({
        "binary": "/usr/bin/firefox-esr",
        "args": ["-headless", format!("--width={width}"), format!("--height={height}")],
        "prefs": {
            "intl.accept_languages": "fr",
            "intl.locale.requested": "fr",
            "browser.download.folderList": 2,
            "browser.download.dir": profile.downloads(),
        },
    });
    (
        command,
        vec![
            ("browserName", json!("firefox")),
            ("moz:firefoxOptions", options),
        ],
    )
}

/// Runs `test` in WebKitGTK, and again, three times at most, where the browser died by itself: its collector stops threads by
/// signals, and GLib ends a process when one comes in the middle of its question how that was started (« getauxval () failed »).
/// A browser that dies otherwise fails the test.
pub async fn in_webkit(test: impl AsyncFn() -> Result<()>) -> Result<()> {
    const TIMES: u32 = 3;
    let mut times = 1;
    loop {
        let done = test().await;
        let said = std::fs::read_to_string(webkit_log()).unwrap_or_default();
        print!("{said}");
        if done.is_ok() || times == TIMES || !said.contains("getauxval () failed") {
            return done;
        }
        println!("WebKitGTK died by itself: once more");
        times += 1;
    }
}

/// What the WebKitGTK opened last said.
fn webkit_log() -> PathBuf {
    crate::root().join("target/e2e/webkit.log")
}

fn webkit(port: u16, profile: &Profile, display: &str) -> Result<(Command, Wanted)> {
    let log = webkit_log();
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut command = Command::new("WebKitWebDriver");
    command
        .stderr(File::create(log)?)
        .arg(format!("--port={port}"))
        .env("HOME", profile.folder())
        .env("XDG_CACHE_HOME", profile.folder().join("cache"))
        .env("XDG_DATA_HOME", profile.folder().join("data"))
        .env("DISPLAY", display)
        .env("GDK_BACKEND", "x11")
        .env("LANGUAGE", "fr")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        // The browser's own sandbox can't be made by root inside a container.
        .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
    let options = json!({ "binary": MINI_BROWSER, "args": ["--automation"] });
    Ok((command, vec![("webkitgtk:browserOptions", options)]))
}

/// A screen that nobody sees, for the browser that has no headless mode; returns its name (`:1`).
fn virtual_screen() -> Result<(Running, String)> {
    use std::io::{BufRead, BufReader};
    let mut command = Command::new("Xvfb");
    command
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1400x1000x24",
            "-nolisten",
            "tcp",
        ])
        .stderr(Stdio::null());
    let mut running = Running::start(command, Stdio::piped())?;
    let stdout = running.child().stdout.take().context("Xvfb's output")?;
    let mut number = String::new();
    BufReader::new(stdout).read_line(&mut number)?;
    anyhow::ensure!(!number.trim().is_empty(), "Xvfb named no screen");
    Ok((running, format!(":{}", number.trim())))
}

/// A picture of the page as it is now.
pub async fn picture(browser: &Browser, file: &Path) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, browser.driver().screenshot_as_png().await?)?;
    Ok(())
}
