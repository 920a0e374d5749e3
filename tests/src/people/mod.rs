//! The people of the story, each with a browser, doing what they do by the words on the screen.

mod command_line;
mod delegate;
mod guest;
mod office;
mod screens;

use anyhow::{Context, Result, ensure};

pub use self::command_line::CommandLineOffice;
pub use self::delegate::Delegate;
pub use self::guest::Guest;
pub use self::office::{BACKUP_PASSPHRASE, Office};
pub use self::screens::Answer;
use crate::Words;
use crate::browser::{Browser, Role};
use crate::wait::until;

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
