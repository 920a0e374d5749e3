//! Files that no reader was made for, dropped at the desk.

use anyhow::Result;
use vigie_e2e::browser::Role;
use vigie_e2e::{Browser, Office, Server};

/// An .xls whose table of sectors is empty, while its directory lies in one of them: 1 kB that calamine 0.38 panics over.
fn stops_its_reader() -> Vec<u8> {
    let mut file = vec![0xFF; 1024];
    file[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    // Version 3, sectors of 2⁹ bytes, small ones of 2⁶; the directory is in the first.
    for (at, value) in [(26, 3), (30, 9), (32, 6), (48, 0), (50, 0)] {
        file[at..at + 2].copy_from_slice(&u16::to_le_bytes(value));
    }
    file
}

#[tokio::test]
async fn a_workbook_that_stops_its_reader_is_said_unreadable_and_the_next_one_is_read() -> Result<()>
{
    let server = Server::start("workbooks").await?;
    let office = Office::set_up(Browser::desk("workbooks").await?, &server, "Bureau").await?;
    let (browser, words) = (&office.browser, &office.words);
    office.go("missions").await?;
    browser.press(words.say("desk.mission_new")).await?;
    let hostile = browser.profile().folder().join("hostile.xls");
    std::fs::write(&hostile, stops_its_reader())?;
    browser
        .upload(words.say("desk.forms_add"), &hostile)
        .await?;
    browser.see(words.say("errors.unreadable")).await?;
    let form = vigie_e2e::root().join("forms/conditions_travail_court.xlsx");
    browser.upload(words.say("desk.forms_add"), &form).await?;
    browser
        .find(Role::Button, words.say("desk.form_remove"))
        .await?;
    browser.gone(words.say("errors.unreadable")).await?;
    office.browser.close().await?;
    Ok(())
}
