//! Files that no reader was made for, dropped at the desk.

use anyhow::Result;
use vigie_e2e::browser::Role;
use vigie_e2e::{Browser, Office, Server};

/// The first reader of workbooks stops at its first question, as WebAssembly does when it runs out of anything.
const STOPS_ONCE: &str = r#"
    const Real = window.Worker;
    let stops = 1;
    window.Worker = function (script, options) {
        const worker = new Real(script, options);
        if (String(script).includes("bureau") && stops-- > 0)
            worker.postMessage = () => setTimeout(() => worker.dispatchEvent(new ErrorEvent("error", { message: "unreachable" })));
        return worker;
    };"#;

#[tokio::test]
async fn a_workbook_that_stops_its_reader_is_said_unreadable_and_the_next_one_is_read() -> Result<()>
{
    let server = Server::start("workbooks").await?;
    let office = Office::set_up(Browser::desk("workbooks").await?, &server, "Bureau").await?;
    let (browser, words) = (&office.browser, &office.words);
    office.go("missions").await?;
    browser.press(words.say("desk.mission_new")).await?;
    browser.run(STOPS_ONCE, vec![]).await?;
    let form = vigie_e2e::root().join("forms/conditions_travail_court.xlsx");
    browser.upload(words.say("desk.forms_add"), &form).await?;
    browser.see(words.say("errors.unreadable")).await?;
    browser.upload(words.say("desk.forms_add"), &form).await?;
    browser
        .find(Role::Button, words.say("desk.form_remove"))
        .await?;
    browser.gone(words.say("errors.unreadable")).await?;
    office.browser.close().await?;
    Ok(())
}
