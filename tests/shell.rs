//! The app itself, before anything is typed: it opens, it is kept, it opens again with the server gone.

use anyhow::Result;
use vigie_e2e::browser::{DESK, PHONE};
use vigie_e2e::wait::until;
use vigie_e2e::{Browser, Kind, Profile, Server};

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
    opens_cold(Kind::WebKit, DESK).await
}

async fn opens_cold(kind: Kind, size: (u32, u32)) -> Result<()> {
    let name = format!("shell-{kind:?}");
    let mut server = Server::start(&name).await?;
    let browser = Browser::open(kind, Profile::new(&name)?, size).await?;
    browser.goto(&server.url()).await?;
    let first = something_shown(&browser).await?;
    browser.kept_for_offline().await?;
    server.stop();
    browser.reload().await?;
    assert_eq!(something_shown(&browser).await?, first);
    browser.goto(&format!("{}/", server.url())).await?;
    assert_eq!(something_shown(&browser).await?, first);
    browser.close().await?;
    Ok(())
}

async fn something_shown(browser: &Browser) -> Result<String> {
    until("something on the page", async || {
        let text = browser.text().await?;
        Ok((!text.trim().is_empty()).then_some(text))
    })
    .await
}
