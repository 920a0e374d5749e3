//! What a found phone says: the browser's whole folder, read from the disk as somebody with the phone in hand would read it.
//!
//! The words are such that nothing else says them, and of plain letters, so that they would be found in UTF-8, UTF-16 and
//! Latin-1 alike, also where a database packs its pages: their first occurrence stands there letter by letter.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use vigie_e2e::browser::{PHONE, Role};
use vigie_e2e::look::{on_disk, readable_in};
use vigie_e2e::people::{Answer, CommandLineOffice, Delegate, Guest};
use vigie_e2e::workbook::workbook;
use vigie_e2e::{Browser, Kind, Profile, Server, Words};

const MISSION: &str = "Zvarnopel Quintabrisk";
const FORM: &str = "Mubrelotax Finquador";
const QUESTION: &str = "Wexplorin dactuvabel";
const LABEL: &str = "Jolbuquin Cafetrazonk";
const PERSON: &str = "Xandribelle Oquertaz";
const TITLE: &str = "Grolvimanque Stequarion";
const TEXT: &str = "Plinquadore vastibulmerque";
const ANSWER: &str = "Klombrizetta furquandil";
const HALF: &str = "Dropulenza mivaquertin";

#[tokio::test]
async fn a_used_phone_says_nothing_once_locked_and_nothing_once_wiped() -> Result<()> {
    let (server, office, form) = begin("forensics-phone").await?;
    let link = office.mission_and_invite_with(&form, MISSION, "Ana")?;
    let code = code_of(&link)?;
    let ana = Delegate::join(
        Kind::Chromium,
        Profile::new("forensics-phone")?,
        PHONE,
        PERSON,
        &link,
    )
    .await?;
    ana.send().await?;
    ana.note(TITLE, TEXT, "").await?;
    ana.respond(FORM, &[(QUESTION, Answer::Type(ANSWER))])
        .await?;
    ana.send().await?;
    ana.strip_says(2, "stored").await?;
    ana.type_note("", HALF, "").await?;
    ana.browser.press(ana.words.say("common.later")).await?;
    ana.browser.press(ana.words.say("common.lock")).await?;
    ana.browser.see(ana.words.say("door.unlock")).await?;
    let passphrase = ana.passphrase.clone();
    let words = ana.words.clone();
    let profile = ana.browser.close().await?;
    let secrets = [MISSION, FORM, QUESTION, PERSON, TITLE, TEXT, ANSWER, HALF];
    silent(&profile, &secrets, "locked")?;
    let kept = on_disk(profile.folder())?;
    // Its words are any language's: together they are the secret.
    let places = readable_in(&kept, &passphrase);
    ensure!(places.is_empty(), "the passphrase is in {places:?}");
    // The code is used: it opens nothing any more. What a browser notes of its own of a link that was followed is not ours to
    // take back, and the guide says so.
    let elsewhere: Vec<&str> = readable_in(&kept, &code)
        .into_iter()
        .filter(|place| !is_the_browsers_own(place))
        .collect();
    ensure!(elsewhere.is_empty(), "the code is in {elsewhere:?}");

    let browser = Browser::open(Kind::Chromium, profile, PHONE).await?;
    browser.goto(&format!("{}/", server.url())).await?;
    wipe(&browser, &words).await?;
    let profile = browser.close().await?;
    silent(&profile, &secrets, "wiped")
}

#[tokio::test]
async fn a_partners_phone_says_nothing_of_what_was_answered_or_asked() -> Result<()> {
    let (_server, office, form) = begin("forensics-partner").await?;
    office.mission(MISSION, &[&form])?;
    let link = office.partner_link_for_one(MISSION, LABEL)?;
    let code = code_of(&link)?;
    let phone = Browser::phone("forensics-partner").await?;
    phone.goto(&link).await?;
    let guest = Guest::agree(&phone, "Français", "fr").await?;
    guest
        .answer_all(&[(QUESTION, Answer::Type(ANSWER))])
        .await?;
    guest.finish().await?;
    phone.see(guest.words.say("partner.arrived")).await?;
    let title = phone.driver().title().await?;
    let address = phone.driver().current_url().await?.to_string();
    for secret in [FORM, LABEL, MISSION] {
        ensure!(!title.contains(secret), "the tab says «{title}»");
    }
    ensure!(!address.contains(&code), "the address says {address}");
    let profile = phone.close().await?;
    silent(&profile, &[MISSION, FORM, QUESTION, LABEL, ANSWER], "over")?;
    let kept = on_disk(profile.folder())?;
    let elsewhere: Vec<&str> = readable_in(&kept, &code)
        .into_iter()
        .filter(|place| !is_the_browsers_own(place))
        .collect();
    ensure!(elsewhere.is_empty(), "the code is in {elsewhere:?}");
    Ok(())
}

async fn begin(name: &str) -> Result<(Server, CommandLineOffice, PathBuf)> {
    let server = Server::start(name).await?;
    let office = CommandLineOffice::set_up(&server).await?;
    let survey: [&[&str]; 2] = [&["type", "name", "label"], &["text", "reponse", QUESTION]];
    let settings: [&[&str]; 2] = [&["form_id", "form_title"], &["essai", FORM]];
    let form = workbook(
        server.data(),
        "essai.xlsx",
        &[("survey", &survey), ("settings", &settings)],
    )?;
    Ok((server, office, form))
}

/// What a browser notes of every page that was opened, whatever the page does: its history, its sessions, what it counts of
/// addresses, and the log that it writes for whoever drives it.
fn is_the_browsers_own(place: &str) -> bool {
    let own = [
        "History",
        "Sessions",
        "Visited Links",
        "Top Sites",
        "Favicons",
        "Shortcuts",
        "ukm_db",
        "chrome_debug.log",
    ];
    own.iter().any(|name| place.contains(name))
}

fn code_of(link: &str) -> Result<String> {
    let (_, code) = link.split_once('#').context("a link without a code")?;
    Ok(code.to_owned())
}

/// The quick wipe of the door: a touch of it does nothing, and holding it does.
async fn wipe(browser: &Browser, words: &Words) -> Result<()> {
    browser.hold(words.say("door.wipe"), false).await?;
    browser.see(words.say("common.let_go")).await?;
    browser.hold(words.say("door.wipe"), true).await?;
    browser.find(Role::Button, "Français").await.map(drop)
}

/// None of the words, nor any word of them, is anywhere in the folder.
fn silent(profile: &Profile, secrets: &[&str], when: &str) -> Result<()> {
    let kept = on_disk(profile.folder())?;
    ensure!(
        kept.iter().map(|piece| piece.bytes.len()).sum::<usize>() > 100_000,
        "the folder is next to empty"
    );
    let mut found = Vec::new();
    for secret in secrets {
        for word in secret.split([' ', '-']).filter(|word| word.len() > 6) {
            for place in readable_in(&kept, word) {
                found.push(format!("«{word}» in {place}"));
            }
        }
    }
    ensure!(found.is_empty(), "{when}: {}", found.join("; "));
    Ok(())
}
