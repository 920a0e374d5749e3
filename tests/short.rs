//! The story's short form in the other browsers: open, passphrase, note, reload offline, send.

use anyhow::Result;
use vigie_e2e::browser::{self, Role};
use vigie_e2e::people::{CommandLineOffice, Delegate};
use vigie_e2e::wait::until;
use vigie_e2e::{Kind, Profile, Server};

/// Not a phone's: WebKitGTK's window grows no smaller than its bars.
const WINDOW: (u32, u32) = (900, 900);

#[tokio::test]
async fn in_firefox() -> Result<()> {
    short(Kind::Firefox).await
}

#[tokio::test]
async fn in_webkit() -> Result<()> {
    browser::in_webkit(async || short(Kind::WebKit).await).await
}

async fn short(kind: Kind) -> Result<()> {
    let name = format!("short-{kind:?}");
    let mut server = Server::start(&name).await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let link = office.mission_and_invite("Tournée", "Ines")?;
    let ines = Delegate::join(kind, Profile::new(&name)?, WINDOW, "Ines", &link).await?;
    server.stop();
    ines.note(
        "À la frontière",
        "Le poste ferme à dix-huit heures.",
        "Dajabón",
    )
    .await?;
    ines.browser.reload().await?;
    ines.browser
        .fill(ines.words.say("door.passphrase"), &ines.passphrase)
        .await?;
    ines.browser.press(ines.words.say("door.unlock")).await?;
    ines.browser.see("À la frontière").await?;
    ines.browser.press("À la frontière").await?;
    until("the text that was typed", async || {
        let text = ines
            .browser
            .find(Role::Field, ines.words.say("kinds.note_text_ask"))
            .await?;
        let shown = text.value().await?.unwrap_or_default();
        Ok((shown == "Le poste ferme à dix-huit heures.").then_some(()))
    })
    .await?;
    ines.browser.press(ines.words.say("common.back")).await?;
    server.restart().await?;
    ines.send().await?;
    ines.strip_says(1, "stored").await?;
    office.fetch()?;
    let exported = office.export_json()?;
    assert!(exported.contains("Le poste ferme à dix-huit heures."));
    ines.send().await?;
    ines.strip_says(1, "received").await?;
    ines.browser.close().await?;
    Ok(())
}
