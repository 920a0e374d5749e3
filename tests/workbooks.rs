//! Files that no reader was made for, dropped at the desk.

use std::io::{Cursor, Write};

use anyhow::Result;
use vigie_e2e::{Browser, Office, Server};

/// An .xls that names its code page in a record without content: calamine 0.38 panics over it.
fn stops_its_reader() -> Result<Vec<u8>> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new()))?;
    let mut records = file.create_stream("/Workbook")?;
    // The beginning of a workbook of Excel 97, then the empty record.
    records.write_all(&[0x09, 0x08, 4, 0, 0, 6, 5, 0])?;
    records.write_all(&[0x42, 0, 0, 0])?;
    drop(records);
    file.flush()?;
    Ok(file.into_inner().into_inner())
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
    std::fs::write(&hostile, stops_its_reader()?)?;
    browser
        .upload(words.say("library.choose_files"), &hostile)
        .await?;
    browser.see(words.say("errors.unreadable")).await?;
    let form = vigie_e2e::root().join("forms/conditions_travail_court.xlsx");
    browser
        .upload(words.say("library.choose_files"), &form)
        .await?;
    browser.see(&words.start("library.added")).await?;
    browser.gone(words.say("errors.unreadable")).await?;
    office.browser.close().await?;
    Ok(())
}
