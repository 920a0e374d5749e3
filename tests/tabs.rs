//! Two tabs over one notebook: one writes, the other says so, and takes over when the first is closed, or when it is asked
//! to; nothing is lost or doubled on the way.

use anyhow::Result;
use thirtyfour::WindowHandle;
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::people::Delegate;
use vigie_e2e::wait::until;
use vigie_e2e::{Kind, Profile, Server};

#[tokio::test]
async fn one_tab_writes_and_the_other_takes_over_with_all_that_was_typed() -> Result<()> {
    let server = Server::start("tabs").await?;
    let ana = Delegate::alone(Kind::Chromium, Profile::new("tabs")?, PHONE, &server).await?;
    let (browser, words) = (&ana.browser, &ana.words);
    ana.note("Première", "Dans le premier onglet.", "").await?;
    ana.type_note("Deuxième", "Pas encore finie", "").await?;
    let [first, second] = in_a_second_tab(&ana, &server).await?;

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

#[tokio::test]
async fn a_tab_that_is_asked_for_its_place_keeps_what_was_typed_and_gives_it_and_gets_it_back()
-> Result<()> {
    let server = Server::start("tabs-asked").await?;
    let ana = Delegate::alone(Kind::Chromium, Profile::new("tabs-asked")?, PHONE, &server).await?;
    let (browser, words) = (&ana.browser, &ana.words);
    ana.type_note("Commencée ici", "Dans le premier onglet", "")
        .await?;
    let [first, second] = in_a_second_tab(&ana, &server).await?;
    // A tab out of sight keeps what is typed by itself; here the last keys are told by nothing but the question.
    browser.driver().switch_to_window(first.clone()).await?;
    let keys = "const field = Array.from(document.querySelectorAll('textarea')).pop();
        field.value += ', jusqu’au bout'; field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        dispatchEvent(new StorageEvent('storage', { key: 'vigie.ici', newValue: '1' }));";
    browser.run(keys, vec![]).await?;
    browser.see(words.say("door.elsewhere")).await?;

    browser.driver().switch_to_window(second.clone()).await?;
    open_and_read(&ana, "Dans le premier onglet, jusqu’au bout").await?;
    browser
        .type_on(words.say("kinds.note_text_ask"), ". Et ici")
        .await?;
    ana.kept().await?;

    // Asked by its button, as a person does, the second gives it back.
    browser.driver().switch_to_window(first).await?;
    browser.press(words.say("door.elsewhere_here")).await?;
    open_and_read(&ana, "Dans le premier onglet, jusqu’au bout. Et ici").await?;
    browser.driver().switch_to_window(second).await?;
    browser.see(words.say("door.elsewhere")).await?;
    ana.browser.close().await.map(drop)
}

/// Unlocks, and finds this in the note that was begun.
async fn open_and_read(ana: &Delegate, text: &str) -> Result<()> {
    let (browser, words) = (&ana.browser, &ana.words);
    browser
        .fill(words.say("door.passphrase"), &ana.passphrase)
        .await?;
    browser.press(words.say("door.unlock")).await?;
    let asks = words.say("kinds.note_text_ask");
    // A tab opens where it was: in the note, or in the notebook.
    let is_in_note = until("the note, or the notebook", async || {
        let in_notebook = browser.has(Role::Button, words.say("carnet.add")).await;
        let in_note = browser.has(Role::Field, asks).await;
        Ok((in_notebook || in_note).then_some(in_note))
    })
    .await?;
    if !is_in_note {
        browser.press("Commencée ici").await?;
    }
    until(text, async || {
        let field = browser.find(Role::Field, asks).await?;
        Ok((field.value().await?.as_deref() == Some(text)).then_some(()))
    })
    .await
}

/// Opens the notebook's address in a second tab, which the first stands in the way of; both tabs, the second in sight.
async fn in_a_second_tab(ana: &Delegate, server: &Server) -> Result<[WindowHandle; 2]> {
    let browser = &ana.browser;
    let first = browser.driver().window().await?;
    let second = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(second.clone()).await?;
    browser.resize(PHONE).await?;
    browser.goto(&format!("{}/", server.url())).await?;
    browser.see(ana.words.say("door.elsewhere")).await?;
    Ok([first, second])
}
