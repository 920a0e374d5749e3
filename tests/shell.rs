//! The app itself, before anything is typed: it opens, it is kept, it opens again with the server gone.

use anyhow::{Result, ensure};
use vigie_e2e::browser::{self, DESK, PHONE};
use vigie_e2e::people::Delegate;
use vigie_e2e::wait::until;
use vigie_e2e::{Browser, Kind, Profile, Server, Words};

#[tokio::test]
async fn opens_cold_in_chromium_with_the_server_stopped() -> Result<()> {
    opens_cold(Kind::Chromium, PHONE).await
}

#[tokio::test]
async fn opens_cold_in_firefox_with_the_server_stopped() -> Result<()> {
    opens_cold(Kind::Firefox, DESK).await
}

#[tokio::test]
async fn opens_cold_in_webkit_with_the_server_stopped() -> Result<()> {
    browser::in_webkit(async || opens_cold(Kind::WebKit, DESK).await).await
}

#[tokio::test]
async fn a_newer_version_takes_over_when_the_person_agrees_and_not_before() -> Result<()> {
    let mut server = Server::start("shell-update").await?;
    let ana = Delegate::alone(
        Kind::Chromium,
        Profile::new("shell-update")?,
        PHONE,
        &server,
    )
    .await?;
    let browser = &ana.browser;
    server.update_app("newer").await?;
    let found = "const done = arguments[arguments.length - 1];
        navigator.serviceWorker.getRegistration().then((r) => r.update().then(() => done(!!r.waiting)));";
    until("the newer version", async || {
        let found = browser.run_async(found, vec![]).await?;
        Ok(found.as_bool().filter(|found| *found))
    })
    .await?;
    // No page is open: the browser puts the newer service worker in place by itself.
    browser.goto("about:blank").await?;
    ana.unlock().await?;
    ensure!(!says_newer(browser).await?, "nobody agreed to it");
    browser.see(ana.words.say("common.update")).await?;
    browser.press(ana.words.say("common.update_now")).await?;
    until("the newer page", async || {
        // The page may be between two versions.
        Ok(says_newer(browser).await.unwrap_or(false).then_some(()))
    })
    .await?;
    ana.unlock().await?;
    ana.browser.close().await.map(drop)
}

#[tokio::test]
async fn opens_again_in_the_language_chosen_with_the_server_stopped() -> Result<()> {
    let mut server = Server::start("shell-language").await?;
    let browser = Browser::phone("shell-language").await?;
    let (english, spanish) = (Words::read("en")?, Words::read("es")?);
    browser.goto(&server.url()).await?;
    browser.press(spanish.title()).await?;
    browser.see(spanish.say("door.join_title")).await?;
    browser.kept_for_offline().await?;
    server.stop();
    browser.reload().await?;
    browser.see(spanish.say("door.what")).await?;
    // A language that was never asked for is not here, and says so in the one that is.
    browser.press(english.title()).await?;
    browser.see(spanish.say("common.language_missing")).await?;
    browser.press(spanish.title()).await?;
    browser.see(spanish.say("door.join_title")).await?;
    browser.close().await.map(drop)
}

#[tokio::test]
async fn words_of_another_version_are_not_shown() -> Result<()> {
    let mut server = Server::start("shell-words").await?;
    for file in ["lang/fr.txt", "lang/en.txt"] {
        let other = |text: String| format!("0000000000000000{}", &text[16..]);
        server.change_app(file, other).await?;
    }
    let browser = Browser::phone("shell-words").await?;
    browser.goto(&server.url()).await?;
    browser.see("Réessayer · Try again · Reintentar").await?;
    browser.close().await.map(drop)
}

async fn says_newer(browser: &Browser) -> Result<bool> {
    let script = "const says = document.querySelector('meta[name=description]'); return !!says && says.content.startsWith('newer ')";
    Ok(browser.run(script, vec![]).await?.as_bool() == Some(true))
}

async fn opens_cold(kind: Kind, size: (u32, u32)) -> Result<()> {
    let name = format!("shell-{kind:?}");
    let mut server = Server::start(&name).await?;
    let browser = Browser::open(kind, Profile::new(&name)?, size).await?;
    let words = Words::read("fr")?;
    // What stands there while Vigie opens says nothing of whether it does.
    let opened = async || browser.see(words.title()).await;
    browser.goto(&server.url()).await?;
    opened().await?;
    browser.kept_for_offline().await?;
    server.stop();
    browser.reload().await?;
    opened().await?;
    browser.goto(&format!("{}/", server.url())).await?;
    opened().await?;
    browser.close().await?;
    Ok(())
}
