//! What the desk prints, read back from the paper.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use vigie_e2e::people::Office;
use vigie_e2e::wait::within;
use vigie_e2e::{Browser, Server};

/// The codes of the tickets on the screen, drawn.
const CODES: &str = "const tickets = Array.from(document.querySelectorAll('.ticket'));
    return tickets.every((ticket) => ticket.querySelector('svg'))
        ? tickets.map((ticket) => ticket.querySelector('.ticket__code').innerText) : [];";

#[tokio::test]
async fn an_invite_on_paper_says_its_own_code_and_nobody_s_name() -> Result<()> {
    let server = Server::start("printed").await?;
    let office = Office::set_up(Browser::desk("printed").await?, &server, "Bureau").await?;
    office.shared_mission("Tournée du Nord").await?;
    let mut codes = Vec::new();
    for name in ["Rosalinde", "Thierno"] {
        office.invite(name).await?;
        let browser = &office.browser;
        let shown = within(Duration::from_secs(20), "a ticket", async || {
            let shown = browser.run(CODES, vec![]).await?;
            let codes: Vec<String> = serde_json::from_value(shown)?;
            Ok(match codes.as_slice() {
                [code] => Some(code.clone()),
                _ => None,
            })
        });
        codes.push(shown.await?);
    }
    let [before, printed] = codes.as_slice() else {
        bail!("not two codes: {codes:?}");
    };
    ensure!(before != printed, "one code twice: {printed}");
    // On the screen, both people stand around the ticket.
    for name in ["Rosalinde", "Thierno"] {
        office.browser.see(name).await?;
    }
    let paper = office.browser.printed().await?;
    let tight = |text: &str| text.split_whitespace().collect::<String>();
    let (paper_tight, words) = (tight(&paper), &office.words);
    ensure!(
        paper_tight.contains(&tight(printed)),
        "its code is not on it: {paper}"
    );
    ensure!(
        paper.contains("Tournée du Nord"),
        "the mission is not on it: {paper}"
    );
    for absent in [before.as_str(), "Rosalinde", "Thierno"] {
        ensure!(
            !paper_tight.contains(&tight(absent)),
            "{absent} is on it: {paper}"
        );
    }
    let heading = words.say("desk.people");
    ensure!(
        !paper.contains(heading),
        "the rest of the page is on it: {paper}"
    );
    office.browser.close().await.map(drop)
}
