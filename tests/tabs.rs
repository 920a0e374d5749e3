//! Two tabs over one notebook: one writes, the other says so, and takes over when the first is closed; nothing is lost or
//! doubled on the way.

use anyhow::Result;
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::people::Delegate;
use vigie_e2e::{Kind, Profile, Server};

#[tokio::test]
async fn one_tab_writes_and_the_other_takes_over_with_all_that_was_typed() -> Result<()> {
    let server = Server::start("tabs").await?;
    let ana = Delegate::alone(Kind::Chromium, Profile::new("tabs")?, PHONE, &server).await?;
    let (browser, words) = (&ana.browser, &ana.words);
    ana.note("Première", "Dans le premier onglet.", "").await?;
    ana.type_note("Deuxième", "Pas encore finie", "").await?;
    let first = browser.driver().window().await?;

    let second = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(second.clone()).await?;
    browser.resize(PHONE).await?;
    browser.goto(&format!("{}/", server.url())).await?;
    browser.see(words.say("door.elsewhere")).await?;

    // The first goes on meanwhile.
    browser.driver().switch_to_window(first).await?;
    browser
        .type_on(words.say("kinds.note_text_ask"), ", et la suite")
        .await?;
    ana.kept().await?;
    browser.driver().close_window().await?;

    browser.driver().switch_to_window(second).await?;
    browser
        .fill(words.say("door.passphrase"), &ana.passphrase)
        .await?;
    browser.press(words.say("door.unlock")).await?;
    browser.see("Première").await?;
    browser.press("Deuxième").await?;
    let text = browser
        .find(Role::Field, words.say("kinds.note_text_ask"))
        .await?;
    assert_eq!(
        text.value().await?.as_deref(),
        Some("Pas encore finie, et la suite")
    );
    browser.press(words.say("kinds.note_finish")).await?;
    browser.find(Role::Button, words.say("carnet.add")).await?;
    for title in ["Première", "Deuxième"] {
        browser.see(title).await?;
    }
    let twice = "return Array.from(document.querySelectorAll('main a, main button'), (one) => one.innerText).filter((text) => text.includes('Première') || text.includes('Deuxième')).length";
    assert_eq!(browser.run(twice, vec![]).await?, 2);
    ana.browser.close().await.map(drop)
}
